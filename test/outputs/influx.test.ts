import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Batch, Output } from '../../src/model/output.ts';
import { influx } from '../../src/outputs/influx/index.ts';
import { hasInfluxd, startInfluxd } from '../support/influxd.ts';
import type { Influxd } from '../support/influxd.ts';
import { startWriteProxy } from '../support/write-proxy.ts';
import type { WriteProxy } from '../support/write-proxy.ts';

const never = new AbortController().signal;
const token = 'tok-3Hq9-secret';
const opened: { close(): Promise<void> }[] = [];

async function open(options: Record<string, unknown>): Promise<Output> {
  const parsed = (await influx.options()).parse(options);
  const output = await influx.open({ options: parsed, measurements: [], directory: '', stdout: process.stdout });
  opened.push(output);
  return output;
}

async function proxy(target?: string): Promise<WriteProxy> {
  const started = await startWriteProxy(target);
  opened.push(started);
  return started;
}

afterEach(async () => {
  for (const thing of opened.splice(0)) await thing.close();
});

function batchOf(lines: readonly string[]): Batch {
  return { lines: Buffer.from(lines.map((line) => `${line}\n`).join('')), points: lines.length };
}

/** `count` points a second apart, ending at about now. */
function points(count: number, from = Date.now() - count * 1000): string[] {
  return Array.from({ length: count }, (_, index) => `load,host=h v=${index}i ${from + index * 1000}`);
}

