// Lists folders, remembering their entries while they do not change, so that a folder of ten thousand files is cheap to
// look at four times a second.
import { readdir, stat } from 'node:fs/promises';
import { codeOf } from '../model/errors.ts';
import type { Entry } from './glob.ts';

interface Listing {
  readonly modifiedMs: number;
  readonly inode: number;
  readonly entries: readonly Entry[];
}

/** Codes that say that something is not there, which is no fault. */
const absenceCodes = new Set(['ENOENT', 'ENOTDIR']);

/** True for an error that says that there is no such file. */
export function isAbsence(error: unknown): boolean {
  return absenceCodes.has(codeOf(error) ?? '');
}

/** Folder listings with a memory. */
export class Folders {
  readonly #listings = new Map<string, Listing>();
  readonly #report: (folder: string, error: unknown) => void;
  readonly #clear: (folder: string) => void;

  /** Faults that are not mere absence go to `report`, and `clear` says that a folder can be listed. */
  constructor(report: (folder: string, error: unknown) => void, clear: (folder: string) => void) {
    this.#report = report;
    this.#clear = clear;
  }

  /** Folders that were listed and exist. */
  get known(): Iterable<string> {
    return this.#listings.keys();
  }

  /**
   * The entries of a folder. Unless `isFresh`, the remembered ones are given when the folder's time has not changed; a
   * change within the same tick of the file system's clock is then found by the next fresh listing. Of a folder that
   * cannot be read the remembered entries are given: its files are not gone.
   */
  async list(folder: string, isFresh: boolean): Promise<readonly Entry[]> {
    const known = this.#listings.get(folder);
    try {
      const { mtimeMs, ino } = await stat(folder);
      if (!isFresh && known?.modifiedMs === mtimeMs && known.inode === ino) return known.entries;
      const found = await readdir(folder, { withFileTypes: true });
      const entries = found.map((entry) => ({
        name: entry.name,
        mayBeFolder: entry.isDirectory() || entry.isSymbolicLink(),
      }));
      this.#listings.set(folder, { modifiedMs: mtimeMs, inode: ino, entries });
      this.#clear(folder);
      return entries;
    } catch (error) {
      if (isAbsence(error)) {
        this.#listings.delete(folder);
        this.#clear(folder);
        return [];
      }
      this.#report(folder, error);
      return known?.entries ?? [];
    }
  }
}
