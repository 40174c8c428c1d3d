// The memory of the receiver: how long, how much, and what a restart makes of it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AlertBook, maxRemembered, rememberedMs } from '../../src/alerts/alert-book.ts';
import type { Alert } from '../../src/alerts/notification.ts';
import { readNotification } from '../../src/alerts/notification.ts';
import { alertJson, bodyJson } from './grafana-body.ts';

const start = Date.UTC(2026, 2, 2);
const hour = 3_600_000;

function alert(fingerprint: string, startsMs = start, endsMs?: number): Alert {
  const status = endsMs === undefined ? 'firing' : 'resolved';
  return { status, fingerprint, startsMs, endsMs, labels: {}, annotations: {}, values: {}, url: '', ruleUid: '' };
}

/** Plans, applies, and gives how many were new. */
function take(book: AlertBook, alerts: readonly Alert[], nowMs: number): number {
  book.expire(nowMs);
  const { changes, entries } = book.plan(alerts, nowMs);
  book.apply(changes);
  book.touch(alerts, nowMs);
  return entries.length;
}

/** The same memory after a restart. */
function restarted(book: AlertBook): AlertBook {
  const next = new AlertBook('t', 'UTC');
  next.restore(JSON.parse(JSON.stringify(book.snapshot([]))));
  return next;
}

describe('the memory', () => {
  test('holds for seven days after the last mention, also over a restart', () => {
    const book = new AlertBook('t');
    expect(take(book, [alert('a'), alert('b')], start)).toBe(2);
    for (let hours = 4; hours <= 24 * 8; hours += 4) expect(take(book, [alert('a')], start + hours * hour)).toBe(0);
    expect(book.open).toBe(1);
    const again = restarted(book);
    const end = start + 8 * 24 * hour;
    expect(take(again, [alert('a')], end + rememberedMs - 1)).toBe(0);
    expect(take(again, [alert('b')], end + rememberedMs - 1)).toBe(1);
    again.expire(end + 3 * rememberedMs);
    expect([again.open, again.remembered]).toEqual([0, 0]);
  });

  test('writes a repeat to disk at most once an hour', () => {
    const book = new AlertBook('t');
    take(book, [alert('a')], start);
    expect(book.plan([alert('a')], start + hour - 1).changes).toEqual([]);
    expect(book.plan([alert('a')], start + hour).changes).toHaveLength(1);
  });

  test('is bounded, and forgets what was not mentioned for longest', () => {
    const book = new AlertBook('t');
    const many = Array.from({ length: maxRemembered }, (_, index) => alert(`f${index}`));
    expect(take(book, many, start)).toBe(maxRemembered);
    take(book, [alert('f0')], start + 1);
    expect(take(book, [alert('new')], start + 2)).toBe(1);
    expect(book.remembered).toBe(maxRemembered);
    expect(take(book, [alert('f0'), alert('f2')], start + 3)).toBe(0);
    expect(take(book, [alert('f1')], start + 3)).toBe(1);
  });

  test('takes a whole body of alerts with the same tags in no time that grows with its square', () => {
    const alerts = Array.from({ length: 30_000 }, (_, index) => alert(`f${index}`));
    const { entries } = new AlertBook('t').plan(alerts, start);
    expect(new Set(entries.map(({ point }) => point.timeMs)).size).toBe(30_000);
  });

  test('is not changed by a plan', () => {
    const book = new AlertBook('t');
    book.plan([alert('a')], start);
    expect([book.open, book.remembered]).toEqual([0, 0]);
    expect(book.plan([alert('a')], start).entries).toHaveLength(1);
  });
});

describe('open alerts', () => {
  const end = start + hour;
  test.each([
    ['one that fires', [alert('a')], 1],
    ['one that was resolved', [alert('a'), alert('a', start, end)], 0],
    ['one told in the wrong order', [alert('a', start, end), alert('a')], 0],
    ['one that fires again', [alert('a'), alert('a', start, end), alert('a', end + hour)], 1],
    ['the end of an earlier time, told late', [alert('a'), alert('a', end + hour), alert('a', start, end)], 1],
    ['two ends of one time', [alert('a'), alert('a', start, end), alert('a', start, end + hour)], 0],
    ['two alerts', [alert('a'), alert('b')], 2],
  ])('with %s', (_, alerts, open) => {
    const book = new AlertBook('t');
    for (const one of alerts) take(book, [one], end);
    expect(book.open).toBe(open);
    expect(restarted(book).open).toBe(open);
    const together = new AlertBook('t');
    take(together, alerts, end);
    expect(together.open).toBe(open);
  });

  test('are the same after a restart at any moment', () => {
    const step = fc.record({ name: fc.constantFrom('a', 'b'), at: fc.integer({ min: 0, max: 3 }), ends: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.nat(12), (steps, moment) => {
        const alerts = steps.map(({ name, at, ends }) =>
          alert(name, start + at * hour, ends ? start + at * hour + 1 : undefined),
        );
        const whole = new AlertBook('t');
        let stopped = new AlertBook('t');
        for (const [index, one] of alerts.entries()) {
          if (index === moment) stopped = restarted(stopped);
          expect(take(stopped, [one], end)).toBe(take(whole, [one], end));
        }
        expect([stopped.open, stopped.remembered]).toEqual([whole.open, whole.remembered]);
      }),
      { seed: 14, numRuns: 200 },
    );
  });
});

