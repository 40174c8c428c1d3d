// Calls over three SIP trunks that never existed: who called when, what became of it, and every message of it. Pure, as
// ecs-lines.ts: the messages of a second depend on the seed and the second alone, although calls last for a minute.
import { between, happenings, pick, randomOf } from './random.ts';
import type { Random } from './random.ts';
import { loadAt, troublesAt } from './rhythm.ts';

/** One message as Communication Manager sees it. */
export interface SipMessage {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly direction: 'IN' | 'OUT';
  readonly trunk: SipTrunk;
  readonly text: string;
  /** Method, `ReINVITE`, or status code. */
  readonly type: string;
  /** What it means for its call: names of fields of `ecs_sip_invite`. */
  readonly outcomes: readonly string[];
  /** The direction of its call, for the outcomes. */
  readonly callDirection: 'IN' | 'OUT';
  /** What a CTI server is told about it, and the call it is told of; undefined for what it is not told. */
  readonly cti: { readonly event: string; readonly call: number } | undefined;
}

/** The other end of a trunk, and how it is reached. */
export interface SipTrunk {
  readonly ip: string;
  readonly port: number;
  /** 1 is TCP, above is TLS. */
  readonly transport: number;
}

/** The address of Communication Manager. */
export const nearIp = '10.1.1.1';

const main: SipTrunk = { ip: '10.2.2.2', port: 5061, transport: 2 };
/** The one with storms of 503. */
const crowded: SipTrunk = { ip: '10.2.2.3', port: 5060, transport: 1 };
/** The one with outages. */
const weak: SipTrunk = { ip: '172.16.4.4', port: 5062, transport: 2 };
const trunks: readonly [SipTrunk, ...SipTrunk[]] = [main, crowded, weak];

/** No call takes longer, so that the calls of a second are those that began so many seconds before it, or later. */
const longestSeconds = 75;
const keepAliveSeconds = 30;

type Ending = 'answered' | 'cancelled' | 404 | 480 | 486 | 500 | 503;

const reasons: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  200: 'OK',
  404: 'Not Found',
  480: 'Temporarily Unavailable',
  486: 'Busy Here',
  487: 'Request Terminated',
  500: 'Server Internal Error',
  503: 'Service Unavailable',
};

/** What is generated. */
export interface SipTrafficOptions {
  readonly seed: number;
  readonly speed: number;
  /** Calls that begin in a second of the busiest hour. */
  readonly callsPerSecond: number;
  readonly hasIncidents: boolean;
}

/** A function that gives the messages of any second, given by its start, in order of time. */
export function sipTraffic(options: SipTrafficOptions): (secondMs: number) => readonly SipMessage[] {
  const { seed, speed, callsPerSecond, hasIncidents } = options;
  const calls = new Map<number, readonly SipMessage[]>();
  const isOut = (trunk: SipTrunk, timeMs: number): boolean =>
    trunk === weak && hasIncidents && troublesAt(timeMs, speed).has('trunk-outage');
  const isStorm = (timeMs: number): boolean => hasIncidents && troublesAt(timeMs, speed).has('storm-of-503');

  /** Messages of the calls that begin in a second. */
  const begunIn = (second: number): readonly SipMessage[] => {
    const known = calls.get(second);
    if (known) return known;
    const random = randomOf(seed, second, 4);
    const startMs = second * 1000;
    const messages: SipMessage[] = [];
    const begin = (trunk: SipTrunk, storm: boolean): void => {
      const call = callOf(random, trunk, startMs + between(random, 0, 999), storm);
      // A trunk that is out in the meantime would leave a call without an end, which no switch does for long.
      if (!call.some(({ atMs }) => isOut(trunk, atMs))) messages.push(...call);
    };
    for (let left = happenings(random, callsPerSecond * loadAt(startMs, speed)); left > 0; left--) {
      const trunk = pick(random, trunks, 1.6);
      begin(trunk, trunk === crowded && isStorm(startMs));
    }
    if (isStorm(startMs)) for (let left = happenings(random, callsPerSecond); left > 0; left--) begin(crowded, true);
    calls.set(second, messages);
    for (const old of calls.keys()) if (calls.size > 4 * longestSeconds) calls.delete(old);
    return messages;
  };

  return (secondMs) => {
    const second = Math.floor(secondMs / 1000);
    const found: SipMessage[] = [];
    for (let begun = second - longestSeconds; begun <= second; begun++) {
      for (const message of begunIn(begun)) if (Math.floor(message.atMs / 1000) === second) found.push(message);
    }
    trunks.forEach((trunk, index) => {
      if (second % keepAliveSeconds !== 7 * index || isOut(trunk, second * 1000)) return;
      found.push(...keepAlive(randomOf(seed, second, 5 + index), trunk, second * 1000));
    });
    return found.toSorted((first, other) => first.atMs - other.atMs);
  };
}

/** Names of one dialog, as they stand in its messages. */
interface Names {
  readonly caller: number;
  readonly called: number;
  readonly id: string;
}

