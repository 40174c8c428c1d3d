// The demo: simulators write logs into a folder, and (for `up`) everything that reads them is configured to suit.
import { createSocket } from 'node:dgram';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { startDemo, writeHistory } from '../demo/ecs-demo.ts';
import { startNetworkDemo, topologyName, writeNetworkHistory } from '../demo/network-demo.ts';
import type { NetworkHistory } from '../demo/network-demo.ts';
import { acquireLock } from '../engine/lock.ts';
import type { Lock } from '../engine/lock.ts';
import { systemClock } from '../model/clock.ts';
import { messageOf, UsageError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import { readConfiguration } from './config.ts';
import { withStore } from './embedded.ts';
import type { AddressWishes } from './embedded.ts';
import { families, outputs } from './registry.ts';
import type { ServePlan } from './serve.ts';

/** Logs of a demo are in UTC on every machine, so that the configuration of the stack can say so. */
const timezone = 'UTC';
/** So much is there at the first look; the dashboards of networks show a day. */
const historyMs = { ecs: 45 * 60_000, cisco: 24 * 3_600_000 } as const;
const loopback = '127.0.0.1';

/** Writes live logs of every family into folders of `logs`, until the signal comes. Throws when it cannot begin. */
export async function runDemo(logs: string, log: Log, signal: AbortSignal): Promise<void> {
  const ecs = join(resolve(logs), 'ecs');
  const cisco = join(resolve(logs), 'cisco');
  const clock = systemClock;
  const { network } = await networkHistory(cisco);
  const demos = await Promise.all([
    startDemo({ directory: ecs, timezone, clock, signal, log }),
    startNetworkDemo({ directory: cisco, network, clock, signal, log }),
  ]);
  log.info('the demo writes logs', { ecs, cisco });
  await Promise.all(demos.map(({ finished }) => finished));
}

function networkHistory(directory: string): Promise<NetworkHistory> {
  const now = systemClock.now();
  return writeNetworkHistory({ directory, fromMs: now - historyMs.cisco, toMs: now });
}

/**
 * The plan of `up` without a configuration. Everything is kept in the folder `demo` of `stateDirectory`, which is
 * emptied first: a demo of yesterday would leave a gap in the charts.
 */
export async function demoPlan(
  stateDirectory: string,
  wishes: AddressWishes,
  announce: ServePlan['announce'],
): Promise<ServePlan> {
  const state = resolve(stateDirectory);
  const directory = join(state, 'demo');
  const lock = await prepare(state, directory);
  const logs = join(directory, 'logs');
  const [ecs, cisco] = [join(logs, 'ecs'), join(logs, 'cisco')];
  // Before the configuration is read: the topology belongs to it.
  const { network } = await networkHistory(cisco);
  const port = await freePort();
  const text = [
    'instance: demo',
    'outputs: { duckdb: {} }',
    'sources:',
    '  - family: ecs',
    '    host: demo-cm',
    "    paths: [logs/ecs, 'logs/ecs/*.m']",
    `    timezone: ${timezone}`,
    // A demo is looked at at any hour.
    '    options: { businessHours: { days: [1, 2, 3, 4, 5, 6, 7], fromHour: 0, toHour: 24 } }',
    '  - family: cisco',
    '    host: demo-noc',
    "    paths: ['logs/cisco/cisco.log*']",
    `    listen: { udp: '${loopback}:${port}', tcp: '${loopback}:${port}', allow: [${loopback}] }`,
    `    timezone: ${timezone}`,
    `    options: { topology: logs/cisco/${topologyName} }`,
  ].join('\n');
  return {
    load: async () => {
      const file = join(directory, 'demo.yaml');
      return withStore(
        await readConfiguration(text, file, { catalogue: { families, outputs }, environment: {} }),
        wishes,
      );
    },
    announce,
    hasAlerts: true,
    begin: async (log) => {
      const ending = new AbortController();
      const { signal } = ending;
      const clock = systemClock;
      const now = clock.now();
      const target = { host: loopback, port };
      const run = async (): Promise<void> => {
        await writeHistory({ directory: ecs, timezone, fromMs: now - historyMs.ecs, toMs: now });
        const demos = await Promise.all([
          startDemo({ directory: ecs, timezone, clock, signal, log }),
          startNetworkDemo({ directory: cisco, network, clock, signal, log, udp: target, tcp: target }),
        ]);
        log.info('the demo writes logs and sends syslog', { logs, syslog: `${loopback}:${port}` });
        await Promise.all(demos.map(({ finished }) => finished));
      };
      const demo = run().catch((error: unknown) => {
        log.error('the demo has ended', { reason: messageOf(error) });
      });
      return {
        quiet: () => {
          ending.abort();
          return demo;
        },
        stop: () => lock.release(),
      };
    },
  };
}

/** A port that is free for both transports at this moment. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((done, failed) => {
    socket.once('error', failed);
    socket.bind({ address: loopback, port: 0, exclusive: true }, done);
  });
  const { port } = socket.address();
  const server = createServer();
  try {
    return await new Promise<number>((done, failed) => {
      server.once('error', failed);
      // Mostly the number that is free for the one is free for the other.
      server.listen({ host: loopback, port, exclusive: true }, () => done((server.address() as AddressInfo).port));
    });
  } catch {
    return await freePort();
  } finally {
    socket.close();
    server.close();
  }
}

/** Empties the folder, which is ours alone: the lock beside it sees to that. */
async function prepare(state: string, directory: string): Promise<Lock> {
  try {
    await mkdir(state, { recursive: true });
    const lock = await acquireLock(join(state, 'demo.lock'));
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    return lock;
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${error.message}; for the demo: --state FOLDER`);
    throw new UsageError(`the demo cannot keep its state in ${state}: ${messageOf(error)}; name another with --state`);
  }
}
