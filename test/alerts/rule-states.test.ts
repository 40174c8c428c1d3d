// States of alerts over evaluations, as Grafana has them: what fires when, what waits, what is over, and what becomes of
// them when the store is silent, fails or is slow, and when the process was away.
import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../src/alerts/rules/active-alert.ts';
import type { AlertRule } from '../../src/model/alert.ts';
import { lately } from '../../src/model/alert.ts';
import { until } from '../support/until.ts';
import { minuteMs, ruleWith, startMs, testAlerting, TestClock, TestStore } from './evaluation.ts';
import type { Answer } from './evaluation.ts';

/** What the store answers at each minute, and the states after it. */
type Course = readonly (readonly [answer: Answer, states: string])[];

async function follow(rule: AlertRule, course: Course): Promise<void> {
  const test = testAlerting([rule]);
  const seen: string[] = [];
  for (const [answer] of course) {
    test.store.answer = () => answer;
    await test.run(60);
    seen.push(test.states());
  }
  expect(seen).toEqual(course.map(([, states]) => states));
}

const high = { cm1: 11 };
const low = { cm1: 10 };

describe('states over evaluations, one a minute', () => {
  const courses: Readonly<Record<string, readonly [Partial<AlertRule>, Course]>> = {
    'fires at once without a duration, and is over at once': [
      {},
      [
        [low, ''],
        [high, 'firing cm1'],
        [high, 'firing cm1'],
        [low, ''],
      ],
    ],
    'waits for its duration, counted from the first evaluation that saw it': [
      { forSeconds: 120 },
      [
        [high, 'pending cm1'],
        [high, 'pending cm1'],
        [high, 'firing cm1'],
        [low, ''],
      ],
    ],
    'begins to wait anew when it was normal in between': [
      { forSeconds: 120 },
      [
        [high, 'pending cm1'],
        [low, ''],
        [high, 'pending cm1'],
        [high, 'pending cm1'],
        [high, 'firing cm1'],
      ],
    ],
    'a group that is gone stays for one evaluation and is over at the second': [
      {},
      [
        [{ cm1: 11, cm2: 1 }, 'firing cm1'],
        [{ cm2: 1 }, 'firing cm1'],
        [{ cm2: 1 }, ''],
      ],
    ],
    'a group that was gone once goes on waiting': [
      { forSeconds: 120 },
      [
        [{ cm1: 11, cm2: 1 }, 'pending cm1'],
        [{ cm2: 1 }, 'pending cm1'],
        [{ cm1: 11, cm2: 1 }, 'firing cm1'],
      ],
    ],
    'silence that is normal ends all alerts at once': [
      {},
      [
        [high, 'firing cm1'],
        [{}, ''],
      ],
    ],
    'silence that is unknown is an alert of its own, at once': [
      { silence: 'unknown', forSeconds: 120 },
      [
        [{}, 'firing DatasourceNoData'],
        [{}, 'firing DatasourceNoData'],
        [low, 'firing DatasourceNoData'],
        [low, ''],
      ],
    ],
    'silence that is unknown leaves the others for one evaluation more': [
      { silence: 'unknown' },
      [
        [high, 'firing cm1'],
        [{}, 'firing DatasourceNoData, firing cm1'],
        [{}, 'firing DatasourceNoData'],
      ],
    ],
    'silence that is the failure fires for one that stands for all, after the duration': [
      { silence: 'failure', forSeconds: 60 },
      [
        [{}, 'pending Many words'],
        [{}, 'firing Many words'],
        [low, 'firing Many words'],
        [low, ''],
      ],
    ],
    'silence that is the failure fires for all that there were, normal ones too': [
      { silence: 'failure', forSeconds: 60 },
      [
        [{ cm1: 1, cm2: 2 }, ''],
        [{}, 'pending cm1, pending cm2'],
        [{}, 'firing cm1, firing cm2'],
        [{ cm1: 1, cm2: 2 }, ''],
      ],
    ],
    'an evaluation that fails is an alert of its own, at once, and passes when it succeeds': [
      { forSeconds: 120 },
      [
        ['fault', 'firing DatasourceError'],
        [low, 'firing DatasourceError'],
        [low, ''],
      ],
    ],
    'an evaluation that fails where silence is the failure is the failure': [
      { silence: 'failure' },
      [
        [low, ''],
        ['fault', 'firing cm1'],
        [low, ''],
      ],
    ],
    'silence ends the alert about failures': [
      {},
      [
        ['fault', 'firing DatasourceError'],
        [{}, ''],
      ],
    ],
  };
  test.each(Object.entries(courses))('%s', async (_, [changes, course]) => {
    await follow(ruleWith(changes), course);
  });

  test('at least, below and above are the limits of Grafana', async () => {
    await follow(ruleWith({ limit: { atLeast: 11 } }), [
      [low, ''],
      [high, 'firing cm1'],
    ]);
    await follow(ruleWith({ limit: { below: 11 } }), [
      [high, ''],
      [low, 'firing cm1'],
    ]);
  });
});

