// `ecs sip`: SIP messages by window and trunk, from the MST records of ecs logs (ecs 6.2).
import type { CommandCall, CommandSpec, Inputs } from '../../model/command.ts';
import { printable, UsageError } from '../../model/errors.ts';
import { jsonText } from '../../model/report-text.ts';
import { exitStatus, writeText } from './command-parts.ts';
import { isEcsLogName } from './log-name.ts';
import { readSipOptions } from './sip-options.ts';
import type { SipPlan } from './sip-options.ts';
import { sipCsv, sipCsvHead, sipJson, sipText } from './sip-report.ts';
import { SipStatistics } from './sip-statistics.ts';
import type { SipFault, SipWindow } from './sip-statistics.ts';

/** Where Communication Manager writes its logs. */
const logFolder = '/var/log/ecs';

/** The command. */
export const sipCommand: CommandSpec = {
  name: 'sip',
  summary: 'count SIP messages of MST traces by window and trunk, as tables',
  notes: `Examples:
  switchboard ecs sip /var/log/ecs/20*
  switchboard ecs sip -i HOUR --responses 48,5,6 /var/log/ecs
  switchboard ecs sip --requests ALL --responses '1|2|3|4|5|6' --csv -t 20170427:0840-20170427:09 backup/*.gz
  zcat old.gz | switchboard ecs sip --json -
  switchboard ecs sip --follow /var/log/ecs

IN and OUT are as Communication Manager sees them; the port is that of the service. A response is counted with the
method it answers, so "--requests ReINVITE" alone shows no responses: those of re-INVITEs count with INVITE.
A window is written when the log is past it by the time of --hold.

Exit status: 0 done, 1 wrong use, 2 nothing could be read, 3 some input could not be read or records could not be
counted (told on standard error), 130 interrupted (what was counted so far is shown).`,
  argument: {
    name: 'files',
    help: `files, patterns, folders, .gz, or - for standard input; on a terminal ${logFolder} is followed by default`,
    isRequired: false,
  },
  options: [
    {
      flags: '--requests <methods>',
      help: `methods with bars or commas between them, or ALL`,
      default: 'INVITE|ReINVITE|BYE|CANCEL',
    },
    { flags: '--responses <codes>', help: 'beginnings of status codes, with bars or commas', default: '4|5|6' },
    { flags: '-i, --interval <name>', help: 'SEC, TENSEC, MIN, TENMIN or HOUR', default: 'MIN' },
    {
      flags: '-t, --time <range>',
      help: 'only stamps beginning so, or from-to with both ends included; may be repeated',
      isRepeatable: true,
    },
    { flags: '-n, --last <number>', help: 'only so many of the files, the last ones' },
    { flags: '--hold <seconds>', help: 'how long a window waits for late messages, in time of the log', default: '2' },
    { flags: '-f, --follow', help: `go on with what is written from now on; without files ${logFolder}` },
    { flags: '--json', help: 'write one JSON object' },
    { flags: '--csv', help: 'write CSV' },
  ],
  usageStatus: 1,
  run: runSip,
};

async function runSip(call: CommandCall): Promise<number> {
  const plan = readSipOptions(call.options);
  const inputs = await openLog(call, plan);
  const out = new WindowWriter(plan);
  const statistics = new SipStatistics(plan, (window) => out.add(window));
  try {
    for await (const chunk of inputs.chunks()) {
      if (call.signal.aborted) break;
      statistics.lines(chunk);
      await writeText(call.stdout, out.take());
    }
  } catch (error) {
    // An interrupted read ends the counting, not the report.
    if (!call.signal.aborted) throw error;
  }
  statistics.finish();
  const faults = inputs.faults.map(({ path, message }) => ({ path: printable(path), message: printable(message) }));
  await writeText(call.stdout, out.end(statistics, faults));
  const notes = [...faults.map(({ path, message }) => `${path}: ${message}`), ...notesOf(statistics)];
  if (notes.length > 0) await writeText(call.stderr, `${notes.join('\n')}\n`);
  if (call.signal.aborted) return exitStatus.interrupted;
  if (inputs.opened === 0) return exitStatus.nothingReadable;
  return faults.length > 0 || hasLost(statistics) ? exitStatus.damaged : exitStatus.done;
}

