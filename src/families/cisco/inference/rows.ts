// Many records of one kind as columns: a snapshot is written at every commit, and the names of the fields and the same few
// words again and again would be most of it, and making text of numbers most of its time.
import type { JsonValue } from '../../../model/family.ts';

type Plain = number | string | boolean | undefined;
type Row = Readonly<Record<string, Plain>>;

/**
 * A column: one value for all; whole numbers as base64 of 32 bits each, counted from the least; other numbers as base64 of
 * doubles, where NaN stands for a missing one; booleans as a text of 0 and 1; words by their place in a list, 16 bits each;
 * or the values themselves, null for a missing one.
 */
type Column =
  | { readonly same: JsonValue }
  | { readonly from: number; readonly whole: string }
  | { readonly numbers: string }
  | { readonly bits: string }
  | { readonly words: readonly string[]; readonly at: string }
  | { readonly values: readonly JsonValue[] };

/** Packs records whose fields are numbers, strings and booleans. NaN is taken for a missing field. */
export function packRows(rows: readonly object[]): JsonValue {
  const table = rows as readonly Row[];
  const columns: Record<string, JsonValue> = {};
  for (const key of keysOf(table)) columns[key] = packColumn(table, key);
  return { count: rows.length, columns };
}

/** Takes back what `packRows` gave; missing fields are left out. */
export function unpackRows<T extends object>(state: JsonValue | undefined): T[] {
  const { count, columns } = state as { count: number; columns: Readonly<Record<string, Column>> };
  const rows = Array.from({ length: count }, (): Record<string, JsonValue> => ({}));
  for (const [key, column] of Object.entries(columns)) {
    const valueAt = reader(column);
    rows.forEach((row, index) => {
      const value = valueAt(index);
      if (value !== null) row[key] = value;
    });
  }
  return rows as T[];
}

/** Records that are packed together; those of an unchanged block need not be packed again. */
const blockRows = 128;

/** Packs a list that grows, and changes near its end, again and again. The records themselves must never change. */
export class RowPacker {
  #blocks: { readonly rows: readonly object[]; readonly packed: JsonValue }[] = [];

  /** The whole list, to be read with `unpackBlocks`. */
  pack(rows: readonly object[]): JsonValue {
    const before = this.#blocks;
    this.#blocks = [];
    for (let from = 0; from < rows.length; from += blockRows) {
      const known = before[this.#blocks.length];
      const end = Math.min(rows.length, from + blockRows);
      if (known && isSame(known.rows, rows, from, end)) this.#blocks.push(known);
      else {
        const block = rows.slice(from, end);
        this.#blocks.push({ rows: block, packed: packRows(block) });
      }
    }
    return this.#blocks.map(({ packed }) => packed);
  }
}

/** Takes back what a `RowPacker` gave. */
export function unpackBlocks<T extends object>(state: JsonValue | undefined): T[] {
  return (state as readonly JsonValue[]).flatMap((block) => unpackRows<T>(block));
}

function isSame(block: readonly object[], rows: readonly object[], from: number, end: number): boolean {
  if (block.length !== end - from) return false;
  for (let index = 0; index < block.length; index++) if (block[index] !== rows[from + index]) return false;
  return true;
}

/** The names of all fields; records of one kind nearly always have the same ones in the same order. */
function keysOf(table: readonly Row[]): readonly string[] {
  const keys: string[] = [];
  for (const row of table) {
    let place = 0;
    for (const key in row) {
      if (keys[place] !== key && !keys.includes(key)) keys.push(key);
      place++;
    }
  }
  return keys;
}

function packColumn(table: readonly Row[], key: string): Column {
  const first = table[0]?.[key];
  const kind = typeof first;
  let isSame = true;
  let isOneKind = kind !== 'undefined';
  for (const row of table) {
    const value = row[key];
    if (value !== first) isSame = false;
    if (typeof value !== kind) isOneKind = false;
  }
  if (isSame && isOneKind) return { same: first ?? null };
  if (isOneKind && kind === 'number') return packNumbers(table, key);
  if (isOneKind && kind === 'boolean') {
    const bits = Buffer.alloc(table.length);
    table.forEach((row, index) => (bits[index] = row[key] === true ? 0x31 : 0x30));
    return { bits: bits.toString('latin1') };
  }
  const words = isOneKind ? packWords(table, key) : undefined;
  return words ?? { values: table.map((row) => (Number.isNaN(row[key]) ? null : (row[key] ?? null))) };
}

function packNumbers(table: readonly Row[], key: string): Column {
  let [least, greatest, isWhole] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  const numbers = new Float64Array(table.length);
  for (const [index, row] of table.entries()) {
    const value = Number(row[key]);
    numbers[index] = value;
    if (!Number.isSafeInteger(value)) isWhole = false;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (!isWhole || greatest - least >= 2 ** 32) return { numbers: base64(numbers) };
  const offsets = new Uint32Array(numbers.length);
  for (let index = 0; index < numbers.length; index++) offsets[index] = (numbers[index] ?? 0) - least;
  return { from: least, whole: base64(offsets) };
}

/** Undefined when there are too many different ones. */
function packWords(table: readonly Row[], key: string): Column | undefined {
  const places = new Map<string, number>();
  const at = new Uint16Array(table.length);
  for (const [index, row] of table.entries()) {
    const word = String(row[key]);
    const place = places.get(word) ?? places.size;
    if (place > 0xffff) return undefined;
    places.set(word, place);
    at[index] = place;
  }
  return { words: [...places.keys()], at: base64(at) };
}

function base64({ buffer, byteOffset, byteLength }: Float64Array | Uint32Array | Uint16Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** The bytes of base64, in a buffer of their own. */
function bytesOf(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text, 'base64')).buffer;
}

function reader(column: Column): (index: number) => JsonValue {
  if ('same' in column) return () => column.same;
  if ('bits' in column) return (index) => column.bits[index] === '1';
  if ('values' in column) return (index) => column.values[index] ?? null;
  if ('words' in column) {
    const at = new Uint16Array(bytesOf(column.at));
    return (index) => column.words[at[index] ?? -1] ?? null;
  }
  if ('whole' in column) {
    const offsets = new Uint32Array(bytesOf(column.whole));
    return (index) => column.from + (offsets[index] ?? 0);
  }
  const numbers = new Float64Array(bytesOf(column.numbers));
  return (index) => {
    const value = numbers[index] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  };
}
