// Runs a command of a family: gives it the engine's ways with files, which the command line must not know. What few
// commands need is loaded when it is asked for, since these commands are run in loops and must start at once.
import { openInputs } from '../engine/inputs.ts';
import type { CommandCall, CommandSpec } from '../model/command.ts';

type Ways = Pick<CommandCall, 'openInputs' | 'followInputs' | 'createFile' | 'backUp' | 'appendReport'>;

const ways: Ways = {
  openInputs,
  followInputs: async (...how) => (await import('../engine/follow-inputs.ts')).followInputs(...how),
  createFile: async (...how) => (await import('../engine/output-file.ts')).createFile(...how),
  appendReport: async (...how) => (await import('../engine/report-file.ts')).appendReport(...how),
  backUp: async (plan) => (await import('../engine/backup.ts')).backUp(plan),
};

/** Runs the command and gives its exit status. */
export function runFamilyCommand(spec: CommandSpec, call: Omit<CommandCall, keyof Ways>): Promise<number> {
  return spec.run({ ...call, ...ways });
}
