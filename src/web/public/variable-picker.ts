// Choosers for dashboard variables: several values or All, with a field to search in.
import { element, icon } from './dom.ts';
import { popover } from './popover.ts';

/** What a chooser shows and does. */
export interface VariableControl {
  readonly label: string;
  /** Undefined while they are being loaded. */
  readonly values: () => readonly string[] | undefined;
  /** Empty means All. */
  readonly chosen: readonly string[];
  choose(values: readonly string[]): void;
}

/** A chooser on the page. */
export interface VariablePicker {
  readonly root: HTMLElement;
  /** Shows values that have come meanwhile; what was ticked stays. */
  refill(): void;
}

/** So many values are offered at most; a list of that length may not be all. */
const mostOffered = 1000;

/** Chosen values that no stored point has, as far as that is known. */
export function unknownValues(chosen: readonly string[], known: readonly string[] | undefined): readonly string[] {
  if (known === undefined || known.length === 0 || known.length >= mostOffered) return [];
  const stored = new Set(known);
  return chosen.filter((value) => !stored.has(value));
}

/** One chooser. The choice counts when Apply is pressed; Escape leaves it as it was. */
export function variablePicker(control: VariableControl): VariablePicker {
  const { chosen, label } = control;
  let selected = new Set(chosen);
  const summary = chosen.length === 0 ? 'All' : chosen.length <= 2 ? chosen.join(', ') : `${chosen.length} values`;
  const mark = element('span', { class: 'variable-unknown', hidden: true });
  const button = element(
    'button',
    { type: 'button', class: 'tool tool-wide variable-button', title: chosen.join(', ') || 'All' },
    element('span', { class: 'variable-label' }, label),
    element('span', { class: 'variable-value' }, summary),
    mark,
    icon('down'),
  );
  const drawMark = (): void => {
    const unknown = unknownValues(chosen, control.values());
    mark.hidden = unknown.length === 0;
    mark.textContent = unknown.length === chosen.length ? 'not in the data' : 'partly not in the data';
    mark.title = unknown.join(', ');
  };
  drawMark();
  // Listens before the popover does, so that each opening starts from the choice in force.
  button.addEventListener('click', () => (selected = new Set(chosen)));
  const opened = popover(button, label, (close) => choices(control, selected, close));
  return {
    root: opened.root,
    refill: () => {
      drawMark();
      opened.refill();
    },
  };
}

function choices(control: VariableControl, selected: Set<string>, close: () => void): Node {
  const known = control.values();
  const words = new Intl.Collator('en', { numeric: true });
  const values = [...new Set([...control.chosen, ...(known ?? [])])].toSorted((one, other) =>
    words.compare(one, other),
  );
  const search = element('input', {
    type: 'search',
    class: 'search',
    placeholder: 'Search',
    'aria-label': `Search ${control.label}`,
  });
  const all = checkbox('All', selected.size === 0);
  const unknown = new Set(unknownValues(control.chosen, known));
  const boxes = values.map((value) => ({
    value,
    ...checkbox(value, selected.has(value), unknown.has(value) ? 'not in the data' : undefined),
  }));
  all.input.addEventListener('change', () => {
    selected.clear();
    all.input.checked = true;
    for (const box of boxes) box.input.checked = false;
  });
  for (const { value, input } of boxes) {
    input.addEventListener('change', () => {
      if (input.checked) selected.add(value);
      else selected.delete(value);
      all.input.checked = selected.size === 0;
    });
  }
  search.addEventListener('input', () => {
    const wanted = search.value.toLowerCase();
    for (const { value, root } of boxes) root.hidden = !value.toLowerCase().includes(wanted);
    none.hidden = wanted === '' || boxes.some(({ root }) => !root.hidden);
  });
  const none = element('p', { class: 'hint', hidden: true }, 'No value has this text.');
  const form = element(
    'form',
    { class: 'variable-panel' },
    search,
    element(
      'div',
      { class: 'variable-values', role: 'group', 'aria-label': control.label },
      all.root,
      ...boxes.map((box) => box.root),
      none,
      known === undefined ? element('p', { class: 'hint' }, 'Loading values …') : undefined,
      values.length === 0 && known ? element('p', { class: 'hint' }, 'No values stored yet.') : undefined,
    ),
    element('button', { type: 'submit', class: 'primary' }, 'Apply'),
  );
  // Up and down go through what the search left; Enter anywhere applies.
  form.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
      event.preventDefault();
      form.requestSubmit();
    }
    if (step === 0) return;
    event.preventDefault();
    const stops = [search, all.input, ...boxes.filter(({ root }) => !root.hidden).map(({ input }) => input)];
    const here = stops.findIndex((stop) => stop === document.activeElement);
    stops[(here + step + stops.length) % stops.length]?.focus();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    close();
    control.choose([...selected].toSorted());
  });
  return form;
}

function checkbox(label: string, isChecked: boolean, hint?: string): { root: HTMLElement; input: HTMLInputElement } {
  const input = element('input', {
    type: 'checkbox',
    checked: isChecked,
    ...(hint ? { 'aria-description': hint } : {}),
  });
  const words = hint === undefined ? undefined : element('small', { class: 'hint', 'aria-hidden': 'true' }, hint);
  return { input, root: element('label', { class: 'choice check' }, input, element('span', {}, label), words) };
}
