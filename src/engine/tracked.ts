// What is known of each log: where it is now, how it is recognised again, and how far it was handed out. Also the form
// in which that is kept on disk. Nothing here touches files.
import { basename, dirname } from 'node:path';
import type { Stats } from 'node:fs';
import type { JsonValue, LogFile } from '../model/family.ts';
import { noMark } from './identity.ts';
import type { Mark } from './identity.ts';
import type { LongLine } from './reader.ts';
import { compareGenerations, parseLogName } from './rotation.ts';
import type { LogName } from './rotation.ts';

/** A changed position; null: the log can be forgotten. */
export interface PositionChange {
  readonly key: string;
  readonly position: JsonValue | null;
}

/** Marks kept in memory to recognise a copy that was made before the last lines were read. */
const earlierMarks = 8;
/** Logs that are gone and are still remembered, so that a compressed copy is not read again. */
const maxGone = 1000;

/** One log, whatever its file is called. */
export interface Tracked {
  readonly key: string;
  readonly id: number;
  /** Where it was seen last. */
  path: string;
  name: LogName;
  /** Where it is now; empty when no name leads to it any more. Links may give it several. */
  readonly paths: Set<string>;
  /** What `path` leads to when that is a symbolic link. */
  linkTarget: string | undefined;
  file: LogFile;
  /** Undefined until its first bytes were seen. */
  isGzip: boolean | undefined;
  device: number;
  inode: number;
  size: number;
  modifiedMs: number;
  changedMs: number;
  /** The modification time when the file was last known to be this log. */
  readModifiedMs: number;
  /** Start of the first line that was not handed out, in decompressed bytes. */
  offset: number;
  fingerprint: Mark;
  /** The bytes before `offset`. */
  tail: Mark;
  earlier: Mark[];
  /** A line that is too long and is being skipped, and up to where. */
  long: { readonly line: LongLine; readonly scannedTo: number } | undefined;
  /** Something about the file changed since it was last read. */
  isDirty: boolean;
  /** The file was compared with the marks since the start of the process, or has not changed since they were made. */
  isVerified: boolean;
  /** Nothing more is expected; what is left without a line feed was taken. */
  isFinished: boolean;
  /** The next reading takes what is left and finishes. */
  isFinishing: boolean;
  /** Not looked at any more: its file does not exist, or is a finished generation. Only kept to be recognised. */
  isGone: boolean;
  /** Not found by the configured paths, but a generation of a log that is. */
  isExtra: boolean;
  /** No later generation of it is known, so lines are still expected. */
  isNewest: boolean;
  wasOpened: boolean;
  /** Monotonic time of the last change. */
  changedAtMs: number;
  /** Monotonic time until which it is looked at each time. */
  watchedUntilMs: number;
}

/** A file that is not found by the configured paths and could not be judged yet: it must not be forgotten. */
export interface WaitingFile {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
}

const waitingKey = 'waiting:';

