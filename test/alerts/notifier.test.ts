// Messages about alerts: who is told when, in which groups, and what becomes of failures, silences and restarts. Times
// are those of the shipped policy.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { linksOf } from '../../src/alerts/rules/links.ts';
import { readNotification } from '../../src/alerts/notification.ts';
import { isMuted, maxAlertsTold, receiverName, routeOf, routes } from '../../src/alerts/rules/policy.ts';
import { webhookBody } from '../../src/alerts/rules/webhook-body.ts';
import type { AlertRule } from '../../src/model/alert.ts';
import { minuteMs, ruleWith, startMs, testAlerting, TestClock, TestTarget } from './evaluation.ts';
import type { TestAlerting } from './evaluation.ts';
import { alertJson, bodyJson } from './grafana-body.ts';

interface Watched extends TestAlerting {
  readonly target: TestTarget;
}

/** An evaluation with one target; `changes` are those of the target. */
function watched(
  rules: readonly AlertRule[] = [ruleWith()],
  changes: ConstructorParameters<typeof TestTarget>[1] = {},
  setup: Parameters<typeof testAlerting>[1] = {},
): Watched {
  const clock = setup.clock ?? new TestClock();
  const target = new TestTarget(clock, changes);
  return { ...testAlerting(rules, { ...setup, clock, targets: () => [target] }), target };
}

const warning = ruleWith({ severity: 'warning' });

describe('the policy', () => {
  interface PolicyJson {
    readonly receiver: string;
    readonly group_by?: readonly string[];
    readonly group_wait?: string;
    readonly group_interval?: string;
    readonly repeat_interval?: string;
    readonly object_matchers?: readonly (readonly [string, string, string])[];
    readonly mute_time_intervals?: readonly string[];
    readonly routes?: readonly PolicyJson[];
  }
  const provisioned = (name: string): unknown =>
    parse(readFileSync(new URL(`../../provisioning/alerting/${name}`, import.meta.url), 'utf8'));
  const msOf = (text: string): number => {
    const [, count = '', unit = ''] = /^(\d+)([smh])$/.exec(text)!;
    return Number(count) * { s: 1000, m: minuteMs, h: 60 * minuteMs }[unit]!;
  };

  test('is the one that is provisioned for Grafana', () => {
    const { policies } = provisioned('policies.yaml') as { policies: [PolicyJson] };
    const [root] = policies;
    const merged = [...(root.routes ?? []), root].map((route) => ({ ...root, ...route }));
    expect(root.receiver).toBe(receiverName);
    expect(
      routes.map(({ matcher, groupBy, groupWaitMs, groupIntervalMs, repeatIntervalMs, muted }) => ({
        matcher,
        groupBy,
        times: [groupWaitMs, groupIntervalMs, repeatIntervalMs],
        isMuted: muted.length > 0,
      })),
    ).toEqual(
      merged.map((route, index) => ({
        matcher: (index < merged.length - 1 ? (route.object_matchers ?? []) : [])
          .map(([name, sign, value]) => `${name}${sign}"${value}"`)
          .join(','),
        groupBy: route.group_by,
        times: [route.group_wait, route.group_interval, route.repeat_interval].map((text) => msOf(text ?? '')),
        isMuted: route.mute_time_intervals !== undefined,
      })),
    );
    const { contactPoints } = provisioned('contact-points.yaml') as {
      contactPoints: [{ receivers: [{ settings: { maxAlerts: number } }] }];
    };
    expect(contactPoints[0].receivers[0].settings.maxAlerts).toBe(maxAlertsTold);
  });

  test('mutes when the mute timing says so', () => {
    interface Interval {
      readonly times?: readonly { readonly start_time: string; readonly end_time: string }[];
      readonly weekdays?: readonly string[];
    }
    const { muteTimes } = provisioned('mute-timings.yaml') as { muteTimes: [{ time_intervals: Interval[] }] };
    const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
    const route = routeOf({ severity: 'info' });
    for (let at = startMs; at < startMs + 7 * 86_400_000; at += 30 * minuteMs) {
      const moment = new Date(at);
      const time = moment.toISOString().slice(11, 16);
      const isOut = muteTimes[0].time_intervals.some(
        ({ times, weekdays }) =>
          (times === undefined || times.some(({ start_time, end_time }) => time >= start_time && time < end_time)) &&
          (weekdays === undefined || weekdays.includes(days[moment.getUTCDay()]!)),
      );
      expect(isMuted(route, at), moment.toISOString()).toBe(isOut);
    }
    expect(isMuted(routeOf({ severity: 'critical' }), Date.UTC(2026, 2, 1))).toBe(false);
  });
});

