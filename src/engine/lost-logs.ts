// Logs that are not found where they were: where they are now, which generations were written since, and what is to be
// said when one is gone (engine 1.4, 1.5).
import type { Stats } from 'node:fs';
import { basename } from 'node:path';
import type { Parts } from './parts.ts';
import { compareContent } from './relate.ts';
import { compareGenerations, parseLogName } from './rotation.ts';
import type { Siblings } from './rotation.ts';
import { statAll } from './stats.ts';
import { hasUnread } from './tracked.ts';
import type { Tracked } from './tracked.ts';
import type { WaitingFile } from './position.ts';

/** A file seen at a path. */
export interface Sighting {
  readonly path: string;
  readonly stat: Stats;
}

/** Finds lost logs again. */
export class LostLogs {
  readonly #parts: Parts;
  readonly #siblings: Siblings;

  constructor(parts: Parts, siblings: Siblings) {
    this.#parts = parts;
    this.#siblings = siblings;
  }

  /**
   * Looks for the log among its rotated siblings and the files that were just seen for the first time, by inode and then
   * by content, and attaches it where it is. Gives that path, or undefined.
   */
  async find(log: Tracked, strangers: readonly Sighting[]): Promise<string | undefined> {
    const sightings = await this.#candidates(log, strangers);
    for (const { path, stat } of sightings) {
      if (stat.dev !== log.device || stat.ino !== log.inode) continue;
      if (!(await this.isSameContent(log, path, stat))) break;
      this.#parts.book.attach(log, path, stat);
      return path;
    }
    if (this.#parts.handles.of(log) || log.fingerprint.length === 0) return undefined;
    for (const { path, stat } of sightings) {
      if ((await this.#ownerOf(path, stat)) || !(await this.#hasContent(log, path))) continue;
      this.#parts.book.attach(log, path, stat);
      // Compressing changes what the bytes are, never what they mean.
      log.isGzip = undefined;
      return path;
    }
    return undefined;
  }

  /** True when the file, which has the log's inode, still is the log: unchanged, held open, or of the same content. */
  async isSameContent(log: Tracked, path: string, stat: Stats): Promise<boolean> {
    const isUnchanged = log.size === stat.size && log.modifiedMs === stat.mtimeMs && log.changedMs === stat.ctimeMs;
    if (isUnchanged || this.#parts.handles.of(log) !== undefined) return true;
    // Of a log that was empty there is no content to go by, and the inode alone proves nothing. Nothing was handed out
    // of it either, so whatever the file is, it is judged as one that was never seen.
    if (log.fingerprint.length === 0) return stat.size === 0;
    return this.#hasContent(log, path);
  }

  /**
   * Files of generations that were begun after the log and were never seen: to be read from their start. Of a log that
   * was empty, and so cannot be found by content, the file that has its inode now is among them.
   */
  async newerGenerations(log: Tracked, lastPaths: readonly string[], foundAt: string | undefined): Promise<Sighting[]> {
    const { book } = this.#parts;
    const siblings = await Promise.all(lastPaths.map((path) => this.#siblings.of(path)));
    const paths = new Set(siblings.flat().filter((path) => !book.byPath.has(path)));
    const sightings = await see([...paths]);
    const sameInode = sightings.find(({ stat }) => stat.dev === log.device && stat.ino === log.inode);
    const place = foundAt ?? sameInode?.path;
    const placeName = place === undefined ? undefined : parseLogName(basename(place));
    const newer: Sighting[] = [];
    for (const { path, stat } of sightings) {
      const owner = await this.#ownerOf(path, stat);
      if (owner && (owner !== log || foundAt !== undefined || log.fingerprint.length > 0)) continue;
      const order = placeName ? compareGenerations(placeName, parseLogName(basename(path))) : 0;
      // Without the names' word, or when the inode alone says where the log is, the times decide too: what was written
      // to after the log was read last is newer.
      const isCertain = foundAt !== undefined && log.fingerprint.length > 0 && order !== 0;
      const isNewer = order < 0 || path === place || (!isCertain && stat.mtimeMs >= log.readModifiedMs);
      if (isNewer) newer.push({ path, stat });
    }
    return newer;
  }

  /** Where a file that waits to be judged is now: it may be rotated meanwhile. */
  async findWaiting({ path, device, inode }: WaitingFile): Promise<Sighting | undefined> {
    const isIt = ({ stat }: Sighting): boolean => stat.dev === device && stat.ino === inode;
    return (await see([path])).find(isIt) ?? (await see(await this.#siblings.of(path))).find(isIt);
  }

  /** The known log that has this inode, if the content says so too. */
  async #ownerOf(path: string, stat: Stats): Promise<Tracked | undefined> {
    const owner = this.#parts.book.byInode(stat);
    return owner && (await this.isSameContent(owner, path, stat)) ? owner : undefined;
  }

  /** Gives up a log whose file is gone, and says what may be missing. */
  giveUp(log: Tracked, mayHaveGrown: boolean): void {
    const { book, emit, faults } = this.#parts;
    if (hasUnread(log) || (mayHaveGrown && log.offset > 0)) {
      const unread = log.isGzip ? 0 : Math.max(0, log.size - log.offset);
      const known = log.isGzip ? 'compressed' : `of ${log.size} known`;
      emit('gap', log.path, `the file is gone; it was read up to byte ${log.offset} ${known}`, unread);
    }
    faults.forget(log.path);
    book.setGone(log);
  }

  async #candidates(log: Tracked, strangers: readonly Sighting[]): Promise<readonly Sighting[]> {
    const paths = new Set(await this.#siblings.of(log.path));
    if (log.linkTarget !== undefined) {
      paths.add(log.linkTarget);
      for (const path of await this.#siblings.of(log.linkTarget)) paths.add(path);
    }
    const sameStem = strangers.filter(({ path }) => parseLogName(basename(path)).stem === log.name.stem);
    for (const { path } of sameStem) paths.add(path);
    return see([...paths]);
  }

  async #hasContent(log: Tracked, path: string): Promise<boolean> {
    try {
      const { likenesses } = await compareContent(path, [log]);
      return likenesses.some(({ kind }) => kind === 'all');
    } catch {
      // Unreadable or gone again: not to be taken for the log now.
      return false;
    }
  }
}

async function see(paths: readonly string[]): Promise<Sighting[]> {
  const stats = await statAll(paths);
  return paths.flatMap((path, index) => {
    const stat = stats[index];
    return stat && !(stat instanceof Error) && stat.isFile() ? [{ path, stat }] : [];
  });
}
