// A file that a command makes: written under another name beside it, and given its name only when it is complete, so
// that an interruption or a full disk leaves no half-written file (DESIGN 7).
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, messageOf, printable, UsageError } from '../model/errors.ts';
import type { CreateFile, OutputFile } from '../model/command.ts';

/** Begins a file. Throws UsageError when it is there already and must not be replaced, or cannot be made. */
export const createFile: CreateFile = async (path, { mayReplace }): Promise<OutputFile> => {
  if (!mayReplace && (await isThere(path))) {
    throw new UsageError(`${printable(path)} is there already; name another file or use --force`);
  }
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  const handle = await open(partial, 'wx').catch((error: unknown) => {
    throw new UsageError(`${printable(path)} cannot be written: ${messageOf(error)}`);
  });
  const discard = async (): Promise<void> => {
    await handle.close().catch(() => undefined);
    await rm(partial, { force: true });
  };
  return {
    async write(bytes) {
      // A write may take only a part of what it is given, when the disk is nearly full.
      for (let written = 0; written < bytes.length;) {
        written += (await handle.write(bytes, written)).bytesWritten;
      }
    },
    async finish() {
      try {
        await handle.sync();
        await handle.close();
        if (mayReplace) await rename(partial, path);
        else await giveName(partial, path);
      } catch (error) {
        await discard();
        throw error;
      }
    },
    discard,
  };
};

/** Renames without replacing what came there in the meantime. */
async function giveName(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
    await rm(partial);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw new UsageError(`${printable(path)} is there by now; nothing was replaced`);
    // Not every file system knows links.
    await rename(partial, path);
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT',
  );
}
