// The data behind the page's panels without a browser: lanes, heat maps, bar charts, tables of points, Markdown, the
// order of alerts, finding dashboards, and round marks of scales.
import { describe, expect, test } from 'vitest';
import { categoriesOf, compareCategories } from '../../src/web/public/categories.ts';
import { compareBounds, heatCells, strengthOf } from '../../src/web/public/heatmap-cells.ts';
import { lanesOf, statesOf } from '../../src/web/public/lanes.ts';
import { readMarkdown, safeHref } from '../../src/web/public/markdown.ts';
import { homeOf } from '../../src/web/public/navigation.ts';
import { numberTicks, timeTicks } from '../../src/web/public/nice-steps.ts';
import { compareAlerts } from '../../src/web/public/panel-alertlist.ts';
import type { Answered } from '../../src/web/public/panel-data.ts';
import { dashboardsFor } from '../../src/web/public/switcher.ts';
import { firstOrder, sortedRows, tableOf } from '../../src/web/public/table-data.ts';
import { unknownValues } from '../../src/web/public/variable-picker.ts';
import type {
  AlertState,
  QueryAnswer,
  QueryDefinition,
  StateTimelineDefinition,
  StatusHistoryDefinition,
  TableDefinition,
  Value,
} from '../../src/web/public/wire.ts';

const span = { fromMs: 0, toMs: 100 };
const valueTexts = [
  { value: 1, text: 'Up', tone: 'good' },
  { value: 0, text: 'Down', tone: 'critical' },
] as const;
const timeline = { type: 'state-timeline', unit: 'none', valueTexts } as unknown as StateTimelineDefinition;
const history = { ...timeline, type: 'status-history' } as unknown as StatusHistoryDefinition;
const byWindow = (values: readonly (number | null)[]) => ({
  times: values.map((_, index) => index * 20),
  windowMs: 20,
  curves: [{ name: 'a', isCount: false, values }],
});

describe('lanes', () => {
  test('neighbours of one state are one stretch, a gap stays a gap, and the last ends with the range', () => {
    const [lane] = lanesOf(timeline, byWindow([1, 1, null, 0, 0, 1]), { fromMs: 10, toMs: 110 });
    expect(lane?.stretches).toEqual([
      { fromMs: 10, toMs: 40, text: 'Up', tone: 'good' },
      { fromMs: 60, toMs: 100, text: 'Down', tone: 'critical' },
      { fromMs: 100, toMs: 110, text: 'Up', tone: 'good' },
    ]);
  });

  test('a history keeps a cell for each window', () => {
    const [lane] = lanesOf(history, byWindow([1, 1, 0]), span);
    expect(lane?.stretches.map(({ text }) => text)).toEqual(['Up', 'Up', 'Down']);
  });

  test('the legend has the states that occur, with those that have no name after the others', () => {
    const lanes = lanesOf(timeline, byWindow([0, 7, 0]), span);
    expect(statesOf(timeline, lanes).map(({ text }) => text)).toEqual(['Down', '7']);
  });
});

const oneQuery = (changes: Partial<QueryDefinition>): QueryDefinition => ({
  over: 'range',
  groupBy: ['tag'],
  select: [{ name: 'count', isCount: true, isText: false }],
  ...changes,
});

const answerOf = (
  rows: readonly (readonly [group: readonly string[], values: readonly Value[], timeMs?: number])[],
): QueryAnswer => ({
  fromMs: 0,
  toMs: 100,
  windowMs: 100,
  times: rows.map(([, , timeMs = 0]) => timeMs),
  series: rows.map(([group, values]) => ({ group, values: values.map((value) => [value]) })),
});

describe('bar charts', () => {
  test('categories are in the order of the calendar, of size, and of the alphabet', () => {
    expect(['Sun', 'Wed', 'Mon'].toSorted(compareCategories)).toEqual(['Mon', 'Wed', 'Sun']);
    expect(['10', '9', '00', '23'].toSorted(compareCategories)).toEqual(['00', '9', '10', '23']);
    expect(['trunk-10', 'trunk-9', 'monitor', 'alpha'].toSorted(compareCategories)).toEqual([
      'alpha',
      'monitor',
      'trunk-9',
      'trunk-10',
    ]);
  });

  test('several numbers stand side by side, and a missing one is missing', () => {
    const query = oneQuery({
      select: [
        { name: 'raised', isCount: true, isText: false },
        { name: 'resolved', isCount: true, isText: false },
      ],
    });
    const answered: Answered[] = [
      {
        query,
        answer: answerOf([
          [['2'], [5, null]],
          [['1'], [3, 4]],
        ]),
      },
    ];
    expect(categoriesOf(answered)).toEqual({
      names: ['1', '2'],
      numbers: [
        { name: 'raised', values: [3, 5] },
        { name: 'resolved', values: [4, null] },
      ],
    });
  });
});

