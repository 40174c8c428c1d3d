// What the inference makes of calls, boots, holes, the beginning of a log and evidence that contradicts itself
// (cisco 5 H, 10, 12 to 15, and edge cases of 25 that no other test has).
import { expect, test } from 'vitest';
import { serviceState, totals } from '../../src/families/cisco/inference/service-timeline.ts';
import { line, readLog, startMs, twoSites } from './cisco-log.ts';
import type { ReadLog } from './cisco-log.ts';

const hub = '10.9.0.1';
const primary = '10.20.101.2';
const loopback = '10.255.0.101';
const config = '%SYS-5-CONFIG_I: Configured from console';
const dlci = (state: string): string => `%FR-5-DLCICHANGE: Interface Serial0/0 - DLCI 101 state changed to ${state}`;
const adjacency = (state: 'up' | 'down', name = 'GigabitEthernet0/0/1.102'): string =>
  `%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.102 on ${name} from ${state === 'up' ? 'LOADING to FULL, Loading Done' : 'FULL to DOWN, Neighbor Down: Dead timer expired'}`;
const connect = (caller: string, channel = 'Serial1/0:7'): string =>
  `%ISDN-6-CONNECT: Interface ${channel} is now connected to ${caller}`;
const proto = (state: 'up' | 'down', name = 'Serial1/0:7'): string =>
  `%LINEPROTO-5-UPDOWN: Line protocol on Interface ${name}, changed state to ${state}`;
const disconnect = (caller: string, lasted: number, channel = 'Serial1/0:7'): string =>
  `%ISDN-6-DISCONNECT: Interface ${channel} disconnected from ${caller}, call lasted ${lasted} seconds`;
const site = '5550101 site-101';
const open = line(-3600, hub, 1, config);
const close = line(7200, hub, undefined, config);
const names = Object.fromEntries(Object.entries(serviceState).map(([name, state]) => [state, name]));

/** Changes of a service: seconds after the start, and the state. */
function changes(log: ReadLog, id = 'site-101'): readonly (readonly [number, string])[] {
  return log.service(id).timeline.changes.map(({ timeMs, state }) => [(timeMs - startMs) / 1000, names[state] ?? '']);
}

/** Inconsistencies of a service: seconds after the start, and the kind. */
function inconsistencies(log: ReadLog, id = 'site-101'): readonly (readonly [number, string])[] {
  return log.service(id).inconsistencies.map(({ timeMs, kind }) => [(timeMs - startMs) / 1000, kind]);
}

const initialOf = (log: ReadLog, id = 'site-101'): string => names[log.service(id).timeline.initial] ?? '';

test('5 H: a hole is kept in the story, and its time can be charged to unknown', () => {
  const lines = [
    line(-10, hub, 1, config),
    line(0, hub, 2, dlci('INACTIVE')),
    line(2700, hub, 3, dlci('ACTIVE')),
    line(2710, hub, 4, config),
  ];
  const hole = { fromMs: startMs, toMs: startMs + 2_700_000 };
  const seconds = (log: ReadLog): Record<string, number> => {
    const sums = totals(log.service('site-101').timeline.charged, log.story.fromMs, log.story.toMs);
    return { up: sums.upMs / 1000, down: sums.downMs / 1000, unknown: sums.unknownMs / 1000 };
  };
  const kept = readLog(lines);
  expect(kept.story.holes).toEqual([hole]);
  expect(seconds(kept)).toEqual({ up: 20, down: 2700, unknown: 0 });
  const unknown = readLog(lines, { holePolicy: 'unknown' });
  expect(unknown.story.holes).toEqual([hole]);
  expect(seconds(unknown)).toEqual({ up: 20, down: 0, unknown: 2700 });
});

