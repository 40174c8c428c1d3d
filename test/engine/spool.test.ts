// The spool: points come out in order and whole, every one is accounted for, and its size is bounded.
import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CursorFile } from '../../src/engine/cursor.ts';
import type { Cursor } from '../../src/engine/cursor.ts';
import { Journal } from '../../src/engine/journal.ts';
import {
  commitAll,
  directory,
  journalOptions,
  lastCommit,
  linesOf,
  ManualClock,
  MemoryLog,
  part,
  snapshotAt,
  takeAll,
} from '../support/journal.ts';
import { MemoryFiles, systemError } from '../support/memory-files.ts';

const properties = { seed: 20_261_122, numRuns: 80 };
const large = { segmentBytes: 1024 ** 2 };

async function opened(files: MemoryFiles, changes = {}): Promise<Journal> {
  return (await Journal.open(journalOptions(files, changes))).journal;
}

describe('batches', () => {
  test('join small commits up to the limits', async () => {
    const journal = await opened(new MemoryFiles());
    await commitAll(journal, 1, 10);
    const spool = journal.spool('store');
    const first = await spool.next(5, 10_000);
    expect(first).toMatchObject({ points: 4 });
    expect(first!.lines.toString()).toBe(`${linesOf(1, 2).join('\n')}\n`);
    await spool.delivered(0);
    const lineBytes = 'a n=3.0\n'.length;
    const second = await spool.next(1000, lineBytes * 6);
    expect(second!.lines.toString()).toBe(`${linesOf(3, 5).join('\n')}\n`);
  });

  test('split a large commit at the ends of lines, by points and by bytes', async () => {
    const journal = await opened(new MemoryFiles());
    await commitAll(journal, 1, 1, 1);
    await commitAll(journal, 2, 2, 50);
    await commitAll(journal, 3, 3, 1);
    const spool = journal.spool('store');
    const sizes: number[] = [];
    const lines: string[] = [];
    for (let batch = await spool.next(20, 200); batch; batch = await spool.next(20, 200)) {
      expect(batch.lines.length).toBeLessThanOrEqual(200);
      expect(batch.lines.at(-1)).toBe(0x0a);
      sizes.push(batch.points);
      lines.push(...batch.lines.toString().split('\n').slice(0, -1));
      await spool.delivered(0);
      expect(spool.totals().accepted).toBe(lines.length);
    }
    expect(lines).toEqual([...linesOf(1, 1, 1), ...linesOf(2, 2, 50), ...linesOf(3, 3, 1)]);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(52);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20);
  });

  test('hold a line that is longer than the limit as a whole', async () => {
    const journal = await opened(new MemoryFiles(), large);
    await journal.commit(part(1, 3, 5000), () => snapshotAt(1));
    const lines = await takeAll(journal, 'store', 100, 64);
    expect(lines.map((line) => line.length)).toEqual([5007, 5007, 5007]);
  });

  test('are the same again until they are delivered, also when more is committed meanwhile', async () => {
    const journal = await opened(new MemoryFiles());
    await commitAll(journal, 1, 1);
    const spool = journal.spool('store');
    const first = await spool.next(100, 10_000);
    await commitAll(journal, 2, 9);
    expect(await spool.next(100, 10_000)).toBe(first);
    await spool.delivered(0);
    expect((await spool.next(100, 10_000))!.lines.toString()).toBe(`${linesOf(2, 9).join('\n')}\n`);
  });

  test('hold whole values or what was added, as the output wants', async () => {
    const outputs = [
      { name: 'store', values: 'absolute' },
      { name: 'statsd', values: 'delta' },
    ] as const;
    const journal = await opened(new MemoryFiles(), { outputs });
    await commitAll(journal, 1, 20);
    expect(await takeAll(journal, 'statsd')).toEqual(linesOf(1, 20, 2, 'd'));
    expect(journal.spool('store').totals()).toMatchObject({ spooled: 40, accepted: 0 });
    expect(await takeAll(journal, 'store')).toEqual(linesOf(1, 20));
  });

  test('of commits without points are passed over', async () => {
    const journal = await opened(new MemoryFiles());
    await commitAll(journal, 1, 30, 0);
    const spool = journal.spool('store');
    expect(await spool.next(10, 1000)).toBeUndefined();
    expect(spool.bytes).toBe(0);
    await commitAll(journal, 31, 31, 1);
    expect(await takeAll(journal)).toEqual(linesOf(31, 31, 1));
  });
});

