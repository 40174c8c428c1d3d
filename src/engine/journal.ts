// The write-ahead journal of a source, commit and spool in one: a record holds what is needed to go on and the points
// to be sent, so both become durable in the same instant (engine 4). Segments begin with a snapshot and are deleted
// when a newer snapshot is durable and every output has taken what is in them.
import type { Clock } from '../model/clock.ts';
import { ExitError, messageOf } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import { Bell } from './bell.ts';
import { cursorOutput, cursorPath } from './cursor.ts';
import type { Place } from './cursor.ts';
import { machineFiles } from './durable.ts';
import type { Files } from './durable.ts';
import { encodeRecord, encodeState, recordHeadBytes, segmentHeaderBytes } from './records.ts';
import type { RecordFacts, StatePart } from './records.ts';
import { recover, stateLossMessage } from './recovery.ts';
import type { Found } from './recovery.ts';
import { SegmentStore } from './segment-store.ts';
import type { Encoded } from './segment-store.ts';
import { Spool } from './spool.ts';

/** The whole state of a source, for a snapshot: what a fresh start needs and nothing before it. */
export type SnapshotPart = StatePart;

/** What one commit changes, and the points it sends. */
export interface CommitPart extends StatePart {
  readonly points: number;
  /** Line protocol of the changed cells, whole values. */
  readonly absolute: Buffer;
  /** The same points with what was added to them. */
  readonly deltas: Buffer;
}

/** What was found at start. */
export interface Recovered {
  readonly snapshot: SnapshotPart | undefined;
  /** What was committed after the snapshot, in order. */
  readonly commits: readonly StatePart[];
  /** What was damaged, for health; undefined when nothing was lost. */
  readonly lost: string | undefined;
}

/** Sizes are in bytes. */
export interface JournalOptions {
  /** Made when it does not exist; it must be the journal's own. */
  readonly directory: string;
  readonly outputs: readonly { readonly name: string; readonly values: 'absolute' | 'delta' }[];
  /** What may be kept for one output; 1 GiB unless given. */
  readonly spoolLimitBytes?: number;
  /** A segment ends when its commits exceed this (or its snapshot, if that is larger); 16 MiB unless given. */
  readonly segmentBytes?: number;
  /** What to do when commits existed and none can be used (engine 4.4). */
  readonly onStateLoss: 'stop' | 'begin' | 'end';
  readonly onFull: 'block' | 'drop_oldest';
  readonly log: Log;
  readonly clock: Clock;
  /** The machine's file system unless given. */
  readonly files?: Files;
}

const defaultSpoolLimitBytes = 1024 ** 3;
const defaultSegmentBytes = 16 * 1024 ** 2;
/** A start reads the changes since the snapshot; beyond this multiple of it, or this size, a new one is begun. */
const changesPerSnapshot = 4;
const leastChangesBytes = 1024 ** 2;
/** After a segment could not be begun, commits go on in the old one for so long before the next try. */
const beginAgainMs = 10_000;
const empty = Buffer.alloc(0);

/** The journal of one source. One commit at a time. */
export class Journal {
  readonly #options: JournalOptions;
  readonly #files: Files;
  readonly #store: SegmentStore;
  readonly #spools = new Map<string, Spool>();
  readonly #room = new Bell();
  readonly #limitBytes: number;
  /** Number of the last commit, and the points and record bytes of all of them. */
  #commit: number;
  #points: number;
  #bytes: number;
  /** In the last segment: its snapshot, all commits, and the part of them that a start has to read. */
  #snapshotBytes: number;
  #commitsBytes: number;
  #changesBytes: number;
  #beginFailedMs = Number.NEGATIVE_INFINITY;
  #isCommitting = false;
  #isClosed = false;

