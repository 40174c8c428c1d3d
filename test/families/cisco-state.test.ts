// State between runs (cisco 14): a job over daily logs says what one run over all of them says. And what is noted on the way:
// codes of the list of routine ones, codes never seen before, periodic calls, devices whose address tells nothing.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UsageError } from '../../src/model/errors.ts';
import { twoSites } from './cisco-log.ts';
import { call, core1, manySites, manySitesLog } from './cisco-story.ts';
import { logOf, runCisco, said } from './cisco-run.ts';

let directory = '';
let topology = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-state-'));
  topology = join(directory, 'topology.yaml');
  writeFileSync(topology, manySites);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
const newState = (): string => join(directory, `state-${files++}.json`);

/** Runs a command over parts of a log, each run with the state of the one before; gives what the last one says. */
async function inParts(
  command: string,
  parts: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<string> {
  const state = newState();
  let text = '';
  for (const part of parts) text = (await runCisco(command, { 'today.log': part }, { ...options, state })).stdout;
  return text;
}

const composed = logOf(manySitesLog)['cisco.log'] ?? '';
const forms = [
  ['network', {}],
  ['network', { json: true }],
  ['events', { sort: 'site', dropSeconds: '0', trySeconds: '0' }],
  ['link', { service: 'site-104' }],
] as const;

test.each(forms)(
  '%s over parts of a log, each with the state of the last, is %s over the whole',
  async (command, how) => {
    const options = { topology, ...how };
    const { stdout: whole } = await runCisco(command, { 'today.log': composed }, options);
    const lines = composed.split(/(?<=\n)/);
    for (const cut of [1, 40, 90, lines.length - 8, lines.length - 3]) {
      const parts = [lines.slice(0, cut).join(''), lines.slice(cut).join('')];
      expect(await inParts(command, parts, options)).toBe(whole);
    }
    const daily = [0, 30, 60, 90, 120].map((from) => lines.slice(from, from + 30).join(''));
    expect(await inParts(command, [...daily, lines.slice(150).join('')], options)).toBe(whole);
  },
);

const corpus = fileURLToPath(new URL('../../../shared/corpora/cisco/net12-lossy/', import.meta.url));

test.skipIf(!existsSync(corpus))('a log with loss, copies and disorder says the same day by day', async () => {
  const text = readFileSync(`${corpus}syslog.log`, 'utf8');
  const options = { topology: `${corpus}topology.yaml`, year: '2024' };
  const { stdout: whole } = await runCisco('network', { 'today.log': text }, options);
  const days: string[][] = [];
  for (const line of text.split(/(?<=\n)/)) {
    const today = days.at(-1);
    if (today?.[0]?.slice(0, 6) === line.slice(0, 6)) today.push(line);
    else days.push([line]);
  }
  expect(days.length).toBeGreaterThan(3);
  const parts = days.map((lines) => lines.join(''));
  expect(await inParts('network', parts, options)).toBe(whole);
});

test('the state is replaced whole, and nothing is left beside it', async () => {
  const state = newState();
  await runCisco('network', { 'a.log': composed }, { topology, state });
  await runCisco(
    'network',
    { 'b.log': `${said('14 00:00:00', core1, undefined, '%SYS-5-CONFIG_I: x')}\n` },
    { topology, state },
  );
  expect(readdirSync(directory).filter((name) => name.includes('.part'))).toEqual([]);
  expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ format: 'switchboard-cisco-state', version: 1 });
});

test('a state that is damaged, or another file, is refused with the remedy', async () => {
  for (const text of [
    '{',
    '{"format":"something else"}',
    '{"format":"switchboard-cisco-state","version":1,"analysis":{}}',
  ]) {
    const state = newState();
    writeFileSync(state, text);
    const run = runCisco('network', { 'a.log': composed }, { topology, state });
    await expect(run).rejects.toBeInstanceOf(UsageError);
    await expect(run).rejects.toThrow(/is damaged or no state of this version; remove it/);
    expect(readFileSync(state, 'utf8')).toBe(text);
  }
});

test('nothing is left behind by a run that read nothing', async () => {
  const state = newState();
  const { status, stdout } = await runCisco('network', {}, { topology, state });
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(existsSync(state)).toBe(false);
});

test('lines older than the state are said to count twice', async () => {
  const state = newState();
  await runCisco('network', { 'a.log': composed }, { topology, state });
  const { stderr, status } = await runCisco('network', { 'a.log': composed }, { topology, state });
  expect(stderr).toMatch(/knows the log up to 2024-11-12T23:59:50\.000Z; lines before that may be counted twice/);
  expect(status).toBe(0);
});

