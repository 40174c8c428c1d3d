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

/** One setting of a device's clock: from one step of it to the next. */
interface ClockSetting {
  /** In order of arrival with rising offsets: the first one is the least of those that are not too old. */
  samples: OffsetSample[];
  /** Least (arrival − stamp) of the last ten minutes, and that of the newest record. */
  offsetMs: number;
  lastOffsetMs: number;
}

/** The clock of one device. */
export class DeviceClock {
  /** Greatest delay of a record with a clock that can be believed. */
  maxDelayMs = 0;
  #setting: ClockSetting = { samples: [], offsetMs: Number.NaN, lastOffsetMs: Number.NaN };
  /** The setting before: records of it may come, or wait for their turn, when the clock has been set anew. */
  #before: ClockSetting | undefined;
  #bootEpochMs = Number.NaN;
  #clockMs = Number.NEGATIVE_INFINITY;

  /** Least (arrival − stamp) of the last ten minutes, NaN before the first. */
  get offsetMs(): number {
    return this.#setting.offsetMs;
  }

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
    if (Math.abs(offsetMs - this.#setting.lastOffsetMs) > clockStepMs) this.#step(offsetMs);
    const setting = this.#setting;
    const { samples } = setting;
    setting.lastOffsetMs = offsetMs;
    while ((samples.at(-1)?.offsetMs ?? Number.NEGATIVE_INFINITY) >= offsetMs) samples.pop();
    samples.push({ arrivalMs, offsetMs });
    while (arrivalMs - (samples[0]?.arrivalMs ?? arrivalMs) > offsetMemoryMs) samples.shift();
    if (samples.length > 256) samples.shift();
    setting.offsetMs = samples[0]?.offsetMs ?? offsetMs;
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
      } else timeMs = Math.min(arrivalMs, stampMs + this.#offsetOf(arrivalMs - stampMs));
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

  /** The clock has been set, or a record of the setting before has come. */
  #step(offsetMs: number): void {
    const before = this.#before;
    this.#before = this.#setting;
    const isBack = before !== undefined && Math.abs(offsetMs - before.lastOffsetMs) <= clockStepMs;
    this.#setting = isBack ? before : { samples: [], offsetMs: Number.NaN, lastOffsetMs: Number.NaN };
  }

  /** The least delay of the setting that a record with this (arrival − stamp) belongs to. */
  #offsetOf(ownMs: number): number {
    const now = this.#setting.offsetMs;
    const before = this.#before?.offsetMs ?? Number.NaN;
    const isBefore = Math.abs(ownMs - before) < Math.abs(ownMs - now);
    const offsetMs = isBefore || Number.isNaN(now) ? before : now;
    return Number.isNaN(offsetMs) ? ownMs : offsetMs;
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    const plain = (value: number): number | null => (Number.isNaN(value) ? null : value);
    const packed = ({ samples, offsetMs, lastOffsetMs }: ClockSetting): JsonValue => ({
      samples: samples.map((sample) => [sample.arrivalMs, sample.offsetMs]),
      offsetMs: plain(offsetMs),
      lastOffsetMs: plain(lastOffsetMs),
    });
    return {
      maxDelayMs: this.maxDelayMs,
      setting: packed(this.#setting),
      before: this.#before ? packed(this.#before) : null,
      bootEpochMs: plain(this.#bootEpochMs),
      clockMs: this.#clockMs === Number.NEGATIVE_INFINITY ? null : this.#clockMs,
    };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    interface KeptSetting {
      samples: [number, number][];
      offsetMs: number | null;
      lastOffsetMs: number | null;
    }
    const kept = state as unknown as {
      maxDelayMs: number;
      setting: KeptSetting;
      before: KeptSetting | null;
      bootEpochMs: number | null;
      clockMs: number | null;
    };
    const unpacked = ({ samples, offsetMs, lastOffsetMs }: KeptSetting): ClockSetting => ({
      samples: samples.map(([arrivalMs, offset]) => ({ arrivalMs, offsetMs: offset })),
      offsetMs: offsetMs ?? Number.NaN,
      lastOffsetMs: lastOffsetMs ?? Number.NaN,
    });
    this.maxDelayMs = kept.maxDelayMs;
    this.#setting = unpacked(kept.setting);
    this.#before = kept.before ? unpacked(kept.before) : undefined;
    this.#bootEpochMs = kept.bootEpochMs ?? Number.NaN;
    this.#clockMs = kept.clockMs ?? Number.NEGATIVE_INFINITY;
  }
}

/** True for a stamp that cannot be taken as it is. */
function needsOffset({ quality, stampMs, arrivalMs }: CookedRecord, maxSkewMs: number): boolean {
  if (quality === 'arrival' || quality === 'uptime' || Number.isNaN(stampMs)) return false;
  return quality === 'unset' || Math.abs(arrivalMs - stampMs) > maxSkewMs;
}
