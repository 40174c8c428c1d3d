import { createSocket } from 'node:dgram';
import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startNetworkDemo, writeNetworkHistory } from '../../src/demo/network-demo.ts';
import type { NetworkDemoOptions } from '../../src/demo/network-demo.ts';
import { daemonLine } from '../../src/demo/network-log-file.ts';
import type { DaemonForm } from '../../src/demo/network-log-file.ts';
import { NetworkSender, relayedPayload } from '../../src/demo/network-sender.ts';
import { NetworkSimulation } from '../../src/demo/network-simulation.ts';
import { isCiscoLogName } from '../../src/families/cisco/log-name.ts';
import { readLog } from '../families/cisco-log.ts';
import { temporaryFolder } from '../support/temporary.ts';

const nowMs = Date.UTC(2025, 10, 21, 14, 25);
const hourMs = 3_600_000;
const limit = { timeout: 30_000, interval: 10 };
const ended: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** Lines of all files, oldest first. */
function linesIn(directory: string): string[] {
  const names = readdirSync(directory).filter((name) => name.startsWith('cisco.log'));
  const age = (name: string): number => Number(name.slice('cisco.log.'.length));
  return names
    .sort((one, other) => age(other) - age(one))
    .flatMap((name) => readFileSync(join(directory, name), 'latin1').split('\n').slice(0, -1));
}

const topologyIn = (directory: string): string => readFileSync(join(directory, 'topology.yaml'), 'utf8');
const truthIn = (directory: string) =>
  JSON.parse(readFileSync(join(directory, 'truth.json'), 'utf8')) as ReturnType<NetworkSimulation['truth']>;

/** A demo whose clock the test moves. */
async function demo(directory: string, options: Partial<NetworkDemoOptions> = {}) {
  const stop = new AbortController();
  let timeMs = nowMs;
  const warnings: string[] = [];
  const infos: string[] = [];
  const log = {
    info: (text: string) => void infos.push(text),
    warn: (text: string) => void warnings.push(text),
    error: () => undefined,
  };
  const clock = { now: () => timeMs, monotonic: () => timeMs };
  const running = await startNetworkDemo({ directory, clock, signal: stop.signal, log, ...options });
  const end = async (): Promise<void> => {
    stop.abort();
    await running.finished;
  };
  ended.push(end);
  return { warnings, infos, advance: (ms: number) => (timeMs += ms), stop: end };
}

describe('a history', () => {
  test('is a log, a topology and the truth, and the log is that of the truth', async () => {
    const directory = temporaryFolder();
    const { lines, network } = await writeNetworkHistory({ directory, fromMs: nowMs - 24 * hourMs, toMs: nowMs });
    const written = linesIn(directory);
    expect(lines).toBe(written.length);
    expect(readdirSync(directory).filter(isCiscoLogName)).toEqual(['cisco.log']);
    expect(statSync(join(directory, 'cisco.log')).mtimeMs).toBeGreaterThan(nowMs - 60_000);
    const truth = truthIn(directory);
    expect(truth).toEqual(JSON.parse(JSON.stringify(network.truth())));
    const log = readLog(written, { topology: topologyIn(directory), modifiedMs: nowMs });
    expect(log.analysis.counts.unparsed).toBe(0);
    expect(log.analysis.names.unknown.size).toBe(0);
    for (const [name, site] of Object.entries(truth.sites)) {
      const { up, total } = log.seconds(name);
      // The demo's network loses messages: near, not exact.
      expect([name, Math.abs(up / total - site.upMs / (24 * hourMs)) < 0.05]).toEqual([name, true]);
    }
  });

  test.each<DaemonForm>(['bsd', 'bsd-priority', 'raw', 'iso'])('is understood whole in the form %s', async (form) => {
    const directory = temporaryFolder();
    await writeNetworkHistory({ directory, fromMs: nowMs - 4 * hourMs, toMs: nowMs, form });
    const log = readLog(linesIn(directory), { topology: topologyIn(directory), modifiedMs: nowMs });
    const { unparsed, debug, continuation } = log.analysis.counts;
    expect({ unparsed, debug, continuation }).toEqual({ unparsed: 0, debug: 0, continuation: 0 });
    expect(log.analysis.names.unknown.size).toBe(0);
    expect(log.analysis.transport().reboots).toBe(truthIn(directory).reboots.length);
    expect(log.analysis.transport().discontinuity).toBe(0);
  });

  test('is rotated, and goes on where an earlier one ended', async () => {
    const directory = temporaryFolder();
    const options = { directory, fromMs: nowMs - 4 * hourMs, rotateBytes: 400_000, keepFiles: 3 };
    await writeNetworkHistory({ ...options, toMs: nowMs - 2 * hourMs });
    const { lines } = await writeNetworkHistory({ ...options, toMs: nowMs });
    expect(lines).toBeGreaterThan(1000);
    const names = readdirSync(directory).filter((name) => name.startsWith('cisco.log'));
    expect(names.sort()).toEqual(['cisco.log', 'cisco.log.1', 'cisco.log.2']);
    for (const name of names) expect(statSync(join(directory, name)).size).toBeLessThan(400_000);
    const stamps = linesIn(directory).map((line) => line.slice(0, 24));
    expect(stamps).toEqual(stamps.toSorted());
    expect(new Set(linesIn(directory)).size).toBe(stamps.length);
  });

  test('ends early when it is told to', async () => {
    const directory = temporaryFolder();
    const signal = AbortSignal.abort();
    const { lines } = await writeNetworkHistory({ directory, fromMs: nowMs - hourMs, toMs: nowMs, signal });
    expect(lines).toBe(0);
  });
});

