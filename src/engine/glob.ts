// Path patterns: `*`, `?`, `[a-z]`, `[!a]`, `{one,two}`, `**` for any number of folders, and a backslash before a
// character that shall mean itself. Names that begin with a dot need a pattern that does. Linear work per name and star.
import { join } from 'node:path';

/** One name in a folder. */
export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link';
}

/** Lists a folder; gives nothing for what does not exist. */
export type ListFolder = (folder: string) => Promise<readonly Entry[]>;

const maxAlternatives = 1000;

type Token =
  | { readonly kind: 'text'; readonly character: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'set'; readonly isNegated: boolean; readonly ranges: readonly (readonly [string, string])[] };

/** True when the text has a character of a pattern. */
export function isGlob(text: string): boolean {
  return /[*?[\]{}\\]/.test(text);
}

/** The pattern that matches exactly this text. */
export function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]{}\\]/g, (character) => `\\${character}`);
}

/** Paths that match the pattern, sorted; folders are found by `list` alone, files are not looked at. */
export async function expandGlob(pattern: string, list: ListFolder): Promise<string[]> {
  const found = new Set<string>();
  for (const alternative of expandBraces(pattern)) {
    const segments = alternative.split('/').filter((segment, index) => segment !== '' || index === 0);
    const isAbsolute = alternative.startsWith('/');
    await walk(isAbsolute ? '/' : '', isAbsolute ? segments.slice(1) : segments, list, found);
  }
  return [...found].toSorted();
}

async function walk(folder: string, segments: readonly string[], list: ListFolder, found: Set<string>): Promise<void> {
  const [segment, ...rest] = segments;
  if (segment === undefined) return;
  const at = (name: string): string => (folder === '' ? name : join(folder, name));
  if (segment === '**') {
    // `**` stands for no folder, or for one and again `**`. At the end it means every file below. It does not go through
    // links, which may lead in circles.
    await walk(folder, rest.length === 0 ? ['*'] : rest, list, found);
    for (const { name, kind } of await list(folder === '' ? '.' : folder)) {
      if (kind === 'folder' && !name.startsWith('.')) await walk(at(name), segments, list, found);
    }
    return;
  }
  if (!isGlob(segment)) {
    if (rest.length > 0) return walk(at(segment), rest, list, found);
    const entries = await list(folder === '' ? '.' : folder);
    if (segment === '..' || segment === '.' || entries.some(({ name }) => name === segment)) found.add(at(segment));
    return;
  }
  const matches = compileSegment(segment);
  for (const { name, kind } of await list(folder === '' ? '.' : folder)) {
    if (!matches(name)) continue;
    if (rest.length === 0) found.add(at(name));
    else if (kind !== 'file') await walk(at(name), rest, list, found);
  }
}

/** A test for names by one segment of a pattern (no `/`, no braces). */
export function compileSegment(segment: string): (name: string) => boolean {
  const tokens = tokenize(segment);
  const wantsDot = tokens[0]?.kind === 'text' && tokens[0].character === '.';
  return (name) => (wantsDot || !name.startsWith('.')) && matchTokens(tokens, name);
}

function tokenize(segment: string): Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < segment.length; index++) {
    const character = segment.charAt(index);
    const set = character === '[' ? readSet(segment, index) : undefined;
    if (set) {
      tokens.push(set.token);
      index = set.end;
    } else if (character === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (character === '?') tokens.push({ kind: 'any' });
    else {
      if (character === '\\' && index + 1 < segment.length) index++;
      tokens.push({ kind: 'text', character: segment.charAt(index) });
    }
  }
  return tokens;
}

/** Reads `[...]` at `start`; undefined when it is not closed, and the bracket then means itself. */
function readSet(segment: string, start: number): { readonly token: Token; readonly end: number } | undefined {
  let index = start + 1;
  const isNegated = segment.charAt(index) === '!' || segment.charAt(index) === '^';
  if (isNegated) index++;
  const ranges: [string, string][] = [];
  for (const first = index; index < segment.length; index++) {
    let from = segment.charAt(index);
    if (from === ']' && index > first) return { token: { kind: 'set', isNegated, ranges }, end: index };
    if (from === '\\' && index + 1 < segment.length) from = segment.charAt(++index);
    const isRange =
      segment.charAt(index + 1) === '-' && index + 2 < segment.length && segment.charAt(index + 2) !== ']';
    if (isRange) index += 2;
    ranges.push([from, isRange ? segment.charAt(index) : from]);
  }
  return undefined;
}

/** Matching with one place to come back to, the last star: at most name length times pattern length steps. */
function matchTokens(tokens: readonly Token[], name: string): boolean {
  let token = 0;
  let position = 0;
  let starToken = -1;
  let starPosition = 0;
  while (position < name.length) {
    const current = tokens[token];
    if (current?.kind === 'star') {
      starToken = token++;
      starPosition = position;
    } else if (current && matchesOne(current, name.charAt(position))) {
      token++;
      position++;
    } else if (starToken >= 0) {
      token = starToken + 1;
      position = ++starPosition;
    } else return false;
  }
  while (tokens[token]?.kind === 'star') token++;
  return token === tokens.length;
}

function matchesOne(token: Token, character: string): boolean {
  if (token.kind === 'text') return token.character === character;
  if (token.kind === 'set') {
    return token.ranges.some(([from, to]) => from <= character && character <= to) !== token.isNegated;
  }
  return token.kind === 'any';
}

/** Patterns without braces that together mean the same. Braces without a comma or an end mean themselves. */
export function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const group = findBraces(next);
    if (!group || open.length + done.length + group.choices.length > maxAlternatives) done.push(next);
    else for (const choice of group.choices.toReversed()) open.push(group.before + choice + group.after);
  }
  return [...new Set(done)];
}

function findBraces(
  pattern: string,
): { readonly before: string; readonly choices: readonly string[]; readonly after: string } | undefined {
  const starts: { readonly at: number; readonly commas: number[] }[] = [];
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === '\\') index++;
    else if (character === '{') starts.push({ at: index, commas: [] });
    else if (character === ',') starts.at(-1)?.commas.push(index);
    else if (character === '}') {
      // The innermost group first; the groups around it are found in the results.
      const group = starts.pop();
      if (!group || group.commas.length === 0) continue;
      const cuts = [group.at, ...group.commas, index];
      const choices = cuts.slice(1).map((cut, at) => pattern.slice((cuts[at] ?? 0) + 1, cut));
      return { before: pattern.slice(0, group.at), choices, after: pattern.slice(index + 1) };
    }
  }
  return undefined;
}
