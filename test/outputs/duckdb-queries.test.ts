// The embedded store's answers: a table of rules, and any query against the naive answer of duckdb-oracle.ts.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { counter, gauge, measurement, storedTagNames, tag, text } from '../../src/model/catalogue.ts';
import { systemClock } from '../../src/model/clock.ts';
import { encodePoint } from '../../src/model/line-protocol.ts';
import type { Point } from '../../src/model/line-protocol.ts';
import { query } from '../../src/model/query.ts';
import type { PanelQuery, QueryRange, ResultRow, VariableValues } from '../../src/model/query.ts';
import { duckdbOptions } from '../../src/outputs/duckdb/options.ts';
import { openStore } from '../../src/outputs/duckdb/store.ts';
import type { Store } from '../../src/outputs/duckdb/store.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { answer } from './duckdb-oracle.ts';

// Names that SQL reserves or that the statement might use itself.
const load = measurement({
  name: 'select',
  help: 'values of every type',
  tags: { order: tag('a reserved word'), value0: tag('like a column of the statement') },
  fields: {
    count: counter('events', 'a count'),
    level: gauge('', 'a level'),
    table: gauge('', 'a reserved word', 'last', 'integer'),
    version: text('a text'),
  },
});
const other = measurement({
  name: 'other_load',
  help: 'never asked with the first',
  tags: {},
  fields: { count: counter('events', 'a count') },
});

const hostile = [
  `'; DROP TABLE "select"; --`,
  `a'b"c`,
  '$from',
  '%',
  'ünïcode 🚀',
  '<img src=x onerror=alert(1)>',
  'back\\slash',
  'comma, space=equals',
];
const base = Date.UTC(2026, 2, 1);

let store: Store;
beforeAll(async () => {
  store = await openStore({
    options: duckdbOptions.parse({ retentionDays: 0 }),
    measurements: [load, other],
    directory: temporaryFolder(),
    clock: systemClock,
  });
});
afterAll(async () => store?.close());

async function put(points: readonly Point[]): Promise<void> {
  const lines = Buffer.from(points.map(encodePoint).join(''));
  const result = await store.write({ lines, points: points.length }, new AbortController().signal);
  expect(result).toEqual({ kind: 'done', refused: [] });
}

function point(timeMs: number, tags: readonly string[], fields: Partial<Record<string, number | string>>): Point {
  return { measurement: load, tags, fields: load.fieldNames.map((name) => fields[name]), timeMs };
}

