// Numbers of the whole range: stats, gauges, bars.
import * as common from '@grafana/grafana-foundation-sdk/common';
import { FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as BarChartBuilder } from '@grafana/grafana-foundation-sdk/barchart';
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { PanelBuilder as GaugeBuilder } from '@grafana/grafana-foundation-sdk/gauge';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import type { BarChartPanel, BarGaugePanel, GaugePanel, StatPanel } from '../model/panel.ts';
import { columnName, rateSeconds } from '../model/query-rules.ts';
import type { PanelQuery } from '../model/query.ts';
import { colourMode, escaped, legendList, withTargets } from './panel-parts.ts';

/** The most bars beside each other. */
const mostBars = 50;

/** A number with its meaning, and a sparkline if wanted. */
export function statBuilder(panel: StatPanel): StatBuilder {
  const queries = panel.sparkline ? panel.queries.map((query) => windowed(panel, query)) : panel.queries;
  const builder = new StatBuilder()
    .colorMode(panel.colour === 'background' ? common.BigValueColorMode.Background : common.BigValueColorMode.Value)
    .graphMode(panel.sparkline ? common.BigValueGraphMode.Area : common.BigValueGraphMode.None)
    .colorScheme(colourMode(FieldColorModeId.Thresholds))
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
    (selection) =>
      ['last', 'mean', 'median'].includes(selection.aggregate) ||
      selection.over !== undefined ||
      rateSeconds(selection) !== undefined,
  );
  if (query.over === 'windows') return query;
  if (hasOtherTotal || query.perSeries !== undefined) {
    throw new Error(`"${panel.title}" cannot have a sparkline: its windows do not add up to the number of the range`);
  }
  return { ...query, over: 'windows', fill: query.fill === 'none' ? 'null' : query.fill };
}

/** How the windows of a stat or gauge become its number. */
function reducer(panel: StatPanel | GaugePanel): string {
  const aggregates = new Set(panel.queries.flatMap((query) => query.select.map((selection) => selection.aggregate)));
  const isWindowed =
    (panel.type === 'stat' && panel.sparkline) || panel.queries.some((query) => query.over === 'windows');
  if (!isWindowed) return 'lastNotNull';
  if (aggregates.size !== 1) throw new Error(`"${panel.title}" joins windows of several kinds into one number`);
  const [aggregate] = aggregates;
  if (aggregate === 'sum' || aggregate === 'count') return 'sum';
  if (aggregate === 'median') throw new Error(`"${panel.title}": windows have no median in common, ask for the range`);
  return aggregate === undefined || aggregate === 'last' ? 'lastNotNull' : aggregate;
}

/** A number on an arc; its ends are set where the panel is put together. */
export function gaugeBuilder(panel: GaugePanel): GaugeBuilder {
  if (panel.min >= panel.max) throw new Error(`"${panel.title}": the least value must be below the greatest`);
  const builder = new GaugeBuilder()
    .colorScheme(colourMode(FieldColorModeId.Thresholds))
    .showThresholdMarkers(panel.thresholds !== undefined)
    .showThresholdLabels(false)
    .orientation(common.VizOrientation.Auto)
    .reduceOptions(
      new common.ReduceDataOptionsBuilder()
        .values(false)
        .calcs([reducer(panel)])
        .fields(''),
    );
  return withTargets(builder, panel, 'time_series');
}

/** Bars side by side, greatest first. */
export function barGaugeBuilder(panel: BarGaugePanel): BarGaugeBuilder {
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
    .colorScheme(colourMode(FieldColorModeId.Thresholds))
    .reduceOptions(
      new common.ReduceDataOptionsBuilder()
        .values(true)
        .limit(Math.min(query.top ?? mostBars, mostBars))
        .calcs([])
        .fields(`/^${escaped(column)}$/`),
    )
    // The bars are named by the text columns of their row; InfluxQL cannot sort by a value.
    .withTransformation({ id: 'sortBy', options: { sort: [{ field: column, desc: true }] } });
  return withTargets(builder, panel, 'table');
}

/** Bars over the values of a tag, in the order of its values; InfluxQL gives no bar for a value without points. */
export function barChartBuilder(panel: BarChartPanel): BarChartBuilder {
  const [query] = panel.queries;
  const [tag] = query?.groupBy ?? [];
  if (query?.over !== 'range' || tag === undefined || query.groupBy.length > 1 || panel.queries.length > 1) {
    throw new Error(`"${panel.title}": a bar chart shows one query of the range by one tag`);
  }
  const isSingle = query.select.length === 1;
  const builder = new BarChartBuilder()
    .xField(tag)
    .orientation(common.VizOrientation.Vertical)
    .stacking(common.StackingMode.None)
    .showValue(common.VisibilityMode.Auto)
    .barWidth(0.9)
    .groupWidth(0.8)
    .lineWidth(0)
    .fillOpacity(80)
    .xTickLabelRotation(0)
    .colorScheme(colourMode(isSingle ? FieldColorModeId.Thresholds : FieldColorModeId.PaletteClassicByName))
    .legend(legendList().showLegend(!isSingle))
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    );
  withTargets(builder, panel, 'table');
  // The time of a total means nothing; rows of several statements join by the tag.
  builder.withTransformation({ id: 'filterFieldsByName', options: { exclude: { names: ['Time'] } } });
  if (builder.build().targets?.length !== 1) builder.withTransformation({ id: 'merge', options: {} });
  return builder.withTransformation({ id: 'sortBy', options: { sort: [{ field: tag, desc: false }] } });
}
