// Things that will happen, in order of time: what the simulation and the transport stand on.

interface Entry<T> {
  readonly timeMs: number;
  readonly order: number;
  readonly item: T;
}

/** A queue by time; what has the same time leaves in the order in which it came. */
export class TimeQueue<T> {
  readonly #heap: Entry<T>[] = [];
  #order = 0;

  /** Puts in an item that is due at a moment. */
  push(timeMs: number, item: T): void {
    const heap = this.#heap;
    const entry = { timeMs, order: this.#order++, item };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (!parent || isBefore(parent, entry)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  /** Takes the first item that is due at `nowMs`, with its time. */
  popDue(nowMs: number): { readonly timeMs: number; readonly item: T } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (!first || first.timeMs > nowMs) return undefined;
    const last = heap.pop();
    if (last && heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      if (!left) break;
      const right = heap[below + 1];
      const child = right && isBefore(right, left) ? right : left;
      if (child === right) below++;
      if (isBefore(entry, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = entry;
  }
}

function isBefore(one: Entry<unknown>, other: Entry<unknown>): boolean {
  return one.timeMs < other.timeMs || (one.timeMs === other.timeMs && one.order < other.order);
}

/** The clock of a simulation and what it will bring. */
export class Timetable {
  /** The simulated moment, epoch ms. */
  nowMs: number;
  readonly #queue = new TimeQueue<() => void>();

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** Does something after so many milliseconds. */
  after(delayMs: number, action: () => void): void {
    this.#queue.push(this.nowMs + Math.max(0, Math.round(delayMs)), action);
  }

  /** Lets time pass. */
  advance(toMs: number): void {
    for (let due = this.#queue.popDue(toMs); due; due = this.#queue.popDue(toMs)) {
      this.nowMs = due.timeMs;
      due.item();
    }
    this.nowMs = Math.max(this.nowMs, toMs);
  }
}
