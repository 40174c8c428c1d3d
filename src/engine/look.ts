// Looking at the file system: which logs moved, grew, came or went since the last look, and so which are to be read
// next and in what order (engine 1.1 to 1.8). Above 300 lines because one look is one sequence of steps on the same
// intermediate results.
import { basename } from 'node:path';
import type { Folders } from './folders.ts';
import { isSameFile } from './identity.ts';
import { statAll } from './log-files.ts';
import type { FileState } from './log-files.ts';
import { LostLogs } from './lost-logs.ts';
import type { Sighting } from './lost-logs.ts';
import { Newcomers, startAtEnd } from './newcomers.ts';
import { orderByName, orderByTime } from './order.ts';
import type { Ordered } from './order.ts';
import type { Parts } from './parts.ts';
import { parseLogName, Siblings } from './rotation.ts';
import { Targets } from './targets.ts';
import type { Found } from './targets.ts';
import { hasUnread } from './tracked.ts';
import type { Tracked } from './tracked.ts';

/** Idle files are looked at once in `pollIdleMs`, but no more of them in a second: notices find the others sooner. */
const maxIdlePerSecond = 2000;

/** Keeps the book of logs in step with the file system. */
export class Looker {
  readonly #parts: Parts;
  readonly #targets: Targets;
  readonly #siblings: Siblings;
  readonly #lostLogs: LostLogs;
  readonly #newcomers: Newcomers;
  /** Paths that match and are no files. */
  readonly #others = new Set<string>();
  #found: Found = { paths: [], stats: new Map(), awaited: [], folders: [] };
  #present: ReadonlySet<string> = new Set();
  #isFirst = true;
  #startsAtEnd = false;
  #nowMs = 0;
  #lastLookMs = -Infinity;
  #lastFreshMs = -Infinity;
  #idleCursor = 0;

  constructor(parts: Parts, folders: Folders) {
    this.#parts = parts;
    const { paths, isLogName, rotatedPattern } = parts.settings;
    this.#targets = new Targets(parts.files, paths, isLogName, folders);
    this.#siblings = new Siblings(rotatedPattern, (folder, isFresh) => folders.list(folder, isFresh));
    this.#lostLogs = new LostLogs(parts, this.#siblings);
    this.#newcomers = new Newcomers(parts);
  }

  /** What the configured paths meant at the last look. */
  get found(): Found {
    return this.#found;
  }

  /** True while a file waits to be judged. */
  get hasWaiting(): boolean {
    return this.#newcomers.hasWaiting;
  }

