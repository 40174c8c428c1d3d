// Waking those who wait for something to change.

/** Waiters wait until the next ring. Whoever wakes must look again: a ring says that something may have changed. */
export class Bell {
  readonly #waiters = new Set<() => void>();

  /** Wakes everybody who waits now. */
  ring(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }

  /** Resolves at the next ring, or when the signal is aborted; never rejects. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiters.delete(wake);
        resolve();
      };
      this.#waiters.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
