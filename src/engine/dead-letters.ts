// Writes lines that could not be used, and points that an output refused, to JSON lines for people and for `replay`.
// They are the first thing given up when the disk is full (engine 5.6): nothing here throws or holds up the reading.
import { join } from 'node:path';
import type { Clock } from '../model/clock.ts';
import { messageOf } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import { countLetters, deadLetterName, encodeLetter } from './dead-letter-files.ts';
import type { NewDeadLetter } from './dead-letter-files.ts';
import { machineFiles } from './durable.ts';
import type { Files, OpenFile } from './durable.ts';

/** What dead letters are written with. */
export interface DeadLettersOptions {
  /** Made when it does not exist. */
  readonly directory: string;
  /** Size of all files together in bytes; 64 MiB unless given. The oldest are given up beyond it. */
  readonly limitBytes?: number;
  readonly clock: Clock;
  readonly log: Log;
  /** The machine's file system unless given. */
  readonly files?: Files;
}

const defaultLimitBytes = 64 * 1024 ** 2;
/** The limit is spread over so many files: the current one and those rotated. */
const fileCount = 4;
/** What may wait for the next flush; more is given up, so that a file of nothing but bad lines cannot fill memory. */
const pendingLimitBytes = 8 * 1024 ** 2;
/** So much is written at a time. */
const pieceBytes = 256 * 1024;

/** The dead letters of one source. */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  readonly #files: Files;
  readonly #path: string;
  readonly #fileBytes: number;
  /** The file written to, and its length up to its last whole line. */
  #current: { readonly file: OpenFile; readonly length: number; readonly isNew: boolean } | undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #written = 0;
  #givenUp = 0;
  #hasFault = false;
  #isFlooded = false;
  #turn: Promise<void> = Promise.resolve();

  /** Opens the dead letters of a folder; never throws, a fault is logged and counted at the next flush. */
  static async open(options: DeadLettersOptions): Promise<DeadLetters> {
    const letters = new DeadLetters(options);
    await letters.#files.makeDirectory(options.directory).catch(() => undefined);
    return letters;
  }

  private constructor(options: DeadLettersOptions) {
    this.#options = options;
    this.#files = options.files ?? machineFiles;
    this.#path = join(options.directory, deadLetterName);
    this.#fileBytes = Math.max(1, Math.floor((options.limitBytes ?? defaultLimitBytes) / fileCount));
  }

  /** Letters on disk since `open`. */
  get written(): number {
    return this.#written;
  }

  /** Letters since `open` that could not be written, did not fit, or were removed by the size limit. */
  get givenUp(): number {
    return this.#givenUp;
  }

  /** Bytes that wait for `flush`. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Takes a letter; its first 4 KiB are copied at once, so the caller's buffer may change. */
  add(letter: NewDeadLetter): void {
    if (this.#pendingBytes >= pendingLimitBytes) {
      if (!this.#isFlooded) this.#options.log.warn('too many dead letters at once; some are given up');
      this.#isFlooded = true;
      this.#givenUp++;
      return;
    }
    const line = encodeLetter(letter, this.#options.clock.now());
    this.#pending.push(line);
    this.#pendingBytes += line.length;
  }

  /** Writes what waits; durable when it resolves, or given up and counted. Call it before each commit. */
  flush(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#write());
    return this.#turn;
  }

  /** Writes what waits and closes the file. */
  async close(): Promise<void> {
    await this.flush();
    await this.#closeFile();
  }

  async #write(): Promise<void> {
    const lines = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#isFlooded = false;
    let done = 0;
    try {
      while (done < lines.length) done += await this.#append(lines, done);
      if (this.#hasFault && done > 0) {
        this.#options.log.info('dead letters can be written again', { givenUp: this.#givenUp });
        this.#hasFault = false;
      }
    } catch (error) {
      this.#givenUp += lines.length - done;
      const facts = { directory: this.#options.directory, reason: messageOf(error) };
      if (!this.#hasFault) this.#options.log.error('dead letters cannot be written and are given up', facts);
      this.#hasFault = true;
    }
  }

  /** Writes the next lines as one piece, all or none of them; gives their number. */
  async #append(lines: readonly Buffer[], first: number): Promise<number> {
    const piece: Buffer[] = [];
    let bytes = 0;
    for (let index = first; index < lines.length; index++) {
      const line = lines[index];
      if (!line || (piece.length > 0 && bytes + line.length > Math.min(pieceBytes, this.#fileBytes))) break;
      piece.push(line);
      bytes += line.length;
    }
    // Writing to a file that was removed succeeds and keeps nothing.
    if (this.#current && (await this.#files.size(this.#path)) === undefined) await this.#closeFile();
    this.#current ??= await this.#open();
    if (this.#current.length > 0 && this.#current.length + bytes > this.#fileBytes) {
      await this.#rotate();
      this.#current = await this.#open();
    }
    const { file, length, isNew } = this.#current;
    try {
      await file.write(piece, length);
      await file.sync();
      if (isNew) await this.#files.syncDirectory(this.#options.directory);
    } catch (error) {
      await file.truncate(length).catch(() => undefined);
      await this.#closeFile();
      throw error;
    }
    this.#current = { file, length: length + bytes, isNew: false };
    this.#written += piece.length;
    return piece.length;
  }

  async #open(): Promise<{ file: OpenFile; length: number; isNew: boolean }> {
    await this.#files.makeDirectory(this.#options.directory);
    const size = await this.#files.size(this.#path);
    const file = await this.#files.open(this.#path, 'write');
    return { file, length: await wholeLength(file, size ?? 0), isNew: size === undefined };
  }

  async #rotate(): Promise<void> {
    const { directory } = this.#options;
    await this.#closeFile();
    const oldest = `${this.#path}.${fileCount - 1}`;
    if ((await this.#files.size(oldest)) !== undefined) {
      this.#givenUp += await countLetters(this.#files, oldest);
      await this.#files.remove(oldest);
    }
    for (let age = fileCount - 2; age >= 0; age--) {
      const from = age === 0 ? this.#path : `${this.#path}.${age}`;
      if ((await this.#files.size(from)) !== undefined) await this.#files.rename(from, `${this.#path}.${age + 1}`);
    }
    await this.#files.syncDirectory(directory);
  }

  async #closeFile(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.file.close().catch(() => undefined);
  }
}

/** Length up to the last line feed: a torn line at the end is written over. */
async function wholeLength(file: OpenFile, size: number): Promise<number> {
  const piece = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0; end -= piece.length) {
    const start = Math.max(0, end - piece.length);
    const length = await file.read(piece.subarray(0, end - start), start);
    const last = piece.subarray(0, length).lastIndexOf(0x0a);
    if (last >= 0) return start + last + 1;
  }
  return 0;
}
