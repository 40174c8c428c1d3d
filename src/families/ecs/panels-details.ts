// Who, what and why: lists and tables below the curves (grafana 11.2, panels 9, 11, 13, 15 and 16).
import type { Panel } from '../../model/panel.ts';
import { query } from '../../model/query.ts';
import { ecsLimits } from './limits.ts';
import {
  ecsBackup,
  ecsDenial,
  ecsDenialHourly,
  ecsDenialNew,
  ecsFiles,
  ecsIpevt,
  ecsParser,
  ecsParserTotal,
  ecsPattern,
  ecsProcErr,
} from './metrics.ts';
import { byCategory, byDenial, byHost, rising } from './panel-parts.ts';

/** The lists and tables. */
export const detailPanels: readonly Panel[] = [
  {
    id: 9,
    type: 'bargauge',
    title: 'Most frequent denials',
    description:
      'The ten denial numbers with the most refusals in the time range. The head of this list is where to begin.',
    queries: [
      query(ecsDenial, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: byDenial,
        groupBy: ['event'],
        over: 'range',
        top: 10,
      }),
    ],
    unit: 'short',
    legend: '{event}',
    noValue: '0',
    width: 8,
    height: 8,
  },
  {
    id: 11,
    type: 'bargauge',
    title: 'Process errors by process',
    description:
      'The ten processes with the most software errors. One process far ahead of all others is worth a case with the vendor.',
    queries: [
      query(ecsProcErr, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: byHost,
        groupBy: ['pro'],
        over: 'range',
        top: 10,
      }),
    ],
    unit: 'short',
    thresholds: rising(ecsLimits.processErrors.seen, ecsLimits.processErrors.warning),
    legend: '{pro}',
    noValue: '0',
    width: 8,
    height: 8,
  },
  {
    id: 13,
    type: 'bargauge',
    title: 'Drop reasons',
    description:
      'Why IP telephones registered or were dropped. 2010 and 2012 are forced unregistrations; "timeout" is a lost network path; "normal" and "endpoint_request" are everyday life.',
    queries: [
      query(ecsIpevt, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: byHost,
        groupBy: ['reason'],
        over: 'range',
        top: 10,
      }),
    ],
    unit: 'short',
    legend: '{reason}',
    noValue: '0',
    width: 8,
    height: 8,
  },
  {
    id: 15,
    type: 'barchart',
    title: 'Denials by hour of day',
    description:
      'Refusals in the time range by the hour of the day in the zone of the switch, counted in whole hours. The shape of the working day is normal; a bar that stands alone is a job, a scan or a shift that begins. Choose some days or weeks above; the choice of a denial number does not count here.',
    queries: [
      query(ecsDenialHourly, {
        select: [{ field: 'count', aggregate: 'sum', as: 'denials' }],
        where: byCategory,
        groupBy: ['hour'],
        over: 'range',
      }),
    ],
    unit: 'short',
    noValue: '0',
    width: 12,
    height: 8,
  },
  {
    id: 19,
    type: 'table',
    title: 'New denial numbers',
    description:
      'Numbers that were not seen for weeks before, with their refusals during the first day. Empty is normal, and always so in the first week after an installation. Five within a quarter of an hour raise an alert: look at what was changed just before.',
    queries: [
      query(ecsDenialNew, {
        select: [{ field: 'count', aggregate: 'sum', as: 'refusals' }],
        where: byDenial,
        groupBy: ['host', 'event', 'category'],
        over: 'range',
      }),
    ],
    unit: 'short',
    decimals: 0,
    thresholds: [{ tone: 'neutral' }, { from: ecsLimits.newNumber.info, tone: 'warning' }],
    columns: {
      host: { heading: 'Host' },
      event: { heading: 'Denial' },
      category: { heading: 'Category' },
      refusals: { heading: 'Refusals' },
    },
    sortBy: 'Refusals',
    noValue: 'none',
    width: 12,
    height: 8,
  },
  {
    id: 16,
    type: 'table',
    title: 'Log files and backup',
    description:
      'The log files of each host: how far back they reach, how long ago the newest was written, how fast they come, and how many lines were read. A newest file older than five minutes means that logging has stopped or that the folder is lost. Then the backup, where its report is read: how full its partition was after the last run, and how many logs could not be copied in the time range; red is full beyond the usual limit, or a failure.',
    queries: [
      query(ecsFiles, {
        select: [
          { field: 'retention_s', aggregate: 'last', as: 'retention' },
          { field: 'newest_age_s', aggregate: 'last', as: 'newest' },
          { field: 'opened', aggregate: 'sum', as: 'opened' },
        ],
        where: byHost,
        groupBy: ['host'],
        over: 'range',
      }),
      query(ecsParserTotal, {
        select: [{ field: 'lines', aggregate: 'sum', as: 'lines' }],
        where: byHost,
        groupBy: ['host'],
        over: 'range',
      }),
      query(ecsBackup, {
        select: [
          { field: 'used_pct', aggregate: 'last', as: 'used' },
          { field: 'failed', aggregate: 'sum', as: 'failed' },
          { field: 'oldest_age_s', aggregate: 'last', as: 'oldest' },
        ],
        where: byHost,
        groupBy: ['host'],
        over: 'range',
      }),
    ],
    unit: 'none',
    decimals: 0,
    columns: {
      host: { heading: 'Host' },
      used: {
        heading: 'Backup used (%)',
        decimals: 1,
        thresholds: [{ tone: 'good' }, { from: ecsLimits.backupSpace.critical, tone: 'critical' }],
      },
      failed: { heading: 'Backup failed', thresholds: [{ tone: 'good' }, { from: 1, tone: 'critical' }] },
      oldest: { heading: 'Oldest copy (s)' },
      retention: { heading: 'Reaches back (s)' },
      newest: { heading: 'Last written (s ago)' },
      opened: { heading: 'Files opened' },
      lines: { heading: 'Lines read' },
    },
    sortBy: 'Last written (s ago)',
    noValue: 'no data',
    width: 24,
    height: 6,
  },
  {
    id: 17,
    type: 'timeseries',
    title: 'Patterns of your own',
    description: 'Lines that a pattern of the configuration matched, by pattern. Empty without patterns.',
    queries: [
      query(ecsPattern, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: byHost,
        groupBy: ['pattern'],
        fill: 'zero',
        top: 10,
      }),
    ],
    unit: 'short',
    legend: '{pattern}',
    noValue: '0',
    draw: 'lines',
    stacked: false,
    width: 12,
    height: 6,
  },
  {
    id: 18,
    type: 'bargauge',
    title: 'Records that could not be used',
    description:
      'Lines that should have been events, by reason: torn_line (cut before its end), malformed, bad_date, future, late (older than the late horizon). A few at a crash of the switch are normal; more than 1 % means that the other panels cannot be trusted. All but the late ones are kept as dead letters.',
    queries: [
      query(ecsParser, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: byHost,
        groupBy: ['reason'],
        over: 'range',
        top: 10,
      }),
    ],
    unit: 'short',
    legend: '{reason}',
    noValue: '0',
    width: 12,
    height: 6,
  },
];
