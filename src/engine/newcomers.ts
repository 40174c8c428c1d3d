// Files that were never seen: whether they are new logs, copies of known ones, or known ones at another place; and the
// waiting of those that cannot be judged yet (engine 1.5, 1.7, 1.14).
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isArchive } from './archive.ts';
import { fileId, fingerprint, isSameFile, markBefore, plainAgrees, startOf, tailOf } from './identity.ts';
import { endOfLines } from './lines.ts';
import { statAll } from './log-files.ts';
import type { FileState, LogHandle } from './log-files.ts';
import type { Parts } from './parts.ts';
import { compareContent } from './relate.ts';
import type { Comparison } from './relate.ts';
import { isRotatedName, parseLogName } from './rotation.ts';
import { openSighting } from './sightings.ts';
import type { Sighting } from './sightings.ts';
import { hasUnread } from './tracked.ts';
import type { Tracked } from './tracked.ts';

const blockBytes = 64 * 1024;
/** From this position on, equal bytes before it are no coincidence of a banner. */
const certainBytes = 1024;

interface Waiting {
  readonly size: number;
  readonly sinceMs: number;
  readonly atLook: number;
}

/** What a file that was never seen turned out to be. */
export type Admission =
  | { readonly kind: 'new'; readonly log: Tracked }
  /** The log itself, at another place; what is behind its position was not read yet. */
  | { readonly kind: 'moved'; readonly log: Tracked }
  /** A copy of what was handed out already. */
  | { readonly kind: 'copy' }
  /** Cannot be told before the log it resembles is read to its end, or before another look. */
  | { readonly kind: 'waiting' };

type Verdict = 'new' | 'copy' | 'waiting' | { readonly moved: Tracked };

/** Admits files to the book of logs. */
export class Newcomers {
  readonly #parts: Parts;
  /** True when the file of a log that is gone was seen. */
  readonly #isThere: (log: Tracked) => boolean;
  /** By file, because names change while files wait. */
  readonly #waiting = new Map<string, Waiting>();
  #look = 0;

  constructor(parts: Parts, isThere: (log: Tracked) => boolean) {
    this.#parts = parts;
    this.#isThere = isThere;
  }

