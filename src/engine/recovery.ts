// Reading a journal at start: the newest good snapshot and the commits after it. What cannot be used is set aside
// under another name, never deleted. Batches are skipped, so memory does not grow with the spool (engine 4.5).
import { basename } from 'node:path';
import type { Files } from './durable.ts';
import { newerVersion, recordBytes, recordHeadBytes, segmentHeaderBytes } from './records.ts';
import type { RecordHead, SegmentHeader, StatePart } from './records.ts';
import { listSegments, openSegment, segmentPath } from './segments.ts';
import type { Segment, SegmentReader } from './segments.ts';

/** What was found in a journal's folder. */
export interface Found {
  /** Segments that can be read, oldest first; the last one is where the journal goes on. */
  readonly segments: readonly Segment[];
  readonly snapshot: StatePart | undefined;
  readonly commits: readonly StatePart[];
  /** Number of the last commit, and totals up to its end. */
  readonly commit: number;
  readonly points: number;
  readonly bytes: number;
  /** Size of the snapshot and of all changes after it, in bytes. */
  readonly snapshotBytes: number;
  readonly changesBytes: number;
  /** The next free segment number. */
  readonly nextNumber: number;
  /** True when the file of the last segment has bytes behind `end` that must be cut off before it is written to. */
  readonly hasTail: boolean;
  /** True when the last segment must not be written to: it is damaged somewhere. */
  readonly isWorn: boolean;
  /** What was damaged, for people; undefined when nothing was lost. */
  readonly lost: string | undefined;
  /** Commits existed and no snapshot can be used. */
  readonly isStateLost: boolean;
}

interface Examined {
  readonly number: number;
  readonly header: SegmentHeader;
  readonly first: RecordHead;
  readonly size: number;
  readonly snapshot: StatePart | undefined;
}

interface Walk {
  readonly commits: readonly StatePart[];
  readonly end: number;
  readonly last: RecordHead;
  readonly changesBytes: number;
  /** Why the walk ended before `limit`, when something good was behind that place. */
  readonly damage: string | undefined;
}

/**
 * Reads the journal in `directory`. Damaged segments after the last usable commit get the ending `.bad`; so do all
 * when none is usable. With `keepsNewer`, segments of a newer program keep their names then: it can use them again.
 */
export async function recover(files: Files, directory: string, keepsNewer: boolean): Promise<Found> {
  const { numbers, bad, leftovers } = await listSegments(files, directory);
  const nextNumber = Math.max(0, ...numbers, ...bad) + 1;
  for (const path of leftovers) await files.remove(path).catch(() => undefined);
  const faults: string[] = [];
  const examined = await examineAll(files, directory, numbers, faults);
  const base = examined.findLastIndex(({ snapshot }) => snapshot !== undefined);
  const start = examined[base];
  if (!start?.snapshot) {
    const isNewer = faults.some((fault) => fault.includes(newerVersion));
    if (!keepsNewer || !isNewer) await setAside(files, directory, numbers);
    const isStateLost = numbers.length + bad.length > 0;
    const lost = isStateLost ? `no usable state: ${faults.join('; ') || 'all of it was set aside before'}` : undefined;
    return { ...nothing, nextNumber, isStateLost, lost };
  }
  // Segments from before the newest good snapshot are needed for what is not delivered yet, not for the state.
  const segments: Segment[] = [];
  for (let index = 0; index < base; index++) {
    const one = examined[index];
    const following = examined[index + 1];
    if (!one || !following) continue;
    const end = following.header.previous === one.number ? following.header.previousEnd : one.size;
    segments.push(segmentOf(directory, one, Math.min(end, one.size)));
  }
  const { passed, current, walk, commits, changesBytes } = await readOn(
    files,
    directory,
    start,
    examined.slice(base + 1),
  );
  segments.push(...passed, segmentOf(directory, current, walk.end));
  const unreached = numbers.filter((number) => number > current.number);
  const unreadable = numbers.filter((number) => !segments.some((segment) => segment.number === number));
  await setAside(files, directory, unreadable);
  if (walk.damage !== undefined) faults.push(walk.damage);
  const isShort = walk.damage !== undefined || unreached.length > 0;
  const { last } = walk;
  const isCommit = last.type === 'commit';
  return {
    segments,
    snapshot: start.snapshot,
    commits,
    commit: last.commit,
    points: last.pointsBefore + (isCommit ? last.points : 0),
    bytes: last.bytesBefore + (isCommit ? recordBytes(last) : 0),
    snapshotBytes: start.first.state.length,
    changesBytes,
    nextNumber,
    hasTail: !isShort && walk.end < current.size,
    isWorn: isShort || current !== start,
    lost: isShort ? faults.join('; ') : undefined,
    isStateLost: false,
  };
}

interface Chain {
  /** Segments that were read to where the next one goes on. */
  readonly passed: readonly Segment[];
  readonly current: Examined;
  /** How far the last one could be read. */
  readonly walk: Walk;
  readonly commits: readonly StatePart[];
  readonly changesBytes: number;
}

