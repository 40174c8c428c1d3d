// The look-ahead buffers (cisco 5 E): records of a device leave in the order of their numbers, or when they have waited
// for the horizon. Limited by time, never by entry count.
import type { CookedRecord } from './record.ts';

/** Messages that overtake one are looked for among so many that follow it. */
const mostOvertaking = 64;

interface Waiting {
  readonly record: CookedRecord;
  readonly order: number;
  hasLeft: boolean;
}

/** What a lane needs to know of its device's numbers. */
export interface Numbers {
  readonly last: number;
  isNext(number: number): boolean;
  orderOf(number: number): number;
  /** True for a number that was missed and is awaited no more: its record comes late. */
  isMissing(record: CookedRecord): boolean;
}

/** Records of one device that wait for an earlier one, in order. */
export class Lane {
  readonly horizonMs: number;
  readonly #numbers: Numbers;
  readonly #leave: (record: CookedRecord) => void;
  #waiting: Waiting[] = [];

  constructor(horizonMs: number, numbers: Numbers, leave: (record: CookedRecord) => void) {
    this.horizonMs = horizonMs;
    this.#numbers = numbers;
    this.#leave = leave;
  }

  /** Number of records that wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** All of them, in order. */
  get records(): readonly CookedRecord[] {
    return this.#waiting.map(({ record }) => record);
  }

  /** The first arrival among those that come next: what has left was sent before. */
  get earliestMs(): number {
    let earliestMs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < mostOvertaking; at++) {
      const waiting = this.#waiting[at];
      if (!waiting) break;
      earliestMs = Math.min(earliestMs, waiting.record.arrivalMs);
    }
    return earliestMs;
  }

  /** Takes a record; true when it has to wait, so that the horizon must be watched. */
  take(record: CookedRecord): Waiting | undefined {
    const { number } = record;
    if (Number.isNaN(number)) {
      this.#leave(record);
      return undefined;
    }
    if (!Number.isNaN(this.#numbers.last) && this.#numbers.isNext(number) && !this.#mayFollowBoot(number)) {
      this.#leave(record);
      this.#leaveNext();
      return undefined;
    }
    const waiting: Waiting = { record, order: this.#numbers.orderOf(number), hasLeft: false };
    let index = this.#waiting.length;
    while (index > 0 && (this.#waiting[index - 1]?.order ?? 0) > waiting.order) index--;
    this.#waiting.splice(index, 0, waiting);
    return waiting;
  }

  /** Numbers whose turn is over wait: a new boot may have begun, and this number may be one of its own. */
  #mayFollowBoot(number: number): boolean {
    const first = this.#waiting[0];
    return first !== undefined && first.order < this.#numbers.orderOf(number) && !this.#numbers.isMissing(first.record);
  }

  /** The horizon of a record is over: it leaves, and all before it. */
  expire(waiting: Waiting): void {
    while (!waiting.hasLeft && this.#waiting.length > 0) this.#leaveFirst();
    this.#leaveNext();
  }

  /** The input ends, or another kind of number begins. */
  flush(): void {
    while (this.#waiting.length > 0) this.#leaveFirst();
  }

  #leaveFirst(): void {
    const first = this.#waiting.shift();
    if (!first) return;
    first.hasLeft = true;
    this.#leave(first.record);
  }

  #leaveNext(): void {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const { number } = first.record;
      if (!this.#numbers.isNext(number) && number !== this.#numbers.last) return;
      this.#leaveFirst();
    }
  }
}

/** What waits, over all devices, in order of arrival: one queue for each horizon. */
export class Horizons {
  readonly #queues = new Map<number, { items: { lane: Lane; waiting: Waiting }[]; head: number }>();

  /** Number of records that wait. */
  get size(): number {
    let size = 0;
    for (const { items, head } of this.#queues.values()) {
      for (let index = head; index < items.length; index++) if (items[index]?.waiting.hasLeft === false) size++;
    }
    return size;
  }

  /** Watches a record that `Lane.take` keeps. */
  watch(lane: Lane, waiting: Waiting): void {
    let queue = this.#queues.get(lane.horizonMs);
    if (!queue) {
      queue = { items: [], head: 0 };
      this.#queues.set(lane.horizonMs, queue);
    }
    queue.items.push({ lane, waiting });
  }

  /** Lets everything leave whose horizon is over at `watermarkMs`. */
  advance(watermarkMs: number): void {
    for (const [horizonMs, queue] of this.#queues) {
      for (;;) {
        const first = queue.items[queue.head];
        if (!first) break;
        const isOver = watermarkMs - first.waiting.record.arrivalMs >= horizonMs;
        if (!first.waiting.hasLeft && !isOver) break;
        queue.head++;
        if (!first.waiting.hasLeft) first.lane.expire(first.waiting);
      }
      if (queue.head === queue.items.length) {
        queue.items = [];
        queue.head = 0;
      } else if (queue.head > 4096) {
        queue.items = queue.items.slice(queue.head);
        queue.head = 0;
      }
    }
  }

  /** Forgets all. */
  clear(): void {
    this.#queues.clear();
  }
}
