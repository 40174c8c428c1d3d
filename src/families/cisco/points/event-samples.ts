// Events to samples (cisco 6, 21), and the last states that follow from them.
import { otherValue } from '../../../model/catalogue.ts';
import type { Measurement } from '../../../model/catalogue.ts';
import type { JsonValue, SampleSink } from '../../../model/family.ts';
import type { Device } from '../preprocessing/devices.ts';
import type { NetworkEvent } from '../grammar/events.ts';
import { reasonClass } from '../grammar/events.ts';
import type { LinkIndex } from '../inference/evidence.ts';
import { HubCallers } from './hub-callers.ts';
import { interfaceClass } from '../grammar/interface-names.ts';
import { LastStates } from './last-states.ts';
import {
  ciscoAdjacency,
  ciscoAdjacencyDown,
  ciscoConfigChange,
  ciscoEnv,
  ciscoInterfaceEvent,
  ciscoLogin,
  ciscoRedundancy,
  ciscoSecurity,
  ciscoTrack,
} from '../metrics.ts';
import { putPoint } from './points.ts';
import type { CookedRecord } from '../preprocessing/record.ts';
import { warningOf } from '../inference/security.ts';
import type { Link, Topology } from '../topology/topology.ts';

/** Neighbours, groups and tracked objects of one device that are told apart (cisco 22). */
const mostOfDevice = 50;
/** A fault of the environment that is not repeated for so long is taken for ended. */
const faultMs = 7 * 86_400_000;

/** Puts the samples of events into a sink, and keeps the last states. */
export class EventSamples {
  readonly adjacencies = new LastStates(ciscoAdjacency);
  readonly #redundancy = new LastStates(ciscoRedundancy);
  readonly #tracks = new LastStates(ciscoTrack);
  readonly #environment = new LastStates(ciscoEnv);
  readonly #topology: Topology;
  readonly #index: LinkIndex;
  readonly #callers: HubCallers;

  constructor(topology: Topology, index: LinkIndex) {
    this.#topology = topology;
    this.#index = index;
    this.#callers = new HubCallers(topology, index);
  }

  /**
   * The tags of the neighbour that an end of a link has on a device: its address, with the VRF where there is one, and with
   * the interface where the same neighbour is met on several. Undefined for a link without an adjacency.
   */
  neighbourTags(dev: string, { ends, adjacency }: Link, end: number): readonly string[] | undefined {
    const neighbour = adjacency?.neighbours[end];
    if (!adjacency || neighbour === undefined) return undefined;
    const { protocol, vrf } = adjacency;
    const isOne = this.#index.ofNeighbour(dev, protocol, neighbour, vrf, '').length === 1;
    const words = [neighbour, vrf, isOne ? '' : (ends[end]?.interface ?? '')].filter((word) => word !== '');
    return [dev, protocol, words.join(' ')];
  }

  /** What an event counts for; `dev` is the tag of its device. */
  take(record: CookedRecord, event: NetworkEvent, dev: string, sink: SampleSink): void {
    for (const { site, kind, timeMs: atMs } of this.#callers.record(record, event)) {
      sink.add(sink.series(ciscoSecurity, [site, kind]), atMs, 0, 1);
    }
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
        this.#fault(event, dev, timeMs, sink);
        return;
      case 'redundancy': {
        const isActive = event.to === 'active' || event.to === 'master';
        const group = `${event.interface} ${event.group}`;
        this.#change(this.#redundancy, [dev, event.protocol, group], isActive, timeMs, sink);
        return;
      }
      case 'track':
        this.#change(this.#tracks, [dev, event.track], event.state === 'up', timeMs, sink);
        return;
      case 'call_connect': {
        const warning = warningOf(this.#topology, record, event);
        if (warning) count(ciscoSecurity, [warning.site, warning.kind]);
        return;
      }
      default:
    }
  }

