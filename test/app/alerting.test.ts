// Alerts of `up` as a whole: rules on a real embedded store, our own receiver as the webhook, history in the store, and
// the state folder over restarts. The clock is the test's; only its ticks are real.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { alertRulesOf, variableTags } from '../../src/app/alert-rules.ts';
import { AlertFace } from '../../src/app/alerting.ts';
import { measurementsOf } from '../../src/app/catalogue.ts';
import { readConfiguration } from '../../src/app/config.ts';
import type { Configuration } from '../../src/app/configuration.ts';
import { withStore } from '../../src/app/embedded.ts';
import { Pipeline } from '../../src/app/pipeline.ts';
import { families, outputs } from '../../src/app/registry.ts';
import { writeHistory } from '../../src/demo/ecs-demo.ts';
import { alertEvent, alertState } from '../../src/model/alert-event.ts';
import { systemClock } from '../../src/model/clock.ts';
import { encodePoint } from '../../src/model/line-protocol.ts';
import { silentLog } from '../../src/model/log.ts';
import type { Output } from '../../src/model/output.ts';
import { query } from '../../src/model/query.ts';
import { startListening, token } from '../alerts/listening.ts';
import type { Listening } from '../alerts/listening.ts';
import { minuteMs, startMs, testAlerting, TestClock } from '../alerts/evaluation.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until as untilWithin } from '../support/until.ts';

const until = (condition: () => unknown, what: string): Promise<unknown> =>
  untilWithin(async () => Boolean(await condition()), what, 40_000);

const ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

const rules = await alertRulesOf(families);
const dashboards = (await Promise.all(families.map((family) => family.dashboards()))).flat();

function configured(folder: string, alerts: object): Promise<Configuration> {
  const text = JSON.stringify({
    instance: 'noc-1',
    stateDir: './state',
    outputs: { duckdb: { retentionDays: 0 } },
    alerts,
    sources: [{ family: 'ecs', host: 'cm1', paths: ['logs'], timezone: 'UTC' }],
  });
  return readConfiguration(text, join(folder, 'sb.yaml'), { catalogue: { families, outputs }, environment: {} }).then(
    (configuration) => withStore(configuration, { host: undefined, port: 0 }),
  );
}

async function openStore(): Promise<Output> {
  const kind = outputs.find(({ name }) => name === 'duckdb')!;
  const store = await kind.open({
    options: (await kind.options()).parse({ retentionDays: 0 }),
    measurements: measurementsOf(families),
    directory: temporaryFolder(),
    stdout: process.stdout,
  });
  ending.push(() => store.close());
  return store;
}

/** Telephones that drop: more than the limit of sb-ecs-drop. */
async function drop(store: Output, count: number, timeMs: number): Promise<void> {
  const measurement = measurementsOf(families).find(({ name }) => name === 'ecs_denial')!;
  const values: Readonly<Record<string, string>> = { event: '2011', category: 'ip', host: 'cm1', instance: 'noc-1' };
  const line = encodePoint({
    measurement,
    tags: [...measurement.tagNames, 'host', 'instance'].map((tag) => values[tag] ?? ''),
    fields: measurement.fieldNames.map((name) => (name === 'count' ? count : undefined)),
    timeMs,
  });
  await store.write({ lines: Buffer.from(line), points: 1 }, new AbortController().signal);
}

function faceOf(store: Output, clock: TestClock): AlertFace {
  const face = new AlertFace({
    clock,
    log: silentLog,
    environment: {},
    rules,
    variables: variableTags(dashboards),
    queries: store.queries!,
    output: () => Promise.resolve(store),
    pageUrl: () => 'http://127.0.0.1:8080/',
  });
  ending.push(() => face.stop(0));
  return face;
}

const firing = (face: AlertFace): string[] =>
  (face.board?.view().alerts ?? []).filter(({ state }) => state === 'firing').map(({ ruleUid }) => ruleUid);

