// The journal: what was committed is there after any crash, and what is damaged is told and never stops the program.
import fc from 'fast-check';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Journal } from '../../src/engine/journal.ts';
import { recover } from '../../src/engine/recovery.ts';
import { ExitError } from '../../src/model/errors.ts';
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
import { temporaryFolder } from '../support/temporary.ts';

const properties = { seed: 20_261_121, numRuns: 80 };

async function written(commits: number, changes = {}): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  const { journal } = await Journal.open(journalOptions(files, changes));
  await commitAll(journal, 1, commits);
  await journal.close();
  return files;
}

function segments(files: MemoryFiles): string[] {
  return files
    .names(directory)
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(directory, name));
}

function newest(files: MemoryFiles): string {
  return segments(files).at(-1)!;
}

describe('what was committed', () => {
  test('is there after a restart, over several segments', async () => {
    for (const commits of [0, 1, 2, 5, 40]) {
      const files = await written(commits);
      const { journal, recovered } = await Journal.open(journalOptions(files));
      expect(lastCommit(recovered)).toBe(commits);
      expect(recovered.lost).toBeUndefined();
      expect(await takeAll(journal)).toEqual(linesOf(1, commits));
      await journal.close();
    }
  });

  test('is there in real files', async () => {
    const folder = join(temporaryFolder(), 'state', 'journal');
    const options = { ...journalOptions(new MemoryFiles()), directory: folder };
    delete (options as { files?: unknown }).files;
    const first = await Journal.open(options);
    await commitAll(first.journal, 1, 30);
    const second = await Journal.open(options);
    expect(lastCommit(second.recovered)).toBe(30);
    expect(await takeAll(second.journal)).toEqual(linesOf(1, 30));
    await commitAll(second.journal, 31, 40);
    await second.journal.close();
    const third = await Journal.open(options);
    expect(lastCommit(third.recovered)).toBe(40);
    expect(await takeAll(third.journal)).toEqual(linesOf(31, 40));
    await third.journal.close();
    await first.journal.close();
  });

  test('survives a loss of power at any moment, and what had been told as durable is never missing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ lasts: fc.integer({ min: 1, max: 120 }), points: fc.integer({ min: 0, max: 4 }) }), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999_999, noNaN: true })),
        async (lives, stream) => {
          const random = (): number => stream.next().value;
          let files = new MemoryFiles();
          let durable = 0;
          for (const { lasts, points } of lives) {
            let attempted = durable;
            files.before = () => {
              if (files.operations > lasts) throw systemError('EIO');
            };
            try {
              const { journal, recovered } = await Journal.open(journalOptions(files, { segmentBytes: 600 }));
              const found = lastCommit(recovered);
              expect(recovered.lost).toBeUndefined();
              expect(found).toBeGreaterThanOrEqual(durable);
              durable = attempted = found;
              for (;;) {
                attempted++;
                const number = attempted;
                await journal.commit(part(number, points), () => snapshotAt(number));
                durable = attempted;
              }
            } catch (error) {
              if ((error as { code?: string }).code !== 'EIO') throw error;
            }
            files = files.afterPowerLoss(random);
            const { journal, recovered } = await Journal.open(journalOptions(files));
            const found = lastCommit(recovered);
            expect(found).toBeGreaterThanOrEqual(durable);
            expect(found).toBeLessThanOrEqual(attempted);
            await journal.close();
            files.operations = 0;
            durable = found;
          }
        },
      ),
      properties,
    );
  });

  test('is a prefix when the newest file is cut at any byte', async () => {
    const files = await written(12, { segmentBytes: 900 });
    const path = newest(files);
    const whole = files.get(path);
    let before = 0;
    for (let length = 0; length <= whole.length; length++) {
      const image = files.afterKill();
      image.put(path, whole.subarray(0, length));
      const { journal, recovered } = await Journal.open(journalOptions(image));
      const found = lastCommit(recovered);
      expect(found).toBeGreaterThanOrEqual(before);
      before = found;
      // Goes on from there, and nothing of the cut record is left.
      await commitAll(journal, found + 1, found + 1, 0);
      await journal.close();
      const again = await Journal.open(journalOptions(image));
      expect(lastCommit(again.recovered)).toBe(found + 1);
      await again.journal.close();
      const [last] = (await recover(image, directory, false)).segments.slice(-1);
      expect(image.get(last!.path)).toHaveLength(last!.end);
    }
    expect(before).toBe(12);
  });

  test.each([900, 100_000])(
    'is a prefix when any bit is flipped, and a loss is told; segments of %d',
    async (segmentBytes) => {
      const commits = 12;
      const files = await written(commits, { segmentBytes });
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 0, max: 7 }), async (file, place, bit) => {
          const image = files.afterKill();
          const paths = segments(image);
          const path = paths[file % paths.length]!;
          const content = Buffer.from(image.get(path));
          const at = place % content.length;
          content[at] = content[at]! ^ (1 << bit);
          image.put(path, content);
          const { journal, recovered } = await Journal.open(journalOptions(image, { onStateLoss: 'begin' }));
          const found = lastCommit(recovered);
          // A flip in the very last record cannot be told from a torn one, unless it was delivered.
          if (found < commits - 1) expect(recovered.lost).toBeDefined();
          await commitAll(journal, found + 1, found + 3);
          await journal.close();
          const again = await Journal.open(journalOptions(image));
          expect(lastCommit(again.recovered)).toBe(found + 3);
          await again.journal.close();
        }),
        properties,
      );
    },
  );

  test('is not taken from a last record whose points did not reach the disk', async () => {
    const files = await written(5, { segmentBytes: 100_000 });
    const content = Buffer.from(files.get(newest(files)));
    content.fill(0, content.length - 8);
    files.put(newest(files), content);
    const { journal, recovered } = await Journal.open(journalOptions(files));
    expect(lastCommit(recovered)).toBe(4);
    expect(await takeAll(journal)).toEqual(linesOf(1, 4));
    await journal.close();
  });
});

