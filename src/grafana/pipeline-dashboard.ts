// The dashboard `Pipeline health`: can we trust the other dashboards? (grafana 11.9). Plain data over the engine's own
// measurement; the live page draws it too.
import type { Dashboard, Panel, ThresholdStep } from '../model/panel.ts';
import { pipelineIntervalMs, switchboardPipeline } from '../model/pipeline.ts';
import { query } from '../model/query.ts';

/** From these values on a person should look, or act; alert rules use the same. */
export const pipelineLimits = {
  lagSeconds: { warning: 60, critical: 300 },
  rejectedRatio: { warning: 0.001, critical: 0.01 },
  writeErrors: { warning: 1, critical: 10 },
  writeP95Ms: { critical: 1000 },
} as const;

const minWindowSeconds = pipelineIntervalMs / 1000;
const where = [
  { tag: 'family', variable: 'family' },
  { tag: 'host', variable: 'host' },
] as const;

function rising({ warning, critical }: { readonly warning: number; readonly critical: number }): ThresholdStep[] {
  return [{ tone: 'good' }, { from: warning, tone: 'warning' }, { from: critical, tone: 'critical' }];
}

function line(critical: number): ThresholdStep[] {
  return [{ tone: 'neutral' }, { from: critical, tone: 'critical' }];
}

const state: readonly Panel[] = [
  {
    id: 1,
    type: 'stat',
    title: 'Sources',
    description:
      'Each source as it last reported: Up while it is read. Down means that Switchboard stopped reading it: see its log and /healthz. A source that is missing here has not reported in the whole time range.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'up', aggregate: 'last' }],
        where,
        groupBy: ['source'],
        over: 'range',
        minWindowSeconds,
      }),
    ],
    unit: 'none',
    thresholds: [{ tone: 'critical' }, { from: 1, tone: 'good' }],
    valueTexts: [
      { value: 0, text: 'Down', tone: 'critical' },
      { value: 1, text: 'Up', tone: 'good' },
    ],
    legend: '{source}',
    noValue: 'no source reports',
    colour: 'background',
    sparkline: false,
    width: 8,
    height: 4,
  },
  {
    id: 2,
    type: 'stat',
    title: 'Records per second',
    description:
      'Lines that gave values, or should have, on average over the time range. 0 with logs that grow means wrong paths or a log format that the family does not know: run "switchboard check".',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'records', aggregate: 'sum', perSecond: true }],
        where,
        over: 'range',
        minWindowSeconds,
      }),
    ],
    unit: 'cps',
    noValue: '0',
    colour: 'value',
    sparkline: false,
    width: 4,
    height: 4,
  },
  {
    id: 3,
    type: 'stat',
    title: 'Rejected',
    description:
      'Share of records that could not be used. Above 1 % the other dashboards show too little: read the dead letters, correct the zone, the pattern or the parser, then "switchboard replay".',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'rejected', aggregate: 'sum', over: 'records', as: 'rejected' }],
        where,
        over: 'range',
        minWindowSeconds,
      }),
    ],
    unit: 'percentunit',
    decimals: 2,
    thresholds: rising(pipelineLimits.rejectedRatio),
    noValue: 'no records',
    colour: 'value',
    sparkline: false,
    width: 4,
    height: 4,
  },
  {
    id: 4,
    type: 'stat',
    title: 'Points refused',
    description:
      'Points that an output will never take, for example because a field has another type there. They are kept as dead letters with the words of the server.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'write_errors', aggregate: 'sum' }],
        where,
        over: 'range',
        minWindowSeconds,
      }),
    ],
    unit: 'short',
    decimals: 0,
    thresholds: rising(pipelineLimits.writeErrors),
    noValue: '0',
    colour: 'value',
    sparkline: false,
    width: 4,
    height: 4,
  },
  {
    id: 5,
    type: 'stat',
    title: 'Worst lag',
    description:
      'How far the slowest source is behind its log. Growing lag with an empty spool: the machine is too slow. With a full spool: an output is away.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'lag_s', aggregate: 'max', as: 'lag' }],
        where,
        over: 'range',
        perSeries: 'last',
        minWindowSeconds,
      }),
    ],
    unit: 's',
    thresholds: rising(pipelineLimits.lagSeconds),
    noValue: 'no data',
    colour: 'value',
    sparkline: false,
    width: 4,
    height: 4,
  },
];

