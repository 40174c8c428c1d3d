// What preprocessing promises for every order of delivery (cisco 5, 26), beside cisco-preprocess.test.ts: whole networks with
// reboots, wraps, losses and copies, delivered in any order that the look-ahead allows.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { daemonLine } from '../../src/demo/network-log-file.ts';
import { NetworkSimulation } from '../../src/demo/network-simulation.ts';
import type { Arrival } from '../../src/demo/network-transport.ts';
import { line, readLog, startMs as lineStartMs, transportOf } from './cisco-log.ts';
import type { ReadLog } from './cisco-log.ts';

const startMs = Date.UTC(2025, 2, 3);
const hourMs = 3_600_000;
/** With the 20 s that a message may wait for a path still below the look-ahead of 30 s. */
const longestDelayMs = 8000;

describe('a network with reboots', () => {
  const network = new NetworkSimulation({ startMs, incidents: 'rhythm', noisePerHour: 20 });
  const styles = new Map(network.plan.devices.map(({ name, style }) => [name, style]));
  const sent = network.advance(startMs + 5 * hourMs);
  const read = (arrivals: readonly Arrival[]): ReadLog =>
    readLog(
      arrivals.toSorted((one, other) => one.arrivalMs - other.arrivalMs).map((arrival) => daemonLine(arrival, 'iso')),
      { topology: network.topology, modifiedMs: startMs },
    );

  const booted = new Set(network.truth().reboots.map(({ device }) => device));

  /** What every device said, in order; times where the device's clock tells them, which a boot leaves to be guessed. */
  function streams({ records }: ReadLog): Record<string, readonly unknown[]> {
    const byDevice: Record<string, unknown[]> = {};
    for (const { record } of records) {
      const isTimed = record.quality === 'ntp' && !booted.has(record.device.name);
      (byDevice[record.device.name] ??= []).push([
        record.number,
        isTimed ? record.timeMs : undefined,
        record.code?.code,
        record.text,
      ]);
    }
    return byDevice;
  }

  const clean = read(sent);
  const cleanStreams = streams(clean);
  const numbered = (arrival: Arrival): boolean =>
    styles.get(network.plan.devices[arrival.device]?.name ?? '') !== 'nx-os';

  test('has reboots, and every kind of header', () => {
    expect(clean.analysis.transport().reboots).toBeGreaterThanOrEqual(5);
    expect(new Set(styles.values()).size).toBe(8);
    expect(Object.keys(cleanStreams)).toHaveLength(network.plan.devices.length);
  });

  test('gives the same streams in whatever order its messages arrive, with copies', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.nat({ max: longestDelayMs })),
        fc.infiniteStream(fc.nat({ max: 19 })),
        (delays, luck) => {
          let copies = 0;
          const delivered = sent.flatMap((arrival): readonly Arrival[] => {
            // Without numbers there is no order but that of arrival.
            const delayMs = numbered(arrival) ? next(delays) : 0;
            const once = { ...arrival, arrivalMs: arrival.arrivalMs + delayMs };
            if (next(luck) > 0) return [once];
            copies++;
            return [once, { ...once, arrivalMs: once.arrivalMs + (numbered(arrival) ? next(delays) : 1) }];
          });
          const log = read(delivered);
          expect(streams(log)).toEqual(cleanStreams);
          const { lost, lostAfterBoot, late, tooLate, reboots, duplicates } = log.analysis.transport();
          const before = clean.analysis.transport();
          expect({ lost, lostAfterBoot, late, tooLate, reboots, duplicates }).toEqual({
            lost: before.lost,
            lostAfterBoot: before.lostAfterBoot,
            late: 0,
            tooLate: 0,
            reboots: before.reboots,
            duplicates: copies,
          });
        },
      ),
      { numRuns: 12 },
    );
  }, 120_000);
});

/** The next value of an endless stream. */
function next(stream: fc.Stream<number>): number {
  const { value, done } = stream.next();
  return done === true ? 0 : value;
}

