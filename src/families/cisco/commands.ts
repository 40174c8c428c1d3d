// The commands of the cisco family (cisco 18).
import type { CommandSpec } from '../../model/command.ts';
import { eventsCommand } from './reports/command-events.ts';
import { linkCommand } from './reports/command-link.ts';
import { networkCommand } from './reports/command-network.ts';
import { topologyCommand } from './reports/command-topology.ts';

/** All of them. */
export const ciscoCommands: readonly CommandSpec[] = [eventsCommand, linkCommand, networkCommand, topologyCommand];
