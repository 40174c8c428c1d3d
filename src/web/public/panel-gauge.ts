// Gauges: a number on an arc from its least to its greatest value, with the thresholds as a ring outside of it.
import { element, shown as shownText, svg } from './dom.ts';
import { format } from './format.ts';
import { entriesOf } from './panel-data.ts';
import type { Answered, Entry } from './panel-data.ts';
import { toneMarks, toneOf, toneWords } from './tones.ts';
import type { GaugeDefinition } from './wire.ts';

/** At most so many arcs in one panel. */
const maxGauges = 24;

/** The arc leaves out a sixth of the circle at the bottom. */
const startDegrees = -120;
const arcDegrees = 240;

/** The content of a gauge panel; a missing value is shown as such on an empty arc. */
export function drawGauge(body: HTMLElement, panel: GaugeDefinition, answered: readonly Answered[]): void {
  const entries = entriesOf(panel, answered);
  const shown: readonly Entry[] = entries.length === 0 ? [{ name: '', value: null, group: {} }] : entries;
  const gauges = shown.slice(0, maxGauges).map((entry) => gauge(panel, entry, shown.length > 1));
  const rest = shown.length - gauges.length;
  body.replaceChildren(
    element('div', { class: 'gauges' }, ...gauges),
    ...(rest > 0 ? [element('p', { class: 'hint' }, `and ${rest} more`)] : []),
  );
}

function gauge(panel: GaugeDefinition, { name, value }: Entry, hasName: boolean): HTMLElement {
  const number = typeof value === 'number' ? value : undefined;
  const tone = number === undefined ? 'neutral' : toneOf(number, panel.thresholds);
  const share = (at: number): number => Math.min(1, Math.max(0, (at - panel.min) / (panel.max - panel.min || 1)));
  const picture = svg('svg', { viewBox: '0 0 200 160', class: 'gauge-picture', 'aria-hidden': 'true' });
  picture.append(svg('path', { d: arc(78, 0, 1), class: 'gauge-track' }));
  if (number !== undefined && share(number) > 0) {
    picture.append(svg('path', { d: arc(78, 0, share(number)), class: `gauge-value tone-${tone}` }));
  }
  const steps = panel.thresholds ?? [];
  for (const [index, step] of steps.entries()) {
    const from = share(step.from ?? panel.min);
    const to = share(steps[index + 1]?.from ?? panel.max);
    if (steps.length > 1 && to > from)
      picture.append(svg('path', { d: arc(92, from, to), class: `gauge-step tone-${step.tone}` }));
  }
  const words =
    number === undefined
      ? typeof value === 'string'
        ? value
        : (panel.noValue ?? 'No data')
      : format(number, panel.unit, panel.decimals);
  const size = Math.min(34, 190 / Math.max(4, words.length + (toneMarks[tone] === '' ? 0 : 2)));
  const label = svg('text', {
    x: 100,
    y: 108,
    'text-anchor': 'middle',
    'font-size': size.toFixed(1),
    class: `gauge-text tone-${tone}${number === undefined ? ' is-missing' : ''}`,
  });
  label.textContent = shownText(`${toneMarks[tone]} ${words}`.trim());
  const ends = [panel.min, panel.max].map((end, index) => {
    const made = svg('text', { x: index === 0 ? 38 : 162, y: 156, 'text-anchor': 'middle', class: 'axis-text' });
    made.textContent = format(end, panel.unit);
    return made;
  });
  picture.append(label, ...ends);
  return element(
    'div',
    { class: 'gauge' },
    picture,
    hasName ? element('div', { class: 'gauge-name', title: name }, name) : undefined,
    element(
      'span',
      { class: 'unseen gauge-words' },
      `${words}${toneWords[tone] === '' ? '' : ` (${toneWords[tone]})`} of ${format(panel.max, panel.unit)}`,
    ),
  );
}

/** A path along the arc between two shares of it. */
function arc(radius: number, from: number, to: number): string {
  const point = (share: number): string => {
    const angle = ((startDegrees + share * arcDegrees) * Math.PI) / 180;
    return `${(100 + radius * Math.sin(angle)).toFixed(2)} ${(100 - radius * Math.cos(angle)).toFixed(2)}`;
  };
  const isLong = (to - from) * arcDegrees > 180 ? 1 : 0;
  return `M${point(from)}A${radius} ${radius} 0 ${isLong} 1 ${point(to)}`;
}
