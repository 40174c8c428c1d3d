// Live is the same as after the fact (cisco 20, 26): a log with losses, cut anywhere, with restarts between, ends with the
// points of one pass; and what is written twice is the same points.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { daemonLine } from '../../src/demo/network-log-file.ts';
import { NetworkSimulation } from '../../src/demo/network-simulation.ts';
import { cisco } from '../../src/families/cisco/index.ts';
import type { Analyzer, JsonValue } from '../../src/model/family.ts';
import { CollectingSink, chunkOf, logFile } from './collecting-sink.ts';
import { degrade, linesOf, random, simulate } from './cisco-simulated.ts';

/** Two networks of the same shape, so that one topology is enough. */
const networks = [11, 201].map((seed) => simulate(seed, 6, 3));
const logs = networks.map(({ packets }) => linesOf(degrade(packets, { loss: 0.04, seed: 12 })));
/** One with restarts of hubs and sites, trunks that fail, and messages that waited for a path. */
const rebooting = new NetworkSimulation({
  startMs: Date.UTC(2024, 10, 12),
  incidents: 'rhythm',
  noisePerHour: 3,
  rates: { loss: 0.03, duplication: 0.02, reordering: 0.03 },
});
logs.push(rebooting.advance(Date.UTC(2024, 10, 13, 6)).map((arrival) => daemonLine(arrival, 'iso')));
const file = logFile('syslog.log', Date.UTC(2024, 10, 15));
let directory = '';
let topologies: readonly string[] = [];
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-cisco-'));
  topologies = [networks[0]?.topology, networks[0]?.topology, rebooting.topology].map((text, index) => {
    const path = join(directory, `topology-${index}.yaml`);
    writeFileSync(path, text ?? '');
    return path;
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function analyzer(log: number, correctionDays: number): Promise<Analyzer> {
  const options = (await cisco.options()).parse({ topology: topologies[log], correctionDays });
  return cisco.createAnalyzer({ options, timezone: 'UTC', host: 'noc' });
}

function feed(target: Analyzer, sink: CollectingSink, part: readonly string[]): void {
  target.lines(chunkOf(Buffer.from(part.map((text) => `${text}\n`).join('')), file), sink);
}

/** Buckets and the changes of state that stand, without what depends on when and how often they were written. */
function standing(sink: CollectingSink): readonly string[] {
  return sink
    .points()
    .filter((point) => /^cisco_service_(?:bucket|transition),/.test(point) && !point.includes('void=1'))
    .map((point) => point.replace(/,\b(?:rev|final)=\d+i/g, ''))
    .toSorted();
}

async function onePass(log: number, sink: CollectingSink): Promise<Analyzer> {
  const target = await analyzer(log, 7);
  feed(target, sink, logs[log] ?? []);
  target.finish?.(sink);
  return target;
}

/** The log in parts of random size; now and then a new process takes over from a snapshot. */
async function inParts(log: number, sink: CollectingSink, seed: number, correctionDays: number): Promise<number> {
  const next = random(seed);
  const lines = logs[log] ?? [];
  let target = await analyzer(log, correctionDays);
  let restarts = 0;
  for (let from = 0; from < lines.length;) {
    const to = from + 1 + Math.floor(next() * Math.max(12, lines.length / 60));
    feed(target, sink, lines.slice(from, to));
    from = to;
    if (next() > 0.3) continue;
    const state = JSON.parse(JSON.stringify(target.snapshot())) as JsonValue;
    target = await analyzer(log, correctionDays);
    target.restore(state);
    restarts++;
  }
  target.finish?.(sink);
  return restarts;
}

test.each([
  { log: 0, seed: 1, days: 7 },
  { log: 0, seed: 3, days: 1 },
  { log: 1, seed: 1, days: 1 },
  { log: 1, seed: 2, days: 0.5 },
  { log: 2, seed: 1, days: 7 },
  { log: 2, seed: 2, days: 0.5 },
])(
  'in parts, with restarts, the same points stand as after one pass: %o',
  { timeout: 120_000 },
  async ({ log, seed, days }) => {
    const whole = new CollectingSink();
    await onePass(log, whole);
    const parts = new CollectingSink();
    expect(await inParts(log, parts, seed, days)).toBeGreaterThan(5);
    expect(standing(parts)).toEqual(standing(whole));
    // The log was worth it: there were changes that later evidence took back.
    expect(parts.points().some((point) => point.includes('void=1'))).toBe(true);
  },
);

test('finishing twice, and reading the log twice into the same database, changes nothing', async () => {
  const once = new CollectingSink();
  const target = await onePass(0, once);
  const points = standing(once);
  expect(points.length).toBeGreaterThan(100);
  target.finish?.(once);
  expect(standing(once)).toEqual(points);
  await onePass(0, once);
  expect(standing(once)).toEqual(points);
});
