// The opened output: one write at a time in one transaction each, retention between writes, and the way back after
// a fatal error of the library. Questions are answered by queries.ts on connections of their own.
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Measurement } from '../../model/catalogue.ts';
import type { Clock } from '../../model/clock.ts';
import { messageOf, printable } from '../../model/errors.ts';
import { encodePoint, parsePoints } from '../../model/line-protocol.ts';
import type { Point } from '../../model/line-protocol.ts';
import type { Batch, Output, RefusedPoint, WriteResult } from '../../model/output.ts';
import type { QueryEngine } from '../../model/query.ts';
import { Database } from './database.ts';
import { mergeRows } from './merge.ts';
import type { Target } from './merge.ts';
import type { DuckdbOptions } from './options.ts';
import { createQueryEngine, storedSpan } from './queries.ts';
import { rowsOf } from './rows.ts';
import { prepareStaging, prepareTable, quoted } from './tables.ts';

const dayMs = 86_400_000;

/** How often old points are looked for. */
const retentionIntervalMs = 3_600_000;

/** What a store is made from. */
export interface StoreSettings {
  readonly options: DuckdbOptions;
  readonly measurements: readonly Measurement[];
  /** Folder of the file when the options give no path; made when it is missing. */
  readonly directory: string;
  readonly clock: Clock;
}

