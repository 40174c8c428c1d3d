// The states of a service over time (cisco 10, 17): primary and backup put together, then hysteresis on the primary, then
// the seconds. Pure; integer milliseconds; half-open intervals.
import type { Timeline, Transition } from './timeline.ts';

/** States as numbers, as metrics store them. */
export const serviceState = { unknown: 0, down: 1, backup: 2, up: 3 } as const;
/** One of them. */
export type ServiceState = (typeof serviceState)[keyof typeof serviceState];

/** A stretch of time in one state, after hysteresis. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: ServiceState;
}

/** A change of state as reported. */
export interface StateChange {
  readonly timeMs: number;
  /** When the evidence for it came: later than `timeMs` for what was found out afterwards. */
  readonly foundMs: number;
  /** How it is known: reported, or what dated it. */
  readonly how: Transition['how'];
  readonly state: ServiceState;
  readonly previous: ServiceState;
  readonly isHint: boolean;
  readonly strength: number;
  readonly isPlanned: boolean;
  readonly uncertaintyMs: number;
  readonly device: string;
  readonly code: string;
}

/** A failure or a recovery of the primary too short to count. */
export interface Blip {
  readonly kind: 'drop' | 'try';
  readonly fromMs: number;
  readonly toMs: number;
}

/** Everything about a service between two moments. */
export interface ServiceTimeline {
  readonly fromMs: number;
  readonly toMs: number;
  /** What the seconds are charged to: contiguous, without holes. */
  readonly charged: readonly Interval[];
  readonly changes: readonly StateChange[];
  readonly blips: readonly Blip[];
  /** Confirmed failures of the primary, and all of its losses. */
  readonly failures: number;
  readonly flaps: number;
  /** State before the first change. */
  readonly initial: ServiceState;
  /** Nothing was ever heard of it. */
  readonly isAssumed: boolean;
}

