// The lines of a Communication Manager that never existed (ecs 2 and 3), second by second. Pure: a second's events
// depend on the seed and the second alone, so a history and a live log fit together, and any part can be made again.
import { asaiText, ctiMessages } from './asai-text.ts';
import { WallClock } from './local-time.ts';
import { mstRecords, mstTexts } from './mst.ts';
import type { MstRecord } from './mst.ts';
import { between, happenings, pick, randomOf } from './random.ts';
import type { Random } from './random.ts';
import { defaultSpeed, incidentAt, loadAt, troublesAt } from './rhythm.ts';
import type { IncidentKind } from './rhythm.ts';
import { sipTraffic } from './sip-traffic.ts';
import type { SipMessage } from './sip-traffic.ts';

/** What is generated. */
export interface EcsLinesOptions {
  readonly seed: number;
  /** First second, epoch ms (rounded down), and end (excluded). */
  readonly fromMs: number;
  readonly toMs: number;
  /** IANA zone of the stamps; UTC unless given. */
  readonly timezone?: string;
  /** How many times faster than the clock the working day passes; 144 unless given. */
  readonly speed?: number;
  /** Events per second in the busiest hour, without incidents, of which two thirds are denials; 9 unless given. */
  readonly eventsPerSecond?: number;
  /** Lines of no interest per second in the busiest hour; 290 unless given. Changes no event. */
  readonly fillerPerSecond?: number;
  /** False leaves out the incidents; true unless given. */
  readonly hasIncidents?: boolean;
  /** Calls that begin in a second of the busiest hour, traced with every message; 0.4 unless given. */
  readonly callsPerSecond?: number;
  /** Part of the filler that are traced messages of no call, for measurements of speed; none unless given. */
  readonly mstShare?: number;
}

/** Kinds of events as the truth names them. */
export type EventKind = 'denial' | 'alarm' | 'error' | 'proc_err' | 'ipevt' | 'sip' | 'call' | 'asai';

/** One second of the log. */
export interface EcsSecond {
  /** Start of the second, epoch ms. */
  readonly timeMs: number;
  /** Lines in order of time, each ending with LF. */
  readonly text: string;
  readonly lines: number;
  /** Decoded messages to CTI servers in this second, for a file of their own. */
  readonly trace: string;
  /**
   * How many events of each kind and number (or type, process, sub-event) are in it; the key is `kind key`. Of SIP
   * messages the key is `IN/10.2.2.2/INVITE`, of calls `IN/10.2.2.2/answered`, of messages to CTI servers `4/alerting`.
   */
  readonly events: ReadonlyMap<string, number>;
  /** True while so much is traced that the system opens a new file every second. */
  readonly isBusy: boolean;
}

interface Body {
  /** Milliseconds within the second. */
  readonly at: number;
  readonly process: string;
  /** Texts inside the brackets, a line each. */
  readonly texts: readonly string[];
}

const processes = ['capro(9870)', 'hmm(9711)', 'MAP(12104)', 'gip(9902)', 'tsr(9954)'] as const;
const tracingProcesses = ['MAP(12104)', 'MAP(12105)', 'MAP(12106)', 'MAP(12107)'] as const;
const denials = ['2287', '1192', '1378', '2176', '1189', '1178', '1942', '2094', '2011', '1012', '1643'] as const;
const mtcTypes = ['513', '769', '257', '1537', '3585'] as const;
const processNumbers = ['7171', '7207', '7182', '5003'] as const;

/** The seconds from `fromMs` to `toMs`. */
export function* ecsLines(options: EcsLinesOptions): Generator<EcsSecond> {
  const make = ecsSeconds(options);
  for (let timeMs = Math.floor(options.fromMs / 1000) * 1000; timeMs < options.toMs; timeMs += 1000) yield make(timeMs);
}

