// The measurements of the cisco family (cisco 20 to 22): what is put when, what corrections overwrite, what a restart
// keeps, and what invented names cannot do.
import { describe, expect, test } from 'vitest';
import { ciscoServiceTransition } from '../../src/families/cisco/metrics.ts';
import { PointBook } from '../../src/families/cisco/points/points.ts';
import { estimateSeries } from '../../src/families/cisco/topology/series-estimate.ts';
import { readTopology } from '../../src/families/cisco/topology/topology.ts';
import { CollectingSink } from './collecting-sink.ts';
import { line, startMs, twoSites } from './cisco-log.ts';
import { LiveSource, pointsOf } from './cisco-live.ts';

const hub = '10.9.0.1';
const site1 = '10.255.0.101';
const config = '%SYS-5-CONFIG_I: Configured from console';
const dlci = (state: string): string => `%FR-5-DLCICHANGE: Interface Serial0/0 - DLCI 101 state changed to ${state}`;
const proto = (name: string, state: string): string =>
  `%LINEPROTO-5-UPDOWN: Line protocol on Interface ${name}, changed state to ${state}`;
const ospf = (from: string, to: string, why = 'Dead timer expired'): string =>
  `%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.102 on GigabitEthernet0/0/1.102 from ${from} to ${to}, ${why}`;

/** Lines with the numbers of one device in a row. */
function numbered(source: string, first = 1): (at: number, message: string, lateBy?: number) => string {
  let number = first;
  return (at, message, lateBy) => line(at, source, number++, message, lateBy);
}

describe('services', () => {
  test('a loss is provisional until it is longer than a drop, and keeps alerts silent so long', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    source.feed(say(-600, config), say(0, dlci('INACTIVE')), say(100, config));
    const at = (seconds: number): Readonly<Record<string, unknown>> | undefined =>
      source
        .report(seconds)
        .find(({ measurement, tags }) => measurement === 'cisco_service' && tags['svc'] === 'site-101')?.fields;
    expect(at(20)).toMatchObject({ state: 1, provisional: 1, down: 1, quiet: 1, since_s: 20 });
    expect(at(120)).toMatchObject({ state: 1, provisional: 0, down: 1, quiet: 0, hole: 0, planned: 0 });
    expect(at(100 + 1800)).toMatchObject({ state: 1, hole: 1, quiet: 1 });
  });

  test('a port that is shut down after a change of the configuration is planned', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    source.feed(say(-600, config), say(-600, ospf('LOADING', 'FULL', 'Loading Done')), say(-30, config));
    source.feed(say(0, ospf('FULL', 'DOWN', 'Neighbor Down: Interface down or detached (Admin. shutdown)')));
    source.feed(say(5, proto('Tunnel102', 'down')), say(100, config));
    const points = source.report(200);
    const service = points.find(
      ({ measurement, tags }) => measurement === 'cisco_service' && tags['svc'] === 'site-102',
    );
    expect(service?.fields).toMatchObject({ planned: 1, quiet: 1 });
    const neighbour = points.find(({ measurement }) => measurement === 'cisco_adjacency');
    expect(neighbour).toMatchObject({
      tags: { dev: 'core-1', protocol: 'ospf', neighbor: '10.255.0.102 GigabitEthernet0/0/1.102' },
      fields: { state: 0, quiet: 1 },
    });
  });

  test('a long idle call makes the primary suspect, whatever calls came after it; a test does not', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    source.feed(
      say(-600, dlci('ACTIVE')),
      say(0, '%LINK-3-UPDOWN: Interface Serial1/0:7, changed state to up'),
      say(1, '%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to 5550101 site-101'),
      say(2, proto('Serial1/0:7', 'up')),
      say(60, config),
    );
    const suspect = (seconds: number): unknown =>
      source
        .report(seconds)
        .find(({ measurement, tags }) => measurement === 'cisco_service' && tags['svc'] === 'site-101')?.fields[
        'suspect'
      ];
    expect([suspect(890), suspect(910)]).toEqual([0, 1]);
    expect(source.report(910).find(({ measurement }) => measurement === 'cisco_calls_open')).toMatchObject({
      tags: { hub: 'core-1', trunk: 'none' },
      fields: { open: 1, unattributed: 0 },
    });
  });

  test('buckets say what share is known, and a moment between loss and backup is not their worst state', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    source
      .feed(
        say(0, config),
        say(310, dlci('INACTIVE')),
        say(315, '%LINK-3-UPDOWN: Interface Serial1/0:7, changed state to up'),
        say(316, '%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to 5550101 site-101'),
        say(317, proto('Serial1/0:7', 'up')),
        say(900, config),
      )
      .finish();
    const bucket = source
      .points('cisco_service_bucket')
      .find(({ tags, at }) => tags['svc'] === 'site-101' && at === 300);
    expect(bucket?.fields).toMatchObject({
      up_s: 10,
      down_s: 7,
      backup_s: 283,
      available_s: 293,
      failed_s: 290,
      known_s: 300,
      failures: 1,
      worst: 2,
    });
  });
});

