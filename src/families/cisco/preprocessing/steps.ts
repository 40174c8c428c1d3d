// Judges the step from one number of a device to the next (cisco 5 F): normal, lost, late, wrapped, or a new boot.
// Above 300 lines: the tests are tried in the order of the specification, and each depends on those before it.
import type { JsonValue } from '../../../model/family.ts';
import type { PreprocessOptions } from './preprocess-options.ts';
import { recordFlag } from './record.ts';
import type { CookedRecord } from './record.ts';

const wrapAt = 2 ** 32;
/** How long missing numbers are remembered. */
const missingMemoryMs = 600_000;
/** Differences from which a stride is learnt. */
const strideSamples = 32;

/** Messages that are missing between two that came. */
export interface Gap {
  /** Numbers from the first missing one to the last. */
  readonly first: number;
  readonly last: number;
  /** Event times of the records on either side. */
  readonly fromMs: number;
  readonly toMs: number;
  /** How many are missing still; late ones are taken off. */
  missing: number;
}

/** A reboot: between the last record of the old boot and the first of the new one. */
export interface Reboot {
  readonly fromMs: number;
  /** End of the time in which it happened. */
  toMs: number;
  /** A restart was ordered before. */
  readonly isPlanned: boolean;
  restarts: number;
}

/** A gap that late messages may fill. */
interface OpenGap {
  readonly gap: Gap;
  /** Arrival of the record behind it. */
  readonly foundMs: number;
  /** Numbers that came after all. */
  came?: Set<number>;
}

/** Totals of one device. */
export interface TransportCounts {
  received: number;
  lost: number;
  lostAfterBoot: number;
  reordered: number;
  late: number;
  tooLate: number;
  discontinuity: number;
  reboots: number;
}

/** What a record turned out to be. */
export interface StepOutcome {
  readonly gap?: Gap | undefined;
  readonly reboot?: Reboot;
  /** The reboot found before was prolonged: the device restarted again at once. */
  readonly again?: Reboot;
}

/** Nothing remarkable, as nearly always. */
const usual: StepOutcome = {};

/** Greatest common divisor. */
function divisor(one: number, other: number): number {
  let [a, b] = [one, other];
  while (b > 0) [a, b] = [b, a % b];
  return a;
}

/** The numbers of one device. Times must be settled before `judge`. */
export class Steps {
  readonly counts: TransportCounts = {
    received: 0,
    lost: 0,
    lostAfterBoot: 0,
    reordered: 0,
    late: 0,
    tooLate: 0,
    discontinuity: 0,
    reboots: 0,
  };
  /** Last number, NaN before the first. */
  last = Number.NaN;
  stride = 1;
  /** How long a late record came after the one behind it, at most. */
  maxLateMs = 0;
  /** Wraps so far: what waits keeps its place in the order when the counter begins again. */
  #wraps = 0;
  readonly #options: PreprocessOptions;
  readonly #minBootMs: number;
  #lastTimeMs = Number.NaN;
  #lastArrivalMs = Number.NaN;
  #lastStampMs = Number.NaN;
  #lastUptimeMs = Number.NaN;
  #lastReboot: Reboot | undefined;
  #lastRebootArrivalMs = Number.NEGATIVE_INFINITY;
  #reloadMs = Number.NEGATIVE_INFINITY;
  /** Gaps that may still be filled, in the order in which they were found; those before `#firstGap` are forgotten. */
  #gaps: OpenGap[] = [];
  #firstGap = 0;
  #differences: number[] = [];

  constructor(options: PreprocessOptions, minBootMs: number) {
    this.#options = options;
    this.#minBootMs = minBootMs;
  }

  /** The number by which records are put in order: beyond the wrap it counts on, one from before it is less than none. */
  orderOf(number: number): number {
    const unwrapped = Number.isNaN(this.last) ? number : this.last + this.#ahead(number);
    return unwrapped + this.#wraps * wrapAt;
  }

  /** True for the number that must come next. */
  isNext(number: number): boolean {
    return (
      number === this.last + this.stride ||
      (this.last + this.stride >= wrapAt && number === this.last + this.stride - wrapAt)
    );
  }

  /** True for a record whose number was missed before. */
  isMissing({ number, arrivalMs }: CookedRecord): boolean {
    return this.#gapOf(number, arrivalMs) !== undefined;
  }

  /** True for a number whose turn is over. */
  isBehind(number: number): boolean {
    return this.#ahead(number) < 0;
  }

