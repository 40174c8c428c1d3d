// From a time and a series back to the lines of the log: reads the noted stretches again, where their files are now, and
// analyzes them as they were analyzed then. Reads only; may run beside the source that writes the notes.
import { basename } from 'node:path';
import type { Analyzer, JsonValue, LogFile } from '../model/family.ts';
import { countLineFeeds } from '../model/line-counter.ts';
import type { GoneLog } from '../model/lines.ts';
import { machineFiles } from './durable.ts';
import { describe } from './faults.ts';
import { isAbsence } from './log-files.ts';
import { chunkOf } from './items.ts';
import { EvidenceSink } from './line-evidence.ts';
import type { ByteRange, EvidencePage, WantedSamples } from './line-evidence.ts';
import { readStretches } from './line-index-files.ts';
import type { SegmentTimes } from './line-index-files.ts';
import { LogContent, LogPlaces } from './line-places.ts';
import type { LogPlace } from './line-places.ts';
import { LineReader } from './reader.ts';
import type { Stretch } from './stretch.ts';

const chunkBytes = 512 * 1024;
const countedBytes = 1024 * 1024;

/** A source whose lines are looked for. */
export interface SearchedSource {
  readonly host: string;
  /** Where its notes are, see `lineIndexDirectory`. */
  readonly directory: string;
  /** What earlier lookups have learned of the notes; filled. */
  readonly known?: SegmentTimes;
  readonly rotatedPattern: string | undefined;
  readonly maxLineBytes: number;
  /** One that nobody else uses: its state is set for every stretch. */
  readonly analyzer: Analyzer;
}

/** What cannot be told by lines. */
export interface SearchResult {
  readonly gone: readonly GoneLog[];
  /** False when the source has no notes at all. */
  readonly isIndexed: boolean;
  /** Notes of older stretches were given up. */
  readonly isCut: boolean;
  /** Stretches that had to be read without the state in which they were counted: a few lines may be more or fewer. */
  readonly uncertain: number;
}

/** A stretch, and the parts of it that other notes say better. */
interface Part {
  readonly stretch: Stretch;
  readonly excluded: readonly ByteRange[];
}

/** Puts the lines of one source that add to the wanted samples into the page, logs in the order of their times. */
export async function findLines(
  source: SearchedSource,
  wanted: WantedSamples,
  page: EvidencePage,
  signal: AbortSignal,
): Promise<SearchResult> {
  // The samples of a held line were noted with the lines that came meanwhile.
  const { heldMs = 0 } = source.analyzer;
  const [fromMs, toMs] = [wanted.fromMs - heldMs, wanted.toMs + heldMs];
  const { stretches, exists, isCut } = await readStretches(machineFiles, source.directory, fromMs, toMs, source.known);
  const gone = new GoneLogs();
  const places = await locate(stretches, source.rotatedPattern, gone, signal);
  const search = new Search(source, new EvidenceSink(wanted, page), page, gone, signal);
  for (const place of places) await search.read(place);
  return { gone: gone.list, isIndexed: exists, isCut, uncertain: search.uncertain };
}

/** Finds the files, in the order of the times in them. Notes of one file under several names come together. */
async function locate(
  stretches: readonly Stretch[],
  rotatedPattern: string | undefined,
  gone: GoneLogs,
  signal: AbortSignal,
): Promise<readonly LogPlace[]> {
  const places = new LogPlaces(rotatedPattern);
  const noted = new Map<string, Stretch[]>();
  for (const stretch of stretches) {
    const key = `${stretch.head?.length} ${stretch.head?.checksum} ${stretch.path}`;
    const known = noted.get(key);
    if (known) known.push(stretch);
    else noted.set(key, [stretch]);
  }
  const order = new Map(stretches.map((stretch, index) => [stretch, index]));
  const byOrder = (one: Stretch, other: Stretch): number => (order.get(one) ?? 0) - (order.get(other) ?? 0);
  const byFile = new Map<string, LogPlace>();
  for (const group of noted.values()) {
    signal.throwIfAborted();
    const [first] = group;
    if (!first) continue;
    const found = await places.find(first.path, first.head, group);
    for (const part of partsOf(found.missing.toSorted(byOrder))) gone.add(part.stretch, found.reason);
    for (const place of found.places) {
      const known = byFile.get(place.identity);
      const all = [...(known?.stretches ?? []), ...place.stretches].toSorted(byOrder);
      byFile.set(place.identity, { ...(known ?? place), stretches: all });
    }
  }
  const byTime = (one: LogPlace, other: LogPlace): number => timeOf(one) - timeOf(other);
  return [...byFile.values()].toSorted((one, other) => byTime(one, other) || (one.path < other.path ? -1 : 1));
}

