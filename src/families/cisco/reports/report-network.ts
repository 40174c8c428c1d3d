// The tables of a network's report (cisco 18.3, 18.4): results of backup tests, statistics of hubs and of sites.
import { testResults } from '../inference/backup-tests.ts';
import type { TestResult } from '../inference/backup-tests.ts';
import type { HubFigures } from './hub-figures.ts';
import type { NetworkStory } from '../inference/network.ts';
import type { ReportClock } from './report-words.ts';
import { count, tableTime } from './report-words.ts';
import type { SiteFigures } from './site-figures.ts';
import type { Topology } from '../topology/topology.ts';

const namesPerLine = 10;

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
  return blocks.join('\n');
}

/** Ten names a line; each line can be understood alone. */
function nameLines(head: string, results: readonly TestResult[]): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < results.length; at += namesPerLine) {
    const names = results.slice(at, at + namesPerLine).map(({ site }) => site);
    lines.push(`${head} ${names.join(' ')}`);
  }
  return lines;
}

/** The tables of hubs and of sites. */
export function statisticsText(topology: Topology, hubs: readonly HubFigures[], sites: readonly SiteFigures[]): string {
  const blocks = [
    ...(hubs.length > 0 ? [hubTable(topology, hubs)] : []),
    ...(sites.length > 0 ? [siteTable(topology, sites)] : []),
  ];
  return blocks.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function hubTable({ trunks }: Topology, hubs: readonly HubFigures[]): readonly string[] {
  const isFrameRelay = trunks.every(({ kind }) => kind !== 'ethernet');
  const width = Math.max(10, ...hubs.map(({ hub }) => hub.length));
  const wide = ' '.repeat(width - 10);
  return [
    '                       Statistics for central core routers',
    `  Core    ${wide} ${isFrameRelay ? '_______Frame_Relay_T1_______' : '_______Primary_Trunks_______'}         __________ISDN_PRI__________`,
    ` Router   ${wide} Max up    Hits      Downtime         Calls  Hits  Max    Downtime`,
    ...hubs.map(({ hub, maxUp, hits, downMs, calls, callHits, maxCalls, callDownMs }) =>
      [
        hub.padEnd(width),
        count(maxUp).padStart(7),
        count(hits).padStart(9),
        tableTime(downMs).padStart(14),
        count(calls).padStart(15),
        count(callHits).padStart(6),
        count(maxCalls).padStart(6),
        tableTime(callDownMs).padStart(12),
      ].join(''),
    ),
  ];
}

function siteTable({ services }: Topology, sites: readonly SiteFigures[]): readonly string[] {
  const isFrame = services.every(({ primary }) => primary.label === 'frame');
  const width = Math.max(12, ...sites.map(({ site }) => site.length));
  const wide = ' '.repeat(width - 12);
  return [
    '                    Statistics for remote locations',
    ` Location    ${wide} Log   ${isFrame ? 'Frame' : ' Line'}  ISDN Test     ISDN Statistics                         Disconnected`,
    `             ${wide}Errs?  drops  Pass Fail   calls   idle backup     active backup      time total`,
    ...sites.map((site) =>
      [
        ` ${site.site.padEnd(width)}`,
        count(site.inconsistencies).padStart(4),
        count(site.failures).padStart(7),
        count(site.testPass).padStart(7),
        count(site.testFail).padStart(5),
        count(site.calls).padStart(8),
        tableTime(site.idleMs).padStart(16),
        tableTime(site.activeMs).padStart(18),
        tableTime(site.downMs).padStart(16),
      ].join(''),
    ),
  ];
}
