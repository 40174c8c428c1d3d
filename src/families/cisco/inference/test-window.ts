// When the scheduled tests of a dial backup run (cisco 15.3).
import type { Service } from '../topology/topology.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** True when a local moment, its wall clock written as if it were UTC, lies in the service's test window. */
export function isInTestWindow({ testWindow }: Service, localMs: number): boolean {
  if (!testWindow) return false;
  const minute = (((localMs % dayMs) + dayMs) % dayMs) / minuteMs;
  const { fromMinute, toMinute } = testWindow;
  return fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute;
}
