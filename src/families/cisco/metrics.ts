// The measurements of the cisco family (cisco 21) with the bounds of cisco 22. Source addresses, numbers of callers, users
// and message texts are never tags.
// Above 300 lines: one declaration for each row of cisco 21, best read beside it.
import { counter, gauge, measurement, tag, text } from '../../model/catalogue.ts';

// Names of the topology are as many as its author writes; `__other__` would mix the states of several sites.
const device = tag('device by the name in the topology; unknown ones up to 100, then `unknown`', 5000);
const service = tag('service of the topology', 5000);
const site = tag('site of the service; `unattributed` for calls whose site is not known', 5000);
const link = tag('link of the topology', 10_000);
const trunk = tag('trunk of the topology', 1000);
const trunkKind = tag('frame-relay, ethernet or isdn-pri', 3, true);
/** Minutes are what loss and severities are counted by: finer buckets would multiply the points of large networks. */
const minute = 60;

/** What is believed of a service now. */
export const ciscoService = measurement({
  name: 'cisco_service',
  help: 'State of each service as believed now.',
  tags: { svc: service, site },
  fields: {
    state: gauge('code', '0 unknown, 1 down, 2 on backup, 3 up', 'last', 'integer'),
    since_s: gauge('s', 'how long it has been so'),
    provisional: gauge(
      '0/1',
      'the last loss or return of the primary may still turn out to be a drop or a try',
      'last',
      'integer',
    ),
    suspect: gauge('0/1', 'a long idle call says that the primary may have failed unreported', 'last', 'integer'),
    confidence: gauge(
      '0-3',
      'strength of the evidence: 3 local report, 2 report, 1 hint, 0 assumed',
      'last',
      'integer',
    ),
    down: gauge('0/1', 'the state is down', 'last', 'integer'),
    on_backup: gauge('0/1', 'the state is on backup', 'last', 'integer'),
    planned: gauge('0/1', 'the primary was taken down on purpose', 'last', 'integer'),
    hole: gauge('0/1', 'nothing was heard of any device for so long that the states are frozen', 'last', 'integer'),
    quiet: gauge(
      '0/1',
      'alerts keep silent: planned, in a hole, provisional, or its trunk failed less than 10 minutes ago',
      'last',
      'integer',
    ),
    backup_losses: gauge(
      'losses',
      'of the backup while the primary was down, in the last 30 minutes',
      'last',
      'integer',
    ),
  },
  isInstant: true,
});

/** The accounting of a service in five minutes; written again when later evidence corrects it. */
export const ciscoServiceBucket = measurement({
  name: 'cisco_service_bucket',
  help: 'Seconds of each service in each state by five minutes; corrections overwrite the same points.',
  tags: { svc: service, site },
  fields: {
    up_s: gauge('s', 'on the primary'),
    backup_s: gauge('s', 'on the backup'),
    down_s: gauge('s', 'neither usable'),
    unknown_s: gauge('s', 'nothing known'),
    failures: gauge('failures', 'confirmed failures of the primary that began', 'last', 'integer'),
    drops: gauge('drops', 'failures too short to count that began', 'last', 'integer'),
    tries: gauge('tries', 'recoveries too short to count that began', 'last', 'integer'),
    blips: gauge('blips', 'drops and tries', 'last', 'integer'),
    available_s: gauge('s', 'up or on the backup'),
    failed_s: gauge('s', 'on the backup or down'),
    known_s: gauge('s', 'up, on the backup or down'),
    worst: gauge(
      'code',
      'worst state of the five minutes that lasted for half a minute, as in cisco_service',
      'last',
      'integer',
    ),
    rev: gauge('1', 'how often this point was written', 'last', 'integer'),
    final: gauge('0/1', 'older than the correction window', 'last', 'integer'),
  },
  isInstant: true,
});

