import { describe, expect, test } from 'vitest';
import { NetworkSimulation } from '../../src/demo/network-simulation.ts';
import type { SimulationOptions } from '../../src/demo/network-simulation.ts';
import { readTopology } from '../../src/families/cisco/topology/topology.ts';
import { numbering, primaryAtHub, secondsUp } from './network-recount.ts';

const startMs = Date.UTC(2025, 2, 3);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const bad = { loss: 0.02, duplication: 0.02, reordering: 0.03 };

function run(options: Partial<SimulationOptions>, days = 2) {
  const network = new NetworkSimulation({ startMs, ...options });
  return { network, arrivals: network.advance(startMs + days * dayMs) };
}

describe('the simulated network', () => {
  test('is the same for the same seed, in one step or in many, and another for another', () => {
    const { arrivals, network } = run({ seed: 4, rates: bad }, 1);
    const stepwise = new NetworkSimulation({ startMs, seed: 4, rates: bad });
    const pieces: unknown[] = [];
    for (let minute = 7; minute <= 24 * 60; minute += 7) pieces.push(...stepwise.advance(startMs + minute * 60_000));
    pieces.push(...stepwise.advance(startMs + dayMs));
    expect(pieces).toEqual(arrivals);
    expect(stepwise.truth()).toEqual(network.truth());
    expect(run({ seed: 5, rates: bad }, 1).arrivals).not.toEqual(arrivals);
  });

  test('gives arrivals in order, each with a priority and an address of the device', () => {
    const { arrivals, network } = run({ rates: bad });
    const times = arrivals.map(({ arrivalMs }) => arrivalMs);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    const addresses = new Map(network.plan.devices.map(({ index, address }) => [index, new Set([address])]));
    for (const { device, primaryAddress, backupAddress } of network.plan.sites) {
      addresses.set(device.index, new Set([primaryAddress, backupAddress]));
    }
    for (const { payload, device, source } of arrivals) {
      expect(payload).toMatch(/^<1[89]\d>[ -~]+$/);
      expect(addresses.get(device)?.has(source)).toBe(true);
    }
  });

  test.each([1, 12, 120, 200])('has a topology that is sound, with %i sites', (sites) => {
    const topology = readTopology(new NetworkSimulation({ startMs, sites }).topology, 'topology.yaml');
    expect(topology.services).toHaveLength(sites);
    expect(topology.trunks).toHaveLength(4);
    expect(topology.devices.filter(({ isLocal }) => isLocal)).toHaveLength(4);
  });

  test('knows the seconds of every site that its hubs tell of', () => {
    const { arrivals, network } = run({ seed: 2, sites: 24, rates: {} }, 6);
    const { fromMs, toMs, sites } = network.truth();
    for (const plan of network.plan.sites) {
      const truth = sites[plan.name]!;
      const counted = secondsUp(primaryAtHub(arrivals, plan), fromMs, toMs);
      // The hub's messages take some milliseconds.
      expect([plan.name, Math.abs(truth.upMs / 1000 - counted) <= 0.02 * (1 + truth.flaps)]).toEqual([plan.name, true]);
      expect(truth.upMs + truth.backupMs + truth.downMs).toBe(toMs - fromMs);
      const edges = truth.intervals.flatMap((each) => [each.fromMs, each.toMs]);
      expect(edges).toEqual(edges.toSorted((one, other) => one - other));
      expect(edges.slice(1, -1).filter((edge, index) => index % 2 === 0 && edge !== edges[index + 2])).toEqual([]);
      if (plan.backup === 'none') expect(truth.backupMs).toBe(0);
      expect(truth.flaps).toBeGreaterThanOrEqual(truth.failures + truth.drops);
    }
  });

  test('knows what became of the messages of every device', () => {
    const { arrivals, network } = run({ seed: 3, sites: 24, rates: bad, noisePerHour: 6 }, 6);
    const { messages, reboots } = network.truth();
    expect(reboots.length).toBeGreaterThan(3);
    for (const { name, index, style } of network.plan.devices) {
      const book = messages[name]!;
      expect(book.sent).toBe(book.delivered + book.lost + book.unreachable);
      if (style === 'nx-os') continue;
      const { distinct, copies, missing } = numbering(arrivals, index, style === 'ios-xr' ? 2 : 1);
      // Some are on their way still when the time is over.
      expect([name, Math.abs(book.delivered - distinct) <= 1]).toEqual([name, true]);
      expect([name, Math.abs(book.duplicated - copies) <= 1]).toEqual([name, true]);
      expect([name, Math.abs(book.missing - missing) <= 1]).toEqual([name, true]);
    }
  });

  test('loses, doubles and delays as much as it is told to, and the story stays the same', () => {
    const clean = run({ sites: 60 });
    const lossy = run({ sites: 60, rates: bad });
    const total = (of: (typeof lossy)['network'], key: 'sent' | 'lost' | 'duplicated' | 'reordered'): number =>
      Object.values(of.truth().messages).reduce((sum, book) => sum + book[key], 0);
    const sent = total(lossy.network, 'sent');
    for (const [key, rate] of [
      ['lost', 0.02],
      ['duplicated', 0.02],
      ['reordered', 0.03],
    ] as const) {
      expect(total(clean.network, key)).toBe(0);
      expect(total(lossy.network, key) / sent).toBeGreaterThan(rate * 0.8);
      expect(total(lossy.network, key) / sent).toBeLessThan(rate * 1.2);
    }
    expect(lossy.network.truth().sites).toEqual(clean.network.truth().sites);
  });

  test('gives only addresses of working paths to what crosses them', () => {
    const { arrivals, network } = run({ sites: 24, rates: {} }, 4);
    const { sites } = network.truth();
    for (const plan of network.plan.sites) {
      const { intervals } = sites[plan.name]!;
      const own = arrivals.filter(({ device }) => device === plan.device.index);
      expect(own.length).toBeGreaterThan(50);
      const inBackup = own.filter(({ arrivalMs }) =>
        intervals.some(
          ({ state, fromMs, toMs }) => state === 'BACKUP' && arrivalMs > fromMs + 3000 && arrivalMs < toMs,
        ),
      );
      // Tries are charged to the backup, and messages take the primary while they last.
      const onPrimary = inBackup.filter(({ source }) => source === plan.primaryAddress);
      expect(onPrimary.length).toBeLessThanOrEqual(inBackup.length * 0.35 + 3);
      if (plan.backup === 'none') expect(own.some(({ source }) => source === plan.backupAddress)).toBe(false);
    }
  });
});

