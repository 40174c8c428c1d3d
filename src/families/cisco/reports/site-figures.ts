// The figures of every site (cisco 17, 18.4): seconds in each state, failures, calls, tests; for tables and for programs.
import { testResults } from '../inference/backup-tests.ts';
import { countedCalls, idlePeriodMs } from './counted-calls.ts';
import type { CountedCall } from './counted-calls.ts';
import type { NetworkStory, ServiceStory } from '../inference/network.ts';
import type { ReportClock } from './report-words.ts';
import { percentNumber } from './report-words.ts';
import { totals } from '../inference/service-timeline.ts';
import type { StateTotals } from '../inference/service-timeline.ts';
import type { Topology } from '../topology/topology.ts';

/** Figures of one site. */
export interface SiteFigures extends StateTotals {
  readonly id: string;
  readonly site: string;
  /** NaN when the log has no length. */
  readonly upPercent: number;
  readonly availabilityPercent: number;
  readonly failures: number;
  readonly drops: number;
  readonly tries: number;
  readonly flaps: number;
  /** Changes of state that nobody reported. */
  readonly inferred: number;
  readonly inconsistencies: number;
  readonly testPass: number;
  readonly testFail: number;
  /** Calls that were no tests. */
  readonly calls: number;
  readonly idleMs: number;
  readonly activeMs: number;
  /** At which its idle calls recur; undefined when they do not. */
  readonly idlePeriodMs: number | undefined;
  /** Nothing at all was heard of it. */
  readonly isAssumed: boolean;
  /** All calls, tests too. */
  readonly counted: readonly CountedCall[];
}

/** The figures of every site, in the order of the topology. */
export function siteFigures(story: NetworkStory, topology: Topology, clock: ReportClock): readonly SiteFigures[] {
  return story.services.map((service) => figuresOf(service, story, topology, clock));
}

function figuresOf(service: ServiceStory, story: NetworkStory, topology: Topology, clock: ReportClock): SiteFigures {
  const { timeline } = service;
  const sums = totals(timeline.charged, story.fromMs, story.toMs);
  const known = sums.totalMs - sums.unknownMs;
  const tests = testResults(service, clock, story);
  const counted = countedCalls(service, story, topology, clock);
  const real = counted.filter(({ isTest }) => !isTest);
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
    inferred: timeline.changes.filter(({ strength }) => strength < 2).length,
    inconsistencies: service.inconsistencies.filter(({ timeMs }) => timeMs >= story.fromMs && timeMs <= story.toMs)
      .length,
    testPass: tests.filter(({ isPass }) => isPass).length,
    testFail: tests.filter(({ isPass }) => !isPass).length,
    calls: real.length,
    idleMs: real.reduce((sum, { idleMs }) => sum + idleMs, 0),
    activeMs: real.reduce((sum, { activeMs }) => sum + activeMs, 0),
    idlePeriodMs: idlePeriodMs(counted),
    isAssumed: timeline.isAssumed,
    counted,
  };
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
    inferred: site.inferred,
    inconsistencies: site.inconsistencies,
    tests: { pass: site.testPass, fail: site.testFail },
    calls: site.calls,
    idle_s: site.idleMs / 1000,
    active_s: site.activeMs / 1000,
    idle_period_s: site.idlePeriodMs === undefined ? null : site.idlePeriodMs / 1000,
    assumed: site.isAssumed,
  };
}

/** Names of the columns of CSV, and how each is read. */
const columns: readonly (readonly [string, (site: SiteFigures) => number])[] = [
  ['total_s', ({ totalMs }) => totalMs / 1000],
  ['up_s', ({ upMs }) => upMs / 1000],
  ['backup_s', ({ backupMs }) => backupMs / 1000],
  ['down_s', ({ downMs }) => downMs / 1000],
  ['unknown_s', ({ unknownMs }) => unknownMs / 1000],
  ['up_percent', ({ upPercent }) => upPercent],
  ['availability_percent', ({ availabilityPercent }) => availabilityPercent],
  ['failures', ({ failures }) => failures],
  ['drops', ({ drops }) => drops],
  ['tries', ({ tries }) => tries],
  ['flaps', ({ flaps }) => flaps],
  ['inferred', ({ inferred }) => inferred],
  ['inconsistencies', ({ inconsistencies }) => inconsistencies],
  ['test_pass', ({ testPass }) => testPass],
  ['test_fail', ({ testFail }) => testFail],
  ['calls', ({ calls }) => calls],
  ['idle_s', ({ idleMs }) => idleMs / 1000],
  ['active_s', ({ activeMs }) => activeMs / 1000],
];

/** The head of the table for programs. */
export const siteColumns: readonly string[] = ['site', ...columns.map(([name]) => name)];

/** A row of it; an empty cell stands for what cannot be said. */
export function siteRow(site: SiteFigures): readonly (string | number)[] {
  return [
    site.site,
    ...columns.map(([, of]) => {
      const value = of(site);
      return Number.isNaN(value) ? '' : value;
    }),
  ];
}
