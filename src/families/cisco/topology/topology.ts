// The topology (cisco 8): what connects to what. Reads the YAML text, checks it whole with file, line and remedy, and
// gives the tables that the engine looks things up in. Above 300 lines: each check stands beside what it checks.
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { printable, UsageError } from '../../../model/errors.ts';
import type { AddressUse, Device, DeviceDirectory } from '../preprocessing/devices.ts';
import { interfaceName } from '../grammar/interface-names.ts';
import { topologySchema } from './topology-schema.ts';
import type { WrittenTopology } from './topology-schema.ts';

/** Kinds of links. */
export type LinkType = WrittenTopology['links'][number]['type'];

/** One end of a link. Interface names are in the one spelling and may hold `*`. */
export interface LinkEnd {
  /** Several for a dial pool spread over hubs. */
  readonly devices: readonly string[];
  readonly interface: string;
  readonly parent: string | undefined;
  readonly dlci: number | undefined;
  readonly peerNames: readonly string[];
  readonly numbers: readonly string[];
  /** Its device's messages do not cross the links that are watched. */
  readonly isLocal: boolean;
}

/** A link. */
export interface Link {
  readonly id: string;
  readonly type: LinkType;
  /** How reports call it: frame, ISDN, ethernet, tunnel, leased line. */
  readonly label: string;
  readonly trunk: string | undefined;
  readonly ends: readonly LinkEnd[];
  readonly adjacency:
    | { readonly protocol: string; readonly neighbours: readonly (string | undefined)[]; readonly vrf: string }
    | undefined;
}

/** What availability is reported for. */
export interface Service {
  readonly id: string;
  readonly site: string;
  readonly primary: Link;
  readonly backup: Link | undefined;
  readonly backupMode: 'dial' | 'permanent' | 'none';
  readonly dropMs: number;
  readonly tryMs: number;
  readonly testWindow: { readonly fromMinute: number; readonly toMinute: number; readonly maxMs: number } | undefined;
  readonly expectedCallers: readonly string[];
  /** The device at the site: the far end of the primary. */
  readonly device: string | undefined;
}

/** A trunk: an interface of a core device that carries many circuits. */
export interface Trunk {
  readonly id: string;
  readonly kind: 'frame-relay' | 'isdn-pri' | 'ethernet';
  readonly device: string;
  readonly interface: string;
}

/** Rules of thumb that hold for every service, in milliseconds. */
export interface InferenceSettings {
  readonly hintGuardMs: number;
  readonly dialDelayMs: number;
  readonly idleCallMs: number;
  readonly rebootLossPoint: 'last_seen' | 'midpoint' | 'first_seen';
}

/** A topology, checked. */
export interface Topology extends DeviceDirectory {
  /** IANA zone of reports and test windows. */
  readonly timezone: string;
  /** IANA zones by abbreviation in upper case. */
  readonly zoneMap: ReadonlyMap<string, string>;
  readonly devices: readonly (Device & { readonly aliases: readonly string[]; readonly role: string })[];
  readonly links: readonly Link[];
  readonly services: readonly Service[];
  readonly trunks: readonly Trunk[];
  readonly settings: InferenceSettings;
}

const labels: Readonly<Record<LinkType, string>> = {
  'leased-line': 'leased line',
  'frame-relay-pvc': 'frame',
  'isdn-dial': 'ISDN',
  'ethernet-p2p': 'ethernet',
  tunnel: 'tunnel',
};

const mostFaults = 20;

/** Takes over what the command line sets for all services. */
export interface TopologyOverrides {
  readonly dropSeconds?: number;
  readonly trySeconds?: number;
  readonly minBootSeconds?: number;
}

/** A topology without anything: records are parsed, counted and judged, but there is no availability. */
export const emptyTopology: Topology = compile(topologySchema.parse({ version: 1 }), {});

/**
 * Reads a topology from YAML text. `path` stands in messages. Throws UsageError naming file, line, what is wrong and what
 * to do.
 */
