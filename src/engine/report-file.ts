// A file of single lines that other programs follow, as the report of the backup: grows by whole lines, stays small.
import { open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { systemClock } from '../model/clock.ts';
import type { AppendReport } from '../model/command.ts';
import { messageOf, printable, UsageError } from '../model/errors.ts';

/** Beyond this the file becomes `FILE.1`, and the one before goes: years of runs. */
const limitBytes = 1_000_000;

/** Appends a line. Throws UsageError with the path when it cannot be written. */
export const appendReport: AppendReport = async (path, lineOf) => {
  const line = Buffer.from(`${lineOf(systemClock.now(), process.pid)}\n`, 'latin1');
  try {
    const { isFull, isTorn } = await lookAt(path, line.length);
    if (isFull) await rename(path, `${path}.1`);
    const file = await open(path, 'a');
    try {
      // One write, so that two runs at the same moment do not mix their lines.
      await file.appendFile(isTorn && !isFull ? Buffer.concat([Buffer.from('\n'), line]) : line);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new UsageError(`the report ${printable(path)} cannot be written: ${messageOf(error)}`);
  }
};

/** Whether the file has no room for so many bytes more, and whether its last line was cut by a crash or a full disk. */
async function lookAt(path: string, more: number): Promise<{ readonly isFull: boolean; readonly isTorn: boolean }> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch {
    // Not there yet, or not to be read: then writing says why.
    return { isFull: false, isTorn: false };
  }
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    return { isFull: size + more > limitBytes, isTorn: size > 0 && last[0] !== 0x0a };
  } finally {
    await file.close();
  }
}
