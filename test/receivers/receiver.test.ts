// The receiver on real sockets of this machine: what is sent is in the journal, what is not taken is counted.
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { ciscoSyslog } from '../../src/families/cisco/syslog.ts';
import { systemClock } from '../../src/model/clock.ts';
import { silentLog } from '../../src/model/log.ts';
import { receiverSchema } from '../../src/receivers/options.ts';
import { Receiver } from '../../src/receivers/receiver.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const tlsFolder = fileURLToPath(new URL('../alerts/tls/', import.meta.url));
const certificate = join(tlsFolder, 'localhost.cert');
const key = join(tlsFolder, 'localhost.key');
const running: Receiver[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((receiver) => receiver.stop()));
});

interface Started {
  readonly receiver: Receiver;
  readonly port: (transport: string) => number;
  /** The messages in the journal, without time and sender. */
  readonly messages: () => string[];
  readonly lines: () => string[];
}

async function start(values: object, directory = join(temporaryFolder(), 'received')): Promise<Started> {
  const { isMessageStart } = ciscoSyslog();
  const receiver = new Receiver({
    name: 'test',
    directory,
    values: receiverSchema.parse(values),
    isMessageStart,
    isCounted: () => false,
    clock: systemClock,
    log: silentLog,
    retryMs: 5,
  });
  running.push(receiver);
  await receiver.start();
  const lines = (): string[] =>
    readdirSync(directory)
      .toSorted()
      .flatMap((name) => readFileSync(join(directory, name), 'latin1').split('\n').slice(0, -1));
  return {
    receiver,
    lines,
    messages: () => lines().map((line) => line.split(' ').slice(2).join(' ')),
    port(transport) {
      const found = receiver.status().listening.find((text) => text.startsWith(`${transport} `));
      return Number(found?.split(':').at(-1));
    },
  };
}

async function sendUdp(port: number, messages: readonly string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const message of messages) {
    await new Promise((resolve) => {
      socket.send(message, port, '127.0.0.1', resolve);
    });
  }
  socket.close();
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => {
    socket.once('connect', resolve);
  });
  return socket;
}

const message = (number: number): string =>
  `<189>${number}: rtr7: Nov 14 2024 08:30:56.699 UTC: %LINK-3-UPDOWN: Interface Serial${number}, changed state to up`;

test('a datagram is one line with the time and the sender', async () => {
  const { receiver, port, lines } = await start({ udp: '127.0.0.1:0' });
  const before = Date.now();
  await sendUdp(port('udp'), [message(1)]);
  await until(() => lines().length === 1, 'the line');
  const [time = '', source, ...rest] = lines()[0]?.split(' ') ?? [];
  expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(time)).toBeLessThanOrEqual(Date.now());
  expect([source, rest.join(' ')]).toEqual(['127.0.0.1', message(1)]);
  expect(receiver.status().counters).toMatchObject({ messages: 1, bytes: message(1).length, dropped: 0, rejected: 0 });
});

test('lines, counted frames and messages without any line end come by TCP', async () => {
  const { port, messages } = await start({ tcp: '127.0.0.1:0' });
  const sent: string[] = [];
  const send = async (texts: readonly string[], form: (text: string) => string): Promise<void> => {
    const socket = await connected(port('tcp'));
    socket.end(texts.map(form).join(''));
    sent.push(...texts);
    await until(() => messages().length === sent.length, 'the messages');
  };
  await send([message(1), message(2)], (text) => `${text}\n`);
  await send([message(3), message(4)], (text) => `${text.length} ${text}`);
  await send([message(5), message(6)], (text) => text);
  expect(messages()).toEqual(sent);
});

test('a last line without its end is taken while the connection stays open', async () => {
  const { port, messages } = await start({ tcp: '127.0.0.1:0' });
  const socket = await connected(port('tcp'));
  socket.write(message(1));
  await until(() => messages().length === 1, 'the message');
  expect(messages()).toEqual([message(1)]);
  socket.destroy();
});

