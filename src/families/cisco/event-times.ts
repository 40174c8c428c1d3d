// When a record happened (cisco 4.3, 4.4): its stamp where that can be believed, else the stamp corrected by the least
// delay seen lately, else its arrival. One object for each device.
import { isDay } from '../../model/zone.ts';
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
  const toUtc = (year: number): number =>
    zones.toUtc(zone, Date.UTC(year, month - 1, day) + timeOfDayMs, nearMs) - shiftMs;
  if (stamp.year > 0) return toUtc(stamp.year);
  const reference = new Date(nearMs).getUTCFullYear();
  const isLeapDay = month === 2 && day === 29;
  const sameYear = !isLeapDay || isDay(reference, 2, 29) ? toUtc(reference) : Number.NaN;
  if (Math.abs(sameYear - nearMs) < 150 * dayMs) return sameYear;
  let best = sameYear;
  // Leap years are at most eight years apart; other days never need more than one.
  const reach = isLeapDay ? 8 : 1;
  for (let year = reference - reach; year <= reference + reach; year++) {
    if (!isDay(year, month, day)) continue;
    const utc = toUtc(year);
    if (Number.isNaN(best) || Math.abs(utc - nearMs) < Math.abs(best - nearMs)) best = utc;
  }
  return best;
}

interface OffsetSample {
  readonly arrivalMs: number;
  readonly offsetMs: number;
}

/** The clock of one device. */
export class DeviceClock {
  /** Greatest delay of a record with a clock that can be believed. */
  maxDelayMs = 0;
  /** Least (arrival − stamp) of the last ten minutes, NaN before the first. */
  offsetMs = Number.NaN;
  #samples: OffsetSample[] = [];
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
    if (Math.abs(offsetMs - this.#lastOffsetMs) > clockStepMs) this.#samples = [];
    this.#lastOffsetMs = offsetMs;
    // In order of arrival with rising offsets: the first one is the least of those that are not too old.
    while ((this.#samples.at(-1)?.offsetMs ?? Number.NEGATIVE_INFINITY) >= offsetMs) this.#samples.pop();
    this.#samples.push({ arrivalMs, offsetMs });
    while (arrivalMs - (this.#samples[0]?.arrivalMs ?? arrivalMs) > offsetMemoryMs) this.#samples.shift();
    if (this.#samples.length > 256) this.#samples.shift();
    this.offsetMs = this.#samples[0]?.offsetMs ?? offsetMs;
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
      samples: this.#samples.map(({ arrivalMs, offsetMs }) => [arrivalMs, offsetMs]),
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
    this.offsetMs = kept.offsetMs ?? Number.NaN;
    this.#lastOffsetMs = kept.lastOffsetMs ?? Number.NaN;
    this.#samples = kept.samples.map(([arrivalMs, offsetMs]) => ({ arrivalMs, offsetMs }));
    this.#bootEpochMs = kept.bootEpochMs ?? Number.NaN;
    this.#clockMs = kept.clockMs ?? Number.NEGATIVE_INFINITY;
  }
}

/** True for a stamp that cannot be taken as it is. */
function needsOffset({ quality, stampMs, arrivalMs }: CookedRecord, maxSkewMs: number): boolean {
  if (quality === 'arrival' || quality === 'uptime' || Number.isNaN(stampMs)) return false;
  return quality === 'unset' || Math.abs(arrivalMs - stampMs) > maxSkewMs;
}
