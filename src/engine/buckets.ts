// Event-time buckets of one source (engine 3): absolute values per series and interval, sealed when the newest event
// has passed them, opened again by late lines. It decides what changes when; the columns are in cells.ts, the limits in
// series.ts, the marks in bucket-state.ts, the bytes in bucket-lines.ts and bucket-record.ts, the disk in sealed.ts.
import type { Measurement } from '../model/catalogue.ts';
import type { Clock } from '../model/clock.ts';
import type { Series } from '../model/family.ts';
import { encodePoint } from '../model/line-protocol.ts';
import type { Point } from '../model/line-protocol.ts';
import { BucketFlush } from './bucket-flush.ts';
import type { Flush } from './bucket-flush.ts';
import { encodeSnapshot, StateReader } from './bucket-record.ts';
import { BucketState, hourMs, hourOf } from './bucket-state.ts';
import type { Metric } from './bucket-state.ts';
import { cellState } from './cells.ts';
import { machineFiles } from './durable.ts';
import type { Files } from './durable.ts';
import { SealedStore } from './sealed.ts';
import { OpenSeries } from './series.ts';

export type { Flush } from './bucket-flush.ts';

/** How buckets are made. Times in milliseconds. */
export interface BucketOptions {
  readonly host: string;
  readonly instance: string;
  /** Width of a bucket, a whole number, where its measurement has none; aligned to the epoch in UTC. */
  readonly widthMs: number;
  /** A bucket is sealed when the newest event has passed its end by this time; 5 minutes. */
  readonly latenessMs?: number;
  /** Lines so much older than the newest event are dropped as late; 48 hours. */
  readonly lateHorizonMs?: number;
  /** Lines so far ahead of the clock are refused; 10 minutes. */
  readonly futureToleranceMs?: number;
  /** Folder for sealed values; made when needed. Nothing else may be in it. */
  readonly directory: string;
  readonly clock: Clock;
  /** Whether flushes hold what was added besides the whole values. */
  readonly withDeltas: boolean;
  /** The most series of any measurement, when lower than the measurement's own limit. */
  readonly maxSeries?: number;
  /** The file system, for tests. */
  readonly files?: Files;
}

/** The greatest time that a Date can hold; beyond it nothing is a time. */
const greatestTimeMs = 8.64e15;

/** The buckets of one source. */
export class Buckets {
  readonly #options: BucketOptions;
  readonly #files: Files;
  #state: BucketState;
  #waiting: Buffer[] = [];
  #waitingPoints = 0;
  #isFlushing = false;

  constructor(options: BucketOptions) {
    if (!Number.isSafeInteger(options.widthMs) || options.widthMs < 1) throw new RangeError('a bucket has no width');
    this.#options = options;
    this.#files = options.files ?? machineFiles;
    this.#state = this.#emptyState();
  }

