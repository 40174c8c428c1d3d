import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateEcsLog } from '../../bench/generate-ecs.ts';
import { startDemo, writeHistory } from '../../src/demo/ecs-demo.ts';
import type { TruthRecord } from '../../src/demo/truth.ts';
import { ecsLines } from '../../src/demo/ecs-lines.ts';
import { ecs } from '../../src/families/ecs/index.ts';
import { analyzerContext, chunkOf, CollectingSink, logFile } from '../families/collecting-sink.ts';
import { recount } from './recount.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-demo-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const nowMs = Date.UTC(2026, 5, 1, 12, 0, 30);
const names = (): string[] =>
  readdirSync(directory)
    .filter((name) => /^20\d\d-\d{4}-\d{6}$/.test(name))
    .sort();
const textOf = (name: string): string => readFileSync(join(directory, name), 'latin1');
const allText = (): string => names().map(textOf).join('');
const traceNames = (): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.m'))
    .sort();
const allTraces = (): string => traceNames().map(textOf).join('');
/** Everything that was written, counted again. */
const recounted = (): Record<string, number> => recount(allText() + allTraces());
const truth = (): TruthRecord[] =>
  readFileSync(join(directory, 'truth.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TruthRecord);

function truthTotals(): { lines: number; events: Record<string, number> } {
  const events: Record<string, number> = {};
  let lines = 0;
  for (const record of truth()) {
    lines += record.lines;
    for (const [kind, counts] of Object.entries(record.events)) {
      for (const [key, count] of Object.entries(counts))
        events[`${kind} ${key}`] = (events[`${kind} ${key}`] ?? 0) + count;
    }
  }
  return { lines, events };
}

/** A demo whose clock the test moves. */
async function demo(
  options: { keepBytes?: number; keepFiles?: number; rotateBytes?: number; directory?: string } = {},
) {
  const stop = new AbortController();
  let timeMs = nowMs;
  const warnings: string[] = [];
  const infos: string[] = [];
  const clock = { now: () => timeMs, monotonic: () => timeMs };
  const log = {
    info: (text: string) => void infos.push(text),
    warn: (text: string) => void warnings.push(text),
    error: () => undefined,
  };
  const running = await startDemo({ directory, timezone: 'UTC', clock, signal: stop.signal, log, ...options });
  return {
    warnings,
    infos,
    advance: (ms: number) => (timeMs += ms),
    stop: async () => {
      stop.abort();
      await running.finished;
    },
  };
}
const limit = { timeout: 30_000, interval: 10 };

describe('a history', () => {
  const hours = { fromMs: nowMs - 7_200_000, toMs: nowMs, timezone: 'Europe/Berlin' };

  test('fills two hours with named, dated files, and the truth beside them', async () => {
    const lines = await writeHistory({ directory, ...hours });
    expect(lines).toBe(allText().split('\n').length - 1);
    expect(truthTotals()).toEqual({ lines, events: recounted() });
    expect(truth()[0]!.minute).toBe('2026-06-01T10:00:00.000Z');
    expect(names()[0]).toBe('2026-0601-120030');
    for (const name of names()) {
      const [first = ''] = textOf(name).split('\n');
      expect(first.slice(0, 15)).toBe(`${name.slice(0, 4)}${name.slice(5, 9)}:${name.slice(10)}`);
      expect(statSync(join(directory, name)).size).toBeLessThan(1_100_000);
    }
    expect(statSync(join(directory, names().at(-1)!)).mtimeMs).toBe(nowMs);
    expect(allText().length).toBeLessThan(40_000_000);
    expect(traceNames()).toEqual(['asai-2026-0601-12.m', 'asai-2026-0601-13.m']);
    expect(textOf('asai-2026-0601-13.m')).toMatch(/ 06\/01\/26\n\n +\d+ {2}13:00:/);
    expect(allTraces().length).toBeLessThan(4_000_000);
  });

  test('is not written twice: a second run goes on where the first ended', async () => {
    await writeHistory({ directory, ...hours, toMs: nowMs - 3_600_000 });
    const before = allText().length;
    expect(await writeHistory({ directory, ...hours, toMs: nowMs - 3_600_000 })).toBe(0);
    await writeHistory({ directory, ...hours });
    expect(allText().length).toBeGreaterThan(before);
    const inTwo = recounted();
    rmSync(directory, { recursive: true });
    await writeHistory({ directory, ...hours });
    expect(inTwo).toEqual(recounted());
  });

  test('stays within its limit and keeps the newest', async () => {
    await writeHistory({ directory, ...hours, keepBytes: 3_000_000, rotateBytes: 500_000 });
    expect(allText().length).toBeLessThanOrEqual(3_000_000);
    expect(allText().length).toBeGreaterThan(1_500_000);
    expect(statSync(join(directory, names().at(-1)!)).mtimeMs).toBe(nowMs);
  });

  test('ends early when it is told to', async () => {
    await writeHistory({ directory, ...hours, signal: AbortSignal.abort() });
    expect(names()).toEqual([]);
  });
});

describe('the live log', () => {
  test('grows by whole lines, second by second, and stops cleanly with its truth', async () => {
    const running = await demo();
    running.advance(5000);
    await expect.poll(() => allText().split('\n').at(-2)?.slice(0, 15), limit).toBe('20260601:120034');
    running.advance(35_000);
    await expect.poll(() => allText().split('\n').at(-2)?.slice(0, 15), limit).toBe('20260601:120109');
    await running.stop();
    const text = allText();
    expect(text.endsWith(']\n')).toBe(true);
    expect(truthTotals()).toEqual({ lines: text.split('\n').length - 1, events: recounted() });
    expect(truth().map((record) => record.minute)).toEqual(['2026-06-01T12:00:00.000Z', '2026-06-01T12:01:00.000Z']);
    expect(names()[0]).toBe('2026-0601-120030');
  });

  test('goes on after a history without a gap or a second twice', async () => {
    await writeHistory({ directory, fromMs: nowMs - 60_000, toMs: nowMs + 500, timezone: 'UTC', fillerPerSecond: 20 });
    const running = await demo();
    running.advance(3000);
    await expect.poll(() => allText().split('\n').at(-2)?.slice(0, 15), limit).toBe('20260601:120032');
    await running.stop();
    const seconds = allText()
      .split('\n')
      .slice(0, -1)
      .map((line) => line.slice(9, 15));
    expect(seconds).toEqual([...seconds].sort());
    expect(new Set(seconds).size).toBe(63);
  });

  test('opens a file every second in a storm, and keeps only so many files', async () => {
    const running = await demo({ keepFiles: 12 });
    // The storm of the 10 minutes from 12:00 begins at 12:05:48.
    for (let minute = 0; minute < 6; minute++) {
      running.advance(60_000);
      await expect
        .poll(() => existsSync(join(directory, 'truth.jsonl')) && truth().length, limit)
        .toBeGreaterThan(minute);
    }
    await expect.poll(() => allText().split('\n').at(-2)?.slice(0, 15), limit).toBe('20260601:120629');
    await running.stop();
    const storm = names();
    expect(storm).toHaveLength(12);
    expect(storm.at(-1)).toBe('2026-0601-120629');
    expect(storm[0]).toBe('2026-0601-120618');
  });

  test('never holds more than its limit', async () => {
    const running = await demo({ keepBytes: 400_000, rotateBytes: 100_000 });
    let most = 0;
    for (let step = 1; step <= 10; step++) {
      running.advance(10_000);
      const last = new Date(nowMs + step * 10_000 - 1000).toISOString().slice(11, 19).replaceAll(':', '');
      await expect.poll(() => allText().split('\n').at(-2)?.slice(9, 15), limit).toBe(last);
      most = Math.max(most, allText().length);
    }
    await running.stop();
    expect(most).toBeGreaterThan(200_000);
    expect(most).toBeLessThanOrEqual(400_000);
  });

  test('makes up for one minute, not for hours, after the machine slept', async () => {
    const running = await demo();
    running.advance(5 * 3_600_000);
    await expect.poll(() => allText().split('\n').at(-2)?.slice(0, 15), limit).toBe('20260601:170029');
    await running.stop();
    expect(allText().slice(0, 15)).toBe('20260601:165930');
  });

  test('goes on trying when the folder cannot be written, and tells it once', async () => {
    const running = await demo();
    rmSync(directory, { recursive: true });
    writeFileSync(directory, 'in the way');
    running.advance(2000);
    await expect.poll(() => running.warnings.length, limit).toBe(1);
    running.advance(2000);
    rmSync(directory);
    const { mkdirSync } = await import('node:fs');
    mkdirSync(directory);
    running.advance(2000);
    await expect.poll(() => running.infos.length, limit).toBe(1);
    await running.stop();
    expect(running.warnings).toHaveLength(1);
    expect(allText().endsWith(']\n')).toBe(true);
  });

  test('leaves files of other names alone', async () => {
    writeFileSync(join(directory, 'notes.txt'), 'mine');
    const running = await demo({ keepFiles: 1 });
    running.advance(3000);
    await expect.poll(() => names().length, limit).toBe(1);
    await running.stop();
    expect(readFileSync(join(directory, 'notes.txt'), 'utf8')).toBe('mine');
  });
});

test('the log for benchmarks has the size that was asked for, about 2 % denials, and tells them exactly', () => {
  const path = join(directory, 'bench.log');
  const told = generateEcsLog(path, 5_000_000, 3);
  const text = readFileSync(path, 'latin1');
  expect(text.length).toBe(told.bytes);
  expect(told.bytes).toBeGreaterThanOrEqual(5_000_000);
  expect(told.bytes).toBeLessThan(5_200_000);
  expect(text.split('\n').length - 1).toBe(told.lines);
  expect(text.match(/DENYEVT/g)).toHaveLength(told.denials);
  expect(told.denials / told.lines).toBeGreaterThan(0.015);
  expect(told.denials / told.lines).toBeLessThan(0.025);
});

test('the reader of such logs counts what the truth says', async () => {
  // From the beginning of a day of the demo, when hardly a call is under way.
  const span = { seed: 3, fromMs: Date.UTC(2026, 5, 1, 12), toMs: Date.UTC(2026, 5, 1, 12, 10), fillerPerSecond: 1 };
  const seconds = [...ecsLines(span)];
  const analyzer = await ecs.createAnalyzer(await analyzerContext());
  const sink = new CollectingSink();
  const file = (name: string, id: number) => ({ ...logFile(name), id });
  seconds.forEach(({ text, trace }, index) => {
    analyzer.lines(chunkOf(Buffer.from(text, 'latin1'), file('2026-0601-120000', 1), index), sink);
    const decoded = index === 0 ? `decoded 06/01/26\n\n${trace}` : trace;
    analyzer.lines(chunkOf(Buffer.from(decoded, 'latin1'), file('asai.m', 2), index), sink);
  });
  expect(sink.rejected).toEqual([]);

  const read: Record<string, number> = {};
  for (const point of sink.points()) {
    const [series = '', fields = ''] = point.split(' ');
    const tags = new Map(series.split(',').map((pair) => pair.split('=') as [string, string]));
    const end = `${tags.get('direction')}/${tags.get('remote_ip')}`;
    const add = (name: string, amount: string | undefined): void => {
      if (Number.parseInt(amount ?? '0', 10) > 0) read[name] = (read[name] ?? 0) + Number.parseInt(amount ?? '0', 10);
    };
    const values = fields.split(',').map((pair) => pair.split('=') as [string, string]);
    if (series.startsWith('ecs_sip,')) add(`sip ${end}/${tags.get('type')}`, values[0]?.[1]);
    if (series.startsWith('ecs_asai,')) add(`asai ${tags.get('link')}/${tags.get('event')}`, values[0]?.[1]);
    if (series.startsWith('ecs_sip_invite,')) for (const [name, amount] of values) add(`call ${end}/${name}`, amount);
  }
  const told: Record<string, number> = {};
  for (const { events } of seconds) {
    for (const [name, amount] of events) if (/^(?:sip|asai|call) /.test(name)) told[name] = (told[name] ?? 0) + amount;
  }
  const only = (counts: Readonly<Record<string, number>>, form: RegExp) =>
    Object.fromEntries(Object.entries(counts).filter(([name]) => form.test(name)));
  expect(only(read, /^(?:sip|asai) /)).toEqual(only(told, /^(?:sip|asai) /));
  // Calls that began before the log are seen by their messages only.
  for (const [name, amount] of Object.entries(only(told, /^call /))) {
    expect([name, amount - (read[name] ?? 0) < 8, amount >= (read[name] ?? 0)]).toEqual([name, true, true]);
  }
  expect(only(read, /attempts$/)).toEqual(only(told, /attempts$/));
});
