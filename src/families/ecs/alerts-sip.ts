// Rules about SIP trunks (ecs 8): whether calls get through. A share needs a least volume, so that the one failed call of
// a night raises nobody.
import { lately } from '../../model/alert.ts';
import type { AlertRule } from '../../model/alert.ts';
import { query } from '../../model/query.ts';
import type { PanelQuery } from '../../model/query.ts';
import { common as ofFamily, day, everyMinute, minute } from './alert-parts.ts';
import { ecsLimits as limits } from './limits.ts';
import { ecsSip, ecsSipInvite, ecsSipTrunk } from './metrics.ts';

const common = { ...ofFamily, service: 'sip', runbook: 'sip' } as const;
const trunk = ['host', 'remote_ip'] as const;
const wholeTrunk = ['host', 'local_ip', 'remote_ip', 'service_port'] as const;

/** A number of calls in each trunk. */
function calls(field: 'attempts' | 'reinvites'): PanelQuery {
  return query(ecsSipInvite, { select: [{ field, aggregate: 'sum' }], groupBy: trunk, over: 'range' });
}

/** A share of the attempts of each trunk. */
function share(field: 'failed' | 'server_failed'): PanelQuery {
  return query(ecsSipInvite, {
    select: [{ field, aggregate: 'sum', over: 'attempts' }],
    groupBy: trunk,
    over: 'range',
  });
}

/** A number of calls that came in, of the whole host. */
function callsIn(field: 'attempts' | 'failed' | 'progressed'): PanelQuery {
  return query(ecsSipInvite, {
    select: [{ field, aggregate: 'sum' }],
    where: [{ tag: 'direction', values: ['IN'] }],
    groupBy: ['host'],
    over: 'range',
  });
}

// Calls of the newest minute have no outcome yet.
const attempts = lately(calls('attempts'), 5 * minute, minute);
const failed = lately(share('failed'), 5 * minute, minute);
const reinvites = lately(calls('reinvites'), 5 * minute);

