// A first topology from logs (cisco 8): devices with their addresses, links by the adjacencies and circuits they report.
// What a log cannot say is left for the user to complete, and says so.
import type { CommandCall, Inputs } from '../../model/command.ts';
import { stringify } from 'yaml';
import { Analysis, readAll } from './analysis.ts';
import type { ReportPlan } from './command-options.ts';

/** Devices and facts kept at most. */
const most = 20_000;

interface LearntLink {
  readonly device: string;
  readonly interface: string;
  readonly parent?: string;
  readonly dlci?: number;
  readonly protocol?: string;
  readonly neighbour?: string;
}

/** Reads the logs and writes the proposal as YAML. */
export async function learnTopology(
  plan: ReportPlan,
  call: CommandCall,
): Promise<{ readonly text: string; readonly inputs: readonly Inputs[] }> {
  const addresses = new Map<string, Set<string>>();
  const links = new Map<string, LearntLink>();
  const peers = new Map<string, { readonly hub: string; readonly number: string }>();
  const analysis = new Analysis(plan.topology, plan, {
    record: ({ device, source }, event) => {
      if (addresses.size < most) addresses.set(device.name, (addresses.get(device.name) ?? new Set()).add(source));
      if (links.size >= most) return;
      if (event.kind === 'adj' && event.interface !== '') {
        links.set(`${device.name} ${event.interface} ${event.neighbour}`, {
          device: device.name,
          interface: event.interface,
          protocol: event.protocol,
          neighbour: event.neighbour,
        });
      } else if (event.kind === 'dlci') {
        links.set(`${device.name} ${event.interface} ${event.dlci}`, {
          device: device.name,
          interface: `${event.interface}.${event.dlci}`,
          parent: event.interface,
          dlci: event.dlci,
        });
      } else if (event.kind === 'call_connect' && event.peer !== '') {
        peers.set(event.peer, { hub: device.name, number: event.number });
      }
    },
  });
  const inputs = await readAll(analysis, call);
  analysis.finish();
  const circuits = [...links.values()].sort((one, other) => (key(one) < key(other) ? -1 : 1));
  const perDevice = new Map<string, number>();
  for (const { device } of circuits) perDevice.set(device, (perDevice.get(device) ?? 0) + 1);
  // A device with many links is where the others come together.
  const isHub = (name: string): boolean => (perDevice.get(name) ?? 0) >= 3;
  const named = new Map<string, number>();
  const proposal = {
    version: 1,
    timezone: plan.timezone,
    devices: [...addresses]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, seen]) => ({
        name: safe(name),
        role: isHub(name) ? 'hub' : 'spoke',
        log_path: isHub(name) ? 'local' : 'remote',
        addresses: [...seen]
          .filter((ip) => ip !== '')
          .sort()
          .map((ip) => ({ ip, via: 'loopback' })),
      })),
    links: circuits
      .filter(({ device }) => isHub(device) || perDevice.size === 1)
      .map((circuit) => {
        const base = safe(`${circuit.device}-${circuit.interface}`);
        const times = (named.get(base) ?? 0) + 1;
        named.set(base, times);
        return {
          id: times > 1 ? `${base}-${times}` : base,
          type:
            circuit.dlci !== undefined
              ? 'frame-relay-pvc'
              : circuit.interface.startsWith('Tunnel')
                ? 'tunnel'
                : 'ethernet-p2p',
          a: {
            device: safe(circuit.device),
            interface: circuit.interface,
            ...(circuit.parent === undefined ? {} : { parent: circuit.parent }),
            ...(circuit.dlci === undefined ? {} : { dlci: circuit.dlci }),
          },
          ...(circuit.protocol === undefined
            ? {}
            : { adjacency: { protocol: circuit.protocol, neighbor_a: circuit.neighbour ?? '' } }),
        };
      }),
  };
  const services = proposal.links
    .filter(({ type }) => type !== 'tunnel')
    .map(({ id }) => ({ id: `service-${id}`, primary: id }));
  const dials = [...peers]
    .slice(0, 100)
    .map(([peer, { hub, number }]) => `#   ${safe(peer)} (${safe(number)}) seen at ${safe(hub)}`);
  const head = [
    '# Proposed from the logs. Complete it before use:',
    '#  - addresses: which belong to a link (via: link, link: ID), to a LAN (via: lan), to a loopback (via: loopback);',
    '#  - links: end b, the device and interface at the far side, and neighbor_b;',
    '#  - services: a good id, and the backup of each primary.',
    ...(dials.length > 0 ? ['# Dial peers that the logs name:', ...dials] : []),
    '',
  ].join('\n');
  return { text: `${head}${stringify({ ...proposal, services })}`, inputs };
}

function key({ device, interface: name, neighbour = '' }: LearntLink): string {
  return `${device} ${name} ${neighbour}`;
}

/** A name that the schema takes; other characters become dashes. */
function safe(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_.:-]/g, '-').slice(0, 100);
  return /^[A-Za-z0-9]/.test(clean) ? clean : `x${clean}`;
}