/** What was named, or standard input; followed when that is asked for, or when there is nothing else to read. */
async function openLog(call: CommandCall, { lastFiles, isFollowing }: SipPlan): Promise<Inputs> {
  const { files, stdin, signal } = call;
  const isInteractive = (stdin as { isTTY?: boolean }).isTTY === true;
  const how = { isLogName: isEcsLogName, isNameOrdered: true, signal };
  if (!isFollowing && (files.length > 0 || !isInteractive)) {
    const last = lastFiles === undefined ? {} : { last: lastFiles };
    return call.openInputs(files.length === 0 ? ['-'] : files, { ...how, ...last });
  }
  if (files.includes('-')) throw new UsageError('standard input cannot be followed: leave out --follow');
  const paths = files.length === 0 ? [logFolder] : files;
  await writeText(
    call.stderr,
    `following ${paths.map((path) => printable(path)).join(', ')} from now on; Ctrl-C ends it\n`,
  );
  return call.followInputs(paths, how);
}

/** Writes windows one after the other in the format that was asked for. */
class WindowWriter {
  readonly #plan: SipPlan;
  #text = '';
  #written = 0;

  constructor(plan: SipPlan) {
    this.#plan = plan;
  }

  add(window: SipWindow): void {
    switch (this.#plan.format) {
      case 'text':
        this.#text += sipText(window);
        break;
      case 'csv':
        this.#text += (this.#written === 0 ? sipCsvHead : '') + sipCsv(window);
        break;
      case 'json':
        this.#text += `${this.#written === 0 ? '{"windows":[' : ','}\n${sipJson(window)}`;
    }
    this.#written++;
  }

  /** What can be written now. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  /** The rest, once all is read. */
  end(statistics: SipStatistics, inputs: readonly { readonly path: string; readonly message: string }[]): string {
    const text = this.take();
    if (this.#plan.format !== 'json') return text;
    const { messages, counted, late, undated, folded, faults } = statistics;
    const rest = jsonText({ messages, counted, late, undated, folded, faults: Object.fromEntries(faults), inputs });
    return `${text}${this.#written === 0 ? '{"windows":[' : ''}\n],${rest.slice(1)}\n`;
  }
}

/** What cannot be counted for good; the other faults leave the counts as they are. */
const losses: readonly SipFault[] = ['bad_hex', 'unparsed', 'short'];

function hasLost({ faults, undated, folded }: SipStatistics): boolean {
  return undated + folded > 0 || losses.some((fault) => faults.has(fault));
}

const explanations: Readonly<Record<SipFault, string>> = {
  bad_hex: 'with characters that are no hex digits, not counted',
  unparsed: 'without a readable SIP message (cut before CSeq, or none), not counted',
  short: 'too short for a SIP message, not counted',
  truncated: 'cut short (counted when the needed headers were there)',
  oversize: 'longer than they say, cut at the size they say',
  orphan_fragment: 'that continue nothing, ignored',
  torn_line: 'without an end, used as far as they go',
  unknown_type: 'of another type, passed over',
};

function notesOf({ faults, late, undated, folded }: SipStatistics): readonly string[] {
  const count = (amount: number, what: string, text: string): readonly string[] =>
    amount === 0 ? [] : [`${amount} ${what}${amount === 1 ? '' : 's'} ${text}`];
  const lines = new Set<SipFault>(['orphan_fragment', 'torn_line']);
  return [
    ...[...faults].flatMap(([fault, amount]) =>
      count(amount, lines.has(fault) ? 'line' : 'record', explanations[fault]),
    ),
    ...count(late, 'message', 'of a window that was written already, not counted (see --hold)'),
    ...count(undated, 'record', 'without a usable time stamp, not counted'),
    ...count(folded, 'message', 'of more trunks than a window can hold, not counted'),
  ];
}
