// Table panels: sorted by a click on a heading, units, texts and tones by column, the first column linked where the
// panel says so.
import { element } from './dom.ts';
import { format } from './format.ts';
import { linesButton } from './lines-button.ts';
import type { LinesPlace } from './lines-button.ts';
import { originOfCell } from './lines-origin.ts';
import type { Answered } from './panel-data.ts';
import { beginsDescending, firstOrder, sortedRows, tableOf } from './table-data.ts';
import type { TableColumn, TableData, TableOrder } from './table-data.ts';
import { localText } from './time-range.ts';
import { toneMarks, toneOf, toneWords, valueTextOf } from './tones.ts';
import type { Column, DrillLink, TableDefinition, Tone, Value } from './wire.ts';

/** At most so many rows are drawn; the rest is counted in a line. */
const maxRows = 200;

/** Shorter words stand in one line; longer ones are cut after a few, with the whole in the title. */
const shortText = 24;
const longText = 120;

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
  const data = tableOf(answered, panel);
  if (data.rows.length === 0) return false;
  const headings = data.columns.map((column) => headingOf(panel, column));
  const order = context.order ?? firstOrder(panel, data, headings);
  const sorted = sortedRows(data, order);
  const header = data.columns.map((column, index) => {
    const isSorted = order?.key === column.key;
    const isDescending = isSorted ? !order.isDescending : beginsDescending(column);
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
        { type: 'button', class: 'sort', 'data-key': column.key, onclick: act },
        headings[index] ?? column.key,
        element('span', { 'aria-hidden': 'true' }, arrow),
      ),
    );
  });
  const rows = sorted
    .slice(0, maxRows)
    .map((row) => element('tr', {}, ...cells(panel, { data, answered }, row, context)));
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
  const active = document.activeElement;
  const focused = active instanceof HTMLElement && body.contains(active) ? active.dataset['key'] : undefined;
  body.replaceChildren(scroller);
  scroller.scrollTop = scrolled;
  if (focused !== undefined) {
    const again = [...scroller.querySelectorAll<HTMLElement>('.sort')].find(
      ({ dataset }) => dataset['key'] === focused,
    );
    again?.focus({ preventScroll: true });
  }
  return true;
}

function headingOf(panel: TableDefinition, { key, kind }: TableColumn): string {
  return columnOf(panel, key)?.heading ?? (kind === 'time' ? 'Time' : key);
}

function columnOf(panel: TableDefinition, key: string): Column | undefined {
  return panel.columns && Object.hasOwn(panel.columns, key) ? panel.columns[key] : undefined;
}

function cells(
  panel: TableDefinition,
  { data, answered }: { readonly data: TableData; readonly answered: readonly Answered[] },
  row: readonly Value[],
  context: TableContext,
): readonly HTMLElement[] {
  const tags = Object.fromEntries(
    data.columns.flatMap(({ key, kind }, index) => (kind === 'tag' ? [[key, String(row[index] ?? '')]] : [])),
  );
  const firstTag = data.columns.findIndex(({ kind }) => kind === 'tag');
  return data.columns.map((column, index) => {
    const { text, tone, title } = cellOf(panel, data, index, row[index] ?? null);
    const links = index === Math.max(0, firstTag) ? (panel.links ?? []) : [];
    const [first, ...others] = links.map((link, place) =>
      element(
        'a',
        { href: context.hrefOf(link, tags), title: link.title, 'data-inside': true },
        place === 0 ? text : link.title,
      ),
    );
    const mark = toneMarks[tone];
    return element(
      index === firstTag ? 'th' : 'td',
      {
        class: `${column.isText ? 'is-text' : 'is-number'} tone-${tone}${text.length <= shortText ? ' is-short' : ''}`,
        ...(index === firstTag ? { scope: 'row' } : {}),
        title: title ?? (text.length > longText ? text : undefined),
      },
      mark === '' ? undefined : element('span', { class: 'cell-mark', 'aria-hidden': 'true' }, `${mark} `),
      first ??
        addressLink(panel, column.key, row[index]) ??
        element(
          'span',
          { class: 'cell-value' },
          linesButton(
            text,
            row[index] ?? null,
            [...Object.values(tags), column.key].join(' · '),
            originOfCell(answered, data, row, index),
            context.lines,
          ),
        ),
      ...others.map((link) => element('span', { class: 'cell-link' }, link)),
      toneWords[tone] === '' ? undefined : element('span', { class: 'unseen' }, ` (${toneWords[tone]})`),
    );
  });
}

/** A link to an address that the store holds; only of the web, since others wrote it. */
function addressLink(panel: TableDefinition, key: string, value: Value | undefined): HTMLElement | undefined {
  const isAddress = columnOf(panel, key)?.isLink === true && typeof value === 'string' && /^https?:\/\//.test(value);
  if (!isAddress) return undefined;
  return element('a', { href: value, rel: 'noreferrer', title: value }, 'open');
}

interface Cell {
  readonly text: string;
  readonly tone: Tone;
  readonly title?: string;
}

function cellOf(panel: TableDefinition, data: TableData, index: number, value: Value): Cell {
  const column = data.columns[index];
  const looks = column && columnOf(panel, column.key);
  if (column?.kind === 'time') {
    const text = format(value, looks?.unit ?? 'dateTimeAsIso', looks?.decimals, panel.noValue);
    const tone = toneOf(value, looks?.thresholds);
    return typeof value === 'number' ? { text, tone, title: localText(value).replace('T', ' ') } : { text, tone };
  }
  if (typeof value === 'string') {
    const tones = looks?.textTones;
    const tone = tones && Object.hasOwn(tones, value) ? (tones[value] ?? 'neutral') : 'neutral';
    return { text: value === '' && column?.kind === 'tag' ? '(none)' : value, tone };
  }
  const named = valueTextOf(value, looks?.valueTexts);
  if (named) return { text: named.text, tone: named.tone };
  // Thresholds of the panel belong to its first number, unless columns have their own.
  const hasOwn = Object.values(panel.columns ?? {}).some(({ thresholds }) => thresholds !== undefined);
  const firstNumber = data.columns.findIndex(({ kind, isText }) => kind === 'value' && !isText);
  const steps = looks?.thresholds ?? (!hasOwn && index === firstNumber ? panel.thresholds : undefined);
  const unit = looks?.unit ?? panel.unit;
  const decimals = looks?.decimals ?? (looks?.unit === undefined ? panel.decimals : undefined);
  const text = format(value, unit, decimals, panel.noValue);
  const isMoment = unit === 'dateTimeFromNow' && typeof value === 'number';
  return { text, tone: toneOf(value, steps), ...(isMoment ? { title: localText(value).replace('T', ' ') } : {}) };
}
