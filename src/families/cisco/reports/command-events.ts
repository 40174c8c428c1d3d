// `switchboard cisco events`: what happened, by time or by site, or every message that is no line noise (cisco 7, 18.2).
import type { CommandCall, CommandSpec } from '../../../model/command.ts';
import { printable, UsageError } from '../../../model/errors.ts';
import { csvLine, jsonLine } from '../../../model/report-text.ts';
import { reportOptions } from './command-options.ts';
import { filesArgument, finish, iso, printableLines, statusHelp, tell } from './command-parts.ts';
import type { Told } from './command-parts.ts';
import { eventLines, isHintMark, markWord } from './report-events.ts';
import type { ReportLine } from './report-events.ts';
import { interestingText } from './report-interesting.ts';
import type { ReportClock } from './report-words.ts';

/** The command. */
export const eventsCommand: CommandSpec = {
  name: 'events',
  summary: 'what happened: changes of state by site, and interesting messages',
  notes: `Examples:
  switchboard cisco events -t topology.yaml /var/log/cisco.log
  switchboard cisco events -t topology.yaml --sort site --drop-seconds 0 --try-seconds 0 logs/*.gz
  switchboard cisco events --interesting --routine 'SYS-5-CONFIG_I,SEC_LOGIN-*' cisco.log
  switchboard cisco events --interesting --json - < cisco.log

Marks: -> UP <-, -> ISDN <- or -> BKUP <-, -> DOWN <- are states; ** instead of -> means known from a hint; - drop - and
- try - were too short to count; - ERR! - a message must have been lost; - isdn - an idle call; ** BOOT ** a device
restarted; * WARNING* a caller that nobody expects.

--interesting needs no topology. Lines that could not be parsed begin with ***. The table at the end says how often each
code came; with --state, codes that no run before had seen are marked.

${statusHelp}`,
  argument: filesArgument,
  options: [
    ...reportOptions,
    { flags: '--sort <order>', help: 'time or site', default: 'time' },
    { flags: '--interesting', help: 'every message that is no routine line noise, instead of the changes of state' },
    {
      flags: '--routine <codes>',
      help: 'more codes that are routine, with commas; * at the end, ! in front takes one off, !* all; may be repeated',
      isRepeatable: true,
    },
  ],
  run,
};

async function run(call: CommandCall): Promise<number> {
  const order = String(call.options['sort'] ?? 'time');
  if (order !== 'time' && order !== 'site') throw new UsageError(`--sort ${printable(order, 40)}: write time or site`);
  const isInteresting = call.options['interesting'] === true;
  const told = await tell(call, isInteresting);
  const { findings, plan } = told;
  return finish(call, told, isInteresting ? interestingText(findings, plan.format) : linesText(told, order));
}

function linesText({ plan, analysis, findings, story, clock }: Told, order: 'time' | 'site'): string {
  const lines = [...eventLines(analysis, findings, story, clock)];
  if (order === 'site') lines.sort((one, other) => (one.site < other.site ? -1 : one.site > other.site ? 1 : 0));
  if (plan.format === 'json') return lines.map((line) => jsonLine(lineJson(line))).join('');
  if (plan.format === 'csv') {
    return [
      csvLine(['time', 'site', 'mark', 'hint', 'text']),
      ...lines.map(({ timeMs, site, mark, text }) =>
        csvLine([iso(timeMs), site, markWord(mark), Number(isHintMark(mark)), text]),
      ),
    ].join('');
  }
  return printableLines(lines.map((line) => `${lineText(line, clock)}\n`).join(''));
}

/** A line as it is printed: the site is the first word, so that a search for it gives its whole story. */
export function lineText({ site, mark, timeMs, text }: ReportLine, clock: ReportClock): string {
  return `${site} ${mark} ${clock.long(timeMs)}: ${text}`;
}

/** A line for programs. */
export function lineJson({ site, mark, timeMs, text }: ReportLine): Readonly<Record<string, unknown>> {
  return { time: iso(timeMs), site, mark: markWord(mark), hint: isHintMark(mark), text };
}
