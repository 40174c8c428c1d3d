// The reports of the cisco family as whole texts (cisco 18), beside this file in golden/cisco; the sums that must balance;
// and the example of the specification, line by line.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { duration } from '../../src/families/cisco/reports/report-words.ts';
import { at, logOf, runCisco, said } from './cisco-run.ts';
import {
  call,
  circuit,
  core1,
  core2,
  frameSites,
  manySites,
  manySitesLog,
  neighbour,
  oneLine,
  oneLineLog,
} from './cisco-story.ts';
import type { CommandResult } from './memory-inputs.ts';

let directory = '';
const topologies = { line: '', network: '' };
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-reports-'));
  topologies.line = join(directory, 'line.yaml');
  topologies.network = join(directory, 'network.yaml');
  writeFileSync(topologies.line, oneLine);
  writeFileSync(topologies.network, manySites);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const raw = { dropSeconds: '0', trySeconds: '0' };
const quiet = { silenceMinutes: '2000' };

/** JSON with a line for each value, so that a difference can be read. */
function shown(text: string, file: string): string {
  return file.endsWith('.json.txt')
    ? `${JSON.stringify(JSON.parse(text), undefined, 1)}\n`
    : text.replaceAll('\r\n', '\n');
}

test.each([
  ['link', 'link.txt', { service: 'provider', ...quiet }],
  ['link', 'link.json.txt', { service: 'provider', json: true, ...quiet }],
  ['link', 'link.csv', { service: 'provider', csv: true, ...quiet }],
])('cisco %s writes %s', async (command, file, options) => {
  const { stdout, status } = await runCisco(command, logOf(oneLineLog), { topology: topologies.line, ...options });
  await expect(shown(stdout, file)).toMatchFileSnapshot(`golden/cisco/${file}`);
  expect(status).toBe(0);
});

test.each([
  ['events', 'events.txt', { ...raw, ...quiet }],
  ['events', 'events-by-site.txt', { sort: 'site', ...quiet }],
  ['events', 'events.jsonl', { json: true, ...quiet }],
  ['events', 'events.csv', { csv: true, ...quiet }],
  ['events', 'interesting.txt', { interesting: true }],
  ['events', 'interesting.jsonl', { interesting: true, json: true }],
  ['network', 'network.txt', { ...quiet }],
  ['network', 'network.json.txt', { json: true, ...quiet }],
  ['network', 'network.csv', { csv: true, ...quiet }],
])('cisco %s writes %s', async (command, file, options) => {
  const { stdout, status } = await network(command, manySitesLog, options);
  await expect(shown(stdout, file)).toMatchFileSnapshot(`golden/cisco/${file}`);
  expect(status).toBe(0);
});

/** Runs a command on the network of many sites. */
function network(
  command: string,
  lines: readonly string[],
  options: Readonly<Record<string, unknown>> = {},
): Promise<CommandResult> {
  return runCisco(command, logOf(lines), { topology: topologies.network, ...options });
}

