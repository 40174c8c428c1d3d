// The lines about what happened in a network (cisco 18.2), as data: one list for all forms of output.
import type { Analysis } from './analysis.ts';
import { countedCalls } from './counted-calls.ts';
import type { CountedCall } from './counted-calls.ts';
import type { Findings } from './findings.ts';
import type { NetworkStory, ServiceStory } from '../inference/network.ts';
import type { ReportClock } from './report-words.ts';
import { callTime, duration, inference, wholeSeconds } from './report-words.ts';
import { serviceState } from '../inference/service-timeline.ts';
import type { StateChange } from '../inference/service-timeline.ts';

/** One line of the list of events. */
export interface ReportLine {
  readonly site: string;
  /** `-> DOWN <-`, `- isdn -` and the like. */
  readonly mark: string;
  readonly timeMs: number;
  readonly text: string;
}

/** Stretches of time without any line from anybody. */
export type Holes = readonly { readonly fromMs: number; readonly toMs: number }[];

/** All lines of a network, in order of time; those of one moment by site. */
export function eventLines(
  analysis: Analysis,
  findings: Findings,
  story: NetworkStory,
  clock: ReportClock,
): readonly ReportLine[] {
  const { topology, holes } = analysis;
  const lines: ReportLine[] = [];
  const sites = new Map<string, string>();
  for (const service of story.services) {
    const { device, site } = service.service;
    if (device !== undefined) sites.set(device, site);
    lines.push(...serviceLines(service, countedCalls(service, story, topology, clock), story, holes));
  }
  for (const { device, reboot } of analysis.reboots) {
    const told = reboot.fromMs < reboot.toMs ? clock.long(reboot.fromMs) : 'the log began';
    const planned = reboot.isPlanned ? ' (ordered)' : '';
    lines.push({
      site: sites.get(device.name) ?? device.name,
      mark: '** BOOT **',
      timeMs: reboot.toMs,
      text: `${device.name} rebooted some time after ${told}${planned}`,
    });
  }
  for (const { device, timeMs, isUp, text } of findings.changes) {
    lines.push({ site: device, mark: isUp ? '-> UP <-' : '-> DOWN <-', timeMs, text });
  }
  for (const { site, timeMs, number } of findings.warnings) {
    lines.push({ site, mark: '* WARNING*', timeMs, text: `ISDN call to remote from ${callerOf(number)}` });
  }
  for (const { site, timeMs, number } of story.warnings) {
    lines.push({ site, mark: '* WARNING*', timeMs, text: `ISDN call to hub from ${callerOf(number)}` });
  }
  return lines
    .filter(({ timeMs }) => timeMs >= story.fromMs && timeMs <= story.toMs)
    .sort((one, other) => one.timeMs - other.timeMs || (one.site < other.site ? -1 : one.site > other.site ? 1 : 0));
}

