// Reads what stands before the code of a message: relay, pri, receipt, and the items of the preamble (cisco 3.2, 3.3).
// Linear, on bytes; only words that are kept are decoded. Above 300 lines: one pass over one position.
import { digitsAt, hasText, isBlank, isDigit, isLetter, isWordByte, skipBlanks, tokenEnd } from './bytes.ts';
import type { WordPool } from './bytes.ts';
import { clearStamp, copyStamp, newStamp, readDate, readIso, readStamp, readZone } from './stamp.ts';

const colon = 0x3a;
/** An origin longer than this is no name. */
const longestOrigin = 255;

/** What a header says; used again for every line. */
export class Header {
  /** The syslog priority, -1 without one. */
  pri = -1;
  /** When the collecting daemon (or a relay) received it; kind `none` when only the device's own stamp is there. */
  readonly receipt = newStamp();
  /** The device's own stamp. */
  readonly stamp = newStamp();
  /** Source column of the file, empty without one. */
  source = '';
  /** The address that a relay wrote into the text (`Original Address=`). */
  original = '';
  /** What the device calls itself. */
  origin = '';
  node = '';
  process = '';
  msgcount: number | undefined;
  sessionNumber: number | undefined;
  seq: number | undefined;
  /** Where the items of the preamble ended. */
  end = 0;
  /** True when anything was found that only a header has: pri, stamp, counter. */
  isPresent = false;

  readonly #pool: WordPool;
  readonly #isDeviceName: (name: string) => boolean;
  readonly #trial = newStamp();
  readonly #stored = newStamp();
  #isCounterOff = false;
  #firstNumber: number | undefined;
  #firstIsPadded = false;
  #numberAfterOrigin = false;
  /** The name was told before the preamble (RFC 5424), so it says nothing of the numbers there. */
  #isNamed = false;

  /** `isDeviceName` decides whether an origin may consist of digits only. */
  constructor(pool: WordPool, isDeviceName: (name: string) => boolean = () => false) {
    this.#pool = pool;
    this.#isDeviceName = isDeviceName;
  }

  /** Reads `bytes[from..end)`, where `end` is the position of the code, or the end of a line without one. */
  read(bytes: Buffer, from: number, end: number, hasCode: boolean): void {
    this.#clear();
    let position = skipBlanks(bytes, from, end);
    position = this.#readOriginal(bytes, position, end);
    position = this.#readPri(bytes, position, end);
    position = this.#readOriginal(bytes, position, end);
    position = skipBlanks(bytes, this.#readReceipt(bytes, position, end), end);
    const afterReceipt = position;
    position = this.#readPri(bytes, position, end);
    // A priority after the receipt: a daemon stored the packet as it came, and the receipt is its own (H13, H14).
    const isStored = position > afterReceipt;
    position = this.#readOriginal(bytes, position, end);
    if (isStored && isLetter(bytes[position])) position = this.#readRelayed(bytes, position, end);
    if (this.#isVersioned(bytes, position, end)) position = this.#readVersioned(bytes, position, end);
    this.#isNamed = this.origin !== '';
    this.end = this.#readItems(bytes, position, end, hasCode);
    this.#settleNumbers();
    const isBare = this.end === skipBlanks(bytes, position, end);
    const isOnlyStamp = this.stamp.kind === 'none' && this.receipt.kind !== 'none' && this.receipt.year > 0;
    // A console capture or a sender with one precise stamp and nothing else before the code: it is the device's own.
    if (isOnlyStamp && isBare && this.source !== '' && !isStored) {
      copyStamp(this.receipt, this.stamp);
    }
  }

  #clear(): void {
    this.pri = -1;
    clearStamp(this.receipt);
    clearStamp(this.stamp);
    this.source = '';
    this.original = '';
    this.origin = '';
    this.node = '';
    this.process = '';
    this.msgcount = undefined;
    this.sessionNumber = undefined;
    this.seq = undefined;
    this.isPresent = false;
    this.#isCounterOff = false;
    this.#firstNumber = undefined;
    this.#firstIsPadded = false;
    this.#numberAfterOrigin = false;
  }

  #readPri(bytes: Buffer, from: number, end: number): number {
    if (bytes[from] !== 0x3c) return from;
    let position = from + 1;
    let value = 0;
    while (position < end && position - from <= 3 && isDigit(bytes[position])) {
      value = value * 10 + (bytes[position] ?? 0x30) - 0x30;
      position++;
    }
    if (position === from + 1 || bytes[position] !== 0x3e || value > 191) return from;
    this.pri = value;
    this.isPresent = true;
    return position + 1;
  }

