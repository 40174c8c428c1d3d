// The embedded store as an output: what it keeps, what it refuses, and what becomes of its file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { counter, gauge, measurement, tag, text } from '../../src/model/catalogue.ts';
import type { Measurement } from '../../src/model/catalogue.ts';
import { UsageError } from '../../src/model/errors.ts';
import { encodePoint } from '../../src/model/line-protocol.ts';
import type { Point } from '../../src/model/line-protocol.ts';
import { query } from '../../src/model/query.ts';
import { duckdb } from '../../src/outputs/duckdb/index.ts';
import { duckdbOptions } from '../../src/outputs/duckdb/options.ts';
import { openStore } from '../../src/outputs/duckdb/store.ts';
import type { Store } from '../../src/outputs/duckdb/store.ts';
import { temporaryFolder } from '../support/temporary.ts';

const calls = measurement({
  name: 'test_calls',
  help: 'calls',
  tags: { trunk: tag('a trunk') },
  fields: {
    count: counter('calls', 'how many'),
    level: gauge('', 'a level'),
    version: text('a text'),
  },
});
const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 5, 15, 12);
const signal = new AbortController().signal;

let opened: Store[] = [];
afterEach(async () => {
  for (const store of opened) await store.close();
  opened = [];
});

async function open(
  directory: string,
  { measurements = [calls] as readonly Measurement[], options = {}, clockMs = nowMs } = {},
): Promise<Store> {
  const store = await openStore({
    options: duckdbOptions.parse(options),
    measurements,
    directory,
    clock: { now: () => clockMs, monotonic: () => performance.now() },
  });
  opened.push(store);
  return store;
}

function point(trunk: string, timeMs: number, fields: Record<string, number | string>, of: Measurement = calls): Point {
  return { measurement: of, tags: [trunk, 'cm1', 'noc'], fields: of.fieldNames.map((name) => fields[name]), timeMs };
}

function batchOf(points: readonly Point[]): { lines: Buffer; points: number } {
  return { lines: Buffer.from(points.map(encodePoint).join('')), points: points.length };
}

/** Everything stored, as `trunk seconds count level version`. */
async function contents(store: Store): Promise<readonly string[]> {
  const question = query(calls, {
    select: [
      { field: 'count', aggregate: 'sum' },
      { field: 'level', aggregate: 'last' },
      { field: 'version', aggregate: 'last' },
    ],
    groupBy: ['trunk'],
    fill: 'none',
  });
  const range = { fromMs: nowMs - 100 * dayMs, toMs: nowMs + 100 * dayMs, windowMs: 1000 };
  const rows = await store.queries.run(question, range, {});
  return rows.map((row) => [row.group[0], (row.timeMs - nowMs) / 1000, ...row.values].join(' ').trim());
}

