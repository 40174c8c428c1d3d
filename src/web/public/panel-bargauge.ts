// Bar gauges: bars by size, greatest first, each with its name and its number.
import { element } from './dom.ts';
import { format } from './format.ts';
import { linesButton } from './lines-button.ts';
import type { LinesPlace } from './lines-button.ts';
import { originsOf } from './lines-origin.ts';
import { entriesOf } from './panel-data.ts';
import type { Answered } from './panel-data.ts';
import { toneMarks, toneOf, toneWords } from './tones.ts';
import type { BarGaugeDefinition, DrillLink } from './wire.ts';

/** At most so many bars; the rest is counted in a line. */
const maxBars = 50;

/** The content of a bar gauge; false when there is nothing to show. */
export function drawBarGauge(
  body: HTMLElement,
  panel: BarGaugeDefinition,
  answered: readonly Answered[],
  hrefOf: (link: DrillLink, tags: Readonly<Record<string, string>>) => string,
  lines?: LinesPlace,
): boolean {
  const origins = originsOf(answered, false);
  const entries = entriesOf(panel, answered).flatMap((entry, index) =>
    typeof entry.value === 'number' ? [{ ...entry, value: entry.value, origin: origins[index] }] : [],
  );
  if (entries.length === 0) return false;
  const sorted = entries.toSorted((first, second) => second.value - first.value || (first.name < second.name ? -1 : 1));
  const [link] = panel.links ?? [];
  const full = Math.max(...sorted.map((entry) => Math.abs(entry.value))) || 1;
  const bars = sorted.slice(0, maxBars).map((entry) => {
    const tone = toneOf(entry.value, panel.thresholds);
    const fill = element('div', { class: 'bar-fill' });
    fill.style.width = `${Math.max(0.5, (Math.abs(entry.value) / full) * 100)}%`;
    return element(
      'li',
      { class: `bar tone-${tone}` },
      element(
        'span',
        { class: 'bar-name', title: entry.name },
        link
          ? element('a', { href: hrefOf(link, entry.group), title: link.title, 'data-inside': true }, entry.name)
          : entry.name,
      ),
      element(
        'span',
        { class: 'bar-value' },
        toneMarks[tone] === '' ? undefined : `${toneMarks[tone]} `,
        linesButton(format(entry.value, panel.unit, panel.decimals), entry.value, entry.name, entry.origin, lines),
      ),
      element('div', { class: 'bar-track', 'aria-hidden': 'true' }, fill),
      toneWords[tone] === '' ? undefined : element('span', { class: 'unseen' }, toneWords[tone]),
    );
  });
  const rest = sorted.length - bars.length;
  const scrolled = body.querySelector('.bars')?.scrollTop ?? 0;
  const list = element('ol', { class: 'bars', tabindex: 0, 'aria-label': panel.title }, ...bars);
  if (rest > 0) list.append(element('li', { class: 'hint' }, `and ${rest} more`));
  body.replaceChildren(list);
  list.scrollTop = scrolled;
  return true;
}
