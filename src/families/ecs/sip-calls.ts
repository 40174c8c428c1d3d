// Calls as the messages of a trunk show them (ecs 7): attempts and what became of them, dialogs that are open, and how
// long a call took to ring. A call is known by its Call-ID, kept as a number, because addresses of callers are in it.
import type { JsonValue } from '../../model/family.ts';
import type { Direction, SipReader } from './sip-message.ts';

/** What a message changed. */
export type CallEvent =
  | {
      readonly kind: 'attempted' | 'progressed' | 'answered' | 'failed' | 'serverFailed' | 'cancelled' | 'reinvited';
      readonly direction: Direction;
    }
  | { readonly kind: 'rang'; readonly direction: Direction; readonly afterMs: number };

/** Told what messages changed; `trunk` is the number the caller gave with the message. */
export interface CallListener {
  event(trunk: number, event: CallEvent): void;
  /** The number of open dialogs of a trunk is another one now; `most` is the greater of before and now. */
  dialogs(trunk: number, open: number, most: number): void;
}

/** Where a call stands: no answer yet, ringing, asked for a password, or answered. */
type CallState = 'trying' | 'ringing' | 'challenged' | 'answered';

interface Call {
  readonly trunk: number;
  readonly direction: Direction;
  sequence: number;
  startMs: number;
  state: CallState;
}

/** A dialog whose end was not seen is forgotten after so long; a call without a final answer much sooner. */
const dialogMs = 4 * 3_600_000;
const unansweredMs = 10 * 60_000;
/** Calls are looked through for old ones after so much time of the log. */
const sweepMs = 60_000;
/** More calls than this are not kept; the oldest goes. */
const mostCalls = 20_000;

const states: readonly CallState[] = ['trying', 'ringing', 'challenged', 'answered'];

/** Follows the calls of one source. */
export class SipCalls {
  readonly #listener: CallListener;
  /** In the order of their beginning. */
  readonly #calls = new Map<number, Call>();
  readonly #open = new Map<number, number>();
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(listener: CallListener) {
    this.#listener = listener;
  }

