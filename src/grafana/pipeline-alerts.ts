// Alert rules about Switchboard itself (grafana 12): a source that is gone, late, rejects, or loses points. Limits are
// those of the dashboard `Pipeline health`.
import { lately } from '../model/alert.ts';
import type { AlertGroup, AlertRule } from '../model/alert.ts';
import { switchboardPipeline, switchboardReceiver } from '../model/pipeline.ts';
import { query } from '../model/query.ts';
import { pipelineLimits } from './pipeline-parts.ts';

const minute = 60;
const day = 24 * 3600;
/** A source reports every 15 s; without a report for so long it is down. */
const silentSeconds = 5 * minute;
/** Fewer unusable records than this are no trend, whatever their share. */
const leastRejected = 50;

const group: AlertGroup = { name: 'pipeline-1m', intervalSeconds: minute };
const common = { group, service: 'pipeline', runbook: 'pipeline', silence: 'normal' } as const;
const bySource = { groupBy: ['family', 'host', 'source'], over: 'range' } as const;

const reports = query(switchboardPipeline, { ...bySource, select: [{ field: 'up', aggregate: 'sum' }] });
// The newest minute may lack its good records while it has its bad ones.
const rejected = lately(
  query(switchboardPipeline, { ...bySource, select: [{ field: 'rejected', aggregate: 'sum' }] }),
  15 * minute,
  minute,
);
const records = lately(
  query(switchboardPipeline, { ...bySource, select: [{ field: 'records', aggregate: 'sum' }] }),
  15 * minute,
  minute,
);

/** The rules. */
export const pipelineAlerts: readonly AlertRule[] = [
  {
    ...common,
    uid: 'sb-pipeline-down',
    title: 'Switchboard source down',
    severity: 'critical',
    measured: lately(reports, day),
    comparedWith: { question: lately(reports, day - silentSeconds, silentSeconds), how: 'minus' },
    limit: { below: 1 },
    forSeconds: 2 * minute,
    silence: 'failure',
    unit: 'short',
    summary: 'Source {source} ({family}) on {host} has stopped reporting',
    description:
      'The source reported within the last day and has not for five minutes, so its dashboards and alerts are blind. Question marks in place of names: no source reports at all, or none ever did.',
    panel: { dashboard: 'sb-pipeline', id: 1 },
    reason:
      'Reports come every 15 seconds. The reports of the day and those until five minutes ago are compared, because a source without any in the range asked would be no alert but nothing. One that was taken out on purpose is missed for a day: silence it.',
  },
  {
    ...common,
    uid: 'sb-pipeline-lag',
    title: 'Switchboard lags behind the log',
    severity: 'warning',
    measured: lately(
      query(switchboardPipeline, { ...bySource, select: [{ field: 'lag_s', aggregate: 'max' }] }),
      5 * minute,
    ),
    limit: { above: pipelineLimits.lagSeconds.critical },
    forSeconds: 5 * minute,
    unit: 's',
    summary: 'Source {source} ({family}) on {host} is {value} behind its log',
    description:
      'What the dashboards show is old. With a full spool an output is away; with an empty one the machine is too slow. After a long stop it is the backlog, and gets smaller.',
    panel: { dashboard: 'sb-pipeline', id: 9 },
    reason:
      'Five minutes is the lateness that buckets are kept open for; other alerts look at as little as the last two minutes.',
  },
  {
    ...common,
    uid: 'sb-pipeline-reject',
    title: 'Switchboard rejects records',
    severity: 'warning',
    measured: rejected,
    comparedWith: { question: records, how: 'over' },
    limit: { above: pipelineLimits.rejectedRatio.critical },
    onlyIf: { question: rejected, limit: { above: leastRejected } },
    forSeconds: 10 * minute,
    unit: 'percentunit',
    summary: '{value} of the records of {source} ({family}) on {host} are rejected',
    description:
      'Lines that should have been records could not be used: dead letters, later than the late horizon, or too long. The dashboards of this source show too little.',
    panel: { dashboard: 'sb-pipeline', id: 3 },
    reason: `Below ${pipelineLimits.rejectedRatio.critical * 100} % the figures are still right to the eye. ${leastRejected} records or fewer may be one torn file.`,
  },
  {
    ...common,
    uid: 'sb-pipeline-refused',
    title: 'Switchboard points refused',
    severity: 'warning',
    measured: lately(
      query(switchboardPipeline, { ...bySource, select: [{ field: 'write_errors', aggregate: 'sum' }] }),
      10 * minute,
    ),
    limit: { atLeast: pipelineLimits.writeErrors.critical },
    forSeconds: 0,
    unit: 'short',
    summary: 'An output refused {value} points of {source} ({family}) on {host} in 10 minutes',
    description:
      'The database will never take these points, for example because a field has another type there or they are older than its retention. They are kept as dead letters with the words of the server.',
    panel: { dashboard: 'sb-pipeline', id: 4 },
    reason: 'A single point at the edge of the retention may be refused now and then; ten are a cause that stays.',
  },
  {
    ...common,
    uid: 'sb-pipeline-drop',
    title: 'Switchboard drops points',
    severity: 'critical',
    measured: lately(
      query(switchboardPipeline, { ...bySource, select: [{ field: 'dropped', aggregate: 'sum' }] }),
      10 * minute,
    ),
    limit: { above: 0 },
    forSeconds: 0,
    unit: 'short',
    summary: '{value} points of {source} ({family}) on {host} were given up in 10 minutes',
    description:
      'A spool was full and the source is set to drop the oldest. This data is lost to that output: bring the output back, then import the logs of this time again.',
    panel: { dashboard: 'sb-pipeline', id: 12 },
    reason: 'Any dropped point is lost data.',
  },
  {
    ...common,
    uid: 'sb-receiver-lost',
    title: 'Switchboard loses messages',
    severity: 'critical',
    measured: lately(
      query(switchboardReceiver, { ...bySource, select: [{ field: 'lost', aggregate: 'sum' }] }),
      10 * minute,
    ),
    limit: { above: 0 },
    forSeconds: 0,
    unit: 'short',
    summary: '{value} messages for {source} ({family}) on {host} were lost in 10 minutes',
    description:
      'They came by network and could not be kept: the journal was full because nothing takes what is in it, the disk was full, or the kernel had no room for a burst.',
    panel: { dashboard: 'sb-pipeline', id: 20 },
    reason: 'What a device has sent by UDP it sends once: any message that is not kept is lost.',
  },
  {
    ...common,
    uid: 'sb-receiver-deaf',
    title: 'Switchboard does not listen',
    severity: 'critical',
    measured: lately(
      query(switchboardReceiver, { ...bySource, select: [{ field: 'listening', aggregate: 'last' }] }),
      5 * minute,
    ),
    limit: { below: 1 },
    forSeconds: minute,
    unit: 'short',
    summary: 'A socket of {source} ({family}) on {host} is not open',
    description:
      'Another program has the address, or it is not one of this machine. What devices send meanwhile is lost.',
    panel: { dashboard: 'sb-pipeline', id: 19 },
    reason: 'A socket that is in use while the program before ends is free again within seconds.',
  },
];
