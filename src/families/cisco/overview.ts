// The part of the family on the overview: its tile, and the messages that count as its errors (grafana 11.1).
import type { OverviewPart } from '../../model/family.ts';
import { query } from '../../model/query.ts';
import { ciscoLimits } from './dashboard/limits.ts';
import { ciscoMessages, ciscoService } from './metrics.ts';
import { good } from './dashboard/panel-parts.ts';

/** Severities of errors and worse. */
const errors: readonly string[] = ['0', '1', '2', '3'];

/** The part. */
export const ciscoOverview: OverviewPart = {
  tiles: [
    {
      id: 6,
      type: 'stat',
      title: 'Sites down',
      description:
        'Services of all networks that have neither their primary nor their backup now. None is normal; click to see which, and since when. Without a topology there is no number.',
      queries: [
        query(ciscoService, {
          select: [{ field: 'down', aggregate: 'sum', as: 'sites' }],
          over: 'range',
          perSeries: 'last',
          minWindowSeconds: 15,
        }),
      ],
      unit: 'short',
      decimals: 0,
      thresholds: good(ciscoLimits.down.critical, 'critical'),
      links: [{ title: 'Network availability', dashboard: 'sb-network' }],
      noValue: 'no data',
      colour: 'background',
      sparkline: false,
    },
  ],
  errors: {
    query: query(ciscoMessages, {
      select: [{ field: 'count', aggregate: 'sum' }],
      where: [{ tag: 'severity', values: errors }],
      fill: 'zero',
    }),
    legend: 'Cisco messages of severity 0 to 3',
  },
};
