// Preprocessing: order, copies, loss, reboots, clocks and holes (cisco 4, 5), with edge cases 11 to 19, 35 to 42 of cisco 25.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flagNames } from '../../src/families/cisco/preprocessing/record.ts';
import { line, readLog, startMs, transportOf } from './cisco-log.ts';
import type { ReadLog } from './cisco-log.ts';

const say = '%SYS-5-CONFIG_I: Configured from console';
const none = { topology: '' };

/** Lines of one device: seconds after the start, and the number. */
function numbered(steps: readonly (readonly [seconds: number, number: number])[]): string[] {
  return steps.map(([seconds, number]) => line(seconds, 'rtr7', number, say));
}

function flagsOf(log: ReadLog): readonly (readonly [number, readonly string[]])[] {
  return log.records.map(({ record }) => [record.number, flagNames(record.flags)]);
}

test('edge 11: a counter that falls far is a reboot, and what came before its first message was lost', () => {
  const log = readLog(
    numbered([
      [0, 41_001],
      [1, 41_002],
      [181, 12],
    ]),
    none,
  );
  expect(transportOf(log, 'rtr7')).toMatchObject({ reboots: 1, lost: 0, lostAfterBoot: 10 });
  expect(log.analysis.reboots[0]?.reboot).toMatchObject({ fromMs: startMs + 1000, toMs: startMs + 181_000 });
});

test('edge 12: a missing number that comes after the look-ahead is late, not lost and no reboot', () => {
  const log = readLog(
    [
      ...numbered([
        [0, 40_988],
        [1, 40_989],
        [2, 40_991],
        [3, 41_002],
      ]),
      line(2, 'rtr7', 40_990, say, 50),
    ],
    none,
  );
  expect(transportOf(log, 'rtr7')).toMatchObject({ reboots: 0, lost: 10, late: 1 });
  expect(flagsOf(log).at(-1)).toEqual([40_990, ['late']]);
});

test('edge 13: with small numbers only silence makes a reboot', () => {
  const quick = readLog(
    numbered([
      [0, 148],
      [40, 149],
      [41, 150],
      [43, 3],
    ]),
    none,
  );
  expect(transportOf(quick, 'rtr7')).toMatchObject({ reboots: 0, tooLate: 1 });
  const silent = readLog(
    numbered([
      [0, 148],
      [40, 149],
      [41, 150],
      [136, 3],
    ]),
    none,
  );
  expect(transportOf(silent, 'rtr7')).toMatchObject({ reboots: 1, tooLate: 0 });
});

test('edge 13: a clock that is not set and went back is a reboot; the restart message that follows is no second one', () => {
  const at = new Date(startMs).toISOString();
  const lines = [
    `${at} rtr7 61: Nov 12 2024 07:22:33 UTC: ${say}`,
    ...Array.from(
      { length: 26 },
      (_, index) =>
        `${new Date(startMs + 40_000).toISOString()} rtr7 ${index + 2}: *Jan  2 00:00:${String(18 + index)}: ${say} ${index}`,
    ),
    `${new Date(startMs + 41_000).toISOString()} rtr7 28: *Jan  2 00:00:44: %SYS-5-RESTART: System restarted --`,
  ];
  expect(transportOf(readLog(lines, none), 'rtr7')).toMatchObject({ reboots: 1, lost: 0 });
});

test('edge 14: counters of 32 bits wrap, signed ones as well', () => {
  const log = readLog(
    numbered([
      [0, 4_294_967_289],
      [40, 4_294_967_290],
      [41, 4],
    ]),
    none,
  );
  expect(transportOf(log, 'rtr7')).toMatchObject({ reboots: 0, lost: 9 });
  const signed = readLog(
    numbered([
      [0, -7],
      [40, -6],
      [41, 4],
    ]),
    none,
  );
  expect(transportOf(signed, 'rtr7')).toMatchObject({ reboots: 0, lost: 9 });
});