test('12.3: a call that outlasts every idle one was the backup, from the moment it was dialled', () => {
  const call = [open, line(0, primary, 9, config), line(1000, hub, 2, connect(site)), line(1002, hub, 3, proto('up'))];
  const lasting = readLog([...call, close]);
  expect(changes(lasting)).toEqual([
    [995, 'down'],
    [1002, 'backup'],
  ]);
  expect(inconsistencies(lasting)).toEqual([[1000, 'already_up']]);
  // Proof of the primary during the call: it is idle, however long it lasts.
  expect(changes(readLog([...call, line(1500, primary, 10, config), close]))).toEqual([]);
  expect(changes(readLog([...call, line(1600, hub, 4, disconnect(site, 600)), close]))).toEqual([]);
});

test('12.4: a site that hangs up and goes on talking has its primary back, since it hung up', () => {
  const outage = [
    open,
    line(-100, primary, 9, config),
    line(0, hub, 2, dlci('INACTIVE')),
    line(5, hub, 3, connect(site)),
    line(6, hub, 4, proto('up')),
    line(600, hub, 5, disconnect(site, 595)),
  ];
  const back = readLog([...outage, line(700, loopback, 20, config), close]);
  expect(changes(back)).toEqual([
    [0, 'down'],
    [6, 'backup'],
    [600, 'up'],
  ]);
  expect(back.service('site-101').primary.transitions.at(-1)).toMatchObject({ how: 'call', strength: 1 });
  // Too soon to tell; and a site that says nothing may well be cut off.
  for (const lines of [
    [...outage, line(620, loopback, 20, config), close],
    [...outage, close],
  ]) {
    expect(changes(readLog(lines)).at(-1)).toEqual([600, 'down']);
  }
});

test('12.4: where the report of a return is lost as well, it lies before the call was given up', () => {
  const log = readLog([
    open,
    line(-100, primary, 9, config),
    line(0, hub, 2, dlci('INACTIVE')),
    line(5, hub, 3, connect(site)),
    line(6, hub, 4, proto('up')),
    line(500, hub, 5, config),
    line(600, hub, 8, disconnect(site, 595)),
    line(5000, primary, 20, config),
    close,
  ]);
  const [, , back] = changes(log);
  expect(back?.[1]).toBe('up');
  expect(back?.[0]).toBeGreaterThanOrEqual(500);
  expect(back?.[0]).toBeLessThanOrEqual(600);
});

test('12.3: a call belongs to a failure only if it lasted to the proof of it', () => {
  const lost = (log: ReadLog): number => (log.service('site-101').primary.transitions[0]?.timeMs ?? 0) - startMs;
  const call = [open, line(0, primary, 9, config), line(100, hub, 2, connect(site)), line(101, hub, 3, proto('up'))];
  const back = [line(3100, hub, 8, dlci('ACTIVE')), close];
  const brief = readLog([...call, line(160, hub, 4, disconnect(site, 60)), line(3000, hub, 5, config), ...back]);
  expect(lost(brief)).toBeGreaterThanOrEqual(3_000_000);
  const long = readLog([...call, line(3000, hub, 4, config), line(3099, hub, 5, disconnect(site, 2999)), ...back]);
  expect(lost(long)).toBe(95_000);
});

test('12.6: evidence from before the correction window changes nothing, but its contradiction is counted', () => {
  const day = 86_400;
  const log = readLog([line(0, hub, 1, config), line(10, hub, 2, dlci('INACTIVE')), line(day, hub, 9, config)]);
  const { analysis } = log;
  const { network } = analysis;
  network.forget(startMs + (day / 2) * 1000);
  const feed = (...lines: readonly string[]): void => {
    const buffer = Buffer.from(lines.map((text) => `${text}\n`).join(''));
    const file = { path: 'second.log', name: 'second.log', modifiedMs: startMs, id: 2 };
    analysis.lines({ file, buffer, start: 0, end: buffer.length, offset: 0, lines: lines.length }, analysis.reader(1));
    analysis.finish();
  };
  feed(line(100, hub, 3, dlci('ACTIVE')), line(200, hub, 4, dlci('INACTIVE')));
  const story = network.story(network.firstMs, network.lastMs);
  const found = story.services.find(({ service }) => service.id === 'site-101');
  expect(found?.inconsistencies).toEqual([{ timeMs: startMs + day * 1000, kind: 'correction_refused' }]);
  expect(story.fromMs).toBe(startMs + (day / 2) * 1000);
  expect(found?.timeline).toMatchObject({ initial: serviceState.down, changes: [] });
});

