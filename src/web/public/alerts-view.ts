// The page of alerts: what fires first, what is about to, silences, the last changes, and the rules with how their
// evaluation goes. Drawn anew only where something has changed, so that forms and texts that are open stay.
import { alertCard } from './alert-card.ts';
import { labelList, momentElement, severityBadge, writeMoment } from './alert-parts.ts';
import { endSilence, fetchAlerts, fetchCounts, fetchHistory } from './alerts-data.ts';
import type { AlertHistory, AlertsAnswer, RuleItem, SilenceItem } from './alerts-wire.ts';
import { element, icon } from './dom.ts';
import { format } from './format.ts';
import { silenceButton } from './silence-form.ts';
import { localText } from './time-range.ts';

const intervalMs = 5000;
const historyDashboard = 'sb-alerts';

/** The page of alerts; asks by itself until it is destroyed. */
export class AlertsView {
  readonly root = element('div', { class: 'view' });
  readonly #firing = element('div', { class: 'alert-cards' });
  readonly #pending = element('div', { class: 'alert-cards' });
  readonly #silences = element('div', {});
  readonly #history = element('div', {});
  readonly #rules = element('div', {});
  readonly #notes = element('div', { class: 'alert-notes' });
  /** What each part shows, to see whether it has changed. */
  readonly #shown = new Map<HTMLElement, string>();
  readonly #timer: ReturnType<typeof setInterval>;
  /** The rule that the address names, until it was shown. */
  #target = new URLSearchParams(location.search).get('rule') ?? '';

