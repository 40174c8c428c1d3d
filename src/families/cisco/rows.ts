// Many records of one kind as columns: a snapshot is written at every commit, and the names of the fields and the same few
// words again and again would be most of it, and making text of numbers most of its time.
import type { JsonValue } from '../../model/family.ts';

type Plain = number | string | boolean | undefined;

/**
 * A column: one value for all; numbers as base64 of doubles, where NaN stands for a missing one; booleans as a text of 0
 * and 1; words by their place in a list; or the values themselves, null for a missing one.
 */
type Column =
  | { readonly same: JsonValue }
  | { readonly numbers: string }
  | { readonly bits: string }
  | { readonly words: readonly string[]; readonly at: readonly number[] }
  | { readonly values: readonly JsonValue[] };

/** Packs records whose fields are numbers, strings and booleans. NaN is taken for a missing field. */
export function packRows(rows: readonly object[]): JsonValue {
  const table = rows as readonly Readonly<Record<string, Plain>>[];
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

/** The names of all fields; records of one kind nearly always have the same ones in the same order. */
function keysOf(table: readonly Readonly<Record<string, Plain>>[]): readonly string[] {
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

function packColumn(table: readonly Readonly<Record<string, Plain>>[], key: string): Column {
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
  if (isOneKind && kind === 'number') {
    const numbers = Float64Array.from(table, (row) => Number(row[key]));
    return { numbers: Buffer.from(numbers.buffer).toString('base64') };
  }
  if (isOneKind && kind === 'boolean') {
    const bits = Buffer.alloc(table.length);
    table.forEach((row, index) => (bits[index] = row[key] === true ? 0x31 : 0x30));
    return { bits: bits.toString('latin1') };
  }
  if (isOneKind) {
    const places = new Map<string, number>();
    const at = table.map((row) => {
      const word = String(row[key]);
      const place = places.get(word) ?? places.size;
      places.set(word, place);
      return place;
    });
    return { words: [...places.keys()], at };
  }
  return { values: table.map((row) => (Number.isNaN(row[key]) ? null : (row[key] ?? null))) };
}

function reader(column: Column): (index: number) => JsonValue {
  if ('same' in column) return () => column.same;
  if ('bits' in column) return (index) => column.bits[index] === '1';
  if ('words' in column) return (index) => column.words[column.at[index] ?? -1] ?? null;
  if ('values' in column) return (index) => column.values[index] ?? null;
  const bytes = Uint8Array.from(Buffer.from(column.numbers, 'base64'));
  const numbers = new Float64Array(bytes.buffer, 0, Math.floor(bytes.length / Float64Array.BYTES_PER_ELEMENT));
  return (index) => {
    const value = numbers[index] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  };
}