  /**
   * Opens the journal and reads what a start needs, in bounded memory. Throws ExitError when commits existed, none
   * can be used and `onStateLoss` is `stop`; system errors when the folder cannot be used.
   */
  static async open(options: JournalOptions): Promise<{ journal: Journal; recovered: Recovered }> {
    const files = options.files ?? machineFiles;
    const { directory, log, onStateLoss } = options;
    await files.makeDirectory(directory);
    const found = await recover(files, directory, onStateLoss === 'stop');
    if (found.isStateLost && onStateLoss === 'stop') throw new ExitError(1, stateLossMessage(directory, found));
    const journal = new Journal(options, files, found);
    const damages = [...(found.lost === undefined ? [] : [found.lost]), ...(await journal.#openSpools())];
    const lost = damages.join('; ') || undefined;
    if (lost !== undefined) log.error('the journal is damaged', { directory, lost });
    return { journal, recovered: { snapshot: found.snapshot, commits: found.commits, lost } };
  }

  private constructor(options: JournalOptions, files: Files, found: Found) {
    this.#options = options;
    this.#files = files;
    this.#store = new SegmentStore(files, options.directory, found, options.log);
    this.#limitBytes = options.spoolLimitBytes ?? defaultSpoolLimitBytes;
    this.#commit = found.commit;
    this.#points = found.points;
    this.#bytes = found.bytes;
    this.#snapshotBytes = found.snapshotBytes;
    this.#commitsBytes = found.bytes - (this.#store.last?.bytesBefore ?? 0);
    this.#changesBytes = found.changesBytes;
  }

  /**
   * Makes one commit; durable when this resolves. When a new segment is due, `snapshot` is called at once, before
   * anything is waited for: it gives the whole state with `part` in it. Throws the system's error and leaves the
   * journal as it was when the commit cannot be written, so the same one can be tried again.
   */
  async commit(part: CommitPart, snapshot: () => SnapshotPart): Promise<void> {
    if (this.#isClosed || this.#isCommitting) throw new Error('one commit at a time, and none after close');
    this.#isCommitting = true;
    try {
      const state = encodeState(part);
      const whole = this.#isSegmentDue(state, part) ? encodeState(snapshot()) : undefined;
      await this.#release();
      await this.#store.prepare();
      for (const spool of this.#spools.values()) await spool.makeKnown();
      if (whole && (this.#store.isWorn || !this.#store.last)) await this.#commitInNewSegment(whole, part);
      else {
        await this.#commitInSegment(state, part);
        if (whole) await this.#beginSegment(whole);
      }
      for (const spool of this.#spools.values()) {
        spool.committed(this.#options.clock.now());
        if (this.#options.onFull === 'drop_oldest' && spool.bytes > this.#limitBytes) await this.#drop(spool);
      }
    } finally {
      this.#isCommitting = false;
    }
  }

  /** False while a spool is full: reading must stop, the log files are the buffer then (engine 5.5). */
  hasRoom(): boolean {
    if (this.#options.onFull === 'drop_oldest') return true;
    for (const spool of this.#spools.values()) if (spool.bytes >= this.#limitBytes) return false;
    return true;
  }

  /** Resolves when there is room again, or the signal is aborted. */
  async whenRoom(signal: AbortSignal): Promise<void> {
    while (!this.hasRoom() && !signal.aborted) await this.#room.wait(signal);
  }

  /** The spool of a configured output. */
  spool(output: string): Spool {
    const spool = this.#spools.get(output);
    if (!spool) throw new Error(`the journal has no output ${output}`);
    return spool;
  }

  /** Makes all cursors durable, frees what is delivered, and closes the files. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const spool of this.#spools.values()) await spool.close();
    await this.#release();
    await this.#store.close();
  }

  async #openSpools(): Promise<string[]> {
    const { directory, outputs, clock, log } = this.#options;
    const host = {
      segmentFrom: (number: number) => this.#store.segmentFrom(number),
      end: () => this.#end(),
      moved: () => this.#room.ring(),
    };
    const damages: string[] = [];
    for (const { name, values } of outputs) {
      const options = { name, values, directory, limitBytes: this.#limitBytes, files: this.#files, clock, log };
      const { spool, damage } = await Spool.open(options, host);
      this.#spools.set(name, spool);
      if (damage !== undefined) damages.push(damage);
    }
    for (const name of await this.#files.list(directory)) {
      const output = cursorOutput(name);
      if (output === undefined || this.#spools.has(output)) continue;
      log.warn('an output is not configured any more; what was kept for it is freed', { output });
      await this.#files.remove(cursorPath(directory, output)).catch(() => undefined);
    }
    return damages;
  }

  #end(): Place {
    const { last, nextNumber } = this.#store;
    return {
      segment: last?.number ?? nextNumber,
      offset: last?.end ?? segmentHeaderBytes,
      part: 0,
      points: this.#points,
      bytes: this.#bytes,
    };
  }

  #isSegmentDue(state: readonly Buffer[], part: CommitPart): boolean {
    if (this.#store.isWorn || !this.#store.last) return true;
    const stateBytes = lengthOf(state);
    const commits = this.#commitsBytes + recordHeadBytes + stateBytes + part.absolute.length + part.deltas.length;
    const changes = this.#changesBytes + stateBytes;
    const isFull = commits > Math.max(this.#options.segmentBytes ?? defaultSegmentBytes, this.#snapshotBytes);
    const isSlow = changes > Math.max(leastChangesBytes, this.#snapshotBytes * changesPerSnapshot);
    return (isFull || isSlow) && this.#options.clock.monotonic() - this.#beginFailedMs >= beginAgainMs;
  }

  async #commitInSegment(state: readonly Buffer[], part: CommitPart): Promise<void> {
    const { last } = this.#store;
    if (!last || (await this.#store.isRemoved())) {
      for (const spool of this.#spools.values()) await spool.forgetFiles();
      throw Object.assign(new Error('the journal was removed while in use'), { code: 'ENOENT' });
    }
    const record = this.#encode(last.number, state, part);
    await this.#store.append(record);
    this.#count(record, part);
    this.#changesBytes += lengthOf(state);
  }

  /** The snapshot contains what `part` changed, so that its record only holds the points. */
  async #commitInNewSegment(whole: readonly Buffer[], part: CommitPart): Promise<void> {
    const number = this.#store.nextNumber;
    const snapshot = this.#encodeSnapshot(number, whole);
    const commit = this.#encode(number, [], part);
    const both = { parts: [...snapshot.parts, ...commit.parts], length: snapshot.length + commit.length };
    await this.#store.begin(both, this.#points, this.#bytes);
    this.#segmentBegan(whole);
    this.#count(commit, part);
  }

  /** The commit is durable already: a fault here only means to go on in the old segment and to try again later. */
  async #beginSegment(whole: readonly Buffer[]): Promise<void> {
    try {
      await this.#store.begin(this.#encodeSnapshot(this.#store.nextNumber, whole), this.#points, this.#bytes);
      this.#segmentBegan(whole);
    } catch (error) {
      this.#beginFailedMs = this.#options.clock.monotonic();
      this.#options.log.warn('no new journal segment; going on in the old one', { reason: messageOf(error) });
    }
  }

  #segmentBegan(whole: readonly Buffer[]): void {
    this.#snapshotBytes = lengthOf(whole);
    this.#commitsBytes = this.#changesBytes = 0;
    this.#beginFailedMs = Number.NEGATIVE_INFINITY;
  }

  #encodeSnapshot(segment: number, whole: readonly Buffer[]): Encoded {
    const facts = { ...this.#facts(), type: 'snapshot', commit: this.#commit, points: 0 } as const;
    return encodeRecord(facts, segment, whole, empty, empty);
  }

  #encode(segment: number, state: readonly Buffer[], part: CommitPart): Encoded {
    const facts = { ...this.#facts(), type: 'commit', commit: this.#commit + 1, points: part.points } as const;
    // Points in a form that no output reads are not written.
    const read = this.#options.outputs.map(({ values }) => values);
    const absolute = read.includes('absolute') ? part.absolute : empty;
    const deltas = read.includes('delta') ? part.deltas : empty;
    return encodeRecord(facts, segment, state, absolute, deltas);
  }

  #facts(): Pick<RecordFacts, 'timeMs' | 'pointsBefore' | 'bytesBefore'> {
    return { timeMs: this.#options.clock.now(), pointsBefore: this.#points, bytesBefore: this.#bytes };
  }

  #count({ length }: Encoded, { points }: CommitPart): void {
    this.#commit++;
    this.#points += points;
    this.#bytes += length;
    this.#commitsBytes += length;
  }

  async #drop(spool: Spool): Promise<void> {
    try {
      await spool.dropToLimit();
    } catch (error) {
      // The commit is durable, and the next one tries again.
      this.#options.log.warn('points cannot be dropped from a full spool', { reason: messageOf(error) });
    }
  }

  /** Deletes segments that every output has left durably. */
  async #release(): Promise<void> {
    await this.#store.release(Math.min(...[...this.#spools.values()].map(({ durableSegment }) => durableSegment)));
  }
}

function lengthOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
