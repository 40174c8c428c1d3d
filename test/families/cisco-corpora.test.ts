// The simulated networks beside the repository, with the truth of each site; skipped where they are absent (cisco 26).
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readLog } from './cisco-log.ts';

const root = fileURLToPath(new URL('../../../shared/corpora/cisco/', import.meta.url));
interface Truth {
  readonly total_seconds: number;
  readonly sites: Readonly<Record<string, { readonly reported: Readonly<Record<'UP' | 'BACKUP' | 'DOWN', number>> }>>;
}

function run(name: string) {
  const truth = JSON.parse(readFileSync(`${root}${name}/truth.json`, 'utf8')) as Truth;
  const lines = readFileSync(`${root}${name}/syslog.log`, 'utf8').trimEnd().split('\n');
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

test.skipIf(!existsSync(root)).each(['net12-lossy', 'net60-lossy'])(
  'with 1 % loss, copies and disorder, %s keeps the limits of the specification',
  (name) => {
    const { truth, sites, log } = run(name);
    const errors = sites.map(({ up }) => Math.abs(up));
    const share = (limit: number): number => errors.filter((error) => error <= limit).length / errors.length;
    expect(share(60)).toBeGreaterThanOrEqual(0.9);
    expect(share(truth.total_seconds * 0.002)).toBeGreaterThanOrEqual(0.91);
    const away = sites.reduce((sum, { reported }) => sum + reported.BACKUP + reported.DOWN, 0);
    expect(errors.reduce((sum, error) => sum + error, 0) / away).toBeLessThanOrEqual(0.12);
    expect(log.analysis.counts.unparsed).toBe(0);
  },
);
