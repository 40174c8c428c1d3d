// `demo`: only the simulator, for a stack whose exporters are other processes.
import type { Command } from 'commander';
import type { CommandHost } from './host.ts';
import { hasColour, interruptedStatus } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** Adds the command. */
export function addDemo(program: Command, host: CommandHost): void {
  program
    .command('demo')
    .description('write realistic logs with incidents into a folder, and the truth about them beside it, until stopped')
    .requiredOption('--logs <folder>', 'where to; each family gets a folder in it')
    .addHelpText(
      'after',
      '\n"switchboard up" without --config starts the same simulator with everything that reads it.',
    )
    .action(({ logs }: { readonly logs: string }) => host.run(() => demo(logs, host.terminal)));
}

async function demo(logs: string, { stderr, environment, interruption }: Terminal): Promise<number> {
  const { createLog } = await import('../app/log.ts');
  const { Secrets } = await import('../app/secrets.ts');
  const { runDemo } = await import('../app/demo.ts');
  const log = createLog({
    level: 'info',
    format: 'auto',
    stream: stderr,
    hasColour: hasColour(stderr, environment),
    secrets: new Secrets(),
  });
  await runDemo(logs, log, interruption.signal);
  return interruption.kind === 'terminate' ? 0 : interruptedStatus(interruption.kind);
}