test('the example of the specification, word for word', async () => {
  const { stdout } = await network('events', manySitesLog, { ...raw, ...quiet });
  const lines = stdout.split('\n');
  const example = [
    'site-101 -> DOWN <- Tue Nov 12 08:24:48 2024: Disconnected after at least 32 hours and 24.6 minutes on frame to core-1',
    'site-101 -> ISDN <- Tue Nov 12 08:24:53 2024: Up on ISDN to core-2 after DOWN for 5 seconds',
    'site-101 -> UP <- Tue Nov 12 08:27:49 2024: Up on frame to core-1 after on ISDN for 176 seconds',
    'site-101 -> ISDN <- Tue Nov 12 08:28:09 2024: On ISDN to core-2 after 20 seconds on frame to core-1',
    'site-101 -> UP <- Tue Nov 12 08:29:09 2024: Up on frame to core-1 after on ISDN for 60 seconds',
    'site-101 - ERR! - Tue Nov 12 08:29:30 2024: Frame up to core-1 21 seconds after already up',
    'site-101 - isdn - Tue Nov 12 08:32:37 2024: Idle ISDN call to core-2 dropped after 0:03:28, call lasted 0:07:47',
    'site-103 -> ISDN <- Tue Nov 12 10:00:06 2024: Up on ISDN to core-1 after DOWN for 6 seconds',
    'site-103 -> DOWN <- Tue Nov 12 10:04:00 2024: Dropped ISDN call to core-1 after 0:03:54, call lasted 0:03:58',
    'site-104 -> DOWN <- Tue Nov 12 13:31:04 2024: Disconnected after at least 37 hours and 30.9 minutes on frame to core-1',
    'site-104 ** BOOT ** Tue Nov 12 13:33:49 2024: site-104 rebooted some time after Tue Nov 12 06:38:44 2024',
    'site-104 ** UP <- Tue Nov 12 13:35:04 2024: Up on frame to core-1 after DOWN for 4.0 minutes',
    'site-107 * WARNING* Tue Nov 12 14:13:05 2024: ISDN call to remote from 5165550199',
  ];
  expect(lines.filter((text) => example.includes(text))).toEqual(example);
});

test('lines of a link stand in the order in which they were found out; events in that of time, or by site', async () => {
  const lost = [
    said('12 07:00:00', core1, 4, '%SYS-5-CONFIG_I: x'),
    neighbour('12 08:00:00', 'GigabitEthernet0/0/1.120', 'down').replace('10.9.0.1 ', '10.9.0.1 5: '),
    neighbour('12 09:00:00', 'GigabitEthernet0/0/1.120', 'up').replace('10.9.0.1 ', '10.9.0.1 6: '),
    said('12 10:00:00', core1, 7, '%SYS-5-CONFIG_I: x'),
    said('12 10:00:10', core1, 9, '%SYS-5-CONFIG_I: x'),
    said('12 10:01:00', core1, 10, '%SYS-5-RELOAD: Reload requested'),
    neighbour('12 10:10:00', 'GigabitEthernet0/0/1.120', 'up').replace('10.9.0.1 ', '10.9.0.1 11: '),
    said('12 12:00:00', core1, 12, '%SYS-5-CONFIG_I: x'),
  ];
  const { stdout } = await network('link', lost, { service: 'site-120', csv: true, ...quiet });
  const rows = stdout.split('\r\n').slice(1, -1);
  expect(rows.map((row) => row.split(',')[1])).toEqual(['UP', 'BKUP', 'UP', 'remark', 'BKUP', 'UP']);
  // The loss that nobody reported is dated before the remark, and was found out after it.
  expect((rows[4] ?? '') < (rows[3] ?? '')).toBe(true);
  expect(rows[4]).toMatch(/^2024-11-12T10:00:.*inferred from missing messages, within 10 seconds/);
  const times = (await network('events', lost, { csv: true, ...quiet })).stdout.split('\r\n').slice(1, -1);
  const moments = times.map((row) => row.slice(0, 24));
  expect(moments).toEqual(moments.toSorted());
});

test('a report of a part of the log tells of it what the report of the whole tells', async () => {
  const span = { from: '2024-11-12T08:00:00Z', to: '2024-11-12T16:30:00Z' };
  const lines = async (options: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
    const { stdout } = await network('events', manySitesLog, { ...raw, ...quiet, ...options });
    // Of the first change of a site the length before it differs: the report begins later.
    return stdout.split('\n').map((text) => text.replace(/ after at least .*/, ''));
  };
  const inside = (await lines({})).filter((text) => {
    const hour = /Tue Nov 12 (\d\d:\d\d)/.exec(text)?.[1] ?? '';
    return hour >= '08:00' && hour < '16:30';
  });
  expect(inside.length).toBeGreaterThan(20);
  expect((await lines(span)).slice(0, -1)).toEqual(inside);
});

