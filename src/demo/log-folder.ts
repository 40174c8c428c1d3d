// Files as CM leaves them: `YYYY-MMDD-HHMMSS` by the wall clock, a new one at about 1 MB or, when busy, each second;
// old ones go. The folder never grows above its limits.
import { mkdir, open, readdir, rm, stat, utimes } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { WallClock } from './local-time.ts';

/** Limits of the folder. CM keeps the newest 1000 files of about 1 MB; a demo may not take that much. */
export interface FolderLimits {
  /** A new file is begun before the current one gets larger than this; 1 000 000 unless given. */
  readonly rotateBytes?: number;
  /** 1000 unless given. */
  readonly keepFiles?: number;
  /** 50 000 000 unless given. */
  readonly keepBytes?: number;
}

const logName = /^20\d\d-\d{4}-\d{6}$/;

interface LogFile {
  readonly name: string;
  bytes: number;
}

/** A folder that is written. */
export class LogFolder {
  readonly directory: string;
  readonly #wall: WallClock;
  readonly #limits: Required<FolderLimits>;
  /** Oldest first; the last is the current one while `#handle` is set. */
  #files: LogFile[] = [];
  #total = 0;
  #handle: FileHandle | undefined;
  #lastMs: number | undefined;

  private constructor(directory: string, timezone: string, limits: FolderLimits) {
    this.directory = directory;
    this.#wall = new WallClock(timezone);
    const { rotateBytes = 1_000_000, keepFiles = 1000, keepBytes = 50_000_000 } = limits;
    this.#limits = { rotateBytes, keepFiles, keepBytes };
  }

  /** Makes the folder when it is missing, and looks at what an earlier run left. */
  static async open(directory: string, timezone: string, limits: FolderLimits = {}): Promise<LogFolder> {
    const folder = new LogFolder(directory, timezone, limits);
    await mkdir(directory, { recursive: true });
    const found: (LogFile & { modifiedMs: number })[] = [];
    for (const name of await readdir(directory)) {
      if (!logName.test(name)) continue;
      const { size, mtimeMs } = await stat(join(directory, name));
      found.push({ name, bytes: size, modifiedMs: mtimeMs });
    }
    found.sort((first, other) => first.modifiedMs - other.modifiedMs || (first.name < other.name ? -1 : 1));
    folder.#files = found.map(({ name, bytes }) => ({ name, bytes }));
    folder.#total = found.reduce((sum, { bytes }) => sum + bytes, 0);
    folder.#lastMs = found.at(-1)?.modifiedMs;
    await folder.#prune();
    return folder;
  }

  /** End of the newest second in the folder, epoch ms, or undefined when it is empty. */
  get endMs(): number | undefined {
    return this.#lastMs === undefined ? undefined : Math.ceil(this.#lastMs / 1000) * 1000;
  }

  /** Appends the lines from `fromMs` to `toMs`, whole seconds; `isOwnFile` asks for a new file before them. */
  async write(fromMs: number, toMs: number, text: string, isOwnFile: boolean): Promise<void> {
    if (text === '') return;
    const bytes = Buffer.from(text, 'latin1');
    const current = this.#files.at(-1);
    const isFull = !current || isOwnFile || current.bytes + bytes.length > this.#limits.rotateBytes;
    if (!this.#handle || isFull) await this.#rotate(fromMs);
    try {
      await this.#handle?.appendFile(bytes);
    } catch (error) {
      // Part of a line may be there: what follows goes into a new file.
      await this.close().catch(() => undefined);
      throw error;
    }
    const file = this.#files.at(-1);
    if (file) file.bytes += bytes.length;
    this.#total += bytes.length;
    this.#lastMs = toMs;
  }

  /** Closes the current file. Its time of modification is that of its last line, also in a history. */
  async close(): Promise<void> {
    const handle = this.#handle;
    const file = this.#files.at(-1);
    this.#handle = undefined;
    if (!handle || !file) return;
    await handle.close();
    if (this.#lastMs !== undefined) {
      const seconds = this.#lastMs / 1000;
      await utimes(join(this.directory, file.name), seconds, seconds);
    }
  }

  async #rotate(secondMs: number): Promise<void> {
    const digits = this.#wall.digits(secondMs);
    const name = `${digits.slice(0, 4)}-${digits.slice(4, 8)}-${digits.slice(8)}`;
    const known = this.#files.findIndex((file) => file.name === name);
    // The name of this second is taken: by the current file, or in autumn by a file of an hour ago. Go on in the current.
    if (known >= 0 && this.#handle) return;
    await this.close();
    this.#handle = await open(join(this.directory, name), 'a');
    const [file] = known >= 0 ? this.#files.splice(known, 1) : [];
    this.#files.push(file ?? { name, bytes: 0 });
    await this.#prune();
  }

  async #prune(): Promise<void> {
    // The next file needs room too.
    const room = this.#limits.keepBytes - this.#limits.rotateBytes;
    while (this.#files.length > 1 && (this.#files.length > this.#limits.keepFiles || this.#total > room)) {
      const oldest = this.#files.shift();
      if (!oldest) return;
      this.#total -= oldest.bytes;
      await rm(join(this.directory, oldest.name), { force: true });
    }
  }
}
