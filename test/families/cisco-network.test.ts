// Inference about links and services: the edge cases 20 to 34, 43 and 44 of cisco 25, conservation, and the arithmetic of 19.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { serviceState } from '../../src/families/cisco/inference/service-timeline.ts';
import { line, readLog, startMs } from './cisco-log.ts';
import type { ReadLog } from './cisco-log.ts';

const hub = '10.9.0.1';
const config = '%SYS-5-CONFIG_I: Configured from console';
const dlci = (state: string, number = 101): string =>
  `%FR-5-DLCICHANGE: Interface Serial0/0 - DLCI ${number} state changed to ${state}`;
const ospf = (state: 'up' | 'down', name = 'GigabitEthernet0/0/1.102'): string =>
  `%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.102 on ${name} from ${state === 'up' ? 'LOADING to FULL, Loading Done' : 'FULL to DOWN, Neighbor Down: Dead timer expired'}`;
const open = line(-3600, hub, undefined, config);
const close = line(7200, hub, undefined, config);

/** Changes of a service: seconds after the start, and the state. */
function changes(log: ReadLog, id: string): readonly (readonly [number, string])[] {
  const names = Object.fromEntries(Object.entries(serviceState).map(([name, state]) => [state, name]));
  return log.service(id).timeline.changes.map(({ timeMs, state }) => [(timeMs - startMs) / 1000, names[state] ?? '']);
}

test('edge 19: a loss that arrives after the return is put back in its place: one drop', () => {
  const proto = (state: string): string =>
    `%LINEPROTO-5-UPDOWN: Line protocol on Interface Serial0/0.101, changed state to ${state}`;
  const log = readLog([
    open,
    line(0, hub, 5, config),
    line(9, hub, 7, proto('up')),
    line(5, hub, 6, proto('down'), 7),
    close,
  ]);
  expect(log.service('site-101').timeline.blips).toEqual([
    { kind: 'drop', fromMs: startMs + 5000, toMs: startMs + 9000 },
  ]);
  expect(changes(log, 'site-101')).toEqual([]);
});

test('edge 20: a packet soon after the loss is deferred; a later one corrects, dated at the first', () => {
  const soon = readLog([open, line(0, hub, 5, dlci('INACTIVE')), line(12, '10.20.101.2', 9, config), close]);
  expect(changes(soon, 'site-101')).toEqual([[0, 'down']]);
  const later = readLog(
    [
      open,
      line(0, hub, 5, dlci('INACTIVE')),
      line(12, '10.20.101.2', 9, config),
      line(40, '10.20.101.2', 10, config),
      close,
    ],
    { dropSeconds: 0, trySeconds: 0 },
  );
  expect(changes(later, 'site-101')).toEqual([
    [0, 'down'],
    [12, 'up'],
  ]);
  expect(later.service('site-101').timeline.changes[1]).toMatchObject({ isHint: true, strength: 1 });
});

test('edge 21: the report of a loss is no hint for what it reports', () => {
  const own = '%FR-5-DLCICHANGE: Interface Serial0 - DLCI 16 state changed to INACTIVE';
  const log = readLog([open, line(0, hub, 5, dlci('INACTIVE')), line(60, '10.20.101.2', 9, own), close]);
  expect(changes(log, 'site-101')).toEqual([[0, 'down']]);
});

test('edge 22: a packet from the backup shows that the primary failed, at the call', () => {
  const log = readLog([
    open,
    line(0, '10.20.101.2', 9, config),
    line(1000, hub, 5, '%LINK-3-UPDOWN: Interface Serial1/0:7, changed state to up'),
    line(1001, hub, 6, '%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to 5550101 site-101'),
    line(1002, hub, 7, '%LINEPROTO-5-UPDOWN: Line protocol on Interface Serial1/0:7, changed state to up'),
    line(3600, '10.60.101.2', 10, config),
    close,
  ]);
  expect(changes(log, 'site-101')).toEqual([
    [995, 'down'],
    [1002, 'backup'],
  ]);
});

