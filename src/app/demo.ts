// The demo: simulators write logs into a folder, and (for `up`) everything that reads them is configured to suit.
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { startDemo, writeHistory } from '../demo/ecs-demo.ts';
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
/** So much is there at the first look. */
const historyMs = 45 * 60_000;

/** Writes live logs of every family into folders of `logs`, until the signal comes. Throws when it cannot begin. */
export async function runDemo(logs: string, log: Log, signal: AbortSignal): Promise<void> {
  const directory = join(resolve(logs), 'ecs');
  const demo = await startDemo({ directory, timezone, clock: systemClock, signal, log });
  log.info('the demo writes logs', { ecs: directory });
  await demo.finished;
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
      const now = systemClock.now();
      const ecs = join(logs, 'ecs');
      await writeHistory({ directory: ecs, timezone, fromMs: now - historyMs, toMs: now });
      const demo = runDemo(logs, log, ending.signal).catch((error: unknown) => {
        log.error('the demo has ended', { reason: messageOf(error) });
      });
      return {
        stop: async () => {
          ending.abort();
          await demo;
          await lock.release();
        },
      };
    },
  };
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
