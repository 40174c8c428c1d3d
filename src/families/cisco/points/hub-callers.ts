// Calls at a hub from numbers of no site (cisco 15.4). A number that is unknown at first is waited for: a name that comes
// late looks the same.
import { isSameNumber } from '../inference/attribution.ts';
import type { NetworkEvent } from '../grammar/events.ts';
import type { LinkIndex } from '../inference/evidence.ts';
import type { JsonValue } from '../../../model/family.ts';
import type { CookedRecord } from '../preprocessing/record.ts';
import type { SecurityWarning } from '../inference/security.ts';
import type { Link, Topology } from '../topology/topology.ts';

/** So long after its connection a call must have named itself. */
const patienceMs = 60_000;

/** Stands for the site where there is none. */
export const noSite = 'unattributed';

interface Waiting {
  /** Of the connection, or of the protocol, whichever came later. */
  sinceMs: number;
  readonly connectMs: number;
}

/** The calls of all hubs that have not named themselves yet. */
export class HubCallers {
  readonly #index: LinkIndex;
  readonly #dials: readonly Link[];
  readonly #hubs: ReadonlySet<string>;
  readonly #names: ReadonlySet<string>;
  /** By device and channel. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(topology: Topology, index: LinkIndex) {
    this.#index = index;
    this.#dials = topology.links.filter(({ type }) => type === 'isdn-dial');
    // Without any number in the topology every caller would be a stranger.
    const canTell = this.#dials.some(({ ends }) => ends.some(({ numbers }) => numbers.length > 0));
    this.#hubs = new Set(canTell ? this.#dials.flatMap(({ ends: [hub] }) => hub?.devices ?? []) : []);
    this.#names = new Set(
      this.#dials.flatMap(({ ends }) =>
        ends.flatMap(({ peerNames, devices }) => [...peerNames, ...devices.map((name) => name.toLowerCase())]),
      ),
    );
  }

  /** Takes a record; gives the warnings that it leads to. */
  record({ device, timeMs }: CookedRecord, event: NetworkEvent): readonly SecurityWarning[] {
    const warnings = this.#waiting.size === 0 ? [] : this.#expired(timeMs);
    if (!this.#hubs.has(device.name)) return warnings;
    if (event.kind !== 'call_connect' && event.kind !== 'call_end' && event.kind !== 'proto') return warnings;
    if (this.#index.ofDial(device.name, event.interface).length === 0) return warnings;
    const key = `${device.name} ${event.interface}`;
    const waiting = this.#waiting.get(key);
    if (event.kind === 'proto') {
      if (waiting && event.state === 'up') waiting.sinceMs = Math.max(waiting.sinceMs, timeMs);
      return warnings;
    }
    if (event.kind === 'call_end' && !waiting) return warnings;
    if (event.number === '' && event.peer === '') {
      if (event.kind === 'call_connect') {
        this.#waiting.set(key, { sinceMs: timeMs, connectMs: timeMs });
        return warnings;
      }
      this.#waiting.delete(key);
      return [...warnings, warning('unknown_caller', waiting?.connectMs ?? timeMs, '')];
    }
    this.#waiting.delete(key);
    if (this.#isKnown(event.number, event.peer)) return warnings;
    return [...warnings, warning('unexpected_caller', waiting?.connectMs ?? timeMs, event.number)];
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return [...this.#waiting].map(([key, { sinceMs, connectMs }]) => [key, sinceMs, connectMs]);
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    for (const [key, sinceMs, connectMs] of (state ?? []) as [string, number, number][]) {
      this.#waiting.set(key, { sinceMs, connectMs });
    }
  }

  #expired(nowMs: number): readonly SecurityWarning[] {
    const warnings: SecurityWarning[] = [];
    for (const [key, { sinceMs, connectMs }] of this.#waiting) {
      if (nowMs - sinceMs <= patienceMs) continue;
      this.#waiting.delete(key);
      warnings.push(warning('unknown_caller', connectMs, ''));
    }
    return warnings;
  }

  #isKnown(number: string, peer: string): boolean {
    if (peer !== '' && this.#names.has(peer.toLowerCase())) return true;
    return this.#dials.some(({ ends }) => ends.some(({ numbers }) => numbers.some((one) => isSameNumber(one, number))));
  }
}

function warning(kind: SecurityWarning['kind'], timeMs: number, number: string): SecurityWarning {
  return { site: noSite, timeMs, kind, number };
}
