// Segment files of a journal: their names, reading records from them in bounded memory, and what is known of each.
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Files, OpenFile } from './durable.ts';
import {
  decodeRecordHead,
  decodeSegmentHeader,
  decodeState,
  recordBytes,
  recordHeadBytes,
  recordMark,
  seed,
  segmentHeaderBytes,
} from './records.ts';
import type { RecordHead, Section, SegmentHeader, StatePart } from './records.ts';

const windowBytes = 128 * 1024;

/** A segment that can be read, as the journal keeps it in memory. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  /** Where its last durable record ends, in bytes. What is behind that does not count. */
  end: number;
  /** Totals of all commits before its first one. */
  readonly pointsBefore: number;
  readonly bytesBefore: number;
  /** Its snapshot is known to be good. False also when nobody looked: a newer one was good enough at start. */
  readonly hasSnapshot: boolean;
}

/** The path of a segment. */
export function segmentPath(directory: string, number: number): string {
  return join(directory, `journal-${String(number).padStart(16, '0')}.log`);
}

/** What is in a journal's folder. */
export interface Listing {
  /** Ascending. */
  readonly numbers: readonly number[];
  /** Numbers of segments that were set aside as unusable. */
  readonly bad: readonly number[];
  /** Half-made files of an earlier process. */
  readonly leftovers: readonly string[];
}

/** Lists a journal's folder; a folder that does not exist is empty. */
export async function listSegments(files: Files, directory: string): Promise<Listing> {
  const numbers: number[] = [];
  const bad: number[] = [];
  const leftovers: string[] = [];
  for (const name of await files.list(directory)) {
    const match = /^journal-(\d{16})\.log(\.bad|\.tmp)?$/.exec(name);
    if (!match) continue;
    if (match[2] === '.tmp') leftovers.push(join(directory, name));
    else (match[2] === '.bad' ? bad : numbers).push(Number(match[1]));
  }
  return { numbers: numbers.toSorted((first, second) => first - second), bad, leftovers };
}

/** Reads one segment's records. Nothing larger than one section is ever held. */
export class SegmentReader {
  readonly #file: OpenFile;
  readonly #segment: number;
  /** Bytes of the file around the last head. */
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;
  #windowLength = 0;

  constructor(file: OpenFile, segment: number) {
    this.#file = file;
    this.#segment = segment;
  }

  /** The segment's header, or what is wrong with it. */
  async header(): Promise<SegmentHeader | string> {
    const bytes = Buffer.alloc(segmentHeaderBytes);
    const length = await this.#file.read(bytes, 0);
    const header = decodeSegmentHeader(bytes.subarray(0, length));
    if (typeof header !== 'string' && header.number !== this.#segment) return 'is a copy of another segment';
    return header;
  }

  /** The head of the record at `position`, when there is one that ends by `end`. */
  async head(position: number, end: number): Promise<RecordHead | undefined> {
    const bytes = await this.#view(position, recordHeadBytes, end);
    const head = bytes && decodeRecordHead(bytes, this.#segment);
    return head && position + recordBytes(head) <= end ? head : undefined;
  }

  /** The state of the record at `position`; undefined when it is damaged. */
  async state(position: number, head: RecordHead, end: number): Promise<StatePart | undefined> {
    const bytes = await this.section(position + recordHeadBytes, head.state, end);
    return bytes && decodeState(bytes);
  }

  /** The section that starts at `position`; undefined when it is damaged. */
  async section(position: number, section: Section, end: number): Promise<Buffer | undefined> {
    const bytes = await this.bytes(position, section.length, end);
    return bytes && crc32(bytes, seed(this.#segment)) === section.checksum ? bytes : undefined;
  }

  /**
   * `length` bytes at `position`, as the caller's own; undefined when the file has fewer. Never reads beyond `end`:
   * what stands there may still be changed.
   */
  async bytes(position: number, length: number, end: number): Promise<Buffer | undefined> {
    if (position + length > end) return undefined;
    const bytes = Buffer.allocUnsafe(length);
    if (length > windowBytes) return (await this.#file.read(bytes, position)) < length ? undefined : bytes;
    const view = await this.#view(position, length, end);
    view?.copy(bytes);
    return view && bytes;
  }

  /** True when the section that starts at `position` is as it was written. */
  async isIntact(position: number, section: Section): Promise<boolean> {
    const piece = Buffer.allocUnsafe(Math.min(section.length, windowBytes));
    let sum = seed(this.#segment);
    for (let done = 0; done < section.length; done += piece.length) {
      const wanted = piece.subarray(0, Math.min(piece.length, section.length - done));
      if ((await this.#file.read(wanted, position + done)) < wanted.length) return false;
      sum = crc32(wanted, sum);
    }
    return sum === section.checksum;
  }

  /**
   * True when a record's head stands anywhere behind `position`. A torn record is the last thing in a file; if there
   * is another one behind it, something that had been durable was damaged.
   */
  async hasRecordAfter(position: number, end: number): Promise<boolean> {
    let from = position + 1;
    while (from + recordHeadBytes <= end) {
      const piece = await this.bytes(from, Math.min(windowBytes, end - from), end);
      if (!piece) return false;
      for (let at = piece.indexOf(recordMark); at >= 0; at = piece.indexOf(recordMark, at + 1)) {
        const head = await this.#view(from + at, recordHeadBytes, end);
        if (head && decodeRecordHead(head, this.#segment)) return true;
      }
      // The mark may stand across the edge of two pieces.
      from += Math.max(1, piece.length - recordMark.length + 1);
    }
    return false;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** A few bytes, read together with those behind them; valid until the next call. */
  async #view(position: number, length: number, end: number): Promise<Buffer | undefined> {
    if (position + length > end) return undefined;
    const start = position - this.#windowStart;
    if (start >= 0 && start + length <= this.#windowLength) return this.#window.subarray(start, start + length);
    if (this.#window.length === 0) this.#window = Buffer.allocUnsafe(windowBytes);
    this.#windowLength = 0;
    const got = await this.#file.read(this.#window.subarray(0, Math.min(windowBytes, end - position)), position);
    this.#windowStart = position;
    this.#windowLength = got;
    return got < length ? undefined : this.#window.subarray(0, length);
  }
}

/** Opens a segment for reading. */
export async function openSegment(files: Files, directory: string, number: number): Promise<SegmentReader> {
  return new SegmentReader(await files.open(segmentPath(directory, number), 'read'), number);
}
