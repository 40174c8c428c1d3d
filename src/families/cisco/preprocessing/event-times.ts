// When a record happened (cisco 4.3, 4.4): its stamp where that can be believed, else the stamp corrected by the least
// delay seen lately, else its arrival. One object for each device.
import { dayStartMs, isDay, yearOf } from '../grammar/days.ts';
import type { JsonValue } from '../../../model/family.ts';
import { ClockRuns } from './clock-runs.ts';
import type { CookedRecord } from './record.ts';
import { recordFlag } from './record.ts';
import type { Stamp } from '../grammar/stamp.ts';
import type { Zones } from '../grammar/zone-offsets.ts';

const dayMs = 86_400_000;
/** The least delay is looked for among the records of so long. */
const offsetMemoryMs = 600_000;
/** A record before the one in front of it by less than this was queued in that order. */
const queueingMs = 60_000;

/** UTC of a stamp with a date; `nearMs` chooses the year when there is none. NaN when no such day exists. */
export function stampUtc(stamp: Stamp, zones: Zones, ofDevice: string | undefined, nearMs: number): number {
  const { month, day, timeOfDayMs } = stamp;
  const isFixed = !Number.isNaN(stamp.offsetMinutes);
  const zone = isFixed ? 'UTC' : zones.resolve(stamp.zone, ofDevice);
  const shiftMs = isFixed ? stamp.offsetMinutes * 60_000 : 0;
  const reference = stamp.year > 0 ? stamp.year : yearOf(nearMs);
  const isLeapDay = month === 2 && day === 29;
  const isThere = stamp.year > 0 || !isLeapDay || isDay(reference, 2, 29);
  const localMs = isThere ? dayStartMs(reference, month, day) + timeOfDayMs : Number.NaN;
  const sameYear = zones.toUtc(zone, localMs, nearMs) - shiftMs;
  if (stamp.year > 0) return sameYear;
  if (Math.abs(sameYear - nearMs) < 150 * dayMs) return sameYear;
  let best = sameYear;
  // Leap years are at most eight years apart; other days never need more than one.
  const reach = isLeapDay ? 8 : 1;
  for (let year = reference - reach; year <= reference + reach; year++) {
    if (!isDay(year, month, day)) continue;
    const utc = zones.toUtc(zone, dayStartMs(year, month, day) + timeOfDayMs, nearMs) - shiftMs;
    if (Number.isNaN(best) || Math.abs(utc - nearMs) < Math.abs(best - nearMs)) best = utc;
  }
  return best;
}

/** The clock of one device. */
export class DeviceClock {
  /** Greatest delay of a record with a clock that can be believed. */
  maxDelayMs = 0;
  readonly #dates = new ClockRuns(offsetMemoryMs);
  readonly #uptimes = new ClockRuns(Number.POSITIVE_INFINITY);
  #clockMs = Number.NEGATIVE_INFINITY;

  /** Least (arrival − stamp) of the last ten minutes, NaN before the first. */
  get offsetMs(): number {
    return this.#dates.leastMs;
  }

  /** Notes a record when it arrives, before it waits for its turn: the least delayed one of a burst tells the clock. */
  arrive({ quality, stampMs, arrivalMs }: CookedRecord): void {
    if (Number.isNaN(stampMs)) return;
    (quality === 'uptime' ? this.#uptimes : this.#dates).note(arrivalMs, arrivalMs - stampMs);
  }

  /**
   * Sets the time of a record that leaves the buffer. `latestMs` is the first arrival of it and those that follow it in the
   * numbering. Those whose place in the order is past keep their own time.
   */
  settle(record: CookedRecord, maxSkewMs: number, isBehind: boolean, latestMs: number): void {
    const { quality, stampMs, arrivalMs } = record;
    let timeMs = latestMs;
    if (quality === 'uptime' || needsOffset(record, maxSkewMs)) {
      const runs = quality === 'uptime' ? this.#uptimes : this.#dates;
      timeMs = Math.min(latestMs, stampMs + (runs.of(arrivalMs - stampMs) ?? Number.POSITIVE_INFINITY));
    } else if (quality !== 'arrival' && !Number.isNaN(stampMs)) {
      timeMs = stampMs;
      if (quality === 'ntp') this.maxDelayMs = Math.max(this.maxDelayMs, arrivalMs - stampMs);
    }
    if (!isBehind) {
      const back = this.#clockMs - timeMs;
      if (back > 0 && back <= queueingMs) {
        timeMs = this.#clockMs;
        record.flags |= recordFlag.timeAdjusted;
      } else this.#clockMs = timeMs;
    }
    record.timeMs = timeMs;
  }

  /** The device has booted: its clock begins anew. What has arrived of the new boot already tells that clock. */
  boot(): void {
    this.#clockMs = Number.NEGATIVE_INFINITY;
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return {
      maxDelayMs: this.maxDelayMs,
      dates: this.#dates.snapshot(),
      uptimes: this.#uptimes.snapshot(),
      clockMs: this.#clockMs === Number.NEGATIVE_INFINITY ? null : this.#clockMs,
    };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const kept = state as { maxDelayMs: number; dates: JsonValue; uptimes: JsonValue; clockMs: number | null };
    this.maxDelayMs = kept.maxDelayMs;
    this.#dates.restore(kept.dates);
    this.#uptimes.restore(kept.uptimes);
    this.#clockMs = kept.clockMs ?? Number.NEGATIVE_INFINITY;
  }
}

/** True for a stamp that cannot be taken as it is. */
function needsOffset({ quality, stampMs, arrivalMs }: CookedRecord, maxSkewMs: number): boolean {
  if (quality === 'arrival' || quality === 'uptime' || Number.isNaN(stampMs)) return false;
  return quality === 'unset' || Math.abs(arrivalMs - stampMs) > maxSkewMs;
}
