// When something happened that nobody reported (cisco 12.2 to 12.4). The message about it was lost, and losses show in the
// numbers of the devices that sent it: what happened did so where messages of both ends are missing. Within such a gap the
// date is the median of what is likely: how long lines stay away is spread evenly over the orders of magnitude.
import type { Gap, Reboot } from './steps.ts';

/** Everything that helps to date a change. Lists are in order of time. */
export interface DatingClues {
  /** Missing messages of the devices that log beside us and would have reported it. */
  readonly gaps: readonly Gap[];
  /** Those of the devices at the far ends. */
  readonly farGaps: readonly Gap[];
  readonly reboots: readonly Reboot[];
  /** Changes for the worse, and for the better, of other links of the site and of the same trunk. */
  readonly neighbourDownMs: readonly number[];
  readonly neighbourUpMs: readonly number[];
  /** Moments at which calls of the site began. */
  readonly callStartMs: readonly number[];
  readonly dialDelayMs: number;
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

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  /** Missing messages for each millisecond of the gap. */
  readonly density: number;
}

/**
 * Dates a loss between the last proof of use and the first proof against it. `hintMs` is the first hint against it;
 * `returnMs` is when the link was back, if that is what shows that it was away.
 */
export function dateLoss(
  afterMs: number,
  beforeMs: number,
  hintMs: number | undefined,
  returnMs: number | undefined,
  clues: DatingClues,
): Dated {
  const latestMs = Math.min(beforeMs, hintMs ?? beforeMs);
  const call = clues.callStartMs.find((startMs) => startMs > afterMs && startMs <= latestMs + 1000);
  if (call !== undefined) {
    return dated(clamp(call - clues.dialDelayMs, afterMs, latestMs), beforeMs - afterMs, 'call');
  }
  const reboot = clues.reboots.find(({ fromMs, toMs }) => toMs > afterMs && fromMs < latestMs);
  const fromMs = Math.max(afterMs, reboot?.fromMs ?? afterMs);
  const spans = missingBetween(clues, fromMs, latestMs, reboot !== undefined);
  const neighbour = neighbourIn(spans, clues.neighbourDownMs, fromMs, latestMs);
  if (neighbour !== undefined) return dated(neighbour, sameEventMs, 'neighbour');
  if (spans.length > 0) {
    const median =
      returnMs === undefined
        ? medianOf(spans, (ms) => ms)
        : medianOf(spans, (ms) => -Math.log(returnMs - ms + shortestMs));
    return dated(clamp(median, fromMs, latestMs), width(spans), reboot ? 'reboot' : 'gap');
  }
  if (reboot)
    return dated(clamp(lossPoint(reboot, clues.rebootLossPoint), afterMs, latestMs), latestMs - fromMs, 'reboot');
  return dated(latestMs, beforeMs - afterMs, hintMs !== undefined && hintMs <= beforeMs ? 'hint' : 'statement');
}

/**
 * Dates a return between the last evidence of loss and the first proof of use. `lostMs` is when the link was lost, `hintMs`
 * the first packet that crossed it.
 */
export function dateReturn(
  afterMs: number,
  beforeMs: number,
  hintMs: number | undefined,
  lostMs: number,
  clues: DatingClues,
): Dated {
  const latestMs = Math.min(beforeMs, hintMs ?? beforeMs);
  const hasBooted = clues.reboots.some(({ fromMs, toMs }) => toMs > afterMs && fromMs < latestMs);
  const spans = missingBetween(clues, afterMs, latestMs, hasBooted);
  const neighbour = neighbourIn(spans, clues.neighbourUpMs, afterMs, latestMs);
  if (neighbour !== undefined) return dated(neighbour, sameEventMs, 'neighbour');
  if (spans.length > 0) {
    const median = medianOf(spans, (ms) => Math.log(ms - lostMs + shortestMs));
    return dated(clamp(median, afterMs, latestMs), width(spans), 'gap');
  }
  return dated(latestMs, beforeMs - afterMs, hintMs !== undefined && hintMs <= beforeMs ? 'hint' : 'statement');
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
  const near = clipped(clues.gaps, afterMs, beforeMs);
  // The numbers of a boot say nothing about what was lost before it.
  if (hasBooted || clues.farGaps.length === 0) return near;
  const far = clipped(clues.farGaps, afterMs, beforeMs);
  const both = near.flatMap((span) =>
    far.flatMap(({ fromMs, toMs }) => {
      const from = Math.max(span.fromMs, fromMs);
      const to = Math.min(span.toMs, toMs);
      return from <= to ? [{ fromMs: from, toMs: to, density: span.density }] : [];
    }),
  );
  return both.length > 0 ? both : near;
}

/** The parts of the gaps that lie between two moments, without those that late messages have filled. */
function clipped(gaps: readonly Gap[], afterMs: number, beforeMs: number): readonly Span[] {
  const spans: Span[] = [];
  for (const { fromMs, toMs, missing } of gaps) {
    if (missing <= 0 || toMs < afterMs || fromMs > beforeMs) continue;
    spans.push({
      fromMs: Math.max(fromMs, afterMs),
      toMs: Math.min(toMs, beforeMs),
      density: missing / Math.max(1000, toMs - fromMs),
    });
  }
  return spans;
}

/** The moment that halves the likelihood; `scale` grows with time and gives each moment its weight by its slope. */
function medianOf(spans: readonly Span[], scale: (ms: number) => number): number {
  const weights = spans.map(({ fromMs, toMs, density }) => density * Math.max(1e-9, scale(toMs) - scale(fromMs)));
  let rest = weights.reduce((sum, weight) => sum + weight, 0) / 2;
  for (const [index, span] of spans.entries()) {
    const weight = weights[index] ?? 0;
    if (rest > weight) {
      rest -= weight;
      continue;
    }
    return momentAt(span, scale, weight === 0 ? 0 : rest / weight);
  }
  return spans.at(-1)?.toMs ?? 0;
}

/** The moment at which a share of the span's likelihood has passed, to the millisecond. */
function momentAt({ fromMs, toMs }: Span, scale: (ms: number) => number, share: number): number {
  const target = scale(fromMs) + share * (scale(toMs) - scale(fromMs));
  let [low, high] = [fromMs, toMs];
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (scale(middle) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
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
