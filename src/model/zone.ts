// Local times of logs to UTC: IANA zones with the repeated and the skipped hour, and dates without a year (engine 2.2,
// 2.3). A "local" number is the wall clock reading written as if it were UTC epoch milliseconds.
import type { JsonValue } from './family.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Offsets change on quarter hours of local time in every zone that still exists; so that is what is cached. */
const quarterMs = 15 * minuteMs;
const cachedQuarters = 4096;
/** Lines of one moment may be written slightly out of order; that is no second pass through the repeated hour. */
const jitterMs = 10_000;

/** True for a zone name that this Node knows (`Europe/Berlin`, `UTC`). */
export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The zone of this machine. */
export function hostZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** What a quarter hour of local time can mean: one offset, two (repeated), or none (skipped). */
interface Quarter {
  /** Offset to use; for a repeated quarter that of the first pass, for a skipped one that before the change. */
  readonly offsetMs: number;
  /** Offset of the second pass, equal to `offsetMs` when there is none. */
  readonly secondOffsetMs: number;
  readonly isSkipped: boolean;
}

/** Converts the local times of one source, in the order of its lines. */
export class LocalClock {
  readonly timezone: string;
  /** Number of local times that do not exist (spring) and were moved forward. */
  shifted = 0;
  readonly #format: Intl.DateTimeFormat;
  readonly #quarters = new Map<number, Quarter>();
  #lastQuarter = Number.NaN;
  #last: Quarter = { offsetMs: 0, secondOffsetMs: 0, isSkipped: false };
  #previousLocalMs = Number.NaN;
  #isSecondPass = false;

  /** Throws RangeError for a zone that does not exist. */
  constructor(timezone: string) {
    this.timezone = timezone;
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /**
   * Epoch milliseconds of a local time. In the repeated hour a step back in the order of calls means the second pass;
   * a skipped time moves forward by the length of the gap.
   */
  toUtc(localMs: number): number {
    const number = Math.floor(localMs / quarterMs);
    if (number !== this.#lastQuarter) {
      this.#last = this.#quarter(number);
      this.#lastQuarter = number;
    }
    const quarter = this.#last;
    let offsetMs = quarter.offsetMs;
    if (quarter.secondOffsetMs !== offsetMs) {
      this.#isSecondPass = this.#decidePass(localMs);
      if (this.#isSecondPass) offsetMs = quarter.secondOffsetMs;
    } else if (quarter.isSkipped) this.shifted++;
    this.#previousLocalMs = localMs;
    return localMs - offsetMs;
  }

  /** Local time of a UTC time. */
  toLocal(utcMs: number): number {
    return utcMs + this.#offsetAt(utcMs);
  }

  /** What must be kept over a restart: where in the order of lines the clock is. */
  snapshot(): JsonValue {
    return {
      previousLocalMs: Number.isNaN(this.#previousLocalMs) ? null : this.#previousLocalMs,
      isSecondPass: this.#isSecondPass,
      shifted: this.shifted,
    };
  }

  /** Takes back a snapshot. Throws when it is none. */
  restore(state: JsonValue): void {
    const { previousLocalMs, isSecondPass, shifted } = (state ?? {}) as Record<string, unknown>;
    const isPlace = previousLocalMs === null || typeof previousLocalMs === 'number';
    if (!isPlace || typeof isSecondPass !== 'boolean' || typeof shifted !== 'number')
      throw new Error('no state of a clock');
    this.#previousLocalMs = previousLocalMs ?? Number.NaN;
    this.#isSecondPass = isSecondPass;
    this.shifted = shifted;
  }

  #decidePass(localMs: number): boolean {
    const previous = this.#previousLocalMs;
    const isNear = Math.abs(previous - localMs) < 3 * hourMs;
    if (!isNear) return false;
    const wasRepeated = this.#isRepeated(previous);
    if (wasRepeated) return this.#isSecondPass || previous - localMs > jitterMs;
    // From behind the repeated hour: a late line, nearest to its second pass.
    return previous > localMs;
  }

  #isRepeated(localMs: number): boolean {
    const quarter = this.#quarter(Math.floor(localMs / quarterMs));
    return quarter.secondOffsetMs !== quarter.offsetMs;
  }

  #quarter(number: number): Quarter {
    const known = this.#quarters.get(number);
    if (known) return known;
    if (this.#quarters.size >= cachedQuarters) this.#quarters.clear();
    const quarter = this.#resolve(number * quarterMs);
    this.#quarters.set(number, quarter);
    return quarter;
  }

  #resolve(localMs: number): Quarter {
    const before = this.#offsetAt(localMs - dayMs);
    const after = this.#offsetAt(localMs + dayMs);
    const first = this.#offsetAt(localMs - before) === before ? before : undefined;
    const second = this.#offsetAt(localMs - after) === after ? after : undefined;
    if (first === undefined && second === undefined) {
      // Two changes within two days, or the skipped hour.
      const middle = this.#offsetAt(localMs - before);
      if (middle !== after && this.#offsetAt(localMs - middle) === middle) {
        return { offsetMs: middle, secondOffsetMs: middle, isSkipped: false };
      }
      return { offsetMs: before, secondOffsetMs: before, isSkipped: true };
    }
    const offsetMs = first ?? second ?? before;
    return { offsetMs, secondOffsetMs: second ?? offsetMs, isSkipped: false };
  }

  #offsetAt(utcMs: number): number {
    const whole = Math.floor(utcMs / 1000) * 1000;
    const parts: Record<string, string> = {};
    for (const { type, value } of this.#format.formatToParts(whole)) parts[type] = value;
    const year = parts['era'] === 'BC' ? 1 - Number(parts['year']) : Number(parts['year']);
    const local = new Date(0);
    local.setUTCFullYear(year, Number(parts['month']) - 1, Number(parts['day']));
    local.setUTCHours(Number(parts['hour']), Number(parts['minute']), Number(parts['second']));
    return local.getTime() - whole;
  }
}

/** True for a day that exists in that year; `month` counts from 1. */
export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return new Date(Date.UTC(year, month - 1, day)).getUTCMonth() === month - 1;
}

/**
 * Local time of a date without a year: the year that puts it nearest to the reference (engine 2.3). The 29th of
 * February finds the nearest leap year. `month` counts from 1. Undefined for a day that no year has.
 */
export function nearestYear(
  month: number,
  day: number,
  timeOfDayMs: number,
  referenceLocalMs: number,
): number | undefined {
  const reference = new Date(referenceLocalMs).getUTCFullYear();
  let best: number | undefined;
  // Leap years are at most eight years apart.
  for (let year = reference - 8; year <= reference + 8; year++) {
    if (!isDay(year, month, day)) continue;
    const localMs = Date.UTC(year, month - 1, day) + timeOfDayMs;
    if (best === undefined || Math.abs(localMs - referenceLocalMs) < Math.abs(best - referenceLocalMs)) best = localMs;
  }
  return best;
}
