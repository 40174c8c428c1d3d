// docs/alerts.md: every alert rule with its limit, the reason for it, and the way to its runbook.
import type { AlertQuestion, AlertRule, Limit } from '../model/alert.ts';

/** The reference of alert rules as Markdown. */
export function alertReference(rules: readonly AlertRule[]): string {
  const groups = [...new Set(rules.map(({ group }) => group))];
  const parts = [
    '# Alert rules',
    'Written by `npm run generate` from the definitions in the code; do not edit. How they reach Grafana, and how ' +
      'their messages are sent, is in [grafana.md](grafana.md#alerts); how `switchboard up` evaluates them without ' +
      'Grafana is in [alerting.md](alerting.md). An alert exists once for each combination of ' +
      'the tags in brackets; the uid leads to what to do.',
    ...groups.flatMap((group) => [
      `## ${group.name}, every ${duration(group.intervalSeconds)}`,
      table(rules.filter((rule) => rule.group === group)),
      ...rules.filter((rule) => rule.group === group).map(({ uid, reason }) => `\`${uid}\`: ${reason}`),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function table(rules: readonly AlertRule[]): string {
  const rows = rules.map((rule) => [
    `[${rule.uid}](runbooks/${rule.runbook}.md#${rule.uid})`,
    rule.title,
    rule.severity,
    conditionOf(rule),
    rule.forSeconds === 0 ? 'at once' : duration(rule.forSeconds),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = ['rule', 'title', 'severity', 'fires when', 'after'];
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function conditionOf({ measured, comparedWith, limit, onlyIf }: AlertRule): string {
  const factor = comparedWith?.times === undefined ? '' : `${comparedWith.times} × `;
  const value =
    comparedWith === undefined
      ? asked(measured)
      : comparedWith.how === 'minus'
        ? `${asked(measured)} − ${factor}${asked(comparedWith.question)}`
        : `${factor}${asked(measured)} / ${asked(comparedWith.question)}`;
  const only = onlyIf === undefined ? '' : ` and ${asked(onlyIf.question)} ${written(onlyIf.limit)}`;
  const tags = measured.query.groupBy.join(', ');
  return `${value} ${written(limit)}${only} (${tags})`;
}

/** As `sum of ecs_denial.count, event 2011 or 2012, last 2 m`. */
function asked({ query, fromSeconds, toSeconds }: AlertQuestion): string {
  const each = query.perSeries === undefined ? '' : `the ${query.perSeries} in each series of `;
  const fields = query.select.map(
    ({ field, aggregate, over }) =>
      `${aggregate} of ${each}\`${query.measurement.name}.${field}\`${over === undefined ? '' : ` / sum of \`${over}\``}`,
  );
  const filters = query.where.map(
    ({ tag, values = [], prefixes = [], not }) =>
      `${tag} ${not === true ? 'not ' : ''}${[...values, ...prefixes.map((prefix) => `${prefix}…`)].join(' or ')}`,
  );
  const range =
    toSeconds === 0 ? `last ${duration(fromSeconds)}` : `${duration(fromSeconds)} to ${duration(toSeconds)} ago`;
  return [...fields, ...filters, range].join(', ');
}

function written(limit: Limit): string {
  if ('above' in limit) return `> ${limit.above}`;
  return 'below' in limit ? `< ${limit.below}` : `≥ ${limit.atLeast}`;
}

/** In the greatest whole unit. */
function duration(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} m` : `${seconds} s`;
}
