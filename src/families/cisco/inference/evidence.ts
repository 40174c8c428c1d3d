// Statements, hints and other evidence about links (cisco 9, 11), and which links an event speaks of.
import type { Device, AddressUse } from '../preprocessing/devices.ts';
import type { NetworkEvent } from '../grammar/events.ts';
import type { JsonValue } from '../../../model/family.ts';
import { fitsPattern } from '../grammar/interface-names.ts';
import { recordFlag } from '../preprocessing/record.ts';
import type { CookedRecord } from '../preprocessing/record.ts';
import { RowPacker, unpackBlocks } from './rows.ts';
import type { Link, Topology, Trunk } from '../topology/topology.ts';

/** The layer that a statement is about; `parent` is the interface below, `inferred` comes from a trunk or a reboot. */
export type Layer = 'phys' | 'proto' | 'dlci' | 'adj' | 'parent' | 'inferred';

/** Something said about one end of a link. */
export interface Statement {
  readonly timeMs: number;
  readonly isUp: boolean;
  /** Index of the end that says it. */
  readonly end: number;
  readonly layer: Layer;
  readonly isLocal: boolean;
  /** 3 explicit at a locally logging device, 2 explicit elsewhere or implied (cisco 9). */
  readonly strength: number;
  readonly isAdmin: boolean;
  readonly device: string;
  readonly code: string;
}

/** A packet that came from an address of a link. */
export interface Hint {
  /** When it was stamped, or sent if it waited for a path. */
  readonly timeMs: number;
  /** When it arrived: it crossed the link at some moment up to then. */
  readonly arrivalMs: number;
  /** The record itself reports that link going down. */
  readonly isOwnDown: boolean;
  /** The first records of a boot: nothing explicit is younger. */
  readonly isBoot: boolean;
}

/** So many hints more are kept without a second look. */
const hintStep = 128;

/** What is kept about one link. All lists are in order of time. */
export class LinkEvidence {
  readonly link: Link;
  statements: Statement[] = [];
  hints: Hint[] = [];
  /** At so many hints those that mean nothing more are to be forgotten; up to this moment that was done. */
  thinAt = hintStep;
  thinnedMs = Number.NEGATIVE_INFINITY;

  readonly #statementPacker = new RowPacker();
  readonly #hintPacker = new RowPacker();

  constructor(link: Link) {
    this.link = link;
  }

  /** Everything that must survive a restart. */
  snapshot(): { readonly statements: JsonValue; readonly hints: JsonValue } {
    return {
      statements: this.#statementPacker.pack(this.statements),
      hints: this.#hintPacker.pack(this.hints),
    };
  }

  /** Takes back a snapshot. */
  restore({ statements, hints }: ReturnType<LinkEvidence['snapshot']>): void {
    this.statements = unpackBlocks<Statement>(statements);
    this.hints = unpackBlocks<Hint>(hints);
  }

  /** Keeps only these of the hints from `index` on; up to `untilMs` they will not be looked at again. */
  thin(index: number, kept: readonly Hint[], untilMs: number): void {
    this.hints.length = index;
    for (const hint of kept) this.hints.push(hint);
    this.thinAt = this.hints.length + hintStep;
    this.thinnedMs = untilMs;
  }

  /** Forgets what is older. */
  forget(beforeMs: number): void {
    this.statements = this.statements.filter(({ timeMs }) => timeMs >= beforeMs);
    this.hints = this.hints.filter(({ timeMs }) => timeMs >= beforeMs);
  }
}

/** Puts an item into a list that is in order of time, after those of the same time. */
export function insertByTime<T extends { readonly timeMs: number }>(list: T[], item: T): void {
  let index = list.length;
  while (index > 0 && (list[index - 1]?.timeMs ?? 0) > item.timeMs) index--;
  if (index === list.length) list.push(item);
  else list.splice(index, 0, item);
}

/** Index of the first item at or after a moment, in a list that is in order of time. */
export function indexAt(list: readonly { readonly timeMs: number }[], timeMs: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.timeMs ?? 0) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One end of a link, as found by its device. */
export interface EndPlace {
  readonly link: Link;
  readonly end: number;
}

interface PatternPlace extends EndPlace {
  readonly pattern: string;
}

/** Finds the links that an event speaks of. */
export class LinkIndex {
  readonly #interfaces = new Map<string, EndPlace[]>();
  readonly #parents = new Map<string, EndPlace[]>();
  readonly #dlcis = new Map<string, EndPlace>();
  readonly #adjacencies = new Map<string, EndPlace[]>();
  readonly #dials = new Map<string, PatternPlace[]>();
  readonly #trunks = new Map<string, Trunk>();