describe('how far an output has come', () => {
  test('is where it goes on after a restart, in the middle of a large commit too', async () => {
    const files = new MemoryFiles();
    const journal = await opened(files);
    await commitAll(journal, 1, 1, 30);
    const spool = journal.spool('store');
    await spool.next(10, 10_000);
    await spool.delivered(3);
    await spool.next(10, 10_000);
    const again = await opened(files.afterKill());
    expect(again.spool('store').totals()).toMatchObject({ accepted: 7, refused: 3, spooled: 20 });
    expect(await takeAll(again)).toEqual(linesOf(1, 1, 30).slice(10));
    expect(again.spool('store').totals()).toMatchObject({ accepted: 27, refused: 3, spooled: 0, spoolBytes: 0 });
  });

  test('is known exactly after a kill, and never too far after a loss of power', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ commits: fc.nat(6), taken: fc.nat(8), hasPowerLoss: fc.boolean() }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999_999, noNaN: true })),
        async (lives, stream) => {
          let files = new MemoryFiles();
          const clock = new ManualClock();
          const arrived = new Set<string>();
          let committed = 0;
          for (const { commits, taken, hasPowerLoss } of lives) {
            const { journal, recovered } = await Journal.open(journalOptions(files, { segmentBytes: 500, clock }));
            expect(lastCommit(recovered)).toBe(committed);
            expect(recovered.lost).toBeUndefined();
            await commitAll(journal, committed + 1, committed + commits, 3);
            committed += commits;
            const spool = journal.spool('store');
            for (let count = 0; count < taken; count++) {
              clock.timeMs += 300;
              const batch = await spool.next(2, 1000);
              const { accepted, refused, spooled } = spool.totals();
              expect(accepted + refused + spooled).toBe(committed * 3);
              if (!batch) break;
              for (const line of batch.lines.toString().split('\n').slice(0, -1)) {
                // Never again what arrived before, unless the power was lost.
                if (!lives.some((life) => life.hasPowerLoss)) expect(arrived.has(line)).toBe(false);
                arrived.add(line);
              }
              await spool.delivered(0);
            }
            // What is spooled and what arrived are everything.
            files = hasPowerLoss ? files.afterPowerLoss(() => stream.next().value) : files.afterKill();
          }
          const journal = await opened(files, { clock });
          for (const line of await takeAll(journal)) arrived.add(line);
          expect([...arrived].toSorted()).toEqual(linesOf(1, committed, 3).toSorted());
          const { accepted, refused, spooled } = journal.spool('store').totals();
          expect({ accepted, refused, spooled }).toEqual({ accepted: committed * 3, refused: 0, spooled: 0 });
        },
      ),
      properties,
    );
  });

  test('is kept from the first commit on, even when the process ends before the first delivery', async () => {
    const files = new MemoryFiles();
    const journal = await opened(files);
    await commitAll(journal, 1, 1);
    const again = await opened(files.afterPowerLoss(() => 0));
    expect(await takeAll(again)).toEqual(linesOf(1, 1));
  });

  test('is kept from the first commit on for a new output, too', async () => {
    const files = new MemoryFiles();
    const journal = await opened(files, large);
    await commitAll(journal, 1, 2);
    await journal.close();
    const outputs = [
      { name: 'store', values: 'absolute' },
      { name: 'new', values: 'absolute' },
    ] as const;
    const second = await opened(files, { ...large, outputs });
    await commitAll(second, 3, 4);
    const third = await opened(
      files.afterPowerLoss(() => 0),
      { ...large, outputs },
    );
    expect(await takeAll(third, 'new')).toEqual(linesOf(3, 4));
    expect(await takeAll(third, 'store')).toEqual(linesOf(1, 4));
  });

  test('survives a torn write of its file', async () => {
    const files = new MemoryFiles();
    const journal = await opened(files);
    await commitAll(journal, 1, 4);
    await takeAll(journal);
    await journal.close();
    const path = join(directory, 'delivered-store.cursor');
    const content = files.get(path);
    for (const at of [10, 4096 + 10]) {
      const image = files.afterKill();
      const damaged = Buffer.from(content);
      damaged.fill(0, at, at + 50);
      image.put(path, damaged);
      const { journal: again, recovered } = await Journal.open(journalOptions(image));
      expect(recovered.lost).toBeUndefined();
      const lines = await takeAll(again);
      expect(linesOf(1, 4).slice(linesOf(1, 4).length - lines.length)).toEqual(lines);
    }
  });

  test('survives a kill and then a loss of power that tears whatever was not durable', async () => {
    const path = join(directory, 'delivered-store.cursor');
    const cursor = (accepted: number): Cursor => {
      return {
        delivered: { segment: 1, offset: 48, part: 0, points: 0, bytes: 0 },
        sent: undefined,
        accepted,
        refused: 0,
      };
    };
    let files = new MemoryFiles();
    const first = new CursorFile(files, path);
    await first.save(cursor(1), true);
    await first.save(cursor(2), false);
    files = files.afterKill();
    const second = new CursorFile(files, path);
    expect(await second.load()).toEqual(cursor(2));
    await second.save(cursor(3), false);
    // Every write is torn after a few bytes.
    let calls = 0;
    const afterLoss = files.afterPowerLoss(() => (calls++ % 2 === 0 ? 0.5 : 0.01));
    const third = new CursorFile(afterLoss, path);
    expect(await third.load()).toEqual(cursor(2));
  });

  test('when it is not known any more, means sending whole values again and added ones never again', async () => {
    const outputs = [
      { name: 'store', values: 'absolute' },
      { name: 'statsd', values: 'delta' },
    ] as const;
    const files = new MemoryFiles();
    const journal = await opened(files, { outputs, ...large });
    await commitAll(journal, 1, 4);
    await journal.close();
    for (const { name } of outputs) files.put(join(directory, `delivered-${name}.cursor`), Buffer.from('{}'));
    const { journal: again, recovered } = await Journal.open(journalOptions(files, { outputs, ...large }));
    expect(recovered.lost).toContain('output store');
    expect(recovered.lost).toContain('output statsd');
    expect(await takeAll(again, 'store')).toEqual(linesOf(1, 4));
    expect(await takeAll(again, 'statsd')).toEqual([]);
  });

  test('begins now for a new output, and is forgotten with one that is not configured any more', async () => {
    const files = new MemoryFiles();
    const journal = await opened(files);
    await commitAll(journal, 1, 30);
    await journal.close();
    const kept = files.names(directory).length;
    const log = new MemoryLog();
    const outputs = [{ name: 'a/new one', values: 'absolute' }] as const;
    const second = await opened(files, { outputs, log });
    expect(log.count('not configured any more')).toBe(1);
    expect(() => second.spool('store')).toThrow('store');
    await commitAll(second, 31, 60);
    expect(await takeAll(second, 'a/new one')).toEqual(linesOf(31, 60));
    await second.close();
    expect(files.names(directory).length).toBeLessThan(kept);
    expect(files.names(directory)).toContain('delivered-a%2Fnew%20one.cursor');
  });

  test('that cannot be written does not stop the delivery and is told once', async () => {
    const files = new MemoryFiles();
    const log = new MemoryLog();
    const journal = await opened(files, { log });
    await commitAll(journal, 1, 6);
    files.before = ({ name, path }) => {
      if (name === 'write' && path.includes('delivered-')) throw systemError('EIO');
    };
    expect(await takeAll(journal)).toEqual(linesOf(1, 6));
    expect(log.count('cannot be written')).toBe(1);
    files.before = () => undefined;
    await commitAll(journal, 7, 7);
    await takeAll(journal);
    expect(log.count('can be written again')).toBe(1);
  });
});

