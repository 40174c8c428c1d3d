// Silences: alerts of a rule, all or those with some labels, of which nobody is told for a while. They go on firing and
// are shown; only messages wait.
import type { Labels } from './policy.ts';

/** One silence. Times are epoch milliseconds. */
export interface Silence {
  readonly id: string;
  readonly ruleUid: string;
  /** Labels that an alert must have, with these values; none: every alert of the rule. */
  readonly labels: Labels;
  readonly startsMs: number;
  readonly endsMs: number;
  readonly comment: string;
}

/** The longest silence. */
export const maxSilenceMs = 30 * 86_400_000;
/** More silences than this at a time nobody can oversee. */
export const maxSilences = 200;

/** The silences in force. */
export class Silences {
  #list: readonly Silence[];

  constructor(list: readonly Silence[]) {
    this.#list = list;
  }

  /** Those that are not over, the one that ends first at the front. */
  active(nowMs: number): readonly Silence[] {
    this.#list = this.#list.filter(({ endsMs }) => endsMs > nowMs);
    return this.#list.toSorted((first, second) => first.endsMs - second.endsMs);
  }

  /** Adds one; false when there are too many. */
  add(silence: Silence, nowMs: number): boolean {
    if (this.active(nowMs).length >= maxSilences) return false;
    this.#list = [...this.#list, silence];
    return true;
  }

  /** Ends one now; false when there is none with this id. */
  end(id: string): boolean {
    const left = this.#list.filter((silence) => silence.id !== id);
    const isFound = left.length < this.#list.length;
    this.#list = left;
    return isFound;
  }

  /** Until when an alert is silenced, or undefined. */
  until(ruleUid: string, labels: Labels, nowMs: number): number | undefined {
    const ends = this.#list.filter(
      (silence) =>
        silence.ruleUid === ruleUid &&
        silence.startsMs <= nowMs &&
        silence.endsMs > nowMs &&
        Object.entries(silence.labels).every(([name, value]) => labels[name] === value),
    );
    return ends.length === 0 ? undefined : Math.max(...ends.map(({ endsMs }) => endsMs));
  }
}
