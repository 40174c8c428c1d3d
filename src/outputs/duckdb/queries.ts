// The query engine over the embedded store: panel queries, tag values, time span. Every question runs on a reading
// connection with a time limit, so none can hold up the intake or another question for ever.
import { BIGINT, VARCHAR } from '@duckdb/node-api';
import type { DuckDBConnection, JS } from '@duckdb/node-api';
import { storedTagNames } from '../../model/catalogue.ts';
import type { Measurement } from '../../model/catalogue.ts';
import { messageOf, printable } from '../../model/errors.ts';
import type { PanelQuery, QueryEngine, QueryRange, ResultRow } from '../../model/query.ts';
import type { Database } from './database.ts';
import { filled, windowCount } from './fill.ts';
import { hasTimeColumn, statementOf } from './sql.ts';
import type { Statement } from './sql.ts';
import { quoted } from './tables.ts';

/** The longest a question may take. */
const timeLimitMs = 30_000;

/** The most rows of a result, filled ones included; more belong into a narrower question. */
const maxRows = 200_000;

/** Makes the query engine of an opened database. */
export function createQueryEngine(database: Database, measurements: readonly Measurement[]): QueryEngine {
  const names = new Set(measurements.map((measurement) => measurement.name));
  const check = (measurement: Measurement): void => {
    if (!names.has(measurement.name)) throw new Error(`the store has no measurement "${measurement.name}"`);
  };
  return {
    async run(query, range, variables, signal) {
      check(query.measurement);
      checkRange(query, range);
      const rows = await ask(database, statementOf(query, range, variables, maxRows + 1), signal);
      const groupCount = query.groupBy.length;
      const hasTime = hasTimeColumn(query);
      const result = rows.map((row): ResultRow => ({
        group: row.slice(0, groupCount).map(String),
        timeMs: hasTime ? Number(row[groupCount]) : range.fromMs,
        values: row.slice(groupCount + (hasTime ? 1 : 0)).map(valueOf),
      }));
      const isFilled = query.over === 'windows' && query.fill !== 'none';
      const total = isFilled ? countGroups(result) * windowCount(range) : result.length;
      if (total > maxRows) {
        throw new Error(`the answer has more than ${maxRows} rows: choose a shorter range or fewer series`);
      }
      return filled(result, query, range);
    },
    async tagValues(measurement, tag, limit) {
      check(measurement);
      if (!storedTagNames(measurement).includes(tag)) throw new Error(`${measurement.name} has no tag "${tag}"`);
      const column = quoted(tag);
      const sql =
        `SELECT DISTINCT ${column} FROM main.${quoted(measurement.name)} WHERE ${column} <> '' ` +
        `ORDER BY ${column} LIMIT ${Math.max(0, Math.floor(limit))}`;
      return (await ask(database, { sql, parameters: {} }, undefined)).map((row) => String(row[0]));
    },
    span: () => database.read(undefined, (connection) => storedSpan(connection, measurements)),
  };
}

/** Time of the oldest and the newest stored point, or undefined when there are none. */
export async function storedSpan(
  connection: DuckDBConnection,
  measurements: readonly Measurement[],
): Promise<{ readonly fromMs: number; readonly toMs: number } | undefined> {
  if (measurements.length === 0) return undefined;
  const spans = measurements.map(
    (measurement) => `SELECT min(time) AS first, max(time) AS newest FROM main.${quoted(measurement.name)}`,
  );
  const sql = `SELECT CAST(min(first) AS DOUBLE), CAST(max(newest) AS DOUBLE) FROM (${spans.join(' UNION ALL ')})`;
  const [row] = (await connection.runAndReadAll(sql)).getRowsJS();
  const [fromMs, toMs] = row ?? [];
  return typeof fromMs === 'number' && typeof toMs === 'number' ? { fromMs, toMs } : undefined;
}

function checkRange(query: PanelQuery, range: QueryRange): void {
  const isWhole = [range.fromMs, range.toMs, range.windowMs].every((value) => Number.isSafeInteger(value));
  if (!isWhole || range.toMs < range.fromMs || (query.over === 'windows' && range.windowMs <= 0)) {
    throw new Error('a time range needs whole milliseconds, an end after its beginning, and a positive window');
  }
}

async function ask(
  database: Database,
  { sql, parameters }: Statement,
  signal: AbortSignal | undefined,
): Promise<readonly JS[][]> {
  const limit = AbortSignal.timeout(timeLimitMs);
  const types = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, typeof value === 'bigint' ? BIGINT : VARCHAR]),
  );
  try {
    return await database.read(signal ? AbortSignal.any([signal, limit]) : limit, async (connection) =>
      (await connection.runAndReadAll(sql, { ...parameters }, types)).getRowsJS(),
    );
  } catch (error) {
    if (limit.aborted) throw new Error(`the store did not answer within ${timeLimitMs / 1000} s`, { cause: error });
    if (signal?.aborted) throw new Error('the question was given up', { cause: error });
    throw new Error(`the store cannot answer: ${printable(messageOf(error).split('\n')[0] ?? '', 300)}`, {
      cause: error,
    });
  }
}

function valueOf(value: JS | undefined): number | string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'string' ? value : null;
}

function countGroups(rows: readonly ResultRow[]): number {
  let groups = 0;
  let previous: ResultRow | undefined;
  for (const row of rows) {
    if (!previous || row.group.some((value, index) => value !== previous?.group[index])) groups++;
    previous = row;
  }
  return groups;
}
