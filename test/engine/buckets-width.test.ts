// Measurements with a bucket width of their own beside those of the source: hourly roll-ups are held to every promise
// that narrow buckets are held to (engine 3, 4).
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { BucketOptions, Flush } from '../../src/engine/buckets.ts';
import { Buckets } from '../../src/engine/buckets.ts';
import { counter, distinct, measurement, tag } from '../../src/model/catalogue.ts';
import { parsePoints } from '../../src/model/line-protocol.ts';
import { query } from '../../src/model/query.ts';
import { temporaryFolder } from '../support/temporary.ts';

const noon = Date.UTC(2026, 2, 1, 12);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const fields = { count: counter('events', 'how many'), callers: distinct('callers', 'how many different ones') };
const tags = { code: tag('the code', 20) };
const narrow = measurement({ name: 'test_narrow', help: 'As wide as the source has it.', tags, fields });
const hourly = measurement({ name: 'test_hourly', help: 'An hour wide.', tags, fields, bucketSeconds: 3600 });
const both = [narrow, hourly];

interface Event {
  readonly timeMs: number;
  readonly code: string;
}

/** Buckets, the records they committed, and a store that has taken the lines. */
class Pipeline {
  readonly directory = join(temporaryFolder(), 'sealed');
  readonly accepted: Event[] = [];
  readonly stored = new Map<string, readonly (number | string | undefined)[]>();
  readonly added = new Map<string, number>();
  readonly fallen: string[] = [];
  late = 0;
  buckets: Buckets;
  #snapshot: Buffer | undefined;
  #records: Buffer[] = [];
  readonly #options: Partial<BucketOptions>;

  constructor(options: Partial<BucketOptions> = {}) {
    this.#options = options;
    this.buckets = this.#make(options);
  }

  read(event: Event): void {
    if (this.buckets.judge(event.timeMs) !== 'ok') {
      this.late++;
      return;
    }
    this.accepted.push(event);
    const caller = Buffer.from(`caller ${event.timeMs % 7}`);
    for (const each of both) {
      const series = this.buckets.series(each, [event.code]);
      this.buckets.add(series, event.timeMs, 0, 1);
      this.buckets.distinct(series, event.timeMs, 1, caller, 0, caller.length);
    }
  }

  async commit(): Promise<Flush> {
    const flush = await this.buckets.flush();
    this.#records.push(flush.record);
    for (const { key, values } of pointsOf(flush.absolute)) {
      if (Number(values[0]) < Number(this.stored.get(key)?.[0] ?? 0)) this.fallen.push(key);
      this.stored.set(key, values);
    }
    for (const { key, values } of pointsOf(flush.deltas)) {
      this.added.set(key, (this.added.get(key) ?? 0) + Number(values[0]));
    }
    return flush;
  }