describe('a damaged journal', () => {
  test('falls back on the snapshot before a damaged one and loses nothing', async () => {
    const files = await written(30);
    const path = newest(files);
    const content = Buffer.from(files.get(path));
    content[48 + 80 + 6] = content[48 + 80 + 6]! ^ 1;
    files.put(path, content);
    const { journal, recovered } = await Journal.open(journalOptions(files));
    expect(lastCommit(recovered)).toBe(30);
    expect(recovered.lost).toBeUndefined();
    await commitAll(journal, 31, 31);
    expect(newest(files)).not.toBe(path);
    expect(await takeAll(journal)).toEqual(linesOf(1, 31));
    await journal.close();
    const again = await Journal.open(journalOptions(files));
    expect(lastCommit(again.recovered)).toBe(31);
    await again.journal.close();
  });

  test('with damage in two segments gives what was before the first one', async () => {
    const files = await written(30);
    for (const [back, place] of [
      [-1, 48 + 80 + 6],
      [-2, -20],
    ] as const) {
      const path = segments(files).at(back)!;
      const content = Buffer.from(files.get(path));
      const at = place < 0 ? content.lastIndexOf('SREC') + 80 + 6 : place;
      content[at] = content[at]! ^ 1;
      files.put(path, content);
    }
    const { journal, recovered } = await Journal.open(journalOptions(files));
    const found = lastCommit(recovered);
    expect(found).toBeGreaterThan(3);
    expect(found).toBeLessThan(28);
    expect(recovered.lost).toContain('damaged');
    await commitAll(journal, found + 1, 31);
    await journal.close();
    expect(lastCommit((await Journal.open(journalOptions(files))).recovered)).toBe(31);
  });

  test.each([
    ['empty', () => Buffer.alloc(0)],
    ['truncated in its header', (content: Buffer) => content.subarray(0, 20)],
    ['truncated in its snapshot', (content: Buffer) => content.subarray(0, 140)],
    ['overwritten', (content: Buffer) => Buffer.alloc(content.length, 7)],
    ['of a newer version', (content: Buffer) => newer(content)],
  ])('takes the segment before one that is %s, keeps the file, and tells', async (_, damage) => {
    const files = await written(30);
    const path = newest(files);
    files.put(path, damage(files.get(path)));
    const { journal, recovered } = await Journal.open(journalOptions(files));
    const found = lastCommit(recovered);
    expect(found).toBeGreaterThan(10);
    expect(found).toBeLessThan(30);
    expect(recovered.lost).toContain(path.slice(-20));
    expect(files.names(directory)).toContain(`${path.slice(directory.length + 1)}.bad`);
    await commitAll(journal, found + 1, 35);
    await journal.close();
    const again = await Journal.open(journalOptions(files));
    expect(lastCommit(again.recovered)).toBe(35);
    expect(again.recovered.lost).toBeUndefined();
    expect(await takeAll(again.journal)).toEqual(linesOf(1, 35));
    await again.journal.close();
  });

  test('stops, and stops again, until a human chose what to do', async () => {
    const files = await written(3);
    files.put(newest(files), Buffer.from('not a journal'));
    for (let start = 0; start < 3; start++) {
      const error = await Journal.open(journalOptions(files)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ExitError);
      expect((error as ExitError).status).toBe(1);
      expect((error as ExitError).message).toContain(directory);
      expect((error as ExitError).message).toContain('onStateLoss');
    }
    expect(files.names(directory).filter((name) => name.endsWith('.bad'))).toHaveLength(1);
    const { journal, recovered } = await Journal.open(journalOptions(files, { onStateLoss: 'begin' }));
    expect(recovered.snapshot).toBeUndefined();
    expect(recovered.lost).toContain('no usable state');
    await commitAll(journal, 1, 2);
    expect(await takeAll(journal)).toEqual(linesOf(1, 2));
    await journal.close();
    const again = await Journal.open(journalOptions(files));
    expect(lastCommit(again.recovered)).toBe(2);
    expect(again.recovered.lost).toBeUndefined();
    await again.journal.close();
    expect(files.names(directory).filter((name) => name.endsWith('.bad'))).toHaveLength(1);
  });

  test('of a newer program keeps its names while it stops, so that the newer program can go on', async () => {
    const files = await written(3);
    files.put(newest(files), newer(files.get(newest(files))));
    await expect(Journal.open(journalOptions(files))).rejects.toThrow(/newer program/);
    expect(files.names(directory).filter((name) => name.endsWith('.bad'))).toEqual([]);
    const { recovered } = await Journal.open(journalOptions(files, { onStateLoss: 'end' }));
    expect(recovered.lost).toContain('newer program');
  });

  test('tells when an output had taken more than the journal still has', async () => {
    const files = new MemoryFiles();
    const { journal } = await Journal.open(journalOptions(files, { segmentBytes: 100_000 }));
    await commitAll(journal, 1, 5);
    const early = Buffer.from(files.get(newest(files)));
    await commitAll(journal, 6, 9);
    await takeAll(journal);
    await journal.close();
    files.put(newest(files), early);
    const second = await Journal.open(journalOptions(files));
    expect(lastCommit(second.recovered)).toBe(5);
    expect(second.recovered.lost).toContain('store');
    await commitAll(second.journal, 6, 10);
    const third = await Journal.open(journalOptions(files.afterKill()));
    expect(third.recovered.lost).toBeUndefined();
    expect(await takeAll(third.journal)).toEqual(linesOf(6, 10));
    await third.journal.close();
  });

  test('ignores and removes half-made files of a crash', async () => {
    const files = await written(3);
    files.put(join(directory, 'journal-0000000000000099.log.tmp'), Buffer.from('half'));
    const { journal, recovered } = await Journal.open(journalOptions(files));
    expect(lastCommit(recovered)).toBe(3);
    expect(files.names(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    await journal.close();
  });
});

describe('a disk that fails', () => {
  test('keeps the last commit while it is full, and takes the same commit when there is space again', async () => {
    const files = await written(3, { segmentBytes: 100_000 });
    const { journal } = await Journal.open(journalOptions(files, { segmentBytes: 100_000 }));
    const used = files.names(directory).reduce((sum, name) => sum + files.get(join(directory, name)).length, 0);
    for (const spare of [0, 1, 79, 80, 100]) {
      files.capacity = used + spare;
      await expect(journal.commit(part(4), () => snapshotAt(4))).rejects.toMatchObject({ code: 'ENOSPC' });
      const image = await Journal.open(journalOptions(files.afterKill()));
      expect(lastCommit(image.recovered)).toBe(3);
      await image.journal.close();
    }
    files.capacity = Infinity;
    await commitAll(journal, 4, 6);
    await journal.close();
    const again = await Journal.open(journalOptions(files));
    expect(lastCommit(again.recovered)).toBe(6);
    expect(again.recovered.lost).toBeUndefined();
    expect(await takeAll(again.journal)).toEqual(linesOf(1, 6));
    await again.journal.close();
  });

  test('makes each commit once, whatever fails whenever, when the same one is tried until it works', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
        fc.integer({ min: 1, max: 40 }),
        async (stream, percent) => {
          const files = new MemoryFiles();
          const clock = new ManualClock();
          const options = journalOptions(files, { segmentBytes: 500, clock });
          const { journal } = await Journal.open(options);
          let isFailing = true;
          files.before = ({ name }) => {
            if (isFailing && name !== 'close' && stream.next().value < percent) throw systemError('EIO');
          };
          for (let number = 1; number <= 12; number++) {
            for (let attempt = 0; ; attempt++) {
              isFailing = attempt < 10;
              clock.timeMs += 5000;
              try {
                await journal.commit(part(number), () => snapshotAt(number));
                break;
              } catch (error) {
                expect(error).toMatchObject({ code: expect.stringMatching(/^(EIO|ENOENT)$/) });
              }
            }
          }
          isFailing = false;
          // Also when the power is lost now: every commit was told as durable.
          for (const image of [files.afterKill(), files.afterPowerLoss(() => 0)]) {
            const found = await Journal.open({ ...options, files: image });
            expect(lastCommit(found.recovered)).toBe(12);
            expect(found.recovered.lost).toBeUndefined();
            expect(await takeAll(found.journal)).toEqual(linesOf(1, 12));
            await found.journal.close();
          }
          expect(await takeAll(journal)).toEqual(linesOf(1, 12));
        },
      ),
      properties,
    );
  });

  test('begins a new segment when a failed write cannot be taken back', async () => {
    const files = await written(3, { segmentBytes: 100_000 });
    const { journal } = await Journal.open(journalOptions(files, { segmentBytes: 100_000 }));
    files.before = ({ name }) => {
      if (name === 'sync' || name === 'truncate') throw systemError('EIO');
    };
    await expect(journal.commit(part(4), () => snapshotAt(4))).rejects.toMatchObject({ code: 'EIO' });
    files.before = ({ name, path }) => {
      if (name === 'truncate' || (name === 'write' && path === newest(files))) throw systemError('EIO');
    };
    expect(segments(files)).toHaveLength(1);
    await commitAll(journal, 4, 4);
    files.before = () => undefined;
    await commitAll(journal, 5, 6);
    expect(segments(files)).toHaveLength(2);
    await journal.close();
    const again = await Journal.open(journalOptions(files));
    expect(lastCommit(again.recovered)).toBe(6);
    expect(await takeAll(again.journal)).toEqual(linesOf(1, 6));
    await again.journal.close();
    // The commit that was made with the snapshot is lost with it, and nothing after it can be used.
    const content = Buffer.from(files.get(newest(files)));
    content[48 + 80 + 6] = content[48 + 80 + 6]! ^ 1;
    const [, , fifth = 0] = [...content.toString('latin1').matchAll(/SREC/g)].map(({ index }) => index);
    for (const length of [content.length, fifth]) {
      files.put(newest(files), content.subarray(0, length));
      const damaged = await Journal.open(journalOptions(files));
      expect(lastCommit(damaged.recovered)).toBe(3);
      expect(damaged.recovered.lost).toContain('damaged');
      await damaged.journal.close();
    }
  });

  test('goes on in the old segment while no new one can be begun', async () => {
    const files = new MemoryFiles();
    const log = new MemoryLog();
    const clock = new ManualClock();
    const { journal } = await Journal.open(journalOptions(files, { log, clock }));
    await commitAll(journal, 1, 2);
    files.before = ({ name, path }) => {
      if (name === 'rename' && path.includes('journal-')) throw systemError('EROFS');
    };
    await commitAll(journal, 3, 40);
    expect(segments(files)).toHaveLength(1);
    expect(log.count('no new journal segment')).toBe(1);
    expect(lastCommit((await Journal.open(journalOptions(files.afterKill()))).recovered)).toBe(40);
    files.before = () => undefined;
    clock.timeMs += 60_000;
    await commitAll(journal, 41, 41);
    expect(segments(files)).toHaveLength(2);
    await journal.close();
    expect(lastCommit((await Journal.open(journalOptions(files))).recovered)).toBe(41);
  });

  test('is written anew when the folder is removed while in use', async () => {
    const state = temporaryFolder();
    const folder = join(state, 'journal');
    const options = { ...journalOptions(new MemoryFiles()), directory: folder };
    delete (options as { files?: unknown }).files;
    const { journal } = await Journal.open(options);
    await commitAll(journal, 1, 2);
    renameSync(folder, join(state, 'elsewhere'));
    await expect(journal.commit(part(3), () => snapshotAt(3))).rejects.toMatchObject({ code: 'ENOENT' });
    await commitAll(journal, 3, 4);
    expect(await takeAll(journal)).toEqual(linesOf(3, 4));
    expect(journal.spool('store').totals()).toMatchObject({ accepted: 4, refused: 4, spooled: 0 });
    await journal.close();
    expect(existsSync(folder)).toBe(true);
    const again = await Journal.open(options);
    expect(lastCommit(again.recovered)).toBe(4);
    await again.journal.close();
  });

  test('cannot be opened where a file is in the place of the folder', async () => {
    const folder = join(temporaryFolder(), 'journal');
    mkdirSync(folder);
    const options = { ...journalOptions(new MemoryFiles()), directory: join(folder, 'log', '..', '..', 'journal') };
    delete (options as { files?: unknown }).files;
    const { journal } = await Journal.open(options);
    await commitAll(journal, 1, 1);
    await journal.close();
    expect(readdirSync(folder)).toContain('journal-0000000000000001.log');
    const wrong = { ...options, directory: join(folder, 'journal-0000000000000001.log') };
    await expect(Journal.open(wrong)).rejects.toMatchObject({ code: 'EEXIST' });
  });
});