test('a source that has just begun is not silent, though there is nothing to compare it with', async () => {
  const rule = ruleWith({ silence: 'failure', limit: { below: 1 } });
  const before = lately(rule.measured.query, 86_100, 300);
  const test = testAlerting([{ ...rule, comparedWith: { question: before, how: 'minus' } }]);
  test.store.answer = (_query, { fromMs, toMs }) => (toMs - fromMs > 300_000 ? {} : { cm1: 4 });
  await test.run(600);
  expect(test.states()).toBe('');
  test.store.answer = () => ({});
  await test.run(60);
  expect(test.states()).toBe('firing Many words');
});

describe('an alert', () => {
  test('has the labels, texts and times of Grafana', async () => {
    const test = testAlerting([ruleWith({ forSeconds: 60, severity: 'warning' })]);
    test.store.answer = () => ({ cm1: 11.4 });
    await test.run(120);
    const [alert] = test.alerting.view().alerts;
    expect(alert).toMatchObject({
      ruleUid: 'sb-test-many',
      state: 'firing',
      // When it began to fire, not when it began to wait.
      activeSinceMs: startMs + 2 * minuteMs,
      labels: {
        alertname: 'Many words',
        grafana_folder: 'Switchboard Alerts',
        host: 'cm1',
        severity: 'warning',
        family: 'words',
        service: 'test',
      },
      summary: '11 words on cm1',
      description: 'Too many on cm1.',
      value: 11.4,
      valueText: '11',
      silencedUntilMs: null,
      dashboard: 'sb-test',
      panel: 3,
      runbook: 'docs/runbooks/pipeline.md#sb-test-many',
    });
  });

  test('is known by its labels: other numbers are the same alert, other tags are another', async () => {
    const test = testAlerting([ruleWith()]);
    const prints: string[] = [];
    for (const answer of [{ cm1: 11 }, { cm1: 99 }, { cm2: 11 }]) {
      test.store.answer = () => answer;
      await test.run(60);
      prints.push(
        test.alerting.view().alerts.find(({ labels }) => labels['host'] === Object.keys(answer)[0])!.fingerprint,
      );
    }
    expect(prints[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(prints[1]).toBe(prints[0]);
    expect(prints[2]).not.toBe(prints[0]);
  });

  test.each([{}, { a: '' }, { host: 'cm1', alertname: 'Many words' }, { é: '日本語 😀', b: 'x'.repeat(300) }])(
    'has the fingerprint that Prometheus makes of its labels: %j',
    (labels) => {
      let hash = 0xcbf29ce484222325n;
      for (const pair of Object.entries(labels).toSorted(([first], [second]) => (first < second ? -1 : 1))) {
        for (const byte of pair.flatMap((text) => [...Buffer.from(text), 255])) {
          hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) % 2n ** 64n;
        }
      }
      expect(fingerprintOf(labels)).toBe(hash.toString(16).padStart(16, '0'));
    },
  );

  test('that stands for a failed evaluation says which rule and why', async () => {
    const test = testAlerting([ruleWith()]);
    test.store.answer = () => 'fault';
    await test.run(60);
    const { alerts, rules } = test.alerting.view();
    expect(alerts[0]).toMatchObject({
      labels: { alertname: 'DatasourceError', rulename: 'Many words', severity: 'critical', ref_id: 'A' },
      summary: 'The rule "Many words" cannot be evaluated',
      value: null,
    });
    expect(alerts[0]?.description).toContain('the store cannot answer');
    expect(rules[0]).toMatchObject({ state: 'error', lastError: 'the store cannot answer' });
    expect(test.alerting.figures().reasons).toEqual([expect.stringContaining('the store cannot answer')]);
  });
});

describe('evaluation', () => {
  test('asks for the range before full multiples of the interval', async () => {
    const rule = ruleWith();
    const { query } = rule.measured;
    const test = testAlerting([{ ...rule, measured: lately(query, 300, 60) }]);
    await test.run(125);
    expect(test.store.asked.map(({ range: { fromMs, toMs } }) => [fromMs - startMs, toMs - startMs])).toEqual([
      [-5 * minuteMs, 0],
      [-4 * minuteMs, minuteMs],
    ]);
  });

  test('asks a question that stands twice in a rule only once', async () => {
    const rule = ruleWith();
    const test = testAlerting([{ ...rule, onlyIf: { question: rule.measured, limit: { above: 100 } } }]);
    test.store.answer = () => ({ cm1: 50, cm2: 101 });
    await test.run(60);
    expect(test.store.asked.length).toBe(1);
    expect(test.states()).toBe('firing cm2');
  });

  test('compares only groups that both answers have', async () => {
    const rule = ruleWith({ limit: { above: 2 }, unit: 'none' });
    const before = lately(rule.measured.query, 86_400);
    const test = testAlerting([{ ...rule, comparedWith: { question: before, how: 'over', times: 10 } }]);
    test.store.answer = (_query, { fromMs, toMs }) =>
      toMs - fromMs > 300_000 ? { cm1: 100, cm2: 10, cm4: 0 } : { cm1: 20, cm2: 3, cm3: 99, cm4: 5 };
    await test.run(60);
    expect(test.states()).toBe('firing cm2, firing cm4');
    const cm2 = test.alerting.view().alerts.find(({ labels }) => labels['host'] === 'cm2');
    expect([cm2?.value, cm2?.summary]).toEqual([3, '3.0 words on cm2']);
  });

  test('a store that hangs is given up, holds up no other rule for good, and never gets the same rule twice', async () => {
    const hanging = ['one', 'two', 'three'].map((name) => ruleWith({ uid: `sb-${name}`, title: name }));
    const other = ruleWith({ uid: 'sb-other', title: 'other', measured: lately(hanging[0]!.measured.query, 600) });
    const store = new TestStore();
    store.answer = (_query, { fromMs, toMs }) => (toMs - fromMs === 600_000 ? high : 'hang');
    const clock = new TestClock();
    const test = testAlerting([...hanging, other], { store, clock, options: { limitMs: 200 } });
    clock.nowMs += minuteMs;
    test.alerting.tick();
    clock.nowMs += minuteMs;
    test.alerting.tick();
    await until(() => test.states().includes('firing cm1'), 'the rule behind those that hang');
    await test.alerting.idle();
    expect(store.mostAtOnce).toBeLessThanOrEqual(2);
    const { rules } = test.alerting.view();
    expect(rules.map(({ lastError }) => lastError !== '')).toEqual([true, true, true, false]);
    expect(rules.map(({ missedEvaluations }) => missedEvaluations)).toEqual([1, 1, 1, 1]);
  });

  test('a clock that is set back does not stop it', async () => {
    const test = testAlerting([ruleWith({ forSeconds: 120 })]);
    test.store.answer = () => high;
    await test.run(61);
    expect(test.states()).toBe('pending cm1');
    test.clock.nowMs -= 3_600_000;
    await test.run(180);
    expect(test.states()).toBe('firing cm1');
  });

  test('thousands of groups are kept within a limit, and those that are known keep their places', async () => {
    const test = testAlerting([ruleWith()]);
    const many = Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`host${index}`, 11]));
    test.store.answer = () => ({ zz: 11 });
    await test.run(60);
    test.store.answer = () => ({ ...many, zz: 11 });
    await test.run(60);
    const hosts = test.alerting.view().alerts.map(({ labels }) => labels['host']);
    expect(hosts.length).toBeLessThanOrEqual(1001);
    expect(hosts).toContain('zz');
  });
});

