// Notes, while a source reads, which stretch of which log holds which event times, so that the lines behind a stored
// number are found again without reading everything. Written with each commit and never synced: counting does not depend
// on it. What a crash takes of it is noted as a stretch of unknown times when the source is opened again.
import { crc32 } from 'node:zlib';
import { messageOf, printable } from '../model/errors.ts';
import type { JsonValue, LineChunk } from '../model/family.ts';
import type { Log } from '../model/log.ts';
import { ChunkTrace, noFolds } from './chunk-trace.ts';
import { machineFiles } from './durable.ts';
import type { Files, OpenFile } from './durable.ts';
import { beginStretch, bomBytes, finished, growStretch, maxStateBytes, unknownStretch } from './growing-stretch.ts';
import type { Growing, NextLine } from './growing-stretch.ts';
import { listIndex, openSlotPath, readOpenSlots, segmentPathOf } from './line-index-files.ts';
import type { OpenLine } from './line-index-files.ts';
import type { PositionChange } from './position.ts';
import { encodeStretch } from './stretch.ts';
import type { Stretch } from './stretch.ts';

/** Logs whose last stretch goes on growing; that of the one not read for longest is ended. */
const maxOpen = 1024;
const maxOpenStateBytes = 4 * 1024 * 1024;
/** So many stretches begin without a state at most before its size is looked at again. */
const longestPause = 64;
/** Logs of which the number of the next line is remembered. */
const maxNumbered = 4096;
/** Stretches that wait to be written while the disk is full; beyond them only their places are kept. */
const maxWaiting = 4096;
const segmentBytes = 1024 * 1024;
const defaultLimitBytes = 64 * 1024 * 1024;

/** What an index needs. */
export interface LineIndexOptions {
  readonly directory: string;
  readonly log: Log;
  readonly source: string;
  /** The most on disk, oldest forgotten first; 0: nothing is noted. Default 64 MiB, for tens of gigabytes of logs. */
  readonly limitBytes?: number;
  readonly files?: Files;
}

/** The index of one source, for the one who reads. */
export class LineIndex {
  readonly trace = new ChunkTrace();
  readonly #options: LineIndexOptions;
  readonly #files: Files;
  readonly #growing = new Map<number, Growing>();
  readonly #nextLines = new Map<number, NextLine>();
  /** Ended stretches that are not written yet. */
  #waiting: Stretch[] = [];
  readonly #segments: { readonly number: number; bytes: number }[];
  #slot: number;
  #slotCount: number;
  #segment: OpenFile | undefined;
  #openStateBytes = 0;
  /** Stretches that begin without asking for the analyzer's state, because it was too large; and how many the next time. */
  #stretchesWithout = 0;
  #pause = 1;
  #isChanged = false;
  #isFailing = false;

  /**
   * Opens the index in a folder, made when needed. `positions` are those the source goes on from, empty for one that
   * begins anew: what the index lacks of them is noted. Never throws system errors: an index that cannot be read or
   * written is only a slower way back.
   */
  static async open(options: LineIndexOptions, positions: readonly PositionChange[]): Promise<LineIndex> {
    const files = options.files ?? machineFiles;
    if (options.limitBytes === 0) return new LineIndex(options, files, [], 0, 0);
    let segments: { number: number; bytes: number }[] = [];
    let slots: Awaited<ReturnType<typeof readOpenSlots>>;
    try {
      await files.makeDirectory(options.directory);
      segments = await listIndex(files, options.directory);
      slots = await readOpenSlots(files, options.directory);
    } catch (error) {
      options.log.warn('the line index cannot be read', { source: options.source, reason: messageOf(error) });
    }
    const index = new LineIndex(options, files, segments, slots?.slot ?? 0, slots?.count ?? 0);
    index.#restore(slots?.lines, positions);
    return index;
  }

  private constructor(
    options: LineIndexOptions,
    files: Files,
    segments: { number: number; bytes: number }[],
    slot: number,
    slotCount: number,
  ) {
    this.#options = options;
    this.#files = files;
    this.#segments = segments;
    this.#slot = slot;
    this.#slotCount = slotCount;
  }

