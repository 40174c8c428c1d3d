// The commands of the cisco family (cisco 18). Above 300 lines: half of it is what the commands say of themselves, and
// they share one way of reading.
import type { CommandCall, CommandSpec, Inputs } from '../../model/command.ts';
import { printable, UsageError } from '../../model/errors.ts';
import { csvLine, jsonLine, jsonText } from '../../model/report-text.ts';
import { Analysis, readAll } from './analysis.ts';
import { readPlan, sharedOptions } from './command-options.ts';
import type { ReportPlan } from './command-options.ts';
import type { NetworkStory } from './network.ts';
import { flagNames } from './record.ts';
import { eventLines } from './report-events.ts';
import type { ReportLine } from './report-events.ts';
import { htmlPage } from './report-html.ts';
import { linkLines, linkText } from './report-link.ts';
import { siteFigures, siteJson, statisticsText, testText, totalsText } from './report-network.ts';
import { ReportClock } from './report-words.ts';
import { isRoutine } from './routine.ts';
import { warningOf } from './security.ts';
import { serviceState } from './service-timeline.ts';
import { learnTopology } from './topology-learn.ts';

const exit = { done: 0, nothingReadable: 1, damaged: 3, interrupted: 130 } as const;
const argument = {
  name: 'files',
  help: 'syslog files, patterns, folders, .gz, or - for standard input (the default); several are merged by arrival',
  isRequired: false,
};
const statuses = `Exit status: 0 done, 1 nothing could be read, 2 wrong use or a wrong topology, 3 some input could not be read or
is damaged, 130 interrupted (what was read so far is shown).`;

/** Interesting lines kept at most; more are counted. */
const mostInteresting = 100_000;

const events: CommandSpec = {
  name: 'events',
  summary: 'what happened: changes of state by site, and interesting messages',
  notes: `Examples:
  switchboard cisco events -t topology.yaml /var/log/cisco.log
  switchboard cisco events -t topology.yaml --sort site --drop-seconds 0 --try-seconds 0 logs/*.gz
  switchboard cisco events --interesting --json - < cisco.log

Marks: -> UP <-, -> ISDN <- or -> BKUP <-, -> DOWN <- are states; ** instead of -> means known from a hint; - drop - and
- try - were too short to count; - ERR! - a message must have been lost; ** BOOT ** a device restarted.

${statuses}`,
  argument,
  options: [
    ...sharedOptions,
    { flags: '--sort <order>', help: 'time or site', default: 'time' },
    { flags: '--interesting', help: 'every message that is no routine line noise, instead of the changes of state' },
  ],
  run: runEvents,
};

const link: CommandSpec = {
  name: 'link',
  summary: 'the availability of one service: its states, drops and tries, and a summary',
  notes: `Examples:
  switchboard cisco link -t topology.yaml --service site-101 cisco.log
  switchboard cisco link -t topology.yaml --service site-101 --json cisco.log

${statuses}`,
  argument,
  options: [
    ...sharedOptions,
    { flags: '-s, --service <id>', help: 'the service; may be left out when there is only one' },
  ],
  run: runLink,
};

const network: CommandSpec = {
  name: 'network',
  summary: 'the availability of all sites: events, tests, statistics and totals',
  notes: `Examples:
  switchboard cisco network -t topology.yaml /var/log/cisco.log
  switchboard cisco network -t topology.yaml --html cisco.log > availability.html
  switchboard cisco network -t topology.yaml --csv collector1.log collector2.log

--html writes one page that needs nothing else and can be printed.

${statuses}`,
  argument,
  options: [...sharedOptions, { flags: '--html', help: 'write a page with the timeline of every site' }],
  run: runNetwork,
};

const topology: CommandSpec = {
  name: 'topology',
  summary: 'check a topology file, or propose a first one from logs',
  notes: `Examples:
  switchboard cisco topology -t topology.yaml
  switchboard cisco topology --learn cisco.log > topology.yaml

What a log cannot tell (which links belong together, which addresses are loopbacks) is marked for you to complete.

${statuses}`,
  argument,
  options: [...sharedOptions, { flags: '--learn', help: 'propose a topology from the devices and links in the logs' }],
  run: runTopology,
};

