// The drawer with the lines of the log behind a number: from the number back to its evidence. One at a time; closed by
// Escape or its button, and kept in the address behind `#`.
import { fetchLines } from './api.ts';
import { element, icon } from './dom.ts';
import { clockText } from './lines-text.ts';
import { linesHash, readLinesHash } from './lines-link.ts';
import type { PickedNumber } from './lines-link.ts';
import type { LinesAnswer, LogLine } from './wire.ts';

/** What the drawer needs of the dashboard that it is opened from. */
export interface LinesContext {
  readonly dashboard: string;
  variables(): ReadonlyMap<string, readonly string[]>;
}

/** The drawer of one dashboard. */
export class LinesDrawer {
  readonly #context: LinesContext;
  readonly #title = element('h2', { class: 'lines-title' });
  readonly #time = element('p', { class: 'lines-time' });
  readonly #summary = element('p', { class: 'lines-summary', role: 'status' });
  readonly #gone = element('ul', { class: 'lines-gone' });
  readonly #list = element('ol', { class: 'lines-list' });
  readonly #more = element('button', { type: 'button', class: 'tool lines-more', hidden: true }, 'Load more');
  readonly #copyAll = element('button', { type: 'button', class: 'tool', hidden: true }, 'Copy all shown');
  readonly #root: HTMLElement;
  #picked: PickedNumber | undefined;
  #running: AbortController | undefined;
  #opener: Element | null = null;
  #shown: LogLine[] = [];
  /** Where the next lines begin. */
  #next: number | null = null;

  constructor(context: LinesContext) {
    this.#context = context;
    const close = element(
      'button',
      { type: 'button', class: 'tool lines-close', 'aria-label': 'Close the lines', title: 'Close (Esc)' },
      '×',
    );
    close.addEventListener('click', () => this.close());
    this.#more.addEventListener('click', () => void this.#load(this.#next ?? 0));
    this.#copyAll.addEventListener('click', () => void copy(this.#copyAll, textOf(this.#shown)));
    this.#root = element(
      'aside',
      { class: 'lines-drawer', role: 'dialog', 'aria-label': 'Lines of the log', tabindex: -1, hidden: true },
      element('header', { class: 'lines-header' }, element('div', {}, this.#title, this.#time), this.#copyAll, close),
      this.#summary,
      this.#gone,
      this.#list,
      this.#more,
    );
    this.#root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.close();
    });
  }

  /** Shows the lines of a number. */
  open(picked: PickedNumber): void {
    if (this.#root.hidden) this.#opener = document.activeElement;
    this.#picked = picked;
    this.#shown = [];
    if (!this.#root.isConnected) document.body.append(this.#root);
    this.#root.hidden = false;
    this.#title.textContent = picked.title;
    this.#time.textContent = `${clockText(picked.fromMs)} to ${clockText(picked.toMs)}`;
    this.#gone.replaceChildren();
    this.#list.replaceChildren();
    this.#more.hidden = true;
    this.#copyAll.hidden = true;
    history.replaceState(history.state, '', linesHash(picked));
    this.#root.focus({ preventScroll: true });
    void this.#load(0);
  }

  /** Opens what the address says, if it says anything. */
  openFromAddress(): void {
    const picked = readLinesHash(location.hash);
    if (picked) this.open(picked);
  }

  /** Closes the drawer; the focus goes back to where it was. */
  close(): void {
    this.#running?.abort();
    if (this.#root.hidden) return;
    this.#root.hidden = true;
    this.#picked = undefined;
    history.replaceState(history.state, '', location.pathname + location.search);
    if (this.#opener instanceof HTMLElement && this.#opener.isConnected) this.#opener.focus({ preventScroll: true });
  }

  /** Takes the drawer away. */
  destroy(): void {
    this.#running?.abort();
    this.#root.remove();
  }

  async #load(skip: number): Promise<void> {
    const picked = this.#picked;
    if (!picked) return;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#root.setAttribute('aria-busy', 'true');
    this.#summary.className = 'lines-summary';
    if (skip === 0) this.#summary.textContent = 'Looking into the logs …';
    this.#more.disabled = true;
    const { dashboard } = this.#context;
    try {
      const question = { dashboard, variables: this.#context.variables(), ...picked, skip };
      const answer = await fetchLines(question, running.signal);
      if (!running.signal.aborted) this.#show(picked, answer);
    } catch (error) {
      if (running.signal.aborted) return;
      this.#summary.className = 'lines-summary lines-fault';
      this.#summary.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      if (this.#running === running) this.#root.setAttribute('aria-busy', 'false');
      this.#more.disabled = false;
    }
  }

  #show(picked: PickedNumber, answer: LinesAnswer): void {
    const before = this.#shown.length;
    this.#shown.push(...answer.lines);
    this.#summary.textContent = summaryOf(picked, answer);
    this.#gone.replaceChildren(
      ...answer.gone.map(({ path, text }) =>
        element('li', {}, icon('warning'), element('code', {}, path), ` ${text}.`),
      ),
      ...answer.notes.map((text) => element('li', {}, icon('info'), `${text}.`)),
    );
    this.#list.append(...answer.lines.map((line) => entryOf(line)));
    const { next } = answer;
    this.#more.hidden = next === null;
    this.#more.textContent = `Load more (${this.#shown.length.toLocaleString('en')} of ${answer.total.toLocaleString('en')} shown)`;
    this.#next = next;
    this.#copyAll.hidden = this.#shown.length === 0;
    if (before > 0) this.#list.children[before]?.querySelector('button')?.focus({ preventScroll: true });
  }
}

/** How many lines there are, and how that compares with the number they are behind. */
function summaryOf({ value }: PickedNumber, { total, amount, gone }: LinesAnswer): string {
  const lines = `${total.toLocaleString('en')} ${total === 1 ? 'line' : 'lines'}`;
  const sum = amount === total ? lines : `${lines}, ${amount.toLocaleString('en')} together`;
  if (value === undefined) return sum;
  const count = value.toLocaleString('en');
  if (amount === value) return total === 0 ? 'No lines' : `${sum}: exactly the ${count} that the page shows`;
  if (amount < value && gone.length > 0) {
    return `${sum} of the ${count} that the page shows; the others were in logs that are gone:`;
  }
  return `${sum}; the page showed ${count} when it was drawn`;
}

function entryOf(line: LogLine): HTMLElement {
  const name = line.path.slice(line.path.lastIndexOf('/') + 1);
  const button = element(
    'button',
    {
      type: 'button',
      class: 'lines-copy',
      'aria-label': `Copy line ${line.number} of ${name}`,
      title: 'Copy this line',
    },
    'Copy',
  );
  button.addEventListener('click', () => void copy(button, line.text));
  return element(
    'li',
    { class: 'lines-entry' },
    element(
      'div',
      { class: 'lines-place' },
      element('span', { class: 'lines-file', title: `${line.host}: ${line.path}` }, `${name}:${line.number}`),
      element('span', { class: 'lines-moment' }, clockText(line.timeMs)),
      button,
    ),
    element('code', { class: 'lines-text' }, line.text, line.isCut ? ' … (the rest is cut)' : undefined),
  );
}

function textOf(lines: readonly LogLine[]): string {
  return lines.map(({ path, number, text }) => `${path}:${number}: ${text}\n`).join('');
}

/** Copies, and says so on the button. Without permission, or on an unsafe address, it says that it is not possible. */
async function copy(button: HTMLButtonElement, text: string): Promise<void> {
  const label = button.textContent ?? '';
  let said = 'Copied';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    said = 'Not allowed';
  }
  button.textContent = said;
  setTimeout(() => (button.textContent = label), 1500);
}