/** Changes of state; one that a correction moves is written again with void = 1. */
export const ciscoServiceTransition = measurement({
  name: 'cisco_service_transition',
  help: 'Changes of state of each service. A correction voids the old point and writes a new one.',
  tags: { svc: service, site },
  fields: {
    state: gauge('code', 'state from here on', 'last', 'integer'),
    prev: gauge('code', 'state before', 'last', 'integer'),
    strength: gauge('0-3', 'strength of the evidence', 'last', 'integer'),
    hint: gauge('0/1', 'known from a hint, not from a report', 'last', 'integer'),
    planned: gauge('0/1', 'somebody did it on purpose', 'last', 'integer'),
    uncertainty_s: gauge('s', 'how far the time may be wrong'),
    rev: gauge('1', 'how often this point was written', 'last', 'integer'),
    void: gauge('0/1', 'a later correction took it back', 'last', 'integer'),
  },
  isInstant: true,
});

/** State of each link. */
export const ciscoLink = measurement({
  name: 'cisco_link',
  help: 'State of each link of a service as believed now, and the last word on each of its layers.',
  tags: {
    link,
    type: tag('type of the link', 10, true),
    role: tag('primary or backup', 2, true),
  },
  fields: {
    usable: gauge('0/1', 'carries traffic; 2 unknown, as a dial backup is without a call', 'last', 'integer'),
    phys: gauge('0/1', 'physical layer by the last word of either end; 2 unknown', 'last', 'integer'),
    proto: gauge('0/1', 'line protocol; 2 unknown', 'last', 'integer'),
    dlci: gauge('0/1', 'circuit of frame relay; 2 unknown', 'last', 'integer'),
    adj: gauge('0/1', 'routing adjacency; 2 unknown', 'last', 'integer'),
    last_proof_s: gauge('s', 'since it was last proved to carry traffic'),
  },
  isInstant: true,
});

/** Losses of links as their ends report them. */
export const ciscoLinkFlap = measurement({
  name: 'cisco_link_flap',
  help: 'Losses of each end of a link by five minutes, as reported, without hysteresis; only where there are any.',
  tags: { link, end: tag('end of the link in the topology: a or b', 2) },
  fields: {
    flaps: gauge('losses', 'losses that began', 'last', 'integer'),
    down_s: gauge('s', 'how long the end was down'),
  },
  isInstant: true,
});

/** Routing neighbours of the topology. */
export const ciscoAdjacency = measurement({
  name: 'cisco_adjacency',
  help: 'Routing neighbours that the topology names; others are never told apart.',
  tags: {
    dev: device,
    protocol: tag('routing protocol', 7),
    neighbor: tag('address or router id of the neighbour, with its VRF; at most 50 a device', 10_000),
  },
  fields: {
    state: gauge('0/1', 'up', 'last', 'integer'),
    changes: counter('changes', 'changes of state'),
    quiet: gauge('0/1', 'alerts keep silent: lost on purpose, or in a hole', 'last', 'integer'),
  },
});

/** Calls. */
export const ciscoCall = measurement({
  name: 'cisco_call',
  help: 'Each dial call at its beginning; written again until it has ended.',
  tags: { site, hub: tag('device that answered, `unknown` when only the site told of the call', 1000) },
  fields: {
    duration_s: gauge('s', 'how long it lasted, so far while it is open'),
    idle_s: gauge('s', 'while the primary was usable'),
    active_s: gauge('s', 'while the primary was not usable'),
    test: gauge('0/1', 'a test of the backup', 'last', 'integer'),
    open: gauge('0/1', 'not ended yet', 'last', 'integer'),
    void: gauge('0/1', 'a later correction took it back; its seconds are 0 then', 'last', 'integer'),
  },
  isInstant: true,
});

/** Calls that are open. */
export const ciscoCallsOpen = measurement({
  name: 'cisco_calls_open',
  help: 'Dial calls that are open now.',
  tags: { hub: tag('device that answered', 1000), trunk: tag('trunk of the channel, `none` without one', 1001) },
  fields: {
    open: gauge('calls', 'open', 'last', 'integer'),
    unattributed: gauge('calls', 'those of them whose site is not known', 'last', 'integer'),
  },
  isInstant: true,
});

