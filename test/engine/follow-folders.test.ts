// Many files: folders, patterns, names in time order, limits of handles, faults, reading once (engine 1.1, 1.13, 1.16;
// rows 19, 20, 28, 32).
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LogCollector } from '../support/log-collector.ts';
import { temporaryFolder } from '../support/temporary.ts';

const isEcsName = (name: string): boolean => /^\d{4}-\d{4}-\d{6}(?:\.log)?$/.test(name);
const ecs = { isNameOrdered: true, isLogName: isEcsName };

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

describe('a folder whose names sort in time order', () => {
  test('reads by name, follows the newest, and also reads an older name that appears later', async () => {
    const folder = temporaryFolder();
    const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
    write('2017-0427-084402', 'c\n');
    write('2017-0427-084400', 'a\n');
    write('2017-0427-084401.log', 'b\n');
    write('notes.txt', 'not a log\n');
    const collector = new LogCollector([folder], ecs);
    await collector.untilLines(3);
    appendFileSync(join(folder, '2017-0427-084402'), 'd\n');
    write('2017-0427-084403', 'e\n');
    await collector.untilLines(5);
    // The autumn hour: a newer file sorts before an older one.
    write('2017-0427-074405', 'f\n');
    await collector.untilLines(6);
    await collector.stop();
    expect(collector.lines).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(collector.follower.listing().map(({ name }) => name)).toContain('2017-0427-084401.log');
  });

  test('reads the two passes through a repeated hour one after the other', async () => {
    const folder = temporaryFolder();
    // 02:00 to 02:59 twice: names of both passes alternate, times do not.
    const passes = [0, 3_600_000].flatMap((passMs) =>
      [0, 20, 40].map((minute) => ({
        name: `2017-1029-02${String(minute + (passMs > 0 ? 1 : 0)).padStart(2, '0')}00`,
        timeMs: passMs + minute * 60_000,
      })),
    );
    for (const { name, timeMs } of passes) {
      writeFileSync(join(folder, name), `${name}\n`);
      utimesSync(join(folder, name), 1_509_235_200 + timeMs / 1000, 1_509_235_200 + timeMs / 1000);
    }
    const collector = new LogCollector([folder], { ...ecs, mode: 'once' });
    await collector.drain();
    await collector.stop();
    expect(collector.lines).toEqual(passes.map(({ name }) => name));
  });

  test.skipIf(!existsSync('/proc/self/fd'))(
    'keeps no handle and says nothing of old files that are removed',
    async () => {
      const folder = temporaryFolder();
      const name = (index: number): string => `2017-0427-${String(100_000 + index)}`;
      for (let index = 0; index < 300; index++) writeFileSync(join(folder, name(index)), `${index}\n`);
      const before = openFiles();
      const collector = new LogCollector([folder], { ...ecs, graceMs: 30 });
      await collector.untilLines(300);
      await collector.until(() => openFiles() <= before + 4, 'the old files are closed');
      for (let index = 300; index < 320; index++) {
        rmSync(join(folder, name(index - 300)));
        writeFileSync(join(folder, name(index)), `${index}\n`);
        await collector.untilLines(index + 1);
      }
      await collector.until(() => collector.follower.status().files.length === 300, 'the removed files are forgotten');
      const positions = await collector.stop();
      expect(collector.lines).toEqual(Array.from({ length: 320 }, (_, index) => String(index)));
      expect(collector.eventTypes()).not.toContain('gap');
      const again = new LogCollector([folder], ecs, positions);
      await again.drain();
      await again.stop();
      expect(again.lines).toEqual([]);
    },
  );
});

