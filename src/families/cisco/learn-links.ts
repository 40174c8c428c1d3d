// From what logs said to devices, links, services and trunks. Sure are the ends that devices name, circuits and neighbours
// that change together, and calls with a name; which path an address belongs to is guessed from when it was used.
// Above 300 lines: what is proposed refers to each other by name, and is put together in one order.
import type { LearnEvidence, LearntEnd } from './learn-evidence.ts';
import { isAddress } from './learn-names.ts';
import { pairEnds } from './learn-pairs.ts';
import type { FarEnd } from './learn-pairs.ts';

/** An end as it is written. */
export interface ProposedEnd {
  readonly device: string;
  readonly interface: string;
  readonly parent?: string;
  readonly dlci?: number;
  readonly peer_names?: readonly string[];
  readonly numbers?: readonly string[];
}

/** A link as it is written. */
export interface ProposedLink {
  id: string;
  readonly type: 'frame-relay-pvc' | 'isdn-dial' | 'ethernet-p2p' | 'tunnel' | 'leased-line';
  readonly trunk: string | undefined;
  readonly a: ProposedEnd;
  readonly b: ProposedEnd | undefined;
  readonly adjacency: Readonly<Record<string, string>> | undefined;
  /** What is not sure about it. */
  readonly guess: string;
  /** Its changes, as the end that tells most saw them. */
  readonly moments: LearntEnd['moments'];
}

/** An address and what it seems to be for. */
export interface ProposedAddress {
  readonly ip: string;
  readonly via: 'link' | 'loopback' | 'lan';
  readonly link: string | undefined;
  readonly guess: string;
}

/** A device as it is written. */
export interface ProposedDevice {
  readonly name: string;
  readonly isHub: boolean;
  readonly addresses: readonly ProposedAddress[];
}

/** A service as it is written. */
export interface ProposedService {
  readonly id: string;
  readonly primary: string;
  readonly backup: string | undefined;
  readonly mode: 'dial' | 'permanent' | 'none';
  readonly callers: readonly string[];
}

/** A trunk as it is written. */
export interface ProposedTrunk {
  readonly id: string;
  readonly kind: 'frame-relay' | 'isdn-pri' | 'ethernet';
  readonly device: string;
  readonly interface: string;
}

/** The whole proposal. */
export interface Proposal {
  readonly devices: readonly ProposedDevice[];
  readonly links: readonly ProposedLink[];
  readonly services: readonly ProposedService[];
  readonly trunks: readonly ProposedTrunk[];
}

/** A device that ends so many links is where the others come together. */
const leastOfHub = 3;
/** Of an interface that carries so many circuits. */
const leastOfTrunk = 3;
/** An address belongs to the backup when this share of its packets came while the primary was away. */
const backupShare = 0.5;
/** Packets within so long of a change prove nothing about either side of it. */
const marginMs = 3000;

