// A panel query as SQL for the embedded store (DESIGN 4), with the numbers InfluxDB gives for the InfluxQL of the
// same query: windows aligned to the epoch in UTC, empty values left out of every aggregate, `last` by time and by
// the greater value at the same time. Values are always parameters; names come from the catalogue and are quoted.
// Empty windows are filled in fill.ts. Names of our own begin with `_`, which no declared name can.
import { storedTagNames } from '../../model/catalogue.ts';
import { columnName, hasPointTime, queryFault, rateSeconds } from '../../model/query-rules.ts';
import type { Aggregate, PanelQuery, QueryRange, Selection, TagFilter, VariableValues } from '../../model/query.ts';
import { windowStart } from './fill.ts';
import { quoted } from './tables.ts';

/** A statement and its parameters by name: BIGINT for bigint, VARCHAR for string. */
export interface Statement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, bigint | string>>;
}

/**
 * Renders a query. Columns of the result: one per group-by tag, then a time (`hasTimeColumn`), then one per
 * selection; ordered by group, then time, and single points newest first. At most `maxRows` rows. Throws for a query
 * that names what its measurement does not declare, that sums texts, or that has no meaning.
 */
export function statementOf(
  query: PanelQuery,
  range: QueryRange,
  variables: VariableValues,
  maxRows: number,
): Statement {
  const rendering = new Rendering(query, range, variables);
  return { sql: rendering.statement(maxRows), parameters: rendering.parameters };
}

/** True when the result has a column with the time of each row: the window's start, or the time of a point. */
export function hasTimeColumn(query: PanelQuery): boolean {
  return query.over === 'windows' || hasPointTime(query);
}

class Rendering {
  readonly parameters: Record<string, bigint | string> = {};
  readonly #query: PanelQuery;
  readonly #range: QueryRange;
  readonly #groups: readonly string[];
  readonly #condition: string;

  constructor(query: PanelQuery, range: QueryRange, variables: VariableValues) {
    this.#query = query;
    this.#range = range;
    const tags = storedTagNames(query.measurement);
    for (const tag of [...query.groupBy, ...query.where.map((filter) => filter.tag)]) {
      if (!tags.includes(tag)) throw new Error(`${query.measurement.name} has no tag "${tag}"`);
    }
    if (query.select.length === 0) throw new Error('a query must select something');
    for (const selection of query.select) checkSelection(query, selection);
    const fault = queryFault(query);
    if (fault !== undefined) throw new Error(`${query.measurement.name} cannot be asked: ${fault}`);
    this.#groups = query.groupBy.map(quoted);
    this.parameters['from'] = BigInt(range.fromMs);
    this.parameters['to'] = BigInt(range.toMs);
    if (query.over === 'windows') {
      this.parameters['window'] = BigInt(range.windowMs);
      this.parameters['first'] = BigInt(windowStart(range.fromMs, range.windowMs));
    }
    this.#condition = [
      'time >= CAST($from AS BIGINT)',
      'time < CAST($to AS BIGINT)',
      ...query.where.map((filter) => this.#filter(filter, variables)),
    ].join(' AND ');
  }

