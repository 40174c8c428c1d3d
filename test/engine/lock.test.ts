// The lock: one process for one state, and no hand work after a crash.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { acquireLock } from '../../src/engine/lock.ts';
import { UsageError } from '../../src/model/errors.ts';
import { temporaryFolder } from '../support/temporary.ts';

function lockPath(): string {
  return join(temporaryFolder(), 'lock');
}

/** Number of a process that has ended. */
async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid!;
}

function holder(changes: object): string {
  return JSON.stringify({ pid: process.pid, started: '1', boot: '', host: hostname(), id: 'x', ...changes });
}

describe('a lock', () => {
  test('is refused while it is held, with the process and the file, and free after release', async () => {
    const path = lockPath();
    const lock = await acquireLock(path);
    const error = await acquireLock(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(`process ${process.pid}`);
    expect((error as Error).message).toContain(path);
    await lock.release();
    expect(existsSync(path)).toBe(false);
    await (await acquireLock(path)).release();
  });

  test('leaves nothing but itself behind', async () => {
    const path = lockPath();
    const lock = await acquireLock(path);
    await acquireLock(path).catch(() => undefined);
    expect(readdirSync(join(path, '..'))).toEqual(['lock']);
    await lock.release();
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  test('of another living process is refused', async () => {
    const path = lockPath();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    try {
      writeFileSync(path, holder({ pid: child.pid, started: startOf(child.pid!) }));
      await expect(acquireLock(path)).rejects.toThrow(`process ${child.pid}`);
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    await (await acquireLock(path)).release();
  });

  test('of a host that is not this one is respected', async () => {
    const path = lockPath();
    writeFileSync(path, holder({ host: 'elsewhere', pid: await endedProcess() }));
    await expect(acquireLock(path)).rejects.toThrow(/host elsewhere/);
    expect(existsSync(path)).toBe(true);
  });
});

describe('a stale lock is taken over', () => {
  test('when its process has ended', async () => {
    const path = lockPath();
    writeFileSync(path, holder({ pid: await endedProcess(), started: '' }));
    const lock = await acquireLock(path);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
    await lock.release();
  });

  test.skipIf(process.platform !== 'linux')('when its number belongs to a later process', async () => {
    const path = lockPath();
    writeFileSync(path, holder({ started: '1' }));
    await (await acquireLock(path)).release();
  });

  test.skipIf(process.platform !== 'linux')('when the machine was started again', async () => {
    const path = lockPath();
    writeFileSync(path, holder({ started: startOf(process.pid), boot: 'an earlier one' }));
    await (await acquireLock(path)).release();
  });

  test.each([
    ['empty', ''],
    ['torn', '{"pid":12'],
    ['of another kind', '[]'],
    ['without a process', '{"pid":-1,"host":"h"}'],
  ])('when it is %s', async (_, content) => {
    const path = lockPath();
    writeFileSync(path, content);
    await (await acquireLock(path)).release();
  });

  test('by exactly one of many that try at the same time', async () => {
    const ended = await endedProcess();
    for (let round = 0; round < 10; round++) {
      const path = lockPath();
      writeFileSync(path, holder({ pid: ended, started: '' }));
      const results = await Promise.allSettled(Array.from({ length: 12 }, () => acquireLock(path)));
      const held = results.filter((result) => result.status === 'fulfilled');
      expect(held).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(UsageError);
      }
      expect(readdirSync(join(path, '..'))).toEqual(['lock']);
      await held[0]!.value.release();
    }
  });

  test('also when the process that took it over was killed meanwhile', async () => {
    const path = lockPath();
    const ended = await endedProcess();
    writeFileSync(path, holder({ pid: ended, started: '' }));
    writeFileSync(`${path}.takeover`, holder({ pid: ended, started: '' }));
    const lock = await acquireLock(path);
    expect(readdirSync(join(path, '..'))).toEqual(['lock']);
    await lock.release();
  });
});

test('release leaves a lock alone that somebody else has by now', async () => {
  const path = lockPath();
  const lock = await acquireLock(path);
  writeFileSync(path, holder({ host: 'elsewhere' }));
  await lock.release();
  expect(existsSync(path)).toBe(true);
});

function startOf(pid: number): string {
  if (process.platform !== 'linux') return '';
  const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return status.slice(status.lastIndexOf(')') + 2).split(' ')[19]!;
}
