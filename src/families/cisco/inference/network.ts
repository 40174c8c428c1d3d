// Everything that is known about the links of a network, and the states of its services worked out from it. Evidence goes in
// record by record; the answer is a pure function of what is kept, so corrections need no code of their own (cisco 12.6).
// Above 300 lines: evidence, pruning and state are one table, and its invariants hold only together.
import { Channel } from './calls.ts';
import type { CallView } from './calls.ts';
import { attribute, NumberBook } from './attribution.ts';
import { linkChanges } from './changes.ts';
import type { EndBoot, LinkChange } from './changes.ts';
import { lossPoint } from './dating.ts';
import type { Device, DeviceNames } from '../preprocessing/devices.ts';
import type { NetworkEvent } from '../grammar/events.ts';
import { hintedLink, indexAt, insertByTime, LinkEvidence, LinkIndex, sentMs, statementsOf } from './evidence.ts';
import type { Statement } from './evidence.ts';
import { isPlain, thinHints } from './hint-thinning.ts';
import type { JsonValue } from '../../../model/family.ts';
import { LocalClock } from '../../../model/zone.ts';
import { bootUpMs } from './link-input.ts';
import type { Belief, LinkBoot } from './link-input.ts';
import { packRows, unpackRows } from './rows.ts';
import { recordFlag } from '../preprocessing/record.ts';
import type { CookedRecord } from '../preprocessing/record.ts';
import { callerWarnings } from './security.ts';
import type { Gap, Reboot } from '../preprocessing/steps.ts';
import { serviceStory } from './story.ts';
import type { Hole, NetworkStory, StoryInput } from './story.ts';
import type { Link, Topology } from '../topology/topology.ts';
import { findTrunkHits, isCircuit } from './trunks.ts';

export type { NetworkStory, ServiceStory } from './story.ts';

/** Evidence of what is older than this has come, but for exceptions. */
const settledMs = 600_000;
/** A packet that is here within so long has not waited anywhere. */
const atOnceMs = 1000;
/** A configuration change this soon before makes an administrative loss a planned one. */
const plannedMs = 120_000;
/** A device that is heard of by addresses that say nothing about paths is noted once in so long. */
const heardStepMs = 60_000;
/** Refusals remembered within one correction window. */
const mostRefused = 10_000;

/** What is done with the time in which nobody logged anything (cisco 5 H). */
export type HolePolicy = 'keep' | 'unknown';

/** Evidence from before the correction window that contradicted what was believed then. */
interface Refusal {
  readonly link: string;
  /** How far the log had come when it was refused. */
  readonly atMs: number;
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
  /** What was believed when older evidence was forgotten, by link. */
  readonly #initial = new Map<string, Belief>();
  /** Evidence of before this moment is refused. */
  #forgottenMs = Number.NEGATIVE_INFINITY;
  #refused: Refusal[] = [];
  #holes: Hole[] = [];
  /** When devices at the sites of dial links were heard of by an address that says nothing about the path. */
  readonly #heard = new Map<string, number[]>();
  readonly #dialSites: ReadonlySet<string>;
  readonly #holePolicy: HolePolicy;
  readonly #clock: LocalClock;

