// The running whole: every source with its outputs, their state for health and metrics, stopping and reloading.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { IntervalHistogram } from 'node:perf_hooks';
import type { Measurement } from '../model/catalogue.ts';
import type { Clock } from '../model/clock.ts';
import { worst } from '../model/health.ts';
import type { PipelineStatus, SourceStatus } from '../model/health.ts';
import type { Log } from '../model/log.ts';
import type { Output } from '../model/output.ts';
import { pipelineIntervalMs } from '../model/pipeline.ts';
import type { QueryEngine } from '../model/query.ts';
import type { Configuration, OutputConfiguration, SourceConfiguration } from './configuration.ts';
import type { Secrets } from './secrets.ts';
import { SharedOutputs } from './shared-outputs.ts';
import { SupervisedSource } from './supervised-source.ts';

/** What a pipeline needs from outside. */
export interface PipelineServices {
  readonly clock: Clock;
  readonly log: Log;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly version: string;
  /** Every measurement there is: a reload may bring families that were not there at the start. */
  readonly measurements: readonly Measurement[];
  /** `follow` until stopped, or `once` to the end of what is there. */
  readonly mode: 'follow' | 'once';
}

/** All sources of a configuration at work. */
export class Pipeline {
  readonly #services: PipelineServices;
  readonly #outputs: SharedOutputs;
  readonly #startedMs: number;
  readonly #loopDelay: IntervalHistogram;
  #configuration: Configuration;
  #sources = new Map<string, SupervisedSource>();
  #timer: NodeJS.Timeout | undefined;
  #changing: Promise<void> = Promise.resolve();
  #isStopped = false;

