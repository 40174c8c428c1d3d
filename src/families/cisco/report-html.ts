// The availability report as one printable page: nothing is fetched, nothing from a log stands in it unescaped.
import type { Analysis } from './analysis.ts';
import type { NetworkStory, ServiceStory } from './network.ts';
import type { ReportLine } from './report-events.ts';
import type { SiteFigures } from './report-network.ts';
import type { ReportClock } from './report-words.ts';
import { callTime, count, duration, percent } from './report-words.ts';
import { printable } from '../../model/errors.ts';
import { serviceState } from './service-timeline.ts';

/** Text for a page. */
export function escapeHtml(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const stateClasses = ['unknown', 'down', 'backup', 'up'] as const;
const stateNames = ['unknown', 'down', 'on backup', 'up'] as const;
const barWidth = 1000;
/** Nothing that lasted is narrower, so that short outages can be seen. */
const leastWidth = 1.5;

const style = `
:root { --up: #2e8b57; --backup: #e0a100; --down: #c62828; --unknown: #9e9e9e; --ink: #1b1f24; --line: #d8dee4; }
* { box-sizing: border-box; }
body { font: 14px/1.5 system-ui, sans-serif; color: var(--ink); margin: 0 auto; padding: 2rem; max-width: 70rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
p.period { margin: 0 0 1rem; color: #57606a; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; }
.tile { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem; min-width: 9rem; }
.tile b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
th:first-child, td:first-child, td.text, th.text { text-align: left; }
tr { break-inside: avoid; }
svg { display: block; width: 100%; height: 1.1rem; background: #eef1f4; }
.up { fill: var(--up); } .backup { fill: var(--backup); } .down { fill: var(--down); } .unknown { fill: var(--unknown); }
.key span { display: inline-block; margin-right: 1rem; }
.key i { display: inline-block; width: .8rem; height: .8rem; margin-right: .3rem; vertical-align: -1px; }
td.line { width: 60%; }
td.low { color: var(--down); font-weight: 600; }
@media print { body { padding: 0; max-width: none; font-size: 11px; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;

/** What the page is made of. */
export interface PageContent {
  readonly analysis: Analysis;
  readonly story: NetworkStory;
  readonly sites: readonly SiteFigures[];
  readonly lines: readonly ReportLine[];
  readonly clock: ReportClock;
}

/** The whole page. */
export function htmlPage({ analysis, story, sites, lines, clock }: PageContent): string {
  const worst = sites
    .map((site, index) => ({ site, service: story.services[index] }))
    .sort((one, other) => other.site.downMs - one.site.downMs || other.site.backupMs - one.site.backupMs);
  const sum = (of: (site: SiteFigures) => number): number => sites.reduce((total, site) => total + of(site), 0);
  const known = sum(({ totalMs, unknownMs }) => totalMs - unknownMs);
  const transport = analysis.transport();
  const tiles: readonly (readonly [string, string])[] = [
    [
      'availability',
      percent(
        sum(({ upMs, backupMs }) => upMs + backupMs),
        known,
      ),
    ],
    [
      'on the primary',
      percent(
        sum(({ upMs }) => upMs),
        known,
      ),
    ],
    ['sites', count(sites.length)],
    ['failures of the primary', count(sum(({ failures }) => failures))],
    ['time down, all sites', duration(sum(({ downMs }) => downMs))],
    ['messages lost', percent(transport.lost, transport.received + transport.lost)],
  ];
  const from = escapeHtml(clock.long(story.fromMs));
  const to = escapeHtml(clock.long(story.toMs));
  const zone = escapeHtml(analysis.topology.timezone);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Network availability, ${from} to ${to}</title>
<style>${style}</style>
</head>
<body>
<h1>Network availability</h1>
<p class="period">${from} to ${to}, ${zone}</p>
<div class="tiles">
${tiles.map(([name, value]) => `<div class="tile"><b>${escapeHtml(value)}</b>${escapeHtml(name)}</div>`).join('\n')}
</div>
<h2>Sites over time, worst first</h2>
<p class="key">${stateClasses
    .map((name, state) => `<span><i style="background: var(--${name})"></i>${stateNames[state] ?? ''}</span>`)
    .join('')}</p>
<table>
<thead><tr><th>Site</th><th class="text">${from} … ${to}</th><th>Availability</th></tr></thead>
<tbody>
${worst.map(({ site, service }) => timelineRow(site, service, story)).join('\n')}
</tbody>
</table>
<h2>Figures</h2>
<table>
<thead><tr><th>Site</th><th>Up</th><th>On backup</th><th>Down</th><th>Availability</th><th>Failures</th><th>Drops</th><th>Tries</th><th>Calls</th><th>Tests passed</th><th>Inferred</th></tr></thead>
<tbody>
${worst.map(({ site }) => figuresRow(site)).join('\n')}
</tbody>
</table>
<h2>Events</h2>
<table>
<thead><tr><th>Time</th><th class="text">Site</th><th class="text">State</th><th class="text">What happened</th></tr></thead>
<tbody>
${lines
  .map(
    ({ timeMs, site, mark, text }) =>
      `<tr><td>${escapeHtml(clock.long(timeMs))}</td><td class="text">${escapeHtml(site)}</td><td class="text">${escapeHtml(mark)}</td><td class="text">${escapeHtml(text)}</td></tr>`,
  )
  .join('\n')}
</tbody>
</table>
</body>
</html>
`;
}

function timelineRow(site: SiteFigures, service: ServiceStory | undefined, { fromMs, toMs }: NetworkStory): string {
  const scale = barWidth / Math.max(1, toMs - fromMs);
  // The worse states are drawn last, so that a thin one is not covered.
  const rects = [...(service?.timeline.charged ?? [])]
    .sort((one, other) => other.state - one.state)
    .map((interval) => {
      const x = (interval.fromMs - fromMs) * scale;
      const width = Math.max(leastWidth, (interval.toMs - interval.fromMs) * scale);
      const isUnknown = interval.state === serviceState.unknown;
      const name = isUnknown ? 'unknown' : stateClasses[interval.state];
      return `<rect class="${name}" x="${x.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="20"/>`;
    })
    .join('');
  const known = site.totalMs - site.unknownMs;
  const share = percent(site.upMs + site.backupMs, known);
  const low = site.availabilityPercent < 99.5 ? ' class="low"' : '';
  return `<tr><td>${escapeHtml(site.site)}</td><td class="line"><svg viewBox="0 0 ${barWidth} 20" preserveAspectRatio="none" role="img" aria-label="${escapeHtml(site.site)}: ${share} available">${rects}</svg></td><td${low}>${share}</td></tr>`;
}

function figuresRow(site: SiteFigures): string {
  const tests = site.testPass + site.testFail === 0 ? '–' : `${site.testPass} of ${site.testPass + site.testFail}`;
  const cells = [
    percent(site.upMs, site.totalMs - site.unknownMs),
    callTime(site.backupMs),
    callTime(site.downMs),
    percent(site.upMs + site.backupMs, site.totalMs - site.unknownMs),
    site.failures,
    site.drops,
    site.tries,
    site.calls,
    tests,
    site.inconsistencies,
  ];
  return `<tr><td>${escapeHtml(site.site)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}
