// The configured paths: which files they mean now. A path is a file, a folder, a pattern, or `-` for standard input.
import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Folders } from './folders.ts';
import { expandGlob, isGlob } from './glob.ts';
import { statOf } from './stats.ts';

/** What the configured paths mean now. */
export interface Found {
  /** Paths of files, each once, in the order of the configured paths; a pattern's sorted by name. */
  readonly paths: readonly string[];
  /** What is known already of some of them; an error when the path itself cannot be looked at. */
  readonly stats: ReadonlyMap<string, Stats | Error>;
  /** Configured paths that match nothing. */
  readonly awaited: readonly string[];
  /** Folders in which new files may appear. */
  readonly folders: readonly string[];
}

/** Standard input among the paths. */
export const standardInput = '-';

/** Resolves configured paths. */
export class Targets {
  readonly #texts: readonly string[];
  readonly #isLogName: (name: string) => boolean;
  readonly #folders: Folders;

  constructor(texts: readonly string[], isLogName: (name: string) => boolean, folders: Folders) {
    this.#texts = [...new Set(texts)].filter((text) => text !== standardInput);
    this.#isLogName = isLogName;
    this.#folders = folders;
  }

  /** Resolves all paths; links are followed anew each time. */
  async find(isFresh: boolean): Promise<Found> {
    const paths = new Set<string>();
    const stats = new Map<string, Stats | Error>();
    const awaited: string[] = [];
    const folders = new Set<string>();
    for (const text of this.#texts) {
      const stat = await statOf(text);
      const matches: string[] = [];
      if (stat === undefined && isGlob(text)) {
        const list = async (folder: string) => {
          folders.add(folder);
          return this.#folders.list(folder, isFresh);
        };
        matches.push(...(await expandGlob(text, list)));
      } else if (stat !== undefined && !(stat instanceof Error) && stat.isDirectory()) {
        folders.add(text);
        matches.push(...(await this.#logsIn(text, isFresh)));
      } else {
        folders.add(dirname(text));
        if (stat !== undefined) {
          matches.push(text);
          stats.set(text, stat);
        }
      }
      if (matches.length === 0) awaited.push(text);
      for (const match of matches) paths.add(match);
    }
    return { paths: [...paths], stats, awaited, folders: [...folders] };
  }

  async #logsIn(folder: string, isFresh: boolean): Promise<string[]> {
    const entries = await this.#folders.list(folder, isFresh);
    return entries
      .map(({ name }) => name)
      .filter((name) => this.#isLogName(name.replace(/\.gz$/i, '')))
      .toSorted()
      .map((name) => join(folder, name));
  }
}
