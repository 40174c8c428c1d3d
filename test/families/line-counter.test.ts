// The counter of line feeds, on its own memory and on buffers from elsewhere.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countableBuffer, countLineFeeds } from '../../src/model/line-counter.ts';

const sources = [
  ['its own memory', (bytes: number) => countableBuffer(bytes)],
  ['a part of its own memory', (bytes: number) => countableBuffer(bytes + 7).subarray(7)],
  ['another buffer', (bytes: number) => Buffer.alloc(bytes)],
  ['a part of another buffer', (bytes: number) => Buffer.alloc(bytes + 5).subarray(5)],
] as const;

test.each(sources)('counts in any range of %s', (_, make) => {
  const buffer = make(1000);
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1000, maxLength: 1000, max: 20 }),
      fc.nat(1000),
      fc.nat(1000),
      (bytes, one, two) => {
        buffer.set(bytes);
        const [start, end] = [Math.min(one, two), Math.max(one, two)];
        expect(countLineFeeds(buffer, start, end)).toBe(
          bytes.subarray(start, end).filter((byte) => byte === 10).length,
        );
      },
    ),
    { seed: 3, numRuns: 200 },
  );
});

test('counts lines of a megabyte of line feeds, and none in nothing', () => {
  const buffer = countableBuffer(1_000_000);
  expect(buffer.length).toBe(1_000_000);
  expect(countLineFeeds(buffer.fill(10), 0, buffer.length)).toBe(1_000_000);
  expect(countLineFeeds(buffer.fill(0), 0, buffer.length)).toBe(0);
  expect(countLineFeeds(buffer.fill(10), 500, 500)).toBe(0);
});
