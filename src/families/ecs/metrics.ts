// The measurements of the ecs family (ecs 7). User ids, addresses and extensions are never tags: they are counted as
// distinct values.
import { counter, distinct, gauge, measurement, quantile, tag } from '../../model/catalogue.ts';

/** Denial events by number: what Communication Manager refused. */
export const ecsDenial = measurement({
  name: 'ecs_denial',
  help: 'Denial events (DENYEVT): what Communication Manager refused, by number.',
  tags: {
    event: tag('denial number; about 20 to 60 occur on one system', 500),
    category: tag('category of the number in the denial table; `unknown` for a number that it does not hold', 50, true),
  },
  fields: {
    count: counter('events', 'refusals'),
    distinct_d1: distinct('values', 'different first qualifiers, mostly user ids'),
    distinct_d2: distinct('values', 'different second qualifiers, mostly addresses'),
  },
});

/** Denial events by hour of the day: InfluxQL knows no hour of a day. */
export const ecsDenialHourly = measurement({
  name: 'ecs_denial_hourly',
  help: 'Denial events by hour of the day and day of the week in the zone of the source.',
  bucketSeconds: 3600,
  tags: {
    hour: tag('00 to 23', 24),
    weekday: tag('1 (Monday) to 7 (Sunday)', 7),
    category: tag('as in ecs_denial', 50),
  },
  fields: { count: counter('events', 'refusals') },
});

/** Denial events whose number is new to the source: absent while nothing is. */
export const ecsDenialNew = measurement({
  name: 'ecs_denial_new',
  help: 'Denial events of a number that was not seen for 30 days before (`newNumbers` in the options), during the day after it was first seen. Nothing is new during the first 7 days.',
  tags: {
    event: tag('denial number', 500),
    category: tag('as in ecs_denial', 50, true),
  },
  fields: { count: counter('events', 'refusals while the number is new') },
});

/** Maintenance alarms by type. */
export const ecsMtcAlarm = measurement({
  name: 'ecs_mtc_alarm',
  help: 'Maintenance alarms (MTCEVT ALM).',
  tags: { type: tag('type of the maintenance object', 500) },
  fields: {
    count: counter('events', 'alarms'),
    distinct_lname: distinct('objects', 'different logical names: how many objects are in alarm'),
  },
});

/** Maintenance errors by type. */
export const ecsMtcError = measurement({
  name: 'ecs_mtc_error',
  help: 'Maintenance errors (MTCEVT ERR).',
  tags: { type: tag('type of the maintenance object', 500) },
  fields: {
    count: counter('events', 'errors'),
    distinct_lname: distinct('objects', 'different logical names: how many objects have errors'),
  },
});

/** Software errors by process number. */
export const ecsProcErr = measurement({
  name: 'ecs_proc_err',
  help: 'Process errors (proc_err): software errors by process number.',
  tags: { pro: tag('process number', 500) },
  fields: { count: counter('events', 'errors') },
});

/** Registrations and drops of IP endpoints. */
export const ecsIpevt = measurement({
  name: 'ecs_ipevt',
  help: 'Registrations and drops of IP endpoints (IPEVT).',
  tags: {
    event: tag('sub-event from the list of known ones, else `other`', 50),
    reason: tag('reason from the list of known ones, else `other`; `none` when the line gives none', 50),
    net_reg: tag('network region of the endpoint; a system has at most 2000', 2000),
  },
  fields: {
    count: counter('events', 'registrations and drops'),
    distinct_ext: distinct('extensions', 'different extensions'),
    distinct_ip: distinct('addresses', 'different endpoint addresses'),
  },
});

/** What patterns of the configuration found. */
export const ecsPattern = measurement({
  name: 'ecs_pattern',
  help: 'Lines that a pattern of the configuration matched.',
  tags: {
    pattern: tag('name of the pattern in the configuration', 100),
    value: tag('its tag groups, joined by blanks; absent without tag groups'),
  },
  fields: {
    count: counter('lines', 'lines that matched'),
    distinct_values: distinct('values', 'different values of its distinct groups, joined by blanks'),
  },
});

/** The speed of rotation and the age of the files. */
export const ecsFiles = measurement({
  name: 'ecs_files',
  help: 'The log files of a host: how fast they rotate, and how far back they reach.',
  isInstant: true,
  tags: {},
  fields: {
    opened: counter('files', 'files opened since the last report'),
    bytes: counter('bytes', 'bytes read since the last report'),
    retention_s: gauge('s', 'from the oldest to the newest file name: how far back the log reaches'),
    newest_age_s: gauge('s', 'time since the newest file was written to: a stalled log grows older'),
  },
});

/** Records that could not be used, by reason. */
export const ecsParser = measurement({
  name: 'ecs_parser',
  help: 'Records that could not be used since the last report, by reason.',
  isInstant: true,
  tags: { reason: tag('short fixed word', 50) },
  fields: { count: counter('records', 'records that could not be used') },
});

/** The throughput of the reader. */
export const ecsParserTotal = measurement({
  name: 'ecs_parser_total',
  help: 'What was read since the last report. No data here means that nothing else can be trusted.',
  isInstant: true,
  tags: {},
  fields: {
    lines: counter('lines', 'lines read'),
    bytes: counter('bytes', 'bytes read'),
    records: counter('records', 'records found'),
    lag_s: gauge('s', 'wall clock minus the newest stamp that was read'),
  },
});

