// Finds copies of a message (cisco 5 D): the same number, stamp, code and text of one device within the window.
import type { JsonValue } from '../../model/family.ts';

/** How many numbers are remembered: a power of two. */
const slots = 4096;
/** Messages without a number that are remembered. */
const unnumbered = 64;

/** What identifies a message. */
export interface MessageMark {
  /** NaN without one. */
  readonly number: number;
  /** NaN without a stamp. */
  readonly stampMs: number;
  readonly hasFraction: boolean;
  /** Of code and text. */
  readonly hash: number;
  readonly arrivalMs: number;
  readonly collector: number;
}

/** `new`, a copy of an earlier message, or a different message with an earlier one's number. */
export type DuplicateVerdict = 'new' | 'duplicate' | 'same-number';

interface Kept extends MessageMark {
  hadCopy: boolean;
}

/** Numbers remembered at first; doubled while the window holds more of them. */
const firstSlots = 64;

/** The memory of one device: columns of plain numbers, because every message passes here. */
export class Duplicates {
  /** Copies dropped, and messages that had any. */
  duplicates = 0;
  entries = 0;
  readonly #windowMs: number;
  readonly #minBootMs: number;
  #size = firstSlots;
  #numbers = new Float64Array(firstSlots).fill(Number.NaN);
  #stamps = new Float64Array(firstSlots);
  #arrivals = new Float64Array(firstSlots);
  #hashes = new Uint32Array(firstSlots);
  #copied = new Uint8Array(firstSlots);
  #others: Kept[] = [];

  constructor(windowMs: number, minBootMs: number) {
    this.#windowMs = windowMs;
    this.#minBootMs = minBootMs;
  }

  /** Judges a message and remembers it. */
  judge(mark: MessageMark): DuplicateVerdict {
    const { number, stampMs, hash, arrivalMs } = mark;
    if (Number.isNaN(number)) return this.#judgeUnnumbered(mark);
    let slot = number % this.#size;
    if (this.#numbers[slot] === number) {
      const isDated = !Number.isNaN(stampMs);
      const windowMs = isDated ? this.#windowMs : this.#minBootMs;
      const before = this.#stamps[slot] ?? Number.NaN;
      const isSameStamp = isDated ? before === stampMs : Number.isNaN(before);
      if (isSameStamp && arrivalMs - (this.#arrivals[slot] ?? 0) <= windowMs) {
        if (this.#hashes[slot] !== hash) return 'same-number';
        this.duplicates++;
        if (this.#copied[slot] === 0) this.entries++;
        this.#copied[slot] = 1;
        return 'duplicate';
      }
    } else {
      const isTaken = !Number.isNaN(this.#numbers[slot] ?? Number.NaN);
      if (isTaken && this.#size < slots && arrivalMs - (this.#arrivals[slot] ?? 0) <= this.#windowMs) {
        this.#grow();
        slot = number % this.#size;
      }
    }
    this.#put(slot, number, stampMs, arrivalMs, hash, 0);
    return 'new';
  }

  /** The device has booted: its numbers mean something else now. What came since `fromMs` is of the new boot. */
  boot(fromMs: number): void {
    for (let slot = 0; slot < this.#size; slot++) {
      if ((this.#arrivals[slot] ?? 0) < fromMs) this.#numbers[slot] = Number.NaN;
    }
  }

  /** Everything that must survive a restart: what a copy may still come of. */
  snapshot(): JsonValue {
    const kept: number[][] = [];
    const newest = this.#arrivals.reduce((most, arrivalMs) => Math.max(most, arrivalMs), 0);
    for (let slot = 0; slot < this.#size; slot++) {
      const arrivalMs = this.#arrivals[slot] ?? 0;
      if (Number.isNaN(this.#numbers[slot] ?? Number.NaN) || newest - arrivalMs > this.#windowMs) continue;
      const columns = [this.#numbers, this.#stamps, this.#arrivals, this.#hashes, this.#copied];
      kept.push(columns.map((column) => column[slot] ?? 0));
    }
    return {
      duplicates: this.duplicates,
      entries: this.entries,
      numbered: kept.map((row) => row.map((value) => (Number.isNaN(value) ? null : value))),
    };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const { duplicates, entries, numbered } = state as {
      duplicates: number;
      entries: number;
      numbered: [number, number | null, number, number, number][];
    };
    this.duplicates = duplicates;
    this.entries = entries;
    while (this.#size < slots && this.#size < numbered.length * 2) this.#grow();
    for (const [number, stampMs, arrivalMs, hash, copied] of numbered) {
      this.#put(number % this.#size, number, stampMs ?? Number.NaN, arrivalMs, hash, copied);
    }
  }

  #put(slot: number, number: number, stampMs: number, arrivalMs: number, hash: number, copied: number): void {
    this.#numbers[slot] = number;
    this.#stamps[slot] = stampMs;
    this.#arrivals[slot] = arrivalMs;
    this.#hashes[slot] = hash;
    this.#copied[slot] = copied;
  }

  #grow(): void {
    const [numbers, stamps, arrivals, hashes, copied] = [
      this.#numbers,
      this.#stamps,
      this.#arrivals,
      this.#hashes,
      this.#copied,
    ];
    this.#size *= 2;
    this.#numbers = new Float64Array(this.#size).fill(Number.NaN);
    this.#stamps = new Float64Array(this.#size);
    this.#arrivals = new Float64Array(this.#size);
    this.#hashes = new Uint32Array(this.#size);
    this.#copied = new Uint8Array(this.#size);
    numbers.forEach((number, slot) => {
      if (Number.isNaN(number)) return;
      this.#put(
        number % this.#size,
        number,
        stamps[slot] ?? 0,
        arrivals[slot] ?? 0,
        hashes[slot] ?? 0,
        copied[slot] ?? 0,
      );
    });
  }

  #judgeUnnumbered(mark: MessageMark): DuplicateVerdict {
    const isDated = mark.hasFraction && !Number.isNaN(mark.stampMs);
    this.#others = this.#others.filter((kept) => mark.arrivalMs - kept.arrivalMs <= 10_000).slice(-unnumbered);
    const kept = this.#others.find(
      (other) =>
        other.hash === mark.hash &&
        (isDated
          ? other.stampMs === mark.stampMs
          : other.collector !== mark.collector && mark.arrivalMs - other.arrivalMs <= 5000),
    );
    if (kept) return this.#count(kept);
    this.#others.push({ ...mark, hadCopy: false });
    return 'new';
  }

  #count(kept: Kept): DuplicateVerdict {
    this.duplicates++;
    if (!kept.hadCopy) {
      kept.hadCopy = true;
      this.entries++;
    }
    return 'duplicate';
  }
}
