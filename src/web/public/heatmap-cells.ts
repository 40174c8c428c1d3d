// The cells of a heat map: a row for each value of the group-by tag in order of size, and how much each cell counts
// against the greatest. Pure.
import type { Answered } from './panel-data.ts';

/** Rows from the bottom up, columns in order of time. */
export interface HeatCells {
  readonly times: readonly number[];
  readonly windowMs: number;
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  readonly max: number;
}

/** Order of bounds: numbers by size, those without end last, texts after numbers by name. */
export function compareBounds(first: string, second: string): number {
  const [one, two] = [boundOf(first), boundOf(second)];
  if (Number.isNaN(one) || Number.isNaN(two)) {
    if (Number.isNaN(one) !== Number.isNaN(two)) return Number.isNaN(one) ? 1 : -1;
    return first < second ? -1 : first > second ? 1 : 0;
  }
  return one === two ? 0 : one - two;
}

function boundOf(text: string): number {
  if (/^\+?inf(inity)?$/i.test(text)) return Infinity;
  return text.trim() === '' ? NaN : Number(text);
}

/** The cells of the first query's first selection. */
export function heatCells(answered: readonly Answered[]): HeatCells {
  const { query, answer } = answered[0] ?? {};
  const rows = (answer?.series ?? [])
    .map((series) => ({
      name: series.group.join(' · ') || (query?.select[0]?.name ?? ''),
      values: (series.values[0] ?? []).map((value) => (typeof value === 'number' ? value : null)),
    }))
    .toSorted((first, second) => compareBounds(first.name, second.name));
  let max = 0;
  for (const { values } of rows) for (const value of values) max = Math.max(max, value ?? 0);
  return { times: answer?.times ?? [], windowMs: answer?.windowMs ?? 0, rows, max };
}

/** How strong a cell is drawn, 0 to 1: by the root, so that small counts beside great ones can be seen. */
export function strengthOf(value: number | null, max: number): number {
  if (value === null || value <= 0 || max <= 0) return 0;
  return 0.12 + 0.88 * Math.sqrt(value / max);
}
