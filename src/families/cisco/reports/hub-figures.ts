// The figures of every hub (cisco 18.4): its trunks, their failures, and the calls it answered.
import { countedStrangers } from './counted-calls.ts';
import type { NetworkStory } from '../inference/network.ts';
import type { SiteFigures } from './site-figures.ts';
import { usableOf } from '../inference/story.ts';
import type { Topology } from '../topology/topology.ts';
import { circuitsOf } from '../inference/trunks.ts';

/** Figures of one hub. */
export interface HubFigures {
  readonly hub: string;
  /** Most circuits of its trunks that were usable at one moment. */
  readonly maxUp: number;
  readonly hits: number;
  readonly downMs: number;
  /** Calls of any type. */
  readonly calls: number;
  readonly callHits: number;
  /** Most calls at one moment. */
  readonly maxCalls: number;
  readonly callDownMs: number;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The hubs of the topology's trunks, and those that answered calls, in this order. */
export function hubFigures(
  topology: Topology,
  story: NetworkStory,
  sites: readonly SiteFigures[],
): readonly HubFigures[] {
  const calls = new Map<string, Span[]>();
  const add = (hub: string, span: Span): void => {
    calls.set(hub, [...(calls.get(hub) ?? []), span]);
  };
  for (const { counted } of sites) {
    for (const { hub, call } of counted) add(hub, { fromMs: call.startMs, toMs: call.endMs ?? story.toMs });
  }
  for (const { device, startMs, endMs } of countedStrangers(story)) {
    add(device, { fromMs: startMs, toMs: Number.isNaN(endMs) ? story.toMs : endMs });
  }
  const hubs = new Set([...topology.trunks.map(({ device }) => device), ...calls.keys()]);
  return [...hubs].map((hub) => {
    const [circuits, dialled] = [hitsOf(story, hub, false), hitsOf(story, hub, true)];
    const own = calls.get(hub) ?? [];
    return {
      hub,
      maxUp: mostAtOnce(circuitSpans(topology, story, hub)),
      hits: circuits.length,
      downMs: length(circuits),
      calls: own.length,
      callHits: dialled.length,
      maxCalls: mostAtOnce(own),
      callDownMs: length(dialled),
    };
  });
}

function hitsOf({ hits }: NetworkStory, hub: string, isCalls: boolean): readonly Span[] {
  return hits.filter(({ trunk }) => trunk.device === hub && (trunk.kind === 'isdn-pri') === isCalls);
}

function length(spans: readonly Span[]): number {
  return spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

/** When the circuits on a hub's trunks were usable. One that no service uses is taken to have been so all the time. */
function circuitSpans(topology: Topology, story: NetworkStory, hub: string): readonly Span[] {
  const { fromMs, toMs } = story;
  const trunks = topology.trunks.filter(({ device, kind }) => device === hub && kind !== 'isdn-pri');
  const links = new Set(trunks.flatMap((trunk) => circuitsOf(topology, trunk)));
  return [...links].flatMap((link): readonly Span[] => {
    const primary = story.services.find(({ service }) => service.primary === link)?.primary;
    const backup = story.services.find(({ service }) => service.backup === link)?.backup;
    const timeline = primary ?? backup;
    return timeline ? usableOf(timeline, fromMs, toMs) : [{ fromMs, toMs }];
  });
}

/** The most spans that share one moment; one that ends when another begins does not. */
function mostAtOnce(spans: readonly Span[]): number {
  const steps = spans.flatMap(({ fromMs, toMs }) => [
    { at: fromMs, by: 1 },
    { at: toMs, by: -1 },
  ]);
  steps.sort((one, other) => one.at - other.at || one.by - other.by);
  let open = 0;
  let most = 0;
  for (const { by } of steps) {
    open += by;
    most = Math.max(most, open);
  }
  return most;
}
