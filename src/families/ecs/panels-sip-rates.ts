// SIP messages over time (grafana 11.3, panels 7, 8, 9 and 14).
import type { Panel } from '../../model/panel.ts';
import { query } from '../../model/query.ts';
import { ecsSip } from './metrics.ts';
import { bySip, requestTypes, statusTones } from './panel-parts.ts';

const half = { width: 12, height: 8 } as const;

/** The curves. */
export const sipRatePanels: readonly Panel[] = [
  {
    id: 7,
    type: 'timeseries',
    title: 'Requests by method',
    description:
      'Requests in both directions, each second. INVITE and BYE follow the working day; OPTIONS keep trunks alive and are steady. Many REGISTER or INVITE from one address at night are somebody trying.',
    queries: [
      query(ecsSip, {
        select: [{ field: 'count', aggregate: 'sum', perSecond: true }],
        where: [...bySip, { tag: 'type', values: requestTypes }],
        groupBy: ['type'],
        fill: 'zero',
      }),
    ],
    unit: 'cps',
    legend: '{type}',
    noValue: '0',
    draw: 'lines',
    stacked: false,
    ...half,
  },
  {
    id: 8,
    type: 'timeseries',
    title: 'Responses by status',
    description:
      'Responses to all methods by status code, coloured by the first digit: blue provisional or redirected, green success, orange request failed, red server failed. Red and orange that grow are calls that do not get through.',
    queries: [
      query(ecsSip, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: [...bySip, { tag: 'type', prefixes: ['1', '2', '3', '4', '5', '6'] }],
        groupBy: ['type'],
        fill: 'zero',
      }),
    ],
    unit: 'short',
    legend: '{type}',
    noValue: '0',
    draw: 'bars',
    stacked: true,
    seriesTones: statusTones,
    ...half,
  },
  {
    id: 9,
    type: 'timeseries',
    title: 'Failures by status',
    description:
      'Responses 4xx, 5xx and 6xx. 486 and 480 are busy or absent people, 404 wrong numbers, 401 and 407 only ask for a password. 503 says that the far end has no channels left or is down; 408 that nobody answers at all; 500 is a fault of the server that sent it.',
    queries: [
      query(ecsSip, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: [...bySip, { tag: 'type', prefixes: ['4', '5', '6'] }],
        groupBy: ['type'],
        fill: 'zero',
        // The alert on 503 counts a minute too.
        minWindowSeconds: 60,
      }),
    ],
    unit: 'short',
    legend: '{type}',
    noValue: '0',
    draw: 'lines',
    stacked: false,
    ...half,
  },
  {
    id: 14,
    type: 'timeseries',
    title: 'In against out',
    description:
      'Messages received (up) and sent (down). Both sides belong together: requests that come in and are not answered make the upper side grow alone, and a far end that is down makes the lower side repeat itself.',
    queries: [
      query(ecsSip, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: bySip,
        groupBy: ['direction'],
        fill: 'zero',
      }),
    ],
    unit: 'short',
    legend: '{direction}',
    noValue: '0',
    draw: 'lines',
    stacked: false,
    mirrored: ['OUT'],
    ...half,
  },
];
