// The headers that devices put before their messages, one function for each style of cisco 3.2.
import type { DevicePlan } from './network-plan.ts';
import type { DeviceText } from './network-texts.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** The syslog facility local7, as devices have it by default. */
const facility = 23;

/** What a header is made of. */
export interface HeaderFacts {
  /** Count of messages to this collector. */
  readonly count: number;
  /** Number among all that the device generated; undefined while the option for it is not read yet. */
  readonly seq: number | undefined;
  /** Number within the session, for the style that has one. */
  readonly session: number;
  /** When it happened, epoch ms. */
  readonly stampMs: number;
  readonly bootMs: number;
  /** The clock has been set since the boot. */
  readonly isClockSet: boolean;
}

/** The message as it is sent, with its priority. */
export function writeMessage(device: DevicePlan, facts: HeaderFacts, text: DeviceText): string {
  return `<${facility * 8 + text.severity}>${withHeader(device, facts, text)}`;
}

function withHeader({ style, name }: DevicePlan, facts: HeaderFacts, { text, isBanner, process }: DeviceText): string {
  const { count, seq } = facts;
  const session = `[syslog@9 s_sn="${facts.session}" s_id="${name}:514"]: `;
  if (isBanner === true) return `${count}: ${style === 'session' ? session : ''}${text}`;
  const number = seq === undefined ? '' : `${String(seq).padStart(6, '0')}: `;
  switch (style) {
    case 'full':
      return `${count}: ${name}: ${number}${dated(facts, true)} UTC: ${text}`;
    case 'count':
      return `${count}: ${dated(facts, false)}: ${text}`;
    case 'sequenced':
      return `${count}: ${number}${dated(facts, true)} UTC: ${text}`;
    case 'uptime':
      return `${count}: ${uptime(facts.stampMs - facts.bootMs)}: ${text}`;
    case 'bare':
      return `${count}: ${text}`;
    case 'session':
      return `${count}: ${session}${number}${dated(facts, false)}: ${text}`;
    case 'nx-os':
      return `: ${yearFirst(facts.stampMs)} UTC: ${text}`;
    case 'ios-xr': {
      const message = text.replace(/^(%\S+?):/, '$1 :');
      return `${count}: ${name} RP/0/RSP0/CPU0:${dated(facts, false)} : ${process ?? 'config[65820]'}: ${message}`;
    }
  }
}

/** `*Mar  1 2002 00:00:41.123` while the clock is not set: it began with the boot. */
function dated({ stampMs, bootMs, isClockSet }: HeaderFacts, hasYear: boolean): string {
  const shownMs = isClockSet ? stampMs : Date.UTC(2002, 2, 1) + stampMs - bootMs;
  const at = new Date(shownMs);
  const year = hasYear ? ` ${at.getUTCFullYear()}` : '';
  return `${isClockSet ? '' : '*'}${monthAndDay(at)}${year} ${at.toISOString().slice(11, 23)}`;
}

function yearFirst(stampMs: number): string {
  const at = new Date(stampMs);
  return `${at.getUTCFullYear()} ${monthAndDay(at)} ${at.toISOString().slice(11, 23)}`;
}

function monthAndDay(at: Date): string {
  return `${months[at.getUTCMonth()] ?? ''} ${String(at.getUTCDate()).padStart(2)}`;
}

/** `Mmm dd hh:mm:ss` in UTC, as a collecting daemon stamps what it receives. */
export function daemonStamp(timeMs: number): string {
  const at = new Date(timeMs);
  return `${monthAndDay(at)} ${at.toISOString().slice(11, 19)}`;
}

/** Time since the boot: to the second within a day, then in days, weeks and years. */
function uptime(sinceMs: number): string {
  const seconds = Math.max(0, Math.floor(sinceMs / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  if (hours < 24) return `${two(hours)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const days = Math.floor(hours / 24);
  if (days < 7) return `${days}d${two(hours % 24)}h`;
  const weeks = Math.floor(days / 7);
  return weeks < 52 ? `${weeks}w${days % 7}d` : `${Math.floor(weeks / 52)}y${two(weeks % 52)}w`;
}
