// Which site a call belongs to (cisco 12.5): by number or name, by what its own device said at the same time, by what a
// number turned out to mean before.
import type { CallView } from './calls.ts';
import type { LinkIndex } from './evidence.ts';
import type { Link, Topology } from '../topology/topology.ts';

/** Two ends tell of one call within so long of each other. */
const sameMomentMs = 10_000;
/** Lengths of one call by two reckonings. */
const sameLengthMs = 3000;
/** Numbers remembered with the name they came with. */
const mostNumbers = 50_000;

/** Digits of a number; other characters say nothing. */
export function digitsOf(number: string): string {
  return number.replace(/\D/g, '');
}

/** True when two numbers mean the same line: of different lengths, their last seven digits decide. */
export function isSameNumber(one: string, other: string): boolean {
  const [first, second] = [digitsOf(one), digitsOf(other)];
  if (first === '' || second === '') return false;
  if (first.length === second.length) return first === second;
  return first.length >= 7 && second.length >= 7 && first.slice(-7) === second.slice(-7);
}

/** Names that numbers were seen with. */
export class NumberBook {
  readonly #names = new Map<string, string>();

  /** Remembers that a number and a name stood together. */
  learn(number: string, name: string): void {
    if (this.#names.size >= mostNumbers) this.#names.clear();
    this.#names.set(digitsOf(number), name.toLowerCase());
  }

  /** The name last seen with a number. */
  nameOf(number: string): string | undefined {
    return this.#names.get(digitsOf(number));
  }

  /** Everything known, for a snapshot. */
  get entries(): readonly (readonly [string, string])[] {
    return [...this.#names];
  }
}

/** Calls by dial link, and those that remain. */
export interface Attribution {
  readonly byLink: ReadonlyMap<string, readonly CallView[]>;
  readonly unattributed: readonly CallView[];
}

interface DialLink {
  readonly link: Link;
  /** Devices at the site's end. */
  readonly siteDevices: ReadonlySet<string>;
  readonly hubDevices: ReadonlySet<string>;
}

/**
 * Gives every call to at most one dial link. `isDown` says whether the primary of a dial link's service was down at a moment:
 * of two sites that may have called, that one did.
 */
export function attribute(
  topology: Topology,
  index: LinkIndex,
  views: readonly CallView[],
  numbers: NumberBook,
  isDown: (dial: Link, ms: number) => boolean,
): Attribution {
  const dials = topology.links.filter(({ type }) => type === 'isdn-dial').map(dialLink);
  const bySite = new Map<string, DialLink[]>();
  for (const dial of dials) {
    for (const device of dial.siteDevices) bySite.set(device, [...(bySite.get(device) ?? []), dial]);
  }
  const byNumber = new Map<string, DialLink>();
  const byPeer = new Map<string, DialLink>();
  for (const dial of dials) {
    for (const end of dial.link.ends) {
      for (const number of end.numbers) byNumber.set(digitsOf(number).slice(-7), dial);
      for (const name of end.peerNames) byPeer.set(name, dial);
    }
    for (const device of dial.siteDevices)
      if (!byPeer.has(device.toLowerCase())) byPeer.set(device.toLowerCase(), dial);
  }
  const byLink = new Map<string, CallView[]>();
  const open: CallView[] = [];
  const give = (dial: DialLink, view: CallView): void => {
    const list = byLink.get(dial.link.id);
    if (list) list.push(view);
    else byLink.set(dial.link.id, [view]);
  };
  const own: OwnView[] = [];
  const named: { dial: DialLink; view: CallView }[] = [];
  for (const view of views) {
    const at = (bySite.get(view.device) ?? []).filter(({ link }) =>
      index.ofDial(view.device, view.channel).some((place) => place.link === link),
    );
    const dial = at[0];
    if (dial && !dial.hubDevices.has(view.device)) {
      give(dial, view);
      own.push({ dial, view });
      continue;
    }
    const name = view.peer === '' ? numbers.nameOf(view.number) : view.peer.toLowerCase();
    const found =
      byNumberOf(byNumber, view.number) ?? (name === undefined ? undefined : (byPeer.get(name) ?? undefined));
    if (found) {
      give(found, view);
      named.push({ dial: found, view });
    } else open.push(view);
  }
  if (open.length === 0) return { byLink, unattributed: [] };
  // What a site said of a call that a hub has named is no witness of another one.
  const free = own.filter(({ dial, view }) => !named.some((hub) => hub.dial === dial && isWitness(view, hub.view)));
  const unattributed: CallView[] = [];
  for (const view of open) {
    const found = witness(view, free, isDown);
    if (found) {
      give(found.dial, view);
      free.splice(free.indexOf(found), 1);
    } else unattributed.push(view);
  }
  return { byLink, unattributed };
}

/** What a site's own device said of a call. */
interface OwnView {
  readonly dial: DialLink;
  readonly view: CallView;
}

function dialLink(link: Link): DialLink {
  const [a, b] = link.ends;
  return {
    link,
    siteDevices: new Set(b?.devices ?? []),
    hubDevices: new Set(a?.devices ?? []),
  };
}

function byNumberOf(byNumber: ReadonlyMap<string, DialLink>, number: string): DialLink | undefined {
  const digits = digitsOf(number);
  return digits === '' ? undefined : byNumber.get(digits.slice(-7));
}

/** Both ends tell of a call at the same time, or of one that lasted as long and ended then. */
function isWitness(site: CallView, hub: CallView): boolean {
  if (Math.abs(site.startMs - hub.startMs) <= sameMomentMs) return true;
  return Math.abs(site.lastedMs - hub.lastedMs) <= sameLengthMs && Math.abs(site.endMs - hub.endMs) <= sameLengthMs;
}

/** The site whose own device told of a call; of several the one that was down, else none. */
function witness(
  view: CallView,
  own: readonly OwnView[],
  isDown: (dial: Link, ms: number) => boolean,
): OwnView | undefined {
  const found = own.filter(({ dial, view: site }) => dial.hubDevices.has(view.device) && isWitness(site, view));
  const sites = new Set(found.map(({ dial }) => dial));
  if (sites.size <= 1) return found[0];
  const down = found.filter(({ dial }) => isDown(dial.link, view.startMs));
  return new Set(down.map(({ dial }) => dial)).size === 1 ? down[0] : undefined;
}
