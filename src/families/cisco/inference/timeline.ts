// When a link was usable, from all that is known about it (cisco 9 to 13): a pure function of the evidence. Statements that
// cannot follow each other mean that the one between them was lost; hints, calls and gaps in the numbering date it.
// Above 300 lines: the pieces of evidence act on one state, each as a few lines of its own.
import type { LinkChange } from './changes.ts';
import { dateLoss, dateReturn } from './dating.ts';
import type { Dated } from './dating.ts';
import type { Hint } from './evidence.ts';
import { inOrder, leakMs, otherEndMs } from './link-input.ts';
import type { DialEvidence, LinkBoot, LinkInput } from './link-input.ts';

/** A change of a link's state as believed. */
export interface Transition {
  readonly timeMs: number;
  /** When the evidence for it came: later than `timeMs` for what was found out afterwards. */
  readonly foundMs: number;
  readonly isUp: boolean;
  /** 3 and 2 explicit, 1 from a hint or deduced, 0 assumed. */
  readonly strength: number;
  /** Known from a hint, not from an explicit report. */
  readonly isHint: boolean;
  readonly uncertaintyMs: number;
  /** What was found out about it: reported, or how it was dated. */
  readonly how: Dated['how'] | 'reported';
  readonly isAdmin: boolean;
  readonly device: string;
  readonly code: string;
}

/** Statements that contradicted what was believed. */
export interface Inconsistency {
  readonly timeMs: number;
  readonly kind: 'already_up' | 'already_down';
  /** For how long it had been so, in milliseconds. */
  readonly sinceMs: number;
  readonly device: string;
}

/** The state of a link over time. */
export interface Timeline {
  /** State before the first transition; undefined when nothing at all is known. */
  readonly initial: boolean | undefined;
  readonly transitions: readonly Transition[];
  readonly inconsistencies: readonly Inconsistency[];
  /** Last moment at which the link was proved to be usable. */
  readonly lastProofMs: number;
}

/** The same end says the same thing twice within so long: two messages about one event. */
const sameEndMs = 5000;
/** Works the evidence through in order of time. */
export function solveLink(input: LinkInput): Timeline {
  const walk = new Walk(input);
  for (const item of inOrder(input)) {
    switch (item.kind) {
      case 'change':
        walk.change(item.change);
        break;
      case 'for':
        walk.hint(item.hint);
        break;
      case 'against':
        walk.against(item.hint);
        break;
      case 'dialled':
      case 'lasting':
        walk.dialled(item.call, item.kind === 'lasting');
        break;
      case 'over':
        walk.hungUp(item.call, item.timeMs);
        break;
      case 'off':
        walk.off(item.boot, item.timeMs);
        break;
      case 'on':
        walk.on();
        break;
      case 'settled':
        walk.settled(item.boot, item.timeMs);
    }
  }
  return walk.result();
}

/** Who told of a change. */
type Report = Pick<Transition, 'isAdmin' | 'device' | 'code'>;
const noReport: Report = { isAdmin: false, device: '', code: '' };

class Walk {
  readonly #input: LinkInput;
  readonly #transitions: Transition[] = [];
  readonly #inconsistencies: Inconsistency[] = [];
  #initial: boolean | undefined;
  #isUp: boolean | undefined;
  /** Last evidence for the state that is believed, of whatever kind. */
  #agreedMs = Number.NEGATIVE_INFINITY;
  /** Last explicit statement. */
  #explicitMs = Number.NEGATIVE_INFINITY;
  #lastProofMs = Number.NaN;
  #deferredMs: number | undefined;
  #sinceMs = Number.NEGATIVE_INFINITY;
  /** When each end last said what is believed now. */
  readonly #said = new Map<number, number>();

  constructor(input: LinkInput) {
    this.#input = input;
    this.#initial = input.initial?.isUp;
    this.#isUp = input.initial?.isUp;
  }

