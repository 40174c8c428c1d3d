// One stream of deflate data through zlib, piece by piece and on zlib's own thread.
import { createInflateRaw } from 'node:zlib';

const outputBytes = 256 * 1024;

/** Inflates what it is fed. After each `feed`, `next` is called until it does not give output any more. */
export class Inflater {
  readonly #stream = createInflateRaw({ chunkSize: outputBytes });
  #fed = 0;
  #reported = 0;
  #isHungry = true;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor() {
    this.#stream.on('readable', () => this.#wake?.());
    this.#stream.on('error', (error) => {
      this.#error = error;
      this.#wake?.();
    });
  }

  /** The piece must stay as it is until `next` gives `hungry` or `ended`. */
  feed(piece: Buffer): void {
    this.#isHungry = false;
    this.#fed += piece.length;
    this.#stream.write(piece, () => {
      this.#isHungry = true;
      this.#wake?.();
    });
  }

  /** Output; or `hungry`: everything fed was used; or `ended`: the data is complete; or why it cannot be inflated. */
  async next(): Promise<Buffer | 'hungry' | 'ended' | Error> {
    for (;;) {
      const output: Buffer | null = this.#stream.read();
      if (output !== null) return output;
      if (this.#error) return this.#error;
      // zlib leaves bytes over only behind the end of the data.
      if (this.#isHungry) return this.#stream.bytesWritten < this.#fed ? 'ended' : 'hungry';
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  /** How many bytes of what was fed were used since the last call. */
  takeUsed(): number {
    const used = this.#stream.bytesWritten - this.#reported;
    this.#reported += used;
    return used;
  }

  /** Frees zlib's memory. */
  close(): void {
    this.#stream.destroy();
  }
}
