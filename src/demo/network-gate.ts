// Something that works while nothing stands in its way.

/** Counts what stands in the way. */
export class Gate {
  readonly #closed: () => void;
  readonly #opened: () => void;
  #blocks = 0;

  /** `closed` and `opened` are called at the first obstacle and when the last one is gone. */
  constructor(closed: () => void, opened: () => void) {
    this.#closed = closed;
    this.#opened = opened;
  }

  /** Nothing is in the way. */
  get isOpen(): boolean {
    return this.#blocks === 0;
  }

  /** Puts an obstacle in the way; what it gives takes it out again, once. */
  block(): () => void {
    if (++this.#blocks === 1) this.#closed();
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      if (--this.#blocks === 0) this.#opened();
    };
  }
}