/** What the store holds of the history: `title status`, and the counts of open alerts. */
async function history(store: Output): Promise<{ events: string[]; open: number | undefined }> {
  const range = { fromMs: 0, toMs: startMs + 30 * 86_400_000, windowMs: 1 };
  const events = await store.queries!.run(
    query(alertEvent, {
      select: [{ field: 'deliveries', aggregate: 'sum' }],
      groupBy: ['alertname', 'status'],
      over: 'range',
    }),
    range,
    {},
  );
  const open = await store.queries!.run(
    query(alertState, { select: [{ field: 'firing', aggregate: 'max' }], over: 'range' }),
    range,
    {},
  );
  return {
    events: events.map(({ group, values: [count] }) => `${group.join(' ')} ${count}`),
    open: open[0]?.values[0] as number | undefined,
  };
}

interface Scene {
  readonly folder: string;
  readonly clock: TestClock;
  readonly store: Output;
  readonly receiver: Listening;
  readonly face: AlertFace;
  readonly configuration: Configuration;
}

/** An alert that fires, told to our receiver as if it were any receiver of Grafana's. */
async function firingScene(): Promise<Scene> {
  const [folder, clock, store] = [temporaryFolder(), new TestClock(), await openStore()];
  const receiver = await startListening();
  ending.push(() => receiver.stop(0));
  const configuration = await configured(folder, { forward: [{ type: 'webhook', url: receiver.url, token }] });
  const face = faceOf(store, clock);
  await face.apply(configuration);
  await drop(store, 25, startMs + 30_000);
  clock.nowMs = startMs + minuteMs + 1000;
  await until(() => firing(face).includes('sb-ecs-drop'), 'the alert');
  clock.nowMs += 11_000;
  await until(() => receiver.events().length > 0, 'the message');
  return { folder, clock, store, receiver, face, configuration };
}

