// The report of a network (cisco 18.3 to 18.5): test results, statistics of hubs and sites, processing totals.
import type { Analysis } from './analysis.ts';
import { testCalls, testResults } from './backup-tests.ts';
import type { TestResult } from './backup-tests.ts';
import type { NetworkStory, ServiceStory } from './network.ts';
import type { ReportClock } from './report-words.ts';
import { count, percentNumber, tableTime } from './report-words.ts';
import { totals } from './service-timeline.ts';
import type { StateTotals } from './service-timeline.ts';

/** Figures of one site. */
export interface SiteFigures extends StateTotals {
  readonly id: string;
  readonly site: string;
  readonly upPercent: number;
  readonly availabilityPercent: number;
  readonly failures: number;
  readonly drops: number;
  readonly tries: number;
  readonly flaps: number;
  readonly inconsistencies: number;
  readonly testPass: number;
  readonly testFail: number;
  /** Calls that were no tests. */
  readonly calls: number;
  readonly idleMs: number;
  readonly activeMs: number;
  /** Nothing at all was heard of it. */
  readonly isAssumed: boolean;
}

/** The figures of every site, in the order of the topology. */
export function siteFigures(story: NetworkStory, clock: ReportClock): readonly SiteFigures[] {
  return story.services.map((service) => figuresOf(service, story, clock));
}

function figuresOf(service: ServiceStory, story: NetworkStory, clock: ReportClock): SiteFigures {
  const { timeline, primary, calls } = service;
  const sums = totals(timeline.charged, story.fromMs, story.toMs);
  const known = sums.totalMs - sums.unknownMs;
  const tests = testResults(service, clock, story);
  const isTest = testCalls(service, clock, story);
  const real = calls.filter((call) => !isTest.has(call));
  let idleMs = 0;
  let activeMs = 0;
  for (const call of real) {
    const from = Math.max(story.fromMs, call.protoMs ?? call.startMs);
    const to = Math.min(story.toMs, call.endMs ?? story.toMs);
    const whole = Math.max(0, to - from);
    const downMs = timeDown(primary, from, to);
    activeMs += Math.min(whole, downMs);
    idleMs += Math.max(0, whole - downMs);
  }
  return {
    ...sums,
    id: service.service.id,
    site: service.service.site,
    upPercent: percentNumber(sums.upMs, known),
    availabilityPercent: percentNumber(sums.upMs + sums.backupMs, known),
    failures: timeline.failures,
    drops: timeline.blips.filter(({ kind }) => kind === 'drop').length,
    tries: timeline.blips.filter(({ kind }) => kind === 'try').length,
    flaps: timeline.flaps,
    inconsistencies: primary.inconsistencies.length,
    testPass: tests.filter(({ isPass }) => isPass).length,
    testFail: tests.filter(({ isPass }) => !isPass).length,
    calls: real.length,
    idleMs,
    activeMs,
    isAssumed: timeline.isAssumed,
  };
}

/** How long the primary was away between two moments. */
function timeDown({ initial, transitions }: ServiceStory['primary'], fromMs: number, toMs: number): number {
  let isUp = initial ?? true;
  let sinceMs = fromMs;
  let sum = 0;
  for (const transition of transitions) {
    const at = Math.min(toMs, Math.max(fromMs, transition.timeMs));
    if (!isUp) sum += at - sinceMs;
    isUp = transition.isUp;
    sinceMs = at;
  }
  return isUp ? sum : sum + Math.max(0, toMs - sinceMs);
}

/** The blocks of test results, one for each day. */
export function testText(story: NetworkStory, clock: ReportClock): string {
  const days = new Map<number, TestResult[]>();
  for (const service of story.services) {
    for (const result of testResults(service, clock, story)) {
      days.set(result.dayLocalMs, [...(days.get(result.dayLocalMs) ?? []), result]);
    }
  }
  const blocks = [...days]
    .sort(([one], [other]) => one - other)
    .map(([dayLocalMs, results]) => {
      const date = new Date(dayLocalMs);
      const day = `${date.toUTCString().slice(8, 11)} ${date.toUTCString().slice(5, 7)}`;
      const passed = results.filter(({ isPass }) => isPass);
      const failed = results.filter(({ isPass }) => !isPass);
      return [
        `===== Results of ISDN Testing for ${day}, ${date.getUTCFullYear()} =====`,
        'Locations Passing:',
        ...nameLines(`Pass ${day}:`, passed),
        'Detected Failures:',
        ...nameLines(`Fail ${day}:`, failed),
        `For a total of ${passed.length} passing and ${failed.length} failing`,
        '',
      ].join('\n');
    });
  return blocks.length === 0 ? '' : `${blocks.join('\n')}\n`;
}

