// `ecs count` on real files: folders, archives, damaged and missing ones (ecs 6, ecs 9 rows 18 and 21).
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openInputs } from '../../src/engine/inputs.ts';
import { runCount } from './memory-inputs.ts';
import type { CommandResult } from './memory-inputs.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-count-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function count(names: readonly string[], options: Readonly<Record<string, unknown>> = {}): Promise<CommandResult> {
  return runCount(
    {},
    { timepos: 'MIN', ...options },
    { names: names.map((name) => join(directory, name)), openInputs },
  );
}

function put(name: string, content: string | Buffer): string {
  mkdirSync(join(directory, name, '..'), { recursive: true });
  writeFileSync(join(directory, name), content);
  return name;
}

function minute(number: number, times: number, end = '\n'): string {
  return `20170427:08${number}00000:1:MAP(12):MED:[DENYEVT event=1192 d1=1 d2=2]${end}`.repeat(times);
}

test('plain, CR LF and compressed files of several members give the same', async () => {
  const log = minute(400, 3) + minute(410, 2);
  const plain = await count([put('2017-0427-084000', log)]);
  expect(plain.stdout).toBe(
    'DENYEVT       20170427:0840  20170427:0841\nevent=1192                3              2\n\n',
  );
  expect(plain.status).toBe(0);
  expect(await count([put('crlf', minute(400, 3, '\r\n') + minute(410, 2, '\r\n'))])).toEqual(plain);
  expect(await count([put('2017-0427-084000.gz', gzipSync(log))])).toEqual(plain);
  const members = Buffer.concat([gzipSync(minute(400, 3)), gzipSync(minute(410, 2))]);
  expect(await count([put('members.gz', members)])).toEqual(plain);
});

test('a folder gives its logs in the order of their names, and nothing else', async () => {
  put('folder/2017-0427-084200', minute(420, 1));
  put('folder/2017-0427-084000.gz', gzipSync(minute(400, 1)));
  put('folder/2017-0427-084100.log', minute(410, 1));
  put('folder/notes.txt', minute(430, 1));
  utimesSync(join(directory, 'folder/2017-0427-084200'), 1, 1);
  // One interval is kept: in any other order there would be late events.
  const { stdout, stderr, status } = await count(['folder'], { intervals: '1' });
  expect([stdout, stderr, status]).toEqual(['DENYEVT       20170427:0842\nevent=1192                1\n\n', '', 0]);
  expect((await count(['folder/20*'])).stdout).toBe((await count(['folder'])).stdout);
});

test('a truncated archive is used as far as it goes, and is status 3', async () => {
  const lines = Array.from({ length: 5000 }, (_, index) => minute(400, 1).replace('d2=2', `d2=${index * 7919}`)).join(
    '',
  );
  const whole = gzipSync(lines);
  const result = await count([put('2017-0427-090000.gz', whole.subarray(0, whole.length / 2))]);
  expect(result.status).toBe(3);
  expect(Number(/event=1192 +(\d+)/.exec(result.stdout)?.[1])).toBeGreaterThan(100);
  expect(result.stderr).toContain('2017-0427-090000.gz: ');
});

test('missing files are status 3 beside readable ones, and status 2 alone', async () => {
  put('2017-0427-084500', minute(450, 1));
  const some = await count(['2017-0427-084500', 'missing']);
  expect([some.status, some.stdout.includes('event=1192')]).toEqual([3, true]);
  expect(some.stderr).toContain('missing: ');
  expect(await count(['missing'])).toMatchObject({ status: 2, stdout: '' });
});

test('a binary file is no reason to stop', async () => {
  const noise = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 256));
  const file = put('2017-0427-084600', Buffer.concat([noise, Buffer.from(`\n${minute(460, 2)}`), noise]));
  const { stdout, status } = await count([file]);
  expect([stdout.includes('event=1192                2'), status]).toEqual([true, 0]);
});
