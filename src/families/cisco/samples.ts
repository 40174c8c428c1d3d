// Records to samples: everything that is counted message by message (cisco 21), and the last states that follow from it.
import type { JsonValue, SampleSink, Series } from '../../model/family.ts';
import type { Measurement } from '../../model/catalogue.ts';
import { printable } from '../../model/errors.ts';
import { DeviceMemory } from './device-memory.ts';
import type { Device } from './devices.ts';
import type { NetworkEvent } from './events.ts';
import { reasonClass } from './events.ts';
import type { LinkIndex } from './evidence.ts';
import { HubCallers } from './hub-callers.ts';
import { interfaceClass } from './interface-names.ts';
import { LastStates } from './last-states.ts';
import {
  ciscoAdjacency,
  ciscoAdjacencyDown,
  ciscoConfigChange,
  ciscoEnv,
  ciscoHole,
  ciscoInconsistency,
  ciscoInteresting,
  ciscoInterfaceEvent,
  ciscoLogin,
  ciscoMessages,
  ciscoReboot,
  ciscoRedundancy,
  ciscoSecurity,
  ciscoTrack,
  ciscoTransport,
} from './metrics.ts';
import { putPoint } from './points.ts';
import type { DeviceTrack } from './preprocess.ts';
import { recordFlag } from './record.ts';
import type { CookedRecord } from './record.ts';
import { duration } from './report-words.ts';
import { isRoutine } from './routine.ts';
import { warningOf } from './security.ts';
import type { Gap, Reboot } from './steps.ts';
import type { Topology } from './topology.ts';

/** Devices that no topology knows have names of their own up to this number; datagrams can be invented. */
const mostUnknown = 100;
/** The tag of all unknown devices beyond them. */
export const unknownDevice = 'unknown';
/** Neighbours, groups and tracked objects of one device that are told apart (cisco 22). */
const mostOfDevice = 50;
/** Codes that are remembered, so that a new one can be told. */
const mostCodes = 10_000;
/** While a log begins everything is new. */
const learningMs = 86_400_000;
const mostText = 200;
/** A fault of the environment that is not repeated for so long is taken for ended. */
const faultMs = 7 * 86_400_000;
const knownFacilities = [
  'LINK',
  'LINEPROTO',
  'SYS',
  'OSPF',
  'BGP',
  'DUAL',
  'ISIS',
  'CLNS',
  'LDP',
  'FR',
  'ISDN',
  'SEC',
  'SEC_LOGIN',
  'SSH',
  'SPANTREE',
  'PM',
  'HSRP',
  'STANDBY',
  'VRRP',
  'TRACK',
  'TRACKING',
  'NTP',
  'ETHPORT',
  'ETH_PORT_CHANNEL',
  'PKT_INFRA',
  'ROUTING',
  'MGBL',
  'ENVMON',
  'PLATFORM_ENV',
  'ILPOWER',
  'CRYPTO',
  'ASA',
  'FTD',
];

/** Fields of the transport by name. */
const field = Object.fromEntries(ciscoTransport.fieldNames.map((name, index) => [name, index])) as Readonly<
  Record<(typeof ciscoTransport.fieldNames)[number], number>
>;

/** Totals of a device that became part of samples. */
interface Seen {
  lostAfterBoot: number;
  discontinuity: number;
}

/** Puts the samples of records into a sink, and keeps the last states. */
export class Samples {
  readonly adjacencies = new LastStates(ciscoAdjacency);
  readonly redundancy = new LastStates(ciscoRedundancy);
  readonly tracks = new LastStates(ciscoTrack);
  readonly environment = new LastStates(ciscoEnv);
  readonly #topology: Topology;
  readonly #index: LinkIndex;
  readonly #callers: HubCallers;
  readonly #facilities: ReadonlySet<string>;
  readonly #unknown = new Set<string>();
  readonly #memories = new Map<string, DeviceMemory>();
  readonly #codes = new Set<string>();
  readonly #seen = new Map<Device, Seen>();
  /** Times of the newest reboots as written, by device. */
  readonly #rebootMs = new Map<string, number>();
  #learnsUntilMs = Number.NaN;
  #sink: SampleSink | undefined;
  #transports = new Map<string, Series>();

  constructor(topology: Topology, index: LinkIndex, facilities: readonly string[]) {
    this.#topology = topology;
    this.#index = index;
    this.#callers = new HubCallers(topology, index);
    this.#facilities = new Set([...knownFacilities, ...facilities]);
  }