describe('a full spool', () => {
  test('stops the reader and lets it go on when there is room', async () => {
    const journal = await opened(new MemoryFiles(), { spoolLimitBytes: 1500 });
    let number = 0;
    while (journal.hasRoom()) await commitAll(journal, ++number, number);
    expect(number).toBeGreaterThan(3);
    let hasResumed = false;
    const waiting = journal.whenRoom(new AbortController().signal).then(() => (hasResumed = true));
    await Promise.resolve();
    expect(hasResumed).toBe(false);
    const spool = journal.spool('store');
    await spool.next(4, 10_000);
    await spool.delivered(0);
    await waiting;
    expect(journal.hasRoom()).toBe(true);
    expect(await takeAll(journal)).toEqual(linesOf(3, number));
  });

  test('stops waiting when aborted', async () => {
    const journal = await opened(new MemoryFiles(), { spoolLimitBytes: 10 });
    await commitAll(journal, 1, 1);
    const stopping = new AbortController();
    const waiting = journal.whenRoom(stopping.signal);
    stopping.abort();
    await waiting;
    expect(journal.hasRoom()).toBe(false);
  });

  test('drops its oldest points when told so, counts them, and says it once', async () => {
    const files = new MemoryFiles();
    const log = new MemoryLog();
    const limit = 1500;
    const options = { spoolLimitBytes: limit, onFull: 'drop_oldest', log } as const;
    const journal = await opened(files, options);
    const spool = journal.spool('store');
    for (let number = 1; number <= 50; number++) {
      await commitAll(journal, number, number);
      expect(journal.hasRoom()).toBe(true);
      expect(spool.bytes).toBeLessThanOrEqual(limit);
      const { accepted, refused, spooled } = spool.totals();
      expect(accepted + refused + spooled).toBe(number * 2);
    }
    const { refused } = spool.totals();
    expect(refused).toBeGreaterThan(60);
    const again = await opened(
      files.afterPowerLoss(() => 0),
      options,
    );
    expect(again.spool('store').totals()).toMatchObject({ refused, spooled: 100 - refused });
    const lines = await takeAll(journal);
    expect(lines).toEqual(linesOf(1, 50).slice(refused));
    expect(spool.totals()).toMatchObject({ accepted: lines.length, refused, spooled: 0 });
    expect(log.count('oldest points are dropped')).toBe(1);
    expect(log.count('were dropped because')).toBe(1);
  });

  test('does not drop what is being sent, and accounts for what it drops behind it', async () => {
    const journal = await opened(new MemoryFiles(), { spoolLimitBytes: 1500, onFull: 'drop_oldest' });
    const spool = journal.spool('store');
    await commitAll(journal, 1, 2);
    const sending = await spool.next(100, 10_000);
    for (let number = 3; number <= 40; number++) {
      await commitAll(journal, number, number);
      const { accepted, refused, spooled } = spool.totals();
      expect(accepted + refused + spooled).toBe(number * 2);
    }
    expect(await spool.next(100, 10_000)).toBe(sending);
    const dropped = spool.totals().refused;
    expect(dropped).toBeGreaterThan(40);
    await spool.delivered(0);
    expect(spool.totals()).toMatchObject({ accepted: 4, refused: dropped, spooled: 76 - dropped });
    expect(await takeAll(journal)).toEqual(linesOf(3, 40).slice(dropped));
  });

  test('keeps its sums and the order while points are taken at the same time', async () => {
    const journal = await opened(new MemoryFiles(), { spoolLimitBytes: 1000, onFull: 'drop_oldest' });
    const spool = journal.spool('store');
    const lines: string[] = [];
    const commits = 200;
    const taking = (async () => {
      while (spool.totals().accepted + spool.totals().refused < commits * 3) {
        const batch = await spool.next(4, 1000);
        if (batch) lines.push(...batch.lines.toString().split('\n').slice(0, -1));
        await spool.delivered(0);
      }
    })();
    for (let number = 1; number <= commits; number++) await commitAll(journal, number, number, 3);
    await taking;
    const { accepted, refused } = spool.totals();
    expect(accepted).toBe(lines.length);
    expect(accepted + refused).toBe(commits * 3);
    expect(refused).toBeGreaterThan(0);
    const all = linesOf(1, commits, 3);
    expect(lines).toEqual(all.filter((line) => lines.includes(line)));
  });
});

