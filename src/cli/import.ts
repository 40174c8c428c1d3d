// `import`: the back-fill, from a configuration or from the command line alone.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Configuration } from '../app/configuration.ts';
import type { ImportResult } from '../app/import-run.ts';
import { printable, UsageError } from '../model/errors.ts';
import type { SourceStatus } from '../model/health.ts';
import type { CommandHost } from './host.ts';
import { collect, configOption, grouped, namedConfig, sourceOption, wholeNumber } from './options.ts';
import { Progress } from './progress.ts';
import { graceMs, hasColour, interruptedStatus } from './terminal.ts';
import type { Terminal } from './terminal.ts';

interface ImportOptions {
  readonly config?: string;
  readonly source?: readonly string[];
  readonly family?: string;
  readonly host?: string;
  readonly timezone?: string;
  readonly instance?: string;
  readonly bucketSeconds?: number;
  readonly output?: readonly string[];
  readonly state?: string;
  readonly force?: boolean;
  readonly progress: boolean;
}

const notes = `
With --config the configured sources are read once, to the end of what is there, with their own state: run it again
to go on, and "export" goes on from there. It refuses while an exporter has the same state.

Without it, FILES of one host are read: name --family, --host and --output. Import all files of a time span in one
go; buckets that two separate imports share hold the values of the later one, unless both use the same --state.
An output is KIND, KIND:ADDRESS, or either with ?option=value&...; secrets come from the environment:
  --output stdout
  --output 'influx:http://127.0.0.1:8086?database=switchboard'
  --output 'influx:http://127.0.0.1:8086?org=noc&bucket=switchboard'     with INFLUX_TOKEN
  --output duckdb:./history.duckdb

Exit status: 0 everything read and stored, 1 something was not, 2 wrong use, 130 interrupted.`;

/** Adds the command. */
export function addImport(program: Command, host: CommandHost): void {
  program
    .command('import')
    .description('back-fill: read logs and archives once, with the times in them, and deliver')
    .argument('[files...]', 'files, folders or globs, also .gz; - is standard input (only without --config)')
    .addOption(configOption())
    .addOption(sourceOption())
    .option('--family <name>', 'family of the files')
    .option('--host <name>', 'the system whose logs these are')
    .option('--timezone <zone>', 'IANA zone of the times in the files (default: that of this machine)')
    .option('--instance <name>', 'the tag instance (default: host name and -import)')
    .option('--bucket-seconds <number>', 'width of the buckets (default: 60)', wholeNumber(1, 86_400))
    .option('-o, --output <output>', 'where to; may be given several times (default: stdout)', collect)
    .option('--state <folder>', 'keep the state there, to go on later (default: a temporary folder)')
    .option('--force', 'also into outputs that cannot store the time of an event')
    .option('--no-progress', 'no progress on standard error')
    .addHelpText('after', notes)
    .action((files: string[], options: ImportOptions) => host.run(() => run(files, options, host.terminal)));
}

async function run(files: readonly string[], options: ImportOptions, terminal: Terminal): Promise<number> {
  const isAdHoc = files.length > 0 || options.family !== undefined;
  const config = isAdHoc ? options.config : namedConfig(options.config, terminal.environment);
  const isConfigured = config !== undefined;
  refuseMixture(files, options, isConfigured);
  const temporary =
    isConfigured || options.state !== undefined ? undefined : await mkdtemp(join(tmpdir(), 'switchboard-import-'));
  try {
    const configuration = isConfigured
      ? await configured(config, options, terminal)
      : await adHoc(files, options, options.state ?? temporary ?? '', terminal);
    return await importAll(configuration, options, terminal);
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }
}

/** Either a configuration or the options that take its place. */
function refuseMixture(files: readonly string[], options: ImportOptions, isConfigured: boolean): void {
  if (isConfigured) {
    const { family, host, timezone, instance, bucketSeconds, output, state } = options;
    const given = Object.entries({ family, host, timezone, instance, 'bucket-seconds': bucketSeconds, output, state });
    const wrong = given.find(([, value]) => value !== undefined)?.[0];
    if (wrong !== undefined) throw new UsageError(`--${wrong} does not go with --config: the configuration says it`);
    if (files.length > 0) throw new UsageError('files do not go with --config: its sources name their paths');
    return;
  }
  if (options.source !== undefined) throw new UsageError('--source names a source of a configuration: give --config');
  if (files.length === 0) throw new UsageError('nothing to import: give --config FILE, or --family, --host and files');
  if (options.family === undefined)
    throw new UsageError('which family are the files of? give --family (for example ecs)');
  if (options.host === undefined) throw new UsageError('which system are the logs of? give --host NAME');
}

