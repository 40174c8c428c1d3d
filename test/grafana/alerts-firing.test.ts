// What the shipped rules do on stored points: a night with trouble on some hosts and harmless things on others. Each
// rule's JSON is evaluated as Grafana does it on a real InfluxDB, and its definition on the embedded store.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measurementsOf } from '../../src/app/catalogue.ts';
import { allAlertRules } from '../../src/app/generated.ts';
import { families } from '../../src/app/registry.ts';
import { interpolated } from '../../src/grafana/interpolate.ts';
import { evaluate } from '../../src/alerts/rules/answers.ts';
import type { Outcome } from '../../src/alerts/rules/answers.ts';
import type { AlertRule } from '../../src/model/alert.ts';
import { encodePoint } from '../../src/model/line-protocol.ts';
import type { Output } from '../../src/model/output.ts';
import { duckdb } from '../../src/outputs/duckdb/index.ts';
import { hasInfluxd, startInfluxd } from '../support/influxd.ts';
import type { Influxd } from '../support/influxd.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { ciscoAlarms, ciscoAlarmsLater, ciscoNight } from './cisco-night.ts';
import { evaluated, keyOf } from './expressions.ts';
import type { Ask, Instance, RuleNode } from './expressions.ts';

interface RuleJson {
  readonly uid: string;
  readonly condition: string;
  readonly noDataState: string;
  readonly data: readonly RuleNode[];
}

