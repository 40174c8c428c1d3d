// Reads a denial table of one's own: a CSV or JSON file, or rows in the configuration. Every fault names file and line.
import { readFile } from 'node:fs/promises';
import { messageOf, printable, UsageError } from '../../model/errors.ts';
import { confirmedDenials, DenialTable } from './denial-table.ts';
import type { DenialRow, Severity } from './denial-table.ts';

/** The columns of a table. */
const columns = ['number', 'label', 'category', 'severity'] as const;
type Column = (typeof columns)[number];

const severities: readonly Severity[] = ['info', 'warning', 'critical'];
const mostRows = 20_000;

/** A row as written in the configuration. */
export interface WrittenRow {
  readonly number: number | string;
  readonly label: string;
  readonly category: string;
  readonly severity: string;
}

/** A row as found in a file, with its place. */
interface FoundRow {
  readonly place: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * The table to use: the shipped rows, and over them those of `source`, which is a path or a list of rows. Throws
 * UsageError for a file that cannot be read and for every bad row.
 */
export async function loadDenials(source: string | readonly WrittenRow[] | undefined): Promise<DenialTable> {
  if (source === undefined) return new DenialTable(confirmedDenials);
  const found =
    typeof source === 'string'
      ? await readTable(source)
      : source.map((row, index) => ({ place: `denials, row ${index + 1}`, values: { ...row } }));
  if (found.length > mostRows) throw new UsageError(`denials: ${found.length} rows, at most ${mostRows} are possible`);
  return new DenialTable([...confirmedDenials, ...found.map(checkRow)]);
}

async function readTable(path: string): Promise<readonly FoundRow[]> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).replace(/^\ufeff/, '');
  } catch (error) {
    throw new UsageError(`denials: ${printable(path)} cannot be read (${messageOf(error)})`);
  }
  if (/\.json$/i.test(path)) return readJson(path, text);
  if (/\.csv$/i.test(path)) return readCsv(path, text);
  throw new UsageError(
    `denials: ${printable(path)} is no table; give a .csv or .json file, or write the rows into the configuration`,
  );
}

function checkRow({ place, values }: FoundRow): DenialRow {
  const fail = (message: string): never => {
    throw new UsageError(`${place}: ${message}`);
  };
  for (const name of Object.keys(values)) {
    if (!(columns as readonly string[]).includes(name)) {
      fail(`unknown column "${printable(name, 60)}"; the columns are ${columns.join(', ')}`);
    }
  }
  const textOf = (column: Column): string => {
    const value = values[column];
    if (typeof value !== 'string' || value.trim() === '') return fail(`${column} is missing`);
    return value.trim();
  };
  const number = typeof values['number'] === 'number' ? String(values['number']) : textOf('number');
  const range = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(number);
  if (!range) return fail(`number is "${printable(number, 60)}"; write 1911 or 1907-2020`);
  const first = Number(range[1]);
  const last = Number(range[2] ?? range[1]);
  if (last < first) fail(`the range ${number} ends before it begins`);
  const category = textOf('category');
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(category)) {
    fail(`category is "${printable(category, 60)}"; use up to 32 lower case letters, digits and hyphens`);
  }
  const written = textOf('severity');
  const severity = severities.find((name) => name === written);
  if (!severity) return fail(`severity is "${printable(written, 60)}"; use ${severities.join(', ')}`);
  return { first, last, label: textOf('label').slice(0, 200), category, severity };
}

/** An array of objects; the line of a row is where its object begins. */
function readJson(path: string, text: string): readonly FoundRow[] {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${printable(path)}: no JSON (${printable(messageOf(error), 200)})`);
  }
  if (!Array.isArray(rows)) throw new UsageError(`${printable(path)}: a JSON table is an array of rows`);
  const lines = linesOfRows(text);
  return rows.map((row: unknown, index) => {
    const place = `${printable(path)}:${lines[index] ?? 1}`;
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw new UsageError(`${place}: row ${index + 1} is no object`);
    }
    return { place, values: { ...row } };
  });
}

/** The line on which each element of the outermost array begins; `text` is valid JSON. */
function linesOfRows(text: string): readonly number[] {
  const lines: number[] = [];
  let line = 1;
  let depth = 0;
  let isDue = false;
  for (let position = 0; position < text.length; position++) {
    const character = text.charAt(position);
    if (character === '\n') line++;
    if (/\s/.test(character)) continue;
    if (depth === 1 && isDue && character !== ']') {
      lines.push(line);
      isDue = false;
    }
    if (character === '"') {
      for (position++; position < text.length && text.charAt(position) !== '"'; position++) {
        if (text.charAt(position) === '\\') position++;
      }
    } else if (character === '[' || character === '{') {
      depth++;
      if (depth === 1) isDue = true;
    } else if (character === ']' || character === '}') depth--;
    else if (character === ',' && depth === 1) isDue = true;
  }
  return lines;
}

/** A head line with the column names, then a row a line; `#` begins a comment line; quotes as in RFC 4180. */
function readCsv(path: string, text: string): readonly FoundRow[] {
  const found: FoundRow[] = [];
  let head: readonly string[] | undefined;
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const place = `${printable(path)}:${index + 1}`;
    const cells = splitCsv(line);
    if (!cells) throw new UsageError(`${place}: a quote is not closed`);
    if (!head) {
      head = cells;
      const missing = columns.filter((column) => !cells.includes(column));
      if (missing.length > 0) {
        throw new UsageError(`${place}: the head line lacks ${missing.join(', ')}; it is ${columns.join(',')}`);
      }
      return;
    }
    if (cells.length !== head.length) {
      throw new UsageError(`${place}: ${cells.length} cells where the head line has ${head.length}`);
    }
    found.push({ place, values: Object.fromEntries(head.map((name, column) => [name, cells[column] ?? ''])) });
  });
  return found;
}

/** The cells of one line, trimmed; undefined when a quote is not closed. */
function splitCsv(line: string): readonly string[] | undefined {
  const cells: string[] = [];
  let position = 0;
  for (;;) {
    while (line.charAt(position) === ' ') position++;
    let cell = '';
    if (line.charAt(position) === '"') {
      for (position++; ; position++) {
        if (position >= line.length) return undefined;
        if (line.charAt(position) === '"' && line.charAt(++position) !== '"') break;
        cell += line.charAt(position);
      }
      while (position < line.length && line.charAt(position) !== ',') position++;
    } else {
      const comma = line.indexOf(',', position);
      const cellEnd = comma < 0 ? line.length : comma;
      cell = line.slice(position, cellEnd).trim();
      position = cellEnd;
    }
    cells.push(cell);
    if (position >= line.length) return cells;
    position++;
  }
}
