// Counts again what the simulator says of its own network, from the messages alone: states from what the hubs log, what was
// lost from the numbers.
import type { SitePlan } from '../../src/demo/network-plan.ts';
import type { Arrival } from '../../src/demo/network-transport.ts';

/** Events of one site's primary as its hub reports it, by text search: epoch ms of the arrival, and whether it is usable. */
export function primaryAtHub(arrivals: readonly Arrival[], site: SitePlan): readonly (readonly [number, boolean])[] {
  const words: Readonly<Record<SitePlan['primary'], readonly [string, string]>> = {
    'frame-relay': [`DLCI ${site.circuit} state changed to ACTIVE`, `DLCI ${site.circuit} state changed to INACTIVE`],
    ethernet: [`on ${site.hubInterface} from LOADING to FULL`, `on ${site.hubInterface} from FULL to DOWN`],
    'leased-line': [
      `Line protocol on Interface ${site.hubInterface}, changed state to up`,
      `Line protocol on Interface ${site.hubInterface}, changed state to down`,
    ],
  };
  const [up, down] = words[site.primary];
  return arrivals
    .filter(({ device }) => device === site.hub)
    .flatMap(({ arrivalMs, payload }): readonly (readonly [number, boolean])[] => {
      if (payload.includes(up)) return [[arrivalMs, true]];
      return payload.includes(down) || payload.includes('%SYS-5-RELOAD') ? [[arrivalMs, false]] : [];
    });
}

/** Seconds in which the primary is up and counts as up: what is shorter than the limits is taken out run by run. */
export function secondsUp(events: readonly (readonly [number, boolean])[], fromMs: number, toMs: number): number {
  const runs: { isUp: boolean; ms: number }[] = [];
  let [sinceMs, isUp] = [fromMs, true];
  for (const [timeMs, state] of [...events, [toMs, undefined] as const]) {
    if (state === isUp) continue;
    runs.push({ isUp, ms: timeMs - sinceMs });
    [sinceMs, isUp] = [timeMs, state ?? isUp];
  }
  let [totalMs, counted] = [0, true];
  runs.forEach((run, index) => {
    const isLong = index === 0 || index === runs.length - 1 || run.ms >= (run.isUp ? 60_000 : 30_000);
    if (isLong) counted = run.isUp;
    if (run.isUp && counted) totalMs += run.ms;
  });
  return totalMs / 1000;
}

/** What the numbers of one device tell. */
export interface Numbering {
  readonly distinct: number;
  readonly copies: number;
  /** Numbers that must have been sent and did not arrive. */
  readonly missing: number;
  readonly boots: number;
}

/** Reads the first number of every message of a device. `stride` is by how much it counts. */
export function numbering(arrivals: readonly Arrival[], device: number, stride: number): Numbering {
  const boots: Set<number>[] = [new Set()];
  let [copies, newest] = [0, 0];
  for (const arrival of arrivals) {
    if (arrival.device !== device) continue;
    const number = Number(/^<\d{1,3}>(\d+):/.exec(arrival.payload)?.[1]);
    // Numbers of a new boot are small; what is only overtaken is not smaller by so much.
    if (number <= 30 && newest - number > 60) {
      boots.push(new Set());
      newest = 0;
    }
    newest = Math.max(newest, number);
    const seen = boots.at(-1) ?? new Set();
    if (seen.has(number)) copies++;
    seen.add(number);
  }
  const missing = boots.map((seen, index) => {
    const first = index === 0 ? Math.min(...seen) : 1 + stride;
    return (Math.max(...seen) - first) / stride + 1 - seen.size;
  });
  const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);
  return { distinct: sum(boots.map(({ size }) => size)), copies, missing: sum(missing), boots: boots.length };
}