test('13.1: what an end said before its boot is void', () => {
  const own = '%FR-5-DLCICHANGE: Interface Serial0 - DLCI 16 state changed to INACTIVE';
  const up = proto('up', 'Serial0/0.101');
  const log = readLog([
    open,
    line(0, primary, 500, own),
    line(200, loopback, 3, '%SYS-5-RESTART: System restarted --'),
    line(220, hub, 2, up),
    close,
  ]);
  expect(changes(log)).toEqual([
    [0, 'down'],
    [220, 'up'],
  ]);
  // Without the boot the circuit is still inactive there (edge 24).
  expect(changes(readLog([open, line(0, primary, 500, own), line(220, hub, 2, up), close]))).toEqual([[0, 'down']]);
});

test('13.2 and 13.3: a far end that logs beside us tells what a boot did, or that it did nothing', () => {
  const boot = [
    line(90, '10.20.102.2', 500, config),
    line(310, '10.20.102.2', 3, '%SYS-5-RESTART: System restarted --'),
  ];
  const told = readLog([
    open,
    ...boot,
    line(100, hub, 2, adjacency('down')),
    line(300, hub, 3, adjacency('up')),
    close,
  ]);
  expect(told.analysis.reboots).toHaveLength(1);
  expect(told.service('site-102').primary.transitions.map(({ timeMs }) => (timeMs - startMs) / 1000)).toEqual([
    100, 300,
  ]);
  const silent = readLog([open, ...boot, close]);
  expect(silent.analysis.reboots).toHaveLength(1);
  expect(silent.service('site-102').primary.transitions).toEqual([]);
});

const twoRemotes = (point: string): string => `
version: 1
defaults: {reboot_loss_point: ${point}}
devices:
  - {name: far-1, log_path: remote, addresses: [{ip: 10.1.0.1, via: loopback}]}
  - {name: far-2, log_path: remote, addresses: [{ip: 10.1.0.2, via: loopback}]}
links: [{id: line, type: leased-line, a: {device: far-1, interface: Serial0}, b: {device: far-2, interface: Serial1}}]
services: [{id: line, primary: line}]
`;

test.each([
  ['last_seen', 100],
  ['midpoint', 250],
  ['first_seen', 400],
])('13.4: with no other witness the link was down while its device booted, %s', (point, from) => {
  const boot = [line(100, '10.1.0.2', 500, config), line(400, '10.1.0.2', 3, '%SYS-5-RESTART: System restarted --')];
  const log = readLog([line(-100, '10.1.0.1', 1, config), ...boot, close], { topology: twoRemotes(point) });
  const { transitions } = log.service('line').primary;
  expect(transitions.map(({ timeMs, isUp }) => [(timeMs - startMs) / 1000, isUp])).toEqual([
    [from, false],
    [400, true],
  ]);
  expect(transitions.every(({ isAdmin }) => !isAdmin)).toBe(true);
});

test('13.5: a reload that was announced is planned', () => {
  const log = readLog(
    [
      line(-100, '10.1.0.1', 1, config),
      line(100, '10.1.0.2', 500, '%SYS-5-RELOAD: Reload requested by console. Reload Reason: maintenance.'),
      line(400, '10.1.0.2', 3, '%SYS-5-RESTART: System restarted --'),
      close,
    ],
    { topology: twoRemotes('last_seen') },
  );
  expect(log.service('line').timeline.changes[0]).toMatchObject({ state: serviceState.down, isPlanned: true });
});

test('13.6: the first packet after a boot tells the path, without any guard', () => {
  const lines = (number: number): readonly string[] => [
    open,
    line(-200, primary, 500, config),
    line(0, hub, 2, dlci('INACTIVE')),
    line(10, primary, number, config),
    close,
  ];
  const options = { dropSeconds: 0, trySeconds: 0 };
  expect(changes(readLog(lines(501), options))).toEqual([[0, 'down']]);
  expect(changes(readLog(lines(3), options))).toEqual([
    [0, 'down'],
    [10, 'up'],
  ]);
});

