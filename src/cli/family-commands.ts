// Commands of the log families, built from their descriptions: `ecs count` and the like. Only the family that is
// asked for is loaded, since these commands are run in loops and must start at once.
import { Option } from 'commander';
import type { Command } from 'commander';
import type { CommandOption, CommandSpec } from '../model/command.ts';
import { UsageError } from '../model/errors.ts';
import { wrongUse } from './host.ts';
import type { CommandHost } from './host.ts';
import { interruptedStatus } from './terminal.ts';

/** Adds the commands of the family called `first`, or of all families when there is none of that name. */
export async function addFamilyCommands(program: Command, host: CommandHost, first: string | undefined): Promise<void> {
  const { families } = await import('../app/registry.ts');
  const named = families.filter(({ name }) => name === first);
  for (const family of named.length > 0 ? named : families) {
    for (const spec of await family.commands()) {
      addCommand(groupOf(program, spec.group ?? family.name, family.title), spec, host);
    }
  }
}

function groupOf(program: Command, name: string, title: string): Command {
  const known = program.commands.find((command) => command.name() === name);
  if (known) return known;
  return program.command(name).description(`${title}: questions about files, answered at once`).helpCommand(false);
}

function addCommand(group: Command, spec: CommandSpec, host: CommandHost): void {
  const status = spec.usageStatus ?? 2;
  const { name, help, isRequired } = spec.argument;
  const command = group
    .command(spec.name)
    .description(spec.summary)
    .argument(isRequired ? `<${name}...>` : `[${name}...]`, help)
    .exitOverride((error) => {
      throw wrongUse(error, status);
    })
    .addHelpText('after', spec.notes === '' ? '' : `\n${spec.notes}`);
  for (const option of spec.options) command.addOption(toOption(option));
  command.action((files: string[], options: Record<string, unknown>) =>
    host.run(async () => {
      const { runFamilyCommand } = await import('../app/family-command.ts');
      const { stdin, stdout, stderr, environment, interruption } = host.terminal;
      const call = { stdin, stdout, stderr, environment, signal: interruption.signal, options, files };
      try {
        const result = await runFamilyCommand(spec, call);
        // A family knows one way of being interrupted; which one it was is known here.
        const isEnded = interruption.kind === 'closed' || result === 130;
        return isEnded ? interruptedStatus(interruption.kind) : result;
      } catch (error) {
        if (!(error instanceof UsageError) || status === 2) throw error;
        stderr.write(`switchboard: ${error.message}\n`);
        return status;
      }
    }),
  );
}

function toOption(spec: CommandOption): Option {
  const option = new Option(spec.flags, spec.help);
  if (spec.isCounted === true)
    option.argParser((_value: unknown, before: number | undefined) => (before ?? 0) + 1).default(0);
  else if (spec.isRepeatable === true) {
    option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  }
  if (spec.default !== undefined) option.default(spec.default);
  if (spec.isHidden === true) option.hideHelp();
  return option;
}
