// Roll-ups by hour and new denial numbers: what the analyzer remembers over days, restarts and floods (ecs 8).
import { describe, expect, test } from 'vitest';
import { ecs } from '../../src/families/ecs/index.ts';
import type { Analyzer, JsonValue } from '../../src/model/family.ts';
import { analyzerContext, analyze, chunkOf, CollectingSink } from './collecting-sink.ts';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 0, 5, 12);

function line(timeMs: number, event: string | number): string {
  const digits = new Date(timeMs).toISOString().replace(/[-:.TZ]/g, '');
  return `${digits.slice(0, 8)}:${digits.slice(8, 17)}:1:x(1):MED:[DENYEVT event=${event} d1=1 d2=1]\n`;
}

/** A source that is read day by day; `new` are the counts of new numbers by number. */
class Reading {
  readonly sink = new CollectingSink();
  analyzer: Analyzer;
  readonly #options: unknown;

  static async start(options: unknown = {}): Promise<Reading> {
    return new Reading(await ecs.createAnalyzer(await analyzerContext(options)), options);
  }

  constructor(analyzer: Analyzer, options: unknown) {
    this.analyzer = analyzer;
    this.#options = options;
  }

  /** Denials at noon of a day (and so many milliseconds later). */
  read(day: number, events: readonly (string | number)[], laterMs = 0): void {
    const log = events.map((event) => line(start + day * dayMs + laterMs, event)).join('');
    this.analyzer.lines(chunkOf(Buffer.from(log)), this.sink);
  }

  /** The everyday number on each of these days. */
  watch(from: number, to: number): void {
    for (let day = from; day <= to; day++) this.read(day, [1192]);
  }