describe('the live log', () => {
  test('goes on after a history without a gap in any numbering', async () => {
    const directory = temporaryFolder();
    const { network, lines } = await writeNetworkHistory({ directory, fromMs: nowMs - 2 * hourMs, toMs: nowMs });
    const running = await demo(directory, { network });
    for (let minute = 1; minute <= 10; minute++) {
      running.advance(60_000);
      const least = nowMs + (minute - 1) * 60_000;
      await expect.poll(() => Date.parse(linesIn(directory).at(-1)?.slice(0, 24) ?? ''), limit).toBeGreaterThan(least);
    }
    await running.stop();
    expect(linesIn(directory).length).toBeGreaterThan(lines + 100);
    const log = readLog(linesIn(directory), { topology: topologyIn(directory), modifiedMs: nowMs });
    const truth = truthIn(directory);
    expect(truth.toMs).toBe(nowMs + 600_000);
    const missing = Object.entries(truth.messages).reduce(
      (sum, [name, book]) => sum + (name === 'lan-1' ? 0 : book.missing),
      0,
    );
    const { lost, lostAfterBoot } = log.analysis.transport();
    // The newest may be on their way still.
    expect(Math.abs(lost + lostAfterBoot - missing)).toBeLessThanOrEqual(12);
    expect(running.warnings).toEqual([]);
  });

  test('goes on trying when the folder cannot be written, and tells it once', async () => {
    const directory = temporaryFolder();
    const running = await demo(directory);
    rmSync(directory, { recursive: true });
    running.advance(60_000);
    await expect.poll(() => running.warnings.length, limit).toBe(1);
    const { mkdirSync } = await import('node:fs');
    mkdirSync(directory);
    running.advance(30_000);
    await expect.poll(() => running.infos.length, limit).toBe(1);
    expect(running.warnings).toHaveLength(1);
  });

  test('is sent as datagrams and over one connection, and nothing of it is lost on the way', async () => {
    const receiver = await receivers();
    const network = new NetworkSimulation({ startMs: nowMs - hourMs, incidents: 'rhythm', noisePerHour: 60 });
    const expected = network.advance(nowMs - 1);
    const sender = new NetworkSender(receiver.targets);
    ended.push(() => sender.close());
    await expect.poll(() => sender.isReady, limit).toBe(true);
    // A little at a time: a receiver's buffer is not endless.
    for (let from = 0; from < expected.length; from += 50) {
      sender.send(expected.slice(from, from + 50));
      await sender.flush();
      await expect
        .poll(() => receiver.datagrams.length + receiver.framed().length, limit)
        .toBe(Math.min(expected.length, from + 50));
    }
    expect([...receiver.datagrams, ...receiver.framed()].sort()).toEqual(expected.map(relayedPayload).sort());
    expect(receiver.framed().length).toBeGreaterThan(50);
    expect(sender.sent).toBe(expected.length);
  });

  test('as it is sent means the same as in a file', () => {
    const network = new NetworkSimulation({ startMs: nowMs - 12 * hourMs, incidents: 'rhythm', noisePerHour: 30 });
    const arrivals = network.advance(nowMs);
    const how = { topology: network.topology, modifiedMs: nowMs };
    const file = readLog(
      arrivals.map((arrival) => daemonLine(arrival, 'iso')),
      how,
    );
    // The line that a listener writes: when, from where, and the packet.
    const journal = arrivals.map(
      (each) => `${new Date(each.arrivalMs).toISOString()} 127.0.0.1 ${relayedPayload(each)}`,
    );
    const sent = readLog(journal, how);
    expect(sent.analysis.counts).toEqual(file.analysis.counts);
    expect(sent.analysis.counts.unparsed).toBe(0);
    expect(sent.analysis.transport()).toEqual(file.analysis.transport());
    const told = ({ records }: typeof file) =>
      records.map(({ record, event }) => [record.device.name, record.source, record.timeMs, record.number, event]);
    expect(told(sent)).toEqual(told(file));
  });

  test('of a running demo reaches a receiver, which may come late and go away', async () => {
    const directory = temporaryFolder();
    const receiver = await receivers();
    const running = await demo(directory, receiver.targets);
    await expect.poll(() => receiver.connections.length, limit).toBe(1);
    running.advance(90_000);
    await expect.poll(() => receiver.datagrams.length, limit).toBeGreaterThan(5);
    for (const socket of receiver.connections) socket.destroy();
    await expect.poll(() => receiver.connections.length, limit).toBe(2);
    const before = receiver.framed().length;
    for (let step = 0; step < 5; step++) {
      running.advance(90_000);
      const count = receiver.datagrams.length;
      await expect.poll(() => receiver.datagrams.length, limit).toBeGreaterThan(count);
    }
    await expect.poll(() => receiver.framed().length, limit).toBeGreaterThan(before);
    await running.stop();
    expect(linesIn(directory)).toEqual([]);
    expect(truthIn(directory).toMs).toBe(nowMs + 540_000);
    for (const text of receiver.datagrams) expect(text).toMatch(/^<\d{3}>Original Address=10\.\d+\.\d+\.\d+ \S/);
  });
});

