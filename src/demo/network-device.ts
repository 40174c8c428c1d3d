// A device that logs: its numbering, its clock, its boots.
import type { Random } from './random.ts';
import { randomOf } from './random.ts';
import { writeMessage } from './network-header.ts';
import type { DevicePlan } from './network-plan.ts';
import { bootTexts, clockText, restartTexts } from './network-texts.ts';
import type { DeviceText } from './network-texts.ts';
import type { Timetable } from './network-timetable.ts';

/** A message that the device hands to its network. */
export interface Outgoing {
  readonly device: DevicePlan;
  readonly payload: string;
  /** Place in the numbering of this boot, in steps of one; NaN for devices that do not number. */
  readonly number: number;
  readonly stampMs: number;
}

interface Waiting {
  readonly stampMs: number;
  readonly text: DeviceText;
}

/** From power to the first packet, and until the clock is set. */
const bootMs = 45_000;
/** The first messages of a boot have no sequence number: the option for it is not read yet. */
const unnumbered = 4;

/** One device. */
export class NetworkDevice {
  readonly plan: DevicePlan;
  isOn = true;
  readonly #timetable: Timetable;
  readonly #send: (message: Outgoing) => void;
  readonly #random: Random;
  #boot = 0;
  #bootMs: number;
  #isClockSet = true;
  #count: number;
  #seq: number;
  #session: number;
  #sinceBoot = Number.POSITIVE_INFINITY;
  /** Messages of a boot that wait for the network. */
  #waiting: Waiting[] | undefined;

  /** `firstNumber` is added to the numbers it begins with. */
  constructor(
    plan: DevicePlan,
    timetable: Timetable,
    send: (message: Outgoing) => void,
    { seed, firstNumber }: { readonly seed: number; readonly firstNumber: number },
  ) {
    this.plan = plan;
    this.#timetable = timetable;
    this.#send = send;
    this.#random = randomOf(seed, 72, plan.index);
    this.#count = firstNumber + 200 + Math.floor(this.#random() ** 3 * 90_000);
    this.#seq = this.#count + Math.floor(this.#random() * 5000);
    this.#session = this.#count;
    this.#bootMs = timetable.nowMs - Math.floor((0.2 + this.#random() * 400) * 3_600_000);
  }

  /** Says something after so many milliseconds, unless the device is off by then. */
  log(text: DeviceText, afterMs = 0): void {
    if (!this.isOn) return;
    const boot = this.#boot;
    if (afterMs <= 0) {
      this.#say(text);
      return;
    }
    this.#timetable.after(afterMs, () => {
      if (this.isOn && this.#boot === boot) this.#say(text);
    });
  }

  /** The power goes, or the device restarts: nothing more is said. */
  powerOff(): void {
    this.isOn = false;
    this.#waiting = undefined;
  }

  /** The device is started; it says what happened meanwhile in one burst as soon as it has a network. */
  powerOn(interfaces: readonly string[]): void {
    const timetable = this.#timetable;
    const startMs = timetable.nowMs;
    const boot = ++this.#boot;
    this.isOn = true;
    this.#bootMs = startMs;
    this.#isClockSet = false;
    // The first message of all is said before there is a network to send it to.
    this.#count = 1;
    this.#session = 1;
    this.#seq = 1;
    this.#sinceBoot = 0;
    this.#waiting = [];
    const texts = [...bootTexts(interfaces), ...restartTexts];
    texts.forEach((text, index) => {
      this.#waiting?.push({ stampMs: startMs + 18_000 + Math.floor((index * 24_000) / texts.length), text });
    });
    timetable.after(bootMs, () => {
      if (!this.isOn || this.#boot !== boot) return;
      const waiting = (this.#waiting ?? []).sort((one, other) => one.stampMs - other.stampMs);
      this.#waiting = undefined;
      for (const { text, stampMs } of waiting) this.#say(text, stampMs);
    });
    timetable.after(bootMs + 20_000 + this.#random() * 150_000, () => {
      if (!this.isOn || this.#boot !== boot) return;
      this.#isClockSet = true;
      this.#say(clockText);
    });
  }

  /** How long a device needs from power to the first packet. */
  static readonly bootMs = bootMs;

  #say(text: DeviceText, stampMs = this.#timetable.nowMs): void {
    if (this.#waiting) {
      this.#waiting.push({ stampMs, text });
      return;
    }
    const { style } = this.plan;
    this.#count += style === 'ios-xr' ? 2 : 1;
    this.#session++;
    // What goes only to the console or the buffer takes numbers too.
    if (text.isBanner !== true) this.#seq += this.#random() < 0.04 ? 3 : 1;
    this.#sinceBoot++;
    const facts = {
      count: this.#count,
      seq: this.#sinceBoot <= unnumbered ? undefined : this.#seq,
      session: this.#session,
      stampMs,
      bootMs: this.#bootMs,
      isClockSet: this.#isClockSet,
    };
    // In steps of one for the books, whatever the device counts by.
    const number = style === 'nx-os' ? Number.NaN : this.#session;
    this.#send({ device: this.plan, payload: writeMessage(this.plan, facts, text), number, stampMs });
  }
}
