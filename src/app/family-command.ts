// Runs a command of a family: gives it the engine's ways of reading and writing files, which the command line must not know.
import { openInputs } from '../engine/inputs.ts';
import { backUp } from '../engine/backup.ts';
import { appendReport } from '../engine/report-file.ts';
import { createFile } from '../engine/output-file.ts';
import type { CommandCall, CommandSpec } from '../model/command.ts';

/** Runs the command and gives its exit status. */
export function runFamilyCommand(
  spec: CommandSpec,
  call: Omit<CommandCall, 'openInputs' | 'createFile' | 'backUp' | 'appendReport'>,
): Promise<number> {
  return spec.run({ ...call, openInputs, createFile, backUp, appendReport });
}
