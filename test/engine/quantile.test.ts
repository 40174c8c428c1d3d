// Quantiles of a bucket: within 1 % of what sorting gives, however the values came together.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter, DamagedStateError } from '../../src/engine/bucket-codec.ts';
import { QuantileSketch } from '../../src/engine/quantile.ts';

const values = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 300 });
const quantiles = fc.constantFrom(0, 0.5, 0.95, 0.99, 1);

function sketchOf(quantile: number, added: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch(quantile);
  for (const value of added) sketch.add(value);
  return sketch;
}

function written(sketch: QuantileSketch): Buffer {
  const writer = new ByteWriter(16);
  sketch.write(writer);
  return Buffer.from(writer.bytes.subarray(0, writer.length));
}

test('is within 1 % of the value at its rank', () => {
  fc.assert(
    fc.property(values, quantiles, (added, quantile) => {
      const sorted = added.toSorted((one, other) => one - other);
      const exact = sorted[Math.max(1, Math.ceil(quantile * sorted.length)) - 1] ?? 0;
      const estimate = sketchOf(quantile, added).estimate();
      expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(Math.max(0.0101 * exact, 1e-9));
    }),
  );
});

test('one value is given as it is, and none is no number', () => {
  expect([sketchOf(0.95, [1500]).estimate(), sketchOf(0.5, [0]).estimate()]).toEqual([1500, 0]);
  expect(new QuantileSketch(0.5).estimate()).toBeNaN();
});

test('parts join to the whole, also after they were written and read', () => {
  fc.assert(
    fc.property(values, values, quantiles, (first, second, quantile) => {
      const whole = sketchOf(quantile, [...first, ...second]);
      const joined = QuantileSketch.read(new ByteReader(written(sketchOf(quantile, first))));
      joined.merge(QuantileSketch.read(new ByteReader(written(sketchOf(quantile, second)))));
      expect(written(joined)).toEqual(written(whole));
      expect(joined.estimate()).toBe(whole.estimate());
    }),
  );
});

test('bytes that are no sketch are refused and do no harm', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        QuantileSketch.read(new ByteReader(Buffer.from(bytes)));
      } catch (error) {
        expect(error).toBeInstanceOf(DamagedStateError);
      }
    }),
  );
});
