// Generations of followed logs beside the configured paths: which of them were there before their log was followed, and
// which are to be read. Every file that appears later under a rotated name is one, until its content says that it is a
// copy (engine 1.5, 1.7); so it does not matter what an earlier look saw or missed in the middle of a rotation.
import { basename, dirname } from 'node:path';
import type { Newcomers } from './newcomers.ts';
import type { Parts } from './parts.ts';
import { parseLogName } from './rotation.ts';
import type { Place, Siblings } from './siblings.ts';
import { isSameLog, seeFiles } from './sightings.ts';
import type { Sighting } from './sightings.ts';
import type { Found, Targets } from './targets.ts';
import type { Tracked } from './tracked.ts';

/** One look at the file system. */
export interface Look {
  /** What the configured paths mean, and the same paths as a set. */
  readonly found: Found;
  readonly present: ReadonlySet<string>;
  /** What notices do not tell of is to be looked at too. */
  readonly isFresh: boolean;
  readonly nowMs: number;
}

/** Finds the generations of known logs that the configured paths do not. */
export class Generations {
  readonly #parts: Parts;
  readonly #targets: Targets;
  readonly #siblings: Siblings;
  /** Logs that are gone whose files are still there, by folder. */
  readonly #stillThere = new Map<string, ReadonlySet<Tracked>>();

  constructor(parts: Parts, targets: Targets, siblings: Siblings) {
    this.#parts = parts;
    this.#targets = targets;
    this.#siblings = siblings;
  }

  /**
   * Of a log that is seen for the first time, the generations that are there already are not its source's: they were
   * rotated away before. What appears beside it later is (engine 1.5). They are noted before the log itself is looked
   * at, so that none that it becomes meanwhile is among them.
   */
  async begin({ found, present, nowMs }: Look, newcomers: Newcomers): Promise<void> {
    const { book, files } = this.#parts;
    this.#siblings.begin();
    const begun = new Set<string>();
    for (const path of found.paths) {
      if (book.byPath.has(path)) continue;
      const heads = [path];
      if (await this.#siblings.isLink(path)) heads.push(await files.realPath(path).catch(() => path));
      for (const head of heads) {
        const { stem } = parseLogName(basename(head));
        const family = `${dirname(head)}/${stem}`;
        if (begun.has(family) || book.hasFamily(dirname(head), stem)) continue;
        begun.add(family);
        const old = await this.#beyond(
          present,
          (await this.#siblings.of(head)).filter((place) => place.path !== head),
        );
        for (const sighting of await seeFiles(files, [...new Set(old.map((place) => place.path))])) {
          if (!book.byFile(sighting.stat)) await newcomers.remember(sighting, nowMs);
        }
      }
    }
  }

  /** The files beside the configured paths that are not known to be read, or have grown since. */
  async find(look: Look, isEveryOne: boolean): Promise<Sighting[]> {
    const { book, faults, files } = this.#parts;
    const strangers: Sighting[] = [];
    for (const [folder, inside] of await this.#places(look, isEveryOne)) {
      const stillThere = new Set<Tracked>();
      const stems = new Map(inside.map(({ path, stem }) => [path, stem]));
      for (const { path, stat } of await seeFiles(files, [...stems.keys()])) {
        const log = book.byFile(stat);
        if (log?.isGone === true) stillThere.add(log);
        const isRead = log?.isGone === true && log.isFinished && log.size === stat.size;
        const isKnown = isRead && (await isSameLog(log, { path, stat }, this.#parts));
        if (isKnown) book.confirm(log, path, stat);
        if (isKnown || (log && log.paths.size > 0) || faults.isWaiting('look', path)) continue;
        strangers.push({ path, stat, stem: stems.get(path) });
      }
      this.#stillThere.set(folder, stillThere);
    }
    return strangers;
  }

  /** True when another look beside the configured paths finds nothing new: no rotation was going on during this one. */
  async areAtRest(look: Look): Promise<boolean> {
    const { book, files } = this.#parts;
    const places = [...(await this.#places(look, true)).values()].flat();
    const sightings = await seeFiles(files, [...new Set(places.map(({ path }) => path))]);
    return sightings.every(({ stat }) => {
      const log = book.byFile(stat);
      return log !== undefined && (log.isGone || log.paths.size > 0);
    });
  }

  /** True when the file of a log that is gone was seen when its folder was looked through last. */
  isThere(log: Tracked): boolean {
    return log.isGone && [...this.#stillThere.values()].some((logs) => logs.has(log));
  }

  /** Where generations beside the configured paths may be, in folders in which something happens or in all. */
  async #places({ found, present, isFresh, nowMs }: Look, isEveryOne: boolean): Promise<Map<string, readonly Place[]>> {
    const { book, settings } = this.#parts;
    const places = new Map<string, readonly Place[]>();
    for (const folder of new Set([...found.folders, ...book.linkedFolders])) {
      const isRestless = await this.#siblings.isRestless(folder, nowMs);
      if (!isRestless && !isEveryOne) continue;
      places.set(folder, await this.#beyond(present, await this.#siblings.inFolder(folder)));
    }
    if (settings.rotatedPattern === undefined || !(isFresh || isEveryOne)) return places;
    const byPattern: Place[] = [];
    for (const path of [...found.paths, ...found.awaited]) {
      if (book.hasFamily(dirname(path), parseLogName(basename(path)).stem)) {
        byPattern.push(...(await this.#siblings.byPattern(path)));
      }
    }
    places.set(settings.rotatedPattern, await this.#beyond(present, byPattern));
    return places;
  }

  /** The places that the configured paths do not find, nor will when they are looked through again. */
  async #beyond(present: ReadonlySet<string>, places: readonly Place[]): Promise<Place[]> {
    const beyond: Place[] = [];
    for (const place of places) {
      if (!present.has(place.path) && !(await this.#targets.matches(place.path))) beyond.push(place);
    }
    return beyond;
  }
}
