// Dead letters: kept byte for byte, within their limit, and never a reason to stop.
import fc from 'fast-check';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDeadLetters, removeDeadLetters } from '../../src/engine/dead-letter-files.ts';
import type { DeadLetter } from '../../src/engine/dead-letter-files.ts';
import { DeadLetters } from '../../src/engine/dead-letters.ts';
import { ManualClock, MemoryLog } from '../support/journal.ts';
import { MemoryFiles, systemError } from '../support/memory-files.ts';
import { temporaryFolder } from '../support/temporary.ts';

const directory = '/state/dead-letters';
const current = join(directory, 'dead-letters.jsonl');
const properties = { seed: 20_261_124, numRuns: 60 };

function open(files: MemoryFiles, limitBytes?: number, log = new MemoryLog()): Promise<DeadLetters> {
  const options = { directory, clock: new ManualClock(), log, files };
  return DeadLetters.open(limitBytes === undefined ? options : { ...options, limitBytes });
}

async function readAll(files: MemoryFiles, source?: string): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for await (const letter of readDeadLetters(directory, source, files)) letters.push(letter);
  return letters;
}

function letter(text: string, source = 'pbx'): Parameters<DeadLetters['add']>[0] {
  return { source, file: '/var/log/app.log', offset: 42, reason: 'bad-date', bytes: Buffer.from(text) };
}

describe('a dead letter', () => {
  test('says what, where, when and why in one JSON line', async () => {
    const files = new MemoryFiles();
    const letters = await open(files);
    letters.add(letter('a line'));
    expect(files.names(directory)).toEqual([]);
    await letters.flush();
    expect(JSON.parse(files.get(current).toString())).toEqual({
      time: '2023-11-14T22:13:20.000Z',
      source: 'pbx',
      file: '/var/log/app.log',
      offset: 42,
      reason: 'bad-date',
      line: 'a line',
    });
    expect(letters.written).toBe(1);
    expect(letters.pendingBytes).toBe(0);
  });

  test('gives back the exact bytes of any line', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(fc.integer({ min: 0, max: 0x2100 }), { maxLength: 100 })
        .map((codes) => new Uint8Array(Buffer.from(String.fromCodePoint(...codes)))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 5 }), async (lines) => {
        const files = new MemoryFiles();
        const letters = await open(files);
        for (const line of lines) letters.add({ ...letter(''), bytes: line });
        await letters.flush();
        const read = await readAll(files);
        expect(read.map((each) => each.bytes.toString('hex'))).toEqual(
          lines.map((line) => Buffer.from(line).toString('hex')),
        );
        expect(read.map(({ index }) => index)).toEqual(lines.map((_, index) => index));
        // Nothing that a terminal would obey.
        expect(files.get(current).toString()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      }),
      properties,
    );
  });

  test('keeps the first 4 KiB of a long line, whole characters, and its length', async () => {
    const files = new MemoryFiles();
    const letters = await open(files);
    const long = `${'x'.repeat(4095)}€${'y'.repeat(100_000)}`;
    letters.add(letter(long));
    letters.add({ ...letter('head of a very long line'), length: 10 ** 9 });
    await letters.flush();
    const [first, second] = await readAll(files);
    expect(first!.bytes.toString()).toBe('x'.repeat(4095));
    expect(first!.length).toBe(Buffer.byteLength(long));
    expect(second!.length).toBe(10 ** 9);
    expect(files.get(current).length).toBeLessThan(6000);
  });

  test('is copied when it is added, because the buffer of the reader is used again', async () => {
    const files = new MemoryFiles();
    const letters = await open(files);
    const buffer = Buffer.from('-- the line --');
    letters.add({ ...letter(''), bytes: buffer.subarray(3, 11) });
    buffer.fill(0);
    await letters.flush();
    expect((await readAll(files))[0]!.bytes.toString()).toBe('the line');
  });

  test('is durable after flush', async () => {
    const files = new MemoryFiles();
    const letters = await open(files);
    letters.add(letter('one'));
    await letters.flush();
    expect(files.afterPowerLoss(() => 0).names(directory)).toEqual(['dead-letters.jsonl']);
    expect(await readAll(files.afterPowerLoss(() => 0))).toHaveLength(1);
  });
});

