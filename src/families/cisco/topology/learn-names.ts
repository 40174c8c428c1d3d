// Names for devices that are known by their addresses only: both ends of a call tell of it at the same moment, each with the
// name of the other (cisco 12.5). Addresses that turn out to have one name are one device.
import type { LearnEvidence, LearntCall } from './learn-evidence.ts';

/** The two ends of a call tell of its begin, and of its end, within so long. */
const sameBeginMs = 5000;
const sameEndMs = 3000;
/** A name needs so many calls, and this share of all that were told of. */
const leastVotes = 2;
const leastShare = 0.7;

/** The name of each device that the records name otherwise; others keep theirs. */
export function learnNames({ calls, addresses }: LearnEvidence): ReadonlyMap<string, string> {
  const votes = new Map<string, Map<string, number>>();
  const vote = (device: string, name: string): void => {
    if (name === '' || !isAddress(device)) return;
    const list = votes.get(device) ?? new Map<string, number>();
    list.set(name, (list.get(name) ?? 0) + 1);
    votes.set(device, list);
  };
  const sorted = calls.toSorted((one, other) => one.timeMs - other.timeMs);
  let first = 0;
  for (const call of sorted) {
    while ((sorted[first]?.timeMs ?? call.timeMs) < call.timeMs - sameBeginMs) first++;
    const peers = new Set<string>();
    for (let at = first; at < sorted.length; at++) {
      const other = sorted[at];
      if (!other || other.timeMs > call.timeMs + sameBeginMs) break;
      if (isOneCall(call, other)) peers.add(other.peer);
    }
    // When several calls begin together, nobody knows which is which.
    if (peers.size === 1) for (const peer of peers) vote(call.device, peer);
  }
  const names = new Map<string, string>();
  const known = new Map([...addresses.keys()].map((name) => [name.toLowerCase(), name]));
  for (const [device, list] of votes) {
    const sum = [...list.values()].reduce((total, count) => total + count, 0);
    const [best, count] = [...list].reduce((one, other) => (other[1] > one[1] ? other : one));
    if (count < leastVotes || count / sum < leastShare) continue;
    names.set(device, known.get(best.toLowerCase()) ?? best);
  }
  return names;
}

/** Two reports of different devices about one call, as far as their times and lengths say. */
function isOneCall(one: LearntCall, other: LearntCall): boolean {
  if (one.device === other.device) return false;
  if (one.seconds === undefined && other.seconds === undefined) return true;
  if (one.seconds === undefined || other.seconds === undefined) return false;
  return Math.abs(other.timeMs - one.timeMs) <= sameEndMs && Math.abs(one.seconds - other.seconds) <= 1;
}

/** True for a device that only its address names. */
export function isAddress(device: string): boolean {
  return /^[\d.]+$/.test(device) || device.includes(':');
}
