// Composed logs whose reports show every form of line: one leased line with its backup (cisco 18.1), and a network of twelve
// sites on frame relay with dial backups, one on Ethernet, two core routers (cisco 18.2 to 18.5).
import { said } from './cisco-run.ts';

/** Edge routers of one leased line, whose backup is a dialled line set up as a leased one on the second router. */
export const oneLine = `
version: 1
devices:
  - {name: edge-a, log_path: local, addresses: [{ip: 10.0.0.1, via: lan}]}
  - {name: edge-b, log_path: local, min_boot_seconds: 60, addresses: [{ip: 10.0.0.2, via: lan}]}
links:
  - {id: line, type: leased-line, a: {device: edge-a, interface: Serial0}}
  - {id: dialled, type: leased-line, label: ISDN, a: {device: edge-b, interface: Serial1/3}}
services: [{id: provider, primary: line, backup: dialled, backup_mode: dial}]
`;

const edgeA = '10.0.0.1';
const edgeB = '10.0.0.2';
const config = '%SYS-5-CONFIG_I: Configured from console';
const protocol = (name: string, state: string): string =>
  `%LINEPROTO-5-UPDOWN: Line protocol on Interface ${name}, changed state to ${state}`;

/** The example of cisco 18.1, and after it a reboot that takes the backup with it, and a shutdown on purpose. */
export const oneLineLog: readonly string[] = [
  said('11 00:00:12', edgeA, undefined, config),
  said('11 00:30:00', edgeB, 898, protocol('Serial1/3', 'down')),
  said('11 04:10:02', edgeB, 899, config),
  said('11 04:13:40', edgeB, 2, config),
  said('12 09:00:00', edgeA, undefined, protocol('Serial0', 'down')),
  said('12 09:00:12', edgeA, undefined, protocol('Serial0', 'up')),
  said('12 09:20:00', edgeA, undefined, protocol('Serial0', 'down')),
  said('12 09:24:10', edgeA, undefined, protocol('Serial0', 'up')),
  said('12 09:24:41', edgeA, undefined, protocol('Serial0', 'down')),
  said('12 09:26:00', edgeB, 3, protocol('Serial1/3', 'up')),
  said('12 10:05:30', edgeA, undefined, protocol('Serial0', 'up')),
  said('12 10:15:30', edgeB, 4, protocol('Serial1/3', 'down')),
  said('13 11:59:50', edgeB, 600, config),
  said('13 12:00:00', edgeA, undefined, '%LINK-5-CHANGED: Interface Serial0, changed state to administratively down'),
  said('13 12:00:01', edgeA, undefined, protocol('Serial0', 'down')),
  said('13 12:00:05', edgeB, 601, protocol('Serial1/3', 'up')),
  said('13 12:10:00', edgeB, 602, config),
  said('13 12:13:00', edgeB, 3, config),
  said('13 12:15:00', edgeB, 4, protocol('Serial1/3', 'up')),
  said('13 12:30:00', edgeA, undefined, '%LINK-3-UPDOWN: Interface Serial0, changed state to up'),
  said('13 12:30:01', edgeA, undefined, protocol('Serial0', 'up')),
  said('13 23:59:50', edgeA, undefined, config),
];

/** The sites on frame relay. */
export const frameSites: readonly number[] = Array.from({ length: 12 }, (_, index) => 101 + index);

