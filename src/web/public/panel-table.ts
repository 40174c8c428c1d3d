// Table panels: rows of groups, sorted by a click on a heading, the first column linked where the panel says so.
import { element } from './dom.ts';
import { format } from './format.ts';
import { linesButton } from './lines-button.ts';
import type { LinesPlace } from './lines-button.ts';
import { originOfCell } from './lines-origin.ts';
import { tableOf } from './panel-data.ts';
import type { Answered, TableData } from './panel-data.ts';
import { toneMarks, toneOf, toneWords } from './tones.ts';
import type { DrillLink, TableDefinition, Value } from './wire.ts';

/** At most so many rows are drawn; the rest is counted in a line. */
const maxRows = 200;

/** Order of a table: a column's key and a direction. */
export interface TableOrder {
  readonly key: string;
  readonly isDescending: boolean;
}

/** What a table needs of its surroundings. */
export interface TableContext {
  readonly order: TableOrder | undefined;
  sort(order: TableOrder): void;
  /** The address of a link, with the tags of the row. */
  hrefOf(link: DrillLink, tags: Readonly<Record<string, string>>): string;
  readonly lines?: LinesPlace;
}

/** The content of a table panel; false when there is nothing to show. */
export function drawTable(
  body: HTMLElement,
  panel: TableDefinition,
  answered: readonly Answered[],
  context: TableContext,
): boolean {
  const data = tableOf(answered);
  if (data.rows.length === 0) return false;
  const headings = data.columns.map(({ key }) => panel.columns?.[key]?.heading ?? key);
  const order = context.order ?? firstOrder(panel, data, headings);
  const sorted = sortedRows(data, order);
  const firstNumber = data.columns.findIndex((column) => !column.isText);
  const header = data.columns.map((column, index) => {
    const isSorted = order?.key === column.key;
    const isDescending = isSorted ? !order.isDescending : !column.isText;
    const act = (): void => context.sort({ key: column.key, isDescending });
    const arrow = isSorted ? (order.isDescending ? ' ↓' : ' ↑') : '';
    return element(
      'th',
      {
        scope: 'col',
        class: column.isText ? 'is-text' : 'is-number',
        'aria-sort': isSorted ? (order.isDescending ? 'descending' : 'ascending') : 'none',
      },
      element(
        'button',
        { type: 'button', class: 'sort', onclick: act },
        headings[index] ?? column.key,
        element('span', { 'aria-hidden': 'true' }, arrow),
      ),
    );
  });
  const rows = sorted
    .slice(0, maxRows)
    .map((row) => element('tr', {}, ...cells(panel, { data, answered }, row, firstNumber, context)));
  const rest = sorted.length - rows.length;
  const scroller = element(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': panel.title },
    element(
      'table',
      { class: 'table' },
      element('thead', {}, element('tr', {}, ...header)),
      element('tbody', {}, ...rows),
    ),
    rest > 0 ? element('p', { class: 'hint' }, `and ${rest} more rows`) : undefined,
  );
  const scrolled = body.querySelector('.table-scroll')?.scrollTop ?? 0;
  body.replaceChildren(scroller);
  scroller.scrollTop = scrolled;
  return true;
}

function firstOrder(panel: TableDefinition, data: TableData, headings: readonly string[]): TableOrder | undefined {
  const named = headings.indexOf(panel.sortBy ?? '');
  const column = data.columns[named] ?? data.columns.find(({ isText }) => !isText) ?? data.columns[0];
  return column && { key: column.key, isDescending: !column.isText };
}

function sortedRows(data: TableData, order: TableOrder | undefined): readonly (readonly Value[])[] {
  const place = data.columns.findIndex(({ key }) => key === order?.key);
  if (!order || place < 0) return data.rows;
  const direction = order.isDescending ? -1 : 1;
  return data.rows.toSorted((first, second) => {
    const [one, two] = [first[place] ?? null, second[place] ?? null];
    // Missing values come last in both directions.
    if (one === null || two === null) return Number(one === null) - Number(two === null);
    if (one === two) return 0;
    return (one < two ? -1 : 1) * direction;
  });
}

function cells(
  panel: TableDefinition,
  { data, answered }: { readonly data: TableData; readonly answered: readonly Answered[] },
  row: readonly Value[],
  firstNumber: number,
  context: TableContext,
): readonly HTMLElement[] {
  const tags = Object.fromEntries(
    data.columns.flatMap(({ key, isTag }, index) => (isTag ? [[key, String(row[index] ?? '')]] : [])),
  );
  return data.columns.map((column, index) => {
    const value = row[index] ?? null;
    if (column.isTag) {
      const text = value === '' ? '(none)' : String(value);
      const link = index === 0 ? panel.links?.[0] : undefined;
      const content = link
        ? element('a', { href: context.hrefOf(link, tags), title: link.title, 'data-inside': true }, text)
        : text;
      return element(
        index === 0 ? 'th' : 'td',
        { class: 'is-text', ...(index === 0 ? { scope: 'row' } : {}) },
        content,
      );
    }
    const tone = index === firstNumber ? toneOf(value, panel.thresholds) : 'neutral';
    const mark = toneMarks[tone];
    return element(
      'td',
      { class: `${column.isText ? 'is-text' : 'is-number'} tone-${tone}` },
      mark === '' ? undefined : element('span', { class: 'cell-mark', 'aria-hidden': 'true' }, `${mark} `),
      element(
        'span',
        { class: 'cell-value' },
        linesButton(
          format(value, panel.unit, panel.decimals),
          value,
          [...Object.values(tags), column.key].join(' · '),
          originOfCell(answered, data, row, index),
          context.lines,
        ),
      ),
      toneWords[tone] === '' ? undefined : element('span', { class: 'unseen' }, ` (${toneWords[tone]})`),
    );
  });
}
