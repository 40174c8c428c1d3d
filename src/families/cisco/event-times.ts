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
/** A record waits in its device for a path no longer than this. */
const longestQueueMs = 3_600_000;
/** Runs of a clock that are remembered. */
const mostRuns = 4;
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

/** One run of a device's clock: until it is set, or the device starts again. */
interface ClockRun {
  /** Least (arrival − stamp) seen, of the last ten minutes for a clock that may drift. */
  leastMs: number;
  lastMs: number;
  samples: { readonly arrivalMs: number; readonly offsetMs: number }[];
}

/**
 * The least (arrival − stamp) of each of the last runs of a clock. Records of a run may leave the buffer when the next one
 * has begun already: the burst of a boot, when the clock has been set meanwhile.
 */
class ClockRuns {
  readonly #memoryMs: number;
  #runs: ClockRun[] = [];

  /** Offsets older than `memoryMs` before the newest are forgotten. */
  constructor(memoryMs: number) {
    this.#memoryMs = memoryMs;
  }

  /** Least offset of the newest run, NaN before the first. */
  get leastMs(): number {
    return this.#runs[0]?.leastMs ?? Number.NaN;
  }

  note(arrivalMs: number, offsetMs: number): void {
    const run = this.#runOf(offsetMs);
    const { samples } = run;
    run.lastMs = offsetMs;
    // In order of arrival with rising offsets: the first one is the least of those that are not too old.
    while ((samples.at(-1)?.offsetMs ?? Number.NEGATIVE_INFINITY) >= offsetMs) samples.pop();
    samples.push({ arrivalMs, offsetMs });
    while (arrivalMs - (samples[0]?.arrivalMs ?? arrivalMs) > this.#memoryMs) samples.shift();
    if (samples.length > 256) samples.shift();
    run.leastMs = samples[0]?.offsetMs ?? offsetMs;
  }

  /** The least offset of the run that stamped a record with this offset; undefined when that run is not known. */
  of(offsetMs: number): number | undefined {
    let best: number | undefined;
    for (const { leastMs } of this.#runs) {
      const delayMs = offsetMs - leastMs;
      if (delayMs >= 0 && delayMs <= longestQueueMs && (best === undefined || leastMs > best)) best = leastMs;
    }
    return best;
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return this.#runs.map(({ leastMs, lastMs, samples }) => [
      leastMs,
      lastMs,
      samples.map(({ arrivalMs, offsetMs }) => [arrivalMs, offsetMs]),
    ]);
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const kept = state as [number, number, [number, number][]][];
    this.#runs = kept.map(([leastMs, lastMs, samples]) => ({
      leastMs,
      lastMs,
      samples: samples.map(([arrivalMs, offsetMs]) => ({ arrivalMs, offsetMs })),
    }));
  }

  /** The run that an offset belongs to, which becomes the newest one. */
  #runOf(offsetMs: number): ClockRun {
    const at = this.#runs.findIndex(({ lastMs }) => Math.abs(offsetMs - lastMs) <= clockStepMs);
    const run = this.#runs[at] ?? { leastMs: offsetMs, lastMs: offsetMs, samples: [] };
    if (at !== 0) this.#runs = [run, ...this.#runs.filter((other) => other !== run)].slice(0, mostRuns);
    return run;
  }
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
