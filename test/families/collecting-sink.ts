// A sink that keeps what an analyzer says, exactly and without limits: the oracle beside the engine's buckets.
import type { Measurement } from '../../src/model/catalogue.ts';
import type { AnalyzerContext, LineChunk, LogFile, SampleSink, Series } from '../../src/model/family.ts';
import { ecs } from '../../src/families/ecs/index.ts';
import { encodePoint } from '../../src/model/line-protocol.ts';

/** A line that was rejected: its position in the chunk's buffer and why. */
export interface Rejected {
  readonly start: number;
  readonly end: number;
  readonly reason: string;
}

interface Cell {
  readonly series: Series;
  readonly timeMs: number;
  readonly fields: (number | string | undefined)[];
  readonly values: Map<number, Set<string>>;
  readonly observed: Map<number, readonly number[]>;
}

/** Keeps everything. Bucket width in milliseconds. */
export class CollectingSink implements SampleSink {
  readonly accepted: { start: number; end: number; timeMs: number }[] = [];
  readonly rejected: Rejected[] = [];
  /** What `accept` answers; for lines that are too late. */
  accepts = true;
  readonly #widthMs: number;
  readonly #series = new Map<string, Series>();
  readonly #cells = new Map<string, Cell>();

  constructor(widthMs = 10_000) {
    this.#widthMs = widthMs;
  }

  accept(start: number, end: number, timeMs: number): boolean {
    this.accepted.push({ start, end, timeMs });
    return this.accepts;
  }

  reject(start: number, end: number, reason: string): void {
    this.rejected.push({ start, end, reason });
  }

  series(measurement: Measurement, tags: readonly string[]): Series {
    const key = JSON.stringify([measurement.name, tags]);
    const series = this.#series.get(key) ?? { measurement, tags };
    this.#series.set(key, series);
    return series;
  }

  add(series: Series, timeMs: number, field: number, amount: number): void {
    const { fields } = this.#cell(series, timeMs);
    fields[field] = Number(fields[field] ?? 0) + amount;
  }

  set(series: Series, timeMs: number, field: number, value: number | string): void {
    const { fields } = this.#cell(series, timeMs);
    const { measurement } = series;
    const isGreatest = measurement.fields[measurement.fieldNames[field] ?? '']?.merge === 'max';
    const before = fields[field];
    fields[field] = isGreatest && typeof before === 'number' ? Math.max(before, Number(value)) : value;
  }

  distinct(series: Series, timeMs: number, field: number, bytes: Uint8Array, start: number, end: number): void {
    const { fields, values } = this.#cell(series, timeMs);
    const seen = values.get(field) ?? new Set<string>();
    seen.add(Buffer.from(bytes.subarray(start, end)).toString('latin1'));
    values.set(field, seen);
    fields[field] = seen.size;
  }

  /** Exact: the value at the rank of the quantile. */
  observe(series: Series, timeMs: number, field: number, value: number): void {
    const { fields, observed } = this.#cell(series, timeMs);
    const { measurement } = series;
    const at = measurement.fields[measurement.fieldNames[field] ?? '']?.quantile ?? 0.5;
    const values = [...(observed.get(field) ?? []), value].toSorted((one, other) => one - other);
    observed.set(field, values);
    fields[field] = values[Math.max(1, Math.ceil(at * values.length)) - 1];
  }

  /** Everything as sorted line protocol of host `cm1` and instance `test`. */
  points(): string[] {
    return [...this.#cells.values()]
      .map(({ series, timeMs, fields }) =>
        encodePoint({
          measurement: series.measurement,
          tags: [...series.tags, 'cm1', 'test'],
          fields,
          timeMs,
        }).trimEnd(),
      )
      .toSorted();
  }

  #cell(series: Series, timeMs: number): Cell {
    const { isInstant, bucketSeconds } = series.measurement;
    const widthMs = bucketSeconds === undefined ? this.#widthMs : bucketSeconds * 1000;
    const start = isInstant ? timeMs : Math.floor(timeMs / widthMs) * widthMs;
    const key = JSON.stringify([series.measurement.name, series.tags, start]);
    const cell = this.#cells.get(key) ?? { series, timeMs: start, fields: [], values: new Map(), observed: new Map() };
    this.#cells.set(key, cell);
    return cell;
  }
}

/** A file of that name, changed last at the given moment. */
export function logFile(name = '2017-0427-084400', modifiedMs = Date.UTC(2017, 3, 27, 9)): LogFile {
  return { path: `/var/log/ecs/${name}`, name, modifiedMs, id: 1 };
}

/** One chunk of all these bytes, embedded between others, as in a buffer that is used again. */
export function chunkOf(bytes: Buffer, file: LogFile = logFile(), offset = 0): LineChunk {
  const margin = Buffer.from(']\n20170427:084400123:1:x(1):MED:[DENYEVT event=1 d1=2 d2=3]\n');
  const feeds = bytes.toString('latin1').split('\n').length - 1;
  const lines = feeds + (bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0);
  const buffer = Buffer.concat([margin, bytes, margin]);
  return { file, buffer, start: margin.length, end: margin.length + bytes.length, offset, lines };
}

/** The lines of some bytes, each with its line feed. */
export function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  while (start < bytes.length) {
    const feed = bytes.indexOf(10, start);
    const end = feed < 0 ? bytes.length : feed + 1;
    lines.push(bytes.subarray(start, end));
    start = end;
  }
  return lines;
}

/** Options of the family as the configuration would give them. */
export async function analyzerContext(options: unknown = {}, timezone = 'UTC'): Promise<AnalyzerContext> {
  return { options: (await ecs.options()).parse(options), timezone, host: 'cm1' };
}

/** What the family makes of some text (latin-1) or bytes, read as one chunk. */
export async function analyze(
  log: string | Buffer,
  how: { options?: unknown; timezone?: string; file?: LogFile } = {},
): Promise<{ points: string[]; rejects: string[]; accepted: number; times: number[] }> {
  const analyzer = await ecs.createAnalyzer(await analyzerContext(how.options, how.timezone));
  const sink = new CollectingSink();
  const chunk = chunkOf(typeof log === 'string' ? Buffer.from(log, 'latin1') : log, how.file);
  analyzer.lines(chunk, sink);
  return {
    points: sink.points(),
    rejects: sink.rejected.map(({ reason }) => reason),
    accepted: sink.accepted.length,
    times: sink.accepted.map(({ timeMs }) => timeMs),
  };
}
