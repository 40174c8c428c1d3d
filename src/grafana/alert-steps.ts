// How an alert rule is worked out, step by step, under the names that Grafana shows: queries and expressions A, B, C and
// on. alert-rules.ts renders these steps for Grafana, alerts/rules/ takes them in process: one order, one set of names.
import type { AlertQuestion, AlertRule, Limit } from '../model/alert.ts';

/** The folder of rules; no dashboard may have it, or Grafana would make it twice. */
export const alertFolder = 'Switchboard Alerts';

/** One step; `of`, `left` and `right` are names of steps before it. */
export type AlertStep =
  /** Asks the store: one number for each group of tags. */
  | { readonly kind: 'query'; readonly ref: string; readonly question: AlertQuestion }
  /** Takes the numbers out of an answer. */
  | { readonly kind: 'reduce'; readonly ref: string; readonly of: string }
  /** `left - times * right` or `times * left / right`, of the groups that both have. */
  | {
      readonly kind: 'compare';
      readonly ref: string;
      readonly how: 'minus' | 'over';
      readonly times: number | undefined;
      readonly left: string;
      readonly right: string;
    }
  /** 1 where both limits are passed, else 0, of the groups that both have. */
  | {
      readonly kind: 'both';
      readonly ref: string;
      readonly left: string;
      readonly leftLimit: Limit;
      readonly right: string;
      readonly rightLimit: Limit;
    }
  /** 1 where the limit is passed, else 0. */
  | { readonly kind: 'threshold'; readonly ref: string; readonly of: string; readonly limit: Limit };

/** The steps of a rule; the last one decides. */
export interface AlertSteps {
  readonly steps: readonly AlertStep[];
  /** The step whose number is shown as `{value}`. */
  readonly value: string;
  /** The last step. */
  readonly condition: string;
}

/** The same question is asked once. */
export function alertSteps(rule: AlertRule): AlertSteps {
  const steps: AlertStep[] = [];
  const reduced = new Map<AlertQuestion, string>();
  const add = (make: (ref: string) => AlertStep): string => {
    const step = make(String.fromCodePoint(0x41 + steps.length));
    steps.push(step);
    return step.ref;
  };
  const ask = (question: AlertQuestion): string => {
    const known = reduced.get(question);
    if (known !== undefined) return known;
    const of = add((ref) => ({ kind: 'query', ref, question }));
    const number = add((ref) => ({ kind: 'reduce', ref, of }));
    reduced.set(question, number);
    return number;
  };
  const { comparedWith, limit, onlyIf } = rule;
  const measured = ask(rule.measured);
  let value = measured;
  if (comparedWith) {
    const { how, times } = comparedWith;
    const right = ask(comparedWith.question);
    value = add((ref) => ({ kind: 'compare', ref, how, times, left: measured, right }));
  }
  if (!onlyIf) return { steps, value, condition: add((ref) => ({ kind: 'threshold', ref, of: value, limit })) };
  const least = ask(onlyIf.question);
  const left = value;
  const of = add((ref) => ({
    kind: 'both',
    ref,
    left,
    leftLimit: limit,
    right: least,
    rightLimit: onlyIf.limit,
  }));
  return { steps, value, condition: add((ref) => ({ kind: 'threshold', ref, of, limit: { above: 0 } })) };
}

/** The labels that every alert of a rule has besides its name, its folder and the tags of its group. */
export function ruleLabels({ severity, family, service }: AlertRule): Readonly<Record<string, string>> {
  return { severity, ...(family === undefined ? {} : { family }), service };
}

/** Where the rule's section is, from the root of the repository. */
export function runbookPath(rule: AlertRule): string {
  return `docs/runbooks/${rule.runbook}.md#${rule.uid}`;
}