/** Twelve sites on frame relay at core-1 whose calls core-1 and core-2 answer, one on Ethernet with a tunnel. */
export const manySites = `
version: 1
devices:
  - {name: core-1, role: hub, log_path: local, addresses: [{ip: 10.9.0.1, via: lan}]}
  - {name: core-2, role: hub, log_path: local, addresses: [{ip: 10.9.0.2, via: lan}]}
${[...frameSites, 120]
  .map(
    (site) =>
      `  - {name: site-${site}, role: spoke, min_boot_seconds: 80, addresses: [{ip: 10.20.${site}.2, via: link, link: site-${site}-primary}, {ip: 10.60.${site}.2, via: link, link: site-${site}-backup}, {ip: 10.255.0.${site}, via: loopback}]}`,
  )
  .join('\n')}
links:
${frameSites
  .map(
    (
      site,
    ) => `  - {id: site-${site}-primary, type: frame-relay-pvc, trunk: core-1-t1, a: {device: core-1, interface: Serial0/0.${site}, parent: Serial0/0, dlci: ${site}}, b: {device: site-${site}, interface: Serial0.1, parent: Serial0, dlci: 16}}
  - {id: site-${site}-backup, type: isdn-dial, a: {device: [core-1, core-2], interface: 'Serial1/*:*'}, b: {device: site-${site}, interface: 'BRI0:*', peer_names: [site-${site}], numbers: ['5550${site}']}}`,
  )
  .join('\n')}
  - {id: site-120-primary, type: ethernet-p2p, a: {device: core-1, interface: Gi0/0/1.120}, b: {device: site-120, interface: Gi0/0/0}, adjacency: {protocol: ospf, neighbor_a: 10.255.0.120}}
  - {id: site-120-backup, type: tunnel, a: {device: core-1, interface: Tunnel120}, b: {device: site-120, interface: Tunnel0}, adjacency: {protocol: ospf, neighbor_a: 10.255.0.120}}
services:
${frameSites
  .map(
    (site) =>
      `  - {id: site-${site}, primary: site-${site}-primary, backup: site-${site}-backup, test_window: {from: '04:00', to: '08:00'}, expected_callers: ['5550001']}`,
  )
  .join('\n')}
  - {id: site-120, primary: site-120-primary, backup: site-120-backup}
trunks:
  - {id: core-1-t1, kind: frame-relay, device: core-1, interface: Serial0/0}
  - {id: core-1-pri0, kind: isdn-pri, device: core-1, interface: Serial1/0}
  - {id: core-2-pri0, kind: isdn-pri, device: core-2, interface: Serial1/0}
`;

/** Addresses of the core routers. */
export const core1 = '10.9.0.1';
export const core2 = '10.9.0.2';

/** A circuit of core-1 changes. */
export function circuit(when: string, site: number, state: 'ACTIVE' | 'INACTIVE'): string {
  return said(when, core1, undefined, `%FR-5-DLCICHANGE: Interface Serial0/0 - DLCI ${site} state changed to ${state}`);
}

/** A neighbour of core-1 changes. */
export function neighbour(when: string, name: string, state: 'up' | 'down'): string {
  const change = state === 'up' ? 'LOADING to FULL, Loading Done' : 'FULL to DOWN, Neighbor Down: Dead timer expired';
  return said(when, core1, undefined, `%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.120 on ${name} from ${change}`);
}

/** A call as its hub tells of it: line and connection at the begin, protocol, and the end with its length. */
export function call(
  hub: string,
  channel: number,
  site: number,
  times: { readonly begin: string; readonly protocol: string; readonly end?: string; readonly lasted?: number },
): readonly string[] {
  const name = `Serial1/0:${channel}`;
  const { begin, end, lasted } = times;
  return [
    said(begin, hub, undefined, `%ISDN-6-CONNECT: Interface ${name} is now connected to 5550${site} site-${site}`),
    said(times.protocol, hub, undefined, protocol(name, 'up')),
    ...(end === undefined
      ? []
      : [
          said(
            end,
            hub,
            undefined,
            `%ISDN-6-DISCONNECT: Interface ${name} disconnected from 5550${site} site-${site}, call lasted ${lasted ?? 0} seconds`,
          ),
        ]),
  ];
}

/** A test call of a site: it begins on the hour of its window and lasts twenty seconds. */
function testCall(day: number, site: number): readonly string[] {
  const minute = String(site - 101).padStart(2, '0');
  const times = { begin: `${day} 04:${minute}:10`, protocol: `${day} 04:${minute}:12`, end: `${day} 04:${minute}:30` };
  return call(core2, site - 100, site, { ...times, lasted: 20 });
}

