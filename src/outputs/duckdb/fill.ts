// Empty windows of a result, as the query asks: left out, null, zero, or the value before. Pure.
import type { PanelQuery, QueryRange, ResultRow } from '../../model/query.ts';

/** Start of the window that holds a time, epoch milliseconds; windows are aligned to the epoch in UTC. */
export function windowStart(timeMs: number, windowMs: number): number {
  return Math.floor(timeMs / windowMs) * windowMs;
}

/** Number of windows that a range touches. */
export function windowCount(range: QueryRange): number {
  if (range.toMs <= range.fromMs) return 0;
  return (windowStart(range.toMs - 1, range.windowMs) - windowStart(range.fromMs, range.windowMs)) / range.windowMs + 1;
}

/**
 * Rows (ordered by group, then time) with a row for every window of each group that has any. With `zero` a missing
 * number in a row becomes 0 too, but not a ratio: nothing over nothing is no number. With `previous` every missing
 * value becomes the one before it in its group and range, if there is one.
 */
export function filled(rows: readonly ResultRow[], query: PanelQuery, range: QueryRange): readonly ResultRow[] {
  const zeros = query.select.map((selection) => {
    const isText = query.measurement.fields[selection.field]?.type === 'string' && selection.aggregate !== 'count';
    return query.fill === 'zero' && selection.over === undefined && !isText ? 0 : null;
  });
  const complete =
    query.fill !== 'zero'
      ? rows
      : rows.map((row) => ({ ...row, values: row.values.map((value, index) => value ?? zeros[index] ?? null) }));
  if (query.over !== 'windows' || query.fill === 'none') return complete;
  const result: ResultRow[] = [];
  const first = windowStart(range.fromMs, range.windowMs);
  let index = 0;
  for (let row = complete[0]; row; row = complete[index]) {
    const group = row.group;
    let before: ResultRow['values'] = zeros;
    for (let timeMs = first; timeMs < range.toMs; timeMs += range.windowMs) {
      const stored = complete[index];
      const isStored = stored?.timeMs === timeMs && isSameGroup(stored.group, group);
      let values = isStored ? stored.values : zeros;
      if (query.fill === 'previous') {
        values = carried(values, before);
        before = values;
      }
      result.push({ group, timeMs, values });
      if (isStored) index++;
    }
  }
  return result;
}

function carried(values: ResultRow['values'], before: ResultRow['values']): ResultRow['values'] {
  return values.map((value, index) => value ?? before[index] ?? null);
}

function isSameGroup(first: readonly string[], second: readonly string[]): boolean {
  return first.every((value, index) => value === second[index]);
}