describe('segments', () => {
  test('are deleted when every output has taken them, but never the two newest', async () => {
    const files = new MemoryFiles();
    const outputs = [
      { name: 'quick', values: 'absolute' },
      { name: 'slow', values: 'delta' },
    ] as const;
    const { journal } = await Journal.open(journalOptions(files, { outputs }));
    await commitAll(journal, 1, 60);
    const all = segments(files);
    expect(all.length).toBeGreaterThan(5);
    expect(await takeAll(journal, 'quick')).toEqual(linesOf(1, 60));
    await commitAll(journal, 61, 61);
    expect(segments(files)).toEqual(expect.arrayContaining(all));
    expect(await takeAll(journal, 'slow')).toEqual(linesOf(1, 61, 2, 'd'));
    await commitAll(journal, 62, 62);
    expect(segments(files).length).toBeLessThanOrEqual(3);
    await journal.close();
    expect(segments(files)).toHaveLength(2);
    const again = await Journal.open(journalOptions(files, { outputs }));
    expect(lastCommit(again.recovered)).toBe(62);
    await again.journal.close();
  });

  test('begin anew when the changes since the snapshot are many, so that a start stays short', async () => {
    const files = new MemoryFiles();
    const { journal } = await Journal.open(journalOptions(files, { segmentBytes: 1024 ** 3, outputs: [] }));
    const buckets = Buffer.alloc(100_000);
    for (let number = 1; number <= 24; number++) {
      await journal.commit({ ...part(number), buckets }, () => snapshotAt(number));
    }
    expect(segments(files).length).toBeGreaterThan(1);
    const { recovered } = await Journal.open(journalOptions(files, { outputs: [] }));
    expect(recovered.commits.length).toBeLessThan(12);
  });

  test('are not read for the points in them at start', async () => {
    const files = new MemoryFiles();
    const options = journalOptions(files, { segmentBytes: 1024 ** 3 });
    const { journal } = await Journal.open(options);
    const absolute = Buffer.from(`${'p'.repeat(1024 * 1024 - 1)}\n`);
    for (let number = 1; number <= 20; number++) {
      await journal.commit({ ...part(number, 1), absolute }, () => snapshotAt(number));
    }
    let read = 0;
    const opened = files.open.bind(files);
    files.open = async (path, mode) => {
      const file = await opened(path, mode);
      return {
        ...file,
        read: async (into, position) => {
          const length = await file.read(into, position);
          read += length;
          return length;
        },
      };
    };
    const again = await Journal.open(options);
    expect(lastCommit(again.recovered)).toBe(20);
    expect(again.journal.spool('store').totals()).toMatchObject({ spooled: 20 });
    expect(read).toBeLessThan(8 * 1024 * 1024);
  });
});

test('a commit during another one is a fault of the program and changes nothing', async () => {
  const { journal } = await Journal.open(journalOptions(new MemoryFiles()));
  const first = journal.commit(part(1), () => snapshotAt(1));
  await expect(journal.commit(part(2), () => snapshotAt(2))).rejects.toThrow('one commit at a time');
  await first;
  expect(await takeAll(journal)).toEqual(linesOf(1, 1));
});

test('the snapshot is asked for before anything is waited for', async () => {
  const files = new MemoryFiles();
  const { journal } = await Journal.open(journalOptions(files));
  let state = 1;
  const commit = journal.commit(part(1), () => snapshotAt(state));
  state = 7;
  await commit;
  const { recovered } = await Journal.open(journalOptions(files.afterKill()));
  expect(lastCommit(recovered)).toBe(1);
});

function newer(content: Buffer): Buffer {
  const changed = Buffer.from(content);
  changed.writeUInt32LE(2, 8);
  return changed;
}