/** Works the proposal out. `names` are those that were found for devices that records name by their address. */
export function learnLinks(evidence: LearnEvidence, names: ReadonlyMap<string, string>): Proposal {
  const named = (device: string): string => names.get(device) ?? device;
  const ends = [...mergedEnds(evidence, named).values()];
  const far = pairEnds(ends, ({ device }) => device);
  const perDevice = new Map<string, number>();
  for (const { device, kind } of ends) if (kind !== 'interface') add(perDevice, device);
  for (const device of dialHubs(evidence, named)) perDevice.set(device, leastOfHub);
  const isHub = (device: string): boolean => (perDevice.get(device) ?? 0) >= leastOfHub;
  const hasHubs = ends.some(({ device }) => isHub(device));
  const neighbourDevices = devicesOfNeighbours(ends, far);
  const subinterfaces = subinterfacesOf(evidence, named);
  const links: ProposedLink[] = [];
  const used = new Set<string>();
  const wanted = (end: LearntEnd): boolean => end.kind !== 'interface' || isLeasedLine(end, ends, far);
  for (const end of ends.filter(wanted).toSorted(inOrder(isHub))) {
    const found = far.get(end.key);
    const other = found?.end;
    if (used.has(end.key) || (other && used.has(other.key))) continue;
    // What a site tells of its end alone is the far end of a link that its hub has told of, or will be completed by hand.
    if (hasHubs && !isHub(end.device) && !other) continue;
    used.add(end.key);
    if (other) used.add(other.key);
    const device = other?.device ?? neighbourDevices.get(neighbourKey(end));
    links.push(linkOf(end, found, device, subinterfaces));
  }
  links.push(...dialLinks(evidence, named));
  const trunks = trunksOf(links, evidence, named);
  const withTrunks = links.map((link): ProposedLink => {
    const trunk = trunks.find(
      ({ device, interface: name, kind }) =>
        kind !== 'isdn-pri' && device === link.a.device && name === trunkName(link),
    );
    return trunk ? { ...link, trunk: trunk.id } : link;
  });
  giveIds(withTrunks);
  withTrunks.forEach((link, index) => {
    withTrunks[index] = withFarNeighbour(link, withTrunks);
  });
  const services = servicesOf(withTrunks, evidence, named, isHub);
  const devices = devicesOf(evidence, named, isHub, withTrunks, services);
  return { devices, links: withTrunks, services, trunks };
}

function add(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

/** Ends under the names of their devices: one that was told of from two addresses is one. */
function mergedEnds({ ends }: LearnEvidence, named: (device: string) => string): ReadonlyMap<string, LearntEnd> {
  const merged = new Map<string, LearntEnd>();
  for (const end of ends.values()) {
    const device = named(end.device);
    const key = [end.kind, device, end.interface, end.dlci ?? '', end.protocol, end.neighbour, end.vrf].join(' ');
    const known = merged.get(key);
    if (known) known.moments.push(...end.moments);
    else merged.set(key, { ...end, key, device, moments: [...end.moments] });
  }
  return merged;
}

/** Those of hubs first, then by name. */
function inOrder(isHub: (device: string) => boolean): (one: LearntEnd, other: LearntEnd) => number {
  return (one, other) =>
    Number(isHub(other.device)) - Number(isHub(one.device)) || (one.key < other.key ? -1 : one.key > other.key ? 1 : 0);
}

function neighbourKey({ protocol, neighbour }: LearntEnd): string {
  return `${protocol} ${neighbour}`;
}

/** The device behind each neighbour address, where one of its ends was paired: a router is known by one of them. */
function devicesOfNeighbours(
  ends: readonly LearntEnd[],
  far: ReadonlyMap<string, FarEnd>,
): ReadonlyMap<string, string> {
  const devices = new Map<string, string>();
  for (const end of ends) {
    const other = far.get(end.key)?.end;
    if (end.kind === 'adjacency' && other) devices.set(neighbourKey(end), other.device);
  }
  return devices;
}

/** A plain interface that changes together with one far away, and is not below a circuit or an adjacency. */
function isLeasedLine(end: LearntEnd, ends: readonly LearntEnd[], far: ReadonlyMap<string, FarEnd>): boolean {
  if (!far.has(end.key)) return false;
  const isBelow = (one: LearntEnd): boolean =>
    one.kind !== 'interface' &&
    one.device === end.device &&
    (one.interface === end.interface ||
      one.interface.startsWith(`${end.interface}.`) ||
      end.interface.startsWith(`${one.interface}.`));
  return !ends.some(isBelow);
}

/** Subinterfaces that were named, by `device parent`. */
function subinterfacesOf(
  { interfaces }: LearnEvidence,
  named: (device: string) => string,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [device, names] of interfaces) {
    for (const name of names) {
      const dot = name.lastIndexOf('.');
      if (dot < 0) continue;
      const key = `${named(device)} ${name.slice(0, dot)}`;
      const list = found.get(key) ?? [];
      if (!list.includes(name)) list.push(name);
      found.set(key, list);
    }
  }
  return found;
}

