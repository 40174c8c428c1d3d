// Rows into a table: through the library's appender into a staging table, then one MERGE by time and tags. Writing
// the same rows again changes nothing; a field that a later point does not have keeps its value.
import { DuckDBDataChunk } from '@duckdb/node-api';
import type { DuckDBAppender, DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Measurement } from '../../model/catalogue.ts';
import { columnsOf, quoted, stagingName, valueType } from './tables.ts';
import type { Row } from './rows.ts';

/** Rows of one chunk of the appender; the library's vectors hold no more. */
const chunkRows = 2048;

/** Puts rows (each time and tags once) into the table of a measurement, within the caller's transaction. */
export async function mergeRows(
  connection: DuckDBConnection,
  measurement: Measurement,
  rows: readonly Row[],
): Promise<void> {
  const staging = stagingName(measurement);
  const appender = await connection.createAppender(staging, 'main', 'temp');
  try {
    for (let start = 0; start < rows.length; start += chunkRows) {
      appendRows(appender, measurement, rows.slice(start, start + chunkRows));
    }
  } finally {
    appender.closeSync();
  }
  await connection.run(mergeStatement(measurement));
  await connection.run(`DELETE FROM temp.main.${quoted(staging)}`);
}

function appendRows(appender: DuckDBAppender, measurement: Measurement, rows: readonly Row[]): void {
  const columns = columnsOf(measurement);
  const tagCount = columns.filter((column) => column.role === 'tag').length;
  const values = columns.map((column, index) =>
    rows.map((row): DuckDBValue => {
      if (column.role === 'time') return BigInt(row.timeMs);
      if (column.role === 'tag') return row.tags[index - 1] ?? '';
      const value = row.fields[index - 1 - tagCount];
      if (value === undefined) return null;
      if (column.sqlType === 'VARCHAR') return String(value);
      return column.sqlType === 'BIGINT' ? wholeNumber(Number(value)) : Number(value);
    }),
  );
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