  /**
   * Starts every source. A source that cannot be started is shown as failing and tried again; the others run. An
   * output that cannot be opened makes its sources fail in the same way.
   */
  static async start(configuration: Configuration, services: PipelineServices): Promise<Pipeline> {
    const pipeline = new Pipeline(configuration, services);
    for (const source of configuration.sources) pipeline.#add(source);
    await Promise.all([...pipeline.#sources.values()].map((source) => source.start()));
    if (services.mode === 'follow') pipeline.#timer = setInterval(() => pipeline.#report(), pipelineIntervalMs);
    return pipeline;
  }

  private constructor(configuration: Configuration, services: PipelineServices) {
    const { log, stdout, clock } = services;
    this.#configuration = configuration;
    this.#services = services;
    this.#outputs = new SharedOutputs({ measurements: services.measurements, stdout, log });
    this.#startedMs = clock.now();
    this.#loopDelay = monitorEventLoopDelay({ resolution: 20 });
    this.#loopDelay.enable();
  }

  /** The store that the live page asks, once an output with one is open. */
  get queries(): QueryEngine | undefined {
    return this.#outputs.queries;
  }

  /** An output of the configuration, opened; also for others than sources. Rejects when it cannot be opened. */
  async output(name: string): Promise<Output> {
    // A reload under way decides which outputs there are.
    await this.#changing;
    const { outputs, stateDirectory } = this.#configuration;
    const configured = outputs.find((output) => output.name === name);
    if (!configured || this.#isStopped) throw new Error(`there is no output "${name}" now`);
    return this.#outputs.get(configured, stateDirectory);
  }

  /** Resolves when every source has ended by itself (mode `once`, or all have failed for good). */
  async finished(): Promise<void> {
    for (;;) {
      const sources = [...this.#sources.values()];
      await Promise.all(sources.map(({ running }) => running));
      await this.#changing;
      const now = [...this.#sources.values()];
      if (now.length === sources.length && now.every(({ isOver }) => isOver)) return;
      // Something was started again or is waiting for its next attempt.
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  /** Names of sources that do not run, with the reasons. */
  get failures(): readonly { readonly name: string; readonly reason: string }[] {
    return [...this.#sources.values()]
      .filter(({ failure }) => failure !== '')
      .map(({ configuration, failure }) => ({
        name: configuration.name,
        reason: this.#configuration.secrets.hide(failure),
      }));
  }

  /** Everything known about the process and its sources. */
  status(): PipelineStatus {
    const sources = [...this.#sources.values()].map((source) => masked(source.status(), this.#configuration.secrets));
    const { rssBytes, eventLoopP99Ms, version } = this.#figures();
    return {
      version,
      startedMs: this.#startedMs,
      health: worst(sources.map(({ health }) => health)),
      sources,
      rssBytes,
      eventLoopP99Ms,
    };
  }

  /**
   * Goes over to another configuration, which must be valid. Sources that are the same in both, with their outputs,
   * go on untouched; changed and removed ones are stopped with a last commit, then new and changed ones are started.
   */
  reload(configuration: Configuration): Promise<void> {
    this.#changing = this.#changing.then(() => this.#change(configuration));
    return this.#changing;
  }

  /** Stops every source with a last commit, delivers for up to `graceMs`, and closes the outputs. */
  async stop(graceMs = 5000): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#changing;
    await Promise.all([...this.#sources.values()].map((source) => source.stop(graceMs)));
    await this.#outputs.closeAllBut([], this.#configuration.stateDirectory);
    this.#loopDelay.disable();
  }

  async #change(configuration: Configuration): Promise<void> {
    if (this.#isStopped) return;
    const before = this.#configuration;
    const wanted = new Map(configuration.sources.map((source) => [source.name, source]));
    const leaving = [...this.#sources.values()].filter((running) => {
      const source = wanted.get(running.configuration.name);
      // One that has failed gets another chance: the reload may well be the remedy.
      return (
        !source ||
        running.failure !== '' ||
        fingerprint(source, configuration) !== fingerprint(running.configuration, before)
      );
    });
    // A file moves from one source to another only after the first has let go of it.
    await Promise.all(leaving.map((source) => source.stop(5000)));
    for (const { configuration: gone } of leaving) this.#sources.delete(gone.name);
    await this.#outputs.closeAllBut(configuration.outputs, configuration.stateDirectory);
    this.#configuration = configuration;
    const order = new Map<string, SupervisedSource>();
    const starting: SupervisedSource[] = [];
    for (const source of configuration.sources) {
      const running = this.#sources.get(source.name);
      const kept = running ?? this.#make(source);
      if (!running) starting.push(kept);
      order.set(source.name, kept);
    }
    this.#sources = order;
    await Promise.all(starting.map((source) => source.start()));
  }

  #add(source: SourceConfiguration): void {
    this.#sources.set(source.name, this.#make(source));
  }

  #make(source: SourceConfiguration): SupervisedSource {
    const { clock, log, stdin, mode } = this.#services;
    return new SupervisedSource(source, {
      stateDirectory: this.#configuration.stateDirectory,
      outputs: outputsOf(source, this.#configuration),
      shared: this.#outputs,
      mode,
      stdin,
      clock,
      log,
      figures: () => this.#figures(),
    });
  }

  #report(): void {
    for (const source of this.#sources.values()) source.report();
    this.#loopDelay.reset();
  }

  #figures(): { rssBytes: number; eventLoopP99Ms: number; version: string } {
    // No sample yet gives NaN or a huge number.
    const p99 = this.#loopDelay.count === 0 ? 0 : this.#loopDelay.percentile(99) / 1e6;
    return {
      rssBytes: process.memoryUsage.rss(),
      eventLoopP99Ms: Number.isFinite(p99) ? Math.round(p99 * 10) / 10 : 0,
      version: this.#services.version,
    };
  }
}

function outputsOf(source: SourceConfiguration, { outputs }: Configuration): OutputConfiguration[] {
  return outputs.filter(({ name }) => source.outputs.includes(name));
}

/** Without secrets, since a server's or a library's words can repeat what they were given. */
function masked(status: SourceStatus, secrets: Secrets): SourceStatus {
  return {
    ...status,
    reasons: status.reasons.map((reason) => secrets.hide(reason)),
    outputs: status.outputs.map((output) => ({ ...output, reason: secrets.hide(output.reason) })),
  };
}

/** Equal for sources that need not be touched by a reload. */
function fingerprint(source: SourceConfiguration, configuration: Configuration): string {
  const { family, ...rest } = source;
  const outputs = outputsOf(source, configuration).map((output) => output.fingerprint);
  return JSON.stringify([family.name, rest, outputs, configuration.stateDirectory]);
}
