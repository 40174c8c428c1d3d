// What the commands of the family share: how they read logs, take up the state of the run before, and end.
import type { CommandCall, Inputs } from '../../../model/command.ts';
import { printable, UsageError } from '../../../model/errors.ts';
import { Analysis } from './analysis.ts';
import { readPlan } from './command-options.ts';
import type { ReportPlan } from './command-options.ts';
import { readAll } from './read-inputs.ts';
import { Findings } from './findings.ts';
import type { NetworkStory } from '../inference/network.ts';
import { ReportClock } from './report-words.ts';
import { leaveBehind, save, takeUp } from './run-state.ts';

/** Exit states. */
export const exitStatus = { done: 0, nothingReadable: 1, damaged: 3, interrupted: 130 } as const;

/** The argument of all commands. */
export const filesArgument = {
  name: 'files',
  help: 'syslog files, patterns, folders, .gz, or - for standard input (the default); several are merged by arrival',
  isRequired: false,
};

/** The end of the help of all commands. */
export const statusHelp = `Exit status: 0 done, 1 nothing could be read, 2 wrong use or a wrong topology, 3 some input could not be read or
is damaged, 130 interrupted (what was read so far is shown).`;

/** A log that was read, with its story. */
export interface Told {
  readonly plan: ReportPlan;
  readonly analysis: Analysis;
  readonly findings: Findings;
  readonly story: NetworkStory;
  readonly clock: ReportClock;
  readonly inputs: readonly Inputs[];
  /** What is to be left to the next run; undefined when there is none, or the reading was cut short. */
  readonly stateText: string | undefined;
}

/** Reads the logs that the call names. `keepsInteresting`: the interesting messages themselves are wanted. */
export async function tell(call: CommandCall, keepsInteresting: boolean): Promise<Told> {
  const plan = await readPlan(call.options);
  const isInteractive = (call.stdin as { isTTY?: boolean }).isTTY === true;
  if (call.files.length === 0 && isInteractive) {
    throw new UsageError('name the files to read, or give the log on standard input');
  }
  const findings = new Findings(plan.topology, plan.routine, keepsInteresting);
  const analysis = new Analysis(plan.topology, plan, findings.listener);
  const wasTakenUp = plan.statePath !== undefined && (await takeUp(plan.statePath, analysis, findings));
  const knownMs = analysis.preprocessor.watermarkMs;
  const inputs = await readAll(analysis, call);
  if (wasTakenUp && analysis.firstArrivalMs < knownMs - plan.preprocess.lookaheadMs) {
    await write(
      call.stderr,
      `--state ${printable(plan.statePath ?? '')} knows the log up to ${new Date(knownMs).toISOString()}; lines before that may be counted twice\n`,
    );
  }
  const isWhole = !call.signal.aborted && inputs.some(({ opened }) => opened > 0);
  const stateText = plan.statePath !== undefined && isWhole ? leaveBehind(analysis, findings) : undefined;
  analysis.finish();
  const { firstMs, lastMs } = analysis.network;
  const fromMs = plan.fromMs ?? firstMs;
  const story = analysis.network.story(fromMs, Math.max(fromMs, plan.toMs ?? lastMs));
  const clock = new ReportClock(analysis.zones, plan.topology.timezone);
  return { plan, analysis, findings, story, clock, inputs, stateText };
}

/** Writes the report, then what is left to the next run, and gives the exit status. */
export async function finish(call: CommandCall, told: Told, text: string): Promise<number> {
  // A report about nothing would look like good news.
  const isRead = told.inputs.some(({ opened }) => opened > 0);
  if (isRead && text !== '') await write(call.stdout, text);
  const { plan, stateText } = told;
  if (plan.statePath !== undefined && stateText !== undefined) await save(plan.statePath, stateText, call.createFile);
  return statusOf(call, told.inputs);
}

/** Tells on standard error what could not be read, and gives the exit status. */
export async function statusOf(call: CommandCall, inputs: readonly Inputs[]): Promise<number> {
  const faults = inputs.flatMap((input) => input.faults);
  for (const { path, message } of faults) await write(call.stderr, `${printable(path)}: ${printable(message)}\n`);
  if (call.signal.aborted) return exitStatus.interrupted;
  if (inputs.every(({ opened }) => opened === 0)) return exitStatus.nothingReadable;
  return faults.length > 0 ? exitStatus.damaged : exitStatus.done;
}

/** Every line safe on a terminal. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line))
    .join('\n');
}

/** A moment for programs; empty for none. */
export function iso(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : '';
}

/** Writes a text and waits until the stream has taken it. */
export function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