/** Time of the first sample that is known. */
function timeOf({ stretches }: LogPlace): number {
  const times = stretches.map(({ leastMs }) => leastMs).filter((timeMs) => Number.isFinite(timeMs));
  return times.reduce((least, timeMs) => Math.min(least, timeMs), Number.POSITIVE_INFINITY);
}

/**
 * What is to be read of stretches in the order in which they were noted, sorted by place. After a crash lines are read
 * and noted again, and the later note holds; one that was not seen while it was read only fills what no other has.
 */
function partsOf(stretches: readonly Stretch[]): readonly Part[] {
  const seen = stretches.filter(({ tail }) => tail !== undefined);
  const unseen = stretches.filter(({ tail }) => tail === undefined);
  const covered = new Ranges();
  const parts: Part[] = [];
  for (const stretch of [...unseen, ...seen].toReversed()) {
    const excluded = covered.within(stretch);
    const isWhole = excluded.some(({ start, end }) => start <= stretch.start && end >= stretch.end);
    if (!isWhole) parts.push({ stretch, excluded });
    covered.add(stretch);
  }
  return parts.toSorted((one, other) => one.stretch.start - other.stretch.start);
}

/** Ranges without overlaps, in order. */
class Ranges {
  #list: ByteRange[] = [];

  /** The parts of the list that touch a range. */
  within({ start, end }: ByteRange): readonly ByteRange[] {
    return this.#list.slice(this.#firstAfter(start), this.#firstFrom(end));
  }

  /** Joins the range with those it touches. */
  add({ start, end }: ByteRange): void {
    // Neighbours join too: stretches lie end to end, and the list stays short.
    const from = this.#list.findIndex((range) => range.end >= start);
    const first = from < 0 ? this.#list.length : from;
    let last = first;
    let joined: ByteRange = { start, end };
    for (let range = this.#list[last]; range && range.start <= joined.end; range = this.#list[++last]) {
      joined = { start: Math.min(range.start, joined.start), end: Math.max(range.end, joined.end) };
    }
    this.#list.splice(first, last - first, joined);
  }

  #firstAfter(position: number): number {
    const index = this.#list.findIndex(({ end }) => end > position);
    return index < 0 ? this.#list.length : index;
  }

  #firstFrom(position: number): number {
    const index = this.#list.findIndex(({ start }) => start >= position);
    return index < 0 ? this.#list.length : index;
  }
}

/** Reads logs one after the other. */
class Search {
  uncertain = 0;
  readonly #source: SearchedSource;
  readonly #sink: EvidenceSink;
  readonly #page: EvidencePage;
  readonly #gone: GoneLogs;
  readonly #signal: AbortSignal;
  readonly #reader: LineReader;
  /** The state of an analyzer that has read nothing. */
  readonly #blank: JsonValue;
  #nextId = 1;

  constructor(source: SearchedSource, sink: EvidenceSink, page: EvidencePage, gone: GoneLogs, signal: AbortSignal) {
    this.#source = source;
    this.#sink = sink;
    this.#page = page;
    this.#gone = gone;
    this.#signal = signal;
    this.#reader = new LineReader(chunkBytes, source.maxLineBytes);
    this.#blank = source.analyzer.snapshot();
  }

