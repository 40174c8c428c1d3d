// Where the bytes of a log come from, read forward piece by piece into a buffer of the reader's. Nothing here knows
// of lines.
import type { LogHandle } from './log-files.ts';

/** Bytes in their order. */
export interface ByteSource {
  /** Puts at most `length` next bytes at `at` of the buffer and says how many; 0: nothing more now. */
  read(target: Buffer, at: number, length: number): Promise<number>;
  /** After a `read` that gave 0: true when nothing will follow, as far as can be known now. */
  readonly isEnded: boolean;
}

/** The bytes of an open file from `position` up to `limit`; reads by position, so the handle may be shared. */
export class FileSource implements ByteSource {
  readonly #handle: LogHandle;
  readonly #limit: number;
  #position: number;
  #isEnded = false;

  constructor(handle: LogHandle, position = 0, limit = Infinity) {
    this.#handle = handle;
    this.#position = position;
    this.#limit = limit;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  async read(target: Buffer, at: number, length: number): Promise<number> {
    const wanted = Math.min(length, this.#limit - this.#position);
    const count = wanted > 0 ? (await this.#handle.read(target, at, wanted, this.#position)).bytesRead : 0;
    this.#position += count;
    this.#isEnded = count === 0;
    return count;
  }
}

/** How much before its place each reading of a followed file repeats, to see that it still is the same content. */
const overlapBytes = 1024;

/**
 * The bytes of an open file that may be truncated and written anew at any moment. Each reading begins a little before its
 * place and ends the source when what was there before is not there any more. The bytes before `at` of the buffer must
 * be those that were read last.
 */
export class FollowedSource implements ByteSource {
  readonly #handle: LogHandle;
  readonly #start: number;
  readonly #limit: number;
  readonly #before = Buffer.alloc(overlapBytes);
  #position: number;
  #isEnded = false;
  #isReplaced = false;

  constructor(handle: LogHandle, position: number, limit: number) {
    this.#handle = handle;
    this.#start = position;
    this.#position = position;
    this.#limit = limit;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The file has other content now, so what follows was not given. */
  get isReplaced(): boolean {
    return this.#isReplaced;
  }

  async read(target: Buffer, at: number, length: number): Promise<number> {
    const wanted = Math.min(length, this.#limit - this.#position);
    this.#isEnded = true;
    if (wanted <= 0 || this.#isReplaced) return 0;
    const overlap = Math.min(overlapBytes, at, this.#position - this.#start);
    const before = this.#before.subarray(0, overlap);
    target.copy(before, 0, at - overlap, at);
    const from = this.#position - overlap;
    const { bytesRead } = await this.#handle.read(target, at - overlap, overlap + wanted, from);
    this.#isReplaced = bytesRead < overlap || before.compare(target, at - overlap, at) !== 0;
    before.copy(target, at - overlap);
    if (this.#isReplaced) return 0;
    const count = bytesRead - overlap;
    this.#position += count;
    this.#isEnded = count === 0;
    return count;
  }
}

/** The bytes of an open pipe or device, which has no positions. A `read` waits for the writer. */
export class PipeSource implements ByteSource {
  readonly #handle: LogHandle;
  #isEnded = false;

  constructor(handle: LogHandle) {
    this.#handle = handle;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  async read(target: Buffer, at: number, length: number): Promise<number> {
    if (this.#isEnded) return 0;
    const { bytesRead } = await this.#handle.read(target, at, length, null);
    this.#isEnded = bytesRead === 0;
    return bytesRead;
  }
}

/** The bytes of a stream. A `read` never waits: it gives 0 while nothing has arrived. */
export class StreamSource implements ByteSource {
  readonly #stream: NodeJS.ReadableStream;
  readonly #arrived: () => void;
  #rest: Buffer | undefined;
  #hasEnded = false;
  #error: Error | undefined;

  /** `arrived` is called whenever there may be something new to read. */
  constructor(stream: NodeJS.ReadableStream, arrived: () => void) {
    this.#stream = stream;
    this.#arrived = arrived;
    stream.on('readable', this.#arrived);
    stream.on('end', this.#end);
    stream.on('close', this.#end);
    stream.on('error', this.#fail);
  }

  get isEnded(): boolean {
    return this.#hasEnded && this.#rest === undefined;
  }

  async read(target: Buffer, at: number, length: number): Promise<number> {
    if (this.#error) throw this.#error;
    this.#rest ??= this.#take();
    if (this.#rest === undefined) return 0;
    const count = this.#rest.copy(target, at, 0, length);
    this.#rest = count < this.#rest.length ? this.#rest.subarray(count) : undefined;
    return count;
  }

  /** Lets go of the stream, which stays open: it is not ours. */
  release(): void {
    this.#stream.removeListener('readable', this.#arrived);
    this.#stream.removeListener('end', this.#end);
    this.#stream.removeListener('close', this.#end);
    this.#stream.removeListener('error', this.#fail);
    this.#stream.pause();
  }

  #take(): Buffer | undefined {
    const piece: string | Buffer | null = this.#stream.read();
    if (piece === null || piece.length === 0) return undefined;
    return typeof piece === 'string' ? Buffer.from(piece) : piece;
  }

  readonly #end = (): void => {
    this.#hasEnded = true;
    this.#arrived();
  };

  readonly #fail = (error: Error): void => {
    this.#error = error;
    this.#arrived();
  };
}