export function readTopology(text: string, path: string, overrides: TopologyOverrides = {}): Topology {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const shown = printable(path);
  const faults: string[] = [];
  for (const error of document.errors) {
    faults.push(`${shown}:${lines.linePos(error.pos[0]).line}: ${printable(error.message, 300)}`);
  }
  if (faults.length > 0) throw new UsageError(faults.slice(0, mostFaults).join('\n'));
  const lineOf = (at: readonly (string | number)[]): number => lineAt(document, lines, at);
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 });
  } catch {
    throw new UsageError(`${shown}: too many aliases; write the values out`);
  }
  const read = topologySchema.safeParse(content);
  if (!read.success) {
    for (const issue of read.error.issues) {
      const at = issue.path.filter((part) => typeof part !== 'symbol');
      faults.push(`${shown}:${lineOf(at)}: ${at.join('.') || 'topology'}: ${printable(issue.message, 300)}`);
    }
    throw new UsageError(faults.slice(0, mostFaults).join('\n'));
  }
  check(read.data, (at, message) => faults.push(`${shown}:${lineOf(at)}: ${message}`));
  if (faults.length > 0) throw new UsageError(faults.slice(0, mostFaults).join('\n'));
  return compile(read.data, overrides);
}

/** Line of the deepest part of `at` that is in the document. */
function lineAt(document: Document, lines: LineCounter, at: readonly (string | number)[]): number {
  for (let length = at.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(at.slice(0, length), true);
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      const offset = node.range?.[0];
      if (offset !== undefined) return lines.linePos(offset).line;
    }
  }
  return 1;
}

type Complain = (at: readonly (string | number)[], message: string) => void;

/** What the parts say about each other. */
function check(file: WrittenTopology, complain: Complain): void {
  const devices = new Map<string, string>();
  const links = new Map(file.links.map((link) => [link.id, link]));
  const addresses = new Map<string, string>();
  file.devices.forEach((device, index) => {
    [device.name, ...device.aliases].forEach((known, which) => {
      const at = which === 0 ? ['devices', index, 'name'] : ['devices', index, 'aliases', which - 1];
      const owner = devices.get(known.toLowerCase());
      if (owner !== undefined)
        complain(at, `the name "${known}" belongs to ${owner} already; give each device its own`);
      devices.set(known.toLowerCase(), device.name);
    });
    device.addresses.forEach(({ ip, via, link }, which) => {
      const at = ['devices', index, 'addresses', which, 'ip'];
      const owner = addresses.get(ip);
      if (owner !== undefined) complain(at, `the address ${ip} belongs to ${owner} already; remove one of the two`);
      addresses.set(ip, device.name);
      if (via === 'link' && link === undefined) complain(at, `${ip} is "via: link" without a link; add "link: ID"`);
      if (link !== undefined && !links.has(link)) {
        complain(
          ['devices', index, 'addresses', which, 'link'],
          `there is no link "${link}"; add it or correct the id`,
        );
      }
    });
  });
  const unique = (list: readonly { readonly id: string }[], key: string): void => {
    const seen = new Set<string>();
    list.forEach(({ id }, index) => {
      if (seen.has(id)) complain([key, index, 'id'], `the id "${id}" is used twice; ids must be unique`);
      seen.add(id);
    });
  };
  unique(file.links, 'links');
  unique(file.services, 'services');
  unique(file.trunks, 'trunks');
  const needsDevice = (name: string, at: readonly (string | number)[]): void => {
    if (!devices.has(name.toLowerCase())) complain(at, `there is no device "${name}"; add it under devices`);
  };
  file.trunks.forEach((trunk, index) => needsDevice(trunk.device, ['trunks', index, 'device']));
  file.links.forEach((link, index) => {
    for (const key of ['a', 'b'] as const) {
      const end = link[key];
      for (const name of end === undefined ? [] : [end.device].flat())
        needsDevice(name, ['links', index, key, 'device']);
    }
    if (link.trunk !== undefined && !file.trunks.some(({ id }) => id === link.trunk)) {
      complain(['links', index, 'trunk'], `there is no trunk "${link.trunk}"; add it under trunks`);
    }
    if (link.type === 'frame-relay-pvc' && link.a.dlci === undefined && link.b?.dlci === undefined) {
      complain(['links', index], `a frame-relay-pvc needs the dlci of at least one end`);
    }
  });
  file.services.forEach((service, index) => {
    for (const key of ['primary', 'backup'] as const) {
      const id = service[key];
      if (id !== undefined && !links.has(id)) {
        complain(['services', index, key], `there is no link "${id}"; add it under links`);
      }
    }
    if (service.backup === service.primary) {
      complain(['services', index, 'backup'], `the backup is the primary itself; name another link or leave it out`);
    }
    if (service.backup !== undefined && service.backup_mode === 'none') {
      complain(['services', index, 'backup_mode'], `there is a backup; write dial or permanent, or remove the backup`);
    }
    if (service.backup === undefined && (service.backup_mode ?? 'none') !== 'none') {
      complain(['services', index, 'backup_mode'], `backup_mode ${service.backup_mode ?? ''} needs "backup: LINK"`);
    }
  });
}

