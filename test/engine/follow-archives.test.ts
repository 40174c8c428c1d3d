// Archives: several members, cut off, damaged, growing; and resuming within them (engine 1.7, 1.14; row 21).
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FileSource } from '../../src/engine/byte-source.ts';
import { archiveSource } from '../../src/engine/archive.ts';
import { GzipSource } from '../../src/engine/gzip.ts';
import { LogCollector } from '../support/log-collector.ts';
import { temporaryFolder } from '../support/temporary.ts';

function numbered(from: number, to: number): string {
  return Array.from(
    { length: to - from + 1 },
    (_, index) => `line ${from + index} ${((from + index) * 2654435761) % 1e9}\n`,
  ).join('');
}

function lines(text: string): string[] {
  return text.trimEnd().split('\n');
}

const text = numbered(1, 30_000);
const archive = gzipSync(text);
const second = 'of a second member\n';

/** A header with every optional part (RFC 1952). */
function withFullHeader(content: string): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 2 + 4 + 8 + 16, 0, 0, 0, 0, 0, 3, 4, 0, 1, 2, 3, 4]);
  const plain = gzipSync(content);
  return Buffer.concat([
    header,
    Buffer.from('name\0comment\0'),
    Buffer.from([0, 0]),
    deflateRawSync(content),
    plain.subarray(plain.length - 8),
  ]);
}

function changed(at: number, length: number): Buffer {
  const copy = Buffer.from(archive);
  copy.fill(0xff, at, at + length);
  return copy;
}

async function decompress(content: Buffer, isPipe = false): Promise<{ text: string; damages: GzipSource['damages'] }> {
  const path = join(temporaryFolder(), 'content.gz');
  writeFileSync(path, content);
  const handle = await open(path);
  const source = isPipe ? new GzipSource(new FileSource(handle)) : archiveSource(handle);
  const buffer = Buffer.alloc(100_000);
  const pieces: Buffer[] = [];
  for (let count = 1; count > 0;) {
    count = await source.read(buffer, 0, buffer.length);
    pieces.push(Buffer.from(buffer.subarray(0, count)));
  }
  await handle.close();
  return { text: Buffer.concat(pieces).toString(), damages: source.damages };
}

describe('decompressing', () => {
  test.each([
    ['one member', archive, text],
    ['two members', Buffer.concat([archive, gzipSync(second)]), text + second],
    [
      'members with zeros between them',
      Buffer.concat([archive, Buffer.alloc(70_000), gzipSync(second)]),
      text + second,
    ],
    [
      'many small members',
      Buffer.concat(
        lines(text)
          .slice(0, 500)
          .map((line) => gzipSync(`${line}\n`)),
      ),
      numbered(1, 500),
    ],
    ['an empty member', Buffer.concat([gzipSync(''), archive]), text],
    ['a header with all optional parts', Buffer.concat([withFullHeader(second), archive]), second + text],
    ['highly compressed content', gzipSync('x'.repeat(20_000_000)), 'x'.repeat(20_000_000)],
  ])('reads %s', async (_name, content, expected) => {
    const result = await decompress(content);
    expect(result.text === expected).toBe(true);
    expect(result.damages).toEqual([]);
  });

  test.each([
    ['cut off within the data', archive.subarray(0, archive.length / 2), true],
    ['cut off within the checksum', archive.subarray(0, archive.length - 3), true],
    ['cut off within the header of the second member', Buffer.concat([archive, gzipSync(second).subarray(0, 5)]), true],
    ['followed by garbage', Buffer.concat([archive, Buffer.from('garbage')]), false],
    ['of no format at all', Buffer.from('no archive'), false],
    ['with damaged data', changed(archive.length >> 1, 50), false],
  ])('gives what can be read of an archive %s, and says what is wrong', async (_name, content, isCutOff) => {
    const result = await decompress(content);
    expect(result.damages).toHaveLength(1);
    expect(result.damages[0]).toMatchObject({ isCutOff, position: result.text.length });
    const isGarbled = content.length === archive.length;
    if (!isGarbled) expect(text.startsWith(result.text)).toBe(true);
  });

  test('goes on with the next member after a wrong checksum', async () => {
    const result = await decompress(Buffer.concat([changed(archive.length - 8, 4), gzipSync(second)]));
    expect(result.text === text + second).toBe(true);
    expect(result.damages).toMatchObject([{ detail: 'a checksum is wrong', position: text.length }]);
  });

  test('loses no byte before the damage, which a pipe cannot promise', async () => {
    // The last bytes of the deflate data are replaced by an impossible block type.
    const content = 'a line of text\n'.repeat(10);
    const deflated = deflateRawSync(content, { finishFlush: 3 /* full flush: ends on a byte */ });
    const damaged = Buffer.concat([gzipSync('').subarray(0, 10), deflated, Buffer.from([0xff, 0xff, 0xff])]);
    expect((await decompress(damaged)).text).toBe(content);
    const piped = await decompress(damaged, true);
    expect(content.startsWith(piped.text)).toBe(true);
    expect(piped.damages).toHaveLength(1);
  });
});

