// Decompresses gzip as a stream of bytes: any number of members, and what can still be read of damaged ones (engine
// 1.14). The frames of the members are read here and only the deflate data is left to zlib, because zlib's own gzip
// stream throws away what it has when a checksum is wrong.
import { crc32 } from 'node:zlib';
import type { ByteSource } from './byte-source.ts';
import { Inflater } from './inflater.ts';

const inputBytes = 32 * 1024;
const maxDamages = 16;

const flagChecksum = 2;
const flagExtra = 4;
const flagName = 8;
const flagComment = 16;

/** What is wrong with an archive. */
export interface Damage {
  /** Position in the decompressed bytes up to which the content is good. */
  readonly position: number;
  readonly detail: string;
  /** The archive just ends; it may still be growing. */
  readonly isCutOff: boolean;
}

/** True for the first bytes of a gzip archive. */
export function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** The decompressed bytes of a gzip source. `read` gives 0 with `isEnded` false while the compressed source pauses. */
export class GzipSource implements ByteSource {
  #input: ByteSource;
  readonly #reopen: ((position: number) => ByteSource) | undefined;
  readonly #compressed = Buffer.allocUnsafeSlow(inputBytes);
  #at = 0;
  #end = 0;
  #taken = 0;
  #stage: 'header' | 'body' | 'trailer' | 'between' | 'ended' = 'header';
  #inflater: Inflater | undefined;
  #checksum = 0;
  /** Compressed and decompressed position of the member being read. */
  #member = { compressed: 0, decompressed: 0 };
  /** Decompressed position of what the inflater gives next. */
  #position = 0;
  #produced: Buffer | undefined;
  /** While a damaged member is read again: what was handed out already, and from where on it is fed byte by byte. */
  #again: { readonly handedOut: number; readonly carefulFrom: number } | undefined;
  readonly #damages: Damage[] = [];

  /**
   * `reopen` gives the compressed bytes again from a position. With it not a byte before damaged data is lost; a pipe
   * has none and loses up to 256 KiB there.
   */
  constructor(input: ByteSource, reopen?: (position: number) => ByteSource) {
    this.#input = input;
    this.#reopen = reopen;
  }

  /** What was found wrong so far, at most 16 faults. */
  get damages(): readonly Damage[] {
    return this.#damages;
  }

  get isEnded(): boolean {
    return this.#stage === 'ended' && this.#produced === undefined;
  }

  /** Compressed bytes used so far. */
  get taken(): number {
    return this.#taken;
  }

  async read(target: Buffer, at: number, length: number): Promise<number> {
    while (!this.#produced) {
      if (this.#stage === 'ended' || !(await this.#step())) return 0;
    }
    const count = this.#produced.copy(target, at, 0, length);
    this.#produced = count < this.#produced.length ? this.#produced.subarray(count) : undefined;
    return count;
  }

  /** Frees what the inflater holds. */
  close(): void {
    this.#inflater?.close();
    this.#inflater = undefined;
    this.#stage = 'ended';
  }

  /** Goes on by one step; false when the compressed source has nothing now. */
  async #step(): Promise<boolean> {
    switch (this.#stage) {
      case 'header':
        return this.#header();
      case 'body':
        return this.#body();
      case 'trailer':
        return this.#trailer();
      case 'between':
        return this.#between();
      case 'ended':
        return false;
    }
  }