  async restart(): Promise<void> {
    const state = JSON.parse(JSON.stringify(this.analyzer.snapshot())) as JsonValue;
    this.analyzer = await ecs.createAnalyzer(await analyzerContext(this.#options));
    this.analyzer.restore(state);
  }

  get new(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const point of this.sink.points()) {
      const [, event = '', count] = /^ecs_denial_new,.*event=(\w+),\S* count=(\d+)i/.exec(point) ?? [];
      if (count !== undefined) counts[event] = (counts[event] ?? 0) + Number(count);
    }
    return counts;
  }
}

describe('a new denial number', () => {
  test('is none during the first week, when everything is seen for the first time', async () => {
    const reading = await Reading.start();
    for (let day = 0; day < 7; day++) reading.read(day, [1192, 1000 + day]);
    expect(reading.new).toEqual({});
    reading.read(7, [1192, 2287, 1003]);
    expect(reading.new).toEqual({ 2287: 1 });
  });

  test('is new for a day after it was first seen, with its category', async () => {
    const reading = await Reading.start();
    reading.watch(0, 7);
    reading.read(8, [2287, 2287, 1192]);
    reading.read(8, [2287], dayMs - 1);
    reading.read(9, [2287]);
    expect(reading.new).toEqual({ 2287: 3 });
    expect(reading.sink.points().filter((point) => point.startsWith('ecs_denial_new,'))[0]).toContain(
      'category=call-ip,event=2287,',
    );
  });

  test('takes a line of the same day that comes out of order for new as well', async () => {
    const reading = await Reading.start();
    reading.watch(0, 7);
    reading.read(8, [2287]);
    reading.read(8, [2287], -3_600_000);
    expect(reading.new).toEqual({ 2287: 2 });
  });

  test('is new again after 30 days without it, and not after 29', async () => {
    const reading = await Reading.start();
    reading.read(0, [2287, 2292]);
    reading.watch(1, 28);
    reading.read(29, [1192, 2292]);
    reading.read(30, [1192, 2287]);
    expect(reading.new).toEqual({ 2287: 1 });
  });

  test('is the same after restarts at any time', async () => {
    const reading = await Reading.start();
    for (let day = 0; day < 8; day++) {
      reading.read(day, [1192]);
      await reading.restart();
    }
    reading.read(8, [2287]);
    await reading.restart();
    reading.read(8, [2287, 1192], 1000);
    expect(reading.new).toEqual({ 2287: 2 });
  });

  test('is not made by a pause of the log, however long', async () => {
    const reading = await Reading.start();
    for (let day = 0; day < 8; day++) reading.read(day, [1192, 1012]);
    for (let day = 400; day < 402; day++) reading.read(day, [1192, 1012]);
    expect(reading.new).toEqual({});
  });

  test('is not made by one line with a stamp of long ago at the beginning', async () => {
    const reading = await Reading.start();
    reading.read(-4000, [1]);
    reading.read(0, [1192, 1012]);
    reading.read(1, [1934]);
    expect(reading.new).toEqual({});
  });

  test('learns and forgets as the options say', async () => {
    const reading = await Reading.start({ newNumbers: { learningDays: 1, forgetDays: 2 } });
    reading.read(0, [1192, 1012]);
    reading.read(1, [1192, 1934]);
    reading.read(2, [1192, 1012]);
    expect(reading.new).toEqual({ 1934: 1, 1012: 1 });
    await expect(Reading.start({ newNumbers: { learningDays: 0 } })).rejects.toThrow('learningDays');
    await expect(Reading.start({ newNumbers: { learnDays: 3 } })).rejects.toThrow('learnDays');
  });

  test('knows a state from before there was this memory, and begins to learn', async () => {
    const reading = await Reading.start();
    const { denials: _denials, ...older } = reading.analyzer.snapshot() as Record<string, JsonValue>;
    reading.analyzer.restore(older);
    reading.read(0, [1192, 2287]);
    expect(reading.new).toEqual({});
  });

  test.each([
    null,
    7,
    {},
    { days: 1, newestDay: 1, numbers: [[1, 1, null]] },
    { days: 1, newestDay: 'x', numbers: [] },
  ])('refuses a state it cannot understand: %j', async (denials) => {
    const analyzer = await ecs.createAnalyzer(await analyzerContext());
    const state = { ...(analyzer.snapshot() as Record<string, JsonValue>), denials: denials as JsonValue };
    expect(() => analyzer.restore(state)).toThrow('no state of denial numbers');
  });

  test('is not remembered without end: a flood of numbers leaves the known ones known, and the state small', async () => {
    const reading = await Reading.start();
    for (let day = 0; day < 8; day++) reading.read(day, [1192, 1012]);
    const flood = Array.from({ length: 20_000 }, (_, index) => 100_000 + index);
    reading.read(8, [...flood, '9'.repeat(60_000)]);
    reading.read(8, [1192, 1012], 1000);
    expect(reading.new).not.toHaveProperty('1192');
    expect(JSON.stringify(reading.analyzer.snapshot()).length).toBeLessThan(100_000);
    await reading.restart();
    // A month later the flood is forgotten, and there is room again.
    for (let day = 9; day < 40; day++) reading.read(day, [1192, 1012]);
    reading.read(40, [2287]);
    expect(reading.new['2287']).toBe(1);
  });
});

describe('denials by hour', () => {
  const hourly = (points: readonly string[]): string[] =>
    points
      .filter((point) => point.startsWith('ecs_denial_hourly,'))
      .map((point) => point.replace(/^ecs_denial_hourly,|host=cm1,|instance=test,/g, ''));

  test('are counted in whole hours of the zone of the source, all numbers of a category together', async () => {
    const log = ['0759590', '0800000', '0859599'].flatMap((time) =>
      [1926, 1934, 1192].map((event) => `20260105:${time}00:1:x(1):MED:[DENYEVT event=${event} d1=1 d2=1]\n`),
    );
    const { points } = await analyze(log.join(''), { timezone: 'America/New_York' });
    const hour = Date.UTC(2026, 0, 5, 12);
    expect(hourly(points)).toEqual([
      `category=registration,hour=07,weekday=1 count=2i ${hour}`,
      `category=registration,hour=08,weekday=1 count=4i ${hour + 3_600_000}`,
      `category=unknown,hour=07,weekday=1 count=1i ${hour}`,
      `category=unknown,hour=08,weekday=1 count=2i ${hour + 3_600_000}`,
    ]);
  });

  test('are apart in a bucket that two hours of a zone share', async () => {
    const log = ['0029', '0030', '0059', '0100'].map(
      (time) => `20260105:${time}00000:1:x(1):MED:[DENYEVT event=1192 d1=1 d2=1]\n`,
    );
    const { points } = await analyze(log.join(''), { timezone: 'Asia/Kolkata' });
    const hour = Date.UTC(2026, 0, 4, 18);
    expect(hourly(points)).toEqual([
      `category=unknown,hour=00,weekday=1 count=1i ${hour}`,
      `category=unknown,hour=00,weekday=1 count=2i ${hour + 3_600_000}`,
      `category=unknown,hour=01,weekday=1 count=1i ${hour + 3_600_000}`,
    ]);
  });

  test('hold a category of your own table', async () => {
    const row = { number: 1192, label: 'far end', category: 'trunk', severity: 'info' };
    const log = '20260105:080000000:1:x(1):MED:[DENYEVT event=1192 d1=1 d2=1]\n';
    const { points } = await analyze(log, { options: { denials: [row] } });
    expect(hourly(points)).toEqual([`category=trunk,hour=08,weekday=1 count=1i ${Date.UTC(2026, 0, 5, 8)}`]);
  });
});
