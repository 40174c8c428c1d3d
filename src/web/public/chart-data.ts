// Curves as a chart needs them: aligned columns, stacked where parts of a whole are shown. Pure.
import type { Curve } from './panel-data.ts';

/** What is drawn: the columns of the chart and, for the tooltip, the values as they are. */
export interface ChartData {
  readonly times: readonly number[];
  readonly columns: readonly (readonly (number | null)[])[];
}

/**
 * The columns of curves. Mirrored ones go down from zero. Stacked, each is the sum of its own and those before. A gap
 * counts as nothing there: a bar without a value is not drawn, an area goes on at the height of those below and has a
 * gap only where all have one. Points mark what happened, so there is none where nothing was counted.
 */
export function chartData(
  times: readonly number[],
  curves: readonly Curve[],
  {
    stacked,
    draw,
    mirrored = [],
  }: {
    readonly stacked: boolean;
    readonly draw: 'lines' | 'bars' | 'points';
    readonly mirrored?: readonly string[];
  },
): ChartData {
  if (!stacked) {
    const isMark = (curve: Curve): boolean => draw === 'points' && curve.isCount;
    const marks = (curve: Curve): (number | null)[] => curve.values.map((value) => (value === 0 ? null : value));
    const down = (curve: Curve): (number | null)[] => curve.values.map((value) => (value === null ? null : -value));
    const column = (curve: Curve): readonly (number | null)[] =>
      mirrored.includes(curve.name) ? down(curve) : isMark(curve) ? marks(curve) : curve.values;
    return { times, columns: curves.map(column) };
  }
  const sums = times.map(() => 0);
  const areGaps = times.map((_, index) => curves.every((curve) => (curve.values[index] ?? null) === null));
  const columns = curves.map((curve) =>
    times.map((_, index): number | null => {
      const value = curve.values[index] ?? null;
      sums[index] = (sums[index] ?? 0) + (value ?? 0);
      if (areGaps[index] === true || (draw === 'bars' && value === null)) return null;
      return sums[index] ?? 0;
    }),
  );
  return { times, columns };
}

/** Places of values between gaps, where no line can be drawn: they need a point to be seen. */
export function lonelyPoints(values: ArrayLike<number | null | undefined>, first: number, last: number): number[] {
  const isValue = (index: number): boolean => (values[index] ?? null) !== null;
  const found: number[] = [];
  for (let index = first; index <= last; index++) {
    if (isValue(index) && !isValue(index - 1) && !isValue(index + 1)) found.push(index);
  }
  return found;
}

/** Figures of a curve for the legend. */
export interface CurveFigures {
  readonly last: number | null;
  readonly mean: number | null;
  readonly max: number | null;
  readonly total: number | null;
}

/** The figures of a curve; null where it has no value at all. */
export function figuresOf(values: readonly (number | null)[]): CurveFigures {
  let total = 0;
  let count = 0;
  let max: number | null = null;
  let last: number | null = null;
  for (const value of values) {
    if (value === null) continue;
    total += value;
    count++;
    last = value;
    max = max === null ? value : Math.max(max, value);
  }
  return { last, max, mean: count === 0 ? null : total / count, total: count === 0 ? null : total };
}