/** A function that makes any second, given by its start. */
export function ecsSeconds(options: Omit<EcsLinesOptions, 'fromMs' | 'toMs'>): (timeMs: number) => EcsSecond {
  const { seed, timezone = 'UTC', speed = defaultSpeed, eventsPerSecond = 9, fillerPerSecond = 290 } = options;
  const { mstShare = 0, hasIncidents = true, callsPerSecond = 0.4 } = options;
  const wall = new WallClock(timezone);
  const records = mstShare > 0 ? mstRecords(randomOf(seed, 3), 64) : [];
  const sipMessages = sipTraffic({ seed, speed, callsPerSecond, hasIncidents });
  return (timeMs) => {
    const second = Math.floor(timeMs / 1000);
    const load = loadAt(timeMs, speed);
    const incident = hasIncidents ? incidentAt(timeMs, speed) : undefined;
    const events = new Map<string, number>();
    const bodies: Body[] = [];
    addEvents(randomOf(seed, second, 1), { rate: eventsPerSecond * load, incident, bodies, events });
    addFiller(randomOf(seed, second, 2), { rate: fillerPerSecond * load, mstShare, records, bodies });
    const messages = sipMessages(second * 1000);
    addSip(messages, bodies, events);
    const isCtiSilent = hasIncidents && troublesAt(timeMs, speed).has('cti-silence');
    const told = ctiMessages(messages, new Set(isCtiSilent ? [7] : []));
    for (const { link, event } of told) count(events, `asai ${link}/${event}`);
    bodies.sort((first, other) => first.at - other.at);

    const digits = wall.digits(timeMs);
    const stamp = `${digits.slice(0, 8)}:${digits.slice(8)}`;
    let sequence = (second * 1000) % 10_000_000;
    let text = '';
    let lines = 0;
    for (const { at, process, texts } of bodies) {
      const head = `${stamp}${String(at).padStart(3, '0')}:`;
      for (const inner of texts) {
        text += `${head}${sequence}:${process}:MED:[${inner}]\n`;
        sequence = (sequence + 1) % 10_000_000;
        lines++;
      }
    }
    const clock = `${digits.slice(8, 10)}:${digits.slice(10, 12)}:${digits.slice(12)}`;
    const trace = asaiText(told, clock, (second * 20) % 1_000_000);
    return { timeMs: second * 1000, text, lines, trace, events, isBusy: incident === 'registration-storm' };
  };
}

function count(events: Map<string, number>, name: string): void {
  events.set(name, (events.get(name) ?? 0) + 1);
}

/** Milliseconds between the lines of one message. */
const fragmentGap = 4;

/**
 * Several processes trace at once, so the lines of their messages are mixed; those of one process are not, because it
 * gets its next message only after the other processes had theirs.
 */
function addSip(messages: readonly SipMessage[], bodies: Body[], events: Map<string, number>): void {
  let earliest = 0;
  messages.forEach(({ atMs, direction, trunk, type, text, outcomes, callDirection }, index) => {
    count(events, `sip ${direction}/${trunk.ip}/${type}`);
    for (const outcome of outcomes) count(events, `call ${callDirection}/${trunk.ip}/${outcome}`);
    const start = Math.min(Math.max(atMs % 1000, earliest), 999);
    earliest = start + fragmentGap;
    const process = tracingProcesses[index % tracingProcesses.length] ?? 'MAP(12104)';
    mstTexts(direction, trunk, text).forEach((line, place) => {
      bodies.push({ at: Math.min(start + place * fragmentGap, 999), process, texts: [line] });
    });
  });
}

interface EventsOfSecond {
  readonly rate: number;
  readonly incident: IncidentKind | undefined;
  readonly bodies: Body[];
  readonly events: Map<string, number>;
}

function addEvents(random: Random, { rate, incident, bodies, events }: EventsOfSecond): void {
  const add = (kind: EventKind, key: string, inner: string): void => {
    count(events, `${kind} ${key}`);
    bodies.push({ at: between(random, 0, 999), process: pick(random, processes), texts: [inner] });
  };
  const repeat = (perSecond: number, what: () => void): void => {
    for (let left = happenings(random, perSecond); left > 0; left--) what();
  };
  const denial = (event: string): void => add('denial', event, denialText(random, event));
  const alarm = (type: string): void => add('alarm', type, alarmText(random, type));
  const error = (type: string): void => add('error', type, errorText(random, type));
  const procError = (pro: string): void => add('proc_err', pro, procErrorText(random, pro));
  const ipEvent = (reason: string): void => {
    const event = random() < 0.75 ? 'IPT_REG' : 'IPT_TCP_UP';
    add('ipevt', event, ipEventText(random, event, reason));
  };

  repeat((rate * 6) / 9, () => denial(pick(random, denials, 1.8)));
  repeat(rate * 0.02, () => alarm(pick(random, mtcTypes, 1.5)));
  repeat(rate * 0.05, () => error(pick(random, mtcTypes)));
  repeat(rate * 0.04, () => procError(pick(random, processNumbers, 1.3)));
  repeat(rate * 0.22, () =>
    ipEvent(pick(random, ['normal', 'endpoint_request', 'switch_request', 'linkUp'] as const, 1.6)),
  );
  switch (incident) {
    case 'denial-surge':
      repeat(22, () => denial('2121'));
      break;
    case 'registration-storm':
      repeat(9, () => denial('1926'));
      repeat(7, () => denial('1934'));
      repeat(4, () => denial('2012'));
      repeat(16, () => ipEvent(random() < 0.6 ? 'recovery' : 'timeout'));
      break;
    case 'alarm-burst':
      repeat(4, () => alarm('513'));
      repeat(7, () => error('513'));
      repeat(2, () => procError('7171'));
      break;
    case undefined:
  }
}

