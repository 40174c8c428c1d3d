// Sealing and what comes after it: late lines, damaged sealed values, long back-fills (engine 3.4, 3.5; row 29).
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BucketOptions } from '../../src/engine/buckets.ts';
import { Buckets } from '../../src/engine/buckets.ts';
import { everything, PointStore, put, recount } from '../support/bucket-oracle.ts';
import type { Sample } from '../support/bucket-oracle.ts';
import { temporaryFolder } from '../support/temporary.ts';

const noon = Date.UTC(2026, 2, 1, 12);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function optionsIn(directory: string): BucketOptions {
  return {
    host: 'cm1',
    instance: 'noc-1',
    widthMs: minuteMs,
    directory,
    clock: { now: () => noon + 20_000 * hourMs, monotonic: () => 0 },
    withDeltas: true,
  };
}

/** Buckets with a store behind them. */
class Pipeline {
  readonly directory = join(temporaryFolder(), 'sealed');
  readonly store = new PointStore();
  readonly accepted: Sample[] = [];
  buckets = new Buckets(optionsIn(this.directory));
  mostOpen = 0;
  late = 0;
  #records: Buffer[] = [];

  read(timeMs: number, code = 'c', amount = 2): void {
    if (this.buckets.judge(timeMs) !== 'ok') {
      this.late++;
      return;
    }
    put(this.buckets, { timeMs, code, amount });
    this.accepted.push({ timeMs, code, amount });
    this.mostOpen = Math.max(this.mostOpen, this.buckets.openBuckets);
  }

  async commit(): Promise<void> {
    const flush = await this.buckets.flush();
    this.#records.push(flush.record);
    this.store.take(flush);
  }

