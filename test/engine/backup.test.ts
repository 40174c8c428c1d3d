// Keeping copies of logs (ecs 6.7 and 9): nothing torn, nothing foreign touched, nothing deleted without need.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { runBackup } from '../../src/engine/backup.ts';
import type { Room } from '../../src/engine/backup.ts';
import { acquireLock } from '../../src/engine/lock.ts';
import type { BackupPlan, BackupResult } from '../../src/model/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const nowMs = Date.UTC(2026, 0, 10, 12);
const hour = 3_600_000;

/** Two folders, and runs on a partition of the test's own. */
class Site {
  readonly source = join(temporaryFolder(), 'logs');
  readonly destination = join(temporaryFolder(), 'copies');
  nowMs = nowMs;
  /** What everything else uses, and the size of the partition; copies come on top. */
  foreign = 0;
  size = 1_000_000;
  isCompressed = true;

  constructor() {
    for (const folder of [this.source, this.destination]) mkdirSync(folder, { recursive: true });
  }

  write(name: string, text: string | Buffer, ageMs: number, folder = this.source): void {
    writeFileSync(join(folder, name), text);
    const seconds = (this.nowMs - ageMs) / 1000;
    utimesSync(join(folder, name), seconds, seconds);
  }

  run(more: Partial<BackupPlan> = {}): Promise<BackupResult> {
    const plan: BackupPlan = {
      source: this.source,
      destination: this.destination,
      isOurs: (name) => /^20\d\d-\d{4}-\d{6}(\.gz)?$/.test(name),
      maxUsedPercent: 80,
      keepMin: 1,
      isCompressed: this.isCompressed,
      signal: new AbortController().signal,
      ...more,
    };
    return runBackup(plan, { now: () => this.nowMs, room: () => Promise.resolve(this.room()) });
  }

  room(): Room {
    const used = readdirSync(this.destination).reduce(
      (sum, name) => sum + statSync(join(this.destination, name)).size,
      0,
    );
    return { size: this.size, free: this.size - this.foreign - used };
  }

  /** Copies by name, decompressed; a torn one is `torn`. */
  copies(): Readonly<Record<string, string>> {
    const names = readdirSync(this.destination).filter((name) => !name.startsWith('.'));
    const content = (name: string): string => {
      const bytes = readFileSync(join(this.destination, name));
      if (!name.endsWith('.gz')) return bytes.toString();
      try {
        return gunzipSync(bytes).toString();
      } catch {
        return 'torn';
      }
    };
    return Object.fromEntries(names.toSorted().map((name) => [name, content(name)]));
  }
}

const [first, second, third] = ['2026-0110-100000', '2026-0110-110000', '2026-0110-115900'] as const;

/** Two finished logs and the one that is being written. */
function site(): Site {
  const made = new Site();
  made.write(first, 'one\n'.repeat(100), 2 * hour);
  made.write(second, 'two\n'.repeat(100), hour);
  made.write(third, 'three\n', 1000);
  return made;
}

