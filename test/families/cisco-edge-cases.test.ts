// The edge cases of cisco 25 by their numbers, where the outcome is more than the fields of a line. Their places: 1 and 3 to
// 10 as fields in cisco-grammar, 11 to 18 and 35 to 42 in cisco-preprocess, 19 to 31, 34, 43 and 44 in cisco-network, 2, 32
// and 33 in cisco-backup-tests; here are the lines of the specification as they stand, and what the reports make of them.
// Number 40, two messages in one TCP frame, belongs to the receiver.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flagNames } from '../../src/families/cisco/preprocessing/record.ts';
import { serviceState } from '../../src/families/cisco/inference/service-timeline.ts';
import { line, readLog, startMs, transportOf, twoSites } from './cisco-log.ts';
import type { ReadLog } from './cisco-log.ts';
import { runCisco } from './cisco-run.ts';

let directory = '';
let topology = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-edges-'));
  topology = join(directory, 'topology.yaml');
  writeFileSync(topology, twoSites);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const hub = '10.9.0.1';
const site = '10.20.101.2';
const config = '%SYS-5-CONFIG_I: Configured from console';
const dlci = (state: string): string => `%FR-5-DLCICHANGE: Interface Serial0/0 - DLCI 101 state changed to ${state}`;
const open = line(-3600, hub, undefined, config);
const close = line(7200, hub, undefined, config);
const none = { topology: '' };

/** What a record says, without what is not asked for. */
function seen(log: ReadLog): readonly Record<string, unknown>[] {
  return log.records.map(({ record, event }) => ({
    device: record.device.name,
    code: record.code?.canonical,
    at: (record.timeMs - startMs) / 1000,
    quality: record.quality,
    msgcount: record.msgcount,
    seq: record.seq,
    event,
    flags: flagNames(record.flags),
  }));
}

const receipt = '2024-11-12T08:00:00Z 10.1.4.2';
const up = { kind: 'phys', interface: 'Serial0', state: 'up' };

test.each<[number, string, string, Record<string, unknown>]>([
  [
    1,
    'the cut stamp of a first line is no stamp: the arrival is the time, and nothing counts',
    '7:04: %LINEPROTO-5-UPDOWN: Line protocol on Interface Serial0, changed state to up',
    { at: 0, quality: 'arrival', msgcount: undefined, seq: undefined, code: 'LINEPROTO-5-UPDOWN' },
  ],
  [
    2,
    'a B channel is a part of its line',
    '310: %LINK-3-UPDOWN: Interface BRI0: B-Channel 1, changed state to up',
    { msgcount: 310, event: { kind: 'phys', interface: 'BRI0:1', state: 'up' } },
  ],
  [
    3,
    'equal counters are both kept',
    '<189>521: 521: Nov 12 08:00:00 UTC: %LINK-3-UPDOWN: Interface Serial0, changed state to up',
    { msgcount: 521, seq: 521, at: 0, quality: 'ntp', event: up },
  ],
  [
    4,
    'an IPv6 address is the origin',
    '<190>3132783: 2a02:db8::: 3132779: Nov 12 2024 08:00:00 UTC: %LINK-3-UPDOWN: Interface Serial0, changed state to up',
    { msgcount: 3132783, seq: 3132779, at: 0, event: up },
  ],
  [
    5,
    'a host that begins with a digit and has no colon is a host, and its number a sequence',
    '<190>2switch 3132779: Nov 12 08:00:00 UTC: %LINK-3-UPDOWN: Interface Serial0, changed state to up',
    { device: '2switch', msgcount: undefined, seq: 3132779, event: up },
  ],
  [
    6,
    'the star of a task says nothing of the clock',
    '<179>wlc1: *Dot1x_NW_MsgTask_0: Nov 12 08:00:00.000 UTC: %LINK-3-UPDOWN: Interface Serial0, changed state to up',
    { device: 'wlc1', at: 0, quality: 'ntp', event: up },
  ],
  [
    7,
    'a blank may stand before the colon',
    '<187>: 2024 Nov 12 08:00:00 UTC : %LOG_LOCAL7-3-SYSTEM_MSG: x',
    { at: 0, quality: 'ntp', code: 'LOG_LOCAL7-3-SYSTEM_MSG' },
  ],
  [
    8,
    'the platform wraps the message of a process',
    '101: Nov 12 08:00:00 UTC: %IOSXE-6-PLATFORM: R0/0: cpp_cp: QFP:0.0 Thread:001 TS:1 %FW-6-DROP_PKT: Dropping tcp',
    { msgcount: 101, code: 'FW-6-DROP_PKT' },
  ],
  [
    9,
    'a code that is only mentioned is none',
    '%LLDP-3-DETECT_MULTIPLE_PEERS: %EARL-SW2_DFC1-1-EXCESSIVE_PARITY_ERROR: x',
    { code: 'LLDP-3-DETECT_MULTIPLE_PEERS' },
  ],
  [10, 'N is severity 5', '<189>%IPADTBL-N-IPDUPLICATE: x', { code: 'IPADTBL-5-IPDUPLICATE' }],
  [
    28,
    'a resynchronisation is no event',
    '%DUAL-5-NBRCHANGE: EIGRP-IPv4 1: Neighbor 10.1.1.2 (Gi0/1) is resync: peer graceful-restart',
    { event: { kind: 'other' } },
  ],
  [
    29,
    'the routing table is a part of the neighbour',
    '%BGP-5-ADJCHANGE: neighbor 10.1.1.2 vpn vrf RED Down BGP Notification sent',
    {
      event: {
        kind: 'adj',
        protocol: 'bgp',
        neighbour: '10.1.1.2',
        vrf: 'RED',
        interface: '',
        state: 'down',
        reason: 'BGP Notification sent',
        isAdministrative: false,
        wasFull: true,
      },
    },
  ],
])('edge %i: %s', (_, __, text, expected) => {
  const log = readLog([`${receipt} ${text}`], { ...none, modifiedMs: startMs });
  expect(log.analysis.counts).toMatchObject({ message: 1, unparsed: 0 });
  expect(seen(log)[0]).toMatchObject(expected);
});

