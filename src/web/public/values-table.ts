// The values of a panel that draws time as a table, newest first, for those who want numbers or cannot see the picture;
// with the button that changes between the two.
import { element, icon } from './dom.ts';
import { momentText, windowText } from './format.ts';
import type { PanelFrame } from './panel-frame.ts';

/** Most rows. */
const maxRows = 200;

/** What is listed: a row per window, a column per series. */
export interface ValueColumns {
  readonly times: readonly number[];
  readonly windowMs: number;
  readonly columns: readonly { readonly name: string; cellAt(index: number): HTMLElement | string }[];
}

/** The table within a panel, hidden until it is asked for. */
export class ValuesTable {
  readonly #root = element('div', { class: 'table-scroll', hidden: true, tabindex: 0, role: 'region' });

  /** Adds table and button to a frame; `onToggle` is told what is to be shown, table or picture. */
  constructor(frame: PanelFrame, title: string, onToggle: (isTable: boolean) => void) {
    this.#root.setAttribute('aria-label', `${title}, values`);
    const toggle = element(
      'button',
      {
        type: 'button',
        class: 'panel-tool',
        'aria-pressed': 'false',
        'aria-label': `Show as a table: ${title}`,
        title: 'Show as a table',
      },
      icon('table'),
    );
    toggle.addEventListener('click', () => {
      const isTable = !this.isShown;
      this.#root.hidden = !isTable;
      toggle.setAttribute('aria-pressed', String(isTable));
      onToggle(isTable);
    });
    frame.tools.append(toggle);
    frame.body.append(this.#root);
  }

  /** True while the table is shown in place of the picture. */
  get isShown(): boolean {
    return this.#root.hidden === false;
  }

  /** Fills the table. */
  draw({ times, windowMs, columns }: ValueColumns): void {
    const first = Math.max(0, times.length - maxRows);
    const rows = times
      .slice(first)
      .map((time, offset) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row', class: 'is-text is-short' }, momentText(time, windowMs)),
          ...columns.map((column) => element('td', { class: 'is-number' }, column.cellAt(first + offset))),
        ),
      );
    const head = element(
      'tr',
      {},
      element('th', { scope: 'col', class: 'is-text' }, `from (${windowText(windowMs)} each)`),
      ...columns.map(({ name }) => element('th', { scope: 'col', class: 'is-number' }, name)),
    );
    const scrolled = this.#root.scrollTop;
    this.#root.replaceChildren(
      element('table', { class: 'table' }, element('thead', {}, head), element('tbody', {}, ...rows.toReversed())),
    );
    this.#root.scrollTop = scrolled;
  }
}
