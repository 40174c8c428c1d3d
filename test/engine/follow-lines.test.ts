// What a line is: partial, long, binary, with NUL bytes or a byte-order mark (engine 1.3, 1.10 to 1.12; rows 24 to 26).
import { appendFileSync, closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstLongLine, firstNulLine } from '../../src/engine/lines.ts';
import { LogCollector } from '../support/log-collector.ts';
import { temporaryFolder } from '../support/temporary.ts';

function logPath(): string {
  return join(temporaryFolder(), 'app.log');
}

describe('partial lines', () => {
  test('reads a file of one byte at once', async () => {
    const path = logPath();
    writeFileSync(path, '\n');
    const collector = new LogCollector([path]);
    await collector.drain();
    await collector.stop();
    expect(collector.lines).toEqual(['']);
  });

  test('keeps the last partial line until its line feed arrives, also over a restart', async () => {
    const path = logPath();
    writeFileSync(path, 'whole\nhalf');
    const before = new LogCollector([path]);
    await before.untilLines(1);
    await before.drain();
    const positions = await before.stop();
    expect(before.lines).toEqual(['whole']);
    const after = new LogCollector([path], {}, positions);
    await after.drain();
    expect(after.lines).toEqual([]);
    appendFileSync(path, ' and half\nnext\n');
    await after.untilLines(2);
    await after.stop();
    expect(after.lines).toEqual(['half and half', 'next']);
  });

  test('does not finish the file that is being written, however long its last line waits', async () => {
    const path = logPath();
    writeFileSync(path, 'half');
    const collector = new LogCollector([path], { graceMs: 1 });
    for (let count = 0; count < 10; count++) {
      await collector.drain();
      await collector.follower.wait(new AbortController().signal);
    }
    expect(collector.lines).toEqual([]);
    appendFileSync(path, ' whole\n');
    await collector.untilLines(1);
    await collector.stop();
    expect(collector.lines).toEqual(['half whole']);
  });

  test('takes a line that was torn over many writes and is longer than the buffers', async () => {
    const path = logPath();
    const long = Array.from({ length: 2000 }, (_, index) => `part ${index} `).join('');
    writeFileSync(path, 'first\n');
    const collector = new LogCollector([path], { chunkBytes: 4096 });
    for (let start = 0; start < long.length; start += 3000) {
      appendFileSync(path, long.slice(start, start + 3000));
      await collector.drain();
    }
    appendFileSync(path, '\nlast\n');
    await collector.untilLines(3);
    await collector.stop();
    expect(collector.lines).toEqual(['first', long, 'last']);
  });
});

describe('long lines', () => {
  test('skips a line above the limit with its head, position and length, and goes on with the next', async () => {
    const path = logPath();
    const long = 'x'.repeat(300) + 'y'.repeat(20_000);
    const exact = 'z'.repeat(1000);
    writeFileSync(path, `a\n${long}\nb\n${exact}\n${exact}!\nc\n`);
    const collector = new LogCollector([path], { chunkBytes: 4096, maxLineBytes: 1000 });
    await collector.drain();
    await collector.stop();
    expect(collector.lines).toEqual(['a', 'b', exact, 'c']);
    expect(collector.longLines).toEqual([
      { path, offset: 2, length: long.length + 1, head: 'x'.repeat(256) },
      { path, offset: 2 + long.length + 1 + 2 + 1001, length: 1002, head: 'z'.repeat(256) },
    ]);
  });

  test('holds the position at the start of a long line that is still being written', async () => {
    const path = logPath();
    writeFileSync(path, 'a\n');
    const options = { chunkBytes: 4096, maxLineBytes: 1000 };
    const before = new LogCollector([path], options);
    for (let count = 0; count < 5; count++) {
      appendFileSync(path, 'x'.repeat(3000));
      await before.drain();
    }
    const positions = await before.stop();
    expect(before.follower.status().files[0]).toMatchObject({ offset: 2, size: 15_002 });
    appendFileSync(path, 'x\nb\n');
    const after = new LogCollector([path], options, positions);
    await after.untilLines(1);
    await after.stop();
    expect(after.lines).toEqual(['b']);
    expect(after.longLines).toMatchObject([{ offset: 2, length: 15_002 }]);
  });

  test('skips a line of a gigabyte in bounded memory', async () => {
    const path = logPath();
    // A hole in the file takes no room on the disk. Its NULs are not at the start of a line.
    const descriptor = openSync(path, 'w');
    writeSync(descriptor, 'a\nbegin');
    writeSync(descriptor, 'end\nb\n', 1_000_000_000);
    closeSync(descriptor);
    const collector = new LogCollector([path]);
    const memoryBefore = process.memoryUsage().rss;
    await collector.untilLines(2);
    const grown = process.memoryUsage().rss - memoryBefore;
    await collector.stop();
    expect(collector.lines).toEqual(['a', 'b']);
    expect(collector.longLines).toMatchObject([{ offset: 2, length: 1_000_000_002 }]);
    expect(grown).toBeLessThan(200 * 1024 * 1024);
  });

  test('hands out lines just below the limit, one after the other', async () => {
    const path = logPath();
    const lines = Array.from({ length: 10 }, (_, index) => String(index).repeat(1_000_000));
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    const collector = new LogCollector([path]);
    await collector.drain();
    await collector.stop();
    expect(collector.lines).toEqual(lines);
    expect(collector.longLines).toEqual([]);
  });
});

