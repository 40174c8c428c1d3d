import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ByteReader, ByteWriter, DamagedStateError } from '../../src/engine/bucket-codec.ts';
import { DistinctSketch, exactLimit } from '../../src/engine/distinct.ts';
import { hashBytes } from '../../src/engine/hash.ts';

const standardError = 1.04 / Math.sqrt(1024);

function add(sketch: DistinctSketch, value: string): void {
  const bytes = Buffer.from(value);
  sketch.add(bytes, 0, bytes.length);
}

function sketchOf(count: number, prefix = 'value'): DistinctSketch {
  const sketch = new DistinctSketch();
  for (let index = 0; index < count; index++) add(sketch, `${prefix}-${index}`);
  return sketch;
}

function written(sketch: DistinctSketch): Buffer {
  const writer = new ByteWriter();
  sketch.write(writer);
  return Buffer.from(writer.written());
}

describe('distinct counts', () => {
  test.each([0, 1, 2, 7, 63, 64])('are exact for %i values, however often each comes', (count) => {
    const sketch = sketchOf(count);
    for (let index = 0; index < 3 * count; index++) add(sketch, `value-${index % count}`);
    expect(sketch.estimate()).toBe(count);
  });

  test.each([65, 100, 300, 1000, 2560, 5000, 20_000, 200_000])(
    'estimate %i values within 4 standard errors',
    (count) => {
      const estimate = sketchOf(count).estimate();
      expect(Math.abs(estimate / count - 1)).toBeLessThan(4 * standardError);
    },
  );

  it('have no bias: the mean of many sketches is much nearer than one of them', () => {
    for (const count of [100, 700, 2000, 4000]) {
      let sum = 0;
      for (let trial = 0; trial < 60; trial++) sum += sketchOf(count, `trial ${trial}`).estimate();
      expect(Math.abs(sum / 60 / count - 1)).toBeLessThan((4 * standardError) / Math.sqrt(60));
    }
  });

  it('never fall while values are added, nor at the change from exact to estimated', () => {
    const sketch = new DistinctSketch();
    let before = 0;
    for (let index = 0; index < 3000; index++) {
      add(sketch, `10.0.${index >> 8}.${index & 255}`);
      const estimate = sketch.estimate();
      expect(estimate).toBeGreaterThanOrEqual(before);
      before = estimate;
    }
    expect(before).toBeGreaterThan(exactLimit);
  });

  it('are the same whether values are added to one sketch or to two that are merged', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 6 }), { maxLength: 150 }),
        fc.array(fc.string({ maxLength: 6 }), { maxLength: 150 }),
        (first, second) => {
          const one = new DistinctSketch();
          for (const value of [...first, ...second]) add(one, value);
          const [left, right] = [first, second].map((values) => {
            const sketch = new DistinctSketch();
            for (const value of values) add(sketch, value);
            return sketch;
          });
          left!.merge(right!);
          expect(left!.estimate()).toBe(one.estimate());
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  test.each([0, 1, 64, 65, 5000])('come back from their bytes with %i values and go on counting', (count) => {
    const sketch = sketchOf(count);
    const bytes = written(sketch);
    const reader = new ByteReader(bytes);
    const again = DistinctSketch.read(reader);
    expect(reader.isAtEnd).toBe(true);
    for (let index = 0; index < count + 10; index++) {
      add(sketch, `value-${index}`);
      add(again, `value-${index}`);
    }
    expect(again.estimate()).toBe(sketch.estimate());
    expect(written(again)).toEqual(written(sketch));
  });

  it('are bounded: the bytes of a million values are not more than those of a thousand', () => {
    expect(written(sketchOf(1_000_000)).length).toBe(written(sketchOf(1000)).length);
    expect(written(sketchOf(1000)).length).toBeLessThan(1024);
  });

  it('refuse bytes that are no sketch', () => {
    const cut = written(sketchOf(5000)).subarray(0, 700);
    expect(() => DistinctSketch.read(new ByteReader(cut))).toThrow(DamagedStateError);
    expect(() => DistinctSketch.read(new ByteReader(Buffer.from([200])))).toThrow(DamagedStateError);
    const tooHigh = Buffer.alloc(1024, 0xff);
    tooHigh[0] = exactLimit + 1;
    expect(() => DistinctSketch.read(new ByteReader(tooHigh))).toThrow(DamagedStateError);
  });
});

describe('the hash of bytes', () => {
  it('is different for every one of many similar values', () => {
    const seen = new Set<string>();
    const hash = new Uint32Array(2);
    let count = 0;
    const note = (bytes: Uint8Array, start = 0, end = bytes.length): void => {
      hashBytes(bytes, start, end, hash);
      seen.add(`${hash[0]} ${hash[1]}`);
      count++;
    };
    for (let number = 0; number < 100_000; number++) note(Buffer.from(String(number)));
    for (let length = 0; length < 100; length++) note(Buffer.alloc(length));
    for (let place = 0; place < 64; place++) {
      const bytes = Buffer.alloc(64);
      for (let bit = 0; bit < 8; bit++) {
        bytes[place] = 1 << bit;
        note(bytes);
      }
    }
    expect(seen.size).toBe(count);
  });

  it('depends on the bytes in the range only, wherever they stand', () => {
    const hash = new Uint32Array(2);
    const other = new Uint32Array(2);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 9 }), (value, around) => {
        hashBytes(value, 0, value.length, hash);
        const bytes = Buffer.concat([around, value, around]);
        hashBytes(bytes, around.length, around.length + value.length, other);
        expect([...other]).toEqual([...hash]);
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('changes half of its bits when one bit of the value changes', () => {
    const hash = new Uint32Array(2);
    const other = new Uint32Array(2);
    const bytes = Buffer.from('+49 30 1234567');
    hashBytes(bytes, 0, bytes.length, hash);
    let changed = 0;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      hashBytes(flipped, 0, flipped.length, other);
      for (const half of [0, 1]) {
        for (let rest = (hash[half]! ^ other[half]!) >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) changed++;
      }
    }
    expect(changed / (bytes.length * 8)).toBeGreaterThan(30);
    expect(changed / (bytes.length * 8)).toBeLessThan(34);
  });

  it('never changes, because sketches on disk were made with it', () => {
    const hash = new Uint32Array(2);
    const hashes = ['', 'a', 'abcd', '192.168.1.77'].map((value) => {
      hashBytes(Buffer.from(value), 0, value.length, hash);
      return [...hash].map((half) => half.toString(16)).join('-');
    });
    expect(hashes).toMatchInlineSnapshot(`
      [
        "869834f5-6c4f45cc",
        "8dc5f8ce-10184a72",
        "b2a5723d-bef8e79b",
        "e62fc62b-2de2b8fb",
      ]
    `);
  });
});