describe('links', () => {
  const layers = (source: LiveSource, seconds: number, link: string): unknown => {
    const found = source
      .report(seconds)
      .find(({ measurement, tags }) => measurement === 'cisco_link' && tags['link'] === link);
    const { usable, phys, proto: protocol, dlci: circuit, adj } = found?.fields ?? {};
    return [usable, phys, protocol, circuit, adj];
  };

  test('tell the last word on each layer, and what follows from it', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    source.feed(say(-600, config), say(-500, config));
    expect(layers(source, -400, 'site-101-primary')).toEqual([2, 2, 2, 2, 2]);
    source.feed(say(-300, dlci('ACTIVE')), say(-290, config));
    expect(layers(source, -250, 'site-101-primary')).toEqual([1, 1, 2, 1, 2]);
    source.feed(say(0, proto('Serial0/0.101', 'down')), say(40, config));
    expect(layers(source, 60, 'site-101-primary')).toEqual([0, 1, 0, 1, 0]);
    source.feed(say(100, '%LINK-3-UPDOWN: Interface Serial0/0, changed state to down'), say(140, config));
    expect(layers(source, 160, 'site-101-primary')).toEqual([0, 0, 0, 0, 0]);
    source.feed(say(300, ospf('LOADING', 'FULL', 'Loading Done')), say(340, config));
    expect(layers(source, 360, 'site-102-primary')).toEqual([1, 1, 1, 2, 1]);
    // A step back on the way up is no word on the line below.
    source.feed(say(400, ospf('FULL', 'DOWN')), say(410, ospf('EXSTART', 'DOWN', 'Too many retransmissions')));
    source.feed(say(450, config));
    expect(layers(source, 460, 'site-102-primary')).toEqual([0, 1, 1, 2, 0]);
  });

  test('are still known when the messages have been forgotten, and after a restart', async () => {
    const source = await LiveSource.start(twoSites, { correctionDays: 0.25 });
    const say = numbered(hub);
    source.feed(say(0, ospf('LOADING', 'FULL', 'Loading Done')), say(10, proto('Serial0/0.101', 'down')));
    for (let hour = 1; hour < 30; hour++) source.feed(say(hour * 3600, config));
    await source.restart();
    expect(layers(source, 30 * 3600, 'site-102-primary')).toEqual([1, 1, 1, 2, 1]);
    const flaps = source.points('cisco_link_flap').filter(({ tags }) => tags['link'] === 'site-101-primary');
    expect(flaps.reduce((sum, { fields }) => sum + Number(fields['flaps']), 0)).toBe(1);
    const downSeconds = flaps.reduce((sum, { fields }) => sum + Number(fields['down_s']), 0);
    expect(downSeconds).toBeGreaterThan(28 * 3600);
    expect(downSeconds).toBeLessThanOrEqual(29 * 3600 - 10);
  });

  test('count every loss of each end by five minutes', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    const far = numbered(site1);
    source
      .feed(say(-600, dlci('ACTIVE')), say(0, dlci('INACTIVE')), say(2, dlci('ACTIVE')))
      .feed(far(3, proto('Serial0.1', 'down')), far(4, proto('Serial0.1', 'up')))
      .feed(say(290, dlci('INACTIVE')), say(310, dlci('ACTIVE')), say(900, config))
      .finish();
    const flaps = source
      .points('cisco_link_flap')
      .map(({ tags, fields, at }) => [tags['end'], at, fields['flaps'], fields['down_s']]);
    expect(flaps).toEqual([
      ['a', 0, 2, 12],
      ['b', 0, 1, 1],
      ['a', 300, 0, 10],
    ]);
  });

  test('neighbours outside the topology are never told apart', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    source.feed(
      say(0, ospf('LOADING', 'FULL', 'Loading Done')),
      say(10, '%OSPF-5-ADJCHG: Process 1, Nbr 10.7.7.7 on Vlan10 from FULL to DOWN, Neighbor Down: Dead timer expired'),
      say(20, ospf('FULL', 'DOWN')),
      say(21, ospf('INIT', 'DOWN')),
      say(60, config),
    );
    expect(
      source
        .finish()
        .points('cisco_adjacency')
        .map(({ tags, fields }) => [tags['neighbor'], fields]),
    ).toEqual([
      ['10.255.0.102 GigabitEthernet0/0/1.102', { state: 1, changes: 1 }],
      ['10.255.0.102 GigabitEthernet0/0/1.102', { state: 0, changes: 1 }],
    ]);
    expect(source.points('cisco_adjacency_down').reduce((sum, { fields }) => sum + Number(fields['count']), 0)).toBe(2);
  });
});