/** All of them. */
export const ciscoCommands: readonly CommandSpec[] = [events, link, network, topology];

/** A log that was read, with its story. */
interface Told {
  readonly plan: ReportPlan;
  readonly analysis: Analysis;
  readonly story: NetworkStory;
  readonly clock: ReportClock;
  readonly warnings: readonly ReportLine[];
  readonly interesting: readonly Interesting[];
  readonly inputs: readonly Inputs[];
}

interface Interesting {
  readonly timeMs: number;
  readonly device: string;
  readonly number: number | undefined;
  readonly code: string;
  readonly text: string;
  readonly flags: readonly string[];
}

async function tell(call: CommandCall, keepsInteresting: boolean): Promise<Told> {
  const isInteractive = (call.stdin as { isTTY?: boolean }).isTTY === true;
  if (call.files.length === 0 && isInteractive) {
    throw new UsageError('name the files to read, or give the log on standard input');
  }
  const plan = await readPlan(call.options);
  const warnings: ReportLine[] = [];
  const interesting: Interesting[] = [];
  const analysis = new Analysis(plan.topology, plan, {
    needsTexts: keepsInteresting,
    record: (record, event) => {
      const warning = warningOf(plan.topology, record, event);
      if (warning) {
        const number = warning.number === '' ? 'unknown' : warning.number;
        warnings.push({
          site: warning.site,
          mark: '* WARNING*',
          timeMs: warning.timeMs,
          text: `ISDN call to remote from ${number}`,
        });
      }
      if (!keepsInteresting || !record.code || isRoutine(record.code) || interesting.length >= mostInteresting) return;
      interesting.push({
        timeMs: record.timeMs,
        device: record.device.name,
        number: record.seq ?? record.msgcount,
        code: record.code.code,
        text: record.text,
        flags: flagNames(record.flags),
      });
    },
    unparsed: (buffer, start, end, arrivalMs) => {
      if (!keepsInteresting || interesting.length >= mostInteresting) return;
      const text = buffer.toString('utf8', start, Math.min(end, start + 1000));
      interesting.push({ timeMs: arrivalMs, device: '***', number: undefined, code: '', text, flags: [] });
    },
  });
  const inputs = await readAll(analysis, call);
  const fromMs = plan.fromMs ?? analysis.network.firstMs;
  const toMs = Math.max(fromMs, plan.toMs ?? analysis.network.lastMs);
  const story = analysis.network.story(fromMs, toMs);
  const clock = new ReportClock(analysis.zones, plan.topology.timezone);
  return { plan, analysis, story, clock, warnings, interesting, inputs };
}

async function runEvents(call: CommandCall): Promise<number> {
  const order = String(call.options['sort'] ?? 'time');
  if (order !== 'time' && order !== 'site') throw new UsageError(`--sort ${printable(order, 40)}: write time or site`);
  const showsInteresting = call.options['interesting'] === true;
  const told = await tell(call, showsInteresting);
  const text = showsInteresting ? interestingText(told) : linesText(told, order);
  return finish(call, told, text);
}

function linesText({ plan, analysis, story, clock, warnings }: Told, order: string): string {
  const lines = [...eventLines(analysis, story, clock), ...warnings].sort((one, other) => one.timeMs - other.timeMs);
  if (order === 'site') lines.sort((one, other) => (one.site < other.site ? -1 : one.site > other.site ? 1 : 0));
  if (plan.format === 'json') return lines.map((line) => jsonLine(lineJson(line))).join('');
  if (plan.format === 'csv') {
    return [
      csvLine(['time', 'site', 'mark', 'text']),
      ...lines.map(({ timeMs, site, mark, text }) => csvLine([iso(timeMs), site, mark.trim(), text])),
    ].join('');
  }
  return lines.map((line) => `${printable(lineText(line, clock))}\n`).join('');
}