test('edge 23: up twice means that a loss was missed; the gap in the numbers dates it', () => {
  const log = readLog([
    open,
    line(0, hub, 5, ospf('up')),
    line(1000, hub, 6, config),
    line(1010, hub, 8, config),
    line(1100, hub, 9, ospf('up')),
    close,
  ]);
  const [, loss] = log.service('site-102').primary.transitions;
  expect(log.service('site-102').primary.inconsistencies).toHaveLength(1);
  expect(loss).toMatchObject({ isUp: false, how: 'gap', strength: 1 });
  expect(loss?.timeMs).toBeGreaterThanOrEqual(startMs + 1000_000);
  expect(loss?.timeMs).toBeLessThanOrEqual(startMs + 1010_000);
});

test('edge 24: a protocol that is up at one end does not outweigh a circuit that is inactive at the other', () => {
  const log = readLog([
    open,
    line(0, '10.20.101.2', 9, '%FR-5-DLCICHANGE: Interface Serial0 - DLCI 16 state changed to INACTIVE'),
    line(20, hub, 5, '%LINEPROTO-5-UPDOWN: Line protocol on Interface Serial0/0.101, changed state to up'),
    close,
  ]);
  expect(changes(log, 'site-101')).toEqual([[0, 'down']]);
});

test('edge 25: an administrative shutdown is down and planned', () => {
  const log = readLog([
    open,
    line(0, hub, 5, '%LINK-5-CHANGED: Interface Gi0/0/1.102, changed state to administratively down from 10.9.0.5'),
    close,
  ]);
  expect(log.service('site-102').timeline.changes[0]).toMatchObject({ state: serviceState.backup, isPlanned: false });
  const planned = readLog([
    open,
    line(-10, hub, 4, config),
    line(0, hub, 5, '%LINK-5-CHANGED: Interface Gi0/0/1.102, changed state to administratively down'),
    close,
  ]);
  expect(planned.service('site-102').timeline.changes[0]).toMatchObject({ isPlanned: true });
});

test('edge 26: steps of a neighbour on its way are no changes; back to INIT is a loss', () => {
  const step = (from: string, to: string): string =>
    `%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.102 on GigabitEthernet0/0/1.102 from ${from} to ${to}, Neighbor Down`;
  const log = readLog([
    open,
    line(0, hub, 5, step('FULL', 'INIT')),
    line(40, hub, 6, step('EXSTART', 'DOWN')),
    line(90, hub, 7, ospf('up')),
    close,
  ]);
  expect(
    log.service('site-102').primary.transitions.map(({ isUp, timeMs }) => [isUp, (timeMs - startMs) / 1000]),
  ).toEqual([
    [false, 0],
    [true, 90],
  ]);
});

test('edge 27 and 28: only the neighbour of the topology counts, and a resynchronisation is no change', () => {
  const log = readLog([
    open,
    line(
      0,
      hub,
      5,
      '%OSPF-5-ADJCHG: Process 1, Nbr 10.255.0.199 on GigabitEthernet0/0/1.102 from FULL to DOWN, Dead timer',
    ),
    line(
      1,
      hub,
      6,
      '%DUAL-5-NBRCHANGE: EIGRP-IPv4 1: Neighbor 10.255.0.102 (Gi0/0/1.102) is resync: peer graceful-restart',
    ),
    close,
  ]);
  expect(log.service('site-102').timeline.isAssumed).toBe(true);
});

test('edge 29: neighbours of equal address in two routing tables are two', () => {
  const topology = `
version: 1
devices: [{name: pe-1, log_path: local, addresses: [{ip: 10.9.0.1, via: lan}]}]
links:
  - {id: red, type: ethernet-p2p, a: {device: pe-1, interface: Gi0/1}, adjacency: {protocol: bgp, neighbor_a: 10.1.1.2, vrf: RED}}
  - {id: blue, type: ethernet-p2p, a: {device: pe-1, interface: Gi0/2}, adjacency: {protocol: bgp, neighbor_a: 10.1.1.2, vrf: BLUE}}
services: [{id: red, primary: red}, {id: blue, primary: blue}]
`;
  const log = readLog(
    [open, line(0, hub, 5, '%BGP-5-ADJCHANGE: neighbor 10.1.1.2 vpn vrf RED Down BGP Notification sent'), close],
    { topology },
  );
  expect(changes(log, 'red')).toEqual([[0, 'down']]);
  expect(changes(log, 'blue')).toEqual([]);
});

