// What fills up, and what was lost by it (grafana 11.9, panels 11 to 15).
import type { Panel } from '../model/panel.ts';
import { switchboardPipeline } from '../model/pipeline.ts';
import { query } from '../model/query.ts';
import { minWindowSeconds, where } from './pipeline-parts.ts';
import { line } from './steps.ts';

/** The curves of what fills up. */
export const saturationPanels: readonly Panel[] = [
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
