// Alert lists: what fires and what is about to, most severe first, with the place where its numbers are drawn.
import { element } from './dom.ts';
import { fixed, momentText } from './format.ts';
import { fromNow } from './format-time.ts';
import { serverNow } from './server-time.ts';
import { toneMarks } from './tones.ts';
import type { AlertAnswer, AlertState, Tone } from './wire.ts';

/** At most so many alerts; the rest is counted in a line. */
const maxAlerts = 100;

const severities = ['critical', 'serious', 'warning', 'info'];
const tones: Readonly<Record<string, Tone>> = { critical: 'critical', serious: 'serious', warning: 'warning' };

/** Labels that say nothing beside title and severity. */
const impliedLabels = new Set(['alertname', 'severity', 'grafana_folder']);

/** Where an alert leads: its dashboard and panel. */
export type AlertHref = (dashboard: string, panel: number | null) => string;

/** The content of an alert list, or the words that stand for it where there is none. */
export function drawAlertList(
  body: HTMLElement,
  answer: AlertAnswer | undefined,
  hrefOf: AlertHref,
): string | undefined {
  if (!answer) return 'Alert rules are not evaluated here. With the Docker stack Grafana does it: see its alert list.';
  const active = answer.alerts.filter(({ state }) => state !== 'normal').toSorted(compareAlerts);
  const normal = answer.alerts.length - active.length;
  if (active.length === 0)
    return answer.alerts.length === 0 ? 'No alert is active.' : `No alert is active; ${normal} normal.`;
  const items = active.slice(0, maxAlerts).map((alert) => alertItem(alert, hrefOf));
  const rest = active.length - items.length;
  const scrolled = body.querySelector('.alerts')?.scrollTop ?? 0;
  const list = element('ul', { class: 'alerts', tabindex: 0 }, ...items);
  if (rest > 0) list.append(element('li', { class: 'hint' }, `and ${rest} more`));
  if (normal > 0) list.append(element('li', { class: 'hint' }, `${normal} normal`));
  body.replaceChildren(list);
  list.scrollTop = scrolled;
  return undefined;
}

/** Firing before pending, silenced after others, then by severity, then the longest first. */
export function compareAlerts(first: AlertState, second: AlertState): number {
  const rank = (alert: AlertState): number => {
    const severity = severities.indexOf(alert.severity);
    return (
      (alert.state === 'firing' ? 0 : 100) +
      (alert.silencedUntilMs === null ? 0 : 10) +
      (severity < 0 ? severities.length : severity)
    );
  };
  return rank(first) - rank(second) || first.activeSinceMs - second.activeSinceMs;
}

function alertItem(alert: AlertState, hrefOf: AlertHref): HTMLElement {
  const tone = alert.state === 'pending' ? 'warning' : (tones[alert.severity] ?? 'neutral');
  const labels = Object.entries(alert.labels).filter(([name, value]) => !impliedLabels.has(name) && value !== '');
  const value = typeof alert.value === 'number' ? fixed(alert.value) : (alert.value ?? '');
  const title = alert.dashboard
    ? element('a', { href: hrefOf(alert.dashboard, alert.panel), 'data-inside': true }, alert.title)
    : element('span', {}, alert.title);
  return element(
    'li',
    { class: `alert tone-${tone}` },
    element(
      'div',
      { class: 'alert-head' },
      element(
        'span',
        { class: 'alert-state' },
        element('span', { 'aria-hidden': 'true' }, `${toneMarks[tone] || '●'} `),
        alert.state === 'firing' ? 'Firing' : 'Pending',
      ),
      element('span', { class: 'alert-title' }, title),
      element('span', { class: 'hint' }, alert.severity),
      alert.silencedUntilMs === null
        ? undefined
        : element('span', { class: 'chip' }, `silenced until ${momentText(alert.silencedUntilMs, 60_000)}`),
      element(
        'time',
        { class: 'hint alert-since', title: momentText(alert.activeSinceMs, 0) },
        fromNow(alert.activeSinceMs, serverNow()),
      ),
    ),
    alert.summary === '' ? undefined : element('p', { class: 'alert-summary' }, alert.summary),
    labels.length === 0 && value === ''
      ? undefined
      : element(
          'p',
          { class: 'chips' },
          value === '' ? undefined : element('span', { class: 'chip chip-value' }, `value ${value}`),
          ...labels.map(([name, text]) => element('span', { class: 'chip' }, `${name}=${text}`)),
        ),
  );
}
