// An alert as people and receivers know it: labels, texts, start and end, and the links to what shows it.
import { alertFolder, alertSteps, ruleLabels, runbookPath } from '../../grafana/alert-steps.ts';
import { messageText } from '../../grafana/alert-text.ts';
import type { AlertRule } from '../../model/alert.ts';
import type { Instance } from './instances.ts';
import { storeAlertNames } from './policy.ts';
import type { Labels } from './policy.ts';

/** An alert that fires, or did. Times are epoch milliseconds. */
export interface ActiveAlert {
  readonly ruleUid: string;
  /** Hash of the labels: the same for one alert over time. */
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsMs: number;
  /** Undefined while it fires. */
  readonly endsMs: number | undefined;
  readonly values: Readonly<Record<string, number>>;
  /** `[ var='B' labels={host=cm1} value=7.5 ]`, one for each number. */
  readonly valueString: string;
  readonly dashboard: string;
  readonly panel: number;
}

/** The alert of an instance; `endsMs` when it is over. */
export function activeAlert(rule: AlertRule, instance: Instance, endsMs?: number): ActiveAlert {
  const labels = labelsOf(rule, instance);
  const { summary, description } = textsOf(rule, instance);
  const { steps } = alertSteps(rule);
  const tags = Object.entries(instance.tags).map(([name, value]) => `${name}=${value}`);
  return {
    ruleUid: rule.uid,
    fingerprint: fingerprintOf({ ...labels, __alert_rule_uid__: rule.uid }),
    labels,
    annotations: {
      description,
      runbook: runbookPath(rule),
      summary,
      ...(instance.reason === '' ? {} : { Error: instance.reason }),
    },
    startsMs: instance.sinceMs,
    endsMs,
    values: instance.values,
    valueString: steps
      .flatMap(({ ref }) => {
        const value = instance.values[ref];
        return value === undefined ? [] : [`[ var='${ref}' labels={${tags.join(', ')}} value=${value} ]`];
      })
      .join(', '),
    dashboard: rule.panel.dashboard,
    panel: rule.panel.id,
  };
}

/** The labels of an alert: those of Grafana, which calls what is no verdict of the rule by another name. */
export function labelsOf(rule: AlertRule, { kind, tags }: Instance): Labels {
  const name = kind === 'tags' ? { alertname: rule.title } : { alertname: storeAlertNames[kind], rulename: rule.title };
  return { ...tags, ...ruleLabels(rule), grafana_folder: alertFolder, ...name };
}

/** What it says: the texts of the rule, or in plain words that the rule could not be evaluated. */
export function textsOf(
  rule: AlertRule,
  { kind, tags, value, reason }: Instance,
): { readonly summary: string; readonly description: string } {
  switch (kind) {
    case 'error':
      return {
        summary: `The rule "${rule.title}" cannot be evaluated`,
        description: `${reason}. Until this is over nobody knows what the rule would say.`,
      };
    case 'nodata':
      return {
        summary: `The rule "${rule.title}" has no data`,
        description: 'The store holds nothing that the rule asks for, so nobody knows what it would say.',
      };
    case 'tags':
      return {
        summary: messageText(rule, rule.summary, tags, value),
        description: messageText(rule, rule.description, tags, value),
      };
  }
}

/** The fingerprint of Prometheus: FNV-1a of the sorted labels, 64 bits as 16 hexadecimal digits. */
export function fingerprintOf(labels: Labels): string {
  // In halves of 32 bits: the prime is 2^40 + 0x1b3, and no step exceeds what a number holds exactly.
  let [high, low] = [0xcbf29ce4, 0x84222325];
  const add = (byte: number): void => {
    const mixed = (low ^ byte) >>> 0;
    const product = mixed * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / half) + mixed * 0x100) % half;
    low = product % half;
  };
  for (const [name, value] of Object.entries(labels).toSorted(([first], [second]) => (first < second ? -1 : 1))) {
    for (const text of [name, value]) {
      for (const byte of Buffer.from(text, 'utf8')) add(byte);
      add(separator);
    }
  }
  return [high, low].map((part) => part.toString(16).padStart(8, '0')).join('');
}

const half = 2 ** 32;
/** A byte that no UTF-8 text has. */
const separator = 0xff;