test('edge 30: a call that becomes known at its end was the backup from its beginning', () => {
  const log = readLog([
    open,
    line(0, hub, 5, dlci('INACTIVE')),
    line(5, hub, 6, '%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to unknown'),
    line(6, hub, 7, '%LINEPROTO-5-UPDOWN: Line protocol on Interface Serial1/0:7, changed state to up'),
    line(
      100,
      hub,
      8,
      '%ISDN-6-DISCONNECT: Interface Serial1/0:7  disconnected from 5550101 site-101, call lasted 95 seconds',
    ),
    line(200, hub, 9, dlci('ACTIVE')),
    close,
  ]);
  expect(log.seconds('site-101')).toMatchObject({ backup: 94, down: 106 });
});

test('edge 31: a call that began before the log was the backup then; one that fits inside says nothing', () => {
  const end = (lasted: number): ReadLog =>
    readLog([
      line(-60, hub, 1, config),
      line(
        0,
        hub,
        2,
        `%ISDN-6-DISCONNECT: Interface Serial1/0:7 disconnected from 5550101 site-101, call lasted ${lasted} seconds`,
      ),
      close,
    ]);
  expect(end(120).service('site-101').timeline.initial).toBe(serviceState.backup);
  expect(end(120).seconds('site-101').backup).toBe(60);
  expect(end(20).service('site-101').timeline.initial).toBe(serviceState.up);
});

test('edge 34: a trunk that fails takes the circuits with it that say nothing', () => {
  const circuits = Array.from({ length: 44 }, (_, index) => 200 + index);
  const topology = `
version: 1
devices: [{name: core-1, log_path: local, addresses: [{ip: 10.9.0.1, via: lan}]}]
links:
${circuits.map((number) => `  - {id: pvc-${number}, type: frame-relay-pvc, trunk: t1, a: {device: core-1, interface: Serial0/0.${number}, parent: Serial0/0, dlci: ${number}}}`).join('\n')}
services:
${circuits.map((number) => `  - {id: site-${number}, primary: pvc-${number}}`).join('\n')}
trunks: [{id: t1, kind: frame-relay, device: core-1, interface: Serial0/0}]
`;
  const told = circuits.slice(0, 42);
  const log = readLog(
    [
      open,
      ...told.map((number, index) => line(index / 11, hub, 10 + index, dlci('INACTIVE', number))),
      ...told.map((number, index) => line(900 + index / 11, hub, 60 + index, dlci('ACTIVE', number))),
      close,
    ],
    { topology },
  );
  expect(log.story.hits).toHaveLength(1);
  expect(changes(log, 'site-243')[0]).toEqual([0, 'down']);
  expect(log.seconds('site-243').down).toBeGreaterThan(895);
  expect(log.seconds('site-243').down).toBeLessThan(910);
});

test('edge 43: a failure goes on through a hole of the log', () => {
  const log = readLog([
    line(-10, hub, 1, config),
    line(0, hub, 2, dlci('INACTIVE')),
    line(2700, hub, 3, dlci('ACTIVE')),
    line(2710, hub, 4, config),
  ]);
  expect(log.analysis.holes).toHaveLength(1);
  expect(log.seconds('site-101')).toMatchObject({ down: 2700 });
});

test('edge 44: nothing to report is no error', () => {
  const log = readLog([line(0, hub, 1, config)], { topology: '' });
  expect(log.story).toMatchObject({ services: [], fromMs: startMs, toMs: startMs });
  expect(readLog([line(0, hub, 1, config)]).seconds('site-101').total).toBe(0);
});

test('up, backup, down and unknown always add up to the whole', () => {
  const said = [
    dlci('ACTIVE'),
    dlci('INACTIVE'),
    ospf('up'),
    ospf('down'),
    ospf('down', 'Tunnel102'),
    ospf('up', 'Tunnel102'),
    '%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to 5550101 site-101',
    '%LINEPROTO-5-UPDOWN: Line protocol on Interface Serial1/0:7, changed state to down',
    '%ISDN-6-DISCONNECT: Interface Serial1/0:7 disconnected from 5550101 site-101, call lasted 77 seconds',
    '%SYS-5-RESTART: System restarted --',
    config,
  ];
  const item = fc.tuple(
    fc.integer({ min: 0, max: 4000 }),
    fc.constantFrom(hub, '10.20.101.2', '10.60.101.2', '10.20.102.2', '10.60.102.2'),
    fc.integer({ min: 1, max: 300 }),
    fc.constantFrom(...said),
  );
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 40 }), (items) => {
      const log = readLog(items.map(([seconds, source, number, text]) => line(seconds, source, number, text)));
      for (const id of ['site-101', 'site-102']) {
        const { charged } = log.service(id).timeline;
        let at = log.story.fromMs;
        for (const { fromMs, toMs } of charged) {
          expect(fromMs).toBe(at);
          expect(toMs).toBeGreaterThan(fromMs);
          at = toMs;
        }
        expect(at).toBe(log.story.toMs);
      }
    }),
    { numRuns: 150 },
  );
});

