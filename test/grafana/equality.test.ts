// The same question asked of InfluxDB, in the InfluxQL of the dashboards, and of the embedded store, in its SQL, gets
// the same numbers: every query of every panel and alert, and a table of everything that a query can ask for.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measurementsOf } from '../../src/app/catalogue.ts';
import { allAlertRules, allDashboards } from '../../src/app/generated.ts';
import { families } from '../../src/app/registry.ts';
import { influxqlOf, isRanked, tagValuesInfluxql } from '../../src/grafana/influxql.ts';
import { interpolated } from '../../src/grafana/interpolate.ts';
import { counter, gauge, measurement, storedTagNames, tag, text } from '../../src/model/catalogue.ts';
import type { Measurement } from '../../src/model/catalogue.ts';
import { encodePoint } from '../../src/model/line-protocol.ts';
import type { Point } from '../../src/model/line-protocol.ts';
import { annotations } from '../../src/grafana/annotations.ts';
import { hasPointTime } from '../../src/model/query-rules.ts';
import type { Output } from '../../src/model/output.ts';
import { query } from '../../src/model/query.ts';
import type { PanelQuery, QueryRange, ResultRow, VariableValues } from '../../src/model/query.ts';
import { duckdb } from '../../src/outputs/duckdb/index.ts';
import { hasInfluxd, startInfluxd } from '../support/influxd.ts';
import type { Influxd } from '../support/influxd.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Fields of every kind, for the table of queries. */
const everything = measurement({
  name: 'every_kind',
  help: 'For this test.',
  tags: { kind: tag('kind'), line: tag('line; some points have none') },
  fields: {
    tried: counter('calls', 'tried'),
    failed: counter('calls', 'failed; present in half of the points'),
    never: counter('calls', 'always zero'),
    open: gauge('calls', 'open', 'last', 'integer'),
    load: gauge('', 'load'),
    version: text('a version'),
  },
});

const measurements = [...measurementsOf(families), everything];
/** Tag values that need care in line protocol, InfluxQL, regular expressions and SQL. */
const kinds = ['plain', 'a b', "o'brien", 'x/y.z', 'q"uote', 'back\\slash', 'comma,=', 'ünï', '(a|b)*', '10.0.0.1'];
/** Texts that need care in line protocol, JSON and SQL, and that Grafana must not read as variables. */
const words = [
  'plain words',
  `it's "quoted"`,
  'back\\slash \\" and \\',
  'two\nlines\r\n',
  '🚀 ünï',
  '$host ${host:regex} [[host]]',
  '${x}',
  `'; DROP MEASUREMENT every_kind; --`,
];
const startMs = Date.UTC(2026, 0, 5, 12);
const pointsPerSeries = 40;

