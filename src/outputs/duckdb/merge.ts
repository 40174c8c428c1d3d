// Rows into a table. Rows newer than all that is stored cannot be there yet and are appended; the others go through
// a staging table and one MERGE by time and tags. Writing the same rows again changes nothing; a field that a later
// point does not have keeps its value.
import { DuckDBDataChunk } from '@duckdb/node-api';
import type { DuckDBAppender, DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { storedTagNames } from '../../model/catalogue.ts';
import type { Measurement } from '../../model/catalogue.ts';
import { columnsOf, quoted, stagingName, valueType } from './tables.ts';
import type { Column } from './tables.ts';
import type { Row } from './rows.ts';

/** Rows of one chunk of the appender; the library's vectors hold no more. */
const chunkRows = 2048;

/** Where the rows of a measurement go. */
export interface Target {
  readonly measurement: Measurement;
  /** The table's columns in its own order; undefined when it has others too, and so cannot be appended to. */
  readonly columns: readonly Column[] | undefined;
  /** No stored row is newer, epoch milliseconds. Raised here before rows are written, so a failure leaves it true. */
  newestMs: number;
}

/** Puts rows (each time and tags once) into the table of a measurement, within the caller's transaction. */
export async function mergeRows(connection: DuckDBConnection, target: Target, rows: readonly Row[]): Promise<void> {
  const { measurement, newestMs, columns } = target;
  const isNew = (row: Row): boolean => columns !== undefined && row.timeMs > newestMs;
  const fresh = rows.filter(isNew);
  const others = fresh.length === 0 ? rows : rows.filter((row) => !isNew(row));
  target.newestMs = rows.reduce((newest, row) => Math.max(newest, row.timeMs), newestMs);
  if (others.length > 0) {
    const staging = stagingName(measurement);
    await appendRows(connection, [staging, 'main', 'temp'], measurement, columnsOf(measurement), others);
    await connection.run(mergeStatement(measurement));
    await connection.run(`DELETE FROM temp.main.${quoted(staging)}`);
  }
  if (columns && fresh.length > 0) {
    await appendRows(connection, [measurement.name, 'main'], measurement, columns, fresh);
  }
}

async function appendRows(
  connection: DuckDBConnection,
  table: Parameters<DuckDBConnection['createAppender']>,
  measurement: Measurement,
  columns: readonly Column[],
  rows: readonly Row[],
): Promise<void> {
  const tagNames = storedTagNames(measurement);
  const places = columns.map(({ name, role }) => (role === 'tag' ? tagNames : measurement.fieldNames).indexOf(name));
  const appender = await connection.createAppender(...table);
  try {
    for (let start = 0; start < rows.length; start += chunkRows) {
      appendChunk(appender, columns, places, rows.slice(start, start + chunkRows));
    }
  } finally {
    appender.closeSync();
  }
}

/** `places` are those of the columns among the tags or the fields of a row. */
function appendChunk(
  appender: DuckDBAppender,
  columns: readonly Column[],
  places: readonly number[],
  rows: readonly Row[],
): void {
  const values = columns.map(({ role, sqlType }, index) => {
    const place = places[index] ?? -1;
    return rows.map((row): DuckDBValue => {
      if (role === 'time') return BigInt(row.timeMs);
      if (role === 'tag') return row.tags[place] ?? '';
      const value = row.fields[place];
      if (value === undefined) return null;
      if (sqlType === 'VARCHAR') return String(value);
      return sqlType === 'BIGINT' ? wholeNumber(Number(value)) : Number(value);
    });
  });
  const chunk = DuckDBDataChunk.create(columns.map(valueType), rows.length);
  chunk.setColumns(values);
  appender.appendDataChunk(chunk);
}

/** An integer within the range that a number holds exactly, as line-protocol.ts stores them. */
function wholeNumber(value: number): bigint {
  return BigInt(Math.round(Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value))));
}

function mergeStatement(measurement: Measurement): string {
  const columns = columnsOf(measurement);
  const names = columns.map((column) => quoted(column.name));
  const fields = columns.filter((column) => column.role === 'field').map((column) => quoted(column.name));
  const key = columns
    .filter((column) => column.role !== 'field')
    .map((column) => `stored.${quoted(column.name)} = staged.${quoted(column.name)}`);
  return `MERGE INTO main.${quoted(measurement.name)} AS stored
    USING temp.main.${quoted(stagingName(measurement))} AS staged ON ${key.join(' AND ')}
    WHEN MATCHED THEN UPDATE SET ${fields.map((name) => `${name} = COALESCE(staged.${name}, stored.${name})`).join(', ')}
    WHEN NOT MATCHED THEN INSERT (${names.join(', ')}) VALUES (${names.map((name) => `staged.${name}`).join(', ')})`;
}
