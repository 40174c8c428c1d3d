// The page's modules without a browser: tones, ranges, addresses, names and columns of charts.
import { describe, expect, test } from 'vitest';
import { addressText, readAddress } from '../../src/web/public/address.ts';
import { chartData, figuresOf, lonelyPoints } from '../../src/web/public/chart-data.ts';
import { curvesOf, entriesOf } from '../../src/web/public/panel-data.ts';
import type { Answered } from '../../src/web/public/panel-data.ts';
import { ColourBook, seriesName } from '../../src/web/public/series-names.ts';
import { tableOf } from '../../src/web/public/table-data.ts';
import {
  absolute,
  labelOf,
  lastSeconds,
  openingRange,
  shifted,
  spanOf,
  timeOf,
  zoomedOut,
} from '../../src/web/public/time-range.ts';
import { toneOf, valueTextOf } from '../../src/web/public/tones.ts';
import type { QueryDefinition, TimeseriesDefinition } from '../../src/web/public/wire.ts';
import { windowFor } from '../../src/web/windows.ts';

const nowMs = Date.UTC(2026, 10, 21, 15);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

describe('tones', () => {
  test('a tone is the last step that the value reaches', () => {
    const steps = [{ tone: 'good' }, { from: 10, tone: 'warning' }, { from: 20, tone: 'critical' }] as const;
    expect([-1, 9.9, 10, 19, 20, 1e9].map((value) => toneOf(value, steps))).toEqual([
      'good',
      'good',
      'warning',
      'warning',
      'critical',
      'critical',
    ]);
    expect([toneOf(null, steps), toneOf(5, undefined)]).toEqual(['neutral', 'neutral']);
    expect(valueTextOf(1, [{ value: 1, text: 'Up', tone: 'good' }])?.text).toBe('Up');
  });
});

describe('time ranges', () => {
  test.each([
    ['now', nowMs],
    ['now-6h', nowMs - 6 * hourMs],
    ['now-90s', nowMs - 90_000],
    ['now-2w', nowMs - 14 * dayMs],
    ['1795000000000', 1_795_000_000_000],
    ['2026-11-21T15:00:00Z', nowMs],
    ['2026-11-21T15:00Z', nowMs],
    ['2026-13-41T15:00Z', undefined],
    ['now/x', undefined],
    ['now+1h', undefined],
    ['now-', undefined],
    ['-5', undefined],
    ['yesterday', undefined],
    ['1e9', undefined],
  ])('%s', (text, expected) => {
    expect(timeOf(text, nowMs)).toBe(expected);
  });

  test('days and weeks are those of the calendar', () => {
    const noon = new Date(2026, 10, 19, 12, 30).getTime();
    const local = (day: number, month = 10): number => new Date(2026, month, day).getTime();
    expect(spanOf({ from: 'now/d', to: 'now' }, noon)).toEqual({ fromMs: local(19), toMs: noon });
    expect(spanOf({ from: 'now-1d/d', to: 'now-1d/d' }, noon)).toEqual({ fromMs: local(18), toMs: local(19) });
    expect(spanOf({ from: 'now/w', to: 'now/w' }, noon)).toEqual({ fromMs: local(16), toMs: local(23) });
    expect(spanOf({ from: 'now-1w/w', to: 'now-1w/w' }, local(22))).toEqual({ fromMs: local(9), toMs: local(16) });
    expect(labelOf({ from: 'now-1d/d', to: 'now-1d/d' })).toBe('Yesterday');
  });

  test('a range needs an end after its beginning', () => {
    expect(spanOf({ from: 'now-1h', to: 'now' }, nowMs)).toEqual({ fromMs: nowMs - hourMs, toMs: nowMs });
    expect(spanOf({ from: 'now', to: 'now-1h' }, nowMs)).toBeUndefined();
    expect(spanOf({ from: 'now', to: 'now' }, nowMs)).toBeUndefined();
    expect(spanOf({ from: 'x', to: 'now' }, nowMs)).toBeUndefined();
  });

  test('seconds become the largest whole unit', () => {
    expect([90, 300, 21_600, 86_400, 604_800].map((seconds) => lastSeconds(seconds).from)).toEqual([
      'now-90s',
      'now-5m',
      'now-6h',
      'now-1d',
      'now-7d',
    ]);
  });

  test('zooming out doubles the range and does not go beyond now', () => {
    const span = { fromMs: nowMs - 2 * hourMs, toMs: nowMs };
    expect(zoomedOut(span, nowMs)).toEqual(absolute(nowMs - 4 * hourMs, nowMs));
    const past = { fromMs: nowMs - 10 * hourMs, toMs: nowMs - 8 * hourMs };
    expect(zoomedOut(past, nowMs)).toEqual(absolute(nowMs - 11 * hourMs, nowMs - 7 * hourMs));
    expect(shifted(past, -1)).toEqual(absolute(nowMs - 11 * hourMs, nowMs - 9 * hourMs));
  });

  test('a range is named in words', () => {
    expect(labelOf({ from: 'now-6h', to: 'now' })).toBe('Last 6 hours');
    expect(labelOf({ from: 'now-45m', to: 'now' })).toBe('Last 45 minutes');
  });

  test.each([
    ['nothing is stored', undefined, { from: 'now-1d', to: 'now' }],
    ['a minute is stored', { fromMs: nowMs - 60_000, toMs: nowMs }, { from: 'now-5m', to: 'now' }],
    ['two hours are stored', { fromMs: nowMs - 2 * hourMs, toMs: nowMs }, { from: 'now-3h', to: 'now' }],
    ['a week is stored', { fromMs: nowMs - 7 * dayMs, toMs: nowMs }, { from: 'now-1d', to: 'now' }],
    [
      'only an old archive is stored',
      { fromMs: nowMs - 400 * dayMs, toMs: nowMs - 399 * dayMs },
      absolute(nowMs - 400 * dayMs, nowMs - 399 * dayMs + 60_000),
    ],
  ])('a dashboard of a day opens with what is there: %s', (_, stored, expected) => {
    expect(openingRange(86_400, stored, nowMs)).toEqual(expected);
  });

  test.each([
    [6 * hourMs, 400, 10, 60_000],
    [hourMs, 400, 10, 10_000],
    [hourMs, 2000, 1, 2000],
    [300_000, 400, 60, 60_000],
    [30 * dayMs, 400, 10, 2 * hourMs],
    [hourMs, 300, 15, 15_000],
    [hourMs, 100, 45, 45_000],
    [20 * 364 * dayMs, 10, 10, 728 * dayMs],
    [40 * 364 * dayMs, 10, 10, 1456 * dayMs],
  ])('a range of %d ms in %d points of at least %d s has windows of %d ms', (range, points, least, expected) => {
    const width = windowFor(range, points, least);
    expect(width % (least * 1000)).toBe(0);
    expect(range / width).toBeLessThanOrEqual(points);
    expect(width).toBe(expected);
  });
});

