// When a line arrived and when its event was (cisco 4): years, zones, daylight saving, clocks that step or are not set.
import { expect, test } from 'vitest';
import { flagNames } from '../../src/families/cisco/preprocessing/record.ts';
import { dayStartMs, isDay, yearOf } from '../../src/families/cisco/grammar/days.ts';
import { readLog } from './cisco-log.ts';
import type { ReadLog } from './cisco-log.ts';

const say = '%SYS-5-CONFIG_I: Configured from console';
const none = { topology: '' };
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

/** Arrivals of lines with these receipts, numbered from 1. */
function arrivals(receipts: readonly string[], how: Parameters<typeof readLog>[1] = {}): readonly string[] {
  const log = readLog(
    receipts.map((text, index) => `${text} rtr7 ${index + 1}: ${say}`),
    { ...none, ...how },
  );
  return log.records.map(({ record }) => iso(record.arrivalMs));
}

/** Event times of lines that arrived on 12 November 2024 at 08:00 UTC with these stamps. */
function times(stamps: readonly string[], topology = ''): readonly string[] {
  const lines = stamps.map((text, index) => `2024-11-12T08:00:00Z 10.1.1.1 ${index + 1}: ${text}: ${say} ${index}`);
  return readLog(lines, { topology }).records.map(({ record }) => iso(record.timeMs));
}

test('days and years in figures are those of the calendar', () => {
  const wrong: string[] = [];
  for (let ms = Date.UTC(1899, 11, 25); ms < Date.UTC(2105, 0, 1); ms += 86_400_000 * 3.5) {
    const at = new Date(ms);
    const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()];
    const isRight = dayStartMs(year, month, day) === Date.UTC(year, month - 1, day) && isDay(year, month, day);
    if (yearOf(ms) !== year || !isRight) wrong.push(iso(ms));
  }
  expect(wrong).toEqual([]);
  expect([isDay(2023, 2, 29), isDay(2100, 2, 29), isDay(2000, 2, 29), isDay(2024, 4, 31)]).toEqual([
    false,
    false,
    true,
    false,
  ]);
});

test('a log without any year goes on over new year, and its years end with the file', () => {
  expect(
    arrivals(['Nov 30 10:00:00', 'Dec 31 23:59:59', 'Jan  1 00:00:02', 'Mar  1 00:00:00'], {
      modifiedMs: Date.UTC(2024, 10, 12),
    }),
  ).toEqual(['2023-11-30T10:00:00Z', '2023-12-31T23:59:59Z', '2024-01-01T00:00:02Z', '2024-03-01T00:00:00Z']);
});

test('the year that lines name holds for those beside them that name none', () => {
  const wanted = ['2022-03-04T00:00:00Z', '2022-03-04T00:00:05Z', '2022-03-04T00:00:09Z'];
  const modifiedMs = Date.UTC(2024, 10, 12);
  // A collector that was set up anew in the middle of a file.
  expect(arrivals(['Mar  4 00:00:00', '2022-03-04T00:00:05Z', '2022-03-04T00:00:09Z'], { modifiedMs })).toEqual(wanted);
  expect(arrivals(['2022-03-04T00:00:00Z', 'Mar  4 00:00:05', 'Mar  4 00:00:09'], { modifiedMs })).toEqual(wanted);
});

test('a year is found for stamps without one by when they arrived, leap days too', () => {
  const lines = [
    `2024-01-01T00:00:01Z rtr7 1: Dec 31 23:59:59: ${say}`,
    `2024-01-01T00:00:03Z rtr7 2: Jan  1 00:00:02: ${say}`,
    `2024-02-29T12:00:01Z rtr7 3: Feb 29 12:00:00: ${say}`,
  ];
  expect(readLog(lines, none).records.map(({ record }) => iso(record.timeMs))).toEqual([
    '2023-12-31T23:59:59Z',
    '2024-01-01T00:00:02Z',
    '2024-02-29T12:00:00Z',
  ]);
});

const zones = `
version: 1
timezone: UTC
zone_map: {VIENNA: Europe/Vienna, CST: America/Chicago}
devices:
  - {name: rtr7, timezone: Asia/Kolkata, addresses: [{ip: 10.1.1.1, via: lan}]}
`;

test.each([
  ['figures before names', 'Nov 12 2024 15:29:57 UTC+07:30', '2024-11-12T07:59:57Z'],
  ['a name of the map', 'Nov 12 2024 08:59:57 VIENNA', '2024-11-12T07:59:57Z'],
  ['a name of the map that means several zones', 'Nov 12 2024 01:59:57 CST', '2024-11-12T07:59:57Z'],
  ['the usual names', 'Nov 12 2024 07:59:57 GMT', '2024-11-12T07:59:57Z'],
  ['the zone of the device', 'Nov 12 2024 13:29:57', '2024-11-12T07:59:57Z'],
  ['the zone of the device for a name that nobody knows', 'Nov 12 2024 13:29:57 mng', '2024-11-12T07:59:57Z'],
])('a zone is found: %s', (_, stamp, expected) => {
  expect(times([stamp], zones)).toEqual([expected]);
});