describe('rules of a panel query', () => {
  // A day of its own for each case: all share one table.
  let day = 0;
  async function ask(
    rows: readonly (readonly [
      seconds: number,
      tags: readonly string[],
      fields: Partial<Record<string, number | string>>,
    ])[],
    question: PanelQuery,
    {
      seconds = 60,
      windowSeconds = 20,
      variables = {},
    }: { seconds?: number; windowSeconds?: number; variables?: VariableValues } = {},
  ): Promise<readonly [readonly string[], number, readonly (number | string | null)[]][]> {
    const start = base - 86_400_000 * ++day;
    await put(rows.map(([offset, tags, fields]) => point(start + offset * 1000, [...tags, 'h', 'i'], fields)));
    const range = { fromMs: start, toMs: start + seconds * 1000, windowMs: windowSeconds * 1000 };
    const result = await store.queries.run(question, range, variables);
    return result.map((row) => [row.group, (row.timeMs - start) / 1000, row.values]);
  }

  test('windows hold their start and not their end, and the range not its end', async () => {
    const sums = query(load, { select: [{ field: 'count', aggregate: 'sum' }], fill: 'none' });
    expect(
      await ask(
        [
          [0, ['a', ''], { count: 1 }],
          [19.999, ['a', ''], { count: 2 }],
          [20, ['a', ''], { count: 4 }],
          [60, ['a', ''], { count: 8 }],
        ],
        sums,
      ),
    ).toEqual([
      [[], 0, [3]],
      [[], 20, [4]],
    ]);
  });

  test.each([
    ['none', [[[], 20, [5]]]],
    [
      'null',
      [
        [[], 0, [null]],
        [[], 20, [5]],
        [[], 40, [null]],
      ],
    ],
    [
      'zero',
      [
        [[], 0, [0]],
        [[], 20, [5]],
        [[], 40, [0]],
      ],
    ],
  ] as const)('fill %s', async (fill, expected) => {
    const sums = query(load, { select: [{ field: 'count', aggregate: 'sum' }], fill });
    expect(await ask([[25, ['a', ''], { count: 5 }]], sums)).toEqual(expected);
  });

  test('a group without a selected value is no row, filled or not', async () => {
    const sums = query(load, {
      select: [{ field: 'count', aggregate: 'sum' }],
      groupBy: ['order'],
      over: 'range',
      fill: 'zero',
    });
    expect(
      await ask(
        [
          [1, ['a', ''], { count: 5 }],
          [1, ['b', ''], { level: 5 }],
        ],
        sums,
      ),
    ).toEqual([[['a'], 0, [5]]]);
    expect(await ask([], sums)).toEqual([]);
  });

  test('last is the value of the latest time, and of several at that time the greatest', async () => {
    const last = query(load, {
      select: [
        { field: 'level', aggregate: 'last' },
        { field: 'version', aggregate: 'last' },
      ],
      over: 'range',
    });
    expect(
      await ask(
        [
          [30, ['a', ''], { level: 1, version: '2.0' }],
          [30, ['b', ''], { level: 3 }],
          [10, ['c', ''], { level: 9 }],
          [40, ['d', ''], { version: '1.9' }],
        ],
        last,
      ),
    ).toEqual([[[], 0, [3, '1.9']]]);
  });

  test('perSeries takes the last of each series before it sums them', async () => {
    const total = query(load, { select: [{ field: 'level', aggregate: 'sum' }], perSeries: 'last', fill: 'none' });
    expect(
      await ask(
        [
          [1, ['a', ''], { level: 5 }],
          [2, ['a', ''], { level: 7 }],
          [1, ['b', ''], { level: 10 }],
          [21, ['b', ''], { level: 11 }],
        ],
        total,
      ),
    ).toEqual([
      [[], 0, [17]],
      [[], 20, [11]],
    ]);
  });

  test('a ratio over nothing or zero is null, also where empty windows show zero', async () => {
    const ratio = query(load, { select: [{ field: 'count', aggregate: 'sum', over: 'table' }], fill: 'zero' });
    expect(
      await ask(
        [
          [1, ['a', ''], { count: 1, table: 4 }],
          [21, ['a', ''], { count: 1, table: 0 }],
        ],
        ratio,
      ),
    ).toEqual([
      [[], 0, [0.25]],
      [[], 20, [null]],
      [[], 40, [null]],
    ]);
  });

  test('a rate divides by the window, or by the range where there is none', async () => {
    const select = [{ field: 'count', aggregate: 'sum', perSecond: true }] as const;
    const rows = [[1, ['a', ''], { count: 30 }]] as const;
    expect(await ask(rows, query(load, { select, fill: 'none' }))).toEqual([[[], 0, [1.5]]]);
    expect(await ask(rows, query(load, { select, over: 'range' }))).toEqual([[[], 0, [0.5]]]);
  });

  test('top keeps the greatest groups of the whole range, ties by name', async () => {
    const top = query(load, {
      select: [{ field: 'count', aggregate: 'sum' }],
      groupBy: ['order'],
      top: 2,
      fill: 'none',
    });
    expect(
      await ask(
        [
          [1, ['d', ''], { count: 1 }],
          [21, ['d', ''], { count: 6 }],
          [1, ['c', ''], { count: 5 }],
          [1, ['b', ''], { count: 5 }],
          [1, ['a', ''], { count: 1 }],
        ],
        top,
      ),
    ).toEqual([
      [['b'], 0, [5]],
      [['d'], 0, [1]],
      [['d'], 20, [6]],
    ]);
  });

  test('filters by values, by a variable, by its All, and by none of them', async () => {
    const rows: [number, readonly string[], Record<string, number>][] = [
      [1, ['a', ''], { count: 1 }],
      [1, ['b', ''], { count: 10 }],
      [1, ['', ''], { count: 100 }],
    ];
    const sum = (where: NonNullable<Parameters<typeof query<typeof load>>[1]['where']>): PanelQuery =>
      query(load, { select: [{ field: 'count', aggregate: 'sum' }], over: 'range', where });
    const variables = { chosen: ['b'], nothing: [] };
    const total = async (...where: Parameters<typeof sum>): Promise<unknown> =>
      (await ask(rows, sum(...where), { variables }))[0]?.[2][0];
    expect(await total([{ tag: 'order', values: ['a', 'b'] }])).toBe(11);
    expect(await total([{ tag: 'order', values: ['a', 'b'], not: true }])).toBe(100);
    expect(await total([{ tag: 'order', values: [''] }])).toBe(100);
    expect(await total([{ tag: 'order', values: [] }])).toBeUndefined();
    expect(await total([{ tag: 'order', variable: 'chosen' }])).toBe(10);
    expect(await total([{ tag: 'order', variable: 'chosen', not: true }])).toBe(101);
    expect(await total([{ tag: 'order', variable: 'absent' }])).toBe(111);
    expect(await total([{ tag: 'order', variable: 'nothing' }])).toBe(111);
    expect(await total([{ tag: 'order', variable: 'toString' }])).toBe(111);
  });

  test.each(hostile)('keeps and finds the tag value %s', async (value) => {
    const question = query(load, {
      select: [{ field: 'count', aggregate: 'sum' }],
      groupBy: ['order', 'value0'],
      where: [{ tag: 'order', variable: 'chosen' }],
      over: 'range',
    });
    const rows: [number, readonly string[], Record<string, number>][] = [
      [1, [value, ''], { count: 7 }],
      [1, ['harmless', ''], { count: 1 }],
    ];
    expect(await ask(rows, question, { variables: { chosen: [value] } })).toEqual([[[value, ''], 0, [7]]]);
    expect(await store.queries.tagValues(load, 'order', 1000)).toContain(value);
  });

  test('refuses what the measurement does not declare, sums of texts, and impossible ranges', async () => {
    const range = { fromMs: 0, toMs: 1000, windowMs: 100 };
    const good = query(load, { select: [{ field: 'count', aggregate: 'sum' }] });
    const run = (changes: Partial<PanelQuery>, of: QueryRange = range): Promise<unknown> =>
      store.queries.run({ ...good, ...changes }, of, {});
    await expect(run({ groupBy: ['x"; --'] })).rejects.toThrow('no tag');
    await expect(run({ where: [{ tag: 'nothing' }] })).rejects.toThrow('no tag');
    await expect(run({ select: [{ field: 'toString', aggregate: 'sum' }] })).rejects.toThrow('no field');
    await expect(run({ select: [{ field: 'version', aggregate: 'sum' }] })).rejects.toThrow('is a text');
    await expect(run({}, { ...range, windowMs: 0 })).rejects.toThrow('positive window');
    await expect(run({}, { ...range, fromMs: 0.5 })).rejects.toThrow('whole milliseconds');
    await expect(run({ measurement: { ...load, name: 'missing' } })).rejects.toThrow('no measurement');
    await expect(store.queries.tagValues(load, 'missing', 5)).rejects.toThrow('no tag');
  });

  test('refuses an answer that is too large to draw', async () => {
    await put([point(base, ['a', '', 'h', 'i'], { count: 1 })]);
    const sums = query(load, { select: [{ field: 'count', aggregate: 'sum' }] });
    const range = { fromMs: base, toMs: base + 86_400_000, windowMs: 100 };
    await expect(store.queries.run(sums, range, {})).rejects.toThrow('more than 200000 rows');
  });

  test('a question that was given up ends at once, and the next one is answered', async () => {
    const sums = query(load, { select: [{ field: 'count', aggregate: 'sum' }] });
    const range = { fromMs: base, toMs: base + 1000, windowMs: 1000 };
    await expect(store.queries.run(sums, range, {}, AbortSignal.abort())).rejects.toThrow('given up');
    await Promise.all(Array.from({ length: 30 }, () => store.queries.run(sums, range, {})));
  });
});

