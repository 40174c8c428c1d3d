// The layers of both ends of a link, and when each end was down as it reported (cisco 9): a pure fold over what the ends
// said, without inference from the other end, hints or hysteresis. What older statements meant is the fold's beginning.
import type { Statement } from './evidence.ts';
import type { Reboot } from '../preprocessing/steps.ts';
import type { Link } from '../topology/topology.ts';

/** The four layers of an end. */
export const layerNames = ['phys', 'proto', 'dlci', 'adj'] as const;
/** One of them. */
export type LayerName = (typeof layerNames)[number];

/** What is known of one layer: undefined when nothing is. */
export interface LayerState {
  readonly isUp: boolean | undefined;
  readonly sinceMs: number;
}

/** What is known of one end. Plain data. */
export interface EndState {
  readonly layers: Readonly<Record<LayerName, LayerState>>;
  /** Since when it has been down; null while it is not. */
  readonly downSinceMs: number | null;
}

/** A time in which an end was down. */
export interface Outage {
  readonly end: number;
  readonly fromMs: number;
  /** Undefined while it goes on. */
  readonly toMs: number | undefined;
}

/** Both ends, and what became of them since the beginning. */
export interface EndHistory {
  readonly ends: readonly EndState[];
  /** In order of their ends; one that goes on is in `ends` only. */
  readonly outages: readonly Outage[];
}

const unknown: LayerState = { isUp: undefined, sinceMs: Number.NEGATIVE_INFINITY };
/** An end of which nothing is known. */
export const unknownEnd: EndState = {
  layers: { phys: unknown, proto: unknown, dlci: unknown, adj: unknown },
  downSinceMs: null,
};

/** Codes of neighbours: on the way up they are told as a layer below, which they say nothing of. */
const neighbourCode = /ADJC|NBRCH|BFD_SESS/;

/**
 * Goes through the statements of a link, which must be in order of time, from what was known before. After a reboot
 * nothing is known of the layers of that end (cisco 13.1).
 */
export function endHistory(
  link: Link,
  statements: readonly Statement[],
  rebootsOf: (device: string) => readonly Reboot[],
  before: readonly EndState[] = [],
): EndHistory {
  const outages: Outage[] = [];
  const ends = link.ends.map((end, index) => {
    const own = statements.filter((statement) => statement.end === index);
    const boots = end.devices.flatMap((device) => rebootsOf(device).map(({ toMs }) => toMs)).toSorted((a, b) => a - b);
    const walk = new EndWalk(link, index, before[index] ?? unknownEnd, outages);
    let next = 0;
    for (const statement of own) {
      for (; (boots[next] ?? Number.POSITIVE_INFINITY) <= statement.timeMs; next++) walk.reboot(boots[next] ?? 0);
      walk.take(statement);
    }
    for (; next < boots.length; next++) walk.reboot(boots[next] ?? 0);
    return walk.state;
  });
  return { ends, outages };
}

/** The last word of either end on each layer: 1 up, 0 down, 2 unknown. */
export function lastWords(ends: readonly EndState[]): Readonly<Record<LayerName, 0 | 1 | 2>> {
  const word = (name: LayerName): 0 | 1 | 2 => {
    let last = unknown;
    for (const { layers } of ends) {
      const layer = layers[name];
      if (layer.isUp !== undefined && layer.sinceMs >= last.sinceMs) last = layer;
    }
    return last.isUp === undefined ? 2 : last.isUp ? 1 : 0;
  };
  return { phys: word('phys'), proto: word('proto'), dlci: word('dlci'), adj: word('adj') };
}

class EndWalk {
  readonly #link: Link;
  readonly #end: number;
  readonly #outages: Outage[];
  readonly #layers: Record<LayerName, LayerState>;
  #downSinceMs: number | null;

  constructor(link: Link, end: number, before: EndState, outages: Outage[]) {
    this.#link = link;
    this.#end = end;
    this.#outages = outages;
    this.#layers = { ...before.layers };
    this.#downSinceMs = before.downSinceMs;
  }

  get state(): EndState {
    return { layers: { ...this.#layers }, downSinceMs: this.#downSinceMs };
  }

  take({ timeMs, isUp, layer, code }: Statement): void {
    const isNeighbour = layer === 'phys' && neighbourCode.test(code);
    const told = isNeighbour ? 'adj' : layer;
    for (const name of implied(told, isUp)) this.#layers[name] = { isUp, sinceMs: timeMs };
    if (!isUp) this.#downSinceMs ??= timeMs;
    else if (this.#isBack(told)) this.#close(timeMs);
  }

  reboot(timeMs: number): void {
    for (const name of layerNames) this.#layers[name] = { isUp: undefined, sinceMs: timeMs };
    this.#close(timeMs);
  }

  /** The layer that carries the traffic is up again. */
  #isBack(layer: Statement['layer']): boolean {
    if (this.#link.adjacency) return layer === 'adj';
    return layer === 'proto' || layer === 'adj' || (this.#link.type === 'frame-relay-pvc' && layer === 'dlci');
  }

  #close(timeMs: number): void {
    const fromMs = this.#downSinceMs;
    if (fromMs === null) return;
    this.#outages.push({ end: this.#end, fromMs, toMs: Math.max(fromMs, timeMs) });
    this.#downSinceMs = null;
  }
}

/** The layers that are known when one is (cisco 9, always). */
function implied(layer: Statement['layer'], isUp: boolean): readonly LayerName[] {
  switch (layer) {
    case 'phys':
      return isUp ? ['phys'] : layerNames;
    case 'parent':
      // What lies on an interface that is down is down; one that comes up says nothing of it.
      return isUp ? [] : layerNames;
    case 'proto':
      return isUp ? ['phys', 'proto'] : ['proto', 'adj'];
    case 'dlci':
      return isUp ? ['phys', 'dlci'] : ['dlci'];
    case 'adj':
      return isUp ? ['phys', 'proto', 'adj'] : ['adj'];
    case 'inferred':
      return [];
  }
}