describe('against something that answers', () => {
  test('sends InfluxDB 2 its path, its token and the batch as it is', async () => {
    const front = await proxy();
    const output = await open({ url: front.url, org: 'o', bucket: 'b', token });
    const batch = batchOf(['m,host=hé v=1i 1', 'm,host=h v=2i 2']);
    expect(await output.write(batch, never)).toEqual({ kind: 'done', refused: [] });
    expect(front.writes).toHaveLength(1);
    expect(front.writes[0]).toMatchObject({
      path: '/api/v2/write?org=o&bucket=b&precision=ms',
      body: batch.lines.toString(),
      isGzip: false,
    });
    expect(front.writes[0]!.headers.authorization).toBe(`Token ${token}`);
  });

  test('sends an account as a Basic header and never in the address', async () => {
    const front = await proxy();
    const output = await open({ url: front.url, database: 'd', username: 'ü', password: 'pass:word' });
    await output.write(batchOf(['m v=1i 1']), never);
    expect(front.writes[0]!.path).toBe('/write?db=d&precision=ms');
    expect(front.writes[0]!.headers.authorization).toBe(`Basic ${Buffer.from('ü:pass:word').toString('base64')}`);
  });

  test('compresses when asked to', async () => {
    const front = await proxy();
    const output = await open({ url: front.url, bucket: 'b', token, gzip: true });
    const batch = batchOf(points(500));
    await output.write(batch, never);
    expect(front.writes[0]).toMatchObject({ isGzip: true, body: batch.lines.toString() });
  });

  test('keeps a path in front of the server', async () => {
    const front = await proxy();
    const output = await open({ url: `${front.url}/influx/`, bucket: 'b', token });
    await output.write(batchOf(['m v=1i 1']), never);
    expect(front.writes[0]!.path).toBe('/influx/api/v2/write?org=&bucket=b&precision=ms');
  });

  test('sends nothing for an empty batch', async () => {
    const front = await proxy();
    const output = await open({ url: front.url, bucket: 'b', token });
    expect(await output.write({ lines: Buffer.alloc(0), points: 0 }, never)).toEqual({ kind: 'done', refused: [] });
    expect(front.writes).toHaveLength(0);
  });

  test.each([
    [
      '429 with seconds',
      { status: 429, headers: { 'retry-after': '3' } },
      { kind: 'retry', needsHuman: false, afterMs: 3000 },
    ],
    [
      '503 with a date',
      {
        status: 503,
        headers: { 'retry-after': 'Sat, 21 Nov 2026 15:00:30 GMT', date: 'Sat, 21 Nov 2026 15:00:00 GMT' },
      },
      { kind: 'retry', needsHuman: false, afterMs: 30_000 },
    ],
    ['500', { status: 500, body: 'oops' }, { kind: 'retry', needsHuman: false }],
    ['401', { status: 401, body: '{"error":"unauthorized"}' }, { kind: 'retry', needsHuman: true }],
    [
      'a redirection',
      { status: 307, headers: { location: 'http://127.0.0.1:1/' } },
      { kind: 'retry', needsHuman: true },
    ],
    [
      'a page with 200',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' },
      { kind: 'retry', needsHuman: true },
    ],
    ['a reset connection', 'refuse', { kind: 'retry', needsHuman: false }],
  ] as const)('%s means: again', async (_name, behaviour, expected) => {
    const front = await proxy();
    front.behave(behaviour);
    const output = await open({ url: front.url, bucket: 'b', token });
    expect(await output.write(batchOf(points(3)), never)).toMatchObject(expected);
  });

  test('a closed port means: again', async () => {
    const output = await open({ url: 'http://127.0.0.1:1', bucket: 'b', token });
    expect(await output.write(batchOf(points(1)), never)).toMatchObject({
      kind: 'retry',
      needsHuman: false,
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a server that never answers is left after the time-out, and its connection is closed', async () => {
    const front = await proxy();
    front.behave('hang');
    const output = await open({ url: front.url, bucket: 'b', token, timeoutSeconds: 0.2 });
    expect(await output.write(batchOf(points(1)), never)).toMatchObject({
      kind: 'retry',
      needsHuman: false,
      reason: expect.stringContaining('no answer'),
    });
    await expect.poll(() => front.connections, { timeout: 30_000 }).toBe(0);
  });

  test('a stop ends a hanging write at once', async () => {
    const front = await proxy();
    front.behave('hang');
    const output = await open({ url: front.url, bucket: 'b', token, timeoutSeconds: 600 });
    const stop = new AbortController();
    const result = output.write(batchOf(points(1)), stop.signal);
    await expect.poll(() => front.writes.length, { timeout: 30_000 }).toBe(1);
    stop.abort();
    expect(await result).toMatchObject({ kind: 'retry' });
  });

  test('closing ends a hanging write', async () => {
    const front = await proxy();
    front.behave('hang');
    const output = await open({ url: front.url, bucket: 'b', token, timeoutSeconds: 600 });
    const result = output.write(batchOf(points(1)), never);
    await expect.poll(() => front.writes.length, { timeout: 30_000 }).toBe(1);
    await output.close();
    expect(await result).toMatchObject({ kind: 'retry' });
    expect(await output.write(batchOf(points(1)), never)).toMatchObject({ kind: 'retry' });
  });

  test('a secret that a server echoes, and control characters, do not reach the reason', async () => {
    const front = await proxy();
    front.behave({ status: 401, body: `bad token ${token}\u001b[31m` });
    const output = await open({ url: front.url, bucket: 'b', token });
    const result = await output.write(batchOf(points(1)), never);
    expect(result).toMatchObject({ kind: 'retry', reason: expect.stringContaining('bad token ***\\x1b[31m') });
    expect(JSON.stringify(result)).not.toContain(token);
  });

  test('a batch above the limit of a proxy goes in parts', async () => {
    const front = await proxy();
    front.behave(({ body }) => (body.length > 1000 ? { status: 413, body: 'too large' } : { status: 204 }));
    const output = await open({ url: front.url, bucket: 'b', token });
    const lines = points(200);
    expect(await output.write(batchOf(lines), never)).toEqual({ kind: 'done', refused: [] });
    const stored = front.writes
      .filter((write) => write.body.length <= 1000)
      .flatMap((write) => write.body.trim().split('\n'));
    expect(stored.sort()).toEqual([...lines].sort());
  });

  test('several sources write at the same time without mixing', async () => {
    const front = await proxy();
    const output = await open({ url: front.url, bucket: 'b', token });
    const batches = Array.from({ length: 20 }, (_, index) => batchOf([`m${index} v=1i 1`]));
    await Promise.all(batches.map((batch) => output.write(batch, new AbortController().signal)));
    expect(front.writes.map((write) => write.body).sort()).toEqual(
      batches.map((batch) => batch.lines.toString()).sort(),
    );
  });
});

describe.skipIf(!hasInfluxd)('against a real InfluxDB 1', () => {
  let server: Influxd;
  beforeAll(async () => {
    server = await startInfluxd();
  }, 120_000);
  afterAll(() => server?.stop());

  test('creates the database when it is missing, and stores the batch', async () => {
    const output = await open({ url: server.url, database: 'made "by" us' });
    expect(await output.write(batchOf(points(1000)), never)).toEqual({ kind: 'done', refused: [] });
    expect(await server.number('SELECT count(v) FROM load', 'made "by" us')).toBe(1000);
  });

  test('creates it again when somebody drops it', async () => {
    const output = await open({ url: server.url, database: 'dropped' });
    await output.write(batchOf(points(10)), never);
    await server.query('DROP DATABASE dropped');
    expect(await output.write(batchOf(points(10)), never)).toEqual({ kind: 'done', refused: [] });
    expect(await server.number('SELECT count(v) FROM load', 'dropped')).toBe(10);
  });

  test('gives back one point of 5 000 with a type conflict and stores 4 999', async () => {
    const output = await open({ url: server.url, database: 'conflict' });
    const from = Date.UTC(2026, 5, 1);
    await output.write(batchOf([`load,host=h v=1i ${from - 1000}`]), never);
    const lines = points(5000, from);
    lines[3210] = `load,host=h v=0.5 ${from + 3210 * 1000}`;
    const result = await output.write(batchOf(lines), never);
    expect(result).toEqual({
      kind: 'done',
      refused: [{ line: lines[3210], reason: expect.stringContaining('field type conflict') }],
    });
    expect(await server.number('SELECT count(v) FROM load', 'conflict')).toBe(5000);
    expect(await server.number(`SELECT count(v) FROM load WHERE time = ${from + 3210 * 1000}ms`, 'conflict')).toBe(0);
  });

  test('gives back malformed lines and points beyond retention', async () => {
    const output = await open({ url: server.url, database: 'kept', retentionPolicy: 'day' });
    await server.query('CREATE DATABASE kept WITH DURATION 1d REPLICATION 1 NAME day');
    const now = Date.now();
    const lines = [`m v=1i ${now}`, 'm', `m v=2i ${now - 90 * 86_400_000}`, `m v=3i ${now + 1}`];
    const result = await output.write(batchOf(lines), never);
    expect(result).toMatchObject({
      kind: 'done',
      refused: [
        { line: 'm', reason: expect.stringContaining('unable to parse') },
        { line: lines[2], reason: expect.stringContaining('retention') },
      ],
    });
    expect(await server.number('SELECT sum(v) FROM day.m', 'kept')).toBe(4);
  });

  test('asks once when every point is beyond retention', async () => {
    const front = await proxy(server.url);
    await server.query('CREATE DATABASE short WITH DURATION 1h REPLICATION 1 NAME hour');
    const output = await open({ url: front.url, database: 'short' });
    const result = await output.write(batchOf(points(1000, Date.UTC(2020, 0, 1))), never);
    expect(result.kind === 'done' && result.refused.length).toBe(1000);
    expect(front.writes).toHaveLength(1);
  });

  test('a retention policy that is missing is kept for a human', async () => {
    const output = await open({ url: server.url, database: 'kept2', retentionPolicy: 'none' });
    await server.query('CREATE DATABASE kept2');
    expect(await output.write(batchOf(points(1)), never)).toMatchObject({
      kind: 'retry',
      needsHuman: true,
      reason: expect.stringContaining('retention policy not found'),
    });
  });

  test('a lost answer and the same batch again leave each point once', async () => {
    const front = await proxy(server.url);
    const output = await open({ url: front.url, database: 'lost' });
    await server.query('CREATE DATABASE lost');
    const batch = batchOf(points(100));
    front.behave('lose-answer');
    expect(await output.write(batch, never)).toMatchObject({ kind: 'retry', needsHuman: false });
    expect(await server.number('SELECT count(v) FROM load', 'lost')).toBe(100);
    front.behave('pass');
    expect(await output.write(batch, never)).toEqual({ kind: 'done', refused: [] });
    expect(await server.number('SELECT sum(v) FROM load', 'lost')).toBe(4950);
  });

  test('a restart of the server between two batches is ridden out', async () => {
    const output = await open({ url: server.url, database: 'restart' });
    await output.write(batchOf(points(5)), never);
    await server.restart();
    const again = batchOf(points(7));
    // The kept connection may have died with the old process: then the answer is "again", as for any lost answer.
    await expect.poll(async () => (await output.write(again, never)).kind, { timeout: 60_000 }).toBe('done');
    expect(await server.number('SELECT count(v) FROM load', 'restart')).toBeGreaterThanOrEqual(7);
  });
});

describe.skipIf(!hasInfluxd)('against a real InfluxDB 1 with accounts', () => {
  let server: Influxd;
  const account = { username: 'admin', password: 'right-pässword' };
  beforeAll(async () => {
    server = await startInfluxd({ account });
  }, 120_000);
  afterAll(() => server?.stop());

  test('a wrong password is kept for a human, the right one stores', async () => {
    const batch = batchOf(points(3));
    const wrong = await open({ url: server.url, database: 'd', username: 'admin', password: 'wrong-password' });
    const refused = await wrong.write(batch, never);
    expect(refused).toMatchObject({ kind: 'retry', needsHuman: true });
    expect(JSON.stringify(refused)).not.toContain('wrong-password');
    const right = await open({ url: server.url, database: 'd', ...account });
    expect(await right.write(batch, never)).toEqual({ kind: 'done', refused: [] });
    expect(await server.number('SELECT count(v) FROM load', 'd')).toBe(3);
  });

  test('a missing database that the account may not create is kept for a human', async () => {
    await server.query(`CREATE USER "plain" WITH PASSWORD 'plain-password'`);
    const output = await open({ url: server.url, database: 'nowhere', username: 'plain', password: 'plain-password' });
    expect(await output.write(batchOf(points(1)), never)).toMatchObject({ kind: 'retry', needsHuman: true });
  });
});
