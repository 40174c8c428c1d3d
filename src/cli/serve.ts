// `up` and `export`: the commands that run until they are stopped.
import type { Command } from 'commander';
import type { Configuration } from '../app/configuration.ts';
import type { ServePlan } from '../app/serve.ts';
import { UsageError } from '../model/errors.ts';
import type { CommandHost } from './host.ts';
import { configOption, namedConfig, neededConfig, wholeNumber } from './options.ts';
import { graceMs, hasColour, interruptedStatus } from './terminal.ts';
import type { Terminal } from './terminal.ts';

interface ServeOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly state: string;
  readonly demo: boolean;
}

/** `up`: everything in one process, with the live page. */
export function addUp(program: Command, host: CommandHost): void {
  program
    .command('up')
    .description('run everything in one process: exporters, embedded store and live page; a demo without --config')
    .addOption(configOption())
    .option('--host <address>', 'address of the live page (default: 127.0.0.1, or web.host)')
    .option('--port <number>', 'port of the live page; 0 for any (default: 8080, or web.port)', wholeNumber(0, 65_535))
    .option('--state <folder>', 'folder for the state of the demo', './state')
    .option('--no-demo', 'fail when there is no --config, instead of starting the demo')
    .addHelpText('after', '\nSIGHUP reads the configuration again. Ctrl-C or SIGTERM ends it; nothing is lost.')
    .action((options: ServeOptions) => host.run(() => up(options, host.terminal)));
}

/** `export`: the configured sources to the configured outputs, nothing else. */
export function addExport(program: Command, host: CommandHost): void {
  program
    .command('export')
    .description('follow the configured logs and deliver to the configured outputs until stopped')
    .addOption(configOption())
    .option('--host <address>', 'address of /healthz and /metrics (default: as configured)')
    .option(
      '--port <number>',
      'port of /healthz and /metrics; 0 for any (default: as configured)',
      wholeNumber(0, 65_535),
    )
    .addHelpText('after', '\nSIGHUP reads the configuration again. Ctrl-C or SIGTERM ends it; nothing is lost.')
    .action((options: ServeOptions) => host.run(() => exportLogs(options, host.terminal)));
}

async function up({ host, port, state, demo, ...options }: ServeOptions, terminal: Terminal): Promise<number> {
  const { environment } = terminal;
  const config = demo ? namedConfig(options.config, environment) : neededConfig(options.config, environment);
  const wishes = { host, port };
  if (config === undefined) {
    const { demoPlan } = await import('../app/demo.ts');
    const plan = await demoPlan(state, wishes, announcer(terminal, 'The demo of Switchboard is at'));
    return run(plan, terminal, false);
  }
  const { loadRegistered } = await import('../app/chosen.ts');
  const { withStore } = await import('../app/embedded.ts');
  return run(
    {
      load: async () => withStore(await loadRegistered(config, terminal.environment), wishes),
      hasAlerts: true,
      announce: announcer(terminal, 'Switchboard is at'),
    },
    terminal,
  );
}

async function exportLogs({ host, port, ...options }: ServeOptions, terminal: Terminal): Promise<number> {
  const config = neededConfig(options.config, terminal.environment);
  const { loadRegistered } = await import('../app/chosen.ts');
  const { withAddress } = await import('../app/embedded.ts');
  const load = async (): Promise<Configuration> => {
    const configuration = await loadRegistered(config, terminal.environment);
    if (configuration.outputs.length > 0) return withAddress(configuration, { host, port });
    throw new UsageError(`${config} names no outputs; add some, or run "up", which has a store of its own`);
  };
  return run({ load, hasAlerts: false, announce: () => undefined }, terminal);
}

/** Tells where the page is, unless standard output carries points. */
function announcer(terminal: Terminal, text: string): ServePlan['announce'] {
  return (url, { outputs }) => {
    if (!outputs.some(({ kind }) => kind.name === 'stdout')) terminal.stdout.write(`${text} ${url}\n`);
  };
}

/** Without anything to read again, SIGHUP ends the process: the terminal was closed. */
async function run(
  plan: ServePlan,
  { stdin, stdout, stderr, environment, interruption }: Terminal,
  isReloadable = true,
): Promise<number> {
  const { serve } = await import('../app/serve.ts');
  await serve(plan, {
    stdin,
    stdout,
    stderr,
    hasColour: hasColour(stderr, environment),
    environment,
    signal: interruption.signal,
    graceMs: () => graceMs(interruption),
    onReload: (callback) => {
      if (isReloadable) interruption.onReload(callback);
    },
  });
  // SIGTERM is the ordinary way to end a service.
  return interruption.kind === 'terminate' ? 0 : interruptedStatus(interruption.kind);
}
