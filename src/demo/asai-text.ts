// What a Message Trace Analyzer would print of the messages to CTI servers (ecs 6.3): blocks with a time and no date.
import type { SipMessage } from './sip-traffic.ts';

/** One message to a CTI server. */
export interface CtiMessage {
  /** Milliseconds within its second. */
  readonly at: number;
  readonly link: number;
  readonly event: string;
  readonly call: number;
}

/** Every call is told to the first link, and those that came in to the second one too. */
const links = [4, 7] as const;

/** The messages that the SIP messages of a second cause; `silent` are links that are out of service. */
export function ctiMessages(messages: readonly SipMessage[], silent: ReadonlySet<number>): readonly CtiMessage[] {
  return messages.flatMap(({ atMs, cti, callDirection }) =>
    cti === undefined
      ? []
      : links
          .filter((link) => !silent.has(link) && (link === links[0] || callDirection === 'IN'))
          .map((link) => ({ at: atMs % 1000, link, ...cti })),
  );
}

/** The blocks of some messages; `clock` is `HH:MM:SS` of their second, `number` that of the first block. */
export function asaiText(messages: readonly CtiMessage[], clock: string, number: number): string {
  return messages
    .map(({ at, link, event, call }, index) => {
      const id = call.toString(16).padStart(4, '0');
      return [
        `${String((number + index) % 1_000_000).padStart(8)}  ${clock}.${String(at).padStart(3, '0')} 50 <-- DOMAIN  crv ${link}_${id}`,
        `      CTI Link number: ${link}`,
        `      CALL IDENTITY: ${id.slice(0, 2)} ${id.slice(2)}  (hex)`,
        `      SPECIFIC EVENT: 45 ${event}`,
        '',
        '',
      ].join('\n');
    })
    .join('');
}