test('edge 16: three hundred copies of a failure are one failure', () => {
  const failure = line(0, hub, 7, dlci('INACTIVE'));
  const log = readLog([open, ...Array.from({ length: 300 }, () => failure), line(600, hub, 8, dlci('ACTIVE')), close]);
  expect(transportOf(log, 'core-1')).toMatchObject({ duplicate: 299, entries: 1 });
  expect(log.service('site-101').timeline.failures).toBe(1);
  expect(log.seconds('site-101').down).toBe(600);
});

test('edge 18: a repetition is counted, and is no further failure', () => {
  const log = readLog([
    open,
    line(0, hub, 1, dlci('INACTIVE')),
    '2024-11-12T08:00:01Z 10.9.0.1 last message repeated 3 times',
    line(60, hub, 2, dlci('ACTIVE')),
    close,
  ]);
  expect(log.analysis.repeated).toBe(3);
  expect(log.analysis.counts).toMatchObject({ repeat: 1, unparsed: 0 });
  expect(log.service('site-101').timeline).toMatchObject({ failures: 1, flaps: 1 });
  expect(log.seconds('site-101').down).toBe(60);
});

test('edge 31: a call that began before the log says how it was; one inside says nothing', async () => {
  const end = async (lasted: number): Promise<string> => {
    const lines = [
      line(-60, hub, 1, config),
      line(
        0,
        hub,
        2,
        `%ISDN-6-DISCONNECT: Interface Serial1/0:7 disconnected from 5550101 site-101, call lasted ${lasted} seconds`,
      ),
      close,
    ];
    return (await runCisco('link', { 'a.log': lines.join('\n') }, { topology, service: 'site-101' })).stdout;
  };
  expect(await end(120)).toContain(
    '-> ISDN <-    Log starts Tue Nov 12 07:59:00 2024. By the first evidence frame down and ISDN up\n',
  );
  expect(await end(20)).toContain(
    '->  UP  <-    Log starts Tue Nov 12 07:59:00 2024. Assuming frame up and ISDN down\n',
  );
});

test('edge 35: an hour that comes twice goes on where numbers rise, without a hole', () => {
  const lines = ['Oct 27 02:59:58', 'Oct 27 02:00:03', 'Oct 27 02:20:00', 'Oct 27 02:45:00', 'Oct 27 03:00:01'];
  const log = readLog(
    lines.map((text, index) => `${text} rtr7 ${index + 1}: ${config}`),
    { ...none, timezone: 'Europe/Brussels', modifiedMs: Date.UTC(2024, 10, 12) },
  );
  const [first = 0, ...rest] = log.records.map(({ record }) => record.arrivalMs);
  expect(rest.map((ms) => (ms - first) / 1000)).toEqual([5, 1202, 2702, 3603]);
  expect(log.analysis.holes).toEqual([]);
});

test('edge 36: the 29th of February in a file of unknown year', () => {
  const years = [2024, 2025, 2026, 2027].map((year) => {
    const log = readLog([`Feb 29 12:00:00 rtr7 1: ${config}`], { ...none, modifiedMs: Date.UTC(year, 11, 1) });
    return new Date(log.records[0]?.record.timeMs ?? 0).getUTCFullYear();
  });
  expect(years).toEqual([2024, 2024, 2024, 2024]);
});

test('edge 37: a restart with a clock years away is dated by its arrival', () => {
  const log = readLog(
    [
      `2024-11-12T08:00:00Z rtr7 2: *Mar  1 00:00:41: %SYS-5-RESTART: System restarted --`,
      `2024-11-12T08:00:20Z rtr7 3: *Mar  1 00:01:01: ${config}`,
    ],
    none,
  );
  expect(seen(log)).toMatchObject([
    { at: 0, quality: 'unset', code: 'SYS-5-RESTART' },
    { at: 20, quality: 'unset' },
  ]);
});

