import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, nearestWord } from '../../src/app/suggestion.ts';

describe('the edit distance', () => {
  test.each([
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['timezon', 'timezone', 1],
    ['hsot', 'host', 1],
    ['paths', 'paths', 0],
    ['ca', 'abc', 3],
  ])('of %s and %s is %i', (first, second, distance) => {
    expect(editDistance(first, second)).toBe(distance);
  });

  test('is the same in both directions, and 0 only for equal words', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (first, second) => {
        const distance = editDistance(first, second);
        expect(editDistance(second, first)).toBe(distance);
        expect(distance === 0).toBe(first === second);
        expect(distance).toBeLessThanOrEqual(Math.max(first.length, second.length));
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});

describe('the nearest word', () => {
  const known = ['family', 'name', 'host', 'paths', 'timezone', 'bucketSeconds', 'latenessSeconds', 'onFull'];
  test.each([
    ['timezon', 'timezone'],
    ['time_zone', 'timezone'],
    ['path', 'paths'],
    ['hots', 'host'],
    ['bucket-seconds', 'bucketSeconds'],
    ['BUCKETSECONDS', 'bucketSeconds'],
    ['bucket', 'bucketSeconds'],
    ['lateness', 'latenessSeconds'],
    ['onfull', 'onFull'],
    ['zzz', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ])('to %s is %s', (found, expected) => {
    expect(nearestWord(found, known)).toBe(expected);
  });
});
