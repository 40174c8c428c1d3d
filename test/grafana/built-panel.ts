// Panels as Grafana gets them, for tests: the shape of the JSON, and a dashboard around one panel.
import { dashboardFile } from '../../src/grafana/dashboard-json.ts';
import type { Dashboard, Panel } from '../../src/model/panel.ts';
import { switchboardPipeline } from '../../src/model/pipeline.ts';
import { query } from '../../src/model/query.ts';

/** What the tests look at of a panel in Grafana's JSON. */
export interface PanelJson {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: { uid: string };
  interval?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { refId: string; query: string; rawQuery: boolean; resultFormat: string; datasource: { uid: string } }[];
  maxDataPoints?: number;
  options: {
    legend?: { showLegend: boolean };
    reduceOptions?: { calcs: string[] };
    sortBy?: { displayName: string; desc: boolean }[];
    folder?: { title: string };
    xField?: string;
    calculate?: boolean;
    mode?: string;
    content?: string;
  };
  transformations?: { id: string; options: Record<string, unknown> }[];
  fieldConfig: {
    defaults: {
      unit?: string;
      min?: number;
      max?: number;
      noValue?: string;
      mappings?: { options: Record<string, { text: string }> }[];
      thresholds?: { steps: { color: string; value: number | null }[] };
      custom?: { spanNulls?: boolean };
      links?: { url: string }[];
    };
    overrides: { matcher: { id: string; options: string }; properties: { id: string; value: unknown }[] }[];
  };
}

/** What the tests look at of a dashboard. */
export interface DashboardJson {
  id?: number | null;
  uid: string;
  title: string;
  description: string;
  version?: number;
  schemaVersion: number;
  editable: boolean;
  graphTooltip: number;
  timezone: string;
  refresh: string;
  tags: string[];
  time: { from: string; to: string };
  links: { tags: string[]; keepTime: boolean; includeVars: boolean; asDropdown: boolean }[];
  annotations: {
    list: {
      name: string;
      enable: boolean;
      hide: boolean;
      iconColor: string;
      builtIn?: number;
      target?: { query: string; textColumn: string; tagsColumn: string };
    }[];
  };
  templating: {
    list: {
      name: string;
      label?: string;
      query: string;
      refresh: number;
      allValue: string;
      datasource: { uid: string };
    }[];
  };
  panels: PanelJson[];
}

/** The panels without the headings. */
export function panelsOf(json: DashboardJson): PanelJson[] {
  return json.panels.filter((panel) => panel.type !== 'row');
}

/** A dashboard of one panel. */
export function dashboardOf(panel: Partial<Panel>, width = 24): Dashboard {
  const asked = query(switchboardPipeline, { select: [{ field: 'records', aggregate: 'sum' }], over: 'range' });
  const base = {
    id: 1,
    type: 'stat',
    title: 'A panel',
    description: 'For a test.',
    queries: [asked],
    unit: 'short',
    colour: 'value',
    sparkline: false,
    width,
    height: 4,
  };
  return {
    uid: 'sb-test',
    title: 'Test',
    description: 'For a test.',
    folder: 'Switchboard',
    tags: ['switchboard', 'test'],
    defaultRangeSeconds: 90,
    refreshSeconds: 60,
    variables: [
      { name: 'host', label: 'Host', measurement: switchboardPipeline, tag: 'host' },
      { name: 'family', label: 'Family', measurement: switchboardPipeline, tag: 'family' },
    ],
    sections: [{ title: 'One', panels: [{ ...base, ...panel } as Panel] }],
  };
}

/** That panel as Grafana gets it. */
export function builtPanel(panel: Partial<Panel>): PanelJson {
  const json = JSON.parse(dashboardFile(dashboardOf(panel)).content) as DashboardJson;
  return panelsOf(json)[0]!;
}
