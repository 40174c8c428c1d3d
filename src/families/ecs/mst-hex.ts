// Pairs of hex digits on a line to the bytes of a record (ecs 4), and the marks of MST lines. This is where the time of
// reading traces goes: most of such a log is hex.
import { isBlank } from './forms.ts';

const bad = 0xff;
const nibbles = new Uint8Array(256).fill(bad);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  nibbles[text.charCodeAt(0)] = digit;
  nibbles[text.toUpperCase().charCodeAt(0)] = digit;
}

/** What pairs are decoded into: bytes that are kept, and how many of the wanted ones came. */
export interface Decoded {
  readonly bytes: Buffer;
  /** May be more than is kept. */
  length: number;
  readonly size: number;
}

/** Where decoding ended. */
export interface Place {
  position: number;
  isBad: boolean;
  isOdd: boolean;
}

const place: Place = { position: 0, isBad: false, isOdd: false };

/**
 * Decodes pairs up to the record's size. `isOdd`: the last pair has lost a digit, and was left out. Bytes beyond what
 * is kept are checked and counted.
 */
export function decodePairs(record: Decoded, bytes: Buffer, from: number, end: number): Place {
  const out = record.bytes;
  const { size } = record;
  let { length } = record;
  let position = from;
  let wrong = 0;
  let isOdd = false;
  // Nearly all of a line is pairs with one blank behind each.
  const fast = Math.min(end - 3, position + 3 * (Math.min(size, out.length) - length));
  position = skipBlanks(bytes, position, end);
  while (position <= fast && bytes[position + 2] === 0x20) {
    const high = nibbles[bytes[position] as number] as number;
    const low = nibbles[bytes[position + 1] as number] as number;
    wrong |= high | low;
    out[length++] = (high << 4) | low;
    position += 3;
  }
  while (position < end && length < size) {
    const byte = bytes[position] ?? 0;
    if (byte === 0x20) {
      position++;
      continue;
    }
    if (position + 1 >= end || bytes[position + 1] === 0x20) {
      isOdd = nibbles[byte] !== bad;
      if (!isOdd) wrong = bad;
      position++;
      if (skipBlanks(bytes, position, end) < end) wrong = bad;
      break;
    }
    const high = nibbles[byte] ?? bad;
    const low = nibbles[bytes[position + 1] ?? 0] ?? bad;
    wrong |= high | low;
    if (length < out.length) out[length] = (high << 4) | low;
    length++;
    position += 2;
  }
  record.length = length;
  place.position = position;
  place.isBad = wrong > 15;
  place.isOdd = isOdd;
  return place;
}

/** The place of the first byte that is no blank. */
export function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let position = from;
  while (position < end && isBlank(bytes[position])) position++;
  return position;
}

/** True where `++++` stands. */
export function isPlus(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    at + 4 <= end && bytes[at] === 0x2b && bytes[at + 1] === 0x2b && bytes[at + 2] === 0x2b && bytes[at + 3] === 0x2b
  );
}

/** Place of the last `]` that is followed by blanks at most far enough to be the end of the line, or -1. */
export function lastBracket(bytes: Uint8Array, from: number, end: number): number {
  for (let position = end - 1; position >= from; position--) if (bytes[position] === 0x5d) return position;
  return -1;
}
