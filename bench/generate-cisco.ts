// Writes a syslog file of a network that never was, and its topology: a hub and sites in every usual form of header, one
// message in fifty a change of state, some lost, doubled and out of order. The same seed gives the same bytes.
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';

/** `mixed` is a day of everything; `access-lists` is one hub that reports denied packets, and its neighbours. */
export type LogKind = 'mixed' | 'access-lists';

/** What was written, and what a reader can find out about it. */
export interface CiscoLog {
  readonly lines: number;
  readonly bytes: number;
  /** Messages that are missing between two numbers. */
  readonly lost: number;
  /** Copies of messages with a number. */
  readonly copies: number;
  readonly changes: number;
}

/** The form of header without a number: neither loss nor copies show in it. */
const unnumberedForm = 5;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const startMs = Date.UTC(2024, 2, 4);

/** Names of the times of one second, made once for the many lines of it. */
class Clockwork {
  #second = Number.NaN;
  #iso = '';
  #month = '';
  #time = '';

  of(ms: number): { iso: string; month: string; time: string; fraction: string } {
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) {
      this.#second = second;
      const at = new Date(second * 1000);
      this.#iso = at.toISOString().slice(0, 19);
      this.#month = `${months[at.getUTCMonth()] ?? ''} ${String(at.getUTCDate()).padStart(2)}`;
      this.#time = this.#iso.slice(11);
    }
    const fraction = String(ms - second * 1000).padStart(3, '0');
    return { iso: this.#iso, month: this.#month, time: this.#time, fraction };
  }
}

/** A line waiting for its turn in the file. */
interface Delivery {
  readonly atMs: number;
  readonly text: string;
}

/** Numbers from 0 to 1 that are the same in every run. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Writes the topology of `sites` sites: an Ethernet link and a tunnel each. */
export function writeCiscoTopology(path: string, sites: number): void {
  const devices = ['  - {name: hub, role: hub, log_path: local, addresses: [{ip: 10.9.0.1, via: lan}]}'];
  const links: string[] = [];
  const services: string[] = [];
  for (let site = 0; site < sites; site++) {
    const net = `${Math.floor(site / 250)}.${site % 250}`;
    devices.push(
      `  - {name: site-${site}, role: spoke, addresses: [{ip: 10.2${net}.2, via: link, link: site-${site}-primary}, {ip: 10.6${net}.2, via: link, link: site-${site}-backup}]}`,
    );
    const adjacency = (index: number): string =>
      `adjacency: {protocol: ospf, neighbor_a: 10.255.${net}, neighbor_b: 10.255.9.${index}}}`;
    links.push(
      `  - {id: site-${site}-primary, type: ethernet-p2p, a: {device: hub, interface: GigabitEthernet0/1.${site}}, b: {device: site-${site}, interface: GigabitEthernet0/0}, ${adjacency(1)}`,
      `  - {id: site-${site}-backup, type: tunnel, a: {device: hub, interface: Tunnel${site}}, b: {device: site-${site}, interface: Tunnel0}, ${adjacency(2)}`,
    );
    services.push(`  - {id: site-${site}, primary: site-${site}-primary, backup: site-${site}-backup}`);
  }
  const parts = ['version: 1', 'timezone: UTC', 'devices:', ...devices, 'links:', ...links, 'services:', ...services];
  writeFileSync(path, `${parts.join('\n')}\n`);
}

/** Writes the log. `perSecond` is how many lines a second of the log holds. */
export function writeCiscoLog(
  path: string,
  { lines, sites, kind, perSecond }: { lines: number; sites: number; kind: LogKind; perSecond: number },
): CiscoLog {
  const random = generator(7);
  const clock = new Clockwork();
  const numbers = Array.from({ length: sites + 1 }, (_, device) => 1000 + device * 997);
  /** Lost since the last message that came; undefined before the first. */
  const missing: (number | undefined)[] = numbers.map(() => undefined);
  const isUp = Array.from({ length: sites }, () => true);
  const file = openSync(path, 'w');
  const waiting: Delivery[] = [];
  const sums = { lines: 0, bytes: 0, lost: 0, copies: 0, changes: 0 };
  let text: string[] = [];
  const put = (line: string): void => {
    text.push(line);
    sums.lines++;
    if (text.length < 4000) return;
    sums.bytes += writeSync(file, text.join(''));
    text = [];
  };
  for (let tick = 0; sums.lines < lines; tick++) {
    const ms = startMs + Math.floor((tick * 1000) / perSecond);
    while ((waiting[0]?.atMs ?? Number.POSITIVE_INFINITY) <= ms) put(waiting.shift()?.text ?? '');
    const isChange = tick % 50 === 0;
    const site = Math.floor(random() * sites);
    // The hub tells of half the changes, and of nearly all denied packets where that is the subject.
    const isHub = isChange ? random() < 0.5 : random() < (kind === 'mixed' ? 0.1 : 0.8);
    const device = isHub ? sites : site;
    const number = (numbers[device] = (numbers[device] ?? 0) + 1);
    const chance = random();
    const gap = missing[device];
    if (kind === 'mixed' && chance < 0.005 && !isChange) {
      if (gap !== undefined) missing[device] = gap + 1;
      continue;
    }
    const form = formOf(device, sites);
    if (form !== unnumberedForm) sums.lost += gap ?? 0;
    missing[device] = 0;
    let message: string;
    if (isChange) {
      const isNowUp = isUp[site] !== true;
      isUp[site] = isNowUp;
      message = change(site, isHub, isNowUp, random());
      sums.changes++;
    } else message = kind === 'mixed' ? routine(random(), tick) : denied(tick);
    const delay = kind === 'mixed' && chance > 0.99 ? Math.floor(random() * 8000) : 0;
    const line = formed(device, sites, form, number, ms, ms + delay + 2, clock, message, kind !== 'mixed');
    const times = kind === 'mixed' && chance > 0.98 && chance < 0.985 ? 2 : 1;
    if (delay > 0) {
      let place = waiting.length;
      while (place > 0 && (waiting[place - 1]?.atMs ?? 0) > ms + delay) place--;
      waiting.splice(place, 0, { atMs: ms + delay, text: line });
    } else {
      for (let time = 0; time < times; time++) put(line);
      if (form !== unnumberedForm) sums.copies += times - 1;
    }
  }
  for (const { text: line } of waiting) put(line);
  sums.bytes += writeSync(file, text.join(''));
  closeSync(file);
  return sums;
}