/** Sockets on the loopback that keep what they get. */
async function receivers() {
  const datagrams: string[] = [];
  const connections: Socket[] = [];
  const streams: Buffer[][] = [];
  const socket = createSocket('udp4', (message) => void datagrams.push(message.toString('latin1')));
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  const server = createServer((connection) => {
    const pieces: Buffer[] = [];
    connections.push(connection);
    streams.push(pieces);
    connection.on('data', (piece) => void pieces.push(piece)).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  ended.push(() => {
    socket.close();
    server.close();
    for (const connection of connections) connection.destroy();
  });
  const host = '127.0.0.1';
  return {
    datagrams,
    connections,
    framed: (): string[] => streams.flatMap((pieces) => framesOf(Buffer.concat(pieces).toString('latin1'))),
    targets: {
      udp: { host, port: socket.address().port },
      tcp: { host, port: (server.address() as AddressInfo).port },
    },
  };
}

/** Messages with their length before them; the last may be cut. */
function framesOf(text: string): string[] {
  const frames: string[] = [];
  for (let at = 0; at < text.length;) {
    const [head = '', length = ''] = /^(\d+) /.exec(text.slice(at, at + 10)) ?? [];
    if (head === '' || at + head.length + Number(length) > text.length) break;
    frames.push(text.slice(at + head.length, at + head.length + Number(length)));
    at += head.length + Number(length);
  }
  return frames;
}