  /** Says the last states again, at a moment of now. Neighbours are said by the gauges, which know more of them. */
  report(nowMs: number, sink: SampleSink): void {
    for (const board of [this.#redundancy, this.#tracks]) {
      for (const { tags, isOn } of board.all) {
        putPoint(sink, board.measurement, tags, nowMs, stateFields(board.measurement, isOn));
      }
    }
    for (const { tags, isOn, sinceMs } of this.#environment.all) {
      if (isOn && nowMs - sinceMs > faultMs) this.#environment.set(tags, false, nowMs);
      putPoint(sink, ciscoEnv, tags, nowMs, { active: Number(this.#environment.of(tags)?.isOn === true) });
    }
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return { callers: this.#callers.snapshot(), states: this.#boards().map((board) => board.snapshot()) };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const { callers, states } = state as { callers: JsonValue; states: JsonValue[] };
    this.#callers.restore(callers);
    this.#boards().forEach((board, index) => board.restore(states[index] ?? null));
  }

  #boards(): readonly LastStates[] {
    return [this.adjacencies, this.#redundancy, this.#tracks, this.#environment];
  }

  /** A change of a thing whose name is the last tag; those beyond the limit are counted together and have no state. */
  #change(
    board: LastStates,
    [dev = '', ...rest]: readonly string[],
    isOn: boolean,
    timeMs: number,
    sink: SampleSink,
  ): void {
    const name = board.named(dev, rest.at(-1) ?? '', mostOfDevice);
    const tags = [dev, ...rest.slice(0, -1), name];
    const isOther = name === otherValue;
    if (!isOther) board.set(tags, isOn, timeMs);
    putPoint(sink, board.measurement, tags, timeMs, isOther ? {} : stateFields(board.measurement, isOn));
    sink.add(sink.series(board.measurement, tags), timeMs, board.measurement.fieldNames.indexOf('changes'), 1);
  }

  /** Only neighbours of the topology; a step on the way up that fails is no loss. */
  #adjacency(event: NetworkEvent & { readonly kind: 'adj' }, device: Device, timeMs: number, sink: SampleSink): void {
    const { protocol, neighbour, vrf, interface: name, state } = event;
    for (const { link, end } of this.#index.ofNeighbour(device.name, protocol, neighbour, vrf, name)) {
      const tags = this.neighbourTags(device.name, link, end);
      // States of several neighbours in one series would mean nothing, so those beyond the limit have none.
      if (!tags || this.adjacencies.named(device.name, tags[2] ?? '', mostOfDevice) === otherValue) continue;
      if (!this.adjacencies.set(tags, state === 'up', timeMs)) continue;
      const series = sink.series(ciscoAdjacency, tags);
      sink.set(series, timeMs, 0, Number(state === 'up'));
      sink.add(series, timeMs, 1, 1);
    }
  }

  /** An end of a fault mostly has another severity than its beginning, so one message speaks for all severities. */
  #fault(event: NetworkEvent & { readonly kind: 'env' }, dev: string, timeMs: number, sink: SampleSink): void {
    const { component, level, isActive } = event;
    const tags = [dev, component, String(level)];
    for (const { tags: known, isOn } of [...this.#environment.all]) {
      if (known[0] !== dev || known[1] !== component || known[2] === tags[2]) continue;
      if (isOn && !isActive) sink.set(sink.series(ciscoEnv, known), timeMs, 1, 0);
      this.#environment.delete(known);
    }
    this.#environment.set(tags, isActive, timeMs);
    const series = sink.series(ciscoEnv, tags);
    sink.add(series, timeMs, 0, 1);
    sink.set(series, timeMs, 1, Number(isActive));
  }
}

/** The fields of a state, by what the measurement calls them. */
function stateFields({ fieldNames }: Measurement, isOn: boolean): Readonly<Record<string, number>> {
  return fieldNames.includes('role') ? { active: Number(isOn), role: isOn ? 2 : 3 } : { state: Number(isOn) };
}
