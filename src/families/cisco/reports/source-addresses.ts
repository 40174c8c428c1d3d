// Which addresses devices send from (cisco 8). Hints about paths need messages that bear the address of the interface they
// left by; where the source is pinned to one address, there are none, and nobody notices.
import type { JsonValue } from '../../../model/family.ts';
import type { CookedRecord } from '../preprocessing/record.ts';
import type { Topology } from '../topology/topology.ts';

const dayMs = 86_400_000;

/** A device that could give hints and gives none. */
export interface PinnedSource {
  readonly device: string;
  /** As lines name it. */
  readonly address: string;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Used {
  address: string;
  fromMs: number;
  toMs: number;
}

/** Watches the addresses of devices whose topology entry has some with `via: link`. */
export class SourceAddresses {
  readonly #topology: Topology;
  readonly #watched: ReadonlySet<string>;
  readonly #used = new Map<string, Used>();

  constructor(topology: Topology) {
    this.#topology = topology;
    this.#watched = new Set(
      [...topology.addresses.values()].filter(({ via }) => via === 'link').map(({ device }) => device),
    );
  }

  /** Notes where a record came from. */
  record({ device, source, arrivalMs }: CookedRecord): void {
    if (!this.#watched.has(device.name)) return;
    const used = this.#used.get(device.name);
    if (used?.address === source) used.toMs = Math.max(used.toMs, arrivalMs);
    else this.#used.set(device.name, { address: source, fromMs: arrivalMs, toMs: arrivalMs });
  }

  /**
   * Devices that have used one address for a day or longer, the last one, which tells nothing of the path. One that a link
   * has is no reason for a warning: a site whose primary does not fail uses no other.
   */
  pinned(): readonly PinnedSource[] {
    const list: PinnedSource[] = [];
    for (const [device, { address, fromMs, toMs }] of this.#used) {
      if (toMs - fromMs < dayMs || this.#topology.addresses.get(address)?.via === 'link') continue;
      list.push({ device, address, fromMs, toMs });
    }
    return list.sort((one, other) => (one.device < other.device ? -1 : 1));
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return [...this.#used].map(([device, { address, fromMs, toMs }]) => [device, address, fromMs, toMs]);
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    for (const [device, address, fromMs, toMs] of state as [string, string, number, number][]) {
      this.#used.set(device, { address, fromMs, toMs });
    }
  }
}