  /** `dashboards` are the uids that can be opened. */
  constructor(dashboards: readonly string[]) {
    const history = dashboards.includes(historyDashboard)
      ? element('a', { href: `/d/${historyDashboard}`, 'data-inside': true }, 'All of the history')
      : undefined;
    this.root.append(
      element(
        'header',
        { class: 'view-header' },
        element(
          'div',
          { class: 'view-title' },
          element('h1', {}, 'Alerts'),
          element('p', { class: 'view-description' }, 'What needs a person now, and how the rules are doing.'),
        ),
      ),
      this.#notes,
      section('Firing', this.#firing),
      section('Pending', this.#pending, 'The condition holds, but not for long enough yet.'),
      section('Silences', this.#silences, 'Nobody is told of these alerts; they are shown all the same.'),
      section('Last changes', this.#history, undefined, history),
      section('Rules', this.#rules),
    );
    void this.#refresh();
    this.#timer = setInterval(() => {
      if (!document.hidden) void this.#refresh();
    }, intervalMs);
  }

  /** Asks no more. */
  destroy(): void {
    clearInterval(this.#timer);
  }

  async #refresh(): Promise<void> {
    try {
      if (!(await fetchCounts()).isEvaluated) {
        this.#draw(this.#notes, 'none', () => [note('No alert rules are evaluated in this process.')]);
        return;
      }
      const [answer, history] = await Promise.all([fetchAlerts(), fetchHistory().catch(() => undefined)]);
      this.#show(answer, history);
    } catch (error) {
      // The banner tells that the server is away; the last answer stays.
      if (this.#shown.size > 0) return;
      this.#notes.replaceChildren(note(error instanceof Error ? error.message : String(error)));
    }
  }

  #show(answer: AlertsAnswer, history: AlertHistory | undefined): void {
    const { nowMs, alerts, left, rules, silences, targets } = answer;
    const again = (): void => void this.#refresh();
    const notes = [
      ...(left > 0 ? [`${left} more alerts are not shown; these are the most urgent ones.`] : []),
      ...targets.flatMap(({ name, fault }) => (fault === '' ? [] : [`${name} cannot be told of alerts: ${fault}`])),
    ];
    this.#draw(this.#notes, notes, () => notes.map(note));
    for (const [state, part, none] of [
      ['firing', this.#firing, 'Nothing fires.'],
      ['pending', this.#pending, 'Nothing is about to fire.'],
    ] as const) {
      const members = alerts.filter((alert) => alert.state === state);
      this.#draw(part, members, () =>
        members.length === 0 ? [hint(none)] : members.map((alert) => alertCard(alert, nowMs, again)),
      );
    }
    this.#draw(this.#silences, silences, () => [silenceTable(silences, nowMs, again)]);
    if (history) this.#draw(this.#history, history, () => [historyTable(history, nowMs)]);
    this.#draw(
      this.#rules,
      // How long an evaluation took is not shown.
      rules.map((rule) => ({ ...rule, lastDurationMs: 0 })),
      () => [ruleTable(rules, nowMs, again)],
    );
    for (const moment of this.root.querySelectorAll<HTMLElement>('[data-moment]')) writeMoment(moment, nowMs);
    this.#showTarget();
  }

  /** Draws a part when its content has changed and nobody is filling in a form of it. */
  #draw(part: HTMLElement, content: unknown, make: () => readonly Node[]): void {
    const text = JSON.stringify(content);
    if (this.#shown.get(part) === text || part.querySelector('.popover:not([hidden])')) return;
    const open = new Set([...part.querySelectorAll('details[open]')].map((one) => one.getAttribute('data-key')));
    this.#shown.set(part, text);
    part.replaceChildren(...make());
    for (const one of part.querySelectorAll('details')) if (open.has(one.getAttribute('data-key'))) one.open = true;
  }

  #showTarget(): void {
    if (this.#target === '') return;
    const found = this.root.querySelector(`[data-rule="${CSS.escape(this.#target)}"]`);
    this.#target = '';
    found?.classList.add('is-target');
    found?.scrollIntoView({ block: 'center' });
  }
}

function section(title: string, content: HTMLElement, about?: string, link?: HTMLElement): HTMLElement {
  return element(
    'section',
    { class: 'alert-section', 'aria-label': title },
    element('header', { class: 'alert-section-head' }, element('h2', {}, title), link),
    about === undefined ? undefined : hint(about),
    content,
  );
}

const hint = (text: string): HTMLElement => element('p', { class: 'hint' }, text);

function note(text: string): HTMLElement {
  return element('p', { class: 'alert-note' }, icon('warning'), element('span', {}, text));
}

function table(heads: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  return element(
    'div',
    { class: 'table-scroll' },
    element(
      'table',
      { class: 'table' },
      element(
        'thead',
        {},
        element('tr', {}, ...heads.map((head) => element('th', { scope: 'col', class: 'is-text' }, head))),
      ),
      element('tbody', {}, ...rows),
    ),
  );
}

const cell = (...content: readonly (Node | string | undefined)[]): HTMLElement =>
  element('td', { class: 'is-text' }, ...content);

/** A cell that stays on one line. */
const shortCell = (...content: readonly (Node | string | undefined)[]): HTMLElement =>
  element('td', { class: 'is-text is-short' }, ...content);

function silenceTable(silences: readonly SilenceItem[], nowMs: number, again: () => void): HTMLElement {
  if (silences.length === 0) return hint('Nothing is silenced.');
  return table(
    ['Rule', 'Alerts', 'Ends', 'Comment', ''],
    silences.map(({ id, title, labels, endsMs, comment }) => {
      const button = element('button', { type: 'button', class: 'tool tool-wide' }, 'End');
      button.setAttribute('aria-label', `End the silence of ${title}`);
      button.addEventListener('click', () => {
        button.disabled = true;
        // A silence that is over already is what was wanted; the next answer shows how it is.
        void endSilence(id).then(again, again);
      });
      return element(
        'tr',
        {},
        element('th', { scope: 'row', class: 'is-text' }, title),
        cell(labelList(labels) ?? 'all'),
        cell(
          momentElement(endsMs, nowMs),
          element('span', { class: 'hint' }, ` ${localText(endsMs).slice(0, 16).replace('T', ' ')}`),
        ),
        cell(comment),
        cell(button),
      );
    }),
  );
}

function historyTable({ events }: AlertHistory, nowMs: number): HTMLElement {
  if (events.length === 0) return hint('Nothing has fired yet.');
  return table(
    ['When', 'What', 'Severity', 'Alert', 'Host', 'Lasted', 'Summary'],
    events.map(({ timeMs, status, severity, title, host, durationSeconds, summary }) =>
      element(
        'tr',
        {},
        shortCell(momentElement(timeMs, nowMs)),
        shortCell(status === 'firing' ? '▲ firing' : '✓ resolved'),
        cell(severityBadge(severity)),
        element('th', { scope: 'row', class: 'is-text' }, title),
        shortCell(host),
        shortCell(durationSeconds === null ? '' : format(durationSeconds, 'dtdurations')),
        cell(summary),
      ),
    ),
  );
}

const stateTexts: Readonly<Record<RuleItem['state'], string>> = {
  firing: '▲ firing',
  pending: '… pending',
  normal: '✓ normal',
  error: '✖ cannot be evaluated',
  waiting: '– not evaluated yet',
};

function ruleTable(rules: readonly RuleItem[], nowMs: number, again: () => void): HTMLElement {
  if (rules.length === 0) return hint('There are no rules here.');
  return table(
    ['State', 'Rule', 'Severity', 'Looked at', 'Fires after', 'Last look', ''],
    rules.map((rule) =>
      element(
        'tr',
        { 'data-rule': rule.ruleUid },
        element(
          'td',
          { class: `is-text is-short rule-${rule.state}`, title: rule.lastError },
          stateTexts[rule.state],
          rule.firing > 1 ? ` (${rule.firing})` : undefined,
          rule.lastError === '' ? undefined : element('div', { class: 'hint' }, rule.lastError),
        ),
        element('th', { scope: 'row', class: 'is-text', title: rule.reason }, rule.title),
        cell(severityBadge(rule.severity)),
        shortCell(`each ${format(rule.intervalSeconds, 'dtdurations')}`),
        shortCell(rule.forSeconds === 0 ? 'at once' : format(rule.forSeconds, 'dtdurations')),
        shortCell(rule.lastEvaluationMs === null ? '–' : momentElement(rule.lastEvaluationMs, nowMs)),
        cell(silenceButton(rule, again)),
      ),
    ),
  );
}
