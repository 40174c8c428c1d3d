// The bytes of bucket state: a growing writer, a reader that never trusts its input, and frames with a version and a
// checksum. What is written with them is in cell-codec.ts and bucket-state.ts.
import { crc32 } from 'node:zlib';

const magic = 0x53574231; // "SWB1"
const version = 1;
/** Magic, version and kind before the payload, checksum after it. */
const frameBytes = 10;

/** Thrown for state that is damaged, cut, or of a newer version. */
export class DamagedStateError extends Error {
  override readonly name = 'DamagedStateError';
}

/** Bytes that grow. Integers are written in groups of seven bits, low groups first. */
export class ByteWriter {
  bytes: Buffer;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(16, capacity));
  }

  /** Makes room for `count` more bytes. The caller writes at `length` and moves it. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** An integer from 0 to 2^53 - 1. */
  unsigned(value: number): void {
    this.reserve(8);
    const bytes = this.bytes;
    let rest = value;
    while (rest > 0x7fff_ffff) {
      bytes[this.length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.length++] = rest;
  }

  /** An integer from -2^52 to 2^52 - 1; small amounts of either sign are short. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -2 * value - 1 : 2 * value);
  }

  double(value: number): void {
    this.reserve(8);
    this.length = this.bytes.writeDoubleLE(value, this.length);
  }

  /** Any number: short for counts, nine bytes for all else. */
  number(value: number): void {
    if (value >= 0 && value < Number.MAX_SAFE_INTEGER && Number.isInteger(value)) this.unsigned(value + 1);
    else {
      this.unsigned(0);
      this.double(value);
    }
  }

  raw(bytes: Uint8Array): void {
    this.unsigned(bytes.length);
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  text(value: string): void {
    this.raw(Buffer.from(value, 'utf8'));
  }

  /** What was written so far; valid until more is written. */
  written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

/** Reads what a ByteWriter wrote; throws DamagedStateError instead of reading past the end. */
export class ByteReader {
  position: number;
  readonly end: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.position = start;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.position >= this.end;
  }

  unsigned(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      factor *= 128;
    }
    throw new DamagedStateError('a number is too long');
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  byte(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  number(): number {
    const value = this.unsigned();
    return value === 0 ? this.double() : value - 1;
  }

  /** A view of the bytes, not a copy. */
  raw(): Buffer {
    const length = this.unsigned();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(): string {
    return this.raw().toString('utf8');
  }

  #take(count: number): number {
    const start = this.position;
    if (count > this.end - start) throw new DamagedStateError('the state ends too early');
    this.position = start + count;
    return start;
  }
}

/** A payload with what is needed to know it again: magic, version, kind, checksum. */
export function framed(kind: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafeSlow(payload.length + frameBytes);
  frame.writeUInt32BE(magic, 0);
  frame[4] = version;
  frame[5] = kind;
  frame.set(payload, 6);
  frame.writeUInt32LE(crc32(frame.subarray(0, payload.length + 6)), payload.length + 6);
  return frame;
}

/** The payload of a frame. Throws DamagedStateError for any change of its bytes, another kind or a newer version. */
export function unframed(kind: number, frame: Buffer): ByteReader {
  const end = frame.length - 4;
  if (frame.length < frameBytes || frame.readUInt32BE(0) !== magic) throw new DamagedStateError('no bucket state');
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32LE(end)) throw new DamagedStateError('wrong checksum');
  if ((frame[4] ?? 0) > version) throw new DamagedStateError(`version ${frame[4]}, but only ${version} is known`);
  if (frame[5] !== kind) throw new DamagedStateError('another kind of bucket state');
  return new ByteReader(frame, 6, end);
}
