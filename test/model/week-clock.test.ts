// Hours of the week in a zone, held against the calendar of the platform.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hourTags, WeekClock } from '../../src/model/week-clock.ts';

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

describe('the hour of the week', () => {
  test.each([
    ['UTC', '1970-01-01T00:00:00Z', { hour: '00', weekday: '4' }],
    ['UTC', '1969-12-31T23:59:59Z', { hour: '23', weekday: '3' }],
    ['UTC', '2026-03-02T00:00:00Z', { hour: '00', weekday: '1' }],
    ['UTC', '2026-03-01T23:59:59Z', { hour: '23', weekday: '7' }],
    ['America/New_York', '2026-03-02T04:59:59Z', { hour: '23', weekday: '7' }],
    ['Asia/Kathmandu', '2026-03-01T18:15:00Z', { hour: '00', weekday: '1' }],
    ['Asia/Kathmandu', '2026-03-01T18:14:59Z', { hour: '23', weekday: '7' }],
    // The hour that is there twice in autumn has one name, the one that is not there in spring has no moment.
    ['Europe/Berlin', '2026-10-25T00:30:00Z', { hour: '02', weekday: '7' }],
    ['Europe/Berlin', '2026-10-25T01:30:00Z', { hour: '02', weekday: '7' }],
    ['Europe/Berlin', '2026-03-29T00:59:59Z', { hour: '01', weekday: '7' }],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', { hour: '03', weekday: '7' }],
  ])('in %s at %s', (zone, time, expected) => {
    expect(hourTags(new WeekClock(zone).hourOfWeek(Date.parse(time)))).toEqual(expected);
  });

  test('is that of the calendar, in any zone and order of calls', () => {
    const zones = ['UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns', 'Pacific/Kiritimati'];
    const moment = fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2030, 0, 1) });
    for (const zone of zones) {
      const clock = new WeekClock(zone);
      const format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        weekday: 'short',
        hour: '2-digit',
      });
      fc.assert(
        fc.property(moment, (timeMs) => {
          const parts = Object.fromEntries(format.formatToParts(timeMs).map(({ type, value }) => [type, value]));
          const weekday = String(weekdays.indexOf(parts['weekday'] ?? '') + 1);
          expect(hourTags(clock.hourOfWeek(timeMs))).toEqual({ hour: parts['hour'], weekday });
        }),
        { seed: 16, numRuns: 200 },
      );
    }
  });

  test('refuses a zone that does not exist', () => {
    expect(() => new WeekClock('Europe/Berlim')).toThrow(RangeError);
  });
});
