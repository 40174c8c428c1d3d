// `switchboard cisco network`: all sites (cisco 18.2 to 18.5), as text, for programs, or as a page to print.
import type { CommandCall, CommandSpec } from '../../../model/command.ts';
import { csvLine, jsonText } from '../../../model/report-text.ts';
import { lineJson, lineText } from './command-events.ts';
import { pageOption, reportOptions } from './command-options.ts';
import { filesArgument, finish, iso, printableLines, statusHelp, tell } from './command-parts.ts';
import { hubFigures } from './hub-figures.ts';
import { eventLines } from './report-events.ts';
import type { ReportLine } from './report-events.ts';
import { htmlPage } from './report-html.ts';
import { statisticsText, testText } from './report-network.ts';
import { callTotals, notes, notesText, totalsText } from './report-totals.ts';
import type { NetworkReport } from './report-totals.ts';
import { siteColumns, siteFigures, siteJson, siteRow } from './site-figures.ts';

/** The command. */
export const networkCommand: CommandSpec = {
  name: 'network',
  summary: 'the availability of all sites: events, tests, statistics and totals',
  notes: `Examples:
  switchboard cisco network -t topology.yaml /var/log/cisco.log
  switchboard cisco network -t topology.yaml --html cisco.log > availability.html
  switchboard cisco network -t topology.yaml --csv collector1.log collector2.log
  switchboard cisco network -t topology.yaml --state november.json today.log

--html writes one page that needs nothing else and can be printed. --state lets a job over daily logs say the same as one
run over all of them: each run takes up where the last one ended; a new file begins a new report.

${statusHelp}`,
  argument: filesArgument,
  options: [...reportOptions, pageOption],
  run,
};

async function run(call: CommandCall): Promise<number> {
  const told = await tell(call, false);
  const { plan, analysis, findings, story, clock } = told;
  const sites = siteFigures(story, analysis.topology, clock);
  const hubs = hubFigures(analysis.topology, story, sites);
  const silenceMs = plan.preprocess.silenceMs;
  const report: NetworkReport = { analysis, findings, story, sites, hubs, clock, silenceMs };
  const lines = eventLines(analysis, findings, story, clock);
  switch (plan.format) {
    case 'html':
      return finish(call, told, htmlPage(report, lines));
    case 'csv':
      return finish(call, told, [csvLine(siteColumns), ...sites.map((site) => csvLine(siteRow(site)))].join(''));
    case 'json':
      return finish(call, told, `${jsonText(networkJson(report, lines))}\n`);
    case 'text':
      return finish(call, told, printableLines(networkText(report, lines)));
  }
}

function networkText(report: NetworkReport, lines: readonly ReportLine[]): string {
  const { analysis, story, sites, hubs, clock } = report;
  return [
    lines.map((line) => `${lineText(line, clock)}\n`).join(''),
    testText(story, clock),
    statisticsText(analysis.topology, hubs, sites),
    notesText(report),
    totalsText(report),
  ]
    .filter((block) => block !== '')
    .join('\n');
}

function networkJson(report: NetworkReport, lines: readonly ReportLine[]): Readonly<Record<string, unknown>> {
  const { analysis, findings, story, sites, hubs } = report;
  return {
    from: iso(story.fromMs),
    to: iso(story.toMs),
    sites: sites.map(siteJson),
    hubs: hubs.map(({ hub, maxUp, hits, downMs, calls, callHits, maxCalls, callDownMs }) => ({
      hub,
      trunks: { max_up: maxUp, hits, down_s: downMs / 1000 },
      calls: { count: calls, max: maxCalls, hits: callHits, down_s: callDownMs / 1000 },
    })),
    calls: callTotals(story, sites),
    events: lines.map(lineJson),
    trunks: story.hits.map(({ trunk, fromMs, toMs, openBefore }) => ({
      trunk: trunk.id,
      from: iso(fromMs),
      to: iso(toMs),
      circuits: openBefore,
    })),
    holes: analysis.holes.map(({ fromMs, toMs }) => ({ from: iso(fromMs), to: iso(toMs) })),
    pinned_sources: findings.addresses.pinned().map(({ device, address, fromMs, toMs }) => ({
      device,
      address,
      from: iso(fromMs),
      to: iso(toMs),
    })),
    notes: notes(report),
    lines: analysis.counts,
    transport: analysis.transport(),
  };
}
