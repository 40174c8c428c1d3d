// The files beside the configured paths that may be generations of followed logs: every file in their folders whose name
// has the stem of a known log, and what the configured pattern finds. Rotation renames many files one after the other,
// so a folder in which something changes is looked through again for a while.
import { basename, dirname, join } from 'node:path';
import type { Folders } from './folders.ts';
import { escapeGlob, expandGlob } from './glob.ts';
import type { Entry } from './glob.ts';
import { parseLogName } from './rotation.ts';
import type { LogBook } from './log-book.ts';

/** So many names are remembered with their stems. */
const maxStems = 50_000;

/** A path at which a generation may be, with the stem of its log. */
export interface Place {
  readonly path: string;
  readonly stem: string;
}

interface FolderNames {
  readonly entries: readonly Entry[];
  readonly stems: ReadonlyMap<string, readonly string[]>;
  readonly links: ReadonlySet<string>;
}

/** Finds generations. */
export class Siblings {
  readonly #pattern: string | undefined;
  readonly #folders: Folders;
  readonly #book: LogBook;
  /** How long after a change a folder is looked through, in milliseconds: its time may not show all changes. */
  readonly #unrestMs: number;
  readonly #names = new Map<string, FolderNames>();
  /** What was listed in the present look. */
  readonly #listed = new Map<string, FolderNames>();
  readonly #stemOf = new Map<string, string>();
  readonly #unrest = new Map<string, { stamp: number | undefined; untilMs: number }>();

  /**
   * `pattern` is a glob, relative to the log's folder, in which `{name}` stands for the log's base name, for example
   * `archive/{name}-*.gz`.
   */
  constructor(pattern: string | undefined, folders: Folders, book: LogBook, unrestMs: number) {
    this.#pattern = pattern;
    this.#folders = folders;
    this.#book = book;
    this.#unrestMs = unrestMs;
  }

  /** A new look begins. */
  begin(): void {
    this.#listed.clear();
  }

  /** True when something in the folder changed, or did so lately. */
  async isRestless(folder: string, nowMs: number): Promise<boolean> {
    await this.#namesIn(folder, false);
    const stamp = this.#folders.stampOf(folder);
    const known = this.#unrest.get(folder);
    if (known && known.stamp === stamp) return nowMs <= known.untilMs;
    this.#unrest.set(folder, { stamp, untilMs: nowMs + this.#unrestMs });
    return true;
  }

  /** True when the name is a link. */
  async isLink(path: string): Promise<boolean> {
    return (await this.#namesIn(dirname(path), false)).links.has(basename(path));
  }

  /** Where generations of logs known in this folder may be, the newest first as far as the names say. */
  async inFolder(folder: string): Promise<Place[]> {
    const { stems } = await this.#namesIn(folder, true);
    return [...stems].flatMap(([stem, names]) =>
      this.#book.hasFamily(folder, stem) ? names.map((name) => ({ path: join(folder, name), stem })) : [],
    );
  }

  /** Where generations of the log at `path` may be, whether it is known or not. */
  async of(path: string): Promise<Place[]> {
    const folder = dirname(path);
    const { stem } = parseLogName(basename(path));
    const names = (await this.#namesIn(folder, false)).stems.get(stem) ?? [];
    return [...names.map((name) => ({ path: join(folder, name), stem })), ...(await this.byPattern(path))];
  }

  /** What the configured pattern finds for the log at `path`. */
  async byPattern(path: string): Promise<Place[]> {
    if (this.#pattern === undefined) return [];
    const { stem } = parseLogName(basename(path));
    const pattern = this.#pattern.replaceAll('{name}', () => escapeGlob(basename(path)));
    const whole = pattern.startsWith('/') ? pattern : join(escapeGlob(dirname(path)), pattern);
    const found = await expandGlob(whole, (folder) => this.#folders.list(folder, false));
    return found.map((each) => ({ path: each, stem }));
  }

  async #namesIn(folder: string, isFresh: boolean): Promise<FolderNames> {
    const listed = isFresh ? undefined : this.#listed.get(folder);
    if (listed) return listed;
    const names = this.#taken(folder, await this.#folders.list(folder, isFresh, true));
    this.#listed.set(folder, names);
    return names;
  }

  #taken(folder: string, entries: readonly Entry[]): FolderNames {
    const known = this.#names.get(folder);
    if (known?.entries === entries) return known;
    const stems = new Map<string, string[]>();
    const links = new Set<string>();
    for (const { name, kind } of entries) {
      if (kind === 'folder') continue;
      if (kind === 'link') links.add(name);
      const stem = this.#stem(name);
      const names = stems.get(stem);
      if (names) names.push(name);
      else stems.set(stem, [name]);
    }
    const names = { entries, stems, links };
    this.#names.set(folder, names);
    return names;
  }

  /** Names come again with each listing, and taking them apart costs more than remembering. */
  #stem(name: string): string {
    const known = this.#stemOf.get(name);
    if (known !== undefined) return known;
    if (this.#stemOf.size >= maxStems) this.#stemOf.clear();
    const { stem } = parseLogName(name);
    this.#stemOf.set(name, stem);
    return stem;
  }
}
