// Parts that show alerts: severity as a word with a mark, labels, times, and the links to what an alert is about.
import type { AlertItem, RuleItem, Severity } from './alerts-wire.ts';
import { element } from './dom.ts';
import { format } from './format.ts';
import { localText } from './time-range.ts';

const words: Readonly<Record<Severity, string>> = { critical: 'Critical', warning: 'Warning', info: 'Info' };
const marks: Readonly<Record<Severity, string>> = { critical: '✖', warning: '▲', info: 'ℹ' };

/** A severity as a word with a mark; colour only underlines it. */
export function severityBadge(severity: string): HTMLElement {
  const known = severity in words ? (severity as Severity) : undefined;
  return element(
    'span',
    { class: `badge severity-${known ?? 'info'}` },
    known ? element('span', { 'aria-hidden': 'true' }, `${marks[known]} `) : undefined,
    known ? words[known] : severity || 'none',
  );
}

/** The same for every alert of a rule, or names of ours: they tell nobody which thing is meant. */
const ownLabels = ['alertname', 'grafana_folder', 'severity', 'service', 'rulename', 'datasource_uid', 'ref_id'];

/** The labels that say what an alert is about. */
export function tagsOf(labels: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(labels)
    .filter(([name]) => !ownLabels.includes(name))
    .toSorted(([first], [second]) => (first < second ? -1 : 1));
}

/** Labels as small tags. */
export function labelList(labels: Readonly<Record<string, string>>): HTMLElement | undefined {
  const tags = tagsOf(labels);
  if (tags.length === 0) return undefined;
  return element(
    'ul',
    { class: 'labels', 'aria-label': 'Labels' },
    ...tags.map(([name, value]) =>
      element('li', {}, element('span', { class: 'hint' }, `${name} `), element('span', {}, value)),
    ),
  );
}

/**
 * A moment: how long ago or ahead (`5 min ago`), or with `isLength` only how long (`5 min`), with the date behind it.
 * `data-moment` lets it be written anew as time goes by.
 */
export function momentElement(timeMs: number, nowMs: number, isLength = false): HTMLElement {
  const title = localText(timeMs).replace('T', ' ');
  const made = element('time', { 'data-moment': timeMs, 'data-length': isLength, title });
  made.dateTime = new Date(timeMs).toISOString();
  writeMoment(made, nowMs);
  return made;
}

/** Writes a moment anew. */
export function writeMoment(moment: HTMLElement, nowMs: number): void {
  const seconds = (nowMs - Number(moment.dataset['moment'])) / 1000;
  const length = format(Math.abs(seconds), 'dtdurations');
  if ('length' in moment.dataset) moment.textContent = length;
  else moment.textContent = seconds >= 0 ? `${length} ago` : `in ${length}`;
}

/** The address of the panel that shows an alert or a rule, with the labels as choices where there are some. */
export function panelAddress(
  { dashboard, panel }: Pick<AlertItem | RuleItem, 'dashboard' | 'panel'>,
  labels: Readonly<Record<string, string>>,
  sinceMs: number,
  nowMs: number,
): string {
  const isRecent = nowMs - sinceMs < 2 * 3_600_000;
  const from = isRecent ? 'now-3h' : String(sinceMs - 3_600_000);
  const parameters = new URLSearchParams({ from, to: 'now' });
  for (const [name, value] of tagsOf(labels)) parameters.append(`var-${name}`, value);
  parameters.set('viewPanel', String(panel));
  return `/d/${encodeURIComponent(dashboard)}?${parameters}`;
}