test('14: the first evidence tells the state before it', () => {
  expect(initialOf(readLog([open, line(0, hub, 2, dlci('INACTIVE')), close]))).toBe('up');
  const up = readLog([open, line(0, hub, 2, dlci('ACTIVE')), close]);
  expect([initialOf(up), changes(up)]).toEqual(['down', [[0, 'up']]]);
  expect(initialOf(readLog([open, line(0, primary, 2, config), close]))).toBe('up');
  expect(initialOf(readLog([open, line(0, '10.60.102.2', 2, config), close]), 'site-102')).toBe('backup');
  const nothing = readLog([open, close]);
  expect(nothing.service('site-101').timeline.isAssumed).toBe(true);
  expect([initialOf(nothing), initialOf(nothing, 'site-102')]).toEqual(['up', 'up']);
  // A permanent backup of which nothing was heard is assumed to work; a dial backup is assumed to be unused.
  expect(changes(readLog([open, line(0, hub, 2, adjacency('down')), close]), 'site-102')).toEqual([[0, 'backup']]);
});

test('10: a site that dials and of which nothing else is known had lost its primary just before, unless it tests', () => {
  const call = (from: number): readonly string[] => [
    line(from - 600, hub, 1, config),
    line(from, hub, 2, connect(site)),
    line(from + 1, hub, 3, proto('up')),
  ];
  const hour = 3600;
  // 08:00 is past the window, 07:00 lies within it.
  const dialled = readLog([...call(hour), line(hour + 60, hub, 4, config)]);
  expect([initialOf(dialled), changes(dialled)]).toEqual([
    'up',
    [
      [hour - 5, 'down'],
      [hour + 1, 'backup'],
    ],
  ]);
  expect(dialled.service('site-101').inconsistencies).toEqual([]);
  expect(changes(readLog([...call(-hour), line(60 - hour, hub, 4, config)]))).toEqual([]);
  // A packet over the primary during the call: it was idle.
  expect(changes(readLog([...call(hour), line(hour + 60, primary, 9, config), close]))).toEqual([]);
});

test('12.3: an up after packets of the primary means that its loss was missed', () => {
  const log = readLog([
    open,
    line(0, '10.20.102.2', 9, config),
    line(1000, hub, 2, config),
    line(1020, hub, 4, adjacency('up')),
    close,
  ]);
  expect(initialOf(log, 'site-102')).toBe('up');
  expect(inconsistencies(log, 'site-102')).toEqual([[1020, 'already_up']]);
  const [loss] = log.service('site-102').primary.transitions;
  expect(loss).toMatchObject({ isUp: false, how: 'gap' });
  expect(loss?.timeMs).toBeGreaterThanOrEqual(startMs + 1_000_000);
});

test('15.1: lengths by record and by times that differ do not fit; the record counts', () => {
  const call = (lasted: number): ReadLog =>
    readLog([open, line(5, hub, 2, connect(site)), line(105, hub, 3, disconnect(site, lasted)), close]);
  expect(inconsistencies(call(200))).toEqual([[105, 'call_duration']]);
  expect(call(200).service('site-101').calls[0]?.lastedMs).toBe(200_000);
  for (const lasted of [97, 100, 103]) expect(inconsistencies(call(lasted))).toEqual([]);
});

test('15.4: a number of no site at a hub warns at once, an unknown one when nothing names it', () => {
  const warnings = (...lines: readonly string[]): readonly (readonly [number, string, string])[] =>
    readLog([open, ...lines, close]).story.warnings.map(({ timeMs, kind, number }) => [
      (timeMs - startMs) / 1000,
      kind,
      number,
    ]);
  expect(warnings(line(5, hub, 2, connect('5559999')))).toEqual([[5, 'unknown_caller', '5559999']]);
  expect(warnings(line(5, hub, 2, connect(site)))).toEqual([]);
  const unknown = [line(5, hub, 2, connect('unknown')), line(6, hub, 3, proto('up'))];
  expect(warnings(...unknown)).toEqual([[66, 'unknown_caller', '']]);
  expect(warnings(...unknown, line(30, hub, 4, disconnect('unknown', 25)))).toEqual([[30, 'unknown_caller', '']]);
  expect(warnings(...unknown, line(30, hub, 4, disconnect(site, 25)))).toEqual([]);
  // The site's own device tells who it was.
  expect(warnings(...unknown, line(6.2, primary, 9, proto('up', 'BRI0:1')))).toEqual([]);
});

