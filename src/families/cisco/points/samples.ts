// Records to samples (cisco 21): messages by severity and code, reboots, holes; events and transport have files of their own.
import type { JsonValue, SampleSink } from '../../../model/family.ts';
import { printable } from '../../../model/errors.ts';
import { DeviceMemory } from './device-memory.ts';
import type { Device } from '../preprocessing/devices.ts';
import { EventSamples } from './event-samples.ts';
import type { NetworkEvent } from '../grammar/events.ts';
import type { LinkIndex } from '../inference/evidence.ts';
import { knownFacilities } from './facilities.ts';
import { ciscoHole, ciscoInteresting, ciscoMessages, ciscoReboot } from '../metrics.ts';
import { putPoint } from './points.ts';
import type { DeviceTrack } from '../preprocessing/device-track.ts';
import type { CookedRecord } from '../preprocessing/record.ts';
import { duration } from '../reports/report-words.ts';
import type { RoutineCodes } from '../grammar/routine.ts';
import { SeriesCache } from './series-cache.ts';
import type { Gap, Reboot } from '../preprocessing/steps.ts';
import type { Topology } from '../topology/topology.ts';
import { TransportSamples } from './transport-samples.ts';

/** Devices that no topology knows have names of their own up to this number; datagrams can be invented. */
const mostUnknown = 100;
/** The tag of all unknown devices beyond them. */
export const unknownDevice = 'unknown';
/** Codes that are remembered, so that a new one can be told. */
const mostCodes = 10_000;
/** While a log begins everything is new. */
const learningMs = 86_400_000;
const mostText = 200;

/** Puts the samples of records into a sink. */
export class Samples {
  readonly events: EventSamples;
  readonly #transport = new TransportSamples();
  readonly #facilities: ReadonlySet<string>;
  readonly #routine: RoutineCodes;
  readonly #unknown = new Set<string>();
  readonly #series = new SeriesCache({
    tagOf: (device) => this.tagOf(device),
    ofCode: (dev, code, sink) => {
      const facility = this.#facilities.has(code.facility) ? code.facility : 'other';
      return {
        messages: sink.series(ciscoMessages, [dev, String(code.severity), facility]),
        interesting: this.#routine.has(code) ? undefined : sink.series(ciscoInteresting, [dev, code.canonical]),
      };
    },
  });
  readonly #memories = new Map<string, DeviceMemory>();
  readonly #codes = new Set<string>();
  /** Times of the newest reboots as written, by device. */
  readonly #rebootMs = new Map<string, number>();
  #learnsUntilMs = Number.NaN;

  constructor(topology: Topology, index: LinkIndex, facilities: readonly string[], routine: RoutineCodes) {
    this.#routine = routine;
    this.events = new EventSamples(topology, index);
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
    const { code, timeMs, arrivalMs, stampMs, quality } = record;
    const known = this.#series.of(record.device, sink);
    const { dev } = known;
    this.#transport.record(record, dev, track, sink);
    if (dev !== unknownDevice) {
      const memory = this.memoryOf(dev);
      memory.heard(arrivalMs);
      if (quality === 'uptime') memory.bootMs = timeMs - stampMs;
    }
    if (!code) return;
    const { messages, interesting } = this.#series.ofCode(known, code, sink);
    sink.add(messages, timeMs, 0, 1);
    if (interesting) {
      sink.add(interesting, timeMs, 0, 1);
      sink.add(interesting, timeMs, 1, Number(this.#isNew(code.canonical, timeMs)));
      if (record.text !== '') sink.set(interesting, timeMs, 2, printable(record.text, mostText));
    }
    this.events.take(record, event, dev, sink);
  }

  /** Missing messages. */
  gap(device: Device, gap: Gap, track: DeviceTrack, sink: SampleSink): void {
    this.#transport.gap(this.tagOf(device), gap, track, sink);
  }

  /** A copy of a message. */
  duplicate(device: Device, arrivalMs: number, sink: SampleSink): void {
    this.#transport.duplicate(this.tagOf(device), arrivalMs, sink);
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

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return {
      unknown: [...this.#unknown],
      memories: [...this.#memories].map(([dev, memory]) => [dev, memory.snapshot()]),
      codes: [...this.#codes],
      learnsUntilMs: Number.isNaN(this.#learnsUntilMs) ? null : this.#learnsUntilMs,
      rebootMs: [...this.#rebootMs],
      events: this.events.snapshot(),
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
      events: JsonValue;
    };
    for (const name of kept.unknown) this.#unknown.add(name);
    for (const [dev, memory] of kept.memories) this.memoryOf(dev).restore(memory);
    for (const code of kept.codes) this.#codes.add(code);
    this.#learnsUntilMs = kept.learnsUntilMs ?? Number.NaN;
    for (const [dev, ms] of kept.rebootMs) this.#rebootMs.set(dev, ms);
    this.events.restore(kept.events);
    this.#transport.restore(tracks);
  }

  /** True for the first message of a code, once the log is a day old. */
  #isNew(code: string, timeMs: number): boolean {
    if (Number.isNaN(this.#learnsUntilMs)) this.#learnsUntilMs = timeMs + learningMs;
    if (this.#codes.has(code) || this.#codes.size >= mostCodes) return false;
    this.#codes.add(code);
    return timeMs >= this.#learnsUntilMs;
  }
}
