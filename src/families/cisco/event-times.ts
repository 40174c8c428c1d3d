// When a record happened (cisco 4.3, 4.4): its stamp where that can be believed, else the stamp corrected by the least
// delay seen lately, else its arrival. One object for each device.
import { dayStartMs, isDay, yearOf } from './days.ts';
import type { JsonValue } from '../../model/family.ts';
import type { CookedRecord } from './record.ts';
import { recordFlag } from './record.ts';
import type { Stamp } from './stamp.ts';
import type { Zones } from './zone-offsets.ts';

const dayMs = 86_400_000;
/** The least delay is looked for among the records of so long. */
const offsetMemoryMs = 600_000;
/** A change of (arrival − stamp) by more than this is a step of the device's clock. */
const clockStepMs = 60_000;
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

/** Samples of offsets that are remembered; of more the oldest go. */
const mostSamples = 256;

/** The clock of one device. */
export class DeviceClock {
  /** Greatest delay of a record with a clock that can be believed. */
  maxDelayMs = 0;
  /** Least (arrival − stamp) of the last ten minutes, NaN before the first. */
  offsetMs = Number.NaN;
  /** Arrivals with rising offsets, in a ring: the first is the least of those that are not too old. */
  #arrivals = new Float64Array(8);
  #offsets = new Float64Array(8);
  #first = 0;
  #count = 0;
  #lastOffsetMs = Number.NaN;
  #bootEpochMs = Number.NaN;
  #clockMs = Number.NEGATIVE_INFINITY;

  /** Notes a record when it arrives, before it waits for its turn: the least delayed one of a burst tells the clock. */
  arrive(record: CookedRecord): void {
    const { quality, stampMs, arrivalMs } = record;
    if (quality === 'uptime') {
      const epoch = arrivalMs - stampMs;
      if (Number.isNaN(this.#bootEpochMs) || epoch < this.#bootEpochMs) this.#bootEpochMs = epoch;
      // A later epoch by minutes is another boot.
      else if (epoch - this.#bootEpochMs > 10 * clockStepMs) this.#bootEpochMs = epoch;
      return;
    }
    if (Number.isNaN(stampMs)) return;
    const offsetMs = arrivalMs - stampMs;
    if (Math.abs(offsetMs - this.#lastOffsetMs) > clockStepMs) this.#count = 0;
    this.#lastOffsetMs = offsetMs;
    this.#sample(arrivalMs, offsetMs);
  }

  #sample(arrivalMs: number, offsetMs: number): void {
    const mask = this.#arrivals.length - 1;
    while (this.#count > 0 && (this.#offsets[(this.#first + this.#count - 1) & mask] ?? 0) >= offsetMs) this.#count--;
    while (this.#count > 0 && arrivalMs - (this.#arrivals[this.#first] ?? 0) > offsetMemoryMs) this.#forgetFirst();
    if (this.#count === mostSamples) this.#forgetFirst();
    if (this.#count > mask) this.#grow();
    const place = (this.#first + this.#count) & (this.#arrivals.length - 1);
    this.#arrivals[place] = arrivalMs;
    this.#offsets[place] = offsetMs;
    this.#count++;
    this.offsetMs = this.#offsets[this.#first] ?? offsetMs;
  }

  #forgetFirst(): void {
    this.#first = (this.#first + 1) & (this.#arrivals.length - 1);
    this.#count--;
  }

  #grow(): void {
    const samples = this.#samples();
    this.#arrivals = new Float64Array(this.#arrivals.length * 2);
    this.#offsets = new Float64Array(this.#arrivals.length);
    this.#first = 0;
    samples.forEach(([arrivalMs, offsetMs], place) => {
      this.#arrivals[place] = arrivalMs;
      this.#offsets[place] = offsetMs;
    });
  }

  #samples(): (readonly [arrivalMs: number, offsetMs: number])[] {
    return Array.from({ length: this.#count }, (_, index) => {
      const place = (this.#first + index) & (this.#arrivals.length - 1);
      return [this.#arrivals[place] ?? 0, this.#offsets[place] ?? 0] as const;
    });
  }

  /** Sets the time of a record that leaves the buffer. Those whose place in the order is past keep their own time. */
  settle(record: CookedRecord, maxSkewMs: number, isBehind: boolean): void {
    const { quality, stampMs, arrivalMs } = record;
    let timeMs = arrivalMs;
    if (quality === 'uptime') {
      if (!Number.isNaN(this.#bootEpochMs)) timeMs = Math.min(arrivalMs, this.#bootEpochMs + stampMs);
    } else if (quality !== 'arrival' && !Number.isNaN(stampMs)) {
      if (!needsOffset(record, maxSkewMs)) {
        timeMs = stampMs;
        if (quality === 'ntp') this.maxDelayMs = Math.max(this.maxDelayMs, arrivalMs - stampMs);
      } else if (!Number.isNaN(this.offsetMs)) timeMs = Math.min(arrivalMs, stampMs + this.offsetMs);
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
      offsetMs: Number.isNaN(this.offsetMs) ? null : this.offsetMs,
      lastOffsetMs: Number.isNaN(this.#lastOffsetMs) ? null : this.#lastOffsetMs,
      samples: this.#samples(),
      bootEpochMs: Number.isNaN(this.#bootEpochMs) ? null : this.#bootEpochMs,
      clockMs: this.#clockMs === Number.NEGATIVE_INFINITY ? null : this.#clockMs,
    };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const kept = state as {
      maxDelayMs: number;
      offsetMs: number | null;
      lastOffsetMs: number | null;
      samples: [number, number][];
      bootEpochMs: number | null;
      clockMs: number | null;
    };
    this.maxDelayMs = kept.maxDelayMs;
    for (const [arrivalMs, offsetMs] of kept.samples) this.#sample(arrivalMs, offsetMs);
    this.offsetMs = kept.offsetMs ?? Number.NaN;
    this.#lastOffsetMs = kept.lastOffsetMs ?? Number.NaN;
    this.#bootEpochMs = kept.bootEpochMs ?? Number.NaN;
    this.#clockMs = kept.clockMs ?? Number.NEGATIVE_INFINITY;
  }
}

/** True for a stamp that cannot be taken as it is. */
function needsOffset({ quality, stampMs, arrivalMs }: CookedRecord, maxSkewMs: number): boolean {
  if (quality === 'arrival' || quality === 'uptime' || Number.isNaN(stampMs)) return false;
  return quality === 'unset' || Math.abs(arrivalMs - stampMs) > maxSkewMs;
}
