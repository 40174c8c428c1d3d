// A stretch of a log that goes on growing while it is read: begun with the analyzer's state, grown chunk by chunk.
import { crc32 } from 'node:zlib';
import type { LineChunk } from '../model/family.ts';
import { Folds } from './chunk-trace.ts';
import type { ChunkTrace } from './chunk-trace.ts';
import type { Sample, Stretch } from './stretch.ts';

/** A lookup reads whole stretches: at this length one is ended, and at a longer one when its state is large. */
const stretchBytes = 256 * 1024;
/** The state at its start may make out this part of a stretch. */
const stateShare = 1 / 64;
/** A larger state is not kept at all. */
export const maxStateBytes = 64 * 1024;
/** Bytes that are compared to recognise a stretch. */
const sampleBytes = 256;
/** A byte-order mark is not handed out. */
export const bomBytes = 3;

/** A stretch that goes on growing. */
export interface Growing {
  readonly path: string;
  readonly modifiedMs: number;
  readonly start: number;
  readonly firstLine: number | undefined;
  readonly head: Sample | undefined;
  readonly state: string | undefined;
  readonly stateBytes: number;
  readonly limitBytes: number;
  readonly exceptions: number[];
  readonly folds: Folds;
  /** Where the last exception is. */
  lastException: number;
  end: number;
  lines: number;
  leastMs: number;
  greatestMs: number;
  matched: number;
  tail: Sample | undefined;
  /** The stretch as written; undefined when it has grown since. */
  text: string | undefined;
}

/** Where a log goes on. */
export interface NextLine {
  readonly offset: number;
  readonly number: number | undefined;
  readonly head: Sample | undefined;
}

/** Begins a stretch with this chunk. `state` is that of the analyzer before it, as JSON of at most `maxStateBytes`; `known` is where the log goes on. */
export function beginStretch(
  { file, offset, buffer, start, end }: LineChunk,
  state: string | undefined,
  known: NextLine | undefined,
): Growing {
  const stateBytes = state?.length ?? 0;
  const isFirst = offset === 0 || offset === bomBytes;
  const isNext = known !== undefined && known.offset <= offset;
  return {
    path: file.path,
    modifiedMs: file.modifiedMs,
    start: offset,
    firstLine: isNext ? known.number : isFirst ? 1 : undefined,
    head: offset === 0 ? sampleAfter(buffer, start, end) : known?.head,
    state,
    stateBytes,
    limitBytes: Math.max(stretchBytes, stateBytes / stateShare),
    exceptions: [],
    folds: new Folds(),
    lastException: offset,
    end: offset,
    lines: 0,
    leastMs: Number.POSITIVE_INFINITY,
    greatestMs: Number.NEGATIVE_INFINITY,
    matched: 0,
    tail: undefined,
    text: undefined,
  };
}

/** Adds a chunk that was analyzed. */
export function growStretch(growing: Growing, chunk: LineChunk, trace: ChunkTrace): void {
  for (let place = 0; place < trace.exceptions.length; place += 2) {
    const offset = chunk.offset + (trace.exceptions[place] ?? 0) - chunk.start;
    growing.exceptions.push(offset - growing.lastException, trace.exceptions[place + 1] ?? 0);
    growing.lastException = offset;
  }
  growing.end = chunk.offset + chunk.end - chunk.start;
  growing.lines += chunk.lines;
  growing.leastMs = Math.min(growing.leastMs, trace.leastMs);
  growing.greatestMs = Math.max(growing.greatestMs, trace.greatestMs);
  growing.matched += trace.matched;
  growing.tail = sampleBefore(chunk.buffer, chunk.start, chunk.end, growing.end);
  growing.text = undefined;
}

/** The stretch as it is now. */
export function finished({ folds, ...growing }: Growing): Stretch {
  return { ...growing, folds: folds.list };
}

/** One that was not seen while it was read: everything may be in it. */
export function unknownStretch(path: string, start: number, end: number): Stretch {
  return {
    path,
    modifiedMs: 0,
    start,
    end,
    firstLine: start === 0 ? 1 : undefined,
    lines: 0,
    leastMs: Number.NEGATIVE_INFINITY,
    greatestMs: Number.POSITIVE_INFINITY,
    matched: 0,
    head: undefined,
    tail: undefined,
    state: undefined,
    exceptions: [],
    folds: [],
  };
}

function sampleAfter(buffer: Buffer, start: number, end: number): Sample {
  const bytes = buffer.subarray(start, Math.min(end, start + sampleBytes));
  return { length: bytes.length, checksum: crc32(bytes), end: bytes.length };
}

function sampleBefore(buffer: Buffer, start: number, end: number, position: number): Sample {
  const bytes = buffer.subarray(Math.max(start, end - sampleBytes), end);
  return { length: bytes.length, checksum: crc32(bytes), end: position };
}
