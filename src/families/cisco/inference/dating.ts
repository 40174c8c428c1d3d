// When something happened that nobody reported (cisco 12.2 to 12.4). The message about it was lost, and losses show in the
// numbers of the devices that sent it: what happened did so where messages of both ends are missing. Within such gaps the
// date is the one that is right to a minute most often, for how long lines stay away is spread evenly over the orders of
// magnitude. A gap's width says nothing of its own: where a device says much, gaps are narrow and more of them are chance.
import type { Gap, Reboot } from '../preprocessing/steps.ts';

/** A stretch of time in which a call of the site was open. */
export interface CallSpan {
  readonly startMs: number;
  /** Infinite while it goes on. */
  readonly endMs: number;
}

/** Everything that helps to date a change. Lists are in order of time. */
export interface DatingClues {
  /** Missing messages of the devices that log beside us and would have reported it. */
  readonly gaps: readonly Gap[];
  /** Those of the devices at the far ends. */
  readonly farGaps: readonly Gap[];
  /** Messages that a device sends about one change of this link. */
  readonly messages: number;
  readonly reboots: readonly Reboot[];
  /** Moments at which many links of the same trunk, or the other link of the site, came back or were lost. */
  readonly neighbours: (isUp: boolean) => readonly number[];
  readonly calls: readonly CallSpan[];
  readonly dialDelayMs: number;
  readonly guardMs: number;
  /** No call goes on for longer than this when the primary is back (cisco 12.3). */
  readonly idleCallMs: number;
  readonly rebootLossPoint: 'last_seen' | 'midpoint' | 'first_seen';
}

/** A date with the distance within which it may be wrong. */
export interface Dated {
  readonly timeMs: number;
  readonly uncertaintyMs: number;
  readonly how: 'call' | 'hint' | 'reboot' | 'neighbour' | 'gap' | 'statement';
}

/** No failure is taken to be shorter when likelihoods are weighed. */
const shortestMs = 5000;
/** A neighbour's change this near to the edge of a gap is the same event. */
const sameEventMs = 1000;
/** Dates are chosen so that they are right to so much as often as possible. */
const precisionMs = 60_000;
/** Unless that would be less often than this: then no date is better than the one that halves the likelihood. */
const leastShare = 0.25;
/** Share of the times without failure that are short because the link flaps; the others last for half a day. */
const flapShare = 0.1;
const calmMs = 43_200_000;

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly missing: number;
}

/** How likely a moment is, up to a factor. */
type Likelihood = (ms: number) => number;

/**
 * Dates a loss between the last proof of use and the first proof against it. `hintMs` is the first hint against it;
 * `returnMs` is when the link was back, if that is what shows that it was away; `upMs` is when it had come back before.
 */
export function dateLoss(
  afterMs: number,
  beforeMs: number,
  hintMs: number | undefined,
  returnMs: number | undefined,
  upMs: number,
  clues: DatingClues,
): Dated {
  const latestMs = Math.min(beforeMs, hintMs ?? beforeMs);
  const reboot = clues.reboots.find(({ fromMs, toMs }) => toMs > afterMs && fromMs < latestMs);
  const call = dialledAt(clues, afterMs, latestMs);
  // A site that has started again dials because it has, not because of what it lost before.
  if (call !== undefined && !(reboot && reboot.fromMs >= afterMs && reboot.toMs - clues.guardMs <= call)) {
    return dated(clamp(call - clues.dialDelayMs, afterMs, latestMs), beforeMs - afterMs, 'call');
  }
  if (reboot?.isPlanned === true && reboot.fromMs >= afterMs) return dated(reboot.fromMs, 0, 'reboot');
  const fromMs = Math.max(afterMs, reboot?.fromMs ?? afterMs);
  const spans = missingBetween(clues, fromMs, latestMs, reboot !== undefined);
  const neighbour = neighbourIn(spans, clues.neighbours(false), fromMs, latestMs);
  if (neighbour !== undefined) return dated(neighbour, sameEventMs, 'neighbour');
  if (spans.length > 0) {
    const likely: Likelihood = (ms) => (returnMs === undefined ? 1 : ofOutage(returnMs - ms)) * ofCalm(ms - upMs);
    return dated(mostLikely(spans, likely, upMs, returnMs ?? latestMs), width(spans), reboot ? 'reboot' : 'gap');
  }
  if (reboot)
    return dated(clamp(lossPoint(reboot, clues.rebootLossPoint), afterMs, latestMs), latestMs - fromMs, 'reboot');
  return dated(latestMs, beforeMs - afterMs, hintMs !== undefined && hintMs <= beforeMs ? 'hint' : 'statement');
}

