// Sends one output what is committed for it: in order, one write at a time, again and again until it is accepted.
// Outputs know nothing of each other; each has its own loop.
import type { Clock } from '../model/clock.ts';
import { messageOf, printable } from '../model/errors.ts';
import type { Health, OutputStatus } from '../model/health.ts';
import type { Log } from '../model/log.ts';
import type { Batch, Output, WriteResult } from '../model/output.ts';
import type { DeadLetters } from './dead-letters.ts';
import { pause } from './pause.ts';
import type { Spool, SpooledBatch } from './spool.ts';

/** What a deliverer is made from. */
export interface DelivererOptions {
  readonly name: string;
  readonly output: Output;
  readonly delivery: 'at-least-once' | 'at-most-once';
  readonly spool: Spool;
  readonly deadLetters: DeadLetters;
  /** Name of the source, for dead letters. */
  readonly source: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Commits are joined, and larger ones split, to about this size; 512 KiB unless given. */
  readonly maxBatchBytes?: number;
  /** From 0 up to 1; spreads the retries of many exporters. */
  readonly random?: () => number;
}

const maxBatchPoints = 5000;
const defaultMaxBatchBytes = 512 * 1024;
const firstRetryMs = 250;
/** Faults that only a human ends are tried less often from the start (engine 5.2: retry slowly). */
const firstSlowRetryMs = 5000;
const lastRetryMs = 60_000;
/** The longest that a server's Retry-After is believed. */
const longestAskedMs = 3_600_000;
const longestTimerMs = 2 ** 31 - 1;
/** So many write times are kept for the 95th percentile. */
const timesKept = 128;

