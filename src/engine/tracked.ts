// What is known of one log: where it is now, how it is recognised again, and how far it was handed out.
import { basename } from 'node:path';
import type { LogFile } from '../model/family.ts';
import { noFile, noMark } from './identity.ts';
import type { FileId, Mark } from './identity.ts';
import type { LongLine } from './reader.ts';
import { parseLogName } from './rotation.ts';
import type { LogName } from './rotation.ts';

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
  fileId: FileId;
  size: number;
  modifiedMs: number;
  changedMs: number;
  /** Size and modification time when the file was last known to be this log. */
  readSize: number;
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
  /** A copy of another log. When it changes it is judged anew, because it was still being made. */
  isCopy: boolean;
  /** No later generation of it is known, so lines are still expected. */
  isNewest: boolean;
  /** Monotonic time of the last change. */
  changedAtMs: number;
  /** Monotonic time until which it is looked at each time. */
  watchedUntilMs: number;
}

/** True while something of the log, as far as it was seen, was not handed out. */
export function hasUnread(log: Tracked): boolean {
  return log.isGzip ? !log.isFinished : log.offset < log.size;
}

/** A log of which nothing is known but a path. */
export function blankLog(id: number, path: string): Tracked {
  return {
    key: String(id),
    id,
    path,
    name: parseLogName(basename(path)),
    paths: new Set(),
    linkTarget: undefined,
    file: { path, name: basename(path).replace(/\.gz$/i, ''), modifiedMs: 0, id },
    isGzip: undefined,
    fileId: noFile,
    size: 0,
    modifiedMs: 0,
    changedMs: 0,
    readSize: 0,
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
    isCopy: false,
    isNewest: false,
    changedAtMs: -Infinity,
    watchedUntilMs: -Infinity,
  };
}
