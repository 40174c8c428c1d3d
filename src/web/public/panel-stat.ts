// Stat panels: one large number per series, its meaning by tone and mark, and the curve behind it.
import { element, svg } from './dom.ts';
import { format, formatParts } from './format.ts';
import { linesButton } from './lines-button.ts';
import type { LinesPlace } from './lines-button.ts';
import { originsOf } from './lines-origin.ts';
import type { Origin } from './lines-origin.ts';
import { curvesOf, entriesOf } from './panel-data.ts';
import type { Answered, Entry } from './panel-data.ts';
import { toneMarks, toneOf, toneWords, valueTextOf } from './tones.ts';
import type { DrillLink, StatDefinition } from './wire.ts';

/** At most so many numbers in one panel. */
const maxTiles = 40;

/** The content of a stat panel. `curves` are the windows of the same queries, for the curve behind the number. */
export function drawStat(
  body: HTMLElement,
  panel: StatDefinition,
  answered: readonly Answered[],
  curves: readonly Answered[],
  hrefOf: (link: DrillLink, tags: Readonly<Record<string, string>>) => string,
  place?: LinesPlace,
): void {
  const origins = originsOf(answered, false);
  const entries = entriesOf(panel, answered);
  const lines = new Map(curvesOf(panel, curves).curves.map((curve) => [curve.name, curve.values]));
  const shown: readonly Entry[] = entries.length === 0 ? [{ name: '', value: null, group: {} }] : entries;
  const tiles = shown
    .slice(0, maxTiles)
    .map((entry, index) =>
      tile(panel, entry, shown.length > 1, lines.get(entry.name), hrefOf, { origin: origins[index], place }),
    );
  const rest = shown.length - tiles.length;
  body.replaceChildren(
    element('div', { class: shown.length > 1 ? 'stats stats-many' : 'stats' }, ...tiles),
    ...(rest > 0 ? [element('p', { class: 'hint' }, `and ${rest} more`)] : []),
  );
}

function tile(
  panel: StatDefinition,
  entry: Entry,
  hasName: boolean,
  line: readonly (number | null)[] | undefined,
  hrefOf: (link: DrillLink, tags: Readonly<Record<string, string>>) => string,
  { origin, place }: { readonly origin: Origin | undefined; readonly place: LinesPlace | undefined },
): HTMLElement {
  const text = valueTextOf(entry.value, panel.valueTexts);
  const tone = text?.tone ?? toneOf(entry.value, panel.thresholds);
  const isMissing = entry.value === null;
  const parts =
    text !== undefined
      ? { text: text.text, unit: '' }
      : typeof entry.value === 'number'
        ? formatParts(entry.value, panel.unit, panel.decimals)
        : { text: isMissing ? (panel.noValue ?? 'No data') : format(entry.value, panel.unit), unit: '' };
  const classes = [
    'stat',
    `stat-by-${panel.colour}`,
    `tone-${isMissing ? 'neutral' : tone}`,
    isMissing ? 'is-missing' : '',
    parts.text.length > 5 ? 'is-long' : '',
  ];
  const mark = isMissing ? '' : toneMarks[tone];
  const [link] = panel.links ?? [];
  const className = classes.filter((name) => name !== '').join(' ');
  const made = element(
    link ? 'a' : 'div',
    link
      ? { class: className, href: hrefOf(link, entry.group), title: link.title, 'data-inside': true }
      : { class: className },
    panel.sparkline && line ? sparkline(line) : undefined,
    element(
      'div',
      { class: 'stat-text' },
      hasName ? element('div', { class: 'stat-name', title: entry.name }, entry.name) : undefined,
      element(
        'div',
        { class: 'stat-value' },
        mark === '' ? undefined : element('span', { class: 'stat-mark', 'aria-hidden': 'true' }, mark),
        // A tile that is a link leads there as a whole.
        element(
          'span',
          {},
          linesButton(parts.text, entry.value, hasName ? entry.name : '', origin, link ? undefined : place),
        ),
        parts.unit === '' ? undefined : element('span', { class: 'stat-unit' }, parts.unit),
        toneWords[tone] === '' || isMissing ? undefined : element('span', { class: 'unseen' }, ` (${toneWords[tone]})`),
      ),
    ),
  );
  // The style sheet fits the number to the tile by this: mark and unit are drawn smaller.
  made.style.setProperty('--letters', (parts.text.length + 0.62 * parts.unit.length + 0.8 * mark.length).toFixed(1));
  return made;
}

function sparkline(values: readonly (number | null)[]): SVGSVGElement | undefined {
  const numbers = values.filter((value) => value !== null);
  if (numbers.length < 2) return undefined;
  const top = Math.max(...numbers);
  const bottom = Math.min(0, ...numbers);
  const scale = top === bottom ? 0 : 40 / (top - bottom);
  const points = values.flatMap((value, index) =>
    value === null ? [] : [`${round((index / (values.length - 1)) * 200)},${round(44 - (value - bottom) * scale)}`],
  );
  const line = `M${points.join('L')}`;
  const first = points[0]?.split(',')[0] ?? '0';
  const last = points.at(-1)?.split(',')[0] ?? '200';
  return svg(
    'svg',
    { viewBox: '0 0 200 46', preserveAspectRatio: 'none', class: 'sparkline', 'aria-hidden': 'true' },
    svg('path', { class: 'sparkline-area', d: `${line}L${last},46L${first},46Z` }),
    svg('path', { class: 'sparkline-line', d: line }),
  );
}

const round = (value: number): number => Math.round(value * 100) / 100;
