// Any sequence of writing, rotating, compressing, truncating and restarting hands out every line exactly once.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogCollector } from '../support/log-collector.ts';
import { RotatedLog } from '../support/rotated-log.ts';
import { temporaryFolder } from '../support/temporary.ts';
import type { PositionChange } from '../../src/engine/follow.ts';

type Operation =
  | { readonly kind: 'lines'; readonly count: number; readonly width: number }
  | { readonly kind: 'piece' }
  | { readonly kind: 'finish' }
  | { readonly kind: 'rename' }
  | { readonly kind: 'compress' }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'read' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'crash' };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('lines' as const),
      count: fc.integer({ min: 1, max: 30 }),
      width: fc.integer({ min: 0, max: 300 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'piece' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'finish' } as const) },
  { weight: 3, arbitrary: fc.constant({ kind: 'rename' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'compress' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'truncate' } as const) },
  { weight: 5, arbitrary: fc.constant({ kind: 'read' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'restart' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'crash' } as const) },
);

describe.each([
  ['one path', (path: string) => path],
  ['a pattern that matches the rotated names', (path: string) => `${path}*`],
])('followed by %s', (_name, target) => {
  test('every line is handed out exactly once, whatever happens to the file', async () => {
    const property = fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 25 }), async (operations) => {
      const log = new RotatedLog(temporaryFolder());
      let taken: string[] = [];
      let saved: { positions: PositionChange[]; taken: string[] } = { positions: [], taken: [] };
      let collector = new LogCollector([target(log.path)]);
      const begin = (positions: PositionChange[]): void => {
        collector = new LogCollector([target(log.path)], {}, positions);
      };
      const read = async (): Promise<void> => {
        await collector.drain();
        taken = [...saved.taken, ...collector.lines];
      };
      const commit = (): void => {
        saved = { positions: collector.commit(), taken };
        collector.lines.length = 0;
      };
      await read();
      commit();
      for (const step of operations) {
        switch (step.kind) {
          case 'lines':
            log.lines(step.count, step.width);
            break;
          case 'piece':
            log.piece();
            break;
          case 'finish':
            log.finish();
            break;
          case 'rename':
            log.rename();
            break;
          case 'compress':
            log.compress();
            break;
          case 'truncate':
            // What is written between the copy and the truncation is lost by nature; so all is read before. And of
            // what was not committed there is no trace in the truncated file.
            log.finish();
            await read();
            commit();
            log.truncate();
            break;
          case 'read':
            await read();
            break;
          case 'restart':
            await read();
            commit();
            await collector.follower.close();
            begin(saved.positions);
            break;
          case 'crash':
            // What was read since the last commit is forgotten with the process.
            await read();
            await collector.follower.close();
            collector.lines.length = 0;
            taken = saved.taken;
            begin(saved.positions);
            break;
        }
      }
      log.finish();
      await collector.until(() => saved.taken.length + collector.lines.length >= log.ledger.length, 'all lines');
      await read();
      await collector.follower.close();
      expect(taken.toSorted()).toEqual(log.ledger.toSorted());
    });
    await fc.assert(property, {
      seed: 20_170_427,
      numRuns: 100,
      endOnFailure: true,
    });
  });
});
