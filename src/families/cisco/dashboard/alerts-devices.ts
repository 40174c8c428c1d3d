// Rules about devices, their logging and their environment (cisco 24): whether the figures can be trusted, too.
// Above 300 lines: one entry for each row of the specification, best read beside it.
import { lately } from '../../../model/alert.ts';
import type { AlertQuestion, AlertRule } from '../../../model/alert.ts';
import { query } from '../../../model/query.ts';
import { common, day, everyFive, everyMinute, hour, minute, stateSeconds } from './alert-parts.ts';
import { ciscoLimits as limits } from './limits.ts';
import {
  ciscoDevice,
  ciscoEnv,
  ciscoIngest,
  ciscoLogin,
  ciscoReboot,
  ciscoSecurity,
  ciscoTransport,
} from '../metrics.ts';

const ofDev = ['host', 'dev'] as const;
/** Without a line from anybody for so long the reader is deaf. */
const deafSeconds = 10 * minute;

function ofDevice(field: 'silent' | 'quiet' | 'clock_bad', seconds: number): AlertQuestion {
  return lately(query(ciscoDevice, { select: [{ field, aggregate: 'last' }], groupBy: ofDev, over: 'range' }), seconds);
}

function reboots(seconds: number): AlertQuestion {
  return lately(
    query(ciscoReboot, { select: [{ field: 'unplanned', aggregate: 'sum' }], groupBy: ofDev, over: 'range' }),
    seconds,
  );
}

// The newest minute may lack its good messages while it has its losses.
function messages(field: 'strong_lost' | 'strong_expected' | 'overdue' | 'received', seconds: number): AlertQuestion {
  return lately(
    query(ciscoTransport, { select: [{ field, aggregate: 'sum' }], groupBy: ofDev, over: 'range' }),
    seconds,
    minute,
  );
}

function read(field: 'unparsed' | 'read', seconds: number): AlertQuestion {
  return lately(
    query(ciscoIngest, { select: [{ field, aggregate: 'sum' }], groupBy: ['host'], over: 'range' }),
    seconds,
  );
}

/** Reports of the reader at the beginning of the time in which nothing came: one that has just started is not deaf. */
const readBefore = lately(
  query(ciscoIngest, { select: [{ field: 'read', aggregate: 'count' }], groupBy: ['host'], over: 'range' }),
  2 * minute,
  deafSeconds - 2 * minute,
);
const lost = messages('strong_lost', 15 * minute);
const expected = messages('strong_expected', 15 * minute);
const received = messages('received', hour);
const linesRead = read('read', hour);
const whyLost = `Below ${limits.lost.messages} messages a share says nothing. Only devices that count what they send here are judged: the sequence of all their messages jumps without loss.`;

