// Drives a Follower and keeps what it handed out: the other half of every test of following.
import type { Clock } from '../../src/model/clock.ts';
import { systemClock } from '../../src/model/clock.ts';
import { Follower } from '../../src/engine/follow.ts';
import type { FollowEvent, FollowOptions, PositionChange } from '../../src/engine/follow.ts';
import { systemLogFiles } from '../../src/engine/log-files.ts';
import type { LogFiles } from '../../src/engine/log-files.ts';
import { until } from './until.ts';

/** Options that make a follower quick; the grace is long, so that nothing is finished before a test wants it. */
export const quickFollow = {
  mode: 'follow',
  isLogName: () => true,
  isNameOrdered: false,
  pollActiveMs: 5,
  pollIdleMs: 10,
  graceMs: 60_000,
} as const satisfies Omit<FollowOptions, 'paths'>;

/** A follower with what it handed out. */
export class LogCollector {
  readonly follower: Follower;
  /** Lines without their line feed, as latin1, in the order in which they came. */
  readonly lines: string[] = [];
  readonly events: FollowEvent[] = [];
  readonly longLines: { path: string; offset: number; length: number; head: string }[] = [];
  /** Sum of `chunk.lines`. */
  counted = 0;
  /** The latest change of each position, as a store would keep them. */
  readonly #kept = new Map<string, PositionChange>();

  constructor(
    paths: readonly string[],
    options: Partial<FollowOptions> = {},
    positions: readonly PositionChange[] = [],
    clock: Clock = systemClock,
    files: LogFiles = systemLogFiles,
  ) {
    this.follower = new Follower({ ...quickFollow, paths, ...options }, clock, files);
    for (const change of positions) this.#kept.set(change.key, change);
    this.follower.restore(positions);
  }

  /** Takes one item; false when there is nothing now. */
  async step(): Promise<boolean> {
    const item = await this.follower.next();
    if (!item) return false;
    if (item.kind === 'event') this.events.push(item.event);
    else if (item.kind === 'long') {
      const { file, offset, length, head } = item;
      this.longLines.push({ path: file.path, offset, length, head: head.toString('latin1') });
    } else {
      const { buffer, start, end, lines } = item.chunk;
      const text = buffer.toString('latin1', start, end);
      this.lines.push(...(text.endsWith('\n') ? text.slice(0, -1) : text).split('\n'));
      this.counted += lines;
    }
    return true;
  }

  /** Takes items until there are lines, and leaves the rest: as if it were stopped in the middle. */
  async begin(): Promise<void> {
    await until(async () => {
      while (this.lines.length === 0 && (await this.step()));
      return this.lines.length > 0;
    }, 'the first lines');
  }

  /** Takes everything there is now. */
  async drain(): Promise<void> {
    while (await this.step());
  }

  /** Takes what comes until the condition holds. */
  async until(condition: () => boolean, what: string): Promise<void> {
    await until(
      async () => {
        await this.drain();
        return condition();
      },
      `${what}; so far ${JSON.stringify(this.lines.slice(-20))} ${JSON.stringify(this.events.slice(-10))}`,
    );
  }

  /** Takes what comes until there are so many lines. */
  async untilLines(count: number): Promise<void> {
    await this.until(() => this.lines.length >= count, `${count} lines`);
  }

  /** Positions as a store holds them that was given every change until now; through JSON, as on disk. */
  commit(): PositionChange[] {
    for (const change of this.follower.changes()) this.#kept.set(change.key, change);
    const kept = [...this.#kept.values()].filter(({ position }) => position !== null);
    return JSON.parse(JSON.stringify(kept)) as PositionChange[];
  }

  /** Commits and closes, as at a clean stop; gives the positions. */
  async stop(): Promise<PositionChange[]> {
    const positions = this.commit();
    await this.follower.close();
    return positions;
  }

  /** The types of the events, for comparing. */
  eventTypes(): string[] {
    return this.events.map(({ type }) => type);
  }
}