  #readOriginal(bytes: Buffer, from: number, end: number): number {
    const word = 'Original Address=';
    if (!hasText(bytes, word, from, end)) return from;
    const begin = from + word.length;
    const stop = tokenEnd(bytes, begin, end);
    this.original = this.#pool.word(bytes, begin, stop);
    this.isPresent = true;
    return skipBlanks(bytes, stop, end);
  }

  /** A stamp at the very start is a receipt when a source follows it, and the device's own when a colon does. */
  #readReceipt(bytes: Buffer, from: number, end: number): number {
    const lead = this.#trial;
    let position = readDate(bytes, from, end, lead);
    if (position < 0) position = readIso(bytes, from, end, lead);
    if (position < 0) return from;
    const begin = skipBlanks(bytes, position, end);
    if (begin === position || begin >= end || bytes[begin] === colon) return from;
    let stop = tokenEnd(bytes, begin, end);
    const next = skipBlanks(bytes, stop, end);
    const isGlued = bytes[stop - 1] === colon && stop - begin > 1 && !isAddressEnd(bytes, begin, stop);
    const isApart = bytes[next] === colon && next > stop;
    if (isGlued || isApart) {
      const after = skipBlanks(bytes, isGlued ? stop : next + 1, end);
      const isFollowed = after < end && readStamp(bytes, after, end, this.stamp) >= 0;
      clearStamp(this.stamp);
      // `Nov 14 08:30:56 UTC: ` is one stamp with its zone; a name would hold a digit, a dash or a dot.
      if (!isFollowed && readZone(bytes, position, end, lead) > position) return from;
      if (isGlued) stop--;
    } else if (bytes[begin] === 0x3c || bytes[begin] === 0x5b) {
      return from;
    }
    copyStamp(lead, this.receipt);
    this.source = this.#pool.word(bytes, begin, stop);
    this.isPresent = true;
    if (isApart) return next + 1;
    return isGlued ? stop + 1 : stop;
  }

  /** What a relay put before the packet that a daemon stored (H12 within H13 or H14): its source is the device. */
  #readRelayed(bytes: Buffer, from: number, end: number): number {
    const { source } = this;
    copyStamp(this.receipt, this.#stored);
    const stop = this.#readReceipt(bytes, from, end);
    const next = skipBlanks(bytes, stop, end);
    const isRelayed = stop > from && isDigit(bytes[next]);
    if (isRelayed && this.original === '') this.original = this.source;
    copyStamp(this.#stored, this.receipt);
    this.source = source;
    return isRelayed ? next : from;
  }

  /** RFC 5424: `1 ` and an ISO stamp (or `-`). */
  #isVersioned(bytes: Buffer, from: number, end: number): boolean {
    const begin = skipBlanks(bytes, from, end);
    if (bytes[begin] !== 0x31 || bytes[begin + 1] !== 0x20) return false;
    return (bytes[begin + 2] === 0x2d && bytes[begin + 3] === 0x20) || readIso(bytes, begin + 2, end, this.#trial) >= 0;
  }

  #readVersioned(bytes: Buffer, from: number, end: number): number {
    let position = skipBlanks(bytes, from, end) + 2;
    if (readIso(bytes, position, end, this.#trial) >= 0) copyStamp(this.#trial, this.stamp);
    this.isPresent = true;
    position = skipBlanks(bytes, tokenEnd(bytes, position, end), end);
    // Host, application, process and message id; `-` stands for none.
    for (let field = 0; field < 4 && position < end; field++) {
      const stop = tokenEnd(bytes, position, end);
      const isNil = stop === position + 1 && bytes[position] === 0x2d;
      if (!isNil && field === 0) this.origin = this.#pool.word(bytes, position, stop);
      if (!isNil && field === 1) this.process = this.#pool.word(bytes, position, stop);
      position = skipBlanks(bytes, stop, end);
    }
    if (bytes[position] === 0x2d) position++;
    else while (bytes[position] === 0x5b) position = this.#readData(bytes, position, end);
    position = skipBlanks(bytes, position, end);
    if (bytes[position] === 0xef && bytes[position + 1] === 0xbb && bytes[position + 2] === 0xbf) return position + 3;
    return hasText(bytes, 'BOM', position, end) ? position + 3 : position;
  }

  #readItems(bytes: Buffer, from: number, end: number, hasCode: boolean): number {
    let position = from;
    for (let isFirst = true; position < end; isFirst = false) {
      position = skipBlanks(bytes, position, end);
      if (position >= end) break;
      if (bytes[position] === colon) {
        if (isFirst) this.#isCounterOff = true;
        position++;
        continue;
      }
      const next = this.#readItem(bytes, position, end, hasCode);
      if (next <= position) break;
      position = next;
    }
    return position;
  }

  /** Position after the item at `from` and its colon, or `from` when there is none. */
  #readItem(bytes: Buffer, from: number, end: number, hasCode: boolean): number {
    const byte = bytes[from];
    if (byte === 0x5b) return afterColon(bytes, this.#readData(bytes, from, end), end);
    const number = this.#readNumber(bytes, from, end);
    if (number > from) return number;
    if (this.stamp.kind !== 'date') {
      const before = this.stamp.kind;
      const stop = readStamp(bytes, from, end, this.#trial);
      if (stop > from && isItemEnd(bytes, stop, end)) {
        if (before === 'none' || this.#trial.kind === 'date') copyStamp(this.#trial, this.stamp);
        this.isPresent = true;
        return afterColon(bytes, stop, end);
      }
    }
    // The uptime of a buffer whose first line is cut (`7:04: `).
    if (isDigit(byte)) {
      const cut = endOfCutTime(bytes, from, end);
      if (cut > from) {
        this.isPresent = true;
        return cut;
      }
    }
    if (!hasCode) return from;
    const node = this.#readNode(bytes, from, end);
    if (node > from) return node;
    return this.#readName(bytes, from, end);
  }

  #readNumber(bytes: Buffer, from: number, end: number): number {
    let position = from;
    const isNegative = bytes[position] === 0x2d;
    if (isNegative) position++;
    const begin = position;
    let value = 0;
    while (position < end && isDigit(bytes[position]) && position - begin < 12) {
      value = value * 10 + (bytes[position] ?? 0x30) - 0x30;
      position++;
    }
    if (position === begin) return from;
    const stop = skipBlanks(bytes, position, end);
    if (bytes[stop] !== colon || !(stop + 1 >= end || isBlank(bytes[stop + 1]))) return from;
    if (!isNegative && this.origin === '' && this.#firstNumber !== undefined) {
      const name = bytes.toString('latin1', begin, position);
      if (this.seq === undefined && this.#isDeviceName(name)) {
        this.origin = name;
        return stop + 1;
      }
    }
    const signed = isNegative ? -value : value;
    this.isPresent = true;
    if (this.#firstNumber === undefined) {
      this.#firstNumber = signed;
      this.#firstIsPadded = bytes[begin] === 0x30 && position - begin >= 6;
      this.#numberAfterOrigin = this.origin !== '' && !this.#isNamed;
    } else if (this.seq === undefined) this.seq = signed;
    return stop + 1;
  }

  /** One integer alone is a sequence number when padded, when it follows the origin, or when the counter is off. */
  #settleNumbers(): void {
    if (this.#firstNumber === undefined) return;
    const isSequence = this.#firstIsPadded || this.#numberAfterOrigin || this.#isCounterOff;
    if (this.seq === undefined && isSequence) this.seq = this.#firstNumber;
    else this.msgcount = this.#firstNumber;
  }

  /** `[name key="value" ...]`; a bracket may stand in a value. */
  #readData(bytes: Buffer, from: number, end: number): number {
    let position = from + 1;
    for (let isQuoted = false; position < end; position++) {
      const byte = bytes[position];
      if (isQuoted && byte === 0x5c) position++;
      else if (byte === 0x22) {
        isQuoted = !isQuoted;
        if (isQuoted && hasText(bytes, 's_sn=', position - 5, end)) {
          let value = 0;
          let at = position + 1;
          for (; at < end && isDigit(bytes[at]) && at - position < 12; at++) {
            value = value * 10 + (bytes[at] ?? 0x30) - 0x30;
          }
          if (at > position + 1) this.sessionNumber = value;
        }
      } else if (!isQuoted && byte === 0x5d) {
        this.isPresent = true;
        return position + 1;
      }
    }
    return end;
  }

  /** IOS-XR: `RP/0/RSP0/CPU0:Nov  1 ...`, `0/RP0/ADMIN0:...`; the stamp follows without a blank. */
  #readNode(bytes: Buffer, from: number, end: number): number {
    let position = from;
    let slashes = 0;
    while (position < end && (isWordByte(bytes[position]) || bytes[position] === 0x2f)) {
      if (bytes[position] === 0x2f) slashes++;
      position++;
    }
    if (slashes < 2 || bytes[position] !== colon) return from;
    const stop = readStamp(bytes, position + 1, end, this.#trial);
    if (stop < 0) return from;
    this.node = this.#pool.word(bytes, from, position);
    copyStamp(this.#trial, this.stamp);
    this.isPresent = true;
    return afterColon(bytes, stop, end);
  }

  /** A process, a task, an address or a name. */
  #readName(bytes: Buffer, from: number, end: number): number {
    const stop = endOfName(bytes, from, end);
    if (stop <= from || stop - from > longestOrigin) return from;
    const last = bytes[stop - 1];
    const isProcess = last === 0x5d && stop - from > 2 && bytes.subarray(from, stop).includes(0x5b);
    if (isProcess || bytes[from] === 0x2a) {
      if (this.process === '') this.process = this.#pool.word(bytes, from, stop);
    } else if (this.origin === '') this.origin = this.#pool.word(bytes, from, stop);
    return afterColon(bytes, stop, end);
  }
}

