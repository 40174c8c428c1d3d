// The configuration file as text: YAML to plain values, with the place of every key and value. Knows no schema.
import type { Document, LineCounter as LineCounterType, Node, ParsedNode } from 'yaml';
import { printable } from '../model/errors.ts';

/** A way into the configuration: keys and list positions. */
export type ConfigPath = readonly (string | number)[];

/** Something wrong with the configuration, at its place. Lines and columns count from 1. */
export interface Fault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A text value and where it stands; interpolation works on these. */
export interface TextValue {
  readonly path: ConfigPath;
  readonly text: string;
}

/** A file's content with its places. */
export interface ConfigTree {
  readonly root: unknown;
  /** Every text value in the order of the file. */
  readonly texts: readonly TextValue[];
  readonly faults: readonly Fault[];
  /** Place of the value at the path, or of the nearest thing around it when there is none. */
  placeOf(path: ConfigPath): Place;
  /** Place of the key itself. */
  placeOfKey(path: ConfigPath): Place;
}

/** A line and a column, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** More than any real configuration has; what aliases multiply stays bounded. */
const maxNodes = 100_000;
const maxDepth = 32;

/** The path as people write it: `sources[0].paths`. */
export function pathText(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += `${text === '' ? '' : '.'}${/^[\w-]+$/.test(part) ? part : JSON.stringify(printable(part, 60))}`;
  }
  return text;
}

/** The value at a path, or undefined where there is none. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** Replaces the value at a path that exists. */
export function setValue(root: unknown, path: ConfigPath, value: unknown): void {
  let holder = root;
  for (const part of path.slice(0, -1)) {
    if (typeof holder !== 'object' || holder === null) return;
    holder = (holder as Record<string | number, unknown>)[part];
  }
  const last = path.at(-1);
  if (typeof holder === 'object' && holder !== null && last !== undefined) {
    (holder as Record<string | number, unknown>)[last] = value;
  }
}

/** Reads YAML 1.2. Faults of the syntax are in the result; a tree with faults must not be used. */
export async function readTree(text: string): Promise<ConfigTree> {
  const { LineCounter, parseDocument, isAlias, isMap, isScalar, isSeq } = await import('yaml');
  const counter: LineCounterType = new LineCounter();
  const document: Document.Parsed = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const keys = new Map<string, number>();
  const values = new Map<string, number>();
  const texts: TextValue[] = [];
  const faults: Fault[] = [];
  let nodes = 0;

  const place = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const fault = (offset: number, message: string): void => {
    faults.push({ ...place(offset), message });
  };

  let isBroken = false;
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    // After the first break in the structure the parser guesses; what it says then would only confuse.
    if (code !== 'DUPLICATE_KEY' && isBroken) continue;
    isBroken ||= code !== 'DUPLICATE_KEY';
    fault(pos[0], syntaxMessage(code, message, text, pos[0]));
  }

  const visit = (node: Node | ParsedNode | null | undefined, path: ConfigPath, from: number): unknown => {
    const offset = node?.range?.[0] ?? from;
    values.set(JSON.stringify(path), offset);
    if (++nodes > maxNodes || path.length > maxDepth) {
      if (nodes === maxNodes + 1 || nodes <= maxNodes)
        fault(offset, 'the file is nested too deeply or has too many values');
      nodes = maxNodes + 1;
      return null;
    }
    if (isAlias(node)) {
      const target: Node | undefined = node.resolve(document);
      if (!target)
        fault(
          offset,
          `the alias *${printable(node.source, 60)} has no anchor; write &${printable(node.source, 60)} before the value it stands for`,
        );
      return target ? visit(target, path, from) : null;
    }
    if (isScalar(node)) {
      if (typeof node.value === 'string') texts.push({ path, text: node.value });
      return typeof node.value === 'bigint' ? Number(node.value) : node.value;
    }
    if (isSeq(node)) return node.items.map((item, index) => visit(item as Node | null, [...path, index], offset));
    if (isMap(node)) {
      // Without a prototype: `__proto__` is a key like any other, and refused as such.
      const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
      for (const { key, value } of node.items) {
        const keyOffset = (key as Node | null)?.range?.[0] ?? offset;
        if (!isScalar(key) || key.value === null || typeof key.value === 'object') {
          fault(keyOffset, 'a key must be a word');
          continue;
        }
        const name = String(key.value);
        const place = [...path, name];
        keys.set(JSON.stringify(place), keyOffset);
        result[name] = visit(value as Node | null, place, keyOffset);
      }
      return result;
    }
    return null;
  };
  const root = visit(document.contents, [], 0);

  const find = (path: ConfigPath, places: ReadonlyMap<string, number>): Place => {
    for (let length = path.length; length >= 0; length--) {
      const key = JSON.stringify(path.slice(0, length));
      const offset = (length === path.length ? places.get(key) : undefined) ?? keys.get(key) ?? values.get(key);
      if (offset !== undefined) return place(offset);
    }
    return { line: 1, column: 1 };
  };
  return {
    root,
    texts,
    faults,
    placeOf: (path) => find(path, values),
    placeOfKey: (path) => find(path, keys),
  };
}

/** The tree of a JSON text that the program made itself: without places, and without loading the YAML parser. */
export function treeOfJson(text: string): ConfigTree {
  const texts: TextValue[] = [];
  const visit = (value: unknown, path: ConfigPath): unknown => {
    if (typeof value === 'string') texts.push({ path, text: value });
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    // Without a prototype, as in `readTree`.
    const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [name, item] of Object.entries(value)) result[name] = visit(item, [...path, name]);
    return result;
  };
  const place = (): Place => ({ line: 1, column: 1 });
  return { root: visit(JSON.parse(text), []), texts, faults: [], placeOf: place, placeOfKey: place };
}

/** The parser's words, with a remedy for the mistakes that are made most. */
function syntaxMessage(code: string, message: string, text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(lineStart, (text.indexOf('\n', offset) + 1 || text.length + 1) - 1);
  if (code === 'DUPLICATE_KEY') {
    const key = /^[^\s:]{1,60}/.exec(text.slice(offset, offset + 61))?.[0] ?? '';
    return `the key ${printable(key)} is given twice; keep one of them`;
  }
  if (code === 'TAB_AS_INDENT') return 'a tab is used as indentation; YAML allows blanks only';
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here; a configuration is one document';
  if (/[{[].*\$\{/.test(line)) return `${message}; inside { } and [ ] a value with \${...} needs quotes: "\${NAME}"`;
  return `${message.replace(/\s+/g, ' ')} (YAML)`;
}