/** Numbers of a fixed sequence (mulberry32), so that each run stores the same points. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pointsOf(of: Measurement, seed: number): Point[] {
  const random = numbers(seed);
  const points: Point[] = [];
  for (let series = 0; series < 14; series++) {
    const tags = storedTagNames(of).map((name, index) => {
      if (name === 'host') return `host${series % 3}`;
      if (name === 'instance') return 'noc-1';
      if (name === 'status') return series % 2 === 0 ? 'firing' : 'resolved';
      // A tag that some series lack.
      return name === 'line' && series % 4 === 0 ? '' : (kinds[(series * (index + 1) + index) % kinds.length] ?? '');
    });
    for (let at = 0; at < pointsPerSeries; at++) {
      if (random() < 0.25) continue;
      const fields = of.fieldNames.map((name) => {
        if (name === 'never') return 0;
        // Most points are not taken back.
        if (name === 'void') return at % 5 === 0 ? 1 : 0;
        if (name === 'failed' && at % 2 === 0) return undefined;
        const { type } = of.fields[name]!;
        if (type === 'string') return words[Math.floor(random() * words.length)];
        return type === 'integer' ? Math.floor(random() * 1000) : Math.round(random() * 1e6) / 64;
      });
      points.push({ measurement: of, tags, timeMs: startMs + at * 15_000 + series, fields });
    }
  }
  return points;
}

const ranges: readonly (readonly [string, QueryRange])[] = [
  ['whole windows', { fromMs: startMs, toMs: startMs + 600_000, windowMs: 60_000 }],
  ['windows cut at both ends', { fromMs: startMs + 97_003, toMs: startMs + 431_000, windowMs: 30_000 }],
  ['nothing stored', { fromMs: startMs - 7_200_000, toMs: startMs - 3_600_000, windowMs: 60_000 }],
];

let influxd: Influxd;
let store: Output;

describe.skipIf(!hasInfluxd)('InfluxDB and the embedded store', () => {
  beforeAll(async () => {
    const lines = measurements.flatMap((of, index) => pointsOf(of, index + 1).map(encodePoint));
    influxd = await startInfluxd();
    await influxd.query('CREATE DATABASE "switchboard"');
    const answer = await fetch(`${influxd.url}/write?db=switchboard&precision=ms`, {
      method: 'POST',
      body: lines.join(''),
    });
    expect(answer.status, await answer.text()).toBe(204);
    store = await duckdb.open({
      options: { retentionDays: 0 },
      measurements,
      directory: temporaryFolder(),
      stdout: process.stdout,
    });
    const batch = { lines: Buffer.from(lines.join('')), points: lines.length };
    expect(await store.write(batch, new AbortController().signal)).toEqual({ kind: 'done', refused: [] });
  });

  afterAll(async () => {
    await store?.close();
    await influxd?.stop();
  });

  test.each(ranges)('agree on every query of every panel: %s', async (_, range) => {
    const dashboards = await allDashboards();
    let asked = 0;
    for (const dashboard of dashboards) {
      for (const panel of dashboard.sections.flatMap(({ panels }) => panels)) {
        for (const one of panel.queries) {
          const chosen = {
            host: ['host1', 'host2'],
            family: ['x/y.z', "o'brien", 'plain'],
            event: ['a b'],
            site: ['a b', 'q"uote', 'ünï', '10.0.0.1'],
            dev: ['plain', 'a b', 'back\\slash', '(a|b)*'],
          };
          for (const variables of [{}, chosen]) {
            await expectSame(`${dashboard.uid}: ${panel.title}`, one, range, variables);
            asked++;
          }
        }
      }
    }
    expect(asked).toBeGreaterThan(30);
  });

  test.each(ranges)('agree on every query of every alert rule: %s', async (_, range) => {
    const asked = (await allAlertRules()).flatMap(({ uid, measured, comparedWith, onlyIf }) =>
      [measured, comparedWith?.question, onlyIf?.question].flatMap((question) =>
        question === undefined ? [] : [{ uid, query: question.query }],
      ),
    );
    for (const { uid, query: one } of asked) await expectSame(uid, one, range, {});
    expect(asked.length).toBeGreaterThan(20);
  });

  test.each(ranges)('agree on every query of every annotation: %s', async (_, range) => {
    const own = (await allDashboards()).flatMap((dashboard) => dashboard.annotations ?? []);
    for (const { id, query: one } of [...annotations, ...own]) {
      await expectSame(id, one, range, {});
      expect((await fromStore(one, range, {})).length > 0, id).toBe(range.toMs > startMs);
    }
    expect(annotations.length).toBeGreaterThan(1);
  });

  const table: readonly (readonly [string, PanelQuery])[] = [
    ...(['sum', 'mean', 'median', 'max', 'min', 'last', 'count'] as const).flatMap((aggregate) => {
      const select = [
        { field: 'tried', aggregate, as: 'a' },
        { field: 'load', aggregate, as: 'b' },
        { field: 'failed', aggregate, as: 'c' },
      ] as const;
      return [
        [`${aggregate} of the range`, query(everything, { select, over: 'range' })],
        [`${aggregate} of groups`, query(everything, { select, over: 'range', groupBy: ['line', 'host'] })],
        [`${aggregate} of windows`, query(everything, { select, fill: 'zero', groupBy: ['kind'] })],
        [`${aggregate} of windows without filling`, query(everything, { select, fill: 'none', groupBy: ['line'] })],
      ] as const;
    }),
    [
      'null in empty windows',
      query(everything, { select: [{ field: 'failed', aggregate: 'sum' }], groupBy: ['line'], minWindowSeconds: 1 }),
    ],
    [
      'the newest text',
      query(everything, { select: [{ field: 'version', aggregate: 'last' }], over: 'range', groupBy: ['kind'] }),
    ],
    ...(['load', 'failed', 'version'] as const).flatMap((field) => {
      const select = [{ field, aggregate: 'last' }] as const;
      return [
        [`the time of the last ${field}`, query(everything, { select, over: 'range' })],
        [`the time of the last ${field} of groups`, query(everything, { select, over: 'range', groupBy: ['kind'] })],
        [`the last ${field} until the next one`, query(everything, { select, fill: 'previous', groupBy: ['kind'] })],
      ] as const;
    }),
    [
      'the value before in each column',
      query(everything, {
        select: [
          { field: 'failed', aggregate: 'sum' },
          { field: 'version', aggregate: 'last' },
          { field: 'tried', aggregate: 'sum', perSecond: true },
          { field: 'load', aggregate: 'median' },
        ],
        groupBy: ['host', 'line'],
        fill: 'previous',
      }),
    ],
    [
      'the newest points, texts and numbers',
      query(everything, {
        select: [
          { field: 'version', aggregate: 'last', as: 'words' },
          { field: 'failed', aggregate: 'last' },
          { field: 'load', aggregate: 'last' },
        ],
        groupBy: ['line', 'kind'],
        over: 'rows',
        limit: 37,
      }),
    ],
    [
      'the newest points that have a field which few have, beyond a number',
      query(everything, {
        select: [
          { field: 'version', aggregate: 'last' },
          { field: 'failed', aggregate: 'last', as: 'missed' },
        ],
        where: [{ tag: 'kind', variable: 'kind' }],
        over: 'rows',
        limit: 1000,
        having: [{ select: 'missed', above: 200, below: 800.5 }],
      }),
    ],
    ...([{ above: 9000 }, { below: 9000 }, { above: 5000, below: 12_000.25 }] as const).flatMap((limits) => [
      [
        `groups with ${JSON.stringify(limits)}`,
        query(everything, {
          select: [
            { field: 'tried', aggregate: 'sum' },
            { field: 'failed', aggregate: 'median' },
            { field: 'version', aggregate: 'last' },
          ],
          groupBy: ['kind', 'line'],
          over: 'range',
          having: [
            { select: 'tried', ...limits },
            { select: 'failed', above: 1 },
          ],
        }),
      ] as const,
      [
        `the greatest groups with ${JSON.stringify(limits)}`,
        query(everything, {
          select: [{ field: 'tried', aggregate: 'sum' }],
          groupBy: ['kind'],
          over: 'range',
          top: 3,
          having: [{ select: 'tried', ...limits }],
        }),
      ] as const,
    ]),
    [
      'ratios above a share',
      query(everything, {
        select: [{ field: 'failed', aggregate: 'sum', over: 'tried' }],
        groupBy: ['kind', 'line'],
        over: 'range',
        having: [{ select: 'failed', above: 0.4 }],
      }),
    ],
    [
      'last values above a number, with their time',
      query(everything, {
        select: [{ field: 'open', aggregate: 'last' }],
        groupBy: ['kind', 'host'],
        over: 'range',
        having: [{ select: 'open', above: 400 }],
      }),
    ],
    [
      'the greatest last values, with their time',
      query(everything, {
        select: [{ field: 'open', aggregate: 'last' }],
        groupBy: ['kind', 'host'],
        over: 'range',
        top: 4,
      }),
    ],
    [
      'rates per day above a number',
      query(everything, {
        select: [
          { field: 'failed', aggregate: 'sum', perDay: true, as: 'per day' },
          { field: 'load', aggregate: 'mean' },
        ],
        groupBy: ['line'],
        over: 'range',
        having: [{ select: 'per day', above: 500_000 }],
      }),
    ],
    ...(['sum', 'max', 'min', 'mean', 'median'] as const).flatMap((aggregate) => {
      const question = {
        select: [
          { field: 'open', aggregate, as: 'open' },
          { field: 'load', aggregate, as: 'load' },
        ],
        perSeries: 'last',
        groupBy: ['host'],
      } as const;
      return [
        [`${aggregate} of the last of each series`, query(everything, { ...question, over: 'range' })],
        [`${aggregate} of the last of each series by window`, query(everything, question)],
      ] as const;
    }),
    ...(['range', 'windows'] as const).flatMap((over) => [
      [
        `ratios, beside other numbers, ${over}`,
        query(everything, {
          select: [
            { field: 'tried', aggregate: 'sum' },
            { field: 'failed', aggregate: 'sum', over: 'tried', as: 'share' },
            { field: 'tried', aggregate: 'sum', over: 'never', as: 'impossible' },
          ],
          groupBy: ['kind'],
          over,
        }),
      ] as const,
      [
        `ratios filled with zero and per second, ${over}`,
        query(everything, {
          select: [{ field: 'failed', aggregate: 'max', over: 'tried', perSecond: true }],
          over,
          fill: 'zero',
        }),
      ] as const,
      [
        `rates, ${over}`,
        query(everything, { select: [{ field: 'tried', aggregate: 'sum', perSecond: true }], groupBy: ['host'], over }),
      ] as const,
      [
        `the greatest groups, ${over}`,
        query(everything, {
          select: [
            { field: 'tried', aggregate: 'sum' },
            { field: 'open', aggregate: 'max' },
          ],
          groupBy: ['kind', 'line'],
          top: 4,
          over,
        }),
      ] as const,
      [
        `the greatest ratios, ${over}`,
        query(everything, {
          select: [{ field: 'failed', aggregate: 'sum', over: 'tried' }],
          groupBy: ['kind'],
          top: 3,
          over,
        }),
      ] as const,
      [
        `the greatest rates, ${over}`,
        query(everything, {
          select: [{ field: 'tried', aggregate: 'sum', perSecond: true }],
          groupBy: ['kind'],
          top: 3,
          over,
        }),
      ] as const,
    ]),
    ...kinds.map(
      (kind) =>
        [
          `only ${kind}`,
          query(everything, {
            select: [{ field: 'tried', aggregate: 'sum' }],
            where: [{ tag: 'kind', values: [kind] }],
            groupBy: ['kind'],
            over: 'range',
          }),
        ] as const,
    ),
    [
      'all but some',
      query(everything, {
        select: [{ field: 'tried', aggregate: 'sum' }],
        where: [{ tag: 'line', values: ['plain', 'a b'], not: true }],
        groupBy: ['line'],
        over: 'range',
      }),
    ],
    ...[false, true].map(
      (not) =>
        [
          `${not ? 'all but ' : ''}those that begin so, or are one`,
          query(everything, {
            select: [{ field: 'tried', aggregate: 'sum' }],
            where: [{ tag: 'kind', prefixes: ['x', '10', 'back'], values: ["o'brien"], not }],
            groupBy: ['kind', 'line'],
            over: 'range',
          }),
        ] as const,
    ),
    [
      'those that begin so, or the choice of a variable',
      query(everything, {
        select: [{ field: 'tried', aggregate: 'sum' }],
        where: [{ tag: 'kind', prefixes: ['pl'], variable: 'kind' }],
        groupBy: ['kind'],
        fill: 'zero',
      }),
    ],
    [
      'some, or the choice of a variable',
      query(everything, {
        select: [{ field: 'tried', aggregate: 'sum' }],
        where: [
          { tag: 'kind', values: ['plain'], variable: 'kind' },
          { tag: 'line', variable: 'line' },
        ],
        groupBy: ['kind', 'line'],
        over: 'range',
      }),
    ],
  ];

  test.each(table)('agree on %s', async (what, one) => {
    for (const [, range] of ranges) {
      for (const variables of [{}, { kind: ["o'brien", '(a|b)*'], line: ['x/y.z', 'plain', 'back\\slash'] }]) {
        await expectSame(what, one, range, variables);
      }
    }
  });

  test.each(kinds)('a variable can choose %s', async (kind) => {
    const one = query(everything, {
      select: [{ field: 'tried', aggregate: 'sum' }],
      where: [{ tag: 'kind', variable: 'kind' }],
      groupBy: ['kind'],
      over: 'range',
    });
    const [, range] = ranges[0]!;
    await expectSame(kind, one, range, { kind: [kind] });
    expect(await fromStore(one, range, { kind: [kind] })).toHaveLength(1);
  });

  test('agree on the values of a tag', async () => {
    const [, range] = ranges[0]!;
    const [series] = await influxd.query(interpolated(tagValuesInfluxql(everything, 'kind'), range, {}), 'switchboard');
    const values = (series?.values ?? []).map(([, value]) => String(value));
    expect(values.toSorted()).toEqual((await store.queries!.tagValues(everything, 'kind', 100)).toSorted());
    expect(values).toHaveLength(kinds.length);
  });
});

async function fromStore(one: PanelQuery, range: QueryRange, variables: VariableValues): Promise<readonly ResultRow[]> {
  return store.queries!.run(one, range, variables);
}

/** Rows of InfluxDB by group and time, with the values of all statements in the order of the query's selections. */
async function fromInflux(one: PanelQuery, range: QueryRange, variables: VariableValues): Promise<ResultRow[]> {
  const rows = new Map<string, { group: string[]; timeMs: number; values: (number | string | null)[] }>();
  for (const { text, selections } of influxqlOf(one)) {
    for (const series of await influxd.query(interpolated(text, range, variables), 'switchboard')) {
      for (const row of series.values) {
        const cells = new Map(series.columns.map((name, index) => [name, row[index]]));
        // Ranked rows carry their tags as columns, others as tags of the series.
        const group = one.groupBy.map((name) => String(series.tags?.[name] ?? cells.get(name) ?? ''));
        const timeMs = one.over === 'windows' || hasPointTime(one) ? Number(row[0]) : range.fromMs;
        const key = JSON.stringify([group, timeMs]);
        const found = rows.get(key) ?? { group, timeMs, values: one.select.map(() => null) };
        rows.set(key, found);
        for (const index of selections) {
          const { as, field } = one.select[index]!;
          const value = cells.get(as ?? field) ?? null;
          found.values[index] = typeof value === 'boolean' ? String(value) : value;
        }
      }
    }
  }
  return [...rows.values()];
}

