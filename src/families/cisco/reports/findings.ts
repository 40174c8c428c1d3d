// What is noted while a log is read, beside the evidence for states: interesting messages, how often each code came, what
// was done to links on purpose, callers that nobody expects, addresses that devices send from (cisco 7, 8, 15.4, 18.1).
import type { JsonValue } from '../../../model/family.ts';
import type { Listener } from './analysis.ts';
import { takeApart } from '../grammar/code.ts';
import type { MessageCode } from '../grammar/code.ts';
import { LinkIndex } from '../inference/evidence.ts';
import type { NetworkEvent } from '../grammar/events.ts';
import { flagNames } from '../preprocessing/record.ts';
import type { CookedRecord } from '../preprocessing/record.ts';
import { rawChange } from './raw-changes.ts';
import type { RoutineCodes } from '../grammar/routine.ts';
import { warningOf } from '../inference/security.ts';
import type { SecurityWarning } from '../inference/security.ts';
import { SourceAddresses } from './source-addresses.ts';
import type { Topology } from '../topology/topology.ts';

/** Interesting messages, and remarks, kept at most; more are counted. */
const mostKept = 100_000;
/** Codes told apart; strangers can invent them. */
const mostCodes = 10_000;

/** A message that is no routine line noise, or a line that could not be parsed (`code` is empty then). */
export interface InterestingMessage {
  readonly timeMs: number;
  readonly device: string;
  readonly number: number | undefined;
  readonly code: string;
  readonly text: string;
  readonly flags: readonly string[];
  /** No message before it, in this log or the runs before, had its code. */
  readonly isFirst: boolean;
}

/** Something done to a link on purpose, or a port that was shut: an explanation of what follows. */
export interface Remark {
  readonly timeMs: number;
  readonly device: string;
  readonly number: number | undefined;
  readonly code: string;
  readonly text: string;
  /** The links it is about; none means all of the device. */
  readonly links: readonly string[];
}

/** How often a code came. */
export interface CodeCount {
  readonly code: string;
  readonly isRoutine: boolean;
  readonly count: number;
  readonly firstMs: number;
  /** Not seen in the runs before; false when there were none. */
  readonly isNew: boolean;
}

interface CodeEntry {
  count: number;
  firstMs: number;
  isRoutine: boolean;
  isNew: boolean;
}

/** Everything that was noted. */
export class Findings {
  readonly interesting: InterestingMessage[] = [];
  /** Interesting messages that there was no room for. */
  omitted = 0;
  readonly remarks: Remark[] = [];
  readonly warnings: SecurityWarning[] = [];
  readonly addresses: SourceAddresses;
  /** What devices report of their interfaces, where no topology says what belongs together. */
  readonly changes: {
    readonly device: string;
    readonly timeMs: number;
    readonly isUp: boolean;
    readonly text: string;
  }[] = [];
  readonly #topology: Topology;
  readonly #routine: RoutineCodes;
  readonly #index: LinkIndex;
  readonly #keepsInteresting: boolean;
  readonly #codes = new Map<string, CodeEntry>();
  #hasHistory = false;

  /** `keepsInteresting`: the messages themselves are wanted, not only their number. */
  constructor(topology: Topology, routine: RoutineCodes, keepsInteresting: boolean) {
    this.#topology = topology;
    this.#routine = routine;
    this.#keepsInteresting = keepsInteresting;
    this.#index = new LinkIndex(topology);
    this.addresses = new SourceAddresses(topology);
  }

