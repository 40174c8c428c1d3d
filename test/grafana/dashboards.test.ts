// The lint of all dashboards: rules of Grafana's file format and of the checklist for good dashboards (grafana 3, 9
// and 10), applied to the JSON as it is shipped.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { measurementsOf } from '../../src/app/catalogue.ts';
import { allDashboards } from '../../src/app/generated.ts';
import { families } from '../../src/app/registry.ts';
import { alertFolder } from '../../src/grafana/alert-steps.ts';
import { annotations } from '../../src/grafana/annotations.ts';
import { dashboardFile } from '../../src/grafana/dashboard-json.ts';
import { query } from '../../src/model/query.ts';
import { switchboardPipeline } from '../../src/model/pipeline.ts';
import { builtPanel, dashboardOf, panelsOf } from './built-panel.ts';
import type { DashboardJson } from './built-panel.ts';
import { faultsOf } from './influxql-checker.ts';

const folder = fileURLToPath(new URL('../../dashboards', import.meta.url));
const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
const shipped = paths.map((path) => ({
  path,
  json: JSON.parse(readFileSync(join(folder, path), 'utf8')) as DashboardJson,
}));
const measurements = measurementsOf(families);
const durations: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

test('every definition is shipped, and nothing else', async () => {
  const defined = await allDashboards();
  expect(shipped.map(({ json }) => json.uid).toSorted()).toEqual(defined.map(({ uid }) => uid).toSorted());
  expect(shipped.length).toBeGreaterThanOrEqual(2);
});

test('uids are unique everywhere, titles within their folder, folders one level deep', () => {
  const uids = shipped.map(({ json }) => json.uid);
  const titles = shipped.map(({ path, json }) => `${path.split(/[\\/]/)[0]}/${json.title}`);
  expect(new Set(uids).size).toBe(uids.length);
  expect(new Set(titles).size).toBe(titles.length);
  expect(paths.filter((path) => path.split(/[\\/]/).length !== 2)).toEqual([]);
});

