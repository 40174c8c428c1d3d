// Which denial numbers a source knows, to tell a new one: it is often the first sign after a change (ecs 8). Time is
// counted in days on which there were denials, so that a pause of the log or of the reader makes nothing new.
import type { JsonValue } from '../../model/family.ts';

const dayMs = 24 * 3_600_000;
/** So many numbers are remembered; a system has some dozens, the public tables about 1300. */
const maxNumbers = 2000;
/** A longer text of digits is no denial number, and is never new. */
const maxDigits = 12;

/** When a number is new; in days with denials. */
export interface NewnessOptions {
  /** Nothing is new before so many days were watched: first the everyday numbers are learned. */
  readonly learningDays: number;
  /** A number that was not seen for so many days is new again. */
  readonly forgetDays: number;
}

/** What is known of one number; belongs to the memory that gave it. */
export interface SeenNumber {
  readonly number: string;
  /** The watched day on which it was last seen. */
  day: number;
  /** Event time from which on it is new for a day, epoch milliseconds; NaN when it is an old acquaintance. */
  newFromMs: number;
}

/** The numbers of one source. */
export class DenialMemory {
  readonly #options: NewnessOptions;
  readonly #numbers = new Map<string, SeenNumber>();
  /** Days with denials so far, and the newest of them as days since the epoch. */
  #days = 0;
  #newestDay = Number.NEGATIVE_INFINITY;
  /** The watched day on which forgotten numbers were last cleared away. */
  #clearedDay = 0;

  constructor(options: NewnessOptions) {
    this.#options = options;
  }

  /** What is known of a number; ask once and keep it. */
  of(number: string): SeenNumber {
    return this.#numbers.get(number) ?? { number, day: Number.NEGATIVE_INFINITY, newFromMs: Number.NaN };
  }

  /** Notes a denial. True while its number is new: during the 24 hours after it was first seen. */
  note(seen: SeenNumber, timeMs: number): boolean {
    const day = Math.floor(timeMs / dayMs);
    if (day > this.#newestDay) {
      this.#newestDay = day;
      this.#days++;
    }
    if (this.#days - seen.day >= this.#options.forgetDays) {
      if (!this.#keep(seen)) return false;
      seen.newFromMs = this.#days > this.#options.learningDays ? timeMs : Number.NaN;
    }
    seen.day = this.#days;
    // Lines of one moment may be out of order, so the day has no sharp beginning.
    return Math.abs(timeMs - seen.newFromMs) < dayMs;
  }

  snapshot(): JsonValue {
    return {
      days: this.#days,
      newestDay: this.#days === 0 ? null : this.#newestDay,
      numbers: [...this.#numbers.values()].map(({ number, day, newFromMs }) => [
        number,
        day,
        Number.isNaN(newFromMs) ? null : newFromMs,
      ]),
    };
  }

  /** Takes back a snapshot; undefined is the state of a version without this memory. Throws when it is none. */
  restore(state: JsonValue | undefined): void {
    if (state === undefined) return;
    const { days, newestDay, numbers } = (state ?? {}) as Record<string, unknown>;
    if (!Number.isSafeInteger(days) || !Array.isArray(numbers) || numbers.length > maxNumbers) throw noState();
    if (newestDay !== null && !Number.isSafeInteger(newestDay)) throw noState();
    this.#days = Number(days);
    this.#newestDay = newestDay === null ? Number.NEGATIVE_INFINITY : Number(newestDay);
    for (const entry of numbers as readonly unknown[]) {
      const [number, day, newFromMs] = Array.isArray(entry) ? (entry as unknown[]) : [];
      if (typeof number !== 'string' || !Number.isSafeInteger(day)) throw noState();
      if (newFromMs !== null && typeof newFromMs !== 'number') throw noState();
      this.#numbers.set(number, { number, day: Number(day), newFromMs: newFromMs ?? Number.NaN });
    }
  }

  /** False when there is no room. Who floods the log with numbers hides new ones, but does not fill the memory. */
  #keep(seen: SeenNumber): boolean {
    if (seen.number.length > maxDigits) return false;
    if (this.#numbers.size >= maxNumbers && !this.#numbers.has(seen.number)) {
      if (this.#clearedDay < this.#days) this.#clear();
      if (this.#numbers.size >= maxNumbers) return false;
    }
    this.#numbers.set(seen.number, seen);
    return true;
  }

  #clear(): void {
    this.#clearedDay = this.#days;
    for (const { number, day } of this.#numbers.values()) {
      if (this.#days - day >= this.#options.forgetDays) this.#numbers.delete(number);
    }
  }
}

function noState(): Error {
  return new Error('no state of denial numbers');
}
