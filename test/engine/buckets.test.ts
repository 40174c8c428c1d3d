// What goes into a flush: alignment, joining, limits of series, lines as bytes.
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { writeInteger } from '../../src/engine/bucket-lines.ts';
import type { BucketOptions } from '../../src/engine/buckets.ts';
import { Buckets } from '../../src/engine/buckets.ts';
import { machineFiles } from '../../src/engine/durable.ts';
import type { Files } from '../../src/engine/durable.ts';
import { counter, gauge, measurement, otherValue, tag, text } from '../../src/model/catalogue.ts';
import type { Series } from '../../src/model/family.ts';
import { encodePoint } from '../../src/model/line-protocol.ts';
import { everything, pointsOf } from '../support/bucket-oracle.ts';
import { temporaryFolder } from '../support/temporary.ts';

const noon = Date.UTC(2026, 2, 1, 12);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function make(options: Partial<BucketOptions> = {}): Buckets {
  return new Buckets({
    host: 'cm1',
    instance: 'noc-1',
    widthMs: minuteMs,
    directory: join(temporaryFolder(), 'sealed'),
    clock: { now: () => noon + 1000 * hourMs, monotonic: () => 0 },
    withDeltas: true,
    ...options,
  });
}

async function lines(buckets: Buckets): Promise<string[]> {
  const { absolute, points } = await buckets.flush();
  const result = absolute.toString().split('\n').slice(0, -1);
  expect(result).toHaveLength(points);
  return result;
}

const calls = measurement({
  name: 'test_calls',
  help: 'Calls.',
  maxSeries: 6,
  tags: { trunk: tag('the trunk', 3), kind: tag('the kind') },
  fields: { calls: counter('calls', 'how many') },
});

describe('judging an event time', () => {
  const clock = { now: () => noon, monotonic: () => 0 };

  it('accepts up to ten minutes ahead of the clock and forty-eight hours behind the newest event', () => {
    const buckets = make({ clock });
    expect(buckets.judge(noon + 10 * minuteMs + 1)).toBe('future');
    expect(buckets.newestEventMs).toBeUndefined();
    expect(buckets.judge(noon + 10 * minuteMs)).toBe('ok');
    expect(buckets.judge(noon + 10 * minuteMs - 48 * hourMs)).toBe('ok');
    expect(buckets.judge(noon + 10 * minuteMs - 48 * hourMs - 1)).toBe('late');
    expect(buckets.newestEventMs).toBe(noon + 10 * minuteMs);
  });

  it('measures lateness from the newest event and not from the clock', () => {
    const buckets = make({ clock });
    expect(buckets.judge(noon - 9000 * hourMs)).toBe('ok');
    expect(buckets.judge(noon - 9040 * hourMs)).toBe('ok');
  });

  it('takes something that is no time for no good one', () => {
    const buckets = make({ clock });
    expect(buckets.judge(Number.NaN)).toBe('future');
    expect(buckets.judge(Number.POSITIVE_INFINITY)).toBe('future');
    expect(buckets.judge(Number.NEGATIVE_INFINITY)).toBe('late');
    expect(buckets.newestEventMs).toBeUndefined();
  });
});

