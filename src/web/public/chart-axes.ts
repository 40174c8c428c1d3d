// Axes of charts: time in 24 hours, numbers by unit, and steps that suit what is counted.
import type uPlot from 'uplot';
import { formatLabel } from './format.ts';
import { styleValue } from './theme.ts';
import type { Unit } from './wire.ts';

const dayMs = 86_400_000;

/** Both axes of a chart. `areWhole`: only whole numbers occur, so halves of them are no steps. */
export function axesOf(unit: Unit, decimals: number | undefined, areWhole: boolean): uPlot.Axis[] {
  const shared = {
    stroke: styleValue('--text-dim'),
    font: `11px ${styleValue('--font')}`,
    grid: { stroke: styleValue('--grid-line'), width: 1 },
    ticks: { stroke: styleValue('--grid-line'), width: 1, size: 4 },
  };
  const steps = stepsOf(unit, areWhole);
  return [
    {
      ...shared,
      space: 70,
      size: 28,
      gap: 4,
      values: (_chart, splits, _axis, _space, step) => timeLabels(splits, step),
    },
    {
      ...shared,
      space: 32,
      gap: 4,
      size: (_chart, values) => 14 + 6.6 * Math.max(3, ...(values ?? []).map((value) => value.length)),
      values: (_chart, splits) => splits.map((value) => formatLabel(tidy(value), unit, decimals)),
      ...(steps ? { incrs: steps } : {}),
    },
  ];
}

/** Sums of steps like 0.1 carry an error in the last digits, which a label must not show. */
function tidy(value: number): number {
  return Number(value.toPrecision(10));
}

function stepsOf(unit: Unit, areWhole: boolean): number[] | undefined {
  if (unit === 'bytes') return Array.from({ length: 50 }, (_, power) => 2 ** power);
  if (!areWhole || unit === 's' || unit === 'ms' || unit === 'dtdurations') return undefined;
  return Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
}

/** Labels of the time axis in local time: the day where it changes, seconds only between short steps. */
export function timeLabels(times: readonly number[], stepMs: number): string[] {
  let lastDay = '';
  return times.map((time, index) => {
    const date = new Date(time);
    const two = (value: number): string => String(value).padStart(2, '0');
    const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    const clock = `${two(date.getHours())}:${two(date.getMinutes())}${stepMs < 60_000 ? `:${two(date.getSeconds())}` : ''}`;
    const isNewDay = day !== lastDay && index > 0;
    lastDay = day;
    if (stepMs >= 300 * dayMs) return String(date.getFullYear());
    if (stepMs >= dayMs) return day;
    return isNewDay || (clock === '00:00' && stepMs >= 3_600_000) ? day : clock;
  });
}