  /** True when the record looks like the first of a new boot. The clock is believed before the numbers. */
  isBoot(record: CookedRecord): boolean {
    const { number } = record;
    const last = this.last;
    if (record.isRestart && !this.#isSettling(record.arrivalMs)) return true;
    if (Number.isNaN(number) || Number.isNaN(last) || number >= last || this.#ahead(number) >= 0) return false;
    const silentMs = record.arrivalMs - this.#lastArrivalMs;
    const isMissing = this.isMissing(record);
    if (this.#clockWentBack(record) && !(isMissing && silentMs < this.#minBootMs)) return true;
    if (isMissing) return false;
    if (number > this.#options.rebootMaxSeq) return false;
    return last - number > this.#options.rebootMaxSeq || silentMs >= this.#minBootMs;
  }

  /** Judges a record whose time is settled; sets its flags and the totals. `isBoot` is what `isBoot` said. */
  judge(record: CookedRecord, isBoot: boolean): StepOutcome {
    const { counts } = this;
    counts.received++;
    let outcome = usual;
    if (isBoot) outcome = this.#boot(record);
    else if (!Number.isNaN(record.number)) {
      const gap = this.#step(record);
      if (gap) outcome = { gap };
    }
    if (record.code?.key === 'SYS-RELOAD') this.#reloadMs = record.timeMs;
    if (!(record.arrivalMs <= this.#lastArrivalMs)) this.#lastArrivalMs = record.arrivalMs;
    if ((record.flags & (recordFlag.late | recordFlag.tooLate)) === 0) {
      this.#lastTimeMs = record.timeMs;
      if (record.quality === 'uptime') this.#lastUptimeMs = record.stampMs;
      else if (!Number.isNaN(record.stampMs)) this.#lastStampMs = record.stampMs;
    }
    if (this.#isSettling(record.arrivalMs) && record.stampMs < this.#lastRebootArrivalMs) {
      record.flags |= recordFlag.bootBurst;
    }
    return outcome;
  }

  /** Another kind of number begins. */
  forget(): void {
    this.last = Number.NaN;
    this.#gaps = [];
    this.#firstGap = 0;
    this.#differences = [];
    this.stride = 1;
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    const numbers = [
      this.last,
      this.stride,
      this.#lastTimeMs,
      this.#lastArrivalMs,
      this.#lastStampMs,
      this.#lastUptimeMs,
      this.#lastRebootArrivalMs,
      this.#reloadMs,
    ];
    return {
      counts: { ...this.counts },
      numbers: numbers.map((value) => (Number.isFinite(value) ? value : null)),
      reboot: this.#lastReboot ? { ...this.#lastReboot } : null,
      maxLateMs: this.maxLateMs,
      gaps: this.#gaps
        .slice(this.#firstGap)
        .map(({ gap, foundMs, came }) => ({ gap: { ...gap }, foundMs, came: [...(came ?? [])] })),
      differences: this.#differences,
    };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const kept = state as unknown as {
      counts: TransportCounts;
      numbers: (number | null)[];
      reboot: Reboot | null;
      maxLateMs: number;
      gaps: { gap: Gap; foundMs: number; came: number[] }[];
      differences: number[];
    };
    Object.assign(this.counts, kept.counts);
    const number = (index: number, missing: number): number => kept.numbers[index] ?? missing;
    this.last = number(0, Number.NaN);
    this.stride = number(1, 1);
    this.#lastTimeMs = number(2, Number.NaN);
    this.#lastArrivalMs = number(3, Number.NaN);
    this.#lastStampMs = number(4, Number.NaN);
    this.#lastUptimeMs = number(5, Number.NaN);
    this.#lastRebootArrivalMs = number(6, Number.NEGATIVE_INFINITY);
    this.#reloadMs = number(7, Number.NEGATIVE_INFINITY);
    this.#lastReboot = kept.reboot ?? undefined;
    this.maxLateMs = kept.maxLateMs;
    this.#gaps = kept.gaps.map(({ gap, foundMs, came }) => ({ gap, foundMs, came: new Set(came) }));
    this.#differences = kept.differences;
  }

  #isSettling(arrivalMs: number): boolean {
    return arrivalMs - this.#lastRebootArrivalMs <= this.#options.bootSettleMs;
  }

  /** How far a number is ahead of the last one, over the wrap as well; less than 0 behind it. NaN before the first. */
  #ahead(number: number): number {
    const { last } = this;
    const { wrapGuard } = this.#options;
    const ahead = number - last;
    if (last > wrapAt - wrapGuard && number < wrapGuard) return ahead + wrapAt;
    return last < wrapGuard && number > wrapAt - wrapGuard && number < wrapAt ? ahead - wrapAt : ahead;
  }

  #clockWentBack({ quality, stampMs }: CookedRecord): boolean {
    if (quality === 'uptime') return stampMs < this.#lastUptimeMs - 60_000;
    return quality === 'unset' && stampMs < this.#lastStampMs - 60_000;
  }

  #boot(record: CookedRecord): StepOutcome {
    const { number, timeMs, arrivalMs } = record;
    let outcome: StepOutcome;
    const fromMs = Number.isNaN(this.#lastTimeMs) ? timeMs : Math.min(this.#lastTimeMs, timeMs);
    const previous = this.#lastReboot;
    if (previous && arrivalMs - this.#lastRebootArrivalMs < this.#minBootMs) {
      previous.restarts++;
      previous.toMs = timeMs;
      outcome = { again: previous };
    } else {
      const isPlanned = timeMs - this.#reloadMs < 3_600_000 && fromMs >= this.#reloadMs;
      const reboot = { fromMs, toMs: timeMs, isPlanned, restarts: 1 };
      outcome = { reboot };
      this.#lastReboot = reboot;
      this.counts.reboots++;
    }
    record.flags |= recordFlag.boot;
    this.#lastRebootArrivalMs = arrivalMs;
    this.forget();
    if (Number.isNaN(number)) return outcome;
    // Number 1 is given before the device has a network, so nobody ever sees it.
    if (number > 2 && number <= this.#options.gapMax) this.counts.lostAfterBoot += number - 2;
    this.last = number;
    return outcome;
  }

  /** Judges a record of the same boot; gives the gap that it leaves behind it. */
  #step(record: CookedRecord): Gap | undefined {
    const { number } = record;
    const { counts } = this;
    const last = this.last;
    if (Number.isNaN(last)) {
      this.last = number;
      return undefined;
    }
    const ahead = this.#ahead(number);
    if (ahead > 0) {
      let gap: Gap | undefined;
      if (ahead > this.#options.gapMax) counts.discontinuity++;
      else if (ahead !== this.stride) gap = this.#missed(record, ahead);
      this.#learnStride(ahead);
      if (number < last) this.#wraps++;
      this.last = number;
      return gap;
    }
    // A different message with the number of one that came: order and loss are not touched.
    if (ahead === 0) return undefined;
    const late = this.#gapOf(number, record.arrivalMs);
    if (late) {
      late.came ??= new Set();
      late.came.add(number);
      late.gap.missing--;
      this.maxLateMs = Math.max(this.maxLateMs, record.arrivalMs - late.foundMs);
      counts.lost--;
      counts.late++;
      record.flags |= recordFlag.late;
    } else if (number <= this.#options.rebootMaxSeq && last <= 2 * this.#options.rebootMaxSeq && number > 1) {
      // After a boot the first numbers may come in any order; they were taken as lost then.
      const wasLostAtBoot = this.#isSettling(record.arrivalMs) && counts.lostAfterBoot > 0;
      if (wasLostAtBoot) {
        counts.lostAfterBoot--;
        counts.late++;
        record.flags |= recordFlag.late;
      } else this.#tooLate(record);
    } else this.#tooLate(record);
    return undefined;
  }

  #tooLate(record: CookedRecord): void {
    this.counts.tooLate++;
    record.flags |= recordFlag.tooLate;
  }

  #missed(record: CookedRecord, ahead: number): Gap | undefined {
    // A stride is given up at the first difference that it does not divide.
    if (this.stride > 1 && ahead % this.stride !== 0) {
      this.stride = 1;
      this.#differences = [];
    }
    const missing = Math.round(ahead / this.stride) - 1;
    if (missing < 1) return undefined;
    this.counts.lost += missing;
    const gap: Gap = {
      first: this.last + this.stride,
      last: this.last + ahead - this.stride,
      fromMs: Math.min(this.#lastTimeMs, record.timeMs),
      toMs: record.timeMs,
      missing,
    };
    this.#forgetGaps(record.arrivalMs);
    this.#gaps.push({ gap, foundMs: record.arrivalMs });
    return gap;
  }

  #forgetGaps(nowMs: number): void {
    while (nowMs - (this.#gaps[this.#firstGap]?.foundMs ?? nowMs) > missingMemoryMs) this.#firstGap++;
    if (this.#firstGap <= 64 || this.#firstGap * 2 < this.#gaps.length) return;
    this.#gaps = this.#gaps.slice(this.#firstGap);
    this.#firstGap = 0;
  }

  /** The open gap that a number belongs into; late messages are nearly always of one of the last. */
  #gapOf(number: number, arrivalMs: number): OpenGap | undefined {
    for (let index = this.#gaps.length - 1; index >= this.#firstGap; index--) {
      const open = this.#gaps[index];
      if (!open || arrivalMs - open.foundMs > missingMemoryMs) return undefined;
      // The numbers of a gap over the wrap count on beyond it.
      const { first, last } = open.gap;
      const isInside = (number >= first && number <= last) || (number + wrapAt >= first && number + wrapAt <= last);
      if (isInside && open.came?.has(number) !== true) return open;
    }
    return undefined;
  }

  #learnStride(ahead: number): void {
    if (this.stride === 1 && ahead === 1) {
      if (this.#differences.length > 0) this.#differences = [];
      return;
    }
    this.#differences.push(ahead);
    if (this.#differences.length > strideSamples) this.#differences.shift();
    if (this.stride > 1 || this.#differences.length < strideSamples) return;
    const common = this.#differences.reduce(divisor, 0);
    if (common <= 1) return;
    // What was taken as lost while the stride was learnt was never sent here.
    const wrongly = this.#differences.reduce((sum, difference) => sum + (difference - difference / common), 0);
    this.counts.lost = Math.max(0, this.counts.lost - wrongly);
    for (const { gap } of this.#gaps.slice(this.#firstGap)) gap.missing = 0;
    this.#gaps = [];
    this.#firstGap = 0;
    this.stride = common;
  }
}
