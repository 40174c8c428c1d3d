// The number of alerts that fire, in the head of every page; it leads to the page of alerts.
import { fetchCounts } from './alerts-data.ts';
import type { AlertCounts } from './alerts-wire.ts';
import { element } from './dom.ts';

const intervalMs = 5000;

/** The badge; it asks by itself while the page is seen, and is hidden where no rules are evaluated. */
export function alertsBadge(): HTMLElement {
  const badge = element('a', { class: 'alerts-badge', href: '/alerts', 'data-inside': true, hidden: true });
  const ask = async (): Promise<void> => {
    try {
      show(badge, await fetchCounts());
    } catch {
      // The banner tells that the server is away; the last number stays.
    }
  };
  void ask();
  setInterval(() => {
    if (!document.hidden) void ask();
  }, intervalMs);
  return badge;
}

function show(badge: HTMLElement, { isEvaluated, firing, critical }: AlertCounts): void {
  badge.hidden = !isEvaluated;
  const text =
    firing === 0 ? '✓ No alerts' : `${critical > 0 ? '✖' : '▲'} ${firing} ${firing === 1 ? 'alert' : 'alerts'}`;
  if (badge.textContent === text) return;
  badge.textContent = text;
  badge.className = `alerts-badge ${firing === 0 ? 'is-calm' : critical > 0 ? 'is-critical' : 'is-warning'}`;
  badge.setAttribute('aria-label', firing === 0 ? 'No alerts fire' : `${firing} firing, ${critical} of them critical`);
}