describe('damage in the spool', () => {
  test('is found before any part of a large batch is sent', async () => {
    const files = new MemoryFiles();
    const journal = await opened(files, large);
    await commitAll(journal, 1, 1, 50);
    await commitAll(journal, 2, 2);
    const path = join(
      directory,
      files.names(directory).find((name) => name.endsWith('.log'))!,
    );
    const content = Buffer.from(files.get(path));
    content[content.indexOf('a n=1.49')] = 0x62;
    files.put(path, content);
    const again = await opened(files, large);
    expect(await takeAll(again)).toEqual(linesOf(2, 2));
    expect(again.spool('store').totals()).toMatchObject({ accepted: 2, refused: 50, spooled: 0 });
  });

  test('costs the damaged batch only, and that is counted and told', async () => {
    const files = new MemoryFiles();
    const log = new MemoryLog();
    const journal = await opened(files, { ...large, log });
    await commitAll(journal, 1, 9);
    const path = join(
      directory,
      files.names(directory).find((name) => name.endsWith('.log'))!,
    );
    const content = Buffer.from(files.get(path));
    const at = content.indexOf('a n=4.0');
    content[at] = 0x62;
    files.put(path, content);
    const again = await opened(files, { ...large, log });
    expect(await takeAll(again)).toEqual([...linesOf(1, 3), ...linesOf(5, 9)]);
    expect(again.spool('store').totals()).toMatchObject({ accepted: 16, refused: 2, spooled: 0 });
    expect(log.count('lost')).toBe(1);
  });

  test('in the head of a record costs the rest of its segment', async () => {
    const files = new MemoryFiles();
    const journal = await opened(files);
    await commitAll(journal, 1, 40);
    const path = join(directory, files.names(directory).filter((name) => name.endsWith('.log'))[1]!);
    const content = Buffer.from(files.get(path));
    const records = [...content.toString('latin1').matchAll(/SREC/g)].map(({ index }) => index);
    content[records[2]! + 20] = content[records[2]! + 20]! ^ 255;
    files.put(path, content);
    const again = await opened(files);
    const lines = await takeAll(again);
    const { accepted, refused, spooled } = again.spool('store').totals();
    expect({ accepted, refused, spooled }).toEqual({ accepted: lines.length, refused: 80 - lines.length, spooled: 0 });
    expect(lines.length).toBeGreaterThan(40);
    expect(lines.at(-1)).toBe('a n=40.1');
  });

  test('of a whole segment costs what was in it', async () => {
    const files = new MemoryFiles();
    const journal = await opened(files);
    await commitAll(journal, 1, 40);
    const path = join(directory, files.names(directory).filter((name) => name.endsWith('.log'))[1]!);
    files.put(path, Buffer.alloc(0));
    const again = await opened(files);
    const lines = await takeAll(again);
    const { accepted, refused, spooled } = again.spool('store').totals();
    expect({ accepted, refused, spooled }).toEqual({ accepted: lines.length, refused: 80 - lines.length, spooled: 0 });
    expect(lines.at(0)).toBe('a n=1.0');
    expect(lines.at(-1)).toBe('a n=40.1');
  });
});