describe('copies', () => {
  test('finished logs with their time; the one being written waits', async () => {
    const made = site();
    expect(await made.run()).toMatchObject({ status: 'done', copied: 2, bytes: 800, failed: 0, notes: [] });
    expect(made.copies()).toEqual({ [`${first}.gz`]: 'one\n'.repeat(100), [`${second}.gz`]: 'two\n'.repeat(100) });
    expect(statSync(join(made.destination, `${first}.gz`)).mtimeMs).toBe(nowMs - 2 * hour);
    expect(await made.run()).toMatchObject({ copied: 0 });
    made.nowMs += 20 * 60_000;
    // The newest is copied too when nothing came for ten minutes: logging has stopped.
    expect(await made.run()).toMatchObject({ copied: 1 });
  });

  test('without compression, and logs that are compressed already', async () => {
    const made = site();
    made.isCompressed = false;
    made.write('2026-0110-090000.gz', gzipSync('zipped'), 3 * hour);
    await made.run();
    expect(made.copies()).toMatchObject({ [first]: 'one\n'.repeat(100), '2026-0110-090000.gz': 'zipped' });
  });

  test('a log that grew after its copy is copied again', async () => {
    const made = site();
    await made.run();
    made.write(first, 'one\nmore\n', 30 * 60_000);
    expect(await made.run()).toMatchObject({ copied: 1 });
    expect(made.copies()[`${first}.gz`]).toBe('one\nmore\n');
  });

  test('what a killed run left is removed, and a torn copy replaced (case 31)', async () => {
    const made = site();
    made.write(`.${first}.gz.part`, 'half', 0, made.destination);
    made.write(`${first}.gz`, gzipSync('one\n'.repeat(100)).subarray(0, 20), 0, made.destination);
    made.write(`${second}.gz`, gzipSync('two\n'.repeat(100)), 0, made.destination);
    expect(await made.run()).toMatchObject({ status: 'done', copied: 1 });
    expect(readdirSync(made.destination).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(made.copies()[`${first}.gz`]).toBe('one\n'.repeat(100));
  });

  test('a damaged index is begun anew without copying again', async () => {
    const made = site();
    await made.run();
    writeFileSync(join(made.destination, '.switchboard-backup.json'), '{"logs":');
    expect(await made.run()).toMatchObject({ status: 'done', copied: 0 });
  });

  test('a log that vanishes meanwhile is counted and the others are copied (case 32)', async () => {
    const made = site();
    const isOurs = (name: string): boolean => {
      if (name === first) rmSync(join(made.source, first), { force: true });
      return name.startsWith('20');
    };
    expect(await made.run({ isOurs })).toMatchObject({ status: 'done', vanished: 1, copied: 1, failed: 0 });
  });

  test('one log that cannot be read does not end the run', async () => {
    const made = site();
    mkdirSync(join(made.source, '2026-0110-080000'));
    made.write('other.txt', 'x', hour);
    expect(await made.run()).toMatchObject({ status: 'done', copied: 2, failed: 0 });
    expect(Object.keys(made.copies())).toHaveLength(2);
  });
});

describe('room', () => {
  /** Logs of 1000 bytes each that do not compress, each an hour older than the next. */
  function full(count: number): Site {
    const made = new Site();
    made.isCompressed = false;
    made.size = 10_000;
    for (let index = 0; index < count; index++) {
      made.write(`2026-0110-0${index}0000`, 'x'.repeat(1000), (count - index + 2) * hour);
    }
    made.write(third, 'now', 0);
    return made;
  }

  test('the oldest copies go first, and are not copied again', async () => {
    const made = full(4);
    await made.run({ maxUsedPercent: 100 });
    made.foreign = 3000;
    made.write('2026-0110-100000', 'y'.repeat(1000), 2 * hour);
    const result = await made.run();
    expect(result).toMatchObject({ status: 'done', copied: 1 });
    expect(result.deleted).toBeGreaterThan(0);
    const left = Object.keys(made.copies());
    expect(left).toContain('2026-0110-100000');
    expect(left).not.toContain('2026-0110-000000');
    expect(await made.run()).toMatchObject({ copied: 0, deleted: 0 });
  });

  test('a partition filled by others: nothing is deleted, and it is told (case 30)', async () => {
    const made = full(4);
    await made.run({ maxUsedPercent: 100 });
    made.foreign = 8500 - 4000 + 4000;
    made.write('2026-0110-100000', 'y'.repeat(1000), 2 * hour);
    const before = made.copies();
    const result = await made.run();
    expect(result).toMatchObject({ status: 'partial', copied: 0, deleted: 0 });
    expect(result.notes.join()).toContain('would not help');
    expect(made.copies()).toEqual(before);
  });

  test('the newest copies and young ones are never deleted', async () => {
    const made = full(4);
    await made.run({ maxUsedPercent: 100 });
    made.foreign = 4500;
    made.write('2026-0110-100000', 'y'.repeat(1000), 2 * hour);
    expect(await made.run({ keepMin: 4 })).toMatchObject({ status: 'partial', deleted: 0 });
    made.nowMs = nowMs - 3 * hour;
    expect(await made.run({ keepMin: 0 })).toMatchObject({ deleted: 0 });
  });

  test('files of others in the destination are never touched', async () => {
    const made = full(3);
    const foreign = { notes: 'x', '2026': 'y', '2026-0101-000000.bak': 'z' };
    for (const [name, text] of Object.entries(foreign)) made.write(name, text, 1000 * hour, made.destination);
    made.write('2026-0101-000000.gz', gzipSync('of another tool'), 1000 * hour, made.destination);
    await made.run({ maxUsedPercent: 100 });
    made.foreign = 5000;
    made.write('2026-0110-100000', 'y'.repeat(1000), 2 * hour);
    await made.run();
    expect(made.copies()).toMatchObject({ ...foreign, '2026-0101-000000.gz': 'of another tool' });
  });
});

describe('beside others', () => {
  test('a second run at the same time does nothing', async () => {
    const made = site();
    const lock = await acquireLock(join(made.destination, '.switchboard-backup.lock'));
    expect(await made.run()).toMatchObject({ status: 'busy', copied: 0 });
    await lock.release();
    expect(await made.run()).toMatchObject({ status: 'done', copied: 2 });
  });

  test('a folder that is missing or the same', async () => {
    const made = site();
    await expect(made.run({ source: join(made.source, 'none') })).rejects.toMatchObject({ status: 2 });
    await expect(made.run({ destination: join(made.source, 'none') })).rejects.toMatchObject({ status: 2 });
    await expect(made.run({ destination: made.source })).rejects.toThrow('one folder');
  });

  test('it warns when logs live hardly longer than the time between runs', async () => {
    const made = site();
    await made.run();
    made.nowMs += 3 * hour;
    made.write(first, 'new', 2 * hour);
    made.write(second, 'new', hour);
    made.write(third, 'new', 0);
    expect((await made.run()).notes.join()).toContain('run more often');
  });

  test('an interrupted run leaves whole copies only', async () => {
    const made = site();
    const interruption = new AbortController();
    interruption.abort();
    expect(await made.run({ signal: interruption.signal })).toMatchObject({ status: 'partial', copied: 0 });
    expect(made.copies()).toEqual({});
  });
});
