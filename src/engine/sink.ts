// Where analyzers put what they found: the accounting of lines (engine 6) and the way into the buckets.
import type { Measurement } from '../model/catalogue.ts';
import type { LineChunk, SampleSink, Series } from '../model/family.ts';
import type { SourceCounters } from '../model/health.ts';
import type { Point } from '../model/line-protocol.ts';
import type { Buckets } from './buckets.ts';
import type { ChunkTrace } from './chunk-trace.ts';
import type { DeadLetters } from './dead-letters.ts';
import { OpenSeries } from './series.ts';

/** The sink of a source's lines. Call `take` for each chunk; every line of it is then accounted once. */
export class LineSink implements SampleSink {
  readonly #source: string;
  readonly #buckets: Buckets;
  readonly #letters: DeadLetters;
  readonly #counters: SourceCounters;
  readonly #rejects: Map<string, number>;
  readonly #trace: ChunkTrace;
  #chunk: LineChunk | undefined;
  /** Where the line is whose samples come. */
  #lineStart = 0;

  /** `counters` and `rejects` are counted up in place; `trace` is told what of each line can be found again. */
  constructor(
    source: string,
    buckets: Buckets,
    letters: DeadLetters,
    counters: SourceCounters,
    rejects: Map<string, number>,
    trace: ChunkTrace,
  ) {
    this.#source = source;
    this.#buckets = buckets;
    this.#letters = letters;
    this.#counters = counters;
    this.#rejects = rejects;
    this.#trace = trace;
  }

  /** Accounts a chunk around the analyzer's work on it: what the analyzer says nothing of was ignored. */
  take(chunk: LineChunk, analyze: (chunk: LineChunk, sink: SampleSink) => void): void {
    const counters = this.#counters;
    const before = counters.matched + counters.deadLettered + counters.lateDropped;
    this.#chunk = chunk;
    analyze(chunk, this);
    this.#chunk = undefined;
    const used = counters.matched + counters.deadLettered + counters.lateDropped - before;
    counters.linesRead += chunk.lines;
    counters.bytesRead += chunk.end - chunk.start;
    counters.ignored += chunk.lines - used;
  }

  accept(start: number, end: number, timeMs: number): boolean {
    const judgement = this.#buckets.judge(timeMs);
    if (judgement === 'ok') {
      this.#counters.matched++;
      this.#trace.matched++;
      this.#lineStart = start;
      return true;
    }
    if (judgement === 'late') {
      this.#counters.lateDropped++;
      this.#trace.refused(start);
    } else this.reject(start, end, 'future');
    return false;
  }

  /** Says at which place of the buffer the line is whose samples come; `accept` says it by itself. */
  beginLine(start: number): void {
    this.#lineStart = start;
  }

  reject(start: number, end: number, reason: string): void {
    const chunk = this.#chunk;
    if (!chunk) throw new Error('a line can be rejected only while it is analyzed');
    this.#counters.deadLettered++;
    this.#trace.refused(start);
    this.#rejects.set(reason, (this.#rejects.get(reason) ?? 0) + 1);
    this.#letters.add({
      source: this.#source,
      file: chunk.file.path,
      offset: chunk.offset + start - chunk.start,
      reason,
      bytes: chunk.buffer.subarray(start, end),
    });
  }

  series(measurement: Measurement, tags: readonly string[]): Series {
    return this.#buckets.series(measurement, tags);
  }

  add(series: Series, timeMs: number, field: number, amount: number): void {
    this.#trace.time(timeMs);
    if (series instanceof OpenSeries && series.isOther) this.#trace.folded(this.#lineStart, series);
    this.#buckets.add(series, timeMs, field, amount);
  }

  set(series: Series, timeMs: number, field: number, value: number | string): void {
    this.#buckets.set(series, timeMs, field, value);
  }

  distinct(series: Series, timeMs: number, field: number, bytes: Uint8Array, start: number, end: number): void {
    this.#buckets.distinct(series, timeMs, field, bytes, start, end);
  }

  observe(series: Series, timeMs: number, field: number, value: number): void {
    this.#buckets.observe(series, timeMs, field, value);
  }
}

/** The sink of a family's periodic report: what is put into one series at one time becomes one instant point. */
export class ReportSink implements SampleSink {
  readonly #buckets: Buckets;
  readonly #points = new Map<Series, { timeMs: number; fields: (number | string | undefined)[] }>();

  constructor(buckets: Buckets) {
    this.#buckets = buckets;
  }

  /** Puts everything gathered into the next commit. */
  close(): void {
    for (const [{ measurement, tags }, { timeMs, fields }] of this.#points) {
      this.#buckets.point({ measurement, tags, fields, timeMs } satisfies Point);
    }
    this.#points.clear();
  }

  accept(): boolean {
    throw new Error('a report has no lines');
  }

  reject(): void {
    throw new Error('a report has no lines');
  }

  series(measurement: Measurement, tags: readonly string[]): Series {
    return this.#buckets.series(measurement, tags);
  }

  add(series: Series, timeMs: number, field: number, amount: number): void {
    const fields = this.#fields(series, timeMs);
    fields[field] = Number(fields[field] ?? 0) + amount;
  }

  set(series: Series, timeMs: number, field: number, value: number | string): void {
    this.#fields(series, timeMs)[field] = value;
  }

  distinct(): void {
    throw new Error('a report has no distinct counts');
  }

  observe(): void {
    throw new Error('a report has no quantiles');
  }

  #fields(series: Series, timeMs: number): (number | string | undefined)[] {
    const known = this.#points.get(series);
    if (known) return known.fields;
    const fields: (number | string | undefined)[] = series.measurement.fieldNames.map(() => undefined);
    this.#points.set(series, { timeMs, fields });
    return fields;
  }
}
