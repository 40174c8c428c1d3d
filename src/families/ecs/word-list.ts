// A short list of known words, looked up by bytes without making text.
import { startsWith } from './forms.ts';

/** Words by length and first byte, which tell most of them apart. */
export class WordList {
  readonly words: readonly string[];
  readonly #groups = new Map<number, { readonly bytes: Buffer; readonly index: number }[]>();

  constructor(words: Iterable<string>) {
    this.words = [...new Set(words)];
    this.words.forEach((word, index) => {
      const bytes = Buffer.from(word, 'latin1');
      const key = keyOf(bytes, 0, bytes.length);
      const group = this.#groups.get(key) ?? [];
      this.#groups.set(key, group);
      group.push({ bytes, index });
    });
  }

  /** Index in `words` of the word in `bytes[start..end)`, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const group = this.#groups.get(keyOf(bytes, start, end));
    if (group) for (const word of group) if (startsWith(bytes, word.bytes, start, end)) return word.index;
    return -1;
  }
}

function keyOf(bytes: Uint8Array, start: number, end: number): number {
  return (end - start) * 256 + (bytes[start] ?? 0);
}
