// State over restarts: damage is noticed, and a catalogue that changed costs no more than what changed in it.
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, DamagedStateError, framed, unframed } from '../../src/engine/bucket-codec.ts';
import type { BucketOptions } from '../../src/engine/buckets.ts';
import { Buckets } from '../../src/engine/buckets.ts';
import { counter, gauge, measurement, tag } from '../../src/model/catalogue.ts';
import type { Measurement } from '../../src/model/catalogue.ts';
import { everything, pointsOf, put } from '../support/bucket-oracle.ts';
import { temporaryFolder } from '../support/temporary.ts';

const noon = Date.UTC(2026, 2, 1, 12);
const hourMs = 3_600_000;

function make(directory: string, options: Partial<BucketOptions> = {}): Buckets {
  return new Buckets({
    host: 'cm1',
    instance: 'noc-1',
    widthMs: 60_000,
    directory,
    clock: { now: () => noon + 1000 * hourMs, monotonic: () => 0 },
    withDeltas: true,
    ...options,
  });
}

function folder(): string {
  return join(temporaryFolder(), 'sealed');
}

async function written(): Promise<{ directory: string; snapshot: Buffer; record: Buffer }> {
  const directory = folder();
  const buckets = make(directory);
  for (let minute = 0; minute < 30; minute++) {
    buckets.judge(noon + minute * 60_000);
    put(buckets, { timeMs: noon + minute * 60_000, code: `c${minute % 4}`, amount: minute });
  }
  const snapshot = buckets.snapshot();
  const { record } = await buckets.flush();
  return { directory, snapshot, record };
}