const say = '%SYS-5-CONFIG_I: Configured from console';
const none = { topology: '' };

interface Sending {
  readonly seconds: number;
  readonly number: number;
  readonly delay: number;
}

/** Delivers messages of one device in the order of their arrival. */
function deliver(messages: readonly Sending[]): ReadLog {
  const inOrder = messages.toSorted((one, other) => one.seconds + one.delay - other.seconds - other.delay);
  return readLog(
    inOrder.map(({ seconds, number, delay }) => line(seconds, 'rtr7', number, `${say} ${seconds}`, delay)),
    none,
  );
}

// The wrap comes when the first record has left: before that nobody can know in which direction numbers go.
test('numbers that wrap lose nothing but what did not come, in any order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 30, max: 60 }),
      fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 60, maxLength: 60 }),
      fc.uniqueArray(fc.integer({ min: 40, max: 58 }), { maxLength: 12 }),
      (before, delays, dropped) => {
        const count = 60;
        const messages = delays
          .slice(0, count)
          .flatMap((delay, index): readonly Sending[] =>
            dropped.includes(index)
              ? []
              : [{ seconds: 2 * index, number: (2 ** 32 - before + index) % 2 ** 32, delay }],
          );
        const { lost, late, tooLate, reboots } = transportOf(deliver(messages), 'rtr7');
        expect({ lost, late, tooLate, reboots }).toEqual({ lost: dropped.length, late: 0, tooLate: 0, reboots: 0 });
      },
    ),
    { numRuns: 60 },
  );
});

test('what comes after the look-ahead is late, and then nothing is lost', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 45, max: 400 }),
      (held, delay) => {
        // One in three may be held up: the next one waits 30 s for it, and comes 10 s after it.
        const messages = Array.from({ length: 110 }, (_, index) => ({
          seconds: 10 * index,
          number: 1000 + index,
          delay: held.includes(index / 3) ? delay : 0,
        }));
        const log = deliver(messages);
        const { lost, late, tooLate, reboots } = transportOf(log, 'rtr7');
        expect({ lost, late, tooLate, reboots }).toEqual({ lost: 0, late: held.length, tooLate: 0, reboots: 0 });
        // A late record keeps its own time, unless it is so late that its clock is doubted.
        if (delay > 300) return;
        for (const { record } of log.records) expect(record.timeMs).toBe(lineStartMs + (record.number - 1000) * 10_000);
      },
    ),
    { numRuns: 40 },
  );
});

test('every reboot is found once, with what was lost after it', () => {
  const boot = fc.record({
    // So many that the next boot does not reach the last number within the look-ahead.
    length: fc.integer({ min: 60, max: 120 }),
    lostFirst: fc.integer({ min: 0, max: 12 }),
    silence: fc.integer({ min: 95, max: 900 }),
  });
  fc.assert(
    fc.property(
      fc.array(boot, { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.nat({ max: 20 })),
      (boots, delays) => {
        const messages: Sending[] = [];
        let seconds = 0;
        let lostAfter = 0;
        for (let number = 40_000; number < 40_030; number++, seconds += 3)
          messages.push({ seconds, number, delay: next(delays) });
        for (const { length, lostFirst, silence } of boots) {
          seconds += silence;
          lostAfter += lostFirst;
          for (let number = 2 + lostFirst; number < 2 + lostFirst + length; number++, seconds += 3) {
            messages.push({ seconds, number, delay: next(delays) });
          }
        }
        const { lost, lostAfterBoot, tooLate, reboots } = transportOf(deliver(messages), 'rtr7');
        expect({ lost, lostAfterBoot, tooLate, reboots }).toEqual({
          lost: 0,
          lostAfterBoot: lostAfter,
          tooLate: 0,
          reboots: boots.length,
        });
      },
    ),
    { numRuns: 60 },
  );
});
