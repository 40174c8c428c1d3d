// Call records of raw MST text (`.M` files), cut or filled to one size (ecs 6.6). Text in, text out; lines that are no
// part of a call record are copied as they are.

/** What was done. */
export interface TruncCounts {
  records: number;
  cut: number;
  filled: number;
  unchanged: number;
}

const callRecordType = '22';
const bytesPerLine = 16;

/** A record in the making. */
interface OpenRecord {
  /** Pairs of hex digits in lower or upper case as they came, as many as are wanted. */
  readonly pairs: string[];
  /** How many came. */
  length: number;
  /** What the lines of the record end with. */
  readonly lineEnd: string;
}

/** Takes lines and gives the repaired text. */
export class Truncation {
  readonly counts: TruncCounts = { records: 0, cut: 0, filled: 0, unchanged: 0 };
  /** What was wrong, for people; the first ones. */
  readonly warnings: string[] = [];
  /** Number of things that were wrong. */
  faults = 0;
  readonly #size: number;
  #open: OpenRecord | undefined;
  #line = 0;

  /** `size` in bytes. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Takes a line with its line end, latin-1; gives what can be written by now. */
  line(text: string): string {
    this.#line++;
    const [, body = '', lineEnd = ''] = /^([^\r\n]*)(\r?\n|\r)?$/.exec(text) ?? [undefined, text];
    const isData = this.#open !== undefined && /^D(?:\s|$)/.test(body);
    if (isData) {
      this.#data(body);
      return '';
    }
    if (this.#open && /^N(?:\s|$)/.test(body)) return this.#end() + text;
    if (!/^M(?:\s|$)/.test(body)) {
      if (!this.#open) return text;
      this.#warn(`"${body.slice(0, 40)}" stands inside a call record; it was moved in front of it`);
      return text;
    }
    const before = this.#open ? this.#unended() : '';
    const [, , type] = body.split(/\s+/);
    if (type === callRecordType) this.#open = { pairs: [], length: 0, lineEnd: lineEnd === '' ? '\n' : lineEnd };
    return before + text;
  }

  /** Ends what is open: at the end of the input. */
  finish(): string {
    return this.#open ? this.#unended() : '';
  }

  #data(body: string): void {
    for (const word of body.split(/\s+/).slice(1)) {
      if (word === '') continue;
      if (/^[0-9A-Fa-f]{2}$/.test(word)) this.#pair(word);
      else this.#warn(`"${word.slice(0, 40)}" is no pair of hex digits; it was left out`);
    }
  }

  #pair(pair: string): void {
    if (!this.#open) return;
    if (this.#open.length++ < this.#size) this.#open.pairs.push(pair);
  }

  #unended(): string {
    this.#warn('a call record has no line N behind it; it was written as it was');
    return this.#end();
  }

  #end(): string {
    const { pairs = [], length = 0, lineEnd = '\n' } = this.#open ?? {};
    this.#open = undefined;
    const missing = this.#size - length;
    const { counts } = this;
    counts.records++;
    if (missing < 0) counts.cut++;
    else if (missing > 0) counts.filled++;
    else counts.unchanged++;
    const whole = [...pairs, ...Array.from({ length: Math.max(0, missing) }, () => '00')];
    let text = '';
    for (let from = 0; from < whole.length; from += bytesPerLine) {
      text += `D\t\t${whole.slice(from, from + bytesPerLine).join(' ')}${lineEnd}`;
    }
    return text;
  }

  #warn(what: string): void {
    this.faults++;
    if (this.warnings.length < 10) this.warnings.push(`line ${this.#line}: ${what}`);
  }
}
