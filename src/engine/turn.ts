// Reading one log from its position to its present end: opens it, makes sure that it is still the same log, and hands
// out what is new. Moves the log's position with each piece.
import { archiveSource, isArchive } from './archive.ts';
import { FollowedSource } from './byte-source.ts';
import type { Damage, GzipSource } from './gzip.ts';
import type { Handles } from './handles.ts';
import { agrees, fingerprint, fingerprintBytes, markBefore, noMark, plainAgrees, startOf } from './identity.ts';
import { contextBytes } from './reader.ts';
import type { LineReader, Piece } from './reader.ts';
import type { LogBook } from './log-book.ts';
import type { LogHandle } from './log-files.ts';
import type { Tracked } from './tracked.ts';

/** How a turn began: reading; or the file is not this log any more (`replaced`); or its path leads elsewhere (`moved`). */
export type Beginning = Turn | 'replaced' | 'moved';

/** One reading of one log. */
export class Turn {
  readonly log: Tracked;
  readonly #reader: LineReader;
  readonly #book: LogBook;
  readonly #source: GzipSource | FollowedSource;

  /** Use `Turn.begin`. */
  constructor(log: Tracked, reader: LineReader, book: LogBook, source: GzipSource | FollowedSource) {
    this.log = log;
    this.#reader = reader;
    this.#book = book;
    this.#source = source;
  }

  /** Opens the log and places the reader at its position. Reads up to `isWhole ? the end : the size seen now`. */
  static async begin(
    log: Tracked,
    { reader, book, handles, isWhole }: { reader: LineReader; book: LogBook; handles: Handles; isWhole: boolean },
  ): Promise<Beginning> {
    const handle = await handles.get(log);
    if (!handle) return 'moved';
    // Before the content is read: what changes from now on makes the log dirty again.
    log.isDirty = false;
    const stat = await handle.stat();
    book.observe(log, stat);
    log.isDirty = false;
    log.isGzip ??= stat.size >= 2 ? await isArchive(handle) : undefined;
    const source = log.isGzip
      ? await Turn.#placeInArchive(log, handle, reader, book)
      : await Turn.#placeInFile(log, handle, reader, book, isWhole ? Infinity : stat.size);
    if (!source) {
      await reader.stop();
      return 'replaced';
    }
    log.isVerified = true;
    log.readSize = stat.size;
    log.readModifiedMs = stat.mtimeMs;
    return new Turn(log, reader, book, source);
  }

  static async #placeInFile(
    log: Tracked,
    handle: LogHandle,
    reader: LineReader,
    book: LogBook,
    limit: number,
  ): Promise<FollowedSource | undefined> {
    if (log.size < log.offset) return undefined;
    const from = log.long ? log.long.scannedTo - contextBytes : log.offset - log.tail.length;
    const source = new FollowedSource(handle, from, limit);
    const needsStart = log.fingerprint.length < fingerprintBytes || log.offset === 0 || !log.isVerified;
    // The file may be truncated between any two readings. So the start is read before what follows the position, whose
    // reading proves that the start was still the log's; or the start is what follows.
    const start = needsStart && from > 0 ? await startOf(handle) : undefined;
    if (log.long) {
      const { line, scannedTo } = log.long;
      if (log.size < scannedTo || !(await plainAgrees(handle, [log.tail]))) return undefined;
      reader.begin(source, from, line);
      if ((await reader.skip(contextBytes)) < contextBytes) return undefined;
    } else {
      reader.begin(source, from);
      if (needsStart && !start && !takeFingerprint(log, await reader.peek(fingerprintBytes), book)) return undefined;
      if (!(await isAtTail(log, reader))) return undefined;
    }
    return start && !takeFingerprint(log, start, book) ? undefined : source;
  }

  /** Decompresses up to the position: an archive can only be read forwards. */
  static async #placeInArchive(
    log: Tracked,
    handle: LogHandle,
    reader: LineReader,
    book: LogBook,
  ): Promise<GzipSource | undefined> {
    const source = archiveSource(handle);
    log.long = undefined;
    reader.begin(source, 0);
    const isSame =
      takeFingerprint(log, await reader.peek(fingerprintBytes), book) &&
      (await reader.skip(log.offset - log.tail.length)) === log.offset - log.tail.length &&
      (await isAtTail(log, reader));
    if (isSame) return source;
    source.close();
    return undefined;
  }

  /** The next piece, the log's position moved behind it; undefined when there is no complete line left. */
  async next(): Promise<Piece | undefined> {
    const piece = await this.#reader.next();
    if (piece) this.#advance(piece);
    else this.#keepLong();
    // The next turn finds out what happened.
    if (this.isReplaced) this.log.isDirty = true;
    return piece;
  }

  /** What is left without a line feed, of a log that is known to be finished. */
  rest(): Piece | undefined {
    const piece = this.#reader.rest();
    if (piece) this.#advance(piece);
    this.log.long = undefined;
    return piece;
  }

  /** What is wrong with the archive, as far as it was read. */
  get damages(): readonly Damage[] {
    return this.#source instanceof FollowedSource ? [] : this.#source.damages;
  }

  /** True for an archive: when it ends, it is finished. */
  get isArchive(): boolean {
    return !(this.#source instanceof FollowedSource);
  }

  /** True when the file got other content while it was read. */
  get isReplaced(): boolean {
    return this.#source instanceof FollowedSource && this.#source.isReplaced;
  }

  /** Compressed bytes of the archive that were used. */
  get taken(): number | undefined {
    return this.#source instanceof FollowedSource ? undefined : this.#source.taken;
  }

  /** Ends the reading; the file stays open. */
  async end(): Promise<void> {
    await this.#reader.stop();
    if (!(this.#source instanceof FollowedSource)) this.#source.close();
  }

  #advance({ buffer, end, offset, length }: Piece): void {
    // The first lines themselves: the file may be another by the time its start could be read again.
    if (offset === 0 && length > this.log.fingerprint.length) {
      this.log.fingerprint = fingerprint(buffer.subarray(end - length, end));
    }
    this.#book.advance(this.log, markBefore(buffer, end, offset + length));
    this.log.long = undefined;
  }

  /** The position stays at the start of the line; how far it was looked through is only kept in memory. */
  #keepLong(): void {
    const line = this.#reader.long;
    this.log.long = line && !this.isArchive ? { line, scannedTo: this.#reader.position } : undefined;
  }
}

/** Compares with the fingerprint and extends it when there is more to take; false when they differ. */
function takeFingerprint(log: Tracked, start: Buffer, book: LogBook): boolean {
  if (!agrees(log.fingerprint, start, 0)) return false;
  if (start.length > log.fingerprint.length) {
    log.fingerprint = fingerprint(start);
    book.touch(log);
  }
  return true;
}

/** Compares the bytes before the position and passes over them. */
async function isAtTail(log: Tracked, reader: LineReader): Promise<boolean> {
  if (log.tail === noMark || log.tail.length === 0) return true;
  const bytes = await reader.peek(log.tail.length);
  if (!agrees(log.tail, bytes, log.tail.at - log.tail.length)) return false;
  await reader.skip(log.tail.length);
  return true;
}
