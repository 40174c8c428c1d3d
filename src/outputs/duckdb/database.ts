// The database file: opening it with safe settings, saying clearly why it cannot be opened, opening it again after
// the library has declared it unusable, and a small pool of reading connections.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { UsageError, codeOf, messageOf, printable } from '../../model/errors.ts';

/**
 * Questions that run at the same time. The library occupies a thread of Node's pool (4 by default) for each, and
 * writing and file reading need theirs, so a slow question never stops the intake.
 */
const concurrentReads = 2;

/** Questions that may wait for a connection; more are refused rather than gathered in memory. */
const waitingReads = 200;

/** Files open in this process: the operating system's lock keeps out other processes only. */
const openFiles = new Set<string>();

/** How the file is opened. */
export interface DatabaseSettings {
  readonly path: string;
  readonly memoryLimitMegabytes: number;
  readonly threads: number;
}

/** An open database file with one connection for writing and a few for reading. */
export class Database {
  readonly path: string;
  readonly #settings: DatabaseSettings;
  #instance: DuckDBInstance | undefined;
  #writer: DuckDBConnection | undefined;
  #idle: DuckDBConnection[] = [];
  #active = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #running = new Set<DuckDBConnection>();
  #isClosed = false;

  private constructor(settings: DatabaseSettings) {
    this.path = settings.path;
    this.#settings = settings;
  }

  /** Opens or creates the file; a UsageError says what is wrong with it and what to do. */
  static async open(settings: DatabaseSettings): Promise<Database> {
    if (openFiles.has(settings.path)) {
      throw new UsageError(`the store ${settings.path} is already open in this process: two outputs name one file`);
    }
    openFiles.add(settings.path);
    const database = new Database(settings);
    try {
      await database.#connect();
    } catch (error) {
      openFiles.delete(settings.path);
      throw openingFault(settings.path, error);
    }
    return database;
  }

  async #connect(): Promise<void> {
    mkdirSync(dirname(this.path), { recursive: true });
    this.#instance = await DuckDBInstance.create(this.path, {
      threads: String(this.#settings.threads),
      memory_limit: `${this.#settings.memoryLimitMegabytes}MB`,
      // The store needs neither other files nor the network; a question must never reach them.
      enable_external_access: 'false',
      // A checkpoint holds up writing while it compresses: a larger log means fewer, and a slower opening after a kill.
      checkpoint_threshold: '32MB',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    this.#writer = await this.#instance.connect();
  }

  /** The connection for writing. Its user makes sure that one statement runs at a time. */
  get writer(): DuckDBConnection {
    if (!this.#writer) throw new Error(`the store ${this.path} is closed`);
    return this.#writer;
  }

  /**
   * Runs `read` on a connection of its own; waits while all are busy. Aborting `signal` interrupts the statement.
   */
  async read<R>(signal: AbortSignal | undefined, read: (connection: DuckDBConnection) => Promise<R>): Promise<R> {
    if (this.#active >= concurrentReads) {
      if (this.#waiting.length >= waitingReads) throw new Error('the store is busy: too many questions are waiting');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#active++;
    }
    let connection: DuckDBConnection | undefined;
    const interrupt = (): void => connection?.interrupt();
    try {
      signal?.throwIfAborted();
      connection = await this.#connectReader();
      signal?.throwIfAborted();
      signal?.addEventListener('abort', interrupt, { once: true });
      return await read(connection);
    } finally {
      signal?.removeEventListener('abort', interrupt);
      if (connection) {
        this.#running.delete(connection);
        this.#idle.push(connection);
      }
      const next = this.#waiting.shift();
      if (next) next();
      else this.#active--;
    }
  }

  async #connectReader(): Promise<DuckDBConnection> {
    const instance = this.#instance;
    if (!instance) throw new Error(`the store ${this.path} is closed`);
    const connection = this.#idle.pop() ?? (await instance.connect());
    if (this.#instance === instance) {
      this.#running.add(connection);
      return connection;
    }
    connection.closeSync();
    throw new Error(`the store ${this.path} is closed`);
  }

  /** Closes and opens the file again: after a fatal error (a full disk, for one) every statement is refused. */
  async reopen(): Promise<void> {
    await this.#disconnect();
    await this.#connect();
  }

  async #disconnect(): Promise<void> {
    // Without an instance no new question starts. Those that run must end first: while one connection lives, the
    // file stays open, and two instances of one file would spoil it.
    const instance = this.#instance;
    this.#instance = undefined;
    while (this.#running.size > 0) {
      for (const connection of this.#running) connection.interrupt();
      await sleep(10);
    }
    for (const connection of this.#idle) connection.closeSync();
    this.#idle = [];
    this.#writer?.closeSync();
    this.#writer = undefined;
    instance?.closeSync();
  }

  /** Interrupts questions and closes the file. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#disconnect();
    openFiles.delete(this.path);
  }
}

function openingFault(path: string, error: unknown): UsageError {
  const message = printable(messageOf(error).split('\n')[0] ?? '', 500);
  if (/Could not set lock|Conflicting lock|used by another process/i.test(message)) {
    const holder = /PID (\d+)/.exec(message)?.[1];
    return new UsageError(
      `the store ${path} is in use by another process${holder === undefined ? '' : ` (${holder})`}: ` +
        'one process at a time can open it. Stop the other one, or give this one another path',
    );
  }
  if (
    codeOf(error) !== undefined ||
    /No such file|Permission denied|Cannot open|Is a directory|Read-only/i.test(message)
  ) {
    return new UsageError(`the store ${path} cannot be opened: ${message}`);
  }
  return new UsageError(
    `the store ${path} cannot be read: ${message}. ` +
      'Restore it from a copy, or move it (and its .wal file) away: a new one is made, and an import fills it again',
  );
}
