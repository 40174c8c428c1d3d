// The inputs of commands: files, folders, patterns, archives, pipes and standard input, read once.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { inputsFrom, openInputs } from '../../src/engine/inputs.ts';
import type { InputFault, Inputs } from '../../src/model/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

interface Taken {
  /** Lines with the base name of their file before them. */
  readonly lines: string[];
  readonly counted: number;
  readonly faults: readonly InputFault[];
  readonly opened: number;
}

const how = {
  isLogName: (name: string) => /^20\d\d-/.test(name) || name.endsWith('.log'),
  isNameOrdered: true,
  signal: new AbortController().signal,
};

async function take(inputs: Inputs): Promise<Taken> {
  const lines: string[] = [];
  let counted = 0;
  for await (const { file, buffer, start, end, lines: count } of inputs.chunks()) {
    const text = buffer.toString('latin1', start, end);
    for (const line of (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n'))
      lines.push(`${file.name}: ${line}`);
    counted += count;
    expect(file.modifiedMs).toBeGreaterThan(0);
  }
  return { lines, counted, faults: inputs.faults, opened: inputs.opened };
}

function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

describe('files, folders and patterns', () => {
  test('takes from a folder what is a log, and orders by base name across folders', async () => {
    const folder = folderWith({
      'b/2017-0427-084400': 'one\n',
      'a/2017-0427-084401.gz': gzipSync('two\n'),
      'a/notes.txt': 'not a log\n',
      'a/sub/2017-0427-084403': 'not looked into\n',
      'c/2017-0427-084402': 'three',
    });
    const taken = await take(openInputs([join(folder, 'a'), join(folder, 'b'), join(folder, 'c')], how));
    expect(taken.lines).toEqual(['2017-0427-084400: one', '2017-0427-084401: two', '2017-0427-084402: three']);
    expect(taken).toMatchObject({ counted: 3, faults: [], opened: 3 });
  });

  test('reads named files whatever they are called, each once, in the order given', async () => {
    const folder = folderWith({ 'z.txt': 'z\n', 'a.txt': 'a\n' });
    const files = [join(folder, 'z.txt'), join(folder, 'a.txt'), join(folder, '*.txt')];
    const taken = await take(openInputs(files, { ...how, isNameOrdered: false }));
    expect(taken.lines).toEqual(['z.txt: z', 'a.txt: a']);
  });

  test('reads a file whose name looks like a pattern', async () => {
    const folder = folderWith({ 'a[1].log': 'a\n' });
    expect((await take(openInputs([join(folder, 'a[1].log')], how))).lines).toEqual(['a[1].log: a']);
  });

  test('collects what is missing, matches nothing or is damaged, and reads the rest', async () => {
    const archive = gzipSync('good\n'.repeat(1000));
    const folder = folderWith({
      'cut.log.gz': archive.subarray(0, archive.length - 5),
      'sound.log': 'sound\n',
      'empty/notes.txt': '',
    });
    const files = ['missing', '*.none', 'empty', 'cut.log.gz', 'sound.log'].map((name) => join(folder, name));
    const taken = await take(openInputs(files, how));
    expect(taken.counted).toBe(1001);
    expect(taken.opened).toBe(2);
    expect(taken.faults.map(({ path, isTotal }) => [basename(path), isTotal])).toEqual([
      ['missing', true],
      ['*.none', true],
      ['empty', true],
      ['cut.log.gz', false],
    ]);
    expect(taken.faults[0]?.message).toBe('no such file or folder');
  });

  test('says how many lines were too long, and passes over NULs and a byte-order mark', async () => {
    const folder = folderWith({ 'a.log': `\ufeffone\n${'x'.repeat(3_000_000)}\n\0\0two\n${'y'.repeat(2_000_000)}` });
    const taken = await take(openInputs([join(folder, 'a.log')], how));
    expect(taken.lines).toEqual(['a.log: one', 'a.log: two']);
    expect(taken.faults).toMatchObject([{ isTotal: false }]);
    expect(taken.faults[0]?.message).toContain('2 lines were skipped');
  });

  test('reads a named pipe', async () => {
    const folder = temporaryFolder();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { writeFile } = await import('node:fs/promises');
    const [taken] = await Promise.all([take(openInputs([pipe], how)), writeFile(pipe, gzipSync('a\nb\n'))]);
    expect(taken.lines).toEqual(['pipe: a', 'pipe: b']);
  });

  test('stops when aborted', async () => {
    const folder = folderWith({ 'a.log': 'line\n'.repeat(2_000_000) });
    const abort = new AbortController();
    let chunks = 0;
    for await (const chunk of openInputs([join(folder, 'a.log')], { ...how, signal: abort.signal }).chunks()) {
      expect(chunk.lines).toBeGreaterThan(0);
      chunks++;
      abort.abort();
    }
    expect(chunks).toBe(1);
  });
});

describe('standard input', () => {
  test.each([
    ['as it is', Buffer.from('a\nb')],
    ['compressed', gzipSync('a\nb')],
  ])('is read %s, after the named files', async (_name, content) => {
    const folder = folderWith({ '2017-0427-084400': 'first\n' });
    const stdin = (): Readable => Readable.from([content.subarray(0, 1), content.subarray(1)], { objectMode: false });
    const taken = await take(inputsFrom(stdin)(['-', folder], how));
    expect(taken.lines).toEqual(['2017-0427-084400: first', '-: a', '-: b']);
  });

  test('gives lines as they come, and ends when aborted while it waits', async () => {
    const stdin = new PassThrough();
    const abort = new AbortController();
    stdin.write('a\nhalf');
    const lines: string[] = [];
    for await (const { buffer, start, end } of inputsFrom(() => stdin)(['-'], {
      ...how,
      signal: abort.signal,
    }).chunks()) {
      lines.push(buffer.toString('utf8', start, end));
      if (lines.length === 1) stdin.write(' whole\n');
      else setImmediate(() => abort.abort());
    }
    expect(lines).toEqual(['a\n', 'half whole\n']);
  });

  test('reports a broken input', async () => {
    const stdin = new PassThrough();
    const inputs = inputsFrom(() => stdin)(['-'], how);
    const taking = take(inputs);
    stdin.write('a\n', () => stdin.destroy(new Error('broken')));
    const taken = await taking;
    expect(taken.faults).toEqual([{ path: '-', message: 'broken', isTotal: false }]);
  });
});

const corpus = new URL('../../../shared/corpora/ecs/friendly/', import.meta.url);
test.skipIf(!existsSync(corpus))('reads the corpus byte for byte', async () => {
  const isEcsName = (name: string): boolean => /^\d{4}-\d{4}-\d{6}/.test(name);
  const taken: Buffer[] = [];
  for await (const chunk of openInputs([corpus.pathname], { ...how, isLogName: isEcsName }).chunks()) {
    taken.push(Buffer.from(chunk.buffer.subarray(chunk.start, chunk.end)));
  }
  const expected = ['2017-0427-084000.log', '2017-0427-084042.log'].map((name) => readFileSync(new URL(name, corpus)));
  expect(Buffer.concat(taken).equals(Buffer.concat(expected))).toBe(true);
});
