// Files that were never seen: whether they are new logs, copies of known ones, or known ones at another place; and the
// waiting of those that cannot be judged while they are still being written (engine 1.7, 1.14).
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isArchive } from './archive.ts';
import { fingerprint, isSameFile, markBefore, startOf } from './identity.ts';
import { endOfLines } from './lines.ts';
import { statAll } from './log-files.ts';
import type { FileState, LogHandle } from './log-files.ts';
import { openSighting } from './lost-logs.ts';
import type { Sighting } from './lost-logs.ts';
import type { Parts } from './parts.ts';
import { compareContent, judge, mayBecomeCopy } from './relate.ts';
import type { Comparison } from './relate.ts';
import { isRotatedName, parseLogName } from './rotation.ts';
import type { Tracked } from './tracked.ts';

const blockBytes = 64 * 1024;

interface Waiting {
  readonly size: number;
  readonly sinceMs: number;
  /** Not found by the configured paths. */
  readonly isExtra: boolean;
}

/** What a file that was never seen turned out to be. */
export type Admission =
  | { readonly kind: 'new'; readonly log: Tracked }
  | { readonly kind: 'moved'; readonly log: Tracked }
  | { readonly kind: 'copy' }
  | { readonly kind: 'waiting' };

/** Admits files to the book of logs. */
export class Newcomers {
  readonly #parts: Parts;
  readonly #waiting = new Map<string, Waiting>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get hasWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** The path leads nowhere or to a known log now. */
  forget(path: string): void {
    this.#waiting.delete(path);
    this.#parts.book.setWaiting(path, undefined);
  }

