// The topology file of the simulated network (cisco 8), as a network engineer would have written it.
import { siteDlci } from './network-plan.ts';
import type { NetworkPlan, SitePlan } from './network-plan.ts';

/** YAML text for the cisco family: devices with their addresses, links, services and trunks. */
export function networkTopology(plan: NetworkPlan): string {
  const local = [...plan.hubs.map((hub) => hub.device), ...plan.others];
  const lines = [
    '# Network of the demo. Times are UTC.',
    'version: 1',
    'timezone: UTC',
    'devices:',
    ...local.flatMap(({ name, role, address, minBootSeconds }) => [
      `  - name: ${name}`,
      `    role: ${role}`,
      '    log_path: local',
      `    min_boot_seconds: ${minBootSeconds}`,
      `    addresses: [{ip: ${address}, via: lan}]`,
    ]),
    ...plan.sites.flatMap(deviceOf),
    'links:',
    ...plan.sites.flatMap((site) => [...primaryOf(plan, site), ...backupOf(plan, site)]),
    'services:',
    ...plan.sites.flatMap((site) => serviceOf(plan, site)),
    'trunks:',
    ...plan.hubs.flatMap(({ device, trunk, pri }) => [
      `  - {id: ${trunk.id}, kind: ${trunk.kind}, device: ${device.name}, interface: ${trunk.interface}}`,
      `  - {id: ${pri.id}, kind: isdn-pri, device: ${device.name}, interface: ${pri.interface}}`,
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function deviceOf({ device, name, backup, primaryAddress, backupAddress }: SitePlan): readonly string[] {
  return [
    `  - name: ${device.name}`,
    '    role: spoke',
    '    log_path: remote',
    `    min_boot_seconds: ${device.minBootSeconds}`,
    '    addresses:',
    `      - {ip: ${primaryAddress}, via: link, link: ${name}-primary}`,
    ...(backup === 'none' ? [] : [`      - {ip: ${backupAddress}, via: link, link: ${name}-backup}`]),
    `      - {ip: ${device.address}, via: loopback}`,
  ];
}

function primaryOf({ hubs }: NetworkPlan, site: SitePlan): readonly string[] {
  const hub = hubs[site.hub] ?? hubs[0];
  const head = [`  - id: ${site.name}-primary`];
  switch (site.primary) {
    case 'frame-relay':
      return [
        ...head,
        '    type: frame-relay-pvc',
        `    trunk: ${hub.trunk.id}`,
        `    a: {device: ${hub.device.name}, interface: ${site.hubInterface}, parent: ${hub.trunk.interface}, dlci: ${site.circuit}}`,
        `    b: {device: ${site.name}, interface: ${site.siteInterface}, parent: Serial0, dlci: ${siteDlci}}`,
      ];
    case 'ethernet':
      return [
        ...head,
        '    type: ethernet-p2p',
        `    trunk: ${hub.trunk.id}`,
        `    a: {device: ${hub.device.name}, interface: ${site.hubInterface}}`,
        `    b: {device: ${site.name}, interface: ${site.siteInterface}}`,
        adjacencyOf(site, hub.device.address),
      ];
    case 'leased-line':
      return [
        ...head,
        '    type: leased-line',
        `    a: {device: ${hub.device.name}, interface: '${site.hubInterface}'}`,
        `    b: {device: ${site.name}, interface: ${site.siteInterface}}`,
      ];
  }
}

function backupOf({ hubs }: NetworkPlan, site: SitePlan): readonly string[] {
  const hub = hubs[site.backupHub] ?? hubs[0];
  switch (site.backup) {
    case 'none':
      return [];
    case 'dial':
      return [
        `  - id: ${site.name}-backup`,
        '    type: isdn-dial',
        `    a: {device: ${hub.device.name}, interface: 'Serial1/*:*'}`,
        `    b: {device: ${site.name}, interface: 'BRI0:*', peer_names: [${site.name}], numbers: ['${site.number}']}`,
      ];
    case 'tunnel':
      return [
        `  - id: ${site.name}-backup`,
        '    type: tunnel',
        `    a: {device: ${hub.device.name}, interface: Tunnel${site.circuit}}`,
        `    b: {device: ${site.name}, interface: Tunnel0}`,
        adjacencyOf(site, hub.device.address),
      ];
  }
}

function adjacencyOf({ device }: SitePlan, hubRouterId: string): string {
  return `    adjacency: {protocol: ospf, neighbor_a: ${device.address}, neighbor_b: ${hubRouterId}}`;
}

function serviceOf({ hubs }: NetworkPlan, { name, backup, backupHub, testWindow }: SitePlan): readonly string[] {
  return [
    `  - id: ${name}`,
    `    primary: ${name}-primary`,
    ...(backup === 'none' ? [] : [`    backup: ${name}-backup`]),
    `    backup_mode: ${backup === 'tunnel' ? 'permanent' : backup}`,
    ...(testWindow
      ? [
          `    test_window: {from: '${clock(testWindow.fromMinute)}', to: '${clock(testWindow.toMinute)}', max_seconds: 180}`,
        ]
      : []),
    ...(backup === 'dial' ? [`    expected_callers: ['${(hubs[backupHub] ?? hubs[0]).number}']`] : []),
  ];
}

function clock(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)}`;
}
