// What is believed now (cisco 21): states of services and links, devices, the health of the intake. Put every 15 seconds.
import type { SampleSink } from '../../model/family.ts';
import type { Device, DeviceNames } from './devices.ts';
import { ciscoDevice, ciscoIngest, ciscoLink, ciscoService } from './metrics.ts';
import type { Network, ServiceStory } from './network.ts';
import type { Preprocessor } from './preprocess.ts';
import type { ReadCounts } from './reader.ts';
import { serviceState } from './service-timeline.ts';
import type { StampQuality } from './stamp.ts';
import type { Timeline } from './timeline.ts';
import type { Topology } from './topology.ts';
import type { Zones } from './zone-offsets.ts';

/** A device is silent when nothing was heard of it for so long. */
const silentMs = 1_800_000;
const qualities: readonly StampQuality[] = ['ntp', 'stale', 'unset', 'uptime', 'arrival'];

/** What the gauges are read from. */
export interface GaugeInput {
  readonly nowMs: number;
  readonly sink: SampleSink;
  readonly topology: Topology;
  readonly network: Network;
  readonly preprocessor: Preprocessor;
  readonly names: DeviceNames;
  readonly zones: Zones;
  readonly counts: ReadCounts;
  readonly tagOf: (device: Device) => string;
}

/** Puts them all, stamped now. */
export function gauges(input: GaugeInput): void {
  const { nowMs, sink, topology, network, preprocessor, names, zones, counts } = input;
  if (topology.services.length > 0 && !Number.isNaN(network.lastMs)) {
    const story = network.story(network.firstMs, Math.max(network.lastMs, nowMs));
    for (const service of story.services) {
      serviceGauge(service, topology, nowMs, sink);
      const { primary, backup } = service.service;
      linkGauge(primary.id, primary.type, 'primary', service.primary, nowMs, sink);
      if (backup && service.backup) linkGauge(backup.id, backup.type, 'backup', service.backup, nowMs, sink);
    }
  }
  for (const [device, track] of preprocessor.tracks) {
    const series = sink.series(ciscoDevice, [input.tagOf(device)]);
    const agoMs = Math.max(0, nowMs - track.lastArrivalMs);
    sink.set(series, nowMs, 0, agoMs / 1000);
    sink.set(series, nowMs, 1, Number(agoMs > silentMs));
    sink.set(series, nowMs, 2, track.steps.counts.reboots);
    sink.set(series, nowMs, 3, qualities.indexOf(track.lastQuality));
    if (!Number.isNaN(track.clock.offsetMs)) sink.set(series, nowMs, 4, track.clock.offsetMs / 1000);
    sink.set(series, nowMs, 5, track.clock.maxDelayMs / 1000);
  }
  const series = sink.series(ciscoIngest, []);
  const read = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const figures = [
    read,
    counts.message + counts.numbered,
    counts.unparsed,
    counts.repeat,
    counts.banner,
    counts.traceback,
    counts.continuation,
    names.unknown.size,
    zones.unknown,
    preprocessor.waiting,
    preprocessor.holes,
  ];
  figures.forEach((value, field) => sink.set(series, nowMs, field, value));
}

function serviceGauge(
  { service, timeline, primary, calls }: ServiceStory,
  topology: Topology,
  nowMs: number,
  sink: SampleSink,
): void {
  const series = sink.series(ciscoService, [service.id, service.site]);
  const last = timeline.changes.at(-1);
  const state = timeline.isAssumed ? serviceState.unknown : (last?.state ?? timeline.initial);
  const sinceMs = last?.timeMs ?? timeline.fromMs;
  const open = calls.at(-1);
  const idleMs = open && open.endMs === undefined ? nowMs - open.startMs : 0;
  sink.set(series, nowMs, 0, state);
  sink.set(series, nowMs, 1, Math.max(0, nowMs - sinceMs) / 1000);
  sink.set(series, nowMs, 2, Number(state !== serviceState.up && nowMs - sinceMs < service.dropMs));
  sink.set(series, nowMs, 3, Number(state === serviceState.up && idleMs > topology.settings.idleCallMs));
  sink.set(series, nowMs, 4, timeline.isAssumed ? 0 : (primary.transitions.at(-1)?.strength ?? 1));
}

function linkGauge(
  id: string,
  type: string,
  role: 'primary' | 'backup',
  { initial, transitions, lastProofMs }: Timeline,
  nowMs: number,
  sink: SampleSink,
): void {
  const series = sink.series(ciscoLink, [id, type, role]);
  const isUp = transitions.at(-1)?.isUp ?? initial;
  sink.set(series, nowMs, 0, isUp === undefined ? 2 : Number(isUp));
  if (!Number.isNaN(lastProofMs)) sink.set(series, nowMs, 1, Math.max(0, nowMs - lastProofMs) / 1000);
}
