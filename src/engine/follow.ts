// Follows files: hands out every complete line of them once, also over rotation, truncation and restarts, and says what
// happened (engine 1). One consumer; a chunk is valid until the next call of `next`. The parts: look.ts finds out what
// changed in the file system, turn.ts reads one log, log-book.ts keeps the positions.
import type { Clock } from '../model/clock.ts';
import type { FileStatus } from '../model/health.ts';
import { codeOf, messageOf } from '../model/errors.ts';
import { Faults } from './faults.ts';
import { Folders } from './folders.ts';
import { Handles } from './handles.ts';
import { itemOf } from './items.ts';
import { isAbsence, systemLogFiles } from './log-files.ts';
import type { LogFiles } from './log-files.ts';
import { Looker } from './look.ts';
import type { FollowEvent, FollowItem, FollowOptions, Parts, Settings } from './parts.ts';
import { LineReader } from './reader.ts';
import { StandardInput } from './standard-input.ts';
import { standardInput } from './targets.ts';
import { LogBook } from './log-book.ts';
import type { PositionChange } from './position.ts';
import { hasUnread } from './tracked.ts';
import type { Tracked } from './tracked.ts';
import { Turn } from './turn.ts';
import { FolderWatch } from './watch.ts';

export type { FollowEvent, FollowItem, FollowOptions } from './parts.ts';
export type { PositionChange } from './position.ts';

/** Read at once: what a follower shares with many others, and what pays for a long file that is read through. */
const chunkBytes = { follow: 256 * 1024, once: 1024 * 1024 } as const;
const defaults = {
  maxLineBytes: 1024 * 1024,
  maxOpenFiles: 512,
  graceMs: 30_000,
  pollActiveMs: 250,
  pollIdleMs: 1000,
  onLoss: 'begin',
} as const;

/** Notices may shorten the wait to this part of it: a busy log sends thousands in a second. */
const shortestWaitPart = 0.2;

/** Follows the files of one source. */
export class Follower {
  readonly #settings: Settings;
  readonly #parts: Parts;
  readonly #looker: Looker;
  readonly #reader: LineReader;
  readonly #watch = new FolderWatch();
  readonly #events: FollowEvent[] = [];
  readonly #input: StandardInput | undefined;
  #ready: Tracked[] = [];
  #turn: Turn | undefined;
  #pauseMs: number;
  /** How many looks in a row found nothing to read. */
  #quietLooks = 0;
  #isClosed = false;

  /** Opens nothing yet. */
  constructor(options: FollowOptions, clock: Clock, files: LogFiles = systemLogFiles) {
    this.#settings = { ...defaults, chunkBytes: chunkBytes[options.mode], ...options };
    const { isNameOrdered, maxOpenFiles, pollIdleMs, maxLineBytes, paths } = this.#settings;
    const emit = (type: FollowEvent['type'], path: string, detail: string, amount?: number): void => {
      this.#events.push(amount === undefined ? { type, path, detail } : { type, path, detail, amount });
    };
    const faults = new Faults(clock, pollIdleMs, emit);
    const folders = new Folders(
      (folder, error) => faults.report('look', folder, error),
      (folder) => faults.clear('look', folder),
      files,
    );
    const book = new LogBook(isNameOrdered);
    this.#parts = {
      settings: this.#settings,
      clock,
      files,
      book,
      handles: new Handles(maxOpenFiles, files, book),
      faults,
      emit,
    };
    this.#looker = new Looker(this.#parts, folders);
    this.#reader = new LineReader(this.#settings.chunkBytes, maxLineBytes);
    this.#pauseMs = this.#settings.pollActiveMs;
    if (paths.includes(standardInput)) {
      const arrived = (): void => this.#watch.interrupt();
      const how = { chunkBytes: this.#settings.chunkBytes, maxLineBytes, nowMs: clock.now(), arrived };
      this.#input = new StandardInput(options.stdin ?? process.stdin, how);
    }
  }

  /** Takes back positions, in the order in which they were given out; before the first `next`. Throws on nonsense. */
  restore(positions: readonly PositionChange[]): void {
    this.#parts.book.restore(positions);
  }

