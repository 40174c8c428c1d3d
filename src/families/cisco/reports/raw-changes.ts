// Changes of interfaces as devices report them, for a log without a topology (cisco 8): nothing is inferred from them.
import type { NetworkEvent } from '../grammar/events.ts';

/** What an event says of an interface, a circuit or a neighbour; undefined for all other events. */
export function rawChange(event: NetworkEvent): { readonly isUp: boolean; readonly text: string } | undefined {
  switch (event.kind) {
    case 'phys':
      if (event.state === 'ignored') return undefined;
      return { isUp: event.state === 'up', text: `Interface ${event.interface} ${words[event.state]}` };
    case 'port': {
      const reason = event.reason === '' ? '' : ` (${event.reason})`;
      return { isUp: event.state === 'up', text: `Interface ${event.interface} ${words[event.state]}${reason}` };
    }
    case 'proto':
      return { isUp: event.state === 'up', text: `Line protocol on ${event.interface} ${event.state}` };
    case 'dlci':
      return { isUp: event.state === 'up', text: `DLCI ${event.dlci} on ${event.interface} ${event.state}` };
    case 'isdn_l2':
      return { isUp: event.state === 'up', text: `Layer 2 on ${event.interface} ${event.state}` };
    case 'adj': {
      const on = event.interface === '' ? '' : ` on ${event.interface}`;
      const vrf = event.vrf === '' ? '' : ` in ${event.vrf}`;
      const reason = event.reason === '' ? '' : ` (${event.reason})`;
      const name = event.protocol.toUpperCase();
      return {
        isUp: event.state === 'up',
        text: `${name} neighbor ${event.neighbour}${on}${vrf} ${event.state}${reason}`,
      };
    }
    default:
      return undefined;
  }
}

const words = { up: 'up', down: 'down', admin: 'administratively down' } as const;
