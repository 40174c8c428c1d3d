// When a link was usable, from all that is known about it (cisco 9 to 13): a pure function of the evidence. Statements that
// cannot follow each other mean that the one between them was lost; hints, calls and gaps in the numbering date it.
import type { LinkChange } from './changes.ts';
import { dateLoss, dateReturn } from './dating.ts';
import type { Dated, DatingClues } from './dating.ts';
import type { Hint } from './evidence.ts';

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

/** A call over the backup, as evidence about the primary. Times in epoch milliseconds. */
export interface DialEvidence {
  readonly startMs: number;
  /** The end of the log while it goes on. */
  readonly endMs: number;
  /** The hub that answered. */
  readonly hub: string;
  /** It carried traffic and is neither a test nor proved idle: what nothing else is known of, had failed (cisco 10). */
  readonly isTelling: () => boolean;
  /** When the site was heard of while it had no call any more; undefined if that does not show (cisco 12.4). */
  readonly heardMs: number | undefined;
}

/** A boot of a device at one end of a link that nobody beside us could watch from the other end (cisco 13.4). */
export interface LinkBoot {
  /** When the device is taken to have stopped. */
  readonly lossMs: number;
  /** Last record of the old boot and first of the new one. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly device: string;
  readonly isPlanned: boolean;
  /** The device told of links that came back with it: of the others it would have told as well. */
  readonly isTelling: boolean;
}

/** What the state of a link is worked out from. */
export interface LinkInput {
  /** In order of time. */
  readonly boots: readonly LinkBoot[];
  /** How far the log has come. */
  readonly untilMs: number;
  readonly changes: readonly LinkChange[];
  /** Packets that crossed the link. */
  readonly hints: readonly Hint[];
  /** Packets of the same device that took the other link of the service; proof against this one, if it is the primary. */
  readonly against: readonly Hint[];
  /** Calls of the backup, in order. */
  readonly dialled: readonly DialEvidence[];
  readonly clues: DatingClues;
  readonly guardMs: number;
  /** A call longer than this, without proof of the primary, is not idle (cisco 12.3). */
  readonly idleCallMs: number;
  /** What was believed at the start of the kept evidence. */
  readonly initial: boolean | undefined;
}

/** The same end says the same thing twice within so long: two messages about one event. */
const sameEndMs = 5000;
/** The other end sees the same event within so long. */
const otherEndMs = 60_000;
/** Packets that pass a link so soon after it was lost were under way: they say nothing of its return. */
export const leakMs = 5000;
/** What comes up again with a device does so within so long of its boot. */
export const bootUpMs = 300_000;

type Item =
  | { readonly kind: 'change'; readonly timeMs: number; readonly change: LinkChange }
  | { readonly kind: 'for'; readonly timeMs: number; readonly hint: Hint }
  | { readonly kind: 'against'; readonly timeMs: number; readonly hint: Hint }
  | { readonly kind: 'dialled' | 'lasting' | 'over'; readonly timeMs: number; readonly call: DialEvidence }
  | { readonly kind: 'off' | 'on' | 'settled'; readonly timeMs: number; readonly boot: LinkBoot };

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

/** All evidence in one order; at the same moment statements come before hints. */
function inOrder({ changes, hints, against, dialled, idleCallMs, boots, untilMs }: LinkInput): readonly Item[] {
  const items: Item[] = [
    ...changes.map((change): Item => ({ kind: 'change', timeMs: change.timeMs, change })),
    // What arrives late may have been on its way or have waited for a path: it contradicts nothing before it is here.
    ...hints.map((hint): Item => ({ kind: 'for', timeMs: hint.arrivalMs, hint })),
    ...against.map((hint): Item => ({ kind: 'against', timeMs: hint.arrivalMs, hint })),
  ];
  for (const call of dialled) {
    const { startMs, endMs, heardMs } = call;
    items.push({ kind: 'dialled', timeMs: startMs, call });
    if (endMs > startMs + idleCallMs) items.push({ kind: 'lasting', timeMs: startMs + idleCallMs, call });
    if (heardMs !== undefined) items.push({ kind: 'over', timeMs: heardMs, call });
  }
  for (const boot of boots) {
    const offMs = offAt(boot, changes, hints);
    if (offMs !== undefined) items.push({ kind: 'off', timeMs: offMs, boot });
    items.push({ kind: 'on', timeMs: boot.toMs, boot });
    const settledMs = boot.toMs + bootUpMs;
    if (settledMs <= untilMs) items.push({ kind: 'settled', timeMs: settledMs, boot });
  }
  return items.sort((one, other) => one.timeMs - other.timeMs);
}

/** When a boot took the link away: not before its last packet. Undefined when the loss was reported. */
function offAt(
  { lossMs, fromMs, toMs, isPlanned }: LinkBoot,
  changes: readonly LinkChange[],
  hints: readonly Hint[],
): number | undefined {
  const isTold =
    !isPlanned && changes.some(({ timeMs, isUp }) => !isUp && timeMs >= fromMs && timeMs <= toMs + otherEndMs);
  if (isTold) return undefined;
  const lastMs = hints.findLast(({ arrivalMs }) => arrivalMs < toMs)?.arrivalMs ?? lossMs;
  return lastMs > lossMs + leakMs ? lastMs : lossMs;
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
    this.#initial = input.initial;
    this.#isUp = input.initial;
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
    const last = this.#transitions.at(-1);
    if (this.#isUp !== false || last === undefined || last.timeMs < fromMs || this.#agreedMs > toMs) return;
    const { clues, dialled } = this.#input;
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