describe('heat maps', () => {
  test('bounds are in order of size, without end last', () => {
    expect(['+Inf', '10', '2.5', '0.1', 'inf', 'odd'].toSorted(compareBounds)).toEqual([
      '0.1',
      '2.5',
      '10',
      '+Inf',
      'inf',
      'odd',
    ]);
  });

  test('cells are as strong as they count, and empty ones are not drawn', () => {
    const answer = {
      ...answerOf([
        [['5'], [4]],
        [['1'], [0]],
      ]),
      times: [0],
    };
    const cells = heatCells([{ query: oneQuery({ over: 'windows' }), answer }]);
    expect(cells.rows.map(({ name }) => name)).toEqual(['1', '5']);
    expect(cells.max).toBe(4);
    expect([strengthOf(0, 4), strengthOf(null, 4), strengthOf(4, 4)]).toEqual([0, 0, 1]);
    expect(strengthOf(1, 4)).toBeGreaterThan(strengthOf(0.5, 4));
  });
});

describe('tables', () => {
  const points = oneQuery({
    over: 'rows',
    groupBy: ['severity'],
    select: [{ name: 'summary', isCount: false, isText: true }],
  });
  const twoPoints = answerOf([
    [['critical'], ['second'], 20],
    [['critical'], ['first'], 10],
  ]);

  test('points with the same tags stay a row each, with their time where the panel names it', () => {
    const table = tableOf([{ query: points, answer: twoPoints }], { columns: { time: {} } });
    expect(table.columns.map(({ key, kind }) => [key, kind])).toEqual([
      ['time', 'time'],
      ['severity', 'tag'],
      ['summary', 'value'],
    ]);
    expect(table.rows).toEqual([
      [20, 'critical', 'second'],
      [10, 'critical', 'first'],
    ]);
    expect(tableOf([{ query: points, answer: twoPoints }], {}).columns.map(({ key }) => key)).not.toContain('time');
    expect(firstOrder({ columns: { time: {} } } as unknown as TableDefinition, table, [])).toEqual({
      key: 'time',
      isDescending: true,
    });
  });

  test('a group whose value has no time of its own shows none', () => {
    const answer = answerOf([
      [['a'], [1], 0],
      [['b'], [2], 70],
    ]);
    const table = tableOf([{ query: oneQuery({}), answer }], { columns: { time: {} } });
    expect(table.rows).toEqual([
      ['a', 1, null],
      ['b', 2, 70],
    ]);
  });

  test('words are ordered with the numbers in them, and missing values come last both ways', () => {
    const data = {
      columns: [{ key: 'peer', kind: 'tag', isText: true } as const],
      rows: [['trunk-10'], [null], ['trunk-9']],
    };
    const by = (isDescending: boolean): unknown => sortedRows(data, { key: 'peer', isDescending }).flat();
    expect(by(false)).toEqual(['trunk-9', 'trunk-10', null]);
    expect(by(true)).toEqual(['trunk-10', 'trunk-9', null]);
  });
});

