// Everything that is kept of one device while its messages are put in order (cisco 5): its numbers, copies, clock, and the
// records that wait.
import type { JsonValue } from '../../../model/family.ts';
import type { Header } from '../grammar/header.ts';
import type { Device } from './devices.ts';
import { Duplicates } from './duplicates.ts';
import { DeviceClock } from './event-times.ts';
import { horizonMs, longestHorizonMs } from './preprocess-options.ts';
import type { PreprocessOptions } from './preprocess-options.ts';
import type { CookedRecord } from './record.ts';
import { Lane } from './reorder.ts';
import { Steps } from './steps.ts';

/** Records in a row without the kind of number in use, after which another kind is taken. */
const patience = 20;

/** Kinds of numbers, the better the higher (cisco 3.4). */
const numberKind = { none: 0, seq: 1, msgcount: 2, session: 3 } as const;

/** Everything that is kept of one device. */
export class DeviceTrack {
  readonly device: Device;
  readonly steps: Steps;
  readonly duplicates: Duplicates;
  readonly clock = new DeviceClock();
  readonly lane: Lane;
  lastArrivalMs = Number.NaN;
  lastQuality: CookedRecord['quality'] = 'arrival';
  numberKind: number = numberKind.none;
  #without = 0;
  #newestOrdinal = -1;

  constructor(device: Device, options: PreprocessOptions, leave: (track: DeviceTrack, record: CookedRecord) => void) {
    this.device = device;
    this.steps = new Steps(options, device.minBootMs);
    this.duplicates = new Duplicates(options.duplicateWindowMs, device.minBootMs);
    this.lane = new Lane(horizonMs(options, device.minBootMs), this.steps, (record) => leave(this, record));
  }

  /**
   * A look-ahead that would have put late records in their place (cisco 5 G), in milliseconds; undefined when the present
   * one is long enough, or when the device reboots too quickly for a longer one.
   */
  get advisedLookaheadMs(): number | undefined {
    const { horizonMs: presentMs } = this.lane;
    const neededMs = Math.min(Math.ceil(this.steps.maxLateMs / 1000) * 1000, longestHorizonMs(this.device.minBootMs));
    return neededMs > presentMs ? neededMs : undefined;
  }

  /** The number that order and loss go by. Sticks to one kind until that stops coming. */
  numberOf({ sessionNumber, msgcount, seq }: Header): number {
    const best =
      sessionNumber !== undefined
        ? numberKind.session
        : msgcount !== undefined
          ? numberKind.msgcount
          : seq !== undefined
            ? numberKind.seq
            : numberKind.none;
    if (best > this.numberKind) this.#change(best);
    else if (best < this.numberKind && valueOf(this.numberKind, sessionNumber, msgcount, seq) === undefined) {
      this.#without++;
      if (this.#without < patience) return Number.NaN;
      this.#change(best);
    }
    this.#without = 0;
    const value = valueOf(this.numberKind, sessionNumber, msgcount, seq);
    if (value === undefined) return Number.NaN;
    return value < 0 ? value + 2 ** 32 : value;
  }

  /** What loss follows from: 2 a count of messages sent here, 1 the sequence of all messages, 0 nothing (cisco 3.4). */
  get lossQuality(): number {
    return this.numberKind === numberKind.seq ? 1 : this.numberKind === numberKind.none ? 0 : 2;
  }

  /** Numbers that are missing were sent here. */
  get isStrong(): boolean {
    return this.lossQuality === 2;
  }

  /** Says whether the record came before one that has left already. */
  isOutOfOrder(ordinal: number): boolean {
    if (ordinal < this.#newestOrdinal) return true;
    this.#newestOrdinal = ordinal;
    return false;
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return {
      name: this.device.name,
      steps: this.steps.snapshot(),
      duplicates: this.duplicates.snapshot(),
      clock: this.clock.snapshot(),
      lastArrivalMs: Number.isNaN(this.lastArrivalMs) ? null : this.lastArrivalMs,
      lastQuality: this.lastQuality,
      numberKind: this.numberKind,
    };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const kept = state as Record<string, JsonValue>;
    this.steps.restore(kept['steps'] ?? null);
    this.duplicates.restore(kept['duplicates'] ?? null);
    this.clock.restore(kept['clock'] ?? null);
    this.lastArrivalMs = (kept['lastArrivalMs'] as number | null) ?? Number.NaN;
    this.lastQuality = kept['lastQuality'] as CookedRecord['quality'];
    this.numberKind = kept['numberKind'] as number;
  }

  #change(kind: number): void {
    this.lane.flush();
    if (this.numberKind !== numberKind.none) this.steps.forget();
    this.numberKind = kind;
  }
}

function valueOf(
  kind: number,
  sessionNumber: number | undefined,
  msgcount: number | undefined,
  seq: number | undefined,
): number | undefined {
  if (kind === numberKind.session) return sessionNumber;
  return kind === numberKind.msgcount ? msgcount : kind === numberKind.seq ? seq : undefined;
}
