// Everything that is known about the links of a network, and the states of its services worked out from it. Evidence goes in
// record by record; the answer is a pure function of what is kept, so corrections need no code of their own (cisco 12.6).
// Above 300 lines: evidence, pruning and state are one table, and its invariants hold only together.
import { Channel, joinCalls } from './calls.ts';
import type { Call, CallView } from './calls.ts';
import { attribute, isSameNumber, NumberBook } from './attribution.ts';
import { linkChanges } from './changes.ts';
import type { LinkChange } from './changes.ts';
import type { DatingClues } from './dating.ts';
import { lossPoint } from './dating.ts';
import type { Device, DeviceNames } from './devices.ts';
import type { NetworkEvent } from './events.ts';
import { hintedLink, indexAt, insertByTime, LinkEvidence, LinkIndex, sentMs, statementsOf } from './evidence.ts';
import type { Statement } from './evidence.ts';
import { isPlain, thinHints } from './hint-thinning.ts';
import type { JsonValue } from '../../model/family.ts';
import { packRows, unpackRows } from './rows.ts';
import { recordFlag } from './record.ts';
import type { CookedRecord } from './record.ts';
import { solveService } from './service-timeline.ts';
import type { ServiceTimeline, Usable } from './service-timeline.ts';
import type { Gap, Reboot } from './steps.ts';
import { solveLink } from './timeline.ts';
import type { Timeline } from './timeline.ts';
import type { Link, Service, Topology } from './topology.ts';
import { findTrunkHits, isCircuit } from './trunks.ts';
import type { TrunkHit } from './trunks.ts';

/** A statement about a neighbour counts for a link within so long of a reboot. */
const rebootMarginMs = 60_000;
/** Evidence of what is older than this has come, but for exceptions. */
const settledMs = 600_000;
/** A configuration change this soon before makes an administrative loss a planned one. */
const plannedMs = 120_000;

/** The story of one service. */
export interface ServiceStory {
  readonly service: Service;
  readonly timeline: ServiceTimeline;
  readonly primary: Timeline;
  readonly backup: Timeline | undefined;
  /** Calls of its dial backup. */
  readonly calls: readonly Call[];
}

/** The story of the whole network between two moments. */
export interface NetworkStory {
  readonly fromMs: number;
  readonly toMs: number;
  readonly services: readonly ServiceStory[];
  readonly hits: readonly TrunkHit[];
  /** Calls that no site could be found for. */
  readonly unattributed: readonly CallView[];
}

/** What lies around a link. */
interface Surroundings {
  /** Itself, the other links of its services, and all that lie on one trunk with them. */
  readonly beside: readonly LinkEvidence[];
  /** The other links of its services. */
  readonly others: readonly LinkEvidence[];
  /** Devices at the ends of these. */
  readonly devices: readonly string[];
  readonly isBackup: boolean;
  /** Several services use it. */
  readonly isShared: boolean;
}

/** Keeps the evidence. */
export class Network {
  readonly topology: Topology;
  /** Event times of the first and last record of any device. */
  firstMs = Number.NaN;
  lastMs = Number.NaN;
  readonly index: LinkIndex;
  readonly reboots = new Map<string, Reboot[]>();
  readonly gaps = new Map<string, Gap[]>();
  readonly #names: DeviceNames;
  readonly #links: ReadonlyMap<string, LinkEvidence>;
  readonly #surroundings = new Map<string, Surroundings>();
  readonly #channels = new Map<string, Channel>();
  /** Views of calls, by the device that told of them. */
  readonly #views = new Map<string, CallView[]>();
  readonly #numbers = new NumberBook();
  readonly #configured = new Map<string, number[]>();
  /** What was believed when older evidence was forgotten. */
  readonly #initial = new Map<string, boolean>();

  constructor(topology: Topology, names: DeviceNames) {
    this.topology = topology;
    this.#names = names;
    this.index = new LinkIndex(topology);
    this.#links = new Map(topology.links.map((link) => [link.id, new LinkEvidence(link)]));
  }