describe('writing', () => {
  test('the same batch again changes nothing', async () => {
    const store = await open(temporaryFolder());
    const batch = batchOf([point('a', nowMs, { count: 3, level: 1.5 }), point('b', nowMs, { count: 4 })]);
    for (let time = 0; time < 3; time++) {
      expect(await store.write(batch, signal)).toEqual({ kind: 'done', refused: [] });
    }
    expect(await contents(store)).toEqual(['a 0 3 1.5', 'b 0 4']);
  });

  test('a later point overwrites its own fields and keeps the others, within a batch and between batches', async () => {
    const store = await open(temporaryFolder());
    await store.write(
      batchOf([
        point('a', nowMs, { count: 3, version: '1' }),
        point('a', nowMs, { count: 4 }),
        point('a', nowMs + 1000, { count: 9 }),
        point('a', nowMs, { level: 7 }),
      ]),
      signal,
    );
    await store.write(batchOf([point('a', nowMs, { level: 8 })]), signal);
    expect(await contents(store)).toEqual(['a 0 4 8 1', 'a 1 9']);
  });

  test('keeps large counts, negative levels and any text', async () => {
    const store = await open(temporaryFolder());
    const version = `"; DROP TABLE test_calls; -- \\ 'ü🚀`;
    await store.write(
      batchOf([point('a', nowMs, { count: Number.MAX_SAFE_INTEGER, level: -1.25e-7, version })]),
      signal,
    );
    expect(await contents(store)).toEqual([`a 0 ${Number.MAX_SAFE_INTEGER} -1.25e-7 ${version}`]);
  });

  test('lines of unknown measurements are refused, the others stored', async () => {
    const store = await open(temporaryFolder());
    const lines = Buffer.from(`unknown,a=b c=1i ${nowMs}\n${encodePoint(point('a', nowMs, { count: 1 }))}`);
    expect(await store.write({ lines, points: 2 }, signal)).toEqual({
      kind: 'done',
      refused: [{ line: `unknown,a=b c=1i ${nowMs}`, reason: 'unknown measurement' }],
    });
    expect(await contents(store)).toEqual(['a 0 1']);
  });

  test('sources that write at the same time, while questions are asked, lose nothing', async () => {
    const store = await open(temporaryFolder());
    const writes = Array.from({ length: 20 }, (_, source) =>
      store.write(
        batchOf([point('shared', nowMs, { level: source }), point(`own${source}`, nowMs, { count: 1 })]),
        signal,
      ),
    );
    const questions = Array.from({ length: 20 }, () => contents(store));
    const results = await Promise.all(writes);
    await Promise.all(questions);
    expect(results.every((result) => result.kind === 'done')).toBe(true);
    expect(await contents(store)).toHaveLength(21);
    expect(await contents(store)).toContain('shared 0  19');
  });

  test('a batch larger than a chunk of the library is stored whole', async () => {
    const store = await open(temporaryFolder());
    const points = Array.from({ length: 5000 }, (_, index) =>
      point(`t${index % 7}`, nowMs - index * 1000, { count: 1 }),
    );
    await store.write(batchOf(points), signal);
    expect(await contents(store)).toHaveLength(5000);
  });

  test('points that are new, late, repeated and changed in one batch come out once each, before and after a restart', async () => {
    const directory = temporaryFolder();
    let store = await open(directory);
    const at = (trunk: string, seconds: number, count: number): Point =>
      point(trunk, nowMs + seconds * 1000, { count });
    await store.write(batchOf([at('a', 10, 1), at('b', 10, 2)]), signal);
    await store.write(batchOf([at('a', 20, 3), at('a', 10, 4), at('c', 10, 5), at('b', 5, 6), at('a', 20, 7)]), signal);
    await store.close();
    store = await open(directory);
    await store.write(batchOf([at('a', 20, 8), at('c', 30, 9), at('c', 20, 10)]), signal);
    await store.write(batchOf([point('c', nowMs + 30_000, { level: 0.5 })]), signal);
    expect(await contents(store)).toEqual(['a 10 4', 'a 20 8', 'b 5 6', 'b 10 2', 'c 10 5', 'c 20 10', 'c 30 9 0.5']);
  });

  test('says how much of the disk it takes', async () => {
    const store = await open(temporaryFolder());
    const empty = store.storedBytes();
    await store.write(
      batchOf(Array.from({ length: 5000 }, (_, second) => point('a', nowMs + second, { count: second }))),
      signal,
    );
    expect(store.storedBytes()).toBeGreaterThan(empty);
  });

  test('after closing, a batch is kept for later', async () => {
    const store = await open(temporaryFolder());
    await store.close();
    expect(await store.write(batchOf([point('a', nowMs, { count: 1 })]), signal)).toMatchObject({ kind: 'retry' });
    await expect(contents(store)).rejects.toThrow('closed');
  });
});

