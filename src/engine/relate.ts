// Decides by content whether a file that was never seen is a log that is known: its copy, its compressed copy, or the
// place it moved to (engine 1.5, 1.7). Names only say which logs to compare with.
import { archiveSource, isArchive } from './archive.ts';
import { agrees, fingerprint, fingerprintBytes, plainAgrees, startOf, survey, tailOf } from './identity.ts';
import type { Mark, Survey } from './identity.ts';
import type { LogHandle } from './log-files.ts';
import { hasUnread } from './tracked.ts';
import type { Tracked } from './tracked.ts';

/** From this position on, equal bytes before it are no coincidence of a banner. */
const certainBytes = 1024;

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
  const start = await startOf(handle);
  for (const log of logs) {
    const isLong = size >= log.fingerprint.length;
    if (isLong && !agrees(log.fingerprint, start, 0)) continue;
    if (size >= log.offset) {
      if (isLong && (await plainAgrees(handle, [log.tail]))) likenesses.push({ log, kind: 'all' });
      continue;
    }
    // A copy made early may be shorter than even the fingerprint has become; then the earlier marks alone speak.
    const mark = log.earlier.find(({ at, length }) => length > 0 && at <= size);
    if (mark && (await plainAgrees(handle, [mark]))) likenesses.push({ log, kind: 'part' });
  }
  return {
    isGzip: false,
    length: size,
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
    return { isGzip: true, length, likenesses: [], fingerprint, tail };
  }
  const marks = alike.flatMap((log) => [log.tail, ...log.earlier]);
  const { found, isDamaged } = await surveyArchive(handle, marks, Infinity);
  const likenesses = alike.flatMap((log): Likeness[] => {
    const hasStart = start.found.agreed.has(log.fingerprint);
    if (found.length >= log.offset) return hasStart && found.agreed.has(log.tail) ? [{ log, kind: 'all' }] : [];
    const isPart = log.earlier.some((mark) => mark.length > 0 && found.agreed.has(mark));
    const isTorn = isDamaged && hasStart;
    return isPart || isTorn ? [{ log, kind: 'part' }] : [];
  });
  const { length, fingerprint, tail } = found;
  return { isGzip: true, length, likenesses: byOffset(likenesses), fingerprint, tail };
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

/**
 * True when the file may be the beginning of a copy of the log that is still being made: it is shorter than what was
 * handed out, and all that can be compared is equal. `original` is the log's own file.
 */
export async function mayBecomeCopy(comparison: Comparison, log: Tracked, original: LogHandle): Promise<boolean> {
  if (log.isGzip || comparison.isGzip || comparison.length > log.size) return false;
  return plainAgrees(original, [comparison.fingerprint]);
}

/** What a file that was never seen is. */
export type Verdict =
  | { readonly kind: 'new' }
  /** A copy of what was handed out already. */
  | { readonly kind: 'copy' }
  /** The log itself, at another place; what is behind its position was not read yet. */
  | { readonly kind: 'moved'; readonly log: Tracked }
  /** Cannot be told before the log it resembles is read to its end, or before another look. */
  | { readonly kind: 'wait' };

/** Judges a file by the comparison. `hasFile` says whether a log can still be read where it was. */
export function judge(
  comparison: Comparison,
  how: {
    /** Its name is one that rotation or compression made. */
    readonly isRotatedName: boolean;
    /** It was looked at before and had to wait. */
    readonly hasWaited: boolean;
    hasFile(log: Tracked): boolean;
  },
): Verdict {
  for (const { log, kind } of comparison.likenesses) {
    if (kind === 'part') {
      if (how.isRotatedName) return { kind: 'copy' };
    } else if (how.hasFile(log)) {
      // At the place of the log itself a file with the same beginning is a new log: the old one is elsewhere.
      if (!how.isRotatedName) continue;
      if (log.isDirty || hasUnread(log)) return { kind: 'wait' };
      if (comparison.length <= log.offset) return { kind: 'copy' };
      // A copy cannot have more than its original, unless that has grown and was copied since it was looked at.
      if (!how.hasWaited) return { kind: 'wait' };
    } else if (how.isRotatedName || log.offset >= certainBytes) return { kind: 'moved', log };
  }
  return { kind: 'new' };
}
