// What devices say, without their headers: codes and texts in the wording of cisco 6.

/** A message to be sent. */
export interface DeviceText {
  /** 0 to 7. */
  readonly severity: number;
  /** From the `%`. Lines of a boot banner have no code. */
  readonly text: string;
  readonly isBanner?: boolean;
  /** The process of IOS-XR that says it. */
  readonly process?: string;
}

/** A message of a code such as `LINK-3-UPDOWN`. */
export function say(code: string, text: string): DeviceText {
  const severity = Number(/-([0-7])-\w+$/.exec(code)?.[1] ?? 6);
  return { severity, text: `%${code}: ${text}` };
}

/** `UP` and `DOWN` of interfaces and their protocols. */
export const linkText = (name: string, isUp: boolean): DeviceText =>
  say('LINK-3-UPDOWN', `Interface ${name}, changed state to ${isUp ? 'up' : 'down'}`);
/** The line protocol of an interface. */
export const protoText = (name: string, isUp: boolean): DeviceText =>
  say('LINEPROTO-5-UPDOWN', `Line protocol on Interface ${name}, changed state to ${isUp ? 'up' : 'down'}`);
/** A frame relay circuit. */
export const dlciText = (name: string, dlci: number, isUp: boolean): DeviceText =>
  say('FR-5-DLCICHANGE', `Interface ${name} - DLCI ${dlci} state changed to ${isUp ? 'ACTIVE' : 'INACTIVE'}`);

/** An OSPF neighbour reached or lost. */
export function ospfText(neighbour: string, name: string, isUp: boolean, reason = 'Dead timer expired'): DeviceText {
  const change = isUp ? 'from LOADING to FULL, Loading Done' : `from FULL to DOWN, Neighbor Down: ${reason}`;
  return say('OSPF-5-ADJCHG', `Process 1, Nbr ${neighbour} on ${name} ${change}`);
}

/** A call that is connected; `party` is a number and perhaps a name. */
export const connectText = (channel: string, party: string): DeviceText =>
  say('ISDN-6-CONNECT', `Interface ${channel} is now connected to ${party}`);
/** A call that is over. */
export const disconnectText = (channel: string, party: string, seconds: number): DeviceText =>
  say('ISDN-6-DISCONNECT', `Interface ${channel} disconnected from ${party}, call lasted ${seconds} seconds`);
/** The signalling of an ISDN line. */
export const layerTwoText = (isUp: boolean): DeviceText =>
  say(
    isUp ? 'ISDN-6-LAYER2UP' : 'ISDN-6-LAYER2DOWN',
    `Layer 2 for Interface BRI0, TEI 64 changed to ${isUp ? 'up' : 'down'}`,
  );

/** Somebody has asked for a restart. */
export const reloadText = say(
  'SYS-5-RELOAD',
  'Reload requested by netops on vty0 (10.9.0.5). Reload Reason: maintenance.',
);
/** The clock is set after a restart. */
export const clockText = say(
  'SYS-6-CLOCKUPDATE',
  'System clock has been updated from 00:01:30 UTC Fri Mar 1 2002 by NTP server 10.9.0.5.',
);
/** A change of the configuration. */
export const configText = say('SYS-5-CONFIG_I', 'Configured from console by netops on vty0 (10.9.0.5)');

/** What a device says of itself when it has started; the lines after the restart are messages of their own. */
export const restartTexts: readonly DeviceText[] = [
  say('SYS-5-RESTART', 'System restarted --'),
  { severity: 5, isBanner: true, text: 'Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version 15.7(3)M8' },
  { severity: 5, isBanner: true, text: 'Technical Support: http://www.cisco.com/techsupport' },
  { severity: 5, isBanner: true, text: 'Compiled Tue 23-Mar-21 08:51 by the builder' },
];

/** The first messages of a boot, before the restart is told. */
export function bootTexts(interfaces: readonly string[]): readonly DeviceText[] {
  return [
    say('LICENSE-6-EULA_ACCEPTED', 'The Right to Use End User License Agreement is accepted'),
    say('IFMGR-7-NO_IFINDEX_FILE', 'Unable to open nvram:/ifIndex-table No such file or directory'),
    ...interfaces.flatMap((name) => [linkText(name, true), protoText(name, true)]),
    say('SYS-5-CONFIG_I', 'Configured from memory by console'),
    say('SSH-5-ENABLED', 'SSH 2.0 has been enabled'),
    say('SNMP-5-COLDSTART', 'SNMP agent on host is undergoing a cold start'),
  ];
}

/** Logins that fail, as somebody guesses. */
export const failedLogin = (user: string, source: string): DeviceText =>
  say(
    'SEC_LOGIN-4-LOGIN_FAILED',
    `Login failed [user: ${user}] [Source: ${source}] [localport: 22] [Reason: Login Authentication Failed]`,
  );
/** A fan that stops or turns again. */
export const fanText = (isFine: boolean): DeviceText =>
  isFine ? say('PLATFORM_ENV-6-FAN', 'Fan 1 OK, speed is normal') : say('PLATFORM_ENV-1-FAN', 'Faulty fan 1 detected');
