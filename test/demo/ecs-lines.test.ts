import { describe, expect, test } from 'vitest';
import { ecsLines, ecsSeconds } from '../../src/demo/ecs-lines.ts';
import { defaultSpeed, incidentsBetween, loadAt } from '../../src/demo/rhythm.ts';
import { recount, sipMessages } from './recount.ts';

const fromMs = Date.UTC(2026, 2, 1, 12);
const all = (options: Parameters<typeof ecsLines>[0]) => [...ecsLines(options)];
const day = { seed: 5, fromMs, toMs: fromMs + 600_000 };

describe('the lines of a Communication Manager', () => {
  test('are the same for the same seed, whatever part is made, and others for another', () => {
    const whole = all({ ...day, toMs: fromMs + 60_000 });
    const part = all({ ...day, fromMs: fromMs + 30_500, toMs: fromMs + 40_000 });
    expect(part.map((second) => second.text)).toEqual(whole.slice(30, 40).map((second) => second.text));
    expect(all({ ...day, seed: 6, toMs: fromMs + 1000 })[0]!.text).not.toBe(whole[0]!.text);
  });

  test('have the layout of the specification, in order of time, and the events that are told', () => {
    const seconds = all({ ...day, toMs: fromMs + 300_000 });
    const text = seconds.map((second) => second.text).join('');
    const lines = text.split('\n').slice(0, -1);
    expect(text.endsWith('\n')).toBe(true);
    expect(lines).toHaveLength(seconds.reduce((sum, second) => sum + second.lines, 0));
    for (const line of lines) expect(line).toMatch(/^\d{8}:\d{9}:\d+:\w+\(\d+\):MED:\[[^[\]]+\]$/);
    const stamps = lines.map((line) => line.slice(0, 18));
    expect(stamps).toEqual([...stamps].sort());
    const told = new Map<string, number>();
    for (const { events } of seconds) for (const [name, count] of events) told.set(name, (told.get(name) ?? 0) + count);
    const traces = seconds.map((second) => second.trace).join('');
    expect(Object.fromEntries(told)).toEqual(recount(text + traces));
    expect(told.size).toBeGreaterThan(20);
  });

  test('keep their events when there is less filler', () => {
    const options = { ...day, toMs: fromMs + 120_000 };
    const busy = all(options);
    const thin = all({ ...options, fillerPerSecond: 2 });
    expect(thin.map((second) => second.events)).toEqual(busy.map((second) => second.events));
    expect(thin[60]!.lines).toBeLessThan(busy[60]!.lines);
  });

  test('are about 2 % denials when nothing is wrong', () => {
    const seconds = all({ ...day, hasIncidents: false });
    const lines = seconds.reduce((sum, second) => sum + second.lines, 0);
    let denials = 0;
    for (const { events } of seconds)
      for (const [name, count] of events) if (name.startsWith('denial ')) denials += count;
    expect(denials / lines).toBeGreaterThan(0.015);
    expect(denials / lines).toBeLessThan(0.025);
  });

  test('carry traced messages whose size is that of their bytes, mixed line by line', () => {
    const text = all({ ...day, toMs: fromMs + 300_000 })
      .map((second) => second.text)
      .join('');
    expect(sipMessages(text).length).toBeGreaterThan(100);
    const places = text
      .split('\n')
      .flatMap((line) => /:(MAP\(\d+\)):MED:\[MST {2}(\S+)/.exec(line)?.slice(1).join() ?? []);
    // Somewhere the first lines of two records follow each other, before the second line of either.
    const isMixed = places.some((place, index) => !place.endsWith('+') && places[index + 1]?.endsWith('+') === false);
    expect(isMixed).toBe(true);
    expect(new Set(places.map((place) => place.split(',')[0])).size).toBe(4);
  });

  test('can be the bulk of a log that is traced', () => {
    const seconds = all({ ...day, toMs: fromMs + 10_000, mstShare: 0.3, callsPerSecond: 0 });
    const text = seconds.map((second) => second.text).join('');
    expect(sipMessages(text).length).toBeGreaterThan(100);
  });

  test.each([
    ['America/New_York', Date.UTC(2026, 2, 8, 6, 59, 59), ['20260308:015959', '20260308:030000']],
    ['America/New_York', Date.UTC(2026, 10, 1, 5, 59, 59), ['20261101:015959', '20261101:010000']],
    ['Asia/Kathmandu', Date.UTC(2026, 0, 1, 18, 14, 59), ['20260101:235959', '20260102:000000']],
  ])('are stamped by the wall clock of %s', (timezone, timeMs, expected) => {
    const seconds = all({ seed: 1, timezone, fromMs: timeMs, toMs: timeMs + 2000 });
    expect(seconds.map((second) => second.text.slice(0, 15))).toEqual(expected);
  });
});

describe('incidents', () => {
  test('come at known times and are seen in the lines', () => {
    const incidents = incidentsBetween(fromMs, fromMs + 600_000);
    expect(incidents.map((incident) => incident.kind)).toEqual(['denial-surge', 'registration-storm', 'alarm-burst']);
    const make = ecsSeconds({ seed: 5 });
    const marks = { 'denial-surge': 'denial 2121', 'registration-storm': 'denial 1926', 'alarm-burst': 'alarm 513' };
    for (const { kind, fromMs: start, toMs: end } of incidents) {
      const count = (from: number): number => {
        let sum = 0;
        for (let timeMs = from; timeMs < from + 20_000; timeMs += 1000)
          sum += make(timeMs).events.get(marks[kind]) ?? 0;
        return sum;
      };
      expect(end - start).toBeGreaterThan(20_000);
      expect(count(start + 1000)).toBeGreaterThan(5 * count(end + 1000) + 20);
    }
  });

  const remotes = (from: number, to: number): Record<string, number> => {
    const found: Record<string, number> = {};
    for (const { events } of all({ seed: 5, fromMs: from, toMs: to, fillerPerSecond: 0 })) {
      for (const [name, count] of events) found[name] = (found[name] ?? 0) + count;
    }
    return found;
  };
  const sum = (found: Readonly<Record<string, number>>, form: RegExp): number =>
    Object.entries(found).reduce((total, [name, count]) => total + (form.test(name) ? count : 0), 0);
  const minutes = (first: number, last: number) => remotes(fromMs + first * 60_000, fromMs + last * 60_000);

  test('of SIP come every hour: a storm of 503, a trunk that is out, a CTI link that says nothing', () => {
    const storm = minutes(8, 11);
    expect(sum(storm, /^sip .*\/10\.2\.2\.3\/503$/)).toBeGreaterThan(20);
    expect(sum(minutes(4, 7), /^sip .*\/10\.2\.2\.3\/503$/)).toBeLessThan(5);

    const outage = minutes(20, 31);
    expect(sum(outage, /^sip .*\/172\.16\.4\.4\//)).toBe(0);
    expect(sum(outage, /^sip .*\/10\.2\.2\.2\//)).toBeGreaterThan(100);
    expect(sum(minutes(31, 36), /^sip .*\/172\.16\.4\.4\//)).toBeGreaterThan(10);

    const silence = minutes(43, 52);
    expect(sum(silence, /^asai 7\//)).toBe(0);
    expect(sum(silence, /^asai 4\//)).toBeGreaterThan(50);
    expect(sum(minutes(52, 58), /^asai 7\//)).toBeGreaterThan(10);
  });

  test('leave no call without an end', () => {
    const found = minutes(0, 60);
    const calls = (outcome: string): number => sum(found, new RegExp(`^call .*/${outcome}$`));
    const ended = calls('answered') + calls('failed') + calls('cancelled');
    // Those that ring at the end of the hour, or rang before it, at most.
    expect(Math.abs(calls('attempts') - ended)).toBeLessThan(15);
    expect(calls('attempts')).toBeGreaterThan(400);
    expect(calls('answered') / calls('attempts')).toBeGreaterThan(0.5);
    const bye = sum(found, /^sip .*\/BYE$/);
    expect(Math.abs(bye - calls('answered'))).toBeLessThan(30);
  });

  test('and the load repeat every 10 minutes', () => {
    expect(defaultSpeed).toBe(144);
    const loads = Array.from({ length: 20 }, (_, index) => loadAt(fromMs + index * 30_000));
    expect(Math.min(...loads)).toBeLessThan(0.2);
    expect(Math.max(...loads)).toBeGreaterThan(0.9);
    for (const [index, load] of loads.entries())
      expect(loadAt(fromMs + 600_000 + index * 30_000)).toBeCloseTo(load, 10);
  });
});
