// The questions of a dashboard as the page asks them, for its benchmark, and how times are told.
import type { Dashboard, Panel } from '../src/model/panel.ts';

export const hourMs = 3_600_000;

/** Hours of the ranges that are asked for. */
export const ranges = { '1 h': 1, '6 h': 6, '24 h': 24, '7 d': 168, '30 d': 720 } as const;

/** One of them. */
export type RangeName = keyof typeof ranges;

/** One question as the page asks it. */
export interface Question {
  readonly title: string;
  readonly range: RangeName;
  readonly address: (shiftMs: number) => string;
}

/** Every question of every panel, over every range; `chosen` is the part of the address that chooses variables. */
export function questionsOf(dashboard: Dashboard, base: string, endMs: number, chosen: string): readonly Question[] {
  return (Object.keys(ranges) as RangeName[]).flatMap((range) =>
    dashboard.sections
      .flatMap((section) => section.panels)
      .flatMap((panel) =>
        panel.queries.flatMap((_, index) =>
          shapesOf(panel).map((shape) => ({
            title: `${dashboard.title}: ${panel.title}${shape === 'windows' ? ' (curve)' : ''}, ${range}${chosen === '' ? '' : ', chosen'}`,
            range,
            address: (shiftMs: number) =>
              `${base}api/query?dashboard=${dashboard.uid}&panel=${panel.id}&query=${index}` +
              `&from=${endMs - ranges[range] * hourMs + shiftMs}&to=${endMs + shiftMs}&points=${pointsOf(panel, shape)}` +
              `${shape === undefined ? '' : `&shape=${shape}`}${chosen}`,
          })),
        ),
      ),
  );
}

function shapesOf(panel: Panel): readonly ('range' | 'windows' | undefined)[] {
  if (panel.type !== 'stat') return [undefined];
  return panel.sparkline ? ['range', 'windows'] : ['range'];
}

/** As many windows as a panel of this width shows (panel-view.ts). */
function pointsOf(panel: Panel, shape: 'range' | 'windows' | undefined): number {
  if (panel.type !== 'timeseries') return shape === 'windows' ? 60 : 1;
  return Math.floor((panel.width * 55) / (panel.draw === 'bars' ? 5 : 2.5));
}

/** The value that a part of the numbers does not exceed. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/** Milliseconds in words. */
export function spread(numbers: readonly number[]): string {
  const [middle, p95, most] = [0.5, 0.95, 1].map((part) => quantile(numbers, part).toFixed(0));
  return `p50 ${middle}, p95 ${p95}, max ${most} ms`;
}
