// A topology that is learnt from logs (cisco 8): names from calls, both ends from common changes, paths from use; and what
// checking a topology says.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTopology } from '../../src/families/cisco/topology/topology.ts';
import type { Topology } from '../../src/families/cisco/topology/topology.ts';
import { logOf, runCisco, said } from './cisco-run.ts';
import { manySites } from './cisco-story.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-learn-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function learn(files: Readonly<Record<string, string>>): Promise<{ text: string; topology: Topology }> {
  const { stdout, status } = await runCisco('topology', files, { learn: true, year: '2024' });
  expect(status).toBe(0);
  return { text: stdout, topology: readTopology(stdout, 'learnt.yaml') };
}

const [hub, hostA, hostB] = ['10.9.0.1', '10.20.1.2', '10.60.1.2'];

/** Three sites with addresses only: a circuit that fails three times, and calls that both ends tell of. */
function threeSites(): readonly string[] {
  return [1, 2, 3].flatMap((site) =>
    [1, 2, 3].flatMap((time) => {
      const when = (second: number): string =>
        `1${time} 0${site}:0${Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')}`;
      const own = (address: string): string => address.replace('.1.2', `.${site}.2`);
      const dlci = (name: string, number: number, state: string): string =>
        `%FR-5-DLCICHANGE: Interface ${name} - DLCI ${number} state changed to ${state}`;
      return [
        said(when(0), hub, undefined, dlci('Serial0/0', 100 + site, 'INACTIVE')),
        said(when(1), own(hostB), undefined, dlci('Serial0', 16, 'INACTIVE')),
        said(
          when(5),
          hub,
          undefined,
          `%ISDN-6-CONNECT: Interface Serial1/0:7 is now connected to 555010${site} branch-${site}`,
        ),
        said(when(6), own(hostB), undefined, '%ISDN-6-CONNECT: Interface BRI0:1 is now connected to 5550001 centre'),
        said(when(60), own(hostB), undefined, '%SYS-5-CONFIG_I: x'),
        said(when(120), hub, undefined, dlci('Serial0/0', 100 + site, 'ACTIVE')),
        said(when(121), own(hostA), undefined, dlci('Serial0', 16, 'ACTIVE')),
        said(
          when(122),
          own(hostA),
          undefined,
          '%LINEPROTO-5-UPDOWN: Line protocol on Interface Serial0.1, changed state to up',
        ),
        said(
          when(180),
          hub,
          undefined,
          `%ISDN-6-DISCONNECT: Interface Serial1/0:7 disconnected from 555010${site} branch-${site}, call lasted 175 seconds`,
        ),
        said(
          when(181),
          own(hostA),
          undefined,
          '%ISDN-6-DISCONNECT: Interface BRI0:1 disconnected from 5550001 centre, call lasted 175 seconds',
        ),
      ];
    }),
  );
}

test('names, both ends, addresses, backups, callers and trunks of sites that are known by their addresses only', async () => {
  const { text, topology } = await learn(logOf(threeSites()));
  expect(topology.devices.map(({ name, isLocal }) => [name, isLocal])).toEqual([
    ['branch-1', false],
    ['branch-2', false],
    ['branch-3', false],
    ['centre', true],
  ]);
  expect(topology.addresses.get('10.20.2.2')).toEqual({ device: 'branch-2', via: 'link', link: 'branch-2-primary' });
  expect(topology.addresses.get('10.60.2.2')).toEqual({ device: 'branch-2', via: 'link', link: 'branch-2-backup' });
  const { primary, backup, expectedCallers, backupMode } = topology.services[1] ?? {};
  expect(primary).toMatchObject({
    type: 'frame-relay-pvc',
    trunk: 'centre-Serial0-0',
    ends: [
      { devices: ['centre'], interface: 'Serial0/0.102', parent: 'Serial0/0', dlci: 102 },
      { devices: ['branch-2'], interface: 'Serial0.1', parent: 'Serial0', dlci: 16 },
    ],
  });
  expect(backup).toMatchObject({ ends: [{ interface: 'Serial1/0:*' }, { interface: 'BRI0:*', numbers: ['5550102'] }] });
  expect([expectedCallers, backupMode]).toEqual([['5550001'], 'dial']);
  expect(topology.trunks.map(({ id, kind }) => [id, kind])).toEqual([
    ['centre-Serial0-0', 'frame-relay'],
    ['centre-Serial1-0', 'isdn-pri'],
  ]);
  expect(text).toContain('# both ends changed together 6 times');
});

