// What the buckets cost: points per second through a flush, the time of a large flush, and memory of open buckets.
// Run: node --expose-gc --import tsx bench/buckets.ts
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Buckets } from '../src/engine/buckets.ts';
import { counter, gauge, measurement, tag } from '../src/model/catalogue.ts';

const events = measurement({
  name: 'bench_events',
  help: 'One counter.',
  maxSeries: 200_000,
  tags: { code: tag('the code', 100_000), kind: tag('the kind') },
  fields: { events: counter('events', 'how many') },
});
const mixed = measurement({
  name: 'bench_mixed',
  help: 'Two counters and a gauge.',
  maxSeries: 200_000,
  tags: { code: tag('the code', 100_000), kind: tag('the kind') },
  fields: { calls: counter('calls', 'how many'), failed: counter('calls', 'how many'), level: gauge('dB', 'how loud') },
});

const clock = { now: () => Date.UTC(2026, 0, 1), monotonic: () => performance.now() };
const startMs = Date.UTC(2025, 5, 1);
const directory = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));

function make(withDeltas: boolean): Buckets {
  return new Buckets({ host: 'cm1', instance: 'noc-1', widthMs: 60_000, directory, clock, withDeltas });
}

function median(values: readonly number[]): number {
  return values.toSorted((first, second) => first - second)[values.length >> 1] ?? 0;
}

function report(name: string, value: number, unit: string): void {
  process.stdout.write(`${name.padEnd(64)} ${Math.round(value).toLocaleString('en')} ${unit}\n`);
}

async function memory(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await new Promise((done) => setTimeout(done, 20));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The same cells again and again, as they are followed live. */
async function flushAgain(of: typeof events | typeof mixed, cells: number, withDeltas: boolean): Promise<void> {
  const before = await memory();
  const buckets = make(withDeltas);
  const times: number[] = [];
  let points = 0;
  for (let round = 0; round < 9; round++) {
    for (let index = 0; index < cells; index++) {
      const series = buckets.series(of, [`code-${index % (cells / 4)}`, 'denial']);
      buckets.add(series, startMs + Math.floor(index / (cells / 4)) * 60_000, 0, 1);
    }
    const began = performance.now();
    const flush = await buckets.flush();
    times.push(performance.now() - began);
    points += flush.points;
  }
  if (points !== 9 * cells) throw new Error(`${points} points instead of ${9 * cells}`);
  const name = `${of.name}, ${cells} changed${withDeltas ? ', with deltas' : ''}`;
  report(`${name}: flush`, median(times), 'ms');
  report(`${name}: points through a flush`, cells / (median(times) / 1000), 'points/s');
  report(`${name}: memory of open buckets`, ((await memory()) - before) / 1e6, 'MB');
  report(`${name}: snapshot`, buckets.snapshot().length / 1e6, 'MB');
}

/** Every line makes a point in a new bucket, as in an import: opened, flushed, sealed, closed. */
async function importing(): Promise<void> {
  const buckets = make(false);
  const perMinute = 2000;
  const minutes = 500;
  const tags = Array.from({ length: perMinute }, (_, index) => [`code-${index}`, 'denial']);
  const began = performance.now();
  let points = 0;
  for (let minute = 0; minute < minutes; minute++) {
    const timeMs = startMs + minute * 60_000;
    for (const each of tags) {
      buckets.judge(timeMs);
      buckets.add(buckets.series(events, each), timeMs, 0, 1);
    }
    if (buckets.changedBuckets >= 50_000) points += (await buckets.flush()).points;
  }
  points += (await buckets.flush()).points;
  if (points !== perMinute * minutes) throw new Error(`${points} points instead of ${perMinute * minutes}`);
  report(
    'import, a new bucket for every line: all together',
    points / ((performance.now() - began) / 1000),
    'points/s',
  );
}

function lookups(): void {
  const buckets = make(false);
  const tags = Array.from({ length: 500 }, (_, index) => [`code-${index}`, 'denial']);
  const count = 5_000_000;
  const began = performance.now();
  for (let index = 0; index < count; index++)
    buckets.add(buckets.series(events, tags[index % 500] ?? []), startMs, 0, 1);
  report('series() and add() to an open bucket', count / ((performance.now() - began) / 1000), 'samples/s');
}

try {
  await flushAgain(events, 100_000, false);
  await flushAgain(events, 100_000, true);
  await flushAgain(mixed, 100_000, true);
  lookups();
  for (let round = 0; round < 3; round++) await importing();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
