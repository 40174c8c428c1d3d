// Looking at the file system: which logs moved, grew, came or went since the last look, and so which are to be read
// next and in what order (engine 1.1 to 1.8). Above 300 lines because one look is one sequence of steps on the same
// intermediate results.
import { basename } from 'node:path';
import type { Folders } from './folders.ts';
import { Generations } from './generations.ts';
import type { Look } from './generations.ts';
import { isSameFile } from './identity.ts';
import { statAll } from './log-files.ts';
import type { FileState } from './log-files.ts';
import { Newcomers, startAtEnd } from './newcomers.ts';
import { orderByName, orderByTime } from './order.ts';
import type { Ordered } from './order.ts';
import type { Parts } from './parts.ts';
import { isRotatedName, parseLogName } from './rotation.ts';
import { Siblings } from './siblings.ts';
import { isSameLog } from './sightings.ts';
import type { Sighting } from './sightings.ts';
import { Targets } from './targets.ts';
import type { Found } from './targets.ts';
import { hasUnread } from './tracked.ts';
import type { Tracked } from './tracked.ts';

/** Idle files are looked at once in `pollIdleMs`, but no more of them in a second: notices find the others sooner. */
const maxIdlePerSecond = 2000;

/** Logs that lost their names in a look, with what they were called. */
type Lost = Map<Tracked, { readonly path: string; readonly isNewest: boolean }>;

/** Keeps the book of logs in step with the file system. */
export class Looker {
  readonly #parts: Parts;
  readonly #targets: Targets;
  readonly #generations: Generations;
  readonly #newcomers: Newcomers;
  /** Paths that match and are no files. */
  readonly #others = new Set<string>();
  #found: Found = { paths: [], stats: new Map(), awaited: [], folders: [] };
  #present: ReadonlySet<string> = new Set();
  /** Something was left undecided, so the next look goes through all folders. */
  #isUndecided = false;
  #isFirst = true;
  #startsAtEnd = false;
  #nowMs = 0;
  #lastLookMs = -Infinity;
  #lastFreshMs = -Infinity;
  #idleCursor = 0;

