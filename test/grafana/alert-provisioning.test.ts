// Grafana's own rules for alerting files (grafana 4 and 5), applied to ours and to the examples: a broken file, an
// enabled contact point without a required value, or a policy that names what does not exist stops Grafana.
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { allDashboards } from '../../src/app/generated.ts';
import { expanded, expandedText } from './expansion.ts';
import type { Environment } from './expansion.ts';

interface Rule {
  readonly uid?: unknown;
  readonly title?: unknown;
  readonly condition?: unknown;
  readonly for?: unknown;
  readonly noDataState?: unknown;
  readonly execErrState?: unknown;
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly data?: readonly { readonly refId: string; readonly model: Readonly<Record<string, unknown>> }[];
}

interface Receiver {
  readonly uid?: unknown;
  readonly type?: unknown;
  readonly settings?: Readonly<Record<string, unknown>>;
}

interface Route {
  readonly receiver?: string;
  readonly object_matchers?: readonly (readonly unknown[])[];
  readonly mute_time_intervals?: readonly string[];
  readonly routes?: readonly Route[];
  readonly group_by?: readonly string[];
}

interface AlertingFile {
  readonly apiVersion: number;
  readonly groups?: readonly {
    readonly orgId: number;
    readonly name: string;
    readonly folder: string;
    readonly interval: string;
    readonly rules: readonly Rule[];
  }[];
  readonly contactPoints?: readonly { readonly name: string; readonly receivers: readonly Receiver[] }[];
  readonly policies?: readonly Route[];
  readonly muteTimes?: readonly {
    readonly name: string;
    readonly time_intervals: readonly {
      readonly times?: readonly { readonly start_time: string; readonly end_time: string }[];
      readonly location?: string;
    }[];
  }[];
  readonly templates?: readonly { readonly name: string; readonly template: string }[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'provisioning/alerting');
const optional = join(root, 'provisioning-optional/alerting');
const environment: Environment = {
  SB_RECEIVER_URL: 'http://receiver:9095/v1/grafana',
  SB_WEBHOOK_TOKEN: 'sb_0123abc',
  SB_ALERT_EMAILS: 'noc@example.org;duty@example.org',
  SB_SLACK_WEBHOOK_URL: 'https://hooks.slack.example/services/x',
};

/** A file as Grafana reads it: queries, annotations, templates and mute timings stay as they are. */
function read(path: string, variables: Environment): AlertingFile {
  const text = readFileSync(path, 'utf8');
  const raw = ['model', 'annotations', 'templates', 'muteTimes'];
  return expanded(parse(text), variables, { raw }) as AlertingFile;
}

/** All files of some folders as one, as Grafana joins them. */
function merged(folders: readonly string[], variables: Environment): Required<Omit<AlertingFile, 'apiVersion'>> {
  const files = folders.flatMap((one) => readdirSync(one).map((name) => read(join(one, name), variables)));
  expect(files.every(({ apiVersion }) => apiVersion === 1)).toBe(true);
  return {
    groups: files.flatMap(({ groups = [] }) => groups),
    contactPoints: files.flatMap(({ contactPoints = [] }) => contactPoints),
    policies: files.flatMap(({ policies = [] }) => policies),
    muteTimes: files.flatMap(({ muteTimes = [] }) => muteTimes),
    templates: files.flatMap(({ templates = [] }) => templates),
  };
}

/** Settings that a contact point must have, by its type; each a text that is not empty. */
const required: Readonly<Record<string, readonly string[]>> = {
  webhook: ['url', 'authorization_credentials'],
  email: ['addresses'],
  slack: ['url'],
};

/** Why Grafana would stop at these receivers. */
function faultsOf(receivers: readonly Receiver[]): string[] {
  return receivers.flatMap(({ uid, type, settings = {} }) => {
    const names = required[String(type)] ?? ['(unknown type)'];
    const missing = names.filter((name) => typeof settings[name] !== 'string' || settings[name] === '');
    return missing.map((name) => `${String(uid)}: ${name}`);
  });
}

function routesOf(route: Route): Route[] {
  return [route, ...(route.routes ?? []).flatMap(routesOf)];
}

const shipped = merged([folder], environment);
const everything = merged([folder, optional], environment);
const duration = /^\d+(?:s|m|h)$/;

test('every file has an ending that Grafana reads', () => {
  const names = [...readdirSync(folder), ...readdirSync(optional)];
  expect(names.filter((name) => !['.yaml', '.yml', '.json'].includes(extname(name)))).toEqual([]);
});

describe('rules', () => {
  const rules = shipped.groups.flatMap((group) => group.rules);

  test('have every key that some Grafana from 10 on requires, in its bounds', () => {
    expect(rules.length).toBeGreaterThan(10);
    for (const rule of rules) {
      expect(rule.uid).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
      expect(rule.title).toMatch(/^.{1,190}$/);
      expect(rule.for).toMatch(duration);
      expect(['NoData', 'Alerting', 'OK']).toContain(rule.noDataState);
      expect(['Error', 'Alerting', 'OK']).toContain(rule.execErrState);
      expect(rule.data?.map(({ refId }) => refId)).toContain(rule.condition);
    }
  });

  test('stand in groups of names of their own, evaluated on the ticks of the scheduler', () => {
    const names = shipped.groups.map(({ name, folder: title }) => `${title}/${name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { interval, orgId } of shipped.groups) {
      expect(interval).toMatch(/^\d+s$/);
      expect(Number.parseInt(interval, 10) % 10).toBe(0);
      expect(orgId).toBe(1);
    }
  });

  test('are in a folder that no dashboard has', async () => {
    const taken = (await allDashboards()).map(({ folder: title }) => title);
    const folders = [...new Set(shipped.groups.map(({ folder: title }) => title))];
    expect(folders).toEqual(['Switchboard Alerts']);
    expect(taken).not.toContain(folders[0]);
  });

  test('read the same whatever is in the environment', () => {
    const text = readFileSync(join(folder, 'rules.generated.json'), 'utf8');
    const plain = parse(text) as AlertingFile;
    for (const variables of [{}, { timeFilter: 'x', B: '7', labels: 'y', values: 'z' }]) {
      expect(read(join(folder, 'rules.generated.json'), variables)).toEqual(plain);
    }
    // Grafana 13 expands the form with braces in annotations too.
    const annotations = rules.flatMap(({ annotations: texts = {} }) => Object.values(texts).map(String));
    const braces = annotations.filter((one) => /\$\{|\$__/.test(one));
    expect(braces).toEqual([]);
    expect(expandedText('$$ $__env{A} ${A} $A', { A: '1' })).toBe('$ 1 1 1');
  });
});

describe('contact points', () => {
  const receivers = everything.contactPoints.flatMap((point) => point.receivers);

  test('have uids of their own and every required setting', () => {
    const uids = receivers.map(({ uid }) => String(uid));
    expect(new Set(uids).size).toBe(uids.length);
    for (const uid of uids) expect(uid).toMatch(/^[a-z][a-z0-9-]{0,39}$/);
    expect(receivers.map(({ type }) => String(type)).toSorted()).toEqual(['email', 'slack', 'webhook']);
    expect(faultsOf(receivers)).toEqual([]);
  });

  test('that are on by default need the receiver only', () => {
    const names = shipped.contactPoints.map(({ name }) => name);
    expect(names).toEqual(['switchboard-receiver']);
    const [webhook] = shipped.contactPoints.flatMap((point) => point.receivers);
    expect(webhook?.settings).toMatchObject({
      url: environment['SB_RECEIVER_URL'],
      httpMethod: 'POST',
      maxAlerts: 50,
      authorization_scheme: 'Bearer',
      authorization_credentials: 'sb_0123abc',
    });
    expect(webhook?.settings).not.toHaveProperty('username');
  });

  test('without their variables would stop Grafana, and so would a token that is a number', () => {
    const without = merged([folder, optional], {}).contactPoints.flatMap((point) => point.receivers);
    expect(faultsOf(without)).toEqual([
      'sb-cp-webhook: url',
      'sb-cp-webhook: authorization_credentials',
      'sb-cp-email: addresses',
      'sb-cp-slack: url',
    ]);
    for (const token of ['12345678', '1e6', 'true']) {
      const read = merged([folder], { ...environment, SB_WEBHOOK_TOKEN: token }).contactPoints;
      expect(faultsOf(read.flatMap((point) => point.receivers))).toEqual(['sb-cp-webhook: authorization_credentials']);
    }
  });

  test('use templates that exist', () => {
    const texts = receivers.flatMap(({ settings = {} }) => Object.values(settings).map(String));
    const used = texts.flatMap((text) => [...text.matchAll(/template "([^"]+)"/g)].map(([, name]) => name));
    const defined = shipped.templates.flatMap(({ template }) =>
      [...template.matchAll(/define "([^"]+)"/g)].map(([, name]) => name),
    );
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((name) => !defined.includes(name))).toEqual([]);
    for (const { template } of shipped.templates) {
      const words = [...template.matchAll(/\{\{\s*(?:(define|if|range|with)|(end))\b/g)];
      const opened = words.filter(([, open]) => open !== undefined).length;
      expect(opened).toBe(words.length - opened);
    }
  });
});

describe('policies', () => {
  const [tree, ...others] = shipped.policies;
  const routes = routesOf(tree ?? {});

  test('are one tree whose root catches everything', () => {
    expect(others).toEqual([]);
    expect(tree).not.toHaveProperty('object_matchers');
    expect(tree).not.toHaveProperty('mute_time_intervals');
    expect(tree?.group_by).toContain('alertname');
  });

  test('name contact points and mute timings that exist', () => {
    const points = shipped.contactPoints.map(({ name }) => name);
    const timings = shipped.muteTimes.map(({ name }) => name);
    expect(routes.filter(({ receiver = '' }) => !points.includes(receiver))).toEqual([]);
    const used = routes.flatMap((route) => route.mute_time_intervals ?? []);
    expect(used).toEqual(['sb-outside-office-hours']);
    expect(used.filter((name) => !timings.includes(name))).toEqual([]);
  });

  test('match with triples of texts, and keep the failures of the database apart', () => {
    const matchers = routes.flatMap((route) => route.object_matchers ?? []);
    for (const [name, sign, value, ...more] of matchers) {
      expect([typeof name, typeof value, more.length]).toEqual(['string', 'string', 0]);
      expect(['=', '!=', '=~', '!~']).toContain(sign);
    }
    expect(matchers).toContainEqual(['alertname', '=~', 'DatasourceNoData|DatasourceError']);
    const severities = matchers.filter(([name]) => name === 'severity').map(([, , value]) => value);
    expect(severities).toEqual(['critical', 'info']);
  });
});

test('mute timings do not pass midnight, which no interval can', () => {
  const times = shipped.muteTimes.flatMap(({ time_intervals: intervals }) =>
    intervals.flatMap((interval) => interval.times ?? []),
  );
  expect(times.length).toBeGreaterThan(0);
  for (const { start_time: start, end_time: end } of times) {
    expect([start, end].every((time) => /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(time))).toBe(true);
    expect(start < end).toBe(true);
  }
});
