// The form in which positions are kept on disk. What is read back is checked, because a newer version may have written
// it.
import type { JsonValue } from '../model/family.ts';
import type { FileId, Mark } from './identity.ts';
import { blankLog } from './tracked.ts';
import type { Tracked } from './tracked.ts';

/** A changed position; null: the log can be forgotten. */
export interface PositionChange {
  readonly key: string;
  readonly position: JsonValue | null;
}

/** What is kept of a log. */
export function encodePosition(log: Tracked): JsonValue {
  return {
    path: log.path,
    ...(log.linkTarget === undefined ? {} : { linkTarget: log.linkTarget }),
    ...log.fileId,
    size: log.size,
    modifiedMs: log.modifiedMs,
    readSize: log.readSize,
    readModifiedMs: log.readModifiedMs,
    changedMs: log.changedMs,
    offset: log.offset,
    fingerprint: [log.fingerprint.at, log.fingerprint.length, log.fingerprint.hash],
    tail: [log.tail.at, log.tail.length, log.tail.hash],
    ...(log.isGzip === undefined ? {} : { isGzip: log.isGzip }),
    ...(log.isFinished ? { isFinished: true } : {}),
    ...(log.isGone ? { isGone: true } : {}),
    ...(log.isExtra ? { isExtra: true } : {}),
    ...(log.isCopy ? { isCopy: true } : {}),
    ...(log.paths.size === 0 && !log.isGone ? { isNameless: true } : {}),
  };
}

/** Where a log is and how far it is read. */
export function placeOf(position: JsonValue): { readonly path: string; readonly offset: number } {
  const { path, offset } = isRecord(position) ? position : {};
  return { path: typeof path === 'string' ? path : '', offset: typeof offset === 'number' ? offset : 0 };
}

/** Takes back a log under its number; throws when it cannot be understood. */
export function decodePosition(id: number, position: JsonValue): Tracked {
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
  log.fileId = decodeFileId(fields, path);
  log.size = number('size');
  log.modifiedMs = number('modifiedMs');
  log.readSize = number('readSize');
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
  log.isCopy = fields['isCopy'] === true;
  if (!log.isGone && fields['isNameless'] !== true) log.paths.add(path);
  log.isVerified = false;
  return log;
}

function isRecord(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeFileId({ device, inode, birthMs, isBorn }: Readonly<Record<string, JsonValue>>, path: string): FileId {
  if (typeof device !== 'number' || typeof inode !== 'number' || typeof birthMs !== 'number') {
    throw new Error(`the position of ${path} has no usable file number`);
  }
  return { device, inode, birthMs, isBorn: isBorn === true };
}

function decodeMark(value: JsonValue | undefined, path: string): Mark {
  const [at, length, hash] = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  if (typeof at !== 'number' || typeof length !== 'number' || typeof hash !== 'string') {
    throw new Error(`the position of ${path} has no usable mark`);
  }
  return { at, length, hash };
}
