// Hints come with nearly every message, but between two other pieces of evidence only the first few and the last one say
// anything new. The others are forgotten here, so that what is kept grows with the changes of state and not with the lines.
// Nothing that `solveLink` works out changes by it.
import type { Hint } from './evidence.ts';
import { leakMs } from './link-input.ts';

/** One hint is kept in so long: what comes much later than anything should still finds one near it. */
const longestMs = 3_600_000;

/** What lies between the hints of a link. Lists are in order of time. */
export interface HintNeighbours {
  /**
   * Times at which anything is said or implied about the link or the other link of its service; hints of either that are
   * not plain belong to it, because they are no proof, or proof at once.
   */
  readonly said: readonly number[];
  /** Times of the hints of the other link. */
  readonly others: readonly number[];
  /** The link is a backup: its hints speak against the primary. */
  readonly isBackup: boolean;
  /** Several services use the link, so there are several others. */
  readonly isShared: boolean;
  readonly guardMs: number;
  /** From here on evidence may still be missing, so all hints are kept. */
  readonly untilMs: number;
}

/** The hints that still mean something. */
export function thinHints(hints: readonly Hint[], neighbours: HintNeighbours): Hint[] {
  const { said, others, isBackup, isShared, guardMs, untilMs } = neighbours;
  const kept: Hint[] = [];
  const saidAround = new Around(said);
  const othersAround = new Around(others);
  let before: Hint | undefined;
  for (const [index, hint] of hints.entries()) {
    const after = hints[index + 1];
    saidAround.go(hint.timeMs);
    othersAround.go(hint.timeMs);
    if (before && after && after.timeMs < untilMs && isPlain(before) && isPlain(hint) && isPlain(after)) {
      const { timeMs: fromMs } = before;
      const { timeMs: toMs } = after;
      const isQuiet = saidAround.lastMs < fromMs && saidAround.nextMs > toMs;
      // The first of a run is remembered, the first after a guard is believed, the last one counts until the next evidence;
      // all others agree with what is believed already, or come too soon to be believed.
      const isFirstAfterGuard =
        saidAround.isPassed(fromMs - leakMs, hint.timeMs - leakMs) ||
        saidAround.isPassed(fromMs - guardMs, hint.timeMs - guardMs) ||
        (isBackup && othersAround.isPassed(fromMs - guardMs, hint.timeMs - guardMs));
      const isAlone = othersAround.lastMs < fromMs && othersAround.nextMs > toMs && !isFirstAfterGuard;
      // Both links carry packets all the time: those of the primary agree; of the backup's the first after each counts.
      const isSettled = fromMs - saidAround.lastMs >= guardMs;
      const isAmong = isSettled && !isShared && !isBackup && toMs - fromMs < guardMs;
      if (isQuiet && (isAlone || isAmong) && toMs - fromMs < longestMs) continue;
    }
    kept.push(hint);
    before = hint;
  }
  return kept;
}

/** True for a hint that is nothing but a packet that came at once. */
export function isPlain({ timeMs, arrivalMs, isOwnDown, isBoot }: Hint): boolean {
  return !isOwnDown && !isBoot && arrivalMs === timeMs;
}

/** The times of a list on both sides of a moment that only goes forward; one at that very moment counts as before it. */
class Around {
  lastMs = Number.NEGATIVE_INFINITY;
  readonly #times: readonly number[];
  #next = 0;

  constructor(times: readonly number[]) {
    this.#times = times;
  }

  get nextMs(): number {
    return this.#times[this.#next] ?? Number.POSITIVE_INFINITY;
  }

  /** True when one of the times before the moment lies between these two, the later one included. */
  isPassed(afterMs: number, untilMs: number): boolean {
    for (let place = this.#next - 1; place >= 0; place--) {
      const timeMs = this.#times[place] ?? 0;
      if (timeMs <= afterMs) return false;
      if (timeMs <= untilMs) return true;
    }
    return false;
  }

  /** Goes on to a moment. */
  go(timeMs: number): void {
    while (this.nextMs <= timeMs) {
      this.lastMs = this.nextMs;
      this.#next++;
    }
  }
}