test('edge 15: a device that counts by two loses nothing', () => {
  const steps = Array.from({ length: 60 }, (_, index) => [index * 60, 1_665_046 + 2 * index] as const);
  expect(transportOf(readLog(numbered(steps), none), 'rtr7')).toMatchObject({ lost: 0 });
  const withLoss = [...steps, [3600, 1_665_168] as const];
  expect(transportOf(readLog(numbered(withLoss), none), 'rtr7')).toMatchObject({ lost: 1 });
});

test('edge 16: copies are dropped and counted', () => {
  const log = readLog([...Array.from({ length: 300 }, () => line(0, 'rtr7', 7, say)), line(1, 'rtr7', 8, say)], none);
  expect(log.records).toHaveLength(2);
  expect(transportOf(log, 'rtr7')).toMatchObject({ duplicate: 299, entries: 1, lost: 0 });
});

test('edge 17: one number with two texts is two messages', () => {
  const log = readLog([line(0, 'rtr7', 7, say), line(0, 'rtr7', 7, `${say} again`), line(1, 'rtr7', 8, say)], none);
  expect(flagsOf(log)).toEqual([
    [7, []],
    [7, ['same_number']],
    [8, []],
  ]);
});

test('edge 18: a repetition is counted and changes nothing', () => {
  const log = readLog([
    line(-9, '10.9.0.1', undefined, say),
    line(0, '10.9.0.1', 1, '%LINK-3-UPDOWN: Interface Serial0/0.101, changed state to down'),
    '2024-11-12T08:00:01Z 10.9.0.1 last message repeated 3 times',
    line(60, '10.9.0.1', undefined, say),
  ]);
  expect(log.analysis.counts.repeat).toBe(1);
  expect(log.service('site-101').timeline.failures).toBe(1);
});

test('edge 35: the hours of a zone change are no hole and no step back', () => {
  const brussels = (stamps: readonly string[]): ReadLog =>
    readLog(
      stamps.map((text, index) => `${text} rtr7 ${index + 1}: ${say}`),
      { ...none, timezone: 'Europe/Brussels', modifiedMs: Date.UTC(2024, 10, 12) },
    );
  const autumn = brussels(['Oct 27 02:59:58', 'Oct 27 02:00:03']).records.map(({ record }) => record.arrivalMs);
  expect((autumn[1] ?? 0) - (autumn[0] ?? 0)).toBe(5000);
  const spring = brussels(['Mar 31 01:59:58', 'Mar 31 03:00:04']);
  const times = spring.records.map(({ record }) => record.arrivalMs);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(6000);
  expect(spring.analysis.holes).toEqual([]);
});

test('edge 36: the year goes on at new year, and the 29th of February finds a leap year', () => {
  const year = readLog(['Dec 31 23:59:59 rtr7 1: %SYS-5-CONFIG_I: x', 'Jan  1 00:00:02 rtr7 2: %SYS-5-CONFIG_I: x'], {
    ...none,
    modifiedMs: Date.UTC(2024, 0, 2),
  });
  expect(year.records.map(({ record }) => new Date(record.timeMs).toISOString().slice(0, 19))).toEqual([
    '2023-12-31T23:59:59',
    '2024-01-01T00:00:02',
  ]);
  const leap = readLog(['Feb 29 12:00:00 rtr7 1: %SYS-5-CONFIG_I: x'], { ...none, modifiedMs: Date.UTC(2026, 5, 1) });
  expect(new Date(leap.records[0]?.record.timeMs ?? 0).getUTCFullYear()).toBe(2024);
});

test('edge 37: a clock that is not set tells differences only', () => {
  const burst = [41, 45, 61].map(
    (second, index) =>
      `2024-11-12T08:00:00Z rtr7 ${index + 2}: *Mar  1 00:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}: ${say} ${index}`,
  );
  const log = readLog(burst, none);
  expect(log.records.map(({ record }) => (record.timeMs - startMs) / 1000)).toEqual([-20, -16, 0]);
  expect(log.records[0]?.record.quality).toBe('unset');
});

