// Round steps for scales that are drawn by hand: numbers in 1, 2, 5 and times in steps of clock and calendar. Pure.
import { timeLabels } from './chart-axes.ts';
import type { Span } from './time-range.ts';

/** Marks of a scale from zero to at least `most`, about `count` of them; whole ones where only whole numbers occur. */
export function numberTicks(least: number, most: number, count: number, areWhole: boolean): readonly number[] {
  const length = Math.max(most, 0) - Math.min(least, 0) || 1;
  const rough = length / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const wanted = [1, 2, 5, 10].find((digit) => digit * power >= rough) ?? 10;
  const step = Math.max(wanted * power, areWhole ? 1 : 0);
  const first = Math.floor(Math.min(least, 0) / step);
  const last = Math.ceil(Math.max(most, 0) / step);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const timeSteps = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * 1000),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minuteMs),
  ...[1, 2, 3, 6, 12].map((count) => count * hourMs),
  ...[1, 2, 7, 14, 30, 91, 182, 365, 730, 1825].map((count) => count * dayMs),
];

/** A mark on a scale of time, epoch milliseconds, with its label in local time. */
export interface TimeTick {
  readonly timeMs: number;
  readonly label: string;
}

/** Marks within a span, at most `count` or so, at round local times. */
export function timeTicks(span: Span, count: number): readonly TimeTick[] {
  const rough = (span.toMs - span.fromMs) / Math.max(1, count);
  const stepMs = timeSteps.find((step) => step >= rough) ?? Math.ceil(rough / (3650 * dayMs)) * 3650 * dayMs;
  // Days begin at local midnight; the zone's distance from UTC is that of the beginning of the span.
  const offsetMs = new Date(span.fromMs).getTimezoneOffset() * minuteMs;
  const times: number[] = [];
  for (let time = Math.ceil((span.fromMs - offsetMs) / stepMs) * stepMs + offsetMs; time <= span.toMs; time += stepMs) {
    times.push(time);
  }
  const labels = timeLabels(times, stepMs);
  return times.map((timeMs, index) => ({ timeMs, label: labels[index] ?? '' }));
}
