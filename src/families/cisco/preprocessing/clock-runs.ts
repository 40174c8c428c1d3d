// How far a device's clock is behind the collector's: the least (arrival − stamp) of each run of the clock. A run lasts until
// the clock is set or the device starts again; records of a run may leave the look-ahead buffer when the next one has begun.
import type { JsonValue } from '../../../model/family.ts';

/** A change of (arrival − stamp) by more than this begins another run. */
const clockStepMs = 60_000;
/** A record waits in its device for a path no longer than this. */
const longestQueueMs = 3_600_000;
/** Runs that are remembered. */
const mostRuns = 4;
/** Samples of offsets that are remembered of a run; of more the oldest go. */
const mostSamples = 256;

/** The last runs of one clock. Times in milliseconds. */
export class ClockRuns {
  readonly #memoryMs: number;
  /** The newest first. */
  #runs: ClockRun[] = [];

  /** Offsets that came so long before the newest one are forgotten; infinite for a clock that does not drift. */
  constructor(memoryMs: number) {
    this.#memoryMs = memoryMs;
  }

  /** Least offset of the newest run, NaN before the first. */
  get leastMs(): number {
    return this.#runs[0]?.leastMs ?? Number.NaN;
  }

  /** Notes that a record arrived so much later than it was stamped. */
  note(arrivalMs: number, offsetMs: number): void {
    this.#runOf(offsetMs).note(arrivalMs, offsetMs, this.#memoryMs);
  }

  /** The least offset of the run in which a record with this one was stamped; undefined when that run is not known. */
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
    return this.#runs.map((run) => [run.lastMs, run.samples]);
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const kept = state as [number, [number, number][]][];
    this.#runs = kept.map(([lastMs, samples]) => {
      const run = new ClockRun();
      for (const [arrivalMs, offsetMs] of samples) run.note(arrivalMs, offsetMs, this.#memoryMs);
      run.lastMs = lastMs;
      return run;
    });
  }

  /** The run that an offset belongs to, which becomes the newest one. */
  #runOf(offsetMs: number): ClockRun {
    const newest = this.#runs[0];
    if (newest?.isNear(offsetMs) === true) return newest;
    const run = this.#runs.find((known) => known.isNear(offsetMs)) ?? new ClockRun();
    this.#runs = [run, ...this.#runs.filter((known) => known !== run)].slice(0, mostRuns);
    return run;
  }
}

/** One run: arrivals with rising offsets in a ring, the first of which is the least of those that are not too old. */
class ClockRun {
  lastMs = Number.NaN;
  leastMs = Number.NaN;
  #arrivals = new Float64Array(8);
  #offsets = new Float64Array(8);
  #first = 0;
  #count = 0;

  /** True for an offset that can be one of this run. */
  isNear(offsetMs: number): boolean {
    return Math.abs(offsetMs - this.lastMs) <= clockStepMs;
  }

  note(arrivalMs: number, offsetMs: number, memoryMs: number): void {
    this.lastMs = offsetMs;
    const mask = this.#arrivals.length - 1;
    while (this.#count > 0 && (this.#offsets[(this.#first + this.#count - 1) & mask] ?? 0) >= offsetMs) this.#count--;
    // What is never forgotten needs no successor.
    if (this.#count > 0 && memoryMs === Number.POSITIVE_INFINITY) return;
    while (this.#count > 0 && arrivalMs - (this.#arrivals[this.#first] ?? 0) > memoryMs) this.#forgetFirst();
    if (this.#count === mostSamples) this.#forgetFirst();
    if (this.#count > mask) this.#grow();
    const place = (this.#first + this.#count) & (this.#arrivals.length - 1);
    this.#arrivals[place] = arrivalMs;
    this.#offsets[place] = offsetMs;
    this.#count++;
    this.leastMs = this.#offsets[this.#first] ?? offsetMs;
  }

  /** All samples, in order of arrival. */
  get samples(): (readonly [arrivalMs: number, offsetMs: number])[] {
    return Array.from({ length: this.#count }, (_, index) => {
      const place = (this.#first + index) & (this.#arrivals.length - 1);
      return [this.#arrivals[place] ?? 0, this.#offsets[place] ?? 0] as const;
    });
  }

  #forgetFirst(): void {
    this.#first = (this.#first + 1) & (this.#arrivals.length - 1);
    this.#count--;
  }

  #grow(): void {
    const { samples } = this;
    this.#arrivals = new Float64Array(this.#arrivals.length * 2);
    this.#offsets = new Float64Array(this.#arrivals.length);
    this.#first = 0;
    samples.forEach(([arrivalMs, offsetMs], place) => {
      this.#arrivals[place] = arrivalMs;
      this.#offsets[place] = offsetMs;
    });
  }
}
