// Alert rules as a provisioning file of Grafana (grafana 4, 5 and 8): the same bytes for the same rules. Each question
// is a query without time grouping, so one number for each series; `reduce` only takes it out of its frame.
import type { AlertQuestion, AlertRule, Limit } from '../model/alert.ts';
import { messageTemplate } from './alert-message.ts';
import { influxqlOf } from './influxql.ts';
import { datasource } from './look.ts';

/** The folder of rules; no dashboard may have it, or Grafana would make it twice. */
export const alertFolder = 'Switchboard Alerts';

/** Rules that were shipped once and are no more: Grafana keeps a rule until its uid stands here. */
export const retiredRules: readonly string[] = [];

const expressions = { type: '__expr__', uid: '__expr__' } as const;
const silences = { normal: 'OK', unknown: 'NoData', failure: 'Alerting' } as const;

/** Labels that Grafana gives every alert itself, over those of the series. */
const ownLabels: readonly string[] = ['alertname', 'grafana_folder'];

interface RelativeRange {
  readonly from: number;
  readonly to: number;
}

/** Content of `provisioning/alerting/rules.generated.json`; rules of one group stay in their order. */
export function alertRulesFile(rules: readonly AlertRule[], retired: readonly string[] = retiredRules): string {
  const names = [...new Set(rules.map(({ group }) => group.name))];
  const groups = names.map((name) => {
    const members = rules.filter(({ group }) => group.name === name);
    const [intervalSeconds, ...others] = new Set(members.map(({ group }) => group.intervalSeconds));
    if (intervalSeconds === undefined || others.length > 0) throw new Error(`group ${name} has several intervals`);
    return {
      orgId: 1,
      name,
      folder: alertFolder,
      interval: `${intervalSeconds}s`,
      rules: members.map(ruleJson),
    };
  });
  const deletions = retired.length === 0 ? {} : { deleteRules: retired.map((uid) => ({ orgId: 1, uid })) };
  return `${JSON.stringify({ apiVersion: 1, groups, ...deletions }, null, 2)}\n`;
}

function ruleJson(rule: AlertRule): object {
  const { data, condition, value } = dataOf(rule);
  const labels = {
    severity: rule.severity,
    ...(rule.family === undefined ? {} : { family: rule.family }),
    service: rule.service,
  };
  const hidden = rule.measured.query.groupBy.filter((tag) => tag in labels || ownLabels.includes(tag));
  if (hidden.length > 0)
    throw new Error(`${rule.uid}: the tags ${hidden.join(', ')} are labels of the rule already, or Grafana's own`);
  // Grafana expands these from its environment, unlike queries and annotations.
  const expandable = [rule.uid, rule.title, rule.group.name, ...Object.values(labels)].filter((text) =>
    /[$]/.test(text),
  );
  if (expandable.length > 0) throw new Error(`${rule.uid}: "${expandable.join('", "')}" has a dollar sign`);
  const { dashboard, id } = rule.panel;
  return {
    uid: rule.uid,
    title: rule.title,
    condition,
    for: `${rule.forSeconds}s`,
    noDataState: silences[rule.silence],
    execErrState: rule.silence === 'failure' ? 'Alerting' : 'Error',
    isPaused: false,
    dashboardUid: dashboard,
    panelId: id,
    labels,
    annotations: {
      summary: messageTemplate(rule, rule.summary, value),
      description: messageTemplate(rule, rule.description, value),
      runbook: runbookPath(rule),
      __dashboardUid__: dashboard,
      __panelId__: String(id),
    },
    data,
  };
}

/** Where the rule's section is, from the root of the repository. */
export function runbookPath(rule: AlertRule): string {
  return `docs/runbooks/${rule.runbook}.md#${rule.uid}`;
}

/** Queries and expressions named A, B, C and on; `value` is the number to show, `condition` the last of them. */
function dataOf(rule: AlertRule): { data: readonly object[]; condition: string; value: string } {
  const data: object[] = [];
  const reduced = new Map<AlertQuestion, string>();
  const range = rangeOf(rule.measured);
  const add = (uid: string, range: RelativeRange, model: object): string => {
    const refId = String.fromCodePoint(0x41 + data.length);
    data.push({ refId, datasourceUid: uid, relativeTimeRange: range, model: { refId, ...model } });
    return refId;
  };
  const calculate = (model: object): string => add(expressions.uid, range, { datasource: expressions, ...model });
  const ask = (question: AlertQuestion): string => {
    const known = reduced.get(question);
    if (known !== undefined) return known;
    const source = add(datasource.uid, rangeOf(question), queryModel(rule, question));
    const number = calculate({ type: 'reduce', expression: source, reducer: 'last', settings: { mode: 'dropNN' } });
    reduced.set(question, number);
    return number;
  };

  const measured = ask(rule.measured);
  const value =
    rule.comparedWith === undefined
      ? measured
      : calculate({
          type: 'math',
          expression: comparison(rule.comparedWith, measured, ask(rule.comparedWith.question)),
        });
  if (rule.onlyIf === undefined) {
    return { data, value, condition: calculate(threshold(rule, value, rule.limit)) };
  }
  const least = ask(rule.onlyIf.question);
  const both = `${passed(value, rule.limit)} && ${passed(least, rule.onlyIf.limit)}`;
  const truth = calculate({ type: 'math', expression: both });
  return { data, value, condition: calculate(threshold(rule, truth, { above: 0 })) };
}

function rangeOf({ fromSeconds, toSeconds }: AlertQuestion): RelativeRange {
  return { from: fromSeconds, to: toSeconds };
}

function queryModel(rule: AlertRule, { query }: AlertQuestion): object {
  const [statement, ...others] = influxqlOf(query);
  if (statement === undefined || others.length > 0 || query.select.length !== 1) {
    throw new Error(`${rule.uid}: a question of an alert is one number`);
  }
  if (query.over !== 'range' || query.top !== undefined || /\$(?!timeFilter\b)/.test(statement.text)) {
    throw new Error(`${rule.uid}: a question of an alert has no windows, ranking, rates or variables`);
  }
  return {
    datasource,
    query: statement.text,
    rawQuery: true,
    resultFormat: 'time_series',
    intervalMs: rule.group.intervalSeconds * 1000,
    maxDataPoints: 1000,
  };
}

function comparison({ how, times }: NonNullable<AlertRule['comparedWith']>, measured: string, other: string): string {
  const factor = times === undefined ? '' : `${times} * `;
  return how === 'minus' ? `$${measured} - ${factor}$${other}` : `${factor}$${measured} / $${other}`;
}

/** A limit as part of a math expression. */
function passed(ref: string, limit: Limit): string {
  if ('above' in limit) return `$${ref} > ${limit.above}`;
  return 'below' in limit ? `$${ref} < ${limit.below}` : `$${ref} >= ${limit.atLeast}`;
}

/** The evaluators that Grafana 10 knows have no "at least"; of whole numbers it is "more than one less". */
function threshold(rule: AlertRule, ref: string, limit: Limit): object {
  if ('atLeast' in limit && !Number.isInteger(limit.atLeast)) {
    throw new Error(`${rule.uid}: "at least ${limit.atLeast}" is for whole numbers`);
  }
  const evaluator =
    'above' in limit
      ? { type: 'gt', params: [limit.above] }
      : 'below' in limit
        ? { type: 'lt', params: [limit.below] }
        : { type: 'gt', params: [limit.atLeast - 1] };
  return { type: 'threshold', expression: ref, conditions: [{ evaluator }] };
}
