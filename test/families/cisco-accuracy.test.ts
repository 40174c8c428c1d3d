// How near the inference comes to the truth when messages are lost (cisco 26), on networks that are simulated in memory.
import { expect, test } from 'vitest';
import { readLog } from './cisco-log.ts';
import { degrade, linesOf, simulate } from './cisco-simulated.ts';

const networks = [1, 2, 3, 4].map((seed) => simulate(seed, 12, 6));

/** Errors of the seconds up of all sites, and how long the sites were truly away. */
function measure(loss: number): { errors: readonly number[]; awaySeconds: number; totalSeconds: number } {
  const errors: number[] = [];
  let awaySeconds = 0;
  let totalSeconds = 0;
  networks.forEach((network, index) => {
    const log = readLog(linesOf(degrade(network.packets, { loss, seed: 100 + index })), { topology: network.topology });
    ({ totalSeconds } = network);
    for (const [id, up] of network.upSeconds) {
      errors.push(Math.abs(log.seconds(id).up - up));
      awaySeconds += totalSeconds - up;
    }
  });
  return { errors, awaySeconds, totalSeconds };
}

test('without loss, copies and disorder change nothing: every site is right to the second', () => {
  expect(Math.max(...measure(0).errors)).toBeLessThanOrEqual(1);
});

test.each([
  { loss: 0.01, minute: 0.95, small: 0.95, sum: 0.05 },
  { loss: 0.03, minute: 0.85, small: 0.95, sum: 0.1 },
])('with loss of $loss the errors stay well within the limits of the specification', ({ loss, minute, small, sum }) => {
  const { errors, awaySeconds, totalSeconds } = measure(loss);
  const share = (limit: number): number => errors.filter((error) => error <= limit).length / errors.length;
  const total = errors.reduce((one, other) => one + other, 0);
  expect(total).toBeGreaterThan(0);
  expect(share(60)).toBeGreaterThanOrEqual(minute);
  expect(share(totalSeconds * 0.002)).toBeGreaterThanOrEqual(small);
  expect(total / awaySeconds).toBeLessThanOrEqual(sum);
});
