// The simulated networks beside the repository, with the truth of each site; skipped where they are absent (cisco 26).
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readLog } from './cisco-log.ts';
import { degrade, linesOf } from './cisco-simulated.ts';

const root = fileURLToPath(new URL('../../../shared/corpora/cisco/', import.meta.url));
interface Truth {
  readonly total_seconds: number;
  readonly sites: Readonly<Record<string, { readonly reported: Readonly<Record<'UP' | 'BACKUP' | 'DOWN', number>> }>>;
}

/** Reads a set, or other lines of the same network. */
function run(name: string, received?: readonly string[]) {
  const truth = JSON.parse(readFileSync(`${root}${name}/truth.json`, 'utf8')) as Truth;
  const lines = received ?? readFileSync(`${root}${name}/syslog.log`, 'utf8').trimEnd().split('\n');
  const log = readLog(lines, {
    topology: readFileSync(`${root}${name}/topology.yaml`, 'utf8'),
    modifiedMs: Date.UTC(2026, 0, 1),
  });
  const sites = Object.entries(truth.sites).map(([id, { reported }]) => {
    const { up, backup, down, total } = log.seconds(id);
    return { id, up: up - reported.UP, backup: backup - reported.BACKUP, down: down - reported.DOWN, total, reported };
  });
  return { truth, sites, log };
}

test.skipIf(!existsSync(root))('without loss every site has exactly its true seconds', () => {
  const { truth, sites } = run('net12-clean');
  expect(sites).toHaveLength(12);
  for (const { up, backup, down, total } of sites) {
    expect([up, backup, down, total]).toEqual([0, 0, 0, truth.total_seconds]);
  }
});

/** Shares of the sites that are right to a minute and to 0.2 % of the time, and the errors' share of the time away. */
function accuracy(runs: readonly ReturnType<typeof run>[]): { minute: number; small: number; sum: number } {
  const errors = runs.flatMap(({ truth, sites }) =>
    sites.map(({ up }) => ({ seconds: Math.abs(up), isSmall: Math.abs(up) <= truth.total_seconds * 0.002 })),
  );
  const away = runs.flatMap(({ sites }) => sites.map(({ reported }) => reported.BACKUP + reported.DOWN));
  const sum = (list: readonly number[]): number => list.reduce((one, other) => one + other, 0);
  return {
    minute: errors.filter(({ seconds }) => seconds <= 60).length / errors.length,
    small: errors.filter(({ isSmall }) => isSmall).length / errors.length,
    sum: sum(errors.map(({ seconds }) => seconds)) / sum(away),
  };
}

test.skipIf(!existsSync(root))('with 1 % loss, copies and disorder the limits of the specification are kept', () => {
  const runs = ['net12-lossy', 'net60-lossy'].map((name) => run(name));
  for (const one of runs) {
    expect(one.log.analysis.counts.unparsed).toBe(0);
    const { minute, small, sum } = accuracy([one]);
    expect(minute).toBeGreaterThanOrEqual(0.9);
    // One site of the twelve lost the report of a return, and nothing was heard of it for hours.
    expect(small).toBeGreaterThanOrEqual(0.91);
    expect(sum).toBeLessThanOrEqual(0.06);
  }
  const { minute, small, sum } = accuracy(runs);
  expect(minute).toBeGreaterThanOrEqual(0.93);
  expect(small).toBeGreaterThanOrEqual(0.95);
  expect(sum).toBeLessThanOrEqual(0.02);
});

test.skipIf(!existsSync(root)).each([
  { loss: 0, limits: { minute: 1, small: 1, sum: 0 } },
  { loss: 0.01, limits: { minute: 0.96, small: 0.98, sum: 0.02 } },
  { loss: 0.03, limits: { minute: 0.9, small: 0.97, sum: 0.04 } },
])('the clean network with losses of our own: $loss', ({ loss, limits }) => {
  const packets = readFileSync(`${root}net12-clean/packets.jsonl`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as { rx_ms: number; src: string; payload: string })
    .map(({ rx_ms, src, payload }) => ({ arrivalMs: rx_ms, source: src, text: payload }));
  const runs = [1, 2, 3, 4, 5, 6].map((seed) => run('net12-clean', linesOf(degrade(packets, { loss, seed }))));
  const { minute, small, sum } = accuracy(runs);
  expect(minute).toBeGreaterThanOrEqual(limits.minute);
  expect(small).toBeGreaterThanOrEqual(limits.small);
  expect(sum).toBeLessThanOrEqual(limits.sum);
});
