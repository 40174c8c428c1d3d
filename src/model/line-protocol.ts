// InfluxDB line protocol, the form in which points are committed, kept in the spool and handed to outputs.
// Encoding cleans what the protocol cannot carry, so parse(encode(x)) gives the cleaned x on every output alike.
import { storedTagNames } from './catalogue.ts';
import type { Measurement } from './catalogue.ts';

/** One point: values in the order of `storedTagNames` and `fieldNames`; undefined is absent. */
export interface Point {
  readonly measurement: Measurement;
  readonly tags: readonly string[];
  readonly fields: readonly (number | string | undefined)[];
  /** Epoch milliseconds, UTC. */
  readonly timeMs: number;
}

/** The longest tag value that is stored, in characters; longer ones are cut. */
export const maxTagLength = 256;
/** The longest text field, in characters. */
export const maxTextLength = 4096;

/**
 * A tag value as it is stored everywhere: control characters (C0, DEL, C1, line separators) become U+FFFD, the
 * length is cut, and a value ending in a backslash gets U+FFFD after it, because it would escape the separator that
 * follows. The empty value is stored as an absent tag.
 */
export function storedTag(value: string): string {
  let clean = value.length > maxTagLength ? value.slice(0, maxTagLength) : value;
  if (!isPlain(clean)) {
    clean = clean.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd').toWellFormed();
    if (clean.endsWith('\\')) clean += '\ufffd';
  }
  return clean;
}

function isPlain(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code < 0x20 || code === 0x5c || code > 0x7e) return false;
  }
  return true;
}

const escapes: Readonly<Record<string, string>> = { ',': '\\,', '=': '\\=', ' ': '\\ ' };

function escapeTag(value: string): string {
  return /[,= ]/.test(value) ? value.replace(/[,= ]/g, (character) => escapes[character] ?? character) : value;
}

/**
 * The head of every line of a series: measurement and tags, without the blank that follows. Encode once, keep it.
 * `tags` are in the order of `storedTagNames`; the head has them sorted by name, as InfluxDB wants them.
 */
export function seriesHead(measurement: Measurement, tags: readonly string[]): string {
  const pairs: [string, string][] = storedTagNames(measurement).map((name, index) => [
    name,
    storedTag(tags[index] ?? ''),
  ]);
  pairs.sort(([first], [second]) => (first < second ? -1 : 1));
  let head = measurement.name;
  for (const [name, value] of pairs) if (value !== '') head += `,${name}=${escapeTag(value)}`;
  return head;
}

/** One field as `name=value`, or an empty text for a value that cannot be stored (NaN, infinite, absent). */
export function fieldText(measurement: Measurement, index: number, value: number | string | undefined): string {
  const name = measurement.fieldNames[index];
  if (name === undefined || value === undefined) return '';
  const type = measurement.fields[name]?.type;
  if (type === 'string') {
    const clean = String(value)
      .slice(0, maxTextLength)
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd')
      .toWellFormed();
    return `${name}="${clean.replace(/["\\]/g, '\\$&')}"`;
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return '';
  if (type === 'integer')
    return `${name}=${Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.round(value)))}i`;
  return `${name}=${value}`;
}

/** One point as a line with its line feed, or an empty text when no field can be stored. */
export function encodePoint(point: Point): string {
  const fields = point.fields
    .map((value, index) => fieldText(point.measurement, index, value))
    .filter((field) => field !== '')
    .join(',');
  return fields === '' ? '' : `${seriesHead(point.measurement, point.tags)} ${fields} ${point.timeMs}\n`;
}

/**
 * Reads back lines that `encodePoint` wrote. `measurements` are by name; a line of an unknown measurement, or one
 * that is no line protocol of ours, is given to `refuse` and left out.
 */
export function parsePoints(
  lines: Buffer,
  measurements: ReadonlyMap<string, Measurement>,
  refuse: (line: string, reason: string) => void,
): Point[] {
  const points: Point[] = [];
  const heads = new Map<string, { measurement: Measurement; tags: string[] } | undefined>();
  const text = lines.toString('utf8');
  let start = 0;
  while (start < text.length) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end);
    start = end + 1;
    if (line === '') continue;
    const headEnd = endOf(line, 0);
    const timeStart = line.lastIndexOf(' ');
    const headText = line.slice(0, headEnd);
    let head = heads.get(headText);
    if (head === undefined && !heads.has(headText)) {
      head = parseHead(headText, measurements);
      heads.set(headText, head);
    }
    const timeMs = Number(line.slice(timeStart + 1));
    const fields =
      head && timeStart > headEnd ? parseFields(head.measurement, line.slice(headEnd + 1, timeStart)) : undefined;
    if (!head || !fields || !Number.isSafeInteger(timeMs)) refuse(line, head ? 'malformed' : 'unknown measurement');
    else points.push({ measurement: head.measurement, tags: head.tags, fields, timeMs });
  }
  return points;
}

/** Position of the first unescaped blank at or after `from`. */
function endOf(line: string, from: number): number {
  for (let index = from; index < line.length; index++) {
    const code = line.charCodeAt(index);
    if (code === 0x5c && /[,= ]/.test(line.charAt(index + 1))) index++;
    else if (code === 0x20) return index;
  }
  return line.length;
}

function parseHead(
  head: string,
  measurements: ReadonlyMap<string, Measurement>,
): { measurement: Measurement; tags: string[] } | undefined {
  const parts = head.split(/(?<!\\),/);
  const measurement = measurements.get(parts[0] ?? '');
  if (!measurement) return undefined;
  const names = storedTagNames(measurement);
  const tags = names.map(() => '');
  for (const part of parts.slice(1)) {
    const equals = part.indexOf('=');
    const position = names.indexOf(part.slice(0, equals));
    if (equals < 0 || position < 0) return undefined;
    tags[position] = part.slice(equals + 1).replace(/\\([,= ])/g, '$1');
  }
  return { measurement, tags };
}

function parseFields(measurement: Measurement, text: string): (number | string | undefined)[] | undefined {
  const fields: (number | string | undefined)[] = measurement.fieldNames.map(() => undefined);
  let position = 0;
  while (position < text.length) {
    const equals = text.indexOf('=', position);
    if (equals < 0) return undefined;
    const index = measurement.fieldNames.indexOf(text.slice(position, equals));
    if (index < 0) return undefined;
    let end = equals + 1;
    if (text.charCodeAt(end) === 0x22) {
      let value = '';
      for (end++; text.charCodeAt(end) !== 0x22; end++) {
        if (end >= text.length) return undefined;
        if (text.charCodeAt(end) === 0x5c) end++;
        value += text.charAt(end);
      }
      end++;
      fields[index] = value;
    } else {
      end = text.indexOf(',', equals);
      if (end < 0) end = text.length;
      const digits = text.slice(equals + 1, text.charCodeAt(end - 1) === 0x69 ? end - 1 : end);
      const value = Number(digits);
      if (digits === '' || !Number.isFinite(value)) return undefined;
      fields[index] = value;
    }
    position = end + 1;
  }
  return fields;
}
