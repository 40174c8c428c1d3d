// A service's seconds and failures in buckets of five minutes (cisco 17, 20), in one walk through its story.
import type { Interval, ServiceTimeline } from '../inference/service-timeline.ts';
import { serviceState } from '../inference/service-timeline.ts';

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
  /** All of it as text, for comparison; and the same of a bucket that will not change any more. */
  readonly text: string;
  readonly finalText: string;
}

type Figures = Omit<ServiceBucket, 'text' | 'finalText'>;

function bucketOf(figures: Figures): ServiceBucket {
  const { upMs, backupMs, downMs, unknownMs, failures, drops, tries, worst } = figures;
  const text = `${upMs} ${backupMs} ${downMs} ${unknownMs} ${failures} ${drops} ${tries} ${worst}`;
  return { ...figures, text, finalText: `${text} final` };
}

/** Buckets of one state in which nothing happens, by that state and the shown one: nearly all that there are. */
const steady = [0, 1, 2, 3].map((state) =>
  [0, 1, 2, 3].map((worst) =>
    bucketOf({
      upMs: state === 3 ? bucketMs : 0,
      backupMs: state === 2 ? bucketMs : 0,
      downMs: state === 1 ? bucketMs : 0,
      unknownMs: state === 0 ? bucketMs : 0,
      failures: 0,
      drops: 0,
      tries: 0,
      worst,
    }),
  ),
);

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
    while ((this.#states[this.#state + 1]?.timeMs ?? Number.POSITIVE_INFINITY) <= startMs) this.#state++;
    const failures = countBefore(this.#failures, this.#failure, endMs);
    const drops = countBefore(this.#drops, this.#drop, endMs);
    const tries = countBefore(this.#tries, this.#try, endMs);
    this.#failure += failures;
    this.#drop += drops;
    this.#try += tries;
    let worst = this.#states[this.#state]?.state ?? serviceState.unknown;
    const isChanged = (this.#states[this.#state + 1]?.timeMs ?? endMs) < endMs;
    const whole = charged[this.#interval];
    const isWhole = whole !== undefined && whole.fromMs <= startMs && Math.min(whole.toMs, toMs) >= endMs;
    if (isWhole && fromMs <= startMs && !isChanged && failures + drops + tries === 0) {
      const same = steady[whole.state]?.[worst];
      if (same) return same;
    }
    const sums = [0, 0, 0, 0];
    for (let at = this.#interval; at < charged.length; at++) {
      const interval: Interval | undefined = charged[at];
      if (!interval || interval.fromMs >= endMs) break;
      const length = Math.min(toMs, endMs, interval.toMs) - Math.max(fromMs, startMs, interval.fromMs);
      if (length > 0) sums[interval.state] = (sums[interval.state] ?? 0) + length;
    }
    for (let at = this.#state + 1; (this.#states[at]?.timeMs ?? endMs) < endMs; at++) {
      worst = Math.min(worst, this.#states[at]?.state ?? worst);
    }
    const [unknownMs = 0, downMs = 0, backupMs = 0, upMs = 0] = sums;
    return bucketOf({ upMs, backupMs, downMs, unknownMs, failures, drops, tries, worst });
  }
}

/** How many of the times from an index on are before a moment. */
function countBefore(times: readonly number[], from: number, beforeMs: number): number {
  let at = from;
  while ((times[at] ?? Number.POSITIVE_INFINITY) < beforeMs) at++;
  return at - from;
}
