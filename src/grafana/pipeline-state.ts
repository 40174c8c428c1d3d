// Is anything wrong? The top row of the pipeline dashboard (grafana 11.9, panels 1 to 5).
import type { Panel } from '../model/panel.ts';
import { switchboardPipeline } from '../model/pipeline.ts';
import { query } from '../model/query.ts';
import { minWindowSeconds, pipelineLimits, where } from './pipeline-parts.ts';
import { rising } from './steps.ts';

/** The top row. */
export const statePanels: readonly Panel[] = [
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