  restart(options: Partial<BucketOptions> = {}): string[] {
    this.buckets = new Buckets({ ...optionsIn(this.directory), ...options });
    return this.buckets.restore(undefined, this.#records, [everything]);
  }

  expectExact(): void {
    expect(Object.fromEntries(this.store.absolute)).toEqual(Object.fromEntries(recount(this.accepted, minuteMs)));
    expect(this.store.fallen).toEqual([]);
    expect(this.store.unequal).toEqual([]);
  }
}

describe('sealing', () => {
  it('closes a bucket five minutes of event time after its end, and not before', async () => {
    const pipeline = new Pipeline();
    pipeline.read(noon);
    pipeline.read(noon + 6 * minuteMs - 1, 'd');
    await pipeline.commit();
    expect(pipeline.buckets.openBuckets).toBe(2);
    pipeline.read(noon + 6 * minuteMs, 'd');
    await pipeline.commit();
    expect(pipeline.buckets.openBuckets).toBe(2);
    expect(readdirSync(pipeline.directory)).toEqual(['sealed-1.log']);
    pipeline.expectExact();
  });

  it('corrects values with lines that come one hour and twenty-four hours late, also after a restart', async () => {
    const pipeline = new Pipeline();
    // Two days of a line each five minutes, committed every hour.
    for (let minute = 0; minute < 48 * 60; minute += 5) {
      pipeline.read(noon + minute * minuteMs, `c${minute % 3}`, minute % 7);
      if (minute % 60 === 0) await pipeline.commit();
    }
    await pipeline.commit();
    expect(pipeline.restart()).toEqual([]);
    for (const hours of [1, 24]) {
      for (let minute = 0; minute < 60; minute++) {
        // The same series, another one, and a bucket that nothing was in.
        for (const code of ['c0', 'c1', 'late'])
          pipeline.read(noon + (47 - hours) * hourMs + minute * minuteMs, code, minute);
        if (minute % 7 === 0) await pipeline.commit();
        if (minute === 30) {
          await pipeline.commit();
          pipeline.restart();
        }
      }
    }
    await pipeline.commit();
    await pipeline.commit();
    pipeline.expectExact();
    expect(pipeline.late).toBe(0);
    expect(pipeline.buckets.openBuckets).toBeLessThan(10);
  });

  it('keeps live lines going while late ones are added', async () => {
    const pipeline = new Pipeline();
    for (let minute = 0; minute < 26 * 60; minute++) {
      pipeline.read(noon + minute * minuteMs, 'live');
      if (minute >= 24 * 60) pipeline.read(noon + (minute - 24 * 60) * minuteMs, 'live', 8);
      if (minute % 3 === 0) await pipeline.commit();
    }
    await pipeline.commit();
    pipeline.expectExact();
  });

  it('drops what is beyond the horizon: the caller is told, and nothing is added', async () => {
    const pipeline = new Pipeline();
    pipeline.read(noon);
    await pipeline.commit();
    pipeline.read(noon + 60 * hourMs);
    await pipeline.commit();
    pipeline.read(noon, 'c', 4);
    // A family may add to another time than the line's own.
    pipeline.buckets.add(pipeline.buckets.series(everything, ['c', '']), noon, 0, 1);
    await pipeline.commit();
    expect(pipeline.late).toBe(1);
    expect(pipeline.buckets.refusedSamples).toBe(1);
    pipeline.expectExact();
  });

  it('does not take a bucket for a new one when horizon and lateness are made longer', async () => {
    const pipeline = new Pipeline();
    pipeline.restart({ lateHorizonMs: 2 * hourMs });
    pipeline.read(noon);
    pipeline.read(noon + 10 * hourMs);
    await pipeline.commit();
    pipeline.read(noon + 10 * hourMs + minuteMs);
    await pipeline.commit();
    pipeline.restart({ lateHorizonMs: 100 * hourMs, latenessMs: 50 * hourMs });
    pipeline.read(noon + 10 * hourMs + 2 * minuteMs);
    await pipeline.commit();
    pipeline.read(noon, 'c', 4);
    expect(pipeline.late).toBe(1);
    pipeline.read(noon + 9 * hourMs, 'c', 4);
    pipeline.read(noon + 10 * hourMs, 'c', 4);
    await pipeline.commit();
    pipeline.expectExact();
  });

  it('writes a corrected bucket to disk when it rests, not with each correction', async () => {
    const pipeline = new Pipeline();
    pipeline.read(noon);
    pipeline.read(noon + hourMs);
    await pipeline.commit();
    const size = (): number =>
      readdirSync(pipeline.directory).reduce((sum, name) => sum + statSync(join(pipeline.directory, name)).size, 0);
    const before = size();
    for (let count = 0; count < 10; count++) {
      pipeline.read(noon, 'c', count);
      await pipeline.commit();
    }
    expect(size()).toBe(before);
    expect(pipeline.buckets.openBuckets).toBe(2);
    await pipeline.commit();
    expect(size()).toBeGreaterThan(before);
    expect(pipeline.buckets.openBuckets).toBe(1);
    pipeline.expectExact();
  });

  it('knows after a restart when a series was last used, and so still finds its sealed values', async () => {
    const pipeline = new Pipeline();
    pipeline.read(noon);
    await pipeline.commit();
    pipeline.read(noon + 40 * hourMs);
    await pipeline.commit();
    pipeline.read(noon + 41 * hourMs, 'd');
    await pipeline.commit();
    pipeline.restart();
    pipeline.read(noon + 70 * hourMs, 'd');
    await pipeline.commit();
    pipeline.read(noon + 40 * hourMs, 'c', 8);
    await pipeline.commit();
    pipeline.expectExact();
  });

  it('deletes the files of hours that have passed the horizon', async () => {
    const pipeline = new Pipeline();
    let most = 0;
    for (let hour = 0; hour < 200; hour++) {
      pipeline.read(noon + hour * hourMs);
      await pipeline.commit();
      if (hour > 0) most = Math.max(most, readdirSync(pipeline.directory).length);
    }
    expect(most).toBeGreaterThan(48);
    expect(most).toBeLessThan(54);
  });

  it('holds few buckets open through a year of minutes', async () => {
    const pipeline = new Pipeline();
    const minutes = 365 * 24 * 60;
    let count = 0;
    for (let minute = 0; minute < minutes; minute++) {
      const timeMs = noon + minute * minuteMs;
      pipeline.buckets.judge(timeMs);
      pipeline.buckets.add(pipeline.buckets.series(everything, ['c', '']), timeMs, 0, 1);
      if (minute % 1000 !== 999) continue;
      count += (await pipeline.buckets.flush()).points;
      expect(pipeline.buckets.openBuckets).toBeLessThan(10);
    }
    expect(count + (await pipeline.buckets.flush()).points).toBe(minutes);
    expect(pipeline.buckets.snapshot().length).toBeLessThan(20_000);
  });

  it('seals what is stamped with the present while the log is silent, and keeps old lines countable', async () => {
    const pipeline = new Pipeline();
    pipeline.read(noon);
    const report = pipeline.buckets.series(everything, ['report', '']);
    for (let minute = 0; minute < 3000; minute++) {
      const sample = { timeMs: noon + 100 * hourMs + minute * minuteMs, code: 'report', amount: 2 };
      put(pipeline.buckets, sample);
      pipeline.accepted.push(sample);
      if (minute % 10 === 0) await pipeline.commit();
    }
    expect(pipeline.buckets.seriesCount).toBe(2);
    expect(report.tags).toEqual(['report', '']);
    expect(pipeline.buckets.openBuckets).toBeLessThan(25);
    await pipeline.commit();
    pipeline.restart();
    pipeline.read(noon + 30_000, 'c', 5);
    pipeline.read(noon + 101 * hourMs, 'report', 9);
    await pipeline.commit();
    pipeline.expectExact();
  });
});

describe('sealed values that cannot be used', () => {
  async function sealedPipeline(): Promise<Pipeline> {
    const pipeline = new Pipeline();
    for (let minute = 0; minute < 60; minute++) pipeline.read(noon + minute * minuteMs, 'c', 2);
    await pipeline.commit();
    pipeline.read(noon + 3 * hourMs);
    await pipeline.commit();
    expect(pipeline.buckets.openBuckets).toBe(1);
    return pipeline;
  }

  it('are never replaced by what came late alone; the rest of the hour is late from then on', async () => {
    const pipeline = await sealedPipeline();
    for (const name of readdirSync(pipeline.directory)) {
      const path = join(pipeline.directory, name);
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(path, bytes);
    }
    const before = Object.fromEntries(pipeline.store.absolute);
    pipeline.read(noon, 'c', 4);
    pipeline.read(noon + minuteMs, 'c', 4);
    await pipeline.commit();
    expect(Object.fromEntries(pipeline.store.absolute)).toEqual(before);
    expect(pipeline.buckets.refusedSamples).toBe(2);
    pipeline.read(noon, 'c', 4);
    expect(pipeline.late).toBe(1);
    pipeline.restart();
    pipeline.read(noon, 'c', 4);
    expect(pipeline.late).toBe(2);
    pipeline.read(noon + 2 * hourMs, 'c', 4);
    expect(pipeline.late).toBe(2);
  });

  it('are named at a restart when their files are gone', async () => {
    const pipeline = await sealedPipeline();
    rmSync(pipeline.directory, { recursive: true });
    expect(pipeline.restart()).toEqual([`sealed values of 1 hours are missing in ${pipeline.directory}`]);
    pipeline.read(noon, 'c', 4);
    expect(pipeline.late).toBe(1);
    pipeline.read(noon + 3 * hourMs, 'c', 4);
    await pipeline.commit();
    expect(pipeline.store.fallen).toEqual([]);
  });

  it('can be written when the disk allows it again; until then a flush fails and loses nothing', async () => {
    const pipeline = await sealedPipeline();
    const aside = `${pipeline.directory}-aside`;
    renameSync(pipeline.directory, aside);
    writeFileSync(pipeline.directory, 'a file where the folder was');
    pipeline.read(noon + 10 * hourMs, 'd', 6);
    // Late lines need the folder as well.
    pipeline.read(noon + 5 * minuteMs, 'c', 6);
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(pipeline.buckets.flush()).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
      pipeline.read(noon + 10 * hourMs, 'd', 6);
    }
    rmSync(pipeline.directory);
    renameSync(aside, pipeline.directory);
    await pipeline.commit();
    await pipeline.commit();
    pipeline.expectExact();
    expect(pipeline.buckets.refusedSamples).toBe(0);
  });
});
