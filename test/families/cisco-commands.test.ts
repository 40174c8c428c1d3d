// The commands of the cisco family as a user runs them: layouts, forms for programs, the page, the topology and its faults.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTopology } from '../../src/families/cisco/topology/topology.ts';
import { UsageError } from '../../src/model/errors.ts';
import { line, twoSites } from './cisco-log.ts';
import { runCisco } from './cisco-run.ts';
import type { CommandResult } from './memory-inputs.ts';

let directory = '';
let topology = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-cisco-'));
  topology = join(directory, 'topology.yaml');
  writeFileSync(topology, twoSites);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a command with the topology of two sites, unless told otherwise. */
function run(
  name: string,
  files: Readonly<Record<string, string>>,
  options: Readonly<Record<string, unknown>> = {},
): Promise<CommandResult> {
  return runCisco(name, files, { topology, ...options });
}

const hub = '10.9.0.1';
const config = '%SYS-5-CONFIG_I: Configured from console';
const dlci = (state: string): string => `%FR-5-DLCICHANGE: Interface Serial0/0 - DLCI 101 state changed to ${state}`;
const lines = [
  line(0, hub, 1, config),
  line(1488, hub, 2, dlci('INACTIVE')),
  line(1490, hub, 3, '%LINK-3-UPDOWN: Interface Serial1/0:7, changed state to up'),
  line(1492, hub, 4, '%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to 5550101 site-101'),
  line(1493, hub, 5, '%LINEPROTO-5-UPDOWN: Line protocol on Interface Serial1/0:7, changed state to up'),
  line(1669, hub, 6, dlci('ACTIVE')),
  line(1700, '10.20.101.2', 9, '%ISDN-6-CONNECT: Interface BRI0:2 is now connected to 5165550199'),
  line(
    1957,
    hub,
    7,
    '%ISDN-6-DISCONNECT: Interface Serial1/0:7 disconnected from 5550101 site-101, call lasted 467 seconds',
  ),
  line(7200, hub, 8, config),
];
const log = { 'syslog.log': lines.map((text) => `${text}\n`).join('') };

test('events tells the story of a site in lines that can be searched for', async () => {
  const { stdout, status } = await run('events', log);
  expect(stdout.split('\n')).toEqual([
    'site-101 -> DOWN <- Tue Nov 12 08:24:48 2024: Disconnected after at least 24.8 minutes on frame to core-1',
    'site-101 -> ISDN <- Tue Nov 12 08:24:53 2024: Up on ISDN to core-1 after DOWN for 5 seconds',
    'site-101 -> UP <- Tue Nov 12 08:27:49 2024: Up on frame to core-1 after on ISDN for 176 seconds',
    'site-101 * WARNING* Tue Nov 12 08:28:20 2024: ISDN call to remote from 5165550199',
    'site-101 - isdn - Tue Nov 12 08:32:37 2024: Idle ISDN call to core-1 dropped after 0:04:48, call lasted 0:07:47',
    '',
  ]);
  expect(status).toBe(0);
});

test('two collectors of one network are one log, whatever the order of their files', async () => {
  const halves = {
    'b.log': lines.filter((_, index) => index % 2 === 1).join('\n'),
    'a.log': lines.filter((_, index) => index % 2 === 0 || index === 3).join('\n'),
  };
  expect((await run('events', halves)).stdout).toBe((await run('events', log)).stdout);
});

test('link shows states and a summary whose figures add up', async () => {
  const { stdout } = await run('link', log, { service: 'site-101' });
  expect(stdout).toContain('Logging starts at Tue Nov 12 08:00:00 2024\n->  UP  <-    ');
  expect(stdout).toContain('-> DOWN <-    core-1 Tue Nov 12 08:24:48 2024 FR-5-DLCICHANGE down\n');
  expect(stdout).toContain(' Log covers a total of 2 hours and 0.0 minutes.\n');
  expect(stdout).toContain('      Total down time detected was 0.1 minutes, or 0.069%\n');
  expect(stdout).toContain('      Overall  site-101 availability was 99.931%\n');
  const { intervals, up_s: up } = JSON.parse((await run('link', log, { service: 'site-101', json: true })).stdout) as {
    intervals: { from: string; to: string; state: string }[];
    up_s: number;
  };
  expect(intervals.map(({ state }) => state)).toEqual(['up', 'down', 'backup', 'up']);
  expect(up).toBe(7200 - 181);
});

