// From the bytes of one line to a raw record, a line of another class, or a reject (cisco 3). Never throws, linear time.
import { hasText, isBlank, WordPool } from './grammar/bytes.ts';
import { CodeBook, findBareCode, findCode } from './grammar/code.ts';
import type { CodePlace, MessageCode } from './grammar/code.ts';
import { Header } from './grammar/header.ts';

/**
 * What a line is (cisco 3.5). `message` has a code; `numbered` is a line of a boot banner that came as a message of its
 * own, with a counter and no code; `comment` is empty or begins with `#`.
 */
export type LineClass =
  | 'message'
  | 'numbered'
  | 'repeat'
  | 'debug'
  | 'traceback'
  | 'banner'
  | 'mark'
  | 'continuation'
  | 'comment'
  | 'unparsed';

/** Every class, in the order in which they are reported. */
export const lineClasses: readonly LineClass[] = [
  'message',
  'numbered',
  'repeat',
  'debug',
  'traceback',
  'banner',
  'mark',
  'continuation',
  'comment',
  'unparsed',
];

/** How the parser is set up. */
export interface ParserOptions {
  /** Takes codes without `%` at the start of a line (CatOS). */
  readonly catos?: boolean;
  /** Says whether an origin may be this name of digits. */
  readonly isDeviceName?: (name: string) => boolean;
}

/** Parses one line after the other; the fields hold what the last one said. */
export class LineParser {
  readonly header: Header;
  /** The code, for `message`; the inner one where the platform wraps a process's message. */
  code: MessageCode | undefined;
  textStart = 0;
  textEnd = 0;
  /** How often the message before was repeated, for `repeat`. */
  repeated = 0;
  /** The code is `SYS-5-RESTART`, or the line begins a boot banner. */
  isRestart = false;

  readonly #pool = new WordPool();
  readonly #codes = new CodeBook();
  readonly #catos: boolean;
  readonly #place: CodePlace = { start: 0, codeStart: 0, codeEnd: 0, textStart: 0 };
  readonly #inner: CodePlace = { start: 0, codeStart: 0, codeEnd: 0, textStart: 0 };
  /** The record before goes on without a header of its own. */
  #isOpen = false;
  /** The device whose numbered lines go on, by its source. */
  #openSource: string | undefined;
  #isInBanner = false;

  constructor(options: ParserOptions = {}) {
    this.#catos = options.catos ?? false;
    this.header = new Header(this.#pool, options.isDeviceName);
  }

  /** Forgets the line before: a new file begins. */
  begin(): void {
    this.#isOpen = false;
    this.#openSource = undefined;
    this.#isInBanner = false;
  }

  /** Takes `bytes[start..end)`, a line without its line feed. */
  parse(bytes: Buffer, start: number, end: number): LineClass {
    this.code = undefined;
    this.isRestart = false;
    let from = start;
    let stop = end;
    if (bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf) from += 3;
    while (from < stop && bytes[from] === 0) from++;
    while (stop > from && (bytes[stop - 1] === 0x0d || bytes[stop - 1] === 0x20 || bytes[stop - 1] === 0)) stop--;
    if (from >= stop || bytes[from] === 0x23) return 'comment';
    const place = this.#place;
    if (findCode(bytes, from, stop, place) || (this.#catos && findBareCode(bytes, from, stop, place))) {
      return this.#message(bytes, from, stop, place);
    }
    return this.#other(bytes, from, stop);
  }

  #message(bytes: Buffer, from: number, end: number, place: CodePlace): LineClass {
    const { header } = this;
    header.read(bytes, from, place.start, true);
    let code = this.#codes.get(this.#pool.word(bytes, place.codeStart, place.codeEnd));
    let { textStart } = place;
    // Only a message of the platform wraps another one; in all others a second code is part of the text.
    const isWrapper = code.mnemonic === 'PLATFORM' && code.facility === 'IOSXE';
    if (isWrapper && findCode(bytes, textStart, end, this.#inner)) {
      code = this.#codes.get(this.#pool.word(bytes, this.#inner.codeStart, this.#inner.codeEnd));
      textStart = this.#inner.textStart;
    }
    this.code = code;
    this.textStart = textStart;
    this.textEnd = end;
    this.isRestart = code.key === 'SYS-RESTART';
    this.#isInBanner = false;
    this.#isOpen = code.isOpen || (end - from > 3 && hasText(bytes, ' --', end - 3, end));
    if (this.#isOpen) this.#openSource = header.source;
    else if (header.source === this.#openSource) this.#openSource = undefined;
    return 'message';
  }

  #other(bytes: Buffer, from: number, end: number): LineClass {
    const isIndented = isBlank(bytes[from]);
    const { header } = this;
    header.read(bytes, from, end, false);
    const text = header.end;
    this.textStart = text;
    this.textEnd = end;
    const repeated = repeatCount(bytes, from, end);
    if (repeated >= 0) {
      this.repeated = repeated;
      return 'repeat';
    }
    if (bytes.subarray(from, end).includes('--- MARK ---') || bytes.subarray(from, end).includes('-- MARK --')) {
      return 'mark';
    }
    if (hasText(bytes, '-Process=', text, end) || hasText(bytes, '-Traceback=', text, end)) return 'traceback';
    const isBanner =
      hasText(bytes, 'Cisco Internetwork Operating System Software', text, end) ||
      hasText(bytes, 'Cisco IOS Software', text, end);
    // Messages of other devices may stand between the lines of a banner, and its first ones may be lost.
    const isGoingOn = header.source === this.#openSource;
    const isNumbered = header.msgcount !== undefined && header.stamp.kind === 'none';
    const isSyslog = header.pri >= 0 || header.receipt.kind !== 'none';
    if (isNumbered && (isBanner || isGoingOn || isSyslog)) {
      this.isRestart = isBanner && !isGoingOn;
      this.#isOpen = true;
      this.#openSource = header.source;
      return 'numbered';
    }
    if (isBanner) {
      this.#isInBanner = true;
      return 'banner';
    }
    if (!header.isPresent) {
      if (this.#isInBanner) return 'banner';
      if (this.#isOpen || isIndented) return 'continuation';
    }
    if (isDebug(bytes, text, end)) return 'debug';
    return 'unparsed';
  }
}

/** N of `last message repeated N times`, or -1. */
function repeatCount(bytes: Buffer, from: number, end: number): number {
  const words = 'last message repeated ';
  const at = bytes.subarray(from, end).indexOf(words);
  if (at < 0) return -1;
  let value = 0;
  let position = from + at + words.length;
  const begin = position;
  for (; position < end && position - begin < 9; position++) {
    const digit = (bytes[position] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return position > begin && hasText(bytes, ' time', position, end) ? value : -1;
}

/** `NTP Core (NOTICE): ...`, `OSPF: ...`: words of output that somebody switched on, ended by a colon. */
function isDebug(bytes: Buffer, from: number, end: number): boolean {
  const text = bytes.toString('latin1', from, Math.min(end, from + 48));
  return /^[A-Za-z][A-Za-z0-9_/ -]{1,30}(?:\([A-Za-z0-9]{1,12}\))?: \S/.test(text);
}