/** The log of cisco 19: a leased line with a dial backup, 11 to 20 May 1999. */
function paper(more: readonly (readonly [string, string])[]): ReadLog {
  const topology = `
version: 1
devices:
  - {name: edge-a, log_path: local, addresses: [{ip: 10.0.0.1, via: lan}]}
  - {name: edge-b, log_path: local, addresses: [{ip: 10.0.0.2, via: lan}]}
links:
  - {id: line, type: leased-line, a: {device: edge-a, interface: Serial0}}
  - {id: dial, type: tunnel, a: {device: edge-b, interface: Tunnel0}}
services: [{id: link, primary: line, backup: dial, backup_mode: permanent}]
`;
  const steps: readonly (readonly [string, string])[] = [
    ['11 00:00:56', 'start'],
    ['11 00:00:56', 'B-'],
    ['14 21:31:17', 'P-'],
    ['14 22:14:28', 'B+'],
    ['15 02:30:44', 'P+'],
    ['15 02:53:02', 'P-'],
    ['15 02:54:29', 'P+'],
    ['15 03:10:00', 'B-'],
    ['16 10:00:00', 'P-'],
    ['16 10:00:10', 'P+'],
    ['16 12:00:00', 'P-'],
    ['16 12:00:17', 'P+'],
    ['16 14:00:00', 'P-'],
    ['16 14:00:15', 'P+'],
    ['17 11:40:16', 'P-'],
    ['17 11:41:00', 'P+'],
    ['17 11:41:31', 'P-'],
    ['17 11:43:00', 'P+'],
    ['17 11:43:33', 'P-'],
    ['17 11:45:00', 'P+'],
    ['17 11:45:32', 'P-'],
    ['17 11:48:27', 'P+'],
    ['20 19:10:00', 'B+'],
    ['20 19:17:45', 'P-'],
    ...(more.length > 0 ? [] : [['20 19:48:57', 'B-'] as const]),
    ['20 20:00:00', 'P+'],
    ['20 20:00:24', 'P-'],
    ['20 20:22:36', 'P+'],
    ['20 23:59:54', 'end'],
    ...more,
  ];
  const sorted = steps
    .map((step, order) => ({ step, order }))
    .toSorted((one, other) =>
      one.step[0] < other.step[0] ? -1 : one.step[0] > other.step[0] ? 1 : one.order - other.order,
    );
  const texts = sorted.map(({ step: [at, what] }) => {
    const message = /^[PB][+-]$/.test(what)
      ? `%LINEPROTO-5-UPDOWN: Line protocol on Interface ${what.startsWith('P') ? 'Serial0' : 'Tunnel0'}, changed state to ${what.endsWith('+') ? 'up' : 'down'}`
      : config;
    const [day = '', time = ''] = at.split(' ');
    return `1999-05-${day}T${time}Z ${what.startsWith('B') ? '10.0.0.2' : '10.0.0.1'} May ${day} 1999 ${time} UTC: ${message}`;
  });
  return readLog(texts, { topology });
}

test('the worked arithmetic of the specification', () => {
  const percentages = (log: ReadLog): readonly string[] => {
    const { up, backup, down, total } = log.seconds('link');
    expect(total).toBe(863_938);
    return [up, backup, down, up + backup].map((part) => ((part / total) * 100).toFixed(3));
  };
  expect(paper([]).seconds('link')).toEqual({ up: 841_460, backup: 17_335, down: 5143, total: 863_938 });
  expect(percentages(paper([]))).toEqual(['97.398', '2.007', '0.595', '99.405']);
  expect(percentages(paper([['20 19:43:24', 'B-']]))).toEqual(['97.398', '1.968', '0.634', '99.366']);
});