/**
 * Dates a return between the last evidence of loss and the first proof of use. `lostMs` is when the link was lost, `hintMs`
 * the first packet that crossed it, `againMs` when it was lost the next time, if that is what shows that it had come back.
 */
export function dateReturn(
  afterMs: number,
  beforeMs: number,
  hintMs: number | undefined,
  lostMs: number,
  againMs: number | undefined,
  clues: DatingClues,
): Dated {
  const hungUpMs = hungUpAt(clues, afterMs, beforeMs);
  const latestMs = Math.min(beforeMs, hintMs ?? beforeMs, hungUpMs ?? beforeMs);
  afterMs = Math.max(afterMs, neededUntil(clues, latestMs));
  const hasBooted = clues.reboots.some(({ fromMs, toMs }) => toMs > afterMs && fromMs < latestMs);
  const spans = missingBetween(clues, afterMs, latestMs, hasBooted);
  const neighbour = neighbourIn(spans, clues.neighbours(true), afterMs, latestMs);
  if (neighbour !== undefined) return dated(neighbour, sameEventMs, 'neighbour');
  if (spans.length > 0) {
    const likely: Likelihood = (ms) => ofOutage(ms - lostMs) * (againMs === undefined ? 1 : ofCalm(againMs - ms));
    return dated(mostLikely(spans, likely, lostMs, againMs ?? latestMs), width(spans), 'gap');
  }
  if (hungUpMs === latestMs) return dated(latestMs, beforeMs - afterMs, 'call');
  return dated(latestMs, beforeMs - afterMs, hintMs !== undefined && hintMs <= beforeMs ? 'hint' : 'statement');
}

/** Outages are spread evenly over the orders of magnitude. */
function ofOutage(lengthMs: number): number {
  return 1 / (Math.max(0, lengthMs) + shortestMs);
}

/** So are the times between the failures of a link that flaps; the others can end at any moment. */
function ofCalm(lengthMs: number): number {
  return flapShare / (Math.max(0, lengthMs) + shortestMs) + (1 - flapShare) / calmMs;
}

/** When the site dialled because of the loss: the first of the calls that followed each other up to the end. */
function dialledAt(
  { calls, dialDelayMs, guardMs }: DatingClues,
  afterMs: number,
  latestMs: number,
): number | undefined {
  let first: number | undefined;
  let neededMs = latestMs - guardMs;
  for (let at = calls.length - 1; at >= 0; at--) {
    const call = calls[at];
    if (!call || call.startMs > latestMs + 1000) continue;
    if (call.startMs <= afterMs || call.endMs < neededMs) break;
    first = call.startMs;
    neededMs = call.startMs - dialDelayMs - guardMs;
  }
  return first;
}

/** When the site hung up and did not dial again: by then the link was back (cisco 12.4). */
function hungUpAt({ calls, dialDelayMs, guardMs }: DatingClues, afterMs: number, beforeMs: number): number | undefined {
  const patienceMs = dialDelayMs + guardMs;
  return calls.find(
    ({ endMs }, at) =>
      endMs > afterMs && endMs + patienceMs < beforeMs && (calls[at + 1]?.startMs ?? Infinity) > endMs + patienceMs,
  )?.endMs;
}

/** How long the call that was open at the end shows that the backup was needed. */
function neededUntil({ calls, idleCallMs }: DatingClues, latestMs: number): number {
  const call = calls.findLast(({ startMs, endMs }) => startMs < latestMs && endMs >= latestMs);
  return call === undefined ? Number.NEGATIVE_INFINITY : Math.min(latestMs, call.endMs - idleCallMs);
}

/** Where in the time between its two boots a device is taken to have stopped. */
export function lossPoint({ fromMs, toMs }: Reboot, point: DatingClues['rebootLossPoint']): number {
  if (point === 'last_seen') return fromMs;
  return point === 'first_seen' ? toMs : Math.round((fromMs + toMs) / 2);
}

