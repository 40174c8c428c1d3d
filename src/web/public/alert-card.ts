// One alert on the page of alerts: what, since when, about which thing, where to look, what to do, and its silence.
import { labelList, momentElement, panelAddress, severityBadge } from './alert-parts.ts';
import { fetchRunbook } from './alerts-data.ts';
import type { AlertItem } from './alerts-wire.ts';
import { element, icon } from './dom.ts';
import { runbookText } from './runbook-text.ts';
import { silenceButton } from './silence-form.ts';
import { localText } from './time-range.ts';

/** The card of an alert. `onChange` is called when it was silenced. */
export function alertCard(alert: AlertItem, nowMs: number, onChange: () => void): HTMLElement {
  const { title, severity, state, activeSinceMs, labels, summary, description, silencedUntilMs } = alert;
  return element(
    'article',
    {
      class: `alert-card severity-line-${severity}${silencedUntilMs === null ? '' : ' is-silenced'}`,
      'data-rule': alert.ruleUid,
      'data-alert': alert.fingerprint,
    },
    element(
      'header',
      { class: 'alert-card-head' },
      severityBadge(severity),
      element('h3', {}, summary),
      element('span', { class: 'alert-card-since hint' }, `${state} for `, momentElement(activeSinceMs, nowMs, true)),
    ),
    element('p', { class: 'alert-card-text' }, description),
    element(
      'footer',
      { class: 'alert-card-foot' },
      element('span', { class: 'hint' }, title),
      labelList(labels),
      silencedUntilMs === null
        ? undefined
        : element(
            'span',
            { class: 'badge' },
            `Silenced until ${localText(silencedUntilMs).slice(0, 16).replace('T', ' ')}`,
          ),
      element('span', { class: 'top-space' }),
      element(
        'a',
        { class: 'tool tool-wide', href: panelAddress(alert, labels, activeSinceMs, nowMs), 'data-inside': true },
        icon('chart'),
        'Panel',
      ),
      silenceButton(alert, onChange),
    ),
    runbook(alert),
  );
}

/** Opens the section of the runbook; it is asked for when it is opened first. */
function runbook({ ruleUid, runbook: path, fingerprint }: AlertItem): HTMLElement {
  const content = element('div', {}, element('p', { class: 'hint' }, path));
  const made = element(
    'details',
    { class: 'alert-runbook', 'data-key': `${fingerprint} runbook` },
    element('summary', {}, 'What to do'),
    content,
  );
  const load = async (): Promise<void> => {
    try {
      const { text } = await fetchRunbook(ruleUid);
      if (text !== null) content.replaceChildren(runbookText(text));
    } catch {
      // The path stays: the section is in the repository too.
    }
  };
  made.addEventListener('toggle', () => made.open && void load(), { once: true });
  return made;
}
