// A service's seconds and failures in buckets of five minutes (cisco 17, 20), in one walk through its story.
import type { Interval, ServiceTimeline } from './service-timeline.ts';
import { serviceState } from './service-timeline.ts';

/** The moment between a loss and the backup's call is no state of its own in a picture. */
const shortestShownMs = 30_000;
/** Width of the buckets in milliseconds. */
export const bucketMs = 300_000;

/** What one bucket holds; times in milliseconds. */
export interface ServiceBucket {
  readonly upMs: number;
  readonly backupMs: number;
  readonly downMs: number;
  readonly unknownMs: number;
  readonly failures: number;
  readonly drops: number;
  readonly tries: number;
  /** The worst state after hysteresis, of those that lasted for half a minute at least. */
  readonly worst: number;
}

/** Reads the buckets of a service one after another, in order. */
export class BucketWalk {
  readonly #timeline: ServiceTimeline;
  readonly #states: readonly { readonly timeMs: number; readonly state: number }[];
  readonly #failures: readonly number[];
  readonly #drops: readonly number[];
  readonly #tries: readonly number[];
  #interval = 0;
  #state = 0;
  #failure = 0;
  #drop = 0;
  #try = 0;

  constructor(timeline: ServiceTimeline) {
    this.#timeline = timeline;
    const initial = timeline.isAssumed ? serviceState.unknown : timeline.initial;
    this.#states = [
      { timeMs: timeline.fromMs, state: initial },
      ...timeline.changes.filter(
        ({ timeMs }, index) =>
          (timeline.changes[index + 1]?.timeMs ?? Number.POSITIVE_INFINITY) - timeMs >= shortestShownMs,
      ),
    ];
    this.#failures = timeline.changes
      .filter(({ previous }) => previous === serviceState.up)
      .map(({ timeMs }) => timeMs);
    const starts = (kind: 'drop' | 'try'): readonly number[] =>
      timeline.blips.filter((blip) => blip.kind === kind).map(({ fromMs }) => fromMs);
    this.#drops = starts('drop');
    this.#tries = starts('try');
  }

  /** The bucket from `startMs` on. Buckets must be asked for in order. */
  next(startMs: number): ServiceBucket {
    const { fromMs, toMs, charged } = this.#timeline;
    const endMs = startMs + bucketMs;
    while ((charged[this.#interval]?.toMs ?? Number.POSITIVE_INFINITY) <= startMs) this.#interval++;
    const sums = [0, 0, 0, 0];
    for (let at = this.#interval; at < charged.length; at++) {
      const interval: Interval | undefined = charged[at];
      if (!interval || interval.fromMs >= endMs) break;
      const length = Math.min(toMs, endMs, interval.toMs) - Math.max(fromMs, startMs, interval.fromMs);
      if (length > 0) sums[interval.state] = (sums[interval.state] ?? 0) + length;
    }
    while ((this.#states[this.#state + 1]?.timeMs ?? Number.POSITIVE_INFINITY) <= startMs) this.#state++;
    let worst = this.#states[this.#state]?.state ?? serviceState.unknown;
    for (let at = this.#state + 1; (this.#states[at]?.timeMs ?? endMs) < endMs; at++) {
      worst = Math.min(worst, this.#states[at]?.state ?? worst);
    }
    const [unknownMs = 0, downMs = 0, backupMs = 0, upMs = 0] = sums;
    const failures = countBefore(this.#failures, this.#failure, endMs);
    const drops = countBefore(this.#drops, this.#drop, endMs);
    const tries = countBefore(this.#tries, this.#try, endMs);
    this.#failure += failures;
    this.#drop += drops;
    this.#try += tries;
    return { upMs, backupMs, downMs, unknownMs, failures, drops, tries, worst };
  }
}

/** How many of the times from an index on are before a moment. */
function countBefore(times: readonly number[], from: number, beforeMs: number): number {
  let at = from;
  while ((times[at] ?? Number.POSITIVE_INFINITY) < beforeMs) at++;
  return at - from;
}
