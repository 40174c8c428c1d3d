// Calls as reports count them (cisco 15.2, 18.4): tests apart, idle and active time, the hub that each belongs to. Every call
// is in exactly one place, so the sums over hubs, sites and kinds balance.
import { testCalls } from '../inference/backup-tests.ts';
import type { Call, CallView } from '../inference/calls.ts';
import type { NetworkStory, ServiceStory } from '../inference/network.ts';
import type { ReportClock } from './report-words.ts';
import type { Topology } from '../topology/topology.ts';

/** One call of a site. */
export interface CountedCall {
  readonly call: Call;
  readonly isTest: boolean;
  /** The hub that answered; the first one of the topology when nobody said which. */
  readonly hub: string;
  /** Time that the call carried traffic while the primary was usable, and while it was not. */
  readonly idleMs: number;
  readonly activeMs: number;
  /** Since when it was idle, for a call that ended while the primary was usable. */
  readonly idleSinceMs: number | undefined;
}

/** The calls of one service that fall into the span, in order of their starts. */
export function countedCalls(
  service: ServiceStory,
  story: NetworkStory,
  topology: Topology,
  clock: ReportClock,
): readonly CountedCall[] {
  const tests = testCalls(service, clock, story);
  const hubs = service.service.backup?.ends[0]?.devices ?? [];
  const { fromMs, toMs } = story;
  return service.calls
    .filter(({ startMs, endMs }) => startMs <= toMs && (endMs ?? toMs) >= fromMs)
    .map((call) => {
      const begin = Math.max(fromMs, call.protoMs ?? call.startMs);
      const end = Math.min(toMs, call.endMs ?? toMs);
      const { downMs, isUp, sinceMs } = primaryDuring(service.primary, begin, end);
      const whole = Math.max(0, end - begin);
      const isOver = call.endMs !== undefined && call.endMs <= toMs;
      return {
        call,
        isTest: tests.has(call),
        hub: hubs.find((name) => isDevice(topology, name, call.hub)) ?? hubs[0] ?? call.hub,
        idleMs: Math.max(0, whole - downMs),
        activeMs: Math.min(whole, downMs),
        idleSinceMs: isUp && isOver ? Math.max(begin, sinceMs) : undefined,
      };
    });
}

/** Calls that no site could be found for, by the hub that answered. */
export function countedStrangers({ unattributed, fromMs, toMs }: NetworkStory): readonly CallView[] {
  return unattributed.filter(({ startMs, endMs }) => startMs <= toMs && !(endMs < fromMs));
}

function isDevice({ devices }: Topology, name: string, written: string): boolean {
  const word = written.toLowerCase();
  if (name.toLowerCase() === word) return true;
  return devices.some((device) => device.name === name && device.aliases.some((alias) => alias.toLowerCase() === word));
}

/** How long the primary was away between two moments, whether it was usable at the end, and since when. */
function primaryDuring(
  { initial, transitions }: ServiceStory['primary'],
  fromMs: number,
  toMs: number,
): { readonly downMs: number; readonly isUp: boolean; readonly sinceMs: number } {
  let isUp = initial ?? true;
  let sinceMs = Number.NEGATIVE_INFINITY;
  let beforeMs = sinceMs;
  let downMs = 0;
  const add = (untilMs: number): void => {
    if (!isUp) downMs += Math.max(0, Math.min(toMs, untilMs) - Math.max(fromMs, sinceMs));
  };
  for (const transition of transitions) {
    if (transition.timeMs > toMs) break;
    add(transition.timeMs);
    // A loss without any length, which an inconsistency stands for, is no interruption.
    const isMoment = transition.isUp && transition.timeMs === sinceMs;
    isUp = transition.isUp;
    if (isMoment) sinceMs = beforeMs;
    else {
      beforeMs = isUp ? beforeMs : sinceMs;
      sinceMs = transition.timeMs;
    }
  }
  add(toMs);
  return { downMs, isUp, sinceMs };
}

/** Spacings may differ from the common period by so much. */
const periodToleranceMs = 300_000;
const leastCalls = 3;

/**
 * The period at which the idle calls of a site recur; undefined when they do not (cisco 15.2). Calls that were the backup for
 * a while do not belong to them.
 */
export function idlePeriodMs(calls: readonly CountedCall[]): number | undefined {
  const starts = calls.filter(({ isTest, activeMs }) => !isTest && activeMs === 0).map(({ call }) => call.startMs);
  if (starts.length < leastCalls) return undefined;
  const spacings = starts.slice(1).map((startMs, index) => startMs - (starts[index] ?? 0));
  const [least, most] = [Math.min(...spacings), Math.max(...spacings)];
  const period = (least + most) / 2;
  // A period within its own tolerance is none: calls that follow each other closely are one trouble.
  return most - least <= 2 * periodToleranceMs && period > 2 * periodToleranceMs ? period : undefined;
}
