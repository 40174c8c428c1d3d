// `/api/lines`: which question the number of a panel becomes, and how it is answered and refused.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ecsDenial, ecsFiles } from '../../src/families/ecs/metrics.ts';
import { systemClock } from '../../src/model/clock.ts';
import type { LineAnswer, LineQuestion } from '../../src/model/lines.ts';
import { silentLog } from '../../src/model/log.ts';
import type { Dashboard, Panel } from '../../src/model/panel.ts';
import { query } from '../../src/model/query.ts';
import type { PanelQuery } from '../../src/model/query.ts';
import type { DashboardDefinition, LinesAnswer } from '../../src/web/public/wire.ts';
import { linesHash, readLinesHash } from '../../src/web/public/lines-link.ts';
import { originOfCell, originsOf } from '../../src/web/public/lines-origin.ts';
import { curvesOf, entriesOf } from '../../src/web/public/panel-data.ts';
import { tableOf } from '../../src/web/public/table-data.ts';
import { startWeb } from '../../src/web/server.ts';
import { sampleStatus } from '../support/page-data.ts';

const byHost = [{ tag: 'host', variable: 'host' }] as const;
const table = (id: number, queries: readonly PanelQuery[]): Panel => ({
  id,
  type: 'table',
  title: `Panel ${id}`,
  description: '',
  queries,
  unit: 'short',
  width: 12,
  height: 6,
});
const dashboard: Dashboard = {
  uid: 'test-lines',
  title: 'Lines',
  description: '',
  folder: 'Tests',
  tags: [],
  defaultRangeSeconds: 3600,
  refreshSeconds: 10,
  variables: [{ name: 'host', label: 'Host', measurement: ecsDenial, tag: 'host' }],
  sections: [
    {
      title: '',
      panels: [
        table(1, [
          query(ecsDenial, {
            select: [
              { field: 'count', aggregate: 'sum' },
              { field: 'distinct_d1', aggregate: 'max' },
              { field: 'count', aggregate: 'max', as: 'peak' },
              { field: 'count', aggregate: 'sum', over: 'distinct_d1', as: 'each' },
            ],
            where: [...byHost, { tag: 'event', values: ['1'], not: true }],
            groupBy: ['event', 'category'],
            over: 'range',
          }),
          query(ecsFiles, { select: [{ field: 'opened', aggregate: 'sum' }], groupBy: ['host'], over: 'range' }),
        ]),
      ],
    },
  ],
};

const found: LineAnswer = {
  total: 3,
  amount: 3,
  lines: [{ host: 'cm1', path: '/logs/a\u001b[31m', number: 7, offset: 70, timeMs: 5, text: '<b>x</b>', isCut: false }],
  next: 1,
  gone: [{ path: '/logs/b', reason: 'gone', lines: 1240, matched: 12 }],
  notes: [],
};
let asked: LineQuestion | undefined;
let fault: string | undefined;
let web: Awaited<ReturnType<typeof startWeb>>;
let blind: Awaited<ReturnType<typeof startWeb>>;
const options = {
  host: '127.0.0.1',
  port: 0,
  queries: undefined,
  dashboards: [dashboard],
  status: () => sampleStatus(0),
  clock: systemClock,
  log: silentLog,
};

beforeAll(async () => {
  const find = (question: LineQuestion): Promise<LineAnswer> => {
    asked = question;
    return fault === undefined ? Promise.resolve(found) : Promise.reject(new Error(fault));
  };
  web = await startWeb({ ...options, lines: { find } });
  blind = await startWeb(options);
});
afterAll(async () => {
  await web.close();
  await blind.close();
});
beforeEach(() => {
  asked = undefined;
  fault = undefined;
});

const good = {
  dashboard: 'test-lines',
  panel: '1',
  query: '0',
  select: '0',
  group: '["1192","ip"]',
  from: '10',
  to: '20',
};

async function ask(
  changes: Readonly<Record<string, string>> = {},
  at = web,
): Promise<{ status: number; body: LinesAnswer & { error?: string } }> {
  const response = await fetch(`${at.url}api/lines?${new URLSearchParams({ ...good, ...changes })}`, {
    headers: { accept: 'application/json' },
  });
  return { status: response.status, body: (await response.json()) as LinesAnswer };
}

