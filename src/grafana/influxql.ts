// A panel query as InfluxQL for Grafana, within the subset that InfluxDB 1.x, 2.x and 3 share (grafana 6 and 7): with
// `$timeFilter`, `$__interval` and `${variable:regex}`, which interpolate.ts puts in as Grafana does. What this subset
// cannot answer as the embedded store does is refused when dashboards are generated, not drawn wrongly.
import { storedTagNames } from '../model/catalogue.ts';
import type { Measurement } from '../model/catalogue.ts';
import { columnName, queryFault, rateSeconds } from '../model/query-rules.ts';
import type { Aggregate, PanelQuery, Selection, TagFilter } from '../model/query.ts';

/** One statement, and which selections of the query its columns hold, in order. */
export interface InfluxqlStatement {
  readonly text: string;
  readonly selections: readonly number[];
}

/**
 * The statements that answer a query together: one, and one more for each field that ratios divide by, because rows
 * where it is 0 are left out. A series chart with `top` asks for every group: InfluxQL cannot rank whole series, and
 * Grafana's legend sorts them. Throws for a question that InfluxQL cannot answer.
 */
export function influxqlOf(query: PanelQuery): readonly InfluxqlStatement[] {
  refuseWhatInfluxqlLacks(query);
  if (query.over === 'rows') return [{ text: pointsStatement(query), selections: [...query.select.keys()] }];
  const divisors = [...new Set(query.select.map((selection) => selection.over))];
  if ((isRanked(query) || hasConditions(query)) && divisors.length > 1) {
    throw refusal(query, 'ranked rows and those with a condition cannot mix ratios and other numbers');
  }
  return divisors.map((divisor) => {
    const selections = [...query.select.keys()].filter((index) => query.select[index]?.over === divisor);
    const chosen = query.select.filter((selection) => selection.over === divisor);
    const text = divisor === undefined ? plainStatement(query, chosen) : ratioStatement(query, chosen, divisor);
    return { text, selections };
  });
}

/** Values of a tag, for a dashboard variable. InfluxDB 3 looks back a day only unless there is a time condition. */
export function tagValuesInfluxql(measurement: Measurement, tag: string): string {
  return `SHOW TAG VALUES FROM ${identifier(measurement.name)} WITH KEY = ${identifier(tag)} WHERE $timeFilter`;
}

/** A name of the catalogue or a column's name, quoted. */
export function identifier(name: string): string {
  if (/[\u0000-\u001f$[\]]/.test(name)) throw new Error(`${JSON.stringify(name)} cannot be a name in InfluxQL`);
  return `"${name.replace(/[\\"]/g, '\\$&')}"`;
}

/** The newest points as they are stored, with their tags as columns. A point without any of the fields is left out. */
function pointsStatement(query: PanelQuery): string {
  const fields = query.select.map(
    (selection) => `${identifier(selection.field)} AS ${identifier(columnName(selection))}`,
  );
  const conditions = conditionsOf(query, (index) => identifier(query.select[index]?.field ?? ''));
  const columns = [...query.groupBy.map(identifier), ...fields].join(', ');
  return `SELECT ${columns} FROM ${stored(query, conditions)} ORDER BY time DESC LIMIT ${query.limit ?? 0}`;
}

function plainStatement(query: PanelQuery, selections: readonly Selection[]): string {
  const columns = selections.map((selection, index) => ({ selection, inner: identifier(`_value${index}`) }));
  if (isRanked(query) || hasConditions(query)) {
    const inner = columns.map(
      ({ selection, inner }) => `${number(query, selection, identifier(selection.field), true)} AS ${inner}`,
    );
    return chosen(query, selections, inner, []);
  }
  if (query.perSeries === undefined) {
    const list = selections.map(
      (selection) => `${number(query, selection, identifier(selection.field))} AS ${identifier(columnName(selection))}`,
    );
    return `SELECT ${list.join(', ')} FROM ${stored(query)}${grouping(query, query.groupBy, query.fill)}`;
  }
  const perSeries = query.perSeries;
  const list = columns.map(
    ({ selection, inner }) => `${aggregated(perSeries, identifier(selection.field))} AS ${inner}`,
  );
  const series = `SELECT ${list.join(', ')} FROM ${stored(query)}${grouping(query, storedTagNames(query.measurement), 'none')}`;
  const outer = columns.map(
    ({ selection, inner }) => `${number(query, selection, inner)} AS ${identifier(columnName(selection))}`,
  );
  return `SELECT ${outer.join(', ')} FROM (${series}) WHERE $timeFilter${grouping(query, query.groupBy, query.fill)}`;
}

