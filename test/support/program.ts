// The built program as a child process, for tests of what only a process can show: signals, exit status, pipes.
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The program that tests run: `dist/main.js`, or what the environment variable SWITCHBOARD_PROGRAM names. */
export function programPath(): string {
  const path = process.env['SWITCHBOARD_PROGRAM'] ?? join(root, 'dist', 'main.js');
  if (!existsSync(path)) throw new Error(`${path} does not exist; run npm run build, or npm test, which does it`);
  return path;
}

/** How a run of the program ended. */
export interface Ending {
  /** Exit status, or null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface RunningProgram {
  readonly child: ChildProcessByStdio<Writable | null, Readable, Readable>;
  /** What it has written so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when it has ended and everything it wrote was read. */
  readonly ended: Promise<Ending>;
}

/** How to run it. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to a small environment of its own: nothing of the test's surroundings gets in. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Text for standard input; without it standard input is closed. */
  readonly input?: string;
  /** Standard input is a pipe that stays open and silent. */
  readonly hasOpenInput?: boolean;
}

/** Starts the program. */
export function startProgram(args: readonly string[], options: RunOptions = {}): RunningProgram {
  const { cwd = root, environment = {}, input, hasOpenInput = false } = options;
  const child = spawn(process.execPath, [programPath(), ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...environment },
    stdio: [input === undefined && !hasOpenInput ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  }) as ChildProcessByStdio<Writable | null, Readable, Readable>;
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  if (input !== undefined) {
    // A program that ends without reading its input is no fault of the test.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  }
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  return {
    child,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    ended,
  };
}

/** Runs the program to its end. */
export function runProgram(args: readonly string[], options: RunOptions = {}): Promise<Ending> {
  return startProgram(args, options).ended;
}
