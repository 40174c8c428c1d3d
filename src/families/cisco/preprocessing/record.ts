// The cooked record: one message of one device, in order, with its time and what is known of its way here (cisco 3.7).
import type { MessageCode } from '../grammar/code.ts';
import type { Device } from './devices.ts';
import type { StampQuality } from '../grammar/stamp.ts';

/** What preprocessing found remarkable about a record; several may hold. */
export const recordFlag = {
  /** Left the buffer in another order than it came. */
  reordered: 1,
  /** Came after the horizon; was counted as lost before. */
  late: 2,
  /** Came even later; older than the memory. */
  tooLate: 4,
  /** Another message has the same number. */
  sameNumber: 8,
  /** Its time was moved up to that of the record before it. */
  timeAdjusted: 16,
  /** The collector's clock went back. */
  clockStep: 32,
  /** The first record of a new boot. */
  boot: 64,
  /** Within the burst that a device sends when it has booted: stamped earlier than sent. */
  bootBurst: 128,
} as const;

/** A record on its way through preprocessing; times in epoch milliseconds. */
export interface CookedRecord {
  readonly device: Device;
  /** Address it came from, as written. */
  readonly source: string;
  readonly arrivalMs: number;
  /** When it happened; set when it leaves the buffer. */
  timeMs: number;
  /** The device's own stamp in UTC, NaN without one; the uptime for quality `uptime`. */
  readonly stampMs: number;
  readonly quality: StampQuality;
  /** The number that order and loss go by, NaN without one. */
  readonly number: number;
  readonly seq: number | undefined;
  readonly msgcount: number | undefined;
  readonly sessionNumber: number | undefined;
  /** Undefined for the lines of a banner that were sent as messages of their own. */
  readonly code: MessageCode | undefined;
  readonly text: string;
  readonly isRestart: boolean;
  /** Which input it came from; several may hold the same messages. */
  readonly collector: number;
  /** Order of arrival, counted over all devices. */
  readonly ordinal: number;
  flags: number;
}

/** The names of the flags that are set. */
export function flagNames(flags: number): readonly string[] {
  return Object.entries(recordFlag)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}
