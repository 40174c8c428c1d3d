// The few file operations that durable state needs, so that a test can lose power or fill the disk in between. Only
// what `sync` and `syncDirectory` have confirmed survives a loss of power.
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf } from '../model/errors.ts';

/** An open file. Positions and lengths are in bytes; all methods throw the system's errors. */
export interface OpenFile {
  /** Fills `into` from `position`; gives the number of bytes read, less than asked for only at the end of the file. */
  read(into: Buffer, position: number): Promise<number>;
  /** Writes all parts one behind the other. After an error any number of the bytes may have been written. */
  write(parts: readonly Uint8Array[], position: number): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Makes content and length durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** `read`: must exist; `write`: made when absent, content kept; `new`: made when absent, emptied otherwise. */
export type OpenMode = 'read' | 'write' | 'new';

/** A file system. */
export interface Files {
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  /** Names in a folder, in no order; none when the folder does not exist. */
  list(directory: string): Promise<readonly string[]>;
  /** Size of a file in bytes; undefined when there is none. */
  size(path: string): Promise<number | undefined>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; nothing happens when there is none. */
  remove(path: string): Promise<void>;
  /** Makes a folder and those above it, durably. */
  makeDirectory(path: string): Promise<void>;
  /** Makes names that were added, changed or removed in the folder durable. */
  syncDirectory(path: string): Promise<void>;
}

const flags: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR | constants.O_CREAT,
  new: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
};

/** The machine's file system. */
export const machineFiles: Files = {
  async open(path, mode) {
    return opened(await open(path, flags[mode], 0o640));
  },
  async list(directory) {
    try {
      return await readdir(directory);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  },
  async size(path) {
    try {
      return (await stat(path)).size;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  },
  rename,
  async remove(path) {
    await rm(path, { force: true });
  },
  async makeDirectory(path) {
    const first = await mkdir(path, { recursive: true });
    if (first === undefined) return;
    for (let made = resolve(path); made.length >= first.length; made = dirname(made))
      await syncDirectory(dirname(made));
  },
  syncDirectory,
};

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    // Some network and foreign file systems cannot sync a folder; a rename is as durable there as it gets.
    if (!['EINVAL', 'ENOTSUP', 'EISDIR'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

function opened(handle: FileHandle): OpenFile {
  return {
    async read(into, position) {
      let done = 0;
      while (done < into.length) {
        const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    },
    async write(parts, position) {
      let rest = parts.filter(({ length }) => length > 0);
      let at = position;
      while (rest.length > 0) {
        const { bytesWritten } = await handle.writev(rest, at);
        at += bytesWritten;
        rest = without(rest, bytesWritten);
      }
    },
    truncate: (length) => handle.truncate(length),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

/** The parts without their first `count` bytes: a full disk takes a part of a write and refuses the next one. */
function without(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = count;
  for (const part of parts) {
    if (skip >= part.length) skip -= part.length;
    else {
      rest.push(skip === 0 ? part : part.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}

/** Writes a whole file so that after any crash there is either the old content or the new one. */
export async function replaceFile(
  files: Files,
  directory: string,
  path: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await files.open(temporary, 'new');
  try {
    await file.write(parts, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(temporary, path);
  await files.syncDirectory(directory);
}
