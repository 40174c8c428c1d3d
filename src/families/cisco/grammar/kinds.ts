// What a message is about, by its code alone (cisco 6): found once for each spelling of a code, because every message asks.

/** The kind of a message; decides whether its text is read. `other` is everything that says nothing more. */
export type EventKind =
  | 'phys'
  | 'proto'
  | 'port'
  | 'dlci'
  | 'isdn_l2'
  | 'call_connect'
  | 'call_end'
  | 'adj'
  | 'adj_reason'
  | 'redundancy'
  | 'track'
  | 'err_disable'
  | 'stp'
  | 'flap_l2'
  | 'clock'
  | 'env'
  | 'reload'
  | 'config'
  | 'login'
  | 'rate_limited'
  | 'other';

/** The parts of a code that decide. */
export interface CodeParts {
  readonly facility: string;
  readonly mnemonic: string;
  readonly key: string;
}

const kindsByKey: Readonly<Record<string, EventKind>> = {
  'LINK-UPDOWN': 'phys',
  'PKT_INFRA-LINK-UPDOWN': 'phys',
  'LINK-CHANGED': 'phys',
  'PKT_INFRA-LINK-CHANGED': 'phys',
  'LINEPROTO-UPDOWN': 'proto',
  'PKT_INFRA-LINEPROTO-UPDOWN': 'proto',
  'INTERFACE_VLAN-UPDOWN': 'proto',
  'ETHPORT-IF_UP': 'port',
  'ETHPORT-IF_ADMIN_UP': 'other',
  'ETH_PORT_CHANNEL-PORT_INDIVIDUAL_DOWN': 'port',
  'FR-DLCICHANGE': 'dlci',
  'ISDN-LAYER2UP': 'isdn_l2',
  'ISDN-LAYER2DOWN': 'isdn_l2',
  'ISDN-CONNECT': 'call_connect',
  'ISDN-DISCONNECT': 'call_end',
  'OSPF-ADJCHG': 'adj',
  'ROUTING-OSPF-ADJCHG': 'adj',
  'OSPFv3-ADJCHG': 'adj',
  'ROUTING-OSPFv3-ADJCHG': 'adj',
  'BGP-ADJCHANGE': 'adj',
  'ROUTING-BGP-ADJCHANGE': 'adj',
  'DUAL-NBRCHANGE': 'adj',
  'ISIS-ADJCHANGE': 'adj',
  'CLNS-ADJCHANGE': 'adj',
  'ROUTING-ISIS-ADJCHANGE': 'adj',
  'LDP-NBRCHG': 'adj',
  'BFDFSM-BFD_SESS_UP': 'adj',
  'BFDFSM-BFD_SESS_DOWN': 'adj',
  'BGP-NOTIFICATION': 'adj_reason',
  'HSRP-STATECHANGE': 'redundancy',
  'STANDBY-STATECHANGE': 'redundancy',
  'VRRP-STATECHANGE': 'redundancy',
  'GLBP-STATECHANGE': 'redundancy',
  'TRACK-STATE': 'track',
  'TRACKING-STATE': 'track',
  'PM-ERR_DISABLE': 'err_disable',
  'SW_MATM-MACFLAP_NOTIF': 'flap_l2',
  'C4K_EBM-HOSTFLAPPING': 'flap_l2',
  'SYS-RELOAD': 'reload',
  'SYS-RESTART': 'reload',
  'SYS-BOOTTIME': 'reload',
  'SYS-CONFIG_I': 'config',
  'MGBL-SYS-CONFIG_I': 'config',
  'MGBL-CONFIG-DB_COMMIT': 'config',
  'VSHD-VSHD_SYSLOG_CONFIG_I': 'config',
  'PARSER-CFGLOG_LOGGEDCMD': 'config',
  'SEC_LOGIN-LOGIN_SUCCESS': 'login',
  'SEC_LOGIN-LOGIN_FAILED': 'login',
  'SEC_LOGIN-QUIET_MODE_ON': 'login',
  'SSH-SSH2_USERAUTH': 'login',
  'SYS-CLOCKUPDATE': 'clock',
  'SYS-LOGGER_DROPPED': 'rate_limited',
  'SEC-IPACCESSLOGRL': 'rate_limited',
};

/** The kind of a message with this code. */
export function kindOfCode(code: CodeParts): EventKind {
  return kindsByKey[code.key] ?? kindByPattern(code);
}

function kindByPattern({ facility, mnemonic, key }: CodeParts): EventKind {
  if (facility === 'ETHPORT' && mnemonic.startsWith('IF_DOWN_')) return 'port';
  if (/^(?:SPANTREE|STP)$/.test(facility)) return 'stp';
  if (key.startsWith('L2FM-L2FM_MAC_MOVE')) return 'flap_l2';
  if (mnemonic.includes('RATE_LIMIT')) return 'rate_limited';
  if (facility === 'AUTHPRIV') return 'login';
  if (facility === 'REDUNDANCY' && mnemonic.includes('SWITCHOVER')) return 'reload';
  if (facility === 'NTP') return 'clock';
  if (isEnvironment(facility, mnemonic)) return 'env';
  return 'other';
}

function isEnvironment(facility: string, mnemonic: string): boolean {
  if (/^(?:ENVMON|PLATFORM_ENV|C6KENV|ILPOWER|SFF8472)$/.test(facility)) return true;
  if (facility === 'PLATFORM' && mnemonic.includes('PS_')) return true;
  return mnemonic.includes('FAN') || mnemonic.includes('TEMP');
}