describe('addresses', () => {
  test.each([
    '/status',
    '/d/sb-avaya',
    '/d/sb-avaya?from=now-6h&to=now&refresh=5s',
    '/d/sb-avaya?from=1795000000000&to=1795003600000&refresh=off&var-host=cm1&var-host=cm2&var-event=%3Cimg+src%3Dx%3E',
    '/d/a%2Fb%3Fc',
    '/d/sb-sip?from=now-6h&to=now&hide=alerts&hide=restarts&viewPanel=12',
  ])('%s reads back as it was written', (text) => {
    const url = new URL(text, 'http://localhost');
    expect(addressText(readAddress(url.pathname, url.search))).toBe(text);
  });

  test('parts that make no sense are left out, and nothing throws', () => {
    expect(readAddress('/elsewhere', '')).toMatchObject({ view: 'start', range: undefined });
    expect(readAddress('/d/%E0%A4%A', '?refresh=x').uid).toBe('%E0%A4%A');
    expect(readAddress('/d/x', '?refresh=x').refreshSeconds).toBeUndefined();
    expect(readAddress('/d/x', '?viewPanel=-1').viewPanel).toBeUndefined();
  });
});

describe('answers as curves, bars and rows', () => {
  const byTag: QueryDefinition = {
    over: 'windows',
    groupBy: ['event', 'host'],
    select: [{ name: 'count', isCount: true, isText: false }],
  };
  const panel = {
    type: 'timeseries',
    id: 1,
    queries: [byTag],
    draw: 'bars',
    stacked: true,
  } as unknown as TimeseriesDefinition;
  const answered = (
    times: readonly number[],
    groups: readonly [readonly string[], readonly (number | null)[]][],
  ): Answered => ({
    query: byTag,
    answer: {
      fromMs: 0,
      toMs: 100,
      windowMs: 10,
      times,
      series: groups.map(([group, values]) => ({ group, values: [values] })),
    },
  });

  test('queries share one axis, and a window that one does not have is a gap', () => {
    const { times, curves } = curvesOf(panel, [
      answered(
        [0, 20],
        [
          [
            ['a', 'h'],
            [1, 2],
          ],
        ],
      ),
      answered(
        [10, 20],
        [
          [
            ['b', 'h'],
            [3, null],
          ],
        ],
      ),
    ]);
    expect(times).toEqual([0, 10, 20]);
    expect(curves.map(({ name, values }) => [name, values])).toEqual([
      ['a · h', [1, null, 2]],
      ['b · h', [null, 3, null]],
    ]);
  });

  test('stacked parts add up: a bar without a value is none, an area goes on below it', () => {
    const { curves } = curvesOf(panel, [
      answered(
        [0, 10],
        [
          [
            ['a', ''],
            [1, null],
          ],
          [
            ['b', ''],
            [4, 5],
          ],
        ],
      ),
    ]);
    expect(chartData([0, 10], curves, panel).columns).toEqual([
      [1, null],
      [5, 5],
    ]);
    expect(chartData([0, 10], curves, { stacked: true, draw: 'lines' }).columns).toEqual([
      [1, 0],
      [5, 5],
    ]);
    const gaps = curves.map((curve) => ({ ...curve, values: [null, 2] }));
    expect(chartData([0, 10], gaps, { stacked: true, draw: 'lines' }).columns).toEqual([
      [null, 2],
      [null, 4],
    ]);
    expect(lonelyPoints([null, 1, null, 2, 3, null, 4], 0, 6)).toEqual([1, 6]);
    expect(chartData([0, 10], curves, { stacked: false, draw: 'lines' }).columns).toEqual([
      [1, null],
      [4, 5],
    ]);
    const [, second] = curves;
    const facing = { stacked: false, draw: 'lines', mirrored: [second?.name ?? ''] } as const;
    expect(chartData([0, 10], curves, facing).columns).toEqual([
      [1, null],
      [-4, -5],
    ]);
    expect(figuresOf([1, null, 5, 3])).toEqual({ last: 3, max: 5, mean: 3, total: 9 });
    expect(figuresOf([null])).toEqual({ last: null, max: null, mean: null, total: null });
  });

  test('names come from the legend or the group, and stay apart', () => {
    expect(seriesName(byTag, ['1934', 'cm1'], 0, undefined)).toBe('1934 · cm1');
    expect(seriesName(byTag, ['1934', ''], 0, '{event} on {host}: {name} {missing}')).toBe(
      '1934 on (none): count {missing}',
    );
    expect(seriesName({ ...byTag, groupBy: [] }, [], 0, undefined)).toBe('count');
    const names = entriesOf(panel, [answered([0], [[['a', 'h'], [1]]]), answered([0], [[['a', 'h'], [2]]])]).map(
      ({ name }) => name,
    );
    expect(new Set(names).size).toBe(2);
  });

  test('tables join queries with the same tags into one row', () => {
    const files: QueryDefinition = {
      over: 'range',
      groupBy: ['host'],
      select: [{ name: 'files', isCount: true, isText: false }],
    };
    const backup: QueryDefinition = {
      over: 'range',
      groupBy: ['host'],
      select: [{ name: 'version', isCount: false, isText: true }],
    };
    const answer = (series: readonly [string, number | string][]): Answered['answer'] => ({
      fromMs: 0,
      toMs: 1,
      windowMs: 1,
      times: [],
      series: series.map(([host, value]) => ({ group: [host], values: [[value]] })),
    });
    const table = tableOf([
      {
        query: files,
        answer: answer([
          ['cm1', 5],
          ['cm2', 6],
        ]),
      },
      { query: backup, answer: answer([['cm2', '2.0']]) },
    ]);
    expect(table.columns.map(({ key }) => key)).toEqual(['host', 'files', 'version']);
    expect(table.rows).toEqual([
      ['cm1', 5, null],
      ['cm2', 6, '2.0'],
    ]);
  });

  test('a name keeps its colour when others come and go', () => {
    const book = new ColourBook();
    book.enter(['a', 'b']);
    book.enter(['c', 'b']);
    expect(['a', 'b', 'c'].map((name) => book.colourOf(name))).toEqual([0, 1, 2]);
  });
});