/** Random lines of the network: calls, circuits, loss of any of them. */
const anyLog = fc
  .array(
    fc.record({
      site: fc.constantFrom(...frameSites),
      minute: fc.integer({ min: 1, max: 2800 }),
      kind: fc.constantFrom('call', 'call', 'down', 'up', 'stranger', 'seen at the site only', 'end only'),
      hub: fc.constantFrom(core1, core2),
      lasts: fc.integer({ min: 5, max: 4000 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((items) =>
    items.flatMap(({ site, minute, kind, hub, lasts }, index) => {
      const moment = (seconds: number): string =>
        new Date(Date.UTC(2024, 10, 11, 0, minute, seconds)).toISOString().slice(8, 19).replace('T', ' ');
      const times = { begin: moment(1), protocol: moment(3), end: moment(1 + lasts), lasted: lasts };
      if (kind === 'down' || kind === 'up') return [circuit(moment(0), site, kind === 'up' ? 'ACTIVE' : 'INACTIVE')];
      const lines = call(hub, index + 1, site, times);
      if (kind === 'call') return lines;
      if (kind === 'end only') return lines.slice(-1);
      if (kind === 'stranger')
        return lines.slice(0, 2).map((text) => text.replace(/connected to .*/, 'connected to unknown'));
      return lines.map((text) =>
        text
          .replace(hub, `10.60.${site}.2`)
          .replace(/Serial1\/0:\d+/, 'BRI0:1')
          .replace(/5550\d{3} site-\d+/, '5550001 core-2'),
      );
    }),
  );

test('calls of hubs, of sites, tests and strangers balance; tests are one for each window; no sum fails', async () => {
  await fc.assert(
    fc.asyncProperty(anyLog, async (lines) => {
      const whole = [
        said('11 00:00:12', core1, undefined, '%SYS-5-CONFIG_I: x'),
        ...lines,
        said('13 02:00:00', core1, undefined, '%SYS-5-CONFIG_I: x'),
      ];
      const { stdout } = await network('network', whole, { json: true });
      const { calls, hubs, sites } = JSON.parse(stdout) as {
        calls: { any: number; authenticated: number; tests: number; unattributed: number };
        hubs: { calls: { count: number } }[];
        sites: {
          site: string;
          calls: number;
          tests: { pass: number; fail: number };
          total_s: number;
          up_s: number;
          backup_s: number;
          down_s: number;
        }[];
      };
      const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
      expect(sum(hubs.map((hub) => hub.calls.count))).toBe(calls.any);
      expect(sum(sites.map((site) => site.calls))).toBe(calls.authenticated);
      expect(calls.authenticated + calls.tests + calls.unattributed).toBe(calls.any);
      for (const { site, tests, total_s: total, up_s: up, backup_s: backup, down_s: down } of sites) {
        // The log covers the windows of two days whole.
        expect(tests.pass + tests.fail).toBe(site === 'site-120' ? 0 : 2);
        expect(Math.round((up + backup + down) * 1000)).toBe(Math.round(total * 1000));
      }
      const text = (await network('network', whole)).stdout;
      expect(text).toContain('No integrity check failures.');
    }),
    { numRuns: 40 },
  );
});

test('lengths that are printed are the differences of the times that are printed', async () => {
  const states = /^(\S+) (?:->|\*\*) (UP|ISDN|DOWN) <- \w{3} (\w{3} \d\d [\d:]{8} \d{4}): (.*)$/;
  await fc.assert(
    fc.asyncProperty(anyLog, async (lines) => {
      const begin = said('11 00:00:12', core1, undefined, '%SYS-5-CONFIG_I: x');
      const { stdout } = await network('events', [begin, ...lines], { ...raw, sort: 'site' });
      const since = new Map<string, number>();
      for (const text of stdout.split('\n')) {
        const [, site = '', , time = '', words = ''] = states.exec(text) ?? [];
        if (site === '') continue;
        const ms = Date.parse(`${time} UTC`);
        const length = duration(ms - (since.get(site) ?? at('11 00:00:12')));
        since.set(site, ms);
        if (!words.startsWith('Dropped')) expect(text).toContain(` ${length}`);
      }
    }),
    { numRuns: 40 },
  );
});
