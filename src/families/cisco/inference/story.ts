// The story of one service (cisco 10 to 14): its primary, its backup and its calls worked out from the evidence about them.
// Pure: the same evidence gives the same story, live and after the fact.
import { isSameNumber } from './attribution.ts';
import { joinCalls } from './calls.ts';
import type { Call, CallView } from './calls.ts';
import type { LinkChange } from './changes.ts';
import { lossPoint } from './dating.ts';
import type { DatingClues } from './dating.ts';
import type { Hint } from './evidence.ts';
import type { SecurityWarning } from './security.ts';
import type { Belief, DialEvidence, LinkBoot } from './link-input.ts';
import { solveService } from './service-timeline.ts';
import type { ServiceTimeline, Usable } from './service-timeline.ts';
import type { Gap, Reboot } from '../preprocessing/steps.ts';
import { isInTestWindow } from './test-window.ts';
import { solveLink } from './timeline.ts';
import type { Timeline } from './timeline.ts';
import type { Link, Service, Topology } from '../topology/topology.ts';
import type { TrunkHit } from './trunks.ts';

/** Three neighbours of a trunk that change within so long have one cause. */
const crowdMs = 5000;
/** Lengths of one call by record and by the times of its messages may differ by so much (cisco 15.1). */
const sameLengthMs = 3000;

/** Evidence of a service that contradicts itself or came too late. */
export interface ServiceInconsistency {
  /** When it happened, epoch milliseconds; for a refused correction how far the log had come when it was refused. */
  readonly timeMs: number;
  readonly kind: 'already_up' | 'already_down' | 'call_duration' | 'correction_refused';
}

/** The story of one service. */
export interface ServiceStory {
  readonly service: Service;
  readonly timeline: ServiceTimeline;
  readonly primary: Timeline;
  readonly backup: Timeline | undefined;
  /** Calls of its dial backup. */
  readonly calls: readonly Call[];
  /** Everything that did not fit, in order of time. */
  readonly inconsistencies: readonly ServiceInconsistency[];
}

