// What was received, on disk before anything else happens to it: segment files that are followed like any other log
// (DESIGN 5.4). Bounded: the oldest segment that is counted already goes first, and when none is, nothing more is taken.
import { constants } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from '../model/errors.ts';
import type { Log } from '../model/log.ts';

/** How a journal is kept. */
export interface ReceiptJournalOptions {
  readonly directory: string;
  /** All segments together. */
  readonly limitBytes: number;
  /** Says whether everything up to this size of a segment is counted and committed. */
  readonly isCounted: (path: string, size: number) => boolean;
  readonly log: Log;
  /** Pause after a failed write. */
  readonly retryMs?: number;
}

interface Segment {
  readonly number: number;
  readonly path: string;
  size: number;
}

/** Segments are small parts of the limit, so that what is given up at once is little. */
const segmentsInLimit = 16;
const mostSegmentBytes = 16 * 1024 * 1024;
/** Waiting in memory at most; beyond it messages are given up. */
const mostWaitingBytes = 16 * 1024 * 1024;
/** Senders that can wait are held back from here on. */
const fullWaitingBytes = 4 * 1024 * 1024;
/** Lines are made durable at least so often; a process that is killed loses none of them in between. */
const syncMs = 1000;

/** Names of the segments, in order. */
export const segmentPattern = 'received-*.log';

function segmentName(number: number): string {
  return `received-${String(number).padStart(10, '0')}.log`;
}

/** Writes the segments. `open` once, `append` as messages come, `close` at the end. */
export class ReceiptJournal {
  readonly #options: ReceiptJournalOptions;
  readonly #segmentBytes: number;
  readonly #segments: Segment[];
  #file: FileHandle | undefined;
  /** Segments whose files are still to be removed. */
  readonly #leaving: Segment[] = [];
  #storedBytes: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #roomListeners: (() => void)[] = [];
  #isRoomAwaited = false;
  #fault = '';
  #isFull = false;
  #isClosed = false;
  #syncedMs = 0;

  /** Opens or makes the folder. A last line that was torn by a crash gets its end. Throws system errors. */
  static async open(options: ReceiptJournalOptions): Promise<ReceiptJournal> {
    await mkdir(options.directory, { recursive: true, mode: 0o750 });
    const segments: Segment[] = [];
    for (const name of (await readdir(options.directory)).toSorted()) {
      const number = /^received-(\d{10,15})\.log$/.exec(name)?.[1];
      if (number === undefined) continue;
      const path = join(options.directory, name);
      segments.push({ number: Number(number), path, size: (await stat(path)).size });
    }
    const last = segments.at(-1);
    if (last && last.size > 0) await endLine(last);
    if (!last) {
      // There from the start, so that whoever reads it has nothing to wait for.
      const path = join(options.directory, segmentName(1));
      await (await open(path, 'a', 0o640)).close();
      segments.push({ number: 1, path, size: 0 });
    }
    return new ReceiptJournal(options, segments);
  }

  private constructor(options: ReceiptJournalOptions, segments: Segment[]) {
    this.#options = options;
    this.#segments = segments;
    this.#storedBytes = segments.reduce((sum, { size }) => sum + size, 0);
    this.#segmentBytes = Math.min(mostSegmentBytes, Math.floor(options.limitBytes / segmentsInLimit));
  }

