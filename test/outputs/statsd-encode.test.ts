import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ecsDenialHourly } from '../../src/families/ecs/metrics.ts';
import { counter, distinct, gauge, measurement, tag, text } from '../../src/model/catalogue.ts';
import { encodePoint } from '../../src/model/line-protocol.ts';
import { cleanForName, cleanForTag, metricText, metricsOf, packetsOf } from '../../src/outputs/statsd/encode.ts';
import type { Flavour, Metric } from '../../src/outputs/statsd/encode.ts';
import { statsdOptions } from '../../src/outputs/statsd/options.ts';

const denial = measurement({
  name: 'ecs_denial',
  help: 'refusals',
  tags: { event: tag('number'), category: tag('class', 50, true) },
  fields: { count: counter('events', 'n'), distinct_d1: distinct('users', 'n') },
});
const link = measurement({
  name: 'cisco_link_state',
  help: 'links',
  tags: { address: tag('a'), port: tag('p') },
  fields: { level: gauge('dB', 'l'), note: text('t'), flaps: counter('n', 'f') },
});
const byName = new Map([denial, ecsDenialHourly, link].map((each) => [each.name, each]));

/** The texts that a batch becomes. */
function texts(
  flavour: Flavour,
  points: Parameters<typeof encodePoint>[0][],
  newest = new Map<string, number>(),
): string[] {
  const lines = Buffer.from(points.map(encodePoint).join(''));
  const { metrics } = metricsOf(lines, byName, { flavour, prefix: 'switchboard' }, newest);
  return metrics.map((metric) => metricText(metric, flavour));
}

const denialPoint = (count: number, timeMs = 10, users?: number) => ({
  measurement: denial,
  tags: ['1926', 'registration', 'cm1.example.com', 'noc-1'],
  fields: [count, users],
  timeMs,
});