function linkOf(
  end: LearntEnd,
  found: FarEnd | undefined,
  device: string | undefined,
  subinterfaces: ReadonlyMap<string, readonly string[]>,
): ProposedLink {
  const other = found?.end;
  const b = other ? endOf(other, subinterfaces) : device === undefined ? undefined : { device, interface: 'unknown' };
  const isTunnel = end.interface.startsWith('Tunnel');
  const type =
    end.kind === 'circuit'
      ? 'frame-relay-pvc'
      : end.kind === 'interface'
        ? 'leased-line'
        : isTunnel
          ? 'tunnel'
          : 'ethernet-p2p';
  const adjacency: Record<string, string> = { protocol: end.protocol, neighbor_a: end.neighbour };
  if (other) adjacency['neighbor_b'] = other.neighbour;
  if (end.vrf !== '') adjacency['vrf'] = end.vrf;
  const guess = b
    ? found
      ? `both ends changed together ${found.times === 1 ? 'once only' : `${found.times} times`}`
      : 'the far interface was never named'
    : 'the far end is not known; add "b: {device: ..., interface: ...}"';
  return {
    id: '',
    type,
    trunk: undefined,
    a: endOf(end, subinterfaces),
    b,
    adjacency: end.kind === 'adjacency' ? adjacency : undefined,
    guess,
    moments: end.moments,
  };
}

/** A router has one name for its neighbours on all links, so what its far end said on another link holds here too. */
function withFarNeighbour(link: ProposedLink, links: readonly ProposedLink[]): ProposedLink {
  const { a, b, adjacency } = link;
  if (!b || !adjacency || adjacency['neighbor_b'] !== undefined || adjacency['protocol'] === 'bgp') return link;
  const beside = links.find(
    (one) =>
      one.a.device === a.device &&
      one.b?.device === b.device &&
      one.adjacency?.['protocol'] === adjacency['protocol'] &&
      one.adjacency?.['neighbor_b'] !== undefined,
  );
  const neighbour = beside?.adjacency?.['neighbor_b'];
  return neighbour === undefined ? link : { ...link, adjacency: { ...adjacency, neighbor_b: neighbour } };
}

/** A circuit's own subinterface is the one with its number, or the only one there is. */
function endOf(end: LearntEnd, subinterfaces: ReadonlyMap<string, readonly string[]>): ProposedEnd {
  const { device, dlci } = end;
  if (end.kind !== 'circuit' || dlci === undefined) return { device, interface: end.interface };
  const names = subinterfaces.get(`${device} ${end.interface}`) ?? [];
  const own = names.find((name) => name === `${end.interface}.${dlci}`) ?? (names.length === 1 ? names[0] : undefined);
  return { device, interface: own ?? `${end.interface}.${dlci}`, parent: end.interface, dlci };
}

/** Devices that answer calls of several peers. */
function dialHubs({ calls }: LearnEvidence, named: (device: string) => string): readonly string[] {
  const peers = new Map<string, Set<string>>();
  for (const { device, peer } of calls) {
    if (peer !== '') peers.set(named(device), (peers.get(named(device)) ?? new Set()).add(peer));
  }
  return [...peers].filter(([, list]) => list.size >= leastOfHub).map(([device]) => device);
}

/** A link for each peer that a hub names, with the numbers that came with it. */
function dialLinks(evidence: LearnEvidence, named: (device: string) => string): readonly ProposedLink[] {
  const hubs = new Set(dialHubs(evidence, named));
  const known = new Map([...evidence.addresses.keys()].map((device) => [named(device).toLowerCase(), named(device)]));
  const found = new Map<string, { hub: string; channels: Set<string>; numbers: Map<string, number>; line: string }>();
  for (const { device, channel, peer, number } of evidence.calls) {
    const hub = named(device);
    if (!hubs.has(hub) || peer === '') continue;
    const link = found.get(peer) ?? { hub, channels: new Set<string>(), numbers: new Map<string, number>(), line: '' };
    found.set(peer, link);
    link.channels.add(channel.replace(/:\d+$/, ':*'));
    if (number !== '') add(link.numbers, number);
  }
  for (const { device, channel } of evidence.calls) {
    const link = found.get(named(device));
    if (link && !hubs.has(named(device))) link.line = channel.replace(/:\d+$/, ':*');
  }
  return [...found]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([peer, { hub, channels, numbers, line }]): ProposedLink => {
      const device = known.get(peer.toLowerCase());
      return {
        id: '',
        type: 'isdn-dial',
        trunk: undefined,
        a: { device: hub, interface: common([...channels]) },
        b: {
          device: device ?? peer,
          interface: line === '' ? 'BRI*:*' : line,
          peer_names: [peer],
          numbers: [...numbers.keys()].slice(0, 20),
        },
        adjacency: undefined,
        guess: line === '' ? "the site's own line was never named" : '',
        moments: [],
      };
    });
}

