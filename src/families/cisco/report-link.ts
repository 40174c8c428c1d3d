// The report of one service (cisco 18.1): its state lines and the summary of its availability.
import type { Analysis } from './analysis.ts';
import type { NetworkStory, ServiceStory } from './network.ts';
import type { ReportClock } from './report-words.ts';
import { count, duration, longDuration, percent } from './report-words.ts';
import { serviceState, totals } from './service-timeline.ts';
import type { ServiceState } from './service-timeline.ts';

/** One line of the report of a link. */
export interface LinkLine {
  readonly mark: string;
  readonly timeMs: number;
  readonly text: string;
}

/** The mark of a state: a dial backup is called by its technique. */
export function stateMark(state: ServiceState, isDial: boolean): string {
  if (state === serviceState.up) return '->  UP  <-';
  if (state === serviceState.backup) return isDial ? '-> ISDN <-' : '-> BKUP <-';
  return state === serviceState.down ? '-> DOWN <-' : '->  ??  <-';
}

/** The state lines of one service in order of time. */
export function linkLines(
  analysis: Analysis,
  { service, timeline, primary, backup }: ServiceStory,
  clock: ReportClock,
): readonly LinkLine[] {
  const isDial = service.backupMode === 'dial';
  const label = service.primary.label;
  const lines: LinkLine[] = [];
  const assumption = service.backup
    ? `${label} up and ${service.backup.label} ${isDial ? 'down' : 'up'}`
    : `${label} up`;
  const initialText = timeline.isAssumed ? `Assuming ${assumption}` : `First evidence shows it had been so`;
  lines.push({
    mark: stateMark(timeline.initial, isDial),
    timeMs: timeline.fromMs,
    text: `Log starts ${clock.long(timeline.fromMs)}. ${initialText}`,
  });
  for (const change of timeline.changes) {
    const state = change.state === serviceState.up ? 'up' : 'down';
    const cause = causeOf(change.timeMs, change.device, change.code, backup);
    const planned = change.isPlanned ? ', planned' : '';
    const reckoned =
      change.strength < 2
        ? ` (inferred, within ${duration(change.uncertaintyMs)}${planned})`
        : planned === ''
          ? ''
          : ' (planned)';
    const text =
      cause.code === ''
        ? `${clock.long(change.timeMs)}${reckoned}`
        : `${cause.device} ${clock.long(change.timeMs)} ${cause.code} ${cause.state ?? state}${reckoned}`;
    lines.push({ mark: stateMark(change.state, isDial), timeMs: change.timeMs, text });
  }
  for (const { kind, fromMs, toMs } of timeline.blips) {
    const device = primary.transitions.find(({ timeMs }) => timeMs === fromMs)?.device ?? '';
    lines.push({
      mark: kind === 'drop' ? '-  drop  -' : '-  try   -',
      timeMs: fromMs,
      text: `${device === '' ? service.id : device} from ${clock.long(fromMs)} to ${clock.long(toMs)}`,
    });
  }
  const devices = new Set(
    [service.primary, service.backup].flatMap((link) => link?.ends.flatMap((end) => end.devices) ?? []),
  );
  for (const { device, reboot } of analysis.reboots) {
    if (!devices.has(device.name)) continue;
    lines.push({
      mark: '-> note <-',
      timeMs: reboot.toMs,
      text: `${device.name} rebooted between ${clock.long(reboot.fromMs)} and ${clock.long(reboot.toMs)}`,
    });
  }
  return lines.sort((one, other) => one.timeMs - other.timeMs);
}

/** Who said it: for changes of the backup the report about the backup. */
function causeOf(
  timeMs: number,
  device: string,
  code: string,
  backup: ServiceStory['backup'],
): { readonly device: string; readonly code: string; readonly state?: string } {
  if (code !== '') return { device, code };
  const transition = backup?.transitions.find((candidate) => candidate.timeMs === timeMs);
  if (!transition || transition.code === '') return { device: '', code: '' };
  return { device: transition.device, code: transition.code, state: transition.isUp ? 'up' : 'down' };
}

/** The whole text. */
export function linkText(
  analysis: Analysis,
  story: NetworkStory,
  service: ServiceStory,
  clock: ReportClock,
  silenceMs: number,
): string {
  const { fromMs, toMs } = story;
  const lines = linkLines(analysis, service, clock).map(({ mark, text }) => `${mark}    ${text}`);
  const sums = totals(service.timeline.charged, fromMs, toMs);
  const known = sums.totalMs - sums.unknownMs;
  const { primary, backup, backupMode } = service.service;
  const technique = backup ? `${backup.label} backup` : 'backup';
  const width = 22;
  const line = (value: number, text: string): string => `${count(value).padStart(width)} ${text}`;
  return [
    `Logging starts at ${clock.long(fromMs)}`,
    ...lines,
    '',
    `Logging ends at ${clock.long(toMs)}`,
    '',
    '                       PROCESSING SUMMARY',
    '',
    `            Log covers from ${clock.long(fromMs)} to ${clock.long(toMs)}`,
    `              with ${analysis.holes.length} gaps of ${Math.round(silenceMs / 60_000)} minutes or longer detected.`,
    line(analysis.linesRead, 'log file lines examined'),
    line(analysis.counts.message + analysis.counts.numbered, 'log file entries analyzed'),
    line(analysis.counts.unparsed, 'log file lines unrecognizable'),
    '',
    ` Log covers a total of ${longDuration(sums.totalMs)}.`,
    `      Normal ${primary.label} operation totaled ${longDuration(sums.upMs)}, or ${percent(sums.upMs, known)}`,
    ...(backupMode === 'none'
      ? []
      : [
          `      Total time running on ${technique} was ${longDuration(sums.backupMs)}, or ${percent(sums.backupMs, known)}`,
        ]),
    `      Total down time detected was ${longDuration(sums.downMs)}, or ${percent(sums.downMs, known)}`,
    `      Overall  ${service.service.id} availability was ${percent(sums.upMs + sums.backupMs, known)}`,
    '',
  ].join('\n');
}
