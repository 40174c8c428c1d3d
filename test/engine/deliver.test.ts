// Delivery: in order, one write at a time, for ever, and every point accounted for whatever the output does.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeadLetters } from '../../src/engine/dead-letters.ts';
import { readDeadLetters } from '../../src/engine/dead-letter-files.ts';
import { Deliverer } from '../../src/engine/deliver.ts';
import type { DelivererOptions } from '../../src/engine/deliver.ts';
import { Journal } from '../../src/engine/journal.ts';
import { silentLog } from '../../src/model/log.ts';
import { commitAll, journalOptions, linesOf, ManualClock, MemoryLog, part, snapshotAt } from '../support/journal.ts';
import { MemoryFiles, systemError } from '../support/memory-files.ts';
import { MemoryOutput } from '../support/memory-output.ts';
import type { Answer } from '../support/memory-output.ts';
import { until } from '../support/until.ts';

const properties = { seed: 20_261_123, numRuns: 60 };
const letterFolder = '/state/dead-letters';

async function setting(
  output: MemoryOutput,
  changes: Partial<DelivererOptions> = {},
  files = new MemoryFiles(),
  journalChanges = {},
): Promise<{ journal: Journal; deliverer: Deliverer; files: MemoryFiles }> {
  const { journal } = await Journal.open(journalOptions(files, journalChanges));
  const clock = new ManualClock();
  const deadLetters = await DeadLetters.open({ directory: letterFolder, clock, log: silentLog, files });
  const deliverer = new Deliverer({
    name: 'store',
    output,
    delivery: 'at-least-once',
    spool: journal.spool('store'),
    deadLetters,
    source: 'pbx',
    clock,
    log: silentLog,
    random: () => 0,
    ...changes,
  });
  return { journal, deliverer, files };
}

function balance({ accepted, refused, spooled, committed }: ReturnType<Deliverer['status']>): number {
  expect(accepted + refused + spooled).toBe(committed);
  return committed;
}

