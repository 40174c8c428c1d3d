// What is read, refused and written, and how late (grafana 11.9, panels 6 to 10).
import type { Panel } from '../model/panel.ts';
import { switchboardPipeline } from '../model/pipeline.ts';
import { query } from '../model/query.ts';
import { minWindowSeconds, pipelineLimits, where } from './pipeline-parts.ts';
import { line } from './steps.ts';

/** The curves of work, errors and delay. */
export const ratePanels: readonly Panel[] = [
  {
    id: 6,
    type: 'timeseries',
    title: 'Records by family',
    description: 'Lines per second that gave values, or should have. A family at 0 while its systems work is blind.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'records', aggregate: 'sum', perSecond: true }],
        where,
        groupBy: ['family'],
        minWindowSeconds,
      }),
    ],
    unit: 'cps',
    legend: '{family}',
    draw: 'lines',
    stacked: false,
    width: 8,
    height: 8,
  },
  {
    id: 7,
    type: 'timeseries',
    title: 'Lines that could not be used',
    description:
      'Why lines were not counted: dead letters (should have matched), late (older than the late horizon), too long. None is normal; a step after a change of the logging system is its new format.',
    queries: [
      query(switchboardPipeline, {
        select: [
          { field: 'dead_lettered', aggregate: 'sum', as: 'dead letters' },
          { field: 'late_dropped', aggregate: 'sum', as: 'late' },
          { field: 'skipped_long', aggregate: 'sum', as: 'too long' },
        ],
        where,
        fill: 'zero',
        minWindowSeconds,
      }),
    ],
    unit: 'short',
    draw: 'bars',
    stacked: true,
    width: 8,
    height: 8,
  },
  {
    id: 8,
    type: 'timeseries',
    title: 'Points written',
    description:
      'Points per second that the outputs accepted. 0 while records come in means that the outputs are away: see the spool below.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'points', aggregate: 'sum', perSecond: true }],
        where,
        groupBy: ['family'],
        minWindowSeconds,
      }),
    ],
    unit: 'cps',
    legend: '{family}',
    draw: 'lines',
    stacked: false,
    width: 8,
    height: 8,
  },
  {
    id: 9,
    type: 'timeseries',
    title: 'Lag behind the log',
    description:
      'Seconds from what was last read to the end of the log, by source. The line is the limit of the alert. Lag that only grows ends in lost lines when the log rotates away.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'lag_s', aggregate: 'max', as: 'lag' }],
        where,
        groupBy: ['source'],
        minWindowSeconds,
      }),
    ],
    unit: 's',
    thresholds: line(pipelineLimits.lagSeconds.critical),
    legend: '{source}',
    draw: 'lines',
    stacked: false,
    width: 12,
    height: 8,
  },
  {
    id: 10,
    type: 'timeseries',
    title: 'Write time p95',
    description:
      'How long a write to an output takes, 95th percentile by source. Above one second the database is overloaded, or far away.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'write_p95_ms', aggregate: 'max', as: 'write time' }],
        where,
        groupBy: ['source'],
        minWindowSeconds,
      }),
    ],
    unit: 'ms',
    thresholds: line(pipelineLimits.writeP95Ms.critical),
    legend: '{source}',
    draw: 'lines',
    stacked: false,
    width: 12,
    height: 8,
  },
];
