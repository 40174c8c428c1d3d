// The hour of the week in a zone, for roll-ups by hour of day and day of week: a database that is asked in UTC cannot
// find them.
import { LocalClock } from './zone.ts';

const hourMs = 3_600_000;
/** Offsets change on quarter hours in every zone that still exists; so that is what is cached. */
const quarterMs = hourMs / 4;
const cachedQuarters = 4096;
const hoursOfWeek = 168;
/** The epoch was a Thursday, three days into the week. */
const hoursBeforeEpoch = 3 * 24;

/** Values of the tags `hour` and `weekday`. */
export interface HourTags {
  /** `00` to `23`. */
  readonly hour: string;
  /** `1` (Monday) to `7` (Sunday). */
  readonly weekday: string;
}

/** Tells the hour of the week of any moment in one zone. */
export class WeekClock {
  readonly #clock: LocalClock;
  readonly #quarters = new Map<number, number>();
  /** The quarter hour that was asked for last begins here: the next line is mostly of the same one. */
  #lastStartMs = Number.NaN;
  #last = 0;

  /** Throws RangeError for a zone that does not exist. */
  constructor(timezone: string) {
    this.#clock = new LocalClock(timezone);
  }

  /** From 0 (Monday, midnight to one) to 167; `utcMs` is epoch milliseconds. */
  hourOfWeek(utcMs: number): number {
    const sinceStartMs = utcMs - this.#lastStartMs;
    if (sinceStartMs >= 0 && sinceStartMs < quarterMs) return this.#last;
    const quarter = Math.floor(utcMs / quarterMs);
    this.#last = this.#find(quarter);
    this.#lastStartMs = quarter * quarterMs;
    return this.#last;
  }

  #find(quarter: number): number {
    const known = this.#quarters.get(quarter);
    if (known !== undefined) return known;
    const hours = Math.floor(this.#clock.toLocal(quarter * quarterMs) / hourMs) + hoursBeforeEpoch;
    const found = ((hours % hoursOfWeek) + hoursOfWeek) % hoursOfWeek;
    if (this.#quarters.size >= cachedQuarters) this.#quarters.clear();
    this.#quarters.set(quarter, found);
    return found;
  }
}

/** The tags of an hour of the week. */
export function hourTags(hourOfWeek: number): HourTags {
  return { hour: String(hourOfWeek % 24).padStart(2, '0'), weekday: String(Math.floor(hourOfWeek / 24) + 1) };
}
