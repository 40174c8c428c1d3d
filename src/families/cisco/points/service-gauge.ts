// What is believed of one service now (cisco 20, 21, 24), and whether its alerts keep silent.
import type { Call } from '../inference/calls.ts';
import { testCalls } from '../inference/backup-tests.ts';
import type { NetworkStory, ServiceStory } from '../inference/network.ts';
import type { ReportClock } from '../reports/report-words.ts';
import { serviceState } from '../inference/service-timeline.ts';
import type { Topology } from '../topology/topology.ts';

/** Losses of the backup are counted over so long. */
const backupLossMs = 1_800_000;
/** A failed trunk says it all for so long; then its sites are told one by one (cisco 24). */
const trunkFirstMs = 600_000;

/** The values of `cisco_service`, by field. */
export interface ServiceValues {
  readonly state: number;
  readonly since_s: number;
  readonly provisional: number;
  readonly suspect: number;
  readonly confidence: number;
  readonly down: number;
  readonly on_backup: number;
  readonly planned: number;
  readonly hole: number;
  readonly quiet: number;
  readonly backup_losses: number;
}

/** Of what was reported, and not deduced (cisco 9). */
const explicitStrength = 2;

/** What it is worked out from. */
export interface ServiceMoment {
  readonly nowMs: number;
  readonly isHole: boolean;
  readonly topology: Topology;
  readonly story: NetworkStory;
  readonly clock: ReportClock;
}

/** Works it out. */
export function serviceValues(service: ServiceStory, moment: ServiceMoment): ServiceValues {
  const { nowMs, isHole, topology, story } = moment;
  const { timeline, primary, service: place } = service;
  const last = timeline.changes.at(-1);
  const state = timeline.isAssumed ? serviceState.unknown : (last?.state ?? timeline.initial);
  const sinceMs = last?.timeMs ?? timeline.fromMs;
  const cause = primary.transitions.at(-1);
  // A loss may turn out to be a drop, a return to be a try.
  const limitMs = cause?.isUp === true ? place.tryMs : place.dropMs;
  const isProvisional = cause !== undefined && nowMs - cause.timeMs < limitMs;
  const isPlanned = state !== serviceState.up && cause?.isUp === false && cause.isAdmin;
  const isTrunk = story.hits.some(
    ({ trunk, fromMs, isOpen }) =>
      trunk.id === trunkOf(place.primary, topology) && isOpen && nowMs - fromMs < trunkFirstMs,
  );
  return {
    state,
    since_s: Math.max(0, nowMs - sinceMs) / 1000,
    provisional: Number(isProvisional),
    suspect: Number(isSuspect(service, moment)),
    confidence: timeline.isAssumed ? 0 : (cause?.strength ?? 1),
    down: Number(state === serviceState.down),
    on_backup: Number(state === serviceState.backup),
    planned: Number(isPlanned),
    hole: Number(isHole),
    quiet: Number(isProvisional || isPlanned || isHole || isTrunk),
    backup_losses: timeline.changes.filter(
      ({ timeMs, state: to, previous }) =>
        previous === serviceState.backup && to === serviceState.down && timeMs > nowMs - backupLossMs,
    ).length,
  };
}

/**
 * An open call that is no test has lasted for longer than a call is idle for nothing, and nobody reported the primary as lost
 * (cisco 12.3): so it still counts as up, or as lost for no other reason than this call.
 */
function isSuspect(service: ServiceStory, { nowMs, topology, story, clock }: ServiceMoment): boolean {
  const open = service.calls.filter(({ endMs }) => endMs === undefined);
  const last = service.primary.transitions.at(-1);
  if (open.length === 0 || (last?.isUp === false && last.strength >= explicitStrength)) return false;
  const isTest: ReadonlySet<Call> = testCalls(service, clock, story);
  const backMs = service.primary.transitions.findLast(({ isUp }) => isUp)?.timeMs ?? Number.NEGATIVE_INFINITY;
  return open.some(
    (call) =>
      !isTest.has(call) && nowMs - Math.max(call.protoMs ?? call.startMs, backMs) > topology.settings.idleCallMs,
  );
}

/** The trunk that a link lies on, by name or by the interface below it. */
function trunkOf(link: Topology['links'][number], { trunks }: Topology): string | undefined {
  if (link.trunk !== undefined) return link.trunk;
  return trunks.find(({ device, interface: name }) =>
    link.ends.some((end) => end.devices.includes(device) && end.parent === name),
  )?.id;
}