describe('bytes that are no text', () => {
  test('skips and counts runs of NUL bytes at the start of lines, and leaves those within', async () => {
    const path = logPath();
    writeFileSync(path, 'a\n\0\0\0b\0c\n\0d\n');
    appendFileSync(path, Buffer.alloc(100_000));
    appendFileSync(path, 'e\n');
    const collector = new LogCollector([path], { chunkBytes: 4096 });
    await collector.untilLines(4);
    await collector.stop();
    expect(collector.lines).toEqual(['a', 'b\0c', 'd', 'e']);
    const nulls = collector.events.filter(({ type }) => type === 'nulls').map(({ amount }) => amount ?? 0);
    expect(nulls.reduce((sum, amount) => sum + amount, 0)).toBe(100_004);
  });

  test('reads on behind the hole that a truncation leaves under a writer that does not append', async () => {
    const path = logPath();
    const descriptor = openSync(path, 'w');
    writeSync(descriptor, 'before\n'.repeat(1000));
    const collector = new LogCollector([path]);
    await collector.untilLines(1000);
    truncateSync(path);
    writeSync(descriptor, 'after\n');
    closeSync(descriptor);
    await collector.untilLines(1001);
    await collector.stop();
    expect(collector.lines.at(-1)).toBe('after');
    expect(collector.events.find(({ type }) => type === 'nulls')?.amount).toBe(7000);
  });

  test('passes over a byte-order mark, and keeps carriage returns and invalid bytes', async () => {
    const path = logPath();
    writeFileSync(path, Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('a\r\n\xff\xfe\n', 'latin1')]));
    const collector = new LogCollector([path]);
    await collector.drain();
    await collector.stop();
    expect(collector.lines).toEqual(['a\r', '\xff\xfe']);
  });

  test('hands out every line of any bytes once, wherever reading is interrupted', async () => {
    const folder = temporaryFolder();
    let number = 0;
    // Few different bytes, so that line feeds, NULs and the parts of a byte-order mark meet often.
    const bytes = fc.array(fc.constantFrom(0x0a, 0x0a, 0x00, 0x61, 0x0d, 0xef, 0xbb, 0xbf, 0xff), { maxLength: 60 });
    const property = fc.asyncProperty(fc.array(bytes, { maxLength: 8 }), async (pieces) => {
      const path = join(folder, `${++number}.log`);
      writeFileSync(path, '');
      let collector = new LogCollector([path], { maxLineBytes: 20 });
      const taken: string[] = [];
      let skipped = 0;
      let nulls = 0;
      const collect = (): void => {
        taken.push(...collector.lines);
        skipped += collector.longLines.reduce((sum, { length }) => sum + length, 0);
        for (const { type, amount } of collector.events) if (type === 'nulls') nulls += amount ?? 0;
      };
      for (const [index, piece] of pieces.entries()) {
        appendFileSync(path, Buffer.from(piece));
        await collector.drain();
        if (index % 3 !== 2) continue;
        const positions = await collector.stop();
        collect();
        collector = new LogCollector([path], { maxLineBytes: 20 }, positions);
      }
      appendFileSync(path, '\n');
      await collector.drain();
      await collector.stop();
      collect();
      const whole = Buffer.from([...pieces.flat(), 0x0a]);
      const hasMark = whole.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]));
      const handedOut = taken.reduce((sum, line) => sum + line.length + 1, 0);
      expect(handedOut + skipped + nulls + (hasMark ? 3 : 0)).toBe(whole.length);
      const lines = whole
        .subarray(hasMark ? 3 : 0)
        .toString('latin1')
        .split('\n')
        .slice(0, -1);
      const expected = lines.map((line) => line.replace(/^\0+/, '')).filter((line) => line.length <= 20);
      expect(taken).toEqual(expected);
    });
    await fc.assert(property, { seed: 11, numRuns: 150 });
  });
});

describe('scanning buffers', () => {
  test('finds the first long line and the first line that begins with NUL', () => {
    const buffer = Buffer.from('ab\nabcdef\n\0a\n');
    expect(firstLongLine(buffer, 0, buffer.length, 5)).toBe(3);
    expect(firstLongLine(buffer, 0, buffer.length, 6)).toBe(buffer.length);
    expect(firstNulLine(buffer, 0, buffer.length)).toBe(10);
    expect(firstNulLine(buffer, 0, 10)).toBe(10);
    expect(firstNulLine(Buffer.from('a\0\n\0\n'), 0, 5)).toBe(3);
  });
});