/** Tests of the backups. */
export const ciscoBackupTest = measurement({
  name: 'cisco_backup_test',
  help: 'Result of each test window of a dial backup, at the end of the window.',
  tags: { site },
  fields: {
    pass: gauge('0/1', 'the test was passed', 'last', 'integer'),
    fail: gauge('0/1', 'the test failed', 'last', 'integer'),
    failed_in_row: gauge('windows', 'failed one after another, this one included', 'last', 'integer'),
    duration_s: gauge('s', 'how long the call lasted'),
    reason: text('ok, no-call, too-long, primary-down or no-protocol'),
  },
  isInstant: true,
});

/** Interface messages by class of interface. */
export const ciscoInterfaceEvent = measurement({
  name: 'cisco_interface_event',
  help: 'Messages about interfaces by class; interfaces are never tags.',
  tags: {
    dev: device,
    ifclass: tag('physical, sub, vlan, tunnel, bchannel, loopback or port-channel', 7),
    kind: tag('up, down or admin, for the line or the protocol', 10),
  },
  fields: { count: counter('messages', 'messages') },
});

/** Losses of routing neighbours. */
export const ciscoAdjacencyDown = measurement({
  name: 'cisco_adjacency_down',
  help: 'Routing neighbours lost, by reason.',
  tags: {
    dev: device,
    protocol: tag('routing protocol', 7),
    reason_class: tag('hold_timer, interface, admin, notification, bfd or other', 6),
  },
  fields: { count: counter('events', 'losses') },
});

/** Reboots. */
export const ciscoReboot = measurement({
  name: 'cisco_reboot',
  help: 'Reboots, at the first record of the new boot. One that goes on is voided and written at its new end.',
  tags: { dev: device },
  fields: {
    planned: gauge('0/1', 'a restart was ordered before', 'last', 'integer'),
    unplanned: gauge('0/1', 'no restart was ordered, and the point is not void', 'last', 'integer'),
    window_s: gauge('s', 'time between the last record of the old boot and the first of the new one'),
    restarts: gauge('restarts', 'starts close to each other', 'last', 'integer'),
    void: gauge('0/1', 'the device restarted again at once', 'last', 'integer'),
    what: text('what happened, in words'),
  },
  isInstant: true,
});

/** Holes in the log. */
export const ciscoHole = measurement({
  name: 'cisco_hole',
  help: 'Silences of all devices, at their beginning.',
  tags: {},
  fields: { duration_s: gauge('s', 'how long nothing came'), what: text('what happened, in words') },
  isInstant: true,
});

/** How the messages of a device get here. */
export const ciscoTransport = measurement({
  name: 'cisco_transport',
  help: 'Messages of each device: received, lost, doubled, late. Loss follows from the numbering.',
  tags: { dev: device },
  fields: {
    received: counter('messages', 'messages, with their copies'),
    lost: counter('messages', 'missing numbers, when they are missed: those that come after all are also in late'),
    lost_after_boot: counter('messages', 'missing numbers at the beginning of a boot'),
    duplicate: counter('messages', 'copies'),
    reordered: counter('messages', 'put back in order'),
    late: counter('messages', 'came after the look-ahead'),
    too_late: counter('messages', 'came later than the memory reaches'),
    discontinuity: counter('jumps', 'forward jumps of the numbering too great to be loss'),
    max_delay_s: gauge('s', 'greatest time from stamp to arrival, of clocks that are synchronised', 'max'),
    loss_quality: gauge(
      'code',
      'what loss follows from: 2 a count of messages sent here, 1 the sequence of all messages, 0 nothing',
      'last',
      'integer',
    ),
    expected: counter('messages', 'received but for copies, and lost: what loss is a share of'),
    strong_lost: counter('messages', 'lost of loss_quality 2'),
    strong_expected: counter('messages', 'expected of loss_quality 2'),
    overdue: counter('messages', 'late and too late'),
  },
  bucketSeconds: minute,
});

