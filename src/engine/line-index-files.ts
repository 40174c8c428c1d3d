// The files of a line index: numbered segments that are only appended to, and two that take turns to hold the stretches
// that still grow. Everything is text, one stretch a line; lines that cannot be read are passed over.
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { UsageError } from '../model/errors.ts';
import type { Files } from './durable.ts';
import { decodeStretch, timesOfLine } from './stretch.ts';
import type { Stretch } from './stretch.ts';

const segmentPattern = /^(\d{8})\.lines$/;

/** A lookup keeps them in memory, and reads all of them: at least some gigabytes. */
const maxStretches = 50_000;
const tooMany = 'the logs of this time are too long to be searched at once; choose a shorter time';

/** A stretch that grew when it was written, and the number of its log. */
export interface OpenLine {
  readonly id: number;
  readonly stretch: Stretch;
}

/** Path of a segment. */
export function segmentPathOf(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(8, '0')}.lines`);
}

/** Path of one of the two files of growing stretches. */
export function openSlotPath(directory: string, slot: number): string {
  return join(directory, `growing-${slot}`);
}

/** The segments there are, oldest first. */
export async function listIndex(files: Files, directory: string): Promise<{ number: number; bytes: number }[]> {
  const numbers = (await files.list(directory)).flatMap((name) => {
    const number = segmentPattern.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  const segments: { number: number; bytes: number }[] = [];
  for (const number of numbers.toSorted((one, other) => one - other)) {
    const bytes = await files.size(segmentPathOf(directory, number));
    if (bytes !== undefined) segments.push({ number, bytes });
  }
  return segments;
}

/** The newest whole file of growing stretches; undefined when there is none. */
export async function readOpenSlots(
  files: Files,
  directory: string,
): Promise<{ readonly slot: number; readonly count: number; readonly lines: readonly OpenLine[] } | undefined> {
  let newest: { slot: number; count: number; body: string } | undefined;
  for (const slot of [0, 1]) {
    const text = await textOf(files, openSlotPath(directory, slot));
    const feed = text.indexOf('\n');
    const [count = Number.NaN, checksum] = text.slice(0, Math.max(0, feed)).split(' ').map(Number);
    const body = text.slice(feed + 1);
    if (feed < 0 || checksum !== crc32(body) || !(count > (newest?.count ?? 0))) continue;
    newest = { slot, count, body };
  }
  if (!newest) return undefined;
  const lines = newest.body.split('\n').flatMap((line): OpenLine[] => {
    const blank = line.indexOf(' ');
    const stretch = decodeStretch(line.slice(blank + 1));
    return stretch ? [{ id: Number(line.slice(0, blank)), stretch }] : [];
  });
  return { slot: newest.slot, count: newest.count, lines };
}

/** What an index holds of a time. */
export interface IndexedStretches {
  /** Those that may have samples in the time, in the order in which they were noted. */
  readonly stretches: readonly Stretch[];
  /** False when there is no index at all. */
  readonly exists: boolean;
  /** Older stretches were forgotten to keep the index small. */
  readonly isCut: boolean;
}

/** Times of whole segments by their paths, so that the next lookup reads only what it needs. */
export type SegmentTimes = Map<
  string,
  { readonly bytes: number; readonly leastMs: number; readonly greatestMs: number }
>;

/**
 * Reads the stretches with samples from `fromMs` to before `toMs`. May run beside the one who writes. `known` is filled,
 * and used by the next call.
 */
export async function readStretches(
  files: Files,
  directory: string,
  fromMs: number,
  toMs: number,
  known: SegmentTimes = new Map(),
): Promise<IndexedStretches> {
  const overlaps = ({ leastMs, greatestMs }: { readonly leastMs: number; readonly greatestMs: number }): boolean =>
    leastMs < toMs && greatestMs >= fromMs;
  // First what grows: a stretch that is ended meanwhile is then found twice, and not missed.
  const growing = await readOpenSlots(files, directory);
  const segments = await listIndex(files, directory);
  const stretches: Stretch[] = [];
  for (const { number, bytes } of segments) {
    const path = segmentPathOf(directory, number);
    const times = known.get(path);
    if (times?.bytes === bytes && !overlaps(times)) continue;
    let [leastMs, greatestMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const line of (await textOf(files, path)).split('\n')) {
      if (line === '') continue;
      const own = timesOfLine(line);
      leastMs = Math.min(leastMs, own.leastMs);
      greatestMs = Math.max(greatestMs, own.greatestMs);
      const stretch = overlaps(own) ? decodeStretch(line) : undefined;
      if (stretch) stretches.push(stretch);
      if (stretches.length > maxStretches) throw new UsageError(tooMany);
    }
    known.set(path, { bytes, leastMs, greatestMs });
  }
  for (const { stretch } of growing?.lines ?? []) if (overlaps(stretch)) stretches.push(stretch);
  const exists = growing !== undefined || segments.length > 0;
  return { stretches: stretches.map(withTimes), exists, isCut: (segments[0]?.number ?? 1) > 1 };
}

/** One that was not seen while it was read may hold any time. */
function withTimes(stretch: Stretch): Stretch {
  if (stretch.tail !== undefined) return stretch;
  return { ...stretch, leastMs: Number.NEGATIVE_INFINITY, greatestMs: Number.POSITIVE_INFINITY };
}

/** The text of a file; empty when there is none. */
async function textOf(files: Files, path: string): Promise<string> {
  const size = (await files.size(path)) ?? 0;
  if (size === 0) return '';
  const file = await files.open(path, 'read').catch(() => undefined);
  if (!file) return '';
  try {
    const bytes = Buffer.alloc(size);
    return bytes.toString('utf8', 0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}
