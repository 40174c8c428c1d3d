// The network that is simulated: two hubs that log beside the collector, sites of mixed kinds around them, and what the
// parts are called. Fixed by the number of sites; nothing here moves.

/** How a device writes the header of its messages (cisco 3.2). */
export type HeaderStyle = 'full' | 'count' | 'sequenced' | 'uptime' | 'bare' | 'session' | 'nx-os' | 'ios-xr';

/** A router or switch. */
export interface DevicePlan {
  readonly name: string;
  /** From 0, over all devices. */
  readonly index: number;
  readonly role: 'hub' | 'spoke' | 'other';
  readonly style: HeaderStyle;
  /** Address of its LAN or loopback. */
  readonly address: string;
  readonly minBootSeconds: number;
}

/** What carries a site's traffic as long as it works, and what takes over. */
export type PrimaryKind = 'frame-relay' | 'ethernet' | 'leased-line';
/** What takes over when the primary fails. */
export type BackupKind = 'dial' | 'tunnel' | 'none';

/** A hub: its trunk carries the primaries of one kind, its primary rate interface the calls. */
export interface HubPlan {
  readonly device: DevicePlan;
  readonly trunk: { readonly id: string; readonly kind: 'frame-relay' | 'ethernet'; readonly interface: string };
  readonly pri: { readonly id: string; readonly interface: string };
  /** The number that sites call, and that they see as their peer's. */
  readonly number: string;
}

/** A site. */
export interface SitePlan {
  readonly name: string;
  /** From 0. */
  readonly index: number;
  readonly device: DevicePlan;
  readonly primary: PrimaryKind;
  readonly backup: BackupKind;
  /** Index of the hub at which the primary ends, and of that of the backup. */
  readonly hub: number;
  readonly backupHub: number;
  /** Source addresses of what it sends over the one and the other. */
  readonly primaryAddress: string;
  readonly backupAddress: string;
  /** Interfaces of the primary at the hub and at the site. */
  readonly hubInterface: string;
  readonly siteInterface: string;
  /** Number of the circuit at the hub: DLCI, VLAN or time slot. */
  readonly circuit: number;
  /** Its ISDN number. */
  readonly number: string;
  /** Minutes of the day (UTC) in which its dial backup is tested. */
  readonly testWindow: { readonly fromMinute: number; readonly toMinute: number } | undefined;
}

/** The whole network. */
export interface NetworkPlan {
  readonly hubs: readonly [HubPlan, HubPlan];
  readonly sites: readonly SitePlan[];
  /** Devices that no site depends on: a switch and a border router beside the collector. */
  readonly others: readonly DevicePlan[];
  readonly devices: readonly DevicePlan[];
}

/** The DLCI at a site's end, the same everywhere. */
export const siteDlci = 16;

const places = [
  ['antwerp', 'bergen', 'cadiz', 'dublin', 'essen', 'faro', 'ghent', 'hasselt', 'izmir', 'jena', 'kiel', 'lyon'],
  ['malaga', 'namur', 'oslo', 'porto', 'quimper', 'riga', 'siena', 'turin', 'utrecht', 'vienna', 'wroclaw', 'zagreb'],
].flat();

/** Kinds of sites in turn: any twelve in a row have enough circuits on each trunk for its failure to be recognised. */
const kinds: readonly (readonly [PrimaryKind, BackupKind])[] = [
  ['frame-relay', 'dial'],
  ['ethernet', 'tunnel'],
  ['frame-relay', 'dial'],
  ['ethernet', 'tunnel'],
  ['leased-line', 'dial'],
  ['frame-relay', 'none'],
  ['frame-relay', 'dial'],
  ['ethernet', 'tunnel'],
  ['ethernet', 'none'],
  ['frame-relay', 'dial'],
  ['ethernet', 'dial'],
  ['frame-relay', 'dial'],
];

