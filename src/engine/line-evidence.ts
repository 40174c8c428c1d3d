// Analyzes lines once more and keeps those that add to the wanted series: the sink of a lookup. Knows no files.
import type { Measurement } from '../model/catalogue.ts';
import { otherValue } from '../model/catalogue.ts';
import { printable } from '../model/errors.ts';
import type { LineChunk, LineMark, SampleSink, Series } from '../model/family.ts';
import { countLineFeeds } from '../model/line-counter.ts';
import { storedTag } from '../model/line-protocol.ts';
import type { EvidenceLine } from '../model/lines.ts';
import type { Stretch } from './stretch.ts';

/** Of a longer line only the beginning is shown. */
const maxShownBytes = 4096;
/** What became of a line, in `Stretch.exceptions`. */
const refused = 0;

/** Which samples are wanted. */
export interface WantedSamples {
  readonly measurement: Measurement;
  readonly fields: readonly string[];
  /** Whether a series with these tags (own ones, as stored) is wanted. */
  isWanted(tags: readonly string[]): boolean;
  /** Times of samples, `toMs` exclusive. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Counts what is found over any number of logs, and keeps one page of it. */
export class EvidencePage {
  total = 0;
  amount = 0;
  readonly lines: EvidenceLine[] = [];
  readonly #skip: number;
  readonly #limit: number;

  constructor(skip: number, limit: number) {
    this.#skip = skip;
    this.#limit = limit;
  }

  /** Counts a line; true when it belongs to the page. */
  count(): boolean {
    const place = this.total++;
    return place >= this.#skip && place < this.#skip + this.#limit;
  }

  /** What to go back to when a log turns out to be another one. */
  mark(): { readonly total: number; readonly amount: number; readonly kept: number } {
    return { total: this.total, amount: this.amount, kept: this.lines.length };
  }

  /** Forgets what was found since the mark. */
  rollBack({ total, amount, kept }: ReturnType<EvidencePage['mark']>): void {
    this.total = total;
    this.amount = amount;
    this.lines.length = kept;
  }

  /** What to skip for the next page; undefined at the end. */
  get next(): number | undefined {
    const end = this.#skip + this.#limit;
    return end < this.total ? end : undefined;
  }
}

/** A part of a log, in decompressed bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Where the lines come from. */
interface Place {
  readonly host: string;
  /** Where the file is now. */
  readonly path: string;
  /** Parts that are known better from another note, in order. */
  readonly excluded: readonly ByteRange[];
}

class FoundSeries implements Series {
  readonly measurement: Measurement;
  readonly tags: readonly string[];
  readonly isWanted: boolean;
  constructor(measurement: Measurement, tags: readonly string[], isWanted: boolean) {
    this.measurement = measurement;
    this.tags = tags;
    this.isWanted = isWanted;
  }
}

/** An accepted line: its place in the chunk, and what a person should see of it, where that is something else. */
interface AcceptedLine {
  readonly start: number;
  readonly end: number;
  readonly timeMs: number;
  readonly shown: Uint8Array | undefined;
}

/** A line whose samples may come when its chunk is gone. */
class HeldLine {
  readonly number: number;
  readonly offset: number;
  readonly timeMs: number;
  /** Its first bytes. */
  readonly bytes: Buffer;
  readonly isCut: boolean;
  readonly codes: readonly number[] | undefined;
  isCounted = false;

  constructor(number: number, offset: number, timeMs: number, line: Buffer, codes: readonly number[] | undefined) {
    this.number = number;
    this.offset = offset;
    this.timeMs = timeMs;
    this.isCut = line.length > maxShownBytes;
    this.bytes = Buffer.from(line.subarray(0, maxShownBytes));
    this.codes = codes;
  }
}

/** The sink. One after the other: `beginStretch`, then for each of its chunks `beginChunk` and the analyzer's work. */
export class EvidenceSink implements SampleSink {
  readonly #wanted: WantedSamples;
  readonly #page: EvidencePage;
  readonly #fields: readonly boolean[];
  #place: Place = { host: '', path: '', excluded: [] };
  #stretch: Stretch | undefined;
  /** Codes of the lines that were not counted as they stand, by their position in the log. */
  #exceptions = new Map<number, number[]>();
  #nextExcluded = 0;
  #chunk: LineChunk | undefined;
  /** Number of the line at `#countedTo` in the chunk's buffer. */
  #number = 1;
  #countedTo = 0;
  /** The accepted line whose samples come; undefined when it is not to be found. */
  #line: AcceptedLine | undefined;
  #isCounted = false;
  #codes: readonly number[] | undefined;
  /** The line that the analyzer says its samples are of, `none` for one that is not to be found. */
  #held: HeldLine | 'none' | undefined;

  constructor(wanted: WantedSamples, page: EvidencePage) {
    this.#wanted = wanted;
    this.#page = page;
    this.#fields = wanted.measurement.fieldNames.map((name) => wanted.fields.includes(name));
  }

  /** The next lines are of this stretch, the first one with this number. */
  beginStretch(stretch: Stretch, firstLine: number, place: Place): void {
    this.#stretch = stretch;
    this.#place = place;
    this.#number = firstLine;
    this.#nextExcluded = 0;
    this.#exceptions = new Map();
    let offset = stretch.start;
    for (let index = 0; index + 1 < stretch.exceptions.length; index += 2) {
      offset += stretch.exceptions[index] ?? 0;
      const codes = this.#exceptions.get(offset);
      const code = stretch.exceptions[index + 1] ?? refused;
      if (codes) codes.push(code);
      else this.#exceptions.set(offset, [code]);
    }
  }

  /** Number of the line behind the last chunk. */
  get nextNumber(): number {
    return this.#number;
  }