describe.each(shipped)('$json.title', ({ json }) => {
  const panels = panelsOf(json);
  const variables = json.templating.list.map((variable) => variable.name);

  test('has the head that file provisioning and the house style want', () => {
    expect(json.uid).toMatch(/^sb-[a-z-]{1,37}$/);
    expect(json.id ?? null).toBeNull();
    expect(json.version).toBeUndefined();
    expect(json).toMatchObject({ schemaVersion: 39, editable: false, graphTooltip: 1, timezone: 'browser' });
    expect(json.description).not.toBe('');
    expect(json.tags).toContain('switchboard');
    expect(json.tags.length).toBeGreaterThan(1);
    expect(json.time.to).toBe('now');
    expect(json.time.from).toMatch(/^now-\d+[mhd]$/);
    const [, amount, unit] = /^(\d+)([smh])$/.exec(json.refresh) ?? [];
    expect(Number(amount) * (durations[unit ?? ''] ?? 0)).toBeGreaterThanOrEqual(10);
    expect(json.links).toContainEqual(
      expect.objectContaining({ tags: ['switchboard'], keepTime: true, includeVars: true, asDropdown: true }),
    );
    expect(json.annotations.list.some((annotation) => annotation.builtIn === 1)).toBe(true);
  });

  test('has stable ids and a layout without overlap or gap', () => {
    const ids = json.panels.map((panel) => panel.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => Number.isInteger(id) && id >= 1)).toBe(true);
    const taken = new Set<string>();
    for (const { gridPos } of json.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) taken.add(`${x},${y}`);
      }
    }
    const area = json.panels.reduce((sum, { gridPos }) => sum + gridPos.w * gridPos.h, 0);
    const bottom = Math.max(...json.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    expect([taken.size, area]).toEqual([area, 24 * bottom]);
  });

  test('is not too costly', () => {
    expect(panels.length).toBeLessThanOrEqual(25);
    expect(panels.filter((panel) => (panel.targets?.length ?? 0) > 4)).toEqual([]);
    expect(panels.flatMap((panel) => panel.targets ?? []).length).toBeLessThanOrEqual(40);
    expect(variables.length).toBeLessThanOrEqual(5);
  });

  test.each(panels)('panel "$title" says what it is and what to do', (panel) => {
    expect(panel.title.length).toBeLessThanOrEqual(45);
    expect(panel.title).not.toMatch(/\((?:s|ms|%|bytes)\)/);
    expect(panel.description ?? '').toMatch(/\.$/);
    expect(panel.description?.length).toBeGreaterThan(40);
    // Words and Grafana's own list of alerts ask nothing; everything else asks the shared data source.
    if (panel.type === 'alertlist') expect(panel.options.folder).toEqual({ title: alertFolder });
    else if (panel.type !== 'text') expect(panel.targets?.length).toBeGreaterThan(0);
  });

  const numbers = panels.filter(({ type }) => type !== 'text' && type !== 'alertlist');

  test.each(numbers)('panel "$title" follows the checklist', (panel) => {
    const { defaults } = panel.fieldConfig;
    expect(panel.datasource?.uid).toBe('sb-influx');
    expect(panel.interval).toMatch(/^\d+s$/);
    expect(defaults.unit).toBeDefined();
    const isMirrored = panel.fieldConfig.overrides.some(({ properties }) =>
      properties.some(({ value }) => value === 'negative-Y'),
    );
    if (panel.type === 'gauge') expect(defaults.max).toBeGreaterThan(defaults.min ?? 0);
    else if (isMirrored) expect(defaults.min).toBeUndefined();
    else expect(defaults.min).toBe(0);
    if (defaults.unit === 'percentunit') expect(defaults.max).toBe(1);
    expect(defaults.noValue).not.toBe('');
    expect(defaults.noValue).toBeDefined();
    const steps = defaults.thresholds?.steps ?? [];
    expect(steps[0]?.value).toBeNull();
    expect(steps.map((step) => step.value)).not.toContain(80);
    if (panel.type === 'timeseries') {
      expect(panel.options.legend?.showLegend).toBe(true);
      expect(defaults.custom?.spanNulls).toBe(false);
    }
    if (panel.type === 'state-timeline' || panel.type === 'status-history') {
      expect(defaults.mappings?.length).toBeGreaterThan(0);
    }
    for (const link of defaults.links ?? []) expect(link.url).toContain('${__url_time_range}');
  });

  const tables = panels.filter(({ type }) => type === 'table');

  test.each(tables)('table "$title" has named columns, an order, few rows and little colour', (panel) => {
    const names = panel.fieldConfig.overrides.map(({ matcher }) => matcher.options);
    const asked = (panel.targets ?? []).flatMap(({ query: text }) =>
      [...(/^SELECT (.*?) FROM /.exec(text)?.[1] ?? '').matchAll(/(?:AS |^|, )"([^"]+)"(?=, |$)/g)].map(
        ([, name]) => name,
      ),
    );
    expect(asked.filter((name) => !names.includes(name ?? ''))).toEqual([]);
    expect(panel.options.sortBy).toHaveLength(1);
    const limit = panel.transformations?.find(({ id }) => id === 'limit')?.options['limitField'];
    expect(limit).toBeLessThanOrEqual(100);
    const properties = panel.fieldConfig.overrides.flatMap((override) => override.properties);
    expect(properties.filter(({ id }) => id === 'custom.cellOptions').length).toBeLessThanOrEqual(2);
    for (const { value } of properties.filter(({ id }) => id === 'thresholds')) {
      expect(JSON.stringify(value)).not.toMatch(/"value":80\b/);
    }
    const links = properties.filter(({ id }) => id === 'links').flatMap(({ value }) => value as { url: string }[]);
    for (const { url } of links) expect(url).toMatch(/^\$\{__value\.raw\}$|\$\{__url_time_range\}/);
    // A column of times that is not wanted would be the start of the range in every row.
    const isHidden = panel.transformations?.some(({ id }) => id === 'filterFieldsByName') ?? false;
    expect(isHidden).toBe(!names.includes('Time'));
  });

  test('draws the standard events and its own, each with a switch', async () => {
    const events = json.annotations.list.filter(({ builtIn }) => builtIn !== 1);
    const own = (await allDashboards()).find(({ uid }) => uid === json.uid)?.annotations ?? [];
    const all = [...annotations, ...own];
    expect(events.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { enable, hide, target } of events) {
      expect({ enable, hide }).toEqual({ enable: true, hide: false });
      expect(faultsOf(target?.query ?? '', [], measurements)).toEqual([]);
      for (const column of [target?.textColumn, ...(target?.tagsColumn.split(',') ?? [])]) {
        expect(target?.query).toContain(`"${column}"`);
      }
    }
  });

  test.each(panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ title: panel.title, target }))))(
    'panel "$title" asks in portable InfluxQL of declared names: $target.refId',
    ({ target }) => {
      expect(target.datasource.uid).toBe('sb-influx');
      expect(target.rawQuery).toBe(true);
      expect(['time_series', 'table']).toContain(target.resultFormat);
      expect(faultsOf(target.query, variables, measurements)).toEqual([]);
    },
  );

  test('has variables that look only into the time range, and follow it', () => {
    for (const variable of json.templating.list) {
      expect(variable).toMatchObject({ refresh: 2, allValue: '.*', datasource: { uid: 'sb-influx' } });
      expect(variable.label ?? '').not.toBe('');
      expect(faultsOf(variable.query, [], measurements)).toEqual([]);
    }
  });
});