  change(change: LinkChange): void {
    const { timeMs, isUp, rank } = change;
    if (isUp && rank === 'below') {
      // What lies below comes up first: until now the link cannot have been usable.
      if (this.#isUp !== false) return;
      this.#agreedMs = Math.max(this.#agreedMs, timeMs);
      this.#deferredMs = undefined;
      return;
    }
    if (this.#isUp === undefined) {
      this.#initial = !isUp;
      this.#isUp = !isUp;
      this.#push(change, 'reported', 0);
    } else if (this.#isUp !== isUp) this.#push(change, 'reported', 0);
    else if (this.#isContradiction(change)) this.#missed(change);
    else if (change.isLocal) this.#preferLocal(change);
    this.#said.set(change.end, timeMs);
    this.#explicitMs = timeMs;
    this.#agreedMs = Math.max(this.#agreedMs, timeMs);
    if (isUp) this.#lastProofMs = timeMs;
    this.#deferredMs = undefined;
  }

  hint({ timeMs, isOwnDown, isBoot }: Hint): void {
    if (this.#isUp === undefined) {
      this.#initial = true;
      this.#isUp = true;
    }
    if (this.#isUp) {
      if (isOwnDown) return;
      this.#agreedMs = Math.max(this.#agreedMs, timeMs);
      this.#lastProofMs = timeMs;
      // What was deferred had been under way.
      this.#deferredMs = undefined;
      return;
    }
    // It was under way when the link was lost.
    if (timeMs < this.#sinceMs) return;
    if (isOwnDown || (!isBoot && timeMs - this.#explicitMs < this.#input.guardMs)) {
      if (!isOwnDown && timeMs - this.#explicitMs >= leakMs) this.#deferredMs ??= timeMs;
      return;
    }
    const { clues } = this.#input;
    const dated = dateReturn(this.#agreedMs, timeMs, this.#deferredMs ?? timeMs, this.#lostMs, undefined, clues);
    this.#infer(true, dated, timeMs);
    this.#agreedMs = timeMs;
    this.#lastProofMs = timeMs;
    this.#deferredMs = undefined;
  }

  against({ timeMs, isBoot }: Hint): void {
    if (this.#isUp === undefined) {
      this.#initial = false;
      this.#isUp = false;
    }
    if (!this.#isUp) {
      this.#agreedMs = Math.max(this.#agreedMs, timeMs);
      this.#deferredMs = undefined;
      return;
    }
    if (timeMs < this.#sinceMs) return;
    if (!isBoot && timeMs - this.#agreedMs < this.#input.guardMs) {
      this.#deferredMs ??= timeMs;
      return;
    }
    const { clues } = this.#input;
    const dated = dateLoss(this.#agreedMs, timeMs, this.#deferredMs ?? timeMs, undefined, this.#sinceMs, clues);
    this.#infer(false, dated, timeMs);
    this.#agreedMs = timeMs;
    this.#deferredMs = undefined;
  }

  /**
   * The site called its backup. If nothing is known of the primary, it had failed; the same if the call outlasts every idle
   * one and nothing has proved the primary since.
   */
  dialled({ startMs, hub, isTelling }: DialEvidence, isLasting: boolean): void {
    const isFirst = this.#isUp === undefined;
    if (this.#isUp === false || this.#agreedMs >= startMs) return;
    if (!isLasting && !(isFirst && isTelling())) return;
    if (isFirst) this.#initial = true;
    else {
      const sinceMs = startMs - this.#sinceMs;
      this.#inconsistencies.push({ timeMs: startMs, kind: 'already_up', sinceMs, device: hub });
    }
    const timeMs = Math.max(startMs - this.#input.clues.dialDelayMs, this.#agreedMs);
    const uncertaintyMs = Number.isFinite(this.#agreedMs) ? startMs - this.#agreedMs : 0;
    const foundMs = isLasting ? startMs + this.#input.idleCallMs : startMs;
    this.#infer(false, { timeMs, uncertaintyMs, how: 'call' }, foundMs);
    this.#agreedMs = startMs;
    this.#deferredMs = undefined;
  }

  /** The site has no call any more and is heard of: the primary is back. */
  hungUp({ endMs }: DialEvidence, heardMs: number): void {
    if (this.#isUp !== false || this.#lostMs >= endMs || this.#explicitMs > endMs) return;
    const { clues } = this.#input;
    this.#infer(true, dateReturn(this.#agreedMs, heardMs, this.#deferredMs, this.#lostMs, undefined, clues), heardMs);
    this.#agreedMs = heardMs;
    this.#lastProofMs = heardMs;
    this.#deferredMs = undefined;
  }

  /** The device at one end stops, and with it the link. */
  off({ device, isPlanned, toMs }: LinkBoot, timeMs: number): void {
    if (this.#isUp === false) return;
    if (this.#isUp === undefined) this.#initial = true;
    const report = { isAdmin: isPlanned, device, code: 'reboot' };
    this.#infer(false, { timeMs, uncertaintyMs: 0, how: 'reboot' }, toMs, report);
    this.#agreedMs = Math.max(this.#agreedMs, timeMs);
    this.#explicitMs = timeMs;
    this.#deferredMs = undefined;
  }

  /** It has started again: nothing that it said is younger (cisco 13.6). */
  on(): void {
    this.#explicitMs = Number.NEGATIVE_INFINITY;
  }

  /** Where nothing told what came after a boot, the link came back with its device if it had been there before. */
  settled({ toMs, fromMs, device, isTelling }: LinkBoot, timeMs: number): void {
    const { clues, dialled, initial } = this.#input;
    const lostMs = this.#transitions.at(-1)?.timeMs ?? initial?.sinceMs ?? Number.NEGATIVE_INFINITY;
    if (this.#isUp !== false || lostMs < fromMs || this.#agreedMs > toMs) return;
    if (dialled.some(({ startMs, endMs }) => startMs < timeMs && endMs > timeMs)) return;
    const isHeard = clues.gaps.every((gap) => gap.missing <= 0 || gap.toMs < toMs || gap.fromMs > timeMs);
    if (isTelling && isHeard) return;
    const known = dateReturn(toMs, timeMs, undefined, this.#lostMs, undefined, clues);
    const dated: Dated =
      known.how === 'statement' ? { timeMs: toMs, uncertaintyMs: timeMs - toMs, how: 'reboot' } : known;
    this.#infer(true, dated, timeMs, { isAdmin: false, device, code: 'reboot' });
    this.#agreedMs = Math.max(this.#agreedMs, dated.timeMs);
    this.#deferredMs = undefined;
  }

  /** When the outage that is going on began, as far as is known. */
  get #lostMs(): number {
    return this.#sinceMs > Number.NEGATIVE_INFINITY ? this.#sinceMs : this.#agreedMs;
  }

  result(): Timeline {
    return {
      initial: this.#initial,
      transitions: this.#transitions,
      inconsistencies: this.#inconsistencies,
      lastProofMs: this.#lastProofMs,
    };
  }

  /** The same statement again, too far from the last one to be about the same event. */
  #isContradiction({ timeMs, end, rank }: LinkChange): boolean {
    if (rank === 'below') return false;
    const own = this.#said.get(end);
    if (own !== undefined && own >= this.#sinceMs) return timeMs - own > sameEndMs;
    return timeMs - this.#sinceMs > otherEndMs;
  }

  /** What must lie between two equal statements was lost. */
  #missed(change: LinkChange): void {
    const { timeMs, isUp, device } = change;
    const { clues } = this.#input;
    this.#inconsistencies.push({
      timeMs,
      kind: isUp ? 'already_up' : 'already_down',
      sinceMs: timeMs - this.#sinceMs,
      device,
    });
    const dated = isUp
      ? dateLoss(this.#agreedMs, timeMs, this.#deferredMs, timeMs, this.#sinceMs, clues)
      : dateReturn(this.#agreedMs, timeMs, this.#deferredMs, this.#lostMs, timeMs, clues);
    this.#infer(!isUp, dated, timeMs);
    this.#push(change, 'reported', 0);
  }

  /** Both ends saw it; the one that logs beside us has the better clock. */
  #preferLocal(change: LinkChange): void {
    const last = this.#transitions.at(-1);
    if (!last || last.isUp !== change.isUp || last.strength >= change.strength || last.strength < 2) return;
    if (change.timeMs - last.timeMs > 2000) return;
    this.#sinceMs = change.timeMs;
    this.#transitions[this.#transitions.length - 1] = {
      ...last,
      timeMs: change.timeMs,
      device: change.device,
      code: change.code,
      strength: change.strength,
    };
  }

  #infer(isUp: boolean, { timeMs, uncertaintyMs, how }: Dated, foundMs: number, report: Report = noReport): void {
    const at = Math.max(timeMs, this.#transitions.at(-1)?.timeMs ?? timeMs);
    this.#transitions.push({
      timeMs: at,
      foundMs,
      isUp,
      strength: 1,
      isHint: how === 'hint',
      uncertaintyMs,
      how,
      ...report,
    });
    this.#isUp = isUp;
    this.#sinceMs = at;
    this.#said.clear();
  }

  #push({ timeMs, isUp, strength, isAdmin, device, code }: LinkChange, how: 'reported', uncertaintyMs: number): void {
    const at = Math.max(timeMs, this.#transitions.at(-1)?.timeMs ?? timeMs);
    this.#transitions.push({
      timeMs: at,
      foundMs: timeMs,
      isUp,
      strength,
      isHint: false,
      uncertaintyMs,
      how,
      isAdmin,
      device,
      code,
    });
    this.#isUp = isUp;
    this.#sinceMs = at;
    this.#said.clear();
  }
}
