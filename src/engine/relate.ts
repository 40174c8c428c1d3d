// Decides by content whether a file that was never seen is a log that is known: its copy, its compressed copy, or the
// place it moved to (engine 1.5, 1.7). Names only say which logs to compare with.
import { archiveSource, isArchive } from './archive.ts';
import { agrees, fingerprint, fingerprintBytes, plainAgrees, startOf, survey, tailOf } from './identity.ts';
import type { Mark, Survey } from './identity.ts';
import type { LogHandle } from './log-files.ts';
import type { Tracked } from './tracked.ts';

/** Logs of one kind may all begin with the same text; up to here that says nothing about a file that has less. */
const bannerBytes = 5 * 1024;

/** The content of a file compared with a log. */
export interface Likeness {
  readonly log: Tracked;
  /** `all`: everything that was handed out of the log is in the file. `part`: the file ends before the log's position. */
  readonly kind: 'all' | 'part';
}

/** What comparing a file with logs gave. */
export interface Comparison {
  readonly isGzip: boolean;
  /** Length of the content in decompressed bytes. */
  readonly length: number;
  /** Logs that do not begin otherwise, as far as can be told: of these it may be a copy. */
  readonly alike: readonly Tracked[];
  /** Best first. */
  readonly likenesses: readonly Likeness[];
  /** Fingerprint and last bytes of the file, to recognise it by from now on. */
  readonly fingerprint: Mark;
  readonly tail: Mark;
}

/** Compares an open file with the logs. System errors are thrown. */
export async function compareContent(handle: LogHandle, logs: readonly Tracked[]): Promise<Comparison> {
  return (await isArchive(handle)) ? compareArchive(handle, logs) : comparePlain(handle, logs);
}

async function comparePlain(handle: LogHandle, logs: readonly Tracked[]): Promise<Comparison> {
  const { size } = await handle.stat();
  const likenesses: Likeness[] = [];
  const alike: Tracked[] = [];
  const start = await startOf(handle);
  for (const log of logs) {
    const isLong = size >= log.fingerprint.length;
    if (isLong && !agrees(log.fingerprint, start, 0)) continue;
    alike.push(log);
    if (size >= log.offset) {
      if (isLong && (await plainAgrees(handle, [log.tail]))) likenesses.push({ log, kind: 'all' });
      continue;
    }
    // A copy made early may be shorter than even the fingerprint has become; then the earlier marks alone speak.
    const mark = log.earlier.find(({ at }) => at <= size);
    if (mark && mark.at > bannerBytes && (await plainAgrees(handle, [mark]))) likenesses.push({ log, kind: 'part' });
  }
  return {
    isGzip: false,
    length: size,
    alike,
    likenesses: byOffset(likenesses),
    fingerprint: fingerprint(start),
    tail: await tailOf(handle, size),
  };
}

async function compareArchive(handle: LogHandle, logs: readonly Tracked[]): Promise<Comparison> {
  const start = await surveyArchive(
    handle,
    logs.map((log) => log.fingerprint),
    fingerprintBytes,
  );
  const isAlike = ({ fingerprint }: Tracked): boolean =>
    start.found.agreed.has(fingerprint) || start.found.length < fingerprint.length;
  const alike = logs.filter(isAlike);
  if (alike.length === 0) {
    const { length, fingerprint, tail } = start.found;
    return { isGzip: true, length, alike, likenesses: [], fingerprint, tail };
  }
  const marks = alike.flatMap((log) => [log.tail, ...log.earlier]);
  const { found, isDamaged } = await surveyArchive(handle, marks, Infinity);
  const likenesses = alike.flatMap((log): Likeness[] => {
    const hasStart = start.found.agreed.has(log.fingerprint);
    if (found.length >= log.offset) return hasStart && found.agreed.has(log.tail) ? [{ log, kind: 'all' }] : [];
    const isPart = log.earlier.some((mark) => mark.at > bannerBytes && found.agreed.has(mark));
    const isTorn = isDamaged && hasStart;
    return isPart || isTorn ? [{ log, kind: 'part' }] : [];
  });
  const { length, fingerprint, tail } = found;
  return { isGzip: true, length, alike, likenesses: byOffset(likenesses), fingerprint, tail };
}

async function surveyArchive(
  handle: LogHandle,
  marks: readonly Mark[],
  limit: number,
): Promise<{ readonly found: Survey; readonly isDamaged: boolean }> {
  const source = archiveSource(handle);
  try {
    return { found: await survey(source, marks, limit), isDamaged: source.damages.length > 0 };
  } finally {
    source.close();
  }
}

function byOffset(likenesses: readonly Likeness[]): Likeness[] {
  return likenesses.toSorted((one, other) => other.log.offset - one.log.offset);
}