/** The lines of one service. */
export function serviceLines(
  { service, timeline, primary, inconsistencies }: ServiceStory,
  calls: readonly CountedCall[],
  story: NetworkStory,
  holes: Holes,
): readonly ReportLine[] {
  const lines: ReportLine[] = [];
  const { label } = service.primary;
  const name = label.charAt(0).toUpperCase() + label.slice(1);
  const hubEnd = service.primary.ends.find(({ isLocal }) => isLocal) ?? service.primary.ends[0];
  const backupLabel = service.backup?.label ?? 'backup';
  const push = (mark: string, timeMs: number, text: string): void => {
    lines.push({ site: service.site, mark, timeMs, text });
  };
  let sinceMs = story.fromMs;
  let isFirst = true;
  for (const change of timeline.changes) {
    // The printed length is the difference of the printed times.
    const lasted = duration(between(sinceMs, change.timeMs));
    const length = isFirst ? `at least ${lasted}` : lasted;
    const hub = hubEnd?.devices.find((device) => device === change.device) ?? hubEnd?.devices[0] ?? '';
    const counted = callAt(calls, change.timeMs);
    const backupHub = counted?.hub ?? service.backup?.ends[0]?.devices[0] ?? hub;
    const was = change.previous === serviceState.down ? 'DOWN' : `on ${backupLabel}`;
    // An outage that goes on through a hole may have had an end in it; a link that was up is only less sure.
    const hole = change.previous === serviceState.up ? '' : inHole(holes, sinceMs, change.timeMs);
    const more = `${causes(change)}${hole}`;
    if (change.state === serviceState.up) {
      const mark = change.isHint ? '** UP <-' : '-> UP <-';
      push(mark, change.timeMs, `Up on ${label} to ${hub} after ${was} for ${length}${more}`);
    } else if (change.state === serviceState.backup) {
      const mark = service.backupMode === 'dial' ? 'ISDN' : 'BKUP';
      const text =
        change.previous === serviceState.up
          ? `On ${backupLabel} to ${backupHub} after ${length} on ${label} to ${hub}`
          : `Up on ${backupLabel} to ${backupHub} after DOWN for ${length}`;
      push(change.isHint ? `** ${mark} <-` : `-> ${mark} <-`, change.timeMs, `${text}${more}`);
    } else if (change.previous === serviceState.backup && counted) {
      const { call } = counted;
      const after = callTime(between(Math.max(sinceMs, call.protoMs ?? sinceMs), change.timeMs));
      const whole = callTime(call.lastedMs ?? between(call.startMs, change.timeMs));
      push(
        '-> DOWN <-',
        change.timeMs,
        `Dropped ${backupLabel} call to ${backupHub} after ${after}, call lasted ${whole}`,
      );
    } else {
      const text =
        change.previous === serviceState.backup
          ? `Lost ${backupLabel} to ${backupHub} after ${length}`
          : `Disconnected after ${length} on ${label} to ${hub}`;
      push('-> DOWN <-', change.timeMs, `${text}${more}`);
    }
    sinceMs = change.timeMs;
    isFirst = false;
  }
  for (const { kind, fromMs, toMs } of timeline.blips) {
    const word = kind === 'drop' ? 'dropped' : 'tried';
    push(`-  ${kind}${kind === 'try' ? ' ' : ''}  -`, fromMs, `${name} ${word} for ${duration(between(fromMs, toMs))}`);
  }
  for (const { timeMs, kind, sinceMs: ago, device } of primary.inconsistencies) {
    const state = kind === 'already_up' ? 'up' : 'down';
    const after = Number.isFinite(ago) ? ` ${duration(between(timeMs - ago, timeMs))} after` : '';
    push('- ERR! -', timeMs, `${name} ${state} to ${device}${after} already ${state}`);
  }
  for (const { timeMs, kind } of inconsistencies) {
    if (kind === 'call_duration') {
      push('- ERR! -', timeMs, `${backupLabel} call lasted longer or shorter than its own record says`);
    } else if (kind === 'correction_refused') {
      push('- ERR! -', timeMs, 'A report came too late to correct what was before it');
    }
  }
  for (const { call, hub, isTest, idleSinceMs } of calls) {
    if (isTest || idleSinceMs === undefined || call.endMs === undefined) continue;
    const after = callTime(between(idleSinceMs, call.endMs));
    const whole = callTime(call.lastedMs ?? between(call.startMs, call.endMs));
    push('- isdn -', call.endMs, `Idle ${backupLabel} call to ${hub} dropped after ${after}, call lasted ${whole}`);
  }
  return lines;
}

function callerOf(number: string): string {
  return number === '' ? 'unknown' : number;
}

/** What a reader should know of a change beside the change: how it is known, and why it was. */
function causes(change: StateChange): string {
  const planned = change.isPlanned ? ' (planned)' : '';
  const fate = change.state === serviceState.up ? 'came back' : 'failed';
  if (change.code === 'trunk') return ` (its trunk at ${change.device} ${fate})${planned}`;
  const boot = change.state === serviceState.up ? 'is back from its reboot' : 'rebooted';
  if (change.code === 'reboot') return ` (${change.device} ${boot})${planned}`;
  // A hint has a mark of its own.
  if (change.isHint || change.strength >= 2) return planned;
  return ` (${inference(change)})${planned}`;
}

/** How much of a stretch of time lies in holes of the log. */
function inHole(holes: Holes, fromMs: number, toMs: number): string {
  const within = holes.reduce(
    (sum, hole) => sum + Math.max(0, Math.min(toMs, hole.toMs) - Math.max(fromMs, hole.fromMs)),
    0,
  );
  return within >= 1000 ? ` (${duration(within)} of it in a hole of the log)` : '';
}

/** The call that was open at, or ended at, a moment. */
function callAt(calls: readonly CountedCall[], timeMs: number): CountedCall | undefined {
  return calls.findLast(
    ({ call: { startMs, endMs } }) => startMs <= timeMs && (endMs === undefined || endMs >= timeMs - 1000),
  );
}

/** Length between two moments as they are printed. */
function between(fromMs: number, toMs: number): number {
  return wholeSeconds(toMs) - wholeSeconds(fromMs);
}

/** The mark of a line as one word, for programs: `UP`, `ISDN`, `drop`, `ERR!`, `WARNING`. */
export function markWord(mark: string): string {
  return mark.replace(/[^A-Za-z!?]/g, '');
}

/** True for what is known from a hint, not from an explicit report. */
export function isHintMark(mark: string): boolean {
  return mark.startsWith('** ') && mark.endsWith(' <-');
}
