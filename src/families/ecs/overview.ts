// The part of the family on the overview: its tile, and the alarms that count as its errors (grafana 11.1).
import type { OverviewPart } from '../../model/family.ts';
import { query } from '../../model/query.ts';
import { ecsDenial, ecsMtcAlarm } from './metrics.ts';

/** The part. */
export const ecsOverview: OverviewPart = {
  tiles: [
    {
      id: 3,
      type: 'stat',
      title: 'Avaya denials',
      description:
        'Everything that Communication Manager refused in the time range, on all hosts. A steady level is normal on a busy system; a step or a peak in the curve is not: click to see which numbers it is made of.',
      queries: [
        query(ecsDenial, {
          select: [{ field: 'count', aggregate: 'sum', as: 'denials' }],
          over: 'range',
          fill: 'zero',
        }),
      ],
      unit: 'short',
      decimals: 0,
      links: [{ title: 'Avaya CM events', dashboard: 'sb-avaya' }],
      noValue: '0',
      colour: 'value',
      sparkline: true,
    },
  ],
  errors: {
    query: query(ecsMtcAlarm, { select: [{ field: 'count', aggregate: 'sum' }], fill: 'zero' }),
    legend: 'Avaya maintenance alarms',
  },
};