test('names of zones that nobody knows are counted, and cost no record', () => {
  const lines = ['mng', 'UTC', 'mng', 'NewYork'].map(
    (zone, index) => `2024-11-12T08:00:00Z rtr7 ${index + 1}: Nov 12 2024 08:00:00 ${zone}: ${say} ${index}`,
  );
  const log = readLog(lines, none);
  expect(log.records).toHaveLength(4);
  expect(log.analysis.zones.unknown).toBe(3);
});

test('in the hour that comes twice a step back is the second pass, from there to its end', () => {
  expect(
    arrivals(
      [
        'Oct 27 01:59:58',
        'Oct 27 02:10:00',
        'Oct 27 02:59:58',
        'Oct 27 02:00:03',
        'Oct 27 02:59:59',
        'Oct 27 03:00:01',
      ],
      { timezone: 'Europe/Brussels', modifiedMs: Date.UTC(2024, 10, 12) },
    ),
  ).toEqual([
    '2024-10-26T23:59:58Z',
    '2024-10-27T00:10:00Z',
    '2024-10-27T00:59:58Z',
    '2024-10-27T01:00:03Z',
    '2024-10-27T01:59:59Z',
    '2024-10-27T02:00:01Z',
  ]);
});

test('in the hour that comes twice a device without a zone means the pass of its arrival', () => {
  const local = zones.replace('Asia/Kolkata', 'Europe/Vienna');
  const lines = ['2024-10-27T00:30:05Z', '2024-10-27T01:30:05Z'].map(
    (arrival, index) => `${arrival} 10.1.1.1 ${index + 1}: Oct 27 02:30:03: ${say}`,
  );
  expect(readLog(lines, { topology: local }).records.map(({ record }) => iso(record.timeMs))).toEqual([
    '2024-10-27T00:30:03Z',
    '2024-10-27T01:30:03Z',
  ]);
});

function flagged(log: ReadLog): readonly (readonly [string, readonly string[]])[] {
  return log.records.map(({ record }) => [iso(record.arrivalMs).slice(11, 19), flagNames(record.flags)]);
}

test("when the collector's clock is put back, time is held until it has caught up", () => {
  const receipts = ['08:30:00', '08:10:00', '08:20:00', '08:30:02'];
  const lines = receipts.map((time, index) => `Nov 12 ${time} rtr7 ${index + 1}: ${say}`);
  expect(flagged(readLog(lines, none))).toEqual([
    ['08:30:00', []],
    ['08:30:00', ['clock_step']],
    ['08:30:00', ['clock_step']],
    ['08:30:02', []],
  ]);
});

test('a clock that is put right starts its differences anew', () => {
  const lines = [
    `2024-11-12T08:00:00Z rtr7 1: *Mar  1 00:10:00: ${say} 1`,
    `2024-11-12T08:00:10Z rtr7 2: *Mar  1 00:10:10: ${say} 2`,
    // Still not synchronised, but set by hand to a quarter of an hour before.
    `2024-11-12T08:00:20Z rtr7 3: *Nov 12 07:45:20: ${say} 3`,
    `2024-11-12T08:00:31Z rtr7 4: *Nov 12 07:45:30: ${say} 4`,
  ];
  expect(readLog(lines, none).records.map(({ record }) => iso(record.timeMs))).toEqual([
    '2024-11-12T08:00:00Z',
    '2024-11-12T08:00:10Z',
    '2024-11-12T08:00:20Z',
    '2024-11-12T08:00:30Z',
  ]);
});

test('a stamp too far from its arrival tells differences only, though its clock is said to be right', () => {
  expect(times(['Nov 12 2024 03:00:00 UTC', 'Nov 12 2024 03:00:00.500 UTC'])).toEqual([
    '2024-11-12T07:59:59.500Z',
    '2024-11-12T08:00:00Z',
  ]);
});

test('stamps that run back by seconds do not turn the time of a device back', () => {
  const lines = ['05', '04', '06'].map(
    (second, index) => `2024-11-12T08:00:07Z rtr7 ${index + 1}: Nov 12 2024 08:00:${second} UTC: ${say} ${index}`,
  );
  const { records } = readLog(lines, none);
  expect(records.map(({ record }) => [iso(record.timeMs).slice(17, 19), flagNames(record.flags)])).toEqual([
    ['05', []],
    ['05', ['time_adjusted']],
    ['06', []],
  ]);
});

test('time since boot counts from the least delayed message', () => {
  const lines = [
    `2024-11-12T08:00:30Z rtr7 2: 00:00:20: ${say} 1`,
    `2024-11-12T08:00:30Z rtr7 3: 00:00:25: ${say} 2`,
    `2024-11-12T08:00:31Z rtr7 4: 00:00:30: ${say} 3`,
  ];
  expect(readLog(lines, none).records.map(({ record }) => iso(record.timeMs))).toEqual([
    '2024-11-12T08:00:21Z',
    '2024-11-12T08:00:26Z',
    '2024-11-12T08:00:31Z',
  ]);
});
