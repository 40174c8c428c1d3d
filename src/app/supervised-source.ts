// One source of a pipeline over its whole life: opened, run, opened again when it could not be, shown as failing
// while it does not run. A source that fails never takes the others with it.
import { Source } from '../engine/run.ts';
import { ExitError, messageOf, printable } from '../model/errors.ts';
import { noCounters, worst } from '../model/health.ts';
import type { SourceStatus } from '../model/health.ts';
import type { SourceConfiguration } from './configuration.ts';
import { PipelineReport } from './pipeline-report.ts';
import type { ProcessFigures } from './pipeline-report.ts';
import { Receiver } from '../receivers/receiver.ts';
import { ReceiverReport } from './receiver-report.ts';
import { journalDirectory, sourceOptions } from './source-options.ts';
import type { SourceSurroundings } from './source-options.ts';

/** What a supervised source shares with the others. */
export interface SupervisedSurroundings extends SourceSurroundings {
  readonly figures: ProcessFigures;
}

/** Waits between attempts to open: the first, and the longest. */
const firstRetryMs = 2000;
const longestRetryMs = 60_000;

/** A source that is kept running. */
export class SupervisedSource {
  readonly configuration: SourceConfiguration;
  readonly #surroundings: SupervisedSurroundings;
  readonly #report: PipelineReport;
  readonly #receiverReport: ReceiverReport;
  #source: Source | undefined;
  /** Why the source does not run; empty while it does. */
  #failure = '';
  #lastStatus: SourceStatus | undefined;
  #starting: Promise<void> = Promise.resolve();
  #running: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #retryMs = firstRetryMs;
  #isStopping = false;
  #isFinal = false;
  /** Works as long as this object does: what comes by network is kept also while the source does not run. */
  #receiver: Receiver | undefined;

  constructor(configuration: SourceConfiguration, surroundings: SupervisedSurroundings) {
    this.configuration = configuration;
    this.#surroundings = surroundings;
    this.#report = new PipelineReport(configuration);
    this.#receiverReport = new ReceiverReport(configuration);
  }

  /** Opens and runs it; never rejects. A failure is in `status`, and what can pass is tried again. */
  start(): Promise<void> {
    this.#starting = this.#startAll();
    return this.#starting;
  }

  async #startAll(): Promise<void> {
    await this.#receive();
    await this.#start();
  }

  /** Starts the receiver, once. */
  async #receive(): Promise<void> {
    const { listen, family, name } = this.configuration;
    const { mode, stateDirectory, clock, log } = this.#surroundings;
    if (this.#receiver || !listen || mode === 'once' || this.#isStopping) return;
    const grammar = await family.syslog?.();
    this.#receiver = new Receiver({
      name,
      directory: journalDirectory(stateDirectory, name),
      values: listen,
      isMessageStart: (bytes, start, end) => grammar?.isMessageStart(bytes, start, end) ?? false,
      isCounted: (path, size) => this.#source?.isCommitted(path, size) ?? false,
      clock,
      log,
    });
    await this.#receiver.start();
  }

  async #start(): Promise<void> {
    const { log } = this.#surroundings;
    try {
      const source = await this.#open();
      if (this.#isStopping) source.stop(0);
      if (this.#failure !== '') log.info('the source runs again', { source: this.configuration.name });
      this.#failure = '';
      this.#retryMs = firstRetryMs;
      this.#source = source;
      this.#report.begin(source.status());
      this.#running = this.#run(source);
    } catch (error) {
      this.#fail('the source cannot be started', error, error instanceof ExitError);
    }
  }

  /** True when it ended and nothing will start it again. */
  get isOver(): boolean {
    return this.#isFinal;
  }

  /** Why it does not run, or an empty text. */
  get failure(): string {
    return this.#failure;
  }

  /** Resolves when the present run has ended. */
  get running(): Promise<void> {
    return this.#running;
  }

  /** Stops it with a last commit, then up to `graceMs` for what is not delivered. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#retry);
    // An attempt that is under way ends first; it would use outputs that are closed by then.
    await this.#starting;
    // First, so that what was received is in the journal; it is counted now or at the next start.
    await this.#receiver?.stop();
    this.report();
    this.#source?.stop(graceMs);
    await this.#running;
    this.#isFinal = true;
  }

  /** Puts a point about the source among its own. */
  report(): void {
    if (!this.#source) return;
    const { clock, figures } = this.#surroundings;
    const point = this.#report.next(this.#source.status(), figures(), clock.now());
    if (point) this.#source.addPoint(point);
    if (this.#receiver) this.#source.addPoint(this.#receiverReport.next(this.#receiver.status(), clock.now()));
  }

  /** How it is now; the last known figures while it does not run. */
  status(): SourceStatus {
    const status = this.#sourceStatus();
    const receiver = this.#receiver?.status();
    if (!receiver) return status;
    const { counters, reasons } = receiver;
    const lost = counters.dropped + counters.kernelDropped;
    const notes = lost > 0 ? [...reasons, `${lost} received messages were given up since the start`] : reasons;
    // Without a socket or a journal, what devices send is lost for good.
    const health = worst([status.health, reasons.length > 0 ? 'failing' : notes.length > 0 ? 'degraded' : 'ok']);
    return { ...status, health, reasons: [...status.reasons, ...notes], receiver };
  }

  #sourceStatus(): SourceStatus {
    if (this.#source) return this.#source.status();
    const { name, family, host } = this.configuration;
    const last = this.#lastStatus ?? emptyStatus(name, family.name, host);
    return this.#failure === '' ? last : { ...last, health: 'failing', reasons: [this.#failure], isPaused: true };
  }

  async #run(source: Source): Promise<void> {
    try {
      await source.run();
      this.#lastStatus = source.status();
      this.#isFinal = true;
    } catch (error) {
      this.#lastStatus = source.status();
      this.#fail('the source has failed', error, true);
    } finally {
      this.#source = undefined;
    }
  }

  #fail(what: string, error: unknown, isFinal: boolean): void {
    const { log, mode } = this.#surroundings;
    const reason = printable(messageOf(error), 1000);
    if (reason !== this.#failure) log.error(what, { source: this.configuration.name, reason });
    this.#failure = reason;
    // A lost state must not be tried again: the second attempt would find nothing and begin anew without a word.
    this.#isFinal = isFinal || this.#isStopping || mode === 'once';
    if (this.#isFinal) return;
    this.#retry = setTimeout(() => void this.start(), this.#retryMs);
    this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2);
  }

  async #open(): Promise<Source> {
    const receiver = this.#receiver;
    const received = receiver && (() => receiver.counters);
    return Source.open(await sourceOptions(this.configuration, this.#surroundings, received));
  }
}

function emptyStatus(name: string, family: string, host: string): SourceStatus {
  return {
    name,
    family,
    host,
    health: 'ok',
    reasons: [],
    counters: noCounters(),
    rejects: {},
    awaited: [],
    files: [],
    lagBytes: 0,
    lagSeconds: 0,
    newestEventMs: undefined,
    openBuckets: 0,
    series: 0,
    overflowed: {},
    commitMs: 0,
    isPaused: false,
    outputs: [],
  };
}
