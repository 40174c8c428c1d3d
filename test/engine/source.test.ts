// A source as a whole: real files in, what an output was given out.
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Source } from '../../src/engine/run.ts';
import type { SourceOptions } from '../../src/engine/run.ts';
import { systemClock } from '../../src/model/clock.ts';
import type { Analyzer } from '../../src/model/family.ts';
import type { SourceStatus } from '../../src/model/health.ts';
import { silentLog } from '../../src/model/log.ts';
import { LineAnalyzer, simple } from '../support/line-analyzer.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const base = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
const bucketMs = 10_000;

interface Setting {
  readonly folder: string;
  readonly log: string;
  readonly store: MemoryStore;
  readonly options: SourceOptions;
}

function setting(changes: Partial<SourceOptions> = {}, analyzer: Analyzer = new LineAnalyzer()): Setting {
  const folder = temporaryFolder();
  const log = join(folder, 'logs', 'app.log');
  const store = new MemoryStore();
  mkdirSync(dirname(log));
  return {
    folder,
    log,
    store,
    options: {
      name: 'test',
      family: 'simple',
      host: 'h1',
      instance: 'i1',
      measurements: [simple],
      analyzer,
      follow: {
        paths: [log],
        mode: 'follow',
        isLogName: () => true,
        isNameOrdered: false,
        pollActiveMs: 5,
        pollIdleMs: 20,
        graceMs: 100,
      },
      outputs: [{ name: 'store', values: 'absolute', delivery: 'at-least-once', output: store }],
      directory: join(folder, 'state'),
      bucketMs,
      onStateLoss: 'stop',
      onFull: 'block',
      commitIntervalMs: 10,
      clock: systemClock,
      log: silentLog,
      ...changes,
    },
  };
}

const started: { source: Source; running: Promise<void> }[] = [];

async function start(options: SourceOptions): Promise<{ source: Source; running: Promise<void> }> {
  const source = await Source.open(options);
  const running = source.run();
  const entry = { source, running };
  started.push(entry);
  return entry;
}

async function stop({ source, running }: { source: Source; running: Promise<void> }): Promise<SourceStatus> {
  source.stop();
  await running;
  return source.status();
}

afterEach(async () => {
  for (const { source, running } of started.splice(0)) {
    source.stop(0);
    await running.catch(() => undefined);
  }
});