test('edge 42: what two processors of one chassis say of a port is one event', () => {
  const log = readLog(
    [
      open,
      line(0, '10.20.102.2', 5, '%LINK-SP-3-UPDOWN: Interface Serial0.1, changed state to down'),
      line(0, hub, 5, '%LINK-SP-3-UPDOWN: Interface Serial0/0.101, changed state to down'),
      line(1, hub, 6, '%LINK-3-UPDOWN: Interface Serial0/0.101, changed state to down'),
      line(100, hub, 7, '%LINEPROTO-SP-5-UPDOWN: Line protocol on Interface Serial0/0.101, changed state to up'),
      line(101, hub, 8, '%LINEPROTO-5-UPDOWN: Line protocol on Interface Serial0/0.101, changed state to up'),
      close,
    ],
    { dropSeconds: 0, trySeconds: 0 },
  );
  const { primary, timeline } = log.service('site-101');
  expect(timeline.changes.map(({ state, timeMs }) => [state, (timeMs - startMs) / 1000])).toEqual([
    [serviceState.down, 0],
    [serviceState.up, 100],
  ]);
  expect(primary.inconsistencies).toEqual([]);
});

test('edge 43: an outage goes on through a hole of the log, and is marked with it', async () => {
  const lines = [
    line(-60, hub, 1, config),
    line(0, hub, 2, dlci('INACTIVE')),
    line(60, site, undefined, '%FR-5-DLCICHANGE: Interface Serial0 - DLCI 16 state changed to INACTIVE'),
    line(2760, hub, 3, dlci('ACTIVE')),
    line(2800, hub, 4, config),
  ].join('\n');
  const of = async (command: string, options: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    (await runCisco(command, { 'a.log': lines }, { topology, ...options })).stdout;
  expect(await of('events')).toContain(
    'site-101 -> UP <- Tue Nov 12 08:46:00 2024: Up on frame to core-1 after DOWN for 46.0 minutes (45.0 minutes of it in a hole of the log)\n',
  );
  expect(await of('link', { service: 'site-101' })).toContain(
    '-> note <-    hole in the log between Tue Nov 12 08:01:00 2024 and Tue Nov 12 08:46:00 2024; the state goes on through it\n',
  );
  expect(await of('network')).toContain('          with 1 gap of 30 minutes or longer detected.\n');
  expect(await of('network', { html: true })).toContain('hole in the log');
});

test('edge 44: without services there is no availability; a log of one line has none to speak of', async () => {
  const one = `${line(0, hub, 1, config)}\n`;
  const bare = await runCisco('network', { 'a.log': one });
  expect(bare.status).toBe(0);
  expect(bare.stdout).not.toMatch(/NaN|Infinity|locations|Statistics/);
  expect(bare.stdout).toContain('                   1 log file line examined\n');
  const link = await runCisco('link', { 'a.log': one }, { topology, service: 'site-101' });
  expect(link.stdout).toContain(' Log covers a total of 0.0 minutes.\n');
  expect(link.stdout).toContain('      Normal frame operation totaled 0.0 minutes, or n/a\n');
  expect(link.stdout).toContain('      Overall  site-101 availability was n/a\n');
  const json = JSON.parse((await runCisco('network', { 'a.log': one }, { topology, json: true })).stdout) as {
    sites: { up_percent: number | null }[];
  };
  expect(json.sites.map((figures) => figures.up_percent)).toEqual([null, null]);
  const page = (await runCisco('network', { 'a.log': one }, { topology, html: true })).stdout;
  expect(page).toContain('n/a');
  expect(page).not.toMatch(/NaN|Infinity/);
  for (const format of [{}, { json: true }, { csv: true }, { html: true }]) {
    const empty = await runCisco('network', { 'a.log': '' }, { topology, ...format });
    expect(empty.stdout).not.toMatch(/NaN|Infinity|Invalid Date|FAILED/);
    expect(empty.status).toBe(0);
  }
});

test('edge 43: with another policy the time of a hole counts as unknown, and percentages leave it out', async () => {
  const lines = [line(0, hub, 1, config), line(60, hub, 2, dlci('INACTIVE')), line(2760, hub, 3, dlci('ACTIVE'))];
  const options = { topology, service: 'site-101', holePolicy: 'unknown' };
  const { stdout } = await runCisco('link', { 'a.log': lines.join('\n') }, options);
  expect(stdout).toContain('its time counts as unknown');
  expect(stdout).toContain('Unknown for 45.0 minutes, or 97.826%');
  expect(stdout).toContain('operation totaled 1.0 minutes, or 100.000%');
});