async function expectSame(what: string, one: PanelQuery, range: QueryRange, variables: VariableValues): Promise<void> {
  const stored = await fromStore(one, range, variables);
  const influx = await fromInflux(one, range, variables);
  const keyOf = ({ group, timeMs }: ResultRow): string => JSON.stringify([group, timeMs]);
  // A ratio without a divisor is no row in InfluxDB and a null in the store: both draw nothing.
  const hasNumber = ({ values }: ResultRow): boolean =>
    one.select.some((selection) => selection.over !== undefined) ? values.some((value) => value !== null) : true;
  // For curves InfluxQL gives every group; the store gives those with the greatest totals.
  const isChosen = ({ group }: ResultRow): boolean =>
    one.top === undefined || isRanked(one) || stored.some((row) => JSON.stringify(row.group) === JSON.stringify(group));
  const expected = stored.filter(hasNumber).map(keyOf).toSorted();
  expect(influx.filter(isChosen).filter(hasNumber).map(keyOf).toSorted(), what).toEqual(expected);
  // No two of the stored points have one time, so their order is fixed.
  if (one.over === 'rows') expect(influx.map(keyOf), what).toEqual(stored.map(keyOf));

  const byKey = new Map(influx.map((row) => [keyOf(row), row.values]));
  for (const row of stored) {
    for (const [index, value] of row.values.entries()) {
      // In a row that other fields fill, InfluxDB leaves out the count of a field without values.
      const nothing = one.select[index]?.aggregate === 'count' ? 0 : null;
      const other = byKey.get(keyOf(row))?.[index] ?? nothing;
      const place = `${what}: ${keyOf(row)} column ${index}`;
      if (typeof value === 'number' && typeof other === 'number') {
        expect(Math.abs(value - other), place).toBeLessThanOrEqual(Math.abs(value) * 1e-9);
      } else expect(other, place).toBe(value ?? nothing);
    }
  }
}
