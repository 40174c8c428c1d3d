// When a line arrived (cisco 2, 4.4): its receipt stamp in the collector's zone, else the device's own stamp, else the
// line before. One object for each input, in the order of its lines.
import type { JsonValue } from '../../../model/family.ts';
import { LocalClock, nearestYear } from '../../../model/zone.ts';
import { dayStartMs, isDay, yearOf } from '../grammar/days.ts';
import type { Header } from '../grammar/header.ts';
import { stampUtc } from './event-times.ts';
import type { Stamp } from '../grammar/stamp.ts';
import type { Zones } from '../grammar/zone-offsets.ts';

const dayMs = 86_400_000;
/** A step back of the collector's clock by no more than this is waited out; a longer one is another file. */
const longestHoldMs = 2 * 3_600_000;

/** The arrival times of one input. */
export class Arrivals {
  /** The last line's arrival went back and was held. */
  isHeld = false;
  readonly #clock: LocalClock;
  readonly #zones: Zones;
  readonly #year: number | undefined;
  #lastMs = Number.NaN;
  #yearHint: number | undefined;

  /** `timezone` is the collector's; `year` is for files without any. */
  constructor(timezone: string, zones: Zones, year?: number) {
    this.#clock = new LocalClock(timezone);
    this.#zones = zones;
    this.#year = year;
  }

  /** The year of a date that is near the first lines, found in a stamp that has one. */
  hint(year: number): void {
    this.#yearHint ??= year;
  }

  /** Arrival of a line in epoch milliseconds; `modifiedMs` is the file's last change. NaN when nothing tells it. */
  of(header: Header, modifiedMs: number): number {
    this.isHeld = false;
    const { receipt, stamp } = header;
    let arrivalMs = Number.NaN;
    if (receipt.kind === 'date') arrivalMs = this.#receiptMs(receipt, modifiedMs);
    else if (stamp.kind === 'date' && stamp.quality !== 'unset') {
      const near = Number.isNaN(this.#lastMs) ? this.#reference(modifiedMs) : this.#lastMs;
      arrivalMs = stampUtc(stamp, this.#zones, undefined, near);
      // Stamps of many devices are no clock of ours: an older one does not turn time back.
      if (arrivalMs < this.#lastMs && this.#lastMs - arrivalMs < longestHoldMs) arrivalMs = this.#lastMs;
    }
    if (Number.isNaN(arrivalMs)) return Number.isNaN(this.#lastMs) ? modifiedMs : this.#lastMs;
    const back = this.#lastMs - arrivalMs;
    if (back > 0 && back <= longestHoldMs) {
      this.isHeld = back > 1000;
      return this.#lastMs;
    }
    this.#lastMs = arrivalMs;
    return arrivalMs;
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    const plain = (value: number): number | null => (Number.isNaN(value) ? null : value);
    return {
      clock: this.#clock.snapshot(),
      lastMs: plain(this.#lastMs),
      yearHint: this.#yearHint ?? null,
    };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const kept = state as { clock: JsonValue; lastMs: number | null; yearHint: number | null };
    this.#clock.restore(kept.clock);
    this.#lastMs = kept.lastMs ?? Number.NaN;
    this.#yearHint = kept.yearHint ?? undefined;
  }

  #receiptMs(receipt: Stamp, modifiedMs: number): number {
    if (!Number.isNaN(receipt.offsetMinutes) || receipt.zone !== '') {
      return stampUtc(receipt, this.#zones, undefined, this.#reference(modifiedMs));
    }
    const localMs = this.#localMs(receipt, modifiedMs);
    if (localMs === undefined) return Number.NaN;
    const fraction = receipt.timeOfDayMs % 1000;
    return this.#clock.toUtc(localMs - fraction) + fraction;
  }

  /** The receipt as the collector's clock showed it; undefined for a day that no year near has. */
  #localMs({ year, month, day, timeOfDayMs }: Stamp, modifiedMs: number): number | undefined {
    if (year > 0) return dayStartMs(year, month, day) + timeOfDayMs;
    // The line before tells the year, whatever the form of its receipt; its zone makes no difference for that.
    const known = this.#lastMs;
    if (Number.isNaN(known)) return this.#searchYear(month, day, timeOfDayMs, modifiedMs);
    const sameYear = yearOf(known);
    if (isDay(sameYear, month, day)) {
      const localMs = dayStartMs(sameYear, month, day) + timeOfDayMs;
      if (Math.abs(known - localMs) < 150 * dayMs) return localMs;
    }
    return nearestYear(month, day, timeOfDayMs, known);
  }

  /** The first line without a year: that of a stamp beside it, the option's, or the last before the file's change. */
  #searchYear(month: number, day: number, timeOfDayMs: number, modifiedMs: number): number | undefined {
    const year = this.#year ?? this.#yearHint;
    if (year !== undefined) return nearestYear(month, day, timeOfDayMs, Date.UTC(year, month - 1, 15));
    const reference = this.#clock.toLocal(modifiedMs);
    // Lines are written before the file's last change.
    const newest = new Date(reference + dayMs).getUTCFullYear();
    for (let candidate = newest; candidate >= newest - 8; candidate--) {
      const localMs = Date.UTC(candidate, month - 1, day) + timeOfDayMs;
      if (isDay(candidate, month, day) && localMs <= reference + dayMs) return localMs;
    }
    return undefined;
  }

  #reference(modifiedMs: number): number {
    if (!Number.isNaN(this.#lastMs)) return this.#lastMs;
    const year = this.#year ?? this.#yearHint;
    return year === undefined ? modifiedMs : Date.UTC(year, 6, 1);
  }
}
