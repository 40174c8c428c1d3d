// Files as they were seen at their paths, and whether such a file still is the log that it was the last time.
import { fileId, isSameFile } from './identity.ts';
import { isAbsence, statAll } from './log-files.ts';
import type { FileState, LogFiles, LogHandle } from './log-files.ts';
import type { Parts } from './parts.ts';
import { compareContent } from './relate.ts';
import type { Tracked } from './tracked.ts';

/** A file seen at a path. */
export interface Sighting {
  readonly path: string;
  readonly stat: FileState;
  /** The stem of the log that it may be a generation of, when its name does not say so. */
  readonly stem?: string | undefined;
}

/** The files at these paths now; what is no file, or cannot be looked at, is left out. */
export async function seeFiles(files: LogFiles, paths: readonly string[]): Promise<Sighting[]> {
  const stats = await statAll(files, paths);
  return paths.flatMap((path, index) => {
    const stat = stats[index];
    return stat && !(stat instanceof Error) && stat.isFile() ? [{ path, stat }] : [];
  });
}

/** Opens exactly the file that was seen; undefined when the path leads elsewhere by now. */
export async function openSighting(files: LogFiles, { path, stat }: Sighting): Promise<LogHandle | undefined> {
  const handle = await files.open(path).catch((error: unknown) => {
    if (isAbsence(error)) return undefined;
    throw error;
  });
  if (!handle) return undefined;
  try {
    if (isSameFile(fileId(stat), await handle.stat()) !== 'no') return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

/** Whether the file still is the log: by its number and birth, or its number and being open, unchanged or alike. */
export async function isSameLog(log: Tracked, sighting: Sighting, { files, handles }: Parts): Promise<boolean> {
  const { stat } = sighting;
  const bySystem = isSameFile(log.fileId, stat);
  if (bySystem !== 'perhaps') return bySystem === 'yes';
  // The number of an open file is not given to another.
  if (handles.of(log) !== undefined) return true;
  if (log.size === stat.size && log.modifiedMs === stat.mtimeMs && log.changedMs === stat.ctimeMs) return true;
  // There is no content to go by, or it is an archive, which has no reason to change. Another file with the number is
  // judged as one that was never seen.
  const isRenamed = log.size === stat.size && log.modifiedMs === stat.mtimeMs;
  if (log.fingerprint.length === 0 || log.isGzip === true) return isRenamed;
  try {
    const handle = await openSighting(files, sighting);
    if (!handle) return false;
    try {
      const { isGzip, likenesses } = await compareContent(handle, [log]);
      // Compressing makes another file.
      return isGzip === (log.isGzip ?? isGzip) && likenesses.some(({ kind }) => kind === 'all');
    } finally {
      await handle.close();
    }
  } catch {
    // Unreadable: not to be taken for the log now.
    return false;
  }
}