describe('the rhythm', () => {
  const historyMs = dayMs;
  const { network } = run({ incidents: 'rhythm', noisePerHour: 60, seed: 1 }, 1);

  test('shows failures, backups, flapping and reboots in every hour', () => {
    for (let fromMs = startMs; fromMs < startMs + historyMs; fromMs += hourMs) {
      const { sites, reboots } = network.truth(fromMs, fromMs + hourMs);
      const all = Object.values(sites);
      expect(all.filter(({ backupMs }) => backupMs > 120_000).length).toBeGreaterThanOrEqual(2);
      expect(all.filter(({ downMs }) => downMs > 240_000).length).toBeGreaterThanOrEqual(1);
      expect(all.filter(({ flaps }) => flaps >= 6).length).toBeGreaterThanOrEqual(1);
      expect(all.reduce((sum, { drops }) => sum + drops, 0)).toBeGreaterThanOrEqual(3);
      expect(reboots.length).toBeGreaterThanOrEqual(1);
    }
  });

  test('has trunk hits, strangers, and tests of backups whatever the time of day', () => {
    for (let fromMs = startMs; fromMs + 7 * hourMs <= startMs + historyMs; fromMs += hourMs) {
      const { sites, trunkHits, unexpectedCallers } = network.truth(fromMs, fromMs + 7 * hourMs);
      expect(trunkHits.length).toBeGreaterThanOrEqual(1);
      expect(unexpectedCallers.length).toBeGreaterThanOrEqual(1);
      expect(Object.values(sites).flatMap(({ tests }) => tests).length).toBeGreaterThanOrEqual(1);
    }
    const { sites } = network.truth();
    const tests = Object.values(sites).flatMap((site) => site.tests);
    expect(tests.some(({ isPass }) => isPass)).toBe(true);
  });
});
