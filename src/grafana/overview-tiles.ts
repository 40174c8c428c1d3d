// The tiles of the overview that no family gives: alerts and sources (grafana 11.1, panels 1 and 2).
import { alertState } from '../model/alert-event.ts';
import type { StatPanel } from '../model/panel.ts';
import { switchboardPipeline } from '../model/pipeline.ts';
import { query } from '../model/query.ts';
import { minWindowSeconds } from './pipeline-parts.ts';
import { receiverLimits } from './receiver-limits.ts';
import { rising } from './steps.ts';

/** The tiles, without their places. */
export const commonTiles: readonly Omit<StatPanel, 'width' | 'height'>[] = [
  {
    id: 1,
    type: 'stat',
    title: 'Firing alerts',
    description:
      'Alerts that were raised and not resolved, as the alert receiver last counted them. None is normal; click to see which, and since when. Without a number the receiver does not run: then see Alerting in Grafana itself.',
    queries: [query(alertState, { select: [{ field: 'firing', aggregate: 'last' }], over: 'range' })],
    unit: 'short',
    decimals: 0,
    thresholds: rising(receiverLimits.firing),
    links: [{ title: 'Alerts history', dashboard: 'sb-alerts' }],
    noValue: 'no receiver',
    colour: 'background',
    sparkline: false,
  },
  {
    id: 2,
    type: 'stat',
    title: 'Sources reporting',
    description:
      'Sources of logs that reported in the time range and were read when they last did. Compare with the number you set up. One that stopped since is still counted: its age is in "Data freshness", and an alert says so after five minutes.',
    queries: [
      query(switchboardPipeline, {
        select: [{ field: 'up', aggregate: 'sum', as: 'sources' }],
        over: 'range',
        perSeries: 'last',
        minWindowSeconds,
      }),
    ],
    unit: 'short',
    decimals: 0,
    thresholds: [{ tone: 'critical' }, { from: 1, tone: 'good' }],
    links: [{ title: 'Pipeline health', dashboard: 'sb-pipeline' }],
    noValue: 'no source reports',
    colour: 'background',
    sparkline: false,
  },
];