  /** The next item; undefined when there is nothing now. */
  async next(): Promise<FollowItem | undefined> {
    let hasLooked = false;
    while (!this.#isClosed) {
      const event = this.#events.shift();
      if (event) {
        return { kind: 'event', event };
      }
      if (this.#turn) {
        const item = await this.#step(this.#turn);
        if (item) return item;
        continue;
      }
      const log = this.#ready.shift();
      if (log) {
        await this.#begin(log);
        continue;
      }
      const item = await this.#fromInput();
      if (item || this.#events.length > 0) {
        if (item) return item;
        continue;
      }
      // Following, one look is enough: what comes later is there at the next call.
      if (this.#isAllRead || (hasLooked && this.#settings.mode === 'follow')) return undefined;
      hasLooked = true;
      this.#ready = [...(await this.#looker.look(this.#watch.takeHints()))];
      this.#quietLooks = this.#ready.length > 0 ? 0 : this.#quietLooks + 1;
      if (this.#ready.length > 0) this.#pauseMs = this.#settings.pollActiveMs;
    }
    return undefined;
  }

  /** Looks at the files and reads nothing: while reading is paused, `status` still tells how far behind it is. */
  async look(): Promise<void> {
    if (this.#isClosed) return;
    const turn = this.#turn;
    await this.#endTurn();
    // It goes on from its position in a later turn.
    if (turn) turn.log.isDirty = true;
    this.#ready = [...(await this.#looker.look(this.#watch.takeHints()))];
  }

  /** Until something may have changed: a poll interval that grows while nothing happens, shortened by notices. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#isClosed) return;
    this.#watch.follow(this.#looker.found.folders);
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, Math.max(this.#settings.pollIdleMs, this.#settings.pollActiveMs));
    await this.#watch.wait(this.#settings.pollActiveMs * shortestWaitPart, pauseMs, signal);
  }

  /** Takes what happened to files and was not handed out yet: to be counted before positions are kept. */
  takeEvents(): readonly FollowEvent[] {
    return this.#events.splice(0);
  }

  /** Positions that changed since the last call, for everything handed out so far. */
  changes(): readonly PositionChange[] {
    return this.#parts.book.takeChanges();
  }

  /** All positions. */
  positions(): readonly PositionChange[] {
    return this.#parts.book.positions();
  }

  /** In mode `once`: everything was handed out, also unterminated last lines. */
  get isFinished(): boolean {
    return (
      this.#isAllRead &&
      this.#events.length === 0 &&
      this.#ready.length === 0 &&
      !this.#turn &&
      this.#input?.isFinished !== false
    );
  }

  /** In mode `once`: looking again finds nothing new, and what had to wait for other files was given its chances. */
  get #isAllRead(): boolean {
    return this.#settings.mode === 'once' && this.#quietLooks >= (this.#looker.hasWaiting ? 3 : 1);
  }

  /** The state of every log that is looked at. Raw paths: escape them before showing. */
  status(): { files: FileStatus[]; awaited: string[]; lagBytes: number } {
    const files = [...this.#parts.book.logs].filter((log) => !log.isGone).map((log) => this.#statusOf(log));
    if (this.#input) {
      const { offset, isFinished } = this.#input;
      const state = isFinished ? 'finished' : 'waiting';
      files.push({ path: standardInput, offset, size: offset, lagBytes: 0, state, hasFault: false });
    }
    const lagBytes = files.reduce((sum, file) => sum + file.lagBytes, 0);
    return { files, awaited: [...this.#looker.found.awaited], lagBytes };
  }

  /** The files that match the configured paths now, with the base name. */
  listing(): { name: string; size: number; modifiedMs: number }[] {
    return this.#looker.found.paths.flatMap((path) => {
      const log = this.#parts.book.byPath.get(path);
      return log ? [{ name: log.file.name, size: log.size, modifiedMs: log.modifiedMs }] : [];
    });
  }

  /** Closes everything; positions can still be asked for. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watch.close();
    this.#input?.close();
    await this.#endTurn();
    await this.#parts.handles.closeAll();
  }

  /** Begins to read a log. */
  async #begin(log: Tracked): Promise<void> {
    const { book, handles, faults } = this.#parts;
    if (log.isGone) return;
    const isWhole = this.#settings.mode === 'once';
    try {
      const beginning = await Turn.begin(log, { reader: this.#reader, book, handles, isWhole });
      faults.clear('read', log.path);
      if (beginning === 'replaced') this.#ready = [...(await this.#looker.replaced(log))];
      else if (beginning === 'moved') log.isDirty = true;
      else this.#turn = beginning;
    } catch (error) {
      await this.#fail(log, error);
    }
  }

  /** Goes on reading; undefined when the turn is over. */
  async #step(turn: Turn): Promise<FollowItem | undefined> {
    try {
      const piece = await turn.next();
      if (piece) return itemOf(turn.log.file, piece);
      if (!turn.isReplaced && this.#isLast(turn)) {
        const rest = turn.rest();
        if (rest) return itemOf(turn.log.file, rest);
        await this.#finish(turn);
      }
      await this.#endTurn();
    } catch (error) {
      await this.#endTurn();
      await this.#fail(turn.log, error);
    }
    return undefined;
  }

  /** Whether nothing more is to be expected of the log. */
  #isLast({ log, isArchive, damages }: Turn): boolean {
    if (this.#settings.mode === 'once' || log.isFinishing) return true;
    // An archive that just ends may still be growing; that is told after a while.
    return isArchive && !damages.some(({ isCutOff }) => isCutOff);
  }

  async #finish({ log, damages }: Turn): Promise<void> {
    const { book, emit, handles } = this.#parts;
    for (const { position, detail } of damages) emit('damaged', log.path, `${detail}, at byte ${position}`, position);
    log.isFinishing = false;
    if (!log.isFinished) emit('finished', log.path, `${log.offset} bytes`);
    log.isFinished = true;
    book.touch(log);
    if (log.paths.size === 0) {
      const stat = await handles.of(log)?.stat();
      // Its number will be another file's.
      if (stat?.nlink === 0) book.forgetFile(log);
    }
    if (log.paths.size === 0 || log.isExtra) book.setGone(log);
    await handles.close(log);
  }

  async #endTurn(): Promise<void> {
    const turn = this.#turn;
    this.#turn = undefined;
    await turn?.end();
  }

  /** The log cannot be read now: it keeps its position and is tried again later, others go on (engine 1.13). */
  async #fail(log: Tracked, error: unknown): Promise<void> {
    const { faults, handles } = this.#parts;
    await this.#reader.stop();
    // A file without a name could not be opened again.
    if (log.paths.size > 0 || codeOf(error) === 'ESTALE') await handles.close(log);
    log.isDirty = true;
    // A file that vanished is found to be gone by the next look.
    if (!isAbsence(error)) faults.report('read', log.path, error);
  }