describe('archives as logs', () => {
  test('hands out the lines of an archive once, the last one without its line feed too', async () => {
    const path = join(temporaryFolder(), 'app.log.gz');
    writeFileSync(path, Buffer.concat([archive, gzipSync('the end')]));
    const collector = new LogCollector([path]);
    await collector.until(() => collector.eventTypes().includes('finished'), 'the archive is read');
    const positions = await collector.stop();
    expect(collector.lines).toEqual([...lines(text), 'the end']);
    const again = new LogCollector([path], {}, positions);
    await again.drain();
    await again.stop();
    expect(again.lines).toEqual([]);
  });

  test('resumes within an archive at the decompressed position', async () => {
    const path = join(temporaryFolder(), 'app.log.gz');
    writeFileSync(path, archive);
    const before = new LogCollector([path], { chunkBytes: 64 * 1024 });
    await before.begin();
    const taken = [...before.lines];
    let positions = await before.stop();
    for (let round = 0; round < 4; round++) {
      const next = new LogCollector([path], { chunkBytes: 64 * 1024 }, positions);
      const isLast = round === 3;
      await next.begin();
      if (isLast) await next.until(() => next.eventTypes().includes('finished'), 'the end');
      positions = await next.stop();
      taken.push(...next.lines);
    }
    expect(taken.length).toBe(30_000);
    expect(taken).toEqual(lines(text));
  });

  test('uses what can be read of a damaged archive once and reports the position', async () => {
    const path = join(temporaryFolder(), 'app.log.gz');
    writeFileSync(path, changed(archive.length - 8, 4));
    const collector = new LogCollector([path]);
    await collector.until(() => collector.eventTypes().includes('finished'), 'the archive is read');
    const positions = await collector.stop();
    expect(collector.lines).toEqual(lines(text));
    expect(collector.events.filter(({ type }) => type === 'damaged')).toMatchObject([{ path, amount: text.length }]);
    const again = new LogCollector([path], {}, positions);
    await again.drain();
    await again.stop();
    expect(again.lines).toEqual([]);
    expect(again.events).toEqual([]);
  });

  test('goes on when an archive that ended too early grows, and reports nothing', async () => {
    const path = join(temporaryFolder(), 'app.log.gz');
    writeFileSync(path, archive.subarray(0, archive.length >> 1));
    const collector = new LogCollector([path]);
    await collector.until(() => collector.lines.length > 1000, 'the first half');
    await collector.drain();
    appendFileSync(path, archive.subarray(archive.length >> 1));
    await collector.until(() => collector.eventTypes().includes('finished'), 'the whole archive');
    await collector.stop();
    expect(collector.lines).toEqual(lines(text));
    expect(collector.eventTypes()).not.toContain('damaged');
  });

  test('finishes an archive that stays cut off, with its damage', async () => {
    const path = join(temporaryFolder(), 'app.log.gz');
    writeFileSync(path, archive.subarray(0, archive.length >> 1));
    const collector = new LogCollector([path], { graceMs: 60 });
    await collector.until(() => collector.eventTypes().includes('finished'), 'the archive is given up');
    await collector.stop();
    expect(collector.eventTypes()).toContain('damaged');
    expect(text.startsWith(collector.lines.join('\n'))).toBe(true);
    expect(collector.lines.length).toBeGreaterThan(10_000);
  });

  test('recognises a log that was compressed while it was half read', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'app.log');
    writeFileSync(path, text);
    const before = new LogCollector([join(folder, 'app*')], { chunkBytes: 64 * 1024 });
    await before.begin();
    const positions = await before.stop();
    expect(before.lines.length).toBeLessThan(30_000);
    writeFileSync(`${path}.1.gz`, gzipSync(readFileSync(path)));
    rmSync(path);
    writeFileSync(path, 'new\n');
    const after = new LogCollector([join(folder, 'app*')], {}, positions);
    await after.untilLines(30_001 - before.lines.length);
    await after.drain();
    await after.stop();
    expect([...before.lines, ...after.lines]).toEqual([...lines(text), 'new']);
  });

  test('reads a log and its compressed copy once when both are there at the start', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'app.log.1'), text);
    writeFileSync(join(folder, 'app.log.1.gz'), archive);
    writeFileSync(join(folder, 'app.log'), 'new\n');
    for (const mode of ['follow', 'once'] as const) {
      const collector = new LogCollector([join(folder, 'app*')], { mode });
      await collector.untilLines(30_001);
      const isJudged = (): boolean => collector.follower.status().files.length === 3;
      await collector.until(isJudged, 'the copy is judged');
      await collector.drain();
      await collector.stop();
      expect(collector.lines).toEqual([...lines(text), 'new']);
    }
  });
});
