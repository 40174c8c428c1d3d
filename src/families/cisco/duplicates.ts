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

/** The memory of one device. */
export class Duplicates {
  /** Copies dropped, and messages that had any. */
  duplicates = 0;
  entries = 0;
  readonly #windowMs: number;
  readonly #minBootMs: number;
  #numbered = new Map<number, Kept>();
  #others: Kept[] = [];

  constructor(windowMs: number, minBootMs: number) {
    this.#windowMs = windowMs;
    this.#minBootMs = minBootMs;
  }

  /** Judges a message and remembers it. */
  judge(mark: MessageMark): DuplicateVerdict {
    if (Number.isNaN(mark.number)) return this.#judgeUnnumbered(mark);
    const slot = ((mark.number % slots) + slots) % slots;
    const kept = this.#numbered.get(slot);
    const windowMs = Number.isNaN(mark.stampMs) ? this.#minBootMs : this.#windowMs;
    if (kept && kept.number === mark.number && mark.arrivalMs - kept.arrivalMs <= windowMs) {
      const isSameStamp = kept.stampMs === mark.stampMs || (Number.isNaN(kept.stampMs) && Number.isNaN(mark.stampMs));
      if (kept.hash === mark.hash && isSameStamp) return this.#count(kept);
      if (isSameStamp) return 'same-number';
    }
    // In order of arrival, so that what is too old stands in front.
    this.#numbered.delete(slot);
    this.#numbered.set(slot, { ...mark, hadCopy: false });
    let looked = 0;
    for (const [oldest, { arrivalMs }] of this.#numbered) {
      if (mark.arrivalMs - arrivalMs <= this.#windowMs || ++looked > 2) break;
      this.#numbered.delete(oldest);
    }
    return 'new';
  }

  /** The device has booted: its numbers mean something else now. What came since `fromMs` is of the new boot. */
  boot(fromMs: number): void {
    for (const [slot, { arrivalMs }] of this.#numbered) if (arrivalMs < fromMs) this.#numbered.delete(slot);
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    const pack = (kept: Kept): JsonValue => [
      kept.number,
      Number.isNaN(kept.stampMs) ? null : kept.stampMs,
      kept.hash,
      kept.arrivalMs,
      kept.collector,
      kept.hadCopy,
    ];
    return {
      duplicates: this.duplicates,
      entries: this.entries,
      // Only what a copy may still come of.
      numbered: [...this.#numbered.values()].slice(-512).map(pack),
    };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const { duplicates, entries, numbered } = state as {
      duplicates: number;
      entries: number;
      numbered: [number, number | null, number, number, number, boolean][];
    };
    this.duplicates = duplicates;
    this.entries = entries;
    this.#numbered = new Map(
      numbered.map(([number, stampMs, hash, arrivalMs, collector, hadCopy]) => [
        ((number % slots) + slots) % slots,
        { number, stampMs: stampMs ?? Number.NaN, hasFraction: false, hash, arrivalMs, collector, hadCopy },
      ]),
    );
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