test.each<[string, readonly string[]]>([
  ['a number', [line(5, hub, 2, connect('5550101')), line(6, hub, 3, proto('up'))]],
  ['a name', [line(5, hub, 2, connect('unknown site-101')), line(6, hub, 3, proto('up'))]],
  [
    'its own device within ten seconds',
    [
      line(5, hub, 2, connect('unknown')),
      line(6, hub, 3, proto('up')),
      line(9, '10.60.101.2', 9, connect('5550001 core-1', 'BRI0:1')),
    ],
  ],
  [
    'a length that fits at the end',
    [
      line(5, hub, 2, connect('unknown')),
      line(6, hub, 3, proto('up')),
      line(300, hub, 4, disconnect('unknown', 295)),
      line(300.3, primary, 9, disconnect('5550001 core-1', 295, 'BRI0:1')),
    ],
  ],
  [
    'a number that stood beside its name before',
    [
      line(-500, hub, 2, connect('5557777 site-101')),
      line(-480, hub, 3, disconnect('5557777 site-101', 20)),
      line(5, hub, 4, connect('5557777')),
      line(6, hub, 5, proto('up')),
    ],
  ],
])('12.5: a call is attributed by %s', (_by, lines) => {
  const log = readLog([open, ...lines, close]);
  expect(log.story.unattributed).toEqual([]);
  expect(log.service('site-101').calls.at(-1)).toMatchObject({ hub: 'core-1', startMs: startMs + 5000 });
});

test('12.5: of two sites that may have called, the one that is down did; a site calls once at a time', () => {
  const topology = twoSites
    .replace(
      '  - id: site-102-backup\n    type: tunnel\n    a: {device: core-1, interface: Tunnel102}',
      "  - id: site-102-backup\n    type: isdn-dial\n    a: {device: core-1, interface: 'Serial1/*:*'}",
    )
    .replace(
      'b: {device: site-102, interface: Tunnel0}\n    adjacency: {protocol: ospf, neighbor_a: 10.255.0.102, neighbor_b: 10.255.0.1}',
      "b: {device: site-102, interface: 'BRI0:*', numbers: ['5550102']}",
    );
  const own = connect('5550001 core-1', 'BRI0:1');
  const both = [line(5, hub, 5, connect('unknown')), line(6, '10.60.101.2', 9, own), line(7, '10.60.102.2', 9, own)];
  const hubs = (log: ReadLog, id: string): readonly string[] => log.service(id).calls.map((call) => call.channel);
  const neither = readLog([open, ...both, close], { topology });
  expect(neither.story.unattributed).toHaveLength(1);
  const down = readLog([open, line(0, hub, 4, dlci('INACTIVE')), ...both, close], { topology });
  expect(down.story.unattributed).toEqual([]);
  expect([hubs(down, 'site-101'), hubs(down, 'site-102')]).toEqual([['Serial1/0:7'], ['BRI0:1']]);
  // The call of one site is named already: the other one is the other site's.
  const named = readLog([open, ...both, line(8, hub, 6, connect('5550101 site-101', 'Serial1/0:9')), close], {
    topology,
  });
  expect([hubs(named, 'site-101'), hubs(named, 'site-102')]).toEqual([['Serial1/0:9'], ['Serial1/0:7']]);
});

