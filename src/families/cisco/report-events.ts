// The lines about what happened (cisco 18.1, 18.2), as data: one list for all forms of output.
import type { Analysis } from './analysis.ts';
import type { Call } from './calls.ts';
import type { NetworkStory, ServiceStory } from './network.ts';
import type { ReportClock } from './report-words.ts';
import { callTime, duration } from './report-words.ts';
import { serviceState } from './service-timeline.ts';
import { testCalls } from './backup-tests.ts';

/** One line of the list of events. */
export interface ReportLine {
  readonly site: string;
  /** `-> DOWN <-`, `- isdn -` and the like. */
  readonly mark: string;
  readonly timeMs: number;
  readonly text: string;
}

/** All lines of a network, in order of time. */
export function eventLines(analysis: Analysis, story: NetworkStory, clock: ReportClock): readonly ReportLine[] {
  const lines: ReportLine[] = [];
  for (const service of story.services) lines.push(...serviceLines(service, story, clock));
  for (const { device, reboot } of analysis.reboots) {
    const told = reboot.fromMs < reboot.toMs ? clock.long(reboot.fromMs) : 'the log began';
    const planned = reboot.isPlanned ? ' (ordered)' : '';
    lines.push({
      site: device.name,
      mark: '** BOOT **',
      timeMs: reboot.toMs,
      text: `${device.name} rebooted some time after ${told}${planned}`,
    });
  }
  return lines.sort((one, other) => one.timeMs - other.timeMs || (one.site < other.site ? -1 : 1));
}

/** The lines of one service. */
export function serviceLines(
  { service, timeline, primary, calls }: ServiceStory,
  story: NetworkStory,
  clock: ReportClock,
): readonly ReportLine[] {
  const lines: ReportLine[] = [];
  const label = service.primary.label;
  const name = label.charAt(0).toUpperCase() + label.slice(1);
  const hub =
    service.primary.ends.find(({ isLocal }) => isLocal)?.devices[0] ?? service.primary.ends[0]?.devices[0] ?? '';
  const backupLabel = service.backup?.label ?? 'backup';
  const push = (mark: string, timeMs: number, text: string): void => {
    lines.push({ site: service.site, mark, timeMs, text });
  };
  let sinceMs = story.fromMs;
  let isFirst = true;
  for (const change of timeline.changes) {
    // The printed length is the difference of the printed times.
    const lasted = duration(seconds(change.timeMs) - seconds(sinceMs));
    const length = isFirst ? `at least ${lasted}` : lasted;
    const call = callAt(calls, change.timeMs);
    const backupHub = call?.hub ?? service.backup?.ends[0]?.devices[0] ?? hub;
    const was = change.previous === serviceState.down ? 'DOWN' : `on ${backupLabel}`;
    const planned = change.isPlanned ? ' (planned)' : '';
    if (change.state === serviceState.up) {
      push(
        change.isHint ? '** UP <-' : '-> UP <-',
        change.timeMs,
        `Up on ${label} to ${hub} after ${was} for ${length}`,
      );
    } else if (change.state === serviceState.backup) {
      const mark = service.backupMode === 'dial' ? 'ISDN' : 'BKUP';
      const text =
        change.previous === serviceState.up
          ? `On ${backupLabel} to ${backupHub} after ${length} on ${label}${planned}`
          : `Up on ${backupLabel} to ${backupHub} after DOWN for ${length}`;
      push(change.isHint ? `** ${mark} <-` : `-> ${mark} <-`, change.timeMs, text);
    } else if (change.previous === serviceState.backup) {
      const text = call
        ? `Dropped ${backupLabel} call to ${backupHub} after ${callTime(change.timeMs - Math.max(sinceMs, call.protoMs ?? sinceMs))}, call lasted ${callTime(call.lastedMs ?? change.timeMs - call.startMs)}`
        : `Lost ${backupLabel} to ${backupHub} after ${length}`;
      push('-> DOWN <-', change.timeMs, text);
    } else push('-> DOWN <-', change.timeMs, `Disconnected after ${length} on ${label} to ${hub}${planned}`);
    sinceMs = change.timeMs;
    isFirst = false;
  }
  for (const { kind, fromMs, toMs } of timeline.blips) {
    const word = kind === 'drop' ? 'dropped' : 'tried';
    push(
      kind === 'drop' ? '-  drop  -' : '-  try   -',
      fromMs,
      `${name} ${word} for ${duration(seconds(toMs) - seconds(fromMs))}`,
    );
  }
  for (const { timeMs, kind, sinceMs: ago, device } of primary.inconsistencies) {
    const state = kind === 'already_up' ? 'up' : 'down';
    const after = Number.isFinite(ago) ? ` ${duration(ago)} after` : '';
    push('- ERR! -', timeMs, `${name} ${state} to ${device}${after} already ${state}`);
  }
  const tests = testCalls({ service, timeline, primary, calls, backup: undefined }, clock, story);
  for (const call of calls)
    if (!tests.has(call)) lines.push(...idleLine(service.site, call, primary, backupLabel, story));
  return lines;
}

/** A call that ended while the primary was usable. */
function idleLine(
  site: string,
  call: Call,
  primary: ServiceStory['primary'],
  label: string,
  story: NetworkStory,
): readonly ReportLine[] {
  const { endMs } = call;
  if (endMs === undefined || endMs > story.toMs) return [];
  let isUp = primary.initial ?? true;
  let backMs = Number.NEGATIVE_INFINITY;
  for (const transition of primary.transitions) {
    if (transition.timeMs > endMs) break;
    isUp = transition.isUp;
    backMs = transition.timeMs;
  }
  if (!isUp) return [];
  const since = Math.max(call.protoMs ?? call.startMs, backMs);
  const text = `Idle ${label} call to ${call.hub} dropped after ${callTime(endMs - since)}, call lasted ${callTime(call.lastedMs ?? endMs - call.startMs)}`;
  return [{ site, mark: '- isdn -', timeMs: endMs, text }];
}

/** The call that was open at, or ended at, a moment. */
function callAt(calls: readonly Call[], timeMs: number): Call | undefined {
  return calls.findLast(({ startMs, endMs }) => startMs <= timeMs && (endMs === undefined || endMs >= timeMs - 1000));
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
