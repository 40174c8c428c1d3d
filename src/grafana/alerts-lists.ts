// Which alerts fired, and which make more noise than sense (grafana 11.8, panels 7, 8, 10 and 11).
import { alertEvent } from '../model/alert-event.ts';
import type { Panel } from '../model/panel.ts';
import { query } from '../model/query.ts';
import { statusTones, where } from './alert-parts.ts';
import { receiverLimits } from './receiver-limits.ts';

const onlyThis = [{ title: 'This alert only', dashboard: 'sb-alerts', variables: { alertname: 'alertname' } }];
const { nervous } = receiverLimits;

/** The tables and Grafana's own list. */
export const alertListPanels: readonly Panel[] = [
  {
    id: 7,
    type: 'table',
    title: 'Noisiest alerts',
    description:
      'The 20 rules that fired most, with the time they were open in all and on average. The first ones cost the most attention: mend what they point to, or change their limit.',
    queries: [
      query(alertEvent, {
        select: [
          { field: 'raised', aggregate: 'sum' },
          { field: 'duration_s', aggregate: 'sum', as: 'open' },
          { field: 'duration_s', aggregate: 'mean', as: 'average' },
        ],
        where,
        groupBy: ['alertname'],
        over: 'range',
        top: 20,
      }),
    ],
    unit: 'short',
    decimals: 0,
    columns: {
      alertname: { heading: 'Alert' },
      raised: { heading: 'Raised' },
      open: { heading: 'Open in all', unit: 's', decimals: 1 },
      average: { heading: 'On average', unit: 's', decimals: 1 },
    },
    links: onlyThis,
    noValue: 'none',
    width: 8,
    height: 9,
  },
  {
    id: 8,
    type: 'table',
    title: 'Flapping alerts',
    description: `Rules that fired more than ${nervous.perDay} times a day (and more than ${nervous.times} times at all) and were over after less than ${nervous.seconds / 60} minutes on average. None is good. Give such a rule a longer pending time, or a limit that the everyday does not touch; a cause that comes and goes is worth a look at the device.`,
    queries: [
      query(alertEvent, {
        select: [
          { field: 'raised', aggregate: 'sum' },
          { field: 'raised', aggregate: 'sum', perDay: true, as: 'daily' },
          { field: 'duration_s', aggregate: 'mean', as: 'average' },
        ],
        where,
        groupBy: ['alertname'],
        over: 'range',
        having: [
          { select: 'raised', above: nervous.times },
          { select: 'daily', above: nervous.perDay },
          { select: 'average', below: nervous.seconds },
        ],
      }),
    ],
    unit: 'short',
    decimals: 0,
    columns: {
      alertname: { heading: 'Alert' },
      raised: { heading: 'Raised' },
      daily: { heading: 'Per day', decimals: 1 },
      average: { heading: 'On average', unit: 's', decimals: 1 },
    },
    links: onlyThis,
    noValue: 'none',
    width: 8,
    height: 9,
  },
  {
    id: 11,
    type: 'alertlist',
    title: 'Current alerts',
    description:
      'What fires or is about to, straight from the rules in "Switchboard Alerts", whatever is chosen above. If it differs from "Firing now", messages do not reach the receiver: see Contact points in Grafana, and the receiver\'s log.',
    queries: [],
    unit: 'none',
    width: 8,
    height: 9,
  },
  {
    id: 10,
    type: 'table',
    title: 'History',
    description:
      'The 100 newest changes: when an alert began to fire or was resolved, how long it had been open, and what it said. The link leads to the panel or rule in Grafana.',
    queries: [
      query(alertEvent, {
        select: [
          { field: 'duration_s', aggregate: 'last', as: 'duration' },
          { field: 'summary', aggregate: 'last' },
          { field: 'url', aggregate: 'last' },
        ],
        where,
        groupBy: ['alertname', 'status', 'severity', 'host'],
        over: 'rows',
        limit: 100,
      }),
    ],
    unit: 'none',
    columns: {
      time: { heading: 'Time', unit: 'dateTimeAsIso' },
      alertname: { heading: 'Alert' },
      status: { heading: 'Status', textTones: statusTones },
      severity: { heading: 'Severity' },
      host: { heading: 'Host' },
      duration: { heading: 'Was open', unit: 's', decimals: 1 },
      summary: { heading: 'Summary' },
      url: { heading: 'Link', isLink: true },
    },
    noValue: 'none',
    width: 24,
    height: 10,
  },
];
