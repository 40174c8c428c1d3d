// Turns what zod found wrong into messages for people: place, key, what was found, what is allowed, what was meant.
import type { core } from 'zod';
import { printable } from '../model/errors.ts';
import { allowedAt, keysAt } from './config-allowed.ts';
import type { SchemaNode } from './config-allowed.ts';
import { pathText, valueAt } from './config-text.ts';
import type { ConfigPath, ConfigTree, Fault } from './config-text.ts';
import { hidePasswords } from './secrets.ts';
import { nearestWord } from './suggestion.ts';

type Issue = core.$ZodIssue;

/** What is needed to write messages about one part of the configuration. */
export interface Part {
  readonly tree: ConfigTree;
  /** Where the part stands in the file. */
  readonly base: ConfigPath;
  /** The JSON Schema of the part. */
  readonly schema: SchemaNode;
  /** The part as it was validated. */
  readonly value: unknown;
  /** True for a place whose value must not be shown. */
  isSecret(path: ConfigPath): boolean;
}

/** The messages about one part, every problem on its own. */
export function faultsOf(issues: readonly Issue[], part: Part): Fault[] {
  return issues.flatMap((issue) => faultsOfIssue(issue, [], part));
}

function faultsOfIssue(issue: Issue, prefix: ConfigPath, part: Part): Fault[] {
  const inner: ConfigPath = [...prefix, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, inner, part));
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
    return issue.issues.flatMap((nested) => faultsOfIssue(nested, inner, part));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branch = likeliest(issue.errors);
    if (branch.some(({ path, code }) => path.length > 0 || code === 'unrecognized_keys')) {
      return branch.flatMap((nested) => faultsOfIssue(nested, inner, part));
    }
  }
  return [problem(issue, inner, part)];
}

/** Of several alternatives the one the author meant: it has the right kind of value, and the fewest problems. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const misfit = (issues: readonly Issue[]): number =>
    issues.reduce((sum, { path, code }) => sum + (path.length === 0 && code !== 'unrecognized_keys' ? 100 : 1), 0);
  return [...branches].sort((first, second) => misfit(first) - misfit(second))[0] ?? [];
}

function unknownKey(key: string, inner: ConfigPath, { tree, base, schema }: Part): Fault {
  const path = [...base, ...inner, key];
  const known = keysAt(schema, inner);
  return unknownWord(tree, path, 'unknown key', key, known);
}

function unknownWord(tree: ConfigTree, path: ConfigPath, what: string, word: string, known: readonly string[]): Fault {
  const meant = nearestWord(word, known);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  const allowed = known.length === 0 ? 'no key is allowed here' : `allowed are ${known.join(', ')}`;
  return {
    ...tree.placeOfKey(path),
    message: `${pathText(path)}: ${what} "${printable(word, 60)}"${hint} (${allowed})`,
  };
}

function problem(issue: Issue, inner: ConfigPath, part: Part): Fault {
  const { tree, base, schema } = part;
  const path = [...base, ...inner];
  const value = valueAt(part.value, inner);
  const allowed = allowedAt(schema, inner);
  if (value === undefined && issue.code !== 'custom') {
    const what = allowed === '' ? '' : `; it must be ${allowed}`;
    return { ...tree.placeOf(path), message: `${pathText(path)}: this key is missing${what}` };
  }
  // A rule about several keys (`give "a" or "b"`) is put at one that is missing.
  if (value === undefined) return { ...tree.placeOf(path), message: `${pathText(path)}: ${issue.message}` };
  const found = part.isSecret(path) ? 'a secret text (not shown)' : foundText(value);
  const isOwnText = issue.code === 'custom' || !/^(Invalid|Too |Unrecognized)/.test(issue.message);
  const expected = isOwnText || allowed === '' ? issue.message : `allowed is ${allowed}`;
  const choices = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const meant = typeof value === 'string' && !part.isSecret(path) ? nearestWord(value, choices) : undefined;
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  const where = path.length === 0 ? '' : `${pathText(path)}: `;
  return { ...tree.placeOf(path), message: `${where}found ${found}; ${expected}${hint}` };
}

/** A value as it is shown in a message: texts in quotes, lists and groups by their kind. */
export function foundText(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `"${printable(hidePasswords(value), 80)}"`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a group of keys';
  return String(value);
}

/** A reference to a name that does not exist, with the nearest one that does. */
export function unknownName(
  tree: ConfigTree,
  path: ConfigPath,
  what: string,
  name: string,
  known: readonly string[],
): Fault {
  const meant = nearestWord(name, known);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  const allowed = known.length === 0 ? `no ${what} is declared` : `declared are ${known.join(', ')}`;
  return {
    ...tree.placeOf(path),
    message: `${pathText(path)}: there is no ${what} "${printable(name, 60)}"${hint} (${allowed})`,
  };
}
