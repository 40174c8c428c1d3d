// Final values of sealed buckets on disk, for late lines (engine 3.4). Blocks of cells, each of one hour of event time
// and with its own checksum, are appended to segment files; the table of valid blocks is kept by the caller in its
// commit record. So what was written after the last commit is never seen, and a torn end needs no repair.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { codeOf } from '../model/errors.ts';
import type { Files } from './durable.ts';

/** Length of the content and checksum in front of each block. */
const headBytes = 8;
/** A segment is left after so many bytes, so that it can be deleted when its hours have passed. */
const segmentLimitBytes = 8 * 1024 * 1024;
/** Blocks that stand side by side are read together, up to so many bytes. */
const readBytes = 1024 * 1024;

/** Where a block is. Lengths include its head. */
export interface BlockPlace {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

/** A block to write or written: cells whose buckets start in this hour (epoch hours). */
export interface Block<T> {
  readonly hour: number;
  readonly content: T;
}

/** The blocks of all hours that late lines may still concern. */
export class SealedStore {
  /** Valid blocks by hour, in the order in which they were written; a later one replaces cells of an earlier one. */
  readonly hours = new Map<number, BlockPlace[]>();
  /** Hours of which something is damaged or missing: no earlier value of them is known for sure. */
  readonly lostHours = new Set<number>();
  /** The number of the next segment file. */
  nextSegment = 1;
  readonly #directory: string;
  readonly #files: Files;
  #current: { readonly number: number; readonly hour: number; length: number } | undefined;
  /** True when there may be files that no block needs, as there may be at the start. */
  #isUntidy = true;

  constructor(directory: string, files: Files) {
    this.#directory = directory;
    this.#files = files;
  }

  /**
   * Appends blocks and makes them durable; gives their places, which count only after `add`. Throws the system's
   * error, and then nothing has changed: the same or other blocks can be appended later. `hour` is the present one.
   */
  async append(blocks: readonly Block<Buffer>[], hour: number): Promise<Block<BlockPlace>[]> {
    if (blocks.length === 0) return [];
    const parts: Uint8Array[] = [];
    const isNew = !this.#current || this.#current.hour !== hour || this.#current.length >= segmentLimitBytes;
    if (isNew) this.#isUntidy = true;
    const segment = this.#current && !isNew ? this.#current : { number: this.nextSegment++, hour, length: 0 };
    // Whatever goes wrong, the next attempt takes a new file: the state of this one's end is then unknown.
    this.#current = undefined;
    let offset = segment.length;
    const places = blocks.map(({ hour: blockHour, content }) => {
      const head = Buffer.allocUnsafe(headBytes);
      head.writeUInt32LE(content.length, 0);
      head.writeUInt32LE(checksum(blockHour, content), 4);
      parts.push(head, content);
      const place = { segment: segment.number, offset, length: headBytes + content.length };
      offset += place.length;
      return { hour: blockHour, content: place };
    });
    if (isNew) await this.#files.makeDirectory(this.#directory);
    const path = this.#path(segment.number);
    try {
      const file = await this.#files.open(path, isNew ? 'new' : 'write');
      try {
        await file.write(parts, segment.length);
        await file.sync();
      } finally {
        await file.close();
      }
      if (isNew) await this.#files.syncDirectory(this.#directory);
    } catch (error) {
      // A full disk: give back what the half-written file took.
      this.#isUntidy = true;
      if (isNew) await this.#files.remove(path).catch(() => undefined);
      throw error;
    }
    segment.length = offset;
    this.#current = segment;
    return places;
  }

  /** Makes blocks count that were appended before. */
  add(blocks: Iterable<Block<BlockPlace>>): void {
    for (const { hour, content } of blocks) {
      const places = this.hours.get(hour);
      if (places) places.push(content);
      else this.hours.set(hour, [content]);
    }
  }

