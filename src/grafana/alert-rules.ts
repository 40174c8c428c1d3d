// Alert rules as a provisioning file of Grafana (grafana 4, 5 and 8): the same bytes for the same rules. Each question
// is a query without time grouping, so one number for each series; `reduce` only takes it out of its frame.
import type { AlertQuestion, AlertRule, Limit } from '../model/alert.ts';
import { messageTemplate } from './alert-message.ts';
import { alertFolder, alertSteps, ruleLabels, runbookPath } from './alert-steps.ts';
import type { AlertStep } from './alert-steps.ts';
import { influxqlOf } from './influxql.ts';
import { datasource } from './look.ts';

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
  const { steps, condition, value } = alertSteps(rule);
  const labels = ruleLabels(rule);
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
    data: steps.map((step) => nodeOf(rule, step)),
  };
}

/** A step as Grafana has it; expressions get the range of the first query, which they do not use. */
function nodeOf(rule: AlertRule, step: AlertStep): object {
  if (step.kind === 'query')
    return node(step.ref, datasource.uid, rangeOf(step.question), queryModel(rule, step.question));
  return node(step.ref, expressions.uid, rangeOf(rule.measured), {
    datasource: expressions,
    ...expression(rule, step),
  });
}

function node(refId: string, datasourceUid: string, relativeTimeRange: RelativeRange, model: object): object {
  return { refId, datasourceUid, relativeTimeRange, model: { refId, ...model } };
}

function expression(rule: AlertRule, step: Exclude<AlertStep, { kind: 'query' }>): object {
  switch (step.kind) {
    case 'reduce':
      return { type: 'reduce', expression: step.of, reducer: 'last', settings: { mode: 'dropNN' } };
    case 'compare':
      return { type: 'math', expression: comparison(step) };
    case 'both': {
      const { left, leftLimit, right, rightLimit } = step;
      return { type: 'math', expression: `${passed(left, leftLimit)} && ${passed(right, rightLimit)}` };
    }
    case 'threshold':
      return threshold(rule, step.of, step.limit);
  }
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

function comparison({ how, times, left, right }: Extract<AlertStep, { kind: 'compare' }>): string {
  const factor = times === undefined ? '' : `${times} * `;
  return how === 'minus' ? `$${left} - ${factor}$${right}` : `${factor}$${left} / $${right}`;
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
