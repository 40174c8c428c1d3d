// What the builders lack: a query of the InfluxDB data source. And which targets a panel asks with.
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '../model/panel.ts';
import type { PanelQuery } from '../model/query.ts';
import { columnName } from '../model/query-rules.ts';
import { influxqlOf } from './influxql.ts';
import { datasource } from './look.ts';

/** `time_series`: a frame for each series; `table`: one frame with a column for each tag. */
export type ResultFormat = 'time_series' | 'table';

/** A raw InfluxQL query as the builders take it. */
class InfluxqlTarget implements cog.Builder<cog.Dataquery> {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(refId: string, query: string, resultFormat: ResultFormat, alias: string | undefined) {
    this.#fields = {
      refId,
      datasource,
      query,
      rawQuery: true,
      resultFormat,
      ...(alias === undefined ? {} : { alias }),
    };
  }

  build(): cog.Dataquery {
    // The marker method of the builders' type exists for the type checker only.
    return this.#fields as unknown as cog.Dataquery;
  }
}

/** The targets of a panel, named A, B, C and on. */
export function targetsOf(
  panel: Panel,
  queries: readonly PanelQuery[],
  format: ResultFormat,
): readonly cog.Builder<cog.Dataquery>[] {
  const statements = queries.flatMap((query) => influxqlOf(query).map((statement) => ({ query, statement })));
  return statements.map(({ query, statement }, index) => {
    const alias = format === 'table' ? undefined : aliasOf(panel, query);
    return new InfluxqlTarget(String.fromCodePoint(0x41 + index), statement.text, format, alias);
  });
}

/** Grafana's pattern for the name of a series, from the panel's legend or else the group's values and the column. */
function aliasOf(panel: Panel, query: PanelQuery): string {
  const isOneColumn = panel.queries.length === 1 && query.select.length === 1;
  const names = [...query.groupBy, ...(isOneColumn && query.groupBy.length > 0 ? [] : ['name'])];
  const legend = panel.legend ?? names.map((name) => `{${name}}`).join(' ');
  const used = [...legend.matchAll(/\{(\w+)\}(\w?)/g)];
  for (const [found, name, next] of used) {
    const isKnown = name === 'name' || query.groupBy.includes(name ?? '');
    if (!isKnown || next !== '')
      throw new Error(`legend of "${panel.title}": ${found} is no tag of the group, or touches a letter`);
  }
  const isSingleName = query.select.length === 1;
  const column = query.select.map(columnName).join('');
  return legend.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'name' ? (isSingleName ? column : '$col') : `$tag_${name}`,
  );
}
