// Reads a regular expression into a tree. The subset is what can be matched in linear time: no backreference, no
// look-around. What is accepted means what it means in JavaScript without flags, on UTF-16 code units, but that a
// group in a repetition keeps what it last took.
import { UsageError } from './errors.ts';

/** Ranges of code units, both ends included, sorted and apart. */
export type CharacterSet = readonly (readonly [number, number])[];

/** A parsed expression. */
export type Tree =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly items: readonly Tree[] }
  | { readonly kind: 'choice'; readonly items: readonly Tree[] }
  | { readonly kind: 'group'; readonly index: number; readonly item: Tree }
  | {
      readonly kind: 'repeat';
      readonly item: Tree;
      readonly least: number;
      readonly most: number;
      readonly isLazy: boolean;
    }
  | { readonly kind: 'assert'; readonly what: 'start' | 'end' | 'boundary' | 'inside' };

/** A tree and the names of its groups; index 0 is the first group. */
export interface Parsed {
  readonly tree: Tree;
  readonly names: readonly (string | undefined)[];
}

const last = 0xffff;
const digits: CharacterSet = [[0x30, 0x39]];
const words: CharacterSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const blanks: CharacterSet = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const lineEnds: CharacterSet = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

/** Everything that is not in the set. */
function inverted(set: CharacterSet): CharacterSet {
  const result: [number, number][] = [];
  let from = 0;
  for (const [low, high] of set) {
    if (low > from) result.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= last) result.push([from, last]);
  return result;
}

function union(ranges: readonly (readonly [number, number])[]): CharacterSet {
  const result: [number, number][] = [];
  for (const [low, high] of ranges.toSorted(([first], [second]) => first - second)) {
    const previous = result.at(-1);
    if (previous && low <= previous[1] + 1) previous[1] = Math.max(previous[1], high);
    else result.push([low, high]);
  }
  return result;
}

const classes: Readonly<Record<string, CharacterSet>> = {
  d: digits,
  D: inverted(digits),
  w: words,
  W: inverted(words),
  s: blanks,
  S: inverted(blanks),
};
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, v: 11, f: 12, '0': 0 };

/** The largest count in `{n,m}`. */
const mostRepetitions = 1000;

/** The set with both cases of the ASCII letters that it has in one. */
function anyCase(set: CharacterSet): CharacterSet {
  const others = set.flatMap(([low, high]) =>
    (
      [
        [0x41, 0x20],
        [0x61, -0x20],
      ] as const
    ).flatMap(([first, distance]): (readonly [number, number])[] => {
      const from = Math.max(low, first);
      const to = Math.min(high, first + 25);
      return from <= to ? [[from + distance, to + distance]] : [];
    }),
  );
  return others.length === 0 ? set : union([...set, ...others]);
}

/**
 * Parses an expression, of ASCII letters in any case if asked; throws UsageError with the position for what is wrong or
 * not supported.
 */
