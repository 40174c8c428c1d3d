// The number of different values in a bucket: exact up to 64 values, then a HyperLogLog sketch of 1 024 registers
// (standard error 3.25 %). The estimate is Ertl's, which needs no correction tables at any size.
// https://arxiv.org/abs/1702.01284, algorithm 6.
import type { ByteReader, ByteWriter } from './bucket-codec.ts';
import { DamagedStateError } from './bucket-codec.ts';
import { hashBytes } from './hash.ts';

/** Up to so many different values the count is exact. */
export const exactLimit = 64;

const indexBits = 10;
const registerCount = 1 << indexBits;
/** Bits of the hash that are left for the run of zeros. */
const rankBits = 64 - indexBits;
const packedBytes = (registerCount * 6) / 8;
/** Stands where the number of exact values stands otherwise. */
const denseMark = exactLimit + 1;

/** Counts different values; grows from a few bytes to one kibibyte and no further. */
export class DistinctSketch {
  /** The halves of the first hash while exact, signed: most buckets see one value, and need no array for it. */
  #high = 0;
  #low = 0;
  /** Pairs of high and low halves of all hashes while exact; made for the second value. */
  #hashes: Int32Array | undefined;
  #count = 0;
  #registers: Uint8Array | undefined;
  static readonly #scratch = new Uint32Array(2);

