// Puts MST records together from their lines (ecs 4). A record belongs to one process; lines of others between its
// fragments do not end it. Every line of a record says what became of it, so that none is lost without a count.
import type { JsonValue } from '../../model/family.ts';
import { isBlank, isDigit } from './forms.ts';
import { decodePairs, isPlus, lastBracket, skipBlanks } from './mst-hex.ts';

/** What can be wrong with a record as a whole; faults of a single line are its outcome (ecs 7, `ecs_parser`). */
export type RecordFault = 'truncated' | 'oversize' | 'unknown_type';

/** A line that cannot be used, or not to its end. */
export type LineFault = 'orphan_fragment' | 'bad_hex' | 'torn_line';

/** A record as far as it came. Valid during the call: its bytes are used again. */
export interface MstRecord {
  /** Its bytes from the type byte on; `length` of them. */
  readonly bytes: Buffer;
  readonly length: number;
  /** The number that its first line gives. */
  readonly size: number;
  /** What the caller gave with the first line: the time of the record. */
  readonly timeMs: number;
  /** Fewer bytes came than the first line promised. */
  readonly isTruncated: boolean;
}

/**
 * What a line was: `part` of a record that may still grow, the `end` of one, `skipped` as part of a record that is of
 * no use (another type, or given up before), a fault, or `none`: no MST line at all.
 */
export type MstOutcome = 'part' | 'end' | 'skipped' | 'none' | LineFault;

/** Told of records and of what is wrong with them, during the call that brings it to light. */
export interface MstListener {
  record(record: MstRecord): void;
  fault(fault: RecordFault): void;
}

/** More bytes than this are counted and checked, and not kept: no header is as long. */
const keptBytes = 64 * 1024;
/** More processes than this do not trace at once; the one that was quiet for longest is given up. */
const mostPending = 64;
/** A line without a process in it belongs to the record before it for so long (ecs 4.3). */
const namelessMs = 1000;
/** A call record of another layout (ecs 4.4): known, and of no interest here. */
const callRecord = 0x36;

const none = Buffer.alloc(0);

/** A record in the making. */
class Pending {
  /** Text of the field `process(pid)`; empty when the line had none. */
  process: Buffer = none;
  bytes: Buffer = Buffer.allocUnsafe(2048);
  /** Bytes that came, kept or not. */
  length = 0;
  size = 0;
  timeMs = 0;
  lastMs = 0;
  /** `open`: grows. `cut`: a piece is missing, so what follows has no place. `useless`: its lines are skipped. */
  state: 'open' | 'cut' | 'useless' = 'open';

  begin(process: Buffer, size: number, timeMs: number): void {
    this.process = process;
    this.size = size;
    this.length = 0;
    this.timeMs = timeMs;
    this.lastMs = timeMs;
    this.state = 'open';
  }

  /** Room for the bytes of a line of this many characters. */
  reserve(characters: number): void {
    const wanted = Math.min(keptBytes, this.length + (characters >> 1) + 1);
    if (wanted <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.min(keptBytes, Math.max(wanted, 2 * this.bytes.length)));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

/** Puts the records of one log together. */
export class MstAssembler {
  readonly #listener: MstListener;
  /** The one used last stands first. */
  #pending: Pending[] = [];
  #free: Pending | undefined;
  // What `#head` found on the line: the process, and where the text after `MST` begins.
  #processStart = 0;
  #processEnd = 0;

  constructor(listener: MstListener) {
    this.#listener = listener;
  }

  /**
   * Takes a line without its line feed; `timeMs` is its stamp on any clock. Records are told of at once when their
   * last byte is there, during this call.
   */
  line(bytes: Buffer, start: number, end: number, timeMs: number): MstOutcome {
    const from = this.#head(bytes, start, end);
    if (from < 0) return 'none';
    const stop = lastBracket(bytes, from, end);
    const isTorn = stop < 0;
    if (isPlus(bytes, from, end)) return this.#fragment(bytes, from + 4, isTorn ? end : stop, isTorn, timeMs);
    let position = from;
    let size = 0;
    while (position < end && isDigit(bytes[position])) {
      size = Math.min(size * 10 + (bytes[position] ?? 0) - 0x30, Number.MAX_SAFE_INTEGER / 16);
      position++;
    }
    if (position === from || !isBlank(bytes[position])) return 'none';
    const known = this.#find(bytes, timeMs);
    if (known) this.#giveUp(known);
    const record = this.#free ?? new Pending();
    this.#free = undefined;
    record.begin(Buffer.from(bytes.subarray(this.#processStart, this.#processEnd)), size, timeMs);
    this.#pending.unshift(record);
    if (this.#pending.length > mostPending) {
      const quiet = this.#pending[mostPending];
      if (quiet) this.#giveUp(quiet);
    }
    return this.#add(record, bytes, position, isTorn ? end : stop, isTorn, true);
  }

  /** True for a line that `line` would take. */
  takes(bytes: Buffer, start: number, end: number): boolean {
    return this.#head(bytes, start, end) >= 0;
  }

  /** Ends what is pending: at the end of the input. */
  flush(): void {
    for (const record of this.#pending.toReversed()) this.#giveUp(record);
  }

  /** What is pending, for the committed state. */
  snapshot(): JsonValue {
    return this.#pending.map(({ process, bytes, length, size, timeMs, lastMs, state }) => ({
      process: process.toString('latin1'),
      bytes: bytes.toString('base64', 0, Math.min(length, keptBytes)),
      length,
      size,
      timeMs,
      lastMs,
      state,
    }));
  }

  /** Takes back a snapshot; throws when it is none. */
  restore(state: JsonValue): void {
    if (!Array.isArray(state)) throw new Error('no pending records');
    this.#pending = state.map((item: JsonValue) => {
      const kept = (item ?? {}) as Record<string, unknown>;
      const { process, bytes, length, size, timeMs, lastMs } = kept;
      const isWhole =
        typeof process === 'string' &&
        typeof bytes === 'string' &&
        typeof length === 'number' &&
        typeof size === 'number' &&
        typeof timeMs === 'number' &&
        typeof lastMs === 'number';
      if (!isWhole) throw new Error('no pending record');
      const record = new Pending();
      record.begin(Buffer.from(process, 'latin1'), size, timeMs);
      record.bytes = Buffer.from(bytes, 'base64');
      record.length = length;
      record.lastMs = lastMs;
      record.state = kept['state'] === 'cut' ? 'cut' : kept['state'] === 'useless' ? 'useless' : 'open';
      return record;
    });
  }

  /** Finds process and `MST` (or `++++` without it); gives the place of the size or of `++++`, or -1. */
  #head(bytes: Buffer, start: number, end: number): number {
    let open = start + stampWidth;
    const limit = Math.min(end, start + longestHead);
    let paren = -1;
    let colon = start + stampWidth;
    this.#processStart = this.#processEnd = start;
    for (; open < limit && bytes[open] !== 0x5b; open++) {
      const byte = bytes[open];
      if (byte === 0x28) paren = open;
      else if (byte === 0x29 && paren > colon && open > paren + 1) {
        this.#processStart = colon + 1;
        this.#processEnd = open + 1;
      } else if (byte === 0x3a) {
        colon = open;
        paren = -1;
      }
    }
    if (open >= limit) return -1;
    let position = skipBlanks(bytes, open + 1, end);
    const isMst = bytes[position] === 0x4d && bytes[position + 1] === 0x53 && bytes[position + 2] === 0x54;
    if (isMst && position + 3 < end && isBlank(bytes[position + 3])) {
      position = skipBlanks(bytes, position + 3, end);
      return position < end ? position : -1;
    }
    return isPlus(bytes, position, end) ? position : -1;
  }

