// Accounting and versions of each source, as tables (grafana 11.9, panel 16, and engine 6).
import type { Panel } from '../model/panel.ts';
import { switchboardPipeline } from '../model/pipeline.ts';
import { query } from '../model/query.ts';
import { minWindowSeconds, where } from './pipeline-parts.ts';

/** The tables. */
export const detailPanels: readonly Panel[] = [
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
    columns: {
      source: { heading: 'Source' },
      lines_read: { heading: 'Read' },
      matched: { heading: 'Matched' },
      ignored: { heading: 'Ignored' },
      dead_lettered: { heading: 'Dead letters' },
      late_dropped: { heading: 'Late' },
      skipped_long: { heading: 'Too long' },
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
    columns: {
      family: { heading: 'Family' },
      source: { heading: 'Source' },
      instance: { heading: 'Instance' },
      version: { heading: 'Version' },
    },
    sortBy: 'Version',
    noValue: 'no data',
    width: 10,
    height: 9,
  },
];
