// The bytes of a journal: the header of a segment, and records of a head and three sections. Pure; no files here.
import { crc32 } from 'node:zlib';
import type { JsonValue } from '../model/family.ts';
import type { PositionChange } from './follow.ts';

/** The version of the format; a greater one is from a newer program and is not read. */
export const formatVersion = 1;
/** Length of a segment's header in bytes. */
export const segmentHeaderBytes = 48;
/** Length of a record's head in bytes. */
export const recordHeadBytes = 80;

/** How the fault of a segment from a newer program begins. */
export const newerVersion = 'is of a newer program';
/** The first bytes of every record. */
export const recordMark: Readonly<Uint8Array> = Buffer.from('SREC', 'latin1');

const segmentMagic = Buffer.from('SWBJRNL\n', 'latin1');
const recordMagic = 0x43455253;

/** What every snapshot and every commit says about the state. */
export interface StatePart {
  readonly positions: readonly PositionChange[];
  readonly analyzer: JsonValue;
  readonly counters: JsonValue;
  readonly buckets: Buffer;
}

/** The header of a segment. */
export interface SegmentHeader {
  readonly number: number;
  /** The segment before it, 0 for none, and how much of that one counts, in bytes. */
  readonly previous: number;
  readonly previousEnd: number;
}

/** Length and checksum of a part of a record. */
export interface Section {
  readonly length: number;
  readonly checksum: number;
}

/** What stands before the sections of a record. */
export interface RecordHead {
  readonly type: 'snapshot' | 'commit';
  /** Number of the commit, from 1; of a snapshot, the last commit that it contains. */
  readonly commit: number;
  /** Wall clock when it was made, epoch milliseconds. */
  readonly timeMs: number;
  readonly points: number;
  /** Points and bytes of all commits before this one: what is spooled is then known without reading the spool. */
  readonly pointsBefore: number;
  readonly bytesBefore: number;
  readonly state: Section;
  readonly absolute: Section;
  readonly deltas: Section;
}

/** The segment's header as bytes. */
export function encodeSegmentHeader({ number, previous, previousEnd }: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(segmentHeaderBytes);
  segmentMagic.copy(bytes, 0);
  bytes.writeUInt32LE(formatVersion, 8);
  bytes.writeDoubleLE(number, 16);
  bytes.writeDoubleLE(previous, 24);
  bytes.writeDoubleLE(previousEnd, 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 44)), 44);
  return bytes;
}

/** Reads a segment's header; a text says what is wrong with it. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | string {
  if (bytes.length === 0) return 'is empty';
  if (bytes.length < segmentHeaderBytes) return 'is truncated';
  if (!bytes.subarray(0, 8).equals(segmentMagic)) return 'is no journal';
  const version = bytes.readUInt32LE(8);
  // Before the checksum: another version may have another layout behind this place.
  if (version > formatVersion) {
    return `${newerVersion} (format ${version}; this one knows ${formatVersion})`;
  }
  if (bytes.readUInt32LE(44) !== crc32(bytes.subarray(0, 44))) return 'has a damaged header';
  return { number: bytes.readDoubleLE(16), previous: bytes.readDoubleLE(24), previousEnd: bytes.readDoubleLE(32) };
}

/** Facts of a record that are not computed from its sections. */
export type RecordFacts = Pick<RecordHead, 'type' | 'commit' | 'timeMs' | 'points' | 'pointsBefore' | 'bytesBefore'>;

/**
 * A record as parts to be written one behind the other. All checksums begin with the segment's number, so that old
 * blocks of another segment, which a crash can bring up behind the end of a file, are never taken for records.
 */
export function encodeRecord(
  facts: RecordFacts,
  segment: number,
  state: readonly Buffer[],
  absolute: Buffer,
  deltas: Buffer,
): { readonly parts: readonly Buffer[]; readonly length: number } {
  const stateLength = state.reduce((sum, { length }) => sum + length, 0);
  const head = Buffer.alloc(recordHeadBytes);
  head.writeUInt32LE(recordMagic, 0);
  head.writeUInt32LE(facts.type === 'snapshot' ? 1 : 2, 4);
  head.writeUInt32LE(stateLength, 8);
  head.writeUInt32LE(absolute.length, 12);
  head.writeUInt32LE(deltas.length, 16);
  head.writeUInt32LE(
    state.reduce((sum, part) => crc32(part, sum), seed(segment)),
    20,
  );
  head.writeUInt32LE(crc32(absolute, seed(segment)), 24);
  head.writeUInt32LE(crc32(deltas, seed(segment)), 28);
  head.writeDoubleLE(facts.commit, 32);
  head.writeDoubleLE(facts.timeMs, 40);
  head.writeDoubleLE(facts.points, 48);
  head.writeDoubleLE(facts.pointsBefore, 56);
  head.writeDoubleLE(facts.bytesBefore, 64);
  head.writeUInt32LE(crc32(head.subarray(0, 76), seed(segment)), 76);
  return {
    parts: [head, ...state, absolute, deltas],
    length: recordHeadBytes + stateLength + absolute.length + deltas.length,
  };
}

/** Reads a record's head; undefined when it is none of this segment. */
export function decodeRecordHead(bytes: Buffer, segment: number): RecordHead | undefined {
  if (bytes.length < recordHeadBytes || bytes.readUInt32LE(0) !== recordMagic) return undefined;
  if (bytes.readUInt32LE(76) !== crc32(bytes.subarray(0, 76), seed(segment))) return undefined;
  return {
    type: bytes.readUInt32LE(4) === 1 ? 'snapshot' : 'commit',
    commit: bytes.readDoubleLE(32),
    timeMs: bytes.readDoubleLE(40),
    points: bytes.readDoubleLE(48),
    pointsBefore: bytes.readDoubleLE(56),
    bytesBefore: bytes.readDoubleLE(64),
    state: { length: bytes.readUInt32LE(8), checksum: bytes.readUInt32LE(20) },
    absolute: { length: bytes.readUInt32LE(12), checksum: bytes.readUInt32LE(24) },
    deltas: { length: bytes.readUInt32LE(16), checksum: bytes.readUInt32LE(28) },
  };
}

/** Length of the whole record in bytes, its head included. */
export function recordBytes({ state, absolute, deltas }: RecordHead): number {
  return recordHeadBytes + state.length + absolute.length + deltas.length;
}

/** Where a checksum in a segment starts from; continue it with `crc32(next, sum)`. */
export function seed(segment: number): number {
  return segment % 0x1_0000_0000;
}

/** The state section: length of the JSON, the JSON, the buckets as they are. */
export function encodeState({ positions, analyzer, counters, buckets }: StatePart): readonly Buffer[] {
  const json = Buffer.from(JSON.stringify({ positions, analyzer, counters }), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return [length, json, buckets];
}

/** Reads a state section whose checksum was right; undefined when it is none all the same. */
export function decodeState(bytes: Buffer): StatePart | undefined {
  if (bytes.length < 4) return undefined;
  const end = 4 + bytes.readUInt32LE(0);
  if (end > bytes.length) return undefined;
  try {
    const json: unknown = JSON.parse(bytes.toString('utf8', 4, end));
    if (typeof json !== 'object' || json === null || !('positions' in json) || !Array.isArray(json.positions)) {
      return undefined;
    }
    // Our own program wrote it and the checksum says that nobody else did.
    const { positions, analyzer, counters } = json as unknown as Omit<StatePart, 'buckets'>;
    return { positions, analyzer: analyzer ?? null, counters: counters ?? null, buckets: bytes.subarray(end) };
  } catch {
    return undefined;
  }
}