  /** Looks and gives the logs to be read now, in order. `hints` are paths of which a change was noticed. */
  async look(hints: ReadonlySet<string>): Promise<readonly Tracked[]> {
    const { book, clock, settings } = this.#parts;
    this.#nowMs = clock.monotonic();
    const isFresh = settings.mode === 'once' || this.#nowMs - this.#lastFreshMs >= settings.pollIdleMs;
    if (isFresh) {
      this.#lastFreshMs = this.#nowMs;
      this.#others.clear();
    }
    this.#siblings.begin();
    this.#startsAtEnd = this.#isFirst && settings.onLoss === 'end' && book.positions().length === 0;
    book.refreshNewest();
    const before = this.#found.paths;
    this.#found = await this.#targets.find(isFresh);
    if (this.#found.paths !== before) this.#present = new Set(this.#found.paths);
    this.#newcomers.keepOnly(this.#present);
    const lost = this.#missing();
    const strangers = await this.#see(this.#due(hints), lost);
    const suspects = this.#suspects();
    const unknown = await this.#recognise(strangers, lost);
    for (const log of lost) if (log.paths.size === 0) unknown.push(...(await this.#settle(log, unknown)));
    unknown.push(...(await this.#waitingFiles()));
    for (const log of suspects) unknown.push(...(await this.#generations(log, [log.path], undefined)));
    if (this.#isFirst) await this.#newcomers.watchArchives(unknown, this.#nowMs);
    for (const sighting of this.#inOrder(unknown)) await this.#admit(sighting);
    await this.#followNameless();
    book.refreshNewest();
    this.#isFirst = false;
    this.#lastLookMs = this.#nowMs;
    return this.#ready();
  }

  /**
   * The file of the log has other content now (engine 1.6): a new log begins in it, and the rest of the old one is
   * looked for in its copies. Gives what is to be read next.
   */
  async replaced(log: Tracked): Promise<readonly Tracked[]> {
    const { book, clock, emit, handles, faults } = this.#parts;
    this.#nowMs = clock.monotonic();
    const { isExtra } = log;
    const paths = [...log.paths];
    const [path] = paths;
    const stat = await handles.of(log)?.stat();
    emit('truncated', log.path, `the file was truncated or replaced; it was read up to byte ${log.offset}`, log.offset);
    for (const name of paths) book.detach(name);
    book.forgetFile(log);
    // What was seen since is of the other content.
    log.size = log.readSize;
    log.modifiedMs = log.readModifiedMs;
    log.long = undefined;
    const next: Tracked[] = [];
    if (path !== undefined && stat) {
      const successor = book.add(path, stat, this.#nowMs);
      for (const name of paths) book.attach(successor, name, stat);
      handles.move(log, successor);
      successor.isExtra = isExtra;
      this.#watch(successor);
      next.push(successor);
    } else await handles.close(log);
    this.#siblings.begin();
    const foundAt = await this.#lostLogs.find(log, []);
    if (foundAt === undefined) this.#lostLogs.giveUp(log, false);
    else {
      this.#expect(log, foundAt);
      next.unshift(log);
    }
    if (path !== undefined) {
      faults.forget(path);
      // An inode that was used again looks the same, and then there may be generations in between.
      for (const sighting of await this.#lostLogs.newerGenerations(log, [path], foundAt)) {
        const generation = await this.#admit(sighting);
        if (generation) next.push(generation);
      }
    }
    return this.#sort(next);
  }

  /** Logs without a place: names that do not match any more, and at the start those that were saved without one. */
  #missing(): Set<Tracked> {
    const { book } = this.#parts;
    const lost = new Set<Tracked>();
    for (const [path, log] of book.byPath) if (!log.isExtra && !this.#present.has(path)) this.#lose(path, lost);
    if (this.#isFirst) for (const log of book.logs) if (!log.isGone && log.paths.size === 0) lost.add(log);
    return lost;
  }

  /** Paths to be looked at now: new ones, those where something happens, and a share of the idle ones. */
  #due(hints: ReadonlySet<string>): readonly string[] {
    const { book, settings, faults } = this.#parts;
    const { paths, stats } = this.#found;
    const elapsedMs = Math.min(this.#nowMs - this.#lastLookMs, settings.pollIdleMs);
    const share = Math.min(paths.length / settings.pollIdleMs, maxIdlePerSecond / 1000) * elapsedMs;
    const isEveryOne = this.#isFirst || settings.mode === 'once';
    const idleCount = isEveryOne ? paths.length : Math.min(paths.length, Math.ceil(share));
    const from = this.#idleCursor % Math.max(1, paths.length);
    this.#idleCursor = from + idleCount;
    // A new file may be what a known one was renamed or copied to, so that is looked at as well.
    const unknown = paths.filter((path) => !book.byPath.has(path) && !this.#others.has(path));
    const related = new Set(unknown.flatMap((path) => book.relatives(parseLogName(basename(path)).stem)));
    const isDue = (path: string, index: number): boolean => {
      if (this.#others.has(path)) return false;
      const log = book.byPath.get(path);
      if (log && related.has(log)) return true;
      if (!log || log.isDirty || log.watchedUntilMs > this.#nowMs || hints.has(path) || stats.has(path)) return true;
      if (settings.isNameOrdered && log.isNewest) return true;
      return (index - from + paths.length) % paths.length < idleCount;
    };
    const due = new Set(paths.filter(isDue));
    for (const [path, log] of book.byPath) if (log.isExtra) due.add(path);
    return [...due].filter((path) => !faults.isWaiting('look', path));
  }

  /** Looks at the paths: updates known logs, loses those that are not there, and gives the files not known there. */
  async #see(paths: readonly string[], lost: Set<Tracked>): Promise<Sighting[]> {
    const { book, faults } = this.#parts;
    const unseen = paths.filter((path) => !this.#found.stats.has(path));
    const seen = await statAll(this.#parts.files, unseen);
    const stats = new Map<string, FileState | Error | undefined>(this.#found.stats);
    unseen.forEach((path, index) => stats.set(path, seen[index]));
    const strangers: Sighting[] = [];
    for (const path of paths) {
      const stat = stats.get(path);
      if (stat instanceof Error) {
        faults.report('look', path, stat);
        continue;
      }
      const log = book.byPath.get(path);
      if (stat?.isFile() !== true) {
        if (log) this.#lose(path, lost);
        this.#newcomers.forget(path);
        if (stat) this.#others.add(path);
        if (stat && !stat.isDirectory()) faults.report('look', path, new Error('not a regular file'));
        else faults.clear('look', path);
        continue;
      }
      if (log && isSameFile(log.fileId, stat) !== 'no') this.#update(log, stat);
      else {
        if (log) this.#lose(path, lost);
        strangers.push({ path, stat });
      }
    }
    return strangers;
  }

  #lose(path: string, lost: Set<Tracked>): void {
    const log = this.#parts.book.detach(path);
    if (log?.paths.size === 0) lost.add(log);
  }

  /** Takes over a change of a file that is where it was. */
  #update(log: Tracked, stat: FileState): void {
    this.#parts.faults.clear('look', log.path);
    const isChanged = this.#parts.book.observe(log, stat);
    if (isChanged) this.#watch(log);
    if (!this.#isFirst) return;
    // Restored. Of an unchanged file what is behind the position is still to be read.
    if (isChanged) log.isFinished = false;
    else log.isVerified = true;
    const isDue = hasUnread(log) || (this.#parts.settings.mode === 'once' && !log.isFinished);
    if (isDue) log.isDirty = true;
    log.changedAtMs = this.#nowMs;
  }

  /** Attaches files whose inode is known and whose content proves it; gives the others. */
  async #recognise(strangers: readonly Sighting[], lost: ReadonlySet<Tracked>): Promise<Sighting[]> {
    const { book } = this.#parts;
    const unknown: Sighting[] = [];
    for (const sighting of strangers) {
      const log = book.byFile(sighting.stat);
      if (log && (await this.#lostLogs.isSameLog(log, sighting))) {
        const wasNewest = lost.has(log) && log.isNewest;
        const { path, linkTarget } = log;
        book.attach(log, sighting.path, sighting.stat);
        this.#expect(log, sighting.path);
        if (wasNewest) unknown.push(...(await this.#rotated(log, { path, linkTarget }, sighting.path, strangers)));
      } else {
        if (log) book.forgetFile(log);
        unknown.push(sighting);
      }
    }
    return unknown;
  }

  /** A log that was found at a new place: it is read on from there. */
  #expect(log: Tracked, path: string): void {
    log.isExtra = !this.#present.has(path);
    log.isDirty = true;
    this.#watch(log);
    this.#newcomers.forget(path);
  }

  #watch(log: Tracked): void {
    log.changedAtMs = this.#nowMs;
    log.watchedUntilMs = this.#nowMs + this.#parts.settings.graceMs;
  }

  /** Decides what becomes of a log that no name leads to; gives generations of it that were never seen. */
  async #settle(log: Tracked, unknown: readonly Sighting[]): Promise<Sighting[]> {
    const { book, handles } = this.#parts;
    const { isNewest, path, linkTarget } = log;
    const isOpen = handles.of(log) !== undefined;
    const matters = isNewest || hasUnread(log) || (this.#isFirst && !log.isFinished);
    const foundAt = matters ? await this.#lostLogs.find(log, unknown) : undefined;
    if (foundAt !== undefined) this.#expect(log, foundAt);
    else if (isOpen) {
      // The open file is read until nothing was added for a while, whether it has a name or not (engine 1.4).
      log.isDirty = true;
      this.#watch(log);
      book.touch(log);
    } else this.#lostLogs.giveUp(log, isNewest && this.#isFirst);
    return isNewest ? this.#rotated(log, { path, linkTarget }, foundAt, unknown) : [];
  }

  /** Tells of a rotation and gives the generations between the old file and the present one (engine 1.5). */
  async #rotated(
    log: Tracked,
    last: Pick<Tracked, 'path' | 'linkTarget'>,
    foundAt: string | undefined,
    strangers: readonly Sighting[],
  ): Promise<Sighting[]> {
    if (foundAt !== undefined) this.#parts.emit('rotated', last.path, `the file is now ${foundAt}`);
    else if (strangers.some(({ path }) => path === last.path)) {
      this.#parts.emit('rotated', last.path, 'another file took its place');
    }
    const lastPaths = last.linkTarget === undefined ? [last.path] : [last.path, last.linkTarget];
    return this.#generations(log, lastPaths, foundAt);
  }

  /** Generations that were never seen and that the configured paths do not find. */
  async #generations(log: Tracked, lastPaths: readonly string[], foundAt: string | undefined): Promise<Sighting[]> {
    const newer = await this.#lostLogs.newerGenerations(log, lastPaths, foundAt);
    return newer.filter(({ path }) => !this.#present.has(path));
  }

  /** Generations that could not be judged at the last look, or when the positions were saved. */
  async #waitingFiles(): Promise<Sighting[]> {
    const { book, emit } = this.#parts;
    const found: Sighting[] = [];
    for (const file of [...book.waiting.values()]) {
      const sighting = await this.#lostLogs.findWaiting(file);
      if (sighting?.path !== file.path) this.#newcomers.forget(file.path);
      if (sighting) found.push(sighting);
      else emit('gap', file.path, 'the file is gone before it could be read');
    }
    return found;
  }

  /**
   * Logs that were empty when they were seen last, are not held open, and have changed since: their files may have been
   * rotated away and the inodes used again, and nothing in them could tell.
   */
  #suspects(): readonly Tracked[] {
    const { book, handles } = this.#parts;
    const isSuspect = (log: Tracked): boolean =>
      log.fingerprint.length === 0 && log.isDirty && log.paths.size > 0 && !handles.of(log);
    return [...book.logs].filter(isSuspect);
  }

  /** Takes a file that was never seen into the book; gives the log that is to be read, if there is one now. */
  async #admit(sighting: Sighting): Promise<Tracked | undefined> {
    const { book, emit, faults, settings } = this.#parts;
    const { path, stat } = sighting;
    // A log may have been found here meanwhile. If it is another one, names are just changing hands.
    const holder = book.byPath.get(path);
    if (holder) {
      if (isSameFile(holder.fileId, stat) !== 'no') this.#newcomers.forget(path);
      else book.setWaiting(path, stat);
      return undefined;
    }
    // Or the file has a second name.
    const twin = book.byFile(stat);
    if (twin && twin.paths.size > 0) {
      if (this.#present.has(path)) book.attach(twin, path, stat);
      twin.isExtra &&= !this.#present.has(path);
      this.#newcomers.forget(path);
      return undefined;
    }
    const isExtra = !this.#present.has(path);
    const admission = await this.#newcomers.admit(sighting, isExtra, this.#nowMs);
    if (admission.kind === 'waiting') return undefined;
    faults.clear('look', path);
    if (admission.kind === 'copy') return undefined;
    const { log } = admission;
    if (admission.kind === 'moved') {
      this.#expect(log, path);
      return log;
    }
    log.isExtra = isExtra;
    if (!this.#isFirst) log.watchedUntilMs = this.#nowMs + settings.graceMs;
    try {
      if (this.#startsAtEnd) await startAtEnd(log, stat, this.#parts);
    } catch (error) {
      faults.report('read', path, error);
    }
    emit('opened', path, '');
    return log;
  }

  #inOrder(sightings: readonly Sighting[]): readonly Sighting[] {
    const unique = new Map(sightings.map((sighting) => [sighting.path, sighting]));
    return this.#sort(
      [...unique.values()].map(({ path, stat }) => {
        return { path, stat, name: parseLogName(basename(path)), modifiedMs: stat.mtimeMs };
      }),
    );
  }

  #sort<T extends Ordered>(logs: readonly T[]): T[] {
    return this.#parts.settings.isNameOrdered ? orderByName(logs) : orderByTime(logs);
  }

  /** Looks at the open files that no name leads to, and for logs whose name another one has taken. */
  async #followNameless(): Promise<void> {
    const { book, handles } = this.#parts;
    for (const log of [...book.logs]) {
      if (log.isGone || log.paths.size > 0) continue;
      try {
        const stat = await handles.of(log)?.stat();
        if (stat) this.#update(log, stat);
      } catch {
        // A stale handle.
        await handles.close(log);
      }
      if (handles.of(log)) continue;
      for (const { path, stat } of await this.#settle(log, [])) book.setWaiting(path, stat);
    }
  }

  /** The logs to be read, in order; those that no name leads to are the oldest, and then generations beside the paths. */
  #ready(): readonly Tracked[] {
    const { book, faults, settings } = this.#parts;
    const nameless: Tracked[] = [];
    const extra: Tracked[] = [];
    const named: Tracked[] = [];
    for (const log of book.logs) {
      if (log.isGone) continue;
      const isPast = log.paths.size === 0 || !log.isNewest || log.isGzip === true;
      const isQuiet = this.#nowMs - log.changedAtMs >= settings.graceMs;
      if (isPast && isQuiet && !log.isDirty && !log.isFinished) log.isFinishing = true;
      // Read once, a finished file is finished, also when it grows while others are read.
      if (settings.mode === 'once' && log.isFinished) continue;
      if ((log.isDirty || log.isFinishing) && !faults.isWaiting('read', log.path)) {
        (log.paths.size === 0 ? nameless : log.isExtra ? extra : named).push(log);
      }
    }
    return [nameless, extra, named].flatMap((logs) => this.#sort(logs));
  }
}