/** Two days of the network: the example of cisco 18.2 on the second one, and every other form of line. */
export const manySitesLog: readonly string[] = [
  '# from the archive of noc-1',
  said('11 00:00:12', core1, 70_000, config),
  // Tests: all sites on the first day, all but two on the second one.
  ...frameSites.flatMap((site) => testCall(11, site)),
  ...frameSites.filter((site) => site !== 104 && site !== 109).flatMap((site) => testCall(12, site)),
  ...call(core1, 9, 109, { begin: '12 04:20:00', protocol: '12 04:20:02', end: '12 04:24:00', lasted: 240 }),
  // The last thing that site-104 says before it stops.
  said('12 06:38:44', '10.20.104.2', 41_002, config),
  // Site-101: fails, dials core-2, comes back, fails again while the call is still up.
  circuit('12 08:24:48', 101, 'INACTIVE'),
  ...call(core2, 7, 101, { begin: '12 08:24:50', protocol: '12 08:24:53', end: '12 08:32:37', lasted: 467 }),
  circuit('12 08:27:49', 101, 'ACTIVE'),
  circuit('12 08:28:09', 101, 'INACTIVE'),
  circuit('12 08:29:09', 101, 'ACTIVE'),
  circuit('12 08:29:30', 101, 'ACTIVE'),
  // Site-103: its call ends while the line is still away.
  circuit('12 10:00:00', 103, 'INACTIVE'),
  ...call(core1, 3, 103, { begin: '12 10:00:02', protocol: '12 10:00:06', end: '12 10:04:00', lasted: 238 }),
  circuit('12 10:30:00', 103, 'ACTIVE'),
  // Site-104: reboots; its line is known to be back by what it sends.
  circuit('12 13:31:04', 104, 'INACTIVE'),
  said('12 13:33:49', '10.255.0.104', 2, config),
  said('12 13:35:04', '10.20.104.2', 3, config),
  // Site-105: nobody reports its failure; its packets come from the backup while an idle call is up.
  said('12 14:00:00', '10.20.105.2', 500, config),
  ...call(core2, 5, 105, { begin: '12 14:00:10', protocol: '12 14:00:12', end: '12 14:40:10', lasted: 2400 }),
  said('12 14:01:00', '10.20.105.2', 501, config),
  said('12 14:20:00', '10.60.105.2', 502, config),
  circuit('12 14:39:00', 105, 'ACTIVE'),
  // Site-107: somebody dials in.
  said('12 14:13:05', '10.20.107.2', 900, '%ISDN-6-CONNECT: Interface BRI0:2 is now connected to 5165550199'),
  // Site-120: on its tunnel, then without it, then back; and too short failures and recoveries.
  neighbour('12 15:00:00', 'GigabitEthernet0/0/1.120', 'down'),
  neighbour('12 15:10:00', 'Tunnel120', 'down'),
  neighbour('12 15:12:30', 'Tunnel120', 'up'),
  neighbour('12 15:20:00', 'GigabitEthernet0/0/1.120', 'up'),
  neighbour('12 16:00:00', 'GigabitEthernet0/0/1.120', 'down'),
  neighbour('12 16:00:12', 'GigabitEthernet0/0/1.120', 'up'),
  neighbour('12 17:00:00', 'GigabitEthernet0/0/1.120', 'down'),
  neighbour('12 17:05:00', 'GigabitEthernet0/0/1.120', 'up'),
  neighbour('12 17:05:41', 'GigabitEthernet0/0/1.120', 'down'),
  neighbour('12 17:10:00', 'GigabitEthernet0/0/1.120', 'up'),
  // Site-106: an idle call every six hours, while its line is known to be fine.
  said('11 00:05:00', '10.20.106.2', 700, config),
  ...['11 03:00', '11 09:01', '11 15:00', '11 20:59', '12 03:00'].flatMap((when) =>
    call(core1, 6, 106, { begin: `${when}:00`, protocol: `${when}:02`, end: `${when}:30`, lasted: 30 }),
  ),
  // The trunk of core-1 fails for 860 seconds; ten circuits say so.
  ...frameSites.slice(0, 10).map((site, index) => circuit(`12 20:00:0${Math.floor(index / 3)}`, site, 'INACTIVE')),
  ...frameSites.slice(0, 10).map((site, index) => circuit(`12 20:14:2${Math.floor(index / 3)}`, site, 'ACTIVE')),
  // A call that no site can be found for.
  said('12 21:00:00', core2, undefined, '%ISDN-6-CONNECT: Interface Serial1/0:19 is now connected to unknown'),
  said('12 21:00:30', core2, undefined, protocol('Serial1/0:19', 'down')),
  // The numbers of core-1: two messages missing, two copies, one that comes late.
  said('12 22:00:00', core1, 70_001, config),
  said('12 22:00:01', core1, 70_004, config),
  said('12 22:00:02', core1, 70_005, config),
  said('12 22:00:02', core1, 70_005, config),
  said('12 22:00:03', core1, 70_006, config, 61),
  said('12 22:02:00', core1, 70_007, config),
  '2024-11-12T22:03:00.000Z core-1 rubbish that nobody can read',
  said('12 22:04:00', '192.0.2.99', undefined, config),
  said('12 23:59:50', core1, undefined, config),
];
