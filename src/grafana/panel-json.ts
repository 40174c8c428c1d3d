// One panel of ours as a panel of Grafana, through the official builders, in the house style. How each kind is drawn is
// in the panel-*.ts beside this file.
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import type * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import type { AlertListPanel, Panel, TextPanel, ValueText } from '../model/panel.ts';
import type { Place } from './layout.ts';
import { dataLinks } from './links.ts';
import { datasource, greatest, noValueText, thresholdSteps, valueMappings } from './look.ts';
import { barChartBuilder, barGaugeBuilder, gaugeBuilder, statBuilder } from './panel-numbers.ts';
import { tableBuilder } from './panel-table.ts';
import { heatmapBuilder, stateTimelineBuilder, statusHistoryBuilder, timeseriesBuilder } from './panel-times.ts';
import { wordsBuilder } from './panel-words.ts';

/** The most windows of a picture; cells with a text in them need room. */
const mostDataPoints = 800;
const mostCells = 100;

type NumbersPanel = Exclude<Panel, TextPanel | AlertListPanel>;

type NumbersBuilder = ReturnType<
  | typeof statBuilder
  | typeof gaugeBuilder
  | typeof barGaugeBuilder
  | typeof barChartBuilder
  | typeof timeseriesBuilder
  | typeof stateTimelineBuilder
  | typeof statusHistoryBuilder
  | typeof heatmapBuilder
  | typeof tableBuilder
>;

/** Builds a panel; `ownVariables` are the names of the dashboard's variables, for links. */
export function panelBuilder(panel: Panel, place: Place, ownVariables: readonly string[]): cog.Builder<sdk.Panel> {
  if (panel.type === 'text' || panel.type === 'alertlist') return wordsBuilder(panel, place);
  const links = dataLinks(panel, ownVariables);
  const builder = numbersBuilder(panel, links);
  builder
    .id(panel.id)
    .title(panel.title)
    .description(panel.description)
    .datasource(datasource)
    .gridPos(place)
    .unit(panel.unit)
    .noValue(noValueText(panel))
    .mappings(valueMappings(textsOf(panel)))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(thresholdSteps(panel.thresholds)))
    // The narrowest window that has a point of every series; Grafana widens it with the range.
    .interval(`${Math.max(...panel.queries.map((query) => query.minWindowSeconds))}s`)
    .maxDataPoints(panel.type === 'status-history' ? mostCells : mostDataPoints);
  if (!('mirrored' in panel)) builder.min(panel.type === 'gauge' ? panel.min : 0);
  if (panel.decimals !== undefined) builder.decimals(panel.decimals);
  const most = panel.type === 'gauge' ? panel.max : greatest(panel.unit);
  if (most !== undefined) builder.max(most);
  if (links.length > 0 && panel.type !== 'table') builder.dataLinks(links);
  return builder;
}

function numbersBuilder(panel: NumbersPanel, links: readonly cog.Builder<sdk.DashboardLink>[]): NumbersBuilder {
  switch (panel.type) {
    case 'stat':
      return statBuilder(panel);
    case 'gauge':
      return gaugeBuilder(panel);
    case 'bargauge':
      return barGaugeBuilder(panel);
    case 'barchart':
      return barChartBuilder(panel);
    case 'timeseries':
      return timeseriesBuilder(panel);
    case 'state-timeline':
      return stateTimelineBuilder(panel);
    case 'status-history':
      return statusHistoryBuilder(panel);
    case 'heatmap':
      return heatmapBuilder(panel);
    case 'table':
      return tableBuilder(panel, links);
  }
}

function textsOf(panel: NumbersPanel): readonly ValueText[] {
  return 'valueTexts' in panel ? (panel.valueTexts ?? []) : [];
}
