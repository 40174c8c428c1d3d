// The queries of dashboards and alert rules as Grafana's backend gets them: variables of a dashboard are put in, as the
// browser does, with everything chosen; `$timeFilter` and `$__interval` are left to the backend.

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const builtIn = new Set(['__from', '__to', '__interval', '__interval_ms', 'timeFilter']);

/**
 * Queries of all panels, also in closed rows: the model for /api/ds/query with its range, a name for messages, and
 * `influxql`, the text that can be given to the database itself.
 */
export function panelQueries(dashboard, dataSource) {
  const toMs = Date.now();
  const variables = new Map((dashboard.templating?.list ?? []).map((variable) => [variable.name, variable]));
  return panelsOf(dashboard.panels).flatMap((panel) => {
    const fromMs = toMs - rangeMs(panel.timeFrom ?? dashboard.time?.from);
    const maxDataPoints = panel.maxDataPoints ?? 800;
    const intervalMs = Math.max(rangeMs(panel.interval ?? '1s'), Math.ceil((toMs - fromMs) / maxDataPoints));
    return (panel.targets ?? [])
      .filter((target) => (target.datasource ?? panel.datasource)?.uid === dataSource)
      .map(({ refId, query, rawQuery, resultFormat, datasource = panel.datasource }) => {
        const text = withVariables(query, variables, { fromMs, toMs });
        const model = { refId, datasource, query: text, rawQuery, resultFormat, intervalMs, maxDataPoints };
        const name = `${dashboard.uid}, panel ${panel.id} "${panel.title}", ${refId}`;
        return { name, fromMs, toMs, model, influxql: withTimes(text, { fromMs, toMs, intervalMs }) };
      });
  });
}

/** Queries of one alert rule to the data source, with the range that the rule has for each. */
export function alertQueries(rule, dataSource) {
  const now = Date.now();
  return rule.data
    .filter(({ datasourceUid }) => datasourceUid === dataSource)
    .map(({ relativeTimeRange: { from, to }, model }) => {
      const [fromMs, toMs] = [now - from * 1000, now - to * 1000];
      const influxql = withTimes(model.query, { fromMs, toMs, intervalMs: model.intervalMs });
      return { name: `${rule.uid}, ${model.refId}`, fromMs, toMs, model, influxql };
    });
}

function panelsOf(panels = []) {
  return panels.flatMap((panel) => [panel, ...panelsOf(panel.panels)]);
}

/** `now-6h`, `6h` or `10s` in milliseconds; six hours for anything else. */
function rangeMs(text = 'now-6h') {
  const found = /^(?:now-)?(\d+)([smhdw])$/.exec(text);
  return found ? Number(found[1]) * unitMs[found[2]] : 6 * unitMs.h;
}

function withVariables(query, variables, { fromMs, toMs }) {
  return query.replace(/\$\{(\w+)(?::(\w+))?\}/g, (found, name, format) => {
    if (name === '__from') return String(fromMs);
    if (name === '__to') return String(toMs);
    const variable = variables.get(name);
    if (variable === undefined) {
      if (builtIn.has(name)) return found;
      throw new Error(`${found} in a query is no variable of its dashboard`);
    }
    const value = [variable.current?.value ?? ''].flat()[0];
    if (value === '$__all') return variable.allValue ?? '.*';
    return format === 'regex' ? String(value).replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&') : String(value);
  });
}

function withTimes(query, { fromMs, toMs, intervalMs }) {
  return query
    .replaceAll('$timeFilter', `time >= ${fromMs}ms and time <= ${toMs}ms`)
    .replaceAll('$__interval_ms', String(intervalMs))
    .replaceAll('$__interval', `${intervalMs}ms`);
}
