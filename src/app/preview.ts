// What single lines would yield, without any state, commit or output: for `check` and `replay --dry-run`.
import type { Measurement } from '../model/catalogue.ts';
import { commonTags } from '../model/catalogue.ts';
import type { Analyzer, LineChunk, LogFile, SampleSink, Series } from '../model/family.ts';
import { encodePoint } from '../model/line-protocol.ts';
import type { SourceConfiguration } from './configuration.ts';

/** What one line yields. */
export interface LinePreview {
  readonly outcome: 'matched' | 'ignored' | 'rejected' | 'future';
  /** The reason of a reject. */
  readonly reason: string;
  /** Event time, epoch milliseconds; undefined unless matched or future. */
  readonly timeMs: number | undefined;
  /** The line's own share of each point, in line protocol at the start of its bucket. */
  readonly points: readonly string[];
}

interface Cell {
  readonly series: Series;
  readonly timeMs: number;
  readonly fields: (number | string | undefined)[];
  readonly seen: Set<string>;
}

/** Feeds lines one by one, in order, to an analyzer of its own. */
export class Preview {
  readonly #source: SourceConfiguration;
  readonly #analyzer: Analyzer;
  readonly #nowMs: number;

  private constructor(source: SourceConfiguration, analyzer: Analyzer, nowMs: number) {
    this.#source = source;
    this.#analyzer = analyzer;
    this.#nowMs = nowMs;
  }

  /** A preview of a source; `nowMs` decides what is in the future. */
  static async open(source: SourceConfiguration, nowMs: number): Promise<Preview> {
    const { family, options, timezone, host } = source;
    return new Preview(source, await family.createAnalyzer({ options, timezone, host }), nowMs);
  }

  /** What the line (without its line feed) yields. */
  line(bytes: Uint8Array, file: LogFile, offset: number): LinePreview {
    const buffer = Buffer.concat([bytes, Buffer.from('\n')]);
    const chunk: LineChunk = { file, buffer, start: 0, end: buffer.length, offset, lines: 1 };
    const collector = new Collector(this.#source, this.#nowMs);
    this.#analyzer.lines(chunk, collector);
    return collector.result();
  }
}

/** Takes the samples of one line. */
class Collector implements SampleSink {
  readonly #source: SourceConfiguration;
  readonly #nowMs: number;
  readonly #cells = new Map<string, Cell>();
  #outcome: LinePreview['outcome'] = 'ignored';
  #reason = '';
  #timeMs: number | undefined;

  constructor(source: SourceConfiguration, nowMs: number) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  accept(_start: number, _end: number, timeMs: number): boolean {
    const isFuture = timeMs > this.#nowMs + this.#source.futureToleranceSeconds * 1000;
    this.#timeMs = timeMs;
    this.#outcome = isFuture ? 'future' : 'matched';
    return !isFuture;
  }

  reject(_start: number, _end: number, reason: string): void {
    this.#outcome = 'rejected';
    this.#reason = reason;
  }

  series(measurement: Measurement, tags: readonly string[]): Series {
    return { measurement, tags };
  }

  add(series: Series, timeMs: number, field: number, amount: number): void {
    const { fields } = this.#cell(series, timeMs);
    const before = fields[field];
    fields[field] = (typeof before === 'number' ? before : 0) + amount;
  }

  set(series: Series, timeMs: number, field: number, value: number | string): void {
    this.#cell(series, timeMs).fields[field] = value;
  }

  distinct(series: Series, timeMs: number, field: number, bytes: Uint8Array, start: number, end: number): void {
    const { fields, seen } = this.#cell(series, timeMs);
    seen.add(`${field} ${Buffer.from(bytes.subarray(start, end)).toString('latin1')}`);
    fields[field] = [...seen].filter((value) => value.startsWith(`${field} `)).length;
  }

  observe(series: Series, timeMs: number, field: number, value: number): void {
    // Of the few values of one line any quantile is nearly the greatest.
    const { fields } = this.#cell(series, timeMs);
    const before = fields[field];
    fields[field] = Math.max(typeof before === 'number' ? before : value, value);
  }

  result(): LinePreview {
    const { host, instance } = this.#source;
    const common: Readonly<Record<(typeof commonTags)[number], string>> = { host, instance };
    const points = [...this.#cells.values()].map(({ series, timeMs, fields }) => {
      const tags = [...series.tags, ...commonTags.map((name) => common[name])];
      return encodePoint({ measurement: series.measurement, tags, fields, timeMs }).trimEnd();
    });
    return { outcome: this.#outcome, reason: this.#reason, timeMs: this.#timeMs, points };
  }

  #cell(series: Series, timeMs: number): Cell {
    const width = (series.measurement.bucketSeconds ?? this.#source.bucketSeconds) * 1000;
    const start = Math.floor(timeMs / width) * width;
    const key = JSON.stringify([series.measurement.name, series.tags, start]);
    let cell = this.#cells.get(key);
    if (!cell) {
      cell = { series, timeMs: start, fields: series.measurement.fieldNames.map(() => undefined), seen: new Set() };
      this.#cells.set(key, cell);
    }
    return cell;
  }
}
