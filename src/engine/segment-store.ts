// The segment files of a journal as it writes them: append behind the last durable byte, begin the next one whole,
// delete the oldest. What a failed write left is taken back before anything else is written.
import type { Log } from '../model/log.ts';
import { replaceFile } from './durable.ts';
import type { Files, OpenFile } from './durable.ts';
import { encodeSegmentHeader, segmentHeaderBytes } from './records.ts';
import type { Found } from './recovery.ts';
import { segmentPath } from './segments.ts';
import type { Segment } from './segments.ts';

/** Records that are ready to be written one behind the other. */
export interface Encoded {
  readonly parts: readonly Buffer[];
  readonly length: number;
}

/** The segments of one journal. One caller at a time. */
export class SegmentStore {
  readonly #files: Files;
  readonly #directory: string;
  readonly #log: Log;
  #segments: Segment[];
  #nextNumber: number;
  #writer: OpenFile | undefined;
  #isWorn: boolean;
  /** Bytes may stand behind the end of the last segment. */
  #hasTail: boolean;
  /** A segment that was begun and perhaps not finished. */
  #unfinished: string | undefined;

  constructor(files: Files, directory: string, found: Found, log: Log) {
    this.#files = files;
    this.#directory = directory;
    this.#log = log;
    this.#segments = [...found.segments];
    this.#nextNumber = found.nextNumber;
    this.#isWorn = found.isWorn;
    this.#hasTail = found.hasTail;
  }

  /** The segment that is written to; undefined before the first one. */
  get last(): Segment | undefined {
    return this.#segments.at(-1);
  }

  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** True when the last segment takes no more records, so that the next one must be begun. */
  get isWorn(): boolean {
    return this.#isWorn;
  }

  /** The segment with this number, or the next one that exists. */
  segmentFrom(number: number): Segment | undefined {
    return this.#segments.find((segment) => segment.number >= number);
  }

  /**
   * Removes what a failed `begin` left. It would be taken for the newest state at the next start, so nothing may be
   * written before it is gone for sure.
   */
  async prepare(): Promise<void> {
    if (this.#isWorn) await this.#files.makeDirectory(this.#directory);
    const path = this.#unfinished;
    if (path === undefined) return;
    await this.#files.remove(`${path}.tmp`);
    await this.#files.remove(path);
    await this.#files.syncDirectory(this.#directory);
    this.#unfinished = undefined;
  }

  /** True when the last segment was removed from outside: writing to it would succeed and keep nothing. */
  async isRemoved(): Promise<boolean> {
    const { last } = this;
    if (!last || (await this.#files.size(last.path)) !== undefined) return false;
    this.#log.error('the journal was removed while in use; it is written anew', { path: last.path });
    this.#isWorn = true;
    await this.#closeWriter();
    return true;
  }

  /** Writes records behind the last ones: one write, one sync. Throws and leaves the segment as it was. */
  async append({ parts, length }: Encoded): Promise<void> {
    const segment = this.last;
    if (!segment || this.#isWorn) throw new Error('no segment can be written to');
    try {
      this.#writer ??= await this.#files.open(segment.path, 'write');
      if (this.#hasTail) await this.#cutTail(segment);
      this.#hasTail = true;
      await this.#writer.write(parts, segment.end);
      await this.#writer.sync();
      this.#hasTail = false;
    } catch (error) {
      await this.#takeBack(segment);
      throw error;
    }
    segment.end += length;
  }

  /** Begins the next segment with its first records: all or nothing. The totals are those before its first commit. */
  async begin({ parts, length }: Encoded, pointsBefore: number, bytesBefore: number): Promise<void> {
    const number = this.#nextNumber;
    const path = segmentPath(this.#directory, number);
    const previous = this.last;
    const header = encodeSegmentHeader({ number, previous: previous?.number ?? 0, previousEnd: previous?.end ?? 0 });
    this.#unfinished = path;
    await replaceFile(this.#files, this.#directory, path, [header, ...parts]);
    this.#unfinished = undefined;
    await this.#closeWriter();
    if (this.#isWorn) await this.#forgetMissing();
    const end = segmentHeaderBytes + length;
    this.#segments.push({ number, path, end, pointsBefore, bytesBefore, hasSnapshot: true });
    this.#nextNumber = number + 1;
    this.#isWorn = this.#hasTail = false;
  }

  /** Deletes segments before `needed`, oldest first; the two newest good snapshots always stay (engine 4.1). */
  async release(needed: number): Promise<void> {
    const previous = this.#segments.filter(({ hasSnapshot }) => hasSnapshot).at(-2);
    if (!previous) return;
    const first = Math.min(needed, previous.number);
    for (let oldest = this.#segments[0]; oldest && oldest.number < first; oldest = this.#segments[0]) {
      try {
        await this.#files.remove(oldest.path);
      } catch {
        // It is tried again with the next commit; when the folder cannot be written to, that one says so.
        return;
      }
      this.#segments.shift();
    }
  }

  async close(): Promise<void> {
    await this.#closeWriter();
  }

  /** Takes back a write that failed. If that fails too, the segment ends where it was and the next one is begun. */
  async #takeBack(segment: Segment): Promise<void> {
    try {
      if (this.#hasTail) await this.#cutTail(segment);
    } catch {
      this.#isWorn = true;
    }
    // A handle that failed once (stale, remounted) can fail for ever: the next try opens the file again.
    await this.#closeWriter();
  }

  async #cutTail(segment: Segment): Promise<void> {
    await this.#writer?.truncate(segment.end);
    this.#hasTail = this.#writer === undefined;
  }

  async #forgetMissing(): Promise<void> {
    const present: Segment[] = [];
    for (const segment of this.#segments) {
      if ((await this.#files.size(segment.path)) !== undefined) present.push(segment);
    }
    this.#segments = present;
  }

  async #closeWriter(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.close().catch(() => undefined);
  }
}
