// Rotation, live and while stopped (engine 1.4 to 1.8; rows 13 to 19 of its section 8).
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LogCollector } from '../support/log-collector.ts';
import { temporaryFolder } from '../support/temporary.ts';

function logPath(): string {
  return join(temporaryFolder(), 'app.log');
}

function numbered(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('');
}

function names(from: number, to: number): string[] {
  return numbered(from, to).trimEnd().split('\n');
}

describe('rename and create', () => {
  test('reads the old file to its end while its writer goes on, and the new one from its start', async () => {
    const path = logPath();
    writeFileSync(path, numbered(1, 3));
    const collector = new LogCollector([path]);
    await collector.untilLines(3);
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, numbered(4, 5));
    writeFileSync(path, numbered(6, 7));
    await collector.untilLines(7);
    appendFileSync(`${path}.1`, numbered(8, 8));
    appendFileSync(path, numbered(9, 9));
    await collector.untilLines(9);
    await collector.stop();
    expect(collector.lines.toSorted()).toEqual(names(1, 9));
    expect(collector.lines.slice(0, 7)).toEqual(names(1, 7));
    expect(collector.eventTypes()).toEqual(['opened', 'rotated', 'opened']);
  });

  test('reads what was written to a file that was deleted while it is open', async () => {
    const path = logPath();
    writeFileSync(path, numbered(1, 2));
    const collector = new LogCollector([path], { graceMs: 50 });
    await collector.untilLines(2);
    appendFileSync(path, 'line 3\nthe end');
    rmSync(path);
    await collector.until(() => collector.eventTypes().includes('finished'), 'the file is finished');
    await collector.stop();
    expect(collector.lines).toEqual([...names(1, 3), 'the end']);
    expect(collector.follower.status().awaited).toEqual([path]);
  });

  test('finishes three generations in their order after they were rotated while it was stopped', async () => {
    const path = logPath();
    writeFileSync(path, numbered(1, 1000));
    const before = new LogCollector([path], { chunkBytes: 4096 });
    await before.step();
    await before.step();
    const positions = await before.stop();
    expect(before.lines.length).toBeGreaterThan(0);
    expect(before.lines.length).toBeLessThan(1000);
    const oldest = Buffer.concat([readFileSync(path), Buffer.from(numbered(1001, 1002))]);
    rmSync(path);
    writeFileSync(`${path}.2`, numbered(1003, 1005));
    writeFileSync(`${path}.1`, numbered(1006, 1007));
    writeFileSync(path, numbered(1008, 1009));
    writeFileSync(`${path}.3.gz`, gzipSync(oldest));
    const after = new LogCollector([path], {}, positions);
    await after.untilLines(1009 - before.lines.length);
    await after.stop();
    expect([...before.lines, ...after.lines]).toEqual(names(1, 1009));
    expect(after.eventTypes()).not.toContain('gap');
  });

  test('does not read generations that are older than the one it knew', async () => {
    const path = logPath();
    writeFileSync(`${path}.1`, 'from before\n');
    writeFileSync(path, numbered(1, 2));
    const before = new LogCollector([path]);
    await before.untilLines(2);
    const positions = await before.stop();
    renameSync(`${path}.1`, `${path}.2`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, numbered(3, 3));
    const after = new LogCollector([path], {}, positions);
    await after.untilLines(1);
    await after.drain();
    await after.stop();
    expect(after.lines).toEqual(names(3, 3));
  });

  test('reports a generation that is gone, with its last position and size', async () => {
    const path = logPath();
    writeFileSync(path, numbered(1, 1000));
    const before = new LogCollector([path], { chunkBytes: 4096 });
    await before.step();
    await before.step();
    const positions = await before.stop();
    const { size } = statSync(path);
    rmSync(path);
    writeFileSync(path, 'another beginning\n'.repeat(1000));
    const after = new LogCollector([path], {}, positions);
    await after.untilLines(1000);
    await after.stop();
    const gap = after.events.find(({ type }) => type === 'gap');
    const read = before.lines.join('\n').length + 1;
    expect(gap?.amount).toBe(size - read);
    expect(gap?.detail).toContain(`byte ${read} of ${size}`);
  });

  test('reads nothing twice when the rotated names match the pattern', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'app.log');
    writeFileSync(path, numbered(1, 50));
    const collector = new LogCollector([`${path}*`]);
    await collector.untilLines(50);
    renameSync(path, `${path}.1`);
    writeFileSync(path, numbered(51, 60));
    await collector.untilLines(60);
    renameSync(`${path}.1`, `${path}.2`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, numbered(61, 70));
    writeFileSync(`${path}.2.gz`, gzipSync(readFileSync(`${path}.2`)));
    rmSync(`${path}.2`);
    await collector.untilLines(70);
    const known = (): boolean => collector.follower.status().files.some(({ path: name }) => name.endsWith('.2.gz'));
    await collector.until(known, 'the compressed copy is judged');
    await collector.drain();
    const positions = await collector.stop();
    const again = new LogCollector([`${path}*`], {}, positions);
    for (let count = 0; count < 3; count++) {
      await again.drain();
      await again.follower.wait(new AbortController().signal);
    }
    await again.stop();
    expect(collector.lines).toEqual(names(1, 70));
    expect(again.lines).toEqual([]);
  });

  test('finds generations by the configured pattern', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'app.log');
    mkdirSync(join(folder, 'archive'));
    writeFileSync(path, numbered(1, 4));
    const before = new LogCollector([path]);
    await before.untilLines(4);
    const positions = await before.stop();
    appendFileSync(path, numbered(5, 6));
    renameSync(path, join(folder, 'archive', 'old-app.log'));
    writeFileSync(path, numbered(7, 7));
    const after = new LogCollector([path], { rotatedPattern: 'archive/*{name}' }, positions);
    await after.untilLines(3);
    await after.stop();
    expect(after.lines).toEqual(names(5, 7));
  });
});

