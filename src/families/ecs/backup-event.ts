// The report of the backup as an ecs line (ecs 6.7 and 7): written by `ecs backup --report`, read by the analyzer.
import type { BackupResult } from '../../model/command.ts';
import type { SampleSink } from '../../model/family.ts';
import { backupForm } from './forms.ts';
import { ecsBackup } from './metrics.ts';
import { stampText } from './stamp.ts';

/** What the line of one run is made from; `localMs` is the end of the run by the clock of the site. */
interface BackupRun {
  readonly result: BackupResult;
  readonly maxUsedPercent: number;
  readonly localMs: number;
  readonly process: number;
}

/** The line of one run, without its line feed. */
export function backupLine({ result, maxUsedPercent, localMs, process }: BackupRun): string {
  const values = [
    `copied=${result.copied}`,
    `bytes=${result.bytes}`,
    `deleted=${result.deleted}`,
    `vanished=${result.vanished}`,
    `failed=${result.failed}`,
    `used_pct=${result.usedPercent}`,
    `oldest_age_s=${result.oldestAgeSeconds}`,
    `run_s=${result.runSeconds}`,
    `max_used_pct=${maxUsedPercent}`,
  ];
  return `${stampText(localMs)}:0:switchboard(${process}):MED:[${backupForm.keyword} ${values.join(' ')}]`;
}

/** The fields in the order of the form's groups. */
const fields = backupForm.groups.map(({ label }) => ecsBackup.fieldNames.findIndex((name) => `${name}=` === label));

/** Puts the point of a run; `spans` are those of the form. A value that is no number is left out. */
export function addBackup(bytes: Buffer, spans: Int32Array, timeMs: number, sink: SampleSink): void {
  const series = sink.series(ecsBackup, []);
  fields.forEach((field, index) => {
    const text = bytes.toString('latin1', spans[2 * index] ?? 0, spans[2 * index + 1] ?? 0);
    const value = /^\d{1,15}(?:\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
    if (value !== undefined) sink.set(series, timeMs, field, value);
  });
}
