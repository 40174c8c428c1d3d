// Path patterns against a table and against folders on disk.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Folders } from '../../src/engine/folders.ts';
import { compileSegment, escapeGlob, expandBraces, expandGlob, isGlob } from '../../src/engine/glob.ts';
import { compareGenerations, parseLogName } from '../../src/engine/rotation.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('one segment', () => {
  test.each([
    ['*', 'app.log', true],
    ['*', '.hidden', false],
    ['.*', '.hidden', true],
    ['20*', '2017-0427-084400', true],
    ['20*', '1997-0427-084400', false],
    ['*.log', 'app.log', true],
    ['*.log', 'app.log.1', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
    ['?.log', 'a.log', true],
    ['?.log', '.log', false],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[!a-c]x', 'dx', true],
    ['[^a-c]x', 'bx', false],
    ['[]]x', ']x', true],
    ['[a-]x', '-x', true],
    ['[\\]]x', ']x', true],
    ['[x', '[x', true],
    ['\\*x', '*x', true],
    ['\\*x', 'ax', false],
    ['a\\', 'a\\', true],
    ['', '', true],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(compileSegment(pattern)(name)).toBe(expected);
  });

  test('an escaped text matches itself and nothing else', () => {
    const text = fc.string({ minLength: 1, unit: fc.constantFrom('a', '*', '?', '[', ']', '{', '}', '\\', '-', ',') });
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(compileSegment(escapeGlob(one))(one)).toBe(true);
        expect(compileSegment(escapeGlob(one))(other)).toBe(one === other);
        expect(expandBraces(escapeGlob(one))).toEqual([escapeGlob(one)]);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test('takes linear time per star on a hostile name', () => {
    // Quadratic at most, where a recursive matcher would not end in a lifetime.
    expect(compileSegment(`${'*a'.repeat(50)}b`)('a'.repeat(5000))).toBe(false);
  });
});

test.each([
  ['a{b,c}d', ['abd', 'acd']],
  ['{a,b}{1,2}', ['a1', 'a2', 'b1', 'b2']],
  ['{a,b{1,2}}', ['a', 'b1', 'b2']],
  ['a{b}c', ['a{b}c']],
  ['a{b,c', ['a{b,c']],
  ['a}b{', ['a}b{']],
  ['{,a}', ['', 'a']],
  ['\\{a,b}', ['\\{a,b}']],
])('braces: %s', (pattern, expected) => {
  expect(expandBraces(pattern).toSorted()).toEqual(expected.toSorted());
});

test('an explosion of braces stays bounded', () => {
  expect(expandBraces('{a,b}'.repeat(60)).length).toBeLessThanOrEqual(1000);
});

describe('on disk', () => {
  const folder = temporaryFolder();
  for (const path of ['a/one.log', 'a/two.txt', 'a/.hidden.log', 'b/one.log', 'b/deep/er/three.log', 'c[1].log']) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
  const folders = new Folders(
    () => undefined,
    () => undefined,
  );
  const list = (path: string) => folders.list(path, true);

  test.each([
    ['*/*.log', ['a/one.log', 'b/one.log']],
    ['*/one.log', ['a/one.log', 'b/one.log']],
    ['{a,b}/*', ['a/one.log', 'a/two.txt', 'b/deep', 'b/one.log']],
    ['**/*.log', ['a/one.log', 'b/deep/er/three.log', 'b/one.log', 'c[1].log']],
    ['b/**', ['b/deep', 'b/deep/er', 'b/deep/er/three.log', 'b/one.log']],
    ['**/er/*', ['b/deep/er/three.log']],
    ['a/../b/*.log', ['b/one.log']],
    ['c\\[1\\].log', ['c[1].log']],
    ['none/*.log', []],
  ])('%s', async (pattern, expected) => {
    const found = await expandGlob(`${escapeGlob(folder)}/${pattern}`, list);
    expect(found).toEqual(expected.map((path) => join(folder, path)));
  });
});

test('a pattern is told from a plain path', () => {
  expect([isGlob('a*'), isGlob('a?'), isGlob('[a]'), isGlob('{a}'), isGlob('/var/log/app.log')]).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
});

describe('rotated names', () => {
  test.each([
    ['app.log', 'app.log', '', false],
    ['app.log.1', 'app.log', '.1', false],
    ['app.log.12.gz', 'app.log', '.12', true],
    ['app-20240131.log', 'app.log', '-20240131', false],
    ['app.1.log', 'app.log', '.1', false],
    ['messages-20240131.gz', 'messages', '-20240131', true],
    ['app.log.2024-01-31T23:59:59', 'app.log', '.2024-01-31T23:59:59', false],
    ['app.log-20240131.2.gz', 'app.log', '-20240131.2', true],
    ['app-2024-01-31-2.log.gz', 'app.log', '-2024-01-31-2', true],
    ['app.log.old', 'app.log', '.old', false],
    ['app.log~', 'app.log', '~', false],
    // Another server's log, and names that are dates through and through.
    ['server-2.log', 'server-2.log', '', false],
    ['2017-0427-084400', '2017-0427-084400', '', false],
    ['2017-0427-084400.log.gz', '2017-0427-084400.log', '', true],
    ['12345678', '12345678', '', false],
  ])('%s belongs to %s', (name, stem, generation, isCompressed) => {
    expect(parseLogName(name)).toEqual({ stem, generation, isCompressed });
  });

  test.each([
    ['app.log.2', 'app.log.1'],
    ['app.log.10.gz', 'app.log.2'],
    ['app.log.1', 'app.log'],
    ['app.log-20240130', 'app.log-20240131'],
    ['app.log-20240131', 'app.log-20240131.1'],
    ['app-2024-01-31-2.log', 'app-2024-01-31-10.log'],
    ['app.log.old', 'app.log'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareGenerations(parseLogName(older), parseLogName(newer))).toBeLessThan(0);
    expect(compareGenerations(parseLogName(newer), parseLogName(older))).toBeGreaterThan(0);
  });

  test('names of different kinds say nothing about age', () => {
    expect(compareGenerations(parseLogName('app.log.1'), parseLogName('app.log-20240131'))).toBe(0);
    expect(compareGenerations(parseLogName('app.log.old'), parseLogName('app.log.1'))).toBe(0);
  });
});
