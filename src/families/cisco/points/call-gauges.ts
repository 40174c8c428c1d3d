// Calls that are open, and what trunks carry, as believed now (cisco 16, 21).
import type { SampleSink } from '../../../model/family.ts';
import type { CallView } from '../inference/calls.ts';
import { ciscoCallsOpen, ciscoTrunk } from '../metrics.ts';
import type { Network, NetworkStory } from '../inference/network.ts';
import { putPoint } from './points.ts';
import type { Timeline } from '../inference/timeline.ts';
import type { Topology, Trunk } from '../topology/topology.ts';

/** Puts the open calls of every hub, stamped now: zeros too, so that a chart falls to them. */
export function callGauges(
  { links, trunks }: Topology,
  network: Network,
  story: NetworkStory,
  nowMs: number,
  sink: SampleSink,
): void {
  const hubs = new Set(links.flatMap(({ type, ends: [hub] }) => (type === 'isdn-dial' ? (hub?.devices ?? []) : [])));
  const strangers = new Set(story.unattributed);
  for (const hub of hubs) {
    const lines = trunks.filter(({ device, kind }) => device === hub && kind === 'isdn-pri');
    const sums = new Map(lines.map(({ id }) => [id, { open: 0, unattributed: 0 }]));
    for (const view of network.views.get(hub) ?? []) {
      if (!Number.isNaN(view.endMs)) continue;
      const id = lines.find((trunk) => isOn(view, trunk))?.id ?? 'none';
      const sum = sums.get(id) ?? { open: 0, unattributed: 0 };
      sum.open++;
      if (strangers.has(view)) sum.unattributed++;
      sums.set(id, sum);
    }
    if (sums.size === 0) sums.set('none', { open: 0, unattributed: 0 });
    for (const [trunk, sum] of sums) putPoint(sink, ciscoCallsOpen, [hub, trunk], nowMs, sum);
  }
}

/** Puts every trunk, stamped now. */
export function trunkGauges(
  topology: Topology,
  network: Network,
  story: NetworkStory,
  when: { readonly nowMs: number; readonly isHole: boolean },
  sink: SampleSink,
): void {
  const { nowMs, isHole } = when;
  for (const trunk of topology.trunks) {
    const changes = trunk.kind === 'isdn-pri' ? callChanges(trunk, network) : linkChangesOf(trunk, topology, story);
    let open = 0;
    let maxOpen = 0;
    for (const { by } of changes.toSorted((one, other) => one.timeMs - other.timeMs || one.by - other.by)) {
      open += by;
      maxOpen = Math.max(maxOpen, open);
    }
    const hits = story.hits.filter((hit) => hit.trunk.id === trunk.id);
    const downMs = hits.reduce((sum, { fromMs, toMs, isOpen }) => sum + (isOpen ? nowMs : toMs) - fromMs, 0);
    putPoint(sink, ciscoTrunk, [trunk.device, trunk.id, trunk.kind], nowMs, {
      open,
      max_open: maxOpen,
      failed: Number(hits.at(-1)?.isOpen === true),
      hits: hits.length,
      down_s: downMs / 1000,
      quiet: Number(isHole),
    });
  }
}

/** A change of the number of usable circuits. */
interface Change {
  readonly timeMs: number;
  readonly by: 1 | -1;
}

function callChanges(trunk: Trunk, network: Network): readonly Change[] {
  return (network.views.get(trunk.device) ?? [])
    .filter((view) => isOn(view, trunk))
    .flatMap(({ startMs, endMs }): Change[] => [
      { timeMs: startMs, by: 1 },
      ...(Number.isNaN(endMs) ? [] : [{ timeMs: endMs, by: -1 as const }]),
    ]);
}

/** Circuits of services; a circuit is there from the beginning unless it was said to be down. */
function linkChangesOf(trunk: Trunk, { links }: Topology, { services, fromMs }: NetworkStory): readonly Change[] {
  const isCircuit = new Set(
    links
      .filter(
        (link) =>
          link.trunk === trunk.id ||
          link.ends.some((end) => end.devices.includes(trunk.device) && end.parent === trunk.interface),
      )
      .map(({ id }) => id),
  );
  const timelines = new Map<string, Timeline>();
  for (const { service, primary, backup } of services) {
    timelines.set(service.primary.id, primary);
    if (service.backup && backup) timelines.set(service.backup.id, backup);
  }
  return [...timelines]
    .filter(([id]) => isCircuit.has(id))
    .flatMap(([, { initial, transitions }]) => {
      const changes: Change[] = [];
      let isUp = initial ?? true;
      if (isUp) changes.push({ timeMs: fromMs, by: 1 });
      for (const transition of transitions) {
        if (transition.isUp !== isUp) changes.push({ timeMs: transition.timeMs, by: transition.isUp ? 1 : -1 });
        isUp = transition.isUp;
      }
      return changes;
    });
}

function isOn({ channel }: CallView, trunk: Trunk): boolean {
  return channel.startsWith(`${trunk.interface}:`);
}
