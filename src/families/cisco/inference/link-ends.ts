// What the ends of the links were when older statements were forgotten: the beginning of the fold in end-layers.ts, so that
// a layer that has been up for months is known, and an outage keeps its beginning.
import type { JsonValue } from '../../../model/family.ts';
import { endHistory } from './end-layers.ts';
import type { EndHistory, EndState, LayerName, LayerState } from './end-layers.ts';
import type { Network } from './network.ts';
import { layerNames } from './end-layers.ts';

/** The ends of all links of a network. */
export class LinkEnds {
  readonly #network: Network;
  #before = new Map<string, readonly EndState[]>();

  constructor(network: Network) {
    this.#network = network;
  }

  /** Both ends of a link, as far as it is known now. */
  of(linkId: string): EndHistory {
    return this.#history(linkId, Number.POSITIVE_INFINITY);
  }

  /** To be called just before the network forgets what is older. */
  forget(beforeMs: number): void {
    const kept = new Map<string, readonly EndState[]>();
    for (const { id } of this.#network.topology.links) {
      const { ends } = this.#history(id, beforeMs);
      const isKnown = ends.some(
        ({ layers, downSinceMs }) => downSinceMs !== null || layerNames.some((name) => layers[name].isUp !== undefined),
      );
      if (isKnown) kept.set(id, ends);
    }
    this.#before = kept;
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return [...this.#before].map(([id, ends]) => [
      id,
      ends.map(({ layers, downSinceMs }) => ({
        downSinceMs,
        layers: layerNames.map((name) => {
          const { isUp, sinceMs } = layers[name];
          return [isUp ?? null, Number.isFinite(sinceMs) ? sinceMs : null];
        }),
      })),
    ]);
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const kept = (state ?? []) as unknown as [
      string,
      { downSinceMs: number | null; layers: [boolean | null, number | null][] }[],
    ][];
    for (const [id, ends] of kept) {
      this.#before.set(
        id,
        ends.map(({ downSinceMs, layers }) => ({
          downSinceMs,
          layers: Object.fromEntries(
            layerNames.map((name, index): [LayerName, LayerState] => {
              const [isUp, sinceMs] = layers[index] ?? [null, null];
              return [name, { isUp: isUp ?? undefined, sinceMs: sinceMs ?? Number.NEGATIVE_INFINITY }];
            }),
          ) as Record<LayerName, LayerState>,
        })),
      );
    }
  }

  #history(linkId: string, beforeMs: number): EndHistory {
    const evidence = this.#network.evidenceOf(linkId);
    if (!evidence) return { ends: [], outages: [] };
    const isWhole = beforeMs === Number.POSITIVE_INFINITY;
    return endHistory(
      evidence.link,
      isWhole ? evidence.statements : evidence.statements.filter(({ timeMs }) => timeMs < beforeMs),
      (device) => (this.#network.reboots.get(device) ?? []).filter(({ toMs }) => toMs < beforeMs),
      this.#before.get(linkId),
    );
  }
}
