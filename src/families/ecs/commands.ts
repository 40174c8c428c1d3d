// The commands of the ecs family.
import type { CommandCall, CommandSpec } from '../../model/command.ts';
import { printable, UsageError } from '../../model/errors.ts';
import { hostZone, LocalClock } from '../../model/zone.ts';
import { readCountOptions } from './count-options.ts';
import { Counting } from './count.ts';
import { asaiCommand } from './asai-command.ts';
import { backupCommand } from './backup-command.ts';
import { exitStatus, writeText } from './command-parts.ts';
import { isEcsLogName } from './log-name.ts';
import { countCsv, countJson, countText } from './report.ts';
import { extractCommand } from './extract-command.ts';
import { truncCommand } from './trunc-command.ts';
import { sipCommand } from './sip-command.ts';

const count: CommandSpec = {
  name: 'count',
  summary: 'count events in ecs logs by interval, as a table',
  notes: `Examples:
  switchboard ecs count /var/log/ecs/20*
  switchboard ecs count --ecs denial,alarm -i MIN -n 15 /var/log/ecs
  switchboard ecs count -t 20170427:0840-20170427:09 -v -v backup/*.gz
  switchboard ecs count -p 'IPEVT,(reason=\\w+)' -i 0,6 /var/log/messages
  zcat old.gz | switchboard ecs count --json -

Rows are sorted as text; a blank stands for 0. Events older than all intervals kept, torn lines and lines without a
usable time stamp are not counted but told on standard error.

Exit status: 0 done, 1 wrong use, 2 nothing could be read, 3 some input could not be read or is damaged,
130 interrupted (what was counted so far is shown).`,
  argument: {
    name: 'files',
    help: 'files, patterns, folders, .gz, or - for standard input (the default)',
    isRequired: false,
  },
  options: [
    {
      flags: '-i, --timepos <interval>',
      help: 'SEC, TENSEC, MIN, TENMIN, HOUR, DAY (or S, TS, M, T, H, D), or first,last as positions in the line',
      default: 'HOUR',
    },
    {
      flags: '-p, --pattern <keyword,regex>',
      help: 'count lines with this keyword by the groups of this expression; may be repeated',
      isRepeatable: true,
    },
    { flags: '--ecs <names>', help: 'denial, alarm, error, proc_err, with commas; denial when no pattern is given' },
    { flags: '-n, --intervals <number>', help: 'how many intervals to keep, the latest ones', default: '7' },
    { flags: '-v, --verbose', help: 'one more group in each row; may be repeated', isCounted: true },
    { flags: '-z, --zero', help: 'show 0 in place of a blank' },
    {
      flags: '-t, --time <range>',
      help: 'only stamps beginning so, or from-to with both ends included; may be repeated',
      isRepeatable: true,
    },
    { flags: '--rows <number>', help: 'rows per interval; what is beyond goes to (other)', default: '10000' },
    { flags: '--json', help: 'write one JSON object' },
    { flags: '--csv', help: 'write CSV: keyword, label, interval, count' },
  ],
  usageStatus: 1,
  run: runCount,
};

/** All of them. */
export const ecsCommands: readonly CommandSpec[] = [
  count,
  sipCommand,
  backupCommand,
  asaiCommand,
  extractCommand,
  truncCommand,
];

async function runCount(call: CommandCall): Promise<number> {
  const plan = readCountOptions(call.options);
  const isInteractive = (call.stdin as { isTTY?: boolean }).isTTY === true;
  if (call.files.length === 0 && isInteractive) {
    throw new UsageError('name the files to count in, or give the log on standard input');
  }
  const inputs = call.openInputs(call.files.length === 0 ? ['-'] : call.files, {
    isLogName: isEcsLogName,
    isNameOrdered: true,
    signal: call.signal,
  });
  let zone: LocalClock | undefined;
  const counting = new Counting(plan, (utcMs) => (zone ??= new LocalClock(hostZone())).toLocal(utcMs));
  try {
    for await (const chunk of inputs.chunks()) {
      if (call.signal.aborted) break;
      counting.lines(chunk);
    }
  } catch (error) {
    // An interrupted read ends the counting, not the report.
    if (!call.signal.aborted) throw error;
  }
  const faults = inputs.faults.map(({ path, message }) => ({ path: printable(path), message: printable(message) }));
  const tables = counting.tables();
  let text = '';
  if (plan.format === 'text') text = countText(tables, plan.showsZero);
  else if (plan.format === 'csv') text = countCsv(tables, plan.showsZero);
  else text = countJson(counting, plan, faults);
  await writeText(call.stdout, text);
  const notes = [
    ...faults.map(({ path, message }) => `${path}: ${message}`),
    ...note(counting.late, 'older than the intervals kept and not counted (see -n)'),
    ...note(counting.unusable, 'torn or malformed and not counted', 'line'),
    ...note(counting.undated, 'without a usable time stamp and not counted'),
  ];
  if (notes.length > 0) await writeText(call.stderr, `${notes.join('\n')}\n`);
  if (call.signal.aborted) return exitStatus.interrupted;
  if (inputs.opened === 0) return exitStatus.nothingReadable;
  return faults.length > 0 ? exitStatus.damaged : exitStatus.done;
}

function note(amount: number, text: string, what = 'event'): readonly string[] {
  if (amount === 0) return [];
  return [`${amount} ${what}${amount === 1 ? '' : 's'} ${text}`];
}
