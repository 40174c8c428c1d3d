// The fields of an ASAI message as the Message Trace Analyzer prints them (ecs 6.4): a label, a separator, a value, all
// on one line; values that may come several times are lists.
import { printable } from '../../model/errors.ts';

/** The fields that can be shown, with the width of their column. */
export const asaiFields = {
  timestamp: 12,
  link: 4,
  callids: 9,
  calling: 21,
  called: 21,
  connected: 24,
  trunks: 15,
  event: 36,
  crv: 4,
  ucid: 20,
  uui: 64,
} as const;

/** Name of a field. */
export type AsaiField = keyof typeof asaiFields;

/** What one message says; empty texts and lists where it says nothing. */
export interface AsaiMessage {
  readonly timestamp: string;
  readonly link: string;
  readonly callids: readonly string[];
  readonly calling: string;
  readonly called: string;
  readonly connected: readonly string[];
  readonly trunks: readonly string[];
  readonly event: string;
  readonly crv: string;
  /** 20 decimal digits. */
  readonly ucid: string;
  /** Text; bytes that are no ASCII text as `\xHH`. */
  readonly uui: string;
}

/** Reads the fields of a block: its time and its lines. */
export function asaiMessage(time: string, lines: readonly string[]): AsaiMessage {
  const [head = ''] = lines;
  return {
    timestamp: time,
    link: decimal(first(lines, 'CTI Link number')),
    callids: all(lines, 'CALL IDENTITY')
      .map(hexPairs)
      .filter((id) => id !== ''),
    calling: first(lines, 'CALLING PARTY NUMBER'),
    called: first(lines, 'CALLED PARTY NUMBER'),
    connected: all(lines, 'CONNECTED NUMBER').filter((value) => value !== ''),
    trunks: all(lines, 'SNC grp').flatMap(trunkOf),
    event: lines.map(eventOf).find((event) => event !== undefined) ?? '',
    crv: crvOf(head),
    ucid: ucidOf(first(lines, 'UNIVERSAL CALL ID')),
    uui: uuiOf(lines),
  };
}

/** A call's universal id as 20 decimal digits, from its 16 hex digits (ecs 6.4). */
export function ucidDecimal(hex: string): string {
  const part = (from: number, to: number, width: number): string =>
    String(Number.parseInt(hex.slice(from, to), 16)).padStart(width, '0');
  return part(0, 4, 5) + part(4, 8, 5) + part(8, 16, 10);
}

/** The value behind a label on a line, or undefined on a line without it. */
function valueOf(line: string, label: string): string | undefined {
  const at = line.indexOf(label);
  if (at < 0) return undefined;
  const value = line.slice(at + label.length);
  // A longer word that only begins like the label is another label.
  return /^(?:[:\s]|$)/.test(value) ? value.replace(/^[:\s]+/, '').trimEnd() : undefined;
}

/** Number of the CTI link that a line says, empty when it is no number, or undefined. */
export function linkOf(line: string): string | undefined {
  const value = valueOf(line, 'CTI Link number');
  return value === undefined ? undefined : decimal(value);
}

/** The event that a line says, without its code, or undefined. */
export function eventOf(line: string): string | undefined {
  return valueOf(line, 'SPECIFIC EVENT')?.replace(/^\S+\s*/, '');
}

/** The values behind a label, one for each line that has it. */
function all(lines: readonly string[], label: string): readonly string[] {
  return lines.flatMap((line) => valueOf(line, label) ?? []);
}

function first(lines: readonly string[], label: string): string {
  return all(lines, label)[0] ?? '';
}

function decimal(text: string): string {
  const [digits] = /^\d{1,9}(?!\d)/.exec(text) ?? [];
  return digits === undefined ? '' : String(Number(digits));
}

/** Pairs of hex digits up to two blanks or the end, without the blanks between them. */
function hexPairs(text: string): string {
  const [pairs = ''] = /^[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2})*(?=\s|$)/.exec(text) ?? [];
  return pairs.replaceAll(' ', '').toLowerCase();
}

function trunkOf(value: string): readonly string[] {
  const [, group, member] = /^(\d{1,9})\s{1,99}trk[:\s]{1,99}(\d{1,9})(?!\d)/.exec(value) ?? [];
  return group === undefined ? [] : [`${Number(group)}/${Number(member)}`];
}

/** Four characters behind the first `_` after `crv`. */
function crvOf(head: string): string {
  const at = head.indexOf('crv');
  const bar = at < 0 ? -1 : head.indexOf('_', at);
  return bar < 0 ? '' : head.slice(bar + 1, bar + 5).trim();
}

function ucidOf(value: string): string {
  const hex = hexPairs(value);
  return hex.length === 16 ? ucidDecimal(hex) : '';
}

/** The user information: hex pairs after the bar that follows the label, up to `<-`; more bars are layout. */
function uuiOf(lines: readonly string[]): string {
  const label = 'user-specific protocol';
  const index = lines.findIndex((line) => line.includes(label));
  const [line = '', ...others] = index < 0 ? [] : lines.slice(index);
  const rest = [line.slice(line.indexOf(label) + label.length), ...others].join('\n');
  const bar = rest.indexOf('|');
  if (index < 0 || bar < 0) return '';
  const end = rest.indexOf('<-', bar);
  const words = rest
    .slice(bar + 1, end < 0 ? undefined : end)
    .split(/[\s|]+/)
    .filter((word) => word !== '');
  const last = words.findIndex((word) => !/^[0-9A-Fa-f]{2}$/.test(word));
  const codes = (last < 0 ? words : words.slice(0, last)).map((word) => Number.parseInt(word, 16));
  return codes
    .map((code) => (code >= 32 && code <= 126 ? String.fromCharCode(code) : `\\x${code.toString(16).padStart(2, '0')}`))
    .join('');
}

/** The value of a field as text; those of a list with commas between them. Safe on a terminal. */
export function fieldText(message: AsaiMessage, field: AsaiField): string {
  const value = message[field];
  return printable(typeof value === 'string' ? value : value.join(','));
}
