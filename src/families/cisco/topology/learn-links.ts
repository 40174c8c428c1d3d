// From what logs said to links and trunks, and with them the whole proposal. Sure are the ends that devices name, circuits
// and neighbours that change together, and calls with a name.
import type { LearnEvidence, LearntEnd } from './learn-evidence.ts';
import { devicesOf, servicesOf } from './learn-devices.ts';
import { pairEnds } from './learn-pairs.ts';
import type { FarEnd } from './learn-pairs.ts';
import type { Proposal, ProposedEnd, ProposedLink, ProposedTrunk } from './learn-proposal.ts';

/** A device that ends so many links is where the others come together. */
const leastOfHub = 3;
/** Of an interface that carries so many circuits. */
const leastOfTrunk = 3;

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