describe('messages', () => {
  test('of critical alerts come after 10 s, of others after 30 s', async () => {
    const critical = watched();
    critical.store.answer = () => ({ cm1: 11 });
    await critical.run(180);
    expect(critical.target.lines).toEqual(['10:01:10 firing cm1']);
    const other = watched([warning]);
    other.store.answer = () => ({ cm1: 11 });
    await other.run(180);
    expect(other.target.lines).toEqual(['10:01:30 firing cm1']);
  });

  test('of one rule are one message, those of another rule another', async () => {
    const { run, store, target } = watched([ruleWith(), ruleWith({ uid: 'sb-other', title: 'Other' })]);
    store.answer = () => ({ cm1: 11, cm2: 12 });
    await run(120);
    expect(target.lines).toEqual(['10:01:10 firing cm1, firing cm2', '10:01:10 firing cm1, firing cm2']);
    expect(target.told.map(({ group }) => group.groupKey)).toEqual([
      '{}/{severity="critical"}:{alertname="Many words", grafana_folder="Switchboard Alerts"}',
      '{}/{severity="critical"}:{alertname="Other", grafana_folder="Switchboard Alerts"}',
    ]);
  });

  test('tell of changes at the interval of the group, and of the end once', async () => {
    const { run, store, target, clock } = watched();
    store.answer = () => ({ cm1: 11 });
    await run(120);
    store.answer = () => ({ cm1: 11, cm2: 11 });
    await run(60);
    store.answer = () => ({ cm1: 1, cm2: 11 });
    await run(60);
    store.answer = () => ({ cm1: 1, cm2: 1 });
    await run(300);
    expect(target.lines).toEqual([
      '10:01:10 firing cm1',
      '10:03:10 firing cm1, firing cm2',
      '10:04:10 firing cm2, resolved cm1',
      '10:05:10 resolved cm2',
    ]);
    expect(target.told.at(-1)?.group.alerts[0]).toMatchObject({
      startsMs: startMs + 3 * minuteMs,
      endsMs: startMs + 5 * minuteMs,
    });
    expect(clock.now()).toBeGreaterThan(startMs);
  });

  test('are repeated while nothing changes: critical ones each hour', async () => {
    const { run, store, target } = watched();
    store.answer = () => ({ cm1: 11 });
    await run(2 * 3600 + 120);
    expect(target.lines).toEqual(['10:01:10 firing cm1', '11:01:10 firing cm1', '12:01:10 firing cm1']);
  });

  test('are never sent of an alert that was over before anybody was told', async () => {
    const { run, store, target } = watched([warning]);
    target.isAway = true;
    store.answer = () => ({ cm1: 11 });
    await run(120);
    store.answer = () => ({ cm1: 1 });
    await run(60);
    target.isAway = false;
    await run(1200);
    expect(target.lines).toEqual([]);
  });

  test('that failed are sent at the next interval, not before', async () => {
    const { run, store, target, alerting } = watched([warning]);
    target.isAway = true;
    store.answer = () => ({ cm1: 11 });
    await run(120);
    expect(alerting.view().targets).toEqual([{ name: 'test', told: 0, failures: 1, fault: 'away' }]);
    target.isAway = false;
    await run(600);
    expect(target.lines).toEqual(['10:06:30 firing cm1']);
    expect(alerting.view().targets).toMatchObject([{ told: 1, fault: '' }]);
  });

  test('of an end that failed are sent again too', async () => {
    const { run, store, target } = watched();
    store.answer = () => ({ cm1: 11 });
    await run(120);
    target.isAway = true;
    store.answer = () => ({ cm1: 1 });
    await run(120);
    target.isAway = false;
    await run(120);
    expect(target.lines).toEqual(['10:01:10 firing cm1', '10:04:10 resolved cm1']);
  });

  test('tell of no end to one who does not want it, and of the next beginning all the same', async () => {
    const { run, store, target } = watched([ruleWith()], { tellsResolved: false });
    store.answer = () => ({ cm1: 11 });
    await run(120);
    store.answer = () => ({ cm1: 1 });
    await run(180);
    store.answer = () => ({ cm1: 11 });
    await run(120);
    expect(target.lines).toEqual(['10:01:10 firing cm1', '10:06:10 firing cm1']);
  });

  test('name as many alerts as the limit allows, and how many they leave out', async () => {
    const { run, store, target } = watched([ruleWith()], { maxAlerts: 3 });
    store.answer = () => ({ a: 11, b: 11, c: 11, d: 11, e: 11 });
    await run(120);
    expect(target.told.map(({ group }) => [group.alerts.length, group.truncated])).toEqual([[3, 2]]);
  });

  test('of severity info wait for office hours', async () => {
    const clock = new TestClock();
    clock.nowMs = Date.UTC(2026, 2, 2, 6, 30);
    const { run, store, target } = watched([ruleWith({ severity: 'info' })], {}, { clock });
    store.answer = () => ({ cm1: 11 });
    await run(3600);
    expect(target.lines).toEqual(['07:01:30 firing cm1']);
  });

  test('of rules that cannot be evaluated are one for all of a kind', async () => {
    const { run, store, target } = watched([
      warning,
      ruleWith({ uid: 'sb-other', title: 'Other', severity: 'warning' }),
    ]);
    store.answer = () => 'fault';
    await run(120);
    expect(target.lines).toEqual(['10:01:30 firing DatasourceError, firing DatasourceError']);
    expect(target.told[0]?.group.groupLabels).toEqual({ alertname: 'DatasourceError' });
  });

  test('are not sent twice over a restart, and an end meanwhile is told', async () => {
    const before = watched();
    before.store.answer = () => ({ cm1: 11 });
    await before.run(120);
    await before.alerting.stop(0);
    const { clock, store } = before;
    const after = watched([ruleWith()], {}, { clock, store, options: { state: before.kept() } });
    await after.run(300);
    expect(after.target.lines).toEqual([]);
    await after.alerting.stop(0);
    store.answer = () => ({ cm1: 1 });
    const last = watched([ruleWith()], {}, { clock, store, options: { state: after.kept() } });
    await last.run(300);
    expect(last.target.lines).toEqual(['10:08:01 resolved cm1']);
  });

  test('of an end that could not be told before a restart are sent after it', async () => {
    const before = watched();
    before.store.answer = () => ({ cm1: 11 });
    await before.run(120);
    before.target.isAway = true;
    before.store.answer = () => ({ cm1: 1 });
    await before.run(120);
    await before.alerting.stop(0);
    const { clock, store } = before;
    const after = watched([ruleWith()], {}, { clock, store, options: { state: before.kept() } });
    await after.run(60);
    expect(after.target.lines).toEqual([expect.stringContaining('resolved cm1')]);
  });
});