/**
 * Ratios: InfluxQL gives 0 for a division by 0, so both sides are summed in a subquery and rows without a divisor are
 * left out. The division itself stands outside, because InfluxDB 1.x divides integers without a fraction inside one.
 */
function ratioStatement(query: PanelQuery, selections: readonly Selection[], divisor: string): string {
  const under = identifier('_under');
  const columns = selections.map((selection, index) => ({ selection, inner: identifier(`_value${index}`) }));
  const sums = `sum(${identifier(divisor)}) AS ${under}`;
  if (isRanked(query) || hasConditions(query)) {
    const inner = columns.map(
      ({ selection, inner }) =>
        `${number(query, selection, identifier(selection.field), true)} / sum(${identifier(divisor)}) AS ${inner}`,
    );
    return chosen(query, selections, [...inner, sums], [`${under} > 0`]);
  }
  const inner = columns.map(
    ({ selection, inner }) => `${aggregated(selection.aggregate, identifier(selection.field))} AS ${inner}`,
  );
  const rows = `SELECT ${[...inner, sums].join(', ')} FROM ${stored(query)}${grouping(query, query.groupBy, 'none')}`;
  const outer = columns.map(({ selection, inner }) => {
    const ratio = `${aggregated('sum', inner)} / sum(${under})`;
    return `${rate(query, selection, ratio)} AS ${identifier(columnName(selection))}`;
  });
  // Nothing over nothing is no number, whatever the query fills counts with.
  const fill = query.fill === 'none' ? 'none' : 'null';
  return `SELECT ${outer.join(', ')} FROM (${rows}) WHERE ${under} > 0 AND $timeFilter${grouping(query, query.groupBy, fill)}`;
}

/**
 * Groups that a condition keeps, or the greatest by the first selection, from a subquery with a row for each. Ranked
 * rows have the group's tags as columns, others as tags of the series.
 */
function chosen(
  query: PanelQuery,
  selections: readonly Selection[],
  inner: readonly string[],
  conditions: readonly string[],
): string {
  const columns = selections.map(
    (selection, index) => `${identifier(`_value${index}`)} AS ${identifier(columnName(selection))}`,
  );
  const rows = `SELECT ${inner.join(', ')} FROM ${stored(query)}${grouping(query, query.groupBy, 'none')}`;
  const all = [...conditions, ...conditionsOf(query, (index) => identifier(`_value${index}`)), '$timeFilter'];
  const from = `FROM (${rows}) WHERE ${all.join(' AND ')}`;
  if (!isRanked(query)) return `SELECT ${columns.join(', ')} ${from}${grouping(query, query.groupBy, 'none')}`;
  const first = query.select[0];
  const tags = query.groupBy.map(identifier).join(', ');
  const greatest = `top(${identifier('_value0')}, ${tags}, ${query.top ?? 0})`;
  const named = first === undefined ? greatest : `${greatest} AS ${identifier(columnName(first))}`;
  return `SELECT ${[named, ...columns.slice(1)].join(', ')} ${from}`;
}

/** The conditions on selected numbers; `column` names that of a selection by its place. */
function conditionsOf(query: PanelQuery, column: (index: number) => string): string[] {
  return (query.having ?? []).flatMap(({ select: name, above, below }) => {
    const compared = column(query.select.findIndex((selection) => columnName(selection) === name));
    return [
      ...(above === undefined ? [] : [`${compared} > ${decimal(above)}`]),
      ...(below === undefined ? [] : [`${compared} < ${decimal(below)}`]),
    ];
  });
}

/** A number without an exponent, which InfluxQL does not read. */
function decimal(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : text;
}

function hasConditions(query: PanelQuery): boolean {
  return query.having !== undefined && query.having.length > 0;
}

/** True when the statement itself keeps the greatest groups. */
export function isRanked(query: PanelQuery): boolean {
  return query.top !== undefined && query.over === 'range' && query.groupBy.length > 0;
}

function stored(query: PanelQuery, conditions: readonly string[] = []): string {
  const all = [...query.where.map(condition), ...conditions, '$timeFilter'];
  return `${identifier(query.measurement.name)} WHERE ${all.join(' AND ')}`;
}

