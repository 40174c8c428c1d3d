// Which two ends belong to one link: those that change together. Bursts, in which everything changes at once, say nothing.
import type { LearntEnd } from './learn-evidence.ts';

/** The two ends of a link report a change within so long. */
const togetherMs = 2500;
/** More changes than these in that time are a burst. */
const burst = 24;
/** Ends are paired when they share this part of the changes of the end that tells less. */
const leastShare = 0.5;

/** The far end of an end, and how often both changed together. */
export interface FarEnd {
  readonly end: LearntEnd;
  readonly times: number;
}

/** The far end of each end that has one, by key; both directions. `deviceOf` gives the name of an end's device. */
export function pairEnds(
  ends: readonly LearntEnd[],
  deviceOf: (end: LearntEnd) => string,
): ReadonlyMap<string, FarEnd> {
  const moments = ends
    .flatMap((end) => end.moments.map(({ timeMs, isUp }) => ({ end, timeMs, isUp })))
    .sort((one, other) => one.timeMs - other.timeMs);
  const together = new Map<LearntEnd, Map<LearntEnd, number>>();
  const told = new Map<LearntEnd, number>();
  const add = (one: LearntEnd, other: LearntEnd): void => {
    const list = together.get(one) ?? new Map<LearntEnd, number>();
    list.set(other, (list.get(other) ?? 0) + 1);
    together.set(one, list);
  };
  let first = 0;
  let last = 0;
  moments.forEach((moment) => {
    const { timeMs } = moment;
    while ((moments[first]?.timeMs ?? timeMs) < timeMs - togetherMs) first++;
    while ((moments[last]?.timeMs ?? Number.POSITIVE_INFINITY) <= timeMs + togetherMs) last++;
    if (last - first > burst) return;
    told.set(moment.end, (told.get(moment.end) ?? 0) + 1);
    for (let at = first; at < last; at++) {
      const other = moments[at];
      if (other && canMatch(moment.end, other.end, deviceOf) && other.isUp === moment.isUp) add(moment.end, other.end);
    }
  });
  const best = new Map<LearntEnd, FarEnd>();
  for (const [end, list] of together) {
    const ranked = [...list].sort(([, one], [, other]) => other - one);
    const [top, second] = ranked;
    if (!top || top[1] === second?.[1]) continue;
    const fewest = Math.min(told.get(end) ?? 0, told.get(top[0]) ?? 0);
    if (top[1] / Math.max(1, fewest) >= leastShare) best.set(end, { end: top[0], times: top[1] });
  }
  // Both must take each other for the best.
  const mutual = [...best].filter(([end, far]) => best.get(far.end)?.end === end);
  return new Map(mutual.map(([end, far]) => [end.key, far]));
}

function canMatch(one: LearntEnd, other: LearntEnd, deviceOf: (end: LearntEnd) => string): boolean {
  return one.kind === other.kind && one.protocol === other.protocol && deviceOf(one) !== deviceOf(other);
}