describe('Markdown', () => {
  test('paragraphs, lists, bold, code and links are read; markup stays text', () => {
    expect(
      readMarkdown(
        '# Head\n\nOne **two** `three`\nfour [five](/d/x) <b>six</b>\n- a\n- b\n  more\n\n2. c\n[bad](javascript:x) **open',
      ),
    ).toEqual([
      { kind: 'heading', content: [{ kind: 'text', text: 'Head' }] },
      {
        kind: 'paragraph',
        content: [
          { kind: 'text', text: 'One ' },
          { kind: 'bold', text: 'two' },
          { kind: 'text', text: ' ' },
          { kind: 'code', text: 'three' },
          { kind: 'text', text: ' four ' },
          { kind: 'link', text: 'five', href: '/d/x' },
          { kind: 'text', text: ' <b>six</b>' },
        ],
      },
      {
        kind: 'list',
        isOrdered: false,
        items: [[{ kind: 'text', text: 'a' }], [{ kind: 'text', text: 'b more' }]],
      },
      { kind: 'list', isOrdered: true, items: [[{ kind: 'text', text: 'c' }]] },
      { kind: 'paragraph', content: [{ kind: 'text', text: '[bad](javascript:x) **open' }] },
    ]);
  });

  test.each([
    ['/d/sb-sip?from=now-6h', true],
    ['https://example.org/a?b', true],
    ['http://example.org', true],
    ['//evil.example', false],
    ['/\\evil.example', false],
    ['javascript:alert(1)', false],
    ['data:text/html,x', false],
    [' https://example.org', false],
    ['https://example.org/a b', false],
  ])('%j can be followed: %j', (href, isSafe) => {
    expect(safeHref(href) !== undefined).toBe(isSafe);
  });

  test('marks without their partners are text', () => {
    const text = '[**`'.repeat(500);
    expect(readMarkdown(text)).toHaveLength(1);
  });
});

test('firing comes before pending, severe before mild, silenced after, the longest first', () => {
  const alert = (title: string, changes: Partial<AlertState>): AlertState => ({
    ruleUid: 'r',
    title,
    severity: 'warning',
    state: 'firing',
    activeSinceMs: 10,
    labels: {},
    summary: '',
    value: null,
    dashboard: null,
    panel: null,
    silencedUntilMs: null,
    ...changes,
  });
  const sorted = [
    alert('pending', { state: 'pending', severity: 'critical' }),
    alert('silenced', { severity: 'critical', silencedUntilMs: 99 }),
    alert('later', { activeSinceMs: 20 }),
    alert('earlier', {}),
    alert('critical', { severity: 'critical' }),
    alert('odd', { severity: 'odd' }),
  ].toSorted(compareAlerts);
  expect(sorted.map(({ title }) => title)).toEqual(['critical', 'earlier', 'later', 'odd', 'silenced', 'pending']);
});

test('dashboards are found by all words, titles first', () => {
  const list = [
    { uid: 'a', title: 'Overview', description: 'SIP and more', folder: 'Switchboard' },
    { uid: 'b', title: 'SIP signalling', description: '', folder: 'Telephony' },
  ];
  expect(dashboardsFor(list, 'sip').map(({ uid }) => uid)).toEqual(['b', 'a']);
  expect(dashboardsFor(list, 'sip tele').map(({ uid }) => uid)).toEqual(['b']);
  expect(dashboardsFor(list, 'none')).toEqual([]);
  expect(homeOf({ hasStore: true, dashboards: list })).toBe('a');
  expect(homeOf({ hasStore: true, dashboards: [...list, { ...list[0]!, uid: 'sb-overview' }] })).toBe('sb-overview');
  expect(homeOf({ hasStore: false, dashboards: list })).toBeUndefined();
});

test('a chosen value is only called unknown when all values are known', () => {
  expect(unknownValues(['a', 'b'], ['b', 'c'])).toEqual(['a']);
  expect(unknownValues(['a'], undefined)).toEqual([]);
  expect(unknownValues(['a'], [])).toEqual([]);
  expect(
    unknownValues(
      ['a'],
      Array.from({ length: 1000 }, (_, index) => String(index)),
    ),
  ).toEqual([]);
});

test('marks of scales are round and cover what is drawn', () => {
  expect(numberTicks(0, 9, 5, true)).toEqual([0, 2, 4, 6, 8, 10]);
  expect(numberTicks(0, 1, 4, true)).toEqual([0, 1]);
  expect(numberTicks(-3, 0.5, 4, false)).toEqual([-3, -2, -1, 0, 1]);
  expect(numberTicks(0, 0, 4, false).at(0)).toBe(0);
  for (const days of [0.01, 1, 30, 365, 3650, 20 * 365]) {
    const fromMs = Date.UTC(2026, 0, 1, 7, 13);
    const ticks = timeTicks({ fromMs, toMs: fromMs + days * 86_400_000 }, 6);
    expect(ticks.length).toBeGreaterThan(0);
    expect(ticks.length).toBeLessThanOrEqual(8);
    expect(ticks.every(({ label }) => label !== '')).toBe(true);
  }
});
