import { spawn } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Batch, Output } from '../../src/model/output.ts';
import { stdout } from '../../src/outputs/stdout/index.ts';

const never = new AbortController().signal;
const batch = (text: string): Batch => ({ lines: Buffer.from(text), points: 1 });
const open = (stream: NodeJS.WritableStream): Promise<Output> =>
  stdout.open({ options: {}, measurements: [], directory: '', stdout: stream });

test('writes the lines as they are, in order', async () => {
  const stream = new PassThrough();
  const output = await open(stream);
  expect(await output.write(batch('a v=1i 1\n'), never)).toEqual({ kind: 'done', refused: [] });
  expect(await output.write(batch('b v=ü 2\n'), never)).toEqual({ kind: 'done', refused: [] });
  expect(stream.read()?.toString()).toBe('a v=1i 1\nb v=ü 2\n');
  await output.close();
});

test('waits for a slow reader, and a stop ends the wait', async () => {
  const held: (() => void)[] = [];
  const stream = new Writable({ write: (_chunk, _encoding, done) => void held.push(done) });
  const output = await open(stream);
  const results: string[] = [];
  const first = output.write(batch('a\n'), never).then((result) => results.push(result.kind));
  await new Promise((resolve) => setImmediate(resolve));
  expect(results).toEqual([]);
  held.shift()!();
  await first;
  expect(results).toEqual(['done']);
  const stop = new AbortController();
  const second = output.write(batch('b\n'), stop.signal);
  stop.abort();
  expect(await second).toMatchObject({ kind: 'retry', needsHuman: false });
  await output.close();
});

describe('faults', () => {
  const failing = (code: string): Writable =>
    new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error('no'), { code })) });

  test('a closed pipe rejects with EPIPE, also for the next batch', async () => {
    const output = await open(failing('EPIPE'));
    await expect(output.write(batch('a\n'), never)).rejects.toMatchObject({ code: 'EPIPE' });
    await expect(output.write(batch('b\n'), never)).rejects.toMatchObject({ code: 'EPIPE' });
    await output.close();
  });

  test('a full disk gives the batch back for a human', async () => {
    const output = await open(failing('ENOSPC'));
    expect(await output.write(batch('a\n'), never)).toMatchObject({ kind: 'retry', needsHuman: true });
    await output.close();
  });

  test('a stream that throws at once gives the batch back', async () => {
    const stream = Object.assign(new PassThrough(), {
      write: () => {
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      },
    });
    const output = await open(stream);
    expect(await output.write(batch('a\n'), never)).toMatchObject({ kind: 'retry', needsHuman: true });
    await output.close();
  });

  test('a real pipe whose reader goes away ends in EPIPE and not in a crash', async () => {
    const program = `
      import { stdout } from './src/outputs/stdout/index.ts';
      const output = await stdout.open({ options: {}, measurements: [], directory: '', stdout: process.stdout });
      const lines = Buffer.from('m v=1i 1\\n'.repeat(10000));
      try { for (;;) await output.write({ lines, points: 10000 }, new AbortController().signal); }
      catch (error) { await output.close(); process.exitCode = error.code === 'EPIPE' ? 7 : 8; }
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect({ status, errors }).toEqual({ status: 7, errors: '' });
  });
});

test('takes no options', async () => {
  expect((await stdout.options()).safeParse({ file: 'x' }).success).toBe(false);
});