  /** Killed and started again: only what was committed is there. */
  restart(options: Partial<BucketOptions> = {}, warnings: unknown = []): void {
    this.buckets = this.#make({ ...this.#options, ...options });
    expect(this.buckets.restore(this.#snapshot, this.#records, both)).toEqual(warnings);
  }

  /** Killed and started again from one snapshot in place of the records. */
  restartFromSnapshot(): void {
    this.#snapshot = this.buckets.snapshot();
    this.#records = [];
    this.restart();
  }

  /** The stored hourly points are a plain recount, never went down, and their increments add up to them. */
  expectExactHours(): void {
    const counts = new Map<string, { count: number; callers: Set<number> }>();
    for (const { timeMs, code } of this.accepted) {
      const key = `test_hourly ${code} ${Math.floor(timeMs / hourMs) * hourMs}`;
      const entry = counts.get(key) ?? { count: 0, callers: new Set<number>() };
      counts.set(key, entry);
      entry.count++;
      entry.callers.add(timeMs % 7);
    }
    const wanted = Object.fromEntries([...counts].map(([key, { count, callers }]) => [key, [count, callers.size]]));
    const hours = [...this.stored].filter(([key]) => key.startsWith('test_hourly'));
    expect(Object.fromEntries(hours)).toEqual(wanted);
    expect(Object.fromEntries(hours.map(([key]) => [key, this.added.get(key)]))).toEqual(
      Object.fromEntries(hours.map(([key, values]) => [key, values[0]])),
    );
    expect(this.fallen).toEqual([]);
    expect(this.buckets.refusedSamples).toBe(0);
  }

  #make(options: Partial<BucketOptions>): Buckets {
    return new Buckets({
      host: 'cm1',
      instance: 'noc-1',
      widthMs: 10_000,
      directory: this.directory,
      clock: { now: () => noon + 1000 * hourMs, monotonic: () => 0 },
      withDeltas: true,
      ...options,
    });
  }
}

function pointsOf(lines: Buffer): { key: string; values: readonly (number | string | undefined)[] }[] {
  const known = new Map(both.map((each) => [each.name, each] as const));
  const points = parsePoints(lines, known, (line, reason) => {
    throw new Error(`${reason}: ${line}`);
  });
  return points.map(({ measurement: { name }, tags: [code], timeMs, fields: values }) => ({
    key: `${name} ${code} ${timeMs}`,
    values,
  }));
}

describe('a measurement with a bucket width of its own', () => {
  it('is written at the start of its own bucket, beside the narrow buckets of the source', async () => {
    const pipeline = new Pipeline();
    for (const minute of [0, 20, 59]) pipeline.read({ timeMs: noon + minute * minuteMs + 12_345, code: 'a' });
    await pipeline.commit();
    expect(pipeline.stored.get(`test_hourly a ${noon}`)).toEqual([3, 3]);
    expect([...pipeline.stored.keys()].filter((key) => key.startsWith('test_narrow'))).toEqual(
      [0, 20, 59].map((minute) => `test_narrow a ${noon + minute * minuteMs + 10_000}`),
    );
  });

  it('stays open until its hour is over and the lateness with it', async () => {
    const pipeline = new Pipeline();
    pipeline.read({ timeMs: noon, code: 'a' });
    pipeline.read({ timeMs: noon + hourMs + 5 * minuteMs - 1, code: 'b' });
    await pipeline.commit();
    // The narrow bucket of `a` was sealed; both hours and the narrow one of `b` are open.
    expect(pipeline.buckets.openBuckets).toBe(3);
    pipeline.read({ timeMs: noon + hourMs + 5 * minuteMs, code: 'b' });
    await pipeline.commit();
    expect(pipeline.buckets.openBuckets).toBe(3);
    pipeline.expectExactHours();
  });

  it('is corrected by a line that comes a day late, also after a restart', async () => {
    const pipeline = new Pipeline();
    for (const hour of [0, 1, 12, 26]) {
      pipeline.read({ timeMs: noon + hour * hourMs + 1, code: 'a' });
      await pipeline.commit();
    }
    pipeline.restart();
    pipeline.read({ timeMs: noon + 90 * minuteMs, code: 'a' });
    await pipeline.commit();
    expect(pipeline.stored.get(`test_hourly a ${noon + hourMs}`)?.[0]).toBe(2);
    pipeline.expectExactHours();
  });

  it('takes the last line within the late horizon, and none beyond it', async () => {
    const pipeline = new Pipeline();
    const newest = noon + 49 * hourMs;
    pipeline.read({ timeMs: noon + 1, code: 'a' });
    pipeline.read({ timeMs: newest, code: 'a' });
    await pipeline.commit();
    pipeline.read({ timeMs: newest - 48 * hourMs, code: 'a' });
    pipeline.read({ timeMs: newest - 48 * hourMs - 1, code: 'a' });
    await pipeline.commit();
    expect(pipeline.late).toBe(1);
    pipeline.expectExactHours();
  });

  it('keeps its width when that of the source changes', async () => {
    const pipeline = new Pipeline();
    pipeline.read({ timeMs: noon + minuteMs, code: 'a' });
    await pipeline.commit();
    pipeline.restart({ widthMs: 60_000 });
    pipeline.read({ timeMs: noon + 30 * minuteMs, code: 'a' });
    await pipeline.commit();
    pipeline.restart({ widthMs: 86_400_000 });
    pipeline.read({ timeMs: noon + 45 * minuteMs, code: 'a' });
    pipeline.read({ timeMs: noon + 5 * hourMs, code: 'a' });
    await pipeline.commit();
    pipeline.expectExactHours();
  });

  it('is never lowered when its sealed value is lost: a line that would add to it is late', async () => {
    const pipeline = new Pipeline();
    for (const hour of [0, 0, 0, 3]) pipeline.read({ timeMs: noon + hour * hourMs + 1, code: 'a' });
    await pipeline.commit();
    rmSync(pipeline.directory, { recursive: true });
    pipeline.restart({}, [expect.stringContaining('sealed values of 1 hours are missing')]);
    pipeline.read({ timeMs: noon + 30 * minuteMs, code: 'a' });
    pipeline.read({ timeMs: noon + 3 * hourMs + 2, code: 'a' });
    await pipeline.commit();
    expect(pipeline.late).toBe(1);
    expect(pipeline.stored.get(`test_hourly a ${noon}`)?.[0]).toBe(3);
    pipeline.expectExactHours();
  });

  it('is forgotten from memory when its hour has passed', async () => {
    const pipeline = new Pipeline();
    for (let hour = 0; hour < 24 * 20; hour++) {
      pipeline.read({ timeMs: noon + hour * hourMs, code: `c${hour % 15}` });
      await pipeline.commit();
      expect(pipeline.buckets.openBuckets).toBeLessThanOrEqual(4);
    }
    pipeline.expectExactHours();
  });

  it('is exact whatever comes late, when it is committed, and when it is killed', async () => {
    const step = fc.oneof(
      { weight: 12, arbitrary: fc.record({ ahead: fc.integer({ min: -2 * 86_400, max: 7200 }), code: fc.nat(3) }) },
      { weight: 3, arbitrary: fc.constant('commit' as const) },
      { weight: 1, arbitrary: fc.constant('kill' as const) },
      { weight: 1, arbitrary: fc.constant('snapshot' as const) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 60 }),
        fc.constantFrom(7000, 10_000, 60_000, 5_400_000),
        async (steps, widthMs) => {
          const pipeline = new Pipeline({ widthMs });
          let nowMs = noon;
          for (const each of steps) {
            if (each === 'commit') await pipeline.commit();
            else if (each === 'snapshot') pipeline.restartFromSnapshot();
            else if (each === 'kill') {
              await pipeline.commit();
              pipeline.restart();
            } else {
              const timeMs = nowMs + each.ahead * 1000 + each.code;
              nowMs = Math.max(nowMs, timeMs);
              pipeline.read({ timeMs, code: `c${each.code}` });
            }
          }
          await pipeline.commit();
          pipeline.expectExactHours();
        },
      ),
      { seed: 15, numRuns: 150 },
    );
  });
});

