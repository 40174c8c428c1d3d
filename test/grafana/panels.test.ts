// Each kind of panel as Grafana gets it, also those that no shipped dashboard has yet.
import { describe, expect, test } from 'vitest';
import { families } from '../../src/app/registry.ts';
import { dashboardsOf } from '../../src/app/dashboards.ts';
import { dashboardFile } from '../../src/grafana/dashboard-json.ts';
import { overviewDashboard } from '../../src/grafana/overview-dashboard.ts';
import { alertEvent } from '../../src/model/alert-event.ts';
import { counter, gauge, measurement, tag } from '../../src/model/catalogue.ts';
import type { OverviewPart } from '../../src/model/family.ts';
import type { Panel } from '../../src/model/panel.ts';
import { switchboardPipeline } from '../../src/model/pipeline.ts';
import { query } from '../../src/model/query.ts';
import { builtPanel, panelsOf } from './built-panel.ts';
import type { DashboardJson, PanelJson } from './built-panel.ts';

const setup = measurement({
  name: 'setup_time',
  help: 'For these tests.',
  tags: { le: tag('upper bound'), peer: tag('peer') },
  fields: { count: counter('calls', 'calls'), up: gauge('', 'state') },
});

const byBound = query(setup, { select: [{ field: 'count', aggregate: 'sum' }], groupBy: ['le'], fill: 'zero' });
const state = query(setup, { select: [{ field: 'up', aggregate: 'last' }], groupBy: ['peer'], fill: 'previous' });
const total = query(setup, { select: [{ field: 'up', aggregate: 'mean' }], over: 'range' });
const valueTexts = [
  { value: 0, text: 'Down', tone: 'critical' },
  { value: 1, text: 'Up', tone: 'good' },
] as const;

/** Properties of a column by their id. */
function propertiesOf(panel: PanelJson, column: string): Record<string, unknown> {
  const override = panel.fieldConfig.overrides.find(({ matcher }) => matcher.options === column);
  return Object.fromEntries((override?.properties ?? []).map(({ id, value }) => [id, value]));
}

function transformationsOf(panel: PanelJson): string[] {
  return (panel.transformations ?? []).map(({ id }) => id);
}

