// How many alerts, and how long they take: the top row of the dashboard of alerts (grafana 11.8, panels 1 to 4).
import { alertEvent, alertState } from '../model/alert-event.ts';
import type { Panel } from '../model/panel.ts';
import { query } from '../model/query.ts';
import { where } from './alert-parts.ts';
import { receiverLimits } from './receiver-limits.ts';
import { rising } from './steps.ts';

/** The top row. */
export const alertStatePanels: readonly Panel[] = [
  {
    id: 1,
    type: 'stat',
    title: 'Firing now',
    description:
      'Alerts that were raised and not resolved, as the alert receiver last counted them (every 30 seconds), whatever is chosen above. Work on the critical ones first; "Current alerts" below names them. Without a number the receiver does not run, or Grafana cannot reach it.',
    queries: [query(alertState, { select: [{ field: 'firing', aggregate: 'last' }], over: 'range' })],
    unit: 'short',
    decimals: 0,
    thresholds: rising(receiverLimits.firing),
    noValue: 'no receiver',
    colour: 'background',
    sparkline: false,
    width: 6,
    height: 4,
  },
  {
    id: 2,
    type: 'stat',
    title: 'Alerts raised',
    description:
      'How often an alert began to fire in the time range. A number that nobody can have looked at means that limits are too low: see "Noisiest alerts".',
    queries: [
      query(alertEvent, { select: [{ field: 'raised', aggregate: 'sum' }], where, over: 'range', fill: 'zero' }),
    ],
    unit: 'short',
    decimals: 0,
    noValue: '0',
    colour: 'value',
    sparkline: true,
    width: 6,
    height: 4,
  },
  {
    id: 3,
    type: 'stat',
    title: 'Median time to resolve',
    description:
      'Half of the alerts resolved in the time range were over sooner than this. Hours mean that alerts wait for somebody, or that they fire for what nobody can change.',
    queries: [query(alertEvent, { select: [{ field: 'duration_s', aggregate: 'median' }], where, over: 'range' })],
    unit: 's',
    thresholds: rising(receiverLimits.resolvedSeconds),
    noValue: 'none resolved',
    colour: 'value',
    sparkline: false,
    width: 6,
    height: 4,
  },
  {
    id: 4,
    type: 'stat',
    title: 'Notifications received',
    description:
      'Alerts that Grafana told the receiver of, begun or resolved; repeats are not counted. 0 over days is a quiet time, or a broken way: send a test message from Grafana (Alerting, Contact points) and look here again.',
    queries: [query(alertEvent, { select: [{ field: 'deliveries', aggregate: 'sum' }], where, over: 'range' })],
    unit: 'short',
    decimals: 0,
    noValue: '0',
    colour: 'value',
    sparkline: false,
    width: 6,
    height: 4,
  },
];