describe('calls', () => {
  const up = '%LINK-3-UPDOWN: Interface Serial1/0:7, changed state to up';
  const ends = (who: string, seconds: number): string =>
    `%ISDN-6-DISCONNECT: Interface Serial1/0:7  disconnected from ${who}, call lasted ${seconds} seconds`;

  test('are written again at the same time until they have ended', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    source.feed(say(-600, dlci('ACTIVE')), say(0, dlci('INACTIVE')), say(5, up));
    source.feed(say(6, '%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to 5550101 site-101'));
    source.feed(say(7, proto('Serial1/0:7', 'up')), say(100, config), say(200, config));
    const own = () => source.points('cisco_call').filter(({ tags }) => tags['site'] === 'site-101');
    expect(own()).toMatchObject([{ tags: { hub: 'core-1' }, at: 5, fields: { open: 1, void: 0, test: 0 } }]);
    source.feed(say(307, dlci('ACTIVE')), say(407, ends('5550101 site-101', 402)), say(600, config)).finish();
    expect(own()).toMatchObject([{ at: 5, fields: { open: 0, duration_s: 402, active_s: 300, idle_s: 100, void: 0 } }]);
  });

  test('that are given to a site later leave a void point behind', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    source.feed(
      say(-600, dlci('ACTIVE')),
      say(0, up),
      say(1, '%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to unknown'),
    );
    source.feed(say(2, proto('Serial1/0:7', 'up')), say(50, config), say(90, config));
    expect(source.points('cisco_call')).toMatchObject([
      { tags: { site: 'unattributed', hub: 'core-1' }, fields: { void: 0, open: 1 } },
    ]);
    await source.restart();
    source.feed(say(95, ends('5550101 site-101', 95)), say(200, config), say(300, config));
    expect(
      source.points('cisco_call').map(({ tags, fields }) => [tags['site'], fields['void'], fields['duration_s']]),
    ).toEqual([
      ['site-101', 0, 95],
      ['unattributed', 1, 0],
    ]);
  });

  test('of strangers at a hub are told at once, those without a number when they stay without', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    const connect = (at: number, who: string): string =>
      say(at, `%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to ${who}`);
    source.feed(connect(0, '5559999'), say(20, ends('5559999', 20)));
    source.feed(connect(100, 'unknown'), say(150, ends('5550101 site-101', 50)));
    source.feed(connect(200, 'unknown'), say(230, ends('unknown', 30)));
    source.feed(connect(300, 'unknown'), say(301, proto('Serial1/0:7', 'up')));
    await source.restart();
    source.feed(say(340, config), say(400, config), connect(500, '5550101 site-101'), say(600, config)).finish();
    expect(
      source.points('cisco_security').map(({ tags, fields, at }) => [tags['site'], tags['kind'], at, fields['count']]),
    ).toEqual([
      ['unattributed', 'unexpected_caller', 0, 1],
      ['unattributed', 'unknown_caller', 200, 1],
      ['unattributed', 'unknown_caller', 300, 1],
    ]);
  });

  test('in test windows are judged when the window has closed and nothing of it can still come', async () => {
    // Windows from 04:00 to 08:00; the log begins at 08:00.
    const hour = 3600;
    const day = 24 * hour;
    const source = await LiveSource.start();
    const say = numbered(hub);
    source.feed(say(0, dlci('ACTIVE')));
    const passes = (at: number): readonly string[] => [
      say(at, up),
      say(at + 1, '%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to 5550101 site-101'),
      say(at + 2, proto('Serial1/0:7', 'up')),
      say(at + 40, ends('5550101 site-101', 40)),
    ];
    for (let at = 600; at < day - 600; at += 600) source.feed(say(at, config));
    source.feed(say(day - 10, config), say(day + 20, config));
    expect(source.points('cisco_backup_test')).toEqual([]);
    source.idle(day + 95);
    expect(source.points('cisco_backup_test')).toMatchObject([
      { tags: { site: 'site-101' }, at: day, fields: { pass: 0, fail: 1, failed_in_row: 1, reason: 'no-call' } },
    ]);
    await source.restart();
    for (let at = day + 600; at < 2 * day + 600; at += 600) source.feed(say(at, config));
    source.feed(...passes(3 * day - hour), say(3 * day + 100, config), say(3 * day + 200, config));
    expect(
      source
        .points('cisco_backup_test')
        .map(({ at, fields }) => [at / day, fields['pass'], fields['failed_in_row'], fields['reason']]),
    ).toEqual([
      [1, 0, 1, 'no-call'],
      [2, 0, 2, 'no-call'],
      [3, 1, 0, 'ok'],
    ]);
    expect(source.points('cisco_call').map(({ fields }) => fields['test'])).toEqual([1]);
  });
});

