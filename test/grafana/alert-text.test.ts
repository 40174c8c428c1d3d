// Texts of alerts: what is made in process is what Grafana makes of the shipped templates. go-texts.json holds what Go's
// text/template with Grafana's functions gave for numbers and tag values that are easy to get wrong.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allAlertRules } from '../../src/app/generated.ts';
import { messageTemplate } from '../../src/grafana/alert-message.ts';
import { messageText, writtenNumber } from '../../src/grafana/alert-text.ts';
import type { AlertRule } from '../../src/model/alert.ts';

interface GoTexts {
  readonly numbers: readonly { readonly unit: AlertRule['unit']; readonly value: string; readonly text: string }[];
  readonly tags: readonly { readonly tag: string; readonly text: string }[];
}

const { numbers, tags } = JSON.parse(readFileSync(new URL('go-texts.json', import.meta.url), 'utf8')) as GoTexts;
const rules = await allAlertRules();

/** What stands in the templates for each unit; go-texts.json was made with the same. */
const written: Readonly<Record<AlertRule['unit'], string>> = {
  short: 'printf "%.0f" .Value',
  none: 'printf "%.1f" .Value',
  percentunit: 'humanizePercentage .Value',
  s: 'humanizeDuration .Value',
};
const writtenTag = 'printf "%.80s" . | reReplaceAll `[^\\pL\\pN _.:/+-]` "?"';

/** A template of ours as Grafana executes it, with the table in place of Go's functions. */
function executed(template: string, labels: Readonly<Record<string, string>>, value: string | undefined): string {
  return template.replace(
    /\{\{ with (\$values\.B|\$labels\.(\w+)) \}\}\{\{ (.*?) \}\}\{\{ else \}\}\?\{\{ end \}\}/g,
    (_, place: string, tag: string | undefined, call: string) => {
      if (tag !== undefined) {
        expect(call).toBe(writtenTag);
        return tags.find((row) => row.tag === (labels[tag] ?? ''))!.text;
      }
      expect(place).toBe('$values.B');
      const [unit] = Object.entries(written).find(([, text]) => text === call)!;
      return value === undefined ? '?' : numbers.find((row) => row.unit === unit && row.value === value)!.text;
    },
  );
}

describe('numbers and tag values as Go writes them', () => {
  test.each(numbers.map(({ unit, value, text }) => [value, unit, text] as const))(
    '%s as %s is %s',
    (value, unit, text) => {
      expect(writtenNumber(unit, Number(value))).toBe(text);
    },
  );
});

describe('texts of rules', () => {
  test.each(rules.map((rule) => [rule.uid, rule] as const))('%s', (_, rule) => {
    const names = rule.measured.query.groupBy;
    for (const text of [rule.summary, rule.description]) {
      const template = messageTemplate(rule, text, 'B');
      for (const { tag } of tags) {
        const labels = Object.fromEntries(names.map((name) => [name, tag]));
        expect(messageText(rule, text, labels, 12.25)).toBe(executed(template, labels, '12.25'));
      }
      expect(messageText(rule, text, {}, undefined)).toBe(executed(template, {}, undefined));
      expect(template).not.toBe('');
    }
  });

  test('at least one rule shows a number and a tag', () => {
    expect(rules.some(({ summary }) => /\{value\}.*\{\w+\}/.test(summary))).toBe(true);
  });
});
