// `check`: is the configuration right, and what would the lines of its logs yield?
import type { Command } from 'commander';
import type { CheckedLine, CheckTotals } from '../app/check-run.ts';
import type {
  AlertsConfiguration,
  Configuration,
  ListenConfiguration,
  SourceConfiguration,
} from '../app/configuration.ts';
import { printable, UsageError } from '../model/errors.ts';
import type { CommandHost } from './host.ts';
import { collect, configOption, grouped, neededConfig, sourceOption, wholeNumber } from './options.ts';
import { hasColour, interruptedStatus } from './terminal.ts';
import type { Terminal } from './terminal.ts';

interface CheckOptions {
  readonly config?: string;
  readonly source?: readonly string[];
  readonly sample: readonly string[] | boolean;
  readonly lines: number;
  readonly all?: boolean;
}

/** So many lines of a sample are read to find some that yield something. */
const readLines = 20_000;

/** Adds the command. */
export function addCheck(program: Command, host: CommandHost): void {
  program
    .command('check')
    .description('validate a configuration, and show line by line what its logs would yield; changes nothing')
    .addOption(configOption())
    .addOption(sourceOption())
    .option(
      '--sample <file>',
      'read this (a file, folder, glob or -) and not the paths of the source; repeatable',
      collect,
    )
    .option('--no-sample', 'only validate')
    .option('-n, --lines <number>', 'lines to show for each source', wholeNumber(1, 1_000_000), 10)
    .option('--all', 'show ignored lines too')
    .addHelpText('after', '\nExit status: 0 valid, 1 a sample could not be read, 2 not valid, 130 interrupted.')
    .action((options: CheckOptions) => host.run(() => check(options, host.terminal)));
}

async function check({ source, sample, lines, all, ...options }: CheckOptions, terminal: Terminal): Promise<number> {
  const config = neededConfig(options.config, terminal.environment);
  const { loadRegistered, onlySources } = await import('../app/chosen.ts');
  const configuration = onlySources(await loadRegistered(config, terminal.environment, false), source ?? []);
  const { stdout, interruption } = terminal;
  stdout.write(`${printable(config)} is valid.\n`);
  if (configuration.outputs.length === 0 && configuration.sources.length > 0)
    stdout.write('It names no outputs; "up" adds the embedded store.\n');
  if (Array.isArray(sample) && sample.length > 0 && configuration.sources.length > 1) {
    const names = configuration.sources.map(({ name }) => name).join(', ');
    throw new UsageError(`whose sample is it? name one of ${names} with --source`);
  }
  if (configuration.listen) describeReceiver(configuration.listen, terminal);
  describeAlerts(configuration.alerts, terminal);
  let isReadable = true;
  for (const one of configuration.sources) {
    describe(one, configuration, terminal);
    if (sample === false) continue;
    const files =
      Array.isArray(sample) && sample.length > 0
        ? (sample as readonly string[])
        : one.paths.filter((path) => path !== '-');
    const totals = await show(one, files, lines, all === true, terminal);
    if (interruption.signal.aborted) return interruptedStatus(interruption.kind);
    // A path of the configuration may come later; a sample that was asked for must be there.
    if (Array.isArray(sample) && (totals.faults.length > 0 || totals.opened === 0)) isReadable = false;
  }
  return isReadable ? 0 : 1;
}

function describeReceiver({ host, port, timezone, outputs, forward }: ListenConfiguration, { stdout }: Terminal): void {
  const to = [...outputs, ...forward.map(({ name, type }) => (name === undefined ? type : `${name} (${type})`))];
  stdout.write(
    `\nalert receiver: listens at ${printable(host)} port ${port}, zone ${timezone}, ` +
      `to ${to.length === 0 ? 'nobody' : to.join(', ')}\n`,
  );
}

/** Says nothing where the section is as it is without any. */
function describeAlerts({ enabled, forward }: AlertsConfiguration, { stdout }: Terminal): void {
  if (!enabled) stdout.write('\nalerts: "up" evaluates no alert rules\n');
  else if (forward.length > 0) {
    const to = forward.map(({ name, type }) => (name === undefined ? type : `${name} (${type})`));
    stdout.write(`\nalerts: evaluated by "up", told to ${to.join(', ')}\n`);
  }
}

function listeningOn(listen: SourceConfiguration['listen']): string[] {
  if (!listen) return [];
  const { udp, tcp, tls, allow } = listen;
  const from = allow.length === 0 ? 'from everybody' : `from ${allow.join(', ')}`;
  return [
    ...(udp === undefined ? [] : [`udp ${udp}, ${from}`]),
    ...(tcp === undefined ? [] : [`tcp ${tcp}, ${from}`]),
    ...(tls === undefined ? [] : [`tls ${tls.address}, ${from}`]),
  ];
}

function describe(source: SourceConfiguration, { outputs }: Configuration, { stdout }: Terminal): void {
  const { name, family, host, instance, timezone, isHostZone, bucketSeconds, paths, listen } = source;
  const to = outputs.filter((output) => source.outputs.includes(output.name)).map((output) => output.name);
  const zone = isHostZone ? `${timezone} (zone of this machine, as none is configured)` : timezone;
  stdout.write(
    `\n${name}: ${family.title}, host ${printable(host)}, instance ${printable(instance)}, zone ${zone}, ` +
      `buckets of ${bucketSeconds} s, to ${to.length === 0 ? 'no output' : to.join(', ')}\n`,
  );
  for (const door of listeningOn(listen)) stdout.write(`  listens on ${door}\n`);
  for (const path of paths) stdout.write(`  reads ${printable(path)}\n`);
}

async function show(
  source: SourceConfiguration,
  files: readonly string[],
  maxShown: number,
  isAll: boolean,
  { stdout, environment, interruption }: Terminal,
): Promise<CheckTotals> {
  const { checkSample } = await import('../app/check-run.ts');
  const isColoured = hasColour(stdout, environment);
  let shown = 0;
  const totals = await checkSample(source, files, readLines, interruption.signal, (line) => {
    if (shown >= maxShown || (line.outcome === 'ignored' && !isAll)) return;
    shown++;
    stdout.write(lineText(line, isColoured));
  });
  for (const fault of totals.faults) stdout.write(`  ${printable(fault)}\n`);
  if (totals.opened === 0) stdout.write('  nothing to read there now\n');
  else {
    const { lines, matched, ignored, rejected, future } = totals;
    const limit = lines >= readLines ? ' (as many as are looked at)' : '';
    stdout.write(
      `  ${grouped(lines)} lines${limit} = ${grouped(matched)} matched + ${grouped(ignored)} ignored + ` +
        `${grouped(rejected)} rejected + ${grouped(future)} in the future\n`,
    );
  }
  return totals;
}

const colours: Readonly<Record<CheckedLine['outcome'], string>> = {
  matched: '\x1b[32m',
  ignored: '\x1b[2m',
  rejected: '\x1b[31m',
  future: '\x1b[33m',
};

function lineText({ path, number, text, outcome, reason, timeMs, points }: CheckedLine, isColoured: boolean): string {
  const label = isColoured ? `${colours[outcome]}${outcome}\x1b[0m` : outcome;
  const why = reason === '' ? '' : `, ${printable(reason)}`;
  const when = timeMs === undefined ? '' : `, ${new Date(timeMs).toISOString()}`;
  const head = `  ${printable(path)}:${number}: ${label}${why}${when}\n    ${printable(text, 300)}\n`;
  return head + points.map((point) => `      -> ${printable(point)}\n`).join('');
}
