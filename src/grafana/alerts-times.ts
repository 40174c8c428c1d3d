// When alerts fired (grafana 11.8, panels 5, 6 and 9).
import { alertEvent, alertEventHourly } from '../model/alert-event.ts';
import type { Panel } from '../model/panel.ts';
import { query } from '../model/query.ts';
import { severityTones, where } from './alert-parts.ts';

const minute = 60;

/** The pictures over time. */
export const alertTimePanels: readonly Panel[] = [
  {
    id: 5,
    type: 'timeseries',
    title: 'Alerts by severity',
    description:
      'Alerts that began to fire, by severity. Many at one moment have one cause: look for the first of them in "History".',
    queries: [
      query(alertEvent, {
        select: [{ field: 'raised', aggregate: 'sum' }],
        where,
        groupBy: ['severity'],
        fill: 'zero',
        minWindowSeconds: minute,
      }),
    ],
    unit: 'short',
    decimals: 0,
    legend: '{severity}',
    seriesTones: severityTones,
    noValue: '0',
    draw: 'bars',
    stacked: true,
    width: 8,
    height: 8,
  },
  {
    id: 6,
    type: 'state-timeline',
    title: 'Alert timeline',
    description:
      'Each alert from its begin to its end. One that began before the time range shows up at its next change. Alerts that share name and host share a lane, which says what happened last; one that was over within a window of the picture is in "History" only.',
    queries: [
      query(alertEvent, {
        select: [{ field: 'raised', aggregate: 'last' }],
        where,
        groupBy: ['alertname', 'host'],
        fill: 'previous',
        minWindowSeconds: minute,
      }),
    ],
    unit: 'none',
    valueTexts: [
      { value: 0, text: 'Resolved', tone: 'good' },
      { value: 1, text: 'Firing', tone: 'critical' },
    ],
    legend: '{alertname} {host}',
    noValue: 'no alerts',
    width: 8,
    height: 8,
  },
  {
    id: 9,
    type: 'barchart',
    title: 'Alerts by hour of day',
    description:
      'Alerts raised, by hour of the day on the clock of the receiver; an hour without any has no bar. A peak at one hour is a job, a backup or the start of work: move the job, or mute the rule for that hour.',
    queries: [
      query(alertEventHourly, {
        select: [{ field: 'raised', aggregate: 'sum' }],
        where,
        groupBy: ['hour'],
        over: 'range',
      }),
    ],
    unit: 'short',
    decimals: 0,
    noValue: 'no alerts',
    width: 8,
    height: 8,
  },
];
