// The measurements of the cisco family (cisco 21) with the bounds of cisco 22. Source addresses, numbers of callers, users
// and message texts are never tags.
import { counter, gauge, measurement, tag } from '../../model/catalogue.ts';

const device = tag('device by the name in the topology; unknown ones up to a cap', 1000);
const service = tag('service of the topology', 1000);
const site = tag('site of the service', 1000);

/** What is believed of a service now. */
export const ciscoService = measurement({
  name: 'cisco_service',
  help: 'State of each service as believed now.',
  tags: { svc: service, site },
  fields: {
    state: gauge('code', '0 unknown, 1 down, 2 on backup, 3 up', 'last', 'integer'),
    since_s: gauge('s', 'how long it has been so'),
    provisional: gauge('0/1', 'down, but not yet for longer than a drop', 'last', 'integer'),
    suspect: gauge('0/1', 'a long idle call says that the primary may have failed unreported', 'last', 'integer'),
    confidence: gauge(
      '0-3',
      'strength of the evidence: 3 local report, 2 report, 1 hint, 0 assumed',
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
  help: 'State of each link of the topology as believed now.',
  tags: {
    link: tag('link of the topology', 1000),
    type: tag('type of the link', 10, true),
    role: tag('primary or backup', 2, true),
  },
  fields: {
    usable: gauge('0/1', 'carries traffic; 2 unknown', 'last', 'integer'),
    last_proof_s: gauge('s', 'since it was last proved to carry traffic'),
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
  help: 'Reboots, at the first record of the new boot.',
  tags: { dev: device },
  fields: {
    planned: gauge('0/1', 'a restart was ordered before', 'last', 'integer'),
    window_s: gauge('s', 'time between the last record of the old boot and the first of the new one'),
    restarts: gauge('restarts', 'starts close to each other', 'last', 'integer'),
  },
  isInstant: true,
});

/** How the messages of a device get here. */
export const ciscoTransport = measurement({
  name: 'cisco_transport',
  help: 'Messages of each device: received, lost, doubled, late. Loss follows from the numbering.',
  tags: { dev: device },
  fields: {
    received: counter('messages', 'messages, copies not counted'),
    lost: counter('messages', 'missing numbers; late ones are taken off while their bucket is open'),
    reordered: counter('messages', 'put back in order'),
    late: counter('messages', 'came after the look-ahead'),
    too_late: counter('messages', 'came later than the memory reaches'),
  },
});

/** Totals of a device for its state. */
export const ciscoDevice = measurement({
  name: 'cisco_device',
  help: 'Each device: when it was last heard of, its totals, its clock.',
  tags: { dev: device },
  fields: {
    last_seen_s: gauge('s', 'since its last record'),
    silent: gauge('0/1', 'nothing heard for 30 minutes and more', 'last', 'integer'),
    reboots: gauge('reboots', 'reboots since the state was created', 'last', 'integer'),
    clock_quality: gauge(
      'code',
      '0 set and synchronised, 1 lost its servers, 2 not set, 3 uptime only, 4 none',
      'last',
      'integer',
    ),
    clock_offset_s: gauge('s', 'arrival less stamp of the least delayed record, for a clock that is not set'),
    max_delay_s: gauge('s', 'greatest delay of a record'),
  },
  isInstant: true,
});

/** What was read. */
export const ciscoIngest = measurement({
  name: 'cisco_ingest',
  help: 'Lines read by what they are, totals since the state was created.',
  tags: {},
  fields: {
    read: gauge('lines', 'all of them', 'last', 'integer'),
    parsed: gauge('lines', 'messages with a code', 'last', 'integer'),
    unparsed: gauge('lines', 'not understood', 'last', 'integer'),
    repeat: gauge('lines', 'last message repeated', 'last', 'integer'),
    banner: gauge('lines', 'boot banners', 'last', 'integer'),
    traceback: gauge('lines', 'tracebacks', 'last', 'integer'),
    continuation: gauge('lines', 'continuations', 'last', 'integer'),
    unknown_device: gauge('devices', 'devices that no topology names', 'last', 'integer'),
    unknown_zone: gauge('stamps', 'zones in no map', 'last', 'integer'),
    buffered: gauge('records', 'waiting for an earlier one', 'last', 'integer'),
    holes: gauge('holes', 'silences of everybody', 'last', 'integer'),
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
});

/** Messages that are no line noise. */
export const ciscoInteresting = measurement({
  name: 'cisco_interesting',
  help: 'Messages that are no routine line noise, by code; at most 200 codes, the rest `__other__`.',
  tags: { dev: device, code: tag('message code', 200) },
  fields: { count: counter('messages', 'messages') },
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
    group: tag('interface and group; at most 50 a device', 50),
  },
  fields: {
    active: gauge('0/1', 'this device is active or master', 'last', 'integer'),
    changes: counter('changes', 'changes of state'),
  },
});

/** Tracked objects. */
export const ciscoTrack = measurement({
  name: 'cisco_track',
  help: 'Tracked objects (IP SLA reachability, line protocol).',
  tags: { dev: device, track: tag('number of the object; at most 50 a device', 50) },
  fields: { state: gauge('0/1', 'up', 'last', 'integer'), changes: counter('changes', 'changes of state') },
});

/** Trunk failures. */
export const ciscoTrunk = measurement({
  name: 'cisco_trunk',
  help: 'Failures of trunks, at their beginning.',
  tags: { dev: device, trunk: tag('trunk of the topology', 1000), kind: tag('kind of the trunk', 3, true) },
  fields: {
    circuits: gauge('circuits', 'circuits that were open', 'last', 'integer'),
    down_s: gauge('s', 'how long it lasted'),
  },
  isInstant: true,
});

/** All of them, in the order of the reference. */
export const ciscoMeasurements = [
  ciscoService,
  ciscoServiceBucket,
  ciscoServiceTransition,
  ciscoLink,
  ciscoTrunk,
  ciscoInterfaceEvent,
  ciscoAdjacencyDown,
  ciscoDevice,
  ciscoReboot,
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
] as const;