/** Reads the commits of `start` and, while one goes on where the other ended, of newer ones with a damaged snapshot. */
async function readOn(files: Files, directory: string, start: Examined, newer: readonly Examined[]): Promise<Chain> {
  const passed: Segment[] = [];
  let current = start;
  let commits: readonly StatePart[] = [];
  let changesBytes = 0;
  for (const following of newer) {
    const { previous, previousEnd } = following.header;
    const bounded = await walkCommits(files, directory, current, previousEnd);
    if (previous !== current.number || following.first.commit !== bounded.last.commit) break;
    passed.push(segmentOf(directory, current, bounded.end));
    commits = commits.concat(bounded.commits);
    changesBytes += bounded.changesBytes;
    current = following;
  }
  const walk = await walkCommits(files, directory, current, undefined);
  return {
    passed,
    current,
    walk,
    commits: commits.concat(walk.commits),
    changesBytes: changesBytes + walk.changesBytes,
  };
}

/** What to tell a human when the state is lost and the program must not go on by itself. */
export function stateLossMessage(directory: string, { lost = '' }: Found): string {
  return (
    `the state in ${directory} cannot be used: ${lost}. Nothing was deleted; what cannot be used was renamed to end ` +
    'in ".bad" or left as it is. Put back a copy of the folder, or start with onStateLoss set to "begin" (count again ' +
    'from the beginning of the logs) or "end" (go on with what comes from now on)'
  );
}

const nothing = {
  segments: [],
  snapshot: undefined,
  commits: [],
  commit: 0,
  points: 0,
  bytes: 0,
  snapshotBytes: 0,
  changesBytes: 0,
  hasTail: false,
  isWorn: true,
};

function segmentOf(directory: string, { number, first, snapshot }: Examined, end: number): Segment {
  return {
    number,
    path: segmentPath(directory, number),
    end,
    pointsBefore: first.pointsBefore,
    bytesBefore: first.bytesBefore,
    hasSnapshot: snapshot !== undefined,
  };
}

/** Heads of all segments, and the snapshots of as many, from the newest back, as it takes to find a good one. */
async function examineAll(
  files: Files,
  directory: string,
  numbers: readonly number[],
  faults: string[],
): Promise<Examined[]> {
  const examined: Examined[] = [];
  let isFound = false;
  for (const number of numbers.toReversed()) {
    const path = segmentPath(directory, number);
    const reader = await openSegment(files, directory, number);
    try {
      const size = (await files.size(path)) ?? 0;
      const header = await reader.header();
      const first = typeof header === 'string' ? undefined : await reader.head(segmentHeaderBytes, size);
      if (typeof header === 'string' || first?.type !== 'snapshot') {
        faults.push(`${basename(path)} ${typeof header === 'string' ? header : 'has no readable snapshot'}`);
        continue;
      }
      const snapshot: StatePart | undefined = isFound ? undefined : await reader.state(segmentHeaderBytes, first, size);
      if (!isFound && !snapshot) faults.push(`${basename(path)} has a damaged snapshot`);
      isFound ||= snapshot !== undefined;
      examined.unshift({ number, header, first, size, snapshot });
    } finally {
      await reader.close();
    }
  }
  return examined;
}

/** Reads the commits of a segment up to the first record that is torn, damaged or not the next one. */
async function walkCommits(
  files: Files,
  directory: string,
  { number, first, size, snapshot }: Examined,
  limit: number | undefined,
): Promise<Walk> {
  const stop = Math.min(limit ?? size, size);
  const reader = await openSegment(files, directory, number);
  try {
    const commits: StatePart[] = [];
    let changesBytes = 0;
    let last = first;
    let isDamaged = false;
    let end = segmentHeaderBytes + recordBytes(first);
    for (;;) {
      const head = await reader.head(end, stop);
      if (head?.type !== 'commit' || head.commit !== last.commit + 1) break;
      // A commit without a state has it in the snapshot before it; is that damaged, the state ends here.
      const isInSnapshot = head.state.length === 0;
      const state = isInSnapshot ? undefined : await reader.state(end, head, stop);
      isDamaged = isInSnapshot && !snapshot;
      if (isInSnapshot ? !snapshot : !state) break;
      const next = end + recordBytes(head);
      // Only the last record can be torn, since each was durable before the next was written: its batches are
      // checked now, those of all others when they are delivered.
      const isLast = (await reader.head(next, stop)) === undefined;
      if (isLast && !(await hasIntactBatches(reader, end, head))) break;
      if (state) commits.push(state);
      changesBytes += head.state.length;
      last = head;
      end = next;
    }
    isDamaged ||= await reader.hasRecordAfter(end, stop);
    const damage = `${basename(segmentPath(directory, number))} is damaged at byte ${end}: later commits cannot be used`;
    return { commits, end, last, changesBytes, damage: isDamaged ? damage : undefined };
  } finally {
    await reader.close();
  }
}

async function hasIntactBatches(reader: SegmentReader, position: number, head: RecordHead): Promise<boolean> {
  const absolute = position + recordHeadBytes + head.state.length;
  return (
    (await reader.isIntact(absolute, head.absolute)) &&
    (await reader.isIntact(absolute + head.absolute.length, head.deltas))
  );
}

/** Renames segments so that nothing reads them any more, and nothing of them is deleted. */
async function setAside(files: Files, directory: string, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const path = segmentPath(directory, number);
    await files.rename(path, `${path}.bad`);
  }
  if (numbers.length > 0) await files.syncDirectory(directory);
}
