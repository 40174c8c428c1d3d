// Which site is down, on backup or in doubt, and how much of it can be believed: the top row (grafana 11.5, 1 to 5).
import type { Panel } from '../../../model/panel.ts';
import { query } from '../../../model/query.ts';
import { ciscoLimits as limits } from './limits.ts';
import { ciscoIngest, ciscoService, ciscoServiceBucket, ciscoTransport } from '../metrics.ts';
import { byDev, bySvc, good, rising } from './panel-parts.ts';

const tile = { type: 'stat', colour: 'background', sparkline: false, width: 4, height: 4 } as const;

/** How many services are now in a state that a field tells. */
function services(field: 'down' | 'on_backup' | 'suspect') {
  return query(ciscoService, {
    select: [{ field, aggregate: 'sum' }],
    where: bySvc,
    over: 'range',
    perSeries: 'last',
    minWindowSeconds: 15,
  });
}

/** The tiles. */
export const statePanels: readonly Panel[] = [
  {
    ...tile,
    id: 1,
    title: 'Sites down',
    description:
      'Services that have neither their primary nor their backup now. None is normal. The row of the site in "Service state" says since when, "Changes of state" from what evidence: a state that follows from a hint is likely, one that was reported is certain. Call the carrier with the id of the link and the time.',
    queries: [services('down')],
    unit: 'short',
    decimals: 0,
    thresholds: good(limits.down.critical, 'critical'),
    noValue: 'no data',
  },
  {
    ...tile,
    id: 2,
    title: 'Sites on backup',
    description:
      'Services that run on their backup now, because the primary is lost. The site works, but nothing is left to fail: open a ticket for the primary. Several at once mostly share a trunk or a carrier.',
    queries: [services('on_backup')],
    unit: 'short',
    decimals: 0,
    thresholds: rising(limits.onBackup.warning, limits.onBackup.critical),
    noValue: 'no data',
  },
  {
    ...tile,
    id: 3,
    title: 'Suspect',
    description:
      'Services that count as up although their dial backup has been connected for longer than a call is idle for nothing. The primary may have failed in one direction only, so that nobody reported it: ping through it from both ends.',
    queries: [services('suspect')],
    unit: 'short',
    decimals: 0,
    thresholds: good(limits.suspect.warning, 'warning'),
    noValue: 'no data',
  },
  {
    ...tile,
    id: 4,
    title: 'Availability',
    description:
      'Share of the time range in which the services were up or on their backup, and the share on the primary alone, all services together. Time of which nothing is known does not count, and without any known time there is no number. It settles when the correction window (a week) has passed.',
    queries: [
      query(ciscoServiceBucket, {
        select: [
          { field: 'available_s', aggregate: 'sum', over: 'known_s', as: 'available' },
          { field: 'up_s', aggregate: 'sum', over: 'known_s', as: 'primary' },
        ],
        where: bySvc,
        over: 'range',
      }),
    ],
    unit: 'percentunit',
    decimals: 3,
    thresholds: [
      { tone: 'critical' },
      { from: limits.availability.critical, tone: 'warning' },
      { from: limits.availability.warning, tone: 'good' },
    ],
    legend: '{name}',
    noValue: 'no data',
    colour: 'value',
  },
  {
    ...tile,
    id: 5,
    title: 'Log messages lost',
    description:
      'Share of the messages that devices sent and that never came, by the numbers that are missing. Syslog is lost exactly when links fail, so a little is normal; above 2 % the availability becomes an estimate. "Messages lost by device" names the device.',
    queries: [
      query(ciscoTransport, {
        select: [{ field: 'lost', aggregate: 'sum', over: 'expected' }],
        where: byDev,
        over: 'range',
      }),
    ],
    unit: 'percentunit',
    decimals: 2,
    thresholds: rising(limits.lost.warning, limits.lost.critical),
    noValue: 'no data',
    colour: 'value',
  },
  {
    ...tile,
    id: 22,
    title: 'Lines not understood',
    description:
      'Share of the lines of the log that are in no form this program knows, whatever is chosen above. None is normal. More than 1 % is a new kind of device or a change of the collector: the lines are kept as dead letters, and "switchboard cisco events --interesting" marks them with ***.',
    queries: [query(ciscoIngest, { select: [{ field: 'unparsed', aggregate: 'sum', over: 'read' }], over: 'range' })],
    unit: 'percentunit',
    decimals: 2,
    thresholds: good(limits.unparsed.info, 'warning'),
    noValue: 'no data',
    colour: 'value',
  },
];