test('TLS is taken, and plain text on its port is not', async () => {
  const { port, messages, receiver } = await start({ tls: { address: '127.0.0.1:0', certificate, key } });
  const socket = connectTls({
    port: port('tls'),
    host: '127.0.0.1',
    ca: readFileSync(certificate),
    servername: 'localhost',
  });
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  socket.end(`${message(1).length} ${message(1)}`);
  await until(() => messages().length === 1, 'the message');
  const plain = await connected(port('tls'));
  plain.on('error', () => undefined);
  plain.end(`${message(2)}\n`);
  await until(() => receiver.status().counters.rejected === 1, 'the refusal');
  expect(messages()).toEqual([message(1)]);
});

test('a client without a certificate of the authority is refused when one is asked for', async () => {
  const { port, messages, receiver } = await start({
    tls: { address: '127.0.0.1:0', certificate, key, clientCa: certificate },
  });
  const socket = connectTls({ port: port('tls'), host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => undefined);
  socket.write(`${message(1)}\n`);
  await until(() => receiver.status().counters.rejected === 1, 'the refusal');
  expect(messages()).toEqual([]);
  socket.destroy();
});

test('who is not allowed is counted and not heard', async () => {
  const { port, messages, receiver } = await start({ udp: '127.0.0.1:0', tcp: '127.0.0.1:0', allow: ['10.0.0.0/8'] });
  await sendUdp(port('udp'), [message(1), message(2)]);
  const socket = await connected(port('tcp'));
  socket.on('error', () => undefined);
  socket.write(`${message(3)}\n`);
  await until(() => receiver.status().counters.rejected === 3, 'the refusals');
  expect(receiver.status().counters).toMatchObject({ messages: 0, connections: 0 });
  expect(messages()).toEqual([]);
});

test('a message longer than the limit is cut and counted', async () => {
  const { port, messages, receiver } = await start({ udp: '127.0.0.1:0', maxMessageBytes: 500 });
  await sendUdp(port('udp'), [`<189>1: ${'x'.repeat(2000)}`]);
  await until(() => messages().length === 1, 'the message');
  expect(messages()[0]).toHaveLength(500);
  expect(receiver.status().counters).toMatchObject({ messages: 1, truncated: 1 });
});

test('an address that is taken is told of and tried again until it is free', async () => {
  const holder = createSocket('udp4');
  await new Promise<void>((resolve) => {
    holder.bind(0, '127.0.0.1', resolve);
  });
  const { port: taken } = holder.address();
  const { receiver, port, lines } = await start({ udp: `127.0.0.1:${taken}` });
  expect(receiver.status()).toMatchObject({ listening: [], sockets: 1 });
  expect(receiver.status().reasons.join()).toContain(`cannot listen on udp 127.0.0.1:${taken}`);
  await new Promise<void>((resolve) => {
    holder.close(resolve);
  });
  await until(() => receiver.status().reasons.length === 0, 'the address');
  await sendUdp(port('udp'), [message(1)]);
  await until(() => lines().length === 1, 'the line');
});

test('everything sent by TCP is in the journal in order, whatever its size', async () => {
  const { port, messages } = await start({ tcp: '127.0.0.1:0' });
  const socket = await connected(port('tcp'));
  const sent = Array.from({ length: 50_000 }, (_, number) => message(number));
  socket.end(sent.map((text) => `${text}\n`).join(''));
  await until(() => messages().length === sent.length, 'all messages');
  expect(messages()).toEqual(sent);
});

test('without a folder for the journal it says so, and takes nothing until there is one', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'received'), 'a file in the way');
  const { receiver, lines, port } = await start({ udp: '127.0.0.1:0' }, join(folder, 'received'));
  expect(receiver.status().reasons.join()).toContain('journal');
  rmSync(join(folder, 'received'));
  await until(() => receiver.status().listening.length === 1, 'the socket');
  await sendUdp(port('udp'), [message(1)]);
  await until(() => lines().length === 1, 'the line');
});