describe('names and values', () => {
  test('plain: the name of the specification, without the tag that follows from another', () => {
    expect(texts('plain', [denialPoint(3)])).toEqual(['switchboard.cm1-example-com.ecs.denial.1926:3|c']);
  });

  test('plain: a roll-up by hour has the hour and the day of the week in its name', () => {
    const tags = ['08', '1', 'registration', 'cm1', 'noc'];
    expect(texts('plain', [{ measurement: ecsDenialHourly, tags, fields: [3], timeMs: 10 }])).toEqual([
      'switchboard.cm1.ecs.denial_hourly.08.1.registration:3|c',
    ]);
  });

  test('plain: fields other than count come last; addresses become one part', () => {
    expect(
      texts('plain', [
        { measurement: link, tags: ['10.1.1.1', 'Gi0/1', 'r1', 'noc'], fields: [-2.5, 'up: yes|no', 4], timeMs: 1 },
      ]),
    ).toEqual([
      'switchboard.r1.cisco.link_state.10-1-1-1.Gi0_1.level:-2.5|g',
      'switchboard.r1.cisco.link_state.10-1-1-1.Gi0_1.flaps:4|c',
    ]);
  });

  test('plain: an absent tag keeps its place', () => {
    expect(texts('plain', [{ measurement: link, tags: ['', 'p', '', ''], fields: [1], timeMs: 1 }])).toEqual([
      'switchboard.none.cisco.link_state.none.p.level:1|g',
    ]);
  });

  test('telegraf and datadog: tags of their own, absent ones left out', () => {
    const points = [{ measurement: denial, tags: ['19:26', '', 'cm 1', 'noc'], fields: [2, 7], timeMs: 1 }];
    expect(texts('telegraf', points)).toEqual([
      'switchboard.ecs.denial,event=19_26,host=cm_1,instance=noc:2|c',
      'switchboard.ecs.denial.distinct_d1,event=19_26,host=cm_1,instance=noc:7|g',
    ]);
    expect(texts('datadog', points)).toEqual([
      'switchboard.ecs.denial:2|c|#event:19_26,host:cm_1,instance:noc',
      'switchboard.ecs.denial.distinct_d1:7|g|#event:19_26,host:cm_1,instance:noc',
    ]);
  });

  test.each(['plain', 'telegraf', 'datadog'] as const)(
    '%s: increments of one series are added up, of a gauge the newest stays, nothing is sent for 0',
    (flavour) => {
      const sent = texts(flavour, [denialPoint(3, 20, 9), denialPoint(4, 10, 5), denialPoint(0, 30)]);
      expect(sent.map((line) => /:(\d+\|[cg])/.exec(line)?.[1])).toEqual(['7|c', '9|g']);
    },
  );

  test('a late bucket does not set a gauge back, but its increments count', () => {
    const newest = new Map<string, number>();
    expect(texts('plain', [denialPoint(1, 100, 50)], newest)).toHaveLength(2);
    expect(texts('plain', [denialPoint(1, 40, 7)], newest)).toEqual([
      'switchboard.cm1-example-com.ecs.denial.1926:1|c',
    ]);
    expect(texts('plain', [denialPoint(1, 100, 51)], newest)).toHaveLength(2);
  });

  test('lines of no known measurement are given back', () => {
    const { metrics, refused } = metricsOf(
      Buffer.from('other v=1i 1\nrubbish\n'),
      byName,
      { flavour: 'plain', prefix: 'p' },
      new Map(),
    );
    expect(metrics).toEqual([]);
    expect(refused.map((point) => point.line)).toEqual(['other v=1i 1', 'rubbish']);
  });

  test.each([
    ['10.0.0.1', '10-0-0-1', '10.0.0.1'],
    ['a:b c|d@e#f\ng', 'a_b_c_d_e_f_g', 'a_b_c_d_e_f_g'],
    ['x=1,y=2', 'x_1_y_2', 'x_1_y_2'],
    ['naïve', 'na_ve', 'na_ve'],
    ['"q" \\', '_q___', '_q___'],
    ['😀', '_', '_'],
    ['', 'none', ''],
    ['__other__', '__other__', '__other__'],
    ['a/b-c_d', 'a_b-c_d', 'a/b-c_d'],
  ])('cleans %j to %j in a name and %j as a tag', (value, name, asTag) => {
    expect(cleanForName(value)).toBe(name);
    expect(cleanForTag(value)).toBe(asTag);
  });

  test('no tag value, however hostile, changes the shape of a line', () => {
    const hostile = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(hostile, hostile, hostile, fc.integer({ min: 1, max: 1e9 }), (event, host, instance, count) => {
        const point = { measurement: denial, tags: [event, '', host, instance], fields: [count], timeMs: 1 };
        expect(texts('plain', [point])[0]).toMatch(/^switchboard\.[\w-]+\.ecs\.denial\.[\w-]+:\d+\|c$/);
        expect(texts('telegraf', [point])[0]).toMatch(
          /^switchboard\.ecs\.denial(,(event|host|instance)=[^\s:|,=#@]+)*:\d+\|c$/,
        );
        expect(texts('datadog', [point])[0]).toMatch(
          /^switchboard\.ecs\.denial:\d+\|c(\|#((event|host|instance):[^\s:|,=#@]+,?)+)?$/,
        );
      }),
      { seed: 46, numRuns: 200 },
    );
  });
});

describe('packets', () => {
  const metric = (name: string, value = 1, type: 'c' | 'g' = 'c'): Metric => ({ name, tags: {}, type, value });
  const none = (): void => undefined;

  test('a negative gauge follows a zero in the same packet, except for Datadog', () => {
    const packets = packetsOf([metric('g', -5, 'g')], 'plain', none);
    expect(packets.map((packet) => packet.map((each) => each.value))).toEqual([[0, -5]]);
    expect(packetsOf([metric('g', -5, 'g')], 'telegraf', none)[0]).toHaveLength(2);
    expect(packetsOf([metric('g', -5, 'g')], 'datadog', none)[0]).toHaveLength(1);
    expect(packetsOf([metric('c', -5, 'c')], 'plain', none)[0]).toHaveLength(1);
  });

  test('packets hold every metric once, in order, within the limit, and a pair is never parted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: -9, max: 9 }), fc.boolean()), {
          maxLength: 60,
        }),
        (specs) => {
          const metrics = specs.map(([length, value, isGauge], index) =>
            metric(`${index}.${'x'.repeat(length)}`, value, isGauge ? 'g' : 'c'),
          );
          const packets = packetsOf(metrics, 'plain', none, 250);
          for (const packet of packets) {
            expect(packet.map((each) => metricText(each, 'plain')).join('\n').length).toBeLessThanOrEqual(250);
            packet.forEach((each, index) => {
              if (each.type === 'g' && each.value < 0)
                expect(packet[index - 1]).toMatchObject({ name: each.name, value: 0 });
            });
          }
          const isZeroBefore = (each: Metric, next: Metric | undefined): boolean => next?.name === each.name;
          const sent = packets.flatMap((packet) =>
            packet.filter((each, index) => !isZeroBefore(each, packet[index + 1])),
          );
          expect(sent).toEqual(metrics);
        },
      ),
      { seed: 1432, numRuns: 200 },
    );
  });

  test('what is longer than a packet is given back', () => {
    const refused: string[] = [];
    const packets = packetsOf(
      [metric('a'), metric('x'.repeat(300)), metric('b')],
      'plain',
      (line) => refused.push(line),
      250,
    );
    expect(packets.flat().map((each) => each.name)).toEqual(['a', 'b']);
    expect(refused).toEqual([`${'x'.repeat(300)}:1|c`]);
  });
});

describe('options', () => {
  test('an empty section is complete', () => {
    expect(statsdOptions.parse({})).toMatchObject({
      host: '127.0.0.1',
      port: 8125,
      flavour: 'plain',
      atMostOnce: true,
    });
  });

  test.each([
    ['an unknown flavour', { flavour: 'graphite' }],
    ['a port of 0', { port: 0 }],
    ['a prefix with a blank', { prefix: 'a b' }],
    ['a prefix with an empty part', { prefix: 'a..b' }],
    ['an address with a port', { host: 'http://h' }],
    ['an unlimited pace', { packetsPerSecond: 0 }],
    ['an unknown key', { flavor: 'plain' }],
  ])('%s is refused', (_name, options) => {
    expect(statsdOptions.safeParse(options).success).toBe(false);
  });
});
