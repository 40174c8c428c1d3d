// Records as columns, for snapshots.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packRows, RowPacker, unpackBlocks, unpackRows } from '../../src/families/cisco/inference/rows.ts';

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

test('a list that was packed before is packed as it is now, wherever it has changed', () => {
  const packer = new RowPacker();
  const list = Array.from({ length: 1000 }, (_, timeMs) => ({ timeMs, isUp: timeMs % 3 === 0 }));
  const changes: (() => unknown)[] = [
    () => list.push({ timeMs: 5000, isUp: true }),
    () => list.splice(200, 0, { timeMs: 1, isUp: false }),
    () => list.splice(300, 1, { timeMs: 2, isUp: true }),
    () => list.splice(0, 400),
    () => list.splice(100),
    () => list.splice(0),
  ];
  for (const change of changes) {
    expect(unpackBlocks(JSON.parse(JSON.stringify(packer.pack(list))))).toEqual(list);
    change();
  }
  expect(unpackBlocks(JSON.parse(JSON.stringify(packer.pack(list))))).toEqual([]);
});
