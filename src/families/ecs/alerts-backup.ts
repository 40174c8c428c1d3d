// Rules about the backup of the logs (ecs 6.7 and 8), from the report that `ecs backup --report` writes.
import { lately } from '../../model/alert.ts';
import type { AlertRule } from '../../model/alert.ts';
import { query } from '../../model/query.ts';
import type { Aggregate, PanelQuery } from '../../model/query.ts';
import { common as ofFamily, day, everyMinute, minute } from './alert-parts.ts';
import { ecsLimits as limits } from './limits.ts';
import { ecsBackup } from './metrics.ts';

const common = { ...ofFamily, service: 'backup', runbook: 'backup', group: everyMinute } as const;
const panel = { dashboard: 'sb-avaya', id: 16 } as const;
const { seconds: silentSeconds } = limits.backupSilence;

function ofHost(field: (typeof ecsBackup.fieldNames)[number], aggregate: Aggregate): PanelQuery {
  return query(ecsBackup, { select: [{ field, aggregate }], groupBy: ['host'], over: 'range' });
}

const runs = ofHost('copied', 'count');

/** The rules. */
export const backupAlerts: readonly AlertRule[] = [
  {
    ...common,
    uid: 'sb-ecs-backup-failed',
    title: 'Avaya log backup incomplete',
    severity: 'warning',
    measured: lately(ofHost('failed', 'sum'), silentSeconds),
    limit: { atLeast: 1 },
    forSeconds: 0,
    unit: 'short',
    summary: '{value} logs of {host} could not be copied',
    description:
      'The backup of the logs could not copy some files: no right to read them, no right to write, or no space. They are tried again at every run, until the switch deletes them.',
    panel,
    reason: 'A log that cannot be copied is lost as soon as the switch needs its place, so the first one counts.',
  },
  {
    ...common,
    uid: 'sb-ecs-backup-vanished',
    title: 'Avaya logs vanish before their backup',
    severity: 'warning',
    measured: lately(ofHost('vanished', 'sum'), silentSeconds),
    limit: { atLeast: 1 },
    forSeconds: 0,
    unit: 'short',
    summary: '{value} logs of {host} were deleted before they could be copied',
    description:
      'The switch deleted logs while the backup was about to copy them. It rotates faster than the backup runs: those logs are lost, and probably others that no run has seen.',
    panel,
    reason: 'Each file that vanishes is evidence that is gone; a run that is in time meets none.',
  },
  {
    ...common,
    uid: 'sb-ecs-backup-missing',
    title: 'Avaya log backup does not run',
    severity: 'warning',
    measured: lately(runs, day),
    comparedWith: { question: lately(runs, day - silentSeconds, silentSeconds), how: 'minus' },
    limit: { below: 1 },
    forSeconds: 2 * minute,
    unit: 'short',
    summary: `The logs of {host} were not backed up for ${silentSeconds / minute} minutes`,
    description: `The backup ran within the last day and has not for ${silentSeconds / minute} minutes. Its timer was stopped, a run hangs, or one of its folders is gone; or the report is no longer read.`,
    panel,
    reason: `A run every five minutes is usual; ${silentSeconds / minute} minutes are six missed ones. A backup that was ended on purpose is missed for a day: silence it.`,
  },
  {
    ...common,
    uid: 'sb-ecs-backup-space',
    title: 'Avaya log backup has no room',
    severity: 'critical',
    measured: lately(ofHost('used_pct', 'last'), silentSeconds),
    comparedWith: { question: lately(ofHost('max_used_pct', 'last'), silentSeconds), how: 'minus' },
    // Both are given to a tenth at most, so this is "at least 0".
    limit: { above: -0.05 },
    forSeconds: 10 * minute,
    unit: 'none',
    summary: 'The backup of {host} has no room: its partition is {value} points beyond the limit',
    description:
      'After a run the partition of the copies is as full as it may be, or fuller. Deleting old copies no longer helps, because something else fills it or too few copies may be deleted: new logs are not saved.',
    panel,
    reason:
      'The backup deletes old copies until it is below its limit (--max-used). When it stays above for two runs, it cannot.',
  },
];