  /** Begins a chunk: what the sink then puts into `trace` is of its lines. `snapshot` gives the analyzer's state now. */
  begin(chunk: LineChunk, snapshot: () => JsonValue): void {
    const { file, offset } = chunk;
    if (this.#options.limitBytes === 0) return this.trace.begin(noFolds);
    let growing = this.#growing.get(file.id);
    if (growing) {
      this.#growing.delete(file.id);
      const isOther = growing.path !== file.path || offset < growing.end;
      if (isOther || growing.end - growing.start >= growing.limitBytes) {
        this.#end(file.id, growing);
        growing = undefined;
      }
    }
    growing ??= this.#newStretch(chunk, snapshot);
    // Behind all others: the first one is that which was not used for longest.
    this.#growing.set(file.id, growing);
    this.trace.begin(growing.folds);
  }

  /** Ends the chunk that was begun. */
  end(chunk: LineChunk): void {
    const growing = this.#growing.get(chunk.file.id);
    if (!growing) return;
    growStretch(growing, chunk, this.trace);
    this.#isChanged = true;
    while (this.#growing.size > maxOpen || this.#openStateBytes > maxOpenStateBytes) {
      const oldest = this.#growing.entries().next().value;
      if (!oldest || oldest[1] === growing) break;
      this.#growing.delete(oldest[0]);
      this.#end(...oldest);
    }
  }

  /** A line of the log was skipped because it is too long. */
  skipLine(id: number, offset: number, length: number): void {
    const growing = this.#growing.get(id);
    const next = this.#nextLines.get(id);
    if (growing) growing.lines++;
    else if (offset <= bomBytes) this.#number(id, { offset: offset + length, number: 2, head: undefined });
    else if (next?.number !== undefined)
      this.#number(id, { ...next, offset: offset + length, number: next.number + 1 });
  }

  /** Ends the chunk of a single line that was refused before; when it is counted now, this note is the one that holds. */
  endAgain(chunk: LineChunk, isCounted: boolean): void {
    const { id } = chunk.file;
    if (isCounted) this.trace.matched = 1;
    this.end(chunk);
    const growing = this.#growing.get(id);
    this.#growing.delete(id);
    if (growing && isCounted) this.#end(id, growing);
    else this.#openStateBytes -= growing?.stateBytes ?? 0;
    this.#nextLines.delete(id);
  }

  /**
   * Writes what is new; `positions` are those that are about to be committed. A fault is told once and tried again with
   * the next call; nothing else depends on it.
   */
  async flush(positions: readonly PositionChange[] = []): Promise<void> {
    for (const { key, position } of positions) {
      // Behind the last lines there may be what is skipped: long lines, NUL bytes.
      const log = logOf(key, position);
      const growing = log && this.#growing.get(log.id);
      if (growing && log.offset > growing.end) {
        growing.end = log.offset;
        growing.text = undefined;
        this.#isChanged = true;
      }
    }
    if (!this.#isChanged) return;
    try {
      await this.#writeEnded();
      await this.#writeGrowing();
      this.#isChanged = false;
      this.#isFailing = false;
    } catch (error) {
      const { log, source } = this.#options;
      if (!this.#isFailing) {
        const reason = printable(messageOf(error));
        log.warn('the line index cannot be written; only finding lines of numbers suffers', { source, reason });
      }
      this.#isFailing = true;
      await this.#closeSegment();
      this.#shedWaiting();
    }
  }

  /** Closes the files. */
  async close(): Promise<void> {
    await this.flush();
    await this.#closeSegment();
  }

  /** What went on growing at the last commit is ended; what the positions have beyond it was not noted. */
  #restore(open: readonly OpenLine[] | undefined, positions: readonly PositionChange[]): void {
    const ends = new Map((open ?? []).map(({ id, stretch }) => [id, stretch]));
    for (const { stretch } of open ?? []) this.#wait(stretch);
    const latest = new Map(positions.map(({ key, position }) => [key, position]));
    for (const [key, position] of latest) {
      const log = logOf(key, position);
      if (!log) continue;
      const last = ends.get(log.id);
      if (last?.end === log.offset) {
        const number = last.firstLine === undefined ? undefined : last.firstLine + last.lines;
        this.#number(log.id, { offset: log.offset, number, head: last.head });
      }
      // Without any notes everything is unknown; with them, what has none was ended and written long ago.
      const noted = last ? last.end : open ? log.offset : 0;
      if (log.offset > noted) this.#wait(unknownStretch(log.path, noted, log.offset));
    }
  }

  /** The analyzer's state as JSON. One too large to be kept is asked for ever less often: the larger, the dearer to make. */
  #stateOf(snapshot: () => JsonValue): string | undefined {
    if (this.#stretchesWithout > 0) {
      this.#stretchesWithout--;
      return undefined;
    }
    const state = JSON.stringify(snapshot());
    const isKept = state.length <= maxStateBytes;
    this.#pause = isKept ? 1 : Math.min(longestPause, this.#pause * 2);
    this.#stretchesWithout = isKept ? 0 : this.#pause;
    return isKept ? state : undefined;
  }