function lineText({ site, mark, timeMs, text }: ReportLine, clock: ReportClock): string {
  return `${site} ${mark} ${clock.long(timeMs)}: ${text}`;
}

function lineJson({ site, mark, timeMs, text }: ReportLine): Readonly<Record<string, unknown>> {
  return { time: iso(timeMs), site, mark: mark.replaceAll(/[^\w ! ]/g, '').trim(), text };
}

/** `--> <device, 12> <time UTC> <number, 8> <code>: <text>`, then how often each code came. */
function interestingText({ plan, interesting }: Told): string {
  if (plan.format === 'json') {
    return interesting.map(({ timeMs, ...rest }) => jsonLine({ time: iso(timeMs), ...rest })).join('');
  }
  if (plan.format === 'csv') {
    return [
      csvLine(['time', 'device', 'number', 'code', 'text']),
      ...interesting.map((item) => csvLine([iso(item.timeMs), item.device, item.number ?? '', item.code, item.text])),
    ].join('');
  }
  const counts = new Map<string, number>();
  const lines = interesting.map(({ timeMs, device, number, code, text }) => {
    if (code === '') return `*** ${printable(text, 1000)}`;
    counts.set(code, (counts.get(code) ?? 0) + 1);
    const where = printable(device).padEnd(12);
    return `--> ${where} ${iso(timeMs)} ${String(number ?? '').padStart(8)} ${code}: ${printable(text)}`;
  });
  const table = [...counts]
    .sort(([one, first], [other, second]) => second - first || (one < other ? -1 : 1))
    .map(([code, times]) => `${String(times).padStart(8)}  ${code}`);
  return [...lines, ...(table.length > 0 ? ['', '   count  code', ...table] : []), ''].join('\n');
}

async function runLink(call: CommandCall): Promise<number> {
  const told = await tell(call, false);
  const { plan, analysis, story, clock } = told;
  const wanted = call.options['service'];
  const ids = story.services.map(({ service }) => service.id);
  if (ids.length === 0) throw new UsageError('there is no service: name a topology that has some (-t topology.yaml)');
  if (wanted === undefined && ids.length > 1) {
    throw new UsageError(`there are ${ids.length} services; choose one: --service ${ids.slice(0, 10).join(', ')}`);
  }
  const service = story.services.find(({ service: { id } }) => wanted === undefined || id === String(wanted));
  if (!service) {
    throw new UsageError(
      `--service ${printable(String(wanted), 60)} is unknown; there are ${ids.slice(0, 10).join(', ')}`,
    );
  }
  if (plan.format === 'text') {
    return finish(call, told, printableLines(linkText(analysis, story, service, clock, plan.preprocess.silenceMs)));
  }
  const figures = siteFigures(story, clock).find(({ id }) => id === service.service.id);
  const lines = linkLines(analysis, service, clock);
  if (plan.format === 'csv') {
    const rows = lines.map(({ timeMs, mark, text }) => csvLine([iso(timeMs), mark, text]));
    return finish(call, told, [csvLine(['time', 'mark', 'text']), ...rows].join(''));
  }
  const intervals = service.timeline.charged.map(({ fromMs, toMs, state }) => ({
    from: iso(fromMs),
    to: iso(toMs),
    state: stateNames[state],
  }));
  return finish(
    call,
    told,
    jsonText({
      ...(figures ? siteJson(figures) : {}),
      from: iso(story.fromMs),
      to: iso(story.toMs),
      intervals,
      lines: lines.map(({ timeMs, mark, text }) => ({ time: iso(timeMs), mark, text })),
    }),
  );
}

const stateNames: Readonly<Record<number, string>> = {
  [serviceState.unknown]: 'unknown',
  [serviceState.down]: 'down',
  [serviceState.backup]: 'backup',
  [serviceState.up]: 'up',
};

