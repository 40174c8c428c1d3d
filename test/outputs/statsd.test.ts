import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, test } from 'vitest';
import { counter, gauge, measurement, tag } from '../../src/model/catalogue.ts';
import { encodePoint } from '../../src/model/line-protocol.ts';
import type { Point } from '../../src/model/line-protocol.ts';
import type { Batch, Output } from '../../src/model/output.ts';
import { maxPacketBytes } from '../../src/outputs/statsd/encode.ts';
import type { Metric } from '../../src/outputs/statsd/encode.ts';
import { statsd } from '../../src/outputs/statsd/index.ts';
import { statsdOptions } from '../../src/outputs/statsd/options.ts';
import { openStatsd } from '../../src/outputs/statsd/output.ts';
import { pace } from '../../src/outputs/statsd/pace.ts';

const load = measurement({
  name: 'test_load',
  help: 'load',
  tags: { unit: tag('u') },
  fields: { count: counter('n', 'c'), level: gauge('x', 'l') },
});
/** The old client has no types; it is the one that most programs of its time were written with. */
interface OldClient {
  increment(name: string, amount: number): void;
  gauge(name: string, value: number): void;
  close(): void;
}
const OldStatsd = createRequire(import.meta.url)('node-statsd') as new (options: object) => OldClient;
const limit = { timeout: 30_000 };
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A receiver of our own that keeps packets as they come. */
async function receiver(port = 0) {
  const socket = createSocket('udp4');
  const packets: string[] = [];
  socket.on('message', (message) => packets.push(message.toString('latin1')));
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
  socket.setRecvBufferSize(4 * 1024 * 1024);
  const close = () => new Promise<void>((resolve) => socket.close(() => resolve()));
  closers.push(close);
  return {
    port: socket.address().port,
    packets,
    lines: () => packets.flatMap((packet) => packet.split('\n')),
  };
}