  constructor(parts: Parts, folders: Folders) {
    this.#parts = parts;
    const { paths, isLogName, rotatedPattern, pollIdleMs } = parts.settings;
    this.#targets = new Targets(parts.files, paths, isLogName, folders);
    const siblings = new Siblings(rotatedPattern, folders, parts.book, pollIdleMs);
    this.#generations = new Generations(parts, this.#targets, siblings);
    this.#newcomers = new Newcomers(parts, (log) => this.#generations.isThere(log));
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
    this.#startsAtEnd = this.#isFirst && settings.onLoss === 'end' && book.positions().length === 0;
    book.refreshNewest();
    const before = this.#found.paths;
    this.#found = await this.#targets.find(isFresh);
    if (this.#found.paths !== before) this.#present = new Set(this.#found.paths);
    const look = { found: this.#found, present: this.#present, isFresh, nowMs: this.#nowMs };
    await this.#generations.begin(look, this.#newcomers);
    const lost: Lost = new Map();
    this.#missing(lost);
    const strangers = await this.#see(this.#due(hints), lost);
    const isRestless = this.#isFirst || this.#isUndecided || lost.size > 0 || strangers.length > 0;
    strangers.push(...(await this.#generations.find(look, isRestless || settings.mode === 'once')));
    const unknown = await this.#recognise(strangers, lost);
    this.#isUndecided = false;
    if (this.#isFirst) await this.#newcomers.watchArchives(unknown);
    // Logs that are written come before their rotated copies, which cannot be recognised without them.
    const ordered = this.#inOrder(unknown);
    const isGeneration = ({ path }: Sighting): boolean => isRotatedName(basename(path));
    for (const sighting of ordered.filter((each) => !isGeneration(each))) await this.#admit(sighting);
    for (const sighting of ordered.filter(isGeneration)) await this.#admit(sighting);
    await this.#followNameless(look, lost);
    this.#newcomers.endLook();
    if (this.#newcomers.hasWaiting) this.#isUndecided = true;
    book.forgetGone((log) => this.#generations.isThere(log));
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
    log.isDirty = false;
    log.isVerified = true;
    if (path !== undefined) faults.forget(path);
    // A generation is judged like any other: it may be the copy of another log.
    if (path !== undefined && stat && !isRotatedName(basename(path))) {
      const successor = book.add(path, stat, this.#nowMs);
      for (const name of paths) book.attach(successor, name, stat);
      handles.move(log, successor);
      successor.isExtra = isExtra;
      this.#watch(successor);
    } else await handles.close(log);
    this.#isUndecided = true;
    return this.look(new Set());
  }

  /** Logs that no name leads to, because theirs do not match any more or since they were looked at before. */
  #missing(lost: Lost): void {
    const { book } = this.#parts;
    for (const [path, log] of book.byPath) if (!log.isExtra && !this.#present.has(path)) this.#lose(path, lost);
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
  async #see(paths: readonly string[], lost: Lost): Promise<Sighting[]> {
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
        if (stat) this.#others.add(path);
        if (stat && !stat.isDirectory()) faults.report('look', path, new Error('not a regular file'));
        else faults.clear('look', path);
        continue;
      }
      if (log?.isCopy === true && log.size !== stat.size) book.remove(log);
      else if (log && (await isSameLog(log, { path, stat }, this.#parts))) {
        this.#update(log, stat);
        continue;
      } else if (log) {
        this.#lose(path, lost);
      }
      strangers.push({ path, stat });
    }
    return strangers;
  }

  #lose(path: string, lost: Lost): void {
    const { book } = this.#parts;
    const log = book.byPath.get(path);
    if (!log) return;
    const last = { path: log.path, isNewest: log.isNewest };
    book.detach(path);
    if (log.paths.size === 0) lost.set(log, last);
    book.touch(log);
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

  /** Attaches files that are known logs at new places, and tells of rotations; gives the other files. */
  async #recognise(strangers: readonly Sighting[], lost: Lost): Promise<Sighting[]> {
    const { book, emit } = this.#parts;
    const unknown: Sighting[] = [];
    for (const sighting of strangers) {
      const { path, stat } = sighting;
      const log = book.byFile(stat);
      const isGrownCopy = log?.isCopy === true && log.size !== stat.size;
      if (log && isGrownCopy) book.remove(log);
      else if (log && (await isSameLog(log, sighting, this.#parts))) {
        book.attach(log, path, stat);
        this.#expect(log, path);
        continue;
      } else if (log) book.forgetFile(log);
      unknown.push(sighting);
    }
    for (const [log, { path, isNewest }] of lost) {
      if (!isNewest) continue;
      if (log.paths.size > 0) emit('rotated', path, `the file is now ${log.path}`);
      else if (unknown.some((sighting) => sighting.path === path)) emit('rotated', path, 'another file took its place');
    }
    return unknown;
  }

  /** A log that was found at a new place: it is read on from there. */
  #expect(log: Tracked, path: string): void {
    log.isExtra = !this.#present.has(path);
    log.isDirty = true;
    this.#watch(log);
  }

  #watch(log: Tracked): void {
    log.changedAtMs = this.#nowMs;
    log.watchedUntilMs = this.#nowMs + this.#parts.settings.graceMs;
  }

  /** Gives up a log whose file is gone, and says what may be missing. */
  #giveUp(log: Tracked): void {
    const { book, emit, faults } = this.#parts;
    if (hasUnread(log) || (!log.isVerified && log.isNewest && log.offset > 0)) {
      const unread = log.isGzip ? 0 : Math.max(0, log.size - log.offset);
      const known = log.isGzip ? 'compressed' : `of ${log.size} known`;
      emit('gap', log.path, `the file is gone; it was read up to byte ${log.offset} ${known}`, unread);
    }
    faults.forget(log.path);
    book.setGone(log);
  }

  /** Takes a file that was never seen into the book. */
  async #admit(sighting: Sighting): Promise<void> {
    const { book, emit, faults, settings } = this.#parts;
    const { path, stat } = sighting;
    // A log may have been found here meanwhile. If it is another one, names are just changing hands.
    const holder = book.byPath.get(path);
    if (holder) {
      if (isSameFile(holder.fileId, stat) === 'no') this.#isUndecided = true;
      return;
    }
    // Or the file has a second name.
    const twin = book.byFile(stat);
    if (twin && twin.paths.size > 0) {
      if (this.#present.has(path)) book.attach(twin, path, stat);
      twin.isExtra &&= !this.#present.has(path);
      return;
    }
    const isExtra = !this.#present.has(path);
    const admission = await this.#newcomers.admit(sighting, isExtra, this.#nowMs);
    if (admission.kind === 'waiting') {
      this.#isUndecided = true;
      return;
    }
    faults.clear('look', path);
    if (admission.kind === 'copy') return;
    const { log } = admission;
    if (admission.kind === 'moved') {
      this.#expect(log, path);
      return;
    }
    log.isExtra = isExtra;
    if (!this.#isFirst) log.watchedUntilMs = this.#nowMs + settings.graceMs;
    try {
      if (this.#startsAtEnd) await startAtEnd(log, stat, this.#parts);
    } catch (error) {
      faults.report('read', path, error);
    }
    emit('opened', path, '');
  }

  #inOrder(sightings: readonly Sighting[]): readonly Sighting[] {
    const unique = new Map(sightings.map((sighting) => [sighting.path, sighting]));
    return this.#sort(
      [...unique.values()].map(({ path, stat, stem }) => {
        return { path, stat, stem, name: parseLogName(basename(path)), modifiedMs: stat.mtimeMs };
      }),
    );
  }

  #sort<T extends Ordered>(logs: readonly T[]): T[] {
    return this.#parts.settings.isNameOrdered ? orderByName(logs) : orderByTime(logs);
  }

  /** Looks at the open files that no name leads to, and gives up the logs whose files are certainly gone. */
  async #followNameless(look: Look, lost: Lost): Promise<void> {
    const { book, handles } = this.#parts;
    const missing: Tracked[] = [];
    for (const log of [...book.logs]) {
      if (log.isGone || log.paths.size > 0) continue;
      try {
        const stat = await handles.of(log)?.stat();
        if (stat) this.#update(log, stat);
      } catch {
        // A stale handle.
        await handles.close(log);
      }
      if (!handles.of(log)) missing.push(log);
      else if (lost.has(log)) {
        // The open file is read until nothing was added for a while, whether it has a name or not (engine 1.4).
        log.isDirty = true;
        this.#watch(log);
      }
    }
    if (missing.length === 0) return;
    const isAtRest = !this.#isUndecided && (await this.#generations.areAtRest(look));
    for (const log of missing) {
      if (isAtRest) this.#giveUp(log);
      else this.#isUndecided = true;
    }
  }

  /** The logs to be read, in order; those that no name leads to are the oldest, and then generations beside the paths. */
  #ready(): readonly Tracked[] {
    const { book, faults, handles, settings } = this.#parts;
    const nameless: Tracked[] = [];
    const extra: Tracked[] = [];
    const named: Tracked[] = [];
    for (const log of book.logs) {
      if (log.isGone || log.isCopy || (log.paths.size === 0 && !handles.of(log))) continue;
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