  constructor(topology: Topology, names: DeviceNames, holePolicy: HolePolicy = 'keep') {
    this.topology = topology;
    this.#names = names;
    this.#holePolicy = holePolicy;
    this.#clock = new LocalClock(topology.timezone);
    this.#dialSites = new Set(
      topology.services.flatMap(({ backup, backupMode }) =>
        backupMode === 'dial' ? (backup?.ends[1]?.devices ?? []) : [],
      ),
    );
    this.index = new LinkIndex(topology);
    this.#links = new Map(topology.links.map((link) => [link.id, new LinkEvidence(link)]));
  }

  /** Takes a record and what it says. */
  record(record: CookedRecord, event: NetworkEvent): void {
    const { timeMs, device } = record;
    if (timeMs < this.#forgottenMs) {
      this.#refuse(record, event);
      return;
    }
    if (!(timeMs >= this.firstMs)) this.firstMs = timeMs;
    if (!(timeMs <= this.lastMs)) this.lastMs = timeMs;
    if (!device.isKnown) return;
    if (event.kind === 'config') this.#configuration(device, timeMs);
    const told = statementsOf(this.index, record, event);
    for (const { link, statement } of told) this.#say(link, statement);
    this.#callEvent(record, event);
    const hinted = hintedLink(this.#names.use(record.source), device);
    const evidence = hinted === undefined ? undefined : this.#links.get(hinted);
    if (!evidence) {
      this.#hear(device, sentMs(record));
      return;
    }
    const isOwnDown = told.some(({ link, statement }) => link.id === hinted && !statement.isUp);
    const hintMs = sentMs(record);
    insertByTime(evidence.hints, {
      timeMs: hintMs,
      arrivalMs: record.arrivalMs - hintMs > atOnceMs ? record.arrivalMs : hintMs,
      isOwnDown,
      isBoot: (record.flags & (recordFlag.boot | recordFlag.bootBurst)) !== 0,
    });
    if (evidence.hints.length >= evidence.thinAt) this.#thin(evidence);
  }

  /** Notes missing messages of a device. */
  gap(device: Device, gap: Gap): void {
    listOf(this.gaps, device.name).push(gap);
  }

  /** Notes a reboot; one that goes on replaces what was known of it. */
  reboot(device: Device, reboot: Reboot, isNew: boolean): void {
    const list = listOf(this.reboots, device.name);
    // After a restart the kept one is a copy.
    if (!isNew && list.at(-1)?.fromMs === reboot.fromMs) list.pop();
    list.push(reboot);
  }

  /** Notes that nobody logged anything between two moments. */
  hole(fromMs: number, toMs: number): void {
    this.#holes.push({ fromMs, toMs });
  }

  /** Works out everything between two moments. */
  story(fromMs: number, toMs: number): NetworkStory {
    const { topology } = this;
    const statements = new Map<string, readonly Statement[]>();
    for (const [id, evidence] of this.#links) statements.set(id, evidence.statements);
    const changes = new Map<string, readonly LinkChange[]>();
    const work = (id: string): void => {
      const link = this.#links.get(id)?.link;
      if (link) changes.set(id, linkChanges(link, statements.get(id) ?? [], this.#boots(link)));
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
    const { byLink, unattributed } = attribute(
      topology,
      this.index,
      [...this.#views.values()].flat(),
      this.#numbers,
      (link, ms) => this.#isDown(link, changes, ms),
    );
    const toldAfter = new Map<Reboot, ReadonlySet<Link>>();
    const toldUpAfter = (device: string, reboot: Reboot): ReadonlySet<Link> => {
      const told = toldAfter.get(reboot) ?? this.#toldUpAfter(device, reboot);
      toldAfter.set(reboot, told);
      return told;
    };
    const input: StoryInput = {
      topology,
      fromMs,
      toMs,
      logMs: this.firstMs,
      changes,
      callsOf: byLink,
      unknown: this.#holePolicy === 'unknown' ? this.#holes : [],
      refused: this.#refused,
      local: (ms) => this.#clock.toLocal(ms),
      hintsOf: (link) => this.#links.get(link)?.hints ?? [],
      heardOf: (device) => this.#heard.get(device) ?? [],
      gapsOf: (device) => this.gaps.get(device) ?? [],
      rebootsOf: (device) => this.reboots.get(device) ?? [],
      bootsOf: (link) => this.#unwatched(link, toldUpAfter),
      believed: (link) => this.#initial.get(link),
    };
    const services = topology.services.map((service) => serviceStory(service, input));
    const warnings = callerWarnings(topology, [...this.#views.values()].flat(), new Set(unattributed), toMs);
    return { fromMs, toMs, services, hits, unattributed, holes: this.#holes, warnings };
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
        const isUp = last?.isUp ?? timeline.initial;
        const sinceMs = last?.timeMs ?? this.#initial.get(link.id)?.sinceMs ?? story.fromMs;
        if (isUp !== undefined) this.#initial.set(link.id, { isUp, sinceMs });
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
        // What came back with the device shows some time after its boot.
        reboots.filter(({ toMs }) => toMs + bootUpMs >= beforeMs),
      );
    }
    for (const [device, times] of this.#heard) {
      this.#heard.set(
        device,
        times.filter((ms) => ms >= beforeMs),
      );
    }
    this.#holes = this.#holes.filter(({ toMs }) => toMs >= beforeMs);
    this.#refused = this.#refused.filter(({ atMs }) => atMs >= beforeMs);
    this.#forgetCalls(story, beforeMs);
    this.firstMs = beforeMs;
    this.#forgottenMs = beforeMs;
  }

  /** Both ends of a call are forgotten together; one that goes on is kept, however long it does. */
  #forgetCalls({ services }: NetworkStory, beforeMs: number): void {
    const isOver = new Map<CallView, boolean>();
    for (const { calls } of services) {
      for (const { endMs = Number.POSITIVE_INFINITY, views } of calls) {
        for (const view of views) isOver.set(view, endMs < beforeMs);
      }
    }
    for (const [device, views] of this.#views) {
      const kept = views.filter((view) => {
        const over = isOver.get(view);
        if (over !== undefined) return !over;
        const isOpen = Number.isNaN(view.endMs);
        return isOpen ? this.#channels.get(`${device} ${view.channel}`)?.last === view : view.endMs >= beforeMs;
      });
      views.splice(0, views.length, ...kept);
    }
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    const packed = (call: CallView): JsonValue =>
      Object.fromEntries(Object.entries(call).map(([key, value]) => [key, Number.isNaN(value) ? null : value]));
    return {
      firstMs: Number.isNaN(this.firstMs) ? null : this.firstMs,
      lastMs: Number.isNaN(this.lastMs) ? null : this.lastMs,
      initial: [...this.#initial].map(([link, belief]) => [link, { ...belief }]),
      forgottenMs: Number.isFinite(this.#forgottenMs) ? this.#forgottenMs : null,
      refused: this.#refused.map((refusal) => ({ ...refusal })),
      holes: this.#holes.map((hole) => ({ ...hole })),
      heard: [...this.#heard],
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
      initial: [string, Belief][];
      forgottenMs: number | null;
      refused: Refusal[];
      holes: Hole[];
      heard: [string, number[]][];
      links: { id: string; statements: JsonValue; hints: JsonValue }[];
      gaps: [string, JsonValue][];
      reboots: [string, Reboot[]][];
      views: [string, Record<string, JsonValue>[]][];
      numbers: [string, string][];
      configured: [string, number[]][];
    };
    this.firstMs = kept.firstMs ?? Number.NaN;
    this.lastMs = kept.lastMs ?? Number.NaN;
    for (const [id, belief] of kept.initial) this.#initial.set(id, belief);
    this.#forgottenMs = kept.forgottenMs ?? Number.NEGATIVE_INFINITY;
    this.#refused = kept.refused;
    this.#holes = kept.holes;
    for (const [device, times] of kept.heard) this.#heard.set(device, times);
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

  /** What is kept about a link; for reports. */
  evidenceOf(linkId: string): LinkEvidence | undefined {
    return this.#links.get(linkId);
  }

  /** Views of calls by device, for tests of balance and for metrics. */
  get views(): ReadonlyMap<string, readonly CallView[]> {
    return this.#views;
  }

  /** Evidence of before the correction window: what was believed then stays, but that it was contradicted is noted. */
  #refuse(record: CookedRecord, event: NetworkEvent): void {
    if (!record.device.isKnown) return;
    for (const { link, statement } of statementsOf(this.index, record, event)) {
      const belief = this.#initial.get(link.id);
      if (!belief || belief.isUp === statement.isUp || statement.timeMs < belief.sinceMs) continue;
      if (this.#refused.length < mostRefused) this.#refused.push({ link: link.id, atMs: this.lastMs });
    }
  }

  /** A device was heard of by an address that says nothing about the path. */
  #hear({ name }: Device, ms: number): void {
    if (!this.#dialSites.has(name)) return;
    const times = listOf(this.#heard, name);
    const last = times.at(-1);
    if (last === undefined || ms >= last + heardStepMs) times.push(ms);
  }

  /** Whether the primary that a dial link stands in for was said to be down at a moment. */
  #isDown(dial: Link, changes: ReadonlyMap<string, readonly LinkChange[]>, ms: number): boolean {
    const service = this.topology.services.find(({ backup }) => backup === dial);
    if (!service) return false;
    const said = changes.get(service.primary.id)?.findLast(({ timeMs, rank }) => rank === 'main' && timeMs <= ms);
    return said ? !said.isUp : this.#initial.get(service.primary.id)?.isUp === false;
  }

  /** Forgets hints of a link that mean nothing more. */
  #thin(evidence: LinkEvidence): void {
    const { link, hints, thinnedMs } = evidence;
    const { hintGuardMs: guardMs, idleCallMs } = this.topology.settings;
    const { beside, devices, others: rivals, isBackup, isShared } = this.#surroundingsOf(link);
    // The last two that were kept before are needed to judge the next ones; marks as far back as a guard before them.
    const from = Math.max(0, indexAt(hints, thinnedMs) - 2);
    const sinceMs = (hints[from]?.timeMs ?? 0) - 2 * guardMs;
    const said = beside.flatMap((one) => timesSince(one.statements, sinceMs));
    for (const device of devices) {
      for (const { fromMs, toMs } of this.reboots.get(device) ?? []) {
        said.push(fromMs, (fromMs + toMs) / 2, toMs, toMs + bootUpMs);
      }
      for (const { startMs, endMs } of this.#views.get(device) ?? []) said.push(startMs, startMs + idleCallMs, endMs);
      // A site that is heard of after its call has its primary back.
      const heard = this.#heard.get(device) ?? [];
      for (let at = heard.length - 1; at >= 0 && (heard[at] ?? 0) >= sinceMs; at--) said.push(heard[at] ?? 0);
    }
    const others: number[] = [];
    for (const one of [evidence, ...rivals]) {
      for (let index = indexAt(one.hints, sinceMs); index < one.hints.length; index++) {
        const hint = one.hints[index];
        if (!hint) continue;
        if (!isPlain(hint)) said.push(hint.timeMs, hint.arrivalMs);
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

  /** The boots of the devices at both ends, in order. */
  #boots(link: Link): readonly EndBoot[] {
    const boots = link.ends.flatMap((end, index) =>
      end.devices.flatMap((device) =>
        (this.reboots.get(device) ?? []).map(({ toMs }) => ({ end: index, timeMs: toMs })),
      ),
    );
    return boots.sort((one, next) => one.timeMs - next.timeMs);
  }

  /** The links of which a device told after a boot that they came up. */
  #toldUpAfter(device: string, { toMs }: Reboot): ReadonlySet<Link> {
    const told = new Set<Link>();
    for (const { link, statements } of this.#links.values()) {
      for (let at = indexAt(statements, toMs); at < statements.length; at++) {
        const statement = statements[at];
        if (!statement || statement.timeMs > toMs + bootUpMs) break;
        if (statement.device === device && statement.isUp) told.add(link);
      }
    }
    return told;
  }

  /** Boots at one end of a link while nobody beside us watched it from the other end (cisco 13.3, 13.4). */
  #unwatched(link: Link, toldUpAfter: (device: string, reboot: Reboot) => ReadonlySet<Link>): readonly LinkBoot[] {
    const boots = link.ends.flatMap((end, index) =>
      link.ends[1 - index]?.isLocal === true
        ? []
        : end.devices.flatMap((device) =>
            (this.reboots.get(device) ?? []).map((reboot) => ({
              lossMs: lossPoint(reboot, this.topology.settings.rebootLossPoint),
              fromMs: reboot.fromMs,
              toMs: reboot.toMs,
              device,
              isPlanned: reboot.isPlanned,
              isTelling: end.isLocal && [...toldUpAfter(device, reboot)].some((other) => other !== link),
            })),
          ),
    );
    return boots.sort((one, next) => one.fromMs - next.fromMs);
  }
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
