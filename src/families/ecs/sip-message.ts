// What the statistics need of a SIP message in an MST record (ecs 4.1, 4.3 and 5): who spoke to whom, what it was, and
// to which call it belongs. Only the header block is read; names of headers may be short and in any case.
import { received } from './mst.ts';
import type { MstRecord } from './mst.ts';

/** As Communication Manager sees it. */
export type Direction = 'IN' | 'OUT';

/** Why a record could not be counted. `short`: it cannot hold the map of bytes. `unparsed`: it is no SIP message. */
export type MessageFault = 'short' | 'unparsed';

/** Bytes before the text of the message. */
export const sipTextStart = 17;
/** From this port on, a port is likely to be one that a client was given for one connection (ecs 5). */
const firstEphemeralPort = 32_768;
/** Methods and addresses come from the wire: what is longer is no method. */
const longestMethod = 32;

/** The methods that are known, in the order in which tables show them. */
export const knownMethods = [
  'INVITE',
  'ReINVITE',
  'BYE',
  'CANCEL',
  'UPDATE',
  'NOTIFY',
  'SUBSCRIBE',
  'PUBLISH',
  'ACK',
  'PRACK',
  'REFER',
  'OPTIONS',
  'INFO',
  'PING',
  'REGISTER',
  'MESSAGE',
] as const;

const methodNames = new Map(knownMethods.map((name) => [name as string, name as string]));

/** Reads messages; what it found stays in its fields until the next call. */
export class SipReader {
  direction: Direction = 'IN';
  /** IPv4 addresses as numbers. */
  localIp = 0;
  remoteIp = 0;
  localPort = 0;
  remotePort = 0;
  /** The port that the trunk is known by: the local one, unless only the remote one looks like that of a service. */
  servicePort = 0;
  isTls = false;
  /** Method, `ReINVITE`, or status code. */
  type = '';
  /** Method of the header CSeq. */
  method = '';
  /** 0 for a request. */
  status = 0;
  /** Number of the header CSeq. */
  sequence = 0;
  /** Where the value of Call-ID stands in the record's bytes; equal when there is none. */
  callIdStart = 0;
  callIdEnd = 0;

  /** Reads a record; a fault says that it cannot be counted. */
  read(record: MstRecord): MessageFault | undefined {
    const { bytes, length } = record;
    if (record.size <= sipTextStart || length <= sipTextStart) return 'short';
    this.#addresses(bytes);
    const lineEnd = endOfLine(bytes, sipTextStart, length);
    if (lineEnd === length && record.isTruncated) return 'unparsed';
    if (!this.#startLine(bytes, sipTextStart, lineEnd)) return 'unparsed';
    return this.#headers(record, afterLine(bytes, lineEnd, length)) ? undefined : 'unparsed';
  }

  #addresses(bytes: Buffer): void {
    const isIn = bytes[0] === received;
    this.direction = isIn ? 'IN' : 'OUT';
    const [near, far] = isIn ? [9, 2] : [2, 9];
    this.localIp = bytes.readUInt32BE(near);
    this.localPort = bytes.readUInt16BE(near + 4);
    this.remoteIp = bytes.readUInt32BE(far);
    this.remotePort = bytes.readUInt16BE(far + 4);
    const isLocalService = this.localPort < firstEphemeralPort || this.remotePort >= firstEphemeralPort;
    this.servicePort = isLocalService ? this.localPort : this.remotePort;
    this.isTls = (bytes[16] ?? 0) > 1;
  }

  #startLine(bytes: Buffer, start: number, end: number): boolean {
    const word = endOfWord(bytes, start, end);
    if (word === start || word === end) return false;
    if (startsWithVersion(bytes, start, word)) {
      const from = skipWhite(bytes, word, end);
      this.status = statusAt(bytes, from, end);
      this.type = statusTexts[this.status] ?? '';
      return this.status > 0;
    }
    this.status = 0;
    this.type = methodAt(bytes, start, word);
    return this.type !== '';
  }

  /** Reads CSeq, To and Call-ID; true when what is needed is there. */
  #headers({ bytes, length, isTruncated }: MstRecord, from: number): boolean {
    this.method = '';
    this.callIdStart = this.callIdEnd = 0;
    let hasTo = false;
    let hasTag = false;
    const isComplete = (): boolean => this.method !== '' && this.callIdEnd > 0 && (hasTo || this.type !== 'INVITE');
    for (let start = from; start < length && !isComplete();) {
      let end = endOfLine(bytes, start, length);
      if (end === start) break;
      let next = afterLine(bytes, end, length);
      // A line that begins with a blank goes on with the header before it.
      while (next < length && (bytes[next] === 0x20 || bytes[next] === 0x09)) {
        end = endOfLine(bytes, next, length);
        next = afterLine(bytes, end, length);
      }
      // The last header of a record that was cut may have lost its end.
      if (next === end && isTruncated) break;
      const first = (bytes[start] ?? 0) | 0x20;
      const mayMatter = first === 0x63 || first === 0x74 || first === 0x69;
      switch (mayMatter ? headerAt(bytes, start, end) : undefined) {
        case 'cseq':
          if (this.method === '') this.#sequence(bytes, valueStart(bytes, start, end), end);
          break;
        case 'to':
          if (!hasTo) hasTag = hasTagParameter(bytes, valueStart(bytes, start, end), end);
          hasTo = true;
          break;
        case 'call-id':
          if (this.callIdEnd > 0) break;
          this.callIdStart = valueStart(bytes, start, end);
          this.callIdEnd = trimmedEnd(bytes, this.callIdStart, end);
          break;
        case undefined:
          break;
      }
      start = next;
    }
    if (this.method === '') return false;
    if (this.type !== 'INVITE') return true;
    if (hasTag) this.type = 'ReINVITE';
    return hasTo;
  }

  /** `1 INVITE`, also with other white space between. */
  #sequence(bytes: Buffer, start: number, end: number): void {
    let position = start;
    let number = 0;
    while (position < end && isDigit(bytes[position])) {
      number = Math.min(number * 10 + (bytes[position] ?? 0) - 0x30, 0xffff_ffff);
      position++;
    }
    if (position === start) return;
    const word = skipWhite(bytes, position, end);
    this.sequence = number;
    this.method = methodAt(bytes, word, endOfWord(bytes, word, end));
  }
}

