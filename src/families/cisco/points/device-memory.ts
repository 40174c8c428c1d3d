// What is remembered of each device besides its numbers and its clock: how far apart its records usually are, and when it
// booted (cisco 13.7). Nothing grows with the length of the log.
import type { JsonValue } from '../../../model/family.ts';

/** A device is never silent before so long. */
const leastSilentMs = 1_800_000;
/** Silent after so many times its usual longest spacing. */
const silenceFactor = 3;
/** What "usual" means: this share of the spacings is no longer. */
const usualShare = 0.95;
/** Two classes of spacings to each doubling, from one second to ten days. */
const classes = 40;
/** After so many the old ones begin to count less, so that a change of habit is learnt. */
const mostSpacings = 4000;

/** One device. */
export class DeviceMemory {
  /** When it booted, epoch milliseconds, NaN while that is not known. */
  bootMs = Number.NaN;
  #lastMs = Number.NaN;
  #spacings = Array.from({ length: classes }, () => 0);
  #count = 0;

  /** Notes that a record of it arrived. */
  heard(arrivalMs: number): void {
    const spacingMs = arrivalMs - this.#lastMs;
    if (!(arrivalMs <= this.#lastMs)) this.#lastMs = arrivalMs;
    if (!(spacingMs >= 0)) return;
    const index = Math.min(classes - 1, Math.max(0, Math.ceil(2 * Math.log2(Math.max(1, spacingMs / 1000)))));
    this.#spacings[index] = (this.#spacings[index] ?? 0) + 1;
    this.#count++;
    if (this.#count < mostSpacings) return;
    this.#spacings = this.#spacings.map((count) => count / 2);
    this.#count /= 2;
  }

  /** For how long nothing may be heard of it before it counts as silent, in milliseconds. */
  get silentAfterMs(): number {
    let left = this.#count * (1 - usualShare);
    let index = classes - 1;
    for (; index > 0; index--) {
      left -= this.#spacings[index] ?? 0;
      if (left < 0) break;
    }
    return Math.max(leastSilentMs, silenceFactor * 1000 * 2 ** (index / 2));
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    const plain = (value: number): number | null => (Number.isNaN(value) ? null : value);
    return { bootMs: plain(this.bootMs), lastMs: plain(this.#lastMs), spacings: this.#spacings };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const { bootMs, lastMs, spacings } = state as { bootMs: number | null; lastMs: number | null; spacings: number[] };
    this.bootMs = bootMs ?? Number.NaN;
    this.#lastMs = lastMs ?? Number.NaN;
    this.#spacings = spacings;
    this.#count = spacings.reduce((sum, count) => sum + count, 0);
  }
}