/** Six sites on one trunk. */
const trunkTopology = `
version: 1
devices:
  - {name: core-1, role: hub, log_path: local, addresses: [{ip: 10.9.0.1, via: lan}]}
${[1, 2, 3, 4, 5, 6].map((n) => `  - {name: s${n}, role: spoke}`).join('\n')}
links:
${[1, 2, 3, 4, 5, 6]
  .map(
    (n) =>
      `  - {id: s${n}-primary, type: frame-relay-pvc, trunk: t1, a: {device: core-1, interface: Serial0/0.${n}, parent: Serial0/0, dlci: ${n}}, b: {device: s${n}, interface: Serial0.1}}`,
  )
  .join('\n')}
services:
${[1, 2, 3, 4, 5, 6].map((n) => `  - {id: s${n}, primary: s${n}-primary}`).join('\n')}
trunks:
  - {id: t1, kind: frame-relay, device: core-1, interface: Serial0/0}
`;

test('a trunk that fails is told once, keeps its sites silent for ten minutes, and is closed when circuits are back', async () => {
  const source = await LiveSource.start(trunkTopology);
  const say = numbered(hub);
  const circuit = (at: number, n: number, state: string): string =>
    say(at, `%FR-5-DLCICHANGE: Interface Serial0/0 - DLCI ${n} state changed to ${state}`);
  source.feed(say(-600, config), ...[1, 2, 3, 4, 5, 6].map((n) => circuit(0, n, 'INACTIVE')), say(100, config));
  source.feed(say(200, config));
  const of = (seconds: number, measurement: string): Readonly<Record<string, number | string>> | undefined =>
    source.report(seconds).find((point) => point.measurement === measurement)?.fields;
  expect(of(300, 'cisco_trunk')).toMatchObject({ open: 0, max_open: 6, failed: 1, hits: 1, down_s: 300, quiet: 0 });
  expect(of(300, 'cisco_service')).toMatchObject({ down: 1, quiet: 1 });
  expect(of(700, 'cisco_service')).toMatchObject({ down: 1, quiet: 0 });
  expect(source.points('cisco_trunk_hit')).toMatchObject([
    { tags: { dev: 'core-1', trunk: 't1', kind: 'frame-relay' }, at: 0, fields: { circuits: 6, open: 1, void: 0 } },
  ]);
  source.feed(...[1, 2, 3, 4, 5, 6].map((n) => circuit(900, n, 'ACTIVE')), say(1000, config), say(1100, config));
  expect(of(1200, 'cisco_trunk')).toMatchObject({ open: 6, max_open: 6, failed: 0, hits: 1, down_s: 900 });
  expect(source.points('cisco_trunk_hit')).toMatchObject([{ at: 0, fields: { open: 0, down_s: 900, void: 0 } }]);
  const hours = source.points('cisco_failure_hourly');
  expect(hours).toMatchObject([{ tags: { hour: '08', weekday: '2' }, at: 0, fields: { failures: 6 } }]);
});

