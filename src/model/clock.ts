// The two clocks. Everything that needs the time takes a Clock, so tests choose it.

/** Wall clock for stamps, monotonic clock for durations (engine 2.4). Both in milliseconds. */
export interface Clock {
  /** Epoch milliseconds in UTC; may jump. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