export function parseExpression(source: string, isAnyCase = false): Parsed {
  const cased = isAnyCase ? anyCase : (set: CharacterSet): CharacterSet => set;
  let position = 0;
  let depth = 0;
  const names: (string | undefined)[] = [];

  const fail = (message: string): never => {
    throw new UsageError(`expression ${JSON.stringify(source)}, character ${position + 1}: ${message}`);
  };
  const peek = (): string => source.charAt(position);
  const take = (text: string): boolean => {
    const isNext = source.startsWith(text, position);
    if (isNext) position += text.length;
    return isNext;
  };

  const choice = (): Tree => {
    if (++depth > 100) fail('groups are nested too deeply');
    const items = [sequence()];
    while (take('|')) items.push(sequence());
    depth--;
    return items.length === 1 ? (items[0] as Tree) : { kind: 'choice', items };
  };

  const sequence = (): Tree => {
    const items: Tree[] = [];
    while (position < source.length && peek() !== '|' && peek() !== ')') items.push(quantified(atom()));
    return { kind: 'sequence', items };
  };

  const quantified = (item: Tree): Tree => {
    const counts = quantifier();
    if (!counts) return item;
    if (item.kind === 'assert') fail('an assertion cannot be repeated');
    const [least, most] = counts;
    if (least > most) fail('the numbers of a repetition are out of order');
    if (Math.max(least, most === Infinity ? 0 : most) > mostRepetitions) {
      fail(`a repetition may count to ${mostRepetitions} at most`);
    }
    return { kind: 'repeat', item, least, most, isLazy: take('?') };
  };

  const quantifier = (): [number, number] | undefined => {
    if (take('*')) return [0, Infinity];
    if (take('+')) return [1, Infinity];
    if (take('?')) return [0, 1];
    const counts = /^\{(\d{1,6})(?:(,)(\d{0,6}))?\}/.exec(source.slice(position, position + 20));
    if (!counts) return undefined;
    position += counts[0].length;
    const least = Number(counts[1]);
    if (counts[2] === undefined) return [least, least];
    return [least, counts[3] ? Number(counts[3]) : Infinity];
  };

  const atom = (): Tree => {
    const character = peek();
    position++;
    switch (character) {
      case '(':
        return group();
      case '[':
        return { kind: 'set', set: bracket() };
      case '.':
        return { kind: 'set', set: inverted(lineEnds) };
      case '^':
        return { kind: 'assert', what: 'start' };
      case '$':
        return { kind: 'assert', what: 'end' };
      case '\\':
        if (take('b')) return { kind: 'assert', what: 'boundary' };
        if (take('B')) return { kind: 'assert', what: 'inside' };
        return { kind: 'set', set: cased(escape()) };
      case '*':
      case '+':
      case '?':
        position--;
        return fail('nothing stands before the repetition');
      default:
        return { kind: 'set', set: cased(single(character.charCodeAt(0))) };
    }
  };

  const group = (): Tree => {
    let index: number | undefined;
    if (take('?:')) index = undefined;
    else if (take('?<') && peek() !== '=' && peek() !== '!') {
      const name = /^[A-Za-z_][A-Za-z0-9_]*(?=>)/.exec(source.slice(position, position + 64))?.[0];
      if (name === undefined) return fail('a group name is letters, digits and _ followed by >');
      if (names.includes(name)) return fail(`the group name ${name} is used twice`);
      position += name.length + 1;
      index = names.push(name) - 1;
    } else if (source.charAt(position - 1) === '<' || peek() === '?') {
      return fail('look-around is not supported, because it cannot be matched in linear time');
    } else index = names.push(undefined) - 1;
    const item = choice();
    if (!take(')')) return fail('a ) is missing');
    return index === undefined ? item : { kind: 'group', index, item };
  };

  const hexadecimal = (length: number): number => {
    const text = source.slice(position, position + length);
    if (!/^[0-9a-fA-F]+$/.test(text) || text.length !== length) fail(`${length} hexadecimal digits are expected`);
    position += length;
    return Number.parseInt(text, 16);
  };

  const escape = (): CharacterSet => {
    const character = peek();
    if (character === '') fail('a \\ stands at the end');
    position++;
    const known = classes[character];
    if (known) return known;
    if (character === 'x') return single(hexadecimal(2));
    if (character === 'u') return single(hexadecimal(4));
    if ((character >= '1' && character <= '9') || character === 'k') {
      position--;
      fail('backreferences are not supported, because they cannot be matched in linear time');
    }
    const control = controls[character];
    if (control !== undefined) return single(control);
    if (/[A-Za-z0-9]/.test(character)) fail(`\\${character} is not known`);
    return single(character.charCodeAt(0));
  };

  const bracket = (): CharacterSet => {
    const isInverted = take('^');
    const ranges: (readonly [number, number])[] = [];
    while (!take(']')) {
      if (position >= source.length) fail('a ] is missing');
      const low = member();
      const isRange = peek() === '-' && source.charAt(position + 1) !== ']' && position + 1 < source.length;
      if (!isRange) {
        ranges.push(...low);
        continue;
      }
      position++;
      const high = member();
      const first = low[0];
      const second = high[0];
      const isSingle =
        low.length === 1 && high.length === 1 && first?.[0] === first?.[1] && second?.[0] === second?.[1];
      if (!isSingle || !first || !second || first[0] > second[0]) return fail('a range in [ ] is wrong');
      ranges.push([first[0], second[0]]);
    }
    const set = cased(union(ranges));
    return isInverted ? inverted(set) : set;
  };

  const member = (): CharacterSet => {
    const character = peek();
    position++;
    if (character !== '\\') return single(character.charCodeAt(0));
    return take('b') ? single(8) : escape();
  };

  const tree = choice();
  if (position < source.length) fail('a ( is missing');
  return { tree, names };
}

function single(code: number): CharacterSet {
  return [[code, code]];
}