const path = fileURLToPath(new URL('../../provisioning/alerting/rules.generated.json', import.meta.url));
const shipped = (JSON.parse(readFileSync(path, 'utf8')) as { groups: { rules: RuleJson[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
const definitions = await allAlertRules();
const measurements = measurementsOf(families);
/** Not on a full minute, as an evaluation hardly ever is. */
const nowMs = Date.UTC(2026, 2, 2, 3, 14, 7);
const day = 1440;

type Values = Readonly<Record<string, number>>;
const lines: string[] = [];

/** Stores one point, so many minutes before now. */
function put(name: string, tags: Readonly<Record<string, string>>, values: Values, minutesAgo: number): void {
  const measurement = measurements.find((one) => one.name === name);
  if (!measurement) throw new Error(`no measurement ${name}`);
  const all: Readonly<Record<string, string>> = { instance: 'noc-1', ...tags };
  lines.push(
    encodePoint({
      measurement,
      tags: [...measurement.tagNames, 'host', 'instance'].map((tag) => all[tag] ?? ''),
      fields: measurement.fieldNames.map((field) => values[field]),
      timeMs: nowMs - minutesAgo * 60_000,
    }),
  );
}

/** The same point every minute, from so many minutes ago until so many. */
function keep(name: string, tags: Readonly<Record<string, string>>, values: Values, from: number, to: number): void {
  for (let at = from; at >= to; at--) put(name, tags, values, at - 0.25);
}

function denials(host: string, event: string, count: number, minutesAgo: number): void {
  put('ecs_denial', { host, event, category: 'ip' }, { count, distinct_d1: 1, distinct_d2: 1 }, minutesAgo);
}

function denialsOfNew(host: string, event: string, count: number, minutesAgo: number): void {
  put('ecs_denial_new', { host, event, category: 'call-ip' }, { count }, minutesAgo);
}

function alert(
  instance: string,
  labels: { readonly host: string; readonly alertname: string; readonly service: string },
  status: 'firing' | 'resolved',
  minutesAgo: number,
): void {
  const values = status === 'firing' ? { raised: 1 } : { raised: 0, duration_s: 300 };
  put('alert_event', { instance, severity: 'warning', status, ...labels }, { deliveries: 1, ...values }, minutesAgo);
}

const trunkTags = { local_ip: '10.1.1.1', service_port: '5061' } as const;

/** Calls of one trunk; what is not said is 0. */
function sipCalls(host: string, remote: string, values: Values, minutesAgo: number, direction = 'IN'): void {
  const nothing = {
    attempts: 0,
    progressed: 0,
    answered: 0,
    failed: 0,
    server_failed: 0,
    cancelled: 0,
    reinvites: 0,
  };
  put('ecs_sip_invite', { host, remote_ip: remote, direction, ...trunkTags }, { ...nothing, ...values }, minutesAgo);
}

function sipMessages(host: string, remote: string, type: string, count: number, minutesAgo: number): void {
  const tags = { host, remote_ip: remote, type, method: 'INVITE', direction: 'IN', transport: 'tls', ...trunkTags };
  put('ecs_sip', tags, { count }, minutesAgo);
}

/** A night of trunks: each address has one kind of trouble, or just not enough of it. */
function theTrunks(): void {
  // Failures: 11 % and 40 % of enough calls; 9 %; 50 % of too few; 50 % long ago.
  sipCalls('cm1', '10.2.0.1', { attempts: 100, progressed: 89, answered: 80, failed: 11 }, 3);
  sipCalls('cm1', '10.2.0.2', { attempts: 20, progressed: 12, answered: 12, failed: 8 }, 3);
  sipCalls('cm1', '10.2.0.3', { attempts: 100, progressed: 91, answered: 90, failed: 9, server_failed: 5 }, 3);
  sipCalls('cm1', '10.2.0.4', { attempts: 19, progressed: 10, answered: 9, failed: 10, server_failed: 10 }, 3);
  sipCalls('cm1', '10.2.0.5', { attempts: 40, progressed: 20, answered: 20, failed: 20 }, 8);
  sipCalls('cm1', '10.2.0.6', { attempts: 50, progressed: 47, answered: 47, failed: 3, server_failed: 3 }, 3);

  // 503: five in the last minute; four; five, but of a longer time.
  sipMessages('cm1', '10.2.0.1', '503', 2, 0.8);
  sipMessages('cm1', '10.2.0.1', '503', 3, 0.3);
  sipMessages('cm1', '10.2.0.2', '503', 4, 0.5);
  sipMessages('cm1', '10.2.0.2', '500', 40, 0.5);
  sipMessages('cm1', '10.2.0.3', '503', 3, 0.5);
  sipMessages('cm1', '10.2.0.3', '503', 2, 1.5);

  // Silence of a trunk with traffic, of one with hardly any, and of none.
  const silence = (remote: string, silent: number, messages: number): void => {
    keep('ecs_sip_trunk', { host: 'cm1', remote_ip: remote, ...trunkTags }, { silent_s: 400, silent }, 10, 1);
    sipMessages('cm1', remote, 'OPTIONS', messages, 300);
  };
  silence('10.3.0.1', 1, 100);
  silence('10.3.0.2', 1, 99);
  silence('10.3.0.3', 0, 5000);

  // Calls that nothing becomes of: five on a host where no call rings; on others they are refused, too few, too new,
  // or others ring.
  sipCalls('cm11', '10.4.0.1', { attempts: 3 }, 2.5);
  sipCalls('cm11', '10.4.0.2', { attempts: 2 }, 1.5);
  sipCalls('cm11', '10.4.0.1', { attempts: 9, progressed: 9 }, 2, 'OUT');
  sipCalls('cm12', '10.4.0.1', { attempts: 14, failed: 10 }, 2);
  sipCalls('cm13', '10.4.0.1', { attempts: 30 }, 0.5);
  sipCalls('cm14', '10.4.0.1', { attempts: 30 }, 2);
  sipCalls('cm14', '10.4.0.2', { attempts: 1, progressed: 1 }, 0.5);

  // re-INVITEs: of a single new call, and of none; ten for each call; too few.
  sipCalls('cm1', '10.5.0.1', { attempts: 1, progressed: 1, reinvites: 60 }, 4);
  sipCalls('cm1', '10.5.0.2', { reinvites: 50 }, 4);
  sipCalls('cm1', '10.5.0.3', { attempts: 6, progressed: 6, reinvites: 60 }, 4);
  sipCalls('cm1', '10.5.0.4', { reinvites: 49 }, 4);
}

/** Backups of some hosts, and CTI links of one. */
function theBackups(): void {
  const good = { copied: 3, bytes: 1000, deleted: 0, vanished: 0, failed: 0, oldest_age_s: 3600, run_s: 1 };
  const runs = (host: string, values: Values, from: number, to: number): void => {
    for (let at = from; at >= to; at -= 5) {
      put('ecs_backup', { host }, { ...good, used_pct: 79.9, max_used_pct: 80, ...values }, at);
    }
  };
  runs('cm1', {}, 600, 3);
  runs('cm2', { used_pct: 80 }, 600, 3);
  runs('cm3', { used_pct: 69.9, max_used_pct: 70 }, 600, 3);
  put('ecs_backup', { host: 'cm3' }, { ...good, failed: 1, used_pct: 69.9, max_used_pct: 70 }, 29);
  put('ecs_backup', { host: 'cm3' }, { ...good, failed: 9, vanished: 9, used_pct: 69.9, max_used_pct: 70 }, 31);
  put('ecs_backup', { host: 'cm1' }, { ...good, vanished: 1, used_pct: 79.9, max_used_pct: 80 }, 4);
  runs('cm5', { failed: 1 }, 600, 31);

  const link = (number: string, silentFor: number, before: number): void => {
    keep('ecs_cti_lag', { host: 'cm1', link: number }, { seconds_since_last: silentFor }, 10, 1);
    put('ecs_asai', { host: 'cm1', link: number, event: 'alerting' }, { count: before }, 40);
  };
  link('4', 301, 300);
  link('5', 301, 299);
  link('6', 299, 9000);
}

function theNight(): void {
  theTrunks();
  theBackups();
  ciscoNight({ put, keep });
  denials('cm1', '2011', 15, 1.5);
  denials('cm1', '2012', 10, 0.5);
  denials('cm2', '2011', 19, 0.5);
  denials('cm2', '2012', 30, 3);

  denials('cm1', '1926', 10, 4);
  denials('cm2', '1934', 8, 4);
  denials('cm2', '1911', 1, 4.5);
  denials('cm3', '1926', 9, 1);
  denials('cm3', '1926', 9, 6);

  for (let at = 8; at < day - 5; at += 5) {
    denials('cm1', '1192', 10, at);
    denials('cm1', '1012', 40, at);
  }
  denials('cm1', '1192', 65, 2);
  denials('cm1', '1012', 45, 2);
  denials('cm1', '1375', 29, 2);

  const alarms = (type: string, count: number): void =>
    put('ecs_mtc_alarm', { host: 'cm1', type }, { count, distinct_lname: 1 }, 9);
  alarms('<!channel> "{{.}}"', 3);
  alarms('513', 2);

  for (let at = 3; at < day - 5; at += 5) put('ecs_proc_err', { host: 'cm1', pro: '12' }, { count: 30 }, at);
  put('ecs_proc_err', { host: 'cm1', pro: '7171' }, { count: 21 }, 1);
  put('ecs_proc_err', { host: 'cm1', pro: '7172' }, { count: 20 }, 1);

  const files = (host: string, values: Values, from: number, to: number): void =>
    keep('ecs_files', { host }, { bytes: 1, ...values }, from, to);
  files('cm1', { opened: 10, retention_s: 1700, newest_age_s: 1 }, 60, 1);
  files('cm2', { opened: 10, retention_s: 800, newest_age_s: 1 }, 60, 1);
  files('cm3', { opened: 0, retention_s: 800, newest_age_s: 301 }, 60, 1);
  files('cm4', { opened: 0, newest_age_s: 1 }, 60, 20);
  files('cm4', { opened: 0 }, 19, 1);
  files('cm5', { opened: 0, newest_age_s: 1 }, 60, 20);

  const read = (host: string, records: number, from: number, to: number): void =>
    keep('ecs_parser_total', { host }, { lines: 100, bytes: 1, records }, from, to);
  read('cm1', 50, 60, 1);
  read('cm2', 1, 60, 1);
  read('cm5', 50, 60, 20);
  read('cm6', 50, 2, 1);
  put('ecs_parser', { host: 'cm1', reason: 'torn_line' }, { count: 6 }, 5);
  put('ecs_parser', { host: 'cm1', reason: 'malformed' }, { count: 6 }, 4);
  put('ecs_parser', { host: 'cm2', reason: 'torn_line' }, { count: 5 }, 5);
  read('cm7', 50, 60, 1);
  put('ecs_parser', { host: 'cm7', reason: 'late' }, { count: 400 }, 5);

  denialsOfNew('cm1', '2287', 4, 14);
  denialsOfNew('cm1', '2287', 1, 2);
  denialsOfNew('cm2', '2287', 4, 1);
  denialsOfNew('cm2', '2287', 9, 16);

  const receiver = (instance: string, firing: number, oldest: number, from: number, to: number): void =>
    keep('alert_state', { instance }, { firing, oldest_s: oldest }, from, to);
  receiver('noc-1', 9, 86_401, 60, 1);
  receiver('noc-2', 9, 86_399, 60, 1);
  receiver('noc-3', 0, 0, 60, 20);
  receiver('noc-4', 0, 0, 2, 1);

  // A storm at one receiver; at the other as many, but half of them about alerts, or before the ten minutes.
  for (let index = 0; index < 20; index++) {
    const host = `h${index}`;
    alert('noc-1', { host, alertname: 'Link down', service: 'network' }, 'firing', 9 - index / 100);
    alert('noc-2', { host, alertname: 'Link down', service: index < 19 ? 'network' : 'alerts' }, 'firing', 5);
    alert('noc-2', { host, alertname: 'Fan', service: 'network' }, 'firing', 11);
  }
  // Four times within the hour, resolved three times; three times; four times, but they stay; and one about alerts.
  for (let time = 0; time < 4; time++) {
    const at = 55 - 10 * time;
    const flap = { host: 'pbx1', alertname: 'Trunk busy', service: 'asterisk' };
    const own = { host: 'pbx4', alertname: 'Alert storm', service: 'alerts' };
    for (const labels of [flap, own]) {
      alert('noc-1', labels, 'firing', at);
      if (time < 3) alert('noc-1', labels, 'resolved', at - 5);
    }
    const seldom = { ...flap, host: 'pbx2' };
    alert('noc-1', seldom, 'firing', at + (time === 0 ? 10 : 0));
    alert('noc-1', seldom, 'resolved', at - 5);
    alert('noc-1', { ...flap, host: 'pbx3' }, 'firing', at);
  }

  const source = (name: string, values: Values, from = 60, to = 1): void =>
    keep('switchboard_pipeline', { host: 'cm1', family: 'ecs', source: name }, { up: 1, ...values }, from, to);
  source('good', { lag_s: 299, records: 10_000, rejected: 5, write_errors: 0, dropped: 0 });
  source('slow', { lag_s: 301 });
  source("o'brien", { lag_s: 1 }, 60, 20);
  source('new', { lag_s: 1 }, 2, 1);
  source('format', { lag_s: 1, records: 100, rejected: 4 });
  source('little', { lag_s: 1, records: 10, rejected: 3 });
  put('switchboard_pipeline', { host: 'cm1', family: 'ecs', source: 'slow' }, { write_errors: 10, dropped: 1 }, 9);
  put('switchboard_pipeline', { host: 'cm1', family: 'ecs', source: 'new' }, { write_errors: 9, dropped: 0 }, 1.5);

  const doors = (name: string, values: Values, from = 60): void =>
    keep('switchboard_receiver', { host: 'cm1', family: 'ecs', source: name }, { lost: 0, ...values }, from, 1);
  doors('good', { listening: 1 });
  doors('slow', { listening: 1 });
  doors('new', { listening: 0 }, 2);
  put('switchboard_receiver', { host: 'cm1', family: 'ecs', source: 'slow' }, { listening: 1, lost: 1 }, 9);
  put('switchboard_receiver', { host: 'cm1', family: 'ecs', source: 'good' }, { listening: 0, lost: 1 }, 11);
}

const onHost = (...hosts: string[]): Record<string, string>[] => hosts.map((host) => ({ host }));
const ofSource = (...names: string[]): Record<string, string>[] =>
  names.map((source) => ({ family: 'ecs', host: 'cm1', source }));

const onTrunk = (...remotes: string[]): Record<string, string>[] =>
  remotes.map((remote_ip) => ({ host: 'cm1', remote_ip }));

const ofReceiver = (...instances: string[]): Record<string, string>[] => instances.map((instance) => ({ instance }));

/** Which alerts fire on that night, by rule. */
const expected: Readonly<Record<string, readonly Record<string, string>[]>> = {
  'sb-ecs-surge': [{ host: 'cm1', event: '1192', category: 'ip' }],
  'sb-ecs-new': [{ host: 'cm1', event: '2287', category: 'call-ip' }],
  'sb-ecs-refused': onHost('cm1'),
  'sb-ecs-capacity': onHost('cm2'),
  'sb-ecs-drop': onHost('cm1'),
  'sb-ecs-alarm': [{ host: 'cm1', type: '<!channel> "{{.}}"' }],
  'sb-ecs-proc-err': [{ host: 'cm1', pro: '7171' }],
  'sb-ecs-retention': onHost('cm1', 'cm2'),
  'sb-ecs-retention-crit': onHost('cm2'),
  'sb-ecs-stalled': onHost('cm3'),
  'sb-ecs-no-files': onHost('cm4'),
  'sb-ecs-silent': onHost('cm5'),
  'sb-ecs-parser': onHost('cm1'),
  'sb-sip-failed': onTrunk('10.2.0.1', '10.2.0.2'),
  'sb-sip-failed-crit': onTrunk('10.2.0.2'),
  'sb-sip-server-failed': onTrunk('10.2.0.6'),
  'sb-sip-503': onTrunk('10.2.0.1'),
  'sb-sip-silent': onTrunk('10.3.0.1').map((tags) => ({ ...tags, ...trunkTags })),
  'sb-sip-unanswered': onHost('cm11'),
  'sb-sip-reinvite': onTrunk('10.5.0.1', '10.5.0.2'),
  'sb-ecs-cti-silent': [{ host: 'cm1', link: '4' }],
  'sb-ecs-backup-failed': onHost('cm3'),
  'sb-ecs-backup-vanished': onHost('cm1'),
  'sb-ecs-backup-missing': onHost('cm5'),
  'sb-ecs-backup-space': onHost('cm2'),
  ...ciscoAlarms,
  'sb-pipeline-down': ofSource("o'brien"),
  'sb-pipeline-lag': ofSource('slow'),
  'sb-pipeline-reject': ofSource('format'),
  'sb-pipeline-refused': ofSource('slow'),
  'sb-pipeline-drop': ofSource('slow'),
  'sb-receiver-lost': ofSource('slow'),
  'sb-receiver-deaf': ofSource('new'),
  'sb-alerts-silent': ofReceiver('noc-3'),
  'sb-alerts-long': ofReceiver('noc-1'),
  'sb-alerts-storm': ofReceiver('noc-1'),
  'sb-alerts-flap': onHost('pbx1'),
};

let influxd: Influxd;
let store: Output;

beforeAll(async () => {
  if (!hasInfluxd) return;
  theNight();
  influxd = await startInfluxd();
  await influxd.query('CREATE DATABASE "switchboard"');
  const answer = await fetch(`${influxd.url}/write?db=switchboard&precision=ms`, {
    method: 'POST',
    body: lines.join(''),
  });
  expect(answer.status, await answer.text()).toBe(204);
  store = await duckdb.open({
    options: { retentionDays: 0 },
    measurements,
    directory: temporaryFolder(),
    stdout: process.stdout,
  });
  const batch = { lines: Buffer.from(lines.join('')), points: lines.length };
  expect(await store.write(batch, new AbortController().signal)).toEqual({ kind: 'done', refused: [] });
});

afterAll(async () => {
  await store?.close();
  await influxd?.stop();
});

/** Instances that Grafana would have, `undefined` where the queries give nothing at all. */
async function inGrafana(rule: RuleJson, atMs: number): Promise<readonly Instance[]> {
  return (await evaluated(rule.data, askInfluxd(atMs))).get(rule.condition) ?? [];
}

function askInfluxd(atMs: number): Ask {
  return async (text, { from, to }) => {
    const range = { fromMs: atMs - from * 1000, toMs: atMs - to * 1000, windowMs: 1 };
    const series = await influxd.query(interpolated(text, range, {}), 'switchboard');
    return series.flatMap(({ tags = {}, values }) => {
      const numbers = values.map(([, value]) => value).filter((value) => typeof value === 'number');
      expect([values.length, values[0]?.length]).toEqual([1, 2]);
      return numbers.map((value) => ({ labels: tags, value }));
    });
  };
}

/** What the evaluation in process makes of the rule's definition and the embedded store. */
function inStore(rule: AlertRule, atMs: number): Promise<Outcome> {
  return evaluate(rule, store.queries!, atMs, new AbortController().signal);
}

function firingOf(outcome: Outcome): string[] {
  const verdicts = outcome.kind === 'verdicts' ? outcome.verdicts : [];
  return verdicts
    .filter(({ isTrue }) => isTrue)
    .map(({ tags }) => keyOf(tags))
    .toSorted();
}

async function firing(rule: RuleJson, atMs: number): Promise<string[]> {
  const instances = await inGrafana(rule, atMs);
  return instances
    .filter(({ value }) => value !== 0)
    .map(({ labels }) => keyOf(labels))
    .toSorted();
}

describe.skipIf(!hasInfluxd)('on a night with trouble', () => {
  test('every rule has something to fire at and something to leave alone', () => {
    expect(Object.keys(expected).toSorted()).toEqual(shipped.map(({ uid }) => uid).toSorted());
  });

  test.each(shipped.map((rule) => [rule.uid, rule] as const))('%s fires where it should only', async (uid, rule) => {
    const wanted = (expected[uid] ?? []).map(keyOf).toSorted();
    expect(await firing(rule, nowMs)).toEqual(wanted);
    const instances = await inGrafana(rule, nowMs);
    expect(new Set(instances.map(({ labels }) => keyOf(labels))).size).toBe(instances.length);
  });

  test.each(definitions.map((rule) => [rule.uid, rule] as const))(
    '%s fires at the same in the embedded store',
    async (uid, rule) => {
      const outcome = await inStore(rule, nowMs);
      expect(outcome.kind).toBe('verdicts');
      expect(firingOf(outcome)).toEqual((expected[uid] ?? []).map(keyOf).toSorted());
    },
  );

  test.each(definitions.map((rule) => [rule.uid, rule] as const))(
    '%s has the numbers of Grafana in the embedded store, under the same names',
    async (uid, rule) => {
      const { data, condition } = shipped.find((one) => one.uid === uid)!;
      const outcome = await inStore(rule, nowMs);
      const verdicts = outcome.kind === 'verdicts' ? outcome.verdicts : [];
      const numbersHere = new Map(verdicts.map(({ tags, values }) => [keyOf(tags), values]));
      const results = await evaluated(data, askInfluxd(nowMs));
      const judged = (results.get(condition) ?? []).map(({ labels }) => keyOf(labels));
      expect([...numbersHere.keys()]).toEqual(expect.arrayContaining(judged));
      for (const { refId, datasourceUid } of data) {
        if (datasourceUid !== '__expr__') continue;
        for (const { labels, value } of results.get(refId) ?? []) {
          const found = numbersHere.get(keyOf(labels))?.[refId];
          if (!judged.includes(keyOf(labels))) continue;
          if (Number.isFinite(value)) expect(found, `${refId} of ${keyOf(labels)}`).toBeCloseTo(value, 9);
          else expect(found, `${refId} of ${keyOf(labels)}`).toBeUndefined();
        }
      }
    },
  );

  test('hours after the last point only what has stopped is missed', async () => {
    const later = nowMs + 3 * 3_600_000;
    const fired = await Promise.all(shipped.map(async (rule) => [rule.uid, await firing(rule, later)] as const));
    const down = ofSource('good', 'slow', "o'brien", 'new', 'format', 'little').map(keyOf).toSorted();
    expect(fired.filter(([, instances]) => instances.length > 0)).toEqual([
      ['sb-ecs-silent', onHost('cm1', 'cm2', 'cm5', 'cm6', 'cm7').map(keyOf)],
      ['sb-ecs-backup-missing', onHost('cm1', 'cm2', 'cm3', 'cm5').map(keyOf)],
      ...ciscoAlarmsLater.map((uid) => [uid, (ciscoAlarms[uid] ?? []).map(keyOf)]),
      ['sb-pipeline-down', down],
      ['sb-alerts-silent', ofReceiver('noc-1', 'noc-2', 'noc-3', 'noc-4').map(keyOf)],
    ]);
    const here = await Promise.all(
      definitions.map(async (rule) => [rule.uid, firingOf(await inStore(rule, later))] as const),
    );
    expect(here.filter(([, instances]) => instances.length > 0)).toEqual(
      fired.filter(([, instances]) => instances.length > 0),
    );
  });

  test('an empty database is an alarm of the pipeline and the alert receiver, and of nothing else', async () => {
    const longBefore = nowMs - 30 * 86_400_000;
    for (const rule of shipped) expect(await inGrafana(rule, longBefore), rule.uid).toEqual([]);
    for (const rule of definitions)
      expect(await inStore(rule, longBefore), rule.uid).toEqual({ kind: 'nothing', isSilent: true });
    expect(shipped.filter(({ noDataState }) => noDataState !== 'OK').map(({ uid }) => uid)).toEqual([
      'sb-pipeline-down',
      'sb-alerts-silent',
    ]);
  });
});