  /** Takes a record and what it says. */
  record(record: CookedRecord, event: NetworkEvent): void {
    const { timeMs, device } = record;
    if (!(timeMs >= this.firstMs)) this.firstMs = timeMs;
    if (!(timeMs <= this.lastMs)) this.lastMs = timeMs;
    if (!device.isKnown) return;
    if (event.kind === 'config') this.#configuration(device, timeMs);
    const told = statementsOf(this.index, record, event);
    for (const { link, statement } of told) this.#say(link, statement);
    this.#callEvent(record, event);
    const hinted = hintedLink(this.#names.use(record.source), device);
    const evidence = hinted === undefined ? undefined : this.#links.get(hinted);
    if (!evidence) return;
    const isOwnDown = told.some(({ link, statement }) => link.id === hinted && !statement.isUp);
    insertByTime(evidence.hints, {
      timeMs: sentMs(record),
      isOwnDown,
      isBoot: (record.flags & (recordFlag.boot | recordFlag.bootBurst)) !== 0,
    });
    if (evidence.hints.length >= evidence.thinAt) this.#thin(evidence);
  }

  /** Notes missing messages of a device. */
  gap(device: Device, gap: Gap): void {
    listOf(this.gaps, device.name).push(gap);
  }

  /** Notes a reboot; one that goes on is changed in place. */
  reboot(device: Device, reboot: Reboot, isNew: boolean): void {
    if (isNew) listOf(this.reboots, device.name).push(reboot);
  }