describe('a restart', () => {
  test('keeps what waits and what fires', async () => {
    const rule = ruleWith({ forSeconds: 120 });
    const before = testAlerting([rule]);
    before.store.answer = () => ({ cm1: 11 });
    await before.run(60);
    before.store.answer = () => ({ cm1: 11, cm2: 11 });
    await before.run(120);
    expect(before.states()).toBe('firing cm1, pending cm2');
    await before.alerting.stop(0);
    const since = before.alerting.view().alerts.map(({ activeSinceMs }) => activeSinceMs);

    const { clock, store } = before;
    const after = testAlerting([rule], { clock, store, options: { state: before.kept() } });
    expect(after.states()).toBe('firing cm1, pending cm2');
    await after.run(60);
    expect(after.states()).toBe('firing cm1, firing cm2');
    expect(after.alerting.view().alerts.find(({ labels }) => labels['host'] === 'cm1')?.activeSinceMs).toBe(since[0]);
  });

  test('ends what is over meanwhile, and begins anew to wait after a long time away', async () => {
    const rule = ruleWith({ forSeconds: 120 });
    const before = testAlerting([rule]);
    before.store.answer = () => ({ cm1: 11 });
    await before.run(180);
    before.store.answer = () => ({ cm1: 11, cm2: 11, cm3: 11 });
    await before.run(60);
    expect(before.states()).toBe('firing cm1, pending cm2, pending cm3');
    await before.alerting.stop(0);

    const { clock, store } = before;
    clock.nowMs += 6 * 3_600_000;
    const after = testAlerting([rule], { clock, store, options: { state: before.kept() } });
    store.answer = () => ({ cm1: 1, cm2: 11 });
    await after.run(60);
    expect(after.states()).toBe('pending cm2');
    await after.run(120);
    expect(after.states()).toBe('firing cm2');
  });

  test.each([
    ['damaged', { version: 7 }],
    ['nonsense', 'x'],
    ['half', { version: 1, rules: {} }],
  ])('begins anew with a state that is %s', async (_, state) => {
    const test = testAlerting([ruleWith()], { options: { state } });
    test.store.answer = () => high;
    await test.run(60);
    expect(test.states()).toBe('firing cm1');
  });

  test('a disk that is full is told, and the state is written when there is room again', async () => {
    let isFull = true;
    let kept = '';
    const test = testAlerting([ruleWith()], {
      options: {
        keep: (state) => {
          if (isFull) return Promise.reject(new Error('ENOSPC: no space left on device'));
          kept = JSON.stringify(state);
          return Promise.resolve();
        },
      },
    });
    test.store.answer = () => high;
    await test.run(62);
    expect(test.alerting.figures().reasons).toEqual([expect.stringContaining('no space left')]);
    isFull = false;
    await test.run(2);
    expect(kept).toContain('cm1');
    expect(test.alerting.figures().reasons).toEqual([]);
  });
});
