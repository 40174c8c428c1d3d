// Tables: rows of groups, or single points, with each column in its own unit and colours.
import * as common from '@grafana/grafana-foundation-sdk/common';
import { FieldColorModeId, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DashboardLink, DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { Column, TablePanel } from '../model/panel.ts';
import { columnName, hasPointTime } from '../model/query-rules.ts';
import { textMappings, thresholdSteps, valueMappings } from './look.ts';
import { colourMode, withTargets } from './panel-parts.ts';

/** The most rows of groups; single points have a limit of their own. */
const mostRows = 50;

/** What Grafana calls the column of times, whatever InfluxDB does; in our definitions it is `time`. */
const timeField = 'Time';

/** Builds a table; links stand on its first tag, or else on its first column. */
export function tableBuilder(panel: TablePanel, links: readonly cog.Builder<DashboardLink>[]): TableBuilder {
  const names = namesOf(panel);
  const sortedBy = sortedColumn(panel, names);
  const builder = new TableBuilder()
    .cellHeight(common.TableCellHeight.Sm)
    .colorScheme(colourMode(FieldColorModeId.Thresholds));
  if (sortedBy !== undefined) {
    const order = new common.TableSortByFieldStateBuilder().displayName(headingOf(panel, sortedBy)).desc(true);
    builder.sortBy([order]);
  }
  withTargets(builder, panel, 'table');
  const isJoined = builder.build().targets?.length !== 1;
  if (!names.includes('time')) {
    builder.withTransformation({ id: 'filterFieldsByName', options: { exclude: { names: [timeField] } } });
  }
  // Rows of one group from several queries join into one.
  if (isJoined) builder.withTransformation({ id: 'merge', options: {} });
  const indexByName = Object.fromEntries(names.map((name, index) => [fieldName(name), index]));
  builder.withTransformation({ id: 'organize', options: { indexByName, excludeByName: {}, renameByName: {} } });
  if (sortedBy !== undefined) {
    const sort = [{ field: fieldName(sortedBy), desc: true }];
    builder.withTransformation({ id: 'sortBy', options: { sort } });
  }
  const limit = Math.max(...panel.queries.map((query) => query.limit ?? mostRows));
  builder.withTransformation({ id: 'limit', options: { limitField: limit } });

  const linked = panel.queries.flatMap((query) => query.groupBy)[0] ?? names[0];
  const decisive = firstNumber(panel);
  for (const name of names) {
    const column = panel.columns?.[name] ?? {};
    const own = name === decisive && panel.thresholds !== undefined ? { thresholds: panel.thresholds } : {};
    const properties = propertiesOf({ ...own, ...column, heading: headingOf(panel, name) });
    if (name === linked && links.length > 0) {
      properties.push({ id: 'links', value: links.map((link) => link.build()) });
    }
    builder.overrideByName(fieldName(name), properties);
  }
  return builder;
}

/** All columns in order: the time, then tags and selections as the queries have them. */
function namesOf(panel: TablePanel): readonly string[] {
  const names = new Set(panel.queries.flatMap((query) => [...query.groupBy, ...query.select.map(columnName)]));
  for (const name of Object.keys(panel.columns ?? {})) {
    if (name !== 'time' && !names.has(name)) throw new Error(`"${panel.title}" has no column "${name}"`);
  }
  if (panel.columns?.['time'] === undefined) return [...names];
  const [query] = panel.queries;
  if (query === undefined || panel.queries.length > 1 || !hasPointTime(query)) {
    throw new Error(`"${panel.title}" can show no time: its rows are not of single values`);
  }
  return ['time', ...names];
}

/** The column that rows are sorted by; undefined for points that come in their order and show no time. */
function sortedColumn(panel: TablePanel, names: readonly string[]): string | undefined {
  const { sortBy } = panel;
  if (sortBy !== undefined) {
    const found = names.find((name) => headingOf(panel, name) === sortBy);
    if (found === undefined) {
      throw new Error(`"${panel.title}" is to be sorted by "${sortBy}", which is no heading of it`);
    }
    return found;
  }
  if (panel.queries.every(({ over }) => over === 'rows')) return names.includes('time') ? 'time' : undefined;
  return firstNumber(panel);
}

function firstNumber(panel: TablePanel): string | undefined {
  return panel.queries.flatMap((query) => query.select.map(columnName))[0];
}

function headingOf(panel: TablePanel, name: string): string {
  return panel.columns?.[name]?.heading ?? fieldName(name);
}

function fieldName(name: string): string {
  return name === 'time' ? timeField : name;
}

/** Overrides of a column. A text or number that has no colour of its own stays without any. */
function propertiesOf({
  heading,
  unit,
  decimals,
  thresholds,
  valueTexts = [],
  textTones = {},
  isLink,
}: Column): DynamicConfigValue[] {
  const mappings = [...valueMappings(valueTexts), ...textMappings(textTones)];
  const isColoured = thresholds !== undefined || mappings.length > 0;
  const steps = thresholds === undefined ? [{ color: 'transparent', value: null }] : thresholdSteps(thresholds);
  return [
    { id: 'displayName', value: heading },
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(mappings.length === 0 ? [] : [{ id: 'mappings', value: mappings }]),
    ...(isColoured
      ? [
          { id: 'thresholds', value: { mode: ThresholdsMode.Absolute, steps } },
          { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
        ]
      : []),
    // Grafana refuses addresses that are no addresses of pages.
    ...(isLink === true ? [{ id: 'links', value: [{ title: 'Open', url: '${__value.raw}', targetBlank: true }] }] : []),
  ];
}
