// The end of a network's report (cisco 18.5): what is worth knowing about it, and the totals of the processing with the
// checks of its own sums.
import type { Analysis } from './analysis.ts';
import { countedStrangers } from './counted-calls.ts';
import type { Findings } from './findings.ts';
import type { HubFigures } from './hub-figures.ts';
import type { NetworkStory } from '../inference/network.ts';
import { gapsText } from './report-link.ts';
import type { ReportClock } from './report-words.ts';
import { count, duration, plural } from './report-words.ts';
import type { SiteFigures } from './site-figures.ts';

/** Everything that a report of a network is made of. */
export interface NetworkReport {
  readonly analysis: Analysis;
  readonly findings: Findings;
  readonly story: NetworkStory;
  readonly sites: readonly SiteFigures[];
  readonly hubs: readonly HubFigures[];
  readonly clock: ReportClock;
  readonly silenceMs: number;
}

/** Holes told one by one, the longest ones. */
const mostHoles = 5;

/** Remarks about sites, devices and the log itself that change how the figures are to be read. */
export function notes({ analysis, findings, story, sites, clock }: NetworkReport): readonly string[] {
  const list: string[] = [];
  if (sites.length === 0) {
    list.push('availability needs a topology with services; switchboard cisco topology --learn proposes one');
  }
  for (const { site, idlePeriodMs } of sites) {
    if (idlePeriodMs !== undefined) list.push(`${site}: periodic idle calls, one every ${duration(idlePeriodMs)}`);
  }
  for (const { device, address, fromMs, toMs } of findings.addresses.pinned()) {
    list.push(
      `${device}: has sent from ${address} only for ${duration(toMs - fromMs)}; its packets do not tell the path (see logging source-interface)`,
    );
  }
  const holes = analysis.holes
    .filter(({ fromMs, toMs }) => toMs > story.fromMs && fromMs < story.toMs)
    .toSorted((one, other) => other.toMs - other.fromMs - (one.toMs - one.fromMs));
  for (const { fromMs, toMs } of holes.slice(0, mostHoles)) {
    list.push(`hole in the log of ${duration(toMs - fromMs)} from ${clock.long(fromMs)} on; states go on through it`);
  }
  if (holes.length > mostHoles) {
    list.push(
      `${plural(holes.length - mostHoles, 'shorter hole')} more; where the network is only quiet, raise --silence-minutes`,
    );
  }
  return list;
}

/** The notes as a block of text; empty without any. */
export function notesText(report: NetworkReport): string {
  const list = notes(report);
  if (list.length === 0) return '';
  return ['                    Notes', ...list.map((note) => ` ${note}`), ''].join('\n');
}

/** Sums that do not add up; none in a sound report. */
export function integrityFailures({ story, sites, hubs }: NetworkReport): readonly string[] {
  const failures: string[] = [];
  // An empty log has no length.
  const wholeMs = Number.isNaN(story.fromMs) ? 0 : story.toMs - story.fromMs;
  for (const { site, upMs, backupMs, downMs, unknownMs } of sites) {
    if (upMs + backupMs + downMs + unknownMs !== wholeMs) failures.push(`the seconds of ${site}`);
  }
  const { any, tests, unattributed } = callTotals(story, sites);
  const atSites = sites.reduce((sum, { calls }) => sum + calls, 0);
  if (hubs.reduce((sum, { calls }) => sum + calls, 0) !== any || atSites + tests + unattributed !== any) {
    failures.push('the calls of hubs and sites');
  }
  return failures;
}

/** Calls of every kind; `any` is the sum of the others. */
export interface CallTotals {
  readonly any: number;
  readonly authenticated: number;
  readonly tests: number;
  /** Of no site that could be found. */
  readonly unattributed: number;
}

/** Counts the calls of a network. */
export function callTotals(story: NetworkStory, sites: readonly SiteFigures[]): CallTotals {
  const attributed = sites.flatMap(({ counted }) => counted);
  const tests = attributed.filter(({ isTest }) => isTest).length;
  const unattributed = countedStrangers(story).length;
  const any = attributed.length + unattributed;
  return { any, authenticated: attributed.length - tests, tests, unattributed };
}

