// Commits of a very small source for tests of the journal: its whole state is the list of the commits that were made.
import type { Journal } from '../../src/engine/journal.ts';
import type { CommitPart, JournalOptions, Recovered, SnapshotPart } from '../../src/engine/journal.ts';
import type { Clock } from '../../src/model/clock.ts';
import type { Log } from '../../src/model/log.ts';
import type { MemoryFiles } from './memory-files.ts';

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  timeMs = 1_700_000_000_000;

  now(): number {
    return this.timeMs;
  }

  monotonic(): number {
    return this.timeMs - 1_600_000_000_000;
  }
}

/** A log that keeps its messages. */
export class MemoryLog implements Log {
  readonly messages: string[] = [];

  info(message: string): void {
    this.messages.push(message);
  }

  warn(message: string): void {
    this.messages.push(message);
  }

  error(message: string): void {
    this.messages.push(message);
  }

  count(part: string): number {
    return this.messages.filter((message) => message.includes(part)).length;
  }
}

/** Where the journals of the tests are. */
export const directory = '/state/journal';

/** Options over files in memory. */
export function journalOptions(files: MemoryFiles, changes: Partial<JournalOptions> = {}): JournalOptions {
  return {
    directory,
    outputs: [{ name: 'store', values: 'absolute' }],
    segmentBytes: 2000,
    onStateLoss: 'stop',
    onFull: 'block',
    log: new MemoryLog(),
    clock: new ManualClock(),
    files,
    ...changes,
  };
}

/** The commit with number `number`: some points whose lines tell the commit and their place in it. */
export function part(number: number, points = 2, padding = 0): CommitPart {
  const lines = (kind: string): Buffer =>
    Buffer.from(
      Array.from({ length: points }, (_, index) => `${kind} n=${number}.${index}${'x'.repeat(padding)}\n`).join(''),
    );
  return {
    positions: [{ key: 'file', position: number }],
    analyzer: number,
    counters: { commits: number },
    buckets: Buffer.from(`${number};`),
    points,
    absolute: lines('a'),
    deltas: lines('d'),
  };
}

/** The whole state after the commit with this number. */
export function snapshotAt(number: number): SnapshotPart {
  let buckets = '';
  for (let each = 1; each <= number; each++) buckets += `${each};`;
  return {
    positions: [{ key: 'file', position: number }],
    analyzer: number,
    counters: { commits: number },
    buckets: Buffer.from(buckets),
  };
}

/** Makes the commits from `first` to `last`. */
export async function commitAll(journal: Journal, first: number, last: number, points = 2): Promise<void> {
  for (let number = first; number <= last; number++) {
    await journal.commit(part(number, points), () => snapshotAt(number));
  }
}

/** The number of the last commit of what was recovered; throws when anything of it does not fit together. */
export function lastCommit({ snapshot, commits }: Recovered): number {
  if (!snapshot) {
    if (commits.length > 0) throw new Error('commits without a snapshot');
    return 0;
  }
  const buckets = [snapshot, ...commits].map((each) => each.buckets.toString()).join('');
  const newest = commits.at(-1) ?? snapshot;
  const number = Number(newest.analyzer);
  if (buckets !== snapshotAt(number).buckets.toString()) throw new Error(`the buckets of commit ${number}: ${buckets}`);
  const position = newest.positions[0]?.position;
  if (position !== number || JSON.stringify(newest.counters) !== JSON.stringify({ commits: number })) {
    throw new Error(`the parts of commit ${number} are from different commits`);
  }
  return number;
}

/** Everything that is spooled for an output, taken in batches of the given size. */
export async function takeAll(journal: Journal, output = 'store', maxPoints = 3, maxBytes = 10_000): Promise<string[]> {
  const lines: string[] = [];
  const spool = journal.spool(output);
  for (;;) {
    const batch = await spool.next(maxPoints, maxBytes);
    if (!batch) return lines;
    lines.push(...batch.lines.toString().split('\n').slice(0, -1));
    await spool.delivered(0);
  }
}

/** The lines that the commits from `first` to `last` send. */
export function linesOf(first: number, last: number, points = 2, kind = 'a'): string[] {
  const lines: string[] = [];
  for (let number = first; number <= last; number++) {
    for (let index = 0; index < points; index++) lines.push(`${kind} n=${number}.${index}`);
  }
  return lines;
}
