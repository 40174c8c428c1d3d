import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LocalClock, hostZone, isDay, isZone, nearestYear } from '../../src/model/zone.ts';

const local = (text: string): number => Date.parse(`${text}Z`);
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

describe('a local clock', () => {
  test('takes a step back in the repeated hour for the second pass', () => {
    const clock = new LocalClock('Europe/Berlin');
    const times = ['01:59:00', '02:10:00', '02:50:00', '02:49:55', '02:10:00', '02:50:00', '03:00:00'];
    expect(times.map((time) => iso(clock.toUtc(local(`2026-10-25T${time}`))))).toEqual([
      '2026-10-24T23:59:00Z',
      '2026-10-25T00:10:00Z',
      '2026-10-25T00:50:00Z',
      '2026-10-25T00:49:55Z',
      '2026-10-25T01:10:00Z',
      '2026-10-25T01:50:00Z',
      '2026-10-25T02:00:00Z',
    ]);
  });

  test('puts a late line behind the repeated hour into its second pass', () => {
    const clock = new LocalClock('Europe/Berlin');
    clock.toUtc(local('2026-10-25T03:00:01'));
    expect(iso(clock.toUtc(local('2026-10-25T02:59:59')))).toBe('2026-10-25T01:59:59Z');
  });

  test('begins the repeated hour anew for an archive read after newer lines', () => {
    const clock = new LocalClock('Europe/Berlin');
    clock.toUtc(local('2026-11-20T12:00:00'));
    expect(iso(clock.toUtc(local('2026-10-25T02:10:00')))).toBe('2026-10-25T00:10:00Z');
  });

  test('moves a skipped time forward and counts it', () => {
    const clock = new LocalClock('America/New_York');
    expect(iso(clock.toUtc(local('2026-03-08T02:30:00')))).toBe('2026-03-08T07:30:00Z');
    expect(clock.shifted).toBe(1);
  });

  test('goes on in the second pass after a restart', () => {
    const first = new LocalClock('Europe/Berlin');
    first.toUtc(local('2026-10-25T02:50:00'));
    first.toUtc(local('2026-10-25T02:10:00'));
    const second = new LocalClock('Europe/Berlin');
    second.restore(JSON.parse(JSON.stringify(first.snapshot())));
    expect(iso(second.toUtc(local('2026-10-25T02:20:00')))).toBe('2026-10-25T01:20:00Z');
  });

  test.each([[null], [{}], [{ previousLocalMs: 'x', isSecondPass: true, shifted: 0 }], [7]])(
    'refuses the state %j',
    (state) => {
      expect(() => new LocalClock('UTC').restore(state)).toThrow('no state of a clock');
    },
  );

  test.each(['UTC', 'Asia/Kolkata', 'Europe/London', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia'])(
    'gives back every moment around the changes of two years in %s, read in order',
    (zone) => {
      const clock = new LocalClock(zone);
      // Steps of less than the repeated time, or nothing would show that it began anew.
      const stepMs = 13 * 60_000;
      for (const [year, month] of [2025, 2026].flatMap((each) =>
        [2, 3, 8, 9, 10].map((later) => [each, later] as const),
      )) {
        for (let utc = Date.UTC(year, month, 1); utc < Date.UTC(year, month, 12); utc += stepMs) {
          expect(clock.toUtc(clock.toLocal(utc))).toBe(utc);
        }
        for (let utc = Date.UTC(year, month, 24); utc < Date.UTC(year, month + 1, 1); utc += stepMs) {
          expect(clock.toUtc(clock.toLocal(utc))).toBe(utc);
        }
      }
    },
  );

  test('refuses a zone that does not exist', () => {
    expect(() => new LocalClock('Europe/Atlantis')).toThrow(RangeError);
    expect([isZone('Europe/Atlantis'), isZone('Europe/Berlin'), isZone(hostZone())]).toEqual([false, true, true]);
  });
});

describe('a date without a year', () => {
  test.each([
    [12, 31, '2026-01-01T00:00:05', '2025-12-31'],
    [1, 1, '2025-12-31T23:59:00', '2026-01-01'],
    [2, 29, '2024-03-01T00:00:00', '2024-02-29'],
    [2, 29, '2026-06-01T00:00:00', '2028-02-29'],
    [2, 29, '2100-02-01T00:00:00', '2096-02-29'],
    [7, 1, '2026-06-30T00:00:00', '2026-07-01'],
  ])('%i-%i read at %s is %s', (month, day, reference, expected) => {
    expect(iso(nearestYear(month, day, 0, local(reference)) ?? 0).slice(0, 10)).toBe(expected);
  });

  test('does not exist for the 30th of February', () => {
    expect(nearestYear(2, 30, 0, 0)).toBeUndefined();
  });

  test('is never further away than half a year, but for a leap day', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
        fc.integer({ min: 0, max: 365 }),
        (reference, day) => {
          const date = new Date(Date.UTC(2023, 0, 1 + day));
          const found = nearestYear(date.getUTCMonth() + 1, date.getUTCDate(), 0, reference.getTime()) ?? Number.NaN;
          expect(Math.abs(found - reference.getTime())).toBeLessThanOrEqual(183.1 * 86_400_000);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });
});

test.each([
  [2024, 2, 29, true],
  [2023, 2, 29, false],
  [2024, 4, 31, false],
  [2024, 13, 1, false],
  [2024, 0, 1, false],
  [2024, 12, 31, true],
])('%i-%i-%i is a day: %s', (year, month, day, expected) => {
  expect(isDay(year, month, day)).toBe(expected);
});