describe('what is committed', () => {
  test('is delivered while more is committed, and drain waits for the rest', async () => {
    const output = new MemoryOutput();
    const { journal, deliverer } = await setting(output);
    deliverer.start();
    await commitAll(journal, 1, 50);
    await until(() => output.lines.length > 0, 'the first batch');
    await commitAll(journal, 51, 100);
    await deliverer.drain(Infinity);
    expect(output.lines).toEqual(linesOf(1, 100));
    expect(deliverer.status()).toMatchObject({ health: 'ok', reason: '', accepted: 200, spooled: 0, spoolBytes: 0 });
    expect(deliverer.status().lastAcceptedMs).toBe(new ManualClock().timeMs);
    expect(output.mostAtOnce).toBe(1);
  });

  test('arrives in order and at least once through any mixture of faults and kills', async () => {
    const answers: readonly Answer[] = ['accept', 'retry', 'lost answer', 'needs human', 'throw'];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ commits: fc.nat(5), attempts: fc.nat(6), hasPowerLoss: fc.boolean() }), { maxLength: 5 }),
        fc.infiniteStream(fc.constantFrom(...answers)),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999_999, noNaN: true })),
        async (lives, faults, stream) => {
          let files = new MemoryFiles();
          let committed = 0;
          const batches: { readonly from: number; readonly to: number }[] = [];
          const keep = (output: MemoryOutput): void => {
            for (const { lines } of output.batches) {
              const places = lines.map(place);
              // Within a batch nothing is missing.
              expect(places).toEqual(places.map((_, index) => places[0]! + index));
              batches.push({ from: places[0]!, to: places.at(-1)! });
            }
          };
          for (const { commits, attempts, hasPowerLoss } of lives) {
            const output = new MemoryOutput();
            output.answer = () => (output.attempts > attempts ? 'hang' : faults.next().value);
            const { journal, deliverer } = await setting(output, { maxBatchBytes: 40 }, files, { segmentBytes: 500 });
            deliverer.start();
            await commitAll(journal, committed + 1, committed + commits, 3);
            committed += commits;
            await turning(() => output.attempts > attempts || deliverer.status().spooled === 0);
            expect(balance(deliverer.status())).toBe(committed * 3);
            // The process ends here: what its deliverer does later is not seen any more.
            keep(output);
            files = hasPowerLoss ? files.afterPowerLoss(() => stream.next().value) : files.afterKill();
            await deliverer.stop();
          }
          const output = new MemoryOutput();
          const { deliverer } = await setting(output, { maxBatchBytes: 40 }, files);
          await deliverer.drain(Infinity);
          keep(output);
          expect(deliverer.status()).toMatchObject({ accepted: committed * 3, refused: 0, spooled: 0 });
          let newest = -1;
          for (const [index, { from, to }] of batches.entries()) {
            expect(from).toBeLessThanOrEqual(newest + 1);
            // Only the batch under way is sent again, so that no stored value goes down, but for a loss of power.
            const isAgain = index > 0 && from === batches[index - 1]!.from;
            if (!lives.some((life) => life.hasPowerLoss)) expect(isAgain || from === newest + 1).toBe(true);
            newest = Math.max(newest, to);
          }
          expect(newest).toBe(committed * 3 - 1);
        },
      ),
      properties,
    );
  });

  test('is sent again unchanged when the answer was lost, and is not joined with newer points', async () => {
    const output = new MemoryOutput(() => (output.attempts <= 3 ? 'lost answer' : 'accept'));
    const { journal, deliverer } = await setting(output);
    await commitAll(journal, 1, 2);
    deliverer.start();
    await until(() => output.attempts >= 2, 'the first retry');
    await commitAll(journal, 3, 3);
    await deliverer.drain(Infinity);
    const [first, ...others] = output.batches;
    for (const again of others.slice(0, 3)) expect(again).toEqual(first);
    expect(output.batches.at(-1)!.lines).toEqual(linesOf(3, 3));
    expect(deliverer.status()).toMatchObject({ accepted: 6, retries: 3 });
  });

  test('is never sent twice at most once, over kills and losses of power', async () => {
    const answers: readonly Answer[] = ['accept', 'retry'];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ commits: fc.nat(5), attempts: fc.nat(6), hasPowerLoss: fc.boolean() }), { maxLength: 5 }),
        fc.infiniteStream(fc.constantFrom(...answers)),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999_999, noNaN: true })),
        async (lives, faults, stream) => {
          let files = new MemoryFiles();
          let committed = 0;
          const arrived: string[] = [];
          const settings = { delivery: 'at-most-once', maxBatchBytes: 40 } as const;
          for (const { commits, attempts, hasPowerLoss } of lives) {
            const output = new MemoryOutput();
            // The last write of a life was sent, and the process ends before the answer.
            output.answer = (batch) => {
              if (output.attempts <= attempts) return faults.next().value;
              if (output.attempts === attempts + 1) arrived.push(...batch.lines.toString().split('\n').slice(0, -1));
              return 'hang';
            };
            const { journal, deliverer } = await setting(output, settings, files);
            deliverer.start();
            await commitAll(journal, committed + 1, committed + commits, 3);
            committed += commits;
            await turning(() => output.attempts > attempts || deliverer.status().spooled === 0);
            arrived.push(...output.lines);
            files = hasPowerLoss ? files.afterPowerLoss(() => stream.next().value) : files.afterKill();
            await deliverer.stop();
          }
          const output = new MemoryOutput();
          const { deliverer } = await setting(output, settings, files);
          await deliverer.drain(Infinity);
          arrived.push(...output.lines);
          expect(new Set(arrived).size).toBe(arrived.length);
          // Only what was under way when a process ended may be missing, and here even that had arrived.
          expect(arrived.length).toBe(committed * 3);
          expect(balance(deliverer.status())).toBe(committed * 3);
        },
      ),
      properties,
    );
  });

  test('is sent again at most once when it is certain that it was not sent, after a kill too', async () => {
    const output = new MemoryOutput(() => 'retry');
    const { journal, deliverer, files } = await setting(output, { delivery: 'at-most-once', random: () => 1 });
    await commitAll(journal, 1, 2);
    deliverer.start();
    await until(() => deliverer.status().retries === 1, 'the first attempt');
    const image = files.afterPowerLoss(() => 0);
    await deliverer.stop();
    const next = new MemoryOutput();
    const again = await setting(next, { delivery: 'at-most-once' }, image);
    await again.deliverer.drain(Infinity);
    expect(next.lines).toEqual(linesOf(1, 2));
  });

  test('is not sent at most once while the mark cannot be written', async () => {
    const output = new MemoryOutput();
    const { journal, deliverer, files } = await setting(output, { delivery: 'at-most-once' });
    await commitAll(journal, 1, 1);
    files.before = ({ name, path }) => {
      if (name === 'sync' && path.includes('delivered-')) throw systemError('EROFS');
    };
    deliverer.start();
    await until(() => deliverer.status().health === 'degraded', 'the fault in health');
    expect(output.attempts).toBe(0);
    files.before = () => undefined;
    await deliverer.drain(Infinity);
    expect(output.lines).toEqual(linesOf(1, 1));
  });
});