/** Totals of a device for its state. */
export const ciscoDevice = measurement({
  name: 'cisco_device',
  help: 'Each device: when it was last heard of, its totals, its clock.',
  tags: { dev: device },
  fields: {
    last_seen_s: gauge('s', 'since its last record'),
    silent: gauge(
      '0/1',
      'nothing heard for three times its usual longest spacing, and for 30 minutes at least',
      'last',
      'integer',
    ),
    uptime_s: gauge('s', 'since its last boot, where that was seen'),
    reboots: gauge('reboots', 'reboots since the state was created', 'last', 'integer'),
    clock_quality: gauge(
      'code',
      '0 set and synchronised, 1 lost its servers, 2 not set, 3 uptime only, 4 none',
      'last',
      'integer',
    ),
    clock_offset_s: gauge('s', 'least arrival less stamp of the last ten minutes of its records'),
    clock_bad: gauge('0/1', 'not set, or more than a minute off', 'last', 'integer'),
    max_delay_s: gauge('s', 'greatest delay of a record'),
    quiet: gauge('0/1', 'alerts keep silent: nothing is heard of any device', 'last', 'integer'),
  },
  isInstant: true,
});

/** What was read. */
export const ciscoIngest = measurement({
  name: 'cisco_ingest',
  help: 'Lines read by what they are since the last report, every 15 s; the tag `host` says of which source.',
  tags: {},
  fields: {
    read: counter('lines', 'all of them'),
    parsed: counter('lines', 'messages with a code'),
    unparsed: counter('lines', 'not understood'),
    repeat: counter('lines', 'last message repeated'),
    banner: counter('lines', 'boot banners'),
    traceback: counter('lines', 'tracebacks'),
    continuation: counter('lines', 'continuations'),
    rejected: counter('messages', 'came by network from an address that is not allowed'),
    truncated: counter('messages', 'came by network and were longer than the limit'),
    unknown_device: gauge('devices', 'devices that no topology names', 'last', 'integer'),
    unknown_zone: counter('stamps', 'zones in no map'),
    buffered: gauge('records', 'waiting for an earlier one', 'last', 'integer'),
    holes: counter('holes', 'silences of everybody'),
  },
  isInstant: true,
});

/** Messages by severity and facility. */
export const ciscoMessages = measurement({
  name: 'cisco_messages',
  help: 'Messages by severity and facility; facilities beyond a list are `other`.',
  tags: { dev: device, severity: tag('0 to 7', 8), facility: tag('facility of a list, else `other`', 130) },
  fields: { count: counter('messages', 'messages') },
  maxSeries: 50_000,
  bucketSeconds: minute,
});

/** Messages that are no line noise. */
export const ciscoInteresting = measurement({
  name: 'cisco_interesting',
  help: 'Messages that are no routine line noise, by code; at most 200 codes, the rest `__other__`.',
  tags: { dev: device, code: tag('message code', 200) },
  fields: {
    count: counter('messages', 'messages'),
    first_seen: counter('messages', 'the first of a code that was never seen before; none during the first day'),
    text: text('the last of them, up to 200 characters'),
  },
});

/** Changes of configuration. */
export const ciscoConfigChange = measurement({
  name: 'cisco_config_change',
  help: 'Changes of configuration; who made them is in the log only.',
  tags: { dev: device },
  fields: { count: counter('changes', 'changes') },
});

/** Logins. */
export const ciscoLogin = measurement({
  name: 'cisco_login',
  help: 'Logins by result.',
  tags: { dev: device, result: tag('success, failed or quiet_mode', 3) },
  fields: { count: counter('logins', 'logins') },
});

/** Warnings. */
export const ciscoSecurity = measurement({
  name: 'cisco_security',
  help: 'Calls from numbers that nobody expects.',
  tags: { site, kind: tag('unexpected_caller or unknown_caller', 2) },
  fields: { count: counter('warnings', 'warnings') },
});

/** Environment. */
export const ciscoEnv = measurement({
  name: 'cisco_env',
  help: 'Messages about fans, power, temperature and optics.',
  tags: {
    dev: device,
    component: tag('fan, power, temperature, optics or other', 5),
    level: tag('severity of the message', 8),
  },
  fields: {
    count: counter('messages', 'messages'),
    active: gauge('0/1', 'the last message reports a fault, not its end', 'last', 'integer'),
  },
});