  #newStretch(chunk: LineChunk, snapshot: () => JsonValue): Growing {
    const state = this.#stateOf(snapshot);
    const growing = beginStretch(chunk, state, this.#nextLines.get(chunk.file.id));
    this.#openStateBytes += growing.stateBytes;
    return growing;
  }

  #end(id: number, growing: Growing): void {
    this.#openStateBytes -= growing.stateBytes;
    const { firstLine, lines, end, head } = growing;
    this.#number(id, { offset: end, number: firstLine === undefined ? undefined : firstLine + lines, head });
    this.#wait(finished(growing));
  }

  /** Puts a stretch behind those to be written; of stretches without samples one is enough. */
  #wait(stretch: Stretch): void {
    this.#isChanged = true;
    const last = this.#waiting.at(-1);
    const isEmpty = stretch.matched === 0 && stretch.tail !== undefined;
    if (isEmpty && last?.matched === 0 && last.tail && last.path === stretch.path && last.end === stretch.start) {
      const { end, tail } = stretch;
      this.#waiting[this.#waiting.length - 1] = { ...last, end, tail, lines: last.lines + stretch.lines };
    } else this.#waiting.push(stretch);
  }

  #number(id: number, next: NextLine): void {
    this.#nextLines.delete(id);
    this.#nextLines.set(id, next);
    if (this.#nextLines.size <= maxNumbered) return;
    const oldest = this.#nextLines.keys().next().value;
    if (oldest !== undefined) this.#nextLines.delete(oldest);
  }

  async #writeEnded(): Promise<void> {
    if (this.#waiting.length === 0) return;
    let segment = this.#segments.at(-1);
    if (!segment || segment.bytes >= segmentBytes) {
      await this.#closeSegment();
      segment = { number: (segment?.number ?? 0) + 1, bytes: 0 };
      this.#segments.push(segment);
    }
    this.#segment ??= await this.#files.open(segmentPathOf(this.#options.directory, segment.number), 'write');
    // The line feed before the lines ends one that a crash has torn.
    const text = Buffer.from(`\n${this.#waiting.map(encodeStretch).join('\n')}\n`);
    await this.#segment.write([text], segment.bytes);
    segment.bytes += text.length;
    this.#waiting = [];
    await this.#forgetOldest();
  }

  async #forgetOldest(): Promise<void> {
    const limit = this.#options.limitBytes ?? defaultLimitBytes;
    let bytes = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
    while (bytes > limit && this.#segments.length > 1) {
      const [oldest] = this.#segments;
      if (!oldest) return;
      await this.#files.remove(segmentPathOf(this.#options.directory, oldest.number));
      this.#segments.shift();
      bytes -= oldest.bytes;
    }
  }

  /** Two files take turns, so that a torn one leaves that of the commit before. */
  async #writeGrowing(): Promise<void> {
    const lines = [...this.#growing].map(([id, growing]) => {
      growing.text ??= `${id} ${encodeStretch(finished(growing))}`;
      return growing.text;
    });
    const body = lines.join('\n');
    const count = this.#slotCount + 1;
    const slot = 1 - this.#slot;
    const file = await this.#files.open(openSlotPath(this.#options.directory, slot), 'new');
    try {
      await file.write([Buffer.from(`${count} ${crc32(body)}\n${body}`)], 0);
    } finally {
      await file.close();
    }
    this.#slotCount = count;
    this.#slot = slot;
  }

  async #closeSegment(): Promise<void> {
    const segment = this.#segment;
    this.#segment = undefined;
    await segment?.close().catch(() => undefined);
  }

  /** While nothing can be written, memory stays bounded: of each log one stretch of unknown times stands for all. */
  #shedWaiting(): void {
    if (this.#waiting.length <= maxWaiting) return;
    const joined = new Map<string, Stretch>();
    for (const { path, start, end } of this.#waiting) {
      const before = joined.get(path);
      const unknown = unknownStretch(path, Math.min(start, before?.start ?? start), Math.max(end, before?.end ?? end));
      joined.set(path, unknown);
    }
    this.#waiting = [...joined.values()].slice(-maxWaiting);
  }
}

/** A log as its position says; undefined for what is no log, or is gone. */
function logOf(key: string, position: JsonValue | null): { id: number; path: string; offset: number } | undefined {
  const { path, offset, isGone } = (position ?? {}) as Readonly<Record<string, unknown>>;
  const id = Number(key);
  if (!Number.isSafeInteger(id) || typeof path !== 'string' || typeof offset !== 'number') return undefined;
  return isGone === true ? undefined : { id, path, offset };
}