test('names out of a log cannot break the file', async () => {
  const strange = ['x: [1', '"q"', "o'brien", '#hash', '-dash', 'a\u0007b', '!tag'].flatMap((name, index) => [
    said(
      `11 00:00:${10 + index}`,
      hub,
      undefined,
      `%ISDN-6-CONNECT: Interface Serial1/0:${index} is now connected to 55501${index} ${name.replaceAll(' ', '_')}`,
    ),
    said(
      `11 00:01:${10 + index}`,
      hub,
      undefined,
      `%OSPF-5-ADJCHG: Process 1, Nbr ${name.replaceAll(' ', '_')} on Gi0/${index} from FULL to DOWN, x`,
    ),
  ]);
  const { topology } = await learn(logOf(strange));
  expect(topology.links.length).toBeGreaterThanOrEqual(7);
});

const corpus = fileURLToPath(new URL('../../../shared/corpora/cisco/', import.meta.url));

test.skipIf(!existsSync(corpus)).each([
  ['net12-clean', { devices: 14, addresses: 25, links: 23, services: 11 }],
  ['net60-lossy', { devices: 62, addresses: 110, links: 115, services: 50 }],
])('of %s as much as the log tells, and nothing wrong', async (name, least) => {
  const truth = readTopology(readFileSync(`${corpus}${name}/topology.yaml`, 'utf8'), 'truth.yaml');
  const { topology } = await learn({ 'syslog.log': readFileSync(`${corpus}${name}/syslog.log`, 'utf8') });
  const known = new Set(topology.devices.map((device) => device.name));
  expect(truth.devices.filter((device) => known.has(device.name)).length).toBeGreaterThanOrEqual(least.devices);
  const used = [...truth.addresses].filter(([ip, use]) => {
    const learnt = topology.addresses.get(ip);
    return learnt?.device === use.device && learnt.via === use.via && learnt.link === use.link;
  });
  expect(used.length).toBeGreaterThanOrEqual(least.addresses);
  const same = truth.links.filter((link) =>
    topology.links.some(
      ({ type, ends }) =>
        type === link.type &&
        ends[0]?.devices[0] === link.ends[0]?.devices[0] &&
        (type === 'isdn-dial' || ends[0]?.interface === link.ends[0]?.interface) &&
        // A far end that is proposed is the right one.
        (ends[1] === undefined || ends[1].devices[0] === link.ends[1]?.devices[0]),
    ),
  );
  expect(same.length).toBeGreaterThanOrEqual(least.links);
  const services = truth.services.filter(({ id, primary, backup }) =>
    topology.services.some((one) => one.id === id && one.primary.id === primary.id && one.backup?.id === backup?.id),
  );
  expect(services.length).toBeGreaterThanOrEqual(least.services);
});

test('checking a topology says what is in it, and what is seldom meant', async () => {
  const path = join(directory, 'topology.yaml');
  writeFileSync(path, manySites.replace(', adjacency: {protocol: ospf, neighbor_a: 10.255.0.120}', ''));
  const { stdout, status } = await runCisco('topology', {}, { topology: path });
  expect(stdout.split('\n')).toEqual([
    'The topology is sound.',
    '  devices   15 (2 log locally), 41 addresses',
    '  links     26: 12 frame-relay-pvc, 12 isdn-dial, 1 ethernet-p2p, 1 tunnel',
    '  services  13: 12 with dial backup, 1 with a permanent one, 0 without',
    '  trunks    3',
    '  zone      UTC',
    '  series    about 353 in a database',
    'warning: site-120-primary: without "adjacency" its state is that of its interfaces, which says little about the path',
    '',
  ]);
  expect(status).toBe(0);
  const json = JSON.parse((await runCisco('topology', {}, { topology: path, json: true })).stdout) as {
    services: unknown[];
  };
  expect(json.services[12]).toEqual({
    id: 'site-120',
    site: 'site-120',
    device: 'site-120',
    primary: 'site-120-primary',
    backup: 'site-120-backup',
    backup_mode: 'permanent',
  });
  const csv = (await runCisco('topology', {}, { topology: path, csv: true })).stdout.split('\r\n');
  expect(csv[1]).toBe('site-101,site-101,site-101,site-101-primary,site-101-backup,dial');
});
