// Runs a command of a family: gives it the engine's way of reading files, which the command line must not know.
import { openInputs } from '../engine/inputs.ts';
import type { CommandCall, CommandSpec } from '../model/command.ts';

/** Runs the command and gives its exit status. */
export function runFamilyCommand(spec: CommandSpec, call: Omit<CommandCall, 'openInputs'>): Promise<number> {
  return spec.run({ ...call, openInputs });
}
