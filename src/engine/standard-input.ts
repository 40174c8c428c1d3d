// Standard input as a log: it has no position, cannot be read again, and ends.
import type { LogFile } from '../model/family.ts';
import { PipedContent } from './archive.ts';
import { StreamSource } from './byte-source.ts';
import type { Damage } from './gzip.ts';
import { LineReader } from './reader.ts';
import type { Piece } from './reader.ts';

/** Reads lines from standard input without ever waiting for it. */
export class StandardInput {
  readonly file: LogFile;
  readonly #stream: StreamSource;
  readonly #source: PipedContent;
  readonly #reader: LineReader;
  #isFinished = false;

  /** `arrived` is called when there may be something to read. */
  constructor(
    stream: NodeJS.ReadableStream,
    how: { chunkBytes: number; maxLineBytes: number; nowMs: number; arrived: () => void },
  ) {
    this.file = { path: '-', name: '-', modifiedMs: how.nowMs, id: 0 };
    this.#stream = new StreamSource(stream, how.arrived);
    this.#source = new PipedContent(this.#stream);
    this.#reader = new LineReader(how.chunkBytes, how.maxLineBytes);
    this.#reader.begin(this.#source, 0);
  }

  /** Everything was handed out, the last line too. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  get offset(): number {
    return this.#reader.position;
  }

  get damages(): readonly Damage[] {
    return this.#source.damages;
  }

  /** The next piece; undefined when there is nothing now, or (see `isFinished`) ever again. Throws when it breaks. */
  async next(): Promise<Piece | undefined> {
    if (this.#isFinished) return undefined;
    try {
      const piece = await this.#reader.next();
      if (piece || !this.#source.isEnded) return piece;
    } catch (error) {
      this.close();
      throw error;
    }
    const rest = this.#reader.rest();
    if (!rest) this.close();
    return rest;
  }

  close(): void {
    this.#isFinished = true;
    this.#stream.release();
  }
}