describe('an output that is away', () => {
  test('is degraded, is told once, and is ok again after it took what waited', async () => {
    const log = new MemoryLog();
    const output = new MemoryOutput(() => 'retry');
    const { journal, deliverer } = await setting(output, { log });
    await commitAll(journal, 1, 4);
    deliverer.start();
    await until(() => output.attempts > 5, 'some attempts');
    expect(deliverer.status()).toMatchObject({
      health: 'degraded',
      reason: 'away for the test',
      spooled: 8,
      accepted: 0,
    });
    expect(log.messages).toHaveLength(1);
    output.answer = () => 'accept';
    await deliverer.drain(Infinity);
    expect(deliverer.status()).toMatchObject({ health: 'ok', reason: '', spooled: 0, accepted: 8 });
    expect(log.messages).toEqual([expect.stringContaining('away'), expect.stringContaining('back')]);
  });

  test('for want of a human is failing; nothing is discarded', async () => {
    const output = new MemoryOutput(() => 'needs human');
    const { journal, deliverer } = await setting(output);
    await commitAll(journal, 1, 4);
    deliverer.start();
    await until(() => deliverer.status().health === 'failing', 'health');
    output.answer = () => 'accept';
    await deliverer.drain(Infinity);
    expect(output.lines).toEqual(linesOf(1, 4));
    expect(deliverer.status().health).toBe('ok');
  });

  test('does not hold up another output', async () => {
    const stuck = new MemoryOutput(() => 'deaf');
    const outputs = [
      { name: 'store', values: 'absolute' },
      { name: 'other', values: 'absolute' },
    ] as const;
    const { journal, deliverer, files } = await setting(stuck, {}, new MemoryFiles(), { outputs });
    const healthy = new MemoryOutput();
    const deadLetters = await DeadLetters.open({
      directory: letterFolder,
      clock: new ManualClock(),
      log: silentLog,
      files,
    });
    const other = new Deliverer({
      name: 'other',
      output: healthy,
      delivery: 'at-least-once',
      spool: journal.spool('other'),
      deadLetters,
      source: 'pbx',
      clock: new ManualClock(),
      log: silentLog,
    });
    deliverer.start();
    other.start();
    await commitAll(journal, 1, 20);
    await other.drain(Infinity);
    expect(healthy.lines).toEqual(linesOf(1, 20));
    expect(deliverer.status()).toMatchObject({ spooled: 40, accepted: 0 });
    await deliverer.stop();
  });
});

describe('the waits between attempts', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  async function waits(output: MemoryOutput, random: () => number, attempts: number, stepMs = 50): Promise<number[]> {
    const { journal, deliverer } = await setting(output, { random });
    await commitAll(journal, 1, 1);
    deliverer.start();
    const result: number[] = [];
    for (let attempt = 1; attempt <= attempts; attempt++) result.push(await nextWait(output, stepMs));
    await deliverer.stop();
    return result;
  }

  /** Moves time on until the next attempt, and tells how far that was. */
  async function nextWait(output: MemoryOutput, stepMs: number): Promise<number> {
    await turning(() => vi.getTimerCount() > 0);
    const before = output.attempts;
    let waited = 0;
    while (output.attempts === before && waited < 5_000_000) {
      vi.advanceTimersByTime(stepMs);
      waited += stepMs;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return waited;
  }

  test('are short again after a success', async () => {
    const output = new MemoryOutput(() => (output.attempts === 4 ? 'accept' : 'retry'));
    const { journal, deliverer } = await setting(output, { random: () => 1, maxBatchBytes: 20 });
    await commitAll(journal, 1, 2);
    deliverer.start();
    for (const expected of [250, 500, 1000]) expect(await nextWait(output, 50)).toBe(expected);
    await turning(() => output.attempts === 5);
    expect(await nextWait(output, 50)).toBe(250);
    await deliverer.stop();
  });

  test('double up to a minute', async () => {
    const waited = await waits(new MemoryOutput(() => 'retry'), () => 1, 11);
    expect(waited.slice(0, 4)).toEqual([250, 500, 1000, 2000]);
    expect(waited.slice(-2)).toEqual([60_000, 60_000]);
  });

  test('are long from the start when a human is needed', async () => {
    expect(await waits(new MemoryOutput(() => 'needs human'), () => 1, 3)).toEqual([5000, 10_000, 20_000]);
  });

  test('are spread at random', async () => {
    expect(await waits(new MemoryOutput(() => 'retry'), () => 0.5, 4)).toEqual([150, 250, 500, 1000]);
  });

  test('are as long as the server asks', async () => {
    const output = new MemoryOutput(() => 'retry');
    output.afterMs = 90_000;
    expect(await waits(output, () => 0, 2, 10_000)).toEqual([90_000, 90_000]);
    output.afterMs = 1e15;
    output.attempts = 0;
    expect(await waits(output, () => 0, 1, 10_000)).toEqual([3_600_000]);
  });
});

