// Finds copies of a message (cisco 5 D): the same number, stamp, code and text of one device within the window.
import type { JsonValue } from '../../../model/family.ts';

/** How many numbers are remembered: a power of two. */
const mostSlots = 4096;
/** Numbers remembered at first; doubled while the window holds more of them. */
const firstSlots = 16;
/** Messages without a number that are remembered. */
const unnumbered = 64;
/** Copies of a message without a number come within so long; those without a precise stamp within half of it. */
const unnumberedMs = 10_000;

/** What identifies a message. */
export interface MessageMark {
  /** NaN without one. */
  number: number;
  /** NaN without a stamp. */
  stampMs: number;
  hasFraction: boolean;
  /** Of code and text. */
  hash: number;
  arrivalMs: number;
  collector: number;
}

/** `new`, a copy of an earlier message, or a different message with an earlier one's number. */
export type DuplicateVerdict = 'new' | 'duplicate' | 'same-number';

interface Kept extends MessageMark {
  hadCopy: boolean;
}

/** Numbers of one slot: a message's number, stamp, arrival, and hash (plus `copiedBit` when it had a copy). */
const width = 4;
const [numberAt, stampAt, arrivalAt, hashAt] = [0, 1, 2, 3] as const;
const copiedBit = 2 ** 32;

/** The memory of one device: plain numbers side by side, because every message passes here. */
export class Duplicates {
  /** Copies dropped, and messages that had any. */
  duplicates = 0;
  entries = 0;
  readonly #windowMs: number;
  readonly #minBootMs: number;
  #size = firstSlots;
  #slots = emptySlots(firstSlots);
  /** Messages without a number, the newest at `#newest - 1`. */
  readonly #others: Kept[] = [];
  #newest = 0;

  constructor(windowMs: number, minBootMs: number) {
    this.#windowMs = windowMs;
    this.#minBootMs = minBootMs;
  }

  /** Judges a message and remembers it. The mark may be used again by the caller. */
  judge(mark: Readonly<MessageMark>): DuplicateVerdict {
    const { number, stampMs, hash, arrivalMs } = mark;
    if (Number.isNaN(number)) return this.#judgeUnnumbered(mark);
    const slots = this.#slots;
    let slot = (number & (this.#size - 1)) * width;
    const known = slots[slot + numberAt] ?? Number.NaN;
    if (known === number) {
      const isDated = !Number.isNaN(stampMs);
      const windowMs = isDated ? this.#windowMs : this.#minBootMs;
      const before = slots[slot + stampAt] ?? Number.NaN;
      const isSameStamp = isDated ? before === stampMs : Number.isNaN(before);
      if (isSameStamp && arrivalMs - (slots[slot + arrivalAt] ?? 0) <= windowMs) {
        const kept = slots[slot + hashAt] ?? 0;
        const hadCopy = kept >= copiedBit;
        if (kept !== (hadCopy ? hash + copiedBit : hash)) return 'same-number';
        this.duplicates++;
        if (!hadCopy) {
          this.entries++;
          slots[slot + hashAt] = hash + copiedBit;
        }
        return 'duplicate';
      }
    } else if (!Number.isNaN(known) && this.#size < mostSlots) {
      if (arrivalMs - (slots[slot + arrivalAt] ?? 0) <= this.#windowMs) {
        this.#grow();
        slot = (number & (this.#size - 1)) * width;
      }
    }
    this.#put(slot, number, stampMs, arrivalMs, hash);
    return 'new';
  }

  /** The device has booted: its numbers mean something else now. What came since `fromMs` is of the new boot. */
  boot(fromMs: number): void {
    const slots = this.#slots;
    for (let slot = 0; slot < slots.length; slot += width) {
      if ((slots[slot + arrivalAt] ?? 0) < fromMs) slots[slot + numberAt] = Number.NaN;
    }
  }

  /** Everything that must survive a restart: what a copy may still come of, as base64 of the numbers. */
  snapshot(): JsonValue {
    const slots = this.#slots;
    let newest = 0;
    for (let slot = 0; slot < slots.length; slot += width) newest = Math.max(newest, slots[slot + arrivalAt] ?? 0);
    const kept = new Float64Array(slots.length);
    let end = 0;
    for (let slot = 0; slot < slots.length; slot += width) {
      if (Number.isNaN(slots[slot + numberAt] ?? Number.NaN)) continue;
      if (newest - (slots[slot + arrivalAt] ?? 0) > this.#windowMs) continue;
      kept.set(slots.subarray(slot, slot + width), end);
      end += width;
    }
    return {
      duplicates: this.duplicates,
      entries: this.entries,
      numbered: Buffer.from(kept.buffer, 0, end * kept.BYTES_PER_ELEMENT).toString('base64'),
    };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const { duplicates, entries, numbered } = state as { duplicates: number; entries: number; numbered: string };
    this.duplicates = duplicates;
    this.entries = entries;
    const bytes = Uint8Array.from(Buffer.from(numbered, 'base64'));
    const kept = new Float64Array(bytes.buffer, 0, Math.floor(bytes.length / Float64Array.BYTES_PER_ELEMENT));
    while (this.#size < mostSlots && this.#size * width < kept.length * 2) this.#grow();
    this.#take(kept);
  }

  #put(slot: number, number: number, stampMs: number, arrivalMs: number, hash: number): void {
    const slots = this.#slots;
    slots[slot + numberAt] = number;
    slots[slot + stampAt] = stampMs;
    slots[slot + arrivalAt] = arrivalMs;
    slots[slot + hashAt] = hash;
  }

  #grow(): void {
    const before = this.#slots;
    this.#size *= 2;
    this.#slots = emptySlots(this.#size);
    this.#take(before);
  }

  #take(kept: Float64Array): void {
    for (let from = 0; from + width <= kept.length; from += width) {
      const number = kept[from + numberAt] ?? Number.NaN;
      if (number >= 0) this.#slots.set(kept.subarray(from, from + width), (number & (this.#size - 1)) * width);
    }
  }

  #judgeUnnumbered(mark: Readonly<MessageMark>): DuplicateVerdict {
    const isDated = mark.hasFraction && !Number.isNaN(mark.stampMs);
    const others = this.#others;
    // From the newest back to the first that is too old.
    for (let back = 1; back <= others.length; back++) {
      const kept = others[(this.#newest - back + unnumbered) % unnumbered];
      if (!kept || mark.arrivalMs - kept.arrivalMs > unnumberedMs) break;
      if (kept.hash !== mark.hash) continue;
      const isCopy = isDated
        ? kept.stampMs === mark.stampMs
        : kept.collector !== mark.collector && mark.arrivalMs - kept.arrivalMs <= unnumberedMs / 2;
      if (!isCopy) continue;
      this.duplicates++;
      if (!kept.hadCopy) this.entries++;
      kept.hadCopy = true;
      return 'duplicate';
    }
    const free = others[this.#newest];
    if (free) Object.assign(free, mark, { hadCopy: false });
    else others.push({ ...mark, hadCopy: false });
    this.#newest = (this.#newest + 1) % unnumbered;
    return 'new';
  }
}

function emptySlots(size: number): Float64Array {
  return new Float64Array(size * width).fill(Number.NaN);
}
