// Trunk failures (cisco 16): a core interface that fails takes its circuits with it, and the burst itself loses messages.
import type { LinkChange } from './changes.ts';
import type { CallView } from './calls.ts';
import type { Statement } from './evidence.ts';
import type { Link, LinkEnd, Topology, Trunk } from '../topology/topology.ts';

/** A failure of a trunk. */
export interface TrunkHit {
  readonly trunk: Trunk;
  readonly fromMs: number;
  readonly toMs: number;
  /** None of its circuits is back: `toMs` is not its end but the last that was heard of them. */
  readonly isOpen: boolean;
  /** Circuits open just before. */
  readonly openBefore: number;
  /** Circuits that did not report their loss, and what is taken to have happened to them. */
  readonly inferred: readonly { readonly linkId: string; readonly statement: Statement }[];
}

/** The burst of one failure comes within so long. */
const windowMs = 10_000;
/** If nothing tells its end by then, the first circuit that comes back does. */
const longestUntoldMs = 600_000;
const leastOpen = { 'frame-relay': 5, ethernet: 5, 'isdn-pri': 3 } as const;

interface CircuitChange {
  readonly timeMs: number;
  readonly isUp: boolean;
  readonly circuit: string;
}

/** Finds the failures of every trunk. `views` are the calls by hub, for primary rate interfaces. */
export function findTrunkHits(
  topology: Topology,
  changes: ReadonlyMap<string, readonly LinkChange[]>,
  views: ReadonlyMap<string, readonly CallView[]>,
): readonly TrunkHit[] {
  return topology.trunks.flatMap((trunk) => {
    if (trunk.kind === 'isdn-pri') return hitsOf(trunk, callChanges(trunk, views.get(trunk.device) ?? []), new Map());
    const circuits = circuitsOf(topology, trunk);
    const list: CircuitChange[] = [];
    const ends = new Map<string, number>();
    for (const link of circuits) {
      ends.set(
        link.id,
        link.ends.findIndex((end) => end.devices.includes(trunk.device)),
      );
      for (const { timeMs, isUp, rank } of changes.get(link.id) ?? []) {
        if (rank === 'main') list.push({ timeMs, isUp, circuit: link.id });
      }
    }
    return hitsOf(
      trunk,
      list.sort((one, other) => one.timeMs - other.timeMs),
      ends,
    );
  });
}

/** The links that run over a trunk. */
export function circuitsOf({ links }: Topology, trunk: Trunk): readonly Link[] {
  return links.filter((link) => isCircuit(trunk, link));
}

/** True for a link that runs over a trunk: it says so, has it as its parent, or is a subinterface of it. */
export function isCircuit(trunk: Trunk, link: Link): boolean {
  const isOn = (end: LinkEnd): boolean =>
    end.devices.includes(trunk.device) &&
    (end.parent === trunk.interface || end.interface.startsWith(`${trunk.interface}.`));
  return link.trunk === trunk.id || link.ends.some(isOn);
}

function callChanges(trunk: Trunk, views: readonly CallView[]): readonly CircuitChange[] {
  const list: CircuitChange[] = [];
  for (const view of views) {
    if (!view.channel.startsWith(`${trunk.interface}:`)) continue;
    list.push({ timeMs: view.startMs, isUp: true, circuit: view.channel });
    if (!Number.isNaN(view.endMs)) list.push({ timeMs: view.endMs, isUp: false, circuit: view.channel });
  }
  return list.sort((one, other) => one.timeMs - other.timeMs || Number(one.isUp) - Number(other.isUp));
}

/** `ends` holds the links that are always there, with the index of the trunk's end; calls come and go. */
function hitsOf(trunk: Trunk, list: readonly CircuitChange[], ends: ReadonlyMap<string, number>): readonly TrunkHit[] {
  const hits: TrunkHit[] = [];
  // Circuits that are there all the time are open until they are said to be down.
  const open = new Set<string>(ends.keys());
  const least = leastOpen[trunk.kind];
  let recent: { timeMs: number; circuit: string }[] = [];
  for (let at = 0; at < list.length; at++) {
    const change = list[at];
    if (!change) break;
    if (change.isUp) {
      open.add(change.circuit);
      recent = recent.filter(({ circuit }) => circuit !== change.circuit);
      continue;
    }
    if (!open.delete(change.circuit)) continue;
    recent = [...recent.filter(({ timeMs }) => change.timeMs - timeMs <= windowMs), change];
    const before = open.size + recent.length;
    const floor = trunk.kind === 'isdn-pri' ? 0 : Math.max(2, Math.floor(before * 0.05));
    if (before < least || open.size > floor || recent.length < Math.min(before, least) - 2) continue;
    // What is still to come of the burst belongs to it.
    const fromMs = recent[0]?.timeMs ?? change.timeMs;
    while (list[at + 1] && list[at + 1]?.isUp === false && (list[at + 1]?.timeMs ?? 0) - fromMs <= windowMs) {
      at++;
      open.delete(list[at]?.circuit ?? '');
    }
    const toMs = endOfHit(list, at + 1, fromMs, before);
    const silent = [...open];
    const inferred = silent.flatMap((circuit) => {
      const end = ends.get(circuit);
      if (end === undefined) return [];
      const said = list.some(({ circuit: id, timeMs }) => id === circuit && timeMs >= fromMs && timeMs <= toMs);
      const told = (timeMs: number, isUp: boolean): { linkId: string; statement: Statement } => ({
        linkId: circuit,
        statement: {
          timeMs,
          isUp,
          end,
          layer: 'inferred',
          isLocal: true,
          strength: 2,
          isAdmin: false,
          device: trunk.device,
          code: 'trunk',
        },
      });
      return said ? [told(fromMs, false)] : [told(fromMs, false), told(toMs, true)];
    });
    for (const circuit of silent) open.delete(circuit);
    const isOpen = !list.slice(at + 1).some(({ isUp }) => isUp);
    hits.push({ trunk, fromMs, toMs, isOpen, openBefore: before, inferred });
    recent = [];
  }
  return hits;
}

/** Half of the circuits back, or the first one when that takes longer than anybody can say. */
function endOfHit(list: readonly CircuitChange[], from: number, fromMs: number, before: number): number {
  const back = new Set<string>();
  let firstMs: number | undefined;
  for (let at = from; at < list.length; at++) {
    const change = list[at];
    if (change?.isUp !== true) continue;
    firstMs ??= change.timeMs;
    back.add(change.circuit);
    if (back.size * 2 >= before)
      return change.timeMs - fromMs <= longestUntoldMs || back.size > 2 ? change.timeMs : firstMs;
  }
  return firstMs ?? list.at(-1)?.timeMs ?? fromMs;
}