/** One pattern for several channels: `Serial1/0:*` and `Serial1/1:*` are `Serial1/*:*`. */
function common(patterns: readonly string[]): string {
  const [first = ''] = patterns;
  if (patterns.every((pattern) => pattern === first)) return first;
  const head = /^[A-Za-z-]+\d*/.exec(first)?.[0] ?? '';
  return patterns.every((pattern) => pattern.startsWith(`${head}/`)) ? `${head}/*:*` : `${head.replace(/\d+$/, '')}*:*`;
}

/** The interface that would be the trunk of a link: below its circuit or subinterface. */
function trunkName({ a, type }: ProposedLink): string | undefined {
  if (type === 'isdn-dial' || type === 'tunnel') return undefined;
  const dot = a.interface.lastIndexOf('.');
  return a.parent ?? (dot > 0 ? a.interface.slice(0, dot) : undefined);
}

function trunksOf(
  links: readonly ProposedLink[],
  evidence: LearnEvidence,
  named: (device: string) => string,
): readonly ProposedTrunk[] {
  const counts = new Map<string, { trunk: Omit<ProposedTrunk, 'id'>; count: number }>();
  const note = (trunk: Omit<ProposedTrunk, 'id'>, by = 1): void => {
    const key = `${trunk.device} ${trunk.interface}`;
    counts.set(key, { trunk, count: (counts.get(key)?.count ?? 0) + by });
  };
  for (const link of links) {
    const name = trunkName(link);
    const kind = link.type === 'frame-relay-pvc' ? 'frame-relay' : 'ethernet';
    if (name !== undefined) note({ kind, device: link.a.device, interface: name });
  }
  const hubs = new Set(dialHubs(evidence, named));
  const lines = new Set(
    evidence.calls
      .filter(({ device }) => hubs.has(named(device)))
      .map(({ device, channel }) => `${named(device)} ${channel.replace(/:\d+$/, '')}`),
  );
  for (const line of lines) {
    const [device = '', name = ''] = line.split(' ');
    if (!name.startsWith('BRI')) note({ kind: 'isdn-pri', device, interface: name }, leastOfTrunk);
  }
  return [...counts.values()]
    .filter(({ count }) => count >= leastOfTrunk)
    .map(({ trunk }) => ({ id: `${trunk.device}-${trunk.interface.replaceAll('/', '-')}`, ...trunk }));
}

/** A link is named for its far device and its part; several of one kind are numbered. */
function giveIds(links: readonly ProposedLink[]): void {
  const times = new Map<string, number>();
  for (const link of links) {
    const part = link.type === 'isdn-dial' || link.type === 'tunnel' ? 'backup' : 'primary';
    const base = link.b ? `${link.b.device}-${part}` : `${link.a.device}-${link.a.interface.replaceAll('/', '-')}`;
    add(times, base);
    const number = times.get(base) ?? 1;
    link.id = number > 1 ? `${base}-${number}` : base;
  }
}

