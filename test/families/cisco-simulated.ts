// A small network of hub and sites with outages, dial backups, tunnels and chatter, and what truly happened to each site.
// Seeded: the same seed gives the same network, so a test that measures accuracy cannot flicker.

const startMs = Date.UTC(2024, 10, 11);
const dropSeconds = 30;
const trySeconds = 60;

/** A datagram on its way to the collector. */
export interface Packet {
  readonly arrivalMs: number;
  readonly source: string;
  readonly text: string;
}

/** A network that was simulated. */
export interface Simulated {
  readonly topology: string;
  readonly packets: readonly Packet[];
  readonly totalSeconds: number;
  /** True seconds on the primary, by site, with hysteresis. */
  readonly upSeconds: ReadonlyMap<string, number>;
}

interface Message {
  readonly seconds: number;
  readonly device: string;
  /** Address it leaves by; undefined while there is no path, so that it is numbered but never sent. */
  readonly source: string | undefined;
  readonly text: string;
}

type Outage = readonly [from: number, to: number];

/** A generator of numbers between 0 and 1. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Simulates `sites` sites for `days` days. Sites with an even number dial, the others have a tunnel. */
export function simulate(seed: number, sites: number, days: number): Simulated {
  const next = random(seed);
  const totalSeconds = days * 86_400;
  const messages: Message[] = [];
  const parts = { devices: '', links: '', services: '' };
  const upSeconds = new Map<string, number>();
  for (let index = 0; index < sites; index++) {
    const number = 101 + index;
    const name = `site-${number}`;
    const outages = outagesOf(next, 1.5, totalSeconds);
    upSeconds.set(name, upOf(outages, totalSeconds));
    const isDown = (seconds: number): boolean => outages.some(([from, to]) => seconds >= from && seconds < to);
    const addresses = { primary: `10.20.${number}.2`, backup: `10.60.${number}.2` };
    const hub = (seconds: number, text: string): void => {
      messages.push({ seconds, device: 'core-1', source: '10.9.0.1', text });
    };
    const calls = number % 2 === 0 ? callsOf(next, outages, totalSeconds) : [];
    const site = (seconds: number, text: string, isChange: boolean): void => {
      const hasBackup = number % 2 === 1 || calls.some(([from, to]) => seconds >= from + 3 && seconds < to);
      const source = isDown(seconds) ? (hasBackup ? addresses.backup : undefined) : addresses.primary;
      // While routes settle most of what a site sends finds no way.
      messages.push({ seconds, device: name, source: isChange && next() < 0.6 ? undefined : source, text });
    };
    for (const [from, to] of outages) {
      for (const [seconds, isUp] of [[from, false] as const, [to, true] as const]) {
        if (number % 2 === 0) {
          const word = isUp ? 'up' : 'down';
          const circuit = isUp ? 'ACTIVE' : 'INACTIVE';
          hub(seconds, `%FR-5-DLCICHANGE: Interface Serial0/0 - DLCI ${number} state changed to ${circuit}`);
          hub(seconds, `%LINEPROTO-5-UPDOWN: Line protocol on Interface Serial0/0.${number}, changed state to ${word}`);
          site(seconds + 0.3, `%FR-5-DLCICHANGE: Interface Serial0 - DLCI 16 state changed to ${circuit}`, true);
        } else {
          const word = isUp ? 'LOADING to FULL, Loading Done' : 'FULL to DOWN, Neighbor Down: Dead timer expired';
          hub(
            seconds,
            `%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.${number} on GigabitEthernet0/1.${number} from ${word}`,
          );
          site(seconds + 0.3, `%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.1 on GigabitEthernet0/0 from ${word}`, true);
        }
      }
    }
    for (const [from, to] of calls) {
      const channel = `Serial1/${index}:1`;
      const lasted = `${to - from} seconds`;
      hub(from, `%ISDN-6-CONNECT: Interface ${channel} is now connected to ${next() < 0.1 ? 'unknown' : name}`);
      hub(from + 3, `%LINEPROTO-5-UPDOWN: Line protocol on Interface ${channel}, changed state to up`);
      site(from + 3.4, '%ISDN-6-CONNECT: Interface BRI0:1 is now connected to core-1', true);
      hub(to, `%ISDN-6-DISCONNECT: Interface ${channel} disconnected from ${name}, call lasted ${lasted}`);
      site(to + 0.4, `%ISDN-6-DISCONNECT: Interface BRI0:1 disconnected from core-1, call lasted ${lasted}`, true);
    }
    for (let at = spread(next, 9000); at < totalSeconds; at += spread(next, 9000)) site(at, chatter(next), false);
    const dial = number % 2 === 0;
    parts.devices += `  - {name: ${name}, log_path: remote, addresses: [{ip: ${addresses.primary}, via: link, link: ${name}-p}, {ip: ${addresses.backup}, via: link, link: ${name}-b}]}\n`;
    parts.links += dial
      ? `  - {id: ${name}-p, type: frame-relay-pvc, trunk: t1, a: {device: core-1, interface: Serial0/0.${number}, parent: Serial0/0, dlci: ${number}}, b: {device: ${name}, interface: Serial0.1, parent: Serial0, dlci: 16}}\n` +
        `  - {id: ${name}-b, type: isdn-dial, a: {device: core-1, interface: 'Serial1/*:*'}, b: {device: ${name}, interface: 'BRI0:*', peer_names: [${name}]}}\n`
      : `  - {id: ${name}-p, type: ethernet-p2p, a: {device: core-1, interface: GigabitEthernet0/1.${number}}, b: {device: ${name}, interface: GigabitEthernet0/0}, adjacency: {protocol: ospf, neighbor_a: 10.255.0.${number}, neighbor_b: 10.255.0.1}}\n` +
        `  - {id: ${name}-b, type: tunnel, a: {device: core-1, interface: Tunnel${number}}, b: {device: ${name}, interface: Tunnel0}, adjacency: {protocol: ospf, neighbor_a: 10.255.0.${number}, neighbor_b: 10.255.0.1}}\n`;
    parts.services += `  - {id: ${name}, primary: ${name}-p, backup: ${name}-b, backup_mode: ${dial ? 'dial' : 'permanent'}}\n`;
  }
  for (let at = 0; at < totalSeconds; at += spread(next, 3600)) {
    messages.push({ seconds: at, device: 'core-1', source: '10.9.0.1', text: chatter(next) });
  }
  messages.push({ seconds: totalSeconds, device: 'core-1', source: '10.9.0.1', text: chatter(next) });
  const topology = `version: 1
defaults: {drop_seconds: ${dropSeconds}, try_seconds: ${trySeconds}}
devices:
  - {name: core-1, log_path: local, addresses: [{ip: 10.9.0.1, via: lan}]}
${parts.devices}links:
${parts.links}services:
${parts.services}trunks: [{id: t1, kind: frame-relay, device: core-1, interface: Serial0/0}]
`;
  return { topology, packets: numbered(messages), totalSeconds, upSeconds };
}