describe('copy and truncate', () => {
  test('starts at the beginning of a truncated file and counts the truncation', async () => {
    const path = logPath();
    writeFileSync(path, numbered(1, 20));
    const collector = new LogCollector([path]);
    await collector.untilLines(20);
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    appendFileSync(path, numbered(21, 22));
    await collector.untilLines(22);
    await collector.stop();
    expect(collector.lines).toEqual(names(1, 22));
    expect(collector.eventTypes().filter((type) => type === 'truncated')).toHaveLength(1);
  });

  test('notices that a truncated file grew past the old position between two looks', async () => {
    const path = logPath();
    writeFileSync(path, numbered(1, 20));
    const collector = new LogCollector([path]);
    await collector.untilLines(20);
    truncateSync(path);
    appendFileSync(path, numbered(21, 99));
    await collector.untilLines(99);
    await collector.stop();
    expect(collector.lines).toEqual(names(1, 99));
    expect(collector.eventTypes()).toContain('truncated');
  });

  test('takes the rest of the old content from the copy', async () => {
    const path = logPath();
    writeFileSync(path, numbered(1, 20));
    const before = new LogCollector([path]);
    await before.untilLines(20);
    const positions = await before.stop();
    appendFileSync(path, numbered(21, 25));
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    appendFileSync(path, numbered(26, 99));
    const after = new LogCollector([path], {}, positions);
    await after.untilLines(79);
    await after.stop();
    expect(after.lines).toEqual(names(21, 99));
  });

  test('does not count the copy when it matches the pattern, also when it has less than was read', async () => {
    const path = logPath();
    writeFileSync(path, numbered(1, 200));
    const collector = new LogCollector([`${path}*`]);
    await collector.untilLines(200);
    copyFileSync(path, `${path}.1`);
    appendFileSync(path, numbered(201, 210));
    // The copy is not looked at before the last lines were read: it was made before them.
    await collector.untilLines(210);
    truncateSync(path);
    appendFileSync(path, numbered(211, 212));
    await collector.untilLines(212);
    for (let count = 0; count < 3; count++) {
      await collector.follower.wait(new AbortController().signal);
      await collector.drain();
    }
    await collector.stop();
    expect(collector.lines).toEqual(names(1, 212));
  });
});