describe('many files', () => {
  test.skipIf(!existsSync('/proc/self/fd'))(
    'follows 10 000 files with at most 40 handles and gives only the positions that changed',
    async () => {
      const folder = temporaryFolder();
      const path = (index: number): string => join(folder, `${index}.log`);
      const count = 10_000;
      for (let index = 0; index < count; index++) writeFileSync(path(index), `${index}\n`);
      const collector = new LogCollector([join(folder, '*.log')], { maxOpenFiles: 40 });
      const before = openFiles();
      let most = 0;
      await collector.until(() => {
        most = Math.max(most, openFiles());
        return collector.lines.length >= count;
      }, 'all files');
      expect(collector.follower.changes()).toHaveLength(count);
      await collector.follower.wait(new AbortController().signal);
      for (let index = 0; index < 200; index++) appendFileSync(path(index * 50), `again ${index}\n`);
      while (collector.lines.length < count + 200) {
        await collector.drain();
        most = Math.max(most, openFiles());
        await collector.follower.wait(new AbortController().signal);
      }
      const changes = collector.follower.changes();
      await collector.stop();
      expect(collector.lines.length).toBe(count + 200);
      expect(new Set(collector.lines).size).toBe(count + 200);
      expect(changes.length).toBe(200);
      expect(most - before).toBeLessThanOrEqual(60);
    },
  );
});

describe('faults', () => {
  test('keeps the position of a file that cannot be looked at, reads others, and goes on afterwards', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'a'));
    const broken = join(folder, 'a', 'app.log');
    const sound = join(folder, 'sound.log');
    writeFileSync(broken, 'one\n');
    writeFileSync(sound, 'first\n');
    const collector = new LogCollector([broken, sound]);
    await collector.untilLines(2);
    // A loop of links cannot be looked through, not even by root.
    renameSync(join(folder, 'a'), join(folder, 'b'));
    symlinkSync('a', join(folder, 'a'));
    appendFileSync(join(folder, 'b', 'app.log'), 'two\n');
    appendFileSync(sound, 'second\n');
    await collector.until(() => collector.eventTypes().includes('fault'), 'the fault is reported');
    await collector.untilLines(3);
    const faulty = collector.follower.status().files.find(({ hasFault }) => hasFault);
    expect(faulty).toMatchObject({ path: broken, state: 'too many symbolic links', offset: 4 });
    for (let count = 0; count < 5; count++) {
      await collector.follower.wait(new AbortController().signal);
      await collector.drain();
    }
    rmSync(join(folder, 'a'));
    renameSync(join(folder, 'b'), join(folder, 'a'));
    await collector.untilLines(4);
    await collector.stop();
    expect(collector.lines.toSorted()).toEqual(['first', 'one', 'second', 'two']);
    expect(collector.events.filter(({ type }) => type === 'fault')).toHaveLength(1);
    expect(collector.events.filter(({ type }) => type === 'recovered')).toHaveLength(1);
  });

  test('reports what is no file and reads the rest', async () => {
    const folder = temporaryFolder();
    const socket = '/dev/null';
    writeFileSync(join(folder, 'app.log'), 'a\n');
    const collector = new LogCollector([socket, join(folder, 'app.log')]);
    await collector.untilLines(1);
    await collector.stop();
    expect(collector.events).toContainEqual({ type: 'fault', path: socket, detail: 'not a regular file' });
  });

  test('refuses positions that are not its own', () => {
    expect(() => new LogCollector(['x'], {}, [{ key: '1', position: { path: 'x' } }])).toThrow(/position of x/);
    expect(() => new LogCollector(['x'], {}, [{ key: 'no', position: 7 }])).toThrow(/cannot be understood/);
  });
});

