// What the state of a link is worked out from, and the order in which it is looked at (cisco 9 to 13).
import type { LinkChange } from './changes.ts';
import type { DatingClues } from './dating.ts';
import type { Hint } from './evidence.ts';

/** The other end sees the same event within so long. */
export const otherEndMs = 60_000;
/** Packets that pass a link so soon after it was lost were under way: they say nothing of its return. */
export const leakMs = 5000;
/** What comes up again with a device does so within so long of its boot. */
export const bootUpMs = 300_000;

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

/** What was believed of a link at the start of the kept evidence. */
export interface Belief {
  readonly isUp: boolean;
  /** Since when, as far as it was known. */
  readonly sinceMs: number;
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
  readonly initial: Belief | undefined;
}

/** A piece of evidence in its turn. `off`, `on` and `settled` are of boots: the device stops, starts, has had its time. */
export type Item =
  | { readonly kind: 'change'; readonly timeMs: number; readonly change: LinkChange }
  | { readonly kind: 'for'; readonly timeMs: number; readonly hint: Hint }
  | { readonly kind: 'against'; readonly timeMs: number; readonly hint: Hint }
  | { readonly kind: 'dialled' | 'lasting' | 'over'; readonly timeMs: number; readonly call: DialEvidence }
  | { readonly kind: 'off' | 'on' | 'settled'; readonly timeMs: number; readonly boot: LinkBoot };

/** All evidence in one order; at the same moment statements come before hints. */
export function inOrder({ changes, hints, against, dialled, idleCallMs, boots, untilMs }: LinkInput): readonly Item[] {
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
