// What a reboot did to the layers of a link's end (cisco 13.1, 18.1): what was known of them before is not known after.
import type { Statement } from './evidence.ts';
import type { Network } from './network.ts';
import type { Reboot } from '../preprocessing/steps.ts';
import type { Link } from '../topology/topology.ts';

/** A layer that a reboot made unknown. */
export interface LostLayer {
  readonly layer: string;
  /** What was last said of it. */
  readonly state: 'up' | 'down';
  readonly link: Link;
}

const layers: readonly (readonly [Statement['layer'], string])[] = [
  ['phys', 'physical'],
  ['proto', 'protocol'],
  ['dlci', 'circuit'],
  ['adj', 'adjacency'],
];

/** The layers that were known at the device's end of a link when it went down for its reboot. */
export function layersLost(network: Network, link: Link, device: string, { fromMs }: Reboot): readonly LostLayer[] {
  const end = link.ends.findIndex(({ devices }) => devices.includes(device));
  const statements = network.evidenceOf(link.id)?.statements ?? [];
  const before = statements.filter((said) => said.end === end && said.device === device && said.timeMs <= fromMs);
  // What an earlier boot knew is forgotten already.
  const bootMs = (network.reboots.get(device) ?? []).findLast(({ toMs }) => toMs <= fromMs)?.toMs ?? 0;
  return layers.flatMap(([layer, name]): LostLayer[] => {
    const said = before.findLast((one) => one.layer === layer && one.timeMs >= bootMs);
    return said ? [{ layer: name, state: said.isUp ? 'up' : 'down', link }] : [];
  });
}