describe('corrections', () => {
  test('are counted where they contradict what was believed', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    source
      .feed(say(-600, dlci('INACTIVE')), say(0, dlci('ACTIVE')), say(300, dlci('ACTIVE')), say(400, config))
      .finish();
    expect(source.points('cisco_inconsistency')).toMatchObject([
      { tags: { svc: 'site-101', kind: 'already_up' }, at: 300, fields: { count: 1 } },
    ]);
  });

  test('of what is older than the window are refused', async () => {
    const source = await LiveSource.start(twoSites, {
      correctionDays: 0.25,
      lookaheadSeconds: 30,
      maxSkewSeconds: 86_400,
    });
    const say = numbered(hub);
    source.feed(say(0, dlci('ACTIVE')));
    for (let hour = 1; hour < 20; hour++) source.feed(say(hour * 3600, config));
    const before = source.points('cisco_service_bucket').length;
    // Stamped at the beginning of the log, and most of a day late.
    source.feed(line(60, site1, 5, proto('Serial0.1', 'down'), 20 * 3600));
    source.feed(say(21 * 3600, config)).finish();
    expect(
      source.points('cisco_inconsistency').map(({ tags, fields }) => [tags['svc'], tags['kind'], fields['count']]),
    ).toEqual([['site-101', 'correction_refused', 1]]);
    const down = source.points('cisco_service_bucket').reduce((sum, { fields }) => sum + Number(fields['down_s']), 0);
    expect([down, source.points('cisco_service_bucket').length > before]).toEqual([0, true]);
  });

  test('write what has changed, once, and two points of one millisecond beside each other', () => {
    const book = new PointBook(ciscoServiceTransition);
    const change = (state: number) => ({ tags: ['svc', 'site'], timeMs: startMs, values: { state, prev: 3 } });
    const write = (...points: readonly ReturnType<typeof change>[]) => {
      const sink = new CollectingSink();
      book.write(points, startMs - 1, sink);
      return pointsOf(sink, 'cisco_service_transition').map(({ at, fields: { state, rev, void: isVoid } }) => [
        at,
        state,
        rev,
        isVoid,
      ]);
    };
    expect(write(change(1), change(2))).toEqual([
      [0, 1, 1, 0],
      [0.001, 2, 1, 0],
    ]);
    expect(write(change(1), change(2))).toEqual([]);
    const again = new PointBook(ciscoServiceTransition);
    again.restore(JSON.parse(JSON.stringify(book.snapshot())) as never);
    const sink = new CollectingSink();
    again.write([change(1), change(2)], startMs - 1, sink);
    expect(sink.points()).toEqual([]);
    expect(write(change(2))).toEqual([
      [0, 2, 2, 0],
      [0.001, 2, 2, 1],
    ]);
    expect(write(change(2), change(2))).toEqual([[0.001, 2, 3, 0]]);
  });
});