  /** The condition of a tag filter; a variable without a choice (All) keeps everything. */
  #filter(filter: TagFilter, variables: VariableValues): string {
    const { variable } = filter;
    const chosen = variable !== undefined && Object.hasOwn(variables, variable) ? variables[variable] : undefined;
    const isAll = variable !== undefined && (chosen === undefined || chosen.length === 0);
    if (isAll) return 'TRUE';
    const values = [...(filter.values ?? []), ...(chosen ?? [])];
    const tag = quoted(filter.tag);
    const named = (value: string): string => {
      const name = `value${Object.keys(this.parameters).length}`;
      this.parameters[name] = value;
      return `$${name}`;
    };
    const parts = (filter.prefixes ?? []).map((prefix) => `starts_with(${tag}, ${named(prefix)})`);
    if (values.length > 0) parts.push(`${tag} IN (${values.map(named).join(', ')})`);
    const isAny = parts.length === 0 ? 'FALSE' : `(${parts.join(' OR ')})`;
    return filter.not === true ? `NOT ${isAny}` : isAny;
  }

  statement(maxRows: number): string {
    const query = this.#query;
    if (query.over === 'rows') return this.#points(Math.min(query.limit ?? maxRows, maxRows));
    const isWindowed = query.over === 'windows';
    const keys = isWindowed ? [...this.#groups, '_window'] : this.#groups;
    const numbers = query.select.map((selection, index) => `${this.#number(selection, index)} AS _value${index}`);
    const times = hasPointTime(query)
      ? [`max(${this.#time(0)}) FILTER (WHERE ${this.#source(0)} IS NOT NULL) AS _point`]
      : [];
    // A group without any selected value is no row, as in InfluxDB.
    const isPresent = query.select.map((_, index) => `count(${this.#source(index)}) > 0`).join(' OR ');
    const isKept = [`(${isPresent})`, ...this.#conditions()].join(' AND ');
    const outer =
      `SELECT ${[...keys, ...times, ...numbers].join(', ')} FROM ${this.#rows(isWindowed)} ` +
      `${keys.length === 0 ? '' : `GROUP BY ${keys.join(', ')} `}HAVING ${isKept}`;
    const order = keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`;
    if (query.top === undefined || this.#groups.length === 0) return `${outer}${order} LIMIT ${maxRows}`;
    const top = Math.max(0, Math.floor(query.top));
    // Groups are ranked by the first selection over the whole range, whatever the panel's window is.
    const ranked =
      `SELECT ${this.#groups.join(', ')} FROM (SELECT ${[...this.#groups, `${this.#number(query.select[0], 0)} AS _rank`].join(', ')} ` +
      `FROM ${this.#rows(false)} GROUP BY ${this.#groups.join(', ')} HAVING ${isKept}) ` +
      `ORDER BY _rank DESC NULLS LAST, ${this.#groups.join(', ')} LIMIT ${top}`;
    return (
      `WITH _ranked AS (${ranked}) SELECT * FROM (${outer}) AS _found SEMI JOIN _ranked USING (${this.#groups.join(', ')})` +
      `${order} LIMIT ${maxRows}`
    );
  }

  /** The newest points as they are stored; those of one time by their tags, so that the same ones are always kept. */
  #points(limit: number): string {
    const { measurement, select } = this.#query;
    const fields = select.map(({ field }) => quoted(field));
    const values = select.map(({ field }, index) => {
      const isText = measurement.fields[field]?.type === 'string';
      return `${isText ? quoted(field) : `CAST(${quoted(field)} AS DOUBLE)`} AS _value${index}`;
    });
    const isPresent = fields.map((field) => `${field} IS NOT NULL`).join(' OR ');
    const conditions = this.#comparisons((index) => fields[index] ?? 'NULL');
    const tags = storedTagNames(measurement).map((tag) => `${quoted(tag)} DESC`);
    return (
      `SELECT ${[...this.#groups, 'time AS _point', ...values].join(', ')} FROM main.${quoted(measurement.name)} ` +
      `WHERE ${[this.#condition, `(${isPresent})`, ...conditions].join(' AND ')} ` +
      `ORDER BY ${['time DESC', ...tags].join(', ')} LIMIT ${limit}`
    );
  }

  /** The conditions on groups. A count of nothing is no number there, as in InfluxDB. */
  #conditions(): string[] {
    return this.#comparisons((index) => {
      const selection = this.#query.select[index];
      const sql = this.#number(selection, index);
      return selection?.aggregate === 'count' ? `NULLIF(${sql}, 0)` : sql;
    });
  }

  /** The conditions of the query; `column` gives a selection by its place. Numbers are finite (queryFault). */
  #comparisons(column: (index: number) => string): string[] {
    return (this.#query.having ?? []).flatMap(({ select: name, above, below }) => {
      const compared = column(this.#query.select.findIndex((selection) => columnName(selection) === name));
      return [
        ...(above === undefined ? [] : [`${compared} > ${above}`]),
        ...(below === undefined ? [] : [`${compared} < ${below}`]),
      ];
    });
  }

  /** The rows that the outer aggregates join: stored rows, or one per series (and window) with `perSeries`. */
  #rows(isWindowed: boolean): string {
    const query = this.#query;
    const table = `main.${quoted(query.measurement.name)}`;
    // Counted from the first window, so that no time is before it: the division then rounds down.
    const start =
      'CAST($first AS BIGINT) + (time - CAST($first AS BIGINT)) // CAST($window AS BIGINT) * CAST($window AS BIGINT)';
    const windowed = isWindowed ? [`${start} AS _window`] : [];
    const fields = query.select.flatMap((selection, index) => [
      { name: `_field${index}`, field: selection.field, aggregate: selection.aggregate },
      ...(selection.over === undefined
        ? []
        : [{ name: `_under${index}`, field: selection.over, aggregate: 'sum' as const }]),
    ]);
    if (query.perSeries === undefined && !joinsSeries(query)) {
      const columns = fields.map(({ name, field }) => `${quoted(field)} AS ${name}`);
      return `(SELECT ${[...this.#groups, 'time AS _time', ...windowed, ...columns].join(', ')} FROM ${table} WHERE ${this.#condition})`;
    }
    const tags = storedTagNames(query.measurement).map(quoted);
    const columns = fields.map(
      ({ name, field, aggregate }) => `${ofSeries(query.perSeries ?? aggregate, quoted(field))} AS ${name}`,
    );
    if (query.perSeries === undefined) {
      const times = query.select.map(
        ({ field }, index) => `max(time) FILTER (WHERE ${quoted(field)} IS NOT NULL) AS ${this.#time(index)}`,
      );
      columns.push(...times);
    }
    const keys = isWindowed ? [...tags, '_window'] : tags;
    // Values by `perSeries` join at the window's start: at one time, so that `last` takes the greatest.
    const time = isWindowed ? '_window AS _time' : 'CAST($from AS BIGINT) AS _time';
    const inner = isWindowed
      ? `(SELECT *, ${start} AS _window FROM ${table} WHERE ${this.#condition})`
      : `(SELECT * FROM ${table} WHERE ${this.#condition})`;
    return `(SELECT ${[...keys, time, ...columns].join(', ')} FROM ${inner} GROUP BY ${keys.join(', ')})`;
  }

  #source(index: number): string {
    return `_field${index}`;
  }

  /** The time of a selection's values. */
  #time(index: number): string {
    return joinsSeries(this.#query) ? `_time${index}` : '_time';
  }

  /** One selected number. Rates divide by the window, or by the range where there is none. */
  #number(selection: Selection | undefined, index: number): string {
    if (!selection) throw new Error('a query must select something');
    let sql = aggregated(selection.aggregate, this.#source(index), this.#time(index));
    const type = this.#query.measurement.fields[selection.field]?.type;
    if (type !== 'string' || selection.aggregate === 'count') sql = `CAST(${sql} AS DOUBLE)`;
    if (selection.over !== undefined) sql = `${sql} / NULLIF(CAST(sum(_under${index}) AS DOUBLE), 0)`;
    const perSeconds = rateSeconds(selection);
    if (perSeconds !== undefined) {
      const { windowMs, fromMs, toMs } = this.#range;
      const seconds = (this.#query.over === 'windows' ? windowMs : toMs - fromMs) / 1000;
      sql = `${sql} * ${perSeconds} / ${Math.max(seconds, 0.001)}`;
    }
    return sql;
  }
}

