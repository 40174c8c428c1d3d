// The way of messages to the collector: they take their time, and some are lost, doubled or overtaken. Keeps the books of
// every device: what was sent and what became of it.
import { randomOf } from './random.ts';
import type { Random } from './random.ts';
import type { DevicePlan } from './network-plan.ts';
import { TimeQueue } from './network-timetable.ts';

/** A message as it reaches the collector. */
export interface Arrival {
  /** Epoch ms. */
  readonly arrivalMs: number;
  /** Address that it comes from. */
  readonly source: string;
  /** Index of the device. */
  readonly device: number;
  /** With its priority; ASCII. */
  readonly payload: string;
}

/** How bad the way is, as shares of all messages. */
export interface TransportRates {
  readonly loss: number;
  readonly duplication: number;
  readonly reordering: number;
}

/** What became of the messages of one device. */
export interface MessageBook {
  /** Messages given a number and sent. */
  sent: number;
  /** Messages of which at least one copy arrived. */
  delivered: number;
  /** Lost at random, and for want of a path. */
  lost: number;
  unreachable: number;
  /** Second copies, and messages that were held up. */
  duplicated: number;
  reordered: number;
  /**
   * Missing numbers that a reader can know of: those between the first and the last that arrived of each boot, and after a
   * boot those from 2 on.
   */
  missing: number;
}

/** A message on its way. `number` is NaN without one. */
export interface Departure {
  readonly device: DevicePlan;
  readonly source: string;
  readonly payload: string;
  readonly number: number;
  readonly sentMs: number;
}

interface BootBook {
  first: number;
  last: number;
}

/** A message that is held up arrives so much later; within the look-ahead of every reader. */
const longestHoldUpMs = 8000;

/** Carries messages and keeps the books. */
export class Transport {
  readonly books: readonly MessageBook[];
  readonly #rates: TransportRates;
  readonly #random: readonly Random[];
  readonly #boots: BootBook[];
  readonly #newestMs: number[];
  readonly #extraLoss = new Map<number, number>();
  readonly #arrivals = new TimeQueue<Arrival>();

  constructor(devices: readonly DevicePlan[], rates: TransportRates, seed: number) {
    this.#rates = rates;
    this.#random = devices.map(({ index }) => randomOf(seed, 71, index));
    this.books = devices.map(() => ({
      sent: 0,
      delivered: 0,
      lost: 0,
      unreachable: 0,
      duplicated: 0,
      reordered: 0,
      missing: 0,
    }));
    this.#boots = devices.map(() => ({ first: Number.NaN, last: Number.NaN }));
    this.#newestMs = devices.map(() => 0);
  }

  /** A device loses more than others; 0 ends that. */
  congest(device: number, loss: number): void {
    this.#extraLoss.set(device, loss);
  }

  /** A device starts to count anew, from 2: nobody can receive the first message of a boot. */
  restart({ index, style }: DevicePlan): void {
    if (style === 'nx-os') return;
    this.#boots[index] = { first: 2, last: 1 };
  }

  /** A message that had no path. */
  drop({ index }: DevicePlan): void {
    const book = this.books[index];
    if (!book) return;
    book.sent++;
    book.unreachable++;
  }

  /** A message leaves its device. */
  send({ device, source, payload, number, sentMs }: Departure): void {
    const { index } = device;
    const book = this.books[index];
    const random = this.#random[index];
    if (!book || !random) return;
    book.sent++;
    // The same number of draws whatever happens, so that other rates leave the rest of the story as it is.
    const [lossDraw, copyDraw, holdDraw, delayDraw, holdLength, copyLength] = [0, 0, 0, 0, 0, 0].map(random) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (lossDraw < Math.max(this.#rates.loss, this.#extraLoss.get(index) ?? 0)) {
      book.lost++;
      return;
    }
    const isRemote = device.role === 'spoke';
    const delayMs = isRemote ? 8 + Math.floor(delayDraw * 40) : 1 + Math.floor(delayDraw * 4);
    const inOrderMs = Math.max(sentMs + delayMs, this.#newestMs[index] ?? 0);
    const isHeldUp = holdDraw < this.#rates.reordering;
    const arrivalMs = isHeldUp ? inOrderMs + 200 + Math.floor(holdLength * (longestHoldUpMs - 200)) : inOrderMs;
    if (isHeldUp) book.reordered++;
    else this.#newestMs[index] = inOrderMs;
    book.delivered++;
    this.#count(index, number);
    const arrival = { arrivalMs, source, device: index, payload };
    this.#arrivals.push(arrivalMs, arrival);
    if (copyDraw >= this.#rates.duplication) return;
    book.duplicated++;
    const copyMs = arrivalMs + 2 + Math.floor(copyLength * 1500);
    this.#arrivals.push(copyMs, { ...arrival, arrivalMs: copyMs });
  }

  /** What arrives up to a moment, in order. */
  due(nowMs: number): readonly Arrival[] {
    const list: Arrival[] = [];
    for (let due = this.#arrivals.popDue(nowMs); due; due = this.#arrivals.popDue(nowMs)) list.push(due.item);
    return list;
  }

  /** Missing numbers are counted as they become known: when a later one arrives. */
  #count(index: number, number: number): void {
    const boot = this.#boots[index];
    const book = this.books[index];
    if (!boot || !book || Number.isNaN(number)) return;
    // What waited for a path leaves after what was said later.
    if (Number.isNaN(boot.first)) boot.first = number;
    else if (number < boot.first) {
      book.missing += boot.first - number - 1;
      boot.first = number;
    } else if (number < boot.last) book.missing--;
    else book.missing += number - boot.last - 1;
    boot.last = Math.max(number, Number.isNaN(boot.last) ? number : boot.last);
  }
}