/** Loses, doubles and delays packets. */
export function degrade(
  packets: readonly Packet[],
  { loss, seed }: { readonly loss: number; readonly seed: number },
): readonly Packet[] {
  const next = random(seed);
  const result: Packet[] = [];
  for (const packet of packets) {
    if (next() < loss) continue;
    const arrivalMs = packet.arrivalMs + (next() < 0.02 ? Math.round(next() * 20_000) : 0);
    result.push({ ...packet, arrivalMs });
    if (next() < 0.01) result.push({ ...packet, arrivalMs: arrivalMs + Math.round(next() * 1000) });
  }
  return result.toSorted((one, other) => one.arrivalMs - other.arrivalMs);
}

/** The lines that a daemon writes of them. */
export function linesOf(packets: readonly Packet[]): readonly string[] {
  return packets.map(({ arrivalMs, source, text }) => `${new Date(arrivalMs).toISOString()} ${source} ${text}`);
}

/** Times between events that can come at any moment, in whole seconds. */
function spread(next: () => number, mean: number): number {
  return Math.ceil(-mean * Math.log(1 - next()));
}

function chatter(next: () => number): string {
  return `%SYS-5-CONFIG_I: Configured from console by backup on vty${Math.floor(next() * 4)} (10.9.0.5)`;
}

/** Outages of four seconds to an hour and a half, evenly over the orders of magnitude; some links flap. */
function outagesOf(next: () => number, aDay: number, totalSeconds: number): readonly Outage[] {
  const list: Outage[] = [];
  const length = (most: number): number => Math.round(4 * (most / 4) ** next());
  for (let at = 1200 + spread(next, 86_400 / aDay); at < totalSeconds - 10_000;) {
    const flaps = next() < 0.2 ? 3 : 1;
    for (let flap = 0; flap < flaps; flap++) {
      const lasted = length(flaps > 1 ? 80 : 5000);
      list.push([at, at + lasted]);
      at += lasted + length(100);
    }
    at += 1200 + spread(next, 86_400 / aDay);
  }
  return list;
}

/** A site dials some seconds after a loss and hangs up some minutes after the return. */
function callsOf(next: () => number, outages: readonly Outage[], totalSeconds: number): readonly Outage[] {
  const calls: Outage[] = [];
  for (const [from, to] of outages) {
    const began = from + 3 + Math.floor(next() * 4);
    const hangUp = to + 60 + Math.floor(next() * 200);
    const last = calls.at(-1);
    if (last && last[1] >= from) calls[calls.length - 1] = [last[0], Math.max(last[1], hangUp)];
    else if (to > began && hangUp < totalSeconds) calls.push([began, hangUp]);
  }
  return calls;
}

/** Seconds on the primary: drops are charged, tries are not credited. */
function upOf(outages: readonly Outage[], totalSeconds: number): number {
  let up = 0;
  let isUp = true;
  let position = 0;
  const piece = (to: number, state: boolean, isOpen: boolean): void => {
    if (state !== isUp && (isOpen || to - position >= (state ? trySeconds : dropSeconds))) isUp = state;
    if (state && isUp) up += to - position;
    position = to;
  };
  for (const [from, to] of outages) {
    piece(from, true, position === 0);
    piece(to, false, false);
  }
  piece(totalSeconds, true, true);
  return up;
}

/** Numbers the messages of each device; those without a path take a number and are never sent. */
function numbered(messages: readonly Message[]): readonly Packet[] {
  const counters = new Map<string, number>();
  return messages
    .toSorted((one, other) => one.seconds - other.seconds)
    .flatMap(({ seconds, device, source, text }) => {
      const number = (counters.get(device) ?? 500) + 1;
      counters.set(device, number);
      if (source === undefined) return [];
      const at = new Date(startMs + seconds * 1000);
      const month = at.toUTCString().slice(8, 11);
      const stamp = `${month} ${String(at.getUTCDate()).padStart(2)} ${at.getUTCFullYear()} ${at.toISOString().slice(11, 23)}`;
      return [{ arrivalMs: at.getTime() + 20, source, text: `${number}: ${stamp} UTC: ${text}` }];
    });
}
