// `npm run native-stack` as a child process, with everything on free ports and in a folder of its own.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const script = fileURLToPath(new URL('../../scripts/native-stack.mjs', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/** A loaded machine starts five programs in this time. */
export const startLimitMs = 200_000;

const running = new Set<ChildProcess>();

// What a failed test leaves behind must not live on. SIGTERM and not SIGKILL: it ends its own children.
afterEach(async () => {
  for (const child of running) child.kill('SIGTERM');
  await until(() => running.size === 0, 'the stacks of this test to end', 100_000);
});

/** How a stack ended. */
export interface StackEnding {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stack that was started. */
export interface RunningStack {
  readonly data: string;
  readonly ended: Promise<StackEnding>;
  readonly stdout: string;
  /** Waits until it says that everything is up; rejects with its messages when it ends before. */
  untilUp(): Promise<void>;
  /** The address that a line of its output names. */
  address(part: 'InfluxDB' | 'The alert receiver' | 'Grafana'): string;
  /** A value of secrets.env. */
  secret(name: string): string;
  /** Processes that it has started. */
  children(): readonly number[];
  end(signal: NodeJS.Signals): Promise<StackEnding>;
}

/** How to start it. */
export interface StackOptions {
  readonly data?: string;
  readonly parameters?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts it; the environment is its own but for PATH. */
export function startStack({
  data = temporaryFolder(),
  parameters = [],
  environment,
}: StackOptions = {}): RunningStack {
  const ports = ['influx', 'grafana', 'receiver'].flatMap((name) => [`--${name}-port`, '0']);
  const child = spawn(process.execPath, [script, '--data', data, ...ports, ...parameters], {
    env: { PATH: process.env['PATH'] ?? '', HOME: data, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<StackEnding>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      running.delete(child);
      resolve({ status, stdout, stderr });
    });
  });
  const pid = child.pid ?? 0;
  return {
    data,
    ended,
    get stdout() {
      return stdout;
    },
    untilUp: async () => {
      const isUp = (): boolean => stdout.includes('Everything is up');
      await until(() => isUp() || child.exitCode !== null, 'the stack to be up', startLimitMs);
      if (!isUp()) throw new Error(`the stack ended: ${stdout}${stderr}`);
    },
    address: (part) => {
      const found = new RegExp(`^${part}.* at (http://127\\.0\\.0\\.1:\\d+)`, 'm').exec(stdout)?.[1];
      if (found === undefined) throw new Error(`no address of ${part} in ${stdout}`);
      return found;
    },
    secret: (name) =>
      new RegExp(`^${name}=(.*)$`, 'm').exec(readFileSync(join(data, 'secrets.env'), 'utf8'))?.[1] ?? '',
    children: () =>
      readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** A folder that looks like the home of Grafana, whose server is the stand-in. */
export function standInGrafanaHome(): string {
  const home = temporaryFolder();
  mkdirSync(join(home, 'conf'));
  writeFileSync(join(home, 'conf', 'defaults.ini'), '');
  mkdirSync(join(home, 'bin'));
  writeProgram(join(home, 'bin', 'grafana'), 'stand-in-grafana.mjs');
  return home;
}

/** Path of the stand-in for influxd 2.x as a program. */
export function standInInfluxd2(): string {
  const path = join(temporaryFolder(), 'influxd');
  writeProgram(path, 'stand-in-influxd2.mjs');
  return path;
}

function writeProgram(path: string, name: string): void {
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${join(here, name)}' "$@"\n`);
  chmodSync(path, 0o755);
}

/** True while the process exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
