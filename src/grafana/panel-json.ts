// One panel of ours as a panel of Grafana, through the official builders, in the house style.
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import type * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { BarGaugePanel, Panel, StatPanel, TablePanel, TimeseriesPanel } from '../model/panel.ts';
import type { PanelQuery } from '../model/query.ts';
import { columnName } from '../model/query-rules.ts';
import type { Place } from './layout.ts';
import { dataLinks } from './links.ts';
import { datasource, greatest, noValueText, thresholdSteps, valueMappings } from './look.ts';
import { targetsOf } from './target.ts';
import type { ResultFormat } from './target.ts';

const mostRows = 50;
const mostDataPoints = 800;

type AnyBuilder = StatBuilder | TimeseriesBuilder | BarGaugeBuilder | TableBuilder;

/** Builds a panel; `ownVariables` are the names of the dashboard's variables, for links. */
export function panelBuilder(panel: Panel, place: Place, ownVariables: readonly string[]): cog.Builder<sdk.Panel> {
  const links = dataLinks(panel, ownVariables);
  const builder = builderOf(panel, links);
  builder
    .id(panel.id)
    .title(panel.title)
    .description(panel.description)
    .datasource(datasource)
    .gridPos(place)
    .unit(panel.unit)
    .noValue(noValueText(panel))
    .mappings(valueMappings(panel.type === 'stat' ? (panel.valueTexts ?? []) : []))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(thresholdSteps(panel.thresholds)))
    // The narrowest window that has a point of every series; Grafana widens it with the range.
    .interval(`${Math.max(...panel.queries.map((query) => query.minWindowSeconds))}s`)
    .maxDataPoints(mostDataPoints)
    .min(0);
  if (panel.decimals !== undefined) builder.decimals(panel.decimals);
  const most = greatest(panel.unit);
  if (most !== undefined) builder.max(most);
  if (links.length > 0 && panel.type !== 'table') builder.dataLinks(links);
  return builder;
}

function builderOf(panel: Panel, links: readonly cog.Builder<sdk.DashboardLink>[]): AnyBuilder {
  switch (panel.type) {
    case 'stat':
      return stat(panel);
    case 'timeseries':
      return timeseries(panel);
    case 'bargauge':
      return barGauge(panel);
    case 'table':
      return table(panel, links);
    default:
      throw new Error(`"${panel.title}": no builder for ${panel.type}`);
  }
}

function withTargets<B extends AnyBuilder>(
  builder: B,
  panel: Panel,
  format: ResultFormat,
  queries: readonly PanelQuery[] = panel.queries,
): B {
  for (const target of targetsOf(panel, queries, format)) builder.withTarget(target);
  return builder;
}

function stat(panel: StatPanel): StatBuilder {
  const queries = panel.sparkline ? panel.queries.map((query) => windowed(panel, query)) : panel.queries;
  const builder = new StatBuilder()
    .colorMode(panel.colour === 'background' ? common.BigValueColorMode.Background : common.BigValueColorMode.Value)
    .graphMode(panel.sparkline ? common.BigValueGraphMode.Area : common.BigValueGraphMode.None)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .reduceOptions(
      new common.ReduceDataOptionsBuilder()
        .values(false)
        .calcs([reducer(panel)])
        .fields(''),
    );
  return withTargets(builder, panel, 'time_series', queries);
}

/** A number of the whole range asked window by window, so that there is something to draw below it. */
function windowed(panel: StatPanel, query: PanelQuery): PanelQuery {
  const hasOtherTotal = query.select.some(
    ({ aggregate, over, perSecond }) =>
      aggregate === 'last' || aggregate === 'mean' || over !== undefined || perSecond === true,
  );
  if (query.over === 'windows') return query;
  if (hasOtherTotal || query.perSeries !== undefined) {
    throw new Error(`"${panel.title}" cannot have a sparkline: its windows do not add up to the number of the range`);
  }
  return { ...query, over: 'windows', fill: query.fill === 'none' ? 'null' : query.fill };
}

/** How the windows of a stat become its number. */
function reducer(panel: StatPanel): string {
  const aggregates = new Set(panel.queries.flatMap((query) => query.select.map((selection) => selection.aggregate)));
  const isWindowed = panel.sparkline || panel.queries.some((query) => query.over === 'windows');
  if (!isWindowed) return 'lastNotNull';
  if (aggregates.size !== 1) throw new Error(`"${panel.title}" joins windows of several kinds into one number`);
  const [aggregate] = aggregates;
  if (aggregate === 'sum' || aggregate === 'count') return 'sum';
  return aggregate === undefined || aggregate === 'last' ? 'lastNotNull' : aggregate;
}

