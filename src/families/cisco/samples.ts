// Records to samples: everything that is counted message by message (cisco 21).
import type { SampleSink } from '../../model/family.ts';
import type { Measurement } from '../../model/catalogue.ts';
import type { NetworkEvent } from './events.ts';
import { reasonClass } from './events.ts';
import { interfaceClass } from './interface-names.ts';
import {
  ciscoAdjacencyDown,
  ciscoConfigChange,
  ciscoEnv,
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
import { recordFlag } from './record.ts';
import type { CookedRecord } from './record.ts';
import { isRoutine } from './routine.ts';
import { warningOf } from './security.ts';
import { SeriesCache } from './series-cache.ts';
import type { DeviceSeries } from './series-cache.ts';
import type { Device } from './devices.ts';
import type { Gap, Reboot } from './steps.ts';
import type { Topology } from './topology.ts';

/** Devices that no topology knows have names of their own up to this number; datagrams can be invented. */
const mostUnknown = 100;
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

/** Tags of messages about interfaces, by what they report. */
const lineKinds = { up: 'line_up', down: 'line_down', admin: 'line_admin' } as const;
const protoKinds = { up: 'proto_up', down: 'proto_down', admin: 'proto_admin' } as const;

/** Puts the samples of records into a sink. */
export class Samples {
  readonly #topology: Topology;
  readonly #facilities: ReadonlySet<string>;
  readonly #unknown = new Set<string>();
  readonly #series = new SeriesCache({
    tagOf: (device) => this.tagOf(device),
    transport: (dev, sink) => sink.series(ciscoTransport, [dev]),
    ofCode: (dev, code, sink) => {
      const facility = this.#facilities.has(code.facility) ? code.facility : 'other';
      return {
        messages: sink.series(ciscoMessages, [dev, String(code.severity), facility]),
        interesting: isRoutine(code) ? undefined : sink.series(ciscoInteresting, [dev, code.canonical]),
      };
    },
  });

  constructor(topology: Topology, facilities: readonly string[]) {
    this.#topology = topology;
    this.#facilities = new Set([...knownFacilities, ...facilities]);
  }

  /** The tag of a device. */
  tagOf(device: Device): string {
    if (device.isKnown) return device.name;
    if (!this.#unknown.has(device.name)) {
      if (this.#unknown.size >= mostUnknown) return 'unknown';
      this.#unknown.add(device.name);
    }
    return device.name;
  }

  /** Everything that one record counts for. */
  record(record: CookedRecord, event: NetworkEvent, sink: SampleSink): void {
    const { code, timeMs, flags } = record;
    const series = this.#series.of(record.device, sink);
    const { transport } = series;
    sink.add(transport, timeMs, 0, 1);
    if ((flags & recordFlag.reordered) !== 0) sink.add(transport, timeMs, 2, 1);
    if ((flags & recordFlag.late) !== 0) sink.add(transport, timeMs, 3, 1);
    if ((flags & recordFlag.tooLate) !== 0) sink.add(transport, timeMs, 4, 1);
    if (!code) return;
    const { messages, interesting } = this.#series.ofCode(series, code, sink);
    sink.add(messages, timeMs, 0, 1);
    if (interesting) sink.add(interesting, timeMs, 0, 1);
    if (event.kind !== 'other') this.#event(record, event, series, sink);
  }

  /** Missing messages. */
  gap(device: Device, gap: Gap, sink: SampleSink): void {
    sink.add(sink.series(ciscoTransport, [this.tagOf(device)]), gap.toMs, 1, gap.missing);
  }

  /** A reboot; called again when the device restarts at once. */
  reboot(device: Device, reboot: Reboot, sink: SampleSink): void {
    const series = sink.series(ciscoReboot, [this.tagOf(device)]);
    sink.set(series, reboot.toMs, 0, Number(reboot.isPlanned));
    sink.set(series, reboot.toMs, 1, (reboot.toMs - reboot.fromMs) / 1000);
    sink.set(series, reboot.toMs, 2, reboot.restarts);
  }

  #event(record: CookedRecord, event: NetworkEvent, series: DeviceSeries, sink: SampleSink): void {
    const { timeMs } = record;
    const { dev } = series;
    /** `tags` are those behind the device. */
    const count = (measurement: Measurement, tags: readonly string[]): void =>
      sink.add(this.#series.counted(series, measurement, tags, sink), timeMs, 0, 1);
    switch (event.kind) {
      case 'phys':
      case 'proto':
      case 'port':
        if (event.state !== 'ignored') {
          const kinds = event.kind === 'proto' ? protoKinds : lineKinds;
          count(ciscoInterfaceEvent, [interfaceClass(event.interface), kinds[event.state]]);
        }
        return;
      case 'adj':
        if (event.state === 'down') count(ciscoAdjacencyDown, [event.protocol, reasonClass(event.reason)]);
        return;
      case 'config':
        count(ciscoConfigChange, []);
        return;
      case 'login':
        count(ciscoLogin, [event.result]);
        return;
      case 'env': {
        const part = this.#series.counted(series, ciscoEnv, [event.component, String(event.level)], sink);
        sink.add(part, timeMs, 0, 1);
        sink.set(part, timeMs, 1, Number(event.isActive));
        return;
      }
      case 'redundancy': {
        const group = sink.series(ciscoRedundancy, [dev, event.protocol, `${event.interface} ${event.group}`]);
        sink.set(group, timeMs, 0, Number(event.to === 'active' || event.to === 'master'));
        sink.add(group, timeMs, 1, 1);
        return;
      }
      case 'track': {
        const track = sink.series(ciscoTrack, [dev, event.track]);
        sink.set(track, timeMs, 0, Number(event.state === 'up'));
        sink.add(track, timeMs, 1, 1);
        return;
      }
      case 'call_connect': {
        const warning = warningOf(this.#topology, record, event);
        if (warning) sink.add(sink.series(ciscoSecurity, [warning.site, warning.kind]), timeMs, 0, 1);
        return;
      }
      default:
    }
  }
}
