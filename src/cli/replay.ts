// `replay`: dead letters once more, after the options or the parser were corrected.
import type { Command } from 'commander';
import type { ReplayResult } from '../app/replay-run.ts';
import { printable } from '../model/errors.ts';
import type { CommandHost } from './host.ts';
import { configOption, grouped, neededConfig, sourceOption } from './options.ts';
import { hasColour, interruptedStatus } from './terminal.ts';
import type { Terminal } from './terminal.ts';

interface ReplayOptions {
  readonly config?: string;
  readonly source?: readonly string[];
  readonly dryRun?: boolean;
}

/** Adds the command. */
export function addReplay(program: Command, host: CommandHost): void {
  program
    .command('replay')
    .description(
      'analyze dead letters again; what can be used now is counted, delivered and taken off the dead letters',
    )
    .addOption(configOption())
    .addOption(sourceOption())
    .option('--dry-run', 'print the points of the lines that could be used now, and change nothing')
    .addHelpText(
      'after',
      '\nStop the exporter first (not for --dry-run): a state has one owner. Lines older than the late horizon stay.',
    )
    .action((options: ReplayOptions) => host.run(() => run(options, host.terminal)));
}

async function run({ source, dryRun, ...options }: ReplayOptions, terminal: Terminal): Promise<number> {
  const config = neededConfig(options.config, terminal.environment);
  const { loadRegistered, onlySources } = await import('../app/chosen.ts');
  const { previewReplay, replay } = await import('../app/replay-run.ts');
  const { createLog } = await import('../app/log.ts');
  const { stdin, stdout, stderr, environment, interruption } = terminal;
  const configuration = onlySources(await loadRegistered(config, environment), source ?? []);
  const log = createLog({
    ...configuration.log,
    stream: stderr,
    hasColour: hasColour(stderr, environment),
    secrets: configuration.secrets,
  });
  for (const one of configuration.sources) {
    if (interruption.signal.aborted) break;
    const result =
      dryRun === true
        ? await previewReplay(configuration, one, (letter, { outcome, reason, points }) => {
            const why = outcome === 'rejected' ? `rejected, ${reason}` : outcome;
            if (outcome === 'matched') for (const point of points) stdout.write(`${printable(point)}\n`);
            else stderr.write(`${printable(letter.file)} at ${letter.offset}: still ${printable(why)}\n`);
          })
        : await replay(configuration, one, { log, stdin, stdout, signal: interruption.signal });
    stderr.write(account(result, dryRun === true));
  }
  return interruption.signal.aborted ? interruptedStatus(interruption.kind) : 0;
}

function account({ source, lines, used, skipped, waiting }: ReplayResult, isDry: boolean): string {
  const verb = isDry ? 'can be used' : 'used and taken off';
  const rest = skipped > 0 ? `; ${grouped(skipped)} others are cut lines or refused points and stay` : '';
  const late = waiting > 0 ? `; ${grouped(waiting)} points wait for their output and are sent at the next start` : '';
  return `${printable(source)}: ${grouped(lines)} dead letters, ${grouped(used)} ${verb}${rest}${late}\n`;
}
