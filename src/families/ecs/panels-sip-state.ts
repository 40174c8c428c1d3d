// SIP at a glance: the top row of the dashboard `SIP signalling` (grafana 11.3, panels 1 to 6).
import type { Panel } from '../../model/panel.ts';
import { query } from '../../model/query.ts';
import { ecsLimits } from './limits.ts';
import { ecsSipDialogs, ecsSipInvite, ecsSipSetup } from './metrics.ts';
import { answeredSteps, bySip, byTrunk, rising } from './panel-parts.ts';

const box = { width: 4, height: 4 } as const;

/** The top row. */
export const sipStatePanels: readonly Panel[] = [
  {
    id: 1,
    type: 'stat',
    title: 'Call attempts',
    description:
      'Calls that were begun in the time range: first INVITEs, each call once, however often it was sent again. A curve that falls to nothing during the working day means that calls do not reach the switch, or that the MST trace was ended.',
    queries: [
      query(ecsSipInvite, {
        select: [{ field: 'attempts', aggregate: 'sum' }],
        where: bySip,
        over: 'range',
        fill: 'zero',
      }),
    ],
    unit: 'short',
    decimals: 0,
    noValue: '0',
    colour: 'value',
    sparkline: true,
    ...box,
  },
  {
    id: 2,
    type: 'gauge',
    title: 'Answer seizure ratio',
    description:
      'Share of the attempts that were answered. 60 to 80 % is everyday life: some callers give up, some lines are busy. Below 40 % calls do not get through; "Failure ratio per trunk" and "Failures by status" say where and why.',
    queries: [
      query(ecsSipInvite, {
        select: [{ field: 'answered', aggregate: 'sum', over: 'attempts' }],
        where: bySip,
        over: 'range',
      }),
    ],
    unit: 'percentunit',
    decimals: 0,
    min: 0,
    max: 1,
    thresholds: answeredSteps,
    noValue: 'no calls',
    ...box,
  },
  {
    id: 3,
    type: 'stat',
    title: 'Failed calls',
    description:
      'Share of the attempts that ended with 4xx, 5xx or 6xx. Requests for a password (401, 407) and calls that the caller gave up (487) are no failures. A few per cent are wrong numbers and busy lines; see "Failures by status" for the rest.',
    queries: [
      query(ecsSipInvite, {
        select: [{ field: 'failed', aggregate: 'sum', over: 'attempts' }],
        where: bySip,
        over: 'range',
      }),
    ],
    unit: 'percentunit',
    decimals: 1,
    thresholds: rising(ecsLimits.sipFailed.warning, ecsLimits.sipFailed.critical),
    noValue: 'no calls',
    colour: 'value',
    sparkline: false,
    ...box,
  },
  {
    id: 4,
    type: 'stat',
    title: 'Cancelled by caller',
    description:
      'Share of the attempts that the caller gave up before an answer (487). It rises when agents are missing, or when calls take too long to ring: compare with the setup time.',
    queries: [
      query(ecsSipInvite, {
        select: [{ field: 'cancelled', aggregate: 'sum', over: 'attempts' }],
        where: bySip,
        over: 'range',
      }),
    ],
    unit: 'percentunit',
    decimals: 1,
    noValue: 'no calls',
    colour: 'value',
    sparkline: false,
    ...box,
  },
  {
    id: 5,
    type: 'stat',
    title: 'Dialogs, both directions',
    description:
      'Calls that are up, of those whose beginning was traced; a call whose end was not seen counts for four hours at most. The curves are in "Dialogs per trunk".',
    queries: [
      query(ecsSipDialogs, {
        select: [{ field: 'active', aggregate: 'sum' }],
        where: byTrunk,
        over: 'range',
        perSeries: 'last',
      }),
    ],
    unit: 'short',
    decimals: 0,
    noValue: '0',
    colour: 'value',
    sparkline: false,
    ...box,
  },
  {
    id: 6,
    type: 'stat',
    title: 'Setup time p95',
    description:
      'Time from the INVITE until the call rings, which 95 % of the calls did not exceed, in the worst interval and on the slowest trunk. Callers notice two seconds and hang up after some more. A slow far end shows on one trunk, a slow switch on all.',
    queries: [query(ecsSipSetup, { select: [{ field: 'p95', aggregate: 'max' }], where: bySip, over: 'range' })],
    unit: 'ms',
    thresholds: rising(ecsLimits.sipSetupMs.warning, ecsLimits.sipSetupMs.critical),
    noValue: 'no calls',
    colour: 'value',
    sparkline: false,
    ...box,
  },
];
