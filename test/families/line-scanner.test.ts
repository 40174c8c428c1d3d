// The scanner that finds the few lines with keywords.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineEnd, lineStart, LineScanner, needleOf } from '../../src/model/line-scanner.ts';

test.each([
  ['DENYEVT', 'NYEVT'],
  ['IPEVT', 'IPEVT'],
  ['proc_err:', '_err:'],
  ['MTCEVT ALM', 'CEVT AL'],
  ['aaa', 'aaa'],
  ['[MED', '[MED'],
])('the needle of %s is %s', (keyword, needle) => {
  expect(needleOf(Buffer.from(keyword)).toString()).toBe(needle);
});

test('refuses an empty needle', () => {
  expect(() => new LineScanner([Buffer.alloc(0)])).toThrow('an empty needle');
});

test('finds every occurrence of every needle, in order and within the chunk', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 80 });
  const needles = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(letters, needles, fc.nat(80), fc.nat(80), (text, words, one, two) => {
      const [start, end] = [Math.min(one, two, text.length), Math.min(Math.max(one, two), text.length)];
      const scanner = new LineScanner(words.map((word) => Buffer.from(word)));
      // The whole buffer before, to see that nothing of it is left behind.
      scanner.begin(Buffer.from(text), text.length);
      scanner.next(0);
      scanner.begin(Buffer.from(text), end);
      const found: number[] = [];
      for (let at = scanner.next(start); at >= 0; at = scanner.next(at + 1)) found.push(at);
      const shortest = words.filter((word) => !words.some((other) => other !== word && word.includes(other)));
      const expected: number[] = [];
      for (let at = start; at < end; at++) {
        if (shortest.some((word) => text.startsWith(word, at) && at + word.length <= end)) expected.push(at);
      }
      expect(found).toEqual(expected);
    }),
    { seed: 5, numRuns: 300 },
  );
});

test('finds the ends of the line around a place', () => {
  const bytes = Buffer.from('ab\ncd\nef');
  expect([0, 1, 2, 3, 5, 7].map((at) => [lineStart(bytes, 0, at), lineEnd(bytes, at, bytes.length)])).toEqual([
    [0, 2],
    [0, 2],
    [0, 2],
    [3, 5],
    [3, 5],
    [6, 8],
  ]);
  expect([lineStart(bytes, 4, 5), lineEnd(bytes, 3, 4)]).toEqual([4, 4]);
});
