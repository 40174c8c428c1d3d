// Open files of the logs, at most so many at once (engine 1.16): the one used longest ago is closed first. Closing
// never loses a position, because positions are not kept here.
import { resolve } from 'node:path';
import { codeOf } from '../model/errors.ts';
import { isSameFile } from './identity.ts';
import type { LogBook } from './log-book.ts';
import type { LogFiles, LogHandle } from './log-files.ts';
import type { Tracked } from './tracked.ts';

/** The open files by log. */
export class Handles {
  readonly #limit: number;
  readonly #files: LogFiles;
  readonly #book: LogBook;
  /** In the order of their last use. */
  readonly #open = new Map<Tracked, LogHandle>();

  constructor(limit: number, files: LogFiles, book: LogBook) {
    this.#limit = limit;
    this.#files = files;
    this.#book = book;
  }

  /** The open file of a log, or undefined. */
  of(log: Tracked): LogHandle | undefined {
    return this.#open.get(log);
  }

  get count(): number {
    return this.#open.size;
  }

  /** Opens the log's file, or gives the open one; undefined when another file stands at its path by now. */
  async get(log: Tracked): Promise<LogHandle | undefined> {
    const known = this.#open.get(log);
    if (known) {
      this.#open.delete(log);
      this.#open.set(log, known);
      return known;
    }
    if (log.paths.size === 0) return undefined;
    const handle = await this.#openFile(log.path);
    try {
      if (isSameFile(log.fileId, await handle.stat()) === 'no') {
        await handle.close();
        return undefined;
      }
    } catch (error) {
      await handle.close();
      throw error;
    }
    await this.adopt(log, handle);
    return handle;
  }

  /** Keeps a file open that is certainly the log's. */
  async adopt(log: Tracked, handle: LogHandle): Promise<void> {
    while (this.#open.size >= this.#limit) await this.#closeOldest();
    this.#open.set(log, handle);
    const target = await this.#files.realPath(log.path).catch(() => log.path);
    this.#book.setLink(log, target === resolve(log.path) ? undefined : target);
  }

  /** Hands the open file over to another log that has the same file. */
  move(from: Tracked, to: Tracked): void {
    const handle = this.#open.get(from);
    if (!handle) return;
    this.#open.delete(from);
    this.#open.set(to, handle);
  }

  async close(log: Tracked): Promise<void> {
    const handle = this.#open.get(log);
    this.#open.delete(log);
    // A close that fails (stale handle) leaves nothing to be done.
    await handle?.close().catch(() => undefined);
  }

  async closeAll(): Promise<void> {
    for (const log of [...this.#open.keys()]) await this.close(log);
  }

  async #openFile(path: string): Promise<LogHandle> {
    try {
      return await this.#files.open(path);
    } catch (error) {
      if (codeOf(error) !== 'EMFILE' || this.#open.size === 0) throw error;
      await this.#closeOldest();
      return this.#files.open(path);
    }
  }

  /** Closes the file used longest ago, if possible one that can be opened again by its name. */
  async #closeOldest(): Promise<void> {
    let oldest: Tracked | undefined;
    for (const log of this.#open.keys()) {
      oldest ??= log;
      if (log.paths.size === 0) continue;
      oldest = log;
      break;
    }
    if (oldest) await this.close(oldest);
  }
}
