// Lanes of states over time: neighbouring windows of one state become one stretch, or stay cells. Pure.
import { format, missing } from './format.ts';
import type { Curves } from './panel-data.ts';
import type { Span } from './time-range.ts';
import { toneOf, valueTextOf } from './tones.ts';
import type { StateTimelineDefinition, StatusHistoryDefinition, Tone } from './wire.ts';

/** A state from one moment to another, epoch milliseconds. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: string;
  readonly tone: Tone;
}

/** A series and its stretches in order of time; between them there may be gaps without any value. */
export interface Lane {
  readonly name: string;
  readonly stretches: readonly Stretch[];
}

type LanePanel = StateTimelineDefinition | StatusHistoryDefinition;

/** The lanes of curves within a span. `isMerged` joins neighbours that show the same text. */
export function lanesOf(panel: LanePanel, { times, windowMs, curves }: Curves, span: Span): readonly Lane[] {
  const isMerged = panel.type === 'state-timeline';
  return curves.map(({ name, values }) => {
    const stretches: Stretch[] = [];
    for (const [index, value] of values.entries()) {
      const start = times[index];
      if (value === null || start === undefined) continue;
      const fromMs = Math.max(start, span.fromMs);
      const toMs = Math.min(start + windowMs, span.toMs);
      if (toMs <= fromMs) continue;
      const { text, tone } = stateOf(panel, value);
      const last = stretches.at(-1);
      if (isMerged && last && last.toMs === fromMs && last.text === text && last.tone === tone) {
        stretches[stretches.length - 1] = { ...last, toMs };
      } else {
        stretches.push({ fromMs, toMs, text, tone });
      }
    }
    return { name, stretches };
  });
}

function stateOf(panel: LanePanel, value: number): { readonly text: string; readonly tone: Tone } {
  const named = valueTextOf(value, panel.valueTexts);
  if (named) return { text: named.text, tone: named.tone };
  return { text: format(value, panel.unit, panel.decimals), tone: toneOf(value, panel.thresholds) };
}

/** The text of a state, or of its absence. */
export function stateText(panel: LanePanel, value: number | null): string {
  return value === null ? (panel.noValue ?? missing) : stateOf(panel, value).text;
}

/** The states that occur, for the legend: those with texts in their order, then others as they come. */
export function statesOf(
  panel: LanePanel,
  lanes: readonly Lane[],
): readonly { readonly text: string; readonly tone: Tone }[] {
  const found = new Map<string, { text: string; tone: Tone }>();
  for (const { stretches } of lanes)
    for (const { text, tone } of stretches) found.set(`${tone} ${text}`, { text, tone });
  const named = panel.valueTexts.flatMap(({ text, tone }) => {
    const state = found.get(`${tone} ${text}`);
    found.delete(`${tone} ${text}`);
    return state ? [state] : [];
  });
  return [...named, ...[...found.values()].slice(0, 8)];
}
