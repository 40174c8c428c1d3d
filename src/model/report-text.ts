// Text of reports for programs: one JSON value on one line, one cell of CSV. Safe to show on a terminal all the same.
import { printable } from './errors.ts';

/** A value as JSON on one line. Controls and direction marks that JSON would leave as they are become `\uXXXX`. */
export function jsonLine(value: unknown): string {
  return `${jsonText(value)}\n`;
}

/** A value as JSON, without a line feed. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** One line of CSV (RFC 4180), with its line end. */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map((cell) => (typeof cell === 'number' ? String(cell) : csvCell(cell))).join(',')}\r\n`;
}

function csvCell(text: string): string {
  const safe = printable(text, 500);
  // A cell that begins like a formula would be run by a spreadsheet.
  const plain = /^[=+\-@]/.test(safe) ? `'${safe}` : safe;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** Text for a page: nothing in it is read as markup, controls are shown as `\xHH`. */
export function escapeHtml(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