test('edge 18 and 42: a repetition, and two processors that report one port, are no further events', () => {
  const down = (code: string): string => `%${code}: Interface GigabitEthernet0/0/1.102, changed state to down`;
  const log = readLog([
    open,
    line(0, hub, 2, down('LINK-SP-3-UPDOWN')),
    line(1.5, hub, 3, down('LINK-3-UPDOWN')),
    `${new Date(startMs + 10_000).toISOString()} ${hub} last message repeated 3 times`,
    close,
  ]);
  expect(changes(log, 'site-102')).toEqual([[0, 'backup']]);
  expect(log.service('site-102').timeline).toMatchObject({ failures: 1, flaps: 1 });
  expect(inconsistencies(log, 'site-102')).toEqual([]);
});

test('11.8: a packet that waited in its device is a hint for when it came', () => {
  const lines = (lateBy: number): readonly string[] => [
    open,
    line(-10, primary, 20, config),
    line(0, hub, 2, dlci('INACTIVE')),
    line(40, primary, 21, config, lateBy),
    line(3000, hub, 3, config),
    close,
  ];
  expect(changes(readLog(lines(200)))[1]).toEqual([240, 'up']);
  expect(changes(readLog(lines(5)))[1]).toEqual([40, 'up']);
});

test('a file whose receipts have whole seconds: a report over the other path is no earlier than itself', () => {
  const report = `%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.1 on GigabitEthernet0/0/0 from FULL to DOWN, Neighbor Down`;
  const own = `Nov 12 08:10:00 10.60.102.2 40: Nov 12 2024 08:10:00.250 UTC: ${report}`;
  const log = readLog([
    open,
    line(0, hub, 2, adjacency('up')),
    line(300, hub, 4, config),
    own,
    line(660, hub, 5, adjacency('up')),
    close,
  ]);
  expect(log.service('site-102').primary.transitions.map(({ timeMs }) => timeMs - startMs)).toEqual([
    0, 600_250, 660_000,
  ]);
});

const reload = '%SYS-5-RELOAD: Reload requested by console. Reload Reason: maintenance.';
const restart = '%SYS-5-RESTART: System restarted --';

/** Changes of a link as believed: seconds after the start, and whether it is up. */
function links(log: ReadLog, id = 'site-102'): readonly (readonly [number, boolean])[] {
  return log.service(id).primary.transitions.map(({ timeMs, isUp }) => [(timeMs - startMs) / 1000, isUp]);
}

test('13.4: a hub that restarts takes its links with it, and brings back those that it tells of', () => {
  const boot = [line(1000, hub, 500, reload), line(1200, hub, 3, restart), line(1230, hub, 4, dlci('ACTIVE'))];
  const before = [line(-10, '10.20.102.2', 9, config)];
  const told = readLog([open, ...before, ...boot, line(1240, hub, 5, adjacency('up')), line(2000, hub, 6, config)]);
  expect(links(told)).toEqual([
    [1000, false],
    [1240, true],
  ]);
  expect(inconsistencies(told, 'site-102')).toEqual([]);
  // It told of the other link, and nothing that it said was lost: this one is still away, until a packet comes over it.
  const untold = [open, ...before, ...boot, line(1900, hub, 5, config)];
  expect(links(readLog(untold))).toEqual([[1000, false]]);
  expect(links(readLog([...untold, line(3000, '10.20.102.2', 10, config), close]))).toEqual([
    [1000, false],
    [3000, true],
  ]);
});

test('13.1: a link that was down before a hub restarted does not come back by it', () => {
  const log = readLog([
    open,
    line(0, hub, 499, adjacency('down')),
    line(1000, hub, 500, reload),
    line(1200, hub, 3, restart),
    line(6000, hub, 4, adjacency('up')),
    close,
  ]);
  expect(links(log)).toEqual([
    [0, false],
    [6000, true],
  ]);
});

test('13: what passes a link in the moment in which its hub stops says nothing of its return', () => {
  const log = readLog([
    open,
    line(-10, '10.20.102.2', 9, config),
    line(1000, hub, 500, reload),
    line(1000.4, '10.20.102.2', 10, config),
    line(1200, hub, 3, restart),
    line(1240, hub, 4, adjacency('up')),
    close,
  ]);
  expect(links(log)).toEqual([
    [1000, false],
    [1240, true],
  ]);
});

