// Bytes to pieces of complete lines, through two fixed buffers: one is being parsed while the next is being filled.
// Knows nothing of files; the caller keeps the position (engine 1.10 to 1.12).
import type { ByteSource } from './byte-source.ts';
import { countableBuffer } from '../model/line-counter.ts';
import { endOfLines, firstLongLine, firstNulLine, nulRun } from './lines.ts';

/** How many bytes before the next line stay in the buffer, so that they can be hashed for the position. */
export const contextBytes = 1024;
/** How much of a line that is too long is kept for the dead letters. */
const headBytes = 256;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** A line that is being skipped because it is too long. */
export interface LongLine {
  /** Position of its first byte. */
  readonly offset: number;
  readonly head: Buffer;
}

interface Place {
  readonly buffer: Buffer;
  /** Index after the last byte of the piece. */
  readonly end: number;
  /** Position of the piece's first byte in the content. */
  readonly offset: number;
  readonly length: number;
}

/** What comes next: lines, a line that was too long, or NUL bytes at the start of a line. Valid until the next one. */
export type Piece =
  | ({ readonly kind: 'lines' } & Place)
  | ({ readonly kind: 'long'; readonly head: Buffer } & Place)
  | ({ readonly kind: 'nulls' } & Place);

/** Reads one source at a time. */
export class LineReader {
  readonly #maxLineBytes: number;
  readonly #largeBytes: number;
  #buffer: Buffer;
  #spare: Buffer;
  #source: ByteSource | undefined;
  /** Position of the buffer's first byte. */
  #base = 0;
  #filled = 0;
  /** Index of the first byte that was not handed out. */
  #cursor = 0;
  #long: LongLine | undefined;
  #pending: Promise<number> | undefined;

  /** Lines of more than `maxLineBytes` (without line feed) are skipped; larger buffers are made only for long lines. */
  constructor(chunkBytes: number, maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
    const smallBytes = Math.max(chunkBytes, 4 * contextBytes);
    this.#largeBytes = Math.max(smallBytes, contextBytes + maxLineBytes + 1 + smallBytes / 4);
    this.#buffer = countableBuffer(smallBytes);
    this.#spare = countableBuffer(smallBytes);
  }

  /** Position of the first byte that was not handed out. */
  get position(): number {
    return this.#base + this.#cursor;
  }

  /** The line being skipped, with `position` the place up to which it was looked through. */
  get long(): LongLine | undefined {
    return this.#long;
  }

  /** Begins to read a source whose next byte has this position; within a line that is too long when one is given. */
  begin(source: ByteSource, position: number, long?: LongLine): void {
    this.#source = source;
    this.#base = position;
    this.#filled = 0;
    this.#cursor = 0;
    this.#long = long;
  }

  /** Ends reading the source, after the read that may be under way. */
  async stop(): Promise<void> {
    // A fault of a read nobody asked for yet is of no interest: the position has not moved.
    await this.#pending?.catch(() => 0);
    this.#pending = undefined;
    this.#source = undefined;
  }

