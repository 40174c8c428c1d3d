// Logs that are not found where they were: where they are now, which generations were written since, and what is to be
// said when one is gone (engine 1.4, 1.5).
import { basename } from 'node:path';
import { fileId, isSameFile } from './identity.ts';
import { isAbsence, statAll } from './log-files.ts';
import type { FileState, LogFiles, LogHandle } from './log-files.ts';
import type { Parts } from './parts.ts';
import { compareContent } from './relate.ts';
import { compareGenerations, parseLogName } from './rotation.ts';
import type { Siblings } from './rotation.ts';
import { hasUnread } from './tracked.ts';
import type { Tracked } from './tracked.ts';
import type { WaitingFile } from './position.ts';

/** A file seen at a path. */
export interface Sighting {
  readonly path: string;
  readonly stat: FileState;
}

/** Opens exactly the file that was seen; undefined when the path leads elsewhere by now. */
export async function openSighting(files: LogFiles, { path, stat }: Sighting): Promise<LogHandle | undefined> {
  const handle = await files.open(path).catch((error: unknown) => {
    if (isAbsence(error)) return undefined;
    throw error;
  });
  const opened = await handle?.stat();
  if (opened && isSameFile(fileId(stat), opened) !== 'no') return handle;
  await handle?.close();
  return undefined;
}

/** A folder in which names never come to rest is taken as it is. */
const maxAttempts = 5;

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
      if (isSameFile(log.fileId, stat) === 'no') continue;
      if (!(await this.isSameLog(log, { path, stat }))) break;
      this.#parts.book.attach(log, path, stat);
      return path;
    }
    if (this.#parts.handles.of(log) || log.fingerprint.length === 0) return undefined;
    for (const { path, stat } of sightings) {
      if ((await this.#ownerOf({ path, stat })) || !(await this.#hasContent(log, { path, stat }))) continue;
      this.#parts.book.attach(log, path, stat);
      // Compressing changes what the bytes are, never what they mean.
      log.isGzip = undefined;
      return path;
    }
    return undefined;
  }

  /** True when the file, which may be the log's by the system's word, still is the log. */
  async isSameLog(log: Tracked, { path, stat }: Sighting): Promise<boolean> {
    if (isSameFile(log.fileId, stat) === 'yes') return true;
    const isUnchanged = log.size === stat.size && log.modifiedMs === stat.mtimeMs && log.changedMs === stat.ctimeMs;
    if (isUnchanged || this.#parts.handles.of(log) !== undefined) return true;
    // Of a log that was empty there is no content to go by, and the inode alone proves nothing. Nothing was handed out
    // of it either, so whatever the file is, it is judged as one that was never seen.
    if (log.fingerprint.length === 0) return stat.size === 0;
    return this.#hasContent(log, { path, stat });
  }

  /**
   * Files of generations that were begun after the log and were never seen: to be read from their start. Of a log that
   * was empty, and so cannot be found by content, the file that has its inode now is among them.
   */
  async newerGenerations(log: Tracked, lastPaths: readonly string[], foundAt: string | undefined): Promise<Sighting[]> {
    const { book } = this.#parts;
    const isKnown = ({ path, stat }: Sighting): boolean => {
      const holder = book.byPath.get(path);
      return holder !== undefined && isSameFile(holder.fileId, stat) !== 'no';
    };
    const sightings = (await this.#siblingsOf(lastPaths)).filter((sighting) => !isKnown(sighting));
    const sameInode = sightings.find(({ stat }) => isSameFile(log.fileId, stat) !== 'no');
    const place = foundAt ?? sameInode?.path;
    const placeName = place === undefined ? undefined : parseLogName(basename(place));
    const newer: Sighting[] = [];
    for (const { path, stat } of sightings) {
      const owner = await this.#ownerOf({ path, stat });
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
  async findWaiting({ path, fileId: known }: WaitingFile): Promise<Sighting | undefined> {
    const isIt = ({ stat }: Sighting): boolean => isSameFile(known, stat) !== 'no';
    return (await see(this.#parts.files, [path])).find(isIt) ?? (await this.#siblingsOf([path])).find(isIt);
  }

  /**
   * The siblings of logs, and other paths, as they were at one moment: looked at until two looks agree, because rotation
   * renames many files one after the other.
   */
  async #siblingsOf(logPaths: readonly string[], otherPaths: readonly string[] = []): Promise<readonly Sighting[]> {
    let last: readonly Sighting[] | undefined;
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const siblings = await Promise.all(logPaths.map((path) => this.#siblings.of(path)));
      const seen = await see(this.#parts.files, [...new Set([...siblings.flat(), ...otherPaths])]);
      if (seen.length === 0 || (last && areSame(last, seen))) return seen;
      if (last) this.#siblings.begin();
      last = seen;
    }
    return last ?? [];
  }

  /** The known log that has this inode, if the content says so too. */
  async #ownerOf(sighting: Sighting): Promise<Tracked | undefined> {
    const owner = this.#parts.book.byFile(sighting.stat);
    return owner && (await this.isSameLog(owner, sighting)) ? owner : undefined;
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
    const target = log.linkTarget === undefined ? [] : [log.linkTarget];
    const sameStem = strangers.filter(({ path }) => parseLogName(basename(path)).stem === log.name.stem);
    return this.#siblingsOf([log.path, ...target], [...target, ...sameStem.map(({ path }) => path)]);
  }

  async #hasContent(log: Tracked, sighting: Sighting): Promise<boolean> {
    try {
      const handle = await openSighting(this.#parts.files, sighting);
      if (!handle) return false;
      try {
        const { likenesses } = await compareContent(handle, [log]);
        return likenesses.some(({ kind }) => kind === 'all');
      } finally {
        await handle.close();
      }
    } catch {
      // Unreadable: not to be taken for the log now.
      return false;
    }
  }
}

function areSame(some: readonly Sighting[], others: readonly Sighting[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ path, stat }, index) => others[index]?.path === path && others[index]?.stat.ino === stat.ino)
  );
}

async function see(files: LogFiles, paths: readonly string[]): Promise<Sighting[]> {
  const stats = await statAll(files, paths);
  return paths.flatMap((path, index) => {
    const stat = stats[index];
    return stat && !(stat instanceof Error) && stat.isFile() ? [{ path, stat }] : [];
  });
}
