// Every sample of every family (style S-35).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findSampleCases, runSampleCase } from './sample-cases.ts';

const cases = findSampleCases();

test('there are samples', () => {
  expect(cases.length).toBeGreaterThan(5);
});

test.each(cases)('$title gives the expected points and rejects', async (sample) => {
  const result = await runSampleCase(sample);
  expect(result.points).toBe(readFileSync(join(sample.directory, 'expected.points'), 'utf8'));
  expect(result.rejects).toBe(readFileSync(join(sample.directory, 'expected.rejects'), 'utf8'));
});