/** The rules. */
export const deviceAlerts: readonly AlertRule[] = [
  {
    ...common,
    uid: 'sb-cisco-reboot',
    title: 'Device rebooted',
    group: everyMinute,
    severity: 'warning',
    measured: reboots(15 * minute),
    limit: { atLeast: limits.reboots.warning },
    forSeconds: 0,
    unit: 'short',
    summary: '{dev} rebooted, and nobody ordered it (by the log of {host})',
    description:
      'The numbering of the messages of the device began anew without an order to reload before. Power, a crash, or a supervisor that failed over: "show version" says which, and the crash file why.',
    panel: { dashboard: 'sb-network', id: 17 },
    reason:
      'Every reboot that was not ordered has a cause that should be known. It is told for a quarter of an hour, once.',
  },
  {
    ...common,
    uid: 'sb-cisco-reboots',
    title: 'Device reboots again and again',
    group: everyFive,
    severity: 'critical',
    measured: reboots(day),
    limit: { atLeast: limits.reboots.critical },
    forSeconds: 0,
    unit: 'short',
    summary: '{dev} rebooted {value} times in a day (by the log of {host})',
    description:
      'Three or more reboots within a day that nobody ordered are a crash loop or a power supply that fails. The sites behind the device go down each time.',
    panel: { dashboard: 'sb-network', id: 17 },
    reason: 'One reboot may be power; three within a day come from the device, and the next one is near.',
  },
  {
    ...common,
    uid: 'sb-cisco-silent',
    title: 'Device silent',
    group: everyMinute,
    severity: 'warning',
    measured: ofDevice('silent', stateSeconds),
    limit: { atLeast: 1 },
    onlyIf: { question: ofDevice('quiet', stateSeconds), limit: { below: 1 } },
    forSeconds: 10 * minute,
    unit: 'none',
    summary: 'Nothing is heard of {dev} (by the log of {host})',
    description:
      'The device has sent no message for three times as long as its longest usual pause. It may be dead, or its path, or its logging may have been changed. Its states on the dashboard are what was last known.',
    panel: { dashboard: 'sb-network', id: 17 },
    reason:
      'The device sets its own measure: three times the pause that 95 % of its messages keep, and half an hour at least. When all are silent together the collector is meant, which has its own alert.',
  },
  {
    ...common,
    uid: 'sb-cisco-loss',
    title: 'Log messages lost',
    group: everyFive,
    severity: 'warning',
    measured: lost,
    comparedWith: { question: expected, how: 'over' },
    limit: { above: limits.lost.warning },
    onlyIf: { question: expected, limit: { atLeast: limits.lost.messages } },
    forSeconds: 0,
    unit: 'percentunit',
    summary: '{value} of the messages of {dev} were lost (by the log of {host})',
    description:
      'Numbers are missing in the messages of the device, so changes of its links are missing too and the availability becomes an estimate. Look at the load of its path, at rate limits of logging, and at the receive buffer of the collector.',
    panel: { dashboard: 'sb-network', id: 25 },
    reason: `Up to ${limits.lost.warning * 100} % the missing changes can be worked out from what is there. ${whyLost}`,
  },
  {
    ...common,
    uid: 'sb-cisco-loss-crit',
    title: 'Many log messages lost',
    group: everyFive,
    severity: 'critical',
    measured: lost,
    comparedWith: { question: expected, how: 'over' },
    limit: { above: limits.lost.critical },
    onlyIf: { question: expected, limit: { atLeast: limits.lost.messages } },
    forSeconds: 0,
    unit: 'percentunit',
    summary: '{value} of the messages of {dev} were lost (by the log of {host}): do not trust its states',
    description:
      'So many messages of the device are missing that the states of its links are a guess. Repair the logging first: path, rate limits, receive buffer of the collector.',
    panel: { dashboard: 'sb-network', id: 25 },
    reason: `With more than ${limits.lost.critical * 100} % missing, losses and returns of a link are both gone too often to be worked out. ${whyLost}`,
  },
  {
    ...common,
    uid: 'sb-cisco-late',
    title: 'Messages come late',
    group: everyFive,
    severity: 'info',
    measured: messages('overdue', hour),
    comparedWith: { question: received, how: 'over' },
    limit: { above: limits.overdue.info },
    onlyIf: { question: received, limit: { atLeast: limits.overdue.messages } },
    forSeconds: 0,
    unit: 'percentunit',
    summary: '{value} of the messages of {dev} came after the look-ahead (by the log of {host})',
    description:
      'Messages of the device arrive later than the program waits for them (lookaheadSeconds). They are used, but out of order. Raise lookaheadSeconds above the worst delay that the dashboard shows for the device.',
    panel: { dashboard: 'sb-network', id: 5 },
    reason:
      'A few late ones after each outage are normal; more than one in a hundred says that the look-ahead is too short.',
  },
  {
    ...common,
    uid: 'sb-cisco-clock',
    title: 'Device clock wrong',
    group: everyFive,
    severity: 'info',
    measured: ofDevice('clock_bad', 5 * minute),
    limit: { atLeast: 1 },
    forSeconds: hour,
    unit: 'none',
    summary: 'The clock of {dev} is not set, or more than a minute off (by the log of {host})',
    description:
      'Times of its messages are corrected by their arrival, so the order between it and other devices is unreliable. Give the device a time server, or repair the way to it.',
    panel: { dashboard: 'sb-network', id: 17 },
    reason:
      'A minute is more than the look-ahead can put in order. An hour lets a device that has just booted find its time server.',
  },
  {
    ...common,
    uid: 'sb-cisco-env',
    title: 'Environment of a device critical',
    group: everyMinute,
    severity: 'critical',
    measured: lately(
      query(ciscoEnv, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: [{ tag: 'level', values: ['0', '1', '2'] }],
        groupBy: ['host', 'dev', 'component'],
        over: 'range',
      }),
      5 * minute,
    ),
    limit: { atLeast: limits.environment.critical },
    forSeconds: 0,
    unit: 'short',
    summary: '{dev} reports its {component} as critical (by the log of {host})',
    description:
      'A message about the environment of severity 0 to 2: the device may switch itself off. The text is in "Latest interesting events".',
    panel: { dashboard: 'sb-network', id: 16 },
    reason: 'The device itself calls it critical or worse, and heat does not wait: a single message is enough.',
  },
  {
    ...common,
    uid: 'sb-cisco-fault',
    title: 'Fan or power of a device failed',
    group: everyMinute,
    severity: 'critical',
    measured: lately(
      query(ciscoEnv, {
        select: [{ field: 'active', aggregate: 'max' }],
        where: [{ tag: 'component', values: ['fan', 'power'] }],
        groupBy: ['host', 'dev', 'component'],
        over: 'range',
      }),
      stateSeconds,
    ),
    limit: { atLeast: 1 },
    forSeconds: minute,
    unit: 'none',
    summary: 'A {component} of {dev} has failed (by the log of {host})',
    description:
      'The device reported a failed fan or power supply, and no end of it since. It runs on what is left: replace the part before the other one fails.',
    panel: { dashboard: 'sb-network', id: 16 },
    reason: 'A part that is changed is reported as failed and repaired within seconds; a minute leaves that out.',
  },
  {
    ...common,
    uid: 'sb-cisco-caller',
    title: 'Unexpected caller',
    group: everyMinute,
    severity: 'warning',
    measured: lately(
      query(ciscoSecurity, {
        select: [{ field: 'count', aggregate: 'sum' }],
        groupBy: ['host', 'site', 'kind'],
        over: 'range',
      }),
      10 * minute,
    ),
    limit: { atLeast: limits.callers.warning },
    forSeconds: 0,
    unit: 'short',
    summary: '{value} calls at site {site}: {kind} (by the log of {host})',
    description:
      'Somebody dialled into a site from a number that is not in its expected_callers, or into a hub from a number of no site, or hid the number. Find the call in the log; if it is a new line of yours, add its number to the topology.',
    panel: { dashboard: 'sb-network', id: 15 },
    reason: 'A dial line is a door into the network: a single stranger is one too many.',
  },
  {
    ...common,
    uid: 'sb-cisco-login',
    title: 'Logins of a device fail',
    group: everyMinute,
    severity: 'warning',
    measured: lately(
      query(ciscoLogin, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: [{ tag: 'result', values: ['failed'] }],
        groupBy: ofDev,
        over: 'range',
      }),
      5 * minute,
    ),
    limit: { above: limits.logins.warning },
    forSeconds: 0,
    unit: 'short',
    summary: '{value} logins failed on {dev} in 5 minutes (by the log of {host})',
    description:
      'More failed logins than a person makes. A script with an old password, or somebody who guesses: the log names the address. Restrict the access of the terminal lines to the management network.',
    panel: { dashboard: 'sb-network', id: 15 },
    reason: 'A person gives up after three or four attempts; more than ten in five minutes are a machine.',
  },
  {
    ...common,
    uid: 'sb-cisco-quiet-mode',
    title: 'Device refuses logins',
    group: everyMinute,
    severity: 'warning',
    measured: lately(
      query(ciscoLogin, {
        select: [{ field: 'count', aggregate: 'sum' }],
        where: [{ tag: 'result', values: ['quiet_mode'] }],
        groupBy: ofDev,
        over: 'range',
      }),
      5 * minute,
    ),
    limit: { atLeast: 1 },
    forSeconds: 0,
    unit: 'short',
    summary: '{dev} went into quiet mode: too many logins failed (by the log of {host})',
    description:
      'The device itself found that somebody guesses passwords and takes no more logins for a while, yours neither. The log names the address it came from.',
    panel: { dashboard: 'sb-network', id: 15 },
    reason: 'The device has its own limit and has judged by it already.',
  },
  {
    ...common,
    uid: 'sb-cisco-unparsed',
    title: 'Cisco lines not understood',
    group: everyFive,
    severity: 'info',
    measured: read('unparsed', hour),
    comparedWith: { question: linesRead, how: 'over' },
    limit: { above: limits.unparsed.info },
    onlyIf: { question: linesRead, limit: { atLeast: limits.unparsed.lines } },
    forSeconds: 0,
    unit: 'percentunit',
    summary: '{value} of the lines of {host} were not understood',
    description:
      'Lines come in a form that is not known: a new kind of device, a collector that writes otherwise, or another program that logs into the same file. The lines are kept as dead letters.',
    panel: { dashboard: 'sb-network', id: 22 },
    reason: `All forms of headers that are known are read, so more than ${limits.unparsed.info * 100} % is a new one. A share of fewer than ${limits.unparsed.lines} lines says nothing.`,
  },
  {
    ...common,
    uid: 'sb-cisco-deaf',
    title: 'Cisco collector deaf',
    group: everyMinute,
    severity: 'critical',
    measured: read('read', deafSeconds),
    limit: { below: 1 },
    onlyIf: { question: readBefore, limit: { atLeast: 1 } },
    forSeconds: 0,
    unit: 'short',
    summary: 'Nothing is heard of any device in the log of {host}',
    description:
      'Not a single line came for ten minutes. All states on the dashboard are frozen, and their alerts keep silent. Look at the syslog daemon, its disk, and the path of the devices to it.',
    panel: { dashboard: 'sb-network', id: 22 },
    reason:
      'A network that is alive logs more often than every ten minutes; a very small one needs a longer range. The reader says every 15 seconds how many lines it read, so silence is a sum of 0 and not a lack of data: where there is no data at all no such log is read, or "Switchboard source down" says so.',
  },
];