/** An address as text. */
export function ipText(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

const statusTexts = Array.from({ length: 700 }, (_, code) => (code < 100 ? '' : String(code)));

function statusAt(bytes: Buffer, from: number, end: number): number {
  let code = 0;
  for (let position = from; position < from + 3; position++) {
    if (position >= end || !isDigit(bytes[position])) return 0;
    code = code * 10 + (bytes[position] ?? 0) - 0x30;
  }
  const isAlone = from + 3 === end || isWhite(bytes[from + 3]);
  return isAlone && code >= 100 && code < 700 ? code : 0;
}

/** A method's name as text, one string for each known one; empty when it is no token of SIP. */
function methodAt(bytes: Buffer, start: number, end: number): string {
  if (end === start || end - start > longestMethod) return '';
  for (let position = start; position < end; position++) if (!isToken(bytes[position])) return '';
  const text = bytes.toString('latin1', start, end);
  return methodNames.get(text) ?? text;
}

/** Letters, digits and the marks that RFC 3261 allows in a token. */
function isToken(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || isDigit(byte) || tokenMarks.has(byte);
}

const tokenMarks = new Set(Buffer.from("-.!%*_+`'~"));

function startsWithVersion(bytes: Buffer, start: number, end: number): boolean {
  return (
    end - start >= 4 &&
    ((bytes[start] ?? 0) | 0x20) === 0x73 &&
    ((bytes[start + 1] ?? 0) | 0x20) === 0x69 &&
    ((bytes[start + 2] ?? 0) | 0x20) === 0x70 &&
    bytes[start + 3] === 0x2f
  );
}

/** Which of the wanted headers a line is, by its long or short name. */
function headerAt(bytes: Buffer, start: number, end: number): 'cseq' | 'to' | 'call-id' | undefined {
  let name = start;
  while (name < end && bytes[name] !== 0x3a && !isWhite(bytes[name])) name++;
  if (bytes[skipWhite(bytes, name, end)] !== 0x3a) return undefined;
  switch (name - start) {
    case 1:
      return isName(bytes, start, 't') ? 'to' : isName(bytes, start, 'i') ? 'call-id' : undefined;
    case 2:
      return isName(bytes, start, 'to') ? 'to' : undefined;
    case 4:
      return isName(bytes, start, 'cseq') ? 'cseq' : undefined;
    case 7:
      return isName(bytes, start, 'call-id') ? 'call-id' : undefined;
    default:
      return undefined;
  }
}

/** Compares with a name in lower case; the caller has compared the lengths. */
function isName(bytes: Buffer, start: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const byte = bytes[start + index] ?? 0;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name.charCodeAt(index)) return false;
  }
  return true;
}

/** After the colon and white space. */
function valueStart(bytes: Buffer, start: number, end: number): number {
  return skipWhite(bytes, bytes.indexOf(0x3a, start) + 1, end);
}

/** True when a value as `"name" <uri>;tag=x` has the parameter `tag`, outside of quotes and angle brackets (ecs 5). */
function hasTagParameter(bytes: Buffer, start: number, end: number): boolean {
  let isQuoted = false;
  let isUri = false;
  for (let position = start; position < end; position++) {
    const byte = bytes[position];
    if (isQuoted) {
      if (byte === 0x5c) position++;
      else if (byte === 0x22) isQuoted = false;
    } else if (isUri) isUri = byte !== 0x3e;
    else if (byte === 0x22) isQuoted = true;
    else if (byte === 0x3c) isUri = true;
    else if (byte === 0x3b) {
      const name = skipWhite(bytes, position + 1, end);
      const after = skipWhite(bytes, name + 3, end);
      if (
        name + 3 <= end &&
        isName(bytes, name, 'tag') &&
        (after === end || bytes[after] === 0x3d || bytes[after] === 0x3b)
      ) {
        return true;
      }
    }
  }
  return false;
}

function trimmedEnd(bytes: Buffer, start: number, end: number): number {
  let position = end;
  while (position > start && isWhite(bytes[position - 1])) position--;
  return position;
}

function skipWhite(bytes: Buffer, from: number, end: number): number {
  let position = from;
  while (position < end && isWhite(bytes[position])) position++;
  return Math.min(position, end);
}

function endOfWord(bytes: Buffer, from: number, end: number): number {
  let position = from;
  while (position < end && !isWhite(bytes[position])) position++;
  return position;
}

/** Blank, tab, or the carriage return of a folded line. */
function isWhite(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** The end of the line at `from`: before CR LF or LF, or the end of the message. */
function endOfLine(bytes: Buffer, from: number, length: number): number {
  let position = from;
  while (position < length && bytes[position] !== 0x0a) position++;
  return position > from && position < length && bytes[position - 1] === 0x0d ? position - 1 : position;
}

/** The beginning of the line after the one that ends at `end`. */
function afterLine(bytes: Buffer, end: number, length: number): number {
  let position = end;
  if (position < length && bytes[position] === 0x0d) position++;
  return position < length && bytes[position] === 0x0a ? position + 1 : position;
}
