// Reading one log from its position to its present end: opens it, makes sure that it is still the same log, and hands
// out what is new. Moves the log's position with each piece.
import { archiveSource, isArchive } from './archive.ts';
import { FileSource } from './byte-source.ts';
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
  readonly #archive: GzipSource | undefined;

  /** Use `Turn.begin`. */
  constructor(log: Tracked, reader: LineReader, book: LogBook, archive: GzipSource | undefined) {
    this.log = log;
    this.#reader = reader;
    this.#book = book;
    this.#archive = archive;
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
    const isSame = log.isGzip
      ? await Turn.#placeInArchive(log, handle, reader, book)
      : await Turn.#placeInFile(log, handle, reader, book, isWhole ? Infinity : stat.size);
    if (isSame === false) {
      await reader.stop();
      return 'replaced';
    }
    log.isVerified = true;
    log.readSize = stat.size;
    log.readModifiedMs = stat.mtimeMs;
    return new Turn(log, reader, book, isSame === true ? undefined : isSame);
  }

  static async #placeInFile(
    log: Tracked,
    handle: LogHandle,
    reader: LineReader,
    book: LogBook,
    limit: number,
  ): Promise<boolean> {
    if (log.size < log.offset) return false;
    if (log.fingerprint.length < fingerprintBytes || !log.isVerified) {
      if (!takeFingerprint(log, await startOf(handle), book)) return false;
    }
    if (log.long) {
      const { line, scannedTo } = log.long;
      if (log.size < scannedTo || !(await plainAgrees(handle, [log.tail]))) return false;
      const from = scannedTo - contextBytes;
      reader.begin(new FileSource(handle, from, limit), from, line);
      return (await reader.skip(contextBytes)) === contextBytes;
    }
    const from = log.offset - log.tail.length;
    reader.begin(new FileSource(handle, from, limit), from);
    return isAtTail(log, reader);
  }

  /** Decompresses up to the position: an archive can only be read forwards. */
  static async #placeInArchive(
    log: Tracked,
    handle: LogHandle,
    reader: LineReader,
    book: LogBook,
  ): Promise<GzipSource | false> {
    const source = archiveSource(handle);
    log.long = undefined;
    reader.begin(source, 0);
    const isSame =
      takeFingerprint(log, await reader.peek(fingerprintBytes), book) &&
      (await reader.skip(log.offset - log.tail.length)) === log.offset - log.tail.length &&
      (await isAtTail(log, reader));
    if (!isSame) source.close();
    return isSame && source;
  }

  /** The next piece, the log's position moved behind it; undefined when there is no complete line left. */
  async next(): Promise<Piece | undefined> {
    const piece = await this.#reader.next();
    if (piece) this.#advance(piece);
    else this.#keepLong();
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
    return this.#archive?.damages ?? [];
  }

  /** True for an archive: when it ends, it is finished. */
  get isArchive(): boolean {
    return this.#archive !== undefined;
  }

  /** Compressed bytes of the archive that were used. */
  get taken(): number | undefined {
    return this.#archive?.taken;
  }

  /** Ends the reading; the file stays open. */
  async end(): Promise<void> {
    await this.#reader.stop();
    this.#archive?.close();
  }

  #advance({ buffer, end, offset, length }: Piece): void {
    this.#book.advance(this.log, markBefore(buffer, end, offset + length));
    this.log.long = undefined;
  }

  /** The position stays at the start of the line; how far it was looked through is only kept in memory. */
  #keepLong(): void {
    const line = this.#reader.long;
    this.log.long = line && !this.#archive ? { line, scannedTo: this.#reader.position } : undefined;
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
