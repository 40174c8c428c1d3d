// Rules about the switch: what it refuses, drops and complains of. The baseline of a surge is the mean of the day: the
// median of the same hour of four weeks cannot be asked in InfluxQL.
import { lately } from '../../model/alert.ts';
import type { AlertRule } from '../../model/alert.ts';
import { query } from '../../model/query.ts';
import type { PanelQuery, TagFilter } from '../../model/query.ts';
import { common, day, everyFive, everyMinute, hour, minute } from './alert-parts.ts';
import { ecsLimits as limits } from './limits.ts';
import { ecsAsai, ecsCtiLag, ecsDenial, ecsDenialNew, ecsMtcAlarm, ecsProcErr } from './metrics.ts';
import { refusals } from './panel-parts.ts';

/** Parts of five minutes in a day, for "times the day's mean". */
const fivesOfDay = day / (5 * minute);

/** Denial numbers of a forced unregistration after the keep-alive was lost (ecs 3.1). */
const drops: readonly string[] = ['2011', '2012'];

const denialsByNumber = query(ecsDenial, {
  select: [{ field: 'count', aggregate: 'sum' }],
  groupBy: ['host', 'event', 'category'],
  over: 'range',
});
const denialsNow = lately(denialsByNumber, 5 * minute);

const errorsByProcess = query(ecsProcErr, {
  select: [{ field: 'count', aggregate: 'sum' }],
  groupBy: ['host', 'pro'],
  over: 'range',
});
const processErrorsNow = lately(errorsByProcess, 5 * minute);

function denialsOf(events: readonly string[]): PanelQuery {
  const where: readonly TagFilter<'event'>[] = [{ tag: 'event', values: events }];
  return query(ecsDenial, { select: [{ field: 'count', aggregate: 'sum' }], where, groupBy: ['host'], over: 'range' });
}