  /** Why nothing can be written now; empty while all is well. */
  get fault(): string {
    if (this.#isFull) return 'the journal is full: what was received is not counted yet, and more is given up';
    return this.#fault;
  }

  /** False while senders that can wait should. */
  get hasRoom(): boolean {
    return !this.#isFull && this.#waitingBytes < fullWaitingBytes;
  }

  /**
   * Takes a line with its line feed; false when it had to be given up. With `isHeldBack` the sender stops when there is
   * no room, so that the little it has sent already is taken beyond the limit.
   */
  append(line: Buffer, isHeldBack = false): boolean {
    if (this.#isClosed) return false;
    this.#setFull(!this.#fits(line.length));
    if (!isHeldBack && (this.#isFull || this.#waitingBytes + line.length > mostWaitingBytes)) return false;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    this.#writing ??= this.#write();
    return true;
  }

  /** Calls back once when there is room again. */
  onRoom(listener: () => void): void {
    this.#roomListeners.push(listener);
    this.#tellRoom();
  }

  /** Writes what waits, as far as that is possible, and closes. Gives the number of lines that are lost. */
  async close(): Promise<number> {
    this.#isClosed = true;
    await this.#writing;
    const file = this.#file;
    this.#file = undefined;
    try {
      await file?.datasync();
      await file?.close();
    } catch (error) {
      this.#options.log.warn('the journal of received messages was not closed well', { reason: messageOf(error) });
    }
    return this.#waiting.length;
  }

  async #write(): Promise<void> {
    // What comes in the same turn is written at once.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const { count, bytes } = this.#nextBatch();
      if (await this.#writeBatch(this.#waiting.slice(0, count), bytes)) {
        this.#waiting = this.#waiting.slice(count);
        this.#waitingBytes -= bytes;
        this.#tellRoom();
        continue;
      }
      // The last attempt has failed: what waits is lost with the process.
      if (this.#isClosed) break;
      await new Promise((resolve) => setTimeout(resolve, this.#options.retryMs ?? 1000));
    }
    this.#writing = undefined;
  }

  /** How much of what waits is written at once: never so much that a segment gets far beyond its size. */
  #nextBatch(): { readonly count: number; readonly bytes: number } {
    let bytes = 0;
    let count = 0;
    for (const { length } of this.#waiting) {
      if (count > 0 && bytes + length > this.#segmentBytes) break;
      count++;
      bytes += length;
    }
    return { count, bytes };
  }

  /** True when it is in the file. A failed write is repeated at the same place. */
  async #writeBatch(batch: readonly Buffer[], bytes: number): Promise<boolean> {
    try {
      const { file, segment } = await this.#current();
      const data = batch.length === 1 && batch[0] ? batch[0] : Buffer.concat(batch, bytes);
      for (let done = 0; done < data.length;) {
        done += (await file.write(data, done, data.length - done, segment.size + done)).bytesWritten;
      }
      segment.size += data.length;
      this.#storedBytes += data.length;
      const now = performance.now();
      if (now - this.#syncedMs >= syncMs) {
        this.#syncedMs = now;
        await file.datasync();
      }
      if (this.#fault !== '') this.#options.log.info('received messages can be written again', {});
      this.#fault = '';
      return true;
    } catch (error) {
      const fault = `received messages cannot be written: ${messageOf(error)}`;
      if (fault !== this.#fault) this.#options.log.error('received messages cannot be written', { reason: fault });
      this.#fault = fault;
      return false;
    }
  }

  async #current(): Promise<{ file: FileHandle; segment: Segment }> {
    const last = this.#segments.at(-1);
    if (this.#file && last && last.size < this.#segmentBytes) return { file: this.#file, segment: last };
    const isReusable = last !== undefined && last.size < this.#segmentBytes && !this.#file;
    const segment = isReusable ? last : this.#next();
    await this.#file?.datasync();
    await this.#file?.close();
    this.#file = undefined;
    this.#giveUpCounted(this.#segmentBytes);
    await this.#remove();
    this.#file = await open(segment.path, constants.O_WRONLY | constants.O_CREAT, 0o640);
    if (!isReusable) this.#segments.push(segment);
    return { file: this.#file, segment };
  }

  #next(): Segment {
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    return { number, path: join(this.#options.directory, segmentName(number)), size: 0 };
  }

  #fits(bytes: number): boolean {
    const { limitBytes } = this.#options;
    if (this.#storedBytes + this.#waitingBytes + bytes > limitBytes) this.#giveUpCounted(bytes);
    return this.#storedBytes + this.#waitingBytes + bytes <= limitBytes;
  }

  /** Gives up the oldest segments that are counted, until there is room for so much. Never the newest. */
  #giveUpCounted(bytes: number): void {
    const { limitBytes, isCounted } = this.#options;
    while (this.#storedBytes + this.#waitingBytes + bytes > limitBytes && this.#segments.length > 1) {
      const oldest = this.#segments[0];
      if (!oldest || !isCounted(oldest.path, oldest.size)) return;
      this.#segments.shift();
      this.#leaving.push(oldest);
      this.#storedBytes -= oldest.size;
    }
  }

  #setFull(isFull: boolean): void {
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    const { log } = this.#options;
    if (isFull) log.error('the journal of received messages is full; messages are given up', {});
    else log.info('the journal of received messages has room again', {});
  }

  async #remove(): Promise<void> {
    for (let segment = this.#leaving[0]; segment; segment = this.#leaving[0]) {
      await rm(segment.path, { force: true });
      this.#leaving.shift();
    }
  }

  #tellRoom(): void {
    if (this.#roomListeners.length === 0) return;
    if (this.#isFull) this.#setFull(!this.#fits(1));
    if (!this.hasRoom) {
      // Room is made when lines are counted, of which nobody tells.
      if (this.#isRoomAwaited) return;
      this.#isRoomAwaited = true;
      setTimeout(() => {
        this.#isRoomAwaited = false;
        this.#tellRoom();
      }, this.#options.retryMs ?? 1000).unref();
      return;
    }
    const listeners = this.#roomListeners;
    this.#roomListeners = [];
    for (const listener of listeners) listener();
  }
}

/** A torn last line would be waited for for ever. */
async function endLine(segment: Segment): Promise<void> {
  const file = await open(segment.path, constants.O_RDWR);
  try {
    const last = Buffer.alloc(1);
    await file.read(last, 0, 1, segment.size - 1);
    if (last[0] === 0x0a) return;
    await file.write('\n', segment.size);
    segment.size++;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  } finally {
    await file.close();
  }
}
