// The options of `ecs count`, checked whole before anything is read (ecs 6.1). Nothing wrong is ever dropped silently.
import { messageOf, printable, UsageError } from '../../model/errors.ts';
import { compileExpression } from '../../model/expression.ts';
import type { Expression } from '../../model/expression.ts';
import { forms } from './forms.ts';
import type { Form } from './forms.ts';
import { readRange } from './stamp-ranges.ts';
import type { StampRange } from './stamp-ranges.ts';

/** Which part of a line names its interval. */
export interface Interval {
  /** First byte, and the byte after the last one. */
  readonly first: number;
  readonly last: number;
  /** A named interval is a part of the stamp; `first,last` is a part of the line as it is, stamp or not. */
  readonly isStamp: boolean;
}

/** One pattern: a form of ours or an expression, tried on lines with its keyword. */
export type CountPattern = { readonly keyword: string } & (
  | { readonly kind: 'form'; readonly form: Form }
  | { readonly kind: 'expression'; readonly source: string; readonly expression: Expression }
);

/** How the result is written. */
export type CountFormat = 'text' | 'json' | 'csv';

/** Everything `ecs count` was told. */
export interface CountPlan {
  readonly patterns: readonly CountPattern[];
  readonly interval: Interval;
  readonly ranges: readonly StampRange[];
  /** Number of intervals kept, the greatest ones. */
  readonly kept: number;
  /** Number of groups in a row's label. */
  readonly groups: number;
  readonly maxRows: number;
  readonly showsZero: boolean;
  readonly format: CountFormat;
}

const intervalLengths: Readonly<Record<string, number>> = {
  S: 15,
  SEC: 15,
  TS: 14,
  TSEC: 14,
  TENSEC: 14,
  M: 13,
  MIN: 13,
  T: 12,
  TMIN: 12,
  TENMIN: 12,
  H: 11,
  HOUR: 11,
  D: 8,
  DAY: 8,
};
const longestSlice = 1000;
const mostIntervals = 1_000_000;

/** Reads the options by their long names; throws UsageError for the first one that makes no sense. */
export function readCountOptions(options: Readonly<Record<string, unknown>>): CountPlan {
  const written = texts(options['pattern']);
  const byDefault = written.length === 0 ? 'denial' : undefined;
  const names = options['ecs'] === undefined ? byDefault : String(options['ecs']);
  const patterns = [...written.map(readPattern), ...(names === undefined ? [] : readForms(names))];
  if (options['json'] === true && options['csv'] === true) throw new UsageError('--json and --csv exclude each other');
  return {
    patterns,
    interval: readInterval(String(options['timepos'] ?? 'HOUR')),
    ranges: texts(options['time']).map(readRange),
    kept: readNumber('-n', options['intervals'] ?? '7', mostIntervals),
    groups: 1 + (typeof options['verbose'] === 'number' ? options['verbose'] : 0),
    maxRows: readNumber('--rows', options['rows'] ?? '10000', 1_000_000),
    showsZero: options['zero'] === true,
    format: options['json'] === true ? 'json' : options['csv'] === true ? 'csv' : 'text',
  };
}

/** The values of an option that may be repeated. */
export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];
}

/** `KEYWORD,REGEX`: the expression may hold commas, so only the first one separates. */
function readPattern(text: string): CountPattern {
  const comma = text.indexOf(',');
  const keyword = text.slice(0, Math.max(comma, 0));
  const source = text.slice(comma + 1);
  if (keyword === '' || source === '') {
    throw new UsageError(`-p ${shown(text)}: write KEYWORD,REGEX, for example -p 'DENYEVT,(event=\\d+)'`);
  }
  if (/[^\u0000-\u00ff]|[\n\u0000]/.test(keyword)) {
    throw new UsageError(`-p ${shown(text)}: the keyword must be latin-1 text, without line feed and NUL`);
  }
  try {
    const expression = compileExpression(source);
    if (expression.names.length > 0) return { keyword, kind: 'expression', source, expression };
    // Without a group the whole match is the row.
    return { keyword, kind: 'expression', source, expression: compileExpression(`(${source})`) };
  } catch (error) {
    throw new UsageError(`-p ${shown(text)}: ${messageOf(error)}`);
  }
}

function readForms(list: string): readonly CountPattern[] {
  const names = list.split(',').map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    const form = forms.find((known) => known.name === name);
    if (!form) {
      const known = forms.map((candidate) => candidate.name).join(', ');
      throw new UsageError(`--ecs ${shown(list)}: "${printable(name, 60)}" is unknown; the names are ${known}`);
    }
    return { keyword: form.keyword, kind: 'form', form };
  });
}

function readInterval(text: string): Interval {
  const length = intervalLengths[text.trim().toUpperCase()];
  if (length !== undefined) return { first: 0, last: length, isStamp: true };
  const [, first, last] = /^\s*(\d{1,6})\s*,\s*(\d{1,6})\s*$/.exec(text) ?? [];
  if (first !== undefined && last !== undefined) {
    const interval = { first: Number(first), last: Number(last), isStamp: false };
    if (interval.first < interval.last && interval.last <= longestSlice) return interval;
  }
  throw new UsageError(
    `-i ${shown(text)}: use SEC, TENSEC, MIN, TENMIN, HOUR, DAY, or first,last as positions in the line (0,13; at most ${longestSlice})`,
  );
}

/** Reads a whole number from 1 to `most`; throws UsageError naming the option. */
export function readNumber(name: string, value: unknown, most: number): number {
  const text = String(value);
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > most) throw new UsageError(`${name} ${shown(text)}: use a whole number from 1 to ${most}`);
  return number;
}

function shown(text: string): string {
  return `"${printable(text, 200)}"`;
}
