// Many records of one kind as columns: a snapshot is written at every commit, and the names of the fields and the same few
// words again and again would be most of it.
import type { JsonValue } from '../../model/family.ts';

type Plain = number | string | boolean | undefined;

/** A column: one value for all, booleans as a text of 0 and 1, words by their place in a list, or the values themselves. */
type Column =
  | { readonly same: JsonValue }
  | { readonly bits: string }
  | { readonly words: readonly string[]; readonly at: readonly number[] }
  | { readonly values: readonly JsonValue[] };

/** Packs records whose fields are numbers, strings and booleans. NaN and a missing field become null. */
export function packRows(rows: readonly object[]): JsonValue {
  const keys = new Set<string>();
  for (const row of rows) for (const key in row) keys.add(key);
  const table = rows as readonly Readonly<Record<string, Plain>>[];
  return {
    count: rows.length,
    columns: Object.fromEntries([...keys].map((key) => [key, packColumn(table.map((row) => row[key]))])),
  };
}

/** Takes back what `packRows` gave. Null stays null: whoever packs NaN puts it back. */
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

function packColumn(values: readonly Plain[]): Column {
  const plain = values.map((value) => (value === undefined || Number.isNaN(value) ? null : value));
  const first = plain[0] ?? null;
  if (plain.every((value) => value === first)) return { same: first };
  if (plain.every((value) => typeof value === 'boolean')) {
    return { bits: plain.map((value) => (value ? '1' : '0')).join('') };
  }
  if (!plain.every((value) => typeof value === 'string')) return { values: plain };
  const places = new Map<string, number>();
  const at = plain.map((word) => {
    const place = places.get(word) ?? places.size;
    places.set(word, place);
    return place;
  });
  return { words: [...places.keys()], at };
}

function reader(column: Column): (index: number) => JsonValue {
  if ('same' in column) return () => column.same;
  if ('bits' in column) return (index) => column.bits[index] === '1';
  if ('words' in column) return (index) => column.words[column.at[index] ?? -1] ?? null;
  return (index) => column.values[index] ?? null;
}