describe('devices', () => {
  test('messages are counted with their copies, losses and what they are a share of', async () => {
    const source = await LiveSource.start();
    const tenth = line(10, hub, 10, config);
    source.feed(line(0, hub, 7, config), tenth, tenth, line(20, hub, 11, config)).finish();
    expect(source.points('cisco_transport')).toMatchObject([
      {
        tags: { dev: 'core-1' },
        fields: {
          received: 4,
          duplicate: 1,
          lost: 2,
          expected: 5,
          strong_lost: 2,
          strong_expected: 5,
          loss_quality: 2,
        },
      },
    ]);
  });

  test('a jump too great for loss and the beginning of a boot have counts of their own', async () => {
    const source = await LiveSource.start();
    source.feed(line(0, hub, 41_000, config), line(10, hub, 90_000, config), line(300, hub, 12, config));
    await source.restart();
    source.feed(line(301, hub, 13, config, 9)).finish();
    const sum = (field: string): number =>
      source.points('cisco_transport').reduce((total, { fields }) => total + Number(fields[field] ?? 0), 0);
    expect([sum('lost'), sum('discontinuity'), sum('lost_after_boot')]).toEqual([0, 1, 10]);
    expect(Math.max(...source.points('cisco_transport').map(({ fields }) => Number(fields['max_delay_s'] ?? 0)))).toBe(
      9,
    );
  });

  test('a reboot that goes on is one reboot', async () => {
    const source = await LiveSource.start();
    source.feed(line(0, hub, 900, config));
    for (let number = 3; number <= 260; number++) source.feed(line(200 + number / 20, hub, number, config));
    source.feed(line(246, site1, 1, config), line(250, hub, 2, config)).finish();
    expect(source.points('cisco_reboot').map(({ at, fields }) => [at, fields['unplanned'], fields['void']])).toEqual([
      [200.15, 0, 1],
      [250, 1, 0],
    ]);
    const device = source.report(350).find(({ measurement }) => measurement === 'cisco_device');
    expect(device?.fields).toMatchObject({ reboots: 1, uptime_s: 100, silent: 0, clock_bad: 0, clock_quality: 0 });
  });

  test('is silent after three times its usual pause, not after half an hour for everybody', async () => {
    const source = await LiveSource.start();
    const slow = numbered(site1);
    const fast = numbered(hub);
    for (let at = 0; at < 40; at++) source.feed(slow(at * 3600, config));
    for (let at = 0; at < 400; at++) source.feed(fast(39 * 3600 + at * 10, config));
    const silent = (seconds: number): unknown =>
      source
        .report(seconds)
        .filter(({ measurement }) => measurement === 'cisco_device')
        .map(({ tags, fields }) => [tags['dev'], fields['silent']]);
    const end = 40 * 3600;
    expect(silent(end + 3000)).toEqual([
      ['core-1', 1],
      ['site-101', 0],
    ]);
    expect(silent(end + 6 * 3600)).toEqual([
      ['core-1', 1],
      ['site-101', 1],
    ]);
  });

  test('that nobody knows have names up to a hundred, before and after a restart', async () => {
    const source = await LiveSource.start();
    for (let at = 0; at < 60; at++) source.feed(line(at, `10.99.0.${at}`, 1, config));
    await source.restart();
    for (let at = 60; at < 150; at++) source.feed(line(at, `10.99.0.${at}`, 1, config));
    source.feed(line(200, '10.99.0.3', 2, config)).finish();
    const names = new Set(source.points('cisco_messages').map(({ tags }) => tags['dev']));
    expect([names.size, names.has('unknown'), names.has('10.99.0.99'), names.has('10.99.0.100')]).toEqual([
      101,
      true,
      true,
      false,
    ]);
    expect(source.report(300).filter(({ measurement }) => measurement === 'cisco_device')).toHaveLength(100);
  });

  test('tell fifty tracked objects and groups apart, and say their states again', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    for (let track = 0; track < 60; track++) {
      source.feed(say(track, `%TRACK-6-STATE: ${track} ip sla ${track} reachability Up -> Down`));
      source.feed(say(track, `%HSRP-5-STATECHANGE: Vlan${track} Grp 1 state Standby -> Active`));
    }
    source.finish();
    await source.restart();
    const points = source.report(200);
    const tracks = points.filter(({ measurement }) => measurement === 'cisco_track');
    expect([tracks.length, tracks.every(({ fields }) => fields['state'] === 0)]).toEqual([50, true]);
    const groups = points.filter(({ measurement }) => measurement === 'cisco_redundancy');
    expect([groups.length, groups.every(({ fields }) => fields['role'] === 2)]).toEqual([50, true]);
    const other = source.points('cisco_track').filter(({ tags }) => tags['track'] === '__other__');
    expect(other.map(({ fields }) => fields)).toEqual([{ changes: 10 }]);
  });

  test('a fault of the environment stays until its end is reported, whatever severity that has', async () => {
    const source = await LiveSource.start();
    const say = numbered(hub);
    const active = (seconds: number): unknown =>
      source
        .report(seconds)
        .filter(({ measurement }) => measurement === 'cisco_env')
        .map(({ tags, fields }) => [tags['level'], fields['active']]);
    source.feed(say(0, '%ENVMON-2-FAN_FAILED: Fan 3 had a rotation error reported.'), say(60, config));
    expect(active(3600)).toEqual([['2', 1]]);
    source.feed(say(7200, '%ENVMON-5-FAN_OK: Fan 3 is OK now'), say(7300, config)).finish();
    expect(active(7400)).toEqual([['5', 0]]);
    expect(source.points('cisco_env').map(({ tags, at, fields }) => [tags['level'], at, fields['active']])).toEqual([
      ['2', 0, 1],
      ['2', 7200, 0],
      ['5', 7200, 0],
    ]);
  });

  test('a code that was never seen is told once the log is a day old, with the text of the message', async () => {
    const source = await LiveSource.start(twoSites, {});
    const say = numbered(hub);
    const day = 86_400;
    source.feed(say(0, config), say(60, '%SNMP-3-AUTHFAIL: Authentication failure from 10.0.0.1'));
    await source.restart();
    source.feed(
      say(day + 100, '%SNMP-3-AUTHFAIL: again'),
      say(day + 200, '%IP-4-DUPADDR: Duplicate \u001b[31maddress'),
    );
    source.feed(say(day + 210, '%IP-4-DUPADDR: again')).finish();
    const points = source.points('cisco_interesting');
    expect(points.filter(({ fields }) => fields['first_seen'] === 1).map(({ tags, at }) => [tags['code'], at])).toEqual(
      [['IP-4-DUPADDR', day + 200]],
    );
    expect(points.map(({ fields }) => String(fields['text'])).join()).toContain('Authentication failure from 10.0.0.1');
    // No byte of a log reaches a terminal.
    expect(points.map(({ fields }) => String(fields['text'])).join()).not.toContain('\u001b');
    const mute = await LiveSource.start(twoSites, { texts: false });
    mute.feed(line(0, hub, 1, '%SNMP-3-AUTHFAIL: Authentication failure from 10.0.0.1')).finish();
    expect(mute.points('cisco_interesting').map(({ fields }) => fields)).toEqual([{ count: 1, first_seen: 0 }]);
  });
});