describe('the oldest open alert', () => {
  const aboutAlerts = (one: Alert): Alert => ({ ...one, labels: { service: 'alerts' } });

  test('is the one that began first, until it is resolved, also over a restart', () => {
    const book = new AlertBook('t');
    expect(book.oldestStartMs).toBeUndefined();
    take(book, [alert('b', start + hour), alert('a'), alert('c', start + 2 * hour)], start + 3 * hour);
    expect([book.oldestStartMs, restarted(book).oldestStartMs]).toEqual([start, start]);
    take(book, [alert('a', start, start + 4 * hour)], start + 4 * hour);
    expect([book.oldestStartMs, restarted(book).oldestStartMs]).toEqual([start + hour, start + hour]);
  });

  test('is none about alerts, or "firing for long" would fire for its own sake', () => {
    const book = new AlertBook('t');
    take(book, [alert('a'), aboutAlerts(alert('own', start + hour))], start + hour);
    take(book, [alert('a', start, start + 2 * hour)], start + 2 * hour);
    for (const each of [book, restarted(book)]) expect([each.open, each.oldestStartMs]).toEqual([1, undefined]);
  });

  test('is known from a state that was written before alerts about alerts were told apart', () => {
    const book = new AlertBook('t');
    const [saved] = new AlertBook('t').plan([alert('a')], start).changes;
    const { isAboutAlerts: _isAboutAlerts, ...earlier } = saved as Record<string, unknown>;
    book.restore([earlier]);
    expect(book.oldestStartMs).toBe(start);
  });
});

describe('the hour of an alert', () => {
  const hourOf = (zone: string, one: Alert): unknown =>
    new AlertBook('t', zone).plan([one], start).entries[0]?.point.hour;

  test.each([
    ['UTC', Date.UTC(2026, 2, 2, 0, 0), { hour: '00', weekday: '1' }],
    ['UTC', Date.UTC(2026, 2, 1, 23, 59, 59, 999), { hour: '23', weekday: '7' }],
    ['America/New_York', Date.UTC(2026, 2, 2, 4, 30), { hour: '23', weekday: '7' }],
    ['Asia/Kolkata', Date.UTC(2026, 2, 1, 18, 30), { hour: '00', weekday: '1' }],
    ['Asia/Kolkata', Date.UTC(2026, 2, 1, 18, 29), { hour: '23', weekday: '7' }],
    // The change to summer time: 02:00 is 03:00.
    ['Europe/Berlin', Date.UTC(2026, 2, 29, 1, 0), { hour: '03', weekday: '7' }],
  ])('in %s at %d', (zone, startsMs, expected) => {
    expect(hourOf(zone, alert('a', startsMs))).toEqual(expected);
  });

  test('is that of its beginning, so one that was resolved has none', () => {
    expect(hourOf('UTC', alert('a', start, start + hour))).toBeUndefined();
  });
});

describe('reading a body', () => {
  test('never throws, and gives alerts or a reason', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const result = readNotification(Buffer.from(text, 'utf8'));
        expect('fault' in result || Array.isArray(result.alerts)).toBe(true);
      }),
      { seed: 14, numRuns: 300 },
    );
  });

  test('cuts what is too long, and keeps names that objects have of their own', () => {
    const labels = JSON.parse('{"__proto__": "p", "constructor": "c", "number": 7, "list": [1]}') as Record<
      string,
      unknown
    >;
    const annotations = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`a${index}`, 'x'.repeat(9000)]));
    const result = readNotification(Buffer.from(JSON.stringify(bodyJson([alertJson({ labels, annotations })]))));
    if ('fault' in result) throw new Error(result.fault);
    const [one] = result.alerts;
    expect(Object.entries(one?.labels ?? {})).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['number', '7'],
      ['list', ''],
    ]);
    expect(Object.keys(one?.annotations ?? {})).toHaveLength(100);
    expect(one?.annotations['a0']).toHaveLength(4096);
    expect(({} as Record<string, unknown>)['p']).toBeUndefined();
  });

  test('makes a fingerprint of the labels, in any order, where there is none', () => {
    const read = (labels: Record<string, string>, fingerprint?: unknown) => {
      const result = readNotification(Buffer.from(JSON.stringify(bodyJson([alertJson({ labels, fingerprint })]))));
      return 'fault' in result ? result.fault : result.alerts[0]?.fingerprint;
    };
    expect(read({ a: '1', b: '2' })).toBe(read({ b: '2', a: '1' }));
    expect(read({ a: '1', b: '2' })).not.toBe(read({ a: '1', b: '3' }));
    expect(read({ a: '1' }, 'x y\n')).toMatch(/^[0-9a-f]{16}$/);
  });
});