describe('reading once', () => {
  test('reads everything in order, the unterminated last lines too, and is finished', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '2017-0427-084401'), 'c\nd');
    writeFileSync(join(folder, '2017-0427-084400.gz'), gzipSync('a\nb'));
    writeFileSync(join(folder, '2017-0427-084402'), '');
    const collector = new LogCollector([folder, join(folder, 'missing')], { ...ecs, mode: 'once' });
    await collector.drain();
    expect(collector.follower.isFinished).toBe(true);
    expect(collector.lines).toEqual(['a', 'b', 'c', 'd']);
    expect(collector.counted).toBe(4);
    expect(collector.follower.status().awaited).toEqual([join(folder, 'missing')]);
    const positions = await collector.stop();
    const again = new LogCollector([folder], { ...ecs, mode: 'once' }, positions);
    await again.drain();
    expect(again.follower.isFinished).toBe(true);
    expect(again.lines).toEqual([]);
    await again.stop();
  });

  test('starts where the last commit was', async () => {
    const path = join(temporaryFolder(), 'app.log');
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}`);
    writeFileSync(path, lines.join('\n'));
    const before = new LogCollector([path], { mode: 'once', chunkBytes: 4096 });
    for (let count = 0; count < 5; count++) await before.step();
    const positions = before.commit();
    const taken = [...before.lines];
    await before.drain();
    await before.follower.close();
    expect(before.follower.isFinished).toBe(true);
    const after = new LogCollector([path], { mode: 'once' }, positions);
    await after.drain();
    await after.stop();
    expect([...taken, ...after.lines]).toEqual(lines);
  });

  test('starts new files at their end when the state was lost and that was chosen', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.log'), 'old\npart');
    writeFileSync(join(folder, 'b.log.gz'), gzipSync('old\n'));
    const collector = new LogCollector([join(folder, '*')], { onLoss: 'end' });
    await collector.drain();
    appendFileSync(join(folder, 'a.log'), ' of a line\n');
    writeFileSync(join(folder, 'c.log'), 'new\n');
    await collector.untilLines(2);
    await collector.drain();
    await collector.stop();
    expect(collector.lines.toSorted()).toEqual(['new', 'part of a line']);
  });

  test.each([
    ['as it is', Buffer.from('a\nb\nc')],
    ['compressed', gzipSync('a\nb\nc')],
    ['empty', Buffer.alloc(0)],
  ])('reads standard input %s', async (_name, content) => {
    const pieces = [...content].map((byte) => Buffer.from([byte]));
    const stdin = Readable.from(pieces, { objectMode: false });
    const collector = new LogCollector(['-'], { mode: 'once', stdin });
    await collector.until(() => collector.follower.isFinished, 'the end of the input');
    await collector.stop();
    expect(collector.lines).toEqual(content.length > 0 ? ['a', 'b', 'c'] : []);
    expect(collector.follower.positions()).toEqual([]);
  });
});

/** Whether this system sends notices of changes: containers may have none left. */
async function hasNotices(): Promise<boolean> {
  const folder = temporaryFolder();
  try {
    const watcher = watch(folder, { persistent: false });
    const notice = once(watcher, 'change', { signal: AbortSignal.timeout(2000) });
    writeFileSync(join(folder, 'file'), '');
    await notice.finally(() => watcher.close());
    return true;
  } catch {
    return false;
  }
}

describe('waiting', () => {
  test('ends at once when aborted or closed', async () => {
    const path = join(temporaryFolder(), 'app.log');
    const collector = new LogCollector([path], { pollActiveMs: 3_600_000, pollIdleMs: 3_600_000 });
    await collector.drain();
    const abort = new AbortController();
    const waiting = collector.follower.wait(abort.signal);
    abort.abort();
    await waiting;
    const closing = collector.follower.wait(new AbortController().signal);
    await collector.stop();
    await closing;
    await collector.follower.wait(new AbortController().signal);
    expect(await collector.follower.next()).toBeUndefined();
  });

  test('is shortened by a notice', async ({ skip }) => {
    skip(!(await hasNotices()), 'the system sends no notices');
    const folder = temporaryFolder();
    const collector = new LogCollector([join(folder, '*.log')], { pollActiveMs: 50, pollIdleMs: 3_600_000 });
    await collector.drain();
    // Let the interval grow to an hour; only a notice can end it then.
    for (let count = 0; count < 4; count++) {
      await collector.follower.wait(AbortSignal.timeout(60));
      await collector.drain();
    }
    const limit = AbortSignal.timeout(30_000);
    const waiting = collector.follower.wait(limit);
    writeFileSync(join(folder, 'new.log'), 'a\n');
    await waiting;
    expect(limit.aborted).toBe(false);
    await collector.untilLines(1);
    await collector.stop();
    expect(collector.lines).toEqual(['a']);
  });
});