function timeseries(panel: TimeseriesPanel): TimeseriesBuilder {
  const style = {
    lines: common.GraphDrawStyle.Line,
    bars: common.GraphDrawStyle.Bars,
    points: common.GraphDrawStyle.Points,
  }[panel.draw];
  const isGrouped = panel.queries.some((query) => query.groupBy.length > 0);
  const legend = new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .placement(common.LegendPlacement.Bottom)
    .displayMode(isGrouped ? common.LegendDisplayMode.Table : common.LegendDisplayMode.List)
    .calcs(isGrouped ? ['lastNotNull', 'max', 'mean'] : []);
  if (isGrouped) legend.sortBy('Max').sortDesc(true);
  const builder = new TimeseriesBuilder()
    .drawStyle(style)
    .lineWidth(1)
    .fillOpacity(panel.draw === 'bars' ? 70 : 10)
    .showPoints(panel.draw === 'points' ? common.VisibilityMode.Always : common.VisibilityMode.Auto)
    .spanNulls(false)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .stacking(
      new common.StackingConfigBuilder()
        .mode(panel.stacked ? common.StackingMode.Normal : common.StackingMode.None)
        .group('A'),
    )
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(
        panel.thresholds === undefined ? common.GraphThresholdsStyleMode.Off : common.GraphThresholdsStyleMode.Dashed,
      ),
    )
    .legend(legend)
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    );
  return withTargets(builder, panel, 'time_series');
}

function barGauge(panel: BarGaugePanel): BarGaugeBuilder {
  const [query] = panel.queries;
  const [selection] = query?.select ?? [];
  if (query === undefined || selection === undefined || panel.queries.length > 1 || query.select.length > 1) {
    throw new Error(`"${panel.title}": a bar gauge shows one number of one query`);
  }
  const column = columnName(selection);
  const builder = new BarGaugeBuilder()
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .valueMode(common.BarGaugeValueMode.Color)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .reduceOptions(
      new common.ReduceDataOptionsBuilder()
        .values(true)
        .limit(Math.min(query.top ?? mostRows, mostRows))
        .calcs([])
        .fields(`/^${column.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&')}$/`),
    )
    // The bars are named by the text columns of their row; InfluxQL cannot sort by a value.
    .withTransformation({ id: 'sortBy', options: { sort: [{ field: column, desc: true }] } });
  return withTargets(builder, panel, 'table');
}

function table(panel: TablePanel, links: readonly cog.Builder<sdk.DashboardLink>[]): TableBuilder {
  const columns = [...new Set(panel.queries.flatMap((query) => [...query.groupBy, ...query.select.map(columnName)]))];
  const [firstTag] = panel.queries.flatMap((query) => query.groupBy);
  const [firstNumber = ''] = panel.queries.flatMap((query) => query.select.map(columnName));
  const heading = (name: string): string => panel.columns?.[name]?.heading ?? name;
  const sortedBy = columns.find((name) => heading(name) === panel.sortBy) ?? firstNumber;
  if (panel.sortBy !== undefined && heading(sortedBy) !== panel.sortBy) {
    throw new Error(`"${panel.title}" is to be sorted by "${panel.sortBy}", which is no heading of it`);
  }
  const builder = new TableBuilder()
    .cellHeight(common.TableCellHeight.Sm)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(heading(sortedBy)).desc(true)]);
  withTargets(builder, panel, 'table');
  // Rows of one group from several queries join into one; their times differ and mean nothing here.
  builder.withTransformation({ id: 'filterFieldsByName', options: { exclude: { names: ['Time'] } } });
  if (builder.build().targets?.length !== 1) builder.withTransformation({ id: 'merge', options: {} });
  builder
    .withTransformation({ id: 'sortBy', options: { sort: [{ field: sortedBy, desc: true }] } })
    .withTransformation({ id: 'limit', options: { limitField: mostRows } });
  for (const name of columns) {
    const isDecisive = panel.thresholds !== undefined && name === firstNumber;
    const hasLinks = links.length > 0 && name === firstTag;
    builder.overrideByName(name, [
      { id: 'displayName', value: heading(name) },
      ...(isDecisive ? [{ id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } }] : []),
      ...(hasLinks ? [{ id: 'links', value: links.map((link) => link.build()) }] : []),
    ]);
  }
  return builder;
}