describe('refused points', () => {
  test('become dead letters with the words of the server, and the rest is not sent again', async () => {
    const output = new MemoryOutput(() => (output.attempts === 1 ? { refuse: [1, 4] } : 'accept'));
    const { journal, deliverer, files } = await setting(output);
    await commitAll(journal, 1, 3);
    await deliverer.drain(Infinity);
    expect(deliverer.status()).toMatchObject({ accepted: 4, refused: 2, spooled: 0, health: 'ok' });
    expect(output.attempts).toBe(1);
    const letters = [];
    for await (const letter of readDeadLetters(letterFolder, 'pbx', files)) letters.push(letter);
    expect(letters.map(({ bytes }) => bytes.toString())).toEqual(['a n=1.1', 'a n=3.0']);
    expect(letters[0]).toMatchObject({ reason: 'refused', output: 'store', detail: 'field type conflict' });
  });

  test('in greater number than there were points cannot upset the sums', async () => {
    const output = new MemoryOutput(() => ({ refuse: [0, 0, 0, 0, 0, 0] }));
    const { journal, deliverer } = await setting(output);
    await commitAll(journal, 1, 1);
    await deliverer.drain(Infinity);
    expect(deliverer.status()).toMatchObject({ committed: 2, accepted: 0, refused: 2, spooled: 0 });
  });
});

describe('the end', () => {
  test.each(['hang', 'deaf'] as const)(
    'does not wait for a write that does %s; it is sent at the next start',
    async (answer) => {
      const output = new MemoryOutput(() => answer);
      const { journal, deliverer, files } = await setting(output);
      await commitAll(journal, 1, 2);
      deliverer.start();
      await until(() => output.attempts === 1, 'the write');
      await deliverer.stop();
      await deliverer.stop();
      expect(deliverer.status()).toMatchObject({ accepted: 0, spooled: 4 });
      await journal.close();
      const next = new MemoryOutput();
      const again = await setting(next, {}, files);
      await again.deliverer.drain(Infinity);
      expect(next.lines).toEqual(linesOf(1, 2));
    },
  );

  test('comes when the limit is over, with what is left in the spool', async () => {
    const output = new MemoryOutput(() => (output.attempts === 1 ? 'accept' : 'retry'));
    const { journal, deliverer } = await setting(output, { maxBatchBytes: 20, random: () => 1 });
    await commitAll(journal, 1, 4);
    deliverer.start();
    await until(() => deliverer.status().retries === 1, 'the first attempt that fails');
    await deliverer.drain(30);
    expect(deliverer.status()).toMatchObject({ accepted: 2, spooled: 6 });
  });

  test('does not wait for the next attempt: drain makes one at once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const output = new MemoryOutput(() => (output.attempts === 1 ? 'needs human' : 'accept'));
      const { journal, deliverer } = await setting(output, { random: () => 1 });
      await commitAll(journal, 1, 1);
      deliverer.start();
      await turning(() => deliverer.status().retries === 1);
      // No timer ever fires here.
      await deliverer.drain(Infinity);
      expect(output.lines).toEqual(linesOf(1, 1));
    } finally {
      vi.useRealTimers();
    }
  });

  test('comes at once when nothing is spooled', async () => {
    const { deliverer } = await setting(new MemoryOutput());
    await deliverer.drain(Infinity);
    expect(deliverer.status()).toMatchObject({
      committed: 0,
      spoolAgeSeconds: 0,
      writeP95Ms: 0,
      lastAcceptedMs: undefined,
    });
  });
});

test('large commits are sent in several writes within the limit of bytes', async () => {
  const output = new MemoryOutput();
  const { journal, deliverer } = await setting(output, { maxBatchBytes: 4096 });
  await journal.commit(part(1, 300, 100), () => snapshotAt(1));
  await deliverer.drain(Infinity);
  expect(output.lines).toHaveLength(300);
  expect(output.batches.length).toBeGreaterThan(7);
  expect(output.batches.reduce((sum, { points }) => sum + points, 0)).toBe(300);
});

/** Waits by turning the event loop: much is waited for, and never long. */
async function turning(condition: () => boolean): Promise<void> {
  const end = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('waited in vain for the deliverer');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The place of a line among all lines of commits with three points each. */
function place(line: string): number {
  const [commit = 0, index = 0] = line.slice('a n='.length).split('.').map(Number);
  return (commit - 1) * 3 + index;
}