  /** Whether a record with this event time can be counted. The newest event time moves when it can. */
  judge(timeMs: number): 'ok' | 'late' | 'future' {
    const state = this.#state;
    if (timeMs < -greatestTimeMs) return 'late';
    if (!(timeMs <= state.newestMs)) {
      if (!(timeMs <= this.#options.clock.now() + (this.#options.futureToleranceMs ?? 600_000))) return 'future';
      state.newestMs = timeMs;
      return 'ok';
    }
    if (timeMs < state.newestMs - state.options.lateHorizonMs) return 'late';
    const start = state.startOf(timeMs);
    if (start >= state.sealedBeforeMs) return 'ok';
    const isLost = state.sealed.lostHours.has(hourOf(start)) && state.endOf(start) <= state.sealedBeforeMs;
    return isLost || start < state.forgottenBeforeMs ? 'late' : 'ok';
  }

  /** The series of these tag values (order of `tagNames`). Beyond a limit it is that of `__other__` (engine 3.6). */
  series(measurement: Measurement, tags: readonly string[]): Series {
    return this.#state.metricOf(measurement).series.of(tags);
  }

  /** Adds to a counter, or to a gauge that sums, in the bucket of `timeMs`. A counter takes amounts from 0 up. */
  add(series: Series, timeMs: number, field: number, amount: number): void {
    const open = this.#attached(series);
    const isUsable = Number.isFinite(amount) && (amount >= 0 || open.set.cells.joinings[field] !== 'counter');
    const slot = isUsable ? this.#open(open, timeMs) : -1;
    if (slot >= 0) open.set.cells.add(slot, field, amount);
    else this.#state.refused++;
  }

  /** Sets a gauge or text in the bucket of `timeMs`; joined as declared. */
  set(series: Series, timeMs: number, field: number, value: number | string): void {
    const open = this.#attached(series);
    const isUsable = open.set.cells.joinings[field] === 'text' || Number.isFinite(value);
    const slot = isUsable ? this.#open(open, timeMs) : -1;
    if (slot >= 0) open.set.cells.set(slot, field, value);
    else this.#state.refused++;
  }

  /** Adds the value `bytes[start..end)` to a distinct count in the bucket of `timeMs`. */
  distinct(series: Series, timeMs: number, field: number, bytes: Uint8Array, start: number, end: number): void {
    const open = this.#attached(series);
    const slot = this.#open(open, timeMs);
    if (slot >= 0) open.set.cells.distinct(slot, field, bytes, start, end);
    else this.#state.refused++;
  }

  /** Adds a value to a quantile in the bucket of `timeMs`. */
  observe(series: Series, timeMs: number, field: number, value: number): void {
    const open = this.#attached(series);
    const slot = Number.isFinite(value) ? this.#open(open, timeMs) : -1;
    if (slot >= 0) open.set.cells.observe(slot, field, value);
    else this.#state.refused++;
  }

  /** Takes a point as it is into the next flush. Host and instance are added when its tags end before them. */
  point(point: Point): void {
    const { host, instance } = this.#options;
    const own = point.measurement.tagNames.map((_, place) => point.tags[place] ?? '');
    const common = [host, instance].map((value, place) => point.tags[own.length + place] ?? value);
    const line = encodePoint({ ...point, tags: [...own, ...common] });
    if (line === '') return;
    this.#waiting.push(Buffer.from(line, 'utf8'));
    this.#waitingPoints++;
  }

  /**
   * Everything that changed until it resolves. What is due is sealed first, durably. When it throws a system error
   * (the disk is full), nothing is lost and it can be called again. Call it again only after the record of the flush
   * before was committed: files that only an older state needs are deleted then.
   */
  async flush(): Promise<Flush> {
    if (this.#isFlushing) throw new Error('a flush is running');
    this.#isFlushing = true;
    try {
      return await new BucketFlush(this.#state, this.#options.withDeltas).run(() => this.#takeWaiting());
    } finally {
      this.#isFlushing = false;
    }
  }

  /** Everything open, and what waits for the next flush. */
  snapshot(): Buffer {
    return encodeSnapshot(this.#state, { count: this.#waitingPoints, lines: Buffer.concat(this.#waiting) });
  }

  /**
   * Takes back a snapshot and the records of the flushes after it, in order; to be called before anything else. Gives
   * what could not be taken over, for people. Throws when the state is damaged or of a newer version; the buckets are
   * then empty.
   */
  restore(snapshot: Buffer | undefined, records: readonly Buffer[], measurements: readonly Measurement[]): string[] {
    if (this.#state.metrics.length > 0) throw new Error('the buckets are in use already');
    const state = this.#emptyState();
    const reader = new StateReader(state, measurements);
    if (snapshot) {
      const waiting = reader.snapshot(snapshot);
      if (!waiting) return reader.warnings;
      // Every record is of a flush, and a flush takes along what waits.
      if (waiting.count > 0 && records.length === 0) {
        this.#waiting = [waiting.lines];
        this.#waitingPoints = waiting.count;
      }
    }
    for (const record of records) reader.record(record);
    state.setWidth(this.#options.widthMs);
    this.#state = state;
    const lost = state.sealed.loseMissing();
    if (lost.length > 0)
      reader.warnings.push(`sealed values of ${lost.length} hours are missing in ${this.#options.directory}`);
    return reader.warnings;
  }

  /** Epoch milliseconds; undefined before the first event. */
  get newestEventMs(): number | undefined {
    return Number.isFinite(this.#state.newestMs) ? this.#state.newestMs : undefined;
  }

  get openBuckets(): number {
    return this.#sum(({ cells }) => cells.count);
  }

  /** Number of known series: in use, or idle for less than the late horizon. */
  get seriesCount(): number {
    return this.#sum(({ series }) => series.size);
  }

  /** Samples that went to `__other__`, by measurement. */
  get overflowed(): Readonly<Record<string, number>> {
    const some = this.#state.metrics.filter(({ overflowed }) => overflowed > 0);
    return Object.fromEntries(some.map(({ measurement, overflowed }) => [measurement.name, overflowed]));
  }

  /** Points that the next flush will hold. */
  get changedBuckets(): number {
    return this.#waitingPoints + this.#sum(({ cells }) => cells.changed);
  }

  /**
   * Samples that could not be counted: older than what is known, of no number or time, or of a bucket whose sealed
   * value was damaged (a whole late bucket counts as one then). 0 unless something is wrong.
   */
  get refusedSamples(): number {
    return this.#state.refused;
  }

  #emptyState(): BucketState {
    const { host, instance, widthMs, latenessMs, lateHorizonMs, maxSeries, directory } = this.#options;
    return new BucketState(
      {
        host,
        instance,
        widthMs,
        latenessMs: latenessMs ?? 300_000,
        lateHorizonMs: lateHorizonMs ?? 48 * hourMs,
        maxSeries: maxSeries ?? Number.POSITIVE_INFINITY,
      },
      new SealedStore(directory, this.#files),
    );
  }

  #attached(series: Series): OpenSeries {
    const open =
      series instanceof OpenSeries ? series : this.#state.metricOf(series.measurement).series.of(series.tags);
    return open.isKnown ? open : open.set.attached(open);
  }

  /** The slot of the bucket of a time, opened when it is not open; -1 when nothing can be added to it. */
  #open(series: OpenSeries, timeMs: number): number {
    if (!(Math.abs(timeMs) <= greatestTimeMs)) return -1;
    const state = this.#state;
    const { cells } = series.set;
    const { isInstant, bucketSeconds } = series.measurement;
    const start = isInstant ? Math.floor(timeMs) : state.startOf(timeMs, bucketSeconds);
    let slot = series.slot;
    if (!(slot < cells.count && cells.starts[slot] === start && cells.owners[slot] === series)) {
      slot = cells.find(series, start);
      if (slot < 0) {
        const first = this.#firstState(state.metricOf(series.measurement), start, isInstant);
        if (first === undefined) return -1;
        slot = cells.open(series, start, first);
      }
      series.slot = slot;
    }
    if (series.isOther) state.metricOf(series.measurement).overflowed++;
    return slot;
  }

  /** With what state a bucket can be opened; undefined when its earlier value is not known (engine 3.4). */
  #firstState(metric: Metric, start: number, isInstant: boolean): number | undefined {
    const state = this.#state;
    if (isInstant) return 0;
    if (start < state.forgottenBeforeMs) return undefined;
    if (!state.isSealed(metric, start)) return 0;
    const hour = hourOf(start);
    if (state.sealed.lostHours.has(hour)) return undefined;
    return state.sealed.hours.has(hour) ? cellState.needsBase : 0;
  }

  #takeWaiting(): { count: number; lines: Buffer } {
    const taken = { count: this.#waitingPoints, lines: Buffer.concat(this.#waiting) };
    this.#waiting = [];
    this.#waitingPoints = 0;
    return taken;
  }

  #sum(of: (metric: Metric) => number): number {
    return this.#state.metrics.reduce((sum, metric) => sum + of(metric), 0);
  }
}