describe('silences', () => {
  const silence = (alerting: TestAlerting['alerting'], clock: TestClock, minutes: number, labels = {}) =>
    alerting.silence({ ruleUid: 'sb-test-many', labels, endsMs: clock.now() + minutes * minuteMs, comment: 'known' });

  test('keep messages back, leave the alert on the page, and end by themselves', async () => {
    const { run, store, target, alerting, clock } = watched();
    await silence(alerting, clock, 30);
    store.answer = () => ({ cm1: 11 });
    await run(600);
    expect(target.lines).toEqual([]);
    expect(alerting.view().alerts).toMatchObject([{ state: 'firing', silencedUntilMs: startMs + 30 * minuteMs }]);
    expect(alerting.view().silences).toMatchObject([{ comment: 'known', title: 'Many words' }]);
    await run(1500);
    expect(target.lines).toEqual(['10:30:10 firing cm1']);
    expect(alerting.view()).toMatchObject({ silences: [], alerts: [{ silencedUntilMs: null }] });
  });

  test('with labels are for those alerts only, and those of another rule are told', async () => {
    const { run, store, target, alerting, clock } = watched([
      ruleWith(),
      ruleWith({ uid: 'sb-other', title: 'Other' }),
    ]);
    await silence(alerting, clock, 30, { host: 'cm1' });
    store.answer = () => ({ cm1: 11, cm2: 11 });
    await run(120);
    expect(target.lines).toEqual(['10:01:10 firing cm2', '10:01:10 firing cm1, firing cm2']);
  });

  test('can be ended early, and survive a restart', async () => {
    const before = watched();
    await silence(before.alerting, before.clock, 60);
    const { clock, store } = before;
    const { run, target, alerting } = watched([ruleWith()], {}, { clock, store, options: { state: before.kept() } });
    store.answer = () => ({ cm1: 11 });
    await run(300);
    expect(target.lines).toEqual([]);
    const [active] = alerting.view().silences;
    expect(await alerting.endSilence(active!.id)).toBe(true);
    expect(await alerting.endSilence(active!.id)).toBe(false);
    await run(60);
    expect(target.lines.length).toBe(1);
  });

  test('of an alert that ends and begins again later do not hide the later one', async () => {
    const { run, store, target, alerting, clock } = watched();
    store.answer = () => ({ cm1: 11 });
    await run(120);
    await silence(alerting, clock, 5);
    store.answer = () => ({ cm1: 1 });
    await run(600);
    store.answer = () => ({ cm1: 11 });
    await run(120);
    expect(target.lines).toEqual(['10:01:10 firing cm1', '10:13:10 firing cm1']);
  });

  test('do not leave an alert open in our own history', async () => {
    const { run, store, target, alerting, clock } = watched([ruleWith()], { isHistory: true });
    store.answer = () => ({ cm1: 11 });
    await run(120);
    await silence(alerting, clock, 60);
    store.answer = () => ({ cm1: 1, cm2: 11 });
    await run(120);
    expect(target.lines).toEqual(['10:01:10 firing cm1', '10:03:10 resolved cm1']);
  });

  test.each([
    ['a rule that is not there', { ruleUid: 'sb-none', endsMs: startMs + minuteMs }, 'no such rule'],
    ['an end in the past', { ruleUid: 'sb-test-many', endsMs: startMs }, 'over already'],
    ['an end too far away', { ruleUid: 'sb-test-many', endsMs: startMs + 31 * 86_400_000 }, '30 days'],
  ])('are refused for %s', async (_, wish, text) => {
    const { alerting } = watched();
    expect(await alerting.silence({ labels: {}, comment: '', ...wish })).toEqual({
      fault: expect.stringContaining(text) as string,
    });
  });

  test('are refused when they cannot be written, and not in force then', async () => {
    const { alerting, clock } = watched(
      [ruleWith()],
      {},
      { options: { keep: () => Promise.reject(new Error('full')) } },
    );
    expect(await silence(alerting, clock, 10)).toEqual({ fault: expect.stringContaining('written') as string });
    expect(alerting.view().silences).toEqual([]);
  });

  test('have an end to their number', async () => {
    const { alerting, clock } = watched();
    for (let count = 0; count < 200; count++) await silence(alerting, clock, 10);
    expect(await silence(alerting, clock, 10)).toEqual({ fault: expect.stringContaining('end some first') as string });
  });
});

