// Lists folders, remembering their entries while they do not change, so that a folder of ten thousand files is cheap to
// look at four times a second.
import type { Entry } from './glob.ts';
import { isAbsence, systemLogFiles } from './log-files.ts';
import type { FolderEntry, LogFiles } from './log-files.ts';

interface Listing {
  readonly modifiedMs: number;
  readonly inode: number;
  readonly entries: readonly Entry[];
}

const nothing: readonly Entry[] = [];
/** Folder listings with a memory. */
export class Folders {
  readonly #files: LogFiles;
  readonly #listings = new Map<string, Listing>();
  readonly #report: (folder: string, error: unknown) => void;
  readonly #clear: (folder: string) => void;

  /** Faults that are not mere absence go to `report`, and `clear` says that a folder can be listed. */
  constructor(
    report: (folder: string, error: unknown) => void,
    clear: (folder: string) => void,
    files: LogFiles = systemLogFiles,
  ) {
    this.#files = files;
    this.#report = report;
    this.#clear = clear;
  }

  /**
   * The entries of a folder. Unless `isFresh`, the remembered ones are given when the folder's time has not changed; a
   * change within the same tick of the file system's clock is then found by the next fresh listing. Of a folder that
   * cannot be read the remembered entries are given: its files are not gone. Equal entries are the same array. With
   * `isQuiet` a fault is not reported.
   */
  async list(folder: string, isFresh: boolean, isQuiet = false): Promise<readonly Entry[]> {
    const known = this.#listings.get(folder);
    try {
      const state = await this.#files.stat(folder);
      if (state instanceof Error) throw state;
      if (!state) return this.#absent(folder);
      const { mtimeMs, ino } = state;
      if (!isFresh && known?.modifiedMs === mtimeMs && known.inode === ino) return known.entries;
      const found = await this.#files.list(folder);
      const present = found.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
      const entries = known && areEqual(known.entries, present) ? known.entries : present;
      this.#listings.set(folder, { modifiedMs: mtimeMs, inode: ino, entries });
      this.#clear(folder);
      return entries;
    } catch (error) {
      if (isAbsence(error)) return this.#absent(folder);
      if (!isQuiet) this.#report(folder, error);
      return known?.entries ?? nothing;
    }
  }

  /** The time of the folder when it was listed last, as the system gives it; undefined when it is not there. */
  stampOf(folder: string): number | undefined {
    return this.#listings.get(folder)?.modifiedMs;
  }

  #absent(folder: string): readonly Entry[] {
    this.#listings.delete(folder);
    this.#clear(folder);
    return nothing;
  }
}

function kindOf(entry: FolderEntry): Entry['kind'] {
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'file';
}

function areEqual(some: readonly Entry[], others: readonly Entry[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ name, kind }, index) => others[index]?.name === name && others[index]?.kind === kind)
  );
}
