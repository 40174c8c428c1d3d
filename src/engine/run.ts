// One source: follow, analyze, count, commit, deliver. The order is fixed: commit, then send (engine 4.2). Above 300
// lines, because this one loop and its stopping, pausing and reporting are one subject and read best together.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measurement } from '../model/catalogue.ts';
import type { Clock } from '../model/clock.ts';
import { codeOf, ExitError, messageOf, printable } from '../model/errors.ts';
import type { Analyzer, JsonValue, LineChunk, LogFile } from '../model/family.ts';
import { noCounters } from '../model/health.ts';
import type { SourceCounters, SourceStatus } from '../model/health.ts';
import type { Point } from '../model/line-protocol.ts';
import type { Log } from '../model/log.ts';
import type { Output } from '../model/output.ts';
import type { ReceiverCounters } from '../model/receiver.ts';
import { Buckets } from './buckets.ts';
import type { Flush } from './buckets.ts';
import { DeadLetters } from './dead-letters.ts';
import { Deliverer } from './deliver.ts';
import { Follower } from './follow.ts';
import type { FollowEvent, FollowItem, FollowOptions, PositionChange } from './follow.ts';
import { Journal } from './journal.ts';
import type { CommitPart, Recovered, SnapshotPart } from './journal.ts';
import { LineIndex } from './line-index.ts';
import { acquireLock } from './lock.ts';
import type { Lock } from './lock.ts';
import { pause } from './pause.ts';
import { placeOf } from './position.ts';
import { LineSink, ReportSink } from './sink.ts';
import { sourceHealth } from './source-health.ts';

/** One output as a source uses it; the same `output` may serve several sources. */
export interface SourceOutput {
  readonly name: string;
  readonly values: 'absolute' | 'delta';
  readonly delivery: 'at-least-once' | 'at-most-once';
  readonly output: Output;
}

/** Everything a source needs. Times in milliseconds. */
export interface SourceOptions {
  readonly name: string;
  readonly family: string;
  readonly host: string;
  readonly instance: string;
  readonly measurements: readonly Measurement[];
  readonly analyzer: Analyzer;
  readonly follow: FollowOptions;
  readonly outputs: readonly SourceOutput[];
  /** The source's own state folder; made when it does not exist. */
  readonly directory: string;
  readonly bucketMs: number;
  readonly latenessMs?: number;
  readonly lateHorizonMs?: number;
  readonly futureToleranceMs?: number;
  readonly onStateLoss: 'stop' | 'begin' | 'end';
  readonly onFull: 'block' | 'drop_oldest';
  readonly spoolLimitBytes?: number;
  readonly deadLetterLimitBytes?: number;
  /** For the notes that lead from numbers back to lines; 0 for none. Default 64 MiB. */
  readonly lineIndexLimitBytes?: number;
  /** A commit is due after this time or these bytes or so many changed buckets, whichever is first. */
  readonly commitIntervalMs?: number;
  readonly commitBytes?: number;
  readonly commitBuckets?: number;
  /** How often the family reports about the source; only while following. */
  readonly reportIntervalMs?: number;
  /** What the receiver counted whose journal the source reads. */
  readonly received?: () => Readonly<ReceiverCounters>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is opened before a source can be. */
interface OpenedParts {
  readonly lock: Lock;
  readonly journal: Journal;
  readonly letters: DeadLetters;
  readonly lines: LineIndex;
  readonly recovered: Recovered;
}

/** Where a source notes which lines its numbers are made of; `directory` is its state folder. */
export function lineIndexDirectory(directory: string): string {
  return join(directory, 'lines');
}

/** A line to be analyzed once more. */
export interface ReplayLine {
  readonly file: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const defaultGraceMs = 5000;
const retryMs = 1000;
/** How often an analyzer is told that time goes on while there is nothing to read. */
const idleMs = 1000;
/** The pause between the first commits; it doubles up to the usual one, so that a source that is killed soon gets on. */
const firstCommitPauseMs = 50;

/** A source at work. `open`, then `run` once; `stop` ends it. */
export class Source {
  readonly name: string;
  readonly #options: SourceOptions;
  readonly #lock: Lock;
  readonly #journal: Journal;
  readonly #letters: DeadLetters;
  readonly #buckets: Buckets;
  readonly #follower: Follower;
  readonly #deliverers: readonly Deliverer[];
  readonly #counters: SourceCounters;
  readonly #rejects: Map<string, number>;
  readonly #lines: LineIndex;
  readonly #sink: LineSink;
  readonly #stopping = new AbortController();
  readonly #notes: string[] = [];
  #graceMs = defaultGraceMs;
  #pauseReason = '';
  #bytesSinceCommit = 0;
  #isChanged = true;
  #lastCommitMs: number;
  #commitPauseMs = firstCommitPauseMs;
  #lastReportMs = Number.NEGATIVE_INFINITY;
  #lastIdleMs = Number.NEGATIVE_INFINITY;
  #commitMs = 0;
  #isClosed = false;
  /** How far each file is committed, by the key of its position; kept only for a journal whose writer asks. */
  readonly #committed = new Map<string, { readonly path: string; readonly offset: number }>();