  /** Forgets files that waited and match no configured path any more. */
  keepOnly(present: ReadonlySet<string>): void {
    for (const [path, { isExtra }] of this.#waiting) if (!isExtra && !present.has(path)) this.#waiting.delete(path);
  }

  /**
   * Watches the archives among the files for one poll interval, so that those which are complete can be taken in their
   * turn at the first look, before the generations that came after them.
   */
  async watchArchives(sightings: readonly Sighting[], nowMs: number): Promise<void> {
    const { pollActiveMs, mode } = this.#parts.settings;
    const archives = sightings.filter(({ path }) => parseLogName(basename(path)).isCompressed);
    if (archives.length === 0 || mode === 'once') return;
    await setTimeout(pollActiveMs);
    const stats = await statAll(
      this.#parts.files,
      archives.map(({ path }) => path),
    );
    archives.forEach(({ path, stat }, index) => {
      const later = stats[index];
      const isSame = later !== undefined && !(later instanceof Error) && later.size === stat.size;
      if (isSame) this.#waiting.set(path, { size: stat.size, sinceMs: nowMs - pollActiveMs, isExtra: false });
    });
  }

  /** Decides what a file is. What cannot be read is a new log too, so that its fault is seen. */
  async admit(sighting: Sighting, isExtra: boolean, nowMs: number): Promise<Admission> {
    const { path, stat } = sighting;
    const { book, faults, handles, settings } = this.#parts;
    const hasWaited = this.#waiting.has(path);
    const isStable = this.#isStable(sighting, isExtra, nowMs) || settings.mode === 'once';
    // An archive is not taken while it is still being written.
    const isTooEarly = !isStable || (stat.size < 2 && settings.mode === 'follow');
    if (parseLogName(basename(path)).isCompressed && isTooEarly) return { kind: 'waiting' };
    let handle: LogHandle | undefined;
    try {
      handle = await openSighting(this.#parts.files, sighting);
      if (!handle) {
        // Renamed since it was seen: it will be looked for by its inode.
        book.setWaiting(path, stat);
        return { kind: 'waiting' };
      }
      const admission = await this.#admitOpen(sighting, handle, isStable, hasWaited, nowMs);
      if (admission.kind === 'new') {
        const adopted = handle;
        handle = undefined;
        await handles.adopt(admission.log, adopted);
      }
      return admission;
    } catch (error) {
      faults.report('read', path, error);
      this.forget(path);
      return { kind: 'new', log: book.add(path, stat, nowMs) };
    } finally {
      await handle?.close();
    }
  }

  async #admitOpen(
    sighting: Sighting,
    handle: LogHandle,
    isStable: boolean,
    hasWaited: boolean,
    nowMs: number,
  ): Promise<Admission> {
    const { path, stat } = sighting;
    const { book, handles } = this.#parts;
    const name = basename(path);
    const relatives = await this.#comparable(book.relatives(parseLogName(name).stem));
    const comparison = await compareContent(handle, relatives);
    const verdict = judge(comparison, {
      isRotatedName: isRotatedName(name),
      hasWaited: hasWaited && isStable,
      hasFile: (log) => log.paths.size > 0 || handles.of(log) !== undefined,
    });
    // A copy is not judged while it is still being written.
    const mayBeUnfinished = verdict.kind === 'new' && !isStable && isRotatedName(name);
    const mustWait = verdict.kind === 'wait' || (mayBeUnfinished && (await this.#mayBecomeCopy(comparison, relatives)));
    if (mustWait) return { kind: 'waiting' };
    this.forget(path);
    if (verdict.kind === 'moved') {
      book.attach(verdict.log, path, stat);
      verdict.log.isGzip = comparison.isGzip;
      return { kind: 'moved', log: verdict.log };
    }
    const log = book.add(path, stat, nowMs);
    log.isGzip = comparison.length < 2 ? undefined : comparison.isGzip;
    log.fingerprint = comparison.fingerprint;
    if (verdict.kind !== 'copy') return { kind: 'new', log };
    // A copy is a log of its own that was read to its end, so that it is known under its next name too.
    book.advance(log, comparison.tail);
    log.isFinished = true;
    log.isDirty = false;
    return { kind: 'copy' };
  }

  /** The logs that have a fingerprint; one of which nothing was read yet gets its own now. */
  async #comparable(logs: readonly Tracked[]): Promise<readonly Tracked[]> {
    for (const log of logs) {
      if (log.fingerprint.length > 0 || log.isGone || log.name.isCompressed) continue;
      await this.#withFile(log, async (handle) => {
        if (!(await isArchive(handle))) log.fingerprint = fingerprint(await startOf(handle));
      });
    }
    return logs.filter((log) => log.fingerprint.length > 0);
  }

  /** Uses the log's own file, if it still can be read; undefined otherwise. */
  async #withFile<T>(log: Tracked, use: (handle: LogHandle) => Promise<T>): Promise<T | undefined> {
    const held = this.#parts.handles.of(log);
    if (held) return use(held);
    if (log.paths.size === 0) return undefined;
    const handle = await this.#parts.files.open(log.path).catch(() => undefined);
    if (!handle) return undefined;
    try {
      return isSameFile(log.fileId, await handle.stat()) === 'no' ? undefined : await use(handle);
    } finally {
      await handle.close();
    }
  }

  async #mayBecomeCopy(comparison: Comparison, logs: readonly Tracked[]): Promise<boolean> {
    for (const log of logs) {
      if (await this.#withFile(log, (original) => mayBecomeCopy(comparison, log, original))) return true;
    }
    return false;
  }

  /** True when the file has had the same size for as long as one look takes to come round; remembers it otherwise. */
  #isStable({ path, stat }: Sighting, isExtra: boolean, nowMs: number): boolean {
    const known = this.#waiting.get(path);
    const sinceMs = known?.size === stat.size ? known.sinceMs : nowMs;
    this.#waiting.set(path, { size: stat.size, sinceMs, isExtra });
    // A configured path is found again; a generation beside it would be forgotten at the next start.
    if (isExtra) this.#parts.book.setWaiting(path, stat);
    return nowMs - sinceMs >= this.#parts.settings.pollActiveMs;
  }
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
