// How the events went over time (grafana 11.2, panels 7, 8, 10, 12 and 14).
import type { Panel } from '../../model/panel.ts';
import { query } from '../../model/query.ts';
import { ecsLimits } from './limits.ts';
import { ecsCtiLag, ecsDenial, ecsIpevt, ecsMtcAlarm, ecsMtcError } from './metrics.ts';
import { byDenial, byHost, lineAt } from './panel-parts.ts';

/** The curves. */
export const ratePanels: readonly Panel[] = [
  {
    id: 7,
    type: 'timeseries',
    title: 'Denials by category',
    description:
      'Refusals by category of the denial table; numbers without a confirmed meaning are "unknown". A new colour or a step says what kind of trouble began, and when.',
    queries: [
      query(ecsDenial, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: byDenial,
        groupBy: ['category'],
        fill: 'zero',
      }),
    ],
    unit: 'short',
    legend: '{category}',
    draw: 'bars',
    stacked: true,
    width: 12,
    height: 8,
  },
  {
    id: 8,
    type: 'timeseries',
    title: 'Denials by number',
    description:
      'The ten most frequent denial numbers, in parts of five minutes or more. Above the line, and far above its own mean, a number is a surge (below five minutes a point the line would mean nothing). Look up a number in Avaya document 03-602793 "Communication Manager Denial Events"; its meaning can change between releases.',
    queries: [
      query(ecsDenial, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: byDenial,
        groupBy: ['event'],
        fill: 'zero',
        top: 10,
        // The alert counts five minutes too, so the line is its limit.
        minWindowSeconds: 300,
      }),
    ],
    unit: 'short',
    thresholds: [{ tone: 'neutral' }, { from: ecsLimits.surge.events, tone: 'warning' }],
    legend: '{event}',
    draw: 'lines',
    stacked: false,
    width: 12,
    height: 8,
  },
  {
    id: 10,
    type: 'timeseries',
    title: 'Alarms and errors by type',
    description:
      'Maintenance alarms and errors by type of the object. Errors come before the alarm; a type that repeats points to one failing board, link or server.',
    queries: [
      query(ecsMtcAlarm, {
        select: [{ field: 'count', aggregate: 'sum', as: 'alarm' }],
        where: byHost,
        groupBy: ['type'],
        fill: 'zero',
        top: 10,
      }),
      query(ecsMtcError, {
        select: [{ field: 'count', aggregate: 'sum', as: 'error' }],
        where: byHost,
        groupBy: ['type'],
        fill: 'zero',
        top: 10,
      }),
    ],
    unit: 'short',
    legend: '{name} {type}',
    draw: 'lines',
    stacked: false,
    width: 12,
    height: 8,
  },
  {
    id: 12,
    type: 'timeseries',
    title: 'Endpoint registrations and drops',
    description:
      'What IP telephones did (IPEVT), by sub-event. Registrations after drops are a recovery; drops of many at once are a network failure. The reasons are in "Drop reasons".',
    queries: [
      query(ecsIpevt, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: byHost,
        groupBy: ['event'],
        fill: 'zero',
      }),
    ],
    unit: 'short',
    legend: '{event}',
    draw: 'lines',
    stacked: false,
    width: 12,
    height: 8,
  },
  {
    id: 14,
    type: 'timeseries',
    title: 'CTI link silence',
    description:
      'Time since the last message to the CTI server of each link, from decoded traces (.m). A saw with small teeth is a busy link; a ramp is a link that says nothing more: agents see no calls on their screens. At night a ramp is normal. Empty without decoded traces among the paths of the source.',
    queries: [
      query(ecsCtiLag, {
        select: [{ field: 'seconds_since_last', aggregate: 'max' }],
        where: byHost,
        groupBy: ['link'],
        minWindowSeconds: 15,
      }),
    ],
    unit: 's',
    thresholds: lineAt(ecsLimits.ctiSilence.seconds, 'warning'),
    legend: 'link {link}',
    noValue: 'no decoded trace',
    draw: 'lines',
    stacked: false,
    width: 24,
    height: 7,
  },
];
