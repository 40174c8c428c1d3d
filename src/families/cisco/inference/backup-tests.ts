// Scheduled tests of dial backups (cisco 15.3): the first call of a site in its daily window.
import type { Call } from './calls.ts';
import type { NetworkStory, ServiceStory } from './network.ts';
import type { ReportClock } from '../reports/report-words.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** The result of one window of one service. */
export interface TestResult {
  readonly site: string;
  /** Midnight of the window's first day, local time written as if it were UTC. */
  readonly dayLocalMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly isPass: boolean;
  readonly reason: 'ok' | 'no-call' | 'too-long' | 'primary-down' | 'no-protocol';
  readonly call: Call | undefined;
}

/** What the tests of a service are judged by. */
export type TestedService = Omit<ServiceStory, 'inconsistencies'>;

/** Results of all windows that the log covers whole, in order of time. */
export function testResults(story: TestedService, clock: ReportClock, span: NetworkStory): readonly TestResult[] {
  const { service, calls, primary } = story;
  const window = service.testWindow;
  if (!window || service.backupMode !== 'dial' || !(span.toMs > span.fromMs)) return [];
  const results: TestResult[] = [];
  const offset = (ms: number): number => clock.local(ms).getTime() - ms;
  const firstDay = Math.floor(clock.local(span.fromMs).getTime() / dayMs) - 1;
  const lastDay = Math.floor(clock.local(span.toMs).getTime() / dayMs);
  for (let day = firstDay; day <= lastDay; day++) {
    const toUtc = (localMs: number): number => localMs - offset(localMs - offset(localMs));
    const dayLocalMs = day * dayMs;
    const fromMs = toUtc(dayLocalMs + window.fromMinute * minuteMs);
    const endsNextDay = window.toMinute <= window.fromMinute;
    const toMs = toUtc(dayLocalMs + window.toMinute * minuteMs + (endsNextDay ? dayMs : 0));
    if (fromMs < span.fromMs || toMs > span.toMs) continue;
    const call = calls.find(({ startMs }) => startMs >= fromMs && startMs < toMs);
    const reason = judge(call, primary, window.maxMs, span.toMs);
    results.push({ site: service.site, dayLocalMs, fromMs, toMs, isPass: reason === 'ok', reason, call });
  }
  return results;
}

/** The calls that were tests, passed or failed for want of a protocol. */
export function testCalls(story: TestedService, clock: ReportClock, span: NetworkStory): ReadonlySet<Call> {
  return new Set(
    testResults(story, clock, span).flatMap(({ call, reason }) =>
      call && (reason === 'ok' || reason === 'no-protocol') ? [call] : [],
    ),
  );
}

function judge(
  call: Call | undefined,
  primary: ServiceStory['primary'],
  maxMs: number,
  endMs: number,
): TestResult['reason'] {
  if (!call) return 'no-call';
  let isUp = primary.initial ?? true;
  for (const transition of primary.transitions) {
    if (transition.timeMs > call.startMs) break;
    isUp = transition.isUp;
  }
  if (!isUp) return 'primary-down';
  if ((call.endMs ?? endMs) - call.startMs >= maxMs) return 'too-long';
  return call.protoMs === undefined ? 'no-protocol' : 'ok';
}
