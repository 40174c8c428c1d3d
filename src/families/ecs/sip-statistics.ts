// `ecs sip`: counts SIP messages by window and trunk (ecs 5 and 6.2). A window is told of once, when the log is past it
// by a little; so memory holds a few windows, whatever the length of the log.
import type { LineChunk } from '../../model/family.ts';
import { MstAssembler } from './mst.ts';
import type { LineFault, MstRecord, RecordFault } from './mst.ts';
import { SipReader } from './sip-message.ts';
import type { MessageFault } from './sip-message.ts';
import { isCounted } from './sip-options.ts';
import type { SipPlan } from './sip-options.ts';
import { EcsStamps, stampText, textStart } from './stamp.ts';
import { isInRanges } from './stamp-ranges.ts';

/** The messages of one kind on one trunk: what came in and what went out. */
export interface SipCount {
  /** Method, `ReINVITE`, or status code. */
  readonly type: string;
  /** The method that a response answers; that of a request. */
  readonly method: string;
  in: number;
  out: number;
}

/** One trunk in one window. */
export interface SipTrunk {
  /** Addresses as numbers. */
  readonly localIp: number;
  readonly remoteIp: number;
  readonly servicePort: number;
  readonly transport: 'tcp' | 'tls';
  readonly counts: Map<string, SipCount>;
}

/** A window that is over. */
export interface SipWindow {
  /** The part of the stamp that names it. */
  readonly title: string;
  readonly trunks: readonly SipTrunk[];
}

/** What was found beside what was counted. */
export type SipFault = RecordFault | LineFault | MessageFault;

/** The clock of the switch was set back when stamps go back by more than this: an autumn hour, not a late line. */
const setBackMs = 30 * 60_000;
/** Trunks of one window; addresses come from the log. */
const mostTrunks = 10_000;

/** The counting of one run. */
export class SipStatistics {
  /** SIP messages read, counted or not. */
  messages = 0;
  /** Messages counted in a window. */
  counted = 0;
  /** Messages of windows that were told of already. */
  late = 0;
  /** Records whose first line has no usable stamp. */
  undated = 0;
  /** Messages of trunks beyond the limit of a window. */
  folded = 0;
  readonly faults = new Map<SipFault, number>();
  readonly #plan: SipPlan;
  readonly #tell: (window: SipWindow) => void;
  readonly #stamps = new EcsStamps();
  readonly #reader = new SipReader();
  readonly #assembler: MstAssembler;
  readonly #open = new Map<number, Map<number, Map<number, SipTrunk>>>();
  #newestMs = Number.NEGATIVE_INFINITY;
  /** Windows before this one are over. */
  #firstOpen = Number.NEGATIVE_INFINITY;

  /** `tell` is called for each window with counted messages, in order of time. */
  constructor(plan: SipPlan, tell: (window: SipWindow) => void) {
    this.#plan = plan;
    this.#tell = tell;
    this.#assembler = new MstAssembler({
      record: (record) => this.#record(record),
      fault: (fault) => this.#fault(fault),
    });
  }

  /** Takes the next lines. */
  lines({ buffer, start: chunkStart, end }: LineChunk): void {
    for (let start = chunkStart; start < end;) {
      const feed = buffer.indexOf(0x0a, start);
      const stop = feed < 0 || feed >= end ? end : feed;
      const from = textStart(buffer, start, stop);
      const localMs = this.#stamps.localMs(buffer, from, stop);
      const outcome = this.#assembler.line(buffer, from, stop, localMs);
      if (outcome === 'orphan_fragment' || outcome === 'bad_hex' || outcome === 'torn_line') this.#fault(outcome);
      start = stop + 1;
    }
  }

  /** Ends what is pending, and tells of the windows that are still open. */
  finish(): void {
    this.#assembler.flush();
    this.#close(Number.POSITIVE_INFINITY);
  }

  #fault(fault: SipFault): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }

  #record(record: MstRecord): void {
    const { timeMs } = record;
    if (Number.isNaN(timeMs)) {
      this.undated++;
      return;
    }
    const reader = this.#reader;
    const fault = reader.read(record);
    if (fault) return this.#fault(fault);
    this.messages++;
    this.#advance(timeMs);
    const { filter, ranges, windowMs } = this.#plan;
    if (!isCounted(filter, reader.type, reader.method, reader.status > 0)) return;
    if (ranges.length > 0 && !isInRanges(stampText(timeMs), ranges)) return;
    const window = Math.floor(timeMs / windowMs);
    if (window < this.#firstOpen) {
      this.late++;
      return;
    }
    const trunk = this.#trunk(window);
    if (!trunk) {
      this.folded++;
      return;
    }
    const key = reader.status > 0 ? `${reader.type} ${reader.method}` : reader.type;
    let count = trunk.counts.get(key);
    if (!count) {
      count = { type: reader.type, method: reader.method, in: 0, out: 0 };
      trunk.counts.set(key, count);
    }
    if (reader.direction === 'IN') count.in++;
    else count.out++;
    this.counted++;
  }

  /** Moves on in time; tells of the windows that are past by more than the hold. */
  #advance(timeMs: number): void {
    if (timeMs < this.#newestMs - setBackMs) {
      this.#close(Number.POSITIVE_INFINITY);
      this.#firstOpen = Number.NEGATIVE_INFINITY;
      this.#newestMs = timeMs;
    } else if (timeMs > this.#newestMs) {
      this.#newestMs = timeMs;
      const firstOpen = Math.floor((timeMs - this.#plan.holdMs) / this.#plan.windowMs);
      if (firstOpen > this.#firstOpen) this.#close(firstOpen);
    }
  }

  /** Tells of all windows before this one. */
  #close(firstOpen: number): void {
    this.#firstOpen = firstOpen;
    const over = [...this.#open.keys()].filter((window) => window < firstOpen).toSorted((one, other) => one - other);
    for (const window of over) {
      const trunks = [...(this.#open.get(window)?.values() ?? [])].flatMap((remotes) => [...remotes.values()]);
      this.#open.delete(window);
      const { windowMs, titleLength } = this.#plan;
      this.#tell({ title: stampText(window * windowMs).slice(0, titleLength), trunks });
    }
  }

  /** The trunk of the message just read; undefined when the window has too many. */
  #trunk(window: number): SipTrunk | undefined {
    const { localIp, remoteIp, servicePort, isTls } = this.#reader;
    let locals = this.#open.get(window);
    if (!locals) this.#open.set(window, (locals = new Map()));
    // Numbers as keys cost no text: 48 bits and 33 bits are exact.
    const local = localIp * 65_536 + servicePort;
    const remote = remoteIp * 2 + (isTls ? 1 : 0);
    let remotes = locals.get(local);
    let trunk = remotes?.get(remote);
    if (trunk) return trunk;
    const known = [...locals.values()].reduce((sum, { size }) => sum + size, 0);
    if (known >= mostTrunks) return undefined;
    if (!remotes) locals.set(local, (remotes = new Map()));
    trunk = { localIp, remoteIp, servicePort, transport: isTls ? 'tls' : 'tcp', counts: new Map() };
    remotes.set(remote, trunk);
    return trunk;
  }
}
