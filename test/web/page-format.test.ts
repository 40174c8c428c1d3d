// Units of the page: the same text as Grafana shows for the unit, with and without agreed decimals.
import { describe, expect, test } from 'vitest';
import { durationParts, fromNow } from '../../src/web/public/format-time.ts';
import { exact, format, formatLabel, formatParts, lengthText, windowText } from '../../src/web/public/format.ts';
import type { Unit } from '../../src/web/public/wire.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test.each<[number | string | null, Unit, number | undefined, string]>([
  [0, 'short', undefined, '0'],
  [7, 'short', undefined, '7'],
  [999, 'short', undefined, '999'],
  [999.4, 'short', undefined, '999'],
  [1000, 'short', undefined, '1 K'],
  [1200, 'short', undefined, '1.20 K'],
  [1250, 'short', undefined, '1.25 K'],
  [15_234, 'short', undefined, '15.2 K'],
  [98_765, 'short', undefined, '98.8 K'],
  [999_999, 'short', undefined, '1000 K'],
  [1_000_000, 'short', undefined, '1 Mil'],
  [1_000_120, 'short', undefined, '1.00 Mil'],
  [9_876_543, 'short', undefined, '9.88 Mil'],
  [2_500_000_000, 'short', undefined, '2.50 Bil'],
  [-15_234, 'short', undefined, '-15.2 K'],
  [1.5, 'short', undefined, '1.50'],
  [0.04567, 'short', undefined, '0.0457'],
  [15_234, 'short', 0, '15 K'],
  [15_234, 'short', 3, '15.234 K'],
  [12.345, 'none', 1, '12.3'],
  [12.345, 'none', undefined, '12.3'],
  [3, 'none', 2, '3.00'],
  [0.0123, 'percentunit', undefined, '1.23%'],
  [0.5, 'percentunit', 1, '50.0%'],
  [1, 'percentunit', undefined, '100%'],
  [99.5, 'percent', undefined, '99.5%'],
  [99.951, 'percent', 2, '99.95%'],
  [0, 's', undefined, '0 s'],
  [0.000_000_02, 's', undefined, '20 ns'],
  [0.000_12, 's', undefined, '120 µs'],
  [0.25, 's', undefined, '250 ms'],
  [59.9, 's', undefined, '59.9 s'],
  [60, 's', undefined, '1 mins'],
  [90, 's', undefined, '1.50 mins'],
  [340, 's', undefined, '5.67 mins'],
  [7200, 's', undefined, '2 hours'],
  [259_200, 's', undefined, '3 days'],
  [1_000_000, 's', 1, '1.7 weeks'],
  [63_113_800, 's', undefined, '2 years'],
  [-90, 's', undefined, '-1.50 mins'],
  [0, 'ms', undefined, '0 ms'],
  [0.0024, 'ms', 4, '0.0024 ms'],
  [1250, 'ms', 2, '1.25 s'],
  [1500, 'ms', undefined, '1.50 s'],
  [10_000_086.123, 'ms', 1, '2.8 hours'],
  [1023, 'bytes', undefined, '1023 B'],
  [1024, 'bytes', undefined, '1 KiB'],
  [1536, 'bytes', undefined, '1.50 KiB'],
  [1_073_741_824, 'bytes', undefined, '1 GiB'],
  [0, 'bytes', undefined, '0 B'],
  [62.1, 'cps', undefined, '62.1 c/s'],
  [12_000, 'cps', undefined, '12K c/s'],
  [0.25, 'cps', undefined, '0.250 c/s'],
  [93_784, 'dtdurations', undefined, '1 day'],
  [93_784, 'dtdurations', 1, '1 day, 2 hours'],
  [93_784, 'dtdurations', 3, '1 day, 2 hours, 3 minutes, 4 seconds'],
  [3600, 'dtdurations', undefined, '1 hour'],
  [1_209_600, 'dtdurations', undefined, '2 weeks'],
  [0.5, 'dtdurations', undefined, '500 milliseconds'],
  [0, 'dtdurations', undefined, '0 seconds'],
  [-300, 'dtdurations', undefined, '5 minutes ago'],
  [null, 'short', undefined, '–'],
  ['2.1.0', 'none', undefined, '2.1.0'],
])('%j as %s (%j decimals) is %j', (value, unit, decimals, expected) => {
  expect(plain(format(value, unit, decimals))).toBe(expected);
});

describe('times', () => {
  test('a moment is shown in the reader’s zone, to the second', () => {
    const moment = new Date(2026, 2, 1, 9, 5, 7).getTime();
    expect(format(moment, 'dateTimeAsIso')).toBe('2026-03-01 09:05:07');
  });

  const minute = 60_000;
  const hour = 60 * minute;
  const day = 24 * hour;
  test.each([
    [0, 'a few seconds ago'],
    [44_000, 'a few seconds ago'],
    [45_000, 'a minute ago'],
    [89_000, 'a minute ago'],
    [90_000, '2 minutes ago'],
    [5 * minute, '5 minutes ago'],
    [44 * minute, '44 minutes ago'],
    [45 * minute, 'an hour ago'],
    [89 * minute, 'an hour ago'],
    [90 * minute, '2 hours ago'],
    [21 * hour, '21 hours ago'],
    [22 * hour, 'a day ago'],
    [36 * hour, '2 days ago'],
    [25 * day, '25 days ago'],
    [26 * day, 'a month ago'],
    [60 * day, '2 months ago'],
    [300 * day, '10 months ago'],
    [340 * day, 'a year ago'],
    [800 * day, '2 years ago'],
    [-3000, 'in a few seconds'],
    [-5 * minute, 'in 5 minutes'],
  ])('%d ms before now is %s', (beforeMs, expected) => {
    const nowMs = Date.UTC(2026, 10, 21);
    expect(fromNow(nowMs - beforeMs, nowMs)).toBe(expected);
    expect(formatParts(nowMs - beforeMs, 'dateTimeFromNow', undefined, nowMs).text).toBe(expected);
  });

  test('parts of a length follow one another without a gap', () => {
    expect(durationParts(86_400 + 5, 2)).toBe('1 day, 0 hours, 0 minutes');
  });
});

test('a missing value has the text of the panel where there is one', () => {
  expect(format(null, 'percent', 1, 'never measured')).toBe('never measured');
  expect(format(undefined, 'percent')).toBe('–');
});

test('labels of an axis leave out zeros that only fill up, unless decimals are agreed', () => {
  expect([2500, 2000, 0.5].map((value) => plain(formatLabel(value, 'short')))).toEqual(['2.5 K', '2 K', '0.5']);
  expect(plain(formatLabel(2500, 'short', 2))).toBe('2.50 K');
});

test('a unit can be drawn apart from its number, and counts keep every digit', () => {
  expect(formatParts(15_234, 'short')).toEqual({ text: '15.2', unit: '\u00a0K' });
  expect(exact(18_234_551).replaceAll('\u202f', ' ')).toBe('18 234 551');
  expect(plain(windowText(90_000))).toBe('1 min 30 s');
  expect([93_784, 10, 0].map((seconds) => plain(lengthText(seconds)))).toEqual(['1 d 2 h', '10 s', '0 s']);
});
