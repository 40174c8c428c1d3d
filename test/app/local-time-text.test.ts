// Times that people type.
import { expect, test } from 'vitest';
import { timeOfText } from '../../src/app/local-time-text.ts';
import { UsageError } from '../../src/model/errors.ts';

test.each([
  ['2026-03-01', 'UTC', '2026-03-01T00:00:00.000Z'],
  ['2026-03-01T14:05', 'America/New_York', '2026-03-01T19:05:00.000Z'],
  ['2026-07-01 14:05:30.5', 'Europe/Berlin', '2026-07-01T12:05:30.500Z'],
  ['2026-07-01T14:05:30Z', 'Europe/Berlin', '2026-07-01T14:05:30.000Z'],
  ['2026-07-01T14:05+05:30', 'Europe/Berlin', '2026-07-01T08:35:00.000Z'],
  ['2026-07-01T14:05-0100', 'Europe/Berlin', '2026-07-01T15:05:00.000Z'],
  ['2026-03-01T24:00', 'UTC', '2026-03-02T00:00:00.000Z'],
])('%s in %s is %s', (text, zone, expected) => {
  expect(new Date(timeOfText(text, zone, '--from')).toISOString()).toBe(expected);
});

test.each([
  '',
  'now',
  '2026-13-01',
  '2026-02-30',
  '2026-03-01T25:00',
  '2026-03-01T14:60',
  '14:05',
  '2026-03-01T14:05 CET',
])('"%s" is refused with what can be written', (text) => {
  expect(() => timeOfText(text, 'UTC', '--to')).toThrow(UsageError);
  expect(() => timeOfText(text, 'UTC', '--to')).toThrow(/--to ".*" is no time: write 2026/);
});