describe('the body', () => {
  const places = { pageUrl: () => 'http://127.0.0.1:8080/', variables: () => ({ host: 'host' }) };

  async function body(): Promise<Record<string, unknown>> {
    const { run, store, target, clock } = watched();
    store.answer = () => ({ cm1: 11, cm2: 12 });
    await run(120);
    store.answer = () => ({ cm1: 1, cm2: 13 });
    await run(80);
    const group = target.told.at(-1)!.group;
    return webhookBody({
      ...group,
      receiver: receiverName,
      pageUrl: places.pageUrl(),
      linksOf: (alert) => linksOf(alert, places, clock.now()),
    });
  }

  test('has the keys and kinds of values of Grafana', async () => {
    const made = await body();
    const kinds = (value: object): unknown =>
      Object.fromEntries(Object.entries(value).map(([key, one]) => [key, Array.isArray(one) ? 'array' : typeof one]));
    const { appVersion: _appVersion, ...sample } = bodyJson();
    expect(kinds(made)).toEqual(kinds(sample));
    const [alert] = made['alerts'] as object[];
    expect(kinds(alert!)).toEqual(kinds(alertJson()));
  });

  test('says what Grafana says', async () => {
    const made = await body();
    expect(made).toMatchObject({
      receiver: 'switchboard-receiver',
      status: 'firing',
      state: 'alerting',
      version: '1',
      orgId: 1,
      truncatedAlerts: 0,
      externalURL: 'http://127.0.0.1:8080/',
      groupKey: '{}/{severity="critical"}:{alertname="Many words", grafana_folder="Switchboard Alerts"}',
      groupLabels: { alertname: 'Many words', grafana_folder: 'Switchboard Alerts' },
      commonLabels: { alertname: 'Many words', severity: 'critical', family: 'words', service: 'test' },
      commonAnnotations: { runbook: 'docs/runbooks/pipeline.md#sb-test-many' },
      title: '[FIRING:1, RESOLVED:1] Many words Switchboard Alerts (words test critical)',
    });
    expect(made['commonLabels']).not.toHaveProperty('host');
    const from = startMs + minuteMs - 3_600_000;
    const page = 'http://127.0.0.1:8080';
    expect(made['alerts']).toMatchObject([
      {
        status: 'firing',
        labels: { host: 'cm2' },
        annotations: { summary: '13 words on cm2' },
        startsAt: '2026-03-02T10:01:00.000Z',
        endsAt: '0001-01-01T00:00:00Z',
        dashboardURL: `${page}/d/sb-test?from=${from}&to=${startMs + 200_000}&var-host=cm2`,
        panelURL: `${page}/d/sb-test?from=${from}&to=${startMs + 200_000}&var-host=cm2&viewPanel=3`,
        ruleUID: 'sb-test-many',
        values: { B: 13, C: 1 },
        valueString: "[ var='B' labels={host=cm2} value=13 ], [ var='C' labels={host=cm2} value=1 ]",
      },
      { status: 'resolved', labels: { host: 'cm1' }, endsAt: '2026-03-02T10:03:00.000Z' },
    ]);
    expect(made['message']).toMatch(/^\*\*Firing\*\*[\s\S]*Value: B=13, C=1[\s\S]*\*\*Resolved\*\*[\s\S]*host = cm1/);
  });

  test('is read by the receiver', async () => {
    const read = readNotification(Buffer.from(JSON.stringify(await body())));
    expect(read).toMatchObject({
      receiver: 'switchboard-receiver',
      truncated: 0,
      alerts: [
        { status: 'firing', ruleUid: 'sb-test-many', startsMs: startMs + minuteMs, values: { B: 13, C: 1 } },
        { status: 'resolved', endsMs: startMs + 3 * minuteMs },
      ],
    });
    expect('alerts' in read && read.alerts[0]?.url).toContain('viewPanel=3');
  });
});