  /** Takes a message that the reader has just read from `bytes`, at this time of the log. */
  message(reader: SipReader, bytes: Uint8Array, trunk: number, timeMs: number): void {
    if (reader.callIdEnd === reader.callIdStart) return;
    if (reader.method !== 'INVITE' && reader.method !== 'BYE') return;
    if (timeMs > this.#sweptMs + sweepMs || timeMs < this.#sweptMs - dialogMs) this.#sweep(timeMs);
    const key = callKey(bytes, reader.callIdStart, reader.callIdEnd, trunk);
    const call = this.#calls.get(key);
    if (reader.status === 0) {
      if (reader.type === 'INVITE') this.#invite(reader, key, call, trunk, timeMs);
      else if (reader.type === 'ReINVITE') {
        this.#listener.event(trunk, { kind: 'reinvited', direction: call?.direction ?? reader.direction });
      }
    } else if (reader.method === 'BYE') {
      const isOver = (reader.status >= 200 && reader.status < 300) || reader.status === 481;
      if (call && isOver) this.#end(key, call);
    } else if (call && reader.sequence === call.sequence && call.state !== 'answered') {
      this.#answer(reader.status, key, call, timeMs);
    }
  }

  /** Open dialogs by trunk. */
  get open(): ReadonlyMap<number, number> {
    return this.#open;
  }

  /** The calls that are under way. */
  snapshot(): JsonValue {
    return {
      swept: Number.isFinite(this.#sweptMs) ? this.#sweptMs : null,
      calls: [...this.#calls].map(([key, { trunk, direction, sequence, startMs, state }]) => [
        key,
        trunk,
        direction === 'IN' ? 0 : 1,
        sequence,
        startMs,
        states.indexOf(state),
      ]),
    };
  }

  /** Takes back a snapshot; throws when it is none. */
  restore(snapshot: JsonValue): void {
    const { swept, calls } = (snapshot ?? {}) as Record<string, JsonValue>;
    if (!Array.isArray(calls)) throw new Error('no calls');
    this.#sweptMs = typeof swept === 'number' ? swept : Number.NEGATIVE_INFINITY;
    this.#calls.clear();
    this.#open.clear();
    for (const item of calls) {
      const numbers = Array.isArray(item) ? item : [];
      const [key, trunk, side, sequence, startMs, place] = numbers.map(Number);
      const state = states[place ?? -1];
      const isWhole =
        numbers.length === 6 && numbers.every((value) => typeof value === 'number') && state !== undefined;
      if (!isWhole) throw new Error('no call');
      const call: Call = {
        trunk: trunk ?? 0,
        direction: side === 0 ? 'IN' : 'OUT',
        sequence: sequence ?? 0,
        startMs: startMs ?? 0,
        state,
      };
      this.#calls.set(key ?? 0, call);
      if (state === 'answered') this.#open.set(call.trunk, (this.#open.get(call.trunk) ?? 0) + 1);
    }
  }

  /** An initial INVITE; one that comes again, or comes with a password, is the same attempt. */
  #invite(
    { direction, sequence }: SipReader,
    key: number,
    known: Call | undefined,
    trunk: number,
    timeMs: number,
  ): void {
    if (known?.state === 'answered' || known?.sequence === sequence) return;
    if (known?.state === 'challenged') {
      known.sequence = sequence;
      known.state = 'trying';
      return;
    }
    if (known) this.#calls.delete(key);
    else if (this.#calls.size >= mostCalls) this.#forgetOldest();
    this.#calls.set(key, { trunk, direction, sequence, startMs: timeMs, state: 'trying' });
    this.#listener.event(trunk, { kind: 'attempted', direction });
  }

  #answer(status: number, key: number, call: Call, timeMs: number): void {
    const { trunk, direction } = call;
    if (status < 200) {
      if (status < 180 || status > 189 || call.state === 'ringing') return;
      call.state = 'ringing';
      this.#listener.event(trunk, { kind: 'rang', direction, afterMs: Math.max(0, timeMs - call.startMs) });
      this.#listener.event(trunk, { kind: 'progressed', direction });
    } else if (status < 300) {
      if (call.state !== 'ringing') this.#listener.event(trunk, { kind: 'progressed', direction });
      call.state = 'answered';
      this.#listener.event(trunk, { kind: 'answered', direction });
      this.#count(trunk, 1);
    } else if (status === 401 || status === 407) {
      call.state = 'challenged';
    } else {
      this.#calls.delete(key);
      if (status === 487) this.#listener.event(trunk, { kind: 'cancelled', direction });
      else if (status >= 400) this.#listener.event(trunk, { kind: 'failed', direction });
      if (status >= 500) this.#listener.event(trunk, { kind: 'serverFailed', direction });
    }
  }

  #end(key: number, call: Call): void {
    this.#calls.delete(key);
    if (call.state === 'answered') this.#count(call.trunk, -1);
  }

  #count(trunk: number, change: number): void {
    const before = this.#open.get(trunk) ?? 0;
    const open = Math.max(0, before + change);
    this.#open.set(trunk, open);
    this.#listener.dialogs(trunk, open, Math.max(before, open));
  }

  /** Forgets what must have ended unseen. A clock that was set back by hours makes everything old. */
  #sweep(timeMs: number): void {
    this.#sweptMs = timeMs;
    for (const [key, call] of this.#calls) {
      const ageMs = Math.abs(timeMs - call.startMs);
      if (ageMs > (call.state === 'answered' ? dialogMs : unansweredMs)) this.#end(key, call);
    }
  }

  #forgetOldest(): void {
    for (const [key, call] of this.#calls) return this.#end(key, call);
  }
}

/** A number of 53 bits for a Call-ID on a trunk: two sums of the bytes that are mixed in different ways. */
function callKey(bytes: Uint8Array, start: number, end: number, trunk: number): number {
  let first = Math.imul(trunk + 1, 0x9e3779b1);
  let second = Math.imul(trunk + 1, 0x85ebca6b);
  for (let position = start; position < end; position++) {
    const byte = bytes[position] ?? 0;
    first = Math.imul(first ^ byte, 0x01000193);
    second = Math.imul((second << 5) ^ (second >>> 27) ^ byte, 0x2c1b3c6d);
  }
  first ^= first >>> 15;
  second ^= second >>> 13;
  return (first >>> 0) * 0x20_0000 + (second >>> 11);
}