  async read({ path, identity, stretches }: LogPlace): Promise<void> {
    const parts = partsOf(stretches);
    let content: LogContent | undefined;
    try {
      content = await LogContent.open(path);
      if (content.identity !== identity) throw new Error('changed');
      const lines = new LineNumbers(content);
      for (const part of parts) {
        const mark = this.#page.mark();
        if (await this.#readPart(content, lines, path, part)) continue;
        this.#page.rollBack(mark);
        this.#gone.add(part.stretch, 'changed');
      }
    } catch (error) {
      if (this.#signal.aborted) throw error;
      // It was there a moment ago: rotation goes on while we look.
      if (content) throw error;
      for (const { stretch } of parts) this.#gone.add(stretch, isAbsence(error) ? 'gone' : describe(error));
    } finally {
      await content?.close();
    }
  }

  /** Analyzes a part; false when the file ends before it. */
  async #readPart(content: LogContent, lines: LineNumbers, path: string, part: Part): Promise<boolean> {
    const { stretch, excluded } = part;
    const { start, end, state } = stretch;
    const { analyzer, host } = this.#source;
    const firstLine = stretch.firstLine ?? (await lines.numberAt(start));
    if (state === undefined) this.uncertain++;
    analyzer.restore(state === undefined ? this.#blank : (JSON.parse(state) as JsonValue));
    this.#sink.beginStretch(stretch, firstLine, { host, path, excluded });
    const file = this.#fileOf(stretch);
    this.#reader.begin(await content.section(start, end), start);
    try {
      for (let isEnd = false; !isEnd;) {
        this.#signal.throwIfAborted();
        let piece = await this.#reader.next();
        isEnd = piece === undefined;
        piece ??= this.#reader.rest();
        if (piece?.kind === 'long') this.#sink.skipLine();
        if (piece?.kind !== 'lines') continue;
        const chunk = chunkOf(file, piece);
        this.#sink.beginChunk(chunk);
        analyzer.lines(chunk, this.#sink);
        this.#sink.endChunk(chunk);
      }
      if (analyzer.heldMs !== undefined) analyzer.finish?.(this.#sink);
      const isWhole = this.#reader.position >= end;
      if (isWhole) lines.know(end, this.#sink.nextNumber);
      return isWhole || stretch.tail === undefined;
    } finally {
      await this.#reader.stop();
    }
  }

  /** The file as its analyzer saw it then. */
  #fileOf({ path, modifiedMs }: Stretch): LogFile {
    return { path, name: basename(path).replace(/\.gz$/i, ''), modifiedMs, id: this.#nextId++ };
  }
}

/** Numbers of lines of one log: counted from the nearest place where one is known. */
class LineNumbers {
  readonly #content: LogContent;
  #known = { position: 0, number: 1 };

  constructor(content: LogContent) {
    this.#content = content;
  }

  /** The line that begins here has this number. */
  know(position: number, number: number): void {
    this.#known = { position, number };
  }

  /** The number of the line that begins at a position. */
  async numberAt(position: number): Promise<number> {
    let { position: at, number } = this.#known.position <= position ? this.#known : { position: 0, number: 1 };
    const source = await this.#content.section(at, position);
    const bytes = Buffer.allocUnsafe(Math.max(1, Math.min(countedBytes, position - at)));
    while (at < position) {
      const count = await source.read(bytes, 0, bytes.length);
      if (count === 0) break;
      number += countLineFeeds(bytes, 0, count);
      at += count;
    }
    this.#known = { position: at, number };
    return number;
  }
}

/** The logs that are gone. */
class GoneLogs {
  readonly #logs = new Map<string, GoneLog>();

  add({ path, lines, matched }: Stretch, reason: string): void {
    const key = `${reason} ${path}`;
    const known = this.#logs.get(key);
    this.#logs.set(key, {
      path,
      reason,
      lines: lines + (known?.lines ?? 0),
      matched: matched + (known?.matched ?? 0),
    });
  }

  get list(): readonly GoneLog[] {
    return [...this.#logs.values()];
  }
}
