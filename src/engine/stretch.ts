// A stretch of a log: where it lies, which event times it holds, and what must be known to read its lines again just as
// they were counted. One line of JSON each in the line index.
import type { JsonValue } from '../model/family.ts';

/** The checksum of some bytes of a log, how many they are, and where they end. */
export interface Sample {
  readonly length: number;
  readonly checksum: number;
  readonly end: number;
}

/** A series whose tags were replaced by a limit: measurement and tags as stored. */
export interface Fold {
  readonly measurement: string;
  readonly tags: readonly string[];
}

/** Lines of one log from `start` to `end`, in decompressed bytes. */
export interface Stretch {
  /** Path and modification time of the file when the stretch was begun, as its analyzer saw them. */
  readonly path: string;
  readonly modifiedMs: number;
  readonly start: number;
  readonly end: number;
  /** Number of the first line, from 1; undefined when it has to be counted. */
  readonly firstLine: number | undefined;
  readonly lines: number;
  /** Least and greatest time of its samples; Infinity and -Infinity when it has none. */
  readonly leastMs: number;
  readonly greatestMs: number;
  /** Lines that were counted. */
  readonly matched: number;
  /** First bytes of the log, when it was read from its start: they tell compressed copies apart. */
  readonly head: Sample | undefined;
  /** The last bytes of its lines prove that a file holds it; undefined for one that was not seen while reading. */
  readonly tail: Sample | undefined;
  /** State of the analyzer before its first line, as JSON; undefined when it was too large to keep. */
  readonly state: string | undefined;
  /**
   * Lines that were not counted as they stand: pairs of the line's distance from the one before (the first: from
   * `start`) and 0 for a line that was refused, or n for one with a sample that went to the n-th of `folds`.
   */
  readonly exceptions: readonly number[];
  readonly folds: readonly Fold[];
}

const version = 1;

/** The stretch as a line of text, without line feed. Its times come first, so that others can be passed over quickly. */
export function encodeStretch(stretch: Stretch): string {
  const { path, modifiedMs, start, end, firstLine, lines, leastMs, greatestMs, matched, head, tail, state } = stretch;
  return JSON.stringify([
    version,
    Number.isFinite(leastMs) ? leastMs : null,
    Number.isFinite(greatestMs) ? greatestMs : null,
    encodeSample(tail),
    path,
    modifiedMs,
    start,
    end,
    firstLine ?? null,
    lines,
    matched,
    encodeSample(head),
    state ?? null,
    stretch.exceptions,
    stretch.folds.map(({ measurement, tags }) => [measurement, tags]),
  ]);
}

/** The times of the stretch in a line, which is not decoded for them; all of time when they are not known. */
export function timesOfLine(line: string): { readonly leastMs: number; readonly greatestMs: number } {
  const [, least = '', greatest = '', tail = ''] = line.slice(0, 80).split(',', 4);
  if (tail === 'null') return { leastMs: Number.NEGATIVE_INFINITY, greatestMs: Number.POSITIVE_INFINITY };
  if (least === 'null') return { leastMs: Number.POSITIVE_INFINITY, greatestMs: Number.NEGATIVE_INFINITY };
  return { leastMs: Number(least), greatestMs: Number(greatest) };
}

/** The stretch of a line; undefined for anything else, as a line that was torn by a crash. */
export function decodeStretch(line: string): Stretch | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!Array.isArray(fields) || fields[0] !== version) return undefined;
  const [, least, greatest, tail, path, modifiedMs, start, end, firstLine, lines, matched, head, state, ...rest] =
    fields as unknown[];
  const [exceptions, folds] = rest;
  const numbers = [modifiedMs, start, end, lines, matched];
  if (typeof path !== 'string' || !areNumbers(numbers) || !areNumbers(exceptions) || !Array.isArray(folds)) {
    return undefined;
  }
  const [modified = 0, from = 0, to = 0, count = 0, counted = 0] = numbers;
  return {
    path,
    modifiedMs: modified,
    start: from,
    end: to,
    firstLine: typeof firstLine === 'number' ? firstLine : undefined,
    lines: count,
    leastMs: typeof least === 'number' ? least : Number.POSITIVE_INFINITY,
    greatestMs: typeof greatest === 'number' ? greatest : Number.NEGATIVE_INFINITY,
    matched: counted,
    head: sampleOf(head),
    tail: sampleOf(tail),
    state: typeof state === 'string' ? state : undefined,
    exceptions,
    folds: folds.flatMap(foldOf),
  };
}

function encodeSample(sample: Sample | undefined): JsonValue {
  return sample ? [sample.length, sample.checksum, sample.end] : null;
}

function areNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number');
}

function sampleOf(value: unknown): Sample | undefined {
  if (!areNumbers(value)) return undefined;
  const [length, checksum, end] = value;
  return length === undefined || checksum === undefined || end === undefined ? undefined : { length, checksum, end };
}

function foldOf(value: unknown): Fold[] {
  const [measurement, tags] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof measurement !== 'string' || !Array.isArray(tags)) return [];
  return [{ measurement, tags: tags.map(String) }];
}
