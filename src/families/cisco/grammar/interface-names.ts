// Interface names in one spelling (cisco 6): short forms made long, blanks removed, B channels joined to their line.

/** Long names by the start of what a device may write, lower case. The longest fitting start wins. */
const kinds: readonly (readonly [short: string, long: string])[] = [
  ['twentyfivegige', 'TwentyFiveGigE'],
  ['twe', 'TwentyFiveGigE'],
  ['tengigabitethernet', 'TenGigabitEthernet'],
  ['tengige', 'TenGigE'],
  ['te', 'TenGigabitEthernet'],
  ['hundredgige', 'HundredGigE'],
  ['hu', 'HundredGigE'],
  ['fortygigabitethernet', 'FortyGigabitEthernet'],
  ['fo', 'FortyGigabitEthernet'],
  ['gigabitethernet', 'GigabitEthernet'],
  ['gi', 'GigabitEthernet'],
  ['fastethernet', 'FastEthernet'],
  ['fa', 'FastEthernet'],
  ['ethernet', 'Ethernet'],
  ['eth', 'Ethernet'],
  ['et', 'Ethernet'],
  ['serial', 'Serial'],
  ['se', 'Serial'],
  ['tunnel', 'Tunnel'],
  ['tu', 'Tunnel'],
  ['port-channel', 'Port-channel'],
  ['po', 'Port-channel'],
  ['bundle-ether', 'Bundle-Ether'],
  ['be', 'Bundle-Ether'],
  ['bri', 'BRI'],
  ['br', 'BRI'],
  ['vlan', 'Vlan'],
  ['vl', 'Vlan'],
  ['loopback', 'Loopback'],
  ['lo', 'Loopback'],
  ['dialer', 'Dialer'],
  ['di', 'Dialer'],
];

const bChannel = /^(.*?):? ?B-Channel ?(\d+)$/i;
const remembered = new Map<string, string>();

/** The one spelling of an interface name; what is not known stays as written, without blanks. */
export function interfaceName(written: string): string {
  const known = remembered.get(written);
  if (known !== undefined) return known;
  const name = normalise(written.slice(0, 128));
  if (remembered.size >= 20_000) remembered.clear();
  remembered.set(written, name);
  return name;
}

function normalise(written: string): string {
  const channel = bChannel.exec(written.trim());
  const joined = (channel ? `${channel[1] ?? ''}:${channel[2] ?? ''}` : written).replace(/\s+/g, '');
  const letters = /^[A-Za-z-]+/.exec(joined)?.[0] ?? '';
  const lower = letters.toLowerCase();
  for (const [short, long] of kinds) if (lower === short) return long + joined.slice(letters.length);
  return joined;
}

/** Kinds of interfaces that metrics tell apart. */
export type InterfaceClass = 'physical' | 'sub' | 'vlan' | 'tunnel' | 'bchannel' | 'loopback' | 'port-channel';

/** The class of a name in the one spelling. */
export function interfaceClass(name: string): InterfaceClass {
  if (name.startsWith('Tunnel')) return 'tunnel';
  if (name.startsWith('Vlan')) return 'vlan';
  if (name.startsWith('Loopback')) return 'loopback';
  if (/^(?:Port-channel|Bundle-Ether)/i.test(name)) return 'port-channel';
  if (/^(?:BRI|Serial)[^.]*:\d+$/.test(name)) return 'bchannel';
  return name.includes('.') ? 'sub' : 'physical';
}

/** True when `name` fits a pattern of the topology, in which `*` stands for digits, slashes and dots. */
export function fitsPattern(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return pattern === name;
  if (!name.startsWith(first)) return false;
  let position = first.length;
  for (const [index, part] of parts.entries()) {
    if (index === 0) continue;
    const isLast = index === parts.length - 1;
    const at = isLast ? name.length - part.length : name.indexOf(part, position);
    if (at < position || !name.startsWith(part, at) || !/^[\d/.]*$/.test(name.slice(position, at))) return false;
    position = at + part.length;
  }
  return true;
}
