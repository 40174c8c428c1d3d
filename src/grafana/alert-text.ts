// Texts of alerts as they are read: what Grafana makes of the templates of alert-message.ts, made in process. A test
// compares both for every rule.
import type { AlertRule } from '../model/alert.ts';
import { harmlessSigns, mostCharacters } from './alert-message.ts';
import { duration, fixed, percentage } from './go-numbers.ts';

const harmful = new RegExp(`[^${harmlessSigns}]`, 'gu');

/** A text of a rule with `{value}` and the tags in their places; a question mark for what is not there. */
export function messageText(
  rule: AlertRule,
  text: string,
  labels: Readonly<Record<string, string>>,
  value: number | undefined,
): string {
  return text.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    if (name === 'value') return value === undefined ? '?' : writtenNumber(rule.unit, value);
    return Object.hasOwn(labels, name) ? harmlessText(labels[name] ?? '') : '?';
  });
}

/** A number in the unit of a rule. */
export function writtenNumber(unit: AlertRule['unit'], value: number): string {
  switch (unit) {
    case 'short':
      return fixed(value, 0);
    case 'none':
      return fixed(value, 1);
    case 'percentunit':
      return percentage(value);
    case 's':
      return duration(value);
  }
}

function harmlessText(value: string): string {
  const cut = Array.from(value).slice(0, mostCharacters).join('');
  return cut === '' ? '?' : cut.replace(harmful, '?');
}