  /** Works out everything between two moments. */
  story(fromMs: number, toMs: number): NetworkStory {
    const { topology } = this;
    const statements = new Map<string, readonly Statement[]>();
    for (const [id, evidence] of this.#links) statements.set(id, this.#withReboots(evidence));
    const changes = new Map<string, readonly LinkChange[]>();
    const work = (id: string): void => {
      const link = this.#links.get(id)?.link;
      if (link) changes.set(id, linkChanges(link, statements.get(id) ?? []));
    };
    for (const id of statements.keys()) work(id);
    const hits = findTrunkHits(topology, changes, this.#views);
    for (const { inferred } of hits) {
      for (const { linkId, statement } of inferred) {
        const list = [...(statements.get(linkId) ?? [])];
        insertByTime(list, statement);
        statements.set(linkId, list);
        work(linkId);
      }
    }
    const { byLink, unattributed } = attribute(topology, this.index, [...this.#views.values()].flat(), this.#numbers);
    const services = topology.services.map((service) => this.#serviceStory(service, changes, byLink, fromMs, toMs));
    return { fromMs, toMs, services, hits, unattributed };
  }

  /**
   * Forgets what is older than the correction window; what was believed then stays. Evidence of before changes nothing any
   * more (cisco 12.6).
   */
  forget(beforeMs: number): void {
    if (!(this.firstMs < beforeMs)) return;
    const story = this.story(this.firstMs, beforeMs);
    for (const { service, primary, backup } of story.services) {
      for (const [link, timeline] of [[service.primary, primary] as const, [service.backup, backup] as const]) {
        if (!link || !timeline) continue;
        const last = timeline.transitions.findLast(({ timeMs }) => timeMs < beforeMs);
        const state = last?.isUp ?? timeline.initial;
        if (state !== undefined) this.#initial.set(link.id, state);
      }
    }
    for (const evidence of this.#links.values()) evidence.forget(beforeMs);
    for (const [device, gaps] of this.gaps) {
      this.gaps.set(
        device,
        gaps.filter(({ toMs }) => toMs >= beforeMs),
      );
    }
    for (const [device, reboots] of this.reboots) {
      this.reboots.set(
        device,
        reboots.filter(({ toMs }) => toMs >= beforeMs),
      );
    }
    for (const views of this.#views.values()) {
      const kept = views.filter(
        ({ startMs, endMs }) => !(endMs < beforeMs) && !(Number.isNaN(endMs) && startMs < beforeMs),
      );
      views.splice(0, views.length, ...kept);
    }
    this.firstMs = beforeMs;
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    const packed = (call: CallView): JsonValue =>
      Object.fromEntries(Object.entries(call).map(([key, value]) => [key, Number.isNaN(value) ? null : value]));
    return {
      firstMs: Number.isNaN(this.firstMs) ? null : this.firstMs,
      lastMs: Number.isNaN(this.lastMs) ? null : this.lastMs,
      initial: [...this.#initial],
      links: [...this.#links]
        .filter(([, { statements, hints }]) => statements.length > 0 || hints.length > 0)
        .map(([id, evidence]) => ({ id, ...evidence.snapshot() })),
      gaps: [...this.gaps].map(([device, gaps]) => [device, packRows(gaps)]),
      reboots: [...this.reboots].map(([device, reboots]) => [device, reboots.map((reboot) => ({ ...reboot }))]),
      views: [...this.#views].map(([device, views]) => [device, views.map(packed)]),
      numbers: this.#numbers.entries.map(([number, name]) => [number, name]),
      configured: [...this.#configured],
    };
  }

  /** Takes back a snapshot. Links that the topology has no more are left out. */
  restore(state: JsonValue): void {
    const kept = state as unknown as {
      firstMs: number | null;
      lastMs: number | null;
      initial: [string, boolean][];
      links: { id: string; statements: JsonValue; hints: JsonValue }[];
      gaps: [string, JsonValue][];
      reboots: [string, Reboot[]][];
      views: [string, Record<string, JsonValue>[]][];
      numbers: [string, string][];
      configured: [string, number[]][];
    };
    this.firstMs = kept.firstMs ?? Number.NaN;
    this.lastMs = kept.lastMs ?? Number.NaN;
    for (const [id, isUp] of kept.initial) this.#initial.set(id, isUp);
    for (const { id, statements, hints } of kept.links) {
      const evidence = this.#links.get(id);
      if (!evidence) continue;
      evidence.restore({ statements, hints });
    }
    for (const [device, gaps] of kept.gaps) this.gaps.set(device, unpackRows<Gap>(gaps));
    for (const [device, reboots] of kept.reboots) this.reboots.set(device, reboots);
    for (const [device, views] of kept.views) {
      for (const view of views) {
        const call = Object.fromEntries(
          Object.entries(view).map(([key, value]) => [key, value ?? Number.NaN]),
        ) as unknown as CallView;
        listOf(this.#views, device).push(call);
        this.#channel(device, call.isLocal, call.channel).resume(call);
      }
    }
    for (const [number, name] of kept.numbers) this.#numbers.learn(number, name);
    for (const [device, times] of kept.configured) this.#configured.set(device, times);
  }

  /** Views of calls by device, for tests of balance and for metrics. */
  get views(): ReadonlyMap<string, readonly CallView[]> {
    return this.#views;
  }

  /** Forgets hints of a link that mean nothing more. */
  #thin(evidence: LinkEvidence): void {
    const { link, hints, thinnedMs } = evidence;
    const guardMs = this.topology.settings.hintGuardMs;
    const { beside, devices, others: rivals, isBackup, isShared } = this.#surroundingsOf(link);
    // The last two that were kept before are needed to judge the next ones; marks as far back as a guard before them.
    const from = Math.max(0, indexAt(hints, thinnedMs) - 2);
    const sinceMs = (hints[from]?.timeMs ?? 0) - 2 * guardMs;
    const said = beside.flatMap((one) => timesSince(one.statements, sinceMs));
    for (const device of devices) {
      for (const { fromMs, toMs } of this.reboots.get(device) ?? []) said.push(fromMs, (fromMs + toMs) / 2, toMs);
      for (const { startMs, endMs } of this.#views.get(device) ?? []) said.push(startMs, endMs);
    }
    const others: number[] = [];
    for (const one of [evidence, ...rivals]) {
      for (let index = indexAt(one.hints, sinceMs); index < one.hints.length; index++) {
        const hint = one.hints[index];
        if (!hint) continue;
        if (!isPlain(hint)) said.push(hint.timeMs);
        if (one !== evidence) others.push(hint.timeMs);
      }
    }
    const untilMs = this.lastMs - settledMs;
    const kept = thinHints(hints.slice(from), {
      said: said.filter((timeMs) => timeMs >= sinceMs).sort((one, other) => one - other),
      others: others.sort((one, other) => one - other),
      isBackup,
      isShared,
      guardMs,
      untilMs,
    });
    evidence.thin(from, kept, untilMs);
  }

  /** What must be looked at to judge the hints of a link. */
  #surroundingsOf(link: Link): Surroundings {
    let found = this.#surroundings.get(link.id);
    if (!found) {
      const { services, trunks, links: all } = this.topology;
      const using = services.filter(({ primary, backup }) => primary.id === link.id || backup?.id === link.id);
      const ids = new Set([link.id, ...using.flatMap(({ primary, backup }) => [primary.id, backup?.id ?? primary.id])]);
      const links = all.filter(({ id }) => ids.has(id));
      // What lies on one trunk can be lost together.
      const shared = trunks.filter((trunk) => links.some((one) => isCircuit(trunk, one)));
      const mates = all.filter((one) => links.includes(one) || shared.some((trunk) => isCircuit(trunk, one)));
      const evidenceOf = (list: readonly Link[]): readonly LinkEvidence[] =>
        list.flatMap(({ id }) => this.#links.get(id) ?? []);
      found = {
        beside: evidenceOf(mates),
        others: evidenceOf(links.filter(({ id }) => id !== link.id)),
        devices: [...new Set(links.flatMap(({ ends }) => ends.flatMap((end) => end.devices)))],
        isBackup: using.some(({ backup }) => backup?.id === link.id),
        isShared: using.length > 1,
      };
      this.#surroundings.set(link.id, found);
    }
    return found;
  }

  #say(link: Link, statement: Statement): void {
    const evidence = this.#links.get(link.id);
    if (evidence) insertByTime(evidence.statements, { ...statement, isAdmin: this.#isPlanned(statement) });
  }

  /** Administrative losses are planned when somebody changed the configuration just before. */
  #isPlanned({ isAdmin, isUp, device, timeMs }: Statement): boolean {
    if (!isAdmin || isUp) return false;
    const times = this.#configured.get(device) ?? [];
    return times.length === 0 || times.some((ms) => timeMs >= ms - 1000 && timeMs - ms <= plannedMs);
  }

  #configuration({ name }: Device, timeMs: number): void {
    const times = listOf(this.#configured, name);
    times.push(timeMs);
    if (times.length > 16) times.shift();
  }

  #callEvent(record: CookedRecord, event: NetworkEvent): void {
    const { device } = record;
    if (!this.index.hasDial(device.name)) return;
    switch (event.kind) {
      case 'phys':
      case 'proto':
      case 'call_connect':
      case 'call_end':
        break;
      default:
        return;
    }
    if (this.index.ofDial(device.name, event.interface).length === 0) return;
    const channel = this.#channel(device.name, device.isLocal, event.interface);
    channel.take(record, event);
    const { last } = channel;
    if (last && last.number !== '' && last.peer !== '') this.#numbers.learn(last.number, last.peer);
  }

  #channel(device: string, isLocal: boolean, name: string): Channel {
    const key = `${device} ${name}`;
    let channel = this.#channels.get(key);
    if (!channel) {
      const views = listOf(this.#views, device);
      channel = new Channel(device, isLocal, name, (view) => views.push(view));
      this.#channels.set(key, channel);
    }
    return channel;
  }

  /** The statements about a link, with those that a reboot implies where nobody else could witness (cisco 13). */
  #withReboots({ link, statements }: LinkEvidence): readonly Statement[] {
    let result: Statement[] | undefined;
    link.ends.forEach((end, index) => {
      const far = link.ends[1 - index];
      for (const device of end.devices) {
        for (const reboot of this.reboots.get(device) ?? []) {
          const isTold = statements.some(
            (told) =>
              told.end !== index &&
              told.timeMs >= reboot.fromMs - rebootMarginMs &&
              told.timeMs <= reboot.toMs + rebootMarginMs,
          );
          // A far end that logs beside us and says nothing saw no failure.
          if (isTold || far?.isLocal === true) continue;
          result ??= [...statements];
          insertByTime(result, {
            timeMs: lossPoint(reboot, this.topology.settings.rebootLossPoint),
            isUp: false,
            end: index,
            layer: 'inferred',
            isLocal: false,
            strength: 2,
            isAdmin: reboot.isPlanned,
            device,
            code: 'reboot',
          });
        }
      }
    });
    return result ?? statements;
  }

  #serviceStory(
    service: Service,
    changes: ReadonlyMap<string, readonly LinkChange[]>,
    callsOf: ReadonlyMap<string, readonly CallView[]>,
    fromMs: number,
    toMs: number,
  ): ServiceStory {
    const { primary, backup, backupMode } = service;
    const { hintGuardMs } = this.topology.settings;
    const own = changes.get(primary.id) ?? [];
    const other = backup === undefined ? [] : (changes.get(backup.id) ?? []);
    const views = backup && backupMode === 'dial' ? (callsOf.get(backup.id) ?? []) : [];
    const calls = joinCalls(views.filter((view) => !isForeign(view, service)));
    const hints = this.#links.get(primary.id)?.hints ?? [];
    const against = backup === undefined ? [] : (this.#links.get(backup.id)?.hints ?? []);
    // A call that was open when the log began: the site was on its backup.
    const wasDialled = calls.some(({ startMs, endMs = toMs }) => {
      return startMs < fromMs && !hints.some(({ timeMs }) => timeMs >= fromMs && timeMs < endMs);
    });
    const primaryTimeline = solveLink({
      changes: own,
      hints,
      against: wasDialled ? [{ timeMs: fromMs, isOwnDown: false, isBoot: true }, ...against] : against,
      clues: this.#clues(primary, other, calls, changes),
      guardMs: hintGuardMs,
      initial: this.#initial.get(primary.id),
    });
    let backupTimeline: Timeline | undefined;
    let usable: readonly Usable[] = [];
    if (backup && backupMode === 'permanent') {
      backupTimeline = solveLink({
        changes: other,
        hints: against,
        against: [],
        clues: this.#clues(backup, own, [], changes),
        guardMs: hintGuardMs,
        initial: this.#initial.get(backup.id),
      });
      usable = usableOf(backupTimeline, fromMs, toMs);
    } else if (backup) usable = calls.flatMap((call) => callUse(call, toMs));
    const timeline = solveService({
      primary: primaryTimeline,
      backup: usable,
      fromMs,
      toMs,
      dropMs: service.dropMs,
      tryMs: service.tryMs,
    });
    return { service, timeline, primary: primaryTimeline, backup: backupTimeline, calls };
  }

  #clues(
    link: Link,
    sibling: readonly LinkChange[],
    calls: readonly Call[],
    changes: ReadonlyMap<string, readonly LinkChange[]>,
  ): DatingClues {
    const witnesses = link.ends.filter(({ isLocal }) => isLocal);
    const devices = (witnesses.length > 0 ? witnesses : link.ends).flatMap((end) => end.devices);
    const far = link.ends.flatMap((end) => end.devices).filter((device) => !devices.includes(device));
    const mates =
      link.trunk === undefined
        ? []
        : this.topology.links.filter(({ id, trunk }) => trunk === link.trunk && id !== link.id);
    const near = [...sibling, ...mates.flatMap(({ id }) => changes.get(id) ?? [])].filter(
      ({ rank }) => rank === 'main',
    );
    const times = (isUp: boolean): readonly number[] =>
      near
        .filter((change) => change.isUp === isUp)
        .map(({ timeMs }) => timeMs)
        .sort((one, next) => one - next);
    return {
      gaps: devices.flatMap((device) => this.gaps.get(device) ?? []),
      farGaps: far.flatMap((device) => this.gaps.get(device) ?? []),
      reboots: link.ends.flatMap((end) => end.devices.flatMap((device) => this.reboots.get(device) ?? [])),
      neighbourDownMs: times(false),
      neighbourUpMs: times(true),
      callStartMs: calls.map(({ startMs }) => startMs),
      dialDelayMs: this.topology.settings.dialDelayMs,
      rebootLossPoint: this.topology.settings.rebootLossPoint,
    };
  }
}

/** The stretches of time in which a permanent link was usable. Without any evidence it is assumed to have been. */
export function usableOf({ initial, transitions }: Timeline, fromMs: number, toMs: number): readonly Usable[] {
  const list: Usable[] = [];
  let isUp = initial ?? true;
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

function timesSince(items: readonly { readonly timeMs: number }[] = [], sinceMs: number): readonly number[] {
  return items.slice(indexAt(items, sinceMs)).map(({ timeMs }) => timeMs);
}

function listOf<K, V>(map: Map<K, V[]>, key: K): V[] {
  let list = map.get(key);
  if (!list) {
    list = [];
    map.set(key, list);
  }
  return list;
}