describe('the definitions', () => {
  test('every panel honours every variable of its measurement, unless it is about fixed values', async () => {
    const deaf = (await allDashboards()).flatMap((dashboard) =>
      dashboard.sections.flatMap(({ panels }) =>
        panels.flatMap((panel) => {
          // A panel about fixed values of one tag, as some denial numbers, is not the reader's to narrow.
          const asked = panel.queries.filter(({ where }) => !where.some(({ values }) => values !== undefined));
          const unheard = dashboard.variables.filter(({ name, tag, measurement }) =>
            asked
              .filter((query) => query.measurement === measurement || tag === 'host' || tag === 'instance')
              .some(({ where }) => !where.some((filter) => filter.variable === name)),
          );
          return unheard.map(({ name }) => `${dashboard.uid}: "${panel.title}" ignores ${name}`);
        }),
      ),
    );
    expect(deaf).toEqual([]);
  });

  test('a variable narrows everything that has the same tag, and a panel that it does not touch says so', async () => {
    const silent = (await allDashboards()).flatMap(({ uid, variables, sections }) =>
      sections.flatMap(({ panels }) =>
        panels.flatMap((panel) => {
          if (panel.type === 'text' || variables.length === 0) return [];
          const heard = panel.queries.flatMap(({ where }) => where.flatMap(({ variable }) => variable ?? []));
          if (/whatever (?:\w+ )?(?:is|are) chosen above/.test(panel.description)) return [];
          if (heard.length === 0) {
            return [`${uid}: "${panel.title}" does not say that it ignores what is chosen`];
          }
          return variables.flatMap(({ name, tag, measurement }) => {
            // The same tag has the same name and the same meaning, which is its help.
            const help = measurement.tags[tag]?.help;
            const own = panel.queries.filter((one) => help !== undefined && one.measurement.tags[tag]?.help === help);
            const isDeaf = own.some(({ where }) => !where.some((filter) => filter.tag === tag));
            return isDeaf ? [`${uid}: "${panel.title}" ignores ${name}`] : [];
          });
        }),
      ),
    );
    expect(silent).toEqual([]);
  });

  test('links lead to dashboards and variables that exist', async () => {
    const all = await allDashboards();
    for (const dashboard of all) {
      for (const link of dashboard.sections.flatMap(({ panels }) => panels.flatMap((panel) => panel.links ?? []))) {
        const target = all.find(({ uid }) => uid === link.dashboard);
        expect(target, `${dashboard.uid} links to ${link.dashboard}`).toBeDefined();
        const names = target?.variables.map(({ name }) => name) ?? [];
        for (const name of Object.keys(link.variables ?? {})) expect(names).toContain(name);
      }
    }
  });
});

