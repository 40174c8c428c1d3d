// What is believed now (cisco 21): states of services, links, calls, trunks, neighbours and devices. Put every 15 seconds.
import type { SampleSink } from '../../../model/family.ts';
import { callGauges, trunkGauges } from './call-gauges.ts';
import type { Device } from '../preprocessing/devices.ts';
import { lastWords } from '../inference/end-layers.ts';
import type { LinkEnds } from '../inference/link-ends.ts';
import { ciscoAdjacency, ciscoDevice, ciscoLink, ciscoService } from '../metrics.ts';
import type { Network, ServiceStory } from '../inference/network.ts';
import { putPoint } from './points.ts';
import type { Values } from './points.ts';
import type { DeviceTrack } from '../preprocessing/device-track.ts';
import type { Preprocessor } from '../preprocessing/preprocess.ts';
import type { ReportClock } from '../reports/report-words.ts';
import { unknownDevice } from './samples.ts';
import type { Samples } from './samples.ts';
import { serviceValues } from './service-gauge.ts';
import type { StampQuality } from '../grammar/stamp.ts';
import type { Timeline } from '../inference/timeline.ts';
import type { Link, Topology } from '../topology/topology.ts';

/** A clock further off than this puts events of two devices in the wrong order. */
const clockOffMs = 60_000;
const qualities: readonly StampQuality[] = ['ntp', 'stale', 'unset', 'uptime', 'arrival'];

/** What the gauges are read from. */
export interface GaugeInput {
  readonly nowMs: number;
  /** Nothing at all for so long is a hole, in milliseconds. */
  readonly silenceMs: number;
  readonly sink: SampleSink;
  readonly topology: Topology;
  readonly network: Network;
  readonly ends: LinkEnds;
  readonly preprocessor: Preprocessor;
  readonly samples: Samples;
  readonly clock: ReportClock;
}

/** Puts them all, stamped now. */
export function gauges(input: GaugeInput): void {
  const { nowMs, silenceMs, sink, topology, network, preprocessor, samples, clock } = input;
  const isHole = nowMs - preprocessor.watermarkMs >= silenceMs;
  if (topology.services.length > 0 && !Number.isNaN(network.lastMs)) {
    const story = network.story(network.firstMs, Math.max(network.lastMs, nowMs));
    const moment = { nowMs, isHole, topology, story, clock };
    for (const service of story.services) {
      const { service: place } = service;
      putPoint(sink, ciscoService, [place.id, place.site], nowMs, serviceValues(service, moment));
      linkGauge(place.primary, 'primary', service.primary, input);
      if (place.backup) linkGauge(place.backup, 'backup', service.backup ?? dialled(service), input);
    }
    callGauges(topology, network, story, nowMs, sink);
    trunkGauges(topology, network, story, { nowMs, isHole }, sink);
  }
  adjacencyGauges(input, isHole);
  samples.events.report(nowMs, sink);
  for (const [device, track] of preprocessor.tracks) deviceGauge(device, track, input, isHole);
}

function linkGauge(
  link: Link,
  role: 'primary' | 'backup',
  timeline: Timeline,
  { nowMs, sink, ends }: GaugeInput,
): void {
  const { initial, transitions, lastProofMs } = timeline;
  const isUp = transitions.at(-1)?.isUp ?? initial;
  putPoint(sink, ciscoLink, [link.id, link.type, role], nowMs, {
    usable: isUp === undefined ? 2 : Number(isUp),
    ...lastWords(ends.of(link.id).ends),
    ...(Number.isNaN(lastProofMs) ? {} : { last_proof_s: Math.max(0, nowMs - lastProofMs) / 1000 }),
  });
}

/** A dial backup is proved by a call; without one nobody knows. */
function dialled({ calls }: ServiceStory): Timeline {
  const isOpen = calls.some(({ endMs, protoMs }) => endMs === undefined && protoMs !== undefined);
  const proofs = calls.map(({ endMs, protoMs }) => endMs ?? protoMs ?? Number.NaN).filter((ms) => !Number.isNaN(ms));
  return {
    initial: isOpen ? true : undefined,
    transitions: [],
    inconsistencies: [],
    lastProofMs: proofs.length === 0 ? Number.NaN : Math.max(...proofs),
  };
}

/** Lost on purpose when the loss is an administrative one after a change of the configuration. */
function adjacencyGauges({ nowMs, sink, topology, network, samples }: GaugeInput, isHole: boolean): void {
  for (const link of topology.links) {
    link.ends.forEach(({ devices }, end) => {
      for (const device of devices) {
        const tags = samples.events.neighbourTags(device, link, end);
        const known = tags && samples.events.adjacencies.of(tags);
        if (!known) continue;
        const last = network
          .evidenceOf(link.id)
          ?.statements.findLast((statement) => statement.end === end && statement.device === device && !statement.isUp);
        const isPlanned = !known.isOn && last?.isAdmin === true;
        putPoint(sink, ciscoAdjacency, known.tags, nowMs, {
          state: Number(known.isOn),
          quiet: Number(isHole || isPlanned),
        });
      }
    });
  }
}

function deviceGauge(device: Device, track: DeviceTrack, { nowMs, sink, samples }: GaugeInput, isHole: boolean): void {
  const dev = samples.tagOf(device);
  if (dev === unknownDevice) return;
  const { bootMs, silentAfterMs } = samples.memoryOf(dev);
  const { offsetMs, maxDelayMs } = track.clock;
  const agoMs = Math.max(0, nowMs - track.lastArrivalMs);
  const isBad = track.lastQuality === 'unset' || Math.abs(offsetMs) > clockOffMs;
  const values: Values<typeof ciscoDevice> = {
    last_seen_s: agoMs / 1000,
    silent: Number(agoMs > silentAfterMs),
    reboots: track.steps.counts.reboots,
    clock_quality: qualities.indexOf(track.lastQuality),
    clock_bad: Number(isBad),
    max_delay_s: maxDelayMs / 1000,
    quiet: Number(isHole),
  };
  putPoint(sink, ciscoDevice, [dev], nowMs, {
    ...values,
    ...(Number.isNaN(bootMs) ? {} : { uptime_s: Math.max(0, nowMs - bootMs) / 1000 }),
    ...(Number.isNaN(offsetMs) ? {} : { clock_offset_s: offsetMs / 1000 }),
  });
}