/** Opens the store and starts its retention; a UsageError when the file cannot be used. */
export async function openStore(settings: StoreSettings): Promise<Store> {
  const { options, measurements, directory } = settings;
  const database = await Database.open({
    path: resolve(options.path ?? join(directory, 'switchboard.duckdb')),
    memoryLimitMegabytes: options.memoryLimitMegabytes,
    threads: options.threads,
  });
  try {
    const targets = new Map<Measurement, Target>();
    for (const measurement of measurements) targets.set(measurement, await prepareTarget(database, measurement));
    const store = new Store(database, settings, targets);
    await store.start();
    return store;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function prepareTarget(database: Database, measurement: Measurement): Promise<Target> {
  const columns = await prepareTable(database.writer, measurement, database.path);
  const newestMs = (await storedSpan(database.writer, [measurement]))?.toMs ?? Number.NEGATIVE_INFINITY;
  return { measurement, columns, newestMs };
}

/** An opened store. */
export class Store implements Output {
  readonly queries: QueryEngine;
  readonly #database: Database;
  readonly #measurements: readonly Measurement[];
  readonly #byName: ReadonlyMap<string, Measurement>;
  readonly #targets: ReadonlyMap<Measurement, Target>;
  readonly #retentionMs: number;
  readonly #clock: Clock;
  /** The last of the writes and deletes, which run one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #newestMs = Number.NEGATIVE_INFINITY;
  #isUnusable = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Database, settings: StoreSettings, targets: ReadonlyMap<Measurement, Target>) {
    this.#database = database;
    this.#targets = targets;
    this.#measurements = settings.measurements;
    this.#byName = new Map(settings.measurements.map((measurement) => [measurement.name, measurement]));
    this.#retentionMs = settings.options.retentionDays * dayMs;
    this.#clock = settings.clock;
    this.queries = createQueryEngine(database, settings.measurements);
  }

  /** Makes the staging tables and starts the retention. */
  async start(): Promise<void> {
    await this.#prepareStaging();
    for (const { newestMs } of this.#targets.values()) this.#newestMs = Math.max(this.#newestMs, newestMs);
    if (this.#retentionMs === 0) return;
    // Retention is repeated, so a failure is tried again an hour later; writing reports a broken store at once.
    const expire = (): void => void this.expire().catch(() => undefined);
    this.#timer = setInterval(expire, retentionIntervalMs);
    this.#timer.unref();
    expire();
  }

  async #prepareStaging(): Promise<void> {
    for (const measurement of this.#measurements) await prepareStaging(this.#database.writer, measurement);
  }

  /** Stores a batch, durably when it resolves; a batch that was stored before changes nothing. */
  async write(batch: Batch, signal: AbortSignal): Promise<WriteResult> {
    const refused: RefusedPoint[] = [];
    const parsed = parsePoints(batch.lines, this.#byName, (line, reason) => refused.push({ line, reason }));
    return this.#serially(async () => {
      if (signal.aborted || this.#isClosed) return { kind: 'retry', reason: 'stopping', needsHuman: false };
      try {
        if (this.#isUnusable) await this.#reopen();
        const points = this.#withoutExpired(parsed, refused);
        await this.#store(points);
        for (const point of points) this.#newestMs = Math.max(this.#newestMs, point.timeMs);
        return { kind: 'done', refused };
      } catch (error) {
        return this.#fault(error);
      }
    });
  }

  /** Leaves out points beyond the retention: they would be deleted within the hour, and nobody would know. */
  #withoutExpired(points: readonly Point[], refused: RefusedPoint[]): readonly Point[] {
    const newestMs = points.reduce((newest, point) => Math.max(newest, point.timeMs), this.#newestMs);
    const oldestMs = this.#oldestMs(newestMs);
    if (oldestMs === undefined) return points;
    const reason = `older than the retention of ${this.#retentionMs / dayMs} days (option retentionDays)`;
    return points.filter((point) => {
      if (point.timeMs >= oldestMs) return true;
      refused.push({ line: encodePoint(point).trimEnd(), reason });
      return false;
    });
  }

  /**
   * The oldest time that is kept, or undefined without retention. It counts back from the newest point and not from
   * the clock alone: a clock set wrong, or a store of archives only, must not empty the store.
   */
  #oldestMs(newestMs: number): number | undefined {
    if (this.#retentionMs === 0 || !Number.isFinite(newestMs)) return undefined;
    return Math.min(this.#clock.now(), newestMs) - this.#retentionMs;
  }

  async #store(points: readonly Point[]): Promise<void> {
    if (points.length === 0) return;
    const connection = this.#database.writer;
    await connection.run('BEGIN TRANSACTION');
    try {
      for (const [measurement, rows] of rowsOf(points)) {
        const target = this.#targets.get(measurement);
        if (target) await mergeRows(connection, target, rows);
      }
      await connection.run('COMMIT');
    } catch (error) {
      await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  #fault(error: unknown): WriteResult {
    const reason = printable(messageOf(error).split('\n')[0] ?? '', 500);
    // After a failed write to its log the library refuses every statement until the file is opened again.
    if (/FATAL|invalidated|Connection Error|closed/i.test(reason)) this.#isUnusable = true;
    const needsHuman = /No space left|disk|Permission denied|Read-only|Input\/output error/i.test(reason);
    return { kind: 'retry', reason: `the embedded store cannot write: ${reason}`, needsHuman };
  }

  async #reopen(): Promise<void> {
    await this.#database.reopen();
    await this.#prepareStaging();
    this.#isUnusable = false;
  }

  /** Deletes what is older than the retention, a day of one table at a time so that writes come between. */
  async expire(): Promise<void> {
    for (const measurement of this.#measurements) {
      let hasMore = true;
      while (hasMore && !this.#isClosed) hasMore = await this.#serially(() => this.#expireDay(measurement));
    }
  }

  async #expireDay(measurement: Measurement): Promise<boolean> {
    const oldestMs = this.#oldestMs(this.#newestMs);
    if (this.#isClosed || this.#isUnusable || oldestMs === undefined) return false;
    const table = `main.${quoted(measurement.name)}`;
    const connection = this.#database.writer;
    const first = (
      await connection.runAndReadAll(`SELECT CAST(min(time) AS DOUBLE) FROM ${table}`)
    ).getRowsJS()[0]?.[0];
    if (typeof first !== 'number' || first >= oldestMs) return false;
    const beforeMs = Math.min(oldestMs, first + dayMs);
    await connection.run(`DELETE FROM ${table} WHERE time < CAST($before AS BIGINT)`, { before: BigInt(beforeMs) });
    return beforeMs < oldestMs;
  }

  /** Bytes of the file and of its log, which the next checkpoint takes into the file. */
  storedBytes(): number {
    const { path } = this.#database;
    return [path, `${path}.wal`].reduce((sum, name) => sum + (statSync(name, { throwIfNoEntry: false })?.size ?? 0), 0);
  }

  /** Runs one thing after everything that was asked before. */
  #serially<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Waits for the write in progress and closes the file. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#isClosed = true;
    await this.#last;
    await this.#database.close();
  }
}