describe('buckets', () => {
  test.each([
    [minuteMs, Date.UTC(2026, 2, 1, 12, 34, 56, 789), Date.UTC(2026, 2, 1, 12, 34)],
    [minuteMs, Date.UTC(2026, 2, 1, 12, 34), Date.UTC(2026, 2, 1, 12, 34)],
    [10_000, Date.UTC(2026, 2, 1, 12, 34, 59, 999), Date.UTC(2026, 2, 1, 12, 34, 50)],
    [86_400_000, Date.UTC(2026, 2, 1, 23, 59), Date.UTC(2026, 2, 1)],
    [minuteMs, -1, -minuteMs],
  ])('%i ms wide are aligned to UTC: %i is in that of %i', async (widthMs, timeMs, start) => {
    const buckets = make({ widthMs });
    buckets.add(buckets.series(calls, ['t1', 'in']), timeMs, 0, 1);
    expect(await lines(buckets)).toEqual([`test_calls,host=cm1,instance=noc-1,kind=in,trunk=t1 calls=1i ${start}`]);
  });

  it('join the values of a bucket as their fields are declared', async () => {
    const buckets = make();
    const series = buckets.series(everything, ['c', 't']);
    for (const value of [3, -7, 5]) {
      buckets.add(series, noon, 0, 2);
      for (const field of [2, 3, 4]) buckets.set(series, noon, field, value);
      buckets.add(series, noon, 5, value);
      const bytes = Buffer.from(String(value));
      for (let again = 0; again < 3; again++) buckets.distinct(series, noon, 6, bytes, 0, bytes.length);
      buckets.set(series, noon, 7, `note ${value}`);
    }
    const { absolute } = await buckets.flush();
    expect(pointsOf(absolute)).toEqual([{ key: `c ${noon}`, fields: [6, undefined, 5, -7, 5, 1, 3, 'note 5'] }]);
  });

  it('go out whole when they changed, with increments beside them, and not when they did not', async () => {
    const buckets = make();
    const series = buckets.series(calls, ['t1', '']);
    buckets.add(series, noon, 0, 5);
    buckets.add(series, noon + minuteMs, 0, 1);
    await buckets.flush();
    buckets.add(series, noon, 0, 2);
    expect(buckets.changedBuckets).toBe(1);
    const { absolute, deltas, points } = await buckets.flush();
    expect(absolute.toString()).toBe(`test_calls,host=cm1,instance=noc-1,trunk=t1 calls=7i ${noon}\n`);
    expect(deltas.toString()).toBe(`test_calls,host=cm1,instance=noc-1,trunk=t1 calls=2i ${noon}\n`);
    expect(points).toBe(1);
    expect(await lines(buckets)).toEqual([]);
    expect(buckets.changedBuckets).toBe(0);
  });

  it('have no increments when nobody wants them', async () => {
    const buckets = make({ withDeltas: false });
    buckets.add(buckets.series(calls, ['t1', '']), noon, 0, 5);
    expect((await buckets.flush()).deltas).toHaveLength(0);
  });

  it('show a count of zero that was added, and nothing for what was not', async () => {
    const buckets = make();
    buckets.add(buckets.series(everything, ['c', '']), noon, 1, 0);
    expect(await lines(buckets)).toEqual([`test_everything,code=c,host=cm1,instance=noc-1 seconds=0i ${noon}`]);
  });

  it('round a counter of fractions so that its increments add up to what is stored', async () => {
    const buckets = make();
    const series = buckets.series(calls, ['t1', '']);
    let sum = 0;
    let stored = 0;
    for (let index = 0; index < 20; index++) {
      buckets.add(series, noon, 0, 0.3);
      const { absolute, deltas } = await buckets.flush();
      sum += Number(/calls=(\d+)i/.exec(deltas.toString())?.[1]);
      stored = Number(/calls=(\d+)i/.exec(absolute.toString())?.[1]);
      expect(sum).toBe(stored);
    }
    expect(stored).toBe(6);
  });

  it('refuse and count amounts and times that are no numbers, and a counter that would fall', async () => {
    const buckets = make();
    const series = buckets.series(everything, ['c', '']);
    for (const amount of [Number.NaN, Number.POSITIVE_INFINITY, -1]) buckets.add(series, noon, 0, amount);
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) buckets.set(series, noon, 2, value);
    for (const timeMs of [Number.NaN, Number.POSITIVE_INFINITY, 1e16]) buckets.add(series, timeMs, 0, 1);
    expect(buckets.refusedSamples).toBe(8);
    expect(buckets.openBuckets).toBe(0);
    buckets.add(series, noon, 5, -1);
    expect(await lines(buckets)).toEqual([`test_everything,code=c,host=cm1,instance=noc-1 sum=-1 ${noon}`]);
  });

  it('leave out a sum that became larger than all numbers', async () => {
    const buckets = make();
    const series = buckets.series(everything, ['c', '']);
    for (let index = 0; index < 3; index++) buckets.add(series, noon, 5, 1e308);
    expect(await lines(buckets)).toEqual([]);
  });

  it('say loudly when a family uses a field in a wrong way', () => {
    const buckets = make();
    const series = buckets.series(everything, ['c', '']);
    expect(() => buckets.set(series, noon, 0, 1)).toThrow('test_everything: the field events cannot be set');
    expect(() => buckets.add(series, noon, 2, 1)).toThrow('cannot be added to');
    expect(() => buckets.distinct(series, noon, 0, Buffer.from('x'), 0, 1)).toThrow('distinct');
    expect(() => buckets.add(series, noon, 99, 1)).toThrow('the field 99');
    const twin = measurement({ name: 'test_everything', help: '', tags: {}, fields: { a: counter('', '') } });
    expect(() => buckets.series(twin, [])).toThrow('two different measurements');
    expect(() => make({ widthMs: 0.5 })).toThrow(RangeError);
  });

  it('allow only one flush at a time', async () => {
    const buckets = make();
    const first = buckets.flush();
    await expect(buckets.flush()).rejects.toThrow('a flush is running');
    await first;
    await expect(buckets.flush()).resolves.toBeDefined();
  });

  it('take what is added while a flush is waiting for the disk, so that nothing is lost or stands alone', async () => {
    // Called whenever sealed values are read or written.
    let whileWaiting = (): void => undefined;
    const files: Files = {
      ...machineFiles,
      open: async (path, mode) => {
        const file = await machineFiles.open(path, mode);
        whileWaiting();
        return file;
      },
    };
    const buckets = make({ files });
    const series = buckets.series(calls, ['t1', '']);
    const stored = new Map<number, number>();
    const flush = async (meanwhile = (): void => undefined): Promise<void> => {
      whileWaiting = meanwhile;
      for (const { key, fields } of pointsOf((await buckets.flush()).absolute, calls)) {
        stored.set(Number(key.split(' ')[1]), Number(fields[0]));
      }
    };
    buckets.judge(noon + hourMs);
    buckets.add(series, noon, 0, 1);
    buckets.add(series, noon + minuteMs, 0, 10);
    let writes = 0;
    await flush(() => {
      writes++;
      // One that is being written, one that becomes due while it is not there, and one that is not due.
      buckets.add(series, noon, 0, 1);
      buckets.add(series, noon + 5 * minuteMs, 0, 100);
      buckets.add(series, noon + hourMs, 0, 1000);
    });
    expect(writes).toBe(1);
    await flush();
    await flush();
    buckets.add(series, noon, 0, 1);
    let reads = 0;
    await flush(() => {
      // While the base of one is read, another of the same hour needs its own.
      if (reads++ === 0) buckets.add(series, noon + minuteMs, 0, 10);
    });
    expect(reads).toBeGreaterThan(0);
    for (let index = 0; index < 4; index++) await flush();
    expect(Object.fromEntries(stored)).toEqual({
      [noon]: 3,
      [noon + minuteMs]: 20,
      [noon + 5 * minuteMs]: 100,
      [noon + hourMs]: 1000,
    });
    expect(buckets.openBuckets).toBe(1);
  });
});