function change(site: number, isHub: boolean, isUp: boolean, chance: number): string {
  const name = isHub ? `GigabitEthernet0/1.${site}` : 'GigabitEthernet0/0';
  const state = isUp ? 'up' : 'down';
  if (chance < 0.4) return `%LINEPROTO-5-UPDOWN: Line protocol on Interface ${name}, changed state to ${state}`;
  if (chance < 0.6) return `%LINK-3-UPDOWN: Interface ${name}, changed state to ${state}`;
  const neighbour = isHub ? `10.255.${Math.floor(site / 250)}.${site % 250}` : '10.255.9.1';
  const steps = isUp ? 'LOADING to FULL, Loading Done' : 'FULL to DOWN, Neighbor Down: Dead timer expired';
  return `%OSPF-5-ADJCHG: Process 1, Nbr ${neighbour} on ${name} from ${steps}`;
}

function denied(tick: number): string {
  return `%SEC-6-IPACCESSLOGP: list 102 denied udp 10.9.3.${tick % 250}(${1024 + (tick % 60_000)}) -> 10.1.0.255(137), 1 packet`;
}

function routine(chance: number, tick: number): string {
  if (chance < 0.55) return denied(tick);
  if (chance < 0.65) return `%SYS-6-LOGOUT: User backup has exited tty session ${tick % 16}(10.9.0.5)`;
  if (chance < 0.75) return '%SYS-5-CONFIG_I: Configured from console by backup on vty0 (10.9.0.5)';
  if (chance < 0.83) {
    return `%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: backup] [Source: 10.9.0.5] [localport: 22] at 08:${String(tick % 60).padStart(2, '0')}:00 UTC`;
  }
  if (chance < 0.9) {
    return `%LINEPROTO-5-UPDOWN: Line protocol on Interface FastEthernet0/${tick % 48}, changed state to ${tick % 2 === 0 ? 'up' : 'down'}`;
  }
  if (chance < 0.95) {
    return `%AUTHMGR-5-SUCCESS: Authorization succeeded for client (0050.5${(tick % 4096).toString(16).padStart(3, '0')}.1a2b) on Interface Gi1/0/${tick % 48} AuditSessionID 0A0900050000${(tick % 65_536).toString(16)}`;
  }
  return `%SW_MATM-4-MACFLAP_NOTIF: Host 0050.5${(tick % 4096).toString(16).padStart(3, '0')}.1a2b in vlan 10 is flapping between port Gi1/0/1 and port Gi1/0/2`;
}

/** Each device has one of eight forms of header. */
function formOf(device: number, hub: number): number {
  return device === hub ? 1 : device % 8;
}

/** The line as a collector stores it. */
function formed(
  device: number,
  hub: number,
  form: number,
  number: number,
  ms: number,
  arrivalMs: number,
  clock: Clockwork,
  message: string,
  isPrecise: boolean,
): string {
  const isHub = device === hub;
  const address = isHub ? '10.9.0.1' : `10.2${Math.floor(device / 250)}.${device % 250}.2`;
  const name = isHub ? 'hub' : `site-${device}`;
  const { month, time, fraction } = clock.of(ms);
  const year = '2024';
  const dated = `${month} ${time}.${fraction}`;
  let body: string;
  if (form === 0) body = `${number}: ${month} ${year} ${time}.${fraction} UTC: ${message}`;
  else if (form === 1) body = `${number}: ${dated}: ${message}`;
  else if (form === 2) {
    body = `<189>${number}: ${name}: ${String(number + 40).padStart(6, '0')}: ${month} ${year} ${time}.${fraction} UTC: ${message}`;
  } else if (form === 3) body = `<189>${number}: *${dated}: ${message}`;
  else if (form === 4) body = `${number}: RP/0/RSP0/CPU0:${dated} : ifmgr[214]: ${message.replace(': ', ' : ')}`;
  else if (form === unnumberedForm) body = `: ${year} ${month} ${time} UTC: ${message}`;
  else if (form === 6) body = `${number}: ${dated} CET: ${message}`;
  else body = `${number}: ${message}`;
  const arrival = clock.of(arrivalMs);
  const receipt = isPrecise ? `${arrival.iso}.${arrival.fraction}Z` : `${arrival.month} ${arrival.time}`;
  return `${receipt} ${address} ${body}\n`;
}