function callOf(random: Random, trunk: SipTrunk, startMs: number, isStorm: boolean): SipMessage[] {
  const direction = random() < 0.6 ? 'IN' : 'OUT';
  const back = direction === 'IN' ? 'OUT' : 'IN';
  const id = callId(random);
  const names: Names = { caller: between(random, 2_000_000, 9_999_999), called: between(random, 7000, 7400), id };
  const call = between(random, 1, 0xffff);
  const messages: SipMessage[] = [];
  const add = (
    atMs: number,
    way: 'IN' | 'OUT',
    type: string,
    text: string,
    outcomes: readonly string[] = [],
    event?: string,
  ): void => {
    const cti = event === undefined ? undefined : { event, call };
    messages.push({ atMs, direction: way, trunk, text, type, outcomes, callDirection: direction, cti });
  };
  const request = (method: string, sequence: number, isWithin: boolean): string =>
    requestText(method, trunk.ip, names, sequence, isWithin);
  const response = (status: number, method: string, sequence: number): string =>
    responseText(status, method, trunk.ip, names, sequence);

  const ending: Ending = isStorm && random() < 0.85 ? 503 : pickEnding(random);
  add(startMs, direction, 'INVITE', request('INVITE', 1, false), ['attempts']);
  add(startMs + between(random, 5, 40), back, '100', response(100, 'INVITE', 1));
  if (typeof ending === 'number') {
    const atMs = startMs + between(random, 60, 900);
    const outcomes = ending >= 500 ? ['failed', 'server_failed'] : ['failed'];
    add(atMs, back, String(ending), response(ending, 'INVITE', 1), outcomes);
    add(atMs + 20, direction, 'ACK', request('ACK', 1, true));
    return messages;
  }
  const ringMs = startMs + Math.floor(between(random, 250, 900) * (1 + 4 * random() ** 6));
  add(ringMs, back, '180', response(180, 'INVITE', 1), ['progressed'], 'alerting');
  const endMs = ringMs + between(random, 1500, 12_000);
  if (ending === 'cancelled') {
    add(endMs, direction, 'CANCEL', request('CANCEL', 1, false));
    add(endMs + 15, back, '200', response(200, 'CANCEL', 1));
    add(endMs + 30, back, '487', response(487, 'INVITE', 1), ['cancelled'], 'drop');
    add(endMs + 50, direction, 'ACK', request('ACK', 1, true));
    return messages;
  }
  add(endMs, back, '200', response(200, 'INVITE', 1), ['answered'], 'answered');
  add(endMs + 25, direction, 'ACK', request('ACK', 1, true));
  const talkMs = between(random, 4000, 50_000);
  if (random() < 0.3) {
    const atMs = endMs + Math.floor(talkMs / 2);
    add(atMs, direction, 'ReINVITE', request('INVITE', 2, true), ['reinvites']);
    add(atMs + 30, back, '200', response(200, 'INVITE', 2));
    add(atMs + 50, direction, 'ACK', request('ACK', 2, true));
  }
  const byeMs = endMs + talkMs;
  const [hangs, waits] = random() < 0.6 ? ([direction, back] as const) : ([back, direction] as const);
  add(byeMs, hangs, 'BYE', request('BYE', 3, true));
  add(byeMs + 30, waits, '200', response(200, 'BYE', 3), [], 'drop');
  return messages;
}

function callId(random: Random): string {
  return [between(random, 0, 2 ** 32 - 1), between(random, 0, 0xffff)].map((part) => part.toString(16)).join('0');
}

function pickEnding(random: Random): Ending {
  const chance = random();
  if (chance < 0.72) return 'answered';
  if (chance < 0.88) return 'cancelled';
  return pick(random, [486, 480, 404, 486, 500] as const);
}

function keepAlive(random: Random, trunk: SipTrunk, secondMs: number): SipMessage[] {
  return (['IN', 'OUT'] as const).flatMap((direction, index) => {
    const names: Names = { caller: 0, called: 0, id: callId(random) };
    const atMs = secondMs + 300 * index + between(random, 0, 200);
    const back = direction === 'IN' ? 'OUT' : 'IN';
    const common = { trunk, outcomes: [], callDirection: direction, cti: undefined } as const;
    const asked = requestText('OPTIONS', trunk.ip, names, 1, false);
    const answer = responseText(200, 'OPTIONS', trunk.ip, names, 1);
    return [
      { ...common, atMs, direction, text: asked, type: 'OPTIONS' },
      { ...common, atMs: atMs + 12, direction: back, text: answer, type: '200' },
    ];
  });
}

function requestText(method: string, far: string, names: Names, sequence: number, isWithin: boolean): string {
  return withHeaders(`${method} sip:${names.called}@${nearIp} SIP/2.0`, far, names, `${sequence} ${method}`, isWithin);
}

function responseText(status: number, method: string, far: string, names: Names, sequence: number): string {
  const start = `SIP/2.0 ${status} ${reasons[status] ?? ''}`;
  return withHeaders(start, far, names, `${sequence} ${method}`, status > 100);
}

function withHeaders(start: string, far: string, { caller, called, id }: Names, sequence: string, hasTag: boolean) {
  const media = start.startsWith('INVITE') ? mediaOf(far) : '';
  return [
    start,
    `From: <sip:${caller}@${far}>;tag=f${id}`,
    `To: <sip:${called}@${nearIp}>${hasTag ? `;tag=t${id}` : ''}`,
    `Call-ID: ${id}@${far}`,
    `CSeq: ${sequence}`,
    `Content-Length: ${media.length}`,
    '',
    media,
  ].join('\r\n');
}

function mediaOf(far: string): string {
  return `v=0\r\no=- 1 1 IN IP4 ${far}\r\ns=-\r\nc=IN IP4 ${far}\r\nt=0 0\r\nm=audio 2048 RTP/AVP 8 0 101\r\na=sendrecv\r\n`;
}
