// Rules about the log and its reader: whether the other figures can be trusted.
import { lately } from '../../model/alert.ts';
import type { AlertRule } from '../../model/alert.ts';
import { query } from '../../model/query.ts';
import { common, day, everyMinute, minute } from './alert-parts.ts';
import { ecsLimits as limits } from './limits.ts';
import { ecsFiles, ecsParser, ecsParserTotal } from './metrics.ts';

/** A source reports every 15 s; without a report for so long it is silent. */
const silentSeconds = 5 * minute;

const reports = query(ecsParserTotal, {
  select: [{ field: 'lines', aggregate: 'count' }],
  groupBy: ['host'],
  over: 'range',
});
const agesWritten = query(ecsFiles, {
  select: [{ field: 'newest_age_s', aggregate: 'count' }],
  groupBy: ['host'],
  over: 'range',
});
const filesReported = lately(
  query(ecsFiles, { select: [{ field: 'opened', aggregate: 'count' }], groupBy: ['host'], over: 'range' }),
  silentSeconds,
);

const retention = lately(
  query(ecsFiles, { select: [{ field: 'retention_s', aggregate: 'last' }], groupBy: ['host'], over: 'range' }),
  5 * minute,
);
const rotations = lately(
  query(ecsFiles, { select: [{ field: 'opened', aggregate: 'sum' }], groupBy: ['host'], over: 'range' }),
  10 * minute,
);
const whileRotating = { question: rotations, limit: { atLeast: limits.retentionSeconds.rotations } } as const;
const whyWhileRotating = `A log of few files, as after an installation, reaches back a short time too and loses nothing: only one that opened ${limits.retentionSeconds.rotations} files in ten minutes is meant.`;

// The newest minute may lack its good records while it has its bad ones.
const recordsRead = lately(
  query(ecsParserTotal, { select: [{ field: 'records', aggregate: 'sum' }], groupBy: ['host'], over: 'range' }),
  10 * minute,
  minute,
);

/** The rules. */
export const logAlerts: readonly AlertRule[] = [
  {
    ...common,
    uid: 'sb-ecs-retention',
    title: 'Avaya log retention short',
    group: everyMinute,
    severity: 'warning',
    measured: retention,
    limit: { below: limits.retentionSeconds.warning },
    onlyIf: whileRotating,
    forSeconds: 5 * minute,
    unit: 's',
    summary: 'The log of {host} reaches back only {value}',
    description:
      'The switch keeps a fixed number of log files and is writing them fast, mostly because of a trace. Evidence is overwritten before anybody can look: end traces that are not needed, or save the files elsewhere.',
    panel: { dashboard: 'sb-avaya', id: 6 },
    reason: `Half an hour is about what it takes until somebody looks. ${whyWhileRotating}`,
  },
  {
    ...common,
    uid: 'sb-ecs-retention-crit',
    title: 'Avaya log retention very short',
    group: everyMinute,
    severity: 'critical',
    measured: retention,
    limit: { below: limits.retentionSeconds.critical },
    onlyIf: whileRotating,
    forSeconds: 2 * minute,
    unit: 's',
    summary: 'The log of {host} reaches back only {value}: events may be lost unread',
    description:
      'The log rotates so fast that a pause of the reader, as during an upgrade, loses events for good. End the trace that fills the log now.',
    panel: { dashboard: 'sb-avaya', id: 6 },
    reason: `A restart of the exporter or a slow database can take a quarter of an hour. ${whyWhileRotating}`,
  },
  {
    ...common,
    uid: 'sb-ecs-stalled',
    title: 'Avaya log stalled',
    group: everyMinute,
    severity: 'critical',
    measured: lately(
      query(ecsFiles, { select: [{ field: 'newest_age_s', aggregate: 'last' }], groupBy: ['host'], over: 'range' }),
      5 * minute,
    ),
    limit: { above: limits.stalledSeconds.critical },
    forSeconds: 2 * minute,
    unit: 's',
    summary: 'Nothing was written to the log of {host} for {value}',
    description:
      'The newest log file has stopped growing. Either logging on the switch has stopped (process, full disk), or the files no longer reach this folder. All other figures of this host stand still.',
    panel: { dashboard: 'sb-avaya', id: 16 },
    reason: 'A switch in service writes every few seconds, even at night; five minutes of silence do not happen.',
  },
  {
    ...common,
    uid: 'sb-ecs-no-files',
    title: 'Avaya log folder empty',
    group: everyMinute,
    severity: 'critical',
    measured: lately(agesWritten, day),
    comparedWith: { question: lately(agesWritten, day - silentSeconds, silentSeconds), how: 'minus' },
    limit: { below: 1 },
    onlyIf: { question: filesReported, limit: { atLeast: 1 } },
    forSeconds: 2 * minute,
    unit: 'short',
    summary: 'The log files of {host} are gone',
    description:
      'Log files that were there within the last day are no longer found, while the reader works. The folder was moved or unmounted, or its rights were changed.',
    panel: { dashboard: 'sb-avaya', id: 16 },
    reason:
      'An empty folder has no newest file whose age could be too great, so it needs this rule. The files of five minutes ago do not all vanish by rotation.',
  },
  {
    ...common,
    uid: 'sb-ecs-silent',
    title: 'Avaya reader silent',
    group: everyMinute,
    severity: 'warning',
    measured: lately(reports, day),
    comparedWith: { question: lately(reports, day - silentSeconds, silentSeconds), how: 'minus' },
    limit: { below: 1 },
    forSeconds: 2 * minute,
    unit: 'short',
    summary: 'No report from the reader of the log of {host}',
    description:
      'The source reported within the last day and has stopped. No figure of this host can be trusted, and its other alerts cannot fire: see the rule "Switchboard source down".',
    panel: { dashboard: 'sb-avaya', id: 16 },
    reason:
      'Reports come every 15 seconds; five minutes without one are no delay. A host that was taken out on purpose is missed for a day: silence it.',
  },
  {
    ...common,
    uid: 'sb-ecs-parser',
    title: 'Avaya records unusable',
    group: everyMinute,
    severity: 'warning',
    measured: lately(
      query(ecsParser, {
        select: [{ field: 'count', aggregate: 'sum' }],
        // Late lines are whole: an old log that is read again says nothing about the parser.
        where: [{ tag: 'reason', values: ['late'], not: true }],
        groupBy: ['host'],
        over: 'range',
      }),
      10 * minute,
      minute,
    ),
    comparedWith: { question: recordsRead, how: 'over' },
    limit: { above: limits.rejected.share },
    onlyIf: { question: recordsRead, limit: { atLeast: limits.rejected.records } },
    forSeconds: 10 * minute,
    unit: 'percentunit',
    summary: '{value} of the records of {host} could not be used',
    description: `More than ${limits.rejected.share * 100} % of what should be events could not be read, so counts are too low. The panel names the reasons; the lines are kept as dead letters.`,
    panel: { dashboard: 'sb-avaya', id: 18 },
    reason: `A few torn lines at a restart of the switch are normal. A share of fewer than ${limits.rejected.records} records says nothing.`,
  },
];
