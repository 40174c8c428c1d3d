import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { adHocConfiguration } from '../../src/app/ad-hoc.ts';
import type { OutputKind } from '../../src/model/output.ts';
import { memoryOutput, testFamily } from '../support/catalogue.ts';

const base = memoryOutput().kind;
const store: OutputKind = {
  ...base,
  name: 'store',
  secretOptions: [],
  options: () => Promise.resolve(z.strictObject({ path: z.string().optional(), threads: z.int().optional() })),
};
const peer: OutputKind = {
  ...base,
  name: 'peer',
  secretOptions: [],
  options: () => Promise.resolve(z.strictObject({ host: z.string().default('x'), port: z.int().default(1) })),
};
const catalogue = { families: [testFamily], outputs: [base, store, peer] };
const request = {
  family: 'words',
  host: 'h1',
  timezone: undefined,
  instance: undefined,
  bucketSeconds: 60,
  paths: ['logs/$a*.log', '-'],
  stateDirectory: join(tmpdir(), 'none'),
};

function build(outputs: readonly string[], environment: NodeJS.ProcessEnv = {}, more: object = {}) {
  return adHocConfiguration({ ...request, outputs, ...more }, catalogue, environment);
}

describe('an import from the command line alone', () => {
  test.each([
    ['memory', { box: 'box' }],
    ['memory:http://127.0.0.1:8086/x', { url: 'http://127.0.0.1:8086/x' }],
    ['memory:http://h?box=b%20c&port=7&secure=true', { url: 'http://h', box: 'b c', port: 7, secure: true }],
    ['memory?mode=fast', { mode: 'fast' }],
    ['store:a.db?threads=2', { path: resolve('a.db'), threads: 2 }],
    ['peer:stats', { host: 'stats', port: 1 }],
    ['peer:stats:8125', { host: 'stats', port: 8125 }],
    ['peer:[::1]:8125', { host: '::1', port: 8125 }],
  ])('understands --output %s', async (output, options) => {
    const { outputs } = await build([output]);
    expect(outputs[0]?.options).toMatchObject(options);
  });

  test('takes secrets from the environment and masks them', async () => {
    const { outputs, secrets } = await build(['memory'], { MEMORY_TOKEN: 'hidden-token' });
    expect(outputs[0]?.options).toMatchObject({ token: 'hidden-token' });
    expect(secrets.hide('x hidden-token')).toBe('x ***');
  });

  test('numbers outputs of one kind, and leaves $ in paths alone', async () => {
    const { outputs, sources } = await build(['memory?box=a', 'memory?box=b']);
    expect(outputs.map(({ name }) => name)).toEqual(['memory', 'memory-2']);
    expect(sources[0]?.paths).toEqual([resolve('logs/$a*.log'), '-']);
    expect(sources[0]).toMatchObject({ bucketSeconds: 60, host: 'h1', outputs: ['memory', 'memory-2'] });
  });

  test.each([
    [
      ['memroy'],
      {},
      '--output memroy: there is no output "memroy"; did you mean memory? (there are memory, store, peer)',
    ],
    [['memory?boxx=1'], {}, 'outputs.memory.boxx: unknown key "boxx"; did you mean box?'],
    [['memory?port=x'], {}, 'outputs.memory.port: found "x"; allowed is a whole number from 1 to 65535'],
    [['memory'], { family: 'word' }, 'sources[0].family: found "word"; allowed is words; did you mean words?'],
    [['memory'], { timezone: 'Berlin' }, 'sources[0].timezone: found "Berlin"; allowed is an IANA time zone'],
    [
      ['memory'],
      { bucketSeconds: 7 },
      'sources[0].bucketSeconds: found 7; allowed is a number of seconds that divides',
    ],
  ])('refuses %j %j with the reason and no line numbers', async (outputs, more, message) => {
    const error = await build(outputs, {}, more).catch((thrown: Error) => thrown.message);
    expect(error).toContain(message);
    expect(error).not.toMatch(/:\d+:\d+:/);
  });
});