  /** Adds the value `bytes[start..end)`. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const hash = DistinctSketch.#scratch;
    hashBytes(bytes, start, end, hash);
    this.#addHash(hash[0] ?? 0, hash[1] ?? 0);
  }

  /** Adds everything the other sketch has seen. */
  merge(other: DistinctSketch): void {
    if (!other.#registers) {
      if (other.#hashes === undefined) {
        if (other.#count === 1) this.#addHash(other.#high, other.#low);
        return;
      }
      for (let index = 0; index < other.#count; index++) {
        this.#addHash(other.#hashes[2 * index] ?? 0, other.#hashes[2 * index + 1] ?? 0);
      }
      return;
    }
    const registers = this.#registers ?? this.#makeDense(this.#hashes);
    for (let index = 0; index < registerCount; index++) {
      const rank = other.#registers[index] ?? 0;
      if (rank > (registers[index] ?? 0)) registers[index] = rank;
    }
  }

  /** The number of different values; never falls when more are added. */
  estimate(): number {
    const registers = this.#registers;
    if (!registers) return this.#count;
    const histogram = new Uint32Array(rankBits + 2);
    for (const rank of registers) histogram[rank] = (histogram[rank] ?? 0) + 1;
    let sum = registerCount * tau(1 - (histogram[rankBits + 1] ?? 0) / registerCount);
    for (let rank = rankBits; rank >= 1; rank--) sum = 0.5 * (sum + (histogram[rank] ?? 0));
    sum += registerCount * sigma((histogram[0] ?? 0) / registerCount);
    const estimate = Math.round((registerCount * registerCount) / (2 * Math.LN2 * sum));
    // A dense sketch has seen more than the exact limit; so the estimate does not fall at the change.
    return Math.max(estimate, exactLimit + 1);
  }

  write(writer: ByteWriter): void {
    const registers = this.#registers;
    writer.unsigned(registers ? denseMark : this.#count);
    if (!registers) {
      writer.reserve(this.#count * 8);
      if (this.#hashes)
        for (let index = 0; index < 2 * this.#count; index++) writeWord(writer, this.#hashes[index] ?? 0);
      else if (this.#count === 1) {
        writeWord(writer, this.#high);
        writeWord(writer, this.#low);
      }
      return;
    }
    writer.reserve(packedBytes);
    for (let index = 0; index < registerCount; index += 4) {
      const four =
        (registers[index] ?? 0) |
        ((registers[index + 1] ?? 0) << 6) |
        ((registers[index + 2] ?? 0) << 12) |
        ((registers[index + 3] ?? 0) << 18);
      writer.length = writer.bytes.writeUIntLE(four, writer.length, 3);
    }
  }

  /** Reads what `write` wrote; throws DamagedStateError for anything else. */
  static read(reader: ByteReader): DistinctSketch {
    const sketch = new DistinctSketch();
    const count = reader.unsigned();
    if (count > denseMark) throw new DamagedStateError('no sketch');
    if (count === denseMark) {
      const registers = new Uint8Array(registerCount);
      for (let index = 0; index < registerCount; index += 4) {
        const four = reader.byte() | (reader.byte() << 8) | (reader.byte() << 16);
        for (let place = 0; place < 4; place++) {
          const rank = (four >>> (6 * place)) & 0x3f;
          if (rank > rankBits + 1) throw new DamagedStateError('no sketch');
          registers[index + place] = rank;
        }
      }
      sketch.#registers = registers;
      return sketch;
    }
    for (let index = 0; index < count; index++) sketch.#addHash(readWord(reader), readWord(reader));
    return sketch;
  }

  /** Adds a hash by its halves, signed or not. */
  #addHash(high: number, low: number): void {
    if (this.#registers) {
      raise(this.#registers, high, low);
      return;
    }
    if (this.#count === 0) {
      this.#high = high | 0;
      this.#low = low | 0;
      this.#count = 1;
      return;
    }
    if (this.#high === (high | 0) && this.#low === (low | 0)) return;
    let hashes = this.#hashes;
    if (!hashes) {
      hashes = this.#hashes = new Int32Array(8);
      hashes[0] = this.#high;
      hashes[1] = this.#low;
    }
    for (let index = 2; index < 2 * this.#count; index += 2) {
      if (hashes[index] === (high | 0) && hashes[index + 1] === (low | 0)) return;
    }
    if (this.#count === exactLimit) {
      raise(this.#makeDense(hashes), high, low);
      return;
    }
    if (2 * this.#count === hashes.length) {
      this.#hashes = new Int32Array(2 * hashes.length);
      this.#hashes.set(hashes);
      hashes = this.#hashes;
    }
    hashes[2 * this.#count] = high;
    hashes[2 * this.#count + 1] = low;
    this.#count++;
  }

  #makeDense(hashes: Int32Array | undefined): Uint8Array {
    const registers = new Uint8Array(registerCount);
    if (hashes) {
      for (let index = 0; index < this.#count; index++) {
        raise(registers, hashes[2 * index] ?? 0, hashes[2 * index + 1] ?? 0);
      }
    } else if (this.#count === 1) raise(registers, this.#high, this.#low);
    this.#registers = registers;
    this.#hashes = undefined;
    this.#count = 0;
    return registers;
  }
}

function writeWord(writer: ByteWriter, word: number): void {
  const { bytes, length } = writer;
  bytes[length] = word;
  bytes[length + 1] = word >>> 8;
  bytes[length + 2] = word >>> 16;
  bytes[length + 3] = word >>> 24;
  writer.length = length + 4;
}

function readWord(reader: ByteReader): number {
  return (reader.byte() | (reader.byte() << 8) | (reader.byte() << 16) | (reader.byte() << 24)) >>> 0;
}

function raise(registers: Uint8Array, high: number, low: number): void {
  const index = high >>> (32 - indexBits);
  const rest = (high << indexBits) >>> 0;
  // `rest` has its zeros at the low end, so a run that reaches them goes on in the low half.
  const zeros = rest !== 0 ? Math.clz32(rest) : 32 - indexBits + Math.clz32(low);
  const rank = zeros + 1;
  if (rank > (registers[index] ?? 0)) registers[index] = rank;
}

function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let power = share;
  let weight = 1;
  let sum = share;
  for (let previous = -1; previous !== sum;) {
    power *= power;
    previous = sum;
    sum += power * weight;
    weight += weight;
  }
  return sum;
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let root = share;
  let weight = 1;
  let sum = 1 - share;
  for (let previous = -1; previous !== sum;) {
    root = Math.sqrt(root);
    previous = sum;
    weight *= 0.5;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}
