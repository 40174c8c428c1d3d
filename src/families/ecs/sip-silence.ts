// Trunks that fall silent while others talk (ecs 8): decided here, in the time of the log, because a database cannot be
// asked for what is not there. A trunk counts once it has the habit of talking, so a passing scanner is none.
import type { JsonValue } from '../../model/family.ts';
import { ecsLimits } from './limits.ts';

/** True for moments (epoch milliseconds) at which silence is a fault. */
export type BusinessHours = (utcMs: number) => boolean;

/** One trunk with the habit of talking. */
export interface QuietTrunk {
  readonly trunk: number;
  /** Time of the log since its last message while others had some. */
  readonly seconds: number;
  readonly isSilent: boolean;
}

interface Talk {
  lastMs: number;
  /** Different minutes with messages, counted up to the habit. */
  minutes: number;
}

/** Messages in so many different minutes are a habit. */
const habitMinutes = 30;
/** A trunk that was silent for so long was taken out of service. */
const forgottenMs = 86_400_000;
const minuteMs = 60_000;

/** Remembers when each trunk talked last. */
export class TrunkSilence {
  readonly #isBusinessHour: BusinessHours;
  readonly #talks = new Map<number, Talk>();
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(isBusinessHour: BusinessHours) {
    this.#isBusinessHour = isBusinessHour;
  }

  /** A message of a trunk; 0 stands for many trunks, which are never silent together. */
  note(trunk: number, timeMs: number): void {
    if (timeMs > this.#newestMs) this.#newestMs = timeMs;
    if (trunk === 0) return;
    const known = this.#talks.get(trunk);
    if (!known) {
      this.#talks.set(trunk, { lastMs: timeMs, minutes: 1 });
      return;
    }
    if (timeMs <= known.lastMs) return;
    const isOtherMinute = Math.floor(timeMs / minuteMs) !== Math.floor(known.lastMs / minuteMs);
    if (isOtherMinute && known.minutes < habitMinutes) known.minutes++;
    known.lastMs = timeMs;
  }

  /** The trunks with the habit of talking, and whether they do. Of those with one name the least silent counts. */
  trunks(nameOf: (trunk: number) => string): readonly QuietTrunk[] {
    const isBusinessHour = Number.isFinite(this.#newestMs) && this.#isBusinessHour(this.#newestMs);
    const found = new Map<string, QuietTrunk>();
    for (const [trunk, { lastMs, minutes }] of this.#talks) {
      const silentMs = this.#newestMs - lastMs;
      if (silentMs >= forgottenMs) this.#talks.delete(trunk);
      else if (minutes >= habitMinutes) {
        const isSilent = isBusinessHour && silentMs >= ecsLimits.trunkSilence.seconds * 1000;
        const name = nameOf(trunk);
        const seconds = silentMs / 1000;
        if (seconds < (found.get(name)?.seconds ?? Number.POSITIVE_INFINITY))
          found.set(name, { trunk, seconds, isSilent });
      }
    }
    return [...found.values()];
  }

  snapshot(): JsonValue {
    return [...this.#talks].map(([trunk, { lastMs, minutes }]) => [trunk, lastMs, minutes]);
  }

  /** Takes back a snapshot; without one it begins anew. Throws when it is none. */
  restore(state: JsonValue | undefined): void {
    this.#talks.clear();
    this.#newestMs = Number.NEGATIVE_INFINITY;
    if (state === undefined) return;
    if (!Array.isArray(state)) throw new Error('no silence of trunks');
    for (const item of state) {
      const [trunk, lastMs, minutes] = Array.isArray(item) ? item : [];
      const isWhole = typeof trunk === 'number' && typeof lastMs === 'number' && typeof minutes === 'number';
      if (!isWhole) throw new Error('no silence of a trunk');
      this.#talks.set(trunk, { lastMs, minutes });
      this.#newestMs = Math.max(this.#newestMs, lastMs);
    }
  }
}