describe('the lines of a number', () => {
  test('are asked for by the definition of the panel, its filters, the variables and the group', async () => {
    expect((await ask({ 'var-host': 'cm1', skip: '200', limit: '50' })).status).toBe(200);
    expect(asked).toMatchObject({ fields: ['count'], fromMs: 10, toMs: 20, ofBuckets: true, skip: 200, limit: 50 });
    expect(asked?.measurement).toBe(ecsDenial);
    expect(asked?.where).toEqual([
      { tag: 'host', values: ['cm1'], isExcluded: false },
      { tag: 'event', values: ['1'], isExcluded: true },
      { tag: 'event', values: ['1192'], isExcluded: false },
      { tag: 'category', values: ['ip'], isExcluded: false },
    ]);
    await ask();
    expect(asked?.where.map(({ tag }) => tag)).toEqual(['event', 'event', 'category']);
  });

  test('are answered with safe names, and with a sentence for each log that is gone', async () => {
    const { body } = await ask();
    expect(body).toMatchObject({ total: 3, next: 1 });
    expect(body.lines[0]).toMatchObject({ path: '/logs/a\\x1b[31m', number: 7, text: '<b>x</b>' });
    expect(body.gone).toEqual([
      {
        path: '/logs/b',
        text: 'is gone (deleted, or rotated away); it held about 1 240 lines of this time, 12 of them events',
      },
    ]);
  });

  test.each([
    ['another aggregate', { select: '1' }, 404, 'This number does not come from single lines of a log.'],
    ['the greatest count', { select: '2' }, 404, 'This number does not come from single lines of a log.'],
    ['a ratio', { select: '3' }, 404, 'This number does not come from single lines of a log.'],
    ['a report', { query: '1', group: '["cm1"]' }, 404, 'This number does not come from single lines of a log.'],
    ['an unknown panel', { panel: '9' }, 404, 'There is no such number.'],
    ['a group of another size', { group: '["1192"]' }, 404, 'There is no such number.'],
    ['a group that is no JSON', { group: 'x' }, 400, 'group: a JSON array of texts is needed'],
    ['a time that ends before it begins', { to: '5' }, 400, 'the end of the time must be after its beginning'],
    ['too many lines', { limit: '5000' }, 400, 'limit: '],
  ])('are refused for %s', async (_, changes, status, message) => {
    const answer = await ask(changes);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toContain(message);
    expect(asked).toBeUndefined();
  });

  test('say why they cannot be shown', async () => {
    expect(await ask({}, blind)).toMatchObject({
      status: 503,
      body: { error: 'No logs are read here: there are no lines to show.' },
    });
    fault = 'the disk is on fire';
    expect(await ask()).toMatchObject({ status: 503, body: { error: 'the disk is on fire' } });
  });

  test('are offered only for numbers that have some, and only where logs are read', async () => {
    const offered = async (at: typeof web): Promise<(boolean | undefined)[]> => {
      const response = await fetch(`${at.url}api/dashboards/test-lines`);
      const definition = (await response.json()) as DashboardDefinition;
      const [panel] = definition.sections[0]?.panels ?? [];
      return panel?.queries.flatMap(({ select }) => select.map(({ hasLines }) => hasLines)) ?? [];
    };
    expect(await offered(web)).toEqual([true, undefined, undefined, undefined, undefined]);
    expect(await offered(blind)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});

describe('where a shown number comes from', () => {
  const select = (name: string, hasLines: boolean, isText = false) => ({ name, isCount: hasLines, isText, hasLines });
  const answered = [
    {
      query: { over: 'range', groupBy: ['event'], select: [select('note', false, true), select('count', true)] },
      answer: {
        fromMs: 0,
        toMs: 9,
        windowMs: 9,
        times: [0],
        series: [
          { group: ['1'], values: [['a'], [4]] },
          { group: ['2'], values: [['b'], [5]] },
        ],
      },
    },
    {
      query: { over: 'range', groupBy: ['host', 'event'], select: [select('rate', false)] },
      answer: { fromMs: 0, toMs: 9, windowMs: 9, times: [0], series: [{ group: ['cm1', '1'], values: [[6]] }] },
    },
  ] as const;
  const definition = {
    id: 1,
    type: 'table',
    title: '',
    description: '',
    queries: [],
    unit: 'none',
    width: 1,
    height: 1,
  } as const;

  test('is in step with the entries, the curves and the cells of a panel', () => {
    const origins = originsOf(answered, false);
    expect(entriesOf(definition, answered).map(({ value }, index) => [value, origins[index]])).toEqual([
      ['a', { query: 0, select: 0, group: ['1'], hasLines: false }],
      [4, { query: 0, select: 1, group: ['1'], hasLines: true }],
      ['b', { query: 0, select: 0, group: ['2'], hasLines: false }],
      [5, { query: 0, select: 1, group: ['2'], hasLines: true }],
      [6, { query: 1, select: 0, group: ['cm1', '1'], hasLines: false }],
    ]);
    const curves = originsOf(answered, true);
    expect(curvesOf(definition, answered).curves.map(({ values }, index) => [values[0], curves[index]?.group])).toEqual(
      [
        [4, ['1']],
        [5, ['2']],
        [6, ['cm1', '1']],
      ],
    );
    const data = tableOf(answered);
    const row = data.rows.find((cells) => cells.includes(5)) ?? [];
    expect(originOfCell(answered, data, row, row.indexOf(5))).toEqual({
      query: 0,
      select: 1,
      group: ['2'],
      hasLines: true,
    });
    expect(originOfCell(answered, data, row, 0)).toBeUndefined();
  });

  test('survives the way through an address, and nonsense there opens nothing', () => {
    const picked = {
      panel: 3,
      origin: { query: 1, select: 0, group: ['a&b#', ''] },
      fromMs: 10,
      toMs: 20,
      value: 7,
      title: 'Ü: x',
    };
    expect(readLinesHash(linesHash(picked))).toEqual(picked);
    expect(readLinesHash(linesHash({ ...picked, value: undefined }))).toEqual({ ...picked, value: undefined });
    for (const hash of [
      '',
      '#',
      '#lines=x',
      '#lines=1&query=0&select=0',
      '#lines=1&query=0&select=0&between=1-2&group={',
    ]) {
      expect(readLinesHash(hash)).toBeUndefined();
    }
  });
});
