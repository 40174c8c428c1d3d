// `ecs backup`: keeps more logs than Communication Manager does (ecs 6.7). Run by a timer; each run copies what is new.
import type { BackupResult, CommandCall, CommandSpec } from '../../model/command.ts';
import { printable, UsageError } from '../../model/errors.ts';
import { jsonLine } from '../../model/report-text.ts';
import { hostZone, isZone, LocalClock } from '../../model/zone.ts';
import { backupLine } from './backup-event.ts';
import { exitStatus, writeText } from './command-parts.ts';
import { readNumber } from './count-options.ts';
import { isEcsLogName } from './log-name.ts';

/** The command. */
export const backupCommand: CommandSpec = {
  name: 'backup',
  summary: 'copy finished ecs logs to another folder, verified, and delete the oldest copies when room runs out',
  notes: `Examples:
  switchboard ecs backup /var/log/ecs /backup/ecs
  switchboard ecs backup --report /var/log/switchboard/backup.log /var/log/ecs /backup/ecs
  switchboard ecs backup --max-used 70 --keep-min 500 --json /var/log/ecs /backup/ecs

Run it every few minutes by a timer or cron; docs/commands.md has a unit. The destination must be a folder of its own.
Copies are written under another name, read back, and renamed; the log that is being written is left for a later run.
Copies are deleted only when the partition is used beyond --max-used and deleting them helps; never the newest of
--keep-min, and never one younger than an hour. No other file is touched.
With --report the file, added to the paths of the source, becomes the measurement ecs_backup, and alerts watch the runs.
The file stays below 1 MB: a full one becomes FILE.1.

Exit status: 0 done (also when another run is at work), 1 wrong use, 2 a folder is missing, 3 not everything could be
copied (told on standard error), 130 interrupted.`,
  argument: { name: 'folders', help: 'the folder of the logs, and the folder of the copies', isRequired: true },
  options: [
    { flags: '--max-used <percent>', help: 'how full the partition of the copies may be', default: '80' },
    { flags: '--keep-min <number>', help: 'this many copies are always kept', default: '100' },
    { flags: '--no-gzip', help: 'copy without compressing' },
    { flags: '--json', help: 'write what was done as one JSON object' },
    { flags: '--report <file>', help: 'append a line for each run; read it with the logs to watch the backup' },
    { flags: '--timezone <zone>', help: 'zone of the times in the report; that of this machine unless given' },
  ],
  usageStatus: 1,
  run: runBackup,
};

async function runBackup(call: CommandCall): Promise<number> {
  const [source, destination, ...others] = call.files;
  if (source === undefined || destination === undefined || others.length > 0) {
    throw new UsageError('name two folders: ecs backup /var/log/ecs /backup/ecs');
  }
  const { options, signal } = call;
  const maxUsedPercent = readNumber('--max-used', options['maxUsed'] ?? '80', 100);
  const clock = new LocalClock(readZone(options['timezone']));
  const result = await call.backUp({
    source,
    destination,
    isOurs: isEcsLogName,
    maxUsedPercent,
    keepMin: readNumber('--keep-min', options['keepMin'] ?? '100', 1_000_000),
    isCompressed: options['gzip'] !== false,
    signal,
  });
  await writeText(call.stdout, options['json'] === true ? jsonLine(result) : summary(result));
  await writeText(call.stderr, result.notes.map((note) => `${printable(note)}\n`).join(''));
  const { report } = options;
  // A run that found another one at work is none.
  if (typeof report === 'string' && result.status !== 'busy') {
    await call.appendReport(report, (nowMs, process) =>
      backupLine({ result, maxUsedPercent, localMs: clock.toLocal(nowMs), process }),
    );
  }
  if (signal.aborted) return exitStatus.interrupted;
  return result.status === 'partial' ? exitStatus.damaged : exitStatus.done;
}

function readZone(option: unknown): string {
  if (option === undefined) return hostZone();
  const zone = String(option);
  if (isZone(zone)) return zone;
  throw new UsageError(`--timezone "${printable(zone, 100)}": name a zone as Europe/Berlin or UTC`);
}

function summary({ status, copied, bytes, deleted, vanished, failed, usedPercent, runSeconds }: BackupResult): string {
  if (status === 'busy') return '';
  const megabytes = (bytes / 1e6).toFixed(1);
  return (
    `copied ${copied} (${megabytes} MB), deleted ${deleted}, vanished ${vanished}, failed ${failed}; ` +
    `partition ${usedPercent} % used; ${runSeconds.toFixed(1)} s\n`
  );
}
