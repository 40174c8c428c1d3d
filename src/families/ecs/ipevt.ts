// IPEVT: what IP endpoints did (ecs 3.2). Blanks may follow `=`, keys repeat, some keys hold blanks, and an address may
// carry a port: so a scanner of its own, walking from one equals sign to the next. Gives places, decodes nothing.
import { isBlank, isDigit, isWordByte, startsWith } from './forms.ts';

/** The word that marks these lines. */
export const ipEventKeyword = 'IPEVT';

const ordinalFirst = Buffer.from('1st');
const ordinalSecond = Buffer.from('2nd');
const keyIp = Buffer.from('ip');
const keyExtension = Buffer.from('ext');
const keyRegion = Buffer.from('net_reg');
const keyReason = Buffer.from('reason');

/** Start and end of a value; both alike when the line gives none. */
export interface Span {
  start: number;
  end: number;
}

/** Where an IPEVT line says what. */
export interface IpEvent {
  /** The sub-event, `IPT_REG`. */
  readonly event: Span;
  /** Why: a word, or the number of a forced unregistration. */
  readonly reason: Span;
  /** Network region of the endpoint: the last one given. */
  readonly region: Span;
  readonly extension: Span;
  /** The endpoint's address, without its port. */
  readonly address: Span;
}

/** An empty record to be filled again and again. */
export function newIpEvent(): IpEvent {
  const none = (): Span => ({ start: 0, end: 0 });
  return { event: none(), reason: none(), region: none(), extension: none(), address: none() };
}

function put(span: Span, start: number, end: number): void {
  span.start = start;
  span.end = end;
}

/**
 * Reads the line behind its keyword into `into`; false when the word is only mentioned: no sub-event in upper case,
 * or no pair after it. `Dec 12 10:00:01 cm1 ...: IPEVT IPT_REG board=PROCR ip=11.22.33.44 net_reg= 241 ext= 7768 ip=
 * 55.66.77.88; 1024 net_reg= 241 reason=recovery`
 */
export function readIpEvent(bytes: Uint8Array, from: number, end: number, into: IpEvent): boolean {
  const word = skipBlanks(bytes, from, end);
  let position = word;
  while (position < end && isWordByte(bytes[position])) position++;
  const initial = bytes[word] ?? 0;
  if (position === word || initial < 0x41 || initial > 0x5a) return false;
  put(into.event, word, position);
  put(into.reason, 0, 0);
  put(into.region, 0, 0);
  put(into.extension, 0, 0);
  put(into.address, 0, 0);
  let addresses = 0;
  let isFirstNamed = false;
  let hasPair = false;
  for (; position < end; position++) {
    const byte = bytes[position];
    if (byte === 0x5d) break;
    if (byte !== 0x3d) continue;
    hasPair = true;
    const start = skipBlanks(bytes, position + 1, end);
    const wordEnd = endOfValue(bytes, start, end);
    // `ext= ip=...`: what follows is the next key, so the value is empty.
    const valueEnd = wordEnd < end && bytes[wordEnd] === 0x3d ? start : wordEnd;
    // The last letter of the key tells the few keys of interest from the many others.
    const letter = bytes[position - 1];
    if (letter === 0x6e) {
      if (isKey(bytes, position, keyReason)) put(into.reason, start, valueEnd);
    } else if (letter === 0x67) {
      if (isKey(bytes, position, keyRegion)) put(into.region, start, valueEnd);
    } else if (letter === 0x74) {
      // A number; `ext= the 1st ip=` has none.
      if (isKey(bytes, position, keyExtension) && isDigit(bytes[start])) put(into.extension, start, valueEnd);
    } else if (letter === 0x70 && isKey(bytes, position, keyIp)) {
      const isFirst = isOrdinal(bytes, position, ordinalFirst);
      // Without an ordinal the first address is the server board's and the second one the endpoint's.
      const isPlainSecond = !isFirst && !isOrdinal(bytes, position, ordinalSecond) && ++addresses === 2;
      if (isFirst || (isPlainSecond && !isFirstNamed)) put(into.address, start, valueEnd);
      if (isFirst) isFirstNamed = true;
    }
    // On with the byte after the value, which may be an equals sign of its own.
    position = Math.max(wordEnd - 1, position);
  }
  return hasPair;
}

/** True when the word before the equals sign is this key. */
function isKey(bytes: Uint8Array, equals: number, key: Uint8Array): boolean {
  return startsWith(bytes, key, equals - key.length, equals) && !isWordByte(bytes[equals - key.length - 1]);
}

/** True for `the 1st ip=` or `the 2nd ip=`: the ordinal stands before the key at the equals sign. */
function isOrdinal(bytes: Uint8Array, equals: number, ordinal: Uint8Array): boolean {
  return startsWith(bytes, ordinal, equals - keyIp.length - 1 - ordinal.length, equals);
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let position = from;
  while (position < end && isBlank(bytes[position])) position++;
  return position;
}

function endOfValue(bytes: Uint8Array, from: number, end: number): number {
  let position = from;
  for (; position < end; position++) {
    const byte = bytes[position] ?? 0;
    if (byte <= 0x20 ? isBlank(byte) : byte === 0x5d || byte === 0x3b || byte === 0x2c || byte === 0x3d) break;
  }
  return position;
}
