// Tests and searches on the bytes of a line, and the pool that turns repeated words (addresses, codes) into strings once.

/** ASCII digit. */
export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** ASCII letter. */
export function isLetter(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** Letter, digit or underscore: what facilities and mnemonics are made of. */
export function isWordByte(byte: number | undefined): boolean {
  return isLetter(byte) || isDigit(byte) || byte === 0x5f;
}

/** Blank or tab. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

/** First position at or after `from` that is no blank, at most `end`. */
export function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let position = from;
  while (position < end && isBlank(bytes[position])) position++;
  return position;
}

/** First position at or after `from` that is a blank, at most `end`. */
export function tokenEnd(bytes: Uint8Array, from: number, end: number): number {
  let position = from;
  while (position < end && !isBlank(bytes[position])) position++;
  return position;
}

/** Value of exactly `count` digits at `from`, or -1. */
export function digitsAt(bytes: Uint8Array, from: number, count: number, end: number): number {
  if (from + count > end) return -1;
  let value = 0;
  for (let position = from; position < from + count; position++) {
    const byte = bytes[position] ?? 0;
    if (byte < 0x30 || byte > 0x39) return -1;
    value = value * 10 + byte - 0x30;
  }
  return value;
}

/** True when the ASCII text stands at `from` and ends before `end`. */
export function hasText(bytes: Uint8Array, text: string, from: number, end: number): boolean {
  if (from < 0 || from + text.length > end) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes[from + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** Hash of `bytes[from..end)`, 32 bits, continued from `seed`. Four bytes at a time: every text passes here. */
export function hashBytes(bytes: Uint8Array, from: number, end: number, seed = 0x811c9dc5): number {
  let hash = seed;
  let position = from;
  for (; position + 4 <= end; position += 4) {
    const low = (bytes[position] ?? 0) | ((bytes[position + 1] ?? 0) << 8);
    const word = low | ((bytes[position + 2] ?? 0) << 16) | ((bytes[position + 3] ?? 0) << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; position < end; position++) hash = Math.imul(hash ^ (bytes[position] ?? 0), 0x01000193);
  return (hash ^ (hash >>> 13)) >>> 0;
}

interface PooledWord {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly next: PooledWord | undefined;
}

/** Words that come again and again, each decoded once. Forgets all of them when there are too many. */
export class WordPool {
  readonly #words = new Map<number, PooledWord>();
  readonly #limit: number;
  #count = 0;

  constructor(limit = 20_000) {
    this.#limit = limit;
  }

  /** The text (latin-1) of `bytes[from..end)`. */
  word(bytes: Buffer, from: number, end: number): string {
    const hash = hashBytes(bytes, from, end);
    const first = this.#words.get(hash);
    for (let known = first; known; known = known.next) if (isSame(known.bytes, bytes, from, end)) return known.text;
    if (this.#count >= this.#limit) {
      this.#words.clear();
      this.#count = 0;
    }
    const text = bytes.toString('latin1', from, end);
    this.#words.set(hash, { bytes: Uint8Array.from(bytes.subarray(from, end)), text, next: first });
    this.#count++;
    return text;
  }
}

function isSame(known: Uint8Array, bytes: Uint8Array, from: number, end: number): boolean {
  if (known.length !== end - from) return false;
  for (let index = 0; index < known.length; index++) if (known[index] !== bytes[from + index]) return false;
  return true;
}
