// The devices and services of a proposal: which links serve a site, and which path each address of a device belongs to.
import type { LearnEvidence } from './learn-evidence.ts';
import { isAddress } from './learn-names.ts';
import type { ProposedAddress, ProposedDevice, ProposedLink, ProposedService } from './learn-proposal.ts';

/** An address belongs to the backup when this share of its packets came while the primary was away. */
const backupShare = 0.5;
/** Packets within so long of a change prove nothing about either side of it. */
const marginMs = 3000;

/** A service for each link that is no backup, with the backup of the same site. */
export function servicesOf(
  links: readonly ProposedLink[],
  evidence: LearnEvidence,
  named: (device: string) => string,
  isHub: (device: string) => boolean,
): readonly ProposedService[] {
  const isBackup = ({ type }: ProposedLink): boolean => type === 'isdn-dial' || type === 'tunnel';
  return links
    .filter((link) => !isBackup(link))
    .map((link) => {
      const device = link.b?.device;
      const others = links.filter((one) => isBackup(one) && one.b !== undefined && one.b.device === device);
      const backup = others.find(({ type }) => type === 'isdn-dial') ?? others[0];
      const isSite = device !== undefined && !isHub(device);
      return {
        id: isSite && link.id === `${device}-primary` ? device : link.id,
        primary: link.id,
        backup: backup?.id,
        mode: backup ? (backup.type === 'isdn-dial' ? 'dial' : 'permanent') : 'none',
        callers: backup?.type === 'isdn-dial' && device !== undefined ? callersAt(device, evidence, named) : [],
      };
    });
}

/** Numbers that come up again and again at a site: those of its hub. */
function callersAt(site: string, { calls }: LearnEvidence, named: (device: string) => string): readonly string[] {
  const numbers = new Map<string, number>();
  let sum = 0;
  for (const { device, number, seconds } of calls) {
    if (named(device) !== site || number === '' || seconds !== undefined) continue;
    numbers.set(number, (numbers.get(number) ?? 0) + 1);
    sum++;
  }
  return [...numbers].filter(([, times]) => times >= 3 && times / sum >= 0.2).map(([number]) => number);
}

/** All devices with their addresses. */
export function devicesOf(
  { addresses }: LearnEvidence,
  named: (device: string) => string,
  isHub: (device: string) => boolean,
  links: readonly ProposedLink[],
  services: readonly ProposedService[],
): readonly ProposedDevice[] {
  const merged = new Map<string, Map<string, readonly number[]>>();
  for (const [device, seen] of addresses) {
    const list = merged.get(named(device)) ?? new Map<string, readonly number[]>();
    for (const [ip, moments] of seen) if (isAddress(ip)) list.set(ip, [...(list.get(ip) ?? []), ...moments]);
    merged.set(named(device), list);
  }
  // Far ends that were never heard of themselves.
  for (const { a, b } of links) {
    for (const end of b ? [a, b] : [a]) if (!merged.has(end.device)) merged.set(end.device, new Map());
  }
  return [...merged]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, seen]) => {
      const hub = isHub(name);
      const service = services.find(({ primary }) => links.find(({ id }) => id === primary)?.b?.device === name);
      const primary = links.find(({ id }) => id === service?.primary);
      const backup = links.find(({ id }) => id === service?.backup);
      return {
        name,
        isHub: hub,
        addresses: [...seen]
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([ip, moments]) =>
            hub
              ? { ip, via: 'lan', link: undefined, guess: '' }
              : addressOf(ip, moments, seen.size > 1, primary, backup),
          ),
      };
    });
}

/** The path of an address, by when it was used; one address alone tells nothing. */
function addressOf(
  ip: string,
  moments: readonly number[],
  hasOthers: boolean,
  primary: ProposedLink | undefined,
  backup: ProposedLink | undefined,
): ProposedAddress {
  if (!hasOthers || !primary || primary.moments.length === 0) {
    return { ip, via: 'loopback', link: undefined, guess: 'its only address; "via: link" if it is that of a link' };
  }
  const changes = primary.moments.toSorted((one, other) => one.timeMs - other.timeMs);
  let away = 0;
  let sure = 0;
  for (const timeMs of moments) {
    if (changes.some((change) => Math.abs(change.timeMs - timeMs) <= marginMs)) continue;
    sure++;
    const last = changes.findLast((change) => change.timeMs <= timeMs);
    if (last ? !last.isUp : changes[0]?.isUp === true) away++;
  }
  if (sure === 0) sure = away = moments.length;
  const isBackup = away / sure > backupShare;
  if (isBackup && !backup) return { ip, via: 'loopback', link: undefined, guess: 'used while the primary was away' };
  const times = isBackup
    ? `${away} of ${sure} packets while the primary was away`
    : `${sure - away} of ${sure} packets while it was up`;
  return { ip, via: 'link', link: isBackup ? backup?.id : primary.id, guess: times };
}