test('what was read is told as what was added, also of what came by network', async () => {
  const source = await LiveSource.start();
  const ingest = (seconds: number, received?: { rejected: number; truncated: number }) =>
    source.report(seconds, received).find(({ measurement }) => measurement === 'cisco_ingest')?.fields;
  source.feed(line(0, hub, 1, config), 'nonsense', line(2, hub, 2, config));
  expect(ingest(10, { rejected: 5, truncated: 1 })).toMatchObject({
    read: 3,
    parsed: 2,
    unparsed: 1,
    rejected: 5,
    truncated: 1,
    holes: 0,
  });
  expect(ingest(25, { rejected: 7, truncated: 1 })).toMatchObject({ read: 0, unparsed: 0, rejected: 2, truncated: 0 });
  await source.restart();
  source.feed(line(2000, hub, 3, config));
  expect(ingest(2010)).toMatchObject({ read: 1, parsed: 1, unparsed: 0, rejected: 0, holes: 1 });
  expect(source.points('cisco_hole')).toMatchObject([
    { at: 2, fields: { duration_s: 1998, what: expect.stringContaining('33.3 minutes') } },
  ]);
});

test('time that passes without lines lets records go and writes on, but not into a hole', async () => {
  const source = await LiveSource.start();
  const say = numbered(hub);
  source.feed(say(0, config), say(100, dlci('INACTIVE')));
  expect(source.points('cisco_service_transition')).toEqual([]);
  source.idle(200);
  expect(source.points('cisco_service_transition')).toMatchObject([{ at: 100, fields: { state: 1, void: 0 } }]);
  source.idle(1000);
  const last = (): number => Math.max(...source.points('cisco_service_bucket').map(({ at }) => at));
  expect(last()).toBe(900);
  source.idle(100 + 1800).idle(90_000);
  expect(last()).toBe(900);
});