/** The rules. */
export const switchAlerts: readonly AlertRule[] = [
  {
    ...common,
    uid: 'sb-ecs-surge',
    title: 'Avaya denial surge',
    group: everyFive,
    severity: 'warning',
    measured: denialsNow,
    comparedWith: { question: lately(denialsByNumber, day), how: 'over', times: fivesOfDay },
    limit: { above: limits.surge.times },
    onlyIf: { question: denialsNow, limit: { above: limits.surge.events } },
    forSeconds: 10 * minute,
    unit: 'none',
    summary: 'Denial {event} ({category}) on {host} is at {value} times its mean of the day',
    description: `One denial number comes more than ${limits.surge.times} times as often as on average during the last day, and more than ${limits.surge.events} times in five minutes. Look at which number it is and when it began; something has changed then.`,
    panel: { dashboard: 'sb-avaya', id: 8 },
    reason: `A steady level of refusals is normal, so it is compared with the day; numbers that are rare by nature are kept quiet by the least count of ${limits.surge.events}.`,
  },
  {
    ...common,
    uid: 'sb-ecs-new',
    title: 'Avaya new denial number',
    group: everyMinute,
    severity: 'info',
    measured: lately(
      query(ecsDenialNew, {
        select: [{ field: 'count', aggregate: 'sum' }],
        groupBy: ['host', 'event', 'category'],
        over: 'range',
      }),
      15 * minute,
    ),
    limit: { atLeast: limits.newNumber.info },
    forSeconds: 0,
    unit: 'short',
    summary: 'Denial {event} ({category}) is new on {host}: {value} in 15 minutes',
    description: `A denial number that this switch has not shown for weeks came ${limits.newNumber.info} times or more. It is often the first sign after a change of the switch, a trunk or a telephone's software. A number is new for a day; then it belongs to the everyday ones.`,
    panel: { dashboard: 'sb-avaya', id: 19 },
    reason: `A single refusal of a rare number says nothing, so ${limits.newNumber.info} are asked for. The reader decides what is new: it remembers the numbers of 30 days with denials, and says nothing during the first 7 (option newNumbers).`,
  },
  {
    ...common,
    uid: 'sb-ecs-refused',
    title: 'Avaya registrations refused',
    group: everyMinute,
    severity: 'warning',
    measured: lately(denialsOf(refusals), 5 * minute),
    limit: { atLeast: limits.refused.warning },
    forSeconds: 0,
    unit: 'short',
    summary: '{value} registrations refused on {host} in 5 minutes',
    description: `Communication Manager refused ${limits.refused.warning} or more registrations (denials ${refusals.join(', ')}). Many of 1926 are a wrong key or somebody trying passwords; many of 1934 are telephones that share an extension.`,
    panel: { dashboard: 'sb-avaya', id: 5 },
    reason:
      'A single telephone with a wrong password tries a few times in five minutes; ten are several, or an attack.',
  },
  {
    ...common,
    uid: 'sb-ecs-capacity',
    title: 'Avaya registration capacity reached',
    group: everyMinute,
    severity: 'critical',
    measured: lately(denialsOf(['1911']), 5 * minute),
    limit: { atLeast: limits.capacity.critical },
    forSeconds: 0,
    unit: 'short',
    summary: '{host} has no capacity for more registrations: {value} refused in 5 minutes',
    description:
      'Denial 1911: the licensed or administered number of endpoints is reached, so users cannot log in. Compare the licence with the endpoints that are registered.',
    panel: { dashboard: 'sb-avaya', id: 5 },
    reason: 'The first refusal of this kind already means that a user cannot work, and more follow.',
  },
  {
    ...common,
    uid: 'sb-ecs-drop',
    title: 'Avaya mass drop of telephones',
    group: everyMinute,
    severity: 'critical',
    measured: lately(denialsOf(drops), 2 * minute),
    limit: { atLeast: limits.dropped.critical },
    forSeconds: 0,
    unit: 'short',
    summary: '{value} IP telephones dropped on {host} in 2 minutes',
    description: `Communication Manager gave up ${limits.dropped.critical} or more registrations because keep-alives stayed out (denials ${drops.join(' and ')}). So many at once are a network, power or processor failure and not the telephones.`,
    panel: { dashboard: 'sb-avaya', id: 2 },
    reason:
      'Single telephones lose power all day long; twenty within two minutes have something in common. Twenty different users are at least twenty events, so they need no rule of their own.',
  },
  {
    ...common,
    uid: 'sb-ecs-alarm',
    title: 'Avaya maintenance alarms of one type',
    group: everyMinute,
    severity: 'warning',
    measured: lately(
      query(ecsMtcAlarm, {
        select: [{ field: 'count', aggregate: 'sum' }],
        groupBy: ['host', 'type'],
        over: 'range',
      }),
      10 * minute,
    ),
    limit: { atLeast: limits.alarms.warning },
    forSeconds: 0,
    unit: 'short',
    summary: '{value} maintenance alarms of type {type} on {host} in 10 minutes',
    description: `Maintenance raised ${limits.alarms.warning} or more alarms of one type. See "display alarms" on the switch for the object, and the errors of the same type before them.`,
    panel: { dashboard: 'sb-avaya', id: 10 },
    reason: 'One alarm may come and clear by itself; three of one type are a fault that stays or a link that flaps.',
  },
  {
    ...common,
    uid: 'sb-ecs-proc-err',
    title: 'Avaya process errors',
    group: everyFive,
    severity: 'warning',
    measured: processErrorsNow,
    comparedWith: { question: lately(errorsByProcess, day), how: 'over', times: fivesOfDay },
    limit: { above: limits.processErrors.times },
    onlyIf: { question: processErrorsNow, limit: { above: limits.processErrors.warning } },
    forSeconds: 0,
    unit: 'none',
    summary: 'Errors of process {pro} on {host} are at {value} times their mean of the day',
    description: `One process of the call processing software logged more than ${limits.processErrors.warning} errors in five minutes, and more than ${limits.processErrors.times} times its mean of the last day. Note the time and look for denials and alarms at the same moment.`,
    panel: { dashboard: 'sb-avaya', id: 11 },
    reason: 'Some processes log errors all the time, so the count alone says little; a rise beyond it does.',
  },
  {
    ...common,
    uid: 'sb-ecs-cti-silent',
    title: 'Avaya CTI link silent',
    group: everyMinute,
    severity: 'warning',
    measured: lately(
      query(ecsCtiLag, {
        select: [{ field: 'seconds_since_last', aggregate: 'last' }],
        groupBy: ['host', 'link'],
        over: 'range',
      }),
      2 * minute,
    ),
    limit: { above: limits.ctiSilence.seconds },
    onlyIf: {
      question: lately(
        query(ecsAsai, {
          select: [{ field: 'count', aggregate: 'sum' }],
          groupBy: ['host', 'link'],
          over: 'range',
        }),
        hour,
        limits.ctiSilence.seconds,
      ),
      limit: { atLeast: limits.ctiSilence.messages },
    },
    forSeconds: minute,
    unit: 's',
    summary: 'CTI link {link} of {host} is silent for {value}',
    description: `No message to the CTI server for more than ${limits.ctiSilence.seconds / minute} minutes on a link that was busy in the hour before. Desktops of agents see no calls then, and recorders miss them. Or the trace has ended, or its decoded file is no longer written.`,
    panel: { dashboard: 'sb-avaya', id: 14 },
    reason: `A link with ${limits.ctiSilence.messages} messages in an hour has one every 12 seconds; ${limits.ctiSilence.seconds / minute} minutes without any are no pause between calls. The end of a shift can look the same, so it wakes nobody.`,
  },
];
