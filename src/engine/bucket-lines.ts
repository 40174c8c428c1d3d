// Open buckets as line protocol, written as bytes: no text is built for a point of counters, because an import writes
// half a million of them in a second. The lines are the same as those of `encodePoint` in model/line-protocol.ts.
import { fieldText } from '../model/line-protocol.ts';
import { ByteWriter } from './bucket-codec.ts';
import type { CellTable } from './cells.ts';

const comma = 0x2c;
const blank = 0x20;
const lineFeed = 0x0a;
const minus = 0x2d;
const integerMark = 0x69;
const zero = 0x30;
/** More than the longest number: `-1.2345678901234567e+308` and the mark of integers. */
const numberBytes = 32;

/** What a table's lines need, made once. */
export interface LineShape {
  /** `name=` of each field. */
  readonly names: readonly Uint8Array[];
  readonly isInteger: readonly boolean[];
  /** Room for everything but the head and texts. */
  readonly bytes: number;
}

/** The shape of the lines of a table. */
export function lineShape({ measurement }: CellTable): LineShape {
  const names = measurement.fieldNames.map((name) => Buffer.from(`${name}=`, 'latin1'));
  return {
    names,
    isInteger: measurement.fieldNames.map((name) => measurement.fields[name]?.type === 'integer'),
    bytes: names.reduce((sum, { length }) => sum + length + numberBytes + 1, 2 * numberBytes),
  };
}

/** Writes cells as lines. */
export class LineWriter {
  readonly out: ByteWriter;
  #stampMs = Number.NaN;
  readonly #stamp = new Uint8Array(numberBytes);
  #stampLength = 0;

  constructor(capacity: number) {
    this.out = new ByteWriter(capacity);
  }

  /**
   * Writes one cell with its whole values; with `isDelta` counters are what was added since the last flush. False
   * when the cell has no value, and then nothing is written.
   */
  cell(table: CellTable, slot: number, shape: LineShape, isDelta: boolean): boolean {
    const { out } = this;
    const head = table.owners[slot]?.head;
    if (!head) return false;
    out.reserve(head.length + shape.bytes);
    const before = out.length;
    out.bytes.set(head, before);
    let position = before + head.length;
    const firstField = position;
    for (let field = 0; field < shape.names.length; field++) {
      const joining = table.joinings[field];
      if (joining === 'text') {
        const value = table.texts[field]?.[slot];
        if (value !== undefined) position = this.#text(table, field, value, position, firstField, shape);
        continue;
      }
      let value =
        joining === 'distinct' || joining === 'quantile'
          ? (table.sketches[field]?.[slot]?.estimate() ?? Number.NaN)
          : (table.numbers[field]?.[slot] ?? Number.NaN);
      // Absent, or a sum beyond all numbers, which line protocol cannot carry.
      if (!Number.isFinite(value)) continue;
      if (isDelta && joining === 'counter') value = increment(value, table.flushed[field]?.[slot] ?? Number.NaN);
      const bytes = out.bytes;
      if (position > firstField) bytes[position++] = comma;
      const name = shape.names[field];
      if (name) for (let index = 0; index < name.length; index++) bytes[position++] = name[index] ?? 0;
      if (shape.isInteger[field] === true) {
        position = writeInteger(bytes, position, asStored(value));
        bytes[position++] = integerMark;
      } else position = writeFloat(bytes, position, value);
    }
    if (position === firstField) return false;
    out.bytes[position++] = blank;
    position = this.#writeStamp(position, table.starts[slot] ?? 0);
    out.bytes[position++] = lineFeed;
    out.length = position;
    return true;
  }

  /** Adds lines as they are. */
  append(lines: Uint8Array): void {
    this.out.reserve(lines.length);
    this.out.bytes.set(lines, this.out.length);
    this.out.length += lines.length;
  }

  /** A text; it is not in the room that was reserved. Gives the position behind it. */
  #text(table: CellTable, field: number, value: string, start: number, firstField: number, shape: LineShape): number {
    const text = fieldText(table.measurement, field, value);
    const { out } = this;
    out.length = start;
    // Three bytes at most for each unit of UTF-16; and the room for the other fields is still needed.
    out.reserve(3 * text.length + shape.bytes);
    let position = start;
    if (position > firstField) out.bytes[position++] = comma;
    return position + out.bytes.write(text, position, 'utf8');
  }

  #writeStamp(position: number, timeMs: number): number {
    if (timeMs !== this.#stampMs) {
      this.#stampLength = writeInteger(this.#stamp, 0, timeMs);
      this.#stampMs = timeMs;
    }
    const bytes = this.out.bytes;
    let end = position;
    for (let index = 0; index < this.#stampLength; index++) bytes[end++] = this.#stamp[index] ?? 0;
    return end;
  }
}

/** What was added to a counter, as it is stored: so that the sum of increments is the stored value. */
function increment(value: number, flushed: number): number {
  return Number.isNaN(flushed) ? value : asStored(value) - asStored(flushed);
}

function asStored(value: number): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.round(value)));
}

function writeFloat(bytes: Uint8Array, position: number, value: number): number {
  if (Number.isSafeInteger(value)) return writeInteger(bytes, position, value);
  const text = String(value);
  for (let index = 0; index < text.length; index++) bytes[position + index] = text.charCodeAt(index);
  return position + text.length;
}

/** Writes a safe integer in decimal; gives the position behind it. */
export function writeInteger(bytes: Uint8Array, position: number, value: number): number {
  if (value < 0) {
    bytes[position] = minus;
    return writeInteger(bytes, position + 1, -value);
  }
  if (value >= 1e9) {
    const high = Math.floor(value / 1e9);
    const end = writeInteger(bytes, position, high);
    writeDigits(bytes, end, end + 9, value - high * 1e9);
    return end + 9;
  }
  let length = 1;
  for (let limit = 10; value >= limit; limit *= 10) length++;
  writeDigits(bytes, position, position + length, value);
  return position + length;
}

/** Writes the lowest digits of a number below 1e9 into `bytes[start..end)`, with zeros in front. */
function writeDigits(bytes: Uint8Array, start: number, end: number, value: number): void {
  let rest = value | 0;
  for (let place = end - 1; place >= start; place--) {
    const tenth = (rest / 10) | 0;
    bytes[place] = zero + rest - 10 * tenth;
    rest = tenth;
  }
}