describe('the state of buckets', () => {
  it('is refused when any bit of it has flipped, and the buckets are empty then', async () => {
    const { directory, snapshot, record } = await written();
    fc.assert(
      fc.property(fc.boolean(), fc.nat(), fc.integer({ min: 0, max: 7 }), (isRecord, place, bit) => {
        const damaged = Buffer.from(isRecord ? record : snapshot);
        damaged[place % damaged.length]! ^= 1 << bit;
        const buckets = make(directory);
        const restore = isRecord
          ? () => buckets.restore(snapshot, [damaged], [everything])
          : () => buckets.restore(damaged, [record], [everything]);
        expect(restore).toThrow(DamagedStateError);
        expect(buckets.openBuckets).toBe(0);
        expect(buckets.newestEventMs).toBeUndefined();
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('is refused when it is cut, empty, of a newer version, or a record in place of a snapshot', async () => {
    const { directory, snapshot, record } = await written();
    const newer = Buffer.from(snapshot);
    newer[4] = 2;
    for (const bad of [Buffer.alloc(0), Buffer.alloc(5), snapshot.subarray(0, -1), newer, record]) {
      expect(() => make(directory).restore(bad, [], [everything])).toThrow(DamagedStateError);
    }
    expect(() => make(directory).restore(snapshot, [snapshot], [everything])).toThrow(DamagedStateError);
  });

  it('names the version when it is of a newer one', () => {
    const frame = framed(1, Buffer.from('payload'));
    const newer = Buffer.concat([frame.subarray(0, 4), Buffer.from([9]), frame.subarray(5, -4)]);
    expect(unframed(1, frame).end).toBe(frame.length - 4);
    expect(() => unframed(1, Buffer.concat([newer, checksum(newer)]))).toThrow('version 9');
  });

  it('never makes a reader run wild, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const kind of [1, 2]) {
          const buckets = make('/nonexistent');
          const frame = framed(kind, bytes);
          const restore = (): unknown =>
            kind === 1 ? buckets.restore(frame, [], [everything]) : buckets.restore(undefined, [frame], [everything]);
          try {
            restore();
          } catch (error) {
            expect(error).toBeInstanceOf(DamagedStateError);
          }
        }
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it('cannot be put into buckets that are in use', async () => {
    const { directory, snapshot } = await written();
    const buckets = make(directory);
    put(buckets, { timeMs: noon, code: 'c', amount: 1 });
    expect(() => buckets.restore(snapshot, [], [everything])).toThrow('in use');
  });

  it('survives a restore in the middle of changes: what was in no flush comes with the next one', async () => {
    const directory = folder();
    const buckets = make(directory);
    put(buckets, { timeMs: noon, code: 'c', amount: 3 });
    await buckets.flush();
    put(buckets, { timeMs: noon, code: 'c', amount: 4 });
    const again = make(directory);
    again.restore(buckets.snapshot(), [], [everything]);
    expect(again.changedBuckets).toBe(1);
    const [first, second] = [await buckets.flush(), await again.flush()];
    expect(second.absolute.toString()).toBe(first.absolute.toString());
    expect(second.deltas.toString()).toBe(first.deltas.toString());
  });

  it('is left alone when host or instance are others: those buckets are other series', async () => {
    const { directory, snapshot, record } = await written();
    const buckets = make(directory, { host: 'cm2' });
    expect(buckets.restore(snapshot, [record], [everything])).toEqual([
      'bucket state: the open buckets are of host cm1, instance noc-1, and are left as they are stored',
    ]);
    expect(buckets.openBuckets).toBe(0);
  });
});

describe('the state of buckets after the width changed', () => {
  const at = (minute: number, second: number): number => Date.UTC(2026, 2, 1, 12, minute, second);

  it.each([
    ['narrower', 60_000, 10_000, at(0, 5), [at(0, 45), at(1, 5), at(1, 15)], [at(0, 0), at(1, 0), at(1, 10)]],
    ['wider', 10_000, 60_000, at(0, 35), [at(0, 30), at(0, 50), at(1, 50)], [at(0, 30), at(0, 50), at(1, 0)]],
    [
      'one that does not fit',
      60_000,
      7000,
      at(0, 5),
      [at(0, 59), at(1, 7)],
      [at(0, 0), Math.floor(at(1, 7) / 7000) * 7000],
    ],
  ])('%s: times up to the newest bucket keep their width, later ones have the new one', async (_, ...values) => {
    const [oldWidthMs, newWidthMs, firstMs, timesMs, starts] = values;
    const directory = folder();
    const buckets = make(directory, { widthMs: oldWidthMs });
    buckets.judge(firstMs);
    put(buckets, { timeMs: firstMs, code: 'c', amount: 1 });
    await buckets.flush();
    let state = buckets.snapshot();
    // The second restart finds the change in the state.
    for (let restart = 0; restart < 2; restart++) {
      const again = make(directory, { widthMs: newWidthMs });
      again.restore(state, [], [everything]);
      state = again.snapshot();
      for (const timeMs of timesMs) put(again, { timeMs, code: 'c', amount: 1 });
      const points = pointsOf((await again.flush()).absolute);
      expect(points.map(({ key }) => Number(key.split(' ')[1]))).toEqual(starts);
    }
  });
});

describe('the state of buckets after the catalogue changed', () => {
  const tags = { trunk: tag('the trunk'), kind: tag('the kind') };
  const old = measurement({
    name: 'test_calls',
    help: '',
    tags,
    fields: { calls: counter('calls', ''), gone: counter('calls', ''), level: gauge('', '') },
  });

  /** A bucket that was sealed, one that is open, and one in memory only. */
  async function before(directory: string): Promise<{ snapshot: Buffer; records: Buffer[] }> {
    const buckets = make(directory);
    const series = buckets.series(old, ['t', 'k']);
    const snapshot = buckets.snapshot();
    const records: Buffer[] = [];
    for (const [minute, amount] of [
      [0, 5],
      [30, 7],
      [31, 9],
    ] as const) {
      buckets.judge(noon + minute * 60_000);
      buckets.add(series, noon + minute * 60_000, 0, amount);
      buckets.add(series, noon + minute * 60_000, 1, 1);
      buckets.set(series, noon + minute * 60_000, 2, amount);
      records.push((await buckets.flush()).record);
    }
    return { snapshot, records };
  }

  async function after(
    now: Measurement,
    tagValues: readonly string[],
  ): Promise<{ warnings: string[]; values: unknown }> {
    const directory = folder();
    const { snapshot, records } = await before(directory);
    const buckets = make(directory);
    const warnings = buckets.restore(snapshot, records, [now]);
    const field = now.fieldNames.indexOf('calls');
    const series = buckets.series(now, tagValues);
    for (const minute of [0, 31]) buckets.add(series, noon + minute * 60_000, field, 1);
    const first = await buckets.flush();
    // What was declared anew must be understood at the next restart too.
    const again = make(directory);
    expect(again.restore(snapshot, [...records, first.record], [now])).toEqual(warnings);
    expect(again.openBuckets).toBe(buckets.openBuckets);
    again.add(again.series(now, tagValues), noon + 31 * 60_000, field, 1);
    buckets.add(buckets.series(now, tagValues), noon + 31 * 60_000, field, 1);
    expect((await again.flush()).absolute.toString()).toBe((await buckets.flush()).absolute.toString());
    return { warnings, values: pointsOf(first.absolute, now).map(({ fields }) => fields) };
  }

  it('keeps what both know, in another order and with fields and tags that are new', async () => {
    const now = measurement({
      name: 'test_calls',
      help: '',
      tags: { extra: tag('new'), kind: tags.kind, trunk: tags.trunk },
      fields: { level: gauge('', ''), added: counter('', ''), calls: counter('calls', ''), gone: counter('calls', '') },
    });
    expect(await after(now, ['', 'k', 't'])).toEqual({
      warnings: [],
      values: [
        [9, undefined, 10, 1],
        [5, undefined, 6, 1],
      ],
    });
  });

  it('names and drops a field that is gone or became another sort, and keeps the others', async () => {
    const now = measurement({
      name: 'test_calls',
      help: '',
      tags,
      fields: { calls: counter('calls', ''), level: gauge('', '', 'max') },
    });
    expect(await after(now, ['t', 'k'])).toEqual({
      warnings: [
        'bucket state: test_calls: the field gone (counter integer sum) is dropped',
        'bucket state: test_calls: the field level (gauge float last) is dropped',
      ],
      values: [
        [10, undefined],
        [6, undefined],
      ],
    });
  });

  it('names and drops series with a tag that is gone: they are other series now', async () => {
    const now = measurement({
      name: 'test_calls',
      help: '',
      tags: { trunk: tags.trunk },
      fields: { calls: counter('calls', ''), gone: counter('calls', ''), level: gauge('', '') },
    });
    const { warnings, values } = await after(now, ['t']);
    expect(warnings).toEqual(['bucket state: test_calls: series with the tag kind are dropped']);
    expect(values).toEqual([
      [1, undefined, undefined],
      [1, undefined, undefined],
    ]);
  });

  it('names and drops a measurement that is gone', async () => {
    const directory = folder();
    const { snapshot, records } = await before(directory);
    const buckets = make(directory);
    expect(buckets.restore(snapshot, records, [everything])).toEqual([
      'bucket state: test_calls: there is no such measurement any more',
    ]);
    expect(buckets.openBuckets).toBe(0);
    put(buckets, { timeMs: noon, code: 'c', amount: 1 });
    expect((await buckets.flush()).points).toBe(1);
  });
});

describe('numbers in state', () => {
  it('come back exactly', () => {
    const special = fc.constantFrom(
      0,
      127,
      128,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32,
      2 ** 52 - 1,
      -(2 ** 52),
      -0.5,
      Infinity,
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double({ noNaN: true }), fc.maxSafeInteger(), special)),
        fc.string(),
        (values, text) => {
          const writer = new ByteWriter(1);
          for (const value of values) {
            writer.number(value);
            if (Number.isSafeInteger(value) && value >= 0) writer.unsigned(value);
            if (Number.isSafeInteger(value) && Math.abs(value) < 2 ** 52) writer.signed(value);
          }
          writer.text(text);
          const reader = new ByteReader(Buffer.from(writer.written()));
          for (const value of values) {
            // A count of -0 is a count of 0.
            expect(reader.number()).toBe(value + 0);
            if (Number.isSafeInteger(value) && value >= 0) expect(reader.unsigned()).toBe(value + 0);
            if (Number.isSafeInteger(value) && Math.abs(value) < 2 ** 52) expect(reader.signed()).toBe(value + 0);
          }
          expect(reader.text()).toBe(text.toWellFormed());
          expect(reader.isAtEnd).toBe(true);
          expect(() => reader.byte()).toThrow(DamagedStateError);
        },
      ),
      { seed: 13, numRuns: 300 },
    );
  });
});

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(bytes));
  return sum;
}
