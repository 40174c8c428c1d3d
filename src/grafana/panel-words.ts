// Panels without numbers of ours: words, and Grafana's own list of alerts.
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TextBuilder, TextMode } from '@grafana/grafana-foundation-sdk/text';
import type { AlertListPanel, TextPanel } from '../model/panel.ts';
import { alertFolder } from './alert-steps.ts';
import type { Place } from './layout.ts';

/** The most alerts in the list. */
const mostAlerts = 50;

/** In Grafana's numbering of orders: what has been so for the shortest time first. */
const newestFirst = 5;

/** Builds a panel that asks nothing of the data source. */
export function wordsBuilder(panel: TextPanel | AlertListPanel, place: Place): cog.Builder<sdk.Panel> {
  const builder = panel.type === 'text' ? textBuilder(panel) : alertListBuilder();
  return builder.id(panel.id).title(panel.title).description(panel.description).gridPos(place);
}

function textBuilder({ markdown }: TextPanel): TextBuilder {
  return new TextBuilder().mode(TextMode.Markdown).content(markdown);
}

/** The builders know no alert list. Grafana finds the folder by its title; its uid is made when alerts are loaded. */
function alertListBuilder(): PanelBuilder {
  return new PanelBuilder().type('alertlist').options({
    viewMode: 'list',
    groupMode: 'default',
    groupBy: [],
    maxItems: mostAlerts,
    sortOrder: newestFirst,
    dashboardAlerts: false,
    alertName: '',
    alertInstanceLabelFilter: '',
    datasource: '-- Grafana --',
    folder: { title: alertFolder },
    stateFilter: { firing: true, pending: true, noData: true, normal: false, error: true },
  });
}