test('edge 38: a stamp ahead of its arrival stays, and its delay counts as none', () => {
  const log = readLog([`2024-11-12T08:00:00Z rtr7 1: Nov 12 2024 08:00:07 UTC: ${say}`], none);
  expect(log.records[0]?.record.timeMs).toBe(startMs + 7000);
  expect(log.analysis.transport().maxDelayMs).toBe(0);
});

test('edge 39: the address that a relay wrote names the device and gives the hint', () => {
  const log = readLog([
    `2024-11-12T08:00:00Z 10.20.101.2 <190>Original Address=10.20.102.2 7: Nov 12 2024 08:00:00 UTC: ${say}`,
  ]);
  expect(log.records[0]?.record).toMatchObject({ device: { name: 'site-102' }, source: '10.20.102.2' });
  expect(log.service('site-102').primary.initial).toBe(true);
});

test('edge 41: an alias is the same device with the same counters', () => {
  const log = readLog(
    ['rtr7-old', 'site-102'].map(
      (name, index) =>
        `2024-11-12T08:00:0${index}Z 10.1.1.1 ${index + 5}: ${name}: Nov 12 2024 08:00:0${index} UTC: ${say}`,
    ),
  );
  expect(transportOf(log, 'site-102')).toMatchObject({ received: 2, lost: 0 });
});

test('edge 42: members of a stack share one counter', () => {
  const log = readLog([line(0, 'sw1', 5, '%SYS-SW1-5-CONFIG_I: x'), line(1, 'sw1', 6, '%SYS-SW2-5-CONFIG_I: x')], none);
  expect(transportOf(log, 'sw1')).toMatchObject({ received: 2, lost: 0 });
  expect(new Set(log.records.map(({ record }) => record.code?.key))).toEqual(new Set(['SYS-CONFIG_I']));
});

test('what was sent before a crash is not put among the numbers of the next boot', () => {
  const log = readLog(
    numbered([
      [0, 5000],
      [1, 5001],
      [3, 5003],
      [90, 2],
      [91, 3],
    ]),
    none,
  );
  expect(log.records.map(({ record }) => record.number)).toEqual([5000, 5001, 5003, 2, 3]);
});

test('two collectors of the same devices are one log', () => {
  const log = readLog([line(0, 'rtr7', undefined, `${say} 1`), line(0, 'rtr7', undefined, `${say} 1`)], none);
  expect(log.records).toHaveLength(1);
});

/** A device's messages, one a second. */
const messages = Array.from({ length: 40 }, (_, index) => line(index, 'rtr7', 100 + index, `${say} ${index}`));

test('any order within the look-ahead, with copies, gives the stream of a clean delivery', () => {
  const clean = readLog(messages, none).records.map(({ record }) => [record.number, record.timeMs, record.text]);
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 40, maxLength: 40 }),
      fc.array(fc.integer({ min: 0, max: 39 }), { maxLength: 10 }),
      (delays, copies) => {
        const sent = [...messages.keys(), ...copies].map((index) => ({ index, at: index + (delays[index] ?? 0) }));
        sent.sort((one, other) => one.at - other.at);
        const delivered = sent.map(({ index, at }) => line(index, 'rtr7', 100 + index, `${say} ${index}`, at - index));
        const log = readLog(delivered, none);
        expect(log.records.map(({ record }) => [record.number, record.timeMs, record.text])).toEqual(clean);
        expect(transportOf(log, 'rtr7')).toMatchObject({ lost: 0, late: 0, tooLate: 0 });
      },
    ),
    { numRuns: 60 },
  );
});

test('the number of missing messages is what was sent less what was delivered', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 38 })), (dropped) => {
      const log = readLog(
        messages.filter((_, index) => !dropped.includes(index)),
        none,
      );
      expect(transportOf(log, 'rtr7').lost).toBe(dropped.length);
    }),
    { numRuns: 60 },
  );
});