  /** True while a file waits to be judged. */
  get hasWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** A look has ended; files that it did not see do not wait any more. */
  endLook(): void {
    for (const [key, { atLook }] of this.#waiting) if (atLook < this.#look) this.#waiting.delete(key);
    this.#look++;
  }

  /**
   * Watches the archives among the files for one poll interval, so that those which are complete can be taken in their
   * turn at the first look, before the generations that came after them.
   */
  async watchArchives(sightings: readonly Sighting[]): Promise<void> {
    const { pollActiveMs, mode } = this.#parts.settings;
    const archives = sightings.filter(({ path }) => parseLogName(basename(path)).isCompressed);
    if (archives.length === 0 || mode === 'once') return;
    await setTimeout(pollActiveMs);
    const paths = archives.map(({ path }) => path);
    const stats = await statAll(this.#parts.files, paths);
    archives.forEach(({ stat }, index) => {
      const later = stats[index];
      const isSame = later !== undefined && !(later instanceof Error) && later.size === stat.size;
      const waiting = { size: stat.size, sinceMs: -Infinity, atLook: this.#look };
      if (isSame) this.#waiting.set(keyOf(stat), waiting);
    });
  }

  /** Takes a file into the book that was there before its log was followed: it is known, and never read. */
  async remember(sighting: Sighting, nowMs: number): Promise<void> {
    const { book, files } = this.#parts;
    const log = book.add(sighting.path, sighting.stat, nowMs);
    log.isFinished = true;
    try {
      const handle = await openSighting(files, sighting);
      try {
        log.isGzip = handle && (await isArchive(handle));
        if (handle && !log.isGzip) {
          log.fingerprint = fingerprint(await startOf(handle));
          book.advance(log, await tailOf(handle, sighting.stat.size));
        }
      } finally {
        await handle?.close();
      }
    } catch {
      // Unreadable: it is known by its number alone.
    }
    book.setGone(log);
  }

  /** Decides what a file is. What cannot be read is a new log too, so that its fault is seen. */
  async admit(sighting: Sighting, isExtra: boolean, nowMs: number): Promise<Admission> {
    const { path, stat } = sighting;
    const { book, faults, files, handles, settings } = this.#parts;
    const key = keyOf(stat);
    const isStable = this.#isStable(key, stat.size, nowMs) || settings.mode === 'once';
    // An archive is not taken while it is still being written.
    const isTooEarly = !isStable || (stat.size < 2 && settings.mode === 'follow');
    if (parseLogName(basename(path)).isCompressed && isTooEarly) return { kind: 'waiting' };
    if (faults.isWaiting('read', path)) return { kind: 'waiting' };
    let handle: LogHandle | undefined;
    try {
      handle = await openSighting(files, sighting);
      // Renamed since it was seen: the next look finds it.
      if (!handle) return { kind: 'waiting' };
      const admission = await this.#admitOpen(sighting, handle, nowMs);
      if (admission.kind === 'new') {
        const adopted = handle;
        handle = undefined;
        await handles.adopt(admission.log, adopted);
      }
      if (admission.kind === 'copy' && isExtra) {
        const copy = book.byPath.get(path);
        if (copy) book.setGone(copy);
      }
      if (admission.kind !== 'waiting') this.#waiting.delete(key);
      return admission;
    } catch (error) {
      faults.report('read', path, error);
      this.#waiting.delete(key);
      // It may be a known log or its copy, which must not be read from its start.
      if (isExtra || isRotatedName(basename(path))) return { kind: 'waiting' };
      return { kind: 'new', log: book.add(path, stat, nowMs) };
    } finally {
      await handle?.close();
    }
  }

  async #admitOpen(sighting: Sighting, handle: LogHandle, nowMs: number): Promise<Admission> {
    const { path, stat, stem } = sighting;
    const { book } = this.#parts;
    const own = parseLogName(basename(path)).stem;
    const stems = new Set([own, stem ?? own]);
    const relatives = await this.#comparable([...stems].flatMap((each) => book.relatives(each)));
    const comparison = await compareContent(handle, relatives);
    const isRotated = isRotatedName(basename(path)) || own !== (stem ?? own);
    const verdict = await this.#judge(comparison, relatives, isRotated);
    if (verdict === 'waiting') return { kind: 'waiting' };
    if (typeof verdict === 'object') {
      book.attach(verdict.moved, path, stat);
      verdict.moved.isGzip = comparison.isGzip;
      return { kind: 'moved', log: verdict.moved };
    }
    const log = book.add(path, stat, nowMs);
    log.isGzip = comparison.length < 2 ? undefined : comparison.isGzip;
    log.fingerprint = comparison.fingerprint;
    if (verdict === 'new') return { kind: 'new', log };
    // A copy is a log of its own that was read to its end, so that it is known under its next name too.
    book.advance(log, comparison.tail);
    log.isCopy = true;
    log.isFinished = true;
    log.isDirty = false;
    return { kind: 'copy' };
  }

  async #judge(comparison: Comparison, relatives: readonly Tracked[], isRotated: boolean): Promise<Verdict> {
    if (isRotated) {
      // A copy begins empty, and of an empty file nothing is missed.
      if (comparison.length === 0 && this.#parts.settings.mode === 'follow') return 'waiting';
      for (const log of relatives) {
        // A log that is still written may have got other content since it was read.
        const mayBeOriginal = comparison.alike.includes(log) || !isRotatedName(basename(log.path));
        if (!mayBeOriginal || !this.#hasFile(log) || log.isGzip) continue;
        const { fingerprint: start, tail } = comparison;
        if (!(await this.#withFile(log, (original) => plainAgrees(original, [start, tail])))) continue;
        if (await this.#isIntact(log)) return comparison.length <= log.offset ? 'copy' : 'waiting';
        if (log.isGone) continue;
        log.isDirty = true;
        return 'waiting';
      }
    }
    for (const { log, kind } of comparison.likenesses) {
      if (kind === 'part') {
        if (isRotated) return 'copy';
      } else if (this.#hasFile(log)) {
        // At the place of the log itself a file with the same beginning is a new log: the old one is elsewhere.
        if (!isRotated) continue;
        if (comparison.length <= log.offset) return 'copy';
        // A copy cannot have more than its original, unless that was truncated since, which its next reading finds out.
        if (log.isGone || (await this.#isIntact(log))) continue;
        log.isDirty = true;
        return 'waiting';
      } else if (isRotated && log.isGone && log.isFinished && comparison.length <= log.offset) return 'copy';
      else if (isRotated || log.offset >= certainBytes) return { moved: log };
    }
    // It may be the beginning of a copy whose original was truncated while the two were compared.
    for (const log of isRotated ? comparison.alike : []) {
      const mayBeTruncated = !isRotatedName(basename(log.path)) && this.#hasFile(log) && !log.isGone;
      if (!mayBeTruncated || log.offset <= comparison.length || (await this.#isIntact(log))) continue;
      log.isDirty = true;
      return 'waiting';
    }
    return 'new';
  }

  /** The logs that have a fingerprint; one of which nothing was read yet gets its own now. */
  async #comparable(logs: readonly Tracked[]): Promise<readonly Tracked[]> {
    for (const log of logs) {
      if (log.fingerprint.length > 0 || log.offset > 0 || log.isGone || log.name.isCompressed) continue;
      await this.#withFile(log, async (handle) => {
        if (!(await isArchive(handle))) log.fingerprint = fingerprint(await startOf(handle));
      });
    }
    // A copy that is gone says nothing that its original does not.
    return logs.filter((log) => log.fingerprint.length > 0 && (!log.isCopy || this.#hasFile(log)));
  }

  /** True when the log's own file still has what was handed out of it. An archive is never written again. */
  async #isIntact(log: Tracked): Promise<boolean> {
    if (log.isGzip) return !hasUnread(log);
    const { fingerprint: start, tail } = log;
    return (await this.#withFile(log, (file) => plainAgrees(file, [start, tail]))) ?? false;
  }

  #hasFile(log: Tracked): boolean {
    return log.paths.size > 0 || this.#parts.handles.of(log) !== undefined || this.#isThere(log);
  }

  /** Uses the log's own file, if it still can be read; undefined otherwise. */
  async #withFile<T>(log: Tracked, use: (handle: LogHandle) => Promise<T>): Promise<T | undefined> {
    const held = this.#parts.handles.of(log);
    if (held) return use(held);
    if (!this.#hasFile(log)) return undefined;
    const handle = await this.#parts.files.open(log.path).catch(() => undefined);
    if (!handle) return undefined;
    try {
      return isSameFile(log.fileId, await handle.stat()) === 'no' ? undefined : await use(handle);
    } finally {
      await handle.close();
    }
  }

  /** True when the file has had the same size for as long as one look takes to come round; remembers it otherwise. */
  #isStable(key: string, size: number, nowMs: number): boolean {
    const known = this.#waiting.get(key);
    const sinceMs = known?.size === size ? known.sinceMs : nowMs;
    this.#waiting.set(key, { size, sinceMs, atLook: this.#look });
    return nowMs - sinceMs >= this.#parts.settings.pollActiveMs;
  }
}

function keyOf(stat: FileState): string {
  const { device, inode, birthMs } = fileId(stat);
  return `${device}:${inode}:${birthMs}`;
}

/** Places a new log behind the last complete line that its file has now; an archive counts as read. */
export async function startAtEnd(log: Tracked, stat: FileState, parts: Parts): Promise<void> {
  const handle = await parts.files.open(log.path);
  try {
    log.isGzip = await isArchive(handle);
    if (log.isGzip) {
      log.isFinished = true;
      log.isDirty = false;
      return;
    }
    log.fingerprint = fingerprint(await startOf(handle));
    const end = await lastLineEnd(handle, stat.size, parts.settings.maxLineBytes);
    const before = Buffer.alloc(Math.min(end, blockBytes));
    const tail = await handle.read(before, 0, before.length, end - before.length);
    parts.book.advance(log, markBefore(before, tail.bytesRead, end));
  } finally {
    await handle.close();
  }
}

/** Position behind the last line feed before `size`; the line is followed back for at most `maxLineBytes`. */
async function lastLineEnd(handle: LogHandle, size: number, maxLineBytes: number): Promise<number> {
  const block = Buffer.alloc(blockBytes);
  for (let end = size; end > 0 && size - end <= maxLineBytes; end -= Math.min(blockBytes, end)) {
    const from = Math.max(0, end - blockBytes);
    const { bytesRead } = await handle.read(block, 0, end - from, from);
    const found = endOfLines(block, 0, bytesRead);
    if (found > 0) return from + found;
  }
  return 0;
}