describe('lines written as bytes', () => {
  it('are those of encodePoint, for all numbers and texts', async () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.constantFrom(0, -0, 1e21, 1e-7, 999_999_999, 1_000_000_000, Number.MAX_SAFE_INTEGER),
    );
    const value = fc.string({ unit: 'binary', maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 2, maxLength: 2 }),
        fc.tuple(fc.nat(), fc.double({ min: 0, max: 1e17 }), number, number, number, number, value),
        fc.integer({ min: -1e12, max: 4e12 }),
        async (tags, [events, seconds, last, low, high, sum, note], timeMs) => {
          const buckets = make({ widthMs: 1 });
          const series = buckets.series(everything, tags);
          for (const [field, amount] of [events, seconds].entries()) buckets.add(series, timeMs, field, amount);
          for (const [place, each] of [last, low, high].entries()) buckets.set(series, timeMs, 2 + place, each);
          buckets.add(series, timeMs, 5, sum);
          buckets.set(series, timeMs, 7, note);
          const fields = [events, seconds, last, low, high, sum, undefined, note];
          const expected = encodePoint({ measurement: everything, tags: [...tags, 'cm1', 'noc-1'], fields, timeMs });
          expect((await buckets.flush()).absolute.toString()).toBe(expected);
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });

  test.each([0, 9, 10, 99, 100, 999_999_999, 1e9, 1e9 + 1, 1e18 / 1000, Number.MAX_SAFE_INTEGER, -1, -1e12])(
    'have the digits of %d',
    (value) => {
      const bytes = Buffer.alloc(32);
      expect(bytes.toString('latin1', 0, writeInteger(bytes, 0, value))).toBe(String(value));
    },
  );
});