const rates: readonly Panel[] = [
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

const saturation: readonly Panel[] = [
  {
    id: 11,
    type: 'timeseries',
    title: 'Spool',
    description:
      'What is committed and not yet accepted, and its limit. At the limit reading stops and the log keeps the data; bring the output back before the log rotates away.',
    queries: [
      query(switchboardPipeline, {
        select: [
          { field: 'spool_bytes', aggregate: 'max', as: 'spool' },
          { field: 'spool_limit_bytes', aggregate: 'max', as: 'limit' },
        ],
        where,
        groupBy: ['source'],
        minWindowSeconds,
      }),
    ],
    unit: 'bytes',
    legend: '{source} {name}',
    draw: 'lines',
    stacked: false,
    width: 8,
    height: 8,
  },
  {
    id: 12,
    type: 'timeseries',
    title: 'Points dropped',
    description:
      'Points given up because a spool was full and the source is set to drop. Any is lost data: the dashboards show too little for this time.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'dropped', aggregate: 'sum' }],
        where,
        groupBy: ['source'],
        fill: 'zero',
        minWindowSeconds,
      }),
    ],
    unit: 'short',
    thresholds: line(1),
    legend: '{source}',
    draw: 'bars',
    stacked: false,
    width: 8,
    height: 8,
  },
  {
    id: 15,
    type: 'timeseries',
    title: 'Starts of Switchboard',
    description:
      'Starts of the process, by source. Values stay exact over a restart; many starts mean a crash or a lack of memory: see the log of the service.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'starts', aggregate: 'sum' }],
        where,
        groupBy: ['source'],
        fill: 'none',
        minWindowSeconds,
      }),
    ],
    unit: 'short',
    legend: '{source}',
    draw: 'points',
    stacked: false,
    width: 8,
    height: 8,
  },
  {
    id: 14,
    type: 'timeseries',
    title: 'Memory',
    description:
      'Resident memory of each Switchboard. It is flat whatever the size of the logs; steady growth is a fault.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'rss_bytes', aggregate: 'max', as: 'memory' }],
        where,
        groupBy: ['instance'],
        minWindowSeconds,
      }),
    ],
    unit: 'bytes',
    legend: '{instance}',
    draw: 'lines',
    stacked: false,
    width: 12,
    height: 8,
  },
  {
    id: 17,
    type: 'timeseries',
    title: 'Event loop delay p99',
    description:
      'How long work waits inside the process, 99th percentile. Some tens of milliseconds while catching up are normal; seconds mean that the machine has no time for it.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'eventloop_p99_ms', aggregate: 'max', as: 'delay' }],
        where,
        groupBy: ['instance'],
        minWindowSeconds,
      }),
    ],
    unit: 'ms',
    legend: '{instance}',
    draw: 'lines',
    stacked: false,
    width: 12,
    height: 8,
  },
];

const details: readonly Panel[] = [
  {
    id: 18,
    type: 'table',
    title: 'Where every line went',
    description:
      'The accounting of each source in the time range: lines read are the sum of the other columns. A difference is a fault of Switchboard.',
    queries: [
      query(switchboardPipeline, {
        select: [
          { field: 'lines_read', aggregate: 'sum' },
          { field: 'matched', aggregate: 'sum' },
          { field: 'ignored', aggregate: 'sum' },
          { field: 'dead_lettered', aggregate: 'sum' },
          { field: 'late_dropped', aggregate: 'sum' },
          { field: 'skipped_long', aggregate: 'sum' },
        ],
        where,
        groupBy: ['source'],
        over: 'range',
        minWindowSeconds,
      }),
    ],
    unit: 'short',
    headings: {
      source: 'Source',
      lines_read: 'Read',
      matched: 'Matched',
      ignored: 'Ignored',
      dead_lettered: 'Dead letters',
      late_dropped: 'Late',
      skipped_long: 'Too long',
    },
    noValue: '0',
    width: 14,
    height: 9,
  },
  {
    id: 16,
    type: 'table',
    title: 'Versions',
    description:
      'The version that last reported for each source. Different versions after an upgrade: one was forgotten.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'version', aggregate: 'last' }],
        where,
        groupBy: ['family', 'source', 'instance'],
        over: 'range',
        minWindowSeconds,
      }),
    ],
    unit: 'none',
    headings: { family: 'Family', source: 'Source', instance: 'Instance', version: 'Version' },
    sortBy: 'Version',
    noValue: 'no data',
    width: 10,
    height: 9,
  },
];

/** The dashboard. Its panel 13 belongs to the message queue transport and stays free. */
export const pipelineDashboard: Dashboard = {
  uid: 'sb-pipeline',
  title: 'Pipeline health',
  description: 'Can we trust the other dashboards? What Switchboard reads, rejects, delays and delivers.',
  folder: 'Switchboard Operations',
  tags: ['switchboard', 'pipeline'],
  defaultRangeSeconds: 6 * 3600,
  refreshSeconds: 60,
  variables: [
    { name: 'family', label: 'Family', measurement: switchboardPipeline, tag: 'family' },
    { name: 'host', label: 'Host', measurement: switchboardPipeline, tag: 'host' },
  ],
  sections: [
    { title: 'State', panels: state },
    { title: 'Rates and errors', panels: rates },
    { title: 'Saturation', panels: saturation },
    { title: 'Details', panels: details },
  ],
};
