// The lint of all alert rules (grafana 4, 8, 9.4 and 12), on the definitions and on the file as it is shipped.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { measurementsOf } from '../../src/app/catalogue.ts';
import { allAlertRules, allDashboards } from '../../src/app/generated.ts';
import { families } from '../../src/app/registry.ts';
import { alertRulesFile, retiredRules } from '../../src/grafana/alert-rules.ts';
import { runbookPath } from '../../src/grafana/alert-steps.ts';
import { lately } from '../../src/model/alert.ts';
import type { AlertQuestion, AlertRule } from '../../src/model/alert.ts';
import { alertEvent } from '../../src/model/alert-event.ts';
import { switchboardPipeline } from '../../src/model/pipeline.ts';
import { query } from '../../src/model/query.ts';
import type { PanelQuery } from '../../src/model/query.ts';
import type { RuleNode } from './expressions.ts';
import { faultsOf } from './influxql-checker.ts';

interface RuleJson {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly for: string;
  readonly noDataState: string;
  readonly execErrState: string;
  readonly dashboardUid: string;
  readonly panelId: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: readonly RuleNode[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const definitions = await allAlertRules();
const dashboards = await allDashboards();
const measurements = measurementsOf(families);
const named = definitions.map((rule) => [rule.uid, rule] as const);

/** The rule as Grafana gets it. */
function jsonOf(rule: AlertRule): RuleJson {
  return (JSON.parse(alertRulesFile([rule])) as { groups: { rules: RuleJson[] }[] }).groups[0]!.rules[0]!;
}

function questionsOf({ measured, comparedWith, onlyIf }: AlertRule): AlertQuestion[] {
  return [measured, comparedWith?.question, onlyIf?.question].filter((question) => question !== undefined);
}

/** The tag that says what to repair: the host, or the receiver where alerts as a whole are the matter. */
function placeOf({ service, measured }: AlertRule): string {
  return service === 'alerts' && measured.query.groupBy.includes('instance') ? 'instance' : 'host';
}

describe.each(named)('%s', (uid, rule) => {
  const json = jsonOf(rule);

  test('has a stable uid, short titles, known labels, and texts for people', () => {
    expect(uid).toMatch(/^sb-[a-z]+(?:-[a-z0-9]+)+$/);
    expect(uid.length).toBeLessThanOrEqual(40);
    expect(rule.title.length).toBeLessThanOrEqual(60);
    expect(['critical', 'warning', 'info']).toContain(json.labels['severity']);
    expect(json.labels['service']).toMatch(/^[a-z]+$/);
    expect(json.labels['family'] ?? (rule.measured.query.groupBy.includes('family') && 'tag')).toBeTruthy();
    expect(rule.summary.length).toBeLessThanOrEqual(120);
    expect(rule.summary).toContain(`{${placeOf(rule)}}`);
    expect(rule.description).toMatch(/^.{60,}\.$/);
    expect(rule.reason).toMatch(/\.$/);
  });

  test('has a section in its runbook that says what to check and what to do', () => {
    const [path = '', anchor] = runbookPath(rule).split('#');
    expect(anchor).toBe(uid);
    expect(json.annotations['runbook']).toBe(`${path}#${uid}`);
    const sections = readFileSync(join(root, path), 'utf8').split(/^## /m);
    const found = sections.filter((section) => section.split('\n')[0] === uid);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/First checks:?[^]*What to do:/);
  });

  test('leads to a panel that exists and shows one of its measurements', () => {
    const dashboard = dashboards.find((one) => one.uid === json.dashboardUid);
    const panel = dashboard?.sections.flatMap(({ panels }) => panels).find(({ id }) => id === json.panelId);
    expect(panel).toBeDefined();
    const asked = questionsOf(rule).map(({ query: { measurement } }) => measurement);
    expect(panel?.queries.some(({ measurement }) => asked.includes(measurement))).toBe(true);
    expect(json.annotations).toMatchObject({
      __dashboardUid__: json.dashboardUid,
      __panelId__: String(json.panelId),
    });
  });

  test('asks in portable InfluxQL of declared names, without variables or windows', () => {
    const queries = json.data.filter(({ model }) => model.query !== undefined);
    expect(queries.length).toBeGreaterThan(0);
    for (const { model, relativeTimeRange: range, datasourceUid } of queries) {
      expect(datasourceUid).toBe('sb-influx');
      expect(faultsOf(model.query ?? '', [], measurements)).toEqual([]);
      expect((model.query ?? '').replaceAll('$timeFilter', '')).not.toMatch(/\$|time\(/);
      expect(model).toMatchObject({ rawQuery: true, resultFormat: 'time_series' });
      expect(model.intervalMs).toBeGreaterThan(0);
      expect([range.from, range.to].every(Number.isInteger)).toBe(true);
      expect(range.from).toBeGreaterThan(range.to);
      expect(range.to).toBeGreaterThanOrEqual(0);
    }
  });

  test('asks for one number of the same tags each time, and by no tag of many values but the host', () => {
    for (const { query: asked } of questionsOf(rule)) {
      expect(asked.select).toHaveLength(1);
      expect(asked.groupBy).toEqual(rule.measured.query.groupBy);
      expect(asked.groupBy).toContain(placeOf(rule));
      const field = asked.measurement.fields[asked.select[0]!.field];
      expect(asked.select[0]!.aggregate === 'count' || field?.type !== 'string').toBe(true);
      // Names of the configuration and of the topology are as many as somebody wrote; all others come from a log.
      const given = ['host', 'instance', 'source', 'svc', 'site', 'dev', 'link', 'trunk', 'neighbor'];
      for (const tag of asked.groupBy.filter((name) => !given.includes(name))) {
        expect(asked.measurement.tags[tag]?.maxValues).toBeLessThanOrEqual(500);
      }
    }
  });

  test('has a chain of expressions without a cycle that ends in one threshold Grafana 10 knows', () => {
    const known = new Set<string>();
    for (const { refId, model } of json.data) {
      const refs =
        model.type === 'math'
          ? [...(model.expression ?? '').matchAll(/\$([A-Z])\b/g)].map(([, ref]) => ref)
          : [model.expression].filter((ref) => ref !== undefined);
      expect(refs.filter((ref) => !known.has(ref ?? ''))).toEqual([]);
      expect(known.has(refId)).toBe(false);
      expect(model.refId).toBe(refId);
      if (model.type === 'reduce') expect(model).toMatchObject({ reducer: 'last', settings: { mode: 'dropNN' } });
      known.add(refId);
    }
    const last = json.data.at(-1);
    expect(json.condition).toBe(last?.refId);
    expect(last?.model.type).toBe('threshold');
    expect(last?.model.conditions).toHaveLength(1);
    expect(['gt', 'lt']).toContain(last?.model.conditions?.[0]?.evaluator.type);
    const shown = [...(json.annotations['summary'] ?? '').matchAll(/\$values\.([A-Z])/g)].map(([, ref]) => ref);
    expect(shown.filter((ref) => !known.has(ref ?? ''))).toEqual([]);
  });

  test('has durations that its group can keep, and the right answer to silence', () => {
    const { intervalSeconds } = rule.group;
    expect(intervalSeconds % 10).toBe(0);
    expect(rule.forSeconds % intervalSeconds).toBe(0);
    expect(json.for).toBe(`${rule.forSeconds}s`);
    // A range shorter than the pause between two evaluations would leave out what happens between them.
    for (const { fromSeconds, toSeconds } of questionsOf(rule)) {
      expect(fromSeconds - toSeconds).toBeGreaterThanOrEqual(intervalSeconds);
    }
    expect([
      ['OK', 'Error'],
      ['NoData', 'Error'],
      ['Alerting', 'Alerting'],
    ]).toContainEqual([json.noDataState, json.execErrState]);
  });

  test('is kept quiet below a least volume when it is a ratio', () => {
    if (rule.comparedWith?.how !== 'over') return;
    expect(rule.onlyIf).toBeDefined();
    const volumes = [rule.measured, rule.comparedWith.question];
    expect(volumes).toContain(rule.onlyIf?.question);
  });

  test('counts no alerts about alerts when it watches alerts, or it would feed itself', () => {
    for (const { query: asked } of questionsOf(rule).filter(
      ({ query: { measurement } }) => measurement === alertEvent,
    )) {
      expect(asked.where).toContainEqual({ tag: 'service', values: [rule.service], not: true });
    }
  });

  test('has messages that no label value can break', () => {
    const { summary = '', description = '' } = json.annotations;
    for (const text of [summary, description]) {
      expect(text).not.toContain('${');
      // Every label is cut and cleaned, and nothing else is ever printed.
      const plain = text
        .replace(
          /\{\{ with \$labels\.\w+ \}\}\{\{ printf "%\.80s" \. \| reReplaceAll `\[\^\\pL\\pN _\.:\/\+-\]` "\?" \}\}\{\{ else \}\}\?\{\{ end \}\}/g,
          '',
        )
        .replace(
          /\{\{ with \$values\.[A-Z] \}\}\{\{ (?:printf "%\.[01]f"|humanizePercentage|humanizeDuration) \.Value \}\}\{\{ else \}\}\?\{\{ end \}\}/g,
          '',
        );
      expect(plain).not.toMatch(/[{}$]/);
    }
    for (const value of Object.values(json.labels)) expect(value).not.toMatch(/\{\{|\$/);
  });
});

describe('all rules together', () => {
  test('have uids and titles of their own, none of them retired', () => {
    const uids = definitions.map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    expect(new Set(definitions.map(({ title }) => title)).size).toBe(uids.length);
    expect(retiredRules.filter((uid) => uids.includes(uid))).toEqual([]);
    expect(uids.length).toBeGreaterThan(10);
  });

  test('are all there are sections for in the runbooks', () => {
    const folder = join(root, 'docs/runbooks');
    const headings = readdirSync(folder).flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/^## (sb-.*)$/gm)].map(([, uid = '']) => uid),
    );
    expect(headings.toSorted()).toEqual(definitions.map(({ uid }) => uid).toSorted());
  });

  test('runbooks lead to files and sections that exist', () => {
    const folder = join(root, 'docs/runbooks');
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
        const [file = '', anchor] = target.split('#');
        const path = file === '' ? join(folder, name) : join(folder, file);
        expect(existsSync(path), `${name} leads to ${target}`).toBe(true);
        if (anchor !== undefined) expect(readFileSync(path, 'utf8')).toContain(`## ${anchor}\n`);
      }
    }
  });
});

describe('generation', () => {
  const asked: PanelQuery = query(switchboardPipeline, {
    select: [{ field: 'lag_s', aggregate: 'max' }],
    groupBy: ['host'],
    over: 'range',
  });
  const plain: AlertRule = {
    uid: 'sb-test-rule',
    title: 'A rule',
    group: { name: 'test-1m', intervalSeconds: 60 },
    family: 'ecs',
    service: 'test',
    severity: 'info',
    measured: lately(asked, 60),
    limit: { atLeast: 5 },
    forSeconds: 0,
    silence: 'unknown',
    unit: 'short',
    summary: '{value} on {host}',
    description: 'For a test.',
    runbook: 'pipeline',
    panel: { dashboard: 'sb-pipeline', id: 1 },
    reason: 'For a test.',
  };
  const evaluators = (limit: AlertRule['limit']): unknown =>
    jsonOf({ ...plain, limit })
      .data.at(-1)
      ?.model.conditions?.map(({ evaluator }) => evaluator);

  test('a rule of one question is a query, a reduction and a threshold', () => {
    const { data, condition } = jsonOf(plain);
    expect(data.map(({ refId, model }) => [refId, model.type])).toEqual([
      ['A', undefined],
      ['B', 'reduce'],
      ['C', 'threshold'],
    ]);
    expect([condition, data[1]?.model.expression, data[2]?.model.expression]).toEqual(['C', 'A', 'B']);
    expect(jsonOf(plain).noDataState).toBe('NoData');
  });

  test('limits use evaluators of Grafana 10', () => {
    expect(evaluators({ atLeast: 5 })).toEqual([{ type: 'gt', params: [4] }]);
    expect(evaluators({ above: 0.5 })).toEqual([{ type: 'gt', params: [0.5] }]);
    expect(evaluators({ below: 1 })).toEqual([{ type: 'lt', params: [1] }]);
  });

  test('a ratio with a least volume asks each question once', () => {
    const divisor = lately(asked, 120, 60);
    const { data, condition } = jsonOf({
      ...plain,
      comparedWith: { question: divisor, how: 'over', times: 2 },
      limit: { above: 3 },
      onlyIf: { question: divisor, limit: { atLeast: 20 } },
    });
    expect(data.filter(({ model }) => model.query !== undefined).map((node) => node.relativeTimeRange)).toEqual([
      { from: 60, to: 0 },
      { from: 180, to: 60 },
    ]);
    const math = data.filter(({ model }) => model.type === 'math').map(({ model }) => model.expression);
    expect(math).toEqual(['2 * $B / $D', '$E > 3 && $D >= 20']);
    expect(condition).toBe('G');
  });

  test('a rule that is no more is deleted from Grafana by name', () => {
    expect(JSON.parse(alertRulesFile([plain], ['sb-old']))).toMatchObject({
      deleteRules: [{ orgId: 1, uid: 'sb-old' }],
    });
    expect(JSON.parse(alertRulesFile([plain], []))).not.toHaveProperty('deleteRules');
  });

  const raised = { select: [{ field: 'raised', aggregate: 'sum' }], over: 'range' } as const;
  const windows = lately({ ...asked, over: 'windows' }, 60);
  const variable = lately({ ...asked, where: [{ tag: 'host', variable: 'host' }] }, 60);
  const two = lately({ ...asked, select: [...asked.select, { field: 'up', aggregate: 'sum' }] }, 60);
  test.each<[string, Partial<AlertRule>, string]>([
    ['windows', { measured: windows }, 'no windows'],
    ['a variable of a dashboard', { measured: variable }, 'no windows, ranking, rates or variables'],
    ['two numbers', { measured: two }, 'is one number'],
    ['a title with a dollar sign', { title: 'Costs $HOME' }, 'dollar sign'],
    ['a text that Grafana would read as a template', { summary: '{{ .x }} on {host}' }, 'Grafana would read'],
    ['a text with a variable', { description: 'See ${HOME}.' }, 'Grafana would read'],
    ['a text that names another tag', { summary: '{peer}' }, '{peer} is no tag'],
    ['at least a fraction', { limit: { atLeast: 0.5 } }, 'whole numbers'],
    [
      'a tag that a label of Grafana would hide',
      { measured: lately(query(alertEvent, { ...raised, groupBy: ['host', 'alertname'] }), 60) },
      'labels of the rule already',
    ],
    [
      'a tag that a label of the rule would hide',
      { measured: lately({ ...asked, groupBy: ['host', 'family'] }, 60) },
      'labels of the rule already',
    ],
  ])('refuses a rule with %s', (_, change, message) => {
    expect(() => alertRulesFile([{ ...plain, ...change }])).toThrow(message);
  });

  test('refuses a group with two intervals', () => {
    const other = { ...plain, uid: 'sb-test-other', group: { name: 'test-1m', intervalSeconds: 120 } };
    expect(() => alertRulesFile([plain, other])).toThrow('several intervals');
  });
});
