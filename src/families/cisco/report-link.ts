// The report of one service (cisco 18.1): its states in the order in which they were found out, what explains them, and the
// summary of its availability.
import type { Analysis } from './analysis.ts';
import type { Findings } from './findings.ts';
import { layersLost } from './layers.ts';
import type { NetworkStory, ServiceStory } from './network.ts';
import type { ReportClock } from './report-words.ts';
import { count, inference, longDuration, percent, plural } from './report-words.ts';
import { serviceState, totals } from './service-timeline.ts';
import type { ServiceState, StateChange } from './service-timeline.ts';
import type { Reboot } from './steps.ts';

/** One line of the report of a link. */
export interface LinkLine {
  readonly mark: string;
  readonly timeMs: number;
  /** When the evidence for it came; lines are in this order. */
  readonly foundMs: number;
  readonly text: string;
}

const layerMark = ' -->   ';
const remarkMark = '***     ';

/** The mark of a state: a dial backup is called by its technique. */
export function stateMark(state: ServiceState, isDial: boolean): string {
  if (state === serviceState.up) return '->  UP  <-';
  if (state === serviceState.backup) return isDial ? '-> ISDN <-' : '-> BKUP <-';
  return state === serviceState.down ? '-> DOWN <-' : '->  ??  <-';
}

/** The line as it is printed. */
export function linkLineText({ mark, text }: LinkLine): string {
  return mark === layerMark || mark === remarkMark ? `${mark}${text}` : `${mark}    ${text}`;
}

/** The lines of one service, in order of discovery: after a correction a line may bear an earlier time than its forerunner. */
export function linkLines(
  analysis: Analysis,
  findings: Findings,
  story: ServiceStory,
  clock: ReportClock,
): readonly LinkLine[] {
  const { service, timeline, primary } = story;
  const isDial = service.backupMode === 'dial';
  const lines: LinkLine[] = [
    { ...beginning(story, clock), timeMs: timeline.fromMs, foundMs: Number.NEGATIVE_INFINITY },
    ...rebootLines(analysis, story, clock),
    ...remarkLines(findings, story, clock),
    ...holeLines(analysis, story, clock),
  ];
  for (const change of timeline.changes) {
    const text = stateText(change, story, clock, reboots(analysis, story));
    lines.push({
      mark: stateMark(change.state, isDial),
      timeMs: change.timeMs,
      foundMs: change.foundMs,
      text,
    });
  }
  for (const { kind, fromMs, toMs } of timeline.blips) {
    const device = primary.transitions.find(({ timeMs }) => timeMs === fromMs)?.device ?? '';
    lines.push({
      mark: kind === 'drop' ? '-  drop  -' : '-  try   -',
      timeMs: fromMs,
      foundMs: toMs,
      text: `${device === '' ? service.id : device} from ${clock.long(fromMs)} to ${clock.long(toMs)}`,
    });
  }
  return lines
    .filter(({ timeMs }) => timeMs >= timeline.fromMs && timeMs <= timeline.toMs)
    .sort((one, other) => one.foundMs - other.foundMs);
}

/** How it was when the log began, and how that is known. */
function beginning({ service, timeline }: ServiceStory, clock: ReportClock): { mark: string; text: string } {
  const isDial = service.backupMode === 'dial';
  const { initial } = timeline;
  const primary = `${service.primary.label} ${initial === serviceState.up ? 'up' : 'down'}`;
  const isBackupUp = isDial ? initial === serviceState.backup : initial !== serviceState.down;
  const both = service.backup ? `${primary} and ${service.backup.label} ${isBackupUp ? 'up' : 'down'}` : primary;
  const how = timeline.isAssumed ? `Assuming ${both}` : `By the first evidence: ${both}`;
  return { mark: stateMark(initial, isDial), text: `Log starts ${clock.long(timeline.fromMs)}. ${how}` };
}

/** Holes of the log that an outage goes on through: it may have had an end in them. */
function holeLines({ holes }: Analysis, { timeline }: ServiceStory, clock: ReportClock): readonly LinkLine[] {
  const away = timeline.charged.filter(({ state }) => state !== serviceState.up);
  return holes
    .filter((hole) => away.some(({ fromMs, toMs }) => fromMs < hole.toMs && toMs > hole.fromMs))
    .map(({ fromMs, toMs }) => ({
      mark: '-> note <-',
      timeMs: Math.max(fromMs, timeline.fromMs),
      foundMs: toMs,
      text: `hole in the log between ${clock.long(fromMs)} and ${clock.long(toMs)}; the state goes on through it`,
    }));
}

interface KnownReboot {
  readonly device: string;
  readonly reboot: Reboot;
}

/** Reboots of the devices that the service's links end on. */
function reboots(analysis: Analysis, { service }: ServiceStory): readonly KnownReboot[] {
  const devices = new Set(
    [service.primary, service.backup].flatMap((link) => link?.ends.flatMap((end) => end.devices) ?? []),
  );
  return analysis.reboots
    .filter(({ device }) => devices.has(device.name))
    .map(({ device, reboot }) => ({ device: device.name, reboot }));
}