test('a restart after every line changes no point, of any measurement', async () => {
  const say = numbered(hub);
  const far = numbered(site1);
  const log = [
    say(-600, dlci('ACTIVE')),
    say(-590, ospf('LOADING', 'FULL', 'Loading Done')),
    far(-580, config),
    say(0, dlci('INACTIVE')),
    say(5, '%LINK-3-UPDOWN: Interface Serial1/0:7, changed state to up'),
    say(6, '%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to unknown'),
    say(7, proto('Serial1/0:7', 'up')),
    far(9, '%SNMP-3-AUTHFAIL: Authentication failure'),
    say(300, dlci('ACTIVE')),
    say(310, '%ISDN-6-DISCONNECT: Interface Serial1/0:7  disconnected from 5550101 site-101, call lasted 305 seconds'),
    say(400, ospf('FULL', 'DOWN')),
    say(420, proto('Tunnel102', 'down')),
    line(500, hub, 40, '%ENVMON-2-FAN_FAILED: Fan 3 had a rotation error reported.'),
    line(900, hub, 2, config),
    line(3000, hub, 3, '%TRACK-6-STATE: 1 ip sla 1 reachability Up -> Down'),
    line(3010, hub, 3, '%TRACK-6-STATE: 1 ip sla 1 reachability Up -> Down'),
    line(3400, hub, 4, config),
  ];
  const whole = (await LiveSource.start()).feed(...log).finish();
  const parts = await LiveSource.start();
  for (const text of log) {
    parts.feed(text);
    await parts.restart();
  }
  parts.finish();
  const final = (source: LiveSource): readonly string[] =>
    source.sink
      .points()
      // What was believed for a while only, and how often a point was written, depend on when it was looked at.
      .filter((point) => !/\bvoid=1i|\bcount=0i|\bflaps=0i,down_s=0 /.test(point))
      .map((point) => point.replace(/,?\brev=\d+i/, ''));
  expect(final(parts)).toEqual(final(whole));
  const kinds = new Set(final(whole).map((point) => point.slice(0, point.indexOf(','))));
  expect(kinds.size).toBeGreaterThan(14);
});

test('the series of a topology can be estimated', () => {
  // 2 services, 4 links, 3 devices with 8 severities.
  expect(estimateSeries(readTopology(twoSites, 'topology.yaml'))).toBe(2 * 3 + 4 * 4 + 3 * 14);
});
