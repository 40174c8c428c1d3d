// Takes alerts in: plans what they change, makes it durable together with what is to be delivered, and only then says
// that they were taken. Requests that come while one is being written share the next write.
import type { Clock } from '../model/clock.ts';
import { messageOf, printable } from '../model/errors.ts';
import type { JsonValue } from '../model/family.ts';
import type { Log } from '../model/log.ts';
import type { AlertBook } from './alert-book.ts';
import { encodeEntry } from './entry.ts';
import type { Entry } from './entry.ts';
import type { Alert } from './notification.ts';

/** Where changes and entries become durable in one step. Rejects when they are not; nothing has changed then. */
export interface AlertStore {
  /** `whole` gives the state with `changes` in it; it is called before anything is waited for. */
  commit(part: { changes: JsonValue; lines: Buffer; entries: number }, whole: () => JsonValue): Promise<void>;
}

/** Totals since the start. */
export interface IntakeCounts {
  readonly taken: number;
  readonly repeats: number;
}

interface Waiting {
  readonly alerts: readonly Alert[];
  /** Also counts the open alerts. */
  readonly isState: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The way of alerts into the state. */
export class Intake {
  readonly #book: AlertBook;
  readonly #store: AlertStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #instance: string;
  #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;
  #fault = '';
  #taken = 0;
  #repeats = 0;

  constructor(book: AlertBook, store: AlertStore, instance: string, clock: Clock, log: Log) {
    this.#book = book;
    this.#store = store;
    this.#instance = instance;
    this.#clock = clock;
    this.#log = log;
  }

  /** Alerts that were new, and those that were known. */
  get counts(): IntakeCounts {
    return { taken: this.#taken, repeats: this.#repeats };
  }

  /** Why nothing can be made durable at the moment; empty when it can. */
  get fault(): string {
    return this.#fault;
  }

  /** Resolves when the alerts are durable; rejects when they cannot be kept, and the sender must come again. */
  take(alerts: readonly Alert[]): Promise<void> {
    return this.#add(alerts, false);
  }

  /** Counts the open alerts into the stream of entries. */
  count(): Promise<void> {
    return this.#add([], true);
  }

  /** Resolves when nothing is being written any more. */
  async idle(): Promise<void> {
    while (this.#working) await this.#working;
  }

  #add(alerts: readonly Alert[], isState: boolean): Promise<void> {
    const { promise, resolve, reject } = pending();
    this.#waiting.push({ alerts, isState, resolve, reject });
    this.#working ??= this.#work();
    return promise;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#next();
      try {
        await this.#write(group);
        for (const { resolve } of group) resolve();
        this.#tell('');
      } catch (error) {
        this.#tell(printable(messageOf(error), 500) || 'unknown');
        for (const { reject } of group) reject(error);
      }
    }
    this.#working = undefined;
  }

  /** Everything that waits; a count is made after the alerts that came before it. */
  #next(): readonly Waiting[] {
    const alerts = this.#waiting.filter(({ isState }) => !isState);
    const group = alerts.length > 0 ? alerts : this.#waiting;
    this.#waiting = alerts.length > 0 ? this.#waiting.filter(({ isState }) => isState) : [];
    return group;
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const nowMs = this.#clock.now();
    this.#book.expire(nowMs);
    const alerts = group.flatMap((waiting) => waiting.alerts);
    const { changes, entries, repeats } = this.#book.plan(alerts, nowMs);
    const all: Entry[] = [...entries];
    if (group.some(({ isState }) => isState)) {
      const oldestSeconds = Math.max(0, nowMs - (this.#book.oldestStartMs ?? nowMs)) / 1000;
      all.push({
        kind: 'state',
        timeMs: nowMs,
        firing: this.#book.open,
        oldestSeconds,
        instance: this.#instance,
      });
    }
    if (changes.length > 0 || all.length > 0) {
      const lines = Buffer.from(all.map(encodeEntry).join(''), 'utf8');
      await this.#store.commit({ changes, lines, entries: all.length }, () => this.#book.snapshot(changes));
      this.#book.apply(changes);
    }
    this.#book.touch(alerts, nowMs);
    this.#taken += entries.length;
    this.#repeats += repeats;
  }

  #tell(fault: string): void {
    const before = this.#fault;
    this.#fault = fault;
    if ((fault === '') === (before === '')) return;
    if (fault === '') this.#log.info('alerts can be kept again');
    else this.#log.error('alerts cannot be kept; they are asked for again', { reason: fault });
  }
}

function pending(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve = (): void => undefined;
  let reject = (_error: unknown): void => undefined;
  const promise = new Promise<void>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}