test('a code that no run before has seen is interesting, whatever it is', async () => {
  const state = newState();
  const first = [
    said('11 00:00:00', core1, undefined, '%SYS-5-CONFIG_I: x'),
    said('11 00:00:01', core1, undefined, '%LINK-3-UPDOWN: x'),
  ];
  const before = (await runCisco('events', logOf(first), { interesting: true, state })).stdout;
  expect(before).not.toContain('first_seen');
  expect(before).not.toContain('LINK-3-UPDOWN: x');
  const second = [
    said('12 00:00:00', core1, undefined, '%LINK-3-UPDOWN: y'),
    said('12 00:00:01', core1, undefined, '%FR-5-DLCICHANGE: y'),
    said('12 00:00:02', core1, undefined, '%FR-5-DLCICHANGE: z'),
    said('12 00:00:03', core1, undefined, '%ENVMON-2-FANFAIL: y'),
  ];
  const { stdout } = await runCisco('events', logOf(second), { interesting: true, state });
  expect(stdout.split('\n')).toEqual([
    '--> 10.9.0.1     2024-11-12T00:00:01.000Z          FR-5-DLCICHANGE: y',
    '--> 10.9.0.1     2024-11-12T00:00:03.000Z          ENVMON-2-FANFAIL: y',
    '',
    '   count  first seen            code',
    '       2  2024-11-12T00:00:01   FR-5-DLCICHANGE  first_seen',
    '       1  2024-11-12T00:00:03   ENVMON-2-FANFAIL  first_seen',
    '       1  2024-11-11T00:00:00   SYS-5-CONFIG_I',
    '       2  of 1 routine code, not listed',
    '',
  ]);
});

const codes = [
  'SYS-5-CONFIG_I',
  'SYS-SW1-5-CONFIG_I',
  'LINK-3-UPDOWN',
  'ETHPORT-5-IF_DOWN_LINK_FAILURE',
  'ENVMON-2-FANFAIL',
];

test.each([
  ['the usual ones', [], ['SYS-5-CONFIG_I', 'SYS-SW1-5-CONFIG_I', 'ENVMON-2-FANFAIL']],
  ['one more, with and without its card', ['SYS-5-CONFIG_I'], ['ENVMON-2-FANFAIL']],
  ['one more without its severity, and a group', ['SYS-CONFIG_I,ENVMON-*'], []],
  ['one less', ['!LINK-3-UPDOWN'], ['SYS-5-CONFIG_I', 'SYS-SW1-5-CONFIG_I', 'LINK-3-UPDOWN', 'ENVMON-2-FANFAIL']],
  [
    'a list of its own',
    ['!*', 'SYS-5-CONFIG_I'],
    ['LINK-3-UPDOWN', 'ETHPORT-5-IF_DOWN_LINK_FAILURE', 'ENVMON-2-FANFAIL'],
  ],
])('routine codes: %s', async (_, routine, interesting) => {
  const lines = codes.map((code, index) => said(`11 00:00:0${index}`, core1, undefined, `%${code}: x`));
  const { stdout } = await runCisco('events', logOf(lines), { interesting: true, json: true, routine });
  const shown = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { code: string }).code);
  expect(shown).toEqual(interesting);
});

test('a routine code that is none is wrong use', async () => {
  await expect(runCisco('events', {}, { routine: ['no code!'] })).rejects.toThrow(/write a code such as/);
});

test.each([
  ['every six hours, within five minutes', ['11 03:00', '11 09:01', '11 15:00', '11 20:59'], true],
  ['twice only', ['11 03:00', '11 09:00'], false],
  ['at no constant distance', ['11 03:00', '11 09:00', '11 16:00'], false],
  ['within one bad quarter of an hour', ['11 09:00', '11 09:04', '11 09:08'], false],
])('idle calls that come %s', async (_, begins, isPeriodic) => {
  const lines = begins.flatMap((begin, index) =>
    call(core1, index + 1, 106, {
      begin: `${begin}:00`,
      protocol: `${begin}:02`,
      end: `${begin}:30`,
      lasted: 30,
    }),
  );
  const isFine = said('11 00:05:00', '10.20.106.2', 700, '%SYS-5-CONFIG_I: x');
  const { stdout } = await runCisco('network', logOf([isFine, ...lines]), { topology });
  expect(stdout.includes('site-106: periodic idle calls, one every ')).toBe(isPeriodic);
});

test('a device that could give hints and sends from one address for a day is named', async () => {
  const path = join(directory, 'two.yaml');
  writeFileSync(path, twoSites);
  const days = (source: string): Promise<string> =>
    runCisco(
      'network',
      logOf(
        ['11 00:00:00', '12 00:00:00', '12 12:00:00'].map((when) =>
          said(when, source, undefined, '%SYS-5-CONFIG_I: x'),
        ),
      ),
      { topology: path },
    ).then(({ stdout }) => stdout);
  expect(await days('10.255.0.101')).toContain(
    ' site-101: has sent from 10.255.0.101 only for 36 hours and 0.0 minutes; its packets do not tell the path',
  );
  // The address of a link is what a healthy site sends from.
  expect(await days('10.20.101.2')).not.toContain('has sent from');
});
