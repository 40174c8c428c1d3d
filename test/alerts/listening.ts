// An alert receiver in this process, on a free port, with an output in memory, as `switchboard listen` would start it.
import { join } from 'node:path';
import { z } from 'zod';
import { readConfiguration } from '../../src/app/config.ts';
import { startListener } from '../../src/app/listen.ts';
import type { Files } from '../../src/engine/durable.ts';
import { systemClock } from '../../src/model/clock.ts';
import type { Clock } from '../../src/model/clock.ts';
import type { Log, LogFacts } from '../../src/model/log.ts';
import type { OutputKind } from '../../src/model/output.ts';
import { testFamily } from '../support/catalogue.ts';
import { MemoryOutput } from '../support/memory-output.ts';
import { temporaryFolder } from '../support/temporary.ts';
import type { Json } from './grafana-body.ts';
import { bodyJson } from './grafana-body.ts';

/** The token of every receiver unless its configuration says otherwise. */
export const token = 'sb_test_token_1';

/** What a test wants to be different. */
export interface ListenSetup {
  /** Where the state is; a new folder unless given. */
  readonly folder?: string;
  /** The section `listen` but for the port; a token unless given. */
  readonly listen?: Json;
  readonly output?: MemoryOutput;
  /** Without an output, only forwarding. */
  readonly hasOutput?: boolean;
  readonly clock?: Clock;
  readonly files?: Files;
  readonly environment?: NodeJS.ProcessEnv;
}

/** One line of the log. */
export interface Logged {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly facts: LogFacts;
}

/** A receiver that runs. */
export interface Listening {
  readonly folder: string;
  readonly url: string;
  readonly output: MemoryOutput;
  readonly log: readonly Logged[];
  /** Sends a body; gives the status. */
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<number>;
  /** Sends alerts with everything right. */
  tell(...alerts: readonly Json[]): Promise<number>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<{ status: number; text: string }>;
  /** Points of alerts in the output, without their roll-up and the counts of open ones. */
  events(): string[];
  /** Points of the roll-up by hour. */
  hours(): string[];
  stop(graceMs?: number): Promise<void>;
}

/** Starts one. */
export async function startListening(setup: ListenSetup = {}): Promise<Listening> {
  const { folder = temporaryFolder(), output = new MemoryOutput(), hasOutput = true, clock = systemClock } = setup;
  const log: Logged[] = [];
  const keep =
    (level: Logged['level']): Log['info'] =>
    (message, facts = {}) =>
      log.push({ level, message, facts });
  const text = JSON.stringify({
    instance: 'noc-1',
    stateDir: join(folder, 'state'),
    outputs: hasOutput ? { memory: {} } : {},
    listen: { port: 0, ...(setup.listen ?? { token }) },
  });
  const configuration = await readConfiguration(text, join(folder, 'sb.yaml'), {
    catalogue: { families: [testFamily], outputs: [kindOf(output)] },
    environment: {},
  });
  const listener = await startListener(configuration, {
    clock,
    log: { info: keep('info'), warn: keep('warn'), error: keep('error') },
    stdout: process.stdout,
    environment: setup.environment ?? process.env,
    ...(setup.files === undefined ? {} : { files: setup.files }),
  });
  const authorised = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = async (body: unknown, headers: Readonly<Record<string, string>> = authorised): Promise<number> => {
    const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
    const response = await fetch(listener.url, { method: 'POST', headers, body: sent as string });
    await response.arrayBuffer();
    return response.status;
  };
  return {
    folder,
    url: listener.url,
    output,
    log,
    post,
    tell: (...alerts) => post(bodyJson(alerts)),
    get: async (path, headers = {}) => {
      const response = await fetch(new URL(path, listener.url), { headers });
      return { status: response.status, text: await response.text() };
    },
    events: () => output.lines.filter((line) => line.startsWith('alert_event,')),
    hours: () => output.lines.filter((line) => line.startsWith('alert_event_hourly,')),
    stop: (graceMs = 5000) => listener.stop(graceMs),
  };
}

function kindOf(output: MemoryOutput): OutputKind {
  return {
    name: 'memory',
    title: 'Memory',
    values: 'absolute',
    delivery: () => 'at-least-once',
    losesEventTime: false,
    options: () => Promise.resolve(z.strictObject({})),
    secretOptions: [],
    open: () => Promise.resolve(output),
  };
}
