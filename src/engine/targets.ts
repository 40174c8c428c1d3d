// The configured paths: which files they mean now. A path is a file, a folder, a pattern, or `-` for standard input.
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Folders } from './folders.ts';
import { expandGlob, isGlob } from './glob.ts';
import type { Entry } from './glob.ts';
import type { FileState, LogFiles } from './log-files.ts';

/** What the configured paths mean now. */
export interface Found {
  /** Paths of files, each once, in the order of the configured paths; a pattern's sorted by name. */
  readonly paths: readonly string[];
  /** What is known already of some of them; an error when the path itself cannot be looked at. */
  readonly stats: ReadonlyMap<string, FileState | Error>;
  /** Configured paths that match nothing. */
  readonly awaited: readonly string[];
  /** Folders in which new files may appear. */
  readonly folders: readonly string[];
}

/** Standard input among the paths. */
export const standardInput = '-';

/** What a configured path matched, and the listings that this came from. */
interface Matches {
  readonly listings: ReadonlyMap<string, readonly Entry[]>;
  readonly paths: readonly string[];
}

/** Resolves configured paths. What does not change is not worked out again: there may be ten thousand files. */
export class Targets {
  readonly #files: LogFiles;
  readonly #texts: readonly string[];
  readonly #isLogName: (name: string) => boolean;
  readonly #folders: Folders;
  readonly #matches = new Map<string, Matches>();
  readonly #configuredFolders = new Set<string>();
  #groups: readonly (readonly string[])[] = [];
  #paths: readonly string[] = [];

  constructor(files: LogFiles, texts: readonly string[], isLogName: (name: string) => boolean, folders: Folders) {
    this.#files = files;
    this.#texts = [...new Set(texts)].filter((text) => text !== standardInput);
    this.#isLogName = isLogName;
    this.#folders = folders;
  }

  /** Resolves all paths; links are followed anew each time. Equal results have the same array of paths. */
  async find(isFresh: boolean): Promise<Found> {
    const stats = new Map<string, FileState | Error>();
    const awaited: string[] = [];
    const folders = new Set<string>();
    const groups: (readonly string[])[] = [];
    for (const text of this.#texts) {
      const stat = await this.#files.stat(text);
      const isFolder = stat !== undefined && !(stat instanceof Error) && stat.isDirectory();
      if (isFolder) this.#configuredFolders.add(text);
      const isPattern = stat === undefined && isGlob(text);
      if (!isFolder && !isPattern && stat) stats.set(text, stat);
      const { paths, listings } =
        isFolder || isPattern ? await this.#expand(text, isFolder, isFresh) : single(text, stat);
      for (const folder of listings.keys()) folders.add(folder);
      if (paths.length === 0) awaited.push(text);
      groups.push(paths);
    }
    const isSame =
      groups.length === this.#groups.length && groups.every((group, at) => isEqual(group, this.#groups[at]));
    if (!isSame) this.#paths = [...new Set(groups.flat())];
    this.#groups = groups;
    return { paths: this.#paths, stats, awaited, folders: [...folders] };
  }

  /** True when a file at this path is or will be among those found: it may have appeared since. */
  async matches(path: string): Promise<boolean> {
    const [folder, name] = [dirname(path), basename(path)];
    const inFolder: readonly Entry[] = [{ name, kind: 'file' }];
    const list = (inside: string): Promise<readonly Entry[]> => {
      if (inside === folder) return Promise.resolve(inFolder);
      const below = relative(inside, folder).split(sep)[0] ?? '';
      return Promise.resolve(below === '' || below === '..' ? [] : [{ name: below, kind: 'folder' }]);
    };
    for (const text of this.#texts) {
      if (text === path) return true;
      if (this.#configuredFolders.has(text)) {
        if (join(text, name) === path && this.#isLogName(name.replace(/\.gz$/i, ''))) return true;
      } else if (isGlob(text) && (await expandGlob(text, list)).includes(path)) return true;
    }
    return false;
  }

  /** The paths that a folder or a pattern means; those of the last time when no listing has changed since. */
  async #expand(text: string, isFolder: boolean, isFresh: boolean): Promise<Matches> {
    const known = this.#matches.get(text);
    let isSame = known !== undefined;
    for (const [folder, entries] of known?.listings ?? []) {
      if ((await this.#folders.list(folder, isFresh)) !== entries) isSame = false;
    }
    if (known && isSame) return known;
    const listings = new Map<string, readonly Entry[]>();
    const list = async (folder: string): Promise<readonly Entry[]> => {
      const entries = listings.get(folder) ?? (await this.#folders.list(folder, false));
      listings.set(folder, entries);
      return entries;
    };
    const paths = isFolder ? this.#logsIn(text, await list(text)) : await expandGlob(text, list);
    const matches = { listings, paths };
    this.#matches.set(text, matches);
    return matches;
  }

  #logsIn(folder: string, entries: readonly Entry[]): string[] {
    return entries
      .map(({ name }) => name)
      .filter((name) => this.#isLogName(name.replace(/\.gz$/i, '')))
      .toSorted()
      .map((name) => join(folder, name));
  }
}

function single(text: string, stat: FileState | Error | undefined): Matches {
  return { paths: stat ? [text] : [], listings: new Map([[dirname(text), []]]) };
}

function isEqual(group: readonly string[], other: readonly string[] | undefined): boolean {
  return group === other || (group.length < 2 && group.length === other?.length && group[0] === other[0]);
}
