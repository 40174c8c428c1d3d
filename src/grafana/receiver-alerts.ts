// Alert rules about alerts: a receiver that is gone, an alert that nobody ends, a storm, one that comes and goes. Each
// leaves out the alerts of these rules themselves (service `alerts`), or they would keep each other alive.
import { lately } from '../model/alert.ts';
import type { AlertGroup, AlertRule } from '../model/alert.ts';
import { alertEvent, alertsService, alertState } from '../model/alert-event.ts';
import { query } from '../model/query.ts';
import { receiverLimits as limits } from './receiver-limits.ts';

const minute = 60;
const hour = 3600;
const day = 24 * hour;
/** The number of open alerts is written every 30 s; without it for so long the receiver is silent. */
const silentSeconds = 5 * minute;

const group: AlertGroup = { name: 'alerts-1m', intervalSeconds: minute };
const common = { group, family: 'alerts', service: alertsService, runbook: 'alerts', silence: 'normal' } as const;

const notAboutAlerts = [{ tag: 'service', values: [alertsService], not: true }] as const;

const counts = query(alertState, {
  select: [{ field: 'firing', aggregate: 'count' }],
  groupBy: ['instance'],
  over: 'range',
});
/** Of one rule on one host, the most; where several hosts or rules fire at once each counts for itself. */
const mostRaised = query(alertEvent, {
  select: [{ field: 'raised', aggregate: 'max' }],
  where: notAboutAlerts,
  groupBy: ['host'],
  perSeries: 'sum',
  over: 'range',
});
const mostResolved = query(alertEvent, {
  select: [{ field: 'duration_s', aggregate: 'max' }],
  where: notAboutAlerts,
  groupBy: ['host'],
  perSeries: 'count',
  over: 'range',
});

/** The rules. */
export const receiverAlerts: readonly AlertRule[] = [
  {
    ...common,
    uid: 'sb-alerts-silent',
    title: 'Alert receiver silent',
    severity: 'critical',
    measured: lately(counts, day),
    comparedWith: { question: lately(counts, day - silentSeconds, silentSeconds), how: 'minus' },
    limit: { below: 1 },
    forSeconds: 2 * minute,
    silence: 'failure',
    unit: 'short',
    summary: 'The alert receiver {instance} has stopped reporting: alerts may reach nobody',
    description:
      'The receiver writes how many alerts fire every 30 seconds, and has not for five minutes. It is down, or cannot write to the database. While it is down it cannot deliver this message either: it is seen in the alert list of Grafana, and arrives only where a second contact point has the service "alerts". A question mark in place of the name: no receiver reported within the last day.',
    panel: { dashboard: 'sb-alerts', id: 1 },
    reason:
      'Ten counts in a row that are missing are no delay. The counts of the day and those until five minutes ago are compared, because a receiver without any in the range asked would be no alert but nothing. One that was taken out on purpose is missed for a day: silence it.',
  },
  {
    ...common,
    uid: 'sb-alerts-long',
    title: 'Alert firing for a day',
    severity: 'info',
    measured: lately(
      query(alertState, {
        select: [{ field: 'oldest_s', aggregate: 'last' }],
        groupBy: ['instance'],
        over: 'range',
      }),
      silentSeconds,
    ),
    limit: { above: limits.firingSeconds.long },
    forSeconds: 10 * minute,
    unit: 's',
    summary: 'The oldest alert at the receiver {instance} has been firing for {value}',
    description:
      'An alert has been firing for more than a day. Either its cause is known and nobody silenced it, or the message was overlooked. The panel counts what fires now; the list of current alerts says since when.',
    panel: { dashboard: 'sb-alerts', id: 1 },
    reason:
      'After a day every shift has seen it. What fires for ever is no longer read, and hides what is new. Alerts about alerts are not counted, so that this one does not outlive its cause.',
  },
  {
    ...common,
    uid: 'sb-alerts-storm',
    title: 'Alert storm',
    severity: 'warning',
    measured: lately(
      query(alertEvent, {
        select: [{ field: 'raised', aggregate: 'sum' }],
        where: notAboutAlerts,
        groupBy: ['instance'],
        over: 'range',
      }),
      10 * minute,
    ),
    limit: { atLeast: limits.storm.raised },
    forSeconds: 0,
    unit: 'short',
    summary: '{value} alerts were raised in 10 minutes (receiver {instance})',
    description: `${limits.storm.raised} or more alerts were raised within ten minutes. So many at once have one cause: look for what they share (host, site, network, time), and do not work them off one by one.`,
    panel: { dashboard: 'sb-alerts', id: 5 },
    reason:
      'Nobody can read two messages a minute and work. Alerts about alerts are not counted, so a storm cannot feed itself.',
  },
  {
    ...common,
    uid: 'sb-alerts-flap',
    title: 'Alert flapping',
    severity: 'info',
    measured: lately(mostRaised, hour),
    limit: { atLeast: limits.flapping.raised },
    onlyIf: { question: lately(mostResolved, hour), limit: { atLeast: limits.flapping.raised - 1 } },
    forSeconds: 0,
    unit: 'short',
    summary: 'An alert on {host} was raised {value} times within an hour',
    description: `One rule was raised ${limits.flapping.raised} times or more on one host within an hour, and resolved in between. The value swings around the limit: the panel names the rule. Repair the cause, or give the rule a longer time to wait or another limit.`,
    panel: { dashboard: 'sb-alerts', id: 8 },
    reason:
      'Grafana tells of changes of warnings every five minutes at most, so that six times an hour is the most that can be seen of one. Alerts that stay are not meant, however many labels they differ in: they were not resolved.',
  },
];
