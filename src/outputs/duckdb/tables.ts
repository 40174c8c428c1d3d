// One table per measurement: `time` (epoch milliseconds), a text column per tag ('' where a point has none), a
// column per field. There is no primary key on purpose: its index costs about 80 bytes of memory a row and makes
// writing slower than the merge in merge.ts, which finds the rows of a batch by their time range.
import { BIGINT, DOUBLE, VARCHAR } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import { storedTagNames } from '../../model/catalogue.ts';
import type { Measurement, StoredType } from '../../model/catalogue.ts';
import { UsageError } from '../../model/errors.ts';

/** An identifier in quotes. Names are checked by the catalogue; quoting keeps reserved words harmless. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A column of a measurement's table. */
export interface Column {
  readonly name: string;
  readonly role: 'time' | 'tag' | 'field';
  readonly sqlType: 'BIGINT' | 'DOUBLE' | 'VARCHAR';
}

const sqlTypes = { integer: 'BIGINT', float: 'DOUBLE', string: 'VARCHAR' } as const satisfies Record<
  StoredType,
  string
>;

/** The library's type of a column. */
export function valueType(column: Column): DuckDBType {
  switch (column.sqlType) {
    case 'BIGINT':
      return BIGINT;
    case 'DOUBLE':
      return DOUBLE;
    case 'VARCHAR':
      return VARCHAR;
  }
}

/** Columns of a measurement: time, tags in stored order, fields in declared order. */
export function columnsOf(measurement: Measurement): readonly Column[] {
  return [
    { name: 'time', role: 'time', sqlType: 'BIGINT' },
    ...storedTagNames(measurement).map((name): Column => ({ name, role: 'tag', sqlType: 'VARCHAR' })),
    ...measurement.fieldNames.map((name): Column => {
      const type = measurement.fields[name]?.type ?? 'float';
      return { name, role: 'field', sqlType: sqlTypes[type] };
    }),
  ];
}

/** The name of the temporary table through which a measurement's points go. */
export function stagingName(measurement: Measurement): string {
  return `staged ${measurement.name}`;
}

/**
 * Makes the table of a measurement, or adds the tags and fields it did not have yet. Gives the columns in the order
 * of the table, or undefined when it has others too. A column of another type is a UsageError: field types never
 * change, so the file belongs to something else.
 */
export async function prepareTable(
  connection: DuckDBConnection,
  measurement: Measurement,
  path: string,
): Promise<readonly Column[] | undefined> {
  const columns = columnsOf(measurement);
  const table = quoted(measurement.name);
  const definition = (column: Column): string =>
    `${quoted(column.name)} ${column.sqlType}${column.role === 'tag' ? ` DEFAULT ''` : ''}`;
  await connection.run(`CREATE TABLE IF NOT EXISTS ${table} (${columns.map(definition).join(', ')})`);
  const existing = new Map(
    (
      await connection.runAndReadAll(
        `SELECT column_name, data_type FROM information_schema.columns
         WHERE table_catalog = current_database() AND table_schema = 'main' AND table_name = $name
         ORDER BY ordinal_position`,
        { name: measurement.name },
      )
    )
      .getRowsJS()
      .map(([name, type]) => [String(name), String(type)]),
  );
  for (const column of columns) {
    const type = existing.get(column.name);
    if (type === undefined) {
      await connection.run(`ALTER TABLE ${table} ADD COLUMN ${definition(column)}`);
    } else if (type !== column.sqlType) {
      throw new UsageError(
        `the store ${path} does not fit: ${measurement.name}.${column.name} is ${type} there and ${column.sqlType} ` +
          'in this version. Give another path, or move the file away',
      );
    }
  }
  const known = [...existing.keys()].map((name) => columns.find((column) => column.name === name));
  const added = columns.filter(({ name }) => !existing.has(name));
  return known.every((column) => column !== undefined) ? [...known, ...added] : undefined;
}

/** Makes the staging table of a measurement on the writing connection; it lives as long as the connection. */
export async function prepareStaging(connection: DuckDBConnection, measurement: Measurement): Promise<void> {
  const columns = columnsOf(measurement).map((column) => `${quoted(column.name)} ${column.sqlType}`);
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${quoted(stagingName(measurement))} (${columns.join(', ')})`);
}