describe('limits of series', () => {
  function count(buckets: Buckets, trunk: string, kind = 'in', timeMs = noon): Series {
    const series = buckets.series(calls, [trunk, kind]);
    buckets.add(series, timeMs, 0, 1);
    return series;
  }

  it('give the values above a tag’s limit to __other__, and count the samples', async () => {
    const buckets = make();
    for (const trunk of ['a', 'b', 'c', 'd', 'e', 'a', 'd']) count(buckets, trunk);
    expect(pointsOf((await buckets.flush()).absolute, calls)).toEqual([
      { key: `a ${noon}`, fields: [2] },
      { key: `b ${noon}`, fields: [1] },
      { key: `c ${noon}`, fields: [1] },
      { key: `${otherValue} ${noon}`, fields: [3] },
    ]);
    expect(buckets.overflowed).toEqual({ test_calls: 3 });
    expect(buckets.series(calls, ['zzz', 'in']).tags).toEqual([otherValue, 'in']);
  });

  it('give the series above the measurement’s limit to one of __other__ alone', () => {
    const buckets = make();
    for (let index = 0; index < 100; index++) count(buckets, 'a', `kind ${index}`);
    expect(buckets.seriesCount).toBe(7);
    expect(buckets.openBuckets).toBe(7);
    expect(buckets.series(calls, ['a', 'kind 99']).tags).toEqual([otherValue, otherValue]);
    expect(buckets.overflowed).toEqual({ test_calls: 94 });
  });

  it('can be lowered for all measurements', () => {
    const buckets = make({ maxSeries: 2 });
    for (const trunk of ['a', 'b', 'c']) count(buckets, trunk);
    expect(buckets.series(calls, ['c', 'in']).tags).toEqual([otherValue, otherValue]);
    expect(buckets.series(calls, ['b', 'in']).tags).toEqual(['b', 'in']);
  });

  it('do not count an absent tag as a value', () => {
    const buckets = make();
    for (const trunk of ['', 'a', 'b', 'c']) count(buckets, trunk);
    expect(buckets.overflowed).toEqual({});
    expect(buckets.series(calls, []).tags).toEqual(['', '']);
  });

  it('keep memory flat over a million different values, and lose no sample', async () => {
    const buckets = make();
    let stored = 0;
    const count = 1_000_000;
    for (let index = 0; index < count; index++) {
      const timeMs = noon + index;
      buckets.judge(timeMs);
      buckets.add(buckets.series(calls, [`x${index}`, `y${index}`]), timeMs, 0, 1);
      if (index % 100_000 === 99_999) {
        for (const { fields } of pointsOf((await buckets.flush()).deltas, calls)) stored += Number(fields[0]);
        expect(buckets.seriesCount).toBeLessThanOrEqual(7);
        expect(buckets.snapshot().length).toBeLessThan(5000);
      }
    }
    expect(stored).toBe(count);
    expect(buckets.overflowed).toEqual({ test_calls: count - 3 });
  });

  it('treat values alike that are stored alike, so that no series writes over another', async () => {
    const buckets = make();
    for (const kind of ['a\u0001', 'a\u0002', 'a\ufffd', 'x'.repeat(300), 'x'.repeat(256)]) count(buckets, 't', kind);
    expect(buckets.seriesCount).toBe(2);
    const found = await lines(buckets);
    expect(found.map((line) => line.replace(/x+/, 'x'))).toEqual([
      `test_calls,host=cm1,instance=noc-1,kind=a\ufffd,trunk=t calls=3i ${noon}`,
      `test_calls,host=cm1,instance=noc-1,kind=x,trunk=t calls=2i ${noon}`,
    ]);
  });

  it('make room again when a value was not used for the late horizon; an old handle still works', async () => {
    const buckets = make({ lateHorizonMs: 2 * hourMs });
    const handle = count(buckets, 'a');
    for (const trunk of ['b', 'c', 'd']) count(buckets, trunk);
    buckets.judge(noon);
    await buckets.flush();
    const laterMs = noon + 8 * hourMs;
    buckets.judge(laterMs);
    await buckets.flush();
    await buckets.flush();
    expect(buckets.seriesCount).toBe(0);
    expect(buckets.openBuckets).toBe(0);

    for (const trunk of ['d', 'e']) count(buckets, trunk, 'in', laterMs);
    buckets.add(handle, laterMs, 0, 1);
    count(buckets, 'a', 'in', laterMs);
    buckets.add(handle, laterMs, 0, 1);
    count(buckets, 'f', 'in', laterMs);
    expect(pointsOf((await buckets.flush()).absolute, calls)).toEqual([
      { key: `d ${laterMs}`, fields: [1] },
      { key: `e ${laterMs}`, fields: [1] },
      { key: `a ${laterMs}`, fields: [3] },
      { key: `${otherValue} ${laterMs}`, fields: [1] },
    ]);
  });

  it('hold for a forgotten handle too: its samples go to __other__ when there is no room for it any more', async () => {
    const buckets = make({ lateHorizonMs: 2 * hourMs });
    const handle = count(buckets, 'a');
    const laterMs = noon + 8 * hourMs;
    buckets.judge(laterMs);
    await buckets.flush();
    for (const trunk of ['d', 'e', 'f']) count(buckets, trunk, 'in', laterMs);
    buckets.add(handle, laterMs, 0, 1);
    const points = pointsOf((await buckets.flush()).absolute, calls);
    expect(points.map(({ key }) => key.split(' ')[0])).toEqual(['d', 'e', 'f', otherValue]);
  });

  it('are the same after a restart', async () => {
    const buckets = make();
    for (const trunk of ['a', 'b', 'c', 'd']) count(buckets, trunk);
    const { record } = await buckets.flush();
    for (const [snapshot, records] of [
      [buckets.snapshot(), []],
      [make().snapshot(), [record]],
    ] as const) {
      const again = make();
      expect(again.restore(snapshot, records, [calls])).toEqual([]);
      expect(again.overflowed).toEqual({ test_calls: 1 });
      expect(again.series(calls, ['c', 'in']).tags).toEqual(['c', 'in']);
      expect(again.series(calls, ['d', 'in']).tags).toEqual([otherValue, 'in']);
    }
  });

  it('accept a plain description of a series in place of a handle', async () => {
    const buckets = make();
    buckets.add({ measurement: calls, tags: ['a', 'in'] }, noon, 0, 1);
    count(buckets, 'a');
    expect(pointsOf((await buckets.flush()).absolute, calls)).toEqual([{ key: `a ${noon}`, fields: [2] }]);
  });
});