describe('kinds of panels', () => {
  test('a gauge has its own ends', () => {
    const panel = builtPanel({ type: 'gauge', min: -10, max: 40, queries: [total], unit: 's' });
    expect(panel.type).toBe('gauge');
    expect(panel.fieldConfig.defaults).toMatchObject({ min: -10, max: 40, unit: 's' });
    expect(() => builtPanel({ type: 'gauge', min: 1, max: 1, queries: [total] })).toThrow('below the greatest');
  });

  test('bars over hours come in the order of the hours, without the time of the total', () => {
    const perPeer = query(setup, { select: [{ field: 'count', aggregate: 'sum' }], groupBy: ['peer'], over: 'range' });
    const panel = builtPanel({ type: 'barchart', queries: [perPeer] });
    expect(panel.type).toBe('barchart');
    expect(panel.options.xField).toBe('peer');
    expect(panel.targets?.[0]?.resultFormat).toBe('table');
    expect(transformationsOf(panel)).toEqual(['filterFieldsByName', 'sortBy']);
    expect(panel.transformations?.[1]?.options).toEqual({ sort: [{ field: 'peer', desc: false }] });
    expect(() => builtPanel({ type: 'barchart', queries: [total] })).toThrow('by one tag');
  });

  test('lanes of states have their texts and colours, and cells room for them', () => {
    const lanes = builtPanel({ type: 'state-timeline', queries: [state], valueTexts });
    const cells = builtPanel({ type: 'status-history', queries: [state], valueTexts });
    expect([lanes.type, cells.type]).toEqual(['state-timeline', 'status-history']);
    for (const { fieldConfig, targets } of [lanes, cells]) {
      expect(fieldConfig.defaults.mappings?.[0]?.options).toMatchObject({ 0: { text: 'Down', color: 'red' } });
      expect(targets?.[0]?.query).toContain('fill(previous)');
    }
    expect(cells.maxDataPoints).toBeLessThan(lanes.maxDataPoints ?? 0);
    expect(() => builtPanel({ type: 'state-timeline', queries: [total], valueTexts })).toThrow(
      'needs queries by windows',
    );
  });

  test('a heat map takes counts as they are, its rows named by the tag alone', () => {
    const panel = builtPanel({ type: 'heatmap', queries: [byBound] });
    expect(panel.type).toBe('heatmap');
    expect(panel.options.calculate).toBe(false);
    expect(panel.targets?.[0]).toMatchObject({ alias: '$tag_le', resultFormat: 'time_series' });
    expect(() => builtPanel({ type: 'heatmap', queries: [byBound], legend: 'to {le}' })).toThrow(
      'by one tag, named by it',
    );
    expect(() => builtPanel({ type: 'heatmap', queries: [state, byBound] })).toThrow('one query');
  });

  test('words and the list of alerts ask nothing', () => {
    const words = builtPanel({ type: 'text', queries: [], markdown: '**Read** this' });
    expect(words).toMatchObject({ type: 'text', options: { mode: 'markdown', content: '**Read** this' } });
    const list = builtPanel({ type: 'alertlist', queries: [] });
    expect(list).toMatchObject({ type: 'alertlist', options: { folder: { title: 'Switchboard Alerts' } } });
    for (const panel of [words, list]) expect([panel.targets, panel.datasource]).toEqual([undefined, undefined]);
  });

  test('series that mean the same everywhere have one colour everywhere', () => {
    const panel = builtPanel({
      type: 'timeseries',
      draw: 'bars',
      stacked: true,
      queries: [state],
      seriesTones: { critical: 'critical', info: 'neutral' },
    });
    expect(propertiesOf(panel, 'critical')).toEqual({ color: { mode: 'fixed', fixedColor: 'red' } });
    expect(propertiesOf(panel, 'info')).toEqual({ color: { mode: 'fixed', fixedColor: 'blue' } });
  });

  test('a mirrored series goes down from zero, so nothing keeps the axis above it', () => {
    const panel = builtPanel({
      type: 'timeseries',
      draw: 'lines',
      stacked: false,
      queries: [state],
      mirrored: ['OUT'],
    });
    expect(propertiesOf(panel, 'OUT')).toEqual({ 'custom.transform': 'negative-Y' });
    expect(panel.fieldConfig.defaults.min).toBeUndefined();
  });
});

describe('tables', () => {
  const events = query(alertEvent, {
    select: [
      { field: 'duration_s', aggregate: 'last', as: 'duration' },
      { field: 'url', aggregate: 'last' },
    ],
    groupBy: ['status', 'alertname'],
    over: 'rows',
    limit: 75,
  });
  const lag = query(switchboardPipeline, {
    select: [{ field: 'lag_s', aggregate: 'last' }],
    groupBy: ['source'],
    over: 'range',
  });

  test('each column has its own heading, unit, decimals, limits, texts and colours', () => {
    const panel = builtPanel({
      type: 'table',
      queries: [events],
      columns: {
        time: { heading: 'When', unit: 'dateTimeFromNow' },
        status: { textTones: { firing: 'critical', resolved: 'good' } },
        duration: {
          heading: 'Open',
          unit: 's',
          decimals: 1,
          thresholds: [{ tone: 'good' }, { from: 60, tone: 'critical' }],
        },
        url: { isLink: true },
      },
    });
    expect(propertiesOf(panel, 'Time')).toEqual({ displayName: 'When', unit: 'dateTimeFromNow' });
    expect(propertiesOf(panel, 'status')).toMatchObject({
      mappings: [{ options: { firing: { text: 'firing', color: 'red' }, resolved: { color: 'green' } } }],
      // A text that is not named keeps the colour of the table.
      thresholds: { steps: [{ color: 'transparent', value: null }] },
      'custom.cellOptions': { type: 'color-background' },
    });
    expect(propertiesOf(panel, 'duration')).toMatchObject({
      displayName: 'Open',
      unit: 's',
      decimals: 1,
      thresholds: {
        mode: 'absolute',
        steps: [
          { color: 'green', value: null },
          { color: 'red', value: 60 },
        ],
      },
    });
    expect(propertiesOf(panel, 'alertname')).toEqual({ displayName: 'alertname' });
    expect(propertiesOf(panel, 'url')['links']).toEqual([{ title: 'Open', url: '${__value.raw}', targetBlank: true }]);
    expect(panel.options.sortBy).toEqual([{ displayName: 'When', desc: true }]);
    expect(transformationsOf(panel)).toEqual(['organize', 'sortBy', 'limit']);
    expect(panel.transformations?.[0]?.options['indexByName']).toEqual({
      Time: 0,
      status: 1,
      alertname: 2,
      duration: 3,
      url: 4,
    });
    expect(panel.transformations?.[2]?.options).toEqual({ limitField: 75 });
  });

  test('points without a column of times keep the order of the answer', () => {
    const panel = builtPanel({ type: 'table', queries: [events] });
    expect(transformationsOf(panel)).toEqual(['filterFieldsByName', 'organize', 'limit']);
  });

  test('the time of the last value is a column if it is asked for', () => {
    const panel = builtPanel({ type: 'table', queries: [lag], columns: { time: { heading: 'Seen' } } });
    expect(propertiesOf(panel, 'Time')).toEqual({ displayName: 'Seen' });
    expect(panel.options.sortBy).toEqual([{ displayName: 'lag_s', desc: true }]);
  });

  test.each<[string, Partial<Panel>, string]>([
    ['a time of totals', { queries: [total], columns: { time: {} } }, 'can show no time'],
    ['times of several queries', { queries: [lag, events], columns: { time: {} } }, 'can show no time'],
    ['a column that is not asked for', { queries: [lag], columns: { nothing: {} } }, 'has no column "nothing"'],
    ['an order by no heading', { queries: [lag], sortBy: 'Lag' }, 'no heading of it'],
  ])('refuse %s', (_, changes, message) => {
    expect(() => builtPanel({ type: 'table', ...changes })).toThrow(message);
  });
});

