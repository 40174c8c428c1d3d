// All logs of a follower, found by path, by inode and by name, with the positions that changed since they were last
// asked for. Nothing here touches files.
import { basename, dirname, join } from 'node:path';
import { fileId, isSameFile, noFile } from './identity.ts';
import type { FileId, Mark } from './identity.ts';
import type { FileState } from './log-files.ts';
import { decodePosition, encodePosition } from './position.ts';
import type { PositionChange } from './position.ts';
import { compareGenerations, compareNames, parseLogName } from './rotation.ts';
import { blankLog } from './tracked.ts';
import type { Tracked } from './tracked.ts';

/** Marks kept in memory to recognise a copy that was made before the last lines were read. */
const earlierMarks = 8;
/** Logs that are gone and are still remembered, so that a compressed copy is not read again. */
const maxGone = 1000;

/** All logs of a follower, with the changes that were not yet fetched. */
export class LogBook {
  readonly #isNameOrdered: boolean;
  readonly #logs = new Map<string, Tracked>();
  readonly #byPath = new Map<string, Tracked>();
  readonly #byInode = new Map<string, Tracked>();
  readonly #byStem = new Map<string, Set<Tracked>>();
  readonly #linkedFamilies = new Set<string>();
  readonly #linkedFolders = new Set<string>();
  readonly #gone = new Set<Tracked>();
  readonly #changed = new Set<Tracked>();
  readonly #forgotten = new Set<string>();
  #nextId = 1;
  #areNewestKnown = false;

  constructor(isNameOrdered: boolean) {
    this.#isNameOrdered = isNameOrdered;
  }

  get logs(): Iterable<Tracked> {
    return this.#logs.values();
  }

  get byPath(): ReadonlyMap<string, Tracked> {
    return this.#byPath;
  }

  /** The log that was this file last, as far as the system's word goes: its content may be another's. */
  byFile(stat: FileState): Tracked | undefined {
    const log = this.#byInode.get(inodeKey(fileId(stat)));
    return log && isSameFile(log.fileId, stat) !== 'no' ? log : undefined;
  }

