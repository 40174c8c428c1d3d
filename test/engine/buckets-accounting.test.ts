// Random logs with random flushes, crashes and disk faults: what the store holds in the end is a plain recount.
import { appendFileSync, existsSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BucketOptions, Flush } from '../../src/engine/buckets.ts';
import { Buckets } from '../../src/engine/buckets.ts';
import { machineFiles } from '../../src/engine/durable.ts';
import type { Files } from '../../src/engine/durable.ts';
import { everything, PointStore, put, recount } from '../support/bucket-oracle.ts';
import type { Sample } from '../support/bucket-oracle.ts';
import { temporaryFolder } from '../support/temporary.ts';

const originMs = Date.UTC(2026, 2, 1, 10);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const horizonMs = 6 * hourMs;
const clock = { now: () => originMs + 1000 * hourMs, monotonic: () => 0 };

type Step =
  | { kind: 'samples'; forwardMs: number; samples: { backMs: number; code: number; amount: number }[] }
  | { kind: 'commit' }
  | { kind: 'snapshot' }
  | { kind: 'crash'; hasFlushed: boolean; damage: 'none' | 'garbage' | 'torn' }
  | { kind: 'disk full'; attempts: number };

const samples = fc.array(
  fc.record({
    // Mostly in order, sometimes within the lateness, sometimes far behind, sometimes beyond the horizon.
    backMs: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 2 * minuteMs }) },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 20 * minuteMs }) },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 7 * hourMs }) },
    ),
    code: fc.integer({ min: 0, max: 3 }),
    amount: fc.integer({ min: 0, max: 100 }),
  }),
  { minLength: 1, maxLength: 12 },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('samples' as const),
      forwardMs: fc.oneof(
        fc.integer({ min: 0, max: 3 * minuteMs }),
        fc.integer({ min: 0, max: 40 * minuteMs }),
        fc.integer({ min: 0, max: 5 * hourMs }),
      ),
      samples,
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: 'commit' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'snapshot' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      hasFlushed: fc.boolean(),
      damage: fc.constantFrom('none' as const, 'garbage' as const, 'torn' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('disk full' as const), attempts: fc.integer({ min: 1, max: 2 }) }),
  },
);

/** The machine's files, of which writes can be made to fail half-way. */
class FullDisk implements Files {
  failures = 0;
  readonly list = machineFiles.list;
  readonly size = machineFiles.size;
  readonly rename = machineFiles.rename;
  readonly remove = machineFiles.remove;
  readonly makeDirectory = machineFiles.makeDirectory;
  readonly syncDirectory = machineFiles.syncDirectory;

  async open(path: string, mode: 'read' | 'write' | 'new') {
    const file = await machineFiles.open(path, mode);
    return {
      ...file,
      write: async (parts: readonly Uint8Array[], position: number) => {
        if (this.failures === 0) return file.write(parts, position);
        this.failures--;
        await file.write([Buffer.concat(parts).subarray(0, 5)], position);
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
    };
  }
}

/** A source that commits, crashes and reads again what was not committed. */
class Harness {
  readonly store = new PointStore();
  readonly disk = new FullDisk();
  readonly directory = join(temporaryFolder(), 'sealed');
  /** Accepted samples, in order. */
  readonly accepted: Sample[] = [];
  /** Since the last commit, also those that were not accepted. */
  pending: Sample[] = [];
  buckets: Buckets;
  mostOpen = 0;
  #snapshot: Buffer | undefined;
  #records: Buffer[] = [];
  #fileLengths = new Map<string, number>();
  #widthMs: number;

  constructor(widthMs = minuteMs) {
    this.#widthMs = widthMs;
    this.buckets = this.#make();
  }

  read(sample: Sample): void {
    this.pending.push(sample);
    if (this.buckets.judge(sample.timeMs) !== 'ok') return;
    put(this.buckets, sample);
    this.mostOpen = Math.max(this.mostOpen, this.buckets.openBuckets);
  }

  async commit(): Promise<void> {
    const flush = await this.flush();
    this.#records.push(flush.record);
    this.store.take(flush);
    this.pending = [];
    if (existsSync(this.directory)) {
      for (const name of readdirSync(this.directory)) {
        const path = join(this.directory, name);
        this.#fileLengths.set(path, (await machineFiles.size(path)) ?? 0);
      }
    }
  }

  async flush(): Promise<Flush> {
    for (;;) {
      try {
        return await this.buckets.flush();
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      }
    }
  }

  takeSnapshot(): void {
    this.#snapshot = this.buckets.snapshot();
    this.#records = [];
  }

