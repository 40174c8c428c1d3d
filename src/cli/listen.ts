// `listen`: the receiver of Grafana's alert notifications, until it is stopped.
import type { Command } from 'commander';
import type { CommandHost } from './host.ts';
import { configOption, neededConfig, wholeNumber } from './options.ts';
import { graceMs, hasColour, interruptedStatus } from './terminal.ts';
import type { Terminal } from './terminal.ts';

interface ListenCommandOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
}

/** Adds the command. */
export function addListen(program: Command, host: CommandHost): void {
  program
    .command('listen')
    .description("receive Grafana's alerts: keep them as measurements, and forward them to commands, webhooks and mail")
    .addOption(configOption())
    .option('--host <address>', 'address to listen on (default: listen.host)')
    .option('--port <number>', 'port to listen on; 0 for any (default: listen.port)', wholeNumber(0, 65_535))
    .addHelpText('after', '\nThe section "listen" of the configuration says who may send. SIGTERM or Ctrl-C ends it.')
    .action((options: ListenCommandOptions) => host.run(() => listen(options, host.terminal)));
}

async function listen({ host, port, ...options }: ListenCommandOptions, terminal: Terminal): Promise<number> {
  const { stdout, stderr, environment, interruption } = terminal;
  const config = neededConfig(options.config, environment);
  const { loadRegistered } = await import('../app/chosen.ts');
  const { createLog } = await import('../app/log.ts');
  const { neededListen, runListener } = await import('../app/listen.ts');
  const { systemClock } = await import('../model/clock.ts');
  const configuration = await loadRegistered(config, environment, false);
  const section = neededListen(configuration);
  const { log: logging, secrets, outputs } = configuration;
  const log = createLog({ ...logging, stream: stderr, hasColour: hasColour(stderr, environment), secrets });
  await runListener(
    { ...configuration, listen: { ...section, host: host ?? section.host, port: port ?? section.port } },
    { clock: systemClock, log, stdout, environment },
    {
      signal: interruption.signal,
      graceMs: () => graceMs(interruption),
      announce: (url) => {
        if (!outputs.some(({ kind }) => kind.name === 'stdout')) stdout.write(`Alerts are received at ${url}\n`);
      },
    },
  );
  // SIGTERM is the ordinary way to end a service.
  return interruption.kind === 'terminate' ? 0 : interruptedStatus(interruption.kind);
}