test('network gives figures for people and for programs', async () => {
  const { stdout } = await run('network', log);
  expect(stdout).toMatch(/^ site-101 +0 +1 +0 +0 +1 +0:04:48 +0:02:56 +0:00:05$/m);
  expect(stdout).toContain('No integrity check failures.');
  expect(stdout).toContain('1 location had no detectable activity: site-102');
  const csv = (await run('network', log, { csv: true })).stdout.split('\r\n');
  expect(csv[1]).toMatch(/^site-101,7200,7019,176,5,0,97\.486,99\.931,1,/);
  expect(JSON.parse((await run('network', log, { json: true })).stdout)).toMatchObject({
    sites: [
      { id: 'site-101', down_s: 5 },
      { id: 'site-102', assumed: true },
    ],
    transport: { lost: 0, received: 9 },
  });
});

test('the page needs nothing from elsewhere and shows nothing of a log unescaped', async () => {
  const hostile = {
    'x.log': `${log['syslog.log']}${line(7300, '10.1.1.1', 5, '%SYS-5-RESTART: x').replace('5:', '5: <script>alert(1)</script>:')}\n${line(7301, '10.1.1.1', 6, config)}\n`,
  };
  const { stdout } = await run('network', hostile, { html: true });
  expect(stdout).toContain('<svg');
  expect(stdout).not.toMatch(/<script|https?:|<link|@import|url\(/);
});

test('nothing from a log reaches the terminal unescaped', async () => {
  const hostile = { 'x.log': `${line(0, hub, 1, '%FOO-3-BAR: \u001b[2J')}\n\u001b]0;x\u0007\n` };
  const { stdout } = await run('events', hostile, { interesting: true });
  expect(stdout).toContain('FOO-3-BAR: \\x1b[2J');
  expect(stdout).not.toMatch(/[\u001b\u0007]/);
});

test.each([
  ['an unknown order', 'events', { sort: 'colour' }],
  ['two formats', 'network', { json: true, csv: true }],
  ['a zone that does not exist', 'events', { timezone: 'Mars/Base' }],
  ['an unknown service', 'link', { service: 'nowhere' }],
  ['a link without naming one of several', 'link', {}],
  ['a limit that is no number', 'events', { dropSeconds: 'x' }],
  ['a topology that is not there', 'events', { topology: '/nowhere/topology.yaml' }],
])('refuses %s as wrong use', async (_, name, options) => {
  await expect(run(name, log, options)).rejects.toBeInstanceOf(UsageError);
});

test.each([
  [
    'a doubled address',
    twoSites.replace('10.60.102.2', '10.20.101.2'),
    /^t\.yaml:19: the address 10\.20\.101\.2 belongs to site-101 already; remove/m,
  ],
  [
    'an unknown link',
    twoSites.replace('primary: site-101-primary', 'primary: site-1-primary'),
    /^t\.yaml:\d+: there is no link "site-1-primary"; add it/m,
  ],
  [
    'an unknown device',
    twoSites.replace('device: site-101, interface: Serial0.1', 'device: site-9, interface: Serial0.1'),
    /there is no device "site-9"; add it/,
  ],
  [
    'a backup equal to its primary',
    twoSites.replace('backup: site-102-backup}', 'backup: site-102-primary}'),
    /the backup is the primary itself; name another link/,
  ],
  ['an unknown key', twoSites.replace('timezone: UTC', 'timezon: UTC'), /^t\.yaml:\d+: .*timezon/m],
  ['a text that is no YAML', 'version: [1', /^t\.yaml:1: /m],
])('names file, line and remedy for %s', (_, text, message) => {
  expect(() => readTopology(text, 't.yaml')).toThrow(message);
});

test('a topology that is learnt can be read, and finds the links of the hub', async () => {
  const { stdout } = await run('topology', log, { learn: true, topology: undefined });
  const learnt = readTopology(stdout, 'learnt.yaml');
  expect(learnt.links.map(({ type, ends }) => [type, ends[0]?.interface])).toContainEqual([
    'frame-relay-pvc',
    'Serial0/0.101',
  ]);
});
