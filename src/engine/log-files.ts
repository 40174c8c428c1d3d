// What following needs of the file system, so that the tests can give it one in memory on which every step of a writer
// comes between any two steps of the follower.
import { stat } from 'node:fs';
import type { Dirent, Stats } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { codeOf } from '../model/errors.ts';

/** The state of a file, as the system gives it. */
export type FileState = Pick<
  Stats,
  'dev' | 'ino' | 'nlink' | 'size' | 'mtimeMs' | 'ctimeMs' | 'birthtimeMs' | 'isFile' | 'isDirectory'
>;

/** A name in a folder, as the system gives it. */
export type FolderEntry = Pick<Dirent, 'name' | 'isDirectory' | 'isSymbolicLink'>;

/** A file that is open for reading. Its methods reject with the system's errors. */
export interface LogHandle {
  stat(): Promise<FileState>;
  /** Reads at most `length` bytes from `position` (null: where the last reading ended) to `at` of the buffer. */
  read(buffer: Buffer, at: number, length: number, position: number | null): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

/** The part of the file system that following uses; it never writes. */
export interface LogFiles {
  /** The state of what a path leads to; undefined when there is nothing, an error when that cannot be told. */
  stat(path: string): Promise<FileState | Error | undefined>;
  /** The names in a folder. Rejects with the system's error. */
  list(folder: string): Promise<readonly FolderEntry[]>;
  /** Opens a file for reading. Rejects with the system's error. */
  open(path: string): Promise<LogHandle>;
  /** The path without links. Rejects with the system's error. */
  realPath(path: string): Promise<string>;
}

/** Codes that say that something is not there, which is no fault. */
const absenceCodes = new Set(['ENOENT', 'ENOTDIR']);

/** True for an error that says that there is no such file. */
export function isAbsence(error: unknown): boolean {
  return absenceCodes.has(codeOf(error) ?? '');
}

/** The machine's file system. */
export const systemLogFiles: LogFiles = {
  stat: (path) =>
    new Promise((resolve) => {
      stat(path, (error, found) => {
        if (!error) resolve(found);
        else resolve(isAbsence(error) ? undefined : error);
      });
    }),
  list: (folder) => readdir(folder, { withFileTypes: true }),
  open: (path) => open(path, 'r'),
  realPath: (path) => realpath(path),
};

/** No more calls are under way at once, so that the other work of the thread pool goes on. */
const concurrency = 16;

/** The state of many paths, in their order. */
export async function statAll(files: LogFiles, paths: readonly string[]): Promise<(FileState | Error | undefined)[]> {
  const results: (FileState | Error | undefined)[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < paths.length; index = next++) {
      results[index] = await files.stat(paths[index] as string);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, paths.length) }, work));
  return results;
}
