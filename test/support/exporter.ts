// The built program as an exporter under test: how it is, what it stored of the logs, and whether that was lowered ever.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { HealthAnswer } from '../../src/web/health.ts';
import type { EcsWriter } from './ecs-writer.ts';
import type { Influxd } from './influxd.ts';
import { startProgram } from './program.ts';
import type { Ending, RunningProgram } from './program.ts';
import { until } from './until.ts';
import type { RecordedWrite } from './write-proxy.ts';

/** A busy machine, a growing pause between the retries: a minute and more is not yet a fault. */
const patienceMs = 100_000;

const started: RunningProgram[] = [];

// What a failed test leaves running must not live on.
afterEach(() => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL');
});

/** A running exporter with its page. */
export interface Exporter {
  readonly program: RunningProgram;
  health(): Promise<HealthAnswer>;
  /** Sum of a metric, without `switchboard_`, over the series that have these labels; 0 when there are none. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** Waits for a condition; rejects at once, with its messages, when the exporter has ended. */
  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void>;
  /** Waits until health is this word and the reasons, joined by line feeds, match. */
  untilHealth(status: HealthAnswer['status'], reasons?: RegExp): Promise<void>;
  /** Ends it and waits for that. */
  stop(signal?: NodeJS.Signals): Promise<Ending>;
}

/** Starts `export` with the page on a free port; resolves when the page answers. */
export async function startExporter(config: string): Promise<Exporter> {
  const program = startProgram(['export', '--config', config, '--port', '0']);
  started.push(program);
  const untilHere = async (condition: () => boolean | Promise<boolean>, what: string): Promise<void> => {
    await until(async () => hasEnded(program) || (await condition()), what, patienceMs);
    if (hasEnded(program)) throw new Error(`the exporter ended while waiting for ${what}: ${program.stderr}`);
  };
  let url = '';
  await untilHere(
    () => (url = /"url":"(http:[^"]+)"/.exec(program.stderr)?.[1] ?? '') !== '',
    'the page of the exporter',
  );
  const get = async (path: string): Promise<Response> => fetch(new URL(path, url));
  const health = async (): Promise<HealthAnswer> => (await (await get('healthz')).json()) as HealthAnswer;
  return {
    program,
    health,
    until: untilHere,
    metric: async (name, labels = {}) => metricOf(await (await get('metrics')).text(), name, labels),
    untilHealth: async (status, reasons = /(?:)/) => {
      let last = '';
      await untilHere(async () => {
        const answer = await health();
        last = answer.sources.flatMap((source) => source.reasons).join('\n');
        return answer.status === status && reasons.test(last);
      }, `health ${status} because of ${reasons.source}`).catch((error: unknown) => {
        throw new Error(`${String(error)}; the last reasons were: ${last}`);
      });
    },
    stop: (signal = 'SIGTERM') => {
      program.child.kill(signal);
      return program.ended;
    },
  };
}

const hasEnded = ({ child }: RunningProgram): boolean => child.exitCode !== null || child.signalCode !== null;

function metricOf(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let sum = 0;
  for (const line of text.split('\n')) {
    const [, metric, set = '', value] = /^switchboard_(\w+)(\{.*\})? (\S+)$/.exec(line) ?? [];
    if (metric === name && wanted.every((label) => set.includes(label))) sum += Number(value);
  }
  return sum;
}

/** Writes a configuration (JSON is YAML) into the folder and gives its path; `name` tells several apart. */
export function writeConfig(folder: string, content: object, name = 'switchboard.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ instance: 'test', stateDir: './state', ...content }, undefined, 2));
  return path;
}

/** Denials stored for a host, keyed like the ledger of the writer. */
export async function storedDenials(influxd: Influxd, database: string, host: string): Promise<Map<string, number>> {
  const series = await influxd.query(
    `SELECT "count" FROM ecs_denial WHERE host = '${host}' GROUP BY event, category`,
    database,
  );
  const counts = new Map<string, number>();
  for (const { tags, values } of series) {
    for (const [time, count] of values) counts.set(`${tags?.['event']} ${time}`, Number(count));
  }
  return counts;
}

/** Denials stored for a host by hour of day and week, keyed by weekday, hour and the start of the bucket. */
export async function storedHours(influxd: Influxd, database: string, host: string): Promise<Map<string, number>> {
  const series = await influxd.query(
    `SELECT "count" FROM ecs_denial_hourly WHERE host = '${host}' GROUP BY weekday, hour, category`,
    database,
  );
  const counts = new Map<string, number>();
  for (const { tags = {}, values } of series) {
    for (const [time, count] of values) {
      const key = `${tags['weekday']} ${tags['hour']} ${time}`;
      counts.set(key, (counts.get(key) ?? 0) + Number(count));
    }
  }
  return counts;
}

/** The ledger of a writer, whose zone is UTC, by hour: keyed as `storedHours` is. */
export function writtenHours({ expected }: Pick<EcsWriter, 'expected'>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [key, count] of expected) {
    const hour = new Date(Number(key.split(' ')[1]));
    hour.setUTCMinutes(0, 0, 0);
    const tags = `${hour.getUTCDay() || 7} ${hour.toISOString().slice(11, 13)}`;
    const hourKey = `${tags} ${hour.getTime()}`;
    counts.set(hourKey, (counts.get(hourKey) ?? 0) + count);
  }
  return counts;
}

/** Where two ledgers differ, in words. */
export function differences(found: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): string[] {
  return [...new Set([...found.keys(), ...expected.keys()])]
    .filter((key) => found.get(key) !== expected.get(key))
    .map((key) => `${key}: stored ${found.get(key) ?? 0}, written ${expected.get(key) ?? 0}`);
}

/** Waits until exactly what was written is stored; rejects with the first differences. */
export async function untilExact(
  exporter: Exporter,
  influxd: Influxd,
  database: string,
  host: string,
  { expected }: Pick<EcsWriter, 'expected'>,
): Promise<void> {
  let last: string[] = [];
  await exporter
    .until(async () => {
      last = differences(await storedDenials(influxd, database, host), expected);
      return last.length === 0;
    }, `the counts of ${host} to be those written`)
    .catch((error: unknown) => {
      throw new Error(`${String(error)}; ${last.length} differences: ${last.slice(0, 10).join('; ')}`);
    });
}

/**
 * Every count that the store held and that a later write lowered. A write is taken as a whole, as the store takes it:
 * commits that are sent together may hold a point twice, and the last one counts.
 */
export function loweredCounts(writes: readonly RecordedWrite[]): string[] {
  const highest = new Map<string, number>();
  const lowered: string[] = [];
  for (const { body, status } of writes) {
    if (status !== 204) continue;
    const written = new Map<string, number>();
    for (const line of body.split('\n')) {
      const [, head, count, time] = /^(ecs_denial(?:_hourly)?,\S+) count=(\d+)i\S* (\d+)$/.exec(line) ?? [];
      if (head !== undefined) written.set(`${head} ${time}`, Number(count));
    }
    for (const [point, count] of written) {
      const before = highest.get(point) ?? 0;
      if (count < before) lowered.push(`${point}: ${count} after ${before}`);
      highest.set(point, count);
    }
  }
  return lowered;
}

/** True when every line read is accounted for (engine 6). */
export async function isBalanced(exporter: Exporter): Promise<boolean> {
  return (await exporter.metric('lines_read_total')) === (await exporter.metric('lines_total'));
}
