// The availability report as one page to look at and to print: nothing is fetched, no script runs, and nothing from a log
// stands in it unescaped. What matters comes first; how far it can be trusted comes with it.
import { escapeHtml } from '../../../model/report-text.ts';
import { testResults } from '../inference/backup-tests.ts';
import { eventsSection } from './html-events.ts';
import { pageStyle } from './html-style.ts';
import { stateClasses, stateWords, timelineAxis, timelineBar } from './html-timeline.ts';
import type { TimelineSpan } from './html-timeline.ts';
import type { ServiceStory } from '../inference/network.ts';
import type { ReportLine } from './report-events.ts';
import { notes } from './report-totals.ts';
import type { NetworkReport } from './report-totals.ts';
import { callTime, clueWords, count, duration, percent, plural, shortDuration } from './report-words.ts';
import type { SiteFigures } from './site-figures.ts';
import { serviceState } from '../inference/service-timeline.ts';
import type { StateChange } from '../inference/service-timeline.ts';

/** Availability below these is fair, and bad, percent. */
const fairBelow = 99.9;
const badBelow = 99.5;
interface Row {
  readonly site: SiteFigures;
  readonly story: ServiceStory | undefined;
  readonly longestMs: number;
  readonly longestAtMs: number;
  /** State at the end of the period. */
  readonly last: number;
}

