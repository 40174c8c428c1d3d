// The demo of the ecs family: a log that grows like that of a Communication Manager, incidents included, and a history
// before it so that the first look at a chart is not empty.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../model/clock.ts';
import { messageOf } from '../model/errors.ts';
import { silentLog } from '../model/log.ts';
import type { Log } from '../model/log.ts';
import { hostZone } from '../model/zone.ts';
import { ecsLines, ecsSeconds } from './ecs-lines.ts';
import type { EcsSecond } from './ecs-lines.ts';
import { LogFolder } from './log-folder.ts';
import type { FolderLimits } from './log-folder.ts';
import { TraceFolder } from './trace-folder.ts';
import { TruthFile } from './truth.ts';

interface Common extends FolderLimits {
  /** Where the logs and `truth.jsonl` are written; made when it is missing. */
  readonly directory: string;
  /** The same seed gives the same events at the same moments; 1 unless given. */
  readonly seed?: number;
  /** How many times faster than the clock the working day passes; 144 (10 minutes) unless given. */
  readonly speed?: number;
  /** IANA zone of names and stamps; that of this machine unless given. Give the same to the source. */
  readonly timezone?: string;
  /** Lines of no interest per second at the busiest; 290 live and 6 in a history unless given. */
  readonly fillerPerSecond?: number;
}

/** How the live log is written. It ends when `signal` is aborted. */
export interface DemoOptions extends Common {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told once when writing fails (disk full) and once when it works again. */
  readonly log?: Log;
}

/** What time is written at once. */
export interface HistoryOptions extends Common {
  /** Epoch ms; seconds that the folder already holds are left out. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal?: AbortSignal;
}

/** A running demo. */
export interface Demo {
  /** Resolves when the last line is written and everything is closed; never rejects. */
  readonly finished: Promise<void>;
}

/** After a pause of the machine no more than this is made up for. */
const catchUpMs = 60_000;
const longestPauseMs = 250;
const defaultSeed = 1;

/** Writes the seconds from `fromMs` to `toMs` quickly, with little filler. Gives the number of lines. */
export async function writeHistory(options: HistoryOptions): Promise<number> {
  const { directory, seed = defaultSeed, timezone = hostZone(), fillerPerSecond = 6, signal } = options;
  const folder = await LogFolder.open(directory, timezone, options);
  const truth = new TruthFile(directory);
  const traces = new TraceFolder(directory, timezone);
  const fromMs = Math.max(options.fromMs, folder.endMs ?? options.fromMs);
  let lines = 0;
  let wasBusy = false;
  let waiting: EcsSecond[] = [];
  const write = async (): Promise<void> => {
    const first = waiting[0];
    const last = waiting.at(-1);
    if (!first || !last) return;
    const text = waiting.map((second) => second.text).join('');
    await folder.write(first.timeMs, last.timeMs + 1000, text, first.isBusy !== wasBusy);
    await traces.write(first.timeMs, waiting.map((second) => second.trace).join(''));
    for (const second of waiting) truth.add(second);
    lines += waiting.reduce((sum, second) => sum + second.lines, 0);
    wasBusy = first.isBusy;
    waiting = [];
  };
  try {
    for (const second of ecsLines({ ...options, seed, timezone, fillerPerSecond, fromMs, toMs: options.toMs - 999 })) {
      if (signal?.aborted) break;
      waiting.push(second);
      // A minute at a time: quick, and the program stays awake.
      if (waiting.length < 60) continue;
      await write();
      await nextTurn();
    }
    await write();
  } finally {
    await truth.flush(true);
    await folder.close();
  }
  return lines;
}

/** Starts to write the live log, from now or, when the folder holds seconds up to a moment ago, from its end. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { directory, timezone = hostZone() } = options;
  const folder = await LogFolder.open(directory, timezone, options);
  return { finished: follow(folder, new TruthFile(directory), options, timezone) };
}

async function follow(folder: LogFolder, truth: TruthFile, options: DemoOptions, timezone: string): Promise<void> {
  const { clock, signal, seed = defaultSeed, log = silentLog } = options;
  const make = ecsSeconds({ ...options, seed, timezone });
  const traces = new TraceFolder(options.directory, timezone);
  let nextMs = Math.max(Math.floor(clock.now() / 1000) * 1000, 0);
  if (folder.endMs !== undefined && Math.abs(folder.endMs - nextMs) < catchUpMs) nextMs = folder.endMs;
  let isFailing = false;
  const report = (error: unknown): void => {
    if (!isFailing) log.warn(`the demo cannot write its log: ${messageOf(error)}`);
    isFailing = true;
  };
  while (!signal.aborted) {
    const nowMs = clock.now();
    if (nowMs - nextMs > 2 * catchUpMs) nextMs = Math.floor((nowMs - catchUpMs) / 1000) * 1000;
    try {
      while (nextMs + 1000 <= nowMs && !signal.aborted) {
        const second = make(nextMs);
        nextMs += 1000;
        await folder.write(second.timeMs, nextMs, second.text, second.isBusy);
        await traces.write(second.timeMs, second.trace);
        truth.add(second);
      }
      await truth.flush();
      if (isFailing) log.info('the demo writes its log again');
      isFailing = false;
    } catch (error) {
      report(error);
    }
    const pauseMs = Math.min(longestPauseMs, Math.max(10, nextMs + 1000 - clock.now()));
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all([truth.flush(true), folder.close()]).catch(report);
}