describe('instant points', () => {
  const state = measurement({
    name: 'test_state',
    help: 'A state.',
    isInstant: true,
    tags: { link: tag('the link') },
    fields: { up: gauge('', 'is it up', 'last', 'integer'), reads: counter('reads', 'how many'), why: text('reason') },
  });

  it('go out once as they are, absolute and as increments, with host and instance when they have none', async () => {
    const buckets = make();
    buckets.point({ measurement: state, tags: ['l1'], fields: [1, 5, undefined], timeMs: noon + 123 });
    buckets.point({ measurement: state, tags: ['l1', 'h', 'i'], fields: [0, undefined, 'a "b"'], timeMs: noon + 124 });
    buckets.point({ measurement: state, tags: ['l1'], fields: [Number.NaN], timeMs: noon });
    expect(buckets.changedBuckets).toBe(2);
    const { absolute, deltas, points } = await buckets.flush();
    expect(absolute.toString()).toBe(
      `test_state,host=cm1,instance=noc-1,link=l1 up=1i,reads=5i ${noon + 123}\n` +
        `test_state,host=h,instance=i,link=l1 up=0i,why="a \\"b\\"" ${noon + 124}\n`,
    );
    expect(deltas.toString()).toBe(absolute.toString());
    expect(points).toBe(2);
    expect(await lines(buckets)).toEqual([]);
  });

  it('wait in a snapshot until a flush has taken them', async () => {
    const buckets = make();
    buckets.point({ measurement: state, tags: ['l1'], fields: [1], timeMs: noon });
    const before = buckets.snapshot();
    const { record } = await buckets.flush();
    const waiting = make();
    waiting.restore(before, [], [state]);
    expect(await lines(waiting)).toEqual([`test_state,host=cm1,instance=noc-1,link=l1 up=1i ${noon}`]);
    const flushed = make();
    flushed.restore(before, [record], [state]);
    expect(flushed.changedBuckets).toBe(0);
  });

  it('can be put together through a series; they keep their own time and are not kept open', async () => {
    const buckets = make();
    const series = buckets.series(state, ['l1']);
    buckets.set(series, noon + 1, 0, 1);
    buckets.set(series, noon + 1, 2, 'carrier');
    buckets.set(series, noon + 2, 0, 0);
    const before = buckets.snapshot();
    const { record, absolute } = await buckets.flush();
    expect(absolute.toString().split('\n')).toEqual([
      `test_state,host=cm1,instance=noc-1,link=l1 up=1i,why="carrier" ${noon + 1}`,
      `test_state,host=cm1,instance=noc-1,link=l1 up=0i ${noon + 2}`,
      '',
    ]);
    expect(buckets.openBuckets).toBe(0);
    const again = make();
    again.restore(before, [record], [state]);
    expect(again.openBuckets).toBe(0);
  });
});
