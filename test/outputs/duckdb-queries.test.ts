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
    [
      'previous',
      [
        [[], 0, [null]],
        [[], 20, [5]],
        [[], 40, [5]],
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
    const daily = [{ field: 'count', aggregate: 'sum', perDay: true }] as const;
    const select = [{ field: 'count', aggregate: 'sum', perSecond: true }] as const;
    const rows = [[1, ['a', ''], { count: 30 }]] as const;
    expect(await ask(rows, query(load, { select, fill: 'none' }))).toEqual([[[], 0, [1.5]]]);
    expect(await ask(rows, query(load, { select, over: 'range' }))).toEqual([[[], 0, [0.5]]]);
    expect(await ask(rows, query(load, { select: daily, over: 'range' }))).toEqual([[[], 0, [43_200]]]);
  });

  test('the value before fills each column of its own, and begins anew in each group', async () => {
    const states = query(load, {
      select: [
        { field: 'level', aggregate: 'last' },
        { field: 'version', aggregate: 'last' },
      ],
      groupBy: ['order'],
      fill: 'previous',
    });
    expect(
      await ask(
        [
          [1, ['a', ''], { level: 1, version: 'x' }],
          [21, ['a', ''], { level: 2 }],
          [41, ['b', ''], { version: 'y' }],
        ],
        states,
      ),
    ).toEqual([
      [['a'], 0, [1, 'x']],
      [['a'], 20, [2, 'x']],
      [['a'], 40, [2, 'x']],
      [['b'], 0, [null, null]],
      [['b'], 20, [null, null]],
      [['b'], 40, [null, 'y']],
    ]);
  });

  test('a median is the middle value, or the mean of the two in the middle', async () => {
    const median = query(load, {
      select: [{ field: 'level', aggregate: 'median' }],
      groupBy: ['order'],
      over: 'range',
    });
    expect(
      await ask(
        [
          [1, ['a', ''], { level: 9 }],
          [2, ['a', ''], { level: 1 }],
          [3, ['a', ''], { level: 2 }],
          [1, ['b', ''], { level: 1 }],
          [2, ['b', ''], { level: 4 }],
        ],
        median,
      ),
    ).toEqual([
      [['a'], 0, [2]],
      [['b'], 0, [2.5]],
    ]);
  });

  test('the last value alone carries its own time, beside others that of the range', async () => {
    const rows: [number, readonly string[], Record<string, number>][] = [
      [12, ['a', ''], { level: 5 }],
      [30, ['a', ''], { level: 6 }],
      [45, ['a', ''], { count: 1 }],
    ];
    const level = { field: 'level', aggregate: 'last' } as const;
    expect(await ask(rows, query(load, { select: [level], over: 'range' }))).toEqual([[[], 30, [6]]]);
    const both = query(load, { select: [level, { field: 'count', aggregate: 'last' }], over: 'range' });
    expect(await ask(rows, both)).toEqual([[[], 0, [6, 1]]]);
  });

  test('rows are the newest points with their tags, up to the limit, of those that have a selected field', async () => {
    const newest = query(load, {
      select: [
        { field: 'version', aggregate: 'last', as: 'words' },
        { field: 'count', aggregate: 'last' },
      ],
      where: [{ tag: 'order', values: ['z'], not: true }],
      groupBy: ['order'],
      over: 'rows',
      limit: 3,
    });
    expect(
      await ask(
        [
          [1, ['a', ''], { version: 'too old' }],
          [10, ['b', ''], { version: `it's "quoted" \\ $host \${x} 🚀` }],
          [20, ['', ''], { count: 3 }],
          [30, ['c', ''], { level: 1 }],
          [40, ['z', ''], { count: 9 }],
          [50, ['d', ''], { version: 'both', count: 4 }],
        ],
        newest,
      ),
    ).toEqual([
      [['d'], 50, ['both', 4]],
      [[''], 20, [null, 3]],
      [['b'], 10, [`it's "quoted" \\ $host \${x} 🚀`, null]],
    ]);
  });

  test('conditions keep groups and points that are beyond a number, and never those without one', async () => {
    const rows: [number, readonly string[], Record<string, number>][] = [
      [1, ['a', ''], { count: 2, level: 1 }],
      [2, ['a', ''], { count: 4 }],
      [3, ['b', ''], { count: 9, level: 50 }],
      [4, ['c', ''], { count: 8 }],
      [5, ['d', ''], { count: 5, level: 1 }],
    ];
    const select = [
      { field: 'count', aggregate: 'sum', as: 'total' },
      { field: 'level', aggregate: 'mean' },
    ] as const;
    const groups = query(load, {
      select,
      groupBy: ['order'],
      over: 'range',
      having: [
        { select: 'total', above: 5 },
        { select: 'level', below: 10 },
      ],
    });
    expect(await ask(rows, groups)).toEqual([[['a'], 0, [6, 1]]]);
    const points = query(load, {
      select: [{ field: 'count', aggregate: 'last' }],
      over: 'rows',
      limit: 10,
      having: [{ select: 'count', above: 4, below: 9 }],
    });
    expect((await ask(rows, points)).map(([, seconds]) => seconds)).toEqual([5, 4]);
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
    await expect(run({ having: [{ select: 'count', above: 1 }] })).rejects.toThrow('on windows');
    await expect(run({ over: 'rows', fill: 'none', limit: 5 })).rejects.toThrow('only the last value');
    await expect(run({ over: 'rows', fill: 'none' })).rejects.toThrow('limit');
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
  const aggregate = fc.constantFrom('sum', 'mean', 'median', 'max', 'min', 'last', 'count');
  const selection = fc.oneof(
    fc.record({
      field: number,
      aggregate,
      over: fc.option(number, { nil: undefined }),
      perSecond: fc.option(fc.boolean(), { nil: undefined }),
      perDay: fc.option(fc.boolean(), { nil: undefined }),
    }),
    fc.record({ field: fc.constant('version'), aggregate: fc.constantFrom('last', 'count') }),
  );
  const filter = fc.record({
    tag: fc.constantFrom('order', 'value0', 'host'),
    values: fc.option(fc.array(tagValue, { maxLength: 3 }), { nil: undefined }),
    variable: fc.option(fc.constantFrom('one', 'two', 'none'), { nil: undefined }),
    not: fc.option(fc.boolean(), { nil: undefined }),
  });
  const having = fc.record({
    select: number,
    above: fc.option(fc.integer({ min: -5, max: 30 }), { nil: undefined }),
    below: fc.integer({ min: -5, max: 30 }),
  });
  const newest = fc.record({
    select: fc.uniqueArray(
      fc.record({ field: fc.oneof(number, fc.constant('version')), aggregate: fc.constant('last') }),
      { minLength: 1, maxLength: 3, selector: ({ field }) => field },
    ),
    where: fc.array(filter, { maxLength: 2 }),
    groupBy: fc.subarray(['order', 'value0', 'host']),
    over: fc.constant('rows'),
    fill: fc.constant('none'),
    limit: fc.integer({ min: 1, max: 8 }),
    having: fc.option(having, { nil: undefined }),
  });
  const questions = fc.record({
    select: fc.array(selection, { minLength: 1, maxLength: 3 }),
    where: fc.array(filter, { maxLength: 2 }),
    groupBy: fc.subarray(['order', 'value0', 'host']),
    over: fc.constantFrom('windows', 'range'),
    perSeries: fc.option(aggregate, { nil: undefined }),
    fill: fc.constantFrom('none', 'null', 'zero', 'previous'),
    top: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    having: fc.option(having, { nil: undefined }),
  });
  const variables = { one: ['a', `'`], two: ['h1'] };

  test('gives the numbers of the naive answer', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        points,
        fc.oneof({ arbitrary: questions, weight: 3 }, { arbitrary: newest, weight: 1 }),
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
          const { having: condition, ...rest } = question;
          // The inner aggregate of a text can only be its last value.
          const isText = question.select.some(({ field }) => field === 'version');
          const perSeries = 'perSeries' in rest && !isText ? rest.perSeries : undefined;
          const isComparable =
            question.over !== 'windows' &&
            perSeries === undefined &&
            question.select.some(({ field }) => field === condition?.select);
          const panel = {
            ...rest,
            measurement: load,
            minWindowSeconds: 1,
            perSeries,
            ...(isComparable ? { having: [condition] } : {}),
          } as unknown as PanelQuery;
          const range = { fromMs: start + from * 1000, toMs: start + (from + length) * 1000, windowMs };
          const found = await store.queries.run(panel, range, variables);
          expect(rounded(found), JSON.stringify(question)).toEqual(rounded(answer(stored, panel, range, variables)));
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
