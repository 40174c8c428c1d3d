// The state folder of the alert receiver: the engine's journal holds what the receiver remembers and what is still to
// be delivered, in one record per group of requests, so that a 204 is durable in every respect.
import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AlertBook } from '../alerts/alert-book.ts';
import type { AlertStore } from '../alerts/intake.ts';
import { DeadLetters } from '../engine/dead-letters.ts';
import { Deliverer } from '../engine/deliver.ts';
import type { Files } from '../engine/durable.ts';
import { Journal } from '../engine/journal.ts';
import type { Recovered, SnapshotPart } from '../engine/journal.ts';
import { acquireLock } from '../engine/lock.ts';
import type { Lock } from '../engine/lock.ts';
import type { Clock } from '../model/clock.ts';
import { messageOf, printable } from '../model/errors.ts';
import type { JsonValue } from '../model/family.ts';
import type { OutputStatus } from '../model/health.ts';
import type { Log } from '../model/log.ts';
import type { Output } from '../model/output.ts';

/** Something that gets every entry: a store, or a way of forwarding. */
export interface ListenTarget {
  /** Unique, and the same at every start: what is not delivered is kept under it. */
  readonly name: string;
  readonly output: Output;
  readonly delivery: 'at-least-once' | 'at-most-once';
  /** The most that is handed over at once; unless given, as for any output. */
  readonly maxBatchBytes?: number;
}

/** What the state is opened with. */
export interface ListenStateOptions {
  /** The receiver's own folder; made when it does not exist. */
  readonly directory: string;
  readonly targets: readonly ListenTarget[];
  readonly instance: string;
  /** IANA name of the zone in which the hours of alerts are counted. */
  readonly timezone: string;
  readonly spoolLimitBytes: number;
  readonly deadLetterLimitBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  /** The machine's file system unless given. */
  readonly files?: Files;
}

/** The name under which the receiver's dead letters are kept. */
const sourceName = 'alerts';
const noState: SnapshotPart = { positions: [], analyzer: [], counters: null, buckets: Buffer.alloc(0) };
const nothing = Buffer.alloc(0);

/** An opened state. */
export class ListenState implements AlertStore {
  readonly book: AlertBook;
  readonly #directory: string;
  readonly #lock: Lock;
  readonly #journal: Journal;
  readonly #letters: DeadLetters;
  readonly #deliverers: readonly Deliverer[];

  /**
   * Opens the state and begins to deliver what waits. Throws UsageError when another process has it. A damaged state
   * is set aside and told, and the receiver begins anew: a receiver that does not start would lose more.
   */
  static async open(options: ListenStateOptions): Promise<ListenState> {
    const { directory, targets, clock, log, files } = options;
    await mkdir(directory, { recursive: true });
    const lock = await acquireLock(join(directory, 'lock'));
    try {
      const { journal, recovered } = await Journal.open({
        directory: join(directory, 'journal'),
        outputs: targets.map(({ name }) => ({ name, values: 'absolute' })),
        spoolLimitBytes: options.spoolLimitBytes,
        onStateLoss: 'begin',
        // A target that is away for long must not keep new alerts from coming in.
        onFull: 'drop_oldest',
        clock,
        log,
        ...(files === undefined ? {} : { files }),
      });
      const letters = await DeadLetters.open({
        directory: join(directory, 'dead-letters'),
        limitBytes: options.deadLetterLimitBytes,
        clock,
        log,
      });
      return new ListenState(options, lock, journal, letters, recovered);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private constructor(
    options: ListenStateOptions,
    lock: Lock,
    journal: Journal,
    letters: DeadLetters,
    recovered: Recovered,
  ) {
    const { clock, log } = options;
    this.#directory = options.directory;
    this.#lock = lock;
    this.#journal = journal;
    this.#letters = letters;
    this.book = restored(options, recovered);
    this.#deliverers = options.targets.map(
      ({ name, output, delivery, maxBatchBytes }) =>
        new Deliverer({
          name,
          output,
          delivery,
          spool: journal.spool(name),
          deadLetters: letters,
          source: sourceName,
          clock,
          log,
          ...(maxBatchBytes === undefined ? {} : { maxBatchBytes }),
        }),
    );
    for (const deliverer of this.#deliverers) deliverer.start();
  }

  commit(part: { changes: JsonValue; lines: Buffer; entries: number }, whole: () => JsonValue): Promise<void> {
    const { changes, lines, entries } = part;
    const state = { ...noState, analyzer: changes };
    return this.#journal.commit({ ...state, points: entries, absolute: lines, deltas: nothing }, () => ({
      ...noState,
      analyzer: whole(),
    }));
  }

  /** Whether a file can be made in the folder, now. */
  async isWritable(): Promise<boolean> {
    const path = join(this.#directory, `probe.${randomUUID()}`);
    try {
      const file = await open(path, 'wx', 0o640);
      await file.writeFile('probe');
      await file.close();
      return true;
    } catch {
      return false;
    } finally {
      await rm(path, { force: true }).catch(() => undefined);
    }
  }

  /** How the targets are. */
  status(): readonly OutputStatus[] {
    return this.#deliverers.map((deliverer) => deliverer.status());
  }

  /** Delivers for up to `graceMs` more, and closes; what is left is delivered after the next start. */
  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#deliverers.map((deliverer) => deliverer.drain(graceMs)));
    await this.#letters.close();
    await this.#journal.close();
    await this.#lock.release();
  }
}

function restored({ instance, timezone, clock, log }: ListenStateOptions, { snapshot, commits }: Recovered): AlertBook {
  const book = new AlertBook(instance, timezone);
  try {
    for (const { analyzer } of snapshot ? [snapshot, ...commits] : []) book.restore(analyzer);
  } catch (error) {
    // It was checked against damage: this is from another version of the program.
    log.error('what was known of earlier alerts cannot be used; repeats will be taken for new ones', {
      reason: printable(messageOf(error), 300),
    });
    return new AlertBook(instance, timezone);
  }
  book.expire(clock.now());
  return book;
}
