// Finds the few lines of a chunk that hold one of some literals, without looking at the others: the native byte search
// of Buffer runs at memory speed as long as the first byte of what it looks for is rare in the log (engine 7).

/**
 * Bytes that nearly every log line has: looking for one of them first would stop at every line. Upper case letters
 * that stand in priorities and record names (`MED`, `MST`, `MAP`) belong to them.
 */
const commonBytes = new Set(Buffer.from(' 0123456789abcdefghijklmnopqrstuvwxyz:.,=-/()[]"\'+ADEMPST\t\r\n'));

/** The native search looks for the first byte of short needles; for longer ones it changes to a much slower way. */
const longestNeedle = 7;

/**
 * The part of a keyword worth searching for: from its first rare byte on, or from its start when it has none. Every
 * occurrence of the keyword holds the needle; the reverse has to be checked.
 */
export function needleOf(keyword: Uint8Array): Buffer {
  const offset = Math.max(
    0,
    keyword.findIndex((byte) => !commonBytes.has(byte)),
  );
  return Buffer.from(keyword.subarray(offset, offset + longestNeedle));
}

/** Looks for several needles at once, in order of position. One scanner serves one chunk after the other. */
export class LineScanner {
  readonly #needles: readonly Buffer[];
  readonly #next: number[];
  #bytes: Buffer = Buffer.alloc(0);

  /** A needle that contains another one is found with it and is left out. Empty needles are refused. */
  constructor(needles: readonly Uint8Array[]) {
    const distinct = new Map(needles.map((needle) => [Buffer.from(needle).toString('latin1'), Buffer.from(needle)]));
    if (distinct.has('')) throw new Error('an empty needle is everywhere');
    const texts = [...distinct.keys()];
    this.#needles = texts
      .filter((text) => !texts.some((other) => other !== text && text.includes(other)))
      .map((text) => Buffer.from(text, 'latin1'));
    this.#next = this.#needles.map(() => -1);
  }

  /** Starts on `buffer[..end)`. The buffer must not change until the last call of `next`. */
  begin(buffer: Buffer, end: number): void {
    this.#bytes = buffer.subarray(0, end);
    this.#next.fill(-1);
  }

  /** Position of the first needle at or after `from`, or -1. `from` must not go back. */
  next(from: number): number {
    let first = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#next.length; index++) {
      let position = this.#next[index] ?? -1;
      if (position < from) {
        const needle = this.#needles[index];
        position = needle === undefined ? -1 : this.#bytes.indexOf(needle, from);
        if (position < 0) position = Number.POSITIVE_INFINITY;
        this.#next[index] = position;
      }
      if (position < first) first = position;
    }
    return first === Number.POSITIVE_INFINITY ? -1 : first;
  }
}

/** Position after the last line feed in `bytes[from..before)`, or `from` when there is none. */
export function lineStart(bytes: Uint8Array, from: number, before: number): number {
  let position = before;
  while (position > from && bytes[position - 1] !== 0x0a) position--;
  return position;
}

/** Position of the first line feed in `bytes[from..end)`, or `end` when there is none. */
export function lineEnd(bytes: Uint8Array, from: number, end: number): number {
  let position = from;
  while (position < end && bytes[position] !== 0x0a) position++;
  return position;
}