describe('generation', () => {
  test('names the file after folder and uid, and writes the same bytes each time', () => {
    const file = dashboardFile(dashboardOf({}));
    expect(file.path).toBe('Switchboard/test.json');
    expect(file.content).toMatch(/^\{\n {2}"annotations"[^]*\}\n$/);
    expect(file.content).toContain('"now-90s"');
    expect(dashboardFile(dashboardOf({})).content).toBe(file.content);
  });

  test('a number with a sparkline is asked by windows and added up, not read from the last window', () => {
    const panel = builtPanel({ type: 'stat', sparkline: true });
    expect(panel.targets?.[0]?.query).toContain('GROUP BY time($__interval)');
    expect(panel.options.reduceOptions?.calcs).toEqual(['sum']);
    expect(builtPanel({}).options.reduceOptions?.calcs).toEqual(['lastNotNull']);
  });

  test('a sparkline whose windows do not add up to the number is refused', () => {
    const mean = query(switchboardPipeline, { select: [{ field: 'lag_s', aggregate: 'mean' }], over: 'range' });
    expect(() => builtPanel({ type: 'stat', sparkline: true, queries: [mean] })).toThrow('cannot have a sparkline');
  });

  test('without agreed limits there is one neutral colour, with texts there are mappings', () => {
    expect(builtPanel({}).fieldConfig.defaults.thresholds?.steps).toEqual([{ color: 'blue', value: null }]);
    const texts = [{ value: 1, text: 'Up', tone: 'good' }] as const;
    expect(builtPanel({ type: 'stat', valueTexts: texts }).fieldConfig.defaults.mappings?.[0]?.options).toEqual({
      1: { color: 'green', index: 0, text: 'Up' },
    });
  });

  test('links keep time and variables, and set those of the clicked series', () => {
    const links = [{ title: 'Details', dashboard: 'sb-pipeline', variables: { host: 'host' } }];
    expect(builtPanel({ links }).fieldConfig.defaults.links).toEqual([
      {
        targetBlank: false,
        title: 'Details',
        url: '/d/sb-pipeline?${__url_time_range}&var-host=${__field.labels.host:percentencode}&${family:queryparam}',
      },
    ]);
  });

  test.each([
    ['leaves a gap', dashboardOf({}, 20), 'leaves a gap of 4 columns'],
    ['does not fit', dashboardOf({}, 25), 'does not fit its line'],
    ['has a legend of unknown names', dashboardOf({ legend: '{nobody}' }), '{nobody} is no tag'],
  ])('refuses a panel that %s', (_, dashboard, message) => {
    expect(() => dashboardFile(dashboard)).toThrow(message);
  });
});

describe('the checker of queries', () => {
  test.each([
    ['SELECT sum("records") FROM "switchboard_pipeline"', 'every WHERE needs the time filter once'],
    ['SELECT sample("records", 2) FROM "switchboard_pipeline" WHERE $timeFilter', 'not portable: sample'],
    ['SELECT sum("nothing") FROM "switchboard_pipeline" WHERE $timeFilter', 'switchboard_pipeline has no nothing'],
    [
      'SELECT sum("records") FROM "switchboard_pipeline" WHERE "host" =~ /^${who:regex}$/ AND $timeFilter',
      'unknown variable who',
    ],
    [
      'SELECT sum("records") FROM "switchboard_pipeline" WHERE "host" = \'x\' AND $timeFilter LIMIT 5 SLIMIT 2',
      'not portable: SLIMIT',
    ],
    [
      'SELECT sum("records") FROM "switchboard_pipeline" WHERE "host" =~ /$host/ AND $timeFilter',
      'unreadable from: $host/ AND $timeFilter',
    ],
    ['SELECT "records" FROM "switchboard_pipeline" WHERE $timeFilter', 'points need the newest first, and a limit'],
    [
      'SELECT sum("records") FROM "switchboard_pipeline" WHERE $timeFilter AND time > 5',
      'time stands only in ORDER BY time DESC LIMIT n',
    ],
    ['SELECT sum("records" FROM "switchboard_pipeline" WHERE $timeFilter', 'unbalanced parentheses'],
  ])('finds the fault of %s', (text, fault) => {
    expect(faultsOf(text, ['host'], measurements)).toContain(fault);
  });
});