/** The loop of one output of one source. */
export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #random: () => number;
  readonly #times: number[] = [];
  #writes = 0;
  #stopping = false;
  #draining = false;
  /** Ends what the loop waits for at the moment. */
  #waiting = new AbortController();
  /** Ends the write in flight. */
  #writing: AbortController | undefined;
  #loop: Promise<void> | undefined;
  #health: Health = 'ok';
  #reason = '';
  #awaySinceMs: number | undefined;
  #failures = 0;
  #retries = 0;
  #lastAcceptedMs: number | undefined;

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Begins to deliver, in the background, until `drain` or `stop`. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Stops when the spool is empty, or after `limitMs` (may be Infinity) with what is left in the spool. */
  async drain(limitMs: number): Promise<void> {
    this.#draining = true;
    this.start();
    this.#waiting.abort();
    const over = new AbortController();
    const limit = Number.isFinite(limitMs) ? Math.min(limitMs, longestTimerMs) : undefined;
    try {
      await Promise.race([this.#loop, ...(limit === undefined ? [] : [pause(limit, over.signal)])]);
    } finally {
      over.abort();
    }
    await this.stop();
  }

  /** Stops at once; a write in flight is aborted and stays in the spool. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#waiting.abort();
    this.#writing?.abort();
    await this.#loop;
  }

  /** How the output is, at this moment. */
  status(): OutputStatus {
    const { accepted, refused, spooled, spoolBytes, limitBytes, oldestMs } = this.#options.spool.totals();
    return {
      name: this.#options.name,
      health: this.#health,
      reason: this.#reason,
      committed: accepted + refused + spooled,
      accepted,
      refused,
      spooled,
      spoolBytes,
      spoolLimitBytes: limitBytes,
      spoolAgeSeconds: oldestMs === undefined ? 0 : Math.max(0, (this.#options.clock.now() - oldestMs) / 1000),
      retries: this.#retries,
      lastAcceptedMs: this.#lastAcceptedMs,
      writeP95Ms: percentile95(this.#times),
      storedBytes: this.#options.output.storedBytes?.(),
    };
  }

  async #run(): Promise<void> {
    const { spool, maxBatchBytes = defaultMaxBatchBytes } = this.#options;
    while (!this.#stopping) {
      try {
        const batch = await spool.next(maxBatchPoints, maxBatchBytes);
        if (batch) await this.#deliver(batch);
        else if (this.#draining) return;
        else await this.#rest((signal) => spool.whenFilled(signal));
      } catch (error) {
        // The spool cannot be read, or a mark cannot be written: the state's disk, not the output.
        await this.#away(`the spool cannot be used: ${printable(messageOf(error))}`, false, undefined);
      }
    }
  }

  /** One attempt. After `retry` the loop comes back with the very same batch. */
  async #deliver(batch: SpooledBatch): Promise<void> {
    const { spool, delivery, clock } = this.#options;
    // A crash between this mark and the answer loses the batch for the output rather than sending it twice.
    if (delivery === 'at-most-once') await spool.markSent();
    const began = clock.monotonic();
    const result = await this.#write(batch);
    if (result === 'aborted') return;
    this.#times[this.#writes++ % timesKept] = clock.monotonic() - began;
    if (result.kind === 'retry') {
      // By the output's contract nothing was stored, so the mark can be taken back.
      if (delivery === 'at-most-once') await spool.unmarkSent();
      this.#retries++;
      await this.#away(printable(result.reason, 500), result.needsHuman, result.afterMs);
      return;
    }
    await this.#bury(result.refused);
    await spool.delivered(result.refused.length);
    this.#lastAcceptedMs = clock.now();
    this.#back();
  }

  /** The output's answer; a write that does not react to being aborted is left behind. */
  async #write(batch: Batch): Promise<WriteResult | 'aborted'> {
    const writing = new AbortController();
    this.#writing = writing;
    if (this.#stopping) writing.abort();
    const aborted = new Promise<'aborted'>((resolve) => {
      if (writing.signal.aborted) resolve('aborted');
      writing.signal.addEventListener('abort', () => resolve('aborted'), { once: true });
    });
    try {
      return await Promise.race([aborted, this.#attempt(batch, writing.signal)]);
    } finally {
      this.#writing = undefined;
    }
  }

  async #attempt(batch: Batch, signal: AbortSignal): Promise<WriteResult> {
    try {
      return await this.#options.output.write(batch, signal);
    } catch (error) {
      return { kind: 'retry', reason: messageOf(error), needsHuman: false };
    }
  }

  /** Refused points become dead letters before the spool lets go of them. */
  async #bury(refused: Extract<WriteResult, { kind: 'done' }>['refused']): Promise<void> {
    if (refused.length === 0) return;
    const { deadLetters, source, name, log } = this.#options;
    for (const { line, reason } of refused) {
      deadLetters.add({ source, output: name, reason: 'refused', detail: reason, bytes: Buffer.from(line, 'utf8') });
    }
    await deadLetters.flush();
    const reason = printable(refused[0]?.reason ?? '', 500);
    log.warn('an output refused points; they are dead letters now', { output: name, points: refused.length, reason });
  }

  async #away(reason: string, needsHuman: boolean, afterMs: number | undefined): Promise<void> {
    const { name, clock, log } = this.#options;
    const health = needsHuman ? 'failing' : 'degraded';
    if (this.#awaySinceMs === undefined) {
      this.#awaySinceMs = clock.monotonic();
      log.warn('an output is away; what is committed waits for it', { output: name, reason });
    } else if (health !== this.#health) log.warn('an output is still away', { output: name, reason });
    this.#health = health;
    this.#reason = reason;
    const first = needsHuman ? firstSlowRetryMs : firstRetryMs;
    const ceiling = Math.min(lastRetryMs, first * 2 ** Math.min(this.#failures++, 16));
    const wait = Math.max(ceiling * this.#random(), Math.min(afterMs ?? 0, longestAskedMs));
    await this.#rest((signal) => pause(wait, signal));
  }

  #back(): void {
    this.#failures = 0;
    this.#health = 'ok';
    this.#reason = '';
    if (this.#awaySinceMs === undefined) return;
    const { name, clock, log, spool } = this.#options;
    const afterSeconds = Math.round((clock.monotonic() - this.#awaySinceMs) / 1000);
    log.info('an output is back', { output: name, afterSeconds, pointsWaiting: spool.totals().spooled });
    this.#awaySinceMs = undefined;
  }

  async #rest(until: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#waiting = new AbortController();
    if (this.#stopping) return;
    await until(this.#waiting.signal);
  }
}

function percentile95(times: readonly number[]): number {
  const sorted = times.toSorted((first, second) => first - second);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
}
