// The commands of the cisco family (cisco 18).
import type { CommandSpec } from '../../model/command.ts';
import { eventsCommand } from './command-events.ts';
import { linkCommand } from './command-link.ts';
import { networkCommand } from './command-network.ts';
import { topologyCommand } from './command-topology.ts';

/** All of them. */
export const ciscoCommands: readonly CommandSpec[] = [eventsCommand, linkCommand, networkCommand, topologyCommand];
