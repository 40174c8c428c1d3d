import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/model/errors.ts';
import { compileExpression } from '../../src/model/expression.ts';

describe('an expression', () => {
  test.each([
    ['event=(\\d+)', 'DENYEVT event=1192 d1=7', ['1192']],
    ['(?<user>[^ @]+)@(?<host>\\S+)', 'from alice@example.org now', ['alice', 'example.org']],
    ['a|ab', 'ab', []],
    ['(a*)(a+)', 'aaa', ['aa', 'a']],
    ['(a*?)(a+)', 'aaa', ['', 'aaa']],
    ['x{2,3}(x?)', 'xxxxx', ['x']],
    ['(?:(\\w)-?){3}', 'a-b-c', ['c']],
    ['^(.)(.)?$', 'q', ['q', undefined]],
    ['\\bok\\b', 'not okay, but ok', []],
    ['[^\\d\\s-]+', '12 -ab', []],
    ['[a\\]-]+', ']-a', []],
    ['\\x41\\u0042\\.', 'AB.', []],
    ['{x}', '{x}', []],
    ['()*b', 'b', [undefined]],
  ])('%s in %j gives %j', (source, text, groups) => {
    expect(compileExpression(source).exec(text)?.groups).toEqual(groups);
  });

  test('tells the names of its groups', () => {
    expect(compileExpression('(a)(?<b>b)(?:c)').names).toEqual([undefined, 'b']);
  });

  test.each([
    ['(a)\\1', /backreferences are not supported/],
    ['(?=a)', /look-around is not supported/],
    ['(?<!a)b', /look-around is not supported/],
    ['(?<=a)b', /look-around is not supported/],
    ['(a', /\) is missing/],
    ['a)', /\( is missing/],
    ['[a', /\] is missing/],
    ['[z-a]', /range/],
    ['*a', /nothing stands before/],
    ['a{3,1}', /out of order/],
    ['a{5000}', /1000 at most/],
    ['(?:a{900}){900}', /too large/],
    ['(?<n>a)(?<n>b)', /used twice/],
    ['\\q', /not known/],
    ['a\\', /stands at the end/],
    [`${'('.repeat(300)}a`, /too deeply/],
  ])('refuses %s', (source, message) => {
    expect(() => compileExpression(source)).toThrow(UsageError);
    expect(() => compileExpression(source)).toThrow(message);
  });

  test('finds what the built-in engine finds', () => {
    const atom = fc.constantFrom('a', 'b', '.', '\\d', '[ab1]', '[^a]', '\\b', '^', '$', '(a)', '(b|1)', '(?:ab)', '1');
    const part = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '*?', '+?', '??', '{1,2}', '{2}'))
      .map(([item, times]) => (/^(\^|\$|\\b)$/.test(item) ? item : item + times));
    const side = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
    const source = fc.array(side, { minLength: 1, maxLength: 3 }).map((sides) => sides.join('|'));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', ' '), maxLength: 12 });
    fc.assert(
      fc.property(source, text, (pattern, input) => {
        const expected = new RegExp(pattern).exec(input);
        const found = compileExpression(pattern).exec(input);
        expect(found && input.slice(found.start, found.end)).toEqual(expected?.[0]);
        expect(found?.start).toEqual(expected?.index);
        expect(found?.groups).toEqual(expected ? [...expected.slice(1)] : undefined);
      }),
      { numRuns: 2000, seed: 20170427 },
    );
  });

  test.each(['(a+)+b', '(a|a)*b', '(a*)*b', '(.*)(.*)(.*)b', '(?:a?){100}a{100}b'])(
    '%s is done with a hostile text',
    (source) => {
      // A backtracking engine would not come back from any of these.
      expect(compileExpression(source).exec('a'.repeat(2000))).toBeUndefined();
    },
  );
});
