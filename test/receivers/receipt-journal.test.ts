// The journal of received messages: whole lines, a limit, nothing given up that is not counted yet.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLog } from '../../src/model/log.ts';
import { ReceiptJournal } from '../../src/receivers/receipt-journal.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const megabyte = 1024 * 1024;

function filesOf(directory: string): string[] {
  return readdirSync(directory).toSorted();
}

function textOf(directory: string): string {
  return filesOf(directory)
    .map((name) => readFileSync(join(directory, name), 'latin1'))
    .join('');
}

/** Lets the journal write; what waits in memory is limited too. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

async function openAt(directory: string, limitBytes = 16 * megabyte, isCounted = (): boolean => false) {
  return ReceiptJournal.open({ directory, limitBytes, isCounted, log: silentLog, retryMs: 5 });
}

test('keeps every line in order, over a restart too', async () => {
  const directory = join(temporaryFolder(), 'received');
  let expected = '';
  for (const run of [1, 2, 3]) {
    const journal = await openAt(directory);
    for (let number = 0; number < 1000; number++) {
      const line = `${run} ${number}\n`;
      expected += line;
      expect(journal.append(Buffer.from(line))).toBe(true);
    }
    expect(await journal.close()).toBe(0);
  }
  expect(textOf(directory)).toBe(expected);
});

test('has a file before anything came, so that a reader has nothing to wait for', async () => {
  const directory = join(temporaryFolder(), 'received');
  await (await openAt(directory)).close();
  expect(filesOf(directory)).toHaveLength(1);
});

test('ends a line that a crash tore', async () => {
  const directory = temporaryFolder();
  writeFileSync(join(directory, 'received-0000000007.log'), 'whole\ntor');
  const journal = await openAt(directory);
  journal.append(Buffer.from('next\n'));
  await journal.close();
  expect(textOf(directory)).toBe('whole\ntor\nnext\n');
});

test('takes nothing more when it is full of lines that are not counted, and goes on when they are', async () => {
  const directory = join(temporaryFolder(), 'received');
  let isCounted = false;
  const journal = await openAt(directory, 4 * megabyte, () => isCounted);
  const line = Buffer.alloc(1024, 'x');
  line[1023] = 10;
  let taken = 0;
  while (journal.append(line)) {
    taken++;
    if (taken % 512 === 0) await turn();
  }
  expect(taken).toBe(4096);
  expect(journal.fault).toContain('full');
  expect(journal.hasRoom).toBe(false);
  const before = filesOf(directory);
  isCounted = true;
  let hasRoom = false;
  journal.onRoom(() => (hasRoom = true));
  await until(() => hasRoom, 'room');
  expect(journal.append(line)).toBe(true);
  expect(journal.fault).toBe('');
  await journal.close();
  await until(() => !existsSync(join(directory, before[0] ?? '')), 'the oldest file to go');
  const size = filesOf(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  expect(size).toBeLessThanOrEqual(4 * megabyte);
});

test('gives up only files that are counted to their end', async () => {
  const directory = join(temporaryFolder(), 'received');
  const asked: [string, number][] = [];
  const journal = await ReceiptJournal.open({
    directory,
    limitBytes: 4 * megabyte,
    isCounted: (path, size) => {
      asked.push([path, size]);
      return path.endsWith('0000000001.log');
    },
    log: silentLog,
  });
  const line = Buffer.alloc(1024, 'x');
  line[1023] = 10;
  let taken = 0;
  while (journal.append(line)) {
    if (++taken === 1024) await until(() => filesOf(directory).length > 2, 'the first files to be written');
  }
  await journal.close();
  // The first of the sixteen parts made room once; the second one may not go.
  expect(taken).toBeGreaterThan(4096);
  expect(filesOf(directory)[0]).toBe('received-0000000002.log');
  for (const [path, size] of asked.filter(([one]) => one.endsWith('0000000001.log'))) {
    expect([path, size]).toEqual([path, 256 * 1024]);
  }
});

test('writes again, and loses nothing, after the disk has refused', async () => {
  const directory = join(temporaryFolder(), 'received');
  const journal = await openAt(directory);
  journal.append(Buffer.from('one\n'));
  await until(() => textOf(directory) === 'one\n', 'the first line');
  await journal.close();
  // A folder in the place of the next segment cannot be opened as a file.
  const name = filesOf(directory)[0] ?? '';
  appendFileSync(join(directory, name), Buffer.alloc(1024 * 1024, 'y\n'));
  const again = await openAt(directory);
  mkdirSync(join(directory, 'received-0000000002.log'));
  again.append(Buffer.from('two\n'));
  await until(() => again.fault !== '', 'a fault');
  expect(again.hasRoom).toBe(true);
  rmdirSync(join(directory, 'received-0000000002.log'));
  await until(() => again.fault === '', 'the fault to go');
  await again.close();
  expect(readFileSync(join(directory, 'received-0000000002.log'), 'latin1')).toBe('two\n');
});