/** The totals of the processing. */
export function totalsText(report: NetworkReport): string {
  const { analysis, findings, story, sites, clock, silenceMs } = report;
  const { counts, topology } = analysis;
  const transport = analysis.transport();
  const line = (value: number, one: string, several = one): string =>
    `${count(value).padStart(20)} ${value === 1 ? one : several}`;
  const sentence = (text: string): string => `${' '.repeat(21)}${text}`;
  const sum = (of: (site: SiteFigures) => number): number => sites.reduce((total, site) => total + of(site), 0);
  const sent = transport.received + transport.lost;
  const lostShare = sent > 0 ? `${((transport.lost / sent) * 100).toFixed(2)}%` : 'n/a';
  const isFrame = topology.services.every(({ primary }) => primary.label === 'frame');
  const calls = callTotals(story, sites);
  const failures = integrityFailures(report);
  const entry = transport.duplicateEntries === 1 ? 'log entry' : 'log entries';
  return [
    '                       PROCESSING TOTALS',
    `        Log covers from ${clock.long(story.fromMs)} to ${clock.long(story.toMs)}`,
    `          with ${gapsText(analysis.holes.length, silenceMs)} detected.`,
    line(analysis.linesRead, 'log file line examined', 'log file lines examined'),
    line(counts.comment, 'log file comment ignored', 'log file comments ignored'),
    line(counts.message + counts.numbered, 'log file entry analyzed', 'log file entries analyzed'),
    line(counts.unparsed, 'log file line unrecognizable', 'log file lines unrecognizable'),
    ...(sites.length === 0
      ? []
      : [
          line(sites.length, 'location found and included.', 'locations found and included.'),
          line(
            sum(({ inconsistencies }) => inconsistencies),
            'inconsistent state change detected.',
            'inconsistent state changes detected.',
          ),
        ]),
    line(
      transport.duplicates,
      `duplicate of ${count(transport.duplicateEntries)} ${entry} detected.`,
      `duplicates of ${count(transport.duplicateEntries)} ${entry} detected.`,
    ),
    ...(sites.length === 0
      ? []
      : [
          activity(sites, line, sentence),
          line(
            sum(({ failures: number }) => number),
            `${isFrame ? 'frame relay' : 'primary'} drop detected.`,
            `${isFrame ? 'frame relay' : 'primary'} drops detected.`,
          ),
          line(
            sum(({ drops, tries }) => drops + tries),
            'shorter drop or try, not among them.',
            'shorter drops and tries, not among them.',
          ),
          line(
            calls.authenticated,
            'authenticated, non-test ISDN call detected.',
            'authenticated, non-test ISDN calls detected.',
          ),
          line(calls.any, 'ISDN call of any type detected.', 'ISDN calls of any type detected.'),
        ]),
    line(findings.warnings.length + story.warnings.length, 'Security warning issued.', 'Security warnings issued.'),
    line(
      transport.lost,
      `message lost (${lostShare}), ${count(transport.late)} late, ${count(transport.tooLate)} too late.`,
      `messages lost (${lostShare}), ${count(transport.late)} late, ${count(transport.tooLate)} too late.`,
    ),
    line(
      transport.reboots,
      `device reboot, ${plural(analysis.names.unknown.size, 'unknown device')}.`,
      `device reboots, ${plural(analysis.names.unknown.size, 'unknown device')}.`,
    ),
    ...(transport.maxDelayMs >= 1000
      ? [
          sentence(
            `Apparent log reporting delays of at least ${Math.floor(transport.maxDelayMs / 1000)} seconds detected.`,
          ),
        ]
      : []),
    ...(failures.length === 0
      ? [`${' '.repeat(18)}No integrity check failures.`]
      : failures.map((what) => `${' '.repeat(18)}INTEGRITY CHECK FAILED: ${what} do not add up; please report it.`)),
    '',
  ].join('\n');
}

function activity(
  sites: readonly SiteFigures[],
  line: (value: number, one: string, several: string) => string,
  sentence: (text: string) => string,
): string {
  const silent = sites.filter(({ isAssumed }) => isAssumed).map(({ site }) => site);
  if (silent.length === 0) return sentence('All locations had detectable activity.');
  const names = silent.join(' ');
  return line(
    silent.length,
    `location had no detectable activity: ${names}`,
    `locations had no detectable activity: ${names}`,
  );
}