/** No line from anybody: between two moments nothing is known. */
export interface Hole {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The story of the whole network between two moments. */
export interface NetworkStory {
  readonly fromMs: number;
  readonly toMs: number;
  readonly services: readonly ServiceStory[];
  readonly hits: readonly TrunkHit[];
  /** Calls that no site could be found for. */
  readonly unattributed: readonly CallView[];
  /** Holes of the log; states go on through them unless they are charged to unknown. */
  readonly holes: readonly Hole[];
  /** Calls at hubs from numbers of no site, and from unknown ones that stayed unknown (cisco 15.4). */
  readonly warnings: readonly SecurityWarning[];
}

/** What the stories of all services are worked out from. */
export interface StoryInput {
  readonly topology: Topology;
  readonly fromMs: number;
  readonly toMs: number;
  /** When the log, or what is kept of it, begins. */
  readonly logMs: number;
  /** Changes by link. */
  readonly changes: ReadonlyMap<string, readonly LinkChange[]>;
  readonly callsOf: ReadonlyMap<string, readonly CallView[]>;
  /** Holes that are charged to unknown; empty when states go on through them. */
  readonly unknown: readonly Hole[];
  /** Contradictions that were refused, by link. */
  readonly refused: readonly { readonly link: string; readonly atMs: number }[];
  /** Local wall clock of the topology's zone, written as if it were UTC. */
  readonly local: (utcMs: number) => number;
  readonly hintsOf: (link: string) => readonly Hint[];
  /** When a device was heard of by an address that says nothing about the path. */
  readonly heardOf: (device: string) => readonly number[];
  readonly gapsOf: (device: string) => readonly Gap[];
  readonly rebootsOf: (device: string) => readonly Reboot[];
  /** Boots at one end of a link that were not watched from the other end. */
  readonly bootsOf: (link: Link) => readonly LinkBoot[];
  /** What was believed of a link at the start of the kept evidence. */
  readonly believed: (link: string) => Belief | undefined;
}

/** Works out one service. */
export function serviceStory(service: Service, input: StoryInput): ServiceStory {
  const { changes, callsOf, fromMs, toMs, logMs, topology, refused } = input;
  const { primary, backup, backupMode } = service;
  const { hintGuardMs, idleCallMs } = topology.settings;
  const own = changes.get(primary.id) ?? [];
  const other = backup === undefined ? [] : (changes.get(backup.id) ?? []);
  const views = backup && backupMode === 'dial' ? (callsOf.get(backup.id) ?? []) : [];
  const bootsOf = (device: string): readonly number[] =>
    input.rebootsOf(device).map((reboot) => lossPoint(reboot, topology.settings.rebootLossPoint));
  const calls = joinCalls(
    views.filter((view) => !isForeign(view, service)),
    bootsOf,
  );
  const hints = input.hintsOf(primary.id);
  const against = backup === undefined ? [] : input.hintsOf(backup.id);
  const initial = input.believed(primary.id);
  // A call that was open when the log began, wherever the report begins: the site was on its backup.
  const wasDialled =
    initial === undefined &&
    calls.some(({ startMs, endMs = toMs }) => {
      const isOpen = startMs < logMs && endMs > logMs;
      return isOpen && !hints.some(({ timeMs }) => timeMs >= logMs && timeMs < endMs);
    });
  const primaryTimeline = solveLink({
    changes: own,
    hints,
    against: wasDialled ? [{ timeMs: logMs, arrivalMs: logMs, isOwnDown: false, isBoot: true }, ...against] : against,
    dialled: dialEvidence(service, calls, hints, input),
    boots: input.bootsOf(primary),
    untilMs: toMs,
    clues: cluesOf(primary, other, calls, input),
    guardMs: hintGuardMs,
    idleCallMs,
    initial,
  });
  let backupTimeline: Timeline | undefined;
  let usable: readonly Usable[] = [];
  // A dialled line that is set up as a leased one reports itself; only B channels are known by their calls.
  if (backup && (backupMode === 'permanent' || backup.type !== 'isdn-dial')) {
    backupTimeline = solveLink({
      changes: other,
      hints: against,
      against: [],
      dialled: [],
      boots: input.bootsOf(backup),
      untilMs: toMs,
      clues: cluesOf(backup, own, [], input),
      guardMs: hintGuardMs,
      idleCallMs,
      initial: input.believed(backup.id),
    });
    usable = usableOf(backupTimeline, fromMs, toMs, backupMode === 'permanent');
  } else if (backup) usable = calls.flatMap((call) => callUse(call, toMs));
  const timeline = solveService({
    primary: primaryTimeline,
    backup: usable,
    unknown: input.unknown,
    fromMs,
    toMs,
    dropMs: service.dropMs,
    tryMs: service.tryMs,
  });
  const isOwn = (link: string): boolean => link === primary.id || link === backup?.id;
  const inconsistencies: ServiceInconsistency[] = [
    ...primaryTimeline.inconsistencies.map(({ timeMs, kind }) => ({ timeMs, kind })),
    ...calls.flatMap(({ offMs = 0, endMs = toMs }) =>
      offMs > sameLengthMs ? [{ timeMs: endMs, kind: 'call_duration' as const }] : [],
    ),
    ...refused.flatMap(({ link, atMs }) =>
      isOwn(link) ? [{ timeMs: atMs, kind: 'correction_refused' as const }] : [],
    ),
  ];
  inconsistencies.sort((one, next) => one.timeMs - next.timeMs);
  return { service, timeline, primary: primaryTimeline, backup: backupTimeline, calls, inconsistencies };
}

/** What the calls of the backup say about the primary (cisco 10, 12.3, 12.4). */
function dialEvidence(
  service: Service,
  calls: readonly Call[],
  hints: readonly Hint[],
  { topology, logMs, toMs, heardOf, local }: StoryInput,
): readonly DialEvidence[] {
  const { dialDelayMs, hintGuardMs } = topology.settings;
  const devices = service.backup?.ends[1]?.devices ?? [];
  return calls.flatMap(({ startMs, protoMs, hub, endMs = toMs }, index): readonly DialEvidence[] => {
    if (startMs < logMs) return [];
    const nextMs = calls[index + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    const quietMs = endMs + dialDelayMs + hintGuardMs;
    const heardMs = devices
      .flatMap((device) => heardOf(device).find((ms) => ms >= quietMs) ?? [])
      .sort((one, next) => one - next)[0];
    return [
      {
        startMs,
        endMs,
        hub,
        isTelling: () =>
          protoMs !== undefined &&
          !isInTestWindow(service, local(startMs)) &&
          !hints.some(({ timeMs }) => timeMs >= startMs && timeMs <= endMs),
        heardMs: heardMs !== undefined && heardMs < nextMs ? heardMs : undefined,
      },
    ];
  });
}

function cluesOf(
  link: Link,
  sibling: readonly LinkChange[],
  calls: readonly Call[],
  { topology, changes, gapsOf, rebootsOf }: StoryInput,
): DatingClues {
  const witnesses = link.ends.filter(({ isLocal }) => isLocal);
  const devices = (witnesses.length > 0 ? witnesses : link.ends).flatMap((end) => end.devices);
  const far = link.ends.flatMap((end) => end.devices).filter((device) => !devices.includes(device));
  const neighbours = (isUp: boolean): readonly number[] => {
    const of = (list: readonly LinkChange[]): readonly number[] =>
      list.filter((change) => change.isUp === isUp && change.rank === 'main').map(({ timeMs }) => timeMs);
    const mates =
      link.trunk === undefined ? [] : topology.links.filter(({ id, trunk }) => trunk === link.trunk && id !== link.id);
    const near = mates.flatMap(({ id }) => of(changes.get(id) ?? [])).sort((one, next) => one - next);
    return [...of(sibling), ...crowded(near)].sort((one, next) => one - next);
  };
  const { dialDelayMs, hintGuardMs, idleCallMs, rebootLossPoint } = topology.settings;
  return {
    gaps: devices.flatMap(gapsOf),
    farGaps: far.flatMap(gapsOf),
    messages: link.type === 'frame-relay-pvc' && link.ends.some(({ dlci }) => dlci !== undefined) ? 2 : 1,
    reboots: link.ends.flatMap((end) => end.devices.flatMap(rebootsOf)),
    neighbours,
    calls: calls.map(({ startMs, endMs = Number.POSITIVE_INFINITY }) => ({ startMs, endMs })),
    dialDelayMs,
    guardMs: hintGuardMs,
    idleCallMs,
    rebootLossPoint,
  };
}

/** Those of the moments near which there are several others: one cause for many links. In order of time. */
function crowded(times: readonly number[]): readonly number[] {
  const isNear = (one: number | undefined, other: number | undefined): boolean =>
    one !== undefined && other !== undefined && other - one <= crowdMs;
  return times.filter(
    (ms, at) => isNear(ms, times[at + 2]) || isNear(times[at - 2], ms) || isNear(times[at - 1], times[at + 1]),
  );
}

/** The stretches of time in which a link was usable; without any evidence as `isAssumedUp` says. */
export function usableOf(
  { initial, transitions }: Timeline,
  fromMs: number,
  toMs: number,
  isAssumedUp = true,
): readonly Usable[] {
  const list: Usable[] = [];
  let isUp = initial ?? isAssumedUp;
  let sinceMs = fromMs;
  for (const transition of transitions) {
    const at = Math.min(toMs, Math.max(fromMs, transition.timeMs));
    if (isUp && at > sinceMs) list.push({ fromMs: sinceMs, toMs: at });
    isUp = transition.isUp;
    sinceMs = at;
  }
  if (isUp && toMs > sinceMs) list.push({ fromMs: sinceMs, toMs });
  return list;
}

/** A call at the site from a number that is not expected there: somebody dials in, the backup is not in use. */
function isForeign({ isLocal, number }: CallView, { expectedCallers }: Service): boolean {
  if (isLocal || number === '' || expectedCallers.length === 0) return false;
  return !expectedCallers.some((expected) => isSameNumber(expected, number));
}

/** When a call carried traffic. */
function callUse({ protoMs, endMs }: Call, toMs: number): readonly Usable[] {
  return protoMs === undefined ? [] : [{ fromMs: protoMs, toMs: endMs ?? toMs }];
}