/** True while something of the log, as far as it was seen, was not handed out. */
export function hasUnread(log: Tracked): boolean {
  return log.isGzip ? !log.isFinished : log.offset < log.size;
}

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

  /** The log that had this device and inode last. */
  byInode(stat: Stats): Tracked | undefined {
    return this.#byInode.get(inodeKey(stat.dev, stat.ino));
  }

  /** Logs whose names have this stem, in any folder. */
  relatives(stem: string): readonly Tracked[] {
    return [...(this.#byStem.get(stem) ?? [])];
  }

  /** A new log at the start of the file at `path`. */
  add(path: string, stat: Stats, nowMs: number): Tracked {
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
  attach(log: Tracked, path: string, stat: Stats): void {
    this.#byPath.get(path)?.paths.delete(path);
    this.#byPath.set(path, log);
    log.paths.add(path);
    if (log.path !== path) {
      this.#unindex(log);
      log.path = path;
      log.name = parseLogName(basename(path));
      log.linkTarget = undefined;
      this.#index(log);
    }
    if (log.device !== stat.dev || log.inode !== stat.ino) this.#setInode(log, stat);
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
  observe(log: Tracked, stat: Stats): boolean {
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

  /** The inode is another log's now, or nobody's. */
  forgetInode(log: Tracked): void {
    const key = inodeKey(log.device, log.inode);
    if (this.#byInode.get(key) === log) this.#byInode.delete(key);
    log.device = 0;
    log.inode = 0;
    this.touch(log);
  }

  /** The log is not looked at any more; it is remembered for a while. */
  setGone(log: Tracked): void {
    for (const path of log.paths) this.detach(path);
    log.isGone = true;
    log.isDirty = false;
    log.isExtra = false;
    // Of an empty log nothing can be recognised.
    if (log.fingerprint.length === 0) this.forgetInode(log);
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
      const group = this.#isNameOrdered ? dirname(log.path) : `${dirname(log.path)}/${log.name.stem}`;
      const other = newest.get(group);
      if (!other || this.isOlder(other, log)) newest.set(group, log);
    }
    for (const log of newest.values()) log.isNewest = true;
  }

  /** True when the first of two logs of one kind was written before the second. */
  isOlder(one: Tracked, other: Tracked): boolean {
    if (this.#isNameOrdered) return basename(one.path) < basename(other.path);
    const byName = compareGenerations(one.name, other.name);
    return byName === 0 ? one.modifiedMs < other.modifiedMs : byName < 0;
  }

  /** Files that wait to be judged, by path. */
  get waiting(): ReadonlyMap<string, WaitingFile> {
    return this.#waiting;
  }

  /** Keeps a file that waits among the positions, or (undefined) not any more. */
  setWaiting(path: string, stat: Stats | undefined): void {
    if (stat) this.#waiting.set(path, { path, device: stat.dev, inode: stat.ino });
    else if (!this.#waiting.delete(path)) return;
    this.#changedWaiting.add(path);
  }

  /** Positions that changed since the last call. */
  takeChanges(): readonly PositionChange[] {
    const changes: PositionChange[] = [...this.#forgotten].map((key) => ({ key, position: null }));
    for (const path of this.#changedWaiting) {
      const file = this.#waiting.get(path);
      changes.push({ key: waitingKey + path, position: file ? { ...file } : null });
    }
    this.#changedWaiting.clear();
    for (const log of this.#changed) changes.push({ key: log.key, position: encodePosition(log) });
    this.#forgotten.clear();
    this.#changed.clear();
    return changes;
  }

  /** All positions. */
  positions(): readonly PositionChange[] {
    const waiting = [...this.#waiting.values()].map((file) => ({ key: waitingKey + file.path, position: { ...file } }));
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
      if (log.inode !== 0) this.#byInode.set(inodeKey(log.device, log.inode), log);
      if (log.isGone) this.#gone.add(log);
      else for (const path of log.paths) this.#byPath.set(path, log);
    }
  }

  #forget(log: Tracked): void {
    this.forgetInode(log);
    this.#unindex(log);
    this.#gone.delete(log);
    this.#changed.delete(log);
    this.#logs.delete(log.key);
    this.#forgotten.add(log.key);
  }

  #setInode(log: Tracked, stat: Stats): void {
    this.forgetInode(log);
    log.device = stat.dev;
    log.inode = stat.ino;
    this.#byInode.set(inodeKey(stat.dev, stat.ino), log);
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

function inodeKey(device: number, inode: number): string {
  return `${device}:${inode}`;
}

function blankLog(id: number, path: string): Tracked {
  return {
    key: String(id),
    id,
    path,
    name: parseLogName(basename(path)),
    paths: new Set(),
    linkTarget: undefined,
    file: { path, name: basename(path).replace(/\.gz$/i, ''), modifiedMs: 0, id },
    isGzip: undefined,
    device: 0,
    inode: 0,
    size: 0,
    modifiedMs: 0,
    changedMs: 0,
    readModifiedMs: 0,
    offset: 0,
    fingerprint: noMark,
    tail: noMark,
    earlier: [],
    long: undefined,
    isDirty: false,
    isVerified: true,
    isFinished: false,
    isFinishing: false,
    isGone: false,
    isExtra: false,
    isNewest: false,
    wasOpened: false,
    changedAtMs: -Infinity,
    watchedUntilMs: -Infinity,
  };
}

function encodePosition(log: Tracked): JsonValue {
  return {
    path: log.path,
    ...(log.linkTarget === undefined ? {} : { linkTarget: log.linkTarget }),
    device: log.device,
    inode: log.inode,
    size: log.size,
    modifiedMs: log.modifiedMs,
    readModifiedMs: log.readModifiedMs,
    changedMs: log.changedMs,
    offset: log.offset,
    fingerprint: [log.fingerprint.at, log.fingerprint.length, log.fingerprint.hash],
    tail: [log.tail.at, log.tail.length, log.tail.hash],
    ...(log.isGzip === undefined ? {} : { isGzip: log.isGzip }),
    ...(log.isFinished ? { isFinished: true } : {}),
    ...(log.isGone ? { isGone: true } : {}),
    ...(log.isExtra ? { isExtra: true } : {}),
    ...(log.paths.size === 0 && !log.isGone ? { isNameless: true } : {}),
  };
}

function decodeWaiting(position: JsonValue): WaitingFile {
  const { path, device, inode } = isRecord(position) ? position : {};
  if (typeof path !== 'string' || typeof device !== 'number' || typeof inode !== 'number') {
    throw new Error('a position of the state cannot be understood');
  }
  return { path, device, inode };
}

function decodePosition(id: number, position: JsonValue): Tracked {
  const fields = isRecord(position) ? position : {};
  const path = fields['path'];
  if (!Number.isSafeInteger(id) || id <= 0 || typeof path !== 'string') {
    throw new Error('a position of the state cannot be understood');
  }
  const number = (name: string): number => {
    const value = fields[name];
    if (typeof value !== 'number') throw new Error(`the position of ${path} has no ${name}`);
    return value;
  };
  const log = blankLog(id, path);
  log.linkTarget = typeof fields['linkTarget'] === 'string' ? fields['linkTarget'] : undefined;
  log.device = number('device');
  log.inode = number('inode');
  log.size = number('size');
  log.modifiedMs = number('modifiedMs');
  log.readModifiedMs = number('readModifiedMs');
  log.changedMs = number('changedMs');
  log.file = { ...log.file, modifiedMs: log.modifiedMs };
  log.offset = number('offset');
  log.fingerprint = decodeMark(fields['fingerprint'], path);
  log.tail = decodeMark(fields['tail'], path);
  log.isGzip = typeof fields['isGzip'] === 'boolean' ? fields['isGzip'] : undefined;
  log.isFinished = fields['isFinished'] === true;
  log.isGone = fields['isGone'] === true;
  log.isExtra = fields['isExtra'] === true;
  if (!log.isGone && fields['isNameless'] !== true) log.paths.add(path);
  log.isVerified = false;
  log.wasOpened = true;
  return log;
}

function isRecord(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeMark(value: JsonValue | undefined, path: string): Mark {
  const [at, length, hash] = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  if (typeof at !== 'number' || typeof length !== 'number' || typeof hash !== 'string') {
    throw new Error(`the position of ${path} has no usable mark`);
  }
  return { at, length, hash };
}