const trunkTags = {
  local_ip: tag('address of Communication Manager; `__other__` for all beyond 200 trunks', 201),
  remote_ip: tag('address of the other end', 201),
  service_port: tag('port of the service, never one that a client was given', 201),
} as const;
const direction = tag('IN: received by Communication Manager, OUT: sent by it', 2);

/** SIP messages of MST traces. */
export const ecsSip = measurement({
  name: 'ecs_sip',
  help: 'SIP messages in MST traces, by trunk and kind.',
  tags: {
    ...trunkTags,
    transport: tag('tcp or tls', 3),
    direction,
    type: tag('method, ReINVITE, or status code; `other` for an unknown method', 700),
    method: tag('method of the header CSeq; `other` for an unknown one', 20),
  },
  fields: { count: counter('messages', 'messages') },
});

/** What became of calls. */
export const ecsSipInvite = measurement({
  name: 'ecs_sip_invite',
  help: 'Calls by what became of them, from INVITE transactions matched by Call-ID and CSeq; each at the time of the message that decided it.',
  tags: { ...trunkTags, direction },
  fields: {
    attempts: counter('calls', 'initial INVITEs; one that is sent again, or again with a password, is the same call'),
    progressed: counter('calls', 'calls that rang or were answered: their first 18x or 2xx'),
    answered: counter('calls', 'calls that got a 2xx'),
    failed: counter('calls', 'calls that ended with 4xx, 5xx or 6xx, but for 401, 407 and 487'),
    server_failed: counter('calls', 'those of them with 5xx or 6xx'),
    cancelled: counter('calls', 'calls given up by the caller (487)'),
    reinvites: counter('messages', 're-INVITEs within calls, by the direction of the call where it is known'),
  },
});

/** Whether trunks still talk. */
export const ecsSipTrunk = measurement({
  name: 'ecs_sip_trunk',
  help: 'Silence of trunks that talked in at least 30 different minutes, until they have been silent for a day.',
  isInstant: true,
  tags: trunkTags,
  fields: {
    silent_s: gauge('s', 'time of the log since the last message of the trunk, while other trunks had some'),
    silent: gauge('', '1 when that is five minutes or more, within business hours; else 0', 'last', 'integer'),
  },
});

/** Calls that are up. */
export const ecsSipDialogs = measurement({
  name: 'ecs_sip_dialogs',
  help: 'Open dialogs of each trunk: those that were seen from their beginning, for at most four hours.',
  tags: trunkTags,
  fields: {
    active: gauge('calls', 'open at the end of the interval', 'last', 'integer'),
    peak: gauge('calls', 'the most that were open at once', 'max', 'integer'),
  },
});

/** How long calls take to ring. */
export const ecsSipSetup = measurement({
  name: 'ecs_sip_setup_ms',
  help: 'Time from the INVITE to the first 18x.',
  tags: { ...trunkTags, direction },
  fields: {
    p50: quantile('ms', 0.5, 'half of the calls rang sooner'),
    p95: quantile('ms', 0.95, '95 % of the calls rang sooner'),
    max: gauge('ms', 'the slowest', 'max', 'integer'),
  },
});

/** Messages to CTI servers. */
export const ecsAsai = measurement({
  name: 'ecs_asai',
  help: 'Messages of Communication Manager to CTI servers, from decoded traces (`.m`).',
  tags: {
    link: tag('number of the CTI link', 64),
    event: tag('event as the trace names it; `none` for a message without one', 60),
  },
  fields: { count: counter('messages', 'messages') },
});

/** Silence of CTI links. */
export const ecsCtiLag = measurement({
  name: 'ecs_cti_lag',
  help: 'How long nothing was sent to the CTI server of a link; until it has been silent for a day.',
  isInstant: true,
  tags: { link: tag('number of the CTI link', 64) },
  fields: { seconds_since_last: gauge('s', 'wall clock minus the time of the last message') },
});

/** Runs of the backup. */
export const ecsBackup = measurement({
  name: 'ecs_backup',
  help: 'Runs of `switchboard ecs backup --report`, one point each.',
  isInstant: true,
  tags: {},
  fields: {
    copied: counter('files', 'logs copied'),
    bytes: counter('bytes', 'bytes of them, before compression'),
    deleted: counter('files', 'old copies deleted to make room'),
    vanished: counter('files', 'logs that were gone when their turn came'),
    failed: counter('files', 'logs that could not be copied'),
    used_pct: gauge('%', 'how full the partition of the copies is after the run'),
    oldest_age_s: gauge('s', 'age of the oldest copy'),
    run_s: gauge('s', 'how long the run took'),
    max_used_pct: gauge('%', 'how full the partition may be (--max-used)'),
  },
});

/** All of them. */
export const ecsMeasurements = [
  ecsDenial,
  ecsDenialHourly,
  ecsDenialNew,
  ecsMtcAlarm,
  ecsMtcError,
  ecsProcErr,
  ecsIpevt,
  ecsPattern,
  ecsFiles,
  ecsParser,
  ecsParserTotal,
  ecsSip,
  ecsSipInvite,
  ecsSipDialogs,
  ecsSipSetup,
  ecsSipTrunk,
  ecsAsai,
  ecsCtiLag,
  ecsBackup,
] as const;
