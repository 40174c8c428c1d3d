// The timeline of a site as a bar, and the axis above all of them. Thin stretches stay visible; holes of the log are marked.
import { escapeHtml } from '../../../model/report-text.ts';
import type { Holes } from './report-events.ts';
import type { ReportClock } from './report-words.ts';
import { duration } from './report-words.ts';
import type { Interval } from '../inference/service-timeline.ts';

const dayMs = 86_400_000;
const barWidth = 1000;
/** Nothing that lasted is narrower, so that short outages can be seen. */
const leastWidth = 2;
const mostMarks = 8;

/** Names of the states as the style knows them, by their number. */
export const stateClasses = ['unknown', 'down', 'backup', 'up'] as const;
/** As people read them. */
export const stateWords = ['unknown', 'down', 'on backup', 'up on the primary'] as const;

/** What a bar shows. */
export interface TimelineSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly clock: ReportClock;
  readonly holes: Holes;
}

/** A bar; `label` is read to those who cannot see it. */
export function timelineBar(intervals: readonly Interval[], span: TimelineSpan, label: string): string {
  const { fromMs, toMs, clock, holes } = span;
  const scale = barWidth / Math.max(1, toMs - fromMs);
  const place = (begin: number, end: number): string => {
    const width = Math.max(leastWidth, (end - begin) * scale);
    const x = Math.max(0, Math.min(barWidth - width, (begin - fromMs) * scale));
    return `x="${x.toFixed(2)}" width="${width.toFixed(2)}"`;
  };
  // The worse states are drawn last, so that a thin one is not covered.
  const rects = (toMs > fromMs ? [...intervals] : [])
    .sort((one, other) => other.state - one.state)
    .map((interval) => {
      const title = `${stateWords[interval.state]} from ${clock.long(interval.fromMs)} for ${duration(interval.toMs - interval.fromMs)}`;
      return `<rect class="${stateClasses[interval.state]}" ${place(interval.fromMs, interval.toMs)} y="0" height="20"><title>${escapeHtml(title)}</title></rect>`;
    });
  const gaps = holes
    .filter((hole) => hole.toMs > fromMs && hole.fromMs < toMs)
    .map((hole) => `<rect class="hole" ${place(hole.fromMs, hole.toMs)} y="17" height="3"/>`);
  return `<svg viewBox="0 0 ${barWidth} 20" preserveAspectRatio="none" role="img" aria-label="${escapeHtml(label)}">${rects.join('')}${gaps.join('')}</svg>`;
}

/** Days, weeks or hours, as many as there is room for. */
export function timelineAxis({ fromMs, toMs, clock }: TimelineSpan): string {
  const span = toMs - fromMs;
  if (!(span > 0)) return '<div class="axis"></div>';
  const steps = [dayMs / 24, dayMs / 8, dayMs / 4, dayMs / 2, dayMs, 2 * dayMs, 7 * dayMs, 14 * dayMs, 28 * dayMs];
  const stepMs = steps.find((step) => span / step <= mostMarks) ?? 91 * dayMs;
  const marks: string[] = [];
  const localFrom = clock.local(fromMs).getTime();
  const localTo = clock.local(toMs).getTime();
  for (let at = Math.ceil(localFrom / stepMs) * stepMs; at < localTo; at += stepMs) {
    const date = new Date(at);
    const isMidnight = at % dayMs === 0;
    const text = isMidnight
      ? `${date.toUTCString().slice(5, 7).replace(/^0/, '')} ${date.toUTCString().slice(8, 11)}`
      : date.toISOString().slice(11, 16);
    const left = ((at - localFrom) / (localTo - localFrom)) * 100;
    marks.push(`<span style="left:${left.toFixed(3)}%">${text}</span>`);
  }
  return `<div class="axis" aria-hidden="true">${marks.join('')}</div>`;
}