describe('the overview', () => {
  const tile = (id: number): OverviewPart['tiles'][number] => ({
    id,
    type: 'stat',
    title: `Tile ${id}`,
    description: 'For a test.',
    queries: [total],
    unit: 'short',
    colour: 'value',
    sparkline: false,
  });
  const errors = (legend: string): NonNullable<OverviewPart['errors']> => ({
    query: query(setup, { select: [{ field: 'count', aggregate: 'sum' }], fill: 'zero' }),
    legend,
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13])('places %d tiles of families evenly, by their numbers', (count) => {
    const tiles = Array.from({ length: count }, (_, index) => tile(20 + count - index));
    const dashboard = overviewDashboard([{ tiles }]);
    const json = JSON.parse(dashboardFile(dashboard).content) as DashboardJson;
    const placed = panelsOf(json).filter(({ type }) => type === 'stat');
    expect(placed.map(({ id }) => id)).toEqual([1, 2, ...tiles.map(({ id }) => id).toReversed()]);
    const widths = placed.map(({ gridPos }) => gridPos.w);
    // Lines of 24 columns with six tiles at most; a line may have one tile more than another.
    expect(Math.min(...widths)).toBeGreaterThanOrEqual(4);
    const lines = new Set(placed.map(({ gridPos }) => gridPos.y)).size;
    expect([lines, widths.reduce((sum, width) => sum + width, 0)]).toEqual([Math.ceil((count + 2) / 6), 24 * lines]);
  });

  test('draws one curve of errors for each family that has any, by its name', () => {
    const dashboard = overviewDashboard([
      { tiles: [], errors: errors('Refused calls') },
      { tiles: [tile(4)] },
      { tiles: [], errors: errors('Lost links') },
    ]);
    const json = JSON.parse(dashboardFile(dashboard).content) as DashboardJson;
    const curves = panelsOf(json).find(({ id }) => id === 11);
    expect(curves?.targets).toMatchObject([{ alias: 'Refused calls' }, { alias: 'Lost links' }]);
    const none = JSON.parse(dashboardFile(overviewDashboard([])).content) as DashboardJson;
    expect(panelsOf(none).map(({ id }) => id)).not.toContain(11);
  });

  test('leads to every other dashboard', async () => {
    const all = await dashboardsOf(families);
    const [overview] = all;
    expect(overview?.uid).toBe('sb-overview');
    const linked = overview?.sections.flatMap(({ panels }) => panels.flatMap(({ links = [] }) => links));
    const targets = new Set(linked?.map(({ dashboard }) => dashboard));
    expect(all.map(({ uid }) => uid).filter((uid) => uid !== 'sb-overview' && !targets.has(uid))).toEqual([]);
  });
});