describe('identity', () => {
  test('reads a file from its start that has the inode of the one before', async () => {
    const path = logPath();
    writeFileSync(path, numbered(1, 10));
    const before = new LogCollector([path]);
    await before.untilLines(10);
    const positions = await before.stop();
    const { ino } = statSync(path);
    // Written in place, so the inode is certainly the same.
    writeFileSync(path, numbered(11, 40));
    expect(statSync(path).ino).toBe(ino);
    const after = new LogCollector([path], {}, positions);
    await after.untilLines(30);
    await after.stop();
    expect(after.lines).toEqual(names(11, 40));
  });

  test('does not trust size and time alone when the content is another', async () => {
    const path = logPath();
    writeFileSync(path, numbered(10, 19));
    const before = new LogCollector([path]);
    await before.untilLines(10);
    const positions = await before.stop();
    const { atime, mtime } = statSync(path);
    writeFileSync(path, numbered(20, 29));
    utimesSync(path, atime, mtime);
    const after = new LogCollector([path], {}, positions);
    await after.untilLines(10);
    await after.stop();
    expect(after.lines).toEqual(names(20, 29));
  });

  test('tells files apart that begin with the same 4 KiB', async () => {
    const folder = temporaryFolder();
    const banner = `${'='.repeat(99)}\n`.repeat(50);
    const [first, second] = [join(folder, 'a.log'), join(folder, 'b.log')];
    writeFileSync(first, `${banner}first 1\n`);
    writeFileSync(second, `${banner}second 1\n`);
    const pattern = join(folder, '*.log');
    const before = new LogCollector([pattern]);
    await before.untilLines(102);
    const positions = await before.stop();
    appendFileSync(first, 'first 2\n');
    appendFileSync(second, 'second 2\n');
    renameSync(first, join(folder, 'c.log'));
    renameSync(second, first);
    renameSync(join(folder, 'c.log'), second);
    const after = new LogCollector([pattern], {}, positions);
    await after.untilLines(2);
    await after.drain();
    await after.stop();
    expect(before.lines.filter((line) => line.startsWith('=')).length).toBe(100);
    expect(after.lines.toSorted()).toEqual(['first 2', 'second 2']);
  });

  test('goes on in a file that was moved and kept its content', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'app.log');
    writeFileSync(path, numbered(1, 200));
    const before = new LogCollector([path]);
    await before.untilLines(200);
    const positions = await before.stop();
    // As from a backup: another inode, the same bytes.
    writeFileSync(`${path}.new`, numbered(1, 203));
    renameSync(`${path}.new`, path);
    const after = new LogCollector([path], {}, positions);
    await after.untilLines(3);
    await after.drain();
    await after.stop();
    expect(after.lines).toEqual(names(201, 203));
  });
});

describe('links and folders', () => {
  test('follows a symbolic link to another file as a rotation, also while stopped', async () => {
    const folder = temporaryFolder();
    const link = join(folder, 'current');
    writeFileSync(join(folder, 'log-2024-01-01'), numbered(1, 2));
    symlinkSync('log-2024-01-01', link);
    const before = new LogCollector([link]);
    await before.untilLines(2);
    appendFileSync(join(folder, 'log-2024-01-01'), numbered(3, 3));
    writeFileSync(join(folder, 'log-2024-01-02'), numbered(4, 4));
    rmSync(link);
    symlinkSync('log-2024-01-02', link);
    await before.untilLines(4);
    expect(before.eventTypes()).toContain('rotated');
    const positions = await before.stop();
    appendFileSync(join(folder, 'log-2024-01-02'), numbered(5, 5));
    writeFileSync(join(folder, 'log-2024-01-03'), numbered(6, 6));
    writeFileSync(join(folder, 'log-2024-01-04'), numbered(7, 7));
    rmSync(link);
    symlinkSync('log-2024-01-04', link);
    const after = new LogCollector([link], {}, positions);
    await after.untilLines(3);
    await after.drain();
    await after.stop();
    expect(before.lines).toEqual(names(1, 4));
    expect(after.lines).toEqual(names(5, 7));
  });

  test('reads a file once that is reached by two names', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'app.log'), numbered(1, 3));
    symlinkSync('app.log', join(folder, 'link.log'));
    const collector = new LogCollector([join(folder, '*.log')]);
    await collector.untilLines(3);
    appendFileSync(join(folder, 'app.log'), numbered(4, 4));
    await collector.untilLines(4);
    await collector.drain();
    await collector.stop();
    expect(collector.lines).toEqual(names(1, 4));
  });

  test('awaits a folder that is created later, and says so', async () => {
    const folder = join(temporaryFolder(), 'not', 'yet');
    const path = join(folder, 'app.log');
    const collector = new LogCollector([path]);
    await collector.drain();
    expect(collector.follower.status().awaited).toEqual([path]);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, numbered(1, 1));
    await collector.untilLines(1);
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    writeFileSync(path, numbered(2, 3));
    await collector.untilLines(3);
    await collector.stop();
    expect(collector.lines).toEqual(names(1, 3));
    expect(collector.follower.status().awaited).toEqual([]);
  });
});