test('loses only what was not committed when it is killed, and has it again after reading it again', async () => {
  const pipeline = new Pipeline();
  const events = Array.from({ length: 400 }, (_, index) => ({ timeMs: noon + index * 40_000, code: 'a' }));
  for (const event of events.slice(0, 250)) pipeline.read(event);
  await pipeline.commit();
  for (const event of events.slice(250, 330)) pipeline.read(event);
  pipeline.restart();
  pipeline.accepted.length = 250;
  for (const event of events.slice(250)) pipeline.read(event);
  await pipeline.commit();
  pipeline.expectExactHours();
});

test('charts of such a measurement have no window narrower than its buckets', () => {
  const question = { select: [{ field: 'count', aggregate: 'sum' }] } as const;
  expect(query(hourly, question).minWindowSeconds).toBe(3600);
  expect(query(narrow, question).minWindowSeconds).toBe(10);
});

test.each([7, 0, 7200, -60, 1.7])('a width of %d s is refused: it does not divide an hour', (bucketSeconds) => {
  expect(() => measurement({ name: 'test_odd', help: 'Odd.', tags, fields, bucketSeconds })).toThrow('fit an hour');
});

test('values that are stamped one by one cannot have buckets', () => {
  const declared = { name: 'test_both', help: 'Both.', tags, fields, bucketSeconds: 60, isInstant: true };
  expect(() => measurement(declared)).toThrow('or it has none');
});
