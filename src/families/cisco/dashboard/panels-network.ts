// Loss, neighbours and calls over time (grafana 11.5, 10 to 13; cisco 23).
import type { Panel } from '../../../model/panel.ts';
import { query } from '../../../model/query.ts';
import { ciscoLimits as limits } from './limits.ts';
import {
  ciscoAdjacency,
  ciscoAdjacencyDown,
  ciscoBackupTest,
  ciscoCall,
  ciscoCallsOpen,
  ciscoMessages,
  ciscoTransport,
  ciscoTrunk,
} from '../metrics.ts';
import { byDev, bySite, toDevice, toSite } from './panel-parts.ts';

const day = 86_400;

/** The pictures. */
export const networkPanels: readonly Panel[] = [
  {
    id: 10,
    type: 'timeseries',
    title: 'Messages by severity',
    description:
      'Messages by the severity that the device gave them: 0 to 2 need a person, 3 is an error (every lost link is one), 4 a warning, 5 to 7 are everyday life. A peak of 3 is a failure of many links; a peak of 5 is mostly somebody who configures.',
    queries: [
      query(ciscoMessages, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: byDev,
        groupBy: ['severity'],
        fill: 'zero',
      }),
    ],
    unit: 'short',
    legend: '{severity}',
    seriesTones: {
      '0': 'critical',
      '1': 'critical',
      '2': 'critical',
      '3': 'serious',
      '4': 'warning',
      '5': 'neutral',
      '6': 'neutral',
      '7': 'neutral',
    },
    noValue: '0',
    draw: 'bars',
    stacked: true,
    width: 12,
    height: 8,
  },
  {
    id: 25,
    type: 'timeseries',
    title: 'Messages lost by device',
    description:
      'Share of the messages of each device that never came, the ten with most, in parts of 15 minutes or more. The lines are the limits of the alerts, which leave out devices whose numbers do not count what was sent here. A device behind a failed link loses what it sent meanwhile; one that always loses has a path that is full, or sends to two collectors with one counter.',
    queries: [
      query(ciscoTransport, {
        select: [{ field: 'lost', aggregate: 'sum', over: 'expected' }],
        where: byDev,
        groupBy: ['dev'],
        minWindowSeconds: 900,
        top: 10,
      }),
    ],
    unit: 'percentunit',
    thresholds: [
      { tone: 'neutral' },
      { from: limits.lost.warning, tone: 'warning' },
      { from: limits.lost.critical, tone: 'critical' },
    ],
    legend: '{dev}',
    links: toDevice,
    noValue: 'no data',
    draw: 'points',
    stacked: false,
    width: 12,
    height: 8,
  },
  {
    id: 11,
    type: 'timeseries',
    title: 'Routing neighbours lost',
    description:
      'Losses of routing neighbours by reason, of all neighbours. hold_timer is a path that no longer carries; interface is a line that went down; admin is somebody at work; notification is the far end that gave up. Many of one reason at once point to one hub.',
    queries: [
      query(ciscoAdjacencyDown, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: byDev,
        groupBy: ['reason_class'],
        fill: 'zero',
      }),
    ],
    unit: 'short',
    legend: '{reason_class}',
    noValue: '0',
    draw: 'bars',
    stacked: true,
    width: 12,
    height: 8,
  },
  {
    id: 20,
    type: 'state-timeline',
    title: 'Routing neighbours',
    description:
      'Neighbours that the topology names, as the device sees them. Two minutes down raise an alert, unless somebody took it down on purpose. A lane that changes all the time is a flapping line or a timer that is too short.',
    queries: [
      query(ciscoAdjacency, {
        select: [{ field: 'state', aggregate: 'last' }],
        where: byDev,
        groupBy: ['dev', 'protocol', 'neighbor'],
        fill: 'previous',
        minWindowSeconds: 15,
      }),
    ],
    unit: 'none',
    valueTexts: [
      { value: 1, text: 'Up', tone: 'good' },
      { value: 0, text: 'Down', tone: 'critical' },
    ],
    legend: '{neighbor} of {dev}, {protocol}',
    links: toDevice,
    noValue: 'no neighbour in the topology, or no data',
    width: 12,
    height: 8,
  },
  {
    id: 12,
    type: 'timeseries',
    title: 'Backup calls and circuits open',
    description:
      'Dial calls that are open by trunk, the circuits of each trunk that are usable, and the most that ever were, whatever site is chosen above. Calls that reach the size of the trunk leave the next site without a backup; circuits that fall to nothing at once are a failed trunk.',
    queries: [
      query(ciscoCallsOpen, {
        select: [{ field: 'open', aggregate: 'max', as: 'calls' }],
        groupBy: ['trunk'],
        minWindowSeconds: 15,
      }),
      query(ciscoTrunk, {
        select: [
          { field: 'open', aggregate: 'max', as: 'circuits' },
          { field: 'max_open', aggregate: 'max', as: 'most' },
        ],
        where: byDev,
        groupBy: ['trunk'],
        minWindowSeconds: 15,
      }),
    ],
    unit: 'short',
    legend: '{trunk} {name}',
    noValue: 'no trunk in the topology',
    draw: 'lines',
    stacked: false,
    width: 8,
    height: 8,
  },
  {
    id: 26,
    type: 'timeseries',
    title: 'Backup use per day',
    description:
      'Time that dial backups were connected each day, by what for: active while the primary was down, idle while it worked. Idle time costs money and says that the call is triggered wrongly, or that a primary failed unreported.',
    queries: [
      query(ciscoCall, {
        select: [
          { field: 'active_s', aggregate: 'sum', as: 'active' },
          { field: 'idle_s', aggregate: 'sum', as: 'idle' },
        ],
        where: bySite,
        fill: 'zero',
        minWindowSeconds: day,
      }),
    ],
    unit: 's',
    seriesTones: { active: 'warning', idle: 'neutral' },
    legend: '{name}',
    noValue: 'no calls',
    draw: 'bars',
    stacked: true,
    width: 8,
    height: 8,
  },
  {
    id: 13,
    type: 'status-history',
    title: 'Backup tests',
    description:
      'Result of the daily test of each dial backup: the first call in its window, short and with a protocol. Choose two weeks above. One failure is often a clash with a real one; two in a row are a backup that will not be there: dial it by hand. Empty without a test_window in the topology.',
    queries: [
      query(ciscoBackupTest, {
        select: [{ field: 'pass', aggregate: 'min' }],
        where: bySite,
        groupBy: ['site'],
        minWindowSeconds: day,
      }),
    ],
    unit: 'none',
    valueTexts: [
      { value: 1, text: 'Pass', tone: 'good' },
      { value: 0, text: 'Fail', tone: 'critical' },
    ],
    links: toSite,
    legend: '{site}',
    noValue: 'no tests',
    width: 8,
    height: 8,
  },
];