function kindOf(index: number): readonly [PrimaryKind, BackupKind] {
  return kinds[index % kinds.length] ?? ['frame-relay', 'none'];
}

const spokeStyles: readonly HeaderStyle[] = ['full', 'count', 'sequenced', 'uptime', 'full', 'session', 'bare'];

/** Plans a network; up to 200 sites. */
export function planNetwork(siteCount: number): NetworkPlan {
  if (!(siteCount >= 1 && siteCount <= 200)) throw new RangeError(`a network has 1 to 200 sites, not ${siteCount}`);
  const hubs: [HubPlan, HubPlan] = [hub(0, 'full'), hub(1, 'sequenced')];
  const sites = Array.from({ length: siteCount }, (_, index) => site(index));
  const others: DevicePlan[] = [
    device('lan-1', siteCount + 2, 'other', 'nx-os', '10.9.0.11', 180),
    device('border-1', siteCount + 3, 'other', 'ios-xr', '10.9.0.12', 180),
  ];
  const devices = [...hubs.map((each) => each.device), ...sites.map((each) => each.device), ...others];
  return { hubs, sites, others, devices };
}

function hub(index: number, style: HeaderStyle): HubPlan {
  const name = `core-${index + 1}`;
  return {
    device: device(name, index, 'hub', style, `10.9.0.${index + 1}`, 120),
    trunk:
      index === 0
        ? { id: `${name}-t1`, kind: 'frame-relay', interface: 'Serial0/0' }
        : { id: `${name}-uplink`, kind: 'ethernet', interface: 'GigabitEthernet0/0/1' },
    pri: { id: `${name}-pri0`, interface: 'Serial1/0' },
    number: `555000${index + 1}`,
  };
}

function site(index: number): SitePlan {
  const [primary, backup] = kindOf(index);
  const name = places[index] ?? `branch-${String(index + 1).padStart(3, '0')}`;
  const number = index + 1;
  const circuit = 100 + number;
  const primaryHub = primary === 'frame-relay' ? 0 : 1;
  const style = spokeStyles[index % spokeStyles.length] ?? 'full';
  // Windows of two hours, four hours apart from site to site: there is always one that has just closed.
  const tested = Array.from({ length: index }, (_, before) => kindOf(before)[1]).filter(
    (kind) => kind === 'dial',
  ).length;
  const fromMinute = ((tested * 4) % 24) * 60;
  return {
    name,
    index,
    device: device(name, index + 2, 'spoke', style, `10.255.0.${number}`, 80),
    primary,
    backup,
    hub: primaryHub,
    // Tunnels end where the adjacency does; calls are shared by both hubs.
    backupHub: backup === 'dial' ? Math.floor(index / 2) % 2 : primaryHub,
    primaryAddress: `10.20.${number}.2`,
    backupAddress: `10.60.${number}.2`,
    ...interfaces(primary, circuit, number),
    circuit,
    number: `5550${circuit}`,
    testWindow: backup === 'dial' ? { fromMinute, toMinute: fromMinute + 120 } : undefined,
  };
}

function interfaces(
  primary: PrimaryKind,
  circuit: number,
  number: number,
): Pick<SitePlan, 'hubInterface' | 'siteInterface'> {
  switch (primary) {
    case 'frame-relay':
      return { hubInterface: `Serial0/0.${circuit}`, siteInterface: 'Serial0.1' };
    case 'ethernet':
      return { hubInterface: `GigabitEthernet0/0/1.${circuit}`, siteInterface: 'GigabitEthernet0/0/0' };
    case 'leased-line':
      return { hubInterface: `Serial2/${Math.floor(number / 24)}:${number % 24}`, siteInterface: 'Serial0/1/0' };
  }
}

function device(
  name: string,
  index: number,
  role: DevicePlan['role'],
  style: HeaderStyle,
  address: string,
  minBootSeconds: number,
): DevicePlan {
  return { name, index, role, style, address, minBootSeconds };
}
