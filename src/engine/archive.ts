// Log content, plain or compressed: which of the two is told by its first two bytes and not by its name.
import { FileSource } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';
import { GzipSource, isGzip } from './gzip.ts';
import type { Damage } from './gzip.ts';
import type { LogHandle } from './log-files.ts';

/** True when the file begins like a gzip archive. */
export async function isArchive(handle: LogHandle): Promise<boolean> {
  const start = Buffer.alloc(2);
  const { bytesRead } = await handle.read(start, 0, 2, 0);
  return bytesRead === 2 && isGzip(start);
}

/** The decompressed content of an archive from its start; damaged parts are read as far as they can be. */
export function archiveSource(handle: LogHandle): GzipSource {
  return new GzipSource(new FileSource(handle), (position) => new FileSource(handle, position));
}

/** The content of a pipe, decompressed when its first bytes are those of an archive. It cannot be read again. */
export class PipedContent implements ByteSource {
  readonly #pipe: ByteSource;
  readonly #start = Buffer.alloc(2);
  #seen = 0;
  #content: ByteSource | undefined;
  #archive: GzipSource | undefined;

  constructor(pipe: ByteSource) {
    this.#pipe = pipe;
  }

  get isEnded(): boolean {
    return this.#content?.isEnded ?? false;
  }

  /** What is wrong with the archive, if it is one. */
  get damages(): readonly Damage[] {
    return this.#archive?.damages ?? [];
  }

  async read(target: Buffer, at: number, length: number): Promise<number> {
    this.#content ??= await this.#decide();
    return this.#content?.read(target, at, length) ?? 0;
  }

  /** Waits for the first two bytes, or the end, and puts them back before the rest. */
  async #decide(): Promise<ByteSource | undefined> {
    while (this.#seen < 2) {
      const count = await this.#pipe.read(this.#start, this.#seen, 2 - this.#seen);
      this.#seen += count;
      if (count > 0) continue;
      if (!this.#pipe.isEnded) return undefined;
      break;
    }
    const whole = new Prefixed(this.#start.subarray(0, this.#seen), this.#pipe);
    if (this.#seen === 2 && isGzip(this.#start)) this.#archive = new GzipSource(whole);
    return this.#archive ?? whole;
  }
}

/** Some bytes, and then those of another source. */
class Prefixed implements ByteSource {
  #prefix: Buffer;
  readonly #rest: ByteSource;

  constructor(prefix: Buffer, rest: ByteSource) {
    this.#prefix = prefix;
    this.#rest = rest;
  }

  get isEnded(): boolean {
    return this.#prefix.length === 0 && this.#rest.isEnded;
  }

  async read(target: Buffer, at: number, length: number): Promise<number> {
    if (this.#prefix.length === 0) return this.#rest.read(target, at, length);
    const count = this.#prefix.copy(target, at, 0, length);
    this.#prefix = this.#prefix.subarray(count);
    return count;
  }
}