  constructor(topology: Topology) {
    const add = <V>(map: Map<string, V[]>, key: string, value: V): void => {
      const list = map.get(key);
      if (list) list.push(value);
      else map.set(key, [value]);
    };
    const trunkOf = new Map(topology.trunks.map((trunk) => [trunk.id, trunk]));
    for (const trunk of topology.trunks) this.#trunks.set(`${trunk.device} ${trunk.interface}`, trunk);
    for (const link of topology.links) {
      link.ends.forEach((end, index) => {
        const place = { link, end: index };
        for (const device of end.devices) {
          if (link.type === 'isdn-dial') {
            add(this.#dials, device, { ...place, pattern: end.interface });
            continue;
          }
          add(this.#interfaces, `${device} ${end.interface}`, place);
          const parents = new Set([end.parent, mainInterface(end.interface)]);
          const trunk = link.trunk === undefined ? undefined : trunkOf.get(link.trunk);
          if (trunk?.device === device) parents.add(trunk.interface);
          for (const parent of parents) if (parent !== undefined) add(this.#parents, `${device} ${parent}`, place);
          if (end.dlci !== undefined) {
            for (const parent of parents)
              if (parent !== undefined) this.#dlcis.set(`${device} ${parent} ${end.dlci}`, place);
            this.#dlcis.set(`${device} ${end.interface} ${end.dlci}`, place);
          }
          const neighbour = link.adjacency?.neighbours[index];
          if (link.adjacency && neighbour !== undefined) {
            add(this.#adjacencies, `${device} ${link.adjacency.protocol} ${neighbour}`, place);
          }
        }
      });
    }
  }

  /** Ends whose own interface this is. */
  ofInterface(device: string, name: string): readonly EndPlace[] {
    return this.#interfaces.get(`${device} ${name}`) ?? [];
  }

  /** Ends that lie on this interface as subinterface, circuit or trunk. */
  ofParent(device: string, name: string): readonly EndPlace[] {
    return this.#parents.get(`${device} ${name}`) ?? [];
  }

  ofDlci(device: string, name: string, dlci: number): EndPlace | undefined {
    return this.#dlcis.get(`${device} ${name} ${dlci}`);
  }

  /** Ends whose neighbour this is; where the event names an interface, only the one on it. */
  ofNeighbour(device: string, protocol: string, neighbour: string, vrf: string, name: string): readonly EndPlace[] {
    const all = this.#adjacencies.get(`${device} ${protocol} ${neighbour}`) ?? [];
    return all.filter(({ link, end }) => {
      if ((link.adjacency?.vrf ?? '') !== vrf) return false;
      return name === '' || link.ends[end]?.interface === name;
    });
  }

  /** Dial ends whose pattern the interface fits. */
  ofDial(device: string, name: string): readonly EndPlace[] {
    return (this.#dials.get(device) ?? []).filter(({ pattern }) => fitsPattern(pattern, name));
  }

  /** True when any dial link has an end on this device. */
  hasDial(device: string): boolean {
    return this.#dials.has(device);
  }

  trunk(device: string, name: string): Trunk | undefined {
    return this.#trunks.get(`${device} ${name}`);
  }
}

/** `Serial0/0` of `Serial0/0.101`; undefined for a main interface. */
function mainInterface(name: string): string | undefined {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : undefined;
}

/** A statement and the link it is about. */
export interface LinkStatement {
  readonly link: Link;
  readonly statement: Statement;
}

/** What an event says about links that are not dialled. */
export function statementsOf(index: LinkIndex, record: CookedRecord, event: NetworkEvent): readonly LinkStatement[] {
  const { device } = record;
  switch (event.kind) {
    case 'phys':
      if (event.state === 'ignored') return [];
      return [
        ...index.ofInterface(device.name, event.interface).map((place) => say(record, place, 'phys', event.state)),
        ...index.ofParent(device.name, event.interface).map((place) => say(record, place, 'parent', event.state)),
      ];
    case 'proto':
    case 'port':
      return [
        ...index.ofInterface(device.name, event.interface).map((place) => say(record, place, 'proto', event.state)),
        ...index.ofParent(device.name, event.interface).map((place) => say(record, place, 'parent', event.state)),
      ];
    case 'dlci': {
      const place = index.ofDlci(device.name, event.interface, event.dlci);
      return place ? [say(record, place, 'dlci', event.state)] : [];
    }
    case 'adj':
      return index
        .ofNeighbour(device.name, event.protocol, event.neighbour, event.vrf, event.interface)
        .map((place) => {
          const layer = event.state === 'up' || event.wasFull ? 'adj' : 'phys';
          return say(record, place, layer, event.state, event.isAdministrative);
        });
    default:
      return [];
  }
}

function say(
  record: CookedRecord,
  { link, end }: EndPlace,
  layer: Layer,
  state: 'up' | 'down' | 'admin' | 'ignored',
  isAdministrative = false,
): LinkStatement {
  const isLocal = record.device.isLocal;
  return {
    link,
    statement: {
      timeMs: record.timeMs,
      isUp: state === 'up',
      end,
      layer,
      isLocal,
      strength: isLocal ? 3 : 2,
      isAdmin: state === 'admin' || isAdministrative,
      device: record.device.name,
      code: record.code?.canonical ?? '',
    },
  };
}

/** A packet takes at most so long; what comes later waited in its device until there was a path. */
const longestWayMs = 30_000;

/**
 * When a packet was sent (cisco 11.6, 11.8): when it was stamped, as far as packets are only delayed and collectors write
 * whole seconds; when it arrived, if it had waited in its device. What came too late for its place has its own time.
 */
export function sentMs({ flags, timeMs, arrivalMs }: CookedRecord): number {
  const waited = (flags & (recordFlag.boot | recordFlag.bootBurst)) !== 0;
  if (waited) return arrivalMs;
  const isLate = (flags & (recordFlag.late | recordFlag.tooLate)) !== 0;
  return !isLate && arrivalMs - timeMs > longestWayMs ? arrivalMs : timeMs;
}

/** The link whose address a record came from, unless that address says nothing about paths. */
export function hintedLink(use: AddressUse | undefined, device: Device): string | undefined {
  return use?.via === 'link' && use.device === device.name ? use.link : undefined;
}
