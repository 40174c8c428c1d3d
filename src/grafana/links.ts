// Where a click leads: other dashboards, with time range and variables kept.
import type { DashboardLink } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DrillLink, Panel } from '../model/panel.ts';

/**
 * Data links of a panel. Variables of this dashboard go along, but those that the link sets from tags of what was
 * clicked.
 */
export function dataLinks(panel: Panel, ownVariables: readonly string[]): { build(): DashboardLink }[] {
  return (panel.links ?? []).map((link) => {
    const fields = { title: link.title, url: urlOf(link, panel, ownVariables), targetBlank: false };
    // A data link has these three fields only; the builders' type is that of links in a dashboard's head.
    return { build: () => fields as DashboardLink };
  });
}

function urlOf({ dashboard, variables = {} }: DrillLink, panel: Panel, ownVariables: readonly string[]): string {
  const tagOf = (tag: string): string =>
    panel.type === 'table' || panel.type === 'bargauge' || panel.type === 'barchart'
      ? `\${__data.fields.${tag}:percentencode}`
      : `\${__field.labels.${tag}:percentencode}`;
  const set = Object.entries(variables).map(([name, tag]) => `var-${name}=${tagOf(tag)}`);
  const kept = ownVariables.filter((name) => !(name in variables)).map((name) => `\${${name}:queryparam}`);
  return `/d/${dashboard}?${['${__url_time_range}', ...set, ...kept].join('&')}`;
}
