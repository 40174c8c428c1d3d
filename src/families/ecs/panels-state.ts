// State of the switch at a glance: the top row of the dashboard (grafana 11.2, panels 1 to 6).
import type { Panel } from '../../model/panel.ts';
import { query } from '../../model/query.ts';
import { ecsLimits } from './limits.ts';
import { ecsDenial, ecsFiles, ecsMtcAlarm, ecsProcErr } from './metrics.ts';
import { byDenial, byHost, refusals, rising } from './panel-parts.ts';

/** The top row. */
export const statePanels: readonly Panel[] = [
  {
    id: 1,
    type: 'stat',
    title: 'Denials',
    description:
      'Everything Communication Manager refused in the time range, from DENYEVT lines. A steady level is normal on a busy system; look for a change. "Most frequent denials" below says which numbers make it up.',
    queries: [
      query(ecsDenial, {
        select: [{ field: 'count', aggregate: 'sum', as: 'denials' }],
        where: byDenial,
        over: 'range',
        fill: 'zero',
      }),
    ],
    unit: 'short',
    decimals: 0,
    noValue: '0',
    colour: 'value',
    sparkline: true,
    width: 4,
    height: 4,
  },
  {
    id: 2,
    type: 'stat',
    title: 'Users affected',
    description:
      'The most different users or devices (first qualifier) that one denial number hit in one interval. One or two is a single bad phone; 20 and more at once is the network or a gateway, not the phones.',
    queries: [
      query(ecsDenial, {
        select: [{ field: 'distinct_d1', aggregate: 'max', as: 'users' }],
        where: byDenial,
        over: 'range',
      }),
    ],
    unit: 'short',
    decimals: 0,
    thresholds: rising(ecsLimits.dropped.seen, ecsLimits.dropped.critical),
    noValue: '0',
    colour: 'value',
    sparkline: false,
    width: 4,
    height: 4,
  },
  {
    id: 3,
    type: 'stat',
    title: 'Maintenance alarms',
    description:
      'Alarms that maintenance raised (MTCEVT ALM). None is normal. Three of one type within ten minutes deserve a look at "display alarms" on the switch.',
    queries: [
      query(ecsMtcAlarm, {
        select: [{ field: 'count', aggregate: 'sum', as: 'alarms' }],
        where: byHost,
        over: 'range',
        fill: 'zero',
      }),
    ],
    unit: 'short',
    decimals: 0,
    thresholds: rising(ecsLimits.alarms.seen, ecsLimits.alarms.warning),
    noValue: '0',
    colour: 'value',
    sparkline: false,
    width: 4,
    height: 4,
  },
  {
    id: 4,
    type: 'stat',
    title: 'Process errors',
    description:
      'Software errors of the call processing software (proc_err). A few are normal; more than 20 of one process in five minutes are not. "Process errors by process" names it.',
    queries: [
      query(ecsProcErr, {
        select: [{ field: 'count', aggregate: 'sum', as: 'errors' }],
        where: byHost,
        over: 'range',
        fill: 'zero',
      }),
    ],
    unit: 'short',
    decimals: 0,
    thresholds: rising(ecsLimits.processErrors.seen, ecsLimits.processErrors.warning),
    noValue: '0',
    colour: 'value',
    sparkline: false,
    width: 4,
    height: 4,
  },
  {
    id: 5,
    type: 'stat',
    title: 'Registrations refused',
    description:
      'Denials 1911 (capacity), 1926 (authentication) and 1934 (already registered). 1911 means that users cannot log in: check the licence. 1926 in bulk is a password attack or a wrong key. Shows these numbers whatever event is chosen above.',
    queries: [
      query(ecsDenial, {
        select: [{ field: 'count', aggregate: 'sum', as: 'refused' }],
        where: [...byHost, { tag: 'event', values: refusals }],
        over: 'range',
        fill: 'zero',
      }),
    ],
    unit: 'short',
    decimals: 0,
    thresholds: rising(ecsLimits.refused.seen, ecsLimits.refused.warning),
    noValue: '0',
    colour: 'value',
    sparkline: false,
    width: 4,
    height: 4,
  },
  {
    id: 6,
    type: 'stat',
    title: 'Log retention',
    description:
      'How far back the log files of the host reach, the shortest of the chosen hosts. The switch keeps 1000 files of 1 MB: under heavy tracing that is minutes. Below 30 minutes evidence is overwritten before anybody can look: trace less, or back up more often.',
    queries: [
      query(ecsFiles, {
        select: [{ field: 'retention_s', aggregate: 'min', as: 'retention' }],
        where: byHost,
        over: 'range',
        perSeries: 'last',
      }),
    ],
    unit: 'dtdurations',
    thresholds: [
      { tone: 'critical' },
      { from: ecsLimits.retentionSeconds.critical, tone: 'warning' },
      { from: ecsLimits.retentionSeconds.warning, tone: 'good' },
    ],
    noValue: 'no data',
    colour: 'value',
    sparkline: false,
    width: 4,
    height: 4,
  },
];