function compile(file: WrittenTopology, overrides: TopologyOverrides): Topology {
  const localDevices = new Set(
    file.devices.filter(({ log_path: path }) => path === 'local').map(({ name }) => name.toLowerCase()),
  );
  const canonical = new Map(
    file.devices.flatMap(({ name, aliases }) =>
      [name, ...aliases].map((known) => [known.toLowerCase(), name] as const),
    ),
  );
  const named = (name: string): string => canonical.get(name.toLowerCase()) ?? name;
  const addresses = new Map<string, AddressUse>();
  for (const device of file.devices) {
    for (const { ip, via, link } of device.addresses) addresses.set(ip, { device: device.name, via, link });
  }
  const endOf = (end: WrittenTopology['links'][number]['a']): LinkEnd => {
    const devices = [end.device].flat().map(named);
    return {
      devices,
      interface: interfaceName(end.interface),
      parent: end.parent === undefined ? undefined : interfaceName(end.parent),
      dlci: end.dlci,
      peerNames: end.peer_names.map((name) => name.toLowerCase()),
      numbers: end.numbers,
      isLocal: devices.some((name) => localDevices.has(name.toLowerCase())),
    };
  };
  const links = file.links.map((link): Link => {
    const { adjacency } = link;
    return {
      id: link.id,
      type: link.type,
      label: link.label ?? labels[link.type],
      trunk: link.trunk,
      ends: [link.a, ...(link.b === undefined ? [] : [link.b])].map(endOf),
      adjacency: adjacency && {
        protocol: adjacency.protocol,
        neighbours: [adjacency.neighbor_a?.toLowerCase(), adjacency.neighbor_b?.toLowerCase()],
        vrf: adjacency.vrf ?? '',
      },
    };
  });
  const linkOf = new Map(links.map((link) => [link.id, link]));
  const { defaults } = file;
  const services = file.services.flatMap((service): Service[] => {
    const primary = linkOf.get(service.primary);
    const backup = service.backup === undefined ? undefined : linkOf.get(service.backup);
    if (!primary) return [];
    const byType = backup?.type === 'isdn-dial' ? 'dial' : 'permanent';
    const window = service.test_window;
    return [
      {
        id: service.id,
        site: service.site ?? service.id,
        primary,
        backup,
        backupMode: backup ? (service.backup_mode ?? byType) : 'none',
        dropMs: (overrides.dropSeconds ?? service.drop_seconds ?? defaults.drop_seconds) * 1000,
        tryMs: (overrides.trySeconds ?? service.try_seconds ?? defaults.try_seconds) * 1000,
        testWindow: window && {
          fromMinute: minuteOf(window.from),
          toMinute: minuteOf(window.to),
          maxMs: window.max_seconds * 1000,
        },
        expectedCallers: service.expected_callers,
        device: siteDevice(primary),
      },
    ];
  });
  const zones = Object.entries(file.zone_map).map(([name, zone]) => [name.toUpperCase(), zone] as const);
  return {
    timezone: file.timezone,
    zoneMap: new Map(zones),
    devices: file.devices.map((device) => ({
      name: device.name,
      aliases: device.aliases,
      role: device.role,
      isKnown: true,
      isLocal: device.log_path === 'local',
      minBootMs: (device.min_boot_seconds ?? overrides.minBootSeconds ?? 60) * 1000,
      timezone: device.timezone,
    })),
    addresses,
    links,
    services,
    trunks: file.trunks.map((trunk) => ({
      ...trunk,
      device: named(trunk.device),
      interface: interfaceName(trunk.interface),
    })),
    settings: {
      hintGuardMs: defaults.hint_guard_seconds * 1000,
      dialDelayMs: defaults.dial_delay_seconds * 1000,
      idleCallMs: defaults.idle_call_seconds * 1000,
      rebootLossPoint: defaults.reboot_loss_point,
    },
  };
}

/** The site's own device: the end that does not log locally, else end b. */
function siteDevice(link: Link): string | undefined {
  const remote = link.ends.filter(({ isLocal }) => !isLocal);
  return (remote.at(-1) ?? link.ends[1])?.devices[0];
}

function minuteOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}