describe('any query', () => {
  const tagValue = fc.constantFrom('', 'a', 'b', 'ä', '🚀', `'`, 'Z');
  const points = fc.uniqueArray(
    fc.record({
      seconds: fc.integer({ min: 0, max: 119 }),
      order: tagValue,
      value0: tagValue,
      host: fc.constantFrom('h1', 'h2'),
      // Multiples of a quarter add up exactly in any order.
      count: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
      level: fc.option(
        fc.integer({ min: -40, max: 40 }).map((value) => value / 4),
        { nil: undefined },
      ),
      table: fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }),
      version: fc.option(fc.constantFrom('1', '2', 'ß'), { nil: undefined }),
    }),
    { maxLength: 40, selector: ({ seconds, order, value0, host }) => JSON.stringify([seconds, order, value0, host]) },
  );
  const number = fc.constantFrom('count', 'level', 'table');
  const aggregate = fc.constantFrom('sum', 'mean', 'max', 'min', 'last', 'count');
  const selection = fc.oneof(
    fc.record({
      field: number,
      aggregate,
      over: fc.option(number, { nil: undefined }),
      perSecond: fc.option(fc.boolean(), { nil: undefined }),
    }),
    fc.record({ field: fc.constant('version'), aggregate: fc.constantFrom('last', 'count') }),
  );
  const filter = fc.record({
    tag: fc.constantFrom('order', 'value0', 'host'),
    values: fc.option(fc.array(tagValue, { maxLength: 3 }), { nil: undefined }),
    variable: fc.option(fc.constantFrom('one', 'two', 'none'), { nil: undefined }),
    not: fc.option(fc.boolean(), { nil: undefined }),
  });
  const questions = fc.record({
    select: fc.array(selection, { minLength: 1, maxLength: 3 }),
    where: fc.array(filter, { maxLength: 2 }),
    groupBy: fc.subarray(['order', 'value0', 'host']),
    over: fc.constantFrom('windows', 'range'),
    perSeries: fc.option(aggregate, { nil: undefined }),
    fill: fc.constantFrom('none', 'null', 'zero'),
    top: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  });
  const variables = { one: ['a', `'`], two: ['h1'] };

  test('gives the numbers of the naive answer', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        points,
        questions,
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        fc.constantFrom(1000, 7000, 10_000, 60_000),
        async (rows, question, from, length, windowMs) => {
          const start = base + ++run * 86_400_000;
          const stored = rows
            .map(({ seconds, order, value0, host, ...fields }) =>
              point(start + seconds * 1000, [order, value0, host, ''], fields),
            )
            .filter(({ fields }) => fields.some((value) => value !== undefined));
          await put(stored);
          const panel = {
            ...question,
            measurement: load,
            minWindowSeconds: 1,
            // The inner aggregate of a text can only be its last value.
            perSeries: question.select.some(({ field }) => field === 'version') ? undefined : question.perSeries,
          } as unknown as PanelQuery;
          const range = { fromMs: start + from * 1000, toMs: start + (from + length) * 1000, windowMs };
          const found = await store.queries.run(panel, range, variables);
          expect(rounded(found)).toEqual(rounded(answer(stored, panel, range, variables)));
        },
      ),
      { seed: 20_260_301, numRuns: 250 },
    );
  });

  test('the measurements of the test know their tags', () => {
    expect(storedTagNames(load)).toEqual(['order', 'value0', 'host', 'instance']);
  });
});

/** Sums of quarters are exact; means and ratios may differ in the last bit. */
function rounded(rows: readonly ResultRow[]): readonly unknown[] {
  return rows.map((row) => [
    row.group,
    row.timeMs,
    row.values.map((value) => (typeof value === 'number' ? Number(value.toPrecision(12)) + 0 : value)),
  ]);
}
