// The InfluxQL of panel queries: the text itself, what is refused, and how macros and variables are put in.
import { describe, expect, test } from 'vitest';
import { influxqlOf, tagValuesInfluxql } from '../../src/grafana/influxql.ts';
import { interpolated } from '../../src/grafana/interpolate.ts';
import { counter, gauge, measurement, tag, text } from '../../src/model/catalogue.ts';
import { query } from '../../src/model/query.ts';
import type { PanelQuery } from '../../src/model/query.ts';

const calls = measurement({
  name: 'calls',
  help: 'For these tests.',
  tags: { trunk: tag('trunk'), kind: tag('kind') },
  fields: {
    tried: counter('calls', 'tried'),
    answered: counter('calls', 'answered'),
    open: gauge('calls', 'open'),
    note: text('a note'),
  },
});

function texts(asked: PanelQuery): string[] {
  return influxqlOf(asked).map((statement) => statement.text);
}

describe('a panel query as InfluxQL', () => {
  test.each<[string, PanelQuery, string]>([
    [
      'windows of groups, filtered by a variable',
      query(calls, {
        select: [{ field: 'tried', aggregate: 'sum' }],
        where: [{ tag: 'host', variable: 'host' }],
        groupBy: ['kind'],
        fill: 'zero',
      }),
      'SELECT sum("tried") AS "tried" FROM "calls" WHERE "host" =~ /^${host:regex}$/ AND $timeFilter GROUP BY time($__interval), "kind" fill(0)',
    ],
    [
      'a number of the whole range, with values that need escaping',
      query(calls, {
        select: [{ field: 'tried', aggregate: 'max', as: 'most' }],
        where: [{ tag: 'kind', values: ["o'brien", 'a\\b'] }],
        over: 'range',
      }),
      String.raw`SELECT max("tried") AS "most" FROM "calls" WHERE ("kind" = 'o\'brien' OR "kind" = 'a\\b') AND $timeFilter`,
    ],
    [
      'values left out',
      query(calls, {
        select: [{ field: 'open', aggregate: 'mean' }],
        where: [{ tag: 'kind', values: ['x', 'y'], not: true }],
        fill: 'none',
      }),
      `SELECT mean("open") AS "open" FROM "calls" WHERE ("kind" != 'x' AND "kind" != 'y') AND $timeFilter GROUP BY time($__interval) fill(none)`,
    ],
    [
      'values that begin so',
      query(calls, {
        select: [{ field: 'open', aggregate: 'max' }],
        where: [
          { tag: 'kind', prefixes: ['4', '5'] },
          { tag: 'trunk', prefixes: ['x'], values: ['y'], not: true },
        ],
        over: 'range',
      }),
      `SELECT max("open") AS "open" FROM "calls" WHERE "kind" =~ /^(4|5)/ AND ("trunk" != 'y' AND "trunk" !~ /^(x)/) AND $timeFilter`,
    ],
    [
      'a value or the choice of a variable',
      query(calls, {
        select: [{ field: 'open', aggregate: 'last' }],
        where: [{ tag: 'kind', values: ['x'], variable: 'kind' }],
        over: 'range',
      }),
      `SELECT last("open") AS "open" FROM "calls" WHERE ("kind" = 'x' OR "kind" =~ /^$\{kind:regex}$/) AND $timeFilter`,
    ],
    [
      'rates of a window and of the range',
      query(calls, { select: [{ field: 'tried', aggregate: 'sum', perSecond: true }] }),
      'SELECT sum("tried") * 1000 / $__interval_ms AS "tried" FROM "calls" WHERE $timeFilter GROUP BY time($__interval) fill(null)',
    ],
    [
      'the last value of each series, then their sum',
      query(calls, { select: [{ field: 'open', aggregate: 'sum' }], over: 'range', perSeries: 'last' }),
      'SELECT sum("_value0") AS "open" FROM (SELECT last("open") AS "_value0" FROM "calls" WHERE $timeFilter GROUP BY "trunk", "kind", "host", "instance") WHERE $timeFilter',
    ],
    [
      'the newest points, with a condition on a field',
      query(calls, {
        select: [
          { field: 'note', aggregate: 'last', as: 'text' },
          { field: 'tried', aggregate: 'last' },
        ],
        where: [{ tag: 'host', variable: 'host' }],
        groupBy: ['kind'],
        over: 'rows',
        limit: 20,
        having: [{ select: 'tried', above: 0 }],
      }),
      'SELECT "kind", "note" AS "text", "tried" AS "tried" FROM "calls" WHERE "host" =~ /^${host:regex}$/ AND "tried" > 0 AND $timeFilter ORDER BY time DESC LIMIT 20',
    ],
    [
      'groups that a condition keeps, one of them on a rate per day',
      query(calls, {
        select: [
          { field: 'tried', aggregate: 'sum', perDay: true, as: 'daily' },
          { field: 'open', aggregate: 'median' },
        ],
        groupBy: ['trunk'],
        over: 'range',
        having: [
          { select: 'daily', above: 5 },
          { select: 'open', above: 0.0000001, below: 600 },
        ],
      }),
      'SELECT "_value0" AS "daily", "_value1" AS "open" FROM (SELECT sum("tried") * 1.0 * 86400000 / (${__to} - ${__from}) AS "_value0", median("open") AS "_value1" FROM "calls" WHERE $timeFilter GROUP BY "trunk") WHERE "_value0" > 5 AND "_value1" > 0.0000001 AND "_value1" < 600 AND $timeFilter GROUP BY "trunk"',
    ],
    [
      'a state until the next one',
      query(calls, { select: [{ field: 'open', aggregate: 'last' }], groupBy: ['trunk'], fill: 'previous' }),
      'SELECT last("open") AS "open" FROM "calls" WHERE $timeFilter GROUP BY time($__interval), "trunk" fill(previous)',
    ],
    [
      'the greatest groups',
      query(calls, {
        select: [
          { field: 'tried', aggregate: 'sum' },
          { field: 'answered', aggregate: 'sum' },
        ],
        groupBy: ['trunk'],
        over: 'range',
        top: 5,
      }),
      'SELECT top("_value0", "trunk", 5) AS "tried", "_value1" AS "answered" FROM (SELECT sum("tried") AS "_value0", sum("answered") AS "_value1" FROM "calls" WHERE $timeFilter GROUP BY "trunk") WHERE $timeFilter',
    ],
  ])('%s', (_, asked, expected) => {
    expect(texts(asked)).toEqual([expected]);
  });

  test('ratios stand in a statement of their own, which leaves out rows without a divisor', () => {
    const asked = query(calls, {
      select: [
        { field: 'tried', aggregate: 'sum' },
        { field: 'answered', aggregate: 'sum', over: 'tried', as: 'ratio' },
      ],
      over: 'range',
    });
    expect(influxqlOf(asked)).toEqual([
      { text: 'SELECT sum("tried") AS "tried" FROM "calls" WHERE $timeFilter', selections: [0] },
      {
        text: 'SELECT sum("_value0") / sum("_under") AS "ratio" FROM (SELECT sum("answered") AS "_value0", sum("tried") AS "_under" FROM "calls" WHERE $timeFilter) WHERE "_under" > 0 AND $timeFilter',
        selections: [1],
      },
    ]);
  });

  test.each<[string, PanelQuery, RegExp]>([
    ['nothing selected', query(calls, { select: [] }), /nothing is selected/],
    [
      'two columns of one name',
      query(calls, {
        select: [
          { field: 'open', aggregate: 'max' },
          { field: 'open', aggregate: 'min' },
        ],
      }),
      /one name/,
    ],
    [
      'a variable turned round, because its All would keep nothing',
      query(calls, {
        select: [{ field: 'open', aggregate: 'max' }],
        where: [{ tag: 'kind', variable: 'kind', not: true }],
      }),
      /variable kind/,
    ],
    [
      'the last of series that have one time',
      query(calls, { select: [{ field: 'open', aggregate: 'last' }], perSeries: 'last' }),
      /no last one/,
    ],
    [
      'counts of empty windows as null, because InfluxDB says 0',
      query(calls, { select: [{ field: 'open', aggregate: 'count' }] }),
      /is 0 in InfluxDB/,
    ],
    [
      'counts of empty windows as the count before, because InfluxDB says 0',
      query(calls, { select: [{ field: 'open', aggregate: 'count' }], fill: 'previous' }),
      /is 0 in InfluxDB/,
    ],
    [
      'a ratio until the next one, because InfluxDB carries each of its sides alone',
      query(calls, { select: [{ field: 'answered', aggregate: 'sum', over: 'tried' }], fill: 'previous' }),
      /each of its sides/,
    ],
    [
      'points without a limit',
      query(calls, { select: [{ field: 'note', aggregate: 'last' }], over: 'rows' }),
      /need a limit/,
    ],
    [
      'sums of single points',
      query(calls, { select: [{ field: 'tried', aggregate: 'sum' }], over: 'rows', limit: 5 }),
      /only the last value/,
    ],
    [
      'a limit of groups',
      query(calls, { select: [{ field: 'tried', aggregate: 'sum' }], over: 'range', limit: 5 }),
      /can have a limit/,
    ],
    [
      'a condition on windows',
      query(calls, { select: [{ field: 'tried', aggregate: 'sum' }], having: [{ select: 'tried', above: 1 }] }),
      /on windows/,
    ],
    [
      'a condition on what is not selected',
      query(calls, {
        select: [{ field: 'tried', aggregate: 'sum', as: 'all' }],
        over: 'range',
        having: [{ select: 'tried', above: 1 }],
      }),
      /is not selected/,
    ],
    [
      'a condition on a text',
      query(calls, {
        select: [{ field: 'note', aggregate: 'last' }],
        over: 'range',
        having: [{ select: 'note', above: 1 }],
      }),
      /compares the text/,
    ],
    [
      'a condition without a number',
      query(calls, {
        select: [{ field: 'tried', aggregate: 'sum' }],
        over: 'range',
        having: [{ select: 'tried' }],
      }),
      /has no number/,
    ],
    [
      'a condition over numbers and ratios, which stand in two statements',
      query(calls, {
        select: [
          { field: 'tried', aggregate: 'sum' },
          { field: 'answered', aggregate: 'sum', over: 'tried', as: 'ratio' },
        ],
        over: 'range',
        having: [{ select: 'tried', above: 1 }],
      }),
      /cannot mix/,
    ],
    [
      'a text filled with zero',
      query(calls, { select: [{ field: 'note', aggregate: 'last' }], fill: 'zero' }),
      /has no zero/,
    ],
    [
      'a filter without anything to compare with',
      query(calls, { select: [{ field: 'open', aggregate: 'max' }], where: [{ tag: 'kind' }] }),
      /neither values nor a variable/,
    ],
    [
      'a beginning that means something in an expression',
      query(calls, { select: [{ field: 'open', aggregate: 'max' }], where: [{ tag: 'kind', prefixes: ['4', '.*'] }] }),
      /prefix of the tag kind/,
    ],
    [
      'a value that Grafana would read as a variable',
      query(calls, { select: [{ field: 'open', aggregate: 'max' }], where: [{ tag: 'kind', values: ['$host'] }] }),
      /cannot be a value/,
    ],
  ])('refuses %s', (_, asked, message) => {
    expect(() => influxqlOf(asked)).toThrow(message);
  });

  test('asks for the values of a tag within the time range', () => {
    expect(tagValuesInfluxql(calls, 'host')).toBe('SHOW TAG VALUES FROM "calls" WITH KEY = "host" WHERE $timeFilter');
  });
});

describe('macros and variables', () => {
  const range = { fromMs: 1000, toMs: 61_000, windowMs: 10_000 };

  test.each([
    ['WHERE $timeFilter', 'WHERE time >= 1000ms AND time < 61000ms'],
    ['time($__interval)', 'time(10000ms)'],
    ['* 1000 / $__interval_ms', '* 1000 / 10000'],
    ['(${__to} - ${__from})', '(61000 - 1000)'],
    ['=~ /^${all:regex}$/', '=~ /^.*$/'],
    ['=~ /^${one:regex}$/', String.raw`=~ /^a\/b\.c$/`],
    ['=~ /^${two:regex}$/', String.raw`=~ /^(x|\$timeFilter)$/`],
  ])('%s becomes %s', (given, expected) => {
    const variables = { one: ['a/b.c'], two: ['x', '$timeFilter'] };
    expect(interpolated(given, range, variables)).toBe(expected);
  });

  test.each(['$host', '${host}', '${host:csv}', '$__unknown'])('refuses %s', (given) => {
    expect(() => interpolated(`"host" = ${given}`, range, {})).toThrow('explicit format');
  });
});