  /** True when a log in this folder, or what a link there led to, has or had this stem. */
  hasFamily(folder: string, stem: string): boolean {
    if (this.#linkedFamilies.has(join(folder, stem))) return true;
    for (const log of this.#byStem.get(stem) ?? []) if (dirname(log.path) === folder) return true;
    return false;
  }

  /** What a link that is followed leads to: generations are found beside it too. */
  setLink(log: Tracked, target: string | undefined): void {
    log.linkTarget = target;
    if (target === undefined || basename(target) === basename(log.path)) return;
    this.#linkedFamilies.add(join(dirname(target), parseLogName(basename(target)).stem));
    this.#linkedFolders.add(dirname(target));
  }

  /** Folders to which links that are followed lead or led. */
  get linkedFolders(): ReadonlySet<string> {
    return this.#linkedFolders;
  }

  /** Logs whose names have this stem, in any folder. */
  relatives(stem: string): readonly Tracked[] {
    return [...(this.#byStem.get(stem) ?? [])];
  }

  /** A new log at the start of the file at `path`. */
  add(path: string, stat: FileState, nowMs: number): Tracked {
    const log = blankLog(this.#nextId++, path);
    this.#logs.set(log.key, log);
    this.#index(log);
    this.attach(log, path, stat);
    log.isDirty = true;
    log.changedAtMs = nowMs;
    log.readModifiedMs = stat.mtimeMs;
    return log;
  }

  /** Records that the log's file is at `path` now. */
  attach(log: Tracked, path: string, stat: FileState): void {
    this.#take(path, log);
    // Another name of a file does not change where the log is said to be.
    if (!log.paths.has(log.path)) {
      this.#unindex(log);
      log.path = path;
      log.name = parseLogName(basename(path));
      log.linkTarget = undefined;
      this.#index(log);
    }
    this.#setFile(log, stat);
    log.isGone = false;
    this.#gone.delete(log);
    this.observe(log, stat);
    this.#areNewestKnown = false;
    this.touch(log);
  }

  /** A finished log that is gone was seen again, unchanged but for its name. */
  confirm(log: Tracked, path: string, stat: FileState): void {
    if (log.path === path && log.changedMs === stat.ctimeMs) return;
    this.#unindex(log);
    log.path = path;
    log.name = parseLogName(basename(path));
    this.#index(log);
    this.#setFile(log, stat);
    log.modifiedMs = stat.mtimeMs;
    log.changedMs = stat.ctimeMs;
    this.touch(log);
  }

  /** Records that `path` does not lead to its log any more. */
  detach(path: string): Tracked | undefined {
    const log = this.#byPath.get(path);
    this.#byPath.delete(path);
    log?.paths.delete(path);
    const [other] = log?.paths ?? [];
    if (log && other !== undefined) log.path = other;
    return log;
  }

  /** Takes over what was seen of the file; true when something changed. */
  observe(log: Tracked, stat: FileState): boolean {
    this.#setFile(log, stat);
    const isSame = log.size === stat.size && log.modifiedMs === stat.mtimeMs && log.changedMs === stat.ctimeMs;
    if (isSame && log.file.path === log.path) return false;
    log.size = stat.size;
    log.modifiedMs = stat.mtimeMs;
    log.changedMs = stat.ctimeMs;
    log.file = {
      ...log.file,
      path: log.path,
      name: basename(log.path).replace(/\.gz$/i, ''),
      modifiedMs: stat.mtimeMs,
    };
    if (!isSame) log.isDirty = true;
    return !isSame;
  }

  /** Moves the position to `mark.at`, up to which everything was handed out. */
  advance(log: Tracked, mark: Mark): void {
    if (log.tail.length > 0) log.earlier = [log.tail, ...log.earlier].slice(0, earlierMarks);
    log.offset = mark.at;
    log.tail = mark;
    this.touch(log);
  }

  /** The position of the log is to be kept. */
  touch(log: Tracked): void {
    this.#changed.add(log);
  }

  /** The file is another log's now, or nobody's. */
  forgetFile(log: Tracked): void {
    const key = inodeKey(log.fileId);
    if (this.#byInode.get(key) === log) this.#byInode.delete(key);
    log.fileId = noFile;
    this.touch(log);
  }

  /** The log is not looked at any more; it is remembered for a while. */
  setGone(log: Tracked): void {
    for (const path of log.paths) this.detach(path);
    log.isGone = true;
    log.isDirty = false;
    log.isExtra = false;
    this.#gone.add(log);
    this.#areNewestKnown = false;
    this.touch(log);
  }

  /** Forgets the oldest of too many logs that are gone; those whose files are still there must be kept. */
  forgetGone(isThere: (log: Tracked) => boolean): void {
    if (this.#gone.size <= maxGone) return;
    for (const log of [...this.#gone]) {
      if (this.#gone.size <= maxGone) break;
      if (!isThere(log)) this.remove(log);
    }
  }

  /** Works out again, when logs came or went, which logs are the newest of their kind and still grow. */
  refreshNewest(): void {
    if (this.#areNewestKnown) return;
    this.#areNewestKnown = true;
    const newest = new Map<string, Tracked>();
    for (const log of this.#logs.values()) {
      log.isNewest = false;
      if (log.isGone) continue;
      const { stem } = log.name;
      // Dated names in one folder are one log in many files; the digits of a host's name are no date.
      const kind = this.#isNameOrdered ? stem.replaceAll(/(?<![a-z\d])\d+/gi, '#') : stem;
      const group = `${dirname(log.path)}/${kind}`;
      const other = newest.get(group);
      if (!other || this.isOlder(other, log)) newest.set(group, log);
    }
    for (const log of newest.values()) log.isNewest = true;
  }

  /** True when the first of two logs of one kind was written before the second. */
  isOlder(one: Tracked, other: Tracked): boolean {
    const byName = this.#isNameOrdered ? compareNames(one.name, other.name) : compareGenerations(one.name, other.name);
    return byName === 0 ? one.modifiedMs < other.modifiedMs : byName < 0;
  }

  /** Positions that changed since the last call. */
  takeChanges(): readonly PositionChange[] {
    const changes: PositionChange[] = [...this.#forgotten].map((key) => ({ key, position: null }));
    for (const log of this.#changed) changes.push({ key: log.key, position: encodePosition(log) });
    this.#forgotten.clear();
    this.#changed.clear();
    return changes;
  }

  /** All positions. */
  positions(): readonly PositionChange[] {
    return [...this.#logs.values()].map((log) => ({ key: log.key, position: encodePosition(log) }));
  }

  /** Takes back positions, later ones for a key in place of earlier ones. Throws when one cannot be understood. */
  restore(positions: readonly PositionChange[]): void {
    const latest = new Map(positions.map(({ key, position }) => [key, position]));
    for (const [key, position] of latest) {
      if (position === null) continue;
      const log = decodePosition(Number(key), position);
      this.#nextId = Math.max(this.#nextId, log.id + 1);
      this.#logs.set(log.key, log);
      this.#index(log);
      if (log.fileId.inode !== 0) this.#byInode.set(inodeKey(log.fileId), log);
      this.setLink(log, log.linkTarget);
      if (log.isGone) this.#gone.add(log);
      else for (const path of log.paths) this.#take(path, log);
    }
  }

  /** Gives the path to a log. One that had it until now is without a name and has to be looked for. */
  #take(path: string, log: Tracked): void {
    const holder = this.#byPath.get(path);
    if (holder && holder !== log) {
      holder.paths.delete(path);
      this.touch(holder);
    }
    this.#byPath.set(path, log);
    log.paths.add(path);
  }

  /** Forgets a log altogether. */
  remove(log: Tracked): void {
    for (const path of [...log.paths]) this.detach(path);
    this.forgetFile(log);
    this.#unindex(log);
    this.#gone.delete(log);
    this.#changed.delete(log);
    this.#logs.delete(log.key);
    this.#forgotten.add(log.key);
    this.#areNewestKnown = false;
  }

  #setFile(log: Tracked, stat: FileState): void {
    // Once the time of birth is known to be one, it stays.
    if (isSameFile(log.fileId, stat) === 'yes' && (log.fileId.isBorn || !fileId(stat).isBorn)) return;
    this.forgetFile(log);
    log.fileId = fileId(stat);
    this.#byInode.set(inodeKey(log.fileId), log);
  }

  #index(log: Tracked): void {
    const relatives = this.#byStem.get(log.name.stem) ?? new Set();
    relatives.add(log);
    this.#byStem.set(log.name.stem, relatives);
  }

  #unindex(log: Tracked): void {
    const relatives = this.#byStem.get(log.name.stem);
    relatives?.delete(log);
    if (relatives?.size === 0) this.#byStem.delete(log.name.stem);
  }
}

function inodeKey({ device, inode }: FileId): string {
  return `${device}:${inode}`;
}
