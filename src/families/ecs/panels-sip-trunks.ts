// SIP trunk by trunk (grafana 11.3, panels 10 to 13, 15 and 16). A trunk is named by the address of its other end.
import type { Panel } from '../../model/panel.ts';
import { query } from '../../model/query.ts';
import { ecsLimits } from './limits.ts';
import { ecsSip, ecsSipDialogs, ecsSipInvite, ecsSipSetup } from './metrics.ts';
import { bySip, byTrunk, lineAt, rising } from './panel-parts.ts';

const half = { width: 12, height: 8 } as const;
const failedSteps = rising(ecsLimits.sipFailed.warning, ecsLimits.sipFailed.critical);

/** The panels. */
export const sipTrunkPanels: readonly Panel[] = [
  {
    id: 10,
    type: 'timeseries',
    title: 'Failure ratio per trunk',
    description:
      'Share of the attempts of each trunk that failed, in parts of five minutes or more. The lines are the limits of the alerts; below 20 attempts in five minutes the ratio says little, and no alert fires. One trunk alone: its far end or its provider. All at once: the switch or the network.',
    queries: [
      query(ecsSipInvite, {
        select: [{ field: 'failed', aggregate: 'sum', over: 'attempts' }],
        where: bySip,
        groupBy: ['remote_ip'],
        // The alert looks at five minutes too.
        minWindowSeconds: 300,
      }),
    ],
    unit: 'percentunit',
    thresholds: [
      { tone: 'neutral' },
      { from: ecsLimits.sipFailed.warning, tone: 'warning' },
      { from: ecsLimits.sipFailed.critical, tone: 'critical' },
    ],
    legend: '{remote_ip}',
    noValue: 'no calls',
    draw: 'lines',
    stacked: false,
    ...half,
  },
  {
    id: 11,
    type: 'timeseries',
    title: 'Dialogs per trunk, both directions',
    description:
      'The most calls that were up at once on each trunk. A curve with a flat top has reached the number of channels; compare with the licence and the contract of the trunk, which no log says.',
    queries: [
      query(ecsSipDialogs, {
        select: [{ field: 'peak', aggregate: 'max' }],
        where: byTrunk,
        groupBy: ['remote_ip'],
        minWindowSeconds: 60,
      }),
    ],
    unit: 'short',
    legend: '{remote_ip}',
    noValue: '0',
    draw: 'lines',
    stacked: false,
    ...half,
  },
  {
    id: 12,
    type: 'timeseries',
    title: 'Setup time per trunk',
    description:
      'Time from the INVITE until calls ring: half of them (p50) and 95 % of them (p95) were faster. The worst interval of each point is shown, never a mean. Beyond the line callers give up. When p95 alone rises, few calls are slow: often one route behind the trunk.',
    queries: [
      query(ecsSipSetup, {
        select: [
          { field: 'p50', aggregate: 'max' },
          { field: 'p95', aggregate: 'max' },
        ],
        where: bySip,
        groupBy: ['remote_ip'],
        minWindowSeconds: 60,
      }),
    ],
    unit: 'ms',
    thresholds: lineAt(ecsLimits.sipSetupMs.critical),
    legend: '{remote_ip} {name}',
    noValue: 'no calls',
    draw: 'lines',
    stacked: false,
    ...half,
  },
  {
    id: 13,
    type: 'timeseries',
    title: 'Re-INVITE per INVITE',
    description:
      're-INVITEs for each new call, in parts of five minutes or more; a re-INVITE counts with the direction of its call. One to three are normal (hold, transfer, media). Above the line two ends do not agree on the media and ask each other without end: look for codecs and SRTP that only one side allows.',
    queries: [
      query(ecsSipInvite, {
        select: [{ field: 'reinvites', aggregate: 'sum', over: 'attempts' }],
        where: bySip,
        groupBy: ['remote_ip'],
        // The alert looks at five minutes too.
        minWindowSeconds: 300,
      }),
    ],
    unit: 'none',
    decimals: 1,
    thresholds: lineAt(ecsLimits.sipReinvites.perCall, 'warning'),
    legend: '{remote_ip}',
    noValue: 'no calls',
    draw: 'lines',
    stacked: false,
    ...half,
  },
  {
    id: 15,
    type: 'table',
    title: 'Trunks',
    description:
      'Every trunk in the time range: attempts, answered, share that failed, most dialogs at once, and slowest setup. Dialogs count both directions. Look at the coloured cell first, then choose the address above to see its curves alone.',
    queries: [
      query(ecsSipInvite, {
        select: [
          { field: 'attempts', aggregate: 'sum', as: 'attempts' },
          { field: 'answered', aggregate: 'sum', as: 'answered' },
          { field: 'failed', aggregate: 'sum', over: 'attempts', as: 'failed' },
        ],
        where: bySip,
        groupBy: ['remote_ip'],
        over: 'range',
      }),
      query(ecsSipDialogs, {
        select: [{ field: 'peak', aggregate: 'max', as: 'peak' }],
        where: byTrunk,
        groupBy: ['remote_ip'],
        over: 'range',
      }),
      query(ecsSipSetup, {
        select: [{ field: 'p95', aggregate: 'max', as: 'setup' }],
        where: bySip,
        groupBy: ['remote_ip'],
        over: 'range',
      }),
    ],
    unit: 'short',
    decimals: 0,
    columns: {
      remote_ip: { heading: 'Other end' },
      attempts: { heading: 'Attempts' },
      answered: { heading: 'Answered' },
      failed: { heading: 'Failed', unit: 'percentunit', decimals: 1, thresholds: failedSteps },
      peak: { heading: 'Most dialogs' },
      setup: { heading: 'Setup p95', unit: 'ms', decimals: 1 },
    },
    sortBy: 'Attempts',
    noValue: 'no data',
    ...half,
  },
  {
    id: 16,
    type: 'state-timeline',
    title: 'Silent trunks',
    description:
      'Messages of any kind on each trunk, in parts of five minutes. Red without any: OPTIONS keep a healthy trunk busy even at night, so silence means that the far end or the network between is down. All trunks silent at once: the trace was ended, or the log stands still.',
    queries: [
      query(ecsSip, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: bySip,
        groupBy: ['remote_ip'],
        fill: 'zero',
        minWindowSeconds: 300,
      }),
    ],
    unit: 'short',
    decimals: 0,
    thresholds: [{ tone: 'critical' }, { from: 1, tone: 'good' }],
    valueTexts: [{ value: 0, text: 'Silent', tone: 'critical' }],
    legend: '{remote_ip}',
    noValue: 'no data',
    ...half,
  },
];
