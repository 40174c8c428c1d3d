// `lines`: from a number back to the lines of the log that it was made of.
import type { Command } from 'commander';
import type { LineRequest, LinesFound } from '../app/line-request.ts';
import { printable, UsageError } from '../model/errors.ts';
import { goneText } from '../model/lines.ts';
import type { EvidenceLine } from '../model/lines.ts';
import type { CommandHost } from './host.ts';
import { collect, configOption, grouped, namedConfig, sourceOption, wholeNumber } from './options.ts';
import { hasColour, interruptedStatus } from './terminal.ts';
import type { Terminal } from './terminal.ts';

interface LinesOptions {
  readonly config?: string;
  readonly source?: readonly string[];
  readonly family?: string;
  readonly host?: string;
  readonly timezone?: string;
  readonly measurement?: string;
  readonly where?: readonly string[];
  readonly from: string;
  readonly to?: string;
  readonly skip: number;
  readonly limit: number;
  readonly json?: boolean;
  readonly csv?: boolean;
}

const notes = `
With --config the notes that the sources took while they read lead straight to the place, also in renamed and
compressed files, while an exporter runs or not. With FILES, those are read from beginning to end.

  switchboard lines --config switchboard.yaml --host cm1 --from 2026-03-01T14:00 --to 2026-03-01T14:05 --where event=1192
  switchboard lines --family ecs --from 2026-03-01 --to 2026-03-02 --where event=1911 --where event=1926 /var/log/ecs

Times without a zone are in that of the source. Exit status: 0 done (also when there are no lines), 1 something could
not be read, 2 wrong use, 130 interrupted.`;

/** Adds the command. */
export function addLines(program: Command, host: CommandHost): void {
  program
    .command('lines')
    .description('show the lines of the log that a stored number was made of')
    .argument('[files...]', 'files, folders or globs, also .gz; - is standard input (only without --config)')
    .addOption(configOption())
    .addOption(sourceOption())
    .option('--family <name>', 'family of the logs (needed for files, or with sources of several families)')
    .option('--host <name>', 'only of this host')
    .requiredOption(
      '--from <time>',
      'event time from which on, as 2026-03-01T14:05, 2026-03-01T14:05:30Z or 2026-03-01',
    )
    .option('--to <time>', 'event time before which (default: now)')
    .option('--timezone <zone>', 'IANA zone of times without one (default: that of the source, or of this machine)')
    .option('--measurement <name>', 'what was counted (default: the first of the family, for ecs ecs_denial)')
    .option('--where <tag=value>', 'only this value, or with != not this one; may be given several times', collect)
    .option('-n, --limit <number>', 'lines to show; all are counted', wholeNumber(0, 10_000_000), 200)
    .option('--skip <number>', 'lines to pass over first', wholeNumber(0, 1_000_000_000), 0)
    .option('--json', 'one JSON object')
    .option('--csv', 'comma-separated values with a head line')
    .addHelpText('after', notes)
    .action((files: string[], options: LinesOptions) => host.run(() => run(files, options, host.terminal)));
}

async function run(files: readonly string[], options: LinesOptions, terminal: Terminal): Promise<number> {
  const { stdout, stderr, environment, interruption } = terminal;
  const { signal } = interruption;
  const config = files.length > 0 ? options.config : namedConfig(options.config, environment);
  if (config !== undefined && files.length > 0) {
    throw new UsageError('files do not go with --config: its sources know where their logs are');
  }
  if (config === undefined && files.length === 0) {
    throw new UsageError('where are the lines? give --config FILE, or --family and files');
  }
  if (options.json === true && options.csv === true) throw new UsageError('--json or --csv, not both');
  if (config === undefined && options.source) {
    throw new UsageError('--source names a source of a configuration: give --config');
  }
  const { linesOfFiles, linesOfSources } = await import('../app/line-request.ts');
  const { systemClock } = await import('../model/clock.ts');
  const { family, host, timezone, measurement, where = [], from, to, skip, limit } = options;
  const nowMs = systemClock.now();
  const request: LineRequest = { family, host, timezone, measurement, where, from, to, nowMs, skip, limit };
  let found: LinesFound;
  if (config === undefined) found = await linesOfFiles(files, request, signal);
  else {
    const { loadRegistered, onlySources } = await import('../app/chosen.ts');
    const configuration = onlySources(await loadRegistered(config, environment), options.source ?? []);
    found = await linesOfSources(configuration, request, signal);
  }
  if (signal.aborted) return interruptedStatus(interruption.kind);
  if (options.json === true) stdout.write(json(found));
  else if (options.csv === true) stdout.write(csv(found));
  else for (const line of found.lines) stdout.write(lineText(line, hasColour(stdout, environment)));
  if (options.json !== true) tell(found, skip, stderr);
  for (const fault of found.faults) stderr.write(`switchboard: ${printable(fault)}\n`);
  return found.faults.length > 0 ? 1 : 0;
}

function lineText({ path, number, text, isCut }: EvidenceLine, isColoured: boolean): string {
  const place = `${printable(path)}:${number}:`;
  return `${isColoured ? `\x1b[36m${place}\x1b[0m` : place} ${text}${isCut ? ' … (cut)' : ''}\n`;
}

/** How many there are, and what is missing. */
function tell({ total, lines, gone, notes: more, next }: LinesFound, skip: number, stderr: Terminal['stderr']): void {
  const noun = total === 1 ? 'line' : 'lines';
  if (total === 0) stderr.write('no lines\n');
  else if (lines.length === total) stderr.write(`${grouped(total)} ${noun}\n`);
  else {
    const rest = next === undefined ? '' : `; --skip ${next} shows the next, --limit more at once`;
    const shown = lines.length === 0 ? 'none shown' : `${grouped(skip + 1)} to ${grouped(skip + lines.length)} shown`;
    stderr.write(`${grouped(total)} ${noun}, ${shown}${rest}\n`);
  }
  for (const log of gone) stderr.write(`${printable(log.path)} ${printable(goneText(log))}\n`);
  for (const note of more) stderr.write(`${printable(note)}\n`);
}

function json({ total, amount, lines, next, gone, notes: more }: LinesFound): string {
  const shown = lines.map(({ timeMs, ...line }) => ({ ...line, time: new Date(timeMs).toISOString() }));
  return `${JSON.stringify({ total, amount, lines: shown, next: next ?? null, gone, notes: more })}\n`;
}

function csv({ lines }: LinesFound): string {
  const rows = lines.map(({ host, path, number, offset, timeMs, text }) =>
    [host, printable(path), number, offset, new Date(timeMs).toISOString(), text].map(cell).join(','),
  );
  return `${['host,path,line,offset,time,text', ...rows].join('\n')}\n`;
}

/** Quoted where it must be (RFC 4180). */
function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