test('nothing is read that is not durable yet: it may still be written anew', async () => {
  const files = new MemoryFiles();
  const journal = await opened(files, large);
  await commitAll(journal, 1, 3);
  const path = join(
    directory,
    files.names(directory).find((name) => name.endsWith('.log'))!,
  );
  const durable = files.get(path).length;
  files.before = ({ name }) => {
    if (name === 'sync' || name === 'truncate') throw systemError('EIO');
  };
  await expect(journal.commit(part(4), () => snapshotAt(4))).rejects.toMatchObject({ code: 'EIO' });
  expect(files.get(path).length).toBeGreaterThan(durable);
  files.before = () => undefined;
  let end = 0;
  const open = files.open.bind(files);
  files.open = async (opening, mode) => {
    const file = await open(opening, mode);
    const read = file.read.bind(file);
    file.read = async (into, position) => {
      end = Math.max(end, position + into.length);
      return read(into, position);
    };
    return file;
  };
  expect(await takeAll(journal)).toEqual(linesOf(1, 3));
  expect(end).toBe(durable);
});

test('the age of the oldest waiting commit is known', async () => {
  const clock = new ManualClock();
  const journal = await opened(new MemoryFiles(), { clock });
  const spool = journal.spool('store');
  expect(spool.totals().oldestMs).toBeUndefined();
  const began = clock.timeMs;
  await commitAll(journal, 1, 1);
  clock.timeMs += 5000;
  await commitAll(journal, 2, 2);
  expect(spool.totals().oldestMs).toBe(began);
  await spool.next(2, 1000);
  await spool.delivered(0);
  await spool.next(2, 1000);
  expect(spool.totals().oldestMs).toBe(began + 5000);
  await spool.delivered(0);
  expect(spool.totals().oldestMs).toBeUndefined();
});
