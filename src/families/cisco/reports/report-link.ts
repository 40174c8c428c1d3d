// The report of one service (cisco 18.1): its states in the order in which they were found out, what explains them, and the
// summary of its availability.
import type { Analysis } from './analysis.ts';
import type { Findings } from './findings.ts';
import { layersLost } from '../inference/layers-lost.ts';
import type { NetworkStory, ServiceStory } from '../inference/network.ts';
import type { ReportClock } from './report-words.ts';
import { count, inference, longDuration, percent, plural } from './report-words.ts';
import { serviceState, totals } from '../inference/service-timeline.ts';
import type { ServiceState, StateChange } from '../inference/service-timeline.ts';
import type { Reboot } from '../preprocessing/steps.ts';

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
  ];
  const known = reboots(analysis, story);
  for (const change of timeline.changes) {
    const text = stateText(change, story, clock, known);
    lines.push({
      mark: stateMark(change.state, isDial),
      timeMs: change.timeMs,
      foundMs: foundMs(change, story, known),
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
  // Of one moment the states come first, then what explains them.
  lines.push(
    ...remarkLines(findings, story, clock),
    ...rebootLines(analysis, story, clock),
    ...holeLines(analysis, story, clock),
  );
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
  // What is assumed of every service is not said to be deduced where the evidence agrees.
  const how = initial === serviceState.up ? `Assuming ${both}` : `By the first evidence ${both}`;
  return { mark: stateMark(initial, isDial), text: `Log starts ${clock.long(timeline.fromMs)}. ${how}` };
}

/** Holes of the log that an outage goes on through: it may have had an end in them. */
function holeLines({ holes }: Analysis, { timeline }: ServiceStory, clock: ReportClock): readonly LinkLine[] {
  const isUnknown = timeline.charged.some(({ state }) => state === serviceState.unknown);
  const what = isUnknown ? 'its time counts as unknown' : 'the state goes on through it';
  const away = timeline.charged.filter(({ state }) => state !== serviceState.up);
  return holes
    .filter((hole) => away.some(({ fromMs, toMs }) => fromMs < hole.toMs && toMs > hole.fromMs))
    .map(({ fromMs, toMs }) => ({
      mark: '-> note <-',
      timeMs: Math.max(fromMs, timeline.fromMs),
      foundMs: toMs,
      text: `hole in the log between ${clock.long(fromMs)} and ${clock.long(toMs)}; ${what}`,
    }));
}

/** When a change was found out: a reboot is known from the first message after it. */
function foundMs(change: StateChange, story: ServiceStory, known: readonly KnownReboot[]): number {
  const { code, device, foundMs: told } = origin(change, story);
  const cause = known.find((one) => isOf({ code, device, timeMs: change.timeMs }, one));
  return cause ? cause.reboot.toMs : told;
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
    const isState = timeline.changes.some((change) => {
      const { code, device: teller } = origin(change, story);
      return isOf({ code, device: teller, timeMs: change.timeMs }, { device, reboot });
    });
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

type Origin = Pick<StateChange, 'code' | 'device' | 'how' | 'uncertaintyMs' | 'foundMs'>;

/** True for the change that a reboot itself was taken for. */
function isOf(
  { code, device, timeMs }: Pick<StateChange, 'code' | 'device' | 'timeMs'>,
  { device: name, reboot }: KnownReboot,
): boolean {
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

/** What is known of the origin of a change: for one of the backup, what was reported of the backup. */
function origin(change: StateChange, { backup }: ServiceStory): Origin {
  if (change.code !== '' || change.how !== 'reported') return change;
  return backup?.transitions.find(({ timeMs }) => timeMs === change.timeMs) ?? change;
}

/** `<device> <time> <code> <state>`, or how else it is known. */
function stateText(
  change: StateChange,
  story: ServiceStory,
  clock: ReportClock,
  known: readonly KnownReboot[],
): string {
  const time = clock.long(change.timeMs);
  const planned = change.isPlanned ? ' (planned)' : '';
  const { code, device, how, uncertaintyMs } = origin(change, story);
  const cause = known.find((one) => isOf({ code, device, timeMs: change.timeMs }, one));
  if (cause) return `${rebooted(cause, clock)}${planned}`;
  // The primary was lost where the backup takes over; only of the backup itself up is up.
  const isOfPrimary = change.code !== '' || change.how !== 'reported';
  const isUp = change.state === serviceState.up || (change.state === serviceState.backup && !isOfPrimary);
  if (code === 'trunk') return `${device} ${time} trunk ${isUp ? 'up' : 'down'}${planned}`;
  if (code !== '') return `${device} ${time} ${code} ${isUp ? 'up' : 'down'}${planned}`;
  if (how !== 'reported') return `${time} ${inference({ how, uncertaintyMs })}${planned}`;
  const isBegin = change.state === serviceState.backup;
  const call = story.calls.find(({ protoMs, endMs }) => (isBegin ? protoMs : endMs) === change.timeMs);
  if (!call) return `${time}${planned}`;
  const hub = call.hub === '' ? '' : `${call.hub} `;
  return `${hub}${time} call ${isBegin ? 'up' : 'down'} on ${call.channel}${planned}`;
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