function grouping(query: PanelQuery, tags: readonly string[], fill: PanelQuery['fill']): string {
  const isWindowed = query.over === 'windows';
  const keys = [...(isWindowed ? ['time($__interval)'] : []), ...tags.map(identifier)];
  if (keys.length === 0) return '';
  return ` GROUP BY ${keys.join(', ')}${isWindowed ? ` fill(${fill === 'zero' ? '0' : fill})` : ''}`;
}

/** A condition on a tag. Values and a variable's choice together mean either. */
function condition(filter: TagFilter): string {
  const tag = identifier(filter.tag);
  const values = (filter.values ?? []).map((value) => `${tag} ${filter.not === true ? '!=' : '='} ${literal(value)}`);
  const { prefixes = [] } = filter;
  const begun = prefixes.length === 0 ? [] : [`${tag} ${filter.not === true ? '!~' : '=~'} /^(${prefixes.join('|')})/`];
  const chosen = filter.variable === undefined ? [] : [`${tag} =~ /^$\{${filter.variable}:regex}$/`];
  const parts = [...values, ...begun, ...chosen];
  return parts.length === 1 ? parts.join('') : `(${parts.join(filter.not === true ? ' AND ' : ' OR ')})`;
}

function literal(value: string): string {
  // A dollar sign or a bracket would be read by Grafana as a variable.
  if (/[\u0000-\u001f$[\]]/.test(value)) throw new Error(`${JSON.stringify(value)} cannot be a value in InfluxQL`);
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}

/** One number over `column`; inside a subquery as a float, because InfluxDB 1.x would divide integers there. */
function number(query: PanelQuery, selection: Selection, column: string, isInside = false): string {
  const sum = aggregated(selection.aggregate, column);
  const isDivided = selection.over !== undefined || rateSeconds(selection) !== undefined;
  return rate(query, selection, isInside && isDivided ? `${sum} * 1.0` : sum);
}

/** A number per second, or per day, of the window or of the whole range. */
function rate(query: PanelQuery, selection: Selection, sum: string): string {
  const seconds = rateSeconds(selection);
  if (seconds === undefined) return sum;
  return `${sum} * ${seconds * 1000} / ${query.over === 'windows' ? '$__interval_ms' : '(${__to} - ${__from})'}`;
}

function aggregated(aggregate: Aggregate, column: string): string {
  return `${aggregate}(${column})`;
}

function refuseWhatInfluxqlLacks(query: PanelQuery): void {
  const names = query.select.map(columnName);
  if (names.length === 0) throw refusal(query, 'nothing is selected');
  const fault = queryFault(query);
  if (fault !== undefined) throw refusal(query, fault);
  if (new Set([...names, ...query.groupBy]).size !== names.length + query.groupBy.length) {
    throw refusal(query, 'two columns have one name: give one of them another with "as"');
  }
  for (const filter of query.where) {
    if (filter.not === true && filter.variable !== undefined) {
      throw refusal(query, `"not" with the variable ${filter.variable} would leave out everything when it is All`);
    }
    if (filter.variable === undefined && [...(filter.values ?? []), ...(filter.prefixes ?? [])].length === 0) {
      throw refusal(query, `the filter of ${filter.tag} has neither values nor a variable`);
    }
  }
  const hasRatio = query.select.some((selection) => selection.over !== undefined);
  if (query.perSeries !== undefined && hasRatio) throw refusal(query, 'ratios cannot be joined from series');
  if (query.perSeries !== undefined && isRanked(query)) throw refusal(query, 'joined series cannot be ranked');
  for (const selection of query.select) {
    if (query.perSeries !== undefined && selection.aggregate === 'last') {
      throw refusal(query, 'series of one moment have no last one: take max, min or sum of them');
    }
    if (query.over !== 'windows') continue;
    if (selection.over !== undefined && query.fill === 'previous') {
      throw refusal(query, 'a ratio has no value before: InfluxDB would carry each of its sides alone');
    }
    const isText = query.measurement.fields[selection.field]?.type === 'string';
    if (selection.aggregate === 'count' && (query.fill === 'null' || query.fill === 'previous')) {
      throw refusal(query, 'the count of an empty window is 0 in InfluxDB: fill with zero or none');
    }
    if (isText && selection.aggregate !== 'count' && query.fill === 'zero') {
      throw refusal(query, `${selection.field} is a text and has no zero`);
    }
  }
}

function refusal(query: PanelQuery, reason: string): Error {
  return new Error(`a query of ${query.measurement.name} cannot be asked in InfluxQL: ${reason}`);
}