/** Ten names a line; each line can be understood alone. */
function nameLines(head: string, results: readonly TestResult[]): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < results.length; at += 10) {
    const names = results.slice(at, at + 10).map(({ site }) => site);
    lines.push(`${head} ${names.join(' ')}`);
  }
  return lines;
}

/** The tables of hubs and of sites. */
export function statisticsText(analysis: Analysis, story: NetworkStory, sites: readonly SiteFigures[]): string {
  const hubs = [...new Set(analysis.topology.trunks.map(({ device }) => device))];
  const hubLines = hubs.map((hub) => {
    const of = (isCalls: boolean): { hits: number; downMs: number } => {
      const hits = story.hits.filter(({ trunk }) => trunk.device === hub && (trunk.kind === 'isdn-pri') === isCalls);
      return { hits: hits.length, downMs: hits.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) };
    };
    const lines = analysis.topology.links.filter((link) =>
      analysis.topology.trunks.some(
        ({ id, device, kind }) => id === link.trunk && device === hub && kind !== 'isdn-pri',
      ),
    );
    const views = analysis.network.views.get(hub) ?? [];
    const [circuits, dialled] = [of(false), of(true)];
    return [
      hub.padEnd(10),
      String(lines.length).padStart(11),
      String(circuits.hits).padStart(9),
      tableTime(circuits.downMs).padStart(14),
      count(views.length).padStart(14),
      String(dialled.hits).padStart(6),
      String(mostAtOnce(views)).padStart(6),
      tableTime(dialled.downMs).padStart(12),
    ].join('');
  });
  const siteLines = sites.map((site) =>
    [
      ` ${site.site.padEnd(12)}`,
      String(site.inconsistencies).padStart(5),
      String(site.failures).padStart(8),
      String(site.testPass).padStart(6),
      String(site.testFail).padStart(5),
      String(site.calls).padStart(8),
      tableTime(site.idleMs).padStart(14),
      tableTime(site.activeMs).padStart(18),
      tableTime(site.downMs).padStart(16),
    ].join(''),
  );
  const hubBlock =
    hubs.length === 0
      ? []
      : [
          '                       Statistics for central core routers',
          '  Core     _______Frame_Relay_T1_______         __________ISDN_PRI__________',
          ' Router    Max up    Hits      Downtime         Calls  Hits  Max    Downtime',
          ...hubLines,
          '',
        ];
  const siteBlock =
    sites.length === 0
      ? []
      : [
          '                    Statistics for remote locations',
          ' Location     Log   Frame  ISDN Test     ISDN Statistics                         Disconnected',
          '             Errs?  drops  Pass Fail   calls   idle backup     active backup      time total',
          ...siteLines,
          '',
        ];
  return [...hubBlock, ...siteBlock].join('\n');
}

/** The most calls that were open at one moment. */
function mostAtOnce(views: readonly { readonly startMs: number; readonly endMs: number }[]): number {
  const steps = views.flatMap(({ startMs, endMs }) => [
    { at: startMs, by: 1 },
    ...(Number.isNaN(endMs) ? [] : [{ at: endMs, by: -1 }]),
  ]);
  steps.sort((one, other) => one.at - other.at || one.by - other.by);
  let open = 0;
  let most = 0;
  for (const { by } of steps) {
    open += by;
    most = Math.max(most, open);
  }
  return most;
}