interface FillerOfSecond {
  readonly rate: number;
  readonly mstShare: number;
  readonly records: readonly MstRecord[];
  readonly bodies: Body[];
}

function addFiller(random: Random, { rate, mstShare, records, bodies }: FillerOfSecond): void {
  for (let left = happenings(random, rate); left > 0;) {
    const record = random() < mstShare ? records[between(random, 0, records.length - 1)] : undefined;
    const texts = record ?? [plainText(random)];
    bodies.push({ at: between(random, 0, 999), process: record ? 'MAP(12104)' : pick(random, processes), texts });
    left -= texts.length;
  }
}

function hex(random: Random, digits: number): string {
  return Math.floor(random() * 16 ** digits).toString(16);
}

/** User ids come from a few hundred sets, as they do in a company. */
function denialText(random: Random, event: string): string {
  const isRegistration = event === '1926' || event === '1934' || event.startsWith('20');
  const user = (0x7000 + between(random, 0, 400)).toString(16);
  const second = isRegistration ? `10.9.${between(random, 0, 3)}.${between(random, 1, 254)}` : hex(random, 8);
  return `DENYEVT${random() < 0.1 ? ' ERR' : ''} event=${event} d1=${user} d2=${second}`;
}

function alarmText(random: Random, type: string): string {
  return `MTCEVT ALM type=${type} lname=8a${between(random, 10, 40)} pname=51f${hex(random, 2)} cbusy=0 filt=${between(random, 0, 1)}`;
}

function errorText(random: Random, type: string): string {
  return `MTCEVT ERR type=${type} lname=8a${between(random, 10, 40)} pn1=${hex(random, 4)} pn2=${hex(random, 4)} aux=${between(random, 0, 300)}`;
}

function procErrorText(random: Random, pro: string): string {
  return `proc_err: pro=${pro},err=${between(random, 1, 400)},seq=${between(random, 1, 32_000)},da1=0x${hex(random, 4)},da2=0x${hex(random, 8)}`;
}

function ipEventText(random: Random, event: string, reason: string): string {
  const region = between(random, 1, 6);
  const endpoint = `10.9.${between(random, 0, 3)}.${between(random, 1, 254)}`;
  const head = `IPEVT ${event} board=PROCR ip=10.1.1.1 net_reg= ${region} ext= ${between(random, 7000, 7400)}`;
  const ends = event === 'IPT_REG' ? ` ip= ${endpoint}; 1024` : ` the 1st ip=${endpoint};35770 the 2nd ip=0.0.0.0; 0`;
  return `${head}${ends} net_reg= ${region} reason=${reason}`;
}

function plainText(random: Random): string {
  switch (between(random, 0, 4)) {
    case 0:
      return `CALL cid=${hex(random, 5)} state=${pick(random, ['dial', 'route', 'alert', 'answer', 'drop'] as const)} party=${between(random, 1, 4)}`;
    case 1:
      return `TRUNK tg=${between(random, 1, 24)} mem=${between(random, 1, 46)} seize uid=${hex(random, 4)}`;
    case 2:
      return `TIMER exp id=${hex(random, 4)} ms=${between(random, 10, 4000)}`;
    case 3:
      return `LINK sock=${between(random, 12, 80)} hb seq=${between(random, 1, 60_000)} rtt=${between(random, 1, 40)}`;
    default:
      return `SVC station ext=${between(random, 7000, 7400)} btn=${between(random, 1, 24)} lamp=${pick(random, ['on', 'off', 'wink'] as const)}`;
  }
}