async function configured(
  config: string,
  { source = [], force }: ImportOptions,
  terminal: Terminal,
): Promise<Configuration> {
  const { loadRegistered, onlySources, refuseLostTime } = await import('../app/chosen.ts');
  const configuration = onlySources(await loadRegistered(config, terminal.environment), source);
  if (configuration.outputs.length === 0) throw new UsageError(`${config} names no outputs to import into`);
  if (force !== true) refuseLostTime(configuration);
  return configuration;
}

async function adHoc(
  files: readonly string[],
  options: ImportOptions,
  stateDirectory: string,
  terminal: Terminal,
): Promise<Configuration> {
  const { adHocConfiguration } = await import('../app/ad-hoc.ts');
  const { families, outputs } = await import('../app/registry.ts');
  const { refuseLostTime } = await import('../app/chosen.ts');
  const { family = '', host = '', timezone, instance, bucketSeconds = 60, output = ['stdout'], force } = options;
  const configuration = await adHocConfiguration(
    {
      family,
      host,
      timezone,
      instance,
      bucketSeconds,
      outputs: output,
      paths: files,
      stateDirectory,
      isTemporary: options.state === undefined,
    },
    { families, outputs },
    terminal.environment,
  );
  if (force !== true) refuseLostTime(configuration);
  return configuration;
}

async function importAll(configuration: Configuration, options: ImportOptions, terminal: Terminal): Promise<number> {
  const { createLog } = await import('../app/log.ts');
  const { runImport } = await import('../app/import-run.ts');
  const { stdin, stdout, stderr, environment, interruption } = terminal;
  const progress = options.progress ? new Progress(stderr, () => performance.now()) : undefined;
  const log = createLog({
    ...configuration.log,
    stream: progress?.logStream ?? stderr,
    hasColour: hasColour(stderr, environment),
    secrets: configuration.secrets,
  });
  let result: ImportResult;
  try {
    const signal = interruption.signal;
    const grace = (): number => graceMs(interruption);
    const onProgress = (status: ImportResult['status']): void => progress?.update(status);
    result = await runImport({ configuration, log, stdin, stdout, signal, graceMs: grace, onProgress });
  } finally {
    progress?.end();
  }
  for (const source of result.status.sources) stderr.write(account(source));
  if (interruption.kind === 'closed') return interruptedStatus('closed');
  for (const problem of result.problems) stderr.write(`switchboard: ${printable(problem)}\n`);
  if (interruption.signal.aborted) {
    stderr.write('switchboard: interrupted before the end\n');
    return interruptedStatus(interruption.kind);
  }
  return result.problems.length > 0 ? 1 : 0;
}

/** Where every line and every point went (engine 6). */
function account({ name, counters, outputs, rejects }: SourceStatus): string {
  const { linesRead, matched, ignored, deadLettered, lateDropped, skippedLong } = counters;
  const parts = [
    `${grouped(matched)} matched`,
    `${grouped(ignored)} ignored`,
    `${grouped(deadLettered)} dead letters`,
    `${grouped(lateDropped)} too late`,
    `${grouped(skippedLong)} too long`,
  ];
  let text = `${printable(name)}: ${grouped(linesRead)} ${linesRead === 1 ? 'line' : 'lines'} read = ${parts.join(' + ')}\n`;
  const reasons = Object.entries(rejects).filter(([, count]) => count > 0);
  if (reasons.length > 0) {
    text += `  rejects: ${reasons.map(([reason, count]) => `${printable(reason)} ${grouped(count)}`).join(', ')}\n`;
  }
  for (const output of outputs) {
    text += `  ${printable(output.name)}: ${grouped(output.accepted)} points accepted, ${grouped(output.refused)} refused, ${grouped(output.spooled)} waiting\n`;
  }
  return text;
}
