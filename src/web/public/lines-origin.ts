// Which query, selection and group a shown number belongs to, so that the lines behind it can be asked for. Pure; in
// step with panel-data.ts, which names and orders the numbers.
import type { Answered } from './panel-data.ts';
import type { TableData } from './table-data.ts';
import type { Value } from './wire.ts';

/** Where a number comes from. */
export interface Origin {
  readonly query: number;
  readonly select: number;
  readonly group: readonly string[];
  /** False for numbers that are not made of single lines. */
  readonly hasLines: boolean;
}

/** Origins in the order of `entriesOf`, or with `areCurves` of the curves of `curvesOf`. */
export function originsOf(answered: readonly Answered[], areCurves: boolean): readonly Origin[] {
  return answered.flatMap(({ query, answer }, place) =>
    answer.series.flatMap(({ group }) =>
      query.select.flatMap((selection, select): Origin[] =>
        areCurves && selection.isText ? [] : [{ query: place, select, group, hasLines: selection.hasLines === true }],
      ),
    ),
  );
}

/** The origin of a cell of a table; undefined for a tag. */
export function originOfCell(
  answered: readonly Answered[],
  { columns }: TableData,
  row: readonly Value[],
  column: number,
): Origin | undefined {
  if (columns[column]?.kind !== 'value') return undefined;
  let number = columns.slice(0, column).filter(({ kind }) => kind === 'value').length;
  for (const [place, { query }] of answered.entries()) {
    const selection = query.select[number];
    if (selection) {
      const placeOf = (tag: string): number => columns.findIndex(({ key, kind }) => kind === 'tag' && key === tag);
      const group = query.groupBy.map((tag) => String(row[placeOf(tag)] ?? ''));
      return { query: place, select: number, group, hasLines: selection.hasLines === true };
    }
    number -= query.select.length;
  }
  return undefined;
}
