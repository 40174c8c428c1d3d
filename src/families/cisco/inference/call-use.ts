// What a dial call was good for (cisco 15.2): idle while the primary was usable, active while it was not.
import type { Call } from './calls.ts';
import { serviceState } from './service-timeline.ts';
import type { ServiceTimeline } from './service-timeline.ts';

/** The two parts of a call in milliseconds. */
export interface CallUse {
  readonly idleMs: number;
  readonly activeMs: number;
}

/** From the moment that the call carried traffic; so far while it is open. */
export function callUse({ startMs, protoMs, endMs }: Call, { charged, toMs }: ServiceTimeline): CallUse {
  const from = protoMs ?? startMs;
  const to = endMs ?? toMs;
  let idleMs = 0;
  let activeMs = 0;
  for (const interval of charged) {
    const length = Math.min(to, interval.toMs) - Math.max(from, interval.fromMs);
    if (length <= 0) continue;
    if (interval.state === serviceState.up) idleMs += length;
    else activeMs += length;
  }
  return { idleMs, activeMs };
}