function dated(timeMs: number, uncertaintyMs: number, how: Dated['how']): Dated {
  return { timeMs: Math.round(timeMs), uncertaintyMs, how };
}

/** Where messages are missing at the witness, and, as far as that leaves anything, at the far end as well. */
function missingBetween(clues: DatingClues, afterMs: number, beforeMs: number, hasBooted: boolean): readonly Span[] {
  const whole = clues.gaps.filter(({ missing }) => missing >= clues.messages);
  const enough = clipped(whole, afterMs, beforeMs);
  const near = enough.length > 0 ? enough : clipped(clues.gaps, afterMs, beforeMs);
  // The numbers of a boot say nothing about what was lost before it.
  if (hasBooted || clues.farGaps.length === 0) return near;
  const far = clipped(clues.farGaps, afterMs, beforeMs);
  const both = near.flatMap((span) =>
    far.flatMap(({ fromMs, toMs }) => {
      const from = Math.max(span.fromMs, fromMs);
      const to = Math.min(span.toMs, toMs);
      return from <= to ? [{ fromMs: from, toMs: to, missing: span.missing }] : [];
    }),
  );
  return both.length > 0 ? both : near;
}

/** The parts of the gaps that lie between two moments, without those that late messages have filled. */
function clipped(gaps: readonly Gap[], afterMs: number, beforeMs: number): readonly Span[] {
  const spans: Span[] = [];
  for (const { fromMs, toMs, missing } of gaps) {
    if (missing <= 0 || toMs <= afterMs || fromMs > beforeMs) continue;
    spans.push({
      fromMs: Math.max(fromMs, afterMs),
      toMs: Math.min(toMs, beforeMs),
      missing,
    });
  }
  return spans;
}

/**
 * The date that is right to a minute most often. The steps in which time is looked at grow with the distance from `startMs`
 * and `endMs`, near to which likelihoods change fast.
 */
function mostLikely(spans: readonly Span[], likely: Likelihood, startMs: number, endMs: number): number {
  const moments: number[] = [];
  const weights: number[] = [];
  for (const { fromMs, toMs, missing } of spans) {
    for (let ms = fromMs; ;) {
      const distanceMs = Math.min(Math.abs(ms - startMs), Math.abs(endMs - ms));
      const step = Math.min(Math.max(1000, distanceMs / 16), Math.max(0, toMs - ms));
      const middle = ms + step / 2;
      moments.push(middle);
      weights.push(missing * likely(middle) * Math.max(1, step));
      ms += step;
      if (ms >= toMs) break;
    }
  }
  return bestWindow(moments, weights);
}

/**
 * The median of the window of twice the precision that holds most of the likelihood; where no window holds much, the
 * median of all.
 */
function bestWindow(moments: readonly number[], weights: readonly number[]): number {
  let best = { sum: -1, from: 0, to: 0 };
  let sum = 0;
  let from = 0;
  for (let to = 0; to < moments.length; to++) {
    sum += weights[to] ?? 0;
    while ((moments[to] ?? 0) - (moments[from] ?? 0) > 2 * precisionMs) sum -= weights[from++] ?? 0;
    if (sum > best.sum) best = { sum, from, to };
  }
  const total = weights.reduce((one, other) => one + other, 0);
  if (best.sum < total * leastShare) best = { sum: total, from: 0, to: moments.length - 1 };
  let half = best.sum / 2;
  let at = best.from;
  while (at < best.to && half > (weights[at] ?? 0)) half -= weights[at++] ?? 0;
  return moments[at] ?? 0;
}

function width(spans: readonly Span[]): number {
  return (spans.at(-1)?.toMs ?? 0) - (spans[0]?.fromMs ?? 0);
}

/** The last change of a neighbour that fell into a gap: one cause, several links. */
function neighbourIn(
  spans: readonly Span[],
  neighbours: readonly number[],
  afterMs: number,
  beforeMs: number,
): number | undefined {
  return neighbours.findLast(
    (ms) =>
      ms >= afterMs &&
      ms <= beforeMs &&
      spans.some(({ fromMs, toMs }) => ms >= fromMs - sameEventMs && ms <= toMs + sameEventMs),
  );
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