function servicesOf(
  links: readonly ProposedLink[],
  evidence: LearnEvidence,
  named: (device: string) => string,
  isHub: (device: string) => boolean,
): readonly ProposedService[] {
  const isBackup = ({ type }: ProposedLink): boolean => type === 'isdn-dial' || type === 'tunnel';
  return links
    .filter((link) => !isBackup(link))
    .map((link) => {
      const device = link.b?.device;
      const others = links.filter((one) => isBackup(one) && one.b !== undefined && one.b.device === device);
      const backup = others.find(({ type }) => type === 'isdn-dial') ?? others[0];
      const isSite = device !== undefined && !isHub(device);
      return {
        id: isSite && link.id === `${device}-primary` ? device : link.id,
        primary: link.id,
        backup: backup?.id,
        mode: backup ? (backup.type === 'isdn-dial' ? 'dial' : 'permanent') : 'none',
        callers: backup?.type === 'isdn-dial' && device !== undefined ? callersAt(device, evidence, named) : [],
      };
    });
}

/** Numbers that come up again and again at a site: those of its hub. */
function callersAt(site: string, { calls }: LearnEvidence, named: (device: string) => string): readonly string[] {
  const numbers = new Map<string, number>();
  let sum = 0;
  for (const { device, number, seconds } of calls) {
    if (named(device) !== site || number === '' || seconds !== undefined) continue;
    add(numbers, number);
    sum++;
  }
  return [...numbers].filter(([, times]) => times >= 3 && times / sum >= 0.2).map(([number]) => number);
}

function devicesOf(
  { addresses }: LearnEvidence,
  named: (device: string) => string,
  isHub: (device: string) => boolean,
  links: readonly ProposedLink[],
  services: readonly ProposedService[],
): readonly ProposedDevice[] {
  const merged = new Map<string, Map<string, readonly number[]>>();
  for (const [device, seen] of addresses) {
    const list = merged.get(named(device)) ?? new Map<string, readonly number[]>();
    for (const [ip, moments] of seen) if (isAddress(ip)) list.set(ip, [...(list.get(ip) ?? []), ...moments]);
    merged.set(named(device), list);
  }
  // Far ends that were never heard of themselves.
  for (const { a, b } of links) {
    for (const end of b ? [a, b] : [a]) if (!merged.has(end.device)) merged.set(end.device, new Map());
  }
  return [...merged]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, seen]) => {
      const hub = isHub(name);
      const service = services.find(({ primary }) => links.find(({ id }) => id === primary)?.b?.device === name);
      const primary = links.find(({ id }) => id === service?.primary);
      const backup = links.find(({ id }) => id === service?.backup);
      return {
        name,
        isHub: hub,
        addresses: [...seen]
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([ip, moments]) =>
            hub
              ? { ip, via: 'lan', link: undefined, guess: '' }
              : addressOf(ip, moments, seen.size > 1, primary, backup),
          ),
      };
    });
}

/** The path of an address, by when it was used; one address alone tells nothing. */
function addressOf(
  ip: string,
  moments: readonly number[],
  hasOthers: boolean,
  primary: ProposedLink | undefined,
  backup: ProposedLink | undefined,
): ProposedAddress {
  if (!hasOthers || !primary || primary.moments.length === 0) {
    return { ip, via: 'loopback', link: undefined, guess: 'its only address; "via: link" if it is that of a link' };
  }
  const changes = primary.moments.toSorted((one, other) => one.timeMs - other.timeMs);
  let away = 0;
  let sure = 0;
  for (const timeMs of moments) {
    if (changes.some((change) => Math.abs(change.timeMs - timeMs) <= marginMs)) continue;
    sure++;
    const last = changes.findLast((change) => change.timeMs <= timeMs);
    if (last ? !last.isUp : changes[0]?.isUp === true) away++;
  }
  if (sure === 0) sure = away = moments.length;
  const isBackup = away / sure > backupShare;
  if (isBackup && !backup) return { ip, via: 'loopback', link: undefined, guess: 'used while the primary was away' };
  const times = isBackup
    ? `${away} of ${sure} packets while the primary was away`
    : `${sure - away} of ${sure} packets while it was up`;
  return { ip, via: 'link', link: isBackup ? backup?.id : primary.id, guess: times };
}
