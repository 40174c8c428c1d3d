// Hints that mean nothing more are forgotten: what is worked out from the rest is the same.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LinkChange } from '../../src/families/cisco/inference/changes.ts';
import type { DatingClues } from '../../src/families/cisco/inference/dating.ts';
import type { Hint } from '../../src/families/cisco/inference/evidence.ts';
import { isPlain, thinHints } from '../../src/families/cisco/inference/hint-thinning.ts';
import { bootUpMs } from '../../src/families/cisco/inference/link-input.ts';
import type { DialEvidence, LinkBoot } from '../../src/families/cisco/inference/link-input.ts';
import { solveLink } from '../../src/families/cisco/inference/timeline.ts';
import type { Timeline } from '../../src/families/cisco/inference/timeline.ts';
import { line, readLog } from './cisco-log.ts';

const guardMs = 30_000;
/** Length of every call, and of every boot. */
const callMs = 90_000;
const bootMs = 50_000;
const clues: DatingClues = {
  gaps: [],
  farGaps: [],
  messages: 1,
  reboots: [],
  neighbours: () => [],
  calls: [],
  dialDelayMs: 5000,
  guardMs,
  idleCallMs: 60_000,
  rebootLossPoint: 'last_seen',
};

function hint(timeMs: number, kind = 0, lateMs = 0): Hint {
  return { timeMs, arrivalMs: timeMs + lateMs, isOwnDown: kind === 1, isBoot: kind === 2 };
}

function change(timeMs: number, isUp: boolean): LinkChange {
  return { timeMs, isUp, end: 0, rank: 'main', isLocal: true, strength: 3, isAdmin: false, device: 'hub', code: 'x' };
}

/** Steps in time between pieces of evidence: mostly short, now and then long. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 100, max: 12_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 12_000, max: 90_000 }) },
);
/** Mostly plain hints of one of the links; changes of state, and hints of special kinds, in between. */
const what = fc.oneof(
  { weight: 12, arbitrary: fc.constant('primary') },
  { weight: 4, arbitrary: fc.constant('backup') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'up',
      'down',
      'primary boot',
      'backup boot',
      'primary late',
      'backup late',
      'own down',
      'call',
      'reboot',
    ),
  },
);
const evidence = fc.array(fc.tuple(step, what), { minLength: 50, maxLength: 400 });

test('what is worked out of a link is the same without the hints that mean nothing more', () => {
  let [all, rest] = [0, 0];
  fc.assert(
    fc.property(evidence, fc.option(fc.boolean(), { nil: undefined }), (steps, initial) => {
      let timeMs = 0;
      const changes: LinkChange[] = [];
      const primary: Hint[] = [];
      const backup: Hint[] = [];
      const calls: number[] = [];
      const boots: LinkBoot[] = [];
      for (const [stepMs, kind] of steps) {
        timeMs += stepMs;
        if (kind === 'up' || kind === 'down') changes.push(change(timeMs, kind === 'up'));
        else if (kind === 'call') calls.push(timeMs);
        else if (kind === 'reboot') {
          const fromMs = timeMs - bootMs;
          boots.push({ fromMs, toMs: timeMs, lossMs: fromMs, isPlanned: false, isTelling: false, device: 'rtr7' });
        } else if (kind === 'own down') primary.push(hint(timeMs, 1));
        else {
          const one = hint(timeMs, kind.endsWith('boot') ? 2 : 0, kind.endsWith('late') ? 7000 : 0);
          (kind.startsWith('primary') ? primary : backup).push(one);
        }
      }
      // What calls tell: that one began, lasts too long to be idle, is over, and that the site is heard of since.
      const told = [0, clues.idleCallMs, callMs, callMs + guardMs].flatMap((ms) =>
        calls.map((startMs) => startMs + ms),
      );
      // What boots tell: that the device stopped, started, and has had its time.
      const booted = boots.flatMap(({ fromMs, toMs }) => [fromMs, (fromMs + toMs) / 2, toMs, toMs + bootUpMs]);
      const special = [...primary, ...backup].filter((one) => !isPlain(one));
      const said = [
        ...changes.map((one) => one.timeMs),
        ...special.flatMap((one) => [one.timeMs, one.arrivalMs]),
        ...told,
        ...booted,
      ].toSorted((one, other) => one - other);
      const times = (hints: readonly Hint[]): readonly number[] => hints.map((one) => one.timeMs);
      const common = { said, isShared: false, guardMs, untilMs: Number.POSITIVE_INFINITY };
      // One after the other, as it happens: the second one sees what the first one left.
      const hints = thinHints(primary, { ...common, others: times(backup), isBackup: false });
      const against = thinHints(backup, { ...common, others: times(hints), isBackup: true });
      const common2 = {
        changes,
        clues,
        guardMs,
        initial: initial === undefined ? undefined : { isUp: initial, sinceMs: Number.NEGATIVE_INFINITY },
        boots,
        idleCallMs: clues.idleCallMs,
        untilMs: timeMs,
      };
      const solved = (kept: readonly Hint[], other: readonly Hint[]): Timeline => {
        const dialled = calls.map((startMs): DialEvidence => {
          const endMs = startMs + callMs;
          const isTelling = (): boolean => !kept.some((one) => one.timeMs >= startMs && one.timeMs <= endMs);
          return { startMs, endMs, hub: 'hub', isTelling, heardMs: endMs + guardMs };
        });
        return solveLink({ ...common2, dialled, hints: kept, against: other });
      };
      expect(solved(hints, against)).toEqual(solved(primary, backup));
      expect(solved(against, [])).toEqual(solved(backup, []));
      all += primary.length + backup.length;
      rest += hints.length + against.length;
    }),
    { numRuns: 500 },
  );
  expect(rest).toBeLessThan(0.8 * all);
});

test('a day of messages over a link leaves a few hints', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) =>
    line(index * 4, '10.20.101.2', index + 1, '%SYS-5-CONFIG_I: Configured from console'),
  );
  const state = readLog(lines).analysis.network.snapshot() as {
    links: { id: string; hints: { count: number }[] }[];
  };
  const blocks = state.links.find(({ id }) => id === 'site-101-primary')?.hints ?? [];
  expect(blocks.length).toBeGreaterThan(0);
  expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBeLessThan(1000);
});