/** The whole page. */
export function htmlPage(report: NetworkReport, lines: readonly ReportLine[]): string {
  const { analysis, story, clock } = report;
  const rows = worstFirst(report);
  const span: TimelineSpan = { fromMs: story.fromMs, toMs: story.toMs, clock, holes: analysis.holes };
  const from = clock.long(story.fromMs);
  const to = clock.long(story.toMs);
  const period = escapeHtml(`${from} to ${to}`);
  const length = Number.isFinite(story.toMs - story.fromMs)
    ? duration(story.toMs - story.fromMs).replace(/ and 0\.0 \w+$/, '')
    : 'n/a';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Network availability, ${period}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>Network availability</h1>
<p class="quiet">${period} (${escapeHtml(length)}), times in ${escapeHtml(analysis.topology.timezone)}</p>
<p class="verdict">${verdict(rows)}</p>
</header>
${tiles(report)}
${rows.length > 0 ? sitesSection(rows, span) : ''}
${testsSection(report)}
${trunksSection(report)}
${trustSection(report)}
${eventsSection(
  rows.map(({ site }) => site.site),
  lines,
  clock,
)}
</body>
</html>
`;
}

/** Rows of the table of sites: most time down first, then most time on the backup. */
function worstFirst({ sites, story }: NetworkReport): readonly Row[] {
  const rows = sites.map((site, index): Row => {
    const service = story.services[index];
    let longestMs = 0;
    let longestAtMs = Number.NaN;
    for (const { state, fromMs, toMs } of service?.timeline.charged ?? []) {
      if (state !== serviceState.down || toMs - fromMs <= longestMs) continue;
      longestMs = toMs - fromMs;
      longestAtMs = fromMs;
    }
    return { site, story: service, longestMs, longestAtMs, last: service?.timeline.charged.at(-1)?.state ?? 0 };
  });
  return rows.sort(
    (one, other) =>
      other.site.downMs - one.site.downMs ||
      other.site.backupMs - one.site.backupMs ||
      (one.site.site < other.site.site ? -1 : 1),
  );
}

function levelOf(available: number): string {
  if (Number.isNaN(available)) return '';
  return available < badBelow ? 'bad' : available < fairBelow ? 'fair' : 'good';
}

/** The page in a sentence or two. */
function verdict(rows: readonly Row[]): string {
  if (rows.length === 0) return 'The topology has no services, so there is no availability to report.';
  if (rows.every(({ site }) => Number.isNaN(site.availabilityPercent))) {
    return 'The log is too short to say anything about availability.';
  }
  const below = rows.filter(({ site }) => site.availabilityPercent < fairBelow);
  const worst = rows[0];
  const down = rows.filter(({ last }) => last === serviceState.down);
  const parts = [
    below.length === 0
      ? `All ${plural(rows.length, 'site')} were reachable ${fairBelow}% of the time or more.`
      : `${below.length} of ${plural(rows.length, 'site')} ${below.length === 1 ? 'was' : 'were'} reachable less than ${fairBelow}% of the time.`,
  ];
  if (worst && worst.site.downMs > 0) {
    parts.push(`The worst was <b>${escapeHtml(worst.site.site)}</b>, down for ${duration(worst.site.downMs)} in all.`);
  }
  if (down.length > 0) {
    const names = down.slice(0, 8).map(({ site }) => escapeHtml(site.site));
    const more = down.length > 8 ? ` and ${down.length - 8} more` : '';
    parts.push(`<span class="bad">Down at the end of the period: ${names.join(', ')}${more}.</span>`);
  }
  return parts.join(' ');
}

function tiles({ analysis, sites }: NetworkReport): string {
  const sum = (of: (site: SiteFigures) => number): number => sites.reduce((total, site) => total + of(site), 0);
  const knownMs = sum(({ totalMs, unknownMs }) => totalMs - unknownMs);
  const upMs = sum(({ upMs: ms }) => ms);
  const backupMs = sum(({ backupMs: ms }) => ms);
  const [passed, failed] = [sum(({ testPass }) => testPass), sum(({ testFail }) => testFail)];
  const { lost, received } = analysis.transport();
  const available = knownMs > 0 ? ((upMs + backupMs) / knownMs) * 100 : Number.NaN;
  const list: (readonly [value: string, name: string, level?: string])[] = [
    [percent(upMs + backupMs, knownMs), 'available, all sites', levelOf(available)],
    [percent(upMs, knownMs), 'on the primary'],
    [shortDuration(sum(({ downMs }) => downMs)), 'down, sum of all sites'],
    [shortDuration(backupMs), 'saved by backups'],
    [count(sum(({ failures }) => failures)), 'failures of primaries'],
    [count(sites.length), sites.length === 1 ? 'site' : 'sites'],
  ];
  if (passed + failed > 0) {
    list.push([`${count(passed)} of ${count(passed + failed)}`, 'backup tests passed', failed > 0 ? 'fair' : 'good']);
  }
  list.push([received + lost > 0 ? `${((lost / (received + lost)) * 100).toFixed(2)}%` : 'n/a', 'messages lost']);
  return `<div class="tiles">
${list.map(([value, name, level = '']) => `<div class="tile"><b class="${level}">${escapeHtml(value)}</b><span>${escapeHtml(name)}</span></div>`).join('\n')}
</div>`;
}

function sitesSection(rows: readonly Row[], span: TimelineSpan): string {
  const key = [...stateClasses.keys()]
    .toReversed()
    .filter((state) => state !== 0 || rows.some(({ site }) => site.unknownMs > 0))
    .map(
      (state) =>
        `<span><i style="background:var(--${stateClasses[state] ?? ''})"></i>${stateWords[state] ?? ''}</span>`,
    );
  if (span.holes.length > 0) key.push('<span><i class="thin"></i>hole in the log</span>');
  return `<h2>Sites, worst first</h2>
<p class="key">${key.join('')}</p>
<table class="sites">
<thead><tr><th>Site</th><th>Available</th><th class="bar">${timelineAxis(span)}</th><th>Down</th><th>On backup</th><th>Failures</th><th>Longest outage</th></tr></thead>
<tbody>
${rows.map((row) => siteRow(row, span)).join('\n')}
</tbody>
</table>
<p class="quiet">Available: on the primary or on the backup. A failure that lasted less than its limit is counted as a drop, not as a failure; its seconds count all the same.</p>`;
}

function siteRow({ site, story, longestMs, longestAtMs, last }: Row, span: TimelineSpan): string {
  const share = percent(site.upMs + site.backupMs, site.totalMs - site.unknownMs);
  const label = `${site.site}: ${share} available, down for ${duration(site.downMs)}, on its backup for ${duration(site.backupMs)}`;
  const remarks = [
    ...(last === serviceState.down
      ? ['down at the end']
      : last === serviceState.backup
        ? ['on backup at the end']
        : []),
    ...(site.isAssumed ? ['nothing was heard of its links'] : []),
    ...(site.drops > 0 ? [plural(site.drops, 'drop')] : []),
    ...(site.tries > 0 ? [plural(site.tries, 'try', 'tries')] : []),
    ...(site.inferred > 0 ? [`${site.inferred} inferred`] : []),
  ];
  const longest =
    longestMs > 0
      ? `${shortDuration(longestMs)}<small>${escapeHtml(span.clock.long(longestAtMs).slice(4, 16))}</small>`
      : '–';
  const time = (ms: number): string => (ms > 0 ? callTime(ms) : '–');
  return `<tr><td>${escapeHtml(site.site)}${remarks.length > 0 ? `<small>${escapeHtml(remarks.join(', '))}</small>` : ''}</td><td class="${levelOf(site.availabilityPercent)}">${share}</td><td class="bar">${timelineBar(story?.timeline.charged ?? [], span, label)}</td><td class="more" data-name="down">${time(site.downMs)}</td><td class="more" data-name="on backup">${time(site.backupMs)}</td><td class="more" data-name="failures">${count(site.failures)}</td><td class="more" data-name="longest">${longest}</td></tr>`;
}

/** One line for each day of tests, with the sites that failed. */
function testsSection({ story, clock }: NetworkReport): string {
  const days = new Map<number, { passed: number; failed: string[] }>();
  for (const service of story.services) {
    for (const { dayLocalMs, isPass, site, reason } of testResults(service, clock, story)) {
      const day = days.get(dayLocalMs) ?? { passed: 0, failed: [] };
      days.set(dayLocalMs, day);
      if (isPass) day.passed++;
      else day.failed.push(`${site} (${reason.replaceAll('-', ' ')})`);
    }
  }
  if (days.size === 0) return '';
  const body = [...days]
    .sort(([one], [other]) => one - other)
    .map(([dayLocalMs, { passed, failed }]) => {
      const date = new Date(dayLocalMs).toUTCString().slice(0, 11);
      const level = failed.length === 0 ? 'good' : 'bad';
      return `<tr><td class="plain">${date}</td><td class="${level}">${passed} of ${passed + failed.length}</td><td class="text">${escapeHtml(failed.join(', '))}</td></tr>`;
    });
  return `<h2>Tests of the dial backups</h2>
<table>
<thead><tr><th>Day</th><th>Passed</th><th class="text">Failed</th></tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>`;
}

function trunksSection({ hubs }: NetworkReport): string {
  if (hubs.length === 0) return '';
  const body = hubs.map(({ hub, maxUp, hits, downMs, calls, callHits, maxCalls }) => {
    const cells = [
      count(maxUp),
      count(hits),
      downMs > 0 ? callTime(downMs) : '–',
      count(calls),
      count(maxCalls),
      count(callHits),
    ];
    return `<tr><td>${escapeHtml(hub)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<h2>Core routers</h2>
<div class="scroll"><table>
<thead><tr><th>Router</th><th>Most circuits up</th><th>Trunk failures</th><th>Trunk down</th><th>Calls</th><th>Most at once</th><th>Call trunk failures</th></tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>`;
}

/** What was inferred and from what, and what the log itself lacks. */
function trustSection(report: NetworkReport): string {
  const { analysis, sites, findings } = report;
  const transport = analysis.transport();
  const changes = report.story.services.flatMap(({ timeline }) => timeline.changes);
  const silent = sites.filter(({ isAssumed }) => isAssumed).map(({ site }) => site);
  const list = [
    `${plural(analysis.linesRead, 'line')} read, ${count(analysis.counts.unparsed)} of them not understood.`,
    `${plural(transport.lost, 'message')} lost on the way, by the numbers that devices give them; ${count(transport.late + transport.tooLate)} came late, ${count(transport.duplicates)} twice.`,
    ...(analysis.holes.length === 0 ? ['The log has no holes.'] : []),
    ...(silent.length > 0
      ? [`No message told anything about ${silent.join(', ')}: taken to have been up all the time.`]
      : []),
    ...(analysis.names.unknown.size > 0
      ? [
          `${plural(analysis.names.unknown.size, 'device')} sent messages but ${analysis.names.unknown.size === 1 ? 'is' : 'are'} not in the topology.`,
        ]
      : []),
    ...(findings.warnings.length > 0
      ? [`${plural(findings.warnings.length, 'call')} from numbers that nobody expects.`]
      : []),
    ...notes(report),
  ];
  return `<h2>How this is known</h2>
${changes.length === 0 ? '' : clueTable(changes)}
<ul>
${list.map((text) => `<li>${escapeHtml(text.charAt(0).toUpperCase() + text.slice(1))}</li>`).join('\n')}
</ul>`;
}

function clueTable(changes: readonly StateChange[]): string {
  const groups = new Map<StateChange['how'], StateChange[]>();
  for (const change of changes) groups.set(change.how, [...(groups.get(change.how) ?? []), change]);
  const body = [...groups]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([how, list]) => {
      const widest = Math.max(...list.map(({ uncertaintyMs }) => uncertaintyMs));
      const within = how === 'reported' ? '–' : widest > 0 ? duration(widest) : 'exact';
      return `<tr><td class="text plain">${escapeHtml(clueWords(how))}</td><td>${count(list.length)}</td><td>${within}</td></tr>`;
    });
  return `<table>
<thead><tr><th>Changes of state</th><th>Number</th><th>Off by at most</th></tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>`;
}