/** The totals of the processing. */
export function totalsText(
  analysis: Analysis,
  story: NetworkStory,
  sites: readonly SiteFigures[],
  clock: ReportClock,
  warnings: number,
  silenceMs: number,
): string {
  const transport = analysis.transport();
  const { counts } = analysis;
  const silent = sites.filter(({ isAssumed }) => isAssumed).map(({ site }) => site);
  const line = (value: number, text: string): string => `${count(value).padStart(20)} ${text}`;
  const sum = (of: (site: SiteFigures) => number): number => sites.reduce((total, site) => total + of(site), 0);
  const sent = transport.received + transport.lost;
  const lostShare = sent > 0 ? `${((transport.lost / sent) * 100).toFixed(2)}%` : 'n/a';
  const allCalls = [...analysis.network.views.values()].flat().filter(({ isLocal }) => isLocal).length;
  const label = analysis.topology.services[0]?.primary.label ?? 'primary';
  const availability =
    sites.length === 0
      ? []
      : [
          line(sites.length, 'locations found and included.'),
          line(
            sum(({ inconsistencies }) => inconsistencies),
            'inconsistent state changes detected.',
          ),
        ];
  const activity =
    sites.length === 0
      ? []
      : [
          silent.length === 0
            ? `${' '.repeat(21)}All locations had detectable activity.`
            : line(
                silent.length,
                `${silent.length === 1 ? 'location' : 'locations'} had no detectable activity: ${silent.join(' ')}`,
              ),
          line(
            sum(({ flaps }) => flaps),
            `${label === 'frame' ? 'frame relay' : 'primary'} drops detected.`,
          ),
          line(
            sum(({ calls }) => calls),
            'authenticated, non-test ISDN calls detected.',
          ),
          line(allCalls, 'ISDN calls of any type detected.'),
        ];
  return [
    '                       PROCESSING TOTALS',
    `        Log covers from ${clock.long(story.fromMs)} to ${clock.long(story.toMs)}`,
    `          with ${analysis.holes.length} gaps of ${Math.round(silenceMs / 60_000)} minutes or longer detected.`,
    line(analysis.linesRead, 'log file lines examined'),
    line(counts.comment, 'log file comments ignored'),
    line(counts.message + counts.numbered, 'log file entries analyzed'),
    line(counts.unparsed, 'log file lines unrecognizable'),
    ...availability,
    line(transport.duplicates, `duplicates of ${count(transport.duplicateEntries)} log entries detected.`),
    ...activity,
    line(warnings, 'Security warnings issued.'),
    line(
      transport.lost,
      `messages lost (${lostShare}), ${count(transport.late)} late, ${count(transport.tooLate)} too late.`,
    ),
    line(transport.reboots, `device reboots, ${count(analysis.names.unknown.size)} unknown devices.`),
    ...(transport.maxDelayMs >= 1000
      ? [
          `${' '.repeat(21)}Apparent log reporting delays of at least ${Math.floor(transport.maxDelayMs / 1000)} seconds detected.`,
        ]
      : []),
    sites.every((site) => site.upMs + site.backupMs + site.downMs + site.unknownMs === site.totalMs)
      ? `${' '.repeat(21)}No integrity check failures.`
      : `${' '.repeat(21)}INTEGRITY CHECK FAILED: the seconds of some locations do not add up.`,
    '',
  ].join('\n');
}

/** A site's figures for programs: seconds with three decimals at most. */
export function siteJson(site: SiteFigures): Readonly<Record<string, unknown>> {
  const percentOf = (value: number): number | null => (Number.isNaN(value) ? null : value);
  return {
    id: site.id,
    site: site.site,
    total_s: site.totalMs / 1000,
    up_s: site.upMs / 1000,
    backup_s: site.backupMs / 1000,
    down_s: site.downMs / 1000,
    unknown_s: site.unknownMs / 1000,
    up_percent: percentOf(site.upPercent),
    availability_percent: percentOf(site.availabilityPercent),
    failures: site.failures,
    drops: site.drops,
    tries: site.tries,
    flaps: site.flaps,
    inconsistencies: site.inconsistencies,
    tests: { pass: site.testPass, fail: site.testFail },
    calls: site.calls,
    idle_s: site.idleMs / 1000,
    active_s: site.activeMs / 1000,
    assumed: site.isAssumed,
  };
}
