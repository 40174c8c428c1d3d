// Dashboards as the page gets them: what it needs to draw, without measurements, filters or anything to query by.
import type { Dashboard, Panel } from '../model/panel.ts';
import { rateSeconds } from '../model/query-rules.ts';
import type { PanelQuery } from '../model/query.ts';
import type { DashboardDefinition, QueryDefinition } from './public/wire.ts';

/** The definition of a dashboard for the page; with `canFindLines` it says which numbers are made of lines. */
export function definitionOf(dashboard: Dashboard, canFindLines: boolean): DashboardDefinition {
  const { uid, title, description, folder, defaultRangeSeconds, refreshSeconds } = dashboard;
  return {
    uid,
    title,
    description,
    folder,
    defaultRangeSeconds,
    refreshSeconds,
    variables: dashboard.variables.map(({ name, label }) => ({ name, label })),
    sections: dashboard.sections.map((section) => ({
      title: section.title,
      panels: section.panels.map((panel) => ({
        ...panel,
        queries: panel.queries.map((query) => queryOf(query, canFindLines)),
      })),
    })),
  };
}

function queryOf(query: PanelQuery, canFindLines: boolean): QueryDefinition {
  return {
    over: query.over,
    groupBy: query.groupBy,
    select: query.select.map((selection) => ({
      name: selection.as ?? selection.field,
      isCount: isCount(query, selection),
      isText: query.measurement.fields[selection.field]?.type === 'string' && selection.aggregate !== 'count',
      ...(canFindLines && hasLines(query, selection) ? { hasLines: true } : {}),
    })),
  };
}

/** True for a number that adds up over windows: its total means something, and an empty window is zero. */
export function isCount(query: PanelQuery, selection: PanelQuery['select'][number]): boolean {
  const adds = selection.aggregate === 'sum' || selection.aggregate === 'count';
  return adds && query.perSeries === undefined && selection.over === undefined && rateSeconds(selection) === undefined;
}

/** True for a number that lines of a log add up to: sums of counters, but not of what is reported from time to time. */
export function hasLines(query: PanelQuery, selection: PanelQuery['select'][number]): boolean {
  const { measurement, over, perSeries } = query;
  const isCounter = measurement.fields[selection.field]?.kind === 'counter' && !measurement.isInstant;
  const isSum = selection.aggregate === 'sum' && selection.over === undefined && perSeries === undefined;
  return isCounter && isSum && over !== 'rows';
}

/** Finds a panel by its number. */
export function panelOf(dashboard: Dashboard, id: number): Panel | undefined {
  return dashboard.sections.flatMap((section) => section.panels).find((panel) => panel.id === id);
}