describe('alerts of up', () => {
  test("fire, are told with Grafana's body and token, become history, and are over", async () => {
    const { clock, store, receiver, face } = await firingScene();
    expect(receiver.events()[0]).toMatch(
      /^alert_event,alertname=Avaya\\ mass\\ drop\\ of\\ telephones,host=cm1,.*severity=critical,.*status=firing /,
    );
    expect(receiver.events()[0]).toContain('/d/sb-avaya?');
    expect(receiver.events()[0]).toContain('viewPanel=2');
    await until(async () => (await history(store)).events.length > 0, 'the history');
    expect((await history(store)).events).toEqual(['Avaya mass drop of telephones firing 1']);

    clock.nowMs = startMs + 4 * minuteMs;
    await until(() => firing(face).length === 0, 'the end of the alert');
    clock.nowMs += minuteMs;
    await until(() => receiver.events().length === 2, 'the message of the end');
    expect(receiver.events()[1]).toMatch(/status=resolved .*duration_s=180,/);
    await until(async () => (await history(store)).events.length === 2, 'the end in the history');
  });

  test('go on over a restart without being told twice', async () => {
    const { clock, store, receiver, face, configuration } = await firingScene();
    await until(async () => (await history(store)).events.length > 0, 'the history');
    await face.stop(5000);
    const after = faceOf(store, clock);
    await after.apply(configuration);
    expect(firing(after)).toEqual(['sb-ecs-drop']);
    clock.nowMs = startMs + 2 * minuteMs + 1000;
    const seenMs = (): number => after.board?.figures().lastEvaluationMs ?? 0;
    await until(() => seenMs() === startMs + 2 * minuteMs, 'an evaluation');
    clock.nowMs += 30_000;
    await until(async () => ((await history(store)).open ?? 0) > 0, 'the count of open alerts');
    expect(receiver.events().length).toBe(1);
    expect((await history(store)).events).toEqual(['Avaya mass drop of telephones firing 1']);
  });

  test('a reload changes who is told, and what fires goes on', async () => {
    const { folder, clock, receiver, face } = await firingScene();
    const other = await startListening();
    ending.push(() => other.stop(0));
    await face.apply(
      await configured(folder, { forward: [{ type: 'webhook', name: 'other', url: other.url, token }] }),
    );
    expect(firing(face)).toEqual(['sb-ecs-drop']);
    clock.nowMs = startMs + 2 * minuteMs + 1000;
    await until(() => other.events().length > 0, 'the message to the new one');
    expect(receiver.events().length).toBe(1);
    await face.apply(await configured(folder, { enabled: false }));
    expect(face.board).toBeUndefined();
  });

  test('a receiver that refuses the token is named in the health, and the history goes on', async () => {
    const [folder, clock, store] = [temporaryFolder(), new TestClock(), await openStore()];
    const receiver = await startListening();
    ending.push(() => receiver.stop(0));
    const face = faceOf(store, clock);
    const forward = [{ type: 'webhook', url: receiver.url, token: 'sb_a_wrong_token' }];
    await face.apply(await configured(folder, { forward }));
    await drop(store, 25, startMs + 30_000);
    clock.nowMs = startMs + minuteMs + 1000;
    await until(() => firing(face).includes('sb-ecs-drop'), 'the alert');
    clock.nowMs += 11_000;
    await until(() => face.board?.figures().reasons.some((reason) => reason.includes('answered 401')), 'the reason');
    await until(async () => (await history(store)).events.length > 0, 'the history');
    expect(receiver.events()).toEqual([]);
  });

  test('are told to programs one by one, as the receiver does it', async () => {
    const [folder, clock, store] = [temporaryFolder(), new TestClock(), await openStore()];
    const told = join(folder, 'told.json');
    const script = `process.stdin.on('data', (text) => require('fs').appendFileSync(${JSON.stringify(told)}, text))`;
    const face = faceOf(store, clock);
    const forward = [{ type: 'command', command: [process.execPath, '-e', script] }];
    await face.apply(await configured(folder, { forward }));
    await drop(store, 25, startMs + 30_000);
    clock.nowMs = startMs + minuteMs + 1000;
    await until(() => firing(face).includes('sb-ecs-drop'), 'the alert');
    clock.nowMs += 11_000;
    await until(() => existsSync(told) && readFileSync(told, 'utf8').endsWith('\n'), 'the program');
    expect(JSON.parse(readFileSync(told, 'utf8'))).toMatchObject({
      status: 'firing',
      alertname: 'Avaya mass drop of telephones',
      host: 'cm1',
      summary: '25 IP telephones dropped on cm1 in 2 minutes',
      ruleUid: 'sb-ecs-drop',
    });
  });

  test('begin anew when the file of their state is damaged, and set it aside', async () => {
    const { folder, clock, store, face, configuration } = await firingScene();
    await face.stop(5000);
    const path = join(folder, 'state', 'alerts', 'rules.json');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 50));
    const after = faceOf(store, clock);
    await after.apply(configuration);
    expect(existsSync(`${path}.bad`)).toBe(true);
    expect(firing(after)).toEqual([]);
  });
});

test('the incidents of the demo raise alerts within minutes', async () => {
  const folder = temporaryFolder();
  const fromMs = startMs;
  const toMs = startMs + 45 * minuteMs;
  await writeHistory({ directory: join(folder, 'logs'), timezone: 'UTC', fromMs, toMs });
  const configuration = await configured(folder, {});
  const pipeline = await Pipeline.start(configuration, {
    clock: systemClock,
    log: silentLog,
    stdin: process.stdin,
    stdout: process.stdout,
    version: '0',
    measurements: measurementsOf(families),
    mode: 'once',
  });
  ending.push(() => pipeline.stop(0));
  await pipeline.finished();
  await until(() => pipeline.status().sources[0]?.outputs[0]?.spooled === 0, 'every point to be stored');
  const store = await pipeline.output('duckdb');
  const { clock, alerting } = testAlerting(
    rules.filter(({ service }) => service === 'avaya'),
    { options: { queries: store.queries! } },
  );
  const raised = new Set<string>();
  for (clock.nowMs = fromMs; clock.nowMs <= toMs; clock.nowMs += minuteMs) {
    alerting.tick();
    await alerting.idle();
    for (const { ruleUid, state } of alerting.view().alerts) if (state === 'firing') raised.add(ruleUid);
  }
  expect([...raised]).toEqual(expect.arrayContaining(['sb-ecs-drop', 'sb-ecs-refused', 'sb-ecs-alarm']));
});
