// The analyzer of the cisco family: the same points however the log is cut, over restarts, and corrections that overwrite.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cisco } from '../../src/families/cisco/index.ts';
import type { Analyzer, JsonValue } from '../../src/model/family.ts';
import { CollectingSink, chunkOf, logFile } from './collecting-sink.ts';
import { line, startMs, twoSites } from './cisco-log.ts';

let directory = '';
let topology = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-cisco-'));
  topology = join(directory, 'topology.yaml');
  writeFileSync(topology, twoSites);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const hub = '10.9.0.1';
const config = '%SYS-5-CONFIG_I: Configured from console';
const file = logFile('syslog.log', startMs);

async function analyzer(options: Record<string, unknown> = {}): Promise<Analyzer> {
  const parsed = (await cisco.options()).parse({ topology, ...options });
  return cisco.createAnalyzer({ options: parsed, timezone: 'UTC', host: 'noc' });
}

function feed(target: Analyzer, sink: CollectingSink, lines: readonly string[]): void {
  target.lines(chunkOf(Buffer.from(lines.map((text) => `${text}\n`).join('')), file), sink);
}

/** Points of one measurement without what depends on how often they were written. */
function points(sink: CollectingSink, measurement: string): string[] {
  return sink
    .points()
    .filter((point) => point.startsWith(`${measurement},`))
    .map((point) => point.replace(/,?\brev=\d+i/, ''));
}

const dlci = (state: string): string => `%FR-5-DLCICHANGE: Interface Serial0/0 - DLCI 101 state changed to ${state}`;
const log = [
  line(-600, hub, 1, config),
  line(0, hub, 2, dlci('INACTIVE')),
  line(400, hub, 3, dlci('ACTIVE')),
  ...Array.from({ length: 40 }, (_, index) => line(500 + 30 * index, hub, 4 + index, `${config} ${index}`)),
  'nonsense',
];

test('gives buckets that add up, changes of state, and every line a place', async () => {
  const target = await analyzer();
  const sink = new CollectingSink();
  feed(target, sink, log);
  target.finish?.(sink);
  expect(sink.accepted).toHaveLength(43);
  expect(sink.rejected.map(({ reason }) => reason)).toEqual(['unparsed']);
  const changes = points(sink, 'cisco_service_transition').filter((point) => point.includes('svc=site-101'));
  expect(changes.map((point) => [/state=(\d)/.exec(point)?.[1], Number(/(\d+)$/.exec(point)?.[1]) - startMs])).toEqual([
    ['1', 0],
    ['3', 400_000],
  ]);
  const sum = (field: string): number =>
    points(sink, 'cisco_service_bucket')
      .filter((point) => point.includes('svc=site-101'))
      .reduce((total, point) => total + Number(new RegExp(`\\b${field}=([\\d.]+)`).exec(point)?.[1] ?? 0), 0);
  expect([sum('up_s'), sum('down_s'), sum('backup_s'), sum('unknown_s')]).toEqual([600 + 1270, 400, 0, 0]);
});

test('gives the same final points line by line, with a restart after each line', async () => {
  const whole = new CollectingSink();
  const one = await analyzer();
  feed(one, whole, log);
  one.finish?.(whole);
  const parts = new CollectingSink();
  let state: JsonValue | undefined;
  for (const text of log) {
    const target = await analyzer();
    if (state !== undefined) target.restore(state);
    feed(target, parts, [text]);
    state = JSON.parse(JSON.stringify(target.snapshot())) as JsonValue;
  }
  const last = await analyzer();
  if (state !== undefined) last.restore(state);
  last.finish?.(parts);
  for (const name of ['cisco_service_bucket', 'cisco_transport', 'cisco_messages', 'cisco_interesting']) {
    expect(points(parts, name), name).toEqual(points(whole, name));
  }
  const live = points(parts, 'cisco_service_transition').filter((point) => point.includes('void=0'));
  expect(live).toEqual(points(whole, 'cisco_service_transition'));
});

test('takes back a change of state that later evidence moves', async () => {
  const target = await analyzer();
  const sink = new CollectingSink();
  feed(target, sink, [line(-600, hub, 1, config), line(0, hub, 2, dlci('INACTIVE')), line(200, hub, 4, config)]);
  feed(target, sink, [line(300, hub, 5, config), line(400, hub, 6, config)]);
  feed(target, sink, [line(100, hub, 3, dlci('ACTIVE'), 500), line(700, hub, 7, dlci('INACTIVE'))]);
  feed(target, sink, [line(1200, hub, 8, config), line(1300, hub, 9, config)]);
  target.finish?.(sink);
  const states = points(sink, 'cisco_service_transition')
    .filter((point) => point.includes('svc=site-101') && point.includes('void=0'))
    .map((point) => Number(/(\d+)$/.exec(point)?.[1]) - startMs);
  expect(states.toSorted((one, other) => one - other)).toEqual([0, 100_000, 700_000]);
});

test('reports what is believed now', async () => {
  const target = await analyzer();
  const sink = new CollectingSink();
  feed(target, sink, [line(-600, hub, 1, config), line(0, hub, 2, dlci('INACTIVE')), line(200, hub, 3, config)]);
  const report = {
    nowMs: startMs + 260_000,
    newestEventMs: startMs,
    linesRead: 3,
    bytesRead: 300,
    matched: 3,
    filesOpened: 1,
    files: [],
    reasons: new Map<string, number>(),
  };
  target.report?.(report, sink);
  const [service] = points(sink, 'cisco_service').filter((point) => point.includes('svc=site-101'));
  expect(service).toContain('state=1i');
  expect(service).toContain('since_s=260');
  expect(points(sink, 'cisco_service').find((point) => point.includes('svc=site-102'))).toContain('state=0i');
});

test('forgets what is older than the correction window and keeps what was believed', async () => {
  const target = await analyzer({ correctionDays: 0.25 });
  const sink = new CollectingSink();
  const day = 86_400;
  feed(target, sink, [line(0, hub, 1, config), line(10, hub, 2, dlci('INACTIVE'))]);
  for (let hour = 1; hour < 48; hour++) feed(target, sink, [line(hour * 3600, hub, 2 + hour, config)]);
  const size = JSON.stringify((target.snapshot() as Record<string, JsonValue>)['network']).length;
  expect(size).toBeLessThan(2000);
  feed(target, sink, [line(2 * day, hub, 50, dlci('ACTIVE')), line(2 * day + 3600, hub, 51, config)]);
  target.finish?.(sink);
  const down = points(sink, 'cisco_service_bucket')
    .filter((point) => point.includes('svc=site-101'))
    .reduce((total, point) => total + Number(/down_s=([\d.]+)/.exec(point)?.[1] ?? 0), 0);
  expect(down).toBe(2 * day - 10);
});
