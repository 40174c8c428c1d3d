// Puts times and variables into a query as Grafana does before it asks InfluxDB, so that exactly the shipped text of a
// panel can be run without Grafana.
import type { QueryRange, VariableValues } from '../model/query.ts';

/**
 * The query with a time range and chosen values in place of macros and variables. A variable that is not among
 * `variables`, or has no value, means All. One difference from Grafana: the end of the range is left out, as in
 * QueryRange. Throws for a macro that it does not know.
 */
export function interpolated(text: string, range: QueryRange, variables: VariableValues): string {
  return text.replace(/\$\{(\w+)(?::(\w+))?\}|\$(\w+)/g, (found, braced, format, bare) => {
    if (braced !== undefined && format === 'regex') return regex(variables[String(braced)] ?? []);
    switch (braced ?? bare) {
      case 'timeFilter':
        return `time >= ${range.fromMs}ms AND time < ${range.toMs}ms`;
      case '__interval':
        return `${range.windowMs}ms`;
      case '__interval_ms':
        return String(range.windowMs);
      case '__from':
        return String(range.fromMs);
      case '__to':
        return String(range.toMs);
      default:
        throw new Error(`${found} is no macro or variable with an explicit format`);
    }
  });
}

/** Grafana's format `regex`: one value as it is, several as a choice, All as the variable's `allValue`. */
function regex(values: readonly string[]): string {
  const escaped = values.map((value) => value.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&'));
  if (escaped.length === 0) return '.*';
  return escaped.length === 1 ? escaped.join('') : `(${escaped.join('|')})`;
}
