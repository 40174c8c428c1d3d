// Bar charts: bars over the values of one tag in their own order, side by side where there are several numbers.
import { categoriesOf } from './categories.ts';
import { element, shown, svg } from './dom.ts';
import { format, formatLabel } from './format.ts';
import { numberTicks } from './nice-steps.ts';
import type { Answered } from './panel-data.ts';
import { toneMarks, toneOf, toneWords } from './tones.ts';
import { Tooltip, tooltipRow } from './tooltip.ts';
import type { BarChartDefinition } from './wire.ts';

const axisHeight = 20;
const topSpace = 16;

/** The content of a bar chart; false when there is nothing to show. The body must be visible: it is measured. */
export function drawBarChart(body: HTMLElement, panel: BarChartDefinition, answered: readonly Answered[]): boolean {
  const { names, numbers } = categoriesOf(answered);
  const all = numbers.flatMap(({ values }) => values.filter((value) => value !== null));
  if (all.length === 0) return false;
  const host = element('div', { class: 'barchart' });
  const legend = element(
    'ul',
    { class: 'state-legend' },
    ...numbers.map(({ name }, index) =>
      element('li', {}, element('span', { class: `state-key series-${index % 10}` }), name),
    ),
  );
  body.replaceChildren(host, ...(numbers.length > 1 ? [legend] : []));
  const width = Math.max(120, host.clientWidth);
  const height = Math.max(60, host.clientHeight);
  const areWhole = all.every((value) => Number.isInteger(value));
  const ticks = numberTicks(Math.min(...all), Math.max(...all), Math.max(2, Math.floor(height / 45)), areWhole);
  const [bottom = 0, top = 1] = [ticks[0], ticks.at(-1)];
  const labels = ticks.map((tick) => formatLabel(tick, panel.unit, panel.decimals));
  const left = 12 + 6.6 * Math.max(...labels.map((label) => label.length));
  const plot = { width: width - left - 4, height: height - axisHeight - topSpace };
  const y = (value: number): number => topSpace + (1 - (value - bottom) / (top - bottom)) * plot.height;
  const slot = plot.width / names.length;
  const barWidth = Math.min(56, (slot * 0.78) / numbers.length);
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true' });
  const text = (words: string, x: number, place: number, anchor: string, className: string): SVGElement => {
    const made = svg('text', { x, y: place, 'text-anchor': anchor, class: className });
    made.textContent = shown(words);
    return made;
  };
  for (const [index, tick] of ticks.entries()) {
    picture.append(
      svg('line', { x1: left, x2: width - 4, y1: y(tick), y2: y(tick), class: 'grid-line' }),
      text(labels[index] ?? '', left - 6, y(tick) + 4, 'end', 'axis-text'),
    );
  }
  const wordsOf = (value: number): string =>
    `${toneMarks[toneOf(value, panel.thresholds)]} ${format(value, panel.unit, panel.decimals)}`.trim();
  // All numbers are written over their bars, or none.
  const hasWords = Math.max(...all.map((value) => wordsOf(value).length)) * 6.4 < slot / numbers.length;
  const longest = Math.max(...names.map((name) => name.length));
  const every = Math.max(1, Math.ceil((longest * 6.6 + 8) / slot));
  const shortened = (name: string): string =>
    every > 6 ? `${name.slice(0, Math.max(3, Math.floor(slot / 7)))}…` : name;
  for (const [place, name] of names.entries()) {
    const middle = left + (place + 0.5) * slot;
    if (place % (every > 6 ? 1 : every) === 0)
      picture.append(text(shortened(name), middle, height - 5, 'middle', 'axis-text'));
    for (const [index, { values }] of numbers.entries()) {
      const value = values[place] ?? null;
      if (value === null) continue;
      const x = middle + (index - numbers.length / 2) * barWidth;
      const tone = toneOf(value, panel.thresholds);
      const hasTone = tone !== 'neutral';
      picture.append(
        svg('rect', {
          x: x + 0.5,
          y: Math.min(y(value), y(0)),
          width: Math.max(1, barWidth - 1),
          height: Math.max(value === 0 ? 0 : 1, Math.abs(y(value) - y(0))),
          rx: 1.5,
          class: hasTone ? `column tone-${tone}` : `column series-${index % 10}`,
        }),
      );
      if (hasWords)
        picture.append(text(wordsOf(value), x + barWidth / 2, Math.min(y(value), y(0)) - 4, 'middle', 'column-text'));
    }
  }
  host.append(picture, listOf(panel, names, numbers));
  const tooltip = new Tooltip(host);
  host.addEventListener('pointermove', (event) => {
    const box = host.getBoundingClientRect();
    const place = Math.floor((event.clientX - box.left - left) / slot);
    const name = names[place];
    if (name === undefined) return tooltip.hide();
    tooltip.show(
      { x: event.clientX - box.left, y: event.clientY - box.top },
      [name],
      numbers.map(({ name: row, values }) =>
        tooltipRow({ name: row, value: format(values[place], panel.unit, panel.decimals, panel.noValue) }),
      ),
    );
  });
  host.addEventListener('pointerleave', () => tooltip.hide());
  return true;
}

/** The numbers as a list for screen readers. */
function listOf(
  panel: BarChartDefinition,
  names: readonly string[],
  numbers: ReturnType<typeof categoriesOf>['numbers'],
): HTMLElement {
  return element(
    'ul',
    { class: 'unseen', 'aria-label': panel.title },
    ...names.map((name, place) =>
      element(
        'li',
        {},
        `${name}: ${numbers
          .map(({ name: number, values }) => {
            const word = toneWords[toneOf(values[place], panel.thresholds)];
            const value = format(values[place], panel.unit, panel.decimals, panel.noValue);
            return `${numbers.length > 1 ? `${number} ` : ''}${value}${word === '' ? '' : ` (${word})`}`;
          })
          .join(', ')}`,
      ),
    ),
  );
}