/** A note for each reboot that no state line tells of, and what it did to the layers. */
function rebootLines(analysis: Analysis, story: ServiceStory, clock: ReportClock): readonly LinkLine[] {
  const { service, timeline } = story;
  return reboots(analysis, story).flatMap(({ device, reboot }) => {
    const { fromMs, toMs } = reboot;
    const isState = timeline.changes.some((change) => isOf(change, { device, reboot }));
    const planned = reboot.isPlanned ? ', ordered' : '';
    const note: LinkLine = {
      mark: '-> note <-',
      timeMs: toMs,
      foundMs: toMs,
      text: `${rebooted({ device, reboot }, clock)}${planned}`,
    };
    const layers = [service.primary, service.backup]
      .flatMap((link) => (link ? layersLost(analysis.network, link, device, { ...reboot, fromMs }) : []))
      .map(({ layer, state, link }) => ({
        mark: layerMark,
        timeMs: toMs,
        foundMs: toMs,
        text: `${layer} state changed from ${state} to unknown on ${link.id}`,
      }));
    return isState ? layers : [note, ...layers];
  });
}

function rebooted({ device, reboot }: KnownReboot, clock: ReportClock): string {
  return `${device} rebooted between ${clock.long(reboot.fromMs)} and ${clock.long(reboot.toMs)}`;
}

/** True for the change that a reboot itself was taken for. */
function isOf({ code, device, timeMs }: StateChange, { device: name, reboot }: KnownReboot): boolean {
  return code === 'reboot' && device === name && timeMs >= reboot.fromMs && timeMs <= reboot.toMs;
}

function remarkLines(findings: Findings, { service }: ServiceStory, clock: ReportClock): readonly LinkLine[] {
  const links = [service.primary, service.backup].filter((link) => link !== undefined);
  return findings.remarks
    .filter(({ device, links: ids }) =>
      links.some((link) =>
        ids.length > 0 ? ids.includes(link.id) : link.ends.some(({ devices }) => devices.includes(device)),
      ),
    )
    .map(({ timeMs, device, number, code, text }) => ({
      mark: remarkMark,
      timeMs,
      foundMs: timeMs,
      text: `${device} ${clock.long(timeMs)} ${String(number ?? '').padStart(8)} %${code}: ${text}`,
    }));
}

/** `<device> <time> <code> <state>`, or how else it is known. */
function stateText(
  change: StateChange,
  { backup, calls }: ServiceStory,
  clock: ReportClock,
  known: readonly KnownReboot[],
): string {
  const time = clock.long(change.timeMs);
  const planned = change.isPlanned ? ' (planned)' : '';
  const cause = known.find((one) => isOf(change, one));
  if (cause) return `${rebooted(cause, clock)}${planned}`;
  if (change.code === 'trunk') return `${change.device} ${time} trunk down (inferred)${planned}`;
  if (change.code !== '') {
    return `${change.device} ${time} ${change.code} ${change.state === serviceState.up ? 'up' : 'down'}${planned}`;
  }
  if (change.how !== 'reported') return `${time} ${inference(change)}${planned}`;
  // A change of the backup: what was reported of it, or the call that began or ended.
  const said = backup?.transitions.find(({ timeMs }) => timeMs === change.timeMs);
  if (said && said.code !== '') return `${said.device} ${time} ${said.code} ${said.isUp ? 'up' : 'down'}${planned}`;
  const isUp = change.state === serviceState.backup;
  const call = calls.find(({ protoMs, endMs }) => (isUp ? protoMs : endMs) === change.timeMs);
  const where = call ? `${call.hub === '' ? '' : `${call.hub} `}${time} call ${isUp ? 'up' : 'down'}` : time;
  return `${where}${call && call.channel !== '' ? ` on ${call.channel}` : ''}${planned}`;
}

/** The whole text. */
export function linkText(
  analysis: Analysis,
  findings: Findings,
  story: NetworkStory,
  service: ServiceStory,
  clock: ReportClock,
  silenceMs: number,
): string {
  const { fromMs, toMs } = story;
  const sums = totals(service.timeline.charged, fromMs, toMs);
  const known = sums.totalMs - sums.unknownMs;
  const { primary, backup, backupMode } = service.service;
  const technique = backup ? `${backup.label} backup` : 'backup';
  const line = (value: number, text: string): string => `${count(value).padStart(22)} ${text}`;
  const share = (ms: number): string => `${longDuration(ms)}, or ${percent(ms, known)}`;
  return [
    `Logging starts at ${clock.long(fromMs)}`,
    ...linkLines(analysis, findings, service, clock).map(linkLineText),
    '',
    `Logging ends at ${clock.long(toMs)}`,
    '',
    '                       PROCESSING SUMMARY',
    '',
    `            Log covers from ${clock.long(fromMs)} to ${clock.long(toMs)}`,
    `              with ${gapsText(analysis.holes.length, silenceMs)} detected.`,
    line(analysis.linesRead, 'log file lines examined'),
    line(analysis.counts.message + analysis.counts.numbered, 'log file entries analyzed'),
    line(analysis.counts.unparsed, 'log file lines unrecognizable'),
    '',
    ` Log covers a total of ${longDuration(sums.totalMs)}.`,
    `      Normal ${primary.label} operation totaled ${share(sums.upMs)}`,
    ...(backupMode === 'none' ? [] : [`      Total time running on ${technique} was ${share(sums.backupMs)}`]),
    `      Total down time detected was ${share(sums.downMs)}`,
    ...(sums.unknownMs > 0
      ? [`      Unknown for ${longDuration(sums.unknownMs)}, or ${percent(sums.unknownMs, sums.totalMs)}`]
      : []),
    `      Overall  ${service.service.id} availability was ${percent(sums.upMs + sums.backupMs, known)}`,
    '',
  ].join('\n');
}

/** `0 gaps of 30 minutes or longer`. */
export function gapsText(holes: number, silenceMs: number): string {
  return `${plural(holes, 'gap')} of ${Math.round(silenceMs / 60_000)} minutes or longer`;
}
