// How many series a topology makes in a database (cisco 22), to be known before they are there.
import type { Topology } from './topology.ts';

/** Above this a database of one machine begins to suffer. */
export const mostSeries = 50_000;

const perService = 3;
const perLink = 4;
/** Transport, state, reboots, changes, logins and interesting messages of a device. */
const perDevice = 6;
const severities = 8;

/** The series to expect, without unknown devices and rare events. */
export function estimateSeries({ services, links, devices }: Topology): number {
  return services.length * perService + links.length * perLink + devices.length * (perDevice + severities);
}