async function tcpReceiver() {
  let received = '';
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (data) => (received += data.toString('latin1')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = () => sockets.forEach((socket) => socket.resetAndDestroy());
  closers.push(async () => {
    drop();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return {
    port: (server.address() as AddressInfo).port,
    lines: () => received.split('\n').filter((line) => line !== ''),
    drop,
    sockets,
  };
}

async function open(options: Record<string, unknown>): Promise<Output> {
  const output = await statsd.open({ options, measurements: [load], directory: '', stdout: process.stdout });
  closers.push(() => output.close());
  return output;
}

function batchOf(points: readonly Point[]): Batch {
  return { lines: Buffer.from(points.map(encodePoint).join('')), points: points.length };
}

const point = (unit: string, count: number | undefined, level?: number): Point => ({
  measurement: load,
  tags: [unit, 'h', 'i'],
  fields: [count, level],
  timeMs: 1000,
});
const never = () => new AbortController().signal;

describe.each(['plain', 'telegraf', 'datadog'] as const)('%s over UDP', (flavour) => {
  test('every increment arrives once, in packets that no network splits', async () => {
    const server = await receiver();
    const output = await open({ port: server.port, flavour });
    const points = Array.from({ length: 500 }, (_, index) => point(`u${index}`, index + 1));
    expect(await output.write(batchOf(points), never())).toEqual({ kind: 'done', refused: [] });
    await expect.poll(() => server.lines().length, limit).toBe(500);
    const total = server.lines().reduce((sum, line) => sum + Number(/:(\d+)\|c/.exec(line)![1]), 0);
    expect(total).toBe((500 * 501) / 2);
    expect(Math.max(...server.packets.map((packet) => packet.length))).toBeLessThanOrEqual(maxPacketBytes);
    expect(server.packets.length).toBeLessThan(50);
  });
});

test('the packets are those that hot-shots makes of our encoder, also with its environment variables set', async () => {
  process.env['DD_TAGS'] = 'team:x';
  process.env['DD_ENTITY_ID'] = 'pod';
  process.env['DD_AGENT_HOST'] = '192.0.2.1';
  closers.push(async () => {
    for (const name of ['DD_TAGS', 'DD_ENTITY_ID', 'DD_AGENT_HOST']) delete process.env[name];
  });
  const server = await receiver();
  const output = await open({ port: server.port, flavour: 'datadog' });
  await output.write(batchOf([point('a:b', 2, -1.5)]), never());
  await expect
    .poll(() => server.packets, limit)
    .toEqual([
      'switchboard.test.load:2|c|#unit:a_b,host:h,instance:i\nswitchboard.test.load.level:-1.5|g|#unit:a_b,host:h,instance:i',
    ]);
});

test('an independent client says the same for the same numbers', async () => {
  const server = await receiver();
  const output = await open({ port: server.port, flavour: 'plain' });
  await output.write(batchOf([point('u', 7, 2.5)]), never());
  await expect.poll(() => server.lines().length, limit).toBe(2);
  const ours = server.lines().splice(0);
  server.packets.length = 0;
  const other = new OldStatsd({ host: '127.0.0.1', port: server.port, prefix: 'switchboard.h.test.' });
  closers.push(async () => other.close());
  other.increment('load.u', 7);
  other.gauge('load.u.level', 2.5);
  await expect.poll(() => server.lines().length, limit).toBe(2);
  expect(server.lines().sort()).toEqual(ours.sort());
});

test('a server that is away over UDP is not noticed, and that is what the README says', async () => {
  const output = await open({ port: 1 });
  expect(await output.write(batchOf([point('u', 1)]), never())).toEqual({ kind: 'done', refused: [] });
  expect(statsd.losesEventTime).toBe(true);
});

test('a name that cannot be looked up gives the batch back, and nothing is thrown', async () => {
  const output = await open({ host: 'no-such-host.invalid', timeoutSeconds: 5 });
  expect(await output.write(batchOf([point('u', 1)]), never())).toMatchObject({ kind: 'retry', needsHuman: false });
});

test('a stop in the middle gives the batch back, and the same batch goes on where it was', async () => {
  const server = await receiver();
  const output = await open({ port: server.port, packetsPerSecond: 20 });
  const batch = batchOf(Array.from({ length: 2000 }, (_, index) => point(`unit-${index}-${'x'.repeat(40)}`, 1)));
  const stop = new AbortController();
  const first = output.write(batch, stop.signal);
  await expect.poll(() => server.packets.length, limit).toBeGreaterThan(2);
  stop.abort();
  expect(await first).toMatchObject({ kind: 'retry' });
  const quick = new AbortController();
  const second = output.write(batch, quick.signal);
  await expect.poll(() => server.packets.length, limit).toBeGreaterThan(20);
  quick.abort();
  await second;
  expect(new Set(server.lines()).size).toBe(server.lines().length);
});

describe('a network that fails in the middle of a batch', () => {
  const points = Array.from({ length: 200 }, (_, index) => point(`unit-${index}-${'x'.repeat(40)}`, 1));
  const failingOnce = () => {
    const sent: string[] = [];
    let packets = 0;
    const send = (packet: readonly Metric[]): Promise<string | undefined> => {
      if (++packets === 3) return Promise.resolve('away');
      sent.push(...packet.map((metric) => metric.name));
      return Promise.resolve(undefined);
    };
    return { sent, network: { send, close: () => Promise.resolve() } };
  };

  test('at most once: the rest is dead-lettered, since a restart would not know what was sent', async () => {
    const { sent, network } = failingOnce();
    const output = openStatsd(statsdOptions.parse({}), [load], undefined, network);
    const result = await output.write(batchOf(points), never());
    const refused = result.kind === 'done' ? result.refused : [];
    expect(refused[0]!.reason).toContain('away');
    expect(sent.length).toBeGreaterThan(0);
    const names = [...sent, ...refused.map((each) => each.line.replace(/:.*/, ''))];
    expect(names).toHaveLength(200);
    expect(new Set(names).size).toBe(200);
  });

  test('at least once: the same batch goes on where it was', async () => {
    const { sent, network } = failingOnce();
    const output = openStatsd(statsdOptions.parse({ atMostOnce: false }), [load], undefined, network);
    expect(await output.write(batchOf(points), never())).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('away'),
    });
    expect(await output.write(batchOf(points), never())).toEqual({ kind: 'done', refused: [] });
    expect(sent).toHaveLength(200);
    expect(new Set(sent).size).toBe(200);
  });

  test('nothing sent yet: the batch comes again', async () => {
    const network = { send: () => Promise.resolve('away'), close: () => Promise.resolve() };
    const output = openStatsd(statsdOptions.parse({}), [load], undefined, network);
    expect(await output.write(batchOf(points), never())).toMatchObject({ kind: 'retry', needsHuman: false });
  });
});

test('several sources share one output', async () => {
  const server = await receiver();
  const output = await open({ port: server.port });
  await Promise.all(Array.from({ length: 20 }, (_, index) => output.write(batchOf([point(`s${index}`, 1)]), never())));
  await expect.poll(() => new Set(server.lines()).size, limit).toBe(20);
});

describe('over TCP', () => {
  test('every metric arrives on a line of its own', async () => {
    const server = await tcpReceiver();
    const output = await open({ port: server.port, protocol: 'tcp' });
    const points = Array.from({ length: 300 }, (_, index) => point(`u${index}`, 1, 2));
    expect(await output.write(batchOf(points), never())).toEqual({ kind: 'done', refused: [] });
    await expect.poll(() => server.lines().length, limit).toBe(600);
    expect(new Set(server.lines()).size).toBe(600);
  });

  test('a server that is away gives the batch back; when it returns, the batch is taken', async () => {
    const server = await tcpReceiver();
    const output = await open({ port: server.port, protocol: 'tcp' });
    await output.write(batchOf([point('a', 1)]), never());
    await expect.poll(() => server.lines().length, limit).toBe(1);
    server.drop();
    await expect.poll(() => server.sockets.size, limit).toBe(0);
    const batch = batchOf([point('b', 1)]);
    await expect.poll(async () => (await output.write(batch, never())).kind, limit).toBe('done');
    await expect.poll(() => server.lines(), limit).toContain('switchboard.h.test.load.b:1|c');
  });

  test('a closed port gives the batch back', async () => {
    const output = await open({ port: 1, protocol: 'tcp' });
    expect(await output.write(batchOf([point('a', 1)]), never())).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

test('the pace keeps to its number per second after a small burst', async () => {
  let nowMs = 0;
  const tempo = pace(1000, { now: () => 0, monotonic: () => nowMs });
  const stopped = AbortSignal.abort();
  for (let turn = 0; turn < 16; turn++) await tempo.turn(stopped);
  // A turn that must wait takes a timer: seen by stopping the clock.
  const waits = tempo.turn(new AbortController().signal).then(() => 'waited');
  expect(await Promise.race([waits, Promise.resolve('at once')])).toBe('at once');
  expect(await waits).toBe('waited');
  nowMs = 1000;
  const free = tempo.turn(new AbortController().signal).then(() => 'no wait');
  expect(await Promise.race([free, new Promise((resolve) => setImmediate(resolve, 'late'))])).toBe('no wait');
});

test.each([
  [{}, 'at-most-once'],
  [{ atMostOnce: true }, 'at-most-once'],
  [{ atMostOnce: false }, 'at-least-once'],
])('delivery of %j is %s', (options, expected) => {
  expect(statsd.delivery(options)).toBe(expected);
});
