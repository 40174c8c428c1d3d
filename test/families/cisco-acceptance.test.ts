// The simulated network with known truth (cisco 26): how near the analysis comes when messages are lost, doubled and
// overtaken, and what must hold exactly whatever happens to them. Ten days of 120 sites for each row of the table.
import { describe, expect, test } from 'vitest';
import { daemonLine } from '../../src/demo/network-log-file.ts';
import { NetworkSimulation } from '../../src/demo/network-simulation.ts';
import type { SimulationOptions } from '../../src/demo/network-simulation.ts';
import type { NetworkTruth } from '../../src/demo/network-truth.ts';
import { totals } from '../../src/families/cisco/inference/service-timeline.ts';
import { readLog, transportOf } from './cisco-log.ts';
import type { ReadLog } from './cisco-log.ts';

const startMs = Date.UTC(2025, 2, 3);
const dayMs = 86_400_000;
const slow = 300_000;

interface Run {
  readonly network: NetworkSimulation;
  readonly log: ReadLog;
  readonly truth: NetworkTruth;
}

/** Simulates and reads back what arrived. The truth is told for the time that the log covers. */
function run(options: Partial<SimulationOptions>, days: number): Run {
  const network = new NetworkSimulation({ startMs, ...options });
  const lines = network.advance(startMs + days * dayMs).map((arrival) => daemonLine(arrival, 'iso'));
  const log = readLog(lines, { topology: network.topology, modifiedMs: startMs + days * dayMs });
  return { network, log, truth: network.truth(log.story.fromMs, log.story.toMs) };
}

/** Seconds by which a site is wrong, and how many it may be wrong by: one for each change. */
interface SiteError {
  readonly site: string;
  readonly up: number;
  readonly backup: number;
  readonly down: number;
  readonly allowed: number;
}

function errorsOf({ log, truth }: Run): readonly SiteError[] {
  return Object.entries(truth.sites).map(([site, { upMs, backupMs, downMs, changes }]) => {
    const found = log.seconds(site);
    return {
      site,
      up: found.up - upMs / 1000,
      backup: found.backup - backupMs / 1000,
      down: found.down - downMs / 1000,
      allowed: changes + 1,
    };
  });
}

/** By how much more than allowed the time up is wrong. */
const excess = ({ up, allowed }: SiteError): number => Math.max(0, Math.abs(up) - allowed);

/** The whole distribution, for reading when a limit is not kept. */
function distribution(run: Run): string {
  const { plan } = run.network;
  const lines = errorsOf(run)
    .toSorted((one, other) => Math.abs(other.up) - Math.abs(one.up))
    .map(({ site, up, backup, down, allowed }) => {
      const { primary, backup: kind, device } = plan.sites.find(({ name }) => name === site) ?? {};
      const seconds = [up, backup, down].map((value) => value.toFixed(1).padStart(10)).join('');
      return `${site.padEnd(12)} ${primary}/${kind}/${device?.style}`.padEnd(44) + `${seconds}  of ${allowed}`;
    });
  return ['site, kinds: seconds up, backup and down too many, of allowed', ...lines].join('\n');
}

/** Missing numbers by device, as read and as they were. */
function missing({ network, log, truth }: Run): readonly (readonly [string, number, number])[] {
  return network.plan.devices.flatMap(({ name, style }) => {
    const book = truth.messages[name];
    if (!book || style === 'nx-os' || book.delivered === 0) return [];
    const { lost, lostAfterBoot } = transportOf(log, name);
    return [[name, lost + lostAfterBoot, book.missing] as const];
  });
}

const rows = [
  { loss: 0, near: 1, within: 1, share: 0 },
  { loss: 0.01, near: 0.9, within: 0.95, share: 0.12 },
  { loss: 0.03, near: 0.75, within: 0.85, share: 0.25 },
];

describe.each(rows)(
  'with $loss of all messages lost, 1 % doubled and 2 % overtaken',
  ({ loss, near, within, share }) => {
    let made: Run | undefined;
    const ten = (): Run => (made ??= run({ sites: 120, rates: { loss, duplication: 0.01, reordering: 0.02 } }, 10));

    test(
      'every message is understood, and the numbers missing are those of the messages that did not arrive',
      { timeout: slow },
      () => {
        const { log, truth, network } = ten();
        expect(log.analysis.counts.unparsed).toBe(0);
        expect(log.analysis.names.unknown.size).toBe(0);
        for (const [name, found, true_] of missing(ten())) expect([name, found]).toEqual([name, true_]);
        expect(network.plan.sites).toHaveLength(120);
        const sent = Object.values(truth.messages).reduce((sum, book) => sum + book.sent, 0);
        expect(sent).toBeGreaterThan(100_000);
      },
    );

    test('the log covers the ten days', { timeout: slow }, () => {
      const { story } = ten().log;
      expect(Math.abs(story.fromMs - startMs)).toBeLessThan(600_000);
      expect(Math.abs(story.toMs - startMs - 10 * dayMs)).toBeLessThan(600_000);
    });

    test('the seconds of every site add up to the whole', { timeout: slow }, () => {
      expectConservation(ten().log);
    });

    test('the time up keeps the limits of the table', { timeout: slow }, () => {
      const errors = errorsOf(ten());
      const { fromMs, toMs } = ten().log.story;
      const told = distribution(ten());
      const shareOf = (limit: number): number =>
        errors.filter((error) => excess(error) <= limit).length / errors.length;
      const away =
        Object.values(ten().truth.sites).reduce((sum, { backupMs, downMs }) => sum + backupMs + downMs, 0) / 1000;
      expect(away).toBeGreaterThan(100_000);
      expect(shareOf(60), told).toBeGreaterThanOrEqual(near);
      expect(shareOf(((toMs - fromMs) / 1000) * 0.002), told).toBeGreaterThanOrEqual(within);
      expect(errors.reduce((sum, error) => sum + excess(error), 0) / away, told).toBeLessThanOrEqual(share);
    });

    if (loss > 0) return;
    test('every site is exact, in each state', { timeout: slow }, () => {
      const wrong = errorsOf(ten()).filter(({ up, backup, down, allowed }) =>
        [up, backup, down].some((seconds) => Math.abs(seconds) > allowed),
      );
      expect(
        wrong.map(({ site }) => site),
        distribution(ten()),
      ).toEqual([]);
    });
  },
);

test.each([1, 2, 3, 4, 5, 6])(
  'the seconds add up and the missing numbers are right in any network, seed %i',
  { timeout: slow },
  (seed) => {
    const loss = [0.01, 0.2, 0.5, 0.002, 0.08, 0.9][seed - 1]!;
    const small = run(
      { seed, sites: 10 + 7 * seed, noisePerHour: 3, rates: { loss, duplication: 0.05, reordering: 0.1 } },
      2,
    );
    expectConservation(small.log);
    for (const [name, found, true_] of missing(small)) expect([name, found]).toEqual([name, true_]);
  },
);

/** Up, backup, down and unknown are the whole time, for every service. */
function expectConservation({ story }: ReadLog): void {
  for (const { service, timeline } of story.services) {
    const { upMs, backupMs, downMs, unknownMs, totalMs } = totals(timeline.charged, story.fromMs, story.toMs);
    expect([service.id, upMs + backupMs + downMs + unknownMs, totalMs]).toEqual([
      service.id,
      story.toMs - story.fromMs,
      story.toMs - story.fromMs,
    ]);
    const edges = timeline.charged.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
    expect(edges).toEqual(edges.toSorted((one, other) => one - other));
  }
}
