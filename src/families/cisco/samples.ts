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
    if (event.kind !== 'other') this.#event(record, event, series.dev, sink);
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
        if (event.state === 'down') count(ciscoAdjacencyDown, [dev, event.protocol, reasonClass(event.reason)]);
        return;
      case 'config':
        count(ciscoConfigChange, [dev]);
        return;
      case 'login':
        count(ciscoLogin, [dev, event.result]);
        return;
      case 'env': {
        const series = sink.series(ciscoEnv, [dev, event.component, String(event.level)]);
        sink.add(series, timeMs, 0, 1);
        sink.set(series, timeMs, 1, Number(event.isActive));
        return;
      }
      case 'redundancy': {
        const series = sink.series(ciscoRedundancy, [dev, event.protocol, `${event.interface} ${event.group}`]);
        sink.set(series, timeMs, 0, Number(event.to === 'active' || event.to === 'master'));
        sink.add(series, timeMs, 1, 1);
        return;
      }
      case 'track': {
        const series = sink.series(ciscoTrack, [dev, event.track]);
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
}
