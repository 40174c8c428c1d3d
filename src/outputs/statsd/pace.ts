// Spreads packets over time, so that a backlog does not overrun the receiver's buffer (engine 5.3).
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../model/clock.ts';

/** Packets that may follow each other without a pause after a rest. */
const burst = 16;

/** Waits for the turn of the next packet. */
export interface Pace {
  turn(signal: AbortSignal): Promise<void>;
}

/** A pace of `perSecond` turns in the long run, by the monotonic clock, in bursts of at most 16. */
export function pace(perSecond: number, clock: Clock): Pace {
  const stepMs = 1000 / perSecond;
  let nextMs = clock.monotonic();
  return {
    turn: async (signal) => {
      const nowMs = clock.monotonic();
      nextMs = Math.max(nextMs, nowMs - burst * stepMs) + stepMs;
      if (nextMs > nowMs) await sleep(Math.ceil(nextMs - nowMs), undefined, { signal }).catch(() => undefined);
    },
  };
}