/** The rules. */
export const sipAlerts: readonly AlertRule[] = [
  {
    ...common,
    uid: 'sb-sip-failed',
    title: 'SIP calls fail',
    group: everyMinute,
    severity: 'warning',
    measured: failed,
    limit: { above: limits.sipFailed.warning },
    onlyIf: { question: attempts, limit: { atLeast: limits.sipFailed.attempts } },
    forSeconds: 5 * minute,
    unit: 'percentunit',
    summary: '{value} of the calls with {remote_ip} fail on {host}',
    description: `More than ${limits.sipFailed.warning * 100} % of the calls of one trunk ended with 4xx, 5xx or 6xx. "Failures by status" says with what: 503 and 408 are the far end or the way to it, 404 and 484 are numbers, 403 and 488 are settings of the trunk.`,
    panel: { dashboard: 'sb-sip', id: 10 },
    reason: `Busy lines and wrong numbers stay below a tenth. A share of fewer than ${limits.sipFailed.attempts} calls says nothing, so nights stay quiet.`,
  },
  {
    ...common,
    uid: 'sb-sip-failed-crit',
    title: 'SIP calls fail on a large scale',
    group: everyMinute,
    severity: 'critical',
    measured: failed,
    limit: { above: limits.sipFailed.critical },
    onlyIf: { question: attempts, limit: { atLeast: limits.sipFailed.attempts } },
    forSeconds: 5 * minute,
    unit: 'percentunit',
    summary: '{value} of the calls with {remote_ip} fail on {host}: the trunk hardly works',
    description: `More than ${limits.sipFailed.critical * 100} % of the calls of one trunk fail. Callers hear it now: take the trunk out of the route if there is another one, then call its provider.`,
    panel: { dashboard: 'sb-sip', id: 10 },
    reason: 'No mixture of busy lines and wrong numbers reaches a third; something between the two ends is broken.',
  },
  {
    ...common,
    uid: 'sb-sip-server-failed',
    title: 'SIP server errors',
    group: everyMinute,
    severity: 'warning',
    measured: lately(share('server_failed'), 5 * minute, minute),
    limit: { above: limits.sipServerFailed.warning },
    onlyIf: { question: attempts, limit: { atLeast: limits.sipServerFailed.attempts } },
    forSeconds: 5 * minute,
    unit: 'percentunit',
    summary: '{value} of the calls with {remote_ip} on {host} end with 5xx or 6xx',
    description: `More than ${limits.sipServerFailed.warning * 100} % of the calls of one trunk ended with a server error (5xx) or were refused everywhere (6xx). The server that sends it is at fault or overloaded, not the caller.`,
    panel: { dashboard: 'sb-sip', id: 10 },
    reason: `Server errors are no part of everyday life as busy lines are, so half the limit of all failures is enough; of at least ${limits.sipServerFailed.attempts} calls.`,
  },
  {
    ...common,
    uid: 'sb-sip-503',
    title: 'SIP burst of 503',
    group: everyMinute,
    severity: 'warning',
    measured: lately(
      query(ecsSip, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: [{ tag: 'type', values: ['503'] }],
        groupBy: trunk,
        over: 'range',
      }),
      minute,
    ),
    limit: { atLeast: limits.sip503.warning },
    forSeconds: 0,
    unit: 'short',
    summary: '{value} answers 503 within a minute between {host} and {remote_ip}',
    description: `"Service unavailable" came ${limits.sip503.warning} times or more within a minute on one trunk. Received, the far end is overloaded or has no channels left; sent, Communication Manager has none.`,
    panel: { dashboard: 'sb-sip', id: 9 },
    reason:
      'One call may meet a full trunk; five within a minute are a trunk that is full or a server that is going down.',
  },
  {
    ...common,
    uid: 'sb-sip-silent',
    title: 'SIP trunk silent',
    group: everyMinute,
    severity: 'critical',
    measured: lately(
      query(ecsSipTrunk, {
        select: [{ field: 'silent', aggregate: 'last' }],
        groupBy: wholeTrunk,
        over: 'range',
      }),
      2 * minute,
    ),
    limit: { atLeast: 1 },
    onlyIf: {
      question: lately(
        query(ecsSip, { select: [{ field: 'count', aggregate: 'sum' }], groupBy: wholeTrunk, over: 'range' }),
        day,
      ),
      limit: { atLeast: limits.trunkSilence.messages },
    },
    forSeconds: minute,
    unit: 'none',
    summary: 'The trunk from {local_ip} to {remote_ip}, port {service_port}, on {host} is silent while others talk',
    description: `No message of any kind for ${limits.trunkSilence.seconds / 60} minutes on a trunk that talks every day, while other trunks of the host talk. OPTIONS keep a trunk busy, so its far end or the network between is down.`,
    panel: { dashboard: 'sb-sip', id: 16 },
    reason: `OPTIONS come every minute or so; five minutes without any message are no pause. Within business hours only (option businessHours), on trunks that talked in 30 different minutes and had ${limits.trunkSilence.messages} messages within a day, because a scanner falls silent too.`,
  },
  {
    ...common,
    uid: 'sb-sip-unanswered',
    title: 'SIP calls not processed',
    group: everyMinute,
    severity: 'critical',
    // The calls had at least a minute to ring.
    measured: lately(callsIn('attempts'), 2 * minute, minute),
    comparedWith: { question: lately(callsIn('failed'), 3 * minute), how: 'minus' },
    limit: { atLeast: limits.sipUnanswered.critical },
    onlyIf: { question: lately(callsIn('progressed'), 3 * minute), limit: { below: 1 } },
    forSeconds: minute,
    unit: 'short',
    summary: '{host} takes calls and lets none ring: {value} in 2 minutes without any answer',
    description:
      'INVITEs come in, and no call rang, was answered or was refused for minutes. Communication Manager accepts calls and does not process them: look at its processes and at "status" of the signalling groups at once.',
    panel: { dashboard: 'sb-sip', id: 1 },
    reason: `Calls ring within seconds. ${limits.sipUnanswered.critical} calls that neither rang nor failed within a minute, and none that did, are no coincidence; calls that are refused, as those of a scanner, do not count.`,
  },
  {
    ...common,
    uid: 'sb-sip-reinvite',
    title: 'SIP re-INVITE storm',
    group: everyMinute,
    severity: 'warning',
    measured: reinvites,
    comparedWith: {
      question: lately(calls('attempts'), 5 * minute),
      how: 'minus',
      times: limits.sipReinvites.perCall,
    },
    limit: { above: 0 },
    onlyIf: { question: reinvites, limit: { atLeast: limits.sipReinvites.messages } },
    forSeconds: 5 * minute,
    unit: 'short',
    summary: '{value} re-INVITEs too many with {remote_ip} on {host} in 5 minutes',
    description: `More than ${limits.sipReinvites.perCall} re-INVITEs for each new call. Two ends change the media of calls again and again because they do not agree: codecs, SRTP, or a session timer. It costs both of them processing time, and calls have gaps.`,
    panel: { dashboard: 'sb-sip', id: 13 },
    reason: `One to three for each call are normal (hold, transfer, shuffling). Fewer than ${limits.sipReinvites.messages} in five minutes do no harm, whatever the share.`,
  },
];