  /** The next `count` bytes (fewer at the end) without taking them; `count` is at most 4 KiB. */
  async peek(count: number): Promise<Buffer> {
    while (this.#filled - this.#cursor < count && (await this.#fill()) > 0);
    return this.#buffer.subarray(this.#cursor, Math.min(this.#cursor + count, this.#filled));
  }

  /** Passes over `count` bytes; gives how many there were. */
  async skip(count: number): Promise<number> {
    let left = count;
    for (;;) {
      const step = Math.min(left, this.#filled - this.#cursor);
      this.#cursor += step;
      left -= step;
      if (left === 0 || (await this.#fill()) === 0) return count - left;
    }
  }

  /** The next piece, or undefined when there is no complete line now. */
  async next(): Promise<Piece | undefined> {
    for (;;) {
      if (this.#pending) {
        const pending = this.#pending;
        this.#pending = undefined;
        await pending;
      }
      const piece = this.#take();
      if (piece) {
        this.#readAhead();
        return piece;
      }
      if ((await this.#fill()) === 0) return undefined;
    }
  }

  /** What is left after the last line feed, when `next` gave undefined and it is known that nothing will follow. */
  rest(): Piece | undefined {
    const long = this.#long;
    if (long) {
      this.#long = undefined;
      const length = this.position - long.offset;
      return { kind: 'long', buffer: this.#buffer, end: this.#cursor, offset: long.offset, length, head: long.head };
    }
    return this.#filled > this.#cursor ? this.#hand('lines', this.#filled) : undefined;
  }

  /** Fills the other buffer while the caller parses this one, when no complete line is left in this one. */
  #readAhead(): void {
    const isDrained = endOfLines(this.#buffer, this.#cursor, this.#filled) === this.#cursor;
    if (!isDrained || this.#source?.isEnded !== false) return;
    this.#pending = this.#fill();
    this.#pending.catch(() => 0);
  }

  /** Moves what was not handed out, and the context before it, to the start of the other buffer and reads on there. */
  async #fill(): Promise<number> {
    if (!this.#source) return 0;
    const from = Math.max(0, this.#cursor - contextBytes);
    const kept = this.#filled - from;
    if (kept > this.#spare.length / 2 && this.#spare.length < this.#largeBytes) {
      this.#spare = Buffer.allocUnsafeSlow(this.#largeBytes);
    }
    this.#buffer.copy(this.#spare, 0, from, this.#filled);
    [this.#buffer, this.#spare] = [this.#spare, this.#buffer];
    this.#base += from;
    this.#cursor -= from;
    this.#filled = kept;
    const count = await this.#source.read(this.#buffer, kept, this.#buffer.length - kept);
    this.#filled += count;
    return count;
  }

  #take(): Piece | undefined {
    if (this.#long) return this.#skipLong(this.#long);
    if (this.position === 0) {
      if (this.#filled === 0) return undefined;
      const start = this.#buffer.subarray(0, Math.min(3, this.#filled));
      if (start.equals(byteOrderMark)) this.#cursor = 3;
      else if (start.equals(byteOrderMark.subarray(0, start.length))) return undefined;
    }
    const nulls = nulRun(this.#buffer, this.#cursor, this.#filled);
    if (nulls > 0) return this.#hand('nulls', this.#cursor + nulls);
    const lines = endOfLines(this.#buffer, this.#cursor, this.#filled);
    if (lines === this.#cursor) {
      if (this.#filled - this.#cursor <= this.#maxLineBytes) return undefined;
      return this.#skipLong({ offset: this.position, head: this.#head() });
    }
    const withoutNulls = firstNulLine(this.#buffer, this.#cursor, lines);
    const end = firstLongLine(this.#buffer, this.#cursor, withoutNulls, this.#maxLineBytes);
    if (end === this.#cursor) return this.#skipLong({ offset: this.position, head: this.#head() });
    return this.#hand('lines', end);
  }

  /** Passes over the rest of a line that is too long, as far as it is in the buffer. */
  #skipLong(long: LongLine): Piece | undefined {
    const feed = this.#buffer.subarray(this.#cursor, this.#filled).indexOf(0x0a);
    this.#cursor = feed < 0 ? this.#filled : this.#cursor + feed + 1;
    this.#long = feed < 0 ? long : undefined;
    if (feed < 0) return undefined;
    const length = this.position - long.offset;
    return { kind: 'long', buffer: this.#buffer, end: this.#cursor, offset: long.offset, length, head: long.head };
  }

  #head(): Buffer {
    return Buffer.from(this.#buffer.subarray(this.#cursor, Math.min(this.#cursor + headBytes, this.#filled)));
  }

  #hand(kind: 'lines' | 'nulls', end: number): Piece {
    const offset = this.position;
    const length = end - this.#cursor;
    this.#cursor = end;
    return { kind, buffer: this.#buffer, end, offset, length };
  }
}
