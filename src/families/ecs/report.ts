// How the counts of `ecs count` are written: the table of the old tool, JSON, or CSV (ecs 6.1).
import { printable } from '../../model/errors.ts';
import { csvLine, jsonLine } from '../../model/report-text.ts';
import { confirmedDenials, DenialTable } from './denial-table.ts';
import type { CountPlan } from './count-options.ts';
import type { CountColumn, CountTable, Counting } from './count.ts';

/** The row that holds what was above the limit of rows. */
export const otherRow = '(other)';
const gap = 2;

/** Labels of a table, sorted as text; `otherRow` is not among them. */
function labelsOf(columns: readonly CountColumn[]): readonly string[] {
  return [...new Set(columns.flatMap(({ rows }) => [...rows.keys()]))].sort();
}

/** Rows to be written: a label and its count in each column. */
function rowsOf({ columns }: CountTable): readonly { label: string; counts: readonly number[]; isOther: boolean }[] {
  const rows = labelsOf(columns).map((label) => ({
    label,
    counts: columns.map((column) => column.rows.get(label) ?? 0),
    isOther: false,
  }));
  if (columns.some(({ other }) => other > 0)) {
    rows.push({ label: otherRow, counts: columns.map(({ other }) => other), isOther: true });
  }
  return rows;
}

/**
 * The tables as text, each followed by an empty line; empty without a table. Labels are padded to the keyword or the
 * longest label and two blanks, columns to the longest title and two blanks, or more when a number needs it.
 */
export function countText(tables: readonly CountTable[], showsZero: boolean): string {
  let text = '';
  for (const table of tables) {
    const rows = rowsOf(table).map(({ label, counts }) => ({
      label: printable(label, 500),
      cells: counts.map((count) => (count === 0 && !showsZero ? '' : String(count))),
    }));
    const keyword = printable(table.pattern.keyword, 200);
    const titles = table.columns.map(({ title }) => printable(title, 500));
    const labelWidth = Math.max(keyword.length, longest(rows.map(({ label }) => label)) + gap);
    // A number as wide as its column would touch the one before it.
    const widestNumber = rows.reduce((most, { cells }) => Math.max(most, longest(cells)), 0);
    const columnWidth = Math.max(longest(titles) + gap, widestNumber + 1);
    const lineOf = (label: string, cells: readonly string[]): string =>
      `${label.padEnd(labelWidth)}${cells.map((cell) => cell.padStart(columnWidth)).join('')}`.trimEnd();
    text += [lineOf(keyword, titles), ...rows.map(({ label, cells }) => lineOf(label, cells)), '', ''].join('\n');
  }
  return text;
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, text.length), 0);
}

/** What could not be read, for the JSON form. */
export interface CountFault {
  readonly path: string;
  readonly message: string;
}

/** Everything as one JSON object on one line. */
export function countJson(counting: Counting, plan: CountPlan, faults: readonly CountFault[]): string {
  const denials = new DenialTable(confirmedDenials);
  const tables = counting.tables().map((table) => ({
    keyword: table.pattern.keyword,
    ...(table.pattern.kind === 'form' ? { name: table.pattern.form.name } : { expression: table.pattern.source }),
    intervals: table.columns.map(({ title }) => title),
    rows: rowsOf(table).map(({ label, counts, isOther }) => ({
      label,
      counts,
      ...(isOther ? { isOther } : {}),
      ...(table.pattern.keyword === 'DENYEVT' ? describeDenial(label, denials) : {}),
    })),
  }));
  const { first, last } = plan.interval;
  const { late, unusable, undated } = counting;
  return jsonLine({ interval: { first, last }, tables, late, unusable, undated, faults });
}

/** What a denial number means, when a public text confirms it. */
function describeDenial(
  label: string,
  denials: DenialTable,
): { meaning?: string; category?: string; severity?: string } {
  const number = /^event=(\d{1,9})(?: |$)/.exec(label)?.[1];
  const row = number === undefined ? undefined : denials.find(Number(number));
  return row ? { meaning: row.label, category: row.category, severity: row.severity } : {};
}

/** One line for each count with a head line; zeros only when they are asked for. Quoted as in RFC 4180. */
export function countCsv(tables: readonly CountTable[], showsZero: boolean): string {
  if (tables.length === 0) return '';
  let text = csvLine(['keyword', 'label', 'interval', 'count']);
  for (const table of tables) {
    for (const { label, counts } of rowsOf(table)) {
      counts.forEach((count, index) => {
        if (count === 0 && !showsZero) return;
        const title = table.columns[index]?.title ?? '';
        text += csvLine([table.pattern.keyword, label, title, count]);
      });
    }
  }
  return text;
}