  /**
   * Opens the state of a source and restores it. Throws UsageError or ExitError when another process has it, or when
   * its state is lost and `onStateLoss` is `stop`; system errors when the folder cannot be used at all.
   */
  static async open(options: SourceOptions): Promise<Source> {
    await mkdir(options.directory, { recursive: true });
    const lock = await acquireLock(join(options.directory, 'lock'));
    try {
      const { clock, log } = options;
      const { journal, recovered } = await Journal.open({
        directory: join(options.directory, 'journal'),
        outputs: options.outputs,
        onStateLoss: options.onStateLoss,
        onFull: options.onFull,
        clock,
        log,
        ...(options.spoolLimitBytes === undefined ? {} : { spoolLimitBytes: options.spoolLimitBytes }),
      });
      try {
        const letters = await DeadLetters.open({
          directory: join(options.directory, 'dead-letters'),
          clock,
          log,
          ...(options.deadLetterLimitBytes === undefined ? {} : { limitBytes: options.deadLetterLimitBytes }),
        });
        const positions = [recovered.snapshot, ...recovered.commits].flatMap((part) => part?.positions ?? []);
        const limitBytes = options.lineIndexLimitBytes;
        const lines = await LineIndex.open(
          {
            directory: lineIndexDirectory(options.directory),
            log,
            source: options.name,
            ...(limitBytes === undefined ? {} : { limitBytes }),
          },
          positions,
        );
        return new Source(options, { lock, journal, letters, lines, recovered });
      } catch (error) {
        await journal.close();
        throw error;
      }
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private constructor(options: SourceOptions, { lock, journal, letters, lines, recovered }: OpenedParts) {
    this.name = options.name;
    this.#options = options;
    this.#lock = lock;
    this.#journal = journal;
    this.#letters = letters;
    this.#lines = lines;
    this.#buckets = new Buckets({
      host: options.host,
      instance: options.instance,
      widthMs: options.bucketMs,
      directory: join(options.directory, 'sealed'),
      clock: options.clock,
      withDeltas: options.outputs.some(({ values }) => values === 'delta'),
      ...(options.latenessMs === undefined ? {} : { latenessMs: options.latenessMs }),
      ...(options.lateHorizonMs === undefined ? {} : { lateHorizonMs: options.lateHorizonMs }),
      ...(options.futureToleranceMs === undefined ? {} : { futureToleranceMs: options.futureToleranceMs }),
    });
    this.#follower = new Follower(
      isStateLost(recovered) ? { ...options.follow, onLoss: lossStart(options.onStateLoss) } : options.follow,
      options.clock,
    );
    this.#counters = noCounters();
    this.#rejects = new Map();
    this.#restore(recovered);
    this.#counters.starts++;
    this.#sink = new LineSink(options.name, this.#buckets, letters, this.#counters, this.#rejects, lines.trace);
    this.#deliverers = options.outputs.map(
      ({ name, output, delivery }) =>
        new Deliverer({
          name,
          output,
          delivery,
          spool: journal.spool(name),
          deadLetters: letters,
          source: options.name,
          clock: options.clock,
          log: options.log,
        }),
    );
    // The first commit is due at once: a source that is killed soon after each start must still get on.
    this.#lastCommitMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Works until `stop` is called or, with mode `once`, until everything is read, committed and delivered. Throws
   * for broken promises of ours only; everything that can pass is waited for.
   */
  async run(): Promise<void> {
    for (const deliverer of this.#deliverers) deliverer.start();
    try {
      await this.#loop();
      await this.#commit();
    } finally {
      await this.#close();
    }
  }

  /** Ends `run`: last commit, then up to `graceMs` for what is not delivered yet. */
  stop(graceMs = defaultGraceMs): void {
    this.#graceMs = graceMs;
    this.#stopping.abort();
  }

  /** Adds a point of the program itself; it is committed and delivered like all others. */
  addPoint(point: Point): void {
    this.#buckets.point(point);
    this.#isChanged = true;
  }

  /**
   * Analyzes lines again that were dead letters, in place of `run`. Gives back, for each line in order, whether it
   * was used now. What was used moves from `deadLettered` to `matched`; the rest stays a dead letter as it is. `settle`
   * is given the same before the source is let go of, so that nobody can replay the lines twice.
   */
  async replay(
    lines: Iterable<ReplayLine>,
    settle: (used: readonly boolean[]) => Promise<void>,
  ): Promise<readonly boolean[]> {
    const used: boolean[] = [];
    for (const deliverer of this.#deliverers) deliverer.start();
    try {
      for (const line of lines) {
        used.push(this.#again(line));
        if (this.#isCommitDue()) await this.#commit();
      }
      await this.#commit();
    } finally {
      await this.#close(() => settle(used));
    }
    return used;
  }

  /** True when everything up to this size of a file is counted for good. Only for the journal of a receiver. */
  isCommitted(path: string, size: number): boolean {
    for (const known of this.#committed.values()) if (known.path === path && known.offset >= size) return true;
    return false;
  }

  /** How the source is, at this moment. */
  status(): SourceStatus {
    const options = this.#options;
    const { files, awaited, lagBytes } = this.#follower.status();
    const newest = this.#buckets.newestEventMs;
    const outputs = this.#deliverers.map((deliverer) => deliverer.status());
    const { health, reasons } = sourceHealth({
      notes: this.#notes,
      pauseReason: this.#pauseReason,
      awaited,
      files,
      outputs,
      counters: this.#counters,
      refusedSamples: this.#buckets.refusedSamples,
    });
    return {
      name: options.name,
      family: options.family,
      host: options.host,
      health,
      reasons,
      counters: { ...this.#counters, deadLettersGivenUp: this.#letters.givenUp },
      rejects: Object.fromEntries(this.#rejects),
      awaited,
      files,
      lagBytes,
      lagSeconds: lagBytes > 0 && newest !== undefined ? Math.max(0, (options.clock.now() - newest) / 1000) : 0,
      newestEventMs: newest,
      openBuckets: this.#buckets.openBuckets,
      series: this.#buckets.seriesCount,
      overflowed: this.#buckets.overflowed,
      commitMs: this.#commitMs,
      isPaused: this.#pauseReason !== '',
      outputs,
    };
  }

  #restore({ snapshot, commits, lost }: Recovered): void {
    const { measurements, analyzer, log, name } = this.#options;
    if (lost !== undefined) this.#note(`state was lost: ${lost}`);
    if (!snapshot) return;
    const parts = [snapshot, ...commits];
    const records = commits.map(({ buckets }) => buckets);
    for (const warning of this.#buckets.restore(snapshot.buckets, records, measurements)) this.#note(warning);
    const positions = parts.flatMap((part) => part.positions);
    this.#follower.restore(positions);
    this.#noteCommitted(positions);
    const newest = parts.at(-1) ?? snapshot;
    const { counters, rejects } = readCounters(newest.counters);
    Object.assign(this.#counters, counters);
    for (const [reason, count] of rejects) this.#rejects.set(reason, count);
    try {
      analyzer.restore(newest.analyzer);
    } catch (error) {
      const message = `the state of the analyzer cannot be used (${messageOf(error)})`;
      if (this.#options.onStateLoss === 'stop') {
        throw new ExitError(1, `${name}: ${message}; move ${this.#options.directory} away to begin anew`);
      }
      this.#note(message);
    }
    log.info('state restored', { source: name, commits: commits.length, lines: this.#counters.linesRead });
  }

  async #loop(): Promise<void> {
    const { clock } = this.#options;
    const signal = this.#stopping.signal;
    while (!signal.aborted) {
      if (!this.#journal.hasRoom()) {
        this.#pauseFor('the spool is full; reading goes on when the output has taken some of it');
        await this.#untilRoom(signal);
        this.#pauseFor('');
        continue;
      }
      const item = await this.#follower.next();
      if (item) this.#handle(item);
      else if (this.#follower.isFinished) {
        this.#finish();
        return;
      }
      if (!item && this.#hasIdle) this.#idleWhenDue();
      if (this.#hasReports) this.#reportWhenDue();
      if (this.#isCommitDue()) await this.#commit();
      if (!item) await this.#wait(signal, clock);
    }
  }

  /** Waits for room in the spool. The log goes on growing and rotating, and status tells how far behind reading is. */
  async #untilRoom(signal: AbortSignal): Promise<void> {
    while (!this.#journal.hasRoom() && !signal.aborted) {
      await this.#lookOnly();
      await atMost(retryMs, signal, (waiting) => this.#journal.whenRoom(waiting));
    }
  }

  /** While reading is paused. An import has nothing to keep an eye on. */
  async #lookOnly(): Promise<void> {
    if (this.#options.follow.mode === 'follow') await this.#follower.look();
  }

  /** Waits for more to read, but not beyond the moment when something else is due. */
  async #wait(signal: AbortSignal, clock: Clock): Promise<void> {
    const untilCommit = this.#isChanged ? this.#lastCommitMs + this.#commitInterval - clock.monotonic() : Infinity;
    const untilReport = this.#hasReports ? this.#lastReportMs + this.#reportInterval - clock.monotonic() : Infinity;
    const untilIdle = this.#hasIdle ? this.#lastIdleMs + idleMs - clock.monotonic() : Infinity;
    const limit = Math.min(untilCommit, untilReport, untilIdle, 60_000);
    if (limit > 0) await atMost(limit, signal, (waiting) => this.#follower.wait(waiting));
  }

  #handle(item: FollowItem): void {
    this.#isChanged = true;
    switch (item.kind) {
      case 'lines':
        this.#lines.begin(item.chunk, () => this.#options.analyzer.snapshot());
        this.#sink.take(item.chunk, (chunk, sink) => this.#options.analyzer.lines(chunk, sink));
        this.#lines.end(item.chunk);
        this.#bytesSinceCommit += item.chunk.end - item.chunk.start;
        return;
      case 'long':
        this.#counters.linesRead++;
        this.#counters.bytesRead += item.length;
        this.#counters.skippedLong++;
        this.#lines.skipLine(item.file.id, item.offset, item.length);
        this.#bytesSinceCommit += item.length;
        this.#letters.add({
          source: this.name,
          file: item.file.path,
          offset: item.offset,
          reason: `too-long (${item.length} bytes)`,
          bytes: item.head,
        });
        return;
      case 'event':
        this.#record(item.event);
    }
  }

  #record({ type, path, detail, amount }: FollowEvent): void {
    const facts = { source: this.name, path: printable(path), detail: printable(detail) };
    const { log } = this.#options;
    switch (type) {
      case 'opened':
        this.#counters.filesOpened++;
        return;
      case 'rotated':
        this.#counters.rotations++;
        return;
      case 'truncated':
        this.#counters.truncations++;
        log.warn('a file was truncated or replaced; reading it from its beginning', facts);
        return;
      case 'gap':
        this.#counters.gaps++;
        log.error('a part of the log is gone', facts);
        return;
      case 'nulls':
        this.#counters.nulBytes += amount ?? 0;
        return;
      case 'damaged':
        this.#note(`${printable(path)} is damaged: ${printable(detail)}`);
        log.warn('an archive is damaged; what could be read was used', facts);
        return;
      case 'fault':
        log.warn('a file cannot be read; it is tried again', facts);
        return;
      case 'recovered':
        log.info('a file can be read again', facts);
        return;
      case 'finished':
        return;
    }
  }

  /** An import has come to its end: what the analyzer held back for lines to come is due now. */
  #finish(): void {
    if (!this.#options.analyzer.finish) return;
    this.#options.analyzer.finish(this.#sink);
    this.#isChanged = true;
  }

  /** Everything written has been read: what the analyzer held back may be due with the time. */
  #idleWhenDue(): void {
    const { analyzer, clock } = this.#options;
    if (clock.monotonic() - this.#lastIdleMs < idleMs) return;
    this.#lastIdleMs = clock.monotonic();
    if (analyzer.idle?.(clock.now(), this.#sink) === true) this.#isChanged = true;
  }

  #reportWhenDue(): void {
    const { analyzer, clock } = this.#options;
    if (!analyzer.report || clock.monotonic() - this.#lastReportMs < this.#reportInterval) return;
    this.#lastReportMs = clock.monotonic();
    const sink = new ReportSink(this.#buckets);
    analyzer.report(
      {
        nowMs: clock.now(),
        newestEventMs: this.#buckets.newestEventMs,
        linesRead: this.#counters.linesRead,
        bytesRead: this.#counters.bytesRead,
        matched: this.#counters.matched,
        filesOpened: this.#counters.filesOpened,
        files: this.#follower.listing(),
        reasons: this.#reasons(),
        received: this.#options.received?.(),
      },
      sink,
    );
    sink.close();
    this.#isChanged = true;
  }

  /** Rejects and late lines: neither is in any figure. */
  #reasons(): ReadonlyMap<string, number> {
    const { lateDropped } = this.#counters;
    return lateDropped === 0 ? this.#rejects : new Map([...this.#rejects, ['late', lateDropped]]);
  }

  get #commitInterval(): number {
    return Math.min(this.#commitPauseMs, this.#options.commitIntervalMs ?? 1000);
  }

  /** Only while following: what an import reads is long past. */
  get #hasReports(): boolean {
    return this.#options.follow.mode === 'follow' && this.#options.analyzer.report !== undefined;
  }

  get #hasIdle(): boolean {
    return this.#options.follow.mode === 'follow' && this.#options.analyzer.idle !== undefined;
  }

  get #reportInterval(): number {
    return this.#options.reportIntervalMs ?? 15_000;
  }

  #isCommitDue(): boolean {
    if (!this.#isChanged) return false;
    if (this.#bytesSinceCommit >= (this.#options.commitBytes ?? 32 * 1024 * 1024)) return true;
    if (this.#buckets.changedBuckets >= (this.#options.commitBuckets ?? 50_000)) return true;
    return this.#options.clock.monotonic() - this.#lastCommitMs >= this.#commitInterval;
  }

  /** Makes one commit of everything handed out so far. A full disk is waited for, with reading paused. */
  async #commit(): Promise<void> {
    if (!this.#isChanged) return;
    const began = this.#options.clock.monotonic();
    // Before the first wait, so that what comes in meanwhile asks for the next commit.
    this.#isChanged = false;
    const flush = await this.#untilPossible(() => this.#buckets.flush());
    if (!flush) return;
    await this.#letters.flush();
    const positions = this.#follower.changes();
    // Before the commit: after a crash it may hold more than was committed, which is read and noted again, never less.
    await this.#lines.flush(positions);
    this.#counters.commits++;
    const part = this.#part(flush, positions);
    const done = await this.#untilPossible(async () => {
      await this.#journal.commit(part, () => this.#snapshot());
      return true;
    });
    if (!done) return;
    this.#noteCommitted(positions);
    this.#bytesSinceCommit = 0;
    this.#lastCommitMs = this.#options.clock.monotonic();
    this.#commitPauseMs *= 2;
    this.#commitMs = this.#lastCommitMs - began;
  }

  #noteCommitted(positions: readonly PositionChange[]): void {
    if (!this.#options.received) return;
    for (const { key, position } of positions) {
      if (position === null) this.#committed.delete(key);
      else this.#committed.set(key, placeOf(position));
    }
  }

  #part(flush: Flush, positions: readonly PositionChange[]): CommitPart {
    // What was found out with the positions is counted with them.
    for (const event of this.#follower.takeEvents()) this.#record(event);
    return {
      positions,
      analyzer: this.#options.analyzer.snapshot(),
      counters: this.#countersState(),
      buckets: flush.record,
      points: flush.points,
      absolute: flush.absolute,
      deltas: flush.deltas,
    };
  }

  #snapshot(): SnapshotPart {
    return {
      positions: this.#follower.positions(),
      analyzer: this.#options.analyzer.snapshot(),
      counters: this.#countersState(),
      buckets: this.#buckets.snapshot(),
    };
  }

  #countersState(): JsonValue {
    return { ...this.#counters, rejects: Object.fromEntries(this.#rejects) };
  }

  /** Tries until it works; undefined when the source is stopped meanwhile. Only system errors are tried again. */
  async #untilPossible<T>(work: () => Promise<T>): Promise<T | undefined> {
    for (;;) {
      try {
        const result = await work();
        this.#pauseFor('');
        return result;
      } catch (error) {
        if (codeOf(error) === undefined) throw error;
        this.#pauseFor(`the state cannot be written: ${printable(messageOf(error))}`);
        if (this.#stopping.signal.aborted) return undefined;
        await pause(retryMs, this.#stopping.signal);
        await this.#lookOnly();
      }
    }
  }

  #pauseFor(reason: string): void {
    if (reason === this.#pauseReason) return;
    const { log, name } = this.#options;
    if (reason === '') log.info('reading goes on', { source: name });
    else log.error('reading is paused', { source: name, reason });
    this.#pauseReason = reason;
  }

  #note(text: string): void {
    // The newest notes are enough for health; each is in the log.
    if (this.#notes.length >= 20) this.#notes.shift();
    this.#notes.push(text);
    this.#options.log.warn(text, { source: this.name });
  }

  #again({ file, offset, bytes }: ReplayLine): boolean {
    const buffer = Buffer.concat([bytes, Buffer.from('\n')]);
    const name = file.slice(file.lastIndexOf('/') + 1).replace(/\.gz$/, '');
    const logFile: LogFile = { path: file, name, modifiedMs: this.#options.clock.now(), id: -1 };
    const chunk: LineChunk = { file: logFile, buffer, start: 0, end: buffer.length, offset, lines: 1 };
    let isRejected = false;
    let isUsed = false;
    this.#lines.begin(chunk, () => this.#options.analyzer.snapshot());
    this.#sink.beginLine(chunk.start);
    this.#options.analyzer.lines(chunk, {
      accept: (_start, _end, timeMs) => (isUsed = this.#buckets.judge(timeMs) === 'ok'),
      reject: () => (isRejected = true),
      series: (measurement, tags) => this.#sink.series(measurement, tags),
      add: (series, timeMs, field, amount) => this.#sink.add(series, timeMs, field, amount),
      set: (series, timeMs, field, value) => this.#sink.set(series, timeMs, field, value),
      distinct: (series, timeMs, field, text, start, end) =>
        this.#sink.distinct(series, timeMs, field, text, start, end),
      observe: (series, timeMs, field, value) => this.#sink.observe(series, timeMs, field, value),
    });
    const isCounted = isUsed && !isRejected;
    this.#lines.endAgain(chunk, isCounted);
    if (!isCounted) return false;
    this.#counters.deadLettered--;
    this.#counters.matched++;
    this.#isChanged = true;
    return true;
  }

  async #close(settle?: () => Promise<void>): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const isStopped = this.#stopping.signal.aborted;
    // Everything is read: an import waits for its outputs, but a stop still ends the waiting after its grace.
    const drained = Promise.all(
      this.#deliverers.map((deliverer) => deliverer.drain(isStopped ? this.#graceMs : Infinity)),
    );
    if (!isStopped) {
      const stopped = new Promise<void>((resolve) => {
        this.#stopping.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([drained, stopped.then(() => pause(this.#graceMs))]);
    } else await drained;
    await Promise.all(this.#deliverers.map((deliverer) => deliverer.stop()));
    await this.#letters.close();
    await this.#lines.close();
    await this.#follower.close();
    await this.#journal.close();
    try {
      await settle?.();
    } finally {
      await this.#lock.release();
    }
  }
}

/** Waits with a signal that is aborted after `limitMs`, or when the given one is. */
async function atMost(
  limitMs: number,
  signal: AbortSignal,
  wait: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  if (signal.aborted) return;
  const waiting = new AbortController();
  const end = (): void => waiting.abort();
  const timer = setTimeout(end, limitMs);
  signal.addEventListener('abort', end, { once: true });
  try {
    await wait(waiting.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

function isStateLost({ snapshot, lost }: Recovered): boolean {
  return snapshot === undefined && lost !== undefined;
}

function lossStart(onStateLoss: 'stop' | 'begin' | 'end'): 'begin' | 'end' {
  return onStateLoss === 'end' ? 'end' : 'begin';
}

function readCounters(state: JsonValue): { counters: Partial<SourceCounters>; rejects: Map<string, number> } {
  const { rejects, ...counts } = (state ?? {}) as Readonly<Record<string, unknown>>;
  const known = Object.keys(noCounters());
  const counters = Object.fromEntries(
    Object.entries(counts).filter(([name, value]) => known.includes(name) && typeof value === 'number'),
  );
  const pairs = Object.entries((rejects ?? {}) as Readonly<Record<string, unknown>>).filter(
    (pair): pair is [string, number] => typeof pair[1] === 'number',
  );
  return { counters, rejects: new Map(pairs) };
}