describe('the files', () => {
  test('stay within the limit; what is removed for it is counted', async () => {
    const files = new MemoryFiles();
    const limit = 8000;
    const letters = await open(files, limit);
    for (let number = 0; number < 300; number++) {
      letters.add(letter(`line ${number}`));
      if (number % 7 === 0) await letters.flush();
      const size = files.names(directory).reduce((sum, name) => sum + files.get(join(directory, name)).length, 0);
      expect(size).toBeLessThanOrEqual(limit);
    }
    await letters.flush();
    expect(files.names(directory)).toEqual([
      'dead-letters.jsonl',
      'dead-letters.jsonl.1',
      'dead-letters.jsonl.2',
      'dead-letters.jsonl.3',
    ]);
    const read = await readAll(files);
    expect(letters.written).toBe(300);
    expect(letters.givenUp).toBe(300 - read.length);
    expect(read.map(({ bytes }) => bytes.toString())).toEqual(
      Array.from({ length: read.length }, (_, index) => `line ${300 - read.length + index}`),
    );
  });

  test('go on behind the last whole line after a crash', async () => {
    const files = new MemoryFiles();
    const letters = await open(files);
    letters.add(letter('one'));
    await letters.flush();
    await letters.close();
    files.put(current, Buffer.concat([files.get(current), Buffer.from('{"time":"torn')]));
    const again = await open(files);
    again.add(letter('two'));
    await again.flush();
    expect((await readAll(files)).map(({ bytes }) => bytes.toString())).toEqual(['one', 'two']);
  });

  test('can be read by source, and what is not ours in them is passed over', async () => {
    const files = new MemoryFiles();
    const letters = await open(files);
    letters.add(letter('one', 'a'));
    letters.add(letter('two', 'b'));
    await letters.flush();
    const junk = ['[1]', 'null', '{"source":1}', 'x'.repeat(600_000), ''].join('\n');
    files.put(current, Buffer.concat([Buffer.from(`${junk}\n`), files.get(current)]));
    expect((await readAll(files, 'b')).map(({ bytes, index }) => [bytes.toString(), index])).toEqual([['two', 1]]);
    expect(await readAll(files)).toHaveLength(2);
  });

  test('lose what was used, keep everything else, and are removed when empty', async () => {
    const files = new MemoryFiles();
    const letters = await open(files, 4000);
    for (let number = 0; number < 20; number++) letters.add(letter(`line ${number}`));
    await letters.flush();
    await letters.close();
    const before = await readAll(files);
    const used = new Set(before.filter(({ index }) => index % 3 === 0).map(({ index }) => index));
    expect(await removeDeadLetters(directory, ({ index }) => used.has(index), files)).toBe(used.size);
    const after = await readAll(files);
    expect(after.map(({ bytes }) => bytes.toString())).toEqual(
      before.filter(({ index }) => !used.has(index)).map(({ bytes }) => bytes.toString()),
    );
    expect(await removeDeadLetters(directory, () => true, files)).toBe(after.length);
    expect(files.names(directory)).toEqual([]);
    expect(await removeDeadLetters(directory, () => true, files)).toBe(0);
  });

  test('are real files with the machine, made again when somebody removed them', async () => {
    const folder = join(temporaryFolder(), 'letters');
    const letters = await DeadLetters.open({ directory: folder, clock: new ManualClock(), log: new MemoryLog() });
    letters.add(letter('one'));
    await letters.flush();
    rmSync(folder, { recursive: true });
    letters.add(letter('two'));
    await letters.flush();
    expect(readFileSync(join(folder, 'dead-letters.jsonl'), 'utf8')).toContain('"two"');
    await letters.close();
  });
});

describe('a disk that fails', () => {
  test('makes letters be given up and counted, told once, and goes on when there is space', async () => {
    const files = new MemoryFiles();
    const log = new MemoryLog();
    const letters = await open(files, undefined, log);
    letters.add(letter('one'));
    await letters.flush();
    files.capacity = files.get(current).length + 30;
    for (let count = 0; count < 5; count++) {
      letters.add(letter('lost'));
      await letters.flush();
    }
    expect({ written: letters.written, givenUp: letters.givenUp }).toEqual({ written: 1, givenUp: 5 });
    files.capacity = Infinity;
    letters.add(letter('two'));
    await letters.flush();
    expect((await readAll(files)).map(({ bytes }) => bytes.toString())).toEqual(['one', 'two']);
    expect(log.messages).toEqual([expect.stringContaining('given up'), expect.stringContaining('written again')]);
  });

  test('of any kind never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(99)), fc.integer({ min: 1, max: 100 }), async (stream, percent) => {
        const files = new MemoryFiles();
        files.before = () => {
          if (stream.next().value < percent) throw systemError('EIO');
        };
        const letters = await open(files, 3000);
        for (let number = 0; number < 40; number++) {
          letters.add(letter(`line ${number}`));
          await letters.flush();
        }
        expect(letters.written + letters.givenUp).toBeGreaterThanOrEqual(40);
        files.before = () => undefined;
        // A letter can be on disk and yet be counted as given up, never the other way round.
        expect((await readAll(files)).length).toBeGreaterThanOrEqual(40 - letters.givenUp);
      }),
      properties,
    );
  });

  test('cannot fill the memory: what waits for a flush is bounded', async () => {
    const files = new MemoryFiles();
    const log = new MemoryLog();
    const letters = await open(files, undefined, log);
    const line = 'z'.repeat(4000);
    for (let count = 0; count < 4000; count++) letters.add(letter(line));
    expect(letters.pendingBytes).toBeLessThan(9 * 1024 * 1024);
    expect(letters.givenUp).toBeGreaterThan(1000);
    expect(log.count('too many')).toBe(1);
    await letters.flush();
    expect(letters.written + letters.givenUp).toBe(4000);
  });
});
