// Records as columns, for snapshots.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packRows, unpackRows } from '../../src/families/cisco/inference/rows.ts';

const number = fc.oneof(
  fc.integer(),
  fc.integer({ min: 1_731_398_400_000, max: 1_731_398_500_000 }),
  fc.constantFrom(0.5, -1e15, 2 ** 53, Number.NEGATIVE_INFINITY),
);
const row = fc.record(
  {
    timeMs: fc.integer({ min: 0, max: 4e12 }),
    any: number,
    word: fc.constantFrom('adj', 'proto', '', 'ü'),
    text: fc.string(),
    isUp: fc.boolean(),
    same: fc.constant('hub'),
    mixed: fc.oneof(fc.string(), fc.integer(), fc.boolean()),
  },
  { requiredKeys: ['timeMs', 'word', 'isUp', 'same'], noNullPrototype: true },
);

test('what is unpacked is what was packed, over a file as well', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
      // Where fields are missing, numbers are written as JSON has them: it knows no infinity, nor -0.
      const written = rows.map((one) =>
        Object.fromEntries(Object.entries(one).filter(([, value]) => value !== Number.NEGATIVE_INFINITY)),
      );
      expect(unpackRows(JSON.parse(JSON.stringify(packRows(written))))).toEqual(written);
    }),
    { numRuns: 500 },
  );
});

test('a missing number stays missing among numbers', () => {
  const packed = JSON.parse(JSON.stringify(packRows([{ at: 1 }, { at: Number.NaN }, { at: 2.5 }])));
  expect(unpackRows(packed)).toEqual([{ at: 1 }, {}, { at: 2.5 }]);
});
