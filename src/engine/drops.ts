// What a full spool dropped, told when it begins and when it has ended (engine 5.5, style S-32).
import type { Log } from '../model/log.ts';

/** The drops of one output from the first one to the moment when there is room again. */
export class Drops {
  readonly #output: string;
  readonly #log: Log;
  #span: { points: number; bytes: number; fromMs: number; toMs: number } | undefined;

  constructor(output: string, log: Log) {
    this.#output = output;
    this.#log = log;
  }

  /** Counts what was dropped, committed between these times (epoch milliseconds). */
  add(points: number, bytes: number, fromMs: number, toMs: number): void {
    if (!this.#span) {
      this.#log.error('the spool is full: its oldest points are dropped', { output: this.#output });
      this.#span = { points: 0, bytes: 0, fromMs, toMs };
    }
    this.#span.points += points;
    this.#span.bytes += bytes;
    this.#span.toMs = toMs;
  }

  /** Dropping has ended: tells how much it was. Nothing happens when nothing was dropped. */
  end(): void {
    if (!this.#span) return;
    const { points, bytes, fromMs, toMs } = this.#span;
    const [committedFrom, committedTo] = [fromMs, toMs].map((timeMs) => new Date(timeMs).toISOString());
    const facts = { output: this.#output, points, bytes, committedFrom, committedTo };
    this.#log.warn('points were dropped because the spool was full', facts);
    this.#span = undefined;
  }
}