  /** Everything in memory is gone; the files are as they happen to be behind what was committed. */
  async crash(hasFlushed: boolean, damage: 'none' | 'garbage' | 'torn', widthMs = this.#widthMs): Promise<void> {
    if (hasFlushed) await this.flush();
    for (const name of existsSync(this.directory) ? readdirSync(this.directory) : []) {
      const path = join(this.directory, name);
      if (damage === 'garbage') appendFileSync(path, Buffer.alloc(100, 0xa5));
      // What was committed had been synced; the rest may be there in part.
      if (damage === 'torn') truncateSync(path, this.#fileLengths.get(path) ?? 3);
    }
    this.#widthMs = widthMs;
    this.buckets = this.#make();
    expect(this.buckets.restore(this.#snapshot, this.#records, [everything])).toEqual([]);
    const again = this.pending;
    this.pending = [];
    for (const sample of again) this.read(sample);
  }

  #make(): Buckets {
    const options: BucketOptions = {
      host: 'cm1',
      instance: 'noc-1',
      widthMs: this.#widthMs,
      lateHorizonMs: horizonMs,
      directory: this.directory,
      clock,
      withDeltas: true,
      files: this.disk,
    };
    return new Buckets(options);
  }
}

/** Plays the steps; gives the harness and the samples that a plain reading of the rules accepts. */
async function play(steps: readonly Step[], widths: readonly number[] = [minuteMs]): Promise<[Harness, Sample[]]> {
  const harness = new Harness(widths[0]);
  const accepted: Sample[] = [];
  let newestMs = originMs;
  let newestJudgedMs = Number.NEGATIVE_INFINITY;
  let crashes = 0;
  for (const each of steps) {
    if (each.kind === 'samples') {
      newestMs += each.forwardMs;
      for (const { backMs, code, amount } of each.samples) {
        const sample = { timeMs: newestMs - backMs, code: `c${code}`, amount };
        harness.read(sample);
        if (sample.timeMs < newestJudgedMs - horizonMs) continue;
        newestJudgedMs = Math.max(newestJudgedMs, sample.timeMs);
        accepted.push(sample);
      }
    } else if (each.kind === 'commit') await harness.commit();
    else if (each.kind === 'snapshot') {
      await harness.commit();
      harness.takeSnapshot();
    } else if (each.kind === 'crash') {
      await harness.crash(each.hasFlushed, each.damage, widths[++crashes % widths.length]);
    } else harness.disk.failures = each.attempts;
  }
  await harness.commit();
  return [harness, accepted];
}

/** Samples that come when their bucket is long due. */
function countLate(accepted: readonly Sample[]): number {
  let newestMs = Number.NEGATIVE_INFINITY;
  return accepted.filter(({ timeMs }) => {
    newestMs = Math.max(newestMs, timeMs);
    return timeMs < newestMs - 6 * minuteMs;
  }).length;
}

describe('accounting of buckets', () => {
  it('stores exactly a recount of the log, through flushes, crashes, torn files and full disks', async () => {
    let late = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const [{ store, buckets }, accepted] = await play([...steps, { kind: 'commit' }]);
        expect(Object.fromEntries(store.absolute)).toEqual(Object.fromEntries(recount(accepted, minuteMs)));
        expect(store.fallen).toEqual([]);
        expect(store.unequal).toEqual([]);
        expect(buckets.refusedSamples).toBe(0);
        late += countLate(accepted);
      }),
      { seed: 20260301, numRuns: 100 },
    );
    // The steps must be such that sealed values are corrected often.
    expect(late).toBeGreaterThan(300);
  });

  it('loses and doubles nothing when the bucket width changes at a restart', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
        const [{ store }, accepted] = await play(steps, [minuteMs, 10_000, 5 * minuteMs, 7_000]);
        const sums = new Map<string, number>();
        for (const [key, fields] of store.absolute) {
          const code = key.split(' ')[0]!;
          sums.set(code, (sums.get(code) ?? 0) + Number(fields[0]));
        }
        const expected = new Map<string, number>();
        for (const { code } of accepted) expected.set(code, (expected.get(code) ?? 0) + 1);
        expect(Object.fromEntries(sums)).toEqual(Object.fromEntries(expected));
        expect(store.fallen).toEqual([]);
        expect(store.unequal).toEqual([]);
      }),
      { seed: 20260302, numRuns: 60 },
    );
  });

  it('gives the same lines after a restore as without one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), samples, async (steps, more) => {
        const [harness] = await play(steps);
        const other = new Buckets({
          host: 'cm1',
          instance: 'noc-1',
          widthMs: minuteMs,
          lateHorizonMs: horizonMs,
          directory: harness.directory,
          clock,
          withDeltas: true,
        });
        other.restore(harness.buckets.snapshot(), [], [everything]);
        expect(other.newestEventMs).toBe(harness.buckets.newestEventMs);
        expect(other.openBuckets).toBe(harness.buckets.openBuckets);
        expect(other.seriesCount).toBe(harness.buckets.seriesCount);
        const newestMs = harness.buckets.newestEventMs ?? originMs;
        const flushes: Flush[] = [];
        for (const buckets of [harness.buckets, other]) {
          for (const { backMs, code, amount } of more) {
            const sample = { timeMs: newestMs - backMs, code: `c${code}`, amount };
            if (buckets.judge(sample.timeMs) === 'ok') put(buckets, sample);
          }
          harness.disk.failures = 0;
          flushes.push(await buckets.flush());
        }
        const sorted = (lines: Buffer): string[] => lines.toString().split('\n').toSorted();
        expect(sorted(flushes[1]!.absolute)).toEqual(sorted(flushes[0]!.absolute));
        expect(sorted(flushes[1]!.deltas)).toEqual(sorted(flushes[0]!.deltas));
      }),
      { seed: 20260303, numRuns: 60 },
    );
  });
});
