// When something happened that nobody reported (cisco 12.2 to 12.4). The message about it was lost, and losses show in the
// numbers of the device that sent it: what happened did so where messages are missing.
import type { Gap, Reboot } from './steps.ts';

/** Everything that helps to date a change. Lists are in order of time. */
export interface DatingClues {
  /** Missing messages of the devices that would have reported it. */
  readonly gaps: readonly Gap[];
  readonly reboots: readonly Reboot[];
  /** Changes for the worse, and for the better, of other links of the site and of the same trunk. */
  readonly neighbourDownMs: readonly number[];
  readonly neighbourUpMs: readonly number[];
  /** Moments at which calls of the site began, and ended. */
  readonly callStartMs: readonly number[];
  readonly callEndMs: readonly number[];
  readonly dialDelayMs: number;
  readonly rebootLossPoint: 'last_seen' | 'midpoint' | 'first_seen';
}

/** A date with the distance within which it may be wrong. */
export interface Dated {
  readonly timeMs: number;
  readonly uncertaintyMs: number;
  readonly how: 'call' | 'hint' | 'reboot' | 'neighbour' | 'gap' | 'statement';
}

/** A neighbour's change this near to the edge of a gap is the same event. */
const sameEventMs = 5000;

/** Dates a loss between the last proof of use and the first proof against it. `hintMs` is the first hint against it. */
export function dateLoss(afterMs: number, beforeMs: number, hintMs: number | undefined, clues: DatingClues): Dated {
  const uncertaintyMs = beforeMs - afterMs;
  const latestMs = Math.min(beforeMs, hintMs ?? beforeMs);
  const call = clues.callStartMs.find((startMs) => startMs > afterMs && startMs <= latestMs + 1000);
  if (call !== undefined) {
    return { timeMs: clamp(call - clues.dialDelayMs, afterMs, latestMs), uncertaintyMs, how: 'call' };
  }
  const reboot = clues.reboots.find(({ fromMs, toMs }) => toMs > afterMs && fromMs < latestMs);
  if (reboot) {
    const point = lossPoint(reboot, clues.rebootLossPoint);
    const neighbour = clues.neighbourDownMs.find((ms) => ms >= reboot.fromMs - 1000 && ms <= reboot.toMs);
    return { timeMs: clamp(neighbour ?? point, afterMs, latestMs), uncertaintyMs, how: 'reboot' };
  }
  const spans = overlaps(clues.gaps, afterMs, latestMs);
  const neighbour = neighbourIn(spans, clues.neighbourDownMs, afterMs, latestMs);
  if (neighbour !== undefined) return { timeMs: neighbour, uncertaintyMs: sameEventMs, how: 'neighbour' };
  const span = spans.at(-1);
  if (span) return { timeMs: within(span, latestMs), uncertaintyMs: span.toMs - span.fromMs, how: 'gap' };
  if (hintMs !== undefined && hintMs <= beforeMs) return { timeMs: latestMs, uncertaintyMs, how: 'hint' };
  return { timeMs: latestMs, uncertaintyMs, how: 'statement' };
}

/** Dates a return between the last evidence of loss and the first proof of use. */
export function dateReturn(afterMs: number, beforeMs: number, hintMs: number | undefined, clues: DatingClues): Dated {
  const uncertaintyMs = beforeMs - afterMs;
  const latestMs = Math.min(beforeMs, hintMs ?? beforeMs);
  const spans = overlaps(clues.gaps, afterMs, latestMs);
  const neighbour = neighbourIn(spans, clues.neighbourUpMs, afterMs, latestMs);
  if (neighbour !== undefined) return { timeMs: neighbour, uncertaintyMs: sameEventMs, how: 'neighbour' };
  if (hintMs !== undefined && hintMs <= beforeMs) {
    const span = spans.at(-1);
    // The hint came after the return; the message about it is missing before the hint.
    if (span && span.toMs < hintMs) return { timeMs: span.toMs, uncertaintyMs: span.toMs - span.fromMs, how: 'gap' };
    return { timeMs: hintMs, uncertaintyMs: hintMs - (span?.fromMs ?? afterMs), how: 'hint' };
  }
  const span = spans[0];
  if (span) return { timeMs: within(span, latestMs), uncertaintyMs: span.toMs - span.fromMs, how: 'gap' };
  return { timeMs: beforeMs, uncertaintyMs, how: 'statement' };
}

/** Where in the time between its two boots a device is taken to have stopped. */
export function lossPoint({ fromMs, toMs }: Reboot, point: DatingClues['rebootLossPoint']): number {
  if (point === 'last_seen') return fromMs;
  return point === 'first_seen' ? toMs : Math.round((fromMs + toMs) / 2);
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The parts of the gaps that lie in the time in question, without those that were filled by late messages. */
function overlaps(gaps: readonly Gap[], afterMs: number, beforeMs: number): readonly Span[] {
  const spans: Span[] = [];
  for (const { fromMs, toMs, missing } of gaps) {
    if (missing <= 0 || toMs < afterMs || fromMs > beforeMs) continue;
    spans.push({ fromMs: Math.max(fromMs, afterMs), toMs: Math.min(toMs, beforeMs) });
  }
  return spans;
}

/** Half of all losses of a line last for seconds: within a gap the later moment is the likelier one. */
function within({ fromMs, toMs }: Span, latestMs: number): number {
  return Math.min(latestMs, Math.max(fromMs, toMs));
}

function neighbourIn(
  spans: readonly Span[],
  neighbours: readonly number[],
  afterMs: number,
  beforeMs: number,
): number | undefined {
  for (const { fromMs, toMs } of spans) {
    const found = neighbours.find((ms) => ms >= fromMs - 1000 && ms <= toMs + 1000 && ms >= afterMs && ms <= beforeMs);
    if (found !== undefined) return found;
  }
  return undefined;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