test('15.1: a call ends with the hub that carries it', () => {
  const log = readLog([
    open,
    line(0, hub, 495, dlci('INACTIVE')),
    line(5, hub, 496, connect(site)),
    line(6, hub, 497, proto('up')),
    line(1000, hub, 500, reload),
    line(1200, hub, 3, restart),
    line(1300, hub, 4, connect(site)),
    line(1301, hub, 5, proto('up')),
    close,
  ]);
  expect(changes(log)).toEqual([
    [0, 'down'],
    [6, 'backup'],
    [1000, 'down'],
    [1301, 'backup'],
  ]);
});

test('11: a message that was overtaken is no younger than those that overtook it', () => {
  const bare = (seconds: number, source: string, number: number): string =>
    `${new Date(startMs + seconds * 1000).toISOString()} ${source} ${number}: ${config}`;
  const log = readLog([
    open,
    bare(-50, '10.60.102.2', 39),
    line(0, hub, 2, adjacency('up')),
    bare(0.3, '10.20.102.2', 41),
    bare(3, '10.60.102.2', 40),
    bare(300, '10.20.102.2', 42),
    close,
  ]);
  expect(links(log)).toEqual([[0, true]]);
  expect(log.records.find(({ record }) => record.number === 40)?.record.timeMs).toBe(startMs + 300);
});

test('11.8: a message that waited for the path contradicts nothing before it came', () => {
  const log = readLog([
    open,
    line(0, hub, 2, adjacency('down')),
    line(594, '10.20.102.2', 41, '%LINK-3-UPDOWN: Interface GigabitEthernet0/0/0, changed state to up', 6.2),
    line(600, hub, 4, adjacency('up')),
    close,
  ]);
  expect(links(log)).toEqual([
    [0, false],
    [600, true],
  ]);
});

test('12.4: where the report of a return was lost, it lies no longer before the end of the call than any idle one', () => {
  const log = readLog([
    open,
    line(0, hub, 2, dlci('INACTIVE')),
    line(5, hub, 3, connect(site)),
    line(6, hub, 4, proto('up')),
    line(100, hub, 5, config),
    line(200, hub, 8, config),
    line(6800, hub, 9, config),
    line(6900, hub, 12, config),
    line(7000, primary, 20, config),
    line(7100, hub, 13, disconnect(site, 7095)),
    close,
  ]);
  const [, , back] = changes(log);
  expect(back?.[1]).toBe('up');
  expect(back?.[0]).toBeGreaterThanOrEqual(6800);
  expect(back?.[0]).toBeLessThanOrEqual(6900);
});

test('4.3: the time of an event is never that of a clock that was not set', () => {
  const unset = (seconds: number, number: number, uptime: string): string =>
    `${new Date(startMs + seconds * 1000).toISOString()} ${primary} ${number}: *Mar  1 2002 00:00:${uptime}: ${config}`;
  const up = (seconds: number, number: number, uptime: string): string =>
    `${new Date(startMs + seconds * 1000).toISOString()} 10.20.102.2 ${number}: 00:00:${uptime}: ${config}`;
  // A number of the burst is missing, so that the rest of it still waits when the clock has been set.
  const log = readLog(
    [
      open,
      line(-600, primary, 900, config),
      unset(45, 2, '18.000'),
      unset(45, 4, '30.000'),
      unset(45.1, 5, '45.000'),
      line(60, primary, 6, config),
      `${new Date(startMs - 600_000).toISOString()} 10.20.102.2 900: 20:00:00: ${config}`,
      up(45, 2, '18'),
      up(45, 4, '30'),
      up(45.1, 5, '45'),
      up(60, 6, '60'),
      close,
    ].toSorted(),
  );
  for (const id of ['site-101', 'site-102']) {
    const times = log.records
      .filter(({ record }) => record.device.name === id && record.number < 900)
      .map(({ record }) => Math.round((record.timeMs - startMs) / 1000));
    expect([id, times]).toEqual([id, [18, 30, 45, 60]]);
  }
});