/** First-hop redundancy. */
export const ciscoRedundancy = measurement({
  name: 'cisco_redundancy',
  help: 'First-hop redundancy groups (HSRP, VRRP, GLBP).',
  tags: {
    dev: device,
    protocol: tag('hsrp, vrrp or glbp', 3),
    group: tag('interface and group; at most 50 a device', 10_000),
  },
  fields: {
    active: gauge('0/1', 'this device is active or master', 'last', 'integer'),
    role: gauge(
      'code',
      '2 active or master, 3 any other: never 0 or 1, which are faults in the same chart',
      'last',
      'integer',
    ),
    changes: counter('changes', 'changes of state'),
  },
});

/** Tracked objects. */
export const ciscoTrack = measurement({
  name: 'cisco_track',
  help: 'Tracked objects (IP SLA reachability, line protocol).',
  tags: { dev: device, track: tag('number of the object; at most 50 a device', 10_000) },
  fields: { state: gauge('0/1', 'up', 'last', 'integer'), changes: counter('changes', 'changes of state') },
});

/** Trunks. */
export const ciscoTrunk = measurement({
  name: 'cisco_trunk',
  help: 'Each trunk as it is now, and its failures within the correction window.',
  tags: { dev: device, trunk, kind: trunkKind },
  fields: {
    open: gauge('circuits', 'circuits that are usable now', 'last', 'integer'),
    max_open: gauge('circuits', 'the most that were usable at once', 'last', 'integer'),
    failed: gauge('0/1', 'it has failed and none of its circuits is back', 'last', 'integer'),
    hits: gauge('failures', 'failures', 'last', 'integer'),
    down_s: gauge('s', 'how long they lasted together'),
    quiet: gauge('0/1', 'alerts keep silent: nothing is heard of any device', 'last', 'integer'),
  },
  isInstant: true,
});

/** Failures of trunks. */
export const ciscoTrunkHit = measurement({
  name: 'cisco_trunk_hit',
  help: 'Failures of trunks, at their beginning.',
  tags: { dev: device, trunk, kind: trunkKind },
  fields: {
    circuits: gauge('circuits', 'circuits that were open', 'last', 'integer'),
    down_s: gauge('s', 'how long it lasted, so far while it goes on'),
    open: gauge('0/1', 'goes on', 'last', 'integer'),
    void: gauge('0/1', 'a later correction took it back', 'last', 'integer'),
    what: text('what happened, in words'),
  },
  isInstant: true,
});

/** Contradictions. */
export const ciscoInconsistency = measurement({
  name: 'cisco_inconsistency',
  help: 'Evidence that contradicts what was believed, at the time of the later statement.',
  tags: { svc: service, kind: tag('already_up, already_down, call_duration or correction_refused', 4) },
  fields: { count: gauge('contradictions', '1, or 0 when a correction has explained it', 'last', 'integer') },
  isInstant: true,
});

/** Failures by hour of the week. */
export const ciscoFailureHourly = measurement({
  name: 'cisco_failure_hourly',
  help: 'Failures of the primaries of all services by hour of the day and day of the week in the zone of the topology.',
  tags: { hour: tag('00 to 23', 24), weekday: tag('1 (Monday) to 7 (Sunday)', 7) },
  fields: { failures: gauge('failures', 'confirmed failures that began', 'last', 'integer') },
  isInstant: true,
});

/** All of them, in the order of the reference. */
export const ciscoMeasurements = [
  ciscoService,
  ciscoServiceBucket,
  ciscoServiceTransition,
  ciscoFailureHourly,
  ciscoLink,
  ciscoLinkFlap,
  ciscoInterfaceEvent,
  ciscoAdjacency,
  ciscoAdjacencyDown,
  ciscoCall,
  ciscoCallsOpen,
  ciscoBackupTest,
  ciscoTrunk,
  ciscoTrunkHit,
  ciscoDevice,
  ciscoReboot,
  ciscoHole,
  ciscoTransport,
  ciscoIngest,
  ciscoMessages,
  ciscoInteresting,
  ciscoConfigChange,
  ciscoLogin,
  ciscoSecurity,
  ciscoEnv,
  ciscoRedundancy,
  ciscoTrack,
  ciscoInconsistency,
] as const;
