// What happened over time: curves, lanes of states, heat maps.
import * as common from '@grafana/grafana-foundation-sdk/common';
import { FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  CellValuesBuilder,
  FilterValueRangeBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapTooltipBuilder,
  PanelBuilder as HeatmapBuilder,
  RowsHeatmapOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as StatusHistoryBuilder } from '@grafana/grafana-foundation-sdk/statushistory';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { HeatmapPanel, StateTimelinePanel, StatusHistoryPanel, TimeseriesPanel } from '../model/panel.ts';
import { colourOf } from './look.ts';
import { colourMode, legendList, withTargets } from './panel-parts.ts';

/** Share of a lane's height that is filled. */
const laneHeight = 0.9;

/** Curves, bars or points. */
export function timeseriesBuilder(panel: TimeseriesPanel): TimeseriesBuilder {
  const style = {
    lines: common.GraphDrawStyle.Line,
    bars: common.GraphDrawStyle.Bars,
    points: common.GraphDrawStyle.Points,
  }[panel.draw];
  const isGrouped = panel.queries.some((query) => query.groupBy.length > 0);
  const legend = legendList()
    .displayMode(isGrouped ? common.LegendDisplayMode.Table : common.LegendDisplayMode.List)
    .calcs(isGrouped ? ['lastNotNull', 'max', 'mean'] : []);
  if (isGrouped) legend.sortBy('Max').sortDesc(true);
  const builder = new TimeseriesBuilder()
    .drawStyle(style)
    .lineWidth(1)
    .fillOpacity(panel.draw === 'bars' ? 70 : 10)
    .showPoints(panel.draw === 'points' ? common.VisibilityMode.Always : common.VisibilityMode.Auto)
    .spanNulls(false)
    .colorScheme(colourMode(FieldColorModeId.PaletteClassicByName))
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
  for (const [name, tone] of Object.entries(panel.seriesTones ?? {})) {
    builder.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor: colourOf(tone) } }]);
  }
  for (const name of panel.mirrored ?? []) {
    builder.overrideByName(name, [{ id: 'custom.transform', value: common.GraphTransform.NegativeY }]);
  }
  return withTargets(builder, panel, 'time_series');
}

/** A lane per series; equal states that follow each other are one stretch. */
export function stateTimelineBuilder(panel: StateTimelinePanel): StateTimelineBuilder {
  refuseTotals(panel);
  const builder = new StateTimelineBuilder()
    .mergeValues(true)
    .showValue(common.VisibilityMode.Auto)
    .alignValue(common.TimelineValueAlignment.Left)
    .rowHeight(laneHeight)
    .lineWidth(0)
    .fillOpacity(80)
    .spanNulls(false)
    .colorScheme(colourMode(FieldColorModeId.Thresholds))
    .legend(legendList())
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Single));
  return withTargets(builder, panel, 'time_series');
}

/** A lane per series, a cell per window. */
export function statusHistoryBuilder(panel: StatusHistoryPanel): StatusHistoryBuilder {
  refuseTotals(panel);
  const builder = new StatusHistoryBuilder()
    .showValue(common.VisibilityMode.Auto)
    .rowHeight(laneHeight)
    .colWidth(laneHeight)
    .lineWidth(1)
    .fillOpacity(80)
    .colorScheme(colourMode(FieldColorModeId.Thresholds))
    .legend(legendList())
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Single));
  return withTargets(builder, panel, 'time_series');
}

/**
 * Counts in rows of a tag's values. Grafana puts the rows in the order of their numbers if every series is named by
 * its number alone, so there can be no other legend.
 */
export function heatmapBuilder(panel: HeatmapPanel): HeatmapBuilder {
  refuseTotals(panel);
  const [query] = panel.queries;
  const [tag] = query?.groupBy ?? [];
  const isRows = query?.groupBy.length === 1 && query.select.length === 1 && panel.queries.length === 1;
  if (tag === undefined || !isRows || (panel.legend !== undefined && panel.legend !== `{${tag}}`)) {
    throw new Error(`"${panel.title}": a heat map shows one number of one query by one tag, named by it`);
  }
  const cells = new CellValuesBuilder().unit(panel.unit);
  if (panel.decimals !== undefined) cells.decimals(panel.decimals);
  const builder = new HeatmapBuilder()
    .calculate(false)
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        .scheme('Blues')
        .fill('blue')
        .exponent(0.5)
        .steps(64)
        .reverse(false),
    )
    // Zeros are the background, so that one count in a quiet hour is seen.
    .filterValues(new FilterValueRangeBuilder().le(1e-9))
    .rowsFrame(new RowsHeatmapOptionsBuilder().layout(common.HeatmapCellLayout.Auto))
    .yAxis(new YAxisConfigBuilder().axisPlacement(common.AxisPlacement.Left).reverse(false))
    .cellGap(1)
    .cellValues(cells)
    .showValue(common.VisibilityMode.Never)
    .showLegend()
    .tooltip(new HeatmapTooltipBuilder().mode(common.TooltipDisplayMode.Single).yHistogram(false));
  return withTargets(builder, panel, 'time_series');
}

function refuseTotals(panel: StateTimelinePanel | StatusHistoryPanel | HeatmapPanel): void {
  if (panel.queries.every(({ over }) => over === 'windows')) return;
  throw new Error(`"${panel.title}": a ${panel.type} is drawn over time and needs queries by windows`);
}
