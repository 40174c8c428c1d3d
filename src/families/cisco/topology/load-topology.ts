// Opens the topology file that the options or the command line name.
import { readFile } from 'node:fs/promises';
import { messageOf, printable, UsageError } from '../../../model/errors.ts';
import { emptyTopology, readTopology } from './topology.ts';
import type { Topology, TopologyOverrides } from './topology.ts';

const largestBytes = 64 * 1024 * 1024;

/** The topology in a file; an empty one without a path. Throws UsageError for a file that is missing or wrong. */
export async function loadTopology(path: string | undefined, overrides: TopologyOverrides = {}): Promise<Topology> {
  if (path === undefined) return emptyTopology;
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).replace(/^\ufeff/, '');
  } catch (error) {
    throw new UsageError(`topology: ${printable(path)} cannot be read (${printable(messageOf(error))})`);
  }
  if (text.length > largestBytes) throw new UsageError(`topology: ${printable(path)} is larger than 64 MB`);
  return readTopology(text, path, overrides);
}
