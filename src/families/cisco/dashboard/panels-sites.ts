// The story of the sites and links over the time range (grafana 11.5, 6 to 9).
import type { Panel } from '../../../model/panel.ts';
import { query } from '../../../model/query.ts';
import { ciscoLimits as limits } from './limits.ts';
import { ciscoLinkFlap, ciscoServiceBucket, ciscoServiceTransition } from '../metrics.ts';
import { bySvc, rising, stateTexts, toService, toSite, yesNo } from './panel-parts.ts';

/** The pictures and tables. */
export const sitePanels: readonly Panel[] = [
  {
    id: 6,
    type: 'state-timeline',
    title: 'Service state',
    description:
      'The worst state of each service in each stretch of time, five minutes at the finest, with all corrections up to now. Failures that were too short to count (drops) are not shown; they are in "Failures by service". Red lanes that begin together have one cause: a trunk, a hub or the power. A gap is time that is not in the log.',
    queries: [
      query(ciscoServiceBucket, {
        select: [{ field: 'worst', aggregate: 'min' }],
        where: bySvc,
        groupBy: ['svc'],
        minWindowSeconds: 300,
      }),
    ],
    unit: 'none',
    valueTexts: stateTexts,
    links: toService,
    legend: '{svc}',
    noValue: 'no topology, or no data',
    width: 24,
    height: 11,
  },
  {
    id: 7,
    type: 'bargauge',
    title: 'Downtime per site',
    description:
      'Time without any path in the range, the worst fifteen sites. Drops are counted in, tries are not credited: so the bars and the availability add up to the whole range.',
    queries: [
      query(ciscoServiceBucket, {
        select: [{ field: 'down_s', aggregate: 'sum' }],
        where: bySvc,
        groupBy: ['site'],
        over: 'range',
        top: 15,
        having: [{ select: 'down_s', above: 0 }],
      }),
    ],
    unit: 's',
    thresholds: rising(limits.downtimeSeconds.warning, limits.downtimeSeconds.critical),
    links: toSite,
    legend: '{site}',
    noValue: 'none',
    width: 12,
    height: 8,
  },
  {
    id: 8,
    type: 'bargauge',
    title: 'Time on backup',
    description:
      'Time on the backup in the range, the fifteen sites with most of it. The sites worked, but slower, and mostly at a price. A site that is often here has a weak primary.',
    queries: [
      query(ciscoServiceBucket, {
        select: [{ field: 'backup_s', aggregate: 'sum' }],
        where: bySvc,
        groupBy: ['site'],
        over: 'range',
        top: 15,
        having: [{ select: 'backup_s', above: 0 }],
      }),
    ],
    unit: 's',
    links: toSite,
    legend: '{site}',
    noValue: 'none',
    width: 12,
    height: 8,
  },
  {
    id: 24,
    type: 'table',
    title: 'Failures by service',
    description:
      'Confirmed failures of the primaries, failures too short to count (drops), recoveries too short to count (tries), both together per day, and the mean time to repair: time down or on backup for each failure. Ten drops and tries a day are a line that is about to fail.',
    queries: [
      query(ciscoServiceBucket, {
        select: [
          { field: 'failures', aggregate: 'sum' },
          { field: 'drops', aggregate: 'sum' },
          { field: 'tries', aggregate: 'sum' },
          { field: 'blips', aggregate: 'sum', perDay: true, as: 'daily' },
          { field: 'failed_s', aggregate: 'sum', over: 'failures', as: 'mttr' },
        ],
        where: bySvc,
        groupBy: ['svc', 'site'],
        over: 'range',
      }),
    ],
    unit: 'short',
    decimals: 0,
    columns: {
      svc: { heading: 'Service' },
      site: { heading: 'Site' },
      failures: { heading: 'Failures' },
      drops: { heading: 'Drops' },
      tries: { heading: 'Tries' },
      daily: {
        heading: 'Drops and tries a day',
        decimals: 1,
        thresholds: [{ tone: 'neutral' }, { from: limits.blips.warning, tone: 'warning' }],
      },
      mttr: { heading: 'Mean time to repair', unit: 's', decimals: 1 },
    },
    links: toService,
    sortBy: 'Failures',
    noValue: '-',
    width: 14,
    height: 9,
  },
  {
    id: 9,
    type: 'table',
    title: 'Weak links',
    description:
      'Losses of each link as its worse end reported them, every one of them, and how long that end was down, whatever is chosen above. Six within an hour raise an alert. Weak lines show as brief losses days before they fail: look at errors of the interface and have the carrier test the line.',
    queries: [
      query(ciscoLinkFlap, {
        select: [
          { field: 'flaps', aggregate: 'max' },
          { field: 'down_s', aggregate: 'max' },
        ],
        groupBy: ['link'],
        over: 'range',
        perSeries: 'sum',
      }),
    ],
    unit: 'short',
    decimals: 0,
    thresholds: [
      { tone: 'neutral' },
      { from: limits.flaps.warning, tone: 'warning' },
      { from: limits.flaps.critical, tone: 'critical' },
    ],
    columns: {
      link: { heading: 'Link' },
      flaps: { heading: 'Losses' },
      down_s: { heading: 'Down', unit: 's', decimals: 1 },
    },
    sortBy: 'Losses',
    noValue: 'none',
    width: 10,
    height: 9,
  },
  {
    id: 27,
    type: 'table',
    title: 'Changes of state',
    description:
      'The newest changes of state, with what they rest on: a hint is a packet that came by another path than the state allowed, not a report; the uncertainty is how far the time may be wrong. Those that a later correction took back are left out.',
    queries: [
      query(ciscoServiceTransition, {
        select: [
          { field: 'state', aggregate: 'last' },
          { field: 'planned', aggregate: 'last' },
          { field: 'hint', aggregate: 'last' },
          { field: 'uncertainty_s', aggregate: 'last' },
          { field: 'void', aggregate: 'last' },
        ],
        where: bySvc,
        groupBy: ['svc', 'site'],
        over: 'rows',
        limit: 50,
        having: [{ select: 'void', below: 0.5 }],
      }),
    ],
    unit: 'none',
    columns: {
      time: { heading: 'Time', unit: 'dateTimeAsIso' },
      svc: { heading: 'Service' },
      site: { heading: 'Site' },
      state: { heading: 'State', valueTexts: stateTexts },
      planned: { heading: 'Planned', valueTexts: yesNo },
      hint: { heading: 'By a hint' },
      uncertainty_s: { heading: 'Uncertainty', unit: 's' },
      void: { heading: 'Taken back' },
    },
    links: toService,
    noValue: '-',
    width: 24,
    height: 9,
  },
];