  /** Hears everything that an analysis reads. */
  get listener(): Listener {
    return {
      needsTexts: this.#keepsInteresting,
      record: (record, event) => this.#record(record, event),
      unparsed: (buffer, start, end, arrivalMs) => {
        if (!this.#keepsInteresting) return;
        const text = buffer.toString('utf8', start, Math.min(end, start + 1000));
        this.#keep({ timeMs: arrivalMs, device: '', number: undefined, code: '', text, flags: [], isFirst: false });
      },
    };
  }

  /** How often each code came, the most frequent first. */
  get codes(): readonly CodeCount[] {
    return [...this.#codes]
      .map(([code, { count, firstMs, isRoutine, isNew }]) => ({ code, isRoutine, count, firstMs, isNew }))
      .sort((one, other) => other.count - one.count || (one.code < other.code ? -1 : 1));
  }

  /** Everything that a later run needs to go on. The interesting messages themselves belong to their run. */
  snapshot(): JsonValue {
    return {
      remarks: this.remarks.map((remark) => ({ ...remark, links: [...remark.links], number: remark.number ?? null })),
      warnings: this.warnings.map((warning) => ({ ...warning })),
      addresses: this.addresses.snapshot(),
      codes: [...this.#codes].map(([code, { count, firstMs }]) => [code, count, firstMs]),
    };
  }

  /** Goes on from a snapshot. */
  restore(state: JsonValue): void {
    const kept = state as unknown as {
      remarks: (Omit<Remark, 'number'> & { number: number | null })[];
      warnings: SecurityWarning[];
      addresses: JsonValue;
      codes: [string, number, number][];
    };
    for (const remark of kept.remarks) this.remarks.push({ ...remark, number: remark.number ?? undefined });
    this.warnings.push(...kept.warnings);
    this.addresses.restore(kept.addresses);
    for (const [code, count, firstMs] of kept.codes) {
      this.#codes.set(code, { count, firstMs, isRoutine: this.#routine.has(takeApart(code)), isNew: false });
    }
    this.#hasHistory = this.#codes.size > 0;
  }

  #record(record: CookedRecord, event: NetworkEvent): void {
    this.addresses.record(record);
    const warning = warningOf(this.#topology, record, event);
    if (warning) this.warnings.push(warning);
    if (this.#topology.services.length === 0 && this.changes.length < mostKept) {
      const change = rawChange(event);
      if (change) this.changes.push({ device: record.device.name, timeMs: record.timeMs, ...change });
    }
    const { code } = record;
    if (!code) return;
    const isFirst = this.#count(code, record.timeMs);
    const links = this.#remarkable(record, event);
    if (links && this.remarks.length < mostKept) this.remarks.push({ ...messageOf(record, code), links });
    // A code that this network never sent before is interesting whatever the list of routine codes says.
    const isNew = isFirst && this.#hasHistory;
    if (!this.#keepsInteresting || (this.#routine.has(code) && !isNew)) return;
    this.#keep({ ...messageOf(record, code), flags: flagNames(record.flags), isFirst });
  }

  #keep(message: InterestingMessage): void {
    if (this.interesting.length < mostKept) this.interesting.push(message);
    else this.omitted++;
  }

  /** Counts a code; true for the first of its kind. */
  #count(code: MessageCode, timeMs: number): boolean {
    const isFull = this.#codes.size >= mostCodes && !this.#codes.has(code.canonical);
    const name = isFull ? 'other' : code.canonical;
    const entry = this.#codes.get(name);
    if (entry) {
      entry.count++;
      entry.isRoutine = this.#routine.has(code);
      return false;
    }
    this.#codes.set(name, {
      count: 1,
      firstMs: timeMs,
      isRoutine: this.#routine.has(code),
      isNew: this.#hasHistory,
    });
    return true;
  }

  /** The links that a message tells something about that was done on purpose; undefined for all other messages. */
  #remarkable({ device }: CookedRecord, event: NetworkEvent): readonly string[] | undefined {
    if (!device.isKnown) return undefined;
    const index = this.#index;
    const ids = (places: readonly { readonly link: { readonly id: string } }[]): readonly string[] | undefined =>
      places.length === 0 ? undefined : [...new Set(places.map(({ link }) => link.id))];
    switch (event.kind) {
      case 'phys':
      case 'port':
        if (event.state !== 'admin') return undefined;
        return ids(this.#on(device.name, event.interface));
      case 'err_disable':
        return ids(this.#on(device.name, event.interface));
      case 'adj': {
        if (!event.isAdministrative || event.state === 'up') return undefined;
        const { protocol, neighbour, vrf } = event;
        return ids(index.ofNeighbour(device.name, protocol, neighbour, vrf, event.interface));
      }
      case 'reload':
        return event.isOrdered ? [] : undefined;
      default:
        return undefined;
    }
  }

  #on(device: string, name: string): readonly { readonly link: { readonly id: string } }[] {
    const index = this.#index;
    return [...index.ofInterface(device, name), ...index.ofParent(device, name), ...index.ofDial(device, name)];
  }
}

function messageOf(
  record: CookedRecord,
  code: MessageCode,
): Pick<InterestingMessage, 'timeMs' | 'device' | 'number' | 'code' | 'text'> {
  const { timeMs, device, seq, msgcount, text } = record;
  return { timeMs, device: device.name, number: seq ?? msgcount, code: code.code, text };
}
