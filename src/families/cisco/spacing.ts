// How long a device is usually quiet, so that a silence can be told from a habit (cisco 13.7): its own 95th percentile of the
// time between two messages, in a few counts of lengths, because it has to be kept for every device.
import type { JsonValue } from '../../model/family.ts';

/** A device is silent after so many times its usual spacing, and never before this. */
const silenceFactor = 3;
const leastSilenceMs = 1_800_000;
const share = 0.95;
/** Shorter spacings make no difference to the answer. */
const leastSpacingMs = leastSilenceMs / silenceFactor;
/** Lengths double in so many steps, from the least one on: each is known to a fifth, up to four months. */
const stepsPerOctave = 4;
const steps = 14 * stepsPerOctave;
/** At so many spacings all counts are halved: the answer follows a device that changes its habits. */
const mostCounted = 4096;

/** The spacings of one device. */
export class Spacing {
  /** How many were short, then how many there were of each greater length. */
  readonly #counts = new Uint16Array(steps + 1);
  #total = 0;

  /** Notes the time between two messages. */
  note(spacingMs: number): void {
    if (!(spacingMs >= 0)) return;
    const octaves = spacingMs < leastSpacingMs ? -1 : Math.log2(spacingMs / leastSpacingMs);
    const step = octaves < 0 ? 0 : Math.min(steps, 1 + Math.floor(octaves * stepsPerOctave));
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    this.#total++;
    if (this.#total < mostCounted) return;
    this.#total = 0;
    this.#counts.forEach((count, place) => {
      this.#counts[place] = count >>> 1;
      this.#total += count >>> 1;
    });
  }

  /** Without a message for so long the device is silent. */
  get silentAfterMs(): number {
    let rest = Math.ceil(this.#total * share);
    for (let step = 0; step <= steps; step++) {
      rest -= this.#counts[step] ?? 0;
      if (rest <= 0) return silenceFactor * leastSpacingMs * 2 ** (step / stepsPerOctave);
    }
    return leastSilenceMs;
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return [...this.#counts.entries()].filter(([, count]) => count > 0).map(([step, count]) => [step, count]);
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    for (const [step, count] of (state ?? []) as [number, number][]) {
      this.#counts[step] = count;
      this.#total += count;
    }
  }
}
