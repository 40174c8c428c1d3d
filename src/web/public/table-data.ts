// The rows of a table panel: groups joined over the queries by their tags, or single points as they came. Pure.
import type { Answered } from './panel-data.ts';
import { unique } from './panel-data.ts';
import type { TableDefinition, Value } from './wire.ts';

/** A column of a table. */
export interface TableColumn {
  readonly key: string;
  readonly kind: 'tag' | 'value' | 'time';
  /** True for words, which stand at the left. */
  readonly isText: boolean;
}

/** A table: a value per column in each row. */
export interface TableData {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly Value[])[];
}

/**
 * The table of answers. Queries with the same tags share rows; points (`over: 'rows'`) stay a row each. The time, where
 * the panel asks for it, comes first for points and last for groups.
 */
export function tableOf(answered: readonly Answered[], panel?: Pick<TableDefinition, 'columns'>): TableData {
  const tags = [...new Set(answered.flatMap(({ query }) => query.groupBy))];
  const used = new Set<string>();
  const numbers = answered.flatMap(({ query }, place) =>
    query.select.map(({ name, isText }, index) => ({
      place,
      index,
      isText,
      key: unique(name, String(place + 1), used),
    })),
  );
  const rows = new Map<string, { cells: Value[]; timeMs: number | null }>();
  for (const [place, { query, answer }] of answered.entries()) {
    for (const [index, series] of answer.series.entries()) {
      const values = tags.map((name) => series.group[query.groupBy.indexOf(name)] ?? '');
      const key = query.over === 'rows' ? `${place} ${index}` : JSON.stringify(values);
      const row = rows.get(key) ?? { cells: [...values, ...numbers.map(() => null)], timeMs: null };
      rows.set(key, row);
      for (const [column, number] of numbers.entries()) {
        if (number.place === place) row.cells[tags.length + column] = series.values[number.index]?.at(-1) ?? null;
      }
      const timeMs = answer.times[index];
      // The beginning of the range stands for a group whose value has no time of its own.
      const isOwn = timeMs !== undefined && (query.over === 'rows' || timeMs !== answer.fromMs);
      if (isOwn) row.timeMs = Math.max(row.timeMs ?? 0, timeMs);
    }
  }
  const columns: TableColumn[] = [
    ...tags.map((key): TableColumn => ({ key, kind: 'tag', isText: true })),
    ...numbers.map(({ key, isText }): TableColumn => ({ key, kind: 'value', isText })),
  ];
  const cells = [...rows.values()];
  if (!Object.hasOwn(panel?.columns ?? {}, 'time')) return { columns, rows: cells.map((row) => row.cells) };
  const time: TableColumn = { key: 'time', kind: 'time', isText: true };
  if (answered.some(({ query }) => query.over === 'rows'))
    return { columns: [time, ...columns], rows: cells.map((row) => [row.timeMs, ...row.cells]) };
  return { columns: [...columns, time], rows: cells.map((row) => [...row.cells, row.timeMs]) };
}

/** Order of a table: a column's key and a direction. */
export interface TableOrder {
  readonly key: string;
  readonly isDescending: boolean;
}

/** The order that a table begins with: the column named in the panel, the time of points, the first number. */
export function firstOrder(
  panel: TableDefinition,
  data: TableData,
  headings: readonly string[],
): TableOrder | undefined {
  const column =
    data.columns[headings.indexOf(panel.sortBy ?? '')] ??
    (data.columns[0]?.kind === 'time' ? data.columns[0] : undefined) ??
    data.columns.find(({ kind, isText }) => kind === 'value' && !isText) ??
    data.columns[0];
  return column && { key: column.key, isDescending: beginsDescending(column) };
}

/** True where the greatest comes first when a column is chosen: numbers and times, not words. */
export function beginsDescending({ kind, isText }: TableColumn): boolean {
  return kind === 'time' || !isText;
}

/** The rows in an order; missing values come last in both directions, numbers within words by size. */
export function sortedRows(data: TableData, order: TableOrder | undefined): readonly (readonly Value[])[] {
  const place = data.columns.findIndex(({ key }) => key === order?.key);
  if (!order || place < 0) return data.rows;
  const direction = order.isDescending ? -1 : 1;
  const words = new Intl.Collator('en', { numeric: true });
  return data.rows.toSorted((first, second) => {
    const [one, two] = [first[place] ?? null, second[place] ?? null];
    if (one === null || two === null) return Number(one === null) - Number(two === null);
    if (typeof one === 'number' && typeof two === 'number') return (one - two) * direction;
    return words.compare(String(one), String(two)) * direction;
  });
}
