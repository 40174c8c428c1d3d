// A dashboard of ours as classic dashboard JSON of Grafana (grafana 9 and 10): the same bytes for the same definition.
// Needs the dashboard builders, a development package: imported by the generator and tests only.
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type {
  AnnotationQuery,
  Dashboard as GrafanaDashboard,
  VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Annotation, Dashboard, Variable } from '../model/panel.ts';
import { columnName } from '../model/query-rules.ts';
import { annotations } from './annotations.ts';
import { influxqlOf, tagValuesInfluxql } from './influxql.ts';
import { placed } from './layout.ts';
import { colourOf, datasource } from './look.ts';
import { panelBuilder } from './panel-json.ts';

/** What Grafana 10.4 writes; newer servers migrate it, a number above their own would switch migration off. */
const schemaVersion = 39;

/** A file below `dashboards/`; its folder is the folder in Grafana. */
export interface DashboardFile {
  readonly path: string;
  readonly content: string;
}

/** File of a dashboard: sorted keys, two blanks of indentation, a line feed at the end. */
export function dashboardFile(dashboard: Dashboard): DashboardFile {
  return {
    path: `${dashboard.folder}/${dashboard.uid.replace(/^sb-/, '')}.json`,
    content: `${JSON.stringify(sorted(grafanaDashboard(dashboard)), null, 2)}\n`,
  };
}

function grafanaDashboard(dashboard: Dashboard): object {
  const names = dashboard.variables.map((variable) => variable.name);
  const builder = new DashboardBuilder(dashboard.title)
    .uid(dashboard.uid)
    .description(dashboard.description)
    .tags([...dashboard.tags])
    .readonly()
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: `now-${duration(dashboard.defaultRangeSeconds)}`, to: 'now' })
    .refresh(duration(dashboard.refreshSeconds))
    .link(dashboardsLink());
  for (const part of placed(dashboard.sections)) {
    if (part.kind === 'heading') builder.withRow(new RowBuilder(part.title).id(part.id).gridPos(part.place));
    else builder.withPanel(panelBuilder(part.panel, part.place, names));
  }
  const built: GrafanaDashboard = builder.build();
  return {
    ...built,
    schemaVersion,
    links: built.links?.map(withoutPlacement),
    templating: { list: dashboard.variables.map(variableJson) },
    annotations: {
      list: [grafanasOwn(), ...[...annotations, ...(dashboard.annotations ?? [])].map(annotationJson)].map(
        withoutPlacement,
      ),
    },
  };
}

/** The drop-down to all other dashboards of ours. */
function dashboardsLink(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Switchboard')
    .type(DashboardLinkType.Dashboards)
    .tags(['switchboard'])
    .icon('external link')
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true);
}

/** Several values or All, from the values of a tag within the time range. */
function variableJson(variable: Variable): Partial<VariableModel> {
  const query = tagValuesInfluxql(variable.measurement, variable.tag);
  const built = new QueryVariableBuilder(variable.name)
    .label(variable.label)
    .datasource(datasource)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .sort(VariableSort.AlphabeticalAsc)
    .current({ text: 'All', value: '$__all' })
    .options([])
    .build();
  // Fields of interval variables, which the builder adds to all kinds.
  const { auto: _auto, auto_min: _least, auto_count: _count, ...fields } = built;
  return fields;
}

/** What people write into a dashboard. */
function grafanasOwn(): AnnotationQuery {
  return new AnnotationQueryBuilder()
    .name('Annotations & Alerts')
    .datasource({ type: 'grafana', uid: '-- Grafana --' })
    .enable(true)
    .hide(true)
    .iconColor('rgba(0, 211, 255, 1)')
    .type('dashboard')
    .builtIn(1)
    .build();
}

/** Events of ours, with a switch: the first selection is the text, the tags are shown with it. */
function annotationJson({ name, tone, query }: Annotation): AnnotationQuery {
  const [statement] = influxqlOf(query);
  const [words] = query.select;
  if (query.over !== 'rows' || statement === undefined || words === undefined) {
    throw new Error(`the annotation "${name}" is not made of single points`);
  }
  const built = new AnnotationQueryBuilder()
    .name(name)
    .datasource(datasource)
    .enable(true)
    .iconColor(colourOf(tone))
    .build();
  const target = {
    refId: 'Anno',
    query: statement.text,
    rawQuery: true,
    fromAnnotations: true,
    textColumn: columnName(words),
    tagsColumn: query.groupBy.join(','),
  };
  return { ...built, target } as unknown as AnnotationQuery;
}

/** The builder would put the switches into a menu; they belong in sight. */
function withoutPlacement<T extends { placement?: unknown }>({
  placement: _placement,
  ...rest
}: T): Omit<T, 'placement'> {
  return rest;
}

/** Seconds as Grafana writes durations, in the greatest whole unit. */
function duration(seconds: number): string {
  const units = [
    { letter: 'd', length: 86_400 },
    { letter: 'h', length: 3600 },
    { letter: 'm', length: 60 },
  ];
  const unit = units.find(({ length }) => seconds % length === 0) ?? { letter: 's', length: 1 };
  return `${seconds / unit.length}${unit.letter}`;
}

/** The same value with the keys of all objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([first], [second]) => (first < second ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
