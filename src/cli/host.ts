// What every command of the command line is built with.
import { CommanderError } from 'commander';
import type { Terminal } from './terminal.ts';

/** What a command's action sees, and where it leaves its exit status. */
export interface CommandHost {
  readonly terminal: Terminal;
  /** Runs the action and keeps its status. */
  run(action: () => Promise<number>): Promise<void>;
}

/** Help and version are no faults; everything else commander throws is wrong use, with the command's own status. */
export function wrongUse(error: CommanderError, status: number): CommanderError {
  return new CommanderError(error.exitCode === 0 ? 0 : status, error.code, error.message);
}