/** When the backup carried traffic. */
export interface Usable {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Piece {
  readonly fromMs: number;
  toMs: number;
  readonly isUp: boolean;
  readonly index: number;
}

/** What a service's states are made from. */
export interface ServiceInput {
  readonly primary: Timeline;
  /** Stretches of time in which the backup was usable, in order. */
  readonly backup: readonly Usable[];
  /** Stretches of time that are charged to nobody, in order: holes of the log, if that is wanted (cisco 5 H). */
  readonly unknown: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly dropMs: number;
  readonly tryMs: number;
}

/** Works out the states. */
export function solveService(input: ServiceInput): ServiceTimeline {
  const { primary, fromMs, toMs } = input;
  const isAssumed = primary.initial === undefined;
  const pieces = primaryPieces(primary, fromMs, toMs);
  const { steady, blips } = withHysteresis(pieces, input);
  const charged = withoutUnknown(charge(pieces, steady, input), input.unknown);
  const changes = changesOf(steady, input, pieces);
  const first = steady[0];
  const initial = stateAt(first?.isUp ?? true, fromMs, input);
  return {
    fromMs,
    toMs,
    charged,
    changes,
    blips,
    failures: steady.filter(({ isUp, fromMs: at }) => !isUp && at > fromMs).length,
    flaps: pieces.filter(({ isUp, fromMs: at }) => !isUp && at > fromMs).length,
    initial,
    isAssumed,
  };
}

/** The primary's own ups and downs between the two moments; pieces without length are left out. */
function primaryPieces({ initial, transitions }: Timeline, fromMs: number, toMs: number): readonly Piece[] {
  let isUp = initial ?? true;
  let index = -1;
  let sinceMs = fromMs;
  const pieces: Piece[] = [];
  const close = (at: number): void => {
    if (at <= sinceMs) return;
    const last = pieces.at(-1);
    if (last?.isUp === isUp) last.toMs = at;
    else pieces.push({ fromMs: sinceMs, toMs: at, isUp, index });
  };
  transitions.forEach((transition, at) => {
    const timeMs = Math.min(toMs, Math.max(fromMs, transition.timeMs));
    close(timeMs);
    if (transition.isUp !== isUp) index = at;
    isUp = transition.isUp;
    sinceMs = timeMs;
  });
  close(toMs);
  return pieces;
}

/** Short failures from confirmed up are drops; short recoveries from confirmed down are tries. */
function withHysteresis(
  pieces: readonly Piece[],
  { dropMs, tryMs, toMs, fromMs }: ServiceInput,
): { steady: readonly Piece[]; blips: readonly Blip[] } {
  const steady: Piece[] = [];
  const blips: Blip[] = [];
  for (const piece of pieces) {
    const last = steady.at(-1);
    const isOpen = piece.toMs >= toMs || piece.fromMs <= fromMs;
    const limitMs = piece.isUp ? tryMs : dropMs;
    if (last && last.isUp !== piece.isUp && !isOpen && piece.toMs - piece.fromMs < limitMs) {
      blips.push({ kind: piece.isUp ? 'try' : 'drop', fromMs: piece.fromMs, toMs: piece.toMs });
      last.toMs = piece.toMs;
    } else if (last?.isUp === piece.isUp) last.toMs = piece.toMs;
    else steady.push({ ...piece });
  }
  return { steady, blips };
}

/** Seconds: up only where the primary was up and confirmed; the rest to the backup while it was usable. */
function charge(pieces: readonly Piece[], steady: readonly Piece[], input: ServiceInput): readonly Interval[] {
  const charged: Interval[] = [];
  const push = (fromMs: number, toMs: number, state: ServiceState): void => {
    if (toMs <= fromMs) return;
    const last = charged.at(-1);
    if (last?.state === state && last.toMs === fromMs) charged[charged.length - 1] = { ...last, toMs };
    else charged.push({ fromMs, toMs, state });
  };
  let at = 0;
  for (const piece of pieces) {
    while ((steady[at]?.toMs ?? Number.POSITIVE_INFINITY) <= piece.fromMs) at++;
    if (piece.isUp && steady[at]?.isUp === true) push(piece.fromMs, piece.toMs, serviceState.up);
    else fillDown(piece.fromMs, piece.toMs, input.backup, push);
  }
  return charged;
}

/** Takes the unknown stretches out of the intervals. */
function withoutUnknown(intervals: readonly Interval[], unknown: ServiceInput['unknown']): readonly Interval[] {
  if (unknown.length === 0) return intervals;
  const result: Interval[] = [];
  const push = (fromMs: number, toMs: number, state: ServiceState): void => {
    if (toMs <= fromMs) return;
    const last = result.at(-1);
    if (last?.state === state) result[result.length - 1] = { ...last, toMs };
    else result.push({ fromMs, toMs, state });
  };
  for (const { fromMs, toMs, state } of intervals) {
    let position = fromMs;
    for (const hole of unknown) {
      if (hole.toMs <= position || hole.fromMs >= toMs) continue;
      push(position, hole.fromMs, state);
      const end = Math.min(toMs, hole.toMs);
      push(Math.max(position, hole.fromMs), end, serviceState.unknown);
      position = end;
    }
    push(position, toMs, state);
  }
  return result;
}

function fillDown(
  fromMs: number,
  toMs: number,
  backup: readonly Usable[],
  push: (fromMs: number, toMs: number, state: ServiceState) => void,
): void {
  let position = fromMs;
  for (const usable of backup) {
    if (usable.toMs <= position || usable.fromMs >= toMs) continue;
    push(position, Math.max(position, usable.fromMs), serviceState.down);
    const begin = Math.max(position, usable.fromMs);
    const end = Math.min(toMs, usable.toMs);
    push(begin, end, serviceState.backup);
    position = end;
  }
  push(position, toMs, serviceState.down);
}

function stateAt(isUp: boolean, timeMs: number, { backup }: ServiceInput): ServiceState {
  if (isUp) return serviceState.up;
  return backup.some(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs) ? serviceState.backup : serviceState.down;
}

/** The changes that are reported: those of the steady primary, and those of the backup while it is down. */
function changesOf(steady: readonly Piece[], input: ServiceInput, pieces: readonly Piece[]): readonly StateChange[] {
  const changes: StateChange[] = [];
  const { primary, fromMs } = input;
  let previous: ServiceState | undefined;
  const push = (timeMs: number, state: ServiceState, index: number | undefined): void => {
    if (previous === state) return;
    const cause = index === undefined ? undefined : primary.transitions[index];
    if (previous !== undefined) {
      changes.push({
        timeMs,
        foundMs: cause?.foundMs ?? timeMs,
        how: cause?.how ?? 'reported',
        state,
        previous,
        isHint: cause?.isHint ?? false,
        strength: cause?.strength ?? 2,
        isPlanned: cause?.isAdmin ?? false,
        uncertaintyMs: cause?.uncertaintyMs ?? 0,
        device: cause?.device ?? '',
        code: cause?.code ?? '',
      });
    }
    previous = state;
  };
  for (const piece of steady) {
    const index = pieces.find((raw) => raw.fromMs === piece.fromMs)?.index;
    if (piece.isUp) {
      push(piece.fromMs, serviceState.up, index);
      continue;
    }
    const first = stateAt(false, piece.fromMs, input);
    push(Math.max(piece.fromMs, fromMs), first, index);
    fillDown(piece.fromMs, piece.toMs, input.backup, (from, to, state) => {
      if (to > from) push(from, state, undefined);
    });
  }
  return changes;
}

/** Milliseconds in each state. */
export interface StateTotals {
  readonly totalMs: number;
  readonly upMs: number;
  readonly backupMs: number;
  readonly downMs: number;
  readonly unknownMs: number;
}

/** Sums of the intervals that lie between the two moments. */
export function totals(intervals: readonly Interval[], fromMs: number, toMs: number): StateTotals {
  const sums = [0, 0, 0, 0];
  for (const interval of intervals) {
    const length = Math.min(toMs, interval.toMs) - Math.max(fromMs, interval.fromMs);
    if (length > 0) sums[interval.state] = (sums[interval.state] ?? 0) + length;
  }
  const [unknownMs = 0, downMs = 0, backupMs = 0, upMs = 0] = sums;
  return { totalMs: unknownMs + downMs + backupMs + upMs, upMs, backupMs, downMs, unknownMs };
}
