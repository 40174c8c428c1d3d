// Texts of alerts as templates of Grafana. Tag values come from logs that strangers write, so each is cut and keeps
// only letters, digits and signs that mean nothing to mail, chat or a page; a value that is missing, as when the store
// gives no answer, becomes a question mark and not an error.
import type { AlertRule } from '../model/alert.ts';

/** Characters of a tag value that are shown. */
export const mostCharacters = 80;

/** What stays of a tag value, as part of a character class: no brackets, quotes, at signs, or controls. */
export const harmlessSigns = String.raw`\p{L}\p{N} _.:/+-`;

/** Everything else, in RE2, as Grafana reads it. */
const harmful = String.raw`[^\pL\pN _.:/+-]`;

/**
 * A text of a rule as annotation. `{tag}` becomes the label, `{value}` the number of the expression `valueRef`. Throws
 * for an unknown name, and for text that Grafana would read as a template or a variable.
 */
export function messageTemplate(rule: AlertRule, text: string, valueRef: string): string {
  if (/[$`\\]|\{\{|\}\}/.test(text)) throw new Error(`${rule.uid}: "${text}" has signs that Grafana would read`);
  return text.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    if (name === 'value') return guarded(`$values.${valueRef}`, writtenNumber(rule.unit));
    if (!rule.measured.query.groupBy.includes(name)) throw new Error(`${rule.uid}: {${name}} is no tag of the groups`);
    return guarded(`$labels.${name}`, `printf "%.${mostCharacters}s" . | reReplaceAll \`${harmful}\` "?"`);
  });
}

function guarded(place: string, written: string): string {
  return `{{ with ${place} }}{{ ${written} }}{{ else }}?{{ end }}`;
}

function writtenNumber(unit: AlertRule['unit']): string {
  switch (unit) {
    case 'short':
      return 'printf "%.0f" .Value';
    case 'none':
      return 'printf "%.1f" .Value';
    case 'percentunit':
      return 'humanizePercentage .Value';
    case 's':
      return 'humanizeDuration .Value';
  }
}
