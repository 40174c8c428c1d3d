// Finds the message code of a line (`%LINK-3-UPDOWN:`) and takes it apart (cisco 3.1).
import { isBlank, isWordByte } from './bytes.ts';
import { kindOfCode } from './kinds.ts';
import type { EventKind } from './kinds.ts';

/** A message code, taken apart. There is one object per spelling. */
export interface MessageCode {
  /** As written, without `%`: `SYS-SW1-5-CONFIG_I`. */
  readonly code: string;
  readonly facility: string;
  /** Subfacilities that carry meaning; cards, slots, switches and roles are left out. */
  readonly sub: readonly string[];
  /** 0 to 7. */
  readonly severity: number;
  readonly mnemonic: string;
  /** What matching goes by: facility, kept subfacilities and mnemonic, without the severity (`LINK-UPDOWN`). */
  readonly key: string;
  /** The same with the severity, as people know it (`LINK-3-UPDOWN`). */
  readonly canonical: string;
  /** What its messages are about. */
  readonly kind: EventKind;
  /** Its messages go on in the next lines. */
  readonly isOpen: boolean;
}

/** Where a code stands in a line. */
export interface CodePlace {
  /** Position of the `%`, or of the first letter where there is none. */
  start: number;
  /** The code's own bytes. */
  codeStart: number;
  codeEnd: number;
  /** Where the text begins. */
  textStart: number;
}

const letterSeverities: Readonly<Record<string, number>> = { A: 1, C: 2, E: 3, W: 4, N: 5, I: 6, D: 7 };
/** Subfacilities that only say which part of a chassis or stack speaks. */
const placeParts = /^(?:SW\d+(?:_(?:DFC\d+|STBY))?|SP|RP|DFC\d*|SLOT\d+|STBY|STANDBY)$/;

/** Messages that go on in the next lines. */
const openKeys = new Set(['SYS-RESTART', 'CRYPTO-PKT_REPLAY_ERR']);

/** Puts the leftmost code of `bytes[from..end)` into `place`; false when there is none. */
export function findCode(bytes: Buffer, from: number, end: number, place: CodePlace): boolean {
  for (let position = from; position < end; position++) {
    if (bytes[position] !== 0x25) continue;
    if (position > from && !isBoundary(bytes, position - 1, from)) continue;
    const codeEnd = endOfCode(bytes, position + 1, end);
    if (codeEnd < 0) continue;
    place.start = position;
    place.codeStart = position + 1;
    place.codeEnd = codeEnd;
    place.textStart = textAfter(bytes, codeEnd, end);
    return true;
  }
  return false;
}

/** The same for a code without `%` at the very start (CatOS). */
export function findBareCode(bytes: Buffer, from: number, end: number, place: CodePlace): boolean {
  const codeEnd = endOfCode(bytes, from, end);
  if (codeEnd < 0 || bytes[codeEnd] !== 0x3a) return false;
  place.start = from;
  place.codeStart = from;
  place.codeEnd = codeEnd;
  place.textStart = textAfter(bytes, codeEnd, end);
  return true;
}

/** True for a blank, a colon, a line of relays' closing pri, or the letters `BOM` and the bytes they stand for. */
function isBoundary(bytes: Buffer, at: number, from: number): boolean {
  const byte = bytes[at];
  if (isBlank(byte) || byte === 0x3a || byte === 0x3e) return true;
  if (at - 2 < from) return false;
  const isLetters = byte === 0x4d && bytes[at - 1] === 0x4f && bytes[at - 2] === 0x42;
  return isLetters || (byte === 0xbf && bytes[at - 1] === 0xbb && bytes[at - 2] === 0xef);
}

/** Position after `FACILITY[-SUB...]-S-MNEMONIC` at `from` when what follows ends a code, or -1. */
function endOfCode(bytes: Buffer, from: number, end: number): number {
  let position = from;
  let begin = from;
  let parts = 0;
  /** Whether the part before the current one is a severity. */
  let isAfterSeverity = false;
  let wasSeverity = false;
  for (;;) {
    while (position < end && isWordByte(bytes[position])) position++;
    if (position === begin) return -1;
    isAfterSeverity = wasSeverity;
    wasSeverity = position - begin === 1 && isSeverity(bytes[begin]);
    parts++;
    if (position < end && bytes[position] === 0x2d) {
      position++;
      begin = position;
      continue;
    }
    break;
  }
  if (parts < 3 || !isAfterSeverity) return -1;
  const next = bytes[position];
  return position === end || isBlank(next) || next === 0x3a || next === 0x5b || next === 0x0d ? position : -1;
}

function isSeverity(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x30 && byte <= 0x37) || 'ACEWNID'.includes(String.fromCharCode(byte)));
}

function textAfter(bytes: Buffer, from: number, end: number): number {
  let position = from;
  if (isBlank(bytes[position]) && bytes[position + 1] === 0x3a) position++;
  if (bytes[position] === 0x3a) position++;
  if (position < end && isBlank(bytes[position])) position++;
  return Math.min(position, end);
}

/** Codes by their spelling; forgets all when strangers invent too many. */
export class CodeBook {
  readonly #codes = new Map<string, MessageCode>();

  /** The parts of a code found by `findCode`. */
  get(code: string): MessageCode {
    let known = this.#codes.get(code);
    if (!known) {
      if (this.#codes.size >= 20_000) this.#codes.clear();
      known = takeApart(code);
      this.#codes.set(code, known);
    }
    return known;
  }
}

/** Parts of a code such as `LINK-SP-3-UPDOWN`. */
export function takeApart(code: string): MessageCode {
  const parts = code.split('-');
  const mnemonic = parts.at(-1) ?? '';
  const written = parts.at(-2) ?? '7';
  const severity = letterSeverities[written] ?? Number(written);
  const facility = parts[0] ?? '';
  const sub = parts.slice(1, -2).filter((part) => !placeParts.test(part));
  const head = [facility, ...sub].join('-');
  const key = `${head}-${mnemonic}`;
  return {
    code,
    facility,
    sub,
    severity,
    mnemonic,
    key,
    canonical: `${head}-${severity}-${mnemonic}`,
    kind: kindOfCode({ facility, mnemonic, key }),
    isOpen: openKeys.has(key),
  };
}