describe('the file', () => {
  test('holds everything after a restart, and rewriting is still no change', async () => {
    const directory = temporaryFolder();
    const batch = batchOf([point('a', nowMs, { count: 3 })]);
    const first = await open(directory);
    await first.write(batch, signal);
    await first.close();
    const second = await open(directory);
    expect(await contents(second)).toEqual(['a 0 3']);
    await second.write(batch, signal);
    expect(await contents(second)).toEqual(['a 0 3']);
    expect(await second.queries.span()).toEqual({ fromMs: nowMs, toMs: nowMs });
  });

  test('grows by the tags and fields of a newer version', async () => {
    const directory = temporaryFolder();
    const first = await open(directory);
    await first.write(batchOf([point('a', nowMs, { count: 3 })]), signal);
    await first.close();
    const newer = measurement({
      name: calls.name,
      help: calls.help,
      tags: { ...calls.tags, site: tag('new') },
      fields: { ...calls.fields, peak: gauge('', 'new') },
    });
    const second = await open(directory, { measurements: [newer] });
    const before: Point = { measurement: newer, tags: ['a', '', 'cm1', 'noc'], fields: [5], timeMs: nowMs };
    const after: Point = { ...before, tags: ['a', 'north', 'cm1', 'noc'], fields: [1, undefined, undefined, 2.5] };
    await second.write(batchOf([before, after]), signal);
    const question = query(newer, {
      select: [
        { field: 'count', aggregate: 'sum' },
        { field: 'peak', aggregate: 'max' },
      ],
      groupBy: ['site'],
      over: 'range',
    });
    const rows = await second.queries.run(question, { fromMs: 0, toMs: nowMs + 1, windowMs: 1 }, {});
    expect(rows.map((row) => [row.group, row.values])).toEqual([
      [[''], [5, null]],
      [['north'], [1, 2.5]],
    ]);
    expect(await second.queries.tagValues(newer, 'site', 10)).toEqual(['north']);
    const later: Point = { ...after, tags: ['b', 'south', 'cm1', 'noc'], fields: [7, 3.5, '2', 4], timeMs: nowMs + 1 };
    await second.write(batchOf([later]), signal);
    const found = await second.queries.run(question, { fromMs: nowMs + 1, toMs: nowMs + 2, windowMs: 1 }, {});
    expect(found.map((row) => [row.group, row.values])).toEqual([[['south'], [7, 4]]]);
  });

  test('with a field of another type is refused by name', async () => {
    const directory = temporaryFolder();
    await (await open(directory)).close();
    const changed = measurement({ ...calls, fields: { ...calls.fields, count: text('now a text') } });
    await expect(open(directory, { measurements: [changed] })).rejects.toThrow(/test_calls\.count is BIGINT there/);
    // The failed opening has let go of the file.
    await open(directory);
  });

  test('cannot be opened twice in one process', async () => {
    const directory = temporaryFolder();
    await open(directory);
    await expect(open(directory)).rejects.toThrow(/already open in this process/);
  });

  test('held by another process, is named with the process and the remedy', async () => {
    const directory = temporaryFolder();
    const path = join(directory, 'held.duckdb');
    const script = `import { DuckDBInstance } from '@duckdb/node-api';
      await DuckDBInstance.create(process.argv[1]); console.log('open'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: process.cwd(),
    });
    try {
      await once(holder.stdout, 'data');
      const opening = open(directory, { options: { path } });
      await expect(opening).rejects.toThrow(new RegExp(`in use by another process \\(${holder.pid}\\)`));
      await expect(open(directory, { options: { path } })).rejects.toBeInstanceOf(UsageError);
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    await open(directory, { options: { path } });
  });

  test('keeps every confirmed batch when the process is killed', async () => {
    const directory = temporaryFolder();
    const root = process.cwd();
    const script = join(directory, 'writer.mjs');
    const lines = encodePoint(point('a', nowMs, { count: 1 }));
    writeFileSync(
      script,
      `import { openStore } from ${JSON.stringify(join(root, 'src/outputs/duckdb/store.ts'))};
       import { duckdbOptions } from ${JSON.stringify(join(root, 'src/outputs/duckdb/options.ts'))};
       import { counter, gauge, measurement, tag, text } from ${JSON.stringify(join(root, 'src/model/catalogue.ts'))};
       const calls = measurement({ name: 'test_calls', help: '', tags: { trunk: tag('') },
         fields: { count: counter('', ''), level: gauge('', ''), version: text('') } });
       const store = await openStore({ options: duckdbOptions.parse({}), measurements: [calls],
         directory: ${JSON.stringify(directory)}, clock: { now: () => ${nowMs}, monotonic: () => 0 } });
       for (let batch = 0; ; batch++) {
         const time = ${nowMs} + batch * 1000;
         const lines = Buffer.from(${JSON.stringify(lines)}.replace(/\\d+\\n$/, time + '\\n'));
         const result = await store.write({ lines, points: 1 }, new AbortController().signal);
         if (result.kind === 'done') process.stdout.write(batch + '\\n');
       }`,
    );
    const writer = spawn(process.execPath, ['--import', 'tsx', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let confirmed = -1;
    const enough = new Promise<void>((resolve) => {
      writer.stdout.on('data', (part: Buffer) => {
        confirmed = Math.max(confirmed, ...part.toString().trim().split('\n').map(Number));
        if (confirmed >= 20) resolve();
      });
    });
    await Promise.race([enough, once(writer, 'exit')]);
    const gone = once(writer, 'exit');
    writer.kill('SIGKILL');
    await gone;
    expect(confirmed).toBeGreaterThanOrEqual(20);
    const store = await open(directory);
    const found = await contents(store);
    expect(found.length).toBeGreaterThan(confirmed);
    expect(found.slice(0, confirmed + 1)).toEqual(Array.from({ length: confirmed + 1 }, (_, batch) => `a ${batch} 1`));
  });

  test('that is damaged, a folder, or below a file is a clear error', async () => {
    const directory = temporaryFolder();
    const damaged = join(directory, 'damaged.duckdb');
    writeFileSync(damaged, 'no database at all\n'.repeat(2000));
    await expect(open(directory, { options: { path: damaged } })).rejects.toThrow(/cannot be read: .*move it/);
    const folder = join(directory, 'folder');
    mkdirSync(folder);
    await expect(open(directory, { options: { path: folder } })).rejects.toBeInstanceOf(UsageError);
    const below = join(damaged, 'below.duckdb');
    await expect(open(directory, { options: { path: below } })).rejects.toThrow(/cannot be opened/);
  });
});

describe('retention', () => {
  test('deletes what is older than the days, and refuses it on arrival with the reason', async () => {
    const directory = temporaryFolder();
    const all = await open(directory, { options: { retentionDays: 0 } });
    await all.write(
      batchOf([95, 31, 29, 0].map((days) => point('a', nowMs - days * dayMs, { count: days + 1 }))),
      signal,
    );
    await all.close();
    const store = await open(directory, { options: { retentionDays: 30 } });
    await store.expire();
    expect(await contents(store)).toEqual([`a ${-29 * 86_400} 30`, 'a 0 1']);
    const old = point('old', nowMs - 40 * dayMs, { count: 1 });
    const result = await store.write(batchOf([old, point('b', nowMs, { count: 2 })]), signal);
    expect(result).toEqual({
      kind: 'done',
      refused: [
        { line: encodePoint(old).trimEnd(), reason: 'older than the retention of 30 days (option retentionDays)' },
      ],
    });
    expect(await contents(store)).toHaveLength(3);
  });

  test('counts back from the newest point: neither archives alone nor a wrong clock empty the store', async () => {
    const store = await open(temporaryFolder(), { clockMs: nowMs + 3650 * dayMs, options: { retentionDays: 30 } });
    await store.write(batchOf([point('a', nowMs, { count: 1 }), point('a', nowMs - 5 * dayMs, { count: 2 })]), signal);
    await store.expire();
    expect(await contents(store)).toHaveLength(2);
  });

  test('a point of the future does not delete the present', async () => {
    const store = await open(temporaryFolder(), { options: { retentionDays: 30 } });
    await store.write(batchOf([point('a', nowMs, { count: 1 }), point('a', nowMs + 99 * dayMs, { count: 2 })]), signal);
    await store.expire();
    expect(await contents(store)).toHaveLength(2);
  });
});

describe('the output', () => {
  test('opens in the folder it is given, with its options checked', async () => {
    const directory = join(temporaryFolder(), 'made', 'on', 'demand');
    const schema = await duckdb.options();
    const output = await duckdb.open({
      options: schema.parse({ retentionDays: 7 }),
      measurements: [calls],
      directory,
      stdout: process.stdout,
    });
    try {
      const today = Date.now();
      expect(await output.write(batchOf([point('a', today, { count: 1 })]), signal)).toEqual({
        kind: 'done',
        refused: [],
      });
      expect(await output.queries?.span()).toEqual({ fromMs: today, toMs: today });
    } finally {
      await output.close();
    }
  });

  test.each([{ unknown: 1 }, { threads: 0 }, { retentionDays: -1 }, { path: '' }, { path: ':memory:' }])(
    'refuses the options %j',
    async (options) => {
      expect((await duckdb.options()).safeParse(options).success).toBe(false);
    },
  );
});