  /** The tag of a device. */
  tagOf(device: Device): string {
    if (device.isKnown) return device.name;
    if (!this.#unknown.has(device.name)) {
      if (this.#unknown.size >= mostUnknown) return unknownDevice;
      this.#unknown.add(device.name);
    }
    return device.name;
  }

  /** What is remembered of the device of a tag. */
  memoryOf(dev: string): DeviceMemory {
    let memory = this.#memories.get(dev);
    if (!memory) {
      memory = new DeviceMemory();
      this.#memories.set(dev, memory);
    }
    return memory;
  }

  /** Everything that one record counts for. */
  record(record: CookedRecord, event: NetworkEvent, track: DeviceTrack, sink: SampleSink): void {
    const { code, timeMs } = record;
    const dev = this.tagOf(record.device);
    this.#transport(record, dev, track, sink);
    if (!code) return;
    const facility = this.#facilities.has(code.facility) ? code.facility : 'other';
    sink.add(sink.series(ciscoMessages, [dev, String(code.severity), facility]), timeMs, 0, 1);
    if (!isRoutine(code)) {
      const series = sink.series(ciscoInteresting, [dev, code.canonical]);
      sink.add(series, timeMs, 0, 1);
      sink.add(series, timeMs, 1, Number(this.#isNew(code.canonical, timeMs)));
      if (record.text !== '') sink.set(series, timeMs, 2, printable(record.text, mostText));
    }
    this.#event(record, event, dev, sink);
    for (const { site, kind, timeMs: atMs } of this.#callers.record(record, event)) {
      sink.add(sink.series(ciscoSecurity, [site, kind]), atMs, 0, 1);
    }
  }

  /** Missing messages. */
  gap(device: Device, { missing, toMs }: Gap, track: DeviceTrack, sink: SampleSink): void {
    const series = this.#series(this.tagOf(device), sink);
    sink.add(series, toMs, field.lost, missing);
    sink.add(series, toMs, field.expected, missing);
    if (!track.isStrong) return;
    sink.add(series, toMs, field.strong_lost, missing);
    sink.add(series, toMs, field.strong_expected, missing);
  }

  /** A copy of a message. */
  duplicate(device: Device, arrivalMs: number, sink: SampleSink): void {
    const series = this.#series(this.tagOf(device), sink);
    sink.add(series, arrivalMs, field.received, 1);
    sink.add(series, arrivalMs, field.duplicate, 1);
  }

  /** A reboot; told of again, not new, when the device restarts at once: then the point moves to its new end. */
  reboot(device: Device, reboot: Reboot, isNew: boolean, sink: SampleSink): void {
    const dev = this.tagOf(device);
    const { fromMs, toMs, isPlanned, restarts } = reboot;
    const before = this.#rebootMs.get(dev);
    if (!isNew && before !== undefined && before !== toMs) {
      putPoint(sink, ciscoReboot, [dev], before, { unplanned: 0, void: 1 });
    }
    if (dev !== unknownDevice) {
      this.#rebootMs.set(dev, toMs);
      this.memoryOf(dev).bootMs = toMs;
    }
    putPoint(sink, ciscoReboot, [dev], toMs, {
      planned: Number(isPlanned),
      unplanned: Number(!isPlanned),
      window_s: (toMs - fromMs) / 1000,
      restarts,
      void: 0,
      what: isPlanned ? 'Restarted as ordered' : restarts > 1 ? `Rebooted ${restarts} times at once` : 'Rebooted',
    });
  }

  /** A silence of all devices. */
  hole(fromMs: number, toMs: number, sink: SampleSink): void {
    const what = `No message of any device for ${duration(toMs - fromMs)}`;
    putPoint(sink, ciscoHole, [], fromMs, { duration_s: (toMs - fromMs) / 1000, what });
  }

  /** Evidence that is older than what may still be corrected: it changes nothing (cisco 12.6). */
  refused({ device, timeMs }: CookedRecord, sink: SampleSink): void {
    const isOf = (link: Topology['links'][number] | undefined): boolean =>
      link?.ends.some(({ devices }) => devices.includes(device.name)) === true;
    for (const { id, primary, backup, device: own } of this.#topology.services) {
      // A hub is an end of every link, so its records are counted for the sites that they are about at most.
      if (own !== device.name || !(isOf(primary) || isOf(backup))) continue;
      putPoint(sink, ciscoInconsistency, [id, 'correction_refused'], timeMs, { count: 1 });
    }
  }

  /** Says the last states again, at a moment of now. Neighbours are said by the gauges, which know more of them. */
  report(nowMs: number, sink: SampleSink): void {
    for (const { tags, isOn } of this.redundancy.all) {
      putPoint(sink, ciscoRedundancy, tags, nowMs, { active: Number(isOn), role: roleOf(isOn) });
    }
    for (const { tags, isOn } of this.tracks.all) putPoint(sink, ciscoTrack, tags, nowMs, { state: Number(isOn) });
    for (const { tags, isOn, sinceMs } of this.environment.all) {
      if (isOn && nowMs - sinceMs > faultMs) this.environment.set(tags, false, nowMs);
      putPoint(sink, ciscoEnv, tags, nowMs, { active: Number(this.environment.of(tags)?.isOn === true) });
    }
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return {
      unknown: [...this.#unknown],
      memories: [...this.#memories].map(([dev, memory]) => [dev, memory.snapshot()]),
      codes: [...this.#codes],
      learnsUntilMs: Number.isNaN(this.#learnsUntilMs) ? null : this.#learnsUntilMs,
      rebootMs: [...this.#rebootMs],
      callers: this.#callers.snapshot(),
      states: this.#boards().map((board) => board.snapshot()),
    };
  }

  /** Takes back a snapshot; `tracks` are those of the preprocessing, restored already. */
  restore(state: JsonValue, tracks: Iterable<readonly [Device, DeviceTrack]>): void {
    const kept = state as {
      unknown: string[];
      memories: [string, JsonValue][];
      codes: string[];
      learnsUntilMs: number | null;
      rebootMs: [string, number][];
      callers: JsonValue;
      states: JsonValue[];
    };
    for (const name of kept.unknown) this.#unknown.add(name);
    for (const [dev, memory] of kept.memories) this.memoryOf(dev).restore(memory);
    for (const code of kept.codes) this.#codes.add(code);
    this.#learnsUntilMs = kept.learnsUntilMs ?? Number.NaN;
    for (const [dev, ms] of kept.rebootMs) this.#rebootMs.set(dev, ms);
    this.#callers.restore(kept.callers);
    this.#boards().forEach((board, index) => board.restore(kept.states[index] ?? null));
    // Samples follow the totals record by record, so what the totals say has been counted.
    for (const [device, { steps }] of tracks) this.#seen.set(device, seenOf(steps.counts));
  }

  #boards(): readonly LastStates[] {
    return [this.adjacencies, this.redundancy, this.tracks, this.environment];
  }

  #series(dev: string, sink: SampleSink): Series {
    if (sink !== this.#sink) {
      this.#sink = sink;
      this.#transports = new Map();
    }
    let series = this.#transports.get(dev);
    if (!series) {
      series = sink.series(ciscoTransport, [dev]);
      this.#transports.set(dev, series);
    }
    return series;
  }

  #transport(record: CookedRecord, dev: string, track: DeviceTrack, sink: SampleSink): void {
    const { timeMs, arrivalMs, stampMs, flags, quality } = record;
    const series = this.#series(dev, sink);
    sink.add(series, timeMs, field.received, 1);
    sink.add(series, timeMs, field.expected, 1);
    if (track.isStrong) sink.add(series, timeMs, field.strong_expected, 1);
    sink.set(series, timeMs, field.loss_quality, track.lossQuality);
    if (quality === 'ntp' && arrivalMs > stampMs)
      sink.set(series, timeMs, field.max_delay_s, (arrivalMs - stampMs) / 1000);
    if ((flags & recordFlag.reordered) !== 0) sink.add(series, timeMs, field.reordered, 1);
    if ((flags & recordFlag.late) !== 0) sink.add(series, timeMs, field.late, 1);
    if ((flags & recordFlag.tooLate) !== 0) sink.add(series, timeMs, field.too_late, 1);
    if ((flags & (recordFlag.late | recordFlag.tooLate)) !== 0) sink.add(series, timeMs, field.overdue, 1);
    const { counts } = track.steps;
    const seen = this.#seen.get(record.device) ?? { lostAfterBoot: 0, discontinuity: 0 };
    const lost = counts.lostAfterBoot - seen.lostAfterBoot;
    const jumps = counts.discontinuity - seen.discontinuity;
    if (lost > 0) sink.add(series, timeMs, field.lost_after_boot, lost);
    if (jumps > 0) sink.add(series, timeMs, field.discontinuity, jumps);
    if (lost !== 0 || jumps !== 0) this.#seen.set(record.device, seenOf(counts));
    if (dev === unknownDevice) return;
    const memory = this.memoryOf(dev);
    memory.heard(arrivalMs);
    if (quality === 'uptime') memory.bootMs = timeMs - stampMs;
  }

  /** True for the first message of a code, once the log is a day old. */
  #isNew(code: string, timeMs: number): boolean {
    if (Number.isNaN(this.#learnsUntilMs)) this.#learnsUntilMs = timeMs + learningMs;
    if (this.#codes.has(code) || this.#codes.size >= mostCodes) return false;
    this.#codes.add(code);
    return timeMs >= this.#learnsUntilMs;
  }

  #event(record: CookedRecord, event: NetworkEvent, dev: string, sink: SampleSink): void {
    const { timeMs } = record;
    const count = (measurement: Measurement, tags: readonly string[]): void =>
      sink.add(sink.series(measurement, tags), timeMs, 0, 1);
    switch (event.kind) {
      case 'phys':
      case 'proto':
      case 'port':
        if (event.state !== 'ignored') {
          const layer = event.kind === 'proto' ? 'proto' : 'line';
          count(ciscoInterfaceEvent, [dev, interfaceClass(event.interface), `${layer}_${event.state}`]);
        }
        return;
      case 'adj':
        this.#adjacency(event, record.device, timeMs, sink);
        if (event.state === 'down' && event.wasFull) {
          count(ciscoAdjacencyDown, [dev, event.protocol, reasonClass(event.reason)]);
        }
        return;
      case 'config':
        count(ciscoConfigChange, [dev]);
        return;
      case 'login':
        count(ciscoLogin, [dev, event.result]);
        return;
      case 'env':
        this.#environment(event, dev, timeMs, sink);
        return;
      case 'redundancy': {
        const group = this.redundancy.named(dev, `${event.interface} ${event.group}`, mostOfDevice);
        const isActive = event.to === 'active' || event.to === 'master';
        const tags = [dev, event.protocol, group];
        this.redundancy.set(tags, isActive, timeMs);
        const series = sink.series(ciscoRedundancy, tags);
        sink.set(series, timeMs, 0, Number(isActive));
        sink.set(series, timeMs, 1, roleOf(isActive));
        sink.add(series, timeMs, 2, 1);
        return;
      }
      case 'track': {
        const tags = [dev, this.tracks.named(dev, event.track, mostOfDevice)];
        this.tracks.set(tags, event.state === 'up', timeMs);
        const series = sink.series(ciscoTrack, tags);
        sink.set(series, timeMs, 0, Number(event.state === 'up'));
        sink.add(series, timeMs, 1, 1);
        return;
      }
      case 'call_connect': {
        const warning = warningOf(this.#topology, record, event);
        if (warning) count(ciscoSecurity, [warning.site, warning.kind]);
        return;
      }
      default:
    }
  }

  /** Only neighbours of the topology; a step on the way up that fails is no loss. */
  #adjacency(event: NetworkEvent & { readonly kind: 'adj' }, device: Device, timeMs: number, sink: SampleSink): void {
    const { protocol, neighbour, vrf, interface: name, state } = event;
    if (this.#index.ofNeighbour(device.name, protocol, neighbour, vrf, name).length === 0) return;
    const neighbor = this.adjacencies.named(device.name, neighbourTag(neighbour, vrf), mostOfDevice);
    const tags = [device.name, protocol, neighbor];
    const isFirst = this.adjacencies.of(tags) === undefined;
    if (!this.adjacencies.set(tags, state === 'up', timeMs)) return;
    const series = sink.series(ciscoAdjacency, tags);
    sink.set(series, timeMs, 0, Number(state === 'up'));
    sink.add(series, timeMs, 1, Number(!isFirst || event.wasFull || state === 'up'));
  }

  /** An end of a fault mostly has another severity than its beginning: it ends those of every severity. */
  #environment(event: NetworkEvent & { readonly kind: 'env' }, dev: string, timeMs: number, sink: SampleSink): void {
    const { component, level, isActive } = event;
    const tags = [dev, component, String(level)];
    if (!isActive) {
      for (const { tags: known, isOn } of this.environment.all) {
        if (!isOn || known[0] !== dev || known[1] !== component) continue;
        this.environment.set(known, false, timeMs);
        sink.set(sink.series(ciscoEnv, known), timeMs, 1, 0);
      }
    }
    this.environment.set(tags, isActive, timeMs);
    const series = sink.series(ciscoEnv, tags);
    sink.add(series, timeMs, 0, 1);
    sink.set(series, timeMs, 1, Number(isActive));
  }
}

/** Two neighbours in two VRFs may have one address. */
export function neighbourTag(neighbour: string, vrf: string): string {
  return vrf === '' ? neighbour : `${neighbour} ${vrf}`;
}

function roleOf(isActive: boolean): number {
  return isActive ? 2 : 3;
}

function seenOf({ lostAfterBoot, discontinuity }: Seen): Seen {
  return { lostAfterBoot, discontinuity };
}