  /** The lines that follow are of this chunk. */
  beginChunk(chunk: LineChunk): void {
    this.#chunk = chunk;
    this.#countedTo = chunk.start;
    this.#line = undefined;
  }

  /** All lines of the chunk were analyzed. */
  endChunk(chunk: LineChunk): void {
    this.#number += countLineFeeds(chunk.buffer, this.#countedTo, chunk.end);
    this.#line = undefined;
  }

  /** A line was passed over because it is too long. */
  skipLine(): void {
    this.#number++;
  }

  accept(start: number, end: number, timeMs: number, shown?: Uint8Array): boolean {
    this.#line = undefined;
    this.#held = undefined;
    const offset = this.#offsetOf(start);
    this.#codes = this.#exceptions.size === 0 ? undefined : this.#exceptions.get(offset);
    if (this.#codes?.includes(refused) === true) return false;
    if (!this.#isExcluded(offset)) {
      this.#line = { start, end, timeMs, shown };
      this.#isCounted = false;
    }
    return true;
  }

  reject(): void {
    this.#line = undefined;
  }

  mark(): LineMark | undefined {
    const [line, chunk] = [this.#line, this.#chunk];
    if (!line || !chunk) return undefined;
    const { start, end, timeMs } = line;
    const bytes = chunk.buffer.subarray(start, end);
    return new HeldLine(this.#numberAt(start, chunk), this.#offsetOf(start), timeMs, bytes, this.#codes);
  }

  about(mark: LineMark | undefined): void {
    this.#held = mark instanceof HeldLine ? mark : 'none';
  }

  series(measurement: Measurement, tags: readonly string[]): Series {
    const stored = measurement.tagNames.map((_, place) => storedTag(tags[place] ?? ''));
    return new FoundSeries(measurement, stored, this.#isWantedSeries(measurement, stored));
  }

  add(series: Series, timeMs: number, field: number, amount: number): void {
    const held = this.#held;
    const line = held ?? this.#line;
    const { fromMs, toMs } = this.#wanted;
    if (!line || line === 'none' || timeMs < fromMs || timeMs >= toMs || !(series instanceof FoundSeries)) return;
    const codes = line instanceof HeldLine ? line.codes : this.#codes;
    const isWanted = codes ? this.#isWantedFolded(series, codes) : series.isWanted;
    if (!isWanted || this.#fields[field] !== true) return;
    this.#page.amount += amount;
    if (line instanceof HeldLine) {
      if (!line.isCounted && this.#page.count()) this.#keepHeld(line);
      line.isCounted = true;
      return;
    }
    if (this.#isCounted) return;
    this.#isCounted = true;
    if (this.#page.count()) this.#keep(line);
  }

  set(): void {
    // Only counters are made of lines.
  }

  distinct(): void {
    // As above: a line that repeats a known value adds nothing.
  }

  observe(): void {
    // As above.
  }

  #isWantedSeries(measurement: Measurement, tags: readonly string[]): boolean {
    return measurement.name === this.#wanted.measurement.name && this.#wanted.isWanted(tags);
  }

  /** With the tags under which the sample was stored: a limit may have replaced some of them. */
  #isWantedFolded(series: FoundSeries, codes: readonly number[]): boolean {
    for (const code of codes) {
      const fold = this.#stretch?.folds[code - 1];
      if (fold?.measurement !== series.measurement.name) continue;
      const isIt = fold.tags.every((tag, place) => tag === otherValue || tag === series.tags[place]);
      if (isIt) return this.#isWantedSeries(series.measurement, fold.tags);
    }
    return series.isWanted;
  }

  #offsetOf(start: number): number {
    const chunk = this.#chunk;
    return chunk ? chunk.offset + start - chunk.start : 0;
  }

  #isExcluded(offset: number): boolean {
    const { excluded } = this.#place;
    while (this.#nextExcluded < excluded.length && (excluded[this.#nextExcluded]?.end ?? 0) <= offset)
      this.#nextExcluded++;
    return (excluded[this.#nextExcluded]?.start ?? Number.POSITIVE_INFINITY) <= offset;
  }

  /** Number of the line that begins at this place of the chunk. Places only go forward. */
  #numberAt(start: number, chunk: LineChunk): number {
    this.#number += countLineFeeds(chunk.buffer, this.#countedTo, start);
    this.#countedTo = Math.max(this.#countedTo, start);
    return this.#number;
  }

  #keepHeld({ number, offset, timeMs, bytes, isCut }: HeldLine): void {
    const { host, path } = this.#place;
    const end = !isCut && bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length;
    this.#page.lines.push({ host, path, number, offset, timeMs, text: safe(bytes.toString('utf8', 0, end)), isCut });
  }

  #keep({ start, end, timeMs, shown }: AcceptedLine): void {
    const chunk = this.#chunk;
    if (!chunk) return;
    const isCut = end - start > maxShownBytes;
    const hasReturn = !isCut && end > start && chunk.buffer[end - 1] === 0x0d;
    const shownEnd = isCut ? start + maxShownBytes : hasReturn ? end - 1 : end;
    this.#page.lines.push({
      host: this.#place.host,
      path: this.#place.path,
      number: this.#numberAt(start, chunk),
      offset: this.#offsetOf(start),
      timeMs,
      text: shown ? decodedText(shown) : safe(chunk.buffer.toString('utf8', start, shownEnd)),
      isCut: shown ? shown.length > maxShownBytes : isCut,
    });
  }
}

/** What a coded line says: text of several lines, which stay lines. */
function decodedText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, maxShownBytes)).toString('utf8');
  return text.trimEnd().split(/\r?\n/).map(safe).join('\n');
}

function safe(text: string): string {
  return printable(text, Number.POSITIVE_INFINITY);
}
