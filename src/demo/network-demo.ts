// The demo of the cisco family: a network of a dozen sites in which something is wrong all the time, its history, and then
// what happens from now on, written to a daemon's file or sent as syslog.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../model/clock.ts';
import { messageOf } from '../model/errors.ts';
import { silentLog } from '../model/log.ts';
import type { Log } from '../model/log.ts';
import type { Demo } from './ecs-demo.ts';
import { DaemonFile } from './network-log-file.ts';
import type { DaemonFileLimits, DaemonForm } from './network-log-file.ts';
import { NetworkSender } from './network-sender.ts';
import type { SyslogTarget } from './network-sender.ts';
import { NetworkSimulation } from './network-simulation.ts';
import type { Arrival } from './network-transport.ts';

/** The topology file beside the log, for `switchboard cisco ... -t` and for the source's option `topology`. */
export const topologyName = 'topology.yaml';
/** What really happened, rewritten once a minute. */
export const networkTruthName = 'truth.json';

interface Common extends DaemonFileLimits {
  /** Where `cisco.log`, `topology.yaml` and `truth.json` are written; made when it is missing. */
  readonly directory: string;
  /** The same seed gives the same network and incidents at the same moments; 1 unless given. */
  readonly seed?: number;
  /** 12 unless given. */
  readonly sites?: number;
  /** Messages of no interest per hour and site; 60 unless given. */
  readonly noisePerHour?: number;
  /** How the lines of the file begin; `iso` unless given. Receipts are in UTC. */
  readonly form?: DaemonForm;
}

/** What time is written at once. */
export interface NetworkHistoryOptions extends Common {
  /** Epoch ms; what arrived before the end of a file that is there is left out. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal?: AbortSignal;
}

/** A history and the network that it is of, to go on with. */
export interface NetworkHistory {
  readonly lines: number;
  readonly network: NetworkSimulation;
}

/** How the demo goes on. It ends when `signal` is aborted. */
export interface NetworkDemoOptions extends Common {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The network of a history that has just been written; a new one unless given. */
  readonly network?: NetworkSimulation;
  /** Messages are sent there instead of written to the file. */
  readonly udp?: SyslogTarget;
  /** With `udp`: some devices send there over one connection instead. */
  readonly tcp?: SyslogTarget;
  /** Told once when writing or sending fails and once when it works again. */
  readonly log?: Log;
}

const hourMs = 3_600_000;
const minuteMs = 60_000;
const longestPauseMs = 250;
/** After a pause of the machine no more than this is made up for. */
const catchUpMs = 120_000;
const truthMs = 7 * 24 * hourMs;
const rates = { loss: 0.004, duplication: 0.003, reordering: 0.01 };

/** The network as it is at a moment; its devices go on numbering where those of an earlier run would be by now. */
function networkAt(startMs: number, { seed = 1, sites = 12, noisePerHour = 60 }: Common): NetworkSimulation {
  // Faster than any device sends: a new run is a jump ahead, never a step back that would look like a reboot.
  const firstNumber = Math.floor(Math.max(0, startMs - Date.UTC(2024, 0, 1)) / 50) % 2 ** 31;
  return new NetworkSimulation({ startMs, seed, sites, noisePerHour, incidents: 'rhythm', rates, firstNumber });
}

/** The topology of the demo's network, which is the same every time. */
export function demoTopology(): string {
  return networkAt(0, { directory: '' }).topology;
}

/** Writes the topology of a network into the folder, as `topologyName`. Gives its path. */
export async function writeTopology(directory: string, network: NetworkSimulation): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, topologyName);
  await writeFile(path, network.topology);
  return path;
}

/** Writes the time from `fromMs` to `toMs` quickly, with the topology and the truth beside it. */
export async function writeNetworkHistory(options: NetworkHistoryOptions): Promise<NetworkHistory> {
  const { directory, fromMs, toMs, form = 'iso', signal } = options;
  const network = networkAt(fromMs, options);
  await writeTopology(directory, network);
  const file = await DaemonFile.open(directory, form, options);
  const sinceMs = file.endMs ?? Number.NEGATIVE_INFINITY;
  let lines = 0;
  try {
    for (let nowMs = fromMs; nowMs < toMs;) {
      if (signal?.aborted === true) break;
      nowMs = Math.min(toMs, nowMs + hourMs);
      const arrivals = network.advance(nowMs).filter(({ arrivalMs }) => arrivalMs > sinceMs);
      await file.write(arrivals);
      lines += arrivals.length;
      // An hour at a time: quick, and the program stays awake.
      await nextTurn();
    }
    await writeTruth(directory, network, toMs);
  } finally {
    await file.close();
  }
  return { lines, network };
}

/** Goes on with a network, or begins with a new one, in step with the clock. */
export async function startNetworkDemo(options: NetworkDemoOptions): Promise<Demo> {
  const { directory, clock, log, udp, tcp, form = 'iso' } = options;
  const network = options.network ?? networkAt(clock.now(), options);
  await writeTopology(directory, network);
  const sink = udp
    ? new NetworkSender({ udp, ...(tcp && { tcp }), ...(log && { log }) })
    : await DaemonFile.open(directory, form, options);
  return { finished: follow(network, sink, options) };
}

async function follow(
  network: NetworkSimulation,
  sink: DaemonFile | NetworkSender,
  options: NetworkDemoOptions,
): Promise<void> {
  const { directory, clock, signal, log = silentLog } = options;
  let truthMinute = Math.floor(clock.now() / minuteMs);
  let isFailing = false;
  let waiting: readonly Arrival[] = [];
  const report = (error: unknown): void => {
    if (!isFailing) log.warn(`the demo cannot write its network log: ${messageOf(error)}`);
    isFailing = true;
  };
  while (!signal.aborted) {
    const nowMs = clock.now();
    try {
      // What could not be written is tried again as long as two minutes; a machine that slept does not send hours at once.
      const due = [...waiting, ...network.advance(nowMs)].filter(({ arrivalMs }) => nowMs - arrivalMs < catchUpMs);
      waiting = due;
      if (sink instanceof DaemonFile) await sink.write(due);
      else sink.send(due);
      waiting = [];
      const minute = Math.floor(nowMs / minuteMs);
      if (minute !== truthMinute) {
        await writeTruth(directory, network, nowMs);
        truthMinute = minute;
      }
      if (isFailing) log.info('the demo writes its network log again');
      isFailing = false;
    } catch (error) {
      report(error);
    }
    await sleep(longestPauseMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all([writeTruth(directory, network, clock.now()), sink.close()]).catch(report);
}

/** Replaces the file as a whole, so that nobody reads half of it. */
async function writeTruth(directory: string, network: NetworkSimulation, nowMs: number): Promise<void> {
  const truth = network.truth(Math.max(network.startMs, nowMs - truthMs), nowMs);
  const path = join(directory, networkTruthName);
  await writeFile(`${path}.tmp`, `${JSON.stringify(truth)}\n`);
  await rename(`${path}.tmp`, path);
}