  #fragment(bytes: Buffer, from: number, end: number, isTorn: boolean, timeMs: number): MstOutcome {
    const record = this.#find(bytes, timeMs);
    if (!record) return 'orphan_fragment';
    record.lastMs = timeMs;
    return this.#add(record, bytes, from, end, isTorn, false);
  }

  /** The record of the line's process, moved to the front. */
  #find(bytes: Buffer, timeMs: number): Pending | undefined {
    const length = this.#processEnd - this.#processStart;
    for (let index = 0; index < this.#pending.length; index++) {
      const record = this.#pending[index];
      if (!record || record.process.length !== length) continue;
      if (bytes.compare(record.process, 0, length, this.#processStart, this.#processEnd) !== 0) continue;
      if (length === 0 && Math.abs(timeMs - record.lastMs) > namelessMs) {
        this.#giveUp(record);
        return undefined;
      }
      if (index > 0) {
        this.#pending.splice(index, 1);
        this.#pending.unshift(record);
      }
      return record;
    }
    return undefined;
  }

  /** Adds the bytes that a line holds in `from..end` as pairs of hex digits. */
  #add(record: Pending, bytes: Buffer, from: number, end: number, isTorn: boolean, isFirst: boolean): MstOutcome {
    if (record.state !== 'open') return 'skipped';
    record.reserve(end - from);
    const place = decodePairs(record, bytes, from, end);
    if (place.isBad) {
      // Lines of this record that still come are part of the damage, not damage of their own.
      record.state = 'useless';
      return 'bad_hex';
    }
    if (isFirst && record.length > 0 && !this.#isWanted(record)) {
      record.state = 'useless';
      return 'skipped';
    }
    if (record.length >= record.size) {
      const rest = skipBlanks(bytes, place.position, end);
      if (rest < end) this.#listener.fault('oversize');
      this.#remove(record);
      this.#tell(record, false);
      return 'end';
    }
    if (place.isOdd && record.length === record.size - 1) {
      // Only the last digit is missing: nothing more will come.
      this.#giveUp(record);
      return 'end';
    }
    if (isTorn || place.isOdd) record.state = 'cut';
    return isTorn ? 'torn_line' : 'part';
  }

  /** True for SIP; other types are counted once and their lines passed over. */
  #isWanted({ bytes }: Pending): boolean {
    const type = bytes[0];
    if (type === received || type === sent) return true;
    if (type !== callRecord) this.#listener.fault('unknown_type');
    return false;
  }

  /** Ends a record that is not complete. */
  #giveUp(record: Pending): void {
    this.#remove(record);
    if (record.state === 'useless' || record.length === 0) return;
    this.#listener.fault('truncated');
    this.#tell(record, true);
  }

  #tell(record: Pending, isTruncated: boolean): void {
    const { bytes, size, timeMs } = record;
    const length = Math.min(record.length, keptBytes, size);
    this.#listener.record({ bytes, length, size, timeMs, isTruncated });
  }

  #remove(record: Pending): void {
    const index = this.#pending.indexOf(record);
    if (index >= 0) this.#pending.splice(index, 1);
    this.#free ??= record;
  }
}

/** First byte of a SIP record that Communication Manager received. */
export const received = 0x8a;
/** First byte of a SIP record that it sent. */
export const sent = 0x8b;

/** The stamp stands before everything else; no line with a `[` further away than this is one of ours. */
const stampWidth = 18;
const longestHead = 256;
