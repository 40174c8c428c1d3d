// The command line as a whole: which commands there are, how wrong use is told, and the exit status of everything
// that can go wrong. Kept light: commander and nothing else is loaded before a command is chosen.
import { Command, CommanderError } from 'commander';
import { programVersion } from '../app/version.ts';
import { codeOf, ExitError, messageOf, UsageError } from '../model/errors.ts';
import { addCheck } from './check.ts';
import { addDemo } from './demo.ts';
import { addFamilyCommands } from './family-commands.ts';
import { wrongUse } from './host.ts';
import type { CommandHost } from './host.ts';
import { addImport } from './import.ts';
import { addLines } from './lines.ts';
import { addListen } from './listen.ts';
import { addReplay } from './replay.ts';
import { addExport, addUp } from './serve.ts';
import { interruptedStatus } from './terminal.ts';
import type { Terminal } from './terminal.ts';

const engineCommands = [addUp, addExport, addImport, addCheck, addLines, addReplay, addListen, addDemo];

/** Runs one command line (without the names of node and the script) and gives the exit status. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  let status = 0;
  const host: CommandHost = {
    terminal,
    run: async (action) => {
      status = await action();
    },
  };
  const { stderr, interruption } = terminal;
  try {
    const program = await build(args, host);
    await program.parseAsync(withQuestionMark(args), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    // Nobody reads the result any more: as quiet as other tools in a pipe.
    if (codeOf(error) === 'EPIPE') return interruptedStatus('closed');
    if (interruption.signal.aborted && isAbort(error)) return interruptedStatus(interruption.kind);
    const ended = error instanceof ExitError ? error.status : error instanceof UsageError ? 2 : 1;
    const text = ended === 1 && !(error instanceof ExitError) ? internal(error) : messageOf(error);
    if (text !== '') stderr.write(`switchboard: ${text}\n`);
    return ended;
  }
  return status;
}

async function build(args: readonly string[], host: CommandHost): Promise<Command> {
  const { stdout, stderr, environment } = host.terminal;
  const program = new Command('switchboard');
  program
    .description('Turns telephony, network and licence server logs into metrics, dashboards and alerts.')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
      getOutHasColors: () => stdout.isTTY === true && (environment['NO_COLOR'] ?? '') === '',
      getErrHasColors: () => stderr.isTTY === true && (environment['NO_COLOR'] ?? '') === '',
      outputError: (text, print) => print(text.replace(/^error: /, 'switchboard: ')),
    })
    .version(programVersion(), '--version', 'show the version')
    .helpCommand(false)
    .showSuggestionAfterError()
    .showHelpAfterError('(--help shows what can be given)')
    .exitOverride((error) => {
      throw wrongUse(error, 2);
    })
    .addHelpText(
      'after',
      '\nswitchboard COMMAND --help explains a command. Exit status: 0 done, 1 failed, 2 wrong use, 130 interrupted.',
    );
  for (const add of engineCommands) add(program, host);
  const first = args.find((word) => !word.startsWith('-'));
  const isEngine = program.commands.some((command) => command.name() === first);
  if (!isEngine) await addFamilyCommands(program, host, first);
  return program;
}

/** `-?` asks for help as in the tools of old. */
function withQuestionMark(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((word, index) => (word === '-?' && (end < 0 || index < end) ? '--help' : word));
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Something that must not happen: with the place, for the report of a fault. */
function internal(error: unknown): string {
  const isSystem = error instanceof Error && 'code' in error && 'syscall' in error;
  if (isSystem || !(error instanceof Error)) return messageOf(error);
  return `internal error: ${error.stack ?? error.message}`;
}