  /** Forgets all hours before this one. Their files go with the next `tidy`. */
  forgetBefore(hour: number): void {
    for (const each of this.hours.keys()) {
      if (each >= hour) continue;
      this.hours.delete(each);
      this.#isUntidy = true;
    }
    for (const each of this.lostHours) if (each < hour) this.lostHours.delete(each);
  }

  /**
   * Reads the blocks of an hour in order. False when one is damaged or gone: the hour is then lost, and what was
   * visited must not be used. Throws the system's error when it cannot be read now.
   */
  async read(hour: number, visit: (content: Buffer) => void): Promise<boolean> {
    const places = this.hours.get(hour) ?? [];
    for (let first = 0; first < places.length;) {
      let end = first + 1;
      let length = places[first]?.length ?? 0;
      for (; end < places.length; end++) {
        const before = places[end - 1];
        const next = places[end];
        if (!before || next?.segment !== before.segment || next.offset !== before.offset + before.length) break;
        if (length + next.length > readBytes) break;
        length += next.length;
      }
      if (!(await this.#readBlocks(hour, places.slice(first, end), length, visit))) {
        this.loseHour(hour);
        return false;
      }
      first = end;
    }
    return true;
  }

  /** Says that nothing is known of an hour any more. */
  loseHour(hour: number): void {
    this.lostHours.add(hour);
    this.hours.delete(hour);
    this.#isUntidy = true;
  }

  /** Hours with blocks in files that are gone or too short; they are lost from now on. For the time after a restart. */
  loseMissing(): number[] {
    const ends = new Map<number, number>();
    for (const places of this.hours.values()) {
      for (const { segment, offset, length } of places) {
        ends.set(segment, Math.max(ends.get(segment) ?? 0, offset + length));
      }
    }
    const missing = new Set<number>();
    for (const [segment, end] of ends) {
      const size = statSync(this.#path(segment), { throwIfNoEntry: false })?.size ?? 0;
      if (size < end) missing.add(segment);
    }
    const lost = [...this.hours].filter(([, places]) => places.some(({ segment }) => missing.has(segment)));
    for (const [hour] of lost) this.loseHour(hour);
    return lost.map(([hour]) => hour);
  }

  /**
   * Deletes files that no block needs. To be called when the last state is committed, because an older state may
   * still need them. Failures are left for the next time: the files do no harm.
   */
  async tidy(): Promise<void> {
    if (!this.#isUntidy) return;
    const needed = new Set([this.#current?.number]);
    for (const places of this.hours.values()) for (const { segment } of places) needed.add(segment);
    try {
      for (const name of await this.#files.list(this.#directory)) {
        const number = Number(/^sealed-(\d+)\.log$/.exec(name)?.[1] ?? Number.NaN);
        if (!Number.isNaN(number) && !needed.has(number)) await this.#files.remove(join(this.#directory, name));
      }
      this.#isUntidy = false;
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
    }
  }

  async #readBlocks(
    hour: number,
    places: readonly BlockPlace[],
    length: number,
    visit: (content: Buffer) => void,
  ): Promise<boolean> {
    const [first] = places;
    if (!first) return true;
    const bytes = Buffer.allocUnsafe(length);
    try {
      const file = await this.#files.open(this.#path(first.segment), 'read');
      try {
        if ((await file.read(bytes, first.offset)) < length) return false;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
    for (const place of places) {
      const start = place.offset - first.offset;
      const content = bytes.subarray(start + headBytes, start + place.length);
      if (bytes.readUInt32LE(start) !== content.length) return false;
      if (bytes.readUInt32LE(start + 4) !== checksum(hour, content)) return false;
      visit(content);
    }
    return true;
  }

  #path(segment: number): string {
    return join(this.#directory, `sealed-${segment}.log`);
  }
}

/** Over the hour too, so that a block of another hour is never taken for the right one. */
function checksum(hour: number, content: Uint8Array): number {
  return crc32(content, hour >>> 0);
}
