// Programs against each other: interleaved runs, so that a busy moment of the machine hits all alike; medians; and every
// result compared before a figure is printed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One run of a program. */
export interface Run {
  readonly seconds: number;
  /** Time on processors, of the process and its children, or undefined without `/usr/bin/time`. */
  readonly cpuSeconds: number | undefined;
  readonly stdout: string;
  /** Greatest resident memory of the process and its children, or undefined without `/usr/bin/time`. */
  readonly peakMegabytes: number | undefined;
}

/** A program in a contest: what it is called, how it is run, and its answer in a form that can be compared. */
export interface Contender {
  readonly name: string;
  readonly run: () => Promise<Run>;
  readonly answer: (stdout: string) => string | Promise<string>;
}

/** What came of a contest. */
export interface Result {
  readonly name: string;
  /** Median seconds of each contender, ours first. */
  readonly medians: readonly { readonly name: string; readonly seconds: number }[];
  readonly peakMegabytes: number | undefined;
  /** Null when the answers were the same. */
  readonly difference: string | null;
}

const timeProgram = '/usr/bin/time';

/** Runs a shell command, keeping what it writes; throws when it fails. `quiet` keeps its standard error out of sight. */
export async function shell(command: string, environment: NodeJS.ProcessEnv = {}): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-bench-run-'));
  const usage = join(directory, 'usage');
  try {
    const words = existsSync(timeProgram) ? [timeProgram, '-f', '%M %U %S', '-o', usage] : [];
    const [program, ...rest] = [...words, 'sh', '-c', command];
    const startedMs = performance.now();
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => err.push(part));
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const seconds = (performance.now() - startedMs) / 1000;
    if (status !== 0) throw new Error(`${command}: status ${status}: ${Buffer.concat(err).toString().slice(-2000)}`);
    const stdout = Buffer.concat(out).toString('utf8');
    if (!existsSync(usage)) return { seconds, cpuSeconds: undefined, stdout, peakMegabytes: undefined };
    const [kilobytes = 0, user = 0, system = 0] = (readFileSync(usage, 'utf8').trim().split('\n').at(-1) ?? '')
      .split(' ')
      .map(Number);
    return { seconds, cpuSeconds: user + system, stdout, peakMegabytes: kilobytes / 1024 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs the contenders in turn, after one round that does not count and fills the caches. */
export async function contest(name: string, contenders: readonly Contender[], runs: number): Promise<Result> {
  const times = contenders.map((): number[] => []);
  let peak: number | undefined;
  let difference: string | null = null;
  for (let round = 0; round <= runs; round++) {
    let first: string | undefined;
    for (const [index, contender] of contenders.entries()) {
      const { seconds, stdout, peakMegabytes } = await contender.run();
      const answer = await contender.answer(stdout);
      first ??= answer;
      if (answer !== first)
        difference = `${contenders[0]?.name}: ${excerpt(first)}; ${contender.name}: ${excerpt(answer)}`;
      if (round > 0) times[index]?.push(seconds);
      if (index === 0 && peakMegabytes !== undefined) peak = Math.max(peak ?? 0, peakMegabytes);
    }
  }
  return {
    name,
    medians: contenders.map((contender, index) => ({ name: contender.name, seconds: median(times[index] ?? []) })),
    peakMegabytes: peak,
    difference,
  };
}

/** The middle one of some numbers, or the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return (low + (sorted[Math.floor(middle)] ?? low)) / 2;
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
