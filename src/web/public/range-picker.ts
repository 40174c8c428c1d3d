// Choosing the time range: quick ranges, two date fields, back and forward, zoom out, and the refresh interval.
import { element, icon } from './dom.ts';
import { popover } from './popover.ts';
import {
  absolute,
  calendarRanges,
  isLive,
  labelOf,
  localText,
  quickRanges,
  shifted,
  spanOf,
  zoomedOut,
} from './time-range.ts';
import type { TimeRange } from './time-range.ts';

/** What the controls show and what they do. */
export interface RangeControls {
  readonly range: TimeRange;
  readonly refreshSeconds: number;
  /** The server's time, epoch milliseconds. */
  readonly now: () => number;
  readonly choose: (range: TimeRange) => void;
  readonly chooseRefresh: (seconds: number) => void;
  readonly refresh: () => void;
}

const refreshChoices = [0, 5, 15, 30, 60, 300];

/** The row of buttons. */
export function rangeControls(controls: RangeControls): HTMLElement {
  const { range, now, choose } = controls;
  const span = (): { fromMs: number; toMs: number } =>
    spanOf(range, now()) ?? { fromMs: now() - 3_600_000, toMs: now() };
  const button = (label: string, name: Parameters<typeof icon>[0], act: () => void, isOff = false): HTMLButtonElement =>
    element(
      'button',
      { type: 'button', class: 'tool', title: label, 'aria-label': label, disabled: isOff, onclick: act },
      icon(name),
    );
  const opener = element(
    'button',
    { type: 'button', class: 'tool tool-wide range-button', title: 'Choose the time range' },
    icon('clock'),
    element('span', {}, labelOf(range)),
    icon('down'),
  );
  return element(
    'div',
    { class: 'controls', role: 'group', 'aria-label': 'Time range' },
    element(
      'div',
      { class: 'joined' },
      button('Earlier', 'back', () => choose(shifted(span(), -1))),
      popover(opener, 'Time range', (close) => rangePanel(controls, span(), close), 'right').root,
      button('Later', 'forward', () => choose(shifted(span(), 1)), isLive(range)),
      button('Zoom out', 'zoomOut', () => choose(zoomedOut(span(), now()))),
    ),
    element('div', { class: 'joined' }, button('Refresh now', 'refresh', controls.refresh), refreshChooser(controls)),
  );
}

function refreshChooser({ refreshSeconds, chooseRefresh, range }: RangeControls): HTMLElement {
  const choices = refreshChoices.includes(refreshSeconds) ? refreshChoices : [...refreshChoices, refreshSeconds];
  const text = (seconds: number): string => {
    if (seconds === 0) return 'Off';
    return seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
  };
  const select = element(
    'select',
    { class: 'tool tool-select', 'aria-label': 'Refresh every', title: 'Refresh every', disabled: !isLive(range) },
    ...choices
      .toSorted((first, second) => first - second)
      .map((seconds) => element('option', { value: seconds, selected: seconds === refreshSeconds }, text(seconds))),
  );
  select.addEventListener('change', () => chooseRefresh(Number(select.value)));
  return select;
}

function rangePanel(controls: RangeControls, span: { fromMs: number; toMs: number }, close: () => void): Node {
  const pick = (range: TimeRange): void => {
    close();
    controls.choose(range);
  };
  const from = dateField('From', span.fromMs);
  const to = dateField('To', span.toMs);
  const fault = element('p', { class: 'fault', role: 'alert', hidden: true });
  const form = element(
    'form',
    { class: 'range-form', novalidate: true },
    element('h3', {}, 'From and to'),
    from.root,
    to.root,
    fault,
    element('button', { type: 'submit', class: 'primary' }, 'Apply'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const [fromMs, toMs] = [from.value(), to.value()];
    if (fromMs !== undefined && toMs !== undefined && toMs > fromMs) return pick(absolute(fromMs, toMs));
    fault.textContent =
      fromMs === undefined || toMs === undefined ? 'Enter both times.' : 'The end must be after the beginning.';
    fault.hidden = false;
  });
  const last = lastField(controls.range, pick);
  const quick = element(
    'div',
    { class: 'range-quick' },
    element('h3', {}, 'Quick ranges'),
    element(
      'ul',
      {},
      ...[...quickRanges.map((range) => ({ ...range, to: 'now' })), ...calendarRanges].map(
        ({ from: start, to: end, label }) => {
          const isChosen = controls.range.from === start && controls.range.to === end;
          const act = (): void => pick({ from: start, to: end });
          return element(
            'li',
            {},
            element(
              'button',
              { type: 'button', class: 'choice', 'aria-pressed': String(isChosen), autofocus: isChosen, onclick: act },
              label,
            ),
          );
        },
      ),
    ),
  );
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'local time';
  const hint = element('p', { class: 'hint' }, `Times are in ${zone}.`);
  return element('div', { class: 'range-panel' }, element('div', { class: 'range-forms' }, form, last, hint), quick);
}

const lengthUnits = { m: 'minutes', h: 'hours', d: 'days', w: 'weeks' } as const;

/** Any other range that ends now: a number and a unit. */
function lastField(range: TimeRange, pick: (range: TimeRange) => void): HTMLElement {
  const [, count = '6', unit = 'h'] = /^now-(\d+)([mhdw])$/.exec(isLive(range) ? range.from : '') ?? [];
  const number = element('input', { type: 'number', min: 1, max: 9999, value: count, 'aria-label': 'Number' });
  const units = element(
    'select',
    { 'aria-label': 'Unit' },
    ...Object.entries(lengthUnits).map(([value, text]) => element('option', { value, selected: value === unit }, text)),
  );
  const form = element(
    'form',
    { class: 'range-last' },
    element('span', {}, 'Last'),
    number,
    units,
    element('button', { type: 'submit', class: 'tool' }, 'Show'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (/^[1-9]\d{0,3}$/.test(number.value)) pick({ from: `now-${number.value}${units.value}`, to: 'now' });
  });
  return form;
}

function dateField(label: string, timeMs: number): { root: HTMLElement; value(): number | undefined } {
  const input = element('input', { type: 'datetime-local', step: 1, value: localText(timeMs), required: true });
  return {
    root: element('label', { class: 'field' }, element('span', {}, label), input),
    value: () => {
      const time = new Date(input.value).getTime();
      return Number.isNaN(time) ? undefined : time;
    },
  };
}
