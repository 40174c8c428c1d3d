// All logs of a follower, found by path, by inode and by name, with the positions that changed since they were last
// asked for. Nothing here touches files.
import { basename, dirname } from 'node:path';
import { fileId, isSameFile, noFile } from './identity.ts';
import type { FileId, Mark } from './identity.ts';
import type { FileState } from './log-files.ts';
import { decodePosition, decodeWaiting, encodePosition, encodeWaiting } from './position.ts';
import type { PositionChange, WaitingFile } from './position.ts';
import { compareGenerations, compareNames, parseLogName } from './rotation.ts';
import { blankLog } from './tracked.ts';
import type { Tracked } from './tracked.ts';

/** Marks kept in memory to recognise a copy that was made before the last lines were read. */
const earlierMarks = 8;
/** Logs that are gone and are still remembered, so that a compressed copy is not read again. */
const maxGone = 1000;

const waitingKey = 'waiting:';

/** All logs of a follower, with the changes that were not yet fetched. */
export class LogBook {
  readonly #isNameOrdered: boolean;
  readonly #logs = new Map<string, Tracked>();
  readonly #byPath = new Map<string, Tracked>();
  readonly #byInode = new Map<string, Tracked>();
  readonly #byStem = new Map<string, Set<Tracked>>();
  readonly #gone = new Set<Tracked>();
  readonly #waiting = new Map<string, WaitingFile>();
  readonly #changed = new Set<Tracked>();
  readonly #changedWaiting = new Set<string>();
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
    // Of an empty log nothing can be recognised.
    if (log.fingerprint.length === 0) this.forgetFile(log);
    this.#gone.add(log);
    this.#areNewestKnown = false;
    this.touch(log);
    for (const oldest of this.#gone) {
      if (this.#gone.size <= maxGone) break;
      this.#forget(oldest);
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

  /** Files that wait to be judged, by path. */
  get waiting(): ReadonlyMap<string, WaitingFile> {
    return this.#waiting;
  }

  /** Keeps a file that waits among the positions, or (undefined) not any more. */
  setWaiting(path: string, stat: FileState | undefined): void {
    const known = this.#waiting.get(path);
    if (stat ? known && isSameFile(known.fileId, stat) === 'yes' : !known) return;
    if (stat) this.#waiting.set(path, { path, fileId: fileId(stat) });
    else this.#waiting.delete(path);
    this.#changedWaiting.add(path);
  }

  /** Positions that changed since the last call. */
  takeChanges(): readonly PositionChange[] {
    const changes: PositionChange[] = [...this.#forgotten].map((key) => ({ key, position: null }));
    for (const path of this.#changedWaiting) {
      const file = this.#waiting.get(path);
      changes.push({ key: waitingKey + path, position: file ? encodeWaiting(file) : null });
    }
    this.#changedWaiting.clear();
    for (const log of this.#changed) changes.push({ key: log.key, position: encodePosition(log) });
    this.#forgotten.clear();
    this.#changed.clear();
    return changes;
  }

  /** All positions. */
  positions(): readonly PositionChange[] {
    const waiting = [...this.#waiting.values()].map((file) => ({
      key: waitingKey + file.path,
      position: encodeWaiting(file),
    }));
    return [...waiting, ...[...this.#logs.values()].map((log) => ({ key: log.key, position: encodePosition(log) }))];
  }

  /** Takes back positions, later ones for a key in place of earlier ones. Throws when one cannot be understood. */
  restore(positions: readonly PositionChange[]): void {
    const latest = new Map(positions.map(({ key, position }) => [key, position]));
    for (const [key, position] of latest) {
      if (position === null) continue;
      if (key.startsWith(waitingKey)) {
        const file = decodeWaiting(position);
        this.#waiting.set(file.path, file);
        continue;
      }
      const log = decodePosition(Number(key), position);
      this.#nextId = Math.max(this.#nextId, log.id + 1);
      this.#logs.set(log.key, log);
      this.#index(log);
      if (log.fileId.inode !== 0) this.#byInode.set(inodeKey(log.fileId), log);
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

  #forget(log: Tracked): void {
    this.forgetFile(log);
    this.#unindex(log);
    this.#gone.delete(log);
    this.#changed.delete(log);
    this.#logs.delete(log.key);
    this.#forgotten.add(log.key);
  }

  #setFile(log: Tracked, stat: FileState): void {
    if (isSameFile(log.fileId, stat) === 'yes') return;
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
