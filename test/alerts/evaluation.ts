// A rule, a store and a clock for tests of the evaluation in process: a test says what the store answers when.
import { lately } from '../../src/model/alert.ts';
import type { AlertRule } from '../../src/model/alert.ts';
import type { Clock } from '../../src/model/clock.ts';
import { query } from '../../src/model/query.ts';
import type { PanelQuery, QueryEngine, QueryRange, ResultRow } from '../../src/model/query.ts';
import { Alerting } from '../../src/alerts/rules/alerting.ts';
import type { AlertingOptions } from '../../src/alerts/rules/alerting.ts';
import type { NotifyTarget, ToldGroup } from '../../src/alerts/rules/notifier.ts';
import { silentLog } from '../../src/model/log.ts';
import { words } from '../support/catalogue.ts';

/** A full minute. */
export const startMs = Date.UTC(2026, 2, 2, 10);
export const minuteMs = 60_000;

const seen = query(words, { select: [{ field: 'seen', aggregate: 'sum' }], groupBy: ['host'], over: 'range' });

/** `more than 10 words`, evaluated every minute, at once. */
export function ruleWith(changes: Partial<AlertRule> = {}): AlertRule {
  return {
    uid: 'sb-test-many',
    title: 'Many words',
    group: everyMinute,
    family: 'words',
    service: 'test',
    severity: 'critical',
    measured: lately(seen, 300),
    limit: { above: 10 },
    forSeconds: 0,
    silence: 'normal',
    unit: 'short',
    summary: '{value} words on {host}',
    description: 'Too many on {host}.',
    runbook: 'pipeline',
    panel: { dashboard: 'sb-test', id: 3 },
    reason: 'for tests',
    ...changes,
  };
}

const everyMinute = { name: 'test-1m', intervalSeconds: 60 };

/** What the store holds: a number for each host, nothing, or a fault. */
export type Answer = Readonly<Record<string, number>> | 'fault' | 'hang';

/** A store that answers as told. */
export class TestStore implements QueryEngine {
  answer: (query: PanelQuery, range: QueryRange) => Answer = () => ({});
  readonly asked: { readonly query: PanelQuery; readonly range: QueryRange }[] = [];
  current = 0;
  mostAtOnce = 0;

  run(query: PanelQuery, range: QueryRange, _variables: unknown, signal?: AbortSignal): Promise<readonly ResultRow[]> {
    this.asked.push({ query, range });
    const answer = this.answer(query, range);
    if (answer === 'fault') return Promise.reject(new Error('the store cannot answer'));
    if (answer === 'hang') {
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.current);
      // It does not even look at the signal.
      return new Promise(() => signal?.addEventListener('abort', () => this.current--));
    }
    const rows = Object.entries(answer).map(([host, value]) => ({ group: [host], timeMs: 0, values: [value] }));
    return Promise.resolve(rows);
  }
  tagValues(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
  span(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

/** A clock that a test sets. */
export class TestClock implements Clock {
  nowMs = startMs;
  now(): number {
    return this.nowMs;
  }
  monotonic(): number {
    return this.nowMs;
  }
}

/** Somebody who is told, and can be away. */
export class TestTarget implements NotifyTarget {
  readonly name: string = 'test';
  readonly maxAlerts: number = 50;
  readonly tellsResolved: boolean = true;
  readonly isHistory: boolean = false;
  readonly told: { readonly atMs: number; readonly group: ToldGroup }[] = [];
  readonly #clock: Clock;
  isAway = false;

  constructor(
    clock: Clock,
    changes: Partial<Pick<NotifyTarget, 'name' | 'maxAlerts' | 'tellsResolved' | 'isHistory'>> = {},
  ) {
    this.#clock = clock;
    Object.assign(this, changes);
  }
  wants(): boolean {
    return true;
  }
  send(group: ToldGroup): Promise<void> {
    if (this.isAway) return Promise.reject(new Error('away'));
    this.told.push({ atMs: this.#clock.now(), group });
    return Promise.resolve();
  }
  /** `10:01:10 firing cm1, resolved cm2`, one for each message. */
  get lines(): string[] {
    return this.told.map(({ atMs, group }) => {
      const alerts = group.alerts.map(
        ({ endsMs, labels }) =>
          `${endsMs === undefined ? 'firing' : 'resolved'} ${labels['host'] ?? labels['alertname']}`,
      );
      return `${new Date(atMs).toISOString().slice(11, 19)} ${alerts.join(', ')}`;
    });
  }
}

/** An evaluation in a test. */
export interface TestAlerting {
  readonly clock: TestClock;
  readonly store: TestStore;
  readonly alerting: Alerting;
  /** Goes on second by second; each is done before the next begins. */
  run(seconds: number): Promise<void>;
  /** The state as it was kept last, as JSON. */
  kept(): unknown;
  /** `firing cm1, pending cm2`. */
  states(): string;
}

/** Makes one. */
export function testAlerting(
  rules: readonly AlertRule[],
  setup: {
    clock?: TestClock;
    store?: TestStore;
    targets?: (clock: TestClock) => readonly NotifyTarget[];
    options?: Partial<AlertingOptions>;
  } = {},
): TestAlerting {
  const { clock = new TestClock(), store = new TestStore(), targets = () => [], options = {} } = setup;
  let kept: unknown;
  const alerting = new Alerting({
    rules,
    queries: store,
    targets: targets(clock),
    clock,
    log: silentLog,
    state: undefined,
    keep: (state) => {
      kept = JSON.parse(JSON.stringify(state));
      return Promise.resolve();
    },
    ...options,
  });
  return {
    clock,
    store,
    alerting,
    kept: () => kept,
    run: async (seconds) => {
      for (let second = 0; second < seconds; second++) {
        clock.nowMs += 1000;
        alerting.tick();
        await alerting.idle();
      }
    },
    states: () =>
      alerting
        .view()
        .alerts.map(({ state, labels }) => `${state} ${labels['host'] ?? labels['alertname']}`)
        .toSorted()
        .join(', '),
  };
}