/** Position after a colon that may stand behind a blank; else `from`. */
function afterColon(bytes: Buffer, from: number, end: number): number {
  const at = skipBlanks(bytes, from, end);
  return bytes[at] === colon && at < end ? at + 1 : from;
}

function isItemEnd(bytes: Buffer, at: number, end: number): boolean {
  return at >= end || isBlank(bytes[at]) || bytes[at] === colon;
}

/** End of a name: a blank, or a colon that is followed by a blank or the end; addresses hold colons of their own. */
function endOfName(bytes: Buffer, from: number, end: number): number {
  let position = from;
  for (; position < end && !isBlank(bytes[position]); position++) {
    if (bytes[position] === colon && (position + 1 >= end || isBlank(bytes[position + 1]))) return position;
  }
  return position;
}

/** `2a02:db8::` ends in a colon of its own: two colons before a blank, or hexadecimal groups throughout. */
function isAddressEnd(bytes: Buffer, from: number, end: number): boolean {
  return end - from > 2 && bytes[end - 2] === colon && !isLetter(bytes[end - 1]);
}

/** `7:04: ` at `from`: position after its last colon, or `from`. */
function endOfCutTime(bytes: Buffer, from: number, end: number): number {
  let position = from;
  while (position < end && isDigit(bytes[position]) && position - from < 4) position++;
  if (bytes[position] !== colon || digitsAt(bytes, position + 1, 2, end) < 0) return from;
  return bytes[position + 3] === colon ? position + 4 : from;
}