  async #header(): Promise<boolean> {
    const view = this.#compressed.subarray(this.#at, this.#end);
    const length = headerLength(view);
    if (length === undefined && view.length < inputBytes) return this.#more('the archive ends within a header');
    if (length === undefined || length === 0) {
      const isFirst = this.#member.compressed === this.#taken && this.#taken === 0;
      return this.#fail(isFirst ? 'not in gzip format' : 'garbage after the end of the archive', false);
    }
    this.#member = { compressed: this.#taken, decompressed: this.#position };
    this.#take(length);
    this.#inflater = new Inflater();
    this.#checksum = 0;
    this.#stage = 'body';
    return true;
  }

  async #body(): Promise<boolean> {
    const inflater = this.#inflater;
    if (!inflater) return this.#fail('closed', false);
    const result = await inflater.next();
    if (Buffer.isBuffer(result)) {
      this.#produce(result);
      return true;
    }
    if (result instanceof Error) return this.#readAgain(result.message);
    this.#take(inflater.takeUsed());
    if (result === 'ended') {
      inflater.close();
      this.#inflater = undefined;
      this.#stage = 'trailer';
      return true;
    }
    if (this.#at === this.#end) return this.#more('the archive ends within compressed data');
    inflater.feed(this.#compressed.subarray(this.#at, this.#at + this.#portion()));
    return true;
  }

  /** How many of the bytes at hand are fed at once. */
  #portion(): number {
    const available = this.#end - this.#at;
    if (!this.#again) return available;
    return Math.min(available, Math.max(1, this.#again.carefulFrom - this.#taken));
  }

  #produce(output: Buffer): void {
    this.#checksum = crc32(output, this.#checksum);
    const known = Math.max(0, (this.#again?.handedOut ?? 0) - this.#position);
    this.#position += output.length;
    if (known < output.length) this.#produced = output.subarray(known);
  }

  async #trailer(): Promise<boolean> {
    if (this.#end - this.#at < 8) return this.#more('the archive ends within a checksum');
    const length = (this.#position - this.#member.decompressed) % 0x1_0000_0000;
    if (this.#compressed.readUInt32LE(this.#at) !== this.#checksum) this.#note('a checksum is wrong', false);
    else if (this.#compressed.readUInt32LE(this.#at + 4) !== length) this.#note('a length is wrong', false);
    this.#take(8);
    this.#stage = 'between';
    return true;
  }

  /** Between members there may be zeros for padding (gzip on tapes); anything else than a member is garbage. */
  async #between(): Promise<boolean> {
    while (this.#at < this.#end && this.#compressed[this.#at] === 0) this.#take(1);
    if (this.#at < this.#end) {
      this.#stage = 'header';
      return true;
    }
    if ((await this.#refill()) > 0) return true;
    if (this.#input.isEnded) this.#stage = 'ended';
    return this.#stage === 'ended';
  }

  #take(count: number): void {
    this.#at += count;
    this.#taken += count;
  }

  /** Gets more compressed bytes; the archive is cut off when there are none. */
  async #more(detailAtEnd: string): Promise<boolean> {
    if ((await this.#refill()) > 0) return true;
    return this.#input.isEnded ? this.#fail(detailAtEnd, true) : false;
  }

  async #refill(): Promise<number> {
    this.#compressed.copy(this.#compressed, 0, this.#at, this.#end);
    this.#end -= this.#at;
    this.#at = 0;
    const count = await this.#input.read(this.#compressed, this.#end, inputBytes - this.#end);
    this.#end += count;
    return count;
  }

  /**
   * The inflater keeps back what it had of a portion that turned out to be damaged. So the member is inflated once more,
   * in the end byte by byte, and what was handed out is left out.
   */
  #readAgain(detail: string): boolean {
    this.#inflater?.close();
    this.#inflater = undefined;
    if (this.#again || !this.#reopen) return this.#fail(`compressed data is damaged (${detail})`, false);
    this.#again = { handedOut: this.#position, carefulFrom: this.#taken };
    this.#input = this.#reopen(this.#member.compressed);
    this.#at = 0;
    this.#end = 0;
    this.#taken = this.#member.compressed;
    this.#position = this.#member.decompressed;
    this.#stage = 'header';
    return true;
  }

  #fail(detail: string, isCutOff: boolean): true {
    this.#note(detail, isCutOff);
    this.close();
    return true;
  }

  #note(detail: string, isCutOff: boolean): void {
    if (this.#damages.length >= maxDamages) return;
    const position = Math.max(this.#position, this.#again?.handedOut ?? 0);
    this.#damages.push({ position, detail, isCutOff });
  }
}

/** Length of the gzip header (RFC 1952 section 2.3) at the start; undefined when it is not all there, 0 for none. */
function headerLength(bytes: Buffer): number | undefined {
  const [first, second, method, flags] = bytes;
  if ((first ?? 0x1f) !== 0x1f || (second ?? 0x8b) !== 0x8b || (method ?? 8) !== 8) return 0;
  if (flags === undefined) return undefined;
  if ((flags & 0xe0) !== 0) return 0;
  let length = 10;
  if ((flags & flagExtra) !== 0) {
    if (bytes.length < length + 2) return undefined;
    length += 2 + bytes.readUInt16LE(length);
  }
  for (const flag of [flagName, flagComment]) {
    if ((flags & flag) === 0) continue;
    const zero = bytes.indexOf(0, length);
    if (zero < 0 || length > bytes.length) return undefined;
    length = zero + 1;
  }
  if ((flags & flagChecksum) !== 0) length += 2;
  return length <= bytes.length ? length : undefined;
}