function aggregated(aggregate: Aggregate, column: string, time: string): string {
  switch (aggregate) {
    case 'sum':
      return `sum(${column})`;
    case 'mean':
      return `avg(${column})`;
    case 'median':
      return `median(${column})`;
    case 'max':
      return `max(${column})`;
    case 'min':
      return `min(${column})`;
    case 'count':
      return `count(${column})`;
    case 'last':
      return `arg_max(${column}, (${time}, ${column})) FILTER (WHERE ${column} IS NOT NULL)`;
  }
}

/**
 * True when the rows of each series are joined first, although the query does not ask for it. A last value over many
 * rows needs a second order, which is slow; over one row per series it does not matter. The other selections must
 * come out the same.
 */
function joinsSeries({ perSeries, select }: PanelQuery): boolean {
  const isSame = ({ aggregate }: Selection): boolean => ['last', 'sum', 'max', 'min'].includes(aggregate);
  return perSeries === undefined && select.some(({ aggregate }) => aggregate === 'last') && select.every(isSame);
}

/** One number of a series: it has one value at a time, so its last needs no second order (which is slow). */
function ofSeries(aggregate: Aggregate, column: string): string {
  return aggregate === 'last'
    ? `arg_max(${column}, time) FILTER (WHERE ${column} IS NOT NULL)`
    : aggregated(aggregate, column, 'time');
}

function checkSelection(query: PanelQuery, selection: Selection): void {
  const { name, fields } = query.measurement;
  for (const field of selection.over === undefined ? [selection.field] : [selection.field, selection.over]) {
    if (!Object.hasOwn(fields, field)) throw new Error(`${name} has no field "${field}"`);
  }
  const isText = fields[selection.field]?.type === 'string';
  const aggregates = query.perSeries === undefined ? [selection.aggregate] : [query.perSeries, selection.aggregate];
  const isNumber = selection.over !== undefined || rateSeconds(selection) !== undefined;
  if (isText && (isNumber || !aggregates.every((aggregate) => aggregate === 'last' || aggregate === 'count'))) {
    throw new Error(`${name}.${selection.field} is a text: only its last value and its count can be asked for`);
  }
  if (selection.over !== undefined && fields[selection.over]?.type === 'string') {
    throw new Error(`${name}.${selection.over} is a text: nothing can be divided by it`);
  }
}