/** Lines of three events over some buckets, and what they must give. */
function someLines(
  count: number,
  from = 0,
): { text: string; counts: Map<string, number>; totals: Map<string, number> } {
  let text = '';
  const counts = new Map<string, number>();
  const totals = new Map<string, number>();
  for (let index = from; index < from + count; index++) {
    const timeMs = base + (index % 300) * 1000;
    const event = `e${index % 3}`;
    text += `${timeMs} ${event} ${index % 7}\n`;
    const key = `${event} ${Math.floor(timeMs / bucketMs) * bucketMs}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    totals.set(key, (totals.get(key) ?? 0) + (index % 7));
  }
  return { text, counts, totals };
}

/** How many different values the first lines have in each bucket. */
function distinctValues(count: number): Map<string, number> {
  const seen = new Map<string, Set<string>>();
  for (const line of someLines(count).text.trim().split('\n')) {
    const [time = '', event = '', value = ''] = line.split(' ');
    const key = `${event} ${Math.floor(Number(time) / bucketMs) * bucketMs}`;
    seen.set(key, (seen.get(key) ?? new Set()).add(value));
  }
  return new Map([...seen].map(([key, values]) => [key, values.size]));
}

function sum(...maps: Map<string, number>[]): Map<string, number> {
  const result = new Map<string, number>();
  for (const map of maps) for (const [key, value] of map) result.set(key, (result.get(key) ?? 0) + value);
  return result;
}

function expectIdentity({ counters, outputs }: SourceStatus): void {
  const { linesRead, matched, ignored, deadLettered, lateDropped, skippedLong } = counters;
  expect(matched + ignored + deadLettered + lateDropped + skippedLong).toBe(linesRead);
  for (const { committed, accepted, refused, spooled } of outputs) expect(accepted + refused + spooled).toBe(committed);
}

const counted = (store: MemoryStore): Map<string, number> => store.values('simple', 'count', ['event']);

describe('a source', () => {
  test('delivers exactly what is in a growing file', async () => {
    const { log, store, options } = setting();
    const first = someLines(500);
    const second = someLines(700, 500);
    writeFileSync(log, first.text);
    const run = await start(options);
    await until(() => run.source.status().counters.matched === 500, 'the first lines');
    appendFileSync(log, `not of interest\n${second.text}`);
    const expected = sum(first.counts, second.counts);
    await until(
      () => counted(store).size === expected.size && run.source.status().counters.linesRead === 1201,
      'all lines',
    );
    const status = await stop(run);
    expect(counted(store)).toEqual(expected);
    expect(store.values('simple', 'total', ['event'])).toEqual(sum(first.totals, second.totals));
    expect(store.values('simple', 'values', ['event'])).toEqual(distinctValues(1200));
    expect(store.lowered).toEqual([]);
    expect(status.counters).toMatchObject({ linesRead: 1201, matched: 1200, ignored: 1 });
    expectIdentity(status);
  });

  test('goes on where it stopped, and finishes what was rotated away meanwhile', async () => {
    const { log, store, options } = setting();
    const parts = [0, 1, 2].map((part) => someLines(300, part * 300));
    writeFileSync(log, parts[0]?.text ?? '');
    const first = await start(options);
    await until(() => first.source.status().counters.matched === 300, 'the first lines');
    await stop(first);
    appendFileSync(log, parts[1]?.text ?? '');
    renameSync(log, `${log}.1`);
    writeFileSync(log, parts[2]?.text ?? '');
    const second = await start({ ...options, analyzer: new LineAnalyzer() });
    await until(() => second.source.status().counters.matched === 900, 'the lines of both files');
    const status = await stop(second);
    expect(counted(store)).toEqual(sum(...parts.map(({ counts }) => counts)));
    expect(store.lowered).toEqual([]);
    expect(status.counters).toMatchObject({ linesRead: 900, gaps: 0, starts: 2 });
    expectIdentity(status);
  });

  test('accounts for every line: matched, ignored, rejected, late, in the future, too long', async () => {
    const { log, store, options, folder } = setting({ lateHorizonMs: 3_600_000 });
    const now = Date.now();
    const lines = [
      `${now} a 1`,
      'hello',
      'bad line',
      `${now - 7_200_000} a 1`,
      `${now + 86_400_000} a 1`,
      `${now} a 2`,
      'x'.repeat(2_000_000),
      `${now} a 3`,
      '',
    ];
    writeFileSync(log, lines.join('\n'));
    const run = await start(options);
    await until(() => run.source.status().counters.linesRead === 8, 'all lines');
    const status = await stop(run);
    expect(status.counters).toMatchObject({ matched: 3, ignored: 1, deadLettered: 2, lateDropped: 1, skippedLong: 1 });
    expect(status.rejects).toEqual({ 'bad-line': 1, future: 1 });
    expectIdentity(status);
    expect([...counted(store).values()].reduce((total, value) => total + value, 0)).toBe(3);
    const letters = readFileSync(join(folder, 'state', 'dead-letters', 'dead-letters.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { reason: string; offset: number; file: string });
    expect(letters.map(({ reason }) => reason)).toEqual(['bad-line', 'future', 'too-long (2000001 bytes)']);
    expect(letters[0]).toMatchObject({ file: log, offset: `${now} a 1\nhello\n`.length });
  });

  test('stops reading while the spool is full, and loses nothing', async () => {
    const { log, store, options } = setting({ spoolLimitBytes: 20_000, commitBytes: 4096 });
    let isAway = true;
    store.answer = () => (isAway ? 'refuse connection' : 'accept');
    const all = someLines(60_000);
    writeFileSync(log, all.text);
    const run = await start({ ...options, follow: { ...options.follow, chunkBytes: 8192 } });
    const paused = await until(() => {
      const status = run.source.status();
      return status.isPaused && status;
    }, 'the source to pause');
    expect(paused.health).toBe('failing');
    expect(paused.counters.linesRead).toBeLessThan(60_000);
    expect(paused.lagBytes).toBeGreaterThan(0);
    expect(paused.outputs[0]).toMatchObject({ accepted: 0 });
    isAway = false;
    await until(() => run.source.status().counters.linesRead === 60_000, 'all lines', 60_000);
    await until(() => run.source.status().outputs[0]?.spooled === 0, 'the spool to be empty', 60_000);
    const status = await stop(run);
    expect(counted(store)).toEqual(all.counts);
    expect(store.lowered).toEqual([]);
    expectIdentity(status);
  });

  test('does not let one stuck output hold another', async () => {
    const { log, store, options } = setting();
    const stuck = new MemoryStore();
    stuck.answer = () => 'wrong token';
    const all = someLines(1000);
    writeFileSync(log, all.text);
    const run = await start({
      ...options,
      outputs: [...options.outputs, { name: 'stuck', values: 'absolute', delivery: 'at-least-once', output: stuck }],
    });
    await until(() => run.source.status().outputs[0]?.accepted === all.counts.size, 'the healthy output to have all');
    await until(() => run.source.status().outputs[1]?.health === 'failing', 'the stuck output to be shown');
    expect(counted(store)).toEqual(all.counts);
    expect(run.source.status()).toMatchObject({ health: 'failing', isPaused: false });
    stuck.answer = () => 'accept';
    await until(() => run.source.status().outputs[1]?.spooled === 0, 'the stuck output to catch up', 90_000);
    expect(counted(stuck)).toEqual(all.counts);
    expectIdentity(await stop(run));
  });

  test('sends again after a lost answer without counting twice, over restarts too', async () => {
    const { log, store, options } = setting();
    const parts = [0, 1, 2, 3].map((part) => someLines(200, part * 200));
    let number = 0;
    store.answer = () => (++number % 3 === 0 ? 'accept' : 'accept but lose');
    writeFileSync(log, '');
    for (const { text } of parts) {
      appendFileSync(log, text);
      const run = await start({ ...options, analyzer: new LineAnalyzer() });
      await until(
        () => run.source.status().outputs[0]?.spooled === 0 && run.source.status().lagBytes === 0,
        'delivery',
      );
      await stop(run);
    }
    expect(counted(store)).toEqual(sum(...parts.map(({ counts }) => counts)));
    expect(store.lowered).toEqual([]);
  });

  test('gives what was added to outputs that want increments', async () => {
    const { log, options } = setting();
    const deltas = new MemoryStore();
    const added = new Map<string, number>();
    const outputs: SourceOptions['outputs'] = [
      {
        name: 'deltas',
        values: 'delta',
        delivery: 'at-most-once',
        output: {
          write: async (batch, signal) => {
            deltas.points.clear();
            const result = await deltas.write(batch);
            for (const [key, value] of counted(deltas)) added.set(key, (added.get(key) ?? 0) + value);
            expect(signal.aborted).toBe(false);
            return result;
          },
          close: () => Promise.resolve(),
        },
      },
    ];
    const first = someLines(400);
    const second = someLines(400, 400);
    writeFileSync(log, first.text);
    const run = await start({ ...options, outputs });
    await until(() => added.size > 0, 'the first increments');
    appendFileSync(log, second.text);
    const expected = sum(first.counts, second.counts);
    const total = (map: Map<string, number>): number => [...map.values()].reduce((all, value) => all + value, 0);
    await until(() => total(added) === total(expected), 'all increments');
    await stop(run);
    expect(added).toEqual(expected);
  });

  test('reads everything once and ends when it is delivered', async () => {
    const { log, store, options } = setting();
    const all = someLines(5000);
    // The last line of a finished file needs no line feed.
    writeFileSync(log, all.text.slice(0, -1));
    const { source, running } = await start({ ...options, follow: { ...options.follow, mode: 'once' } });
    await running;
    expect(counted(store)).toEqual(all.counts);
    expect(source.status().outputs[0]?.spooled).toBe(0);
    expectIdentity(source.status());
  });

  test('is refused to a second process', async () => {
    const { log, options } = setting();
    writeFileSync(log, '');
    await start(options);
    await expect(Source.open({ ...options, analyzer: new LineAnalyzer() })).rejects.toThrow(/process|lock/i);
  });

  test('waits for a log that does not exist yet, and says so', async () => {
    const { log, store, options } = setting();
    const run = await start(options);
    await until(() => run.source.status().awaited.length === 1, 'the path to be awaited');
    expect(run.source.status()).toMatchObject({ health: 'degraded', reasons: [`${log} does not exist yet`] });
    const all = someLines(10);
    writeFileSync(log, all.text);
    await until(() => counted(store).size === all.counts.size, 'the lines');
    await until(() => run.source.status().health === 'ok', 'health to be ok again');
  });

  test('refuses to begin anew when its state is damaged, unless told to', async () => {
    const { log, store, options } = setting();
    const all = someLines(100);
    writeFileSync(log, all.text);
    const first = await start(options);
    await until(() => first.source.status().counters.matched === 100, 'the lines');
    await stop(first);
    const journal = join(options.directory, 'journal');
    for (const name of readdirSync(journal)) if (name.endsWith('.log')) writeFileSync(join(journal, name), 'garbage');
    await expect(Source.open({ ...options, analyzer: new LineAnalyzer() })).rejects.toThrow(/onStateLoss/);
    for (const name of readdirSync(journal)) if (name.endsWith('.log')) writeFileSync(join(journal, name), 'garbage');
    const second = await start({ ...options, analyzer: new LineAnalyzer(), onStateLoss: 'begin' });
    await until(() => second.source.status().counters.matched === 100, 'the lines again');
    expect(second.source.status()).toMatchObject({ health: 'degraded' });
    expect(second.source.status().reasons.join()).toMatch(/state was lost/);
    await until(() => second.source.status().outputs[0]?.spooled === 0, 'delivery');
    expect(counted(store)).toEqual(all.counts);
    await stop(second);
    expect(readdirSync(journal).some((name) => name.includes('.bad'))).toBe(true);
  });

  test('replays lines that were rejected, and keeps those that still are', async () => {
    const { log, store, options } = setting();
    const time = base;
    writeFileSync(log, `bad ${time} a 1\nbad for ever\n${time} a 1\n`);
    const first = await start(options);
    await until(() => first.source.status().counters.linesRead === 3, 'the lines');
    await stop(first);
    const healed = new LineAnalyzer();
    const source = await Source.open({ ...options, analyzer: healed });
    const used = await source.replay(
      [
        { file: log, offset: 0, bytes: Buffer.from(`${time} a 1`) },
        { file: log, offset: 20, bytes: Buffer.from('bad for ever') },
      ],
      () => Promise.resolve(),
    );
    expect(used).toEqual([true, false]);
    expect(source.status().counters).toMatchObject({ linesRead: 3, matched: 2, deadLettered: 1 });
    expectIdentity(source.status());
    expect([...counted(store).values()]).toEqual([2]);
  });

  test('puts the report of its family and points of the program among its own', async () => {
    class Reporting extends LineAnalyzer {
      report(report: { nowMs: number; linesRead: number }, sink: Parameters<Analyzer['lines']>[1]): void {
        sink.set(sink.series(simple, ['report']), report.nowMs, 1, report.linesRead);
      }
    }
    const { log, store, options } = setting({ reportIntervalMs: 20 }, new Reporting());
    writeFileSync(log, someLines(50).text);
    const run = await start(options);
    run.source.addPoint({ measurement: simple, tags: ['program', 'h1', 'i1'], fields: [7], timeMs: base });
    await until(() => counted(store).has(`program ${base}`), 'the point of the program');
    await until(
      () =>
        [...store.values('simple', 'total', ['event'])].some(
          ([key, value]) => key.startsWith('report ') && value === 50,
        ),
      'a report that has seen all lines',
    );
    expectIdentity(await stop(run));
  });

  test('tells its family how many lines came too late', async () => {
    const told: (number | undefined)[] = [];
    class Reporting extends LineAnalyzer {
      report(report: { reasons: ReadonlyMap<string, number> }): void {
        told.push(report.reasons.get('late'));
      }
    }
    const { log, options } = setting({ reportIntervalMs: 20, lateHorizonMs: 3_600_000 }, new Reporting());
    writeFileSync(log, `${base} a 1\n`);
    const run = await start(options);
    await until(() => told.length > 0, 'a report');
    const before = told.length;
    appendFileSync(log, `${base - 7_200_000} a 1\n${base - 7_200_000} a 1\n`);
    await until(() => told.includes(2), 'the late lines in a report');
    expect(told.slice(0, before)).toEqual(Array.from({ length: before }, () => undefined));
    expectIdentity(await stop(run));
  });

  test('corrects sealed buckets when lines come late', async () => {
    const { log, store, options } = setting({ latenessMs: 0 });
    const lines = [`${base} a 1`, `${base + 60_000} a 1`, `${base} a 1`, `${base + 120_000} a 1`, `${base} a 1`];
    writeFileSync(log, '');
    const run = await start(options);
    for (const [index, line] of lines.entries()) {
      appendFileSync(log, `${line}\n`);
      await until(() => run.source.status().counters.matched === index + 1, `line ${index}`);
      await until(() => run.source.status().outputs[0]?.spooled === 0, 'delivery');
    }
    await stop(run);
    expect(counted(store).get(`a ${base}`)).toBe(3);
    expect(store.lowered).toEqual([]);
    expect(existsSync(join(options.directory, 'sealed'))).toBe(true);
  });
});
