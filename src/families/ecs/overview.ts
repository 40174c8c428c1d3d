// The part of the family on the overview: its tile, and the alarms that count as its errors (grafana 11.1).
import type { OverviewPart } from '../../model/family.ts';
import { query } from '../../model/query.ts';
import { ecsDenial, ecsMtcAlarm, ecsSipInvite } from './metrics.ts';
import { answeredSteps } from './panel-parts.ts';

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
    {
      id: 4,
      type: 'stat',
      title: 'SIP calls answered',
      description:
        'Share of the call attempts on traced SIP trunks of all hosts that were answered. Between 60 and 80 % is everyday life, since some callers give up and some lines are busy; below 40 % calls do not get through: click to see on which trunk. Empty without MST traces of SIP.',
      queries: [
        query(ecsSipInvite, {
          select: [{ field: 'answered', aggregate: 'sum', over: 'attempts' }],
          over: 'range',
        }),
      ],
      unit: 'percentunit',
      decimals: 0,
      thresholds: answeredSteps,
      links: [{ title: 'SIP signalling', dashboard: 'sb-sip' }],
      noValue: 'no calls',
      colour: 'value',
      sparkline: false,
    },
  ],
  errors: {
    query: query(ecsMtcAlarm, { select: [{ field: 'count', aggregate: 'sum' }], fill: 'zero' }),
    legend: 'Avaya maintenance alarms',
  },
};
