// What the devices say besides: interesting messages, changes, environment, their own state (grafana 11.5, 14 to 18).
import type { Panel } from '../../../model/panel.ts';
import { query } from '../../../model/query.ts';
import { ciscoLimits as limits } from './limits.ts';
import {
  ciscoConfigChange,
  ciscoDevice,
  ciscoEnv,
  ciscoFailureHourly,
  ciscoInteresting,
  ciscoLogin,
  ciscoReboot,
  ciscoRedundancy,
  ciscoSecurity,
} from '../metrics.ts';
import { byDev, bySite, toDevice } from './panel-parts.ts';

/** The pictures and tables. */
export const eventPanels: readonly Panel[] = [
  {
    id: 14,
    type: 'bargauge',
    title: 'Interesting events',
    description:
      'The fifteen message codes with most messages, without the routine noise of lines that come and go. What is at the top every day is noise of this network; what is new there is not.',
    queries: [
      query(ciscoInteresting, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: byDev,
        groupBy: ['code'],
        over: 'range',
        top: 15,
      }),
    ],
    unit: 'short',
    legend: '{code}',
    noValue: 'none',
    width: 8,
    height: 9,
  },
  {
    id: 28,
    type: 'table',
    title: 'Latest interesting events',
    description:
      'The newest interesting messages of each device and code, ten seconds a row, with the text of the last one. First seen "now" is a code that this network has never shown before: read it. The whole log is in "switchboard cisco events --interesting".',
    queries: [
      query(ciscoInteresting, {
        select: [
          { field: 'text', aggregate: 'last', as: 'words' },
          { field: 'count', aggregate: 'last' },
          { field: 'first_seen', aggregate: 'last' },
        ],
        where: byDev,
        groupBy: ['dev', 'code'],
        over: 'rows',
        limit: 50,
      }),
    ],
    unit: 'short',
    decimals: 0,
    columns: {
      time: { heading: 'Time', unit: 'dateTimeAsIso' },
      dev: { heading: 'Device' },
      code: { heading: 'Code' },
      words: { heading: 'Text' },
      count: { heading: 'Messages' },
      first_seen: {
        heading: 'First seen',
        valueTexts: [
          { value: 0, text: 'before', tone: 'neutral' },
          { value: 1, text: 'now', tone: 'warning' },
        ],
      },
    },
    links: toDevice,
    noValue: '-',
    width: 16,
    height: 9,
  },
  {
    id: 15,
    type: 'timeseries',
    title: 'Changes and logins',
    description:
      'Changes of configuration, logins by result, and calls from numbers that nobody expects. Changes just before a failure are the first thing to ask about. More than ten failed logins in five minutes on one device are somebody who guesses.',
    queries: [
      query(ciscoConfigChange, {
        select: [{ field: 'count', aggregate: 'sum', as: 'changes' }],
        where: byDev,
        fill: 'zero',
      }),
      query(ciscoLogin, {
        select: [{ field: 'count', aggregate: 'sum', as: 'logins' }],
        where: byDev,
        groupBy: ['result'],
        fill: 'zero',
      }),
      query(ciscoSecurity, {
        select: [{ field: 'count', aggregate: 'sum', as: 'calls' }],
        where: bySite,
        groupBy: ['kind'],
        fill: 'zero',
      }),
    ],
    unit: 'short',
    noValue: '0',
    draw: 'bars',
    stacked: false,
    width: 12,
    height: 8,
  },
  {
    id: 16,
    type: 'state-timeline',
    title: 'Environment and redundancy',
    description:
      'Fans, power, temperature and optics by device: a fault stays until its end is reported, a week at most. And the groups of HSRP, VRRP and GLBP: exactly one device of a group should be active, and stay so.',
    queries: [
      query(ciscoEnv, {
        select: [{ field: 'active', aggregate: 'last', as: 'environment' }],
        where: byDev,
        groupBy: ['dev', 'component'],
        fill: 'previous',
        minWindowSeconds: 15,
      }),
      query(ciscoRedundancy, {
        select: [{ field: 'role', aggregate: 'last' }],
        where: byDev,
        groupBy: ['dev', 'protocol', 'group'],
        fill: 'previous',
        minWindowSeconds: 15,
      }),
    ],
    unit: 'none',
    valueTexts: [
      { value: 0, text: 'OK', tone: 'good' },
      { value: 1, text: 'Fault', tone: 'critical' },
      { value: 2, text: 'Active', tone: 'good' },
      { value: 3, text: 'Standby', tone: 'neutral' },
    ],
    links: toDevice,
    noValue: 'nothing reported',
    width: 12,
    height: 8,
  },
  {
    id: 17,
    type: 'table',
    title: 'Devices',
    description:
      'Each device: when it was last heard of, whether that is long ago for it, since when it runs, reboots that nobody ordered in the range, its clock (0 set, 1 lost its servers, 2 not set, 3 uptime only, 4 none), how far that is off, and its greatest delay. A device may be silent because it is dead, because its path is, or because its logging was changed.',
    queries: [
      query(ciscoDevice, {
        select: [
          { field: 'last_seen_s', aggregate: 'last', as: 'seen' },
          { field: 'silent', aggregate: 'last' },
          { field: 'uptime_s', aggregate: 'last', as: 'uptime' },
          { field: 'clock_quality', aggregate: 'last', as: 'clock' },
          { field: 'clock_offset_s', aggregate: 'last', as: 'offset' },
          { field: 'max_delay_s', aggregate: 'last', as: 'delay' },
        ],
        where: byDev,
        groupBy: ['dev'],
        over: 'range',
      }),
      query(ciscoReboot, {
        select: [{ field: 'unplanned', aggregate: 'sum', as: 'reboots' }],
        where: byDev,
        groupBy: ['dev'],
        over: 'range',
      }),
    ],
    unit: 's',
    decimals: 0,
    columns: {
      dev: { heading: 'Device' },
      seen: { heading: 'Last heard of, ago', unit: 's' },
      silent: {
        heading: 'Silent',
        unit: 'none',
        valueTexts: [
          { value: 0, text: 'no', tone: 'good' },
          { value: 1, text: 'silent', tone: 'critical' },
        ],
      },
      uptime: { heading: 'Runs for', unit: 's' },
      reboots: {
        heading: 'Reboots',
        unit: 'short',
        thresholds: [
          { tone: 'neutral' },
          { from: limits.reboots.warning, tone: 'warning' },
          { from: limits.reboots.critical, tone: 'critical' },
        ],
      },
      clock: { heading: 'Clock', unit: 'none' },
      offset: { heading: 'Off by', unit: 's', decimals: 1 },
      delay: { heading: 'Worst delay', unit: 's', decimals: 1 },
    },
    links: toDevice,
    sortBy: 'Last heard of, ago',
    noValue: '-',
    width: 14,
    height: 8,
  },
  {
    id: 18,
    type: 'barchart',
    title: 'Failures by hour of day',
    description:
      'Confirmed failures of all services by the hour of the day in the zone of the topology, whatever is chosen above. Choose some weeks: a bar that stands out is a timetable (a backup job, a cleaner, a timer), an even shape is chance.',
    queries: [
      query(ciscoFailureHourly, {
        select: [{ field: 'failures', aggregate: 'sum' }],
        groupBy: ['hour'],
        over: 'range',
        minWindowSeconds: 3600,
      }),
    ],
    unit: 'short',
    noValue: '0',
    width: 10,
    height: 8,
  },
];