  async #fromInput(): Promise<FollowItem | undefined> {
    const input = this.#input;
    if (!input || input.isFinished) return undefined;
    const { emit } = this.#parts;
    try {
      const piece = await input.next();
      if (piece) return itemOf(input.file, piece);
    } catch (error) {
      emit('fault', standardInput, messageOf(error));
    }
    if (input.isFinished) {
      for (const { position, detail } of input.damages) {
        emit('damaged', standardInput, `${detail}, at byte ${position}`, position);
      }
      emit('finished', standardInput, `${input.offset} bytes`);
    }
    return undefined;
  }

  #statusOf(log: Tracked): FileStatus {
    const fault = this.#parts.faults.textOf(log.path);
    const isReading = hasUnread(log) && (log.isDirty || this.#turn?.log === log);
    const lagBytes = log.isFinished || !hasUnread(log) ? 0 : this.#lagOf(log);
    const state = fault ?? (log.isFinished ? 'finished' : isReading ? 'reading' : 'waiting');
    return { path: log.path, offset: log.offset, size: log.size, lagBytes, state, hasFault: fault !== undefined };
  }

  /** Of an archive only the compressed size is known. */
  #lagOf(log: Tracked): number {
    if (!log.isGzip) return log.size - log.offset;
    const taken = this.#turn?.log === log ? (this.#turn.taken ?? 0) : 0;
    return Math.max(0, log.size - taken);
  }
}