async function runNetwork(call: CommandCall): Promise<number> {
  const told = await tell(call, false);
  const { plan, analysis, story, clock, warnings } = told;
  const sites = siteFigures(story, clock);
  const lines = [...eventLines(analysis, story, clock), ...warnings].sort((one, other) => one.timeMs - other.timeMs);
  if (plan.format === 'html') return finish(call, told, htmlPage({ analysis, story, sites, lines, clock }));
  if (plan.format === 'csv') {
    const head = Object.keys(csvFigures(sites[0]));
    return finish(
      call,
      told,
      [csvLine(head), ...sites.map((site) => csvLine(Object.values(csvFigures(site))))].join(''),
    );
  }
  if (plan.format === 'json') {
    const transport = analysis.transport();
    return finish(
      call,
      told,
      jsonText({
        from: iso(story.fromMs),
        to: iso(story.toMs),
        sites: sites.map(siteJson),
        events: lines.map(lineJson),
        trunks: story.hits.map(({ trunk, fromMs, toMs, openBefore }) => ({
          trunk: trunk.id,
          from: iso(fromMs),
          to: iso(toMs),
          circuits: openBefore,
        })),
        holes: analysis.holes.map(({ fromMs, toMs }) => ({ from: iso(fromMs), to: iso(toMs) })),
        lines: analysis.counts,
        transport,
      }),
    );
  }
  const text = [
    lines.map((line) => `${lineText(line, clock)}\n`).join(''),
    lines.length > 0 ? '\n' : '',
    testText(story, clock),
    statisticsText(analysis, story, sites),
    sites.length > 0 || plan.topology.trunks.length > 0 ? '\n' : '',
    totalsText(analysis, story, sites, clock, warnings.length, plan.preprocess.silenceMs),
  ].join('');
  return finish(call, told, printableLines(text));
}

function csvFigures(
  site: ReturnType<typeof siteFigures>[number] | undefined,
): Readonly<Record<string, string | number>> {
  const number = (value: number | undefined): string | number =>
    value === undefined || Number.isNaN(value) ? '' : value;
  return {
    site: site?.site ?? '',
    total_s: number(site && site.totalMs / 1000),
    up_s: number(site && site.upMs / 1000),
    backup_s: number(site && site.backupMs / 1000),
    down_s: number(site && site.downMs / 1000),
    unknown_s: number(site && site.unknownMs / 1000),
    up_percent: number(site?.upPercent),
    availability_percent: number(site?.availabilityPercent),
    failures: number(site?.failures),
    drops: number(site?.drops),
    tries: number(site?.tries),
    flaps: number(site?.flaps),
    inconsistencies: number(site?.inconsistencies),
    test_pass: number(site?.testPass),
    test_fail: number(site?.testFail),
    calls: number(site?.calls),
    idle_s: number(site && site.idleMs / 1000),
    active_s: number(site && site.activeMs / 1000),
  };
}

async function runTopology(call: CommandCall): Promise<number> {
  if (call.options['learn'] === true) {
    const plan = await readPlan(call.options);
    const { text, inputs } = await learnTopology(plan, call);
    return finish(call, { inputs }, text);
  }
  const { topology: read } = await readPlan(call.options);
  if (call.options['topology'] === undefined)
    throw new UsageError('name the file to check with -t, or give --learn and logs');
  const { devices, links, services, trunks } = read;
  await write(
    call.stdout,
    `The topology is sound: ${devices.length} devices, ${links.length} links, ${services.length} services, ${trunks.length} trunks.\n`,
  );
  return exit.done;
}

function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line))
    .join('\n');
}

async function finish(
  call: CommandCall,
  { inputs }: { readonly inputs: readonly Inputs[] },
  text: string,
): Promise<number> {
  const faults = inputs.flatMap((input) => input.faults);
  if (text !== '') await write(call.stdout, text);
  for (const { path, message } of faults) await write(call.stderr, `${printable(path)}: ${printable(message)}\n`);
  if (call.signal.aborted) return exit.interrupted;
  if (inputs.every(({ opened }) => opened === 0)) return exit.nothingReadable;
  return faults.length > 0 ? exit.damaged : exit.done;
}

function iso(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : '';
}

function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
