// What routers and switches say all day: packets refused, clocks set, people who log in and out.
import { between, pick } from './random.ts';
import type { Random } from './random.ts';
import type { DevicePlan } from './network-plan.ts';
import { configText, linkText, protoText, say } from './network-texts.ts';
import type { DeviceText } from './network-texts.ts';

/** One occasion, of one message or a few that belong together. */
export function noiseText({ style, role }: DevicePlan, random: Random): readonly DeviceText[] {
  if (style === 'nx-os') return switchNoise(random);
  if (style === 'ios-xr') return borderNoise(random);
  const kind = random();
  if (kind < 0.55) return [accessList(random)];
  if (kind < 0.72) {
    return [
      say('SEC_LOGIN-5-LOGIN_SUCCESS', 'Login Success [user: backup] [Source: 10.9.0.5] [localport: 22]'),
      say('SYS-6-LOGOUT', 'User backup has exited tty session 2(10.9.0.5)'),
    ];
  }
  if (kind < 0.82) return [say('NTP-6-PEERREACH', 'Peer 10.9.0.5 is reachable')];
  if (kind < 0.9) {
    // A port to which nothing of importance is connected.
    const name = role === 'hub' ? `FastEthernet1/${between(random, 2, 15)}` : `FastEthernet0/${between(random, 2, 7)}`;
    const isUp = random() < 0.5;
    return isUp ? [linkText(name, true), protoText(name, true)] : [protoText(name, false), linkText(name, false)];
  }
  if (kind < 0.97)
    return [say('SEC-6-IPACCESSLOGRL', `access-list logging rate-limited or missed ${between(random, 2, 90)} packets`)];
  return [configText];
}

function accessList(random: Random): DeviceText {
  const port = pick(random, ['445', '23', '3389', '5060'] as const, 2);
  const from = `198.51.100.${between(random, 2, 250)}(${between(random, 1025, 65_000)})`;
  const to = `10.${between(random, 30, 40)}.${between(random, 1, 120)}.${between(random, 2, 250)}(${port})`;
  return say('SEC-6-IPACCESSLOGP', `list EDGE-IN denied tcp ${from} -> ${to}, ${between(random, 1, 12)} packets`);
}

function switchNoise(random: Random): readonly DeviceText[] {
  const name = `Ethernet1/${between(random, 1, 48)}`;
  const kind = random();
  if (kind < 0.4) return [say('ETHPORT-5-IF_UP', `Interface ${name} is up in mode access`)];
  if (kind < 0.75) return [say('ETHPORT-5-IF_DOWN_LINK_FAILURE', `Interface ${name} is down (Link failure)`)];
  if (kind < 0.9) return [say('VSHD-5-VSHD_SYSLOG_CONFIG_I', 'Configured from vty by netops on 10.9.0.5@pts/0')];
  const mac = between(random, 4096, 65_535).toString(16);
  return [say('L2FM-4-L2FM_MAC_MOVE', `Mac 0050.56aa.${mac} in vlan 20 has moved from Eth1/3 to Eth1/9`)];
}

function borderNoise(random: Random): readonly DeviceText[] {
  const kind = random();
  const neighbour = `192.0.2.${between(random, 1, 6)}`;
  if (kind < 0.3)
    return [
      process(
        'bgp[1052]',
        say(
          'ROUTING-BGP-5-ADJCHANGE',
          `neighbor ${neighbour} Down - BGP Notification sent, hold time expired (VRF: default) (AS: 64500)`,
        ),
      ),
    ];
  if (kind < 0.6)
    return [
      process('bgp[1052]', say('ROUTING-BGP-5-ADJCHANGE', `neighbor ${neighbour} Up (VRF: default) (AS: 64500)`)),
    ];
  if (kind < 0.85) {
    const name = `GigabitEthernet0/0/0/${between(random, 4, 19)}`;
    return [
      process(
        'ifmgr[214]',
        say('PKT_INFRA-LINK-3-UPDOWN', `Interface ${name}, changed state to ${random() < 0.5 ? 'Up' : 'Down'}`),
      ),
    ];
  }
  return [process('config[65820]', say('MGBL-SYS-5-CONFIG_I', 'Configured from console by netops on vty0 (10.9.0.5)'))];
}

function process(name: string, text: DeviceText): DeviceText {
  return { ...text, process: name };
}
