// Reads committed points for one output, in order, across segments. What is damaged is passed over and told; nothing
// here changes how far the output has come.
import type { Log } from '../model/log.ts';
import type { Place } from './cursor.ts';
import type { Files } from './durable.ts';
import { recordBytes, recordHeadBytes, segmentHeaderBytes } from './records.ts';
import type { RecordHead } from './records.ts';
import { openSegment } from './segments.ts';
import type { Segment, SegmentReader } from './segments.ts';

/** What the journal tells those who read it. */
export interface JournalView {
  /** The segment with this number, or the next one that exists. */
  segmentFrom(number: number): Segment | undefined;
  /** The end of the last durable commit. */
  end(): Place;
}

/** What a reader is made from. */
export interface SpoolReaderOptions {
  readonly name: string;
  readonly values: 'absolute' | 'delta';
  readonly directory: string;
  readonly files: Files;
  readonly log: Log;
}

/** What lies between two places. */
export interface Stretch {
  readonly to: Place;
  /** Whole lines to be sent; undefined when there are none on the way. */
  readonly lines: Buffer | undefined;
  readonly points: number;
  /** Points on the way that cannot be read any more; not among `points`. */
  readonly lost: number;
  /** When the first commit with lines was made, epoch milliseconds. */
  readonly timeMs: number | undefined;
}

interface Step {
  readonly to: Place;
  readonly lost: number;
  /** The record passed; absent at the edges of segments and where they are damaged. */
  readonly record: { readonly head: RecordHead; readonly segment: Segment; readonly reader: SegmentReader } | undefined;
}

/** The first place in a segment. */
export function startOf({ number, pointsBefore, bytesBefore }: Segment): Place {
  return { segment: number, offset: segmentHeaderBytes, part: 0, points: pointsBefore, bytes: bytesBefore };
}

/** Reads what one output is to get. */
export class SpoolReader {
  readonly #options: SpoolReaderOptions;
  readonly #journal: JournalView;
  #open: { readonly number: number; readonly reader: SegmentReader } | undefined;
  /** The large batch whose checksum was found right; it is read in several parts. */
  #intact = '';

  constructor(options: SpoolReaderOptions, journal: JournalView) {
    this.#options = options;
    this.#journal = journal;
  }

  /**
   * The next points behind `from`: commits joined up to the limits, or a part of one that is larger than they are.
   * Without lines, there is nothing more to send and `to` is the end. Throws the system's errors.
   */
  async stretch(from: Place, maxPoints: number, maxBytes: number): Promise<Stretch> {
    const pieces: Buffer[] = [];
    let to = from;
    let [points, bytes, lost] = [0, 0, 0];
    let timeMs: number | undefined;
    for (let step = await this.#step(to); step; step = await this.#step(to)) {
      const { record } = step;
      const section = record?.head[this.#options.values === 'delta' ? 'deltas' : 'absolute'];
      if (!record || !section || section.length === 0) {
        to = step.to;
        lost += step.lost;
        continue;
      }
      const { head } = record;
      const isLarge = to.part > 0 || section.length > maxBytes || head.points > maxPoints;
      const isFull = points + head.points > maxPoints || bytes + section.length > maxBytes;
      if (pieces.length > 0 && (isLarge || isFull)) break;
      const piece = isLarge ? await this.#part(to, step, maxPoints, maxBytes) : await this.#whole(to, step);
      if (!piece) {
        lost += this.#lose(to, step.to, `a batch of ${record.segment.path} is damaged`);
        to = step.to;
        continue;
      }
      pieces.push(piece.lines);
      points += piece.to.points - to.points;
      bytes += piece.lines.length;
      to = piece.to;
      timeMs ??= head.timeMs;
      if (isLarge) break;
    }
    const lines = pieces.length > 1 ? Buffer.concat(pieces) : pieces[0];
    return { to, lines, points, lost, timeMs };
  }

  /** One record, or the edge of a segment, further; undefined at the end. */
  async skip(from: Place): Promise<{ readonly to: Place; readonly timeMs: number | undefined } | undefined> {
    const step = await this.#step(from);
    return step && { to: step.to, timeMs: step.record?.head.timeMs };
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.reader.close();
  }

  async #step(from: Place): Promise<Step | undefined> {
    const segment = this.#journal.segmentFrom(from.segment);
    if (!segment) return undefined;
    if (segment.number !== from.segment) return this.#enter(from, segment, 'a segment of the spool is gone');
    const following = this.#journal.segmentFrom(segment.number + 1);
    if (from.offset >= segment.end) return following && this.#enter(from, following, `${segment.path} is incomplete`);
    const reader = await this.#reader(segment.number);
    const head = await reader.head(from.offset, segment.end);
    if (!head) {
      const to = following ? startOf(following) : this.#journal.end();
      return { to, lost: this.#lose(from, to, `${segment.path} is damaged at byte ${from.offset}`), record: undefined };
    }
    const isCommit = head.type === 'commit';
    const to = {
      segment: segment.number,
      offset: from.offset + recordBytes(head),
      part: 0,
      points: head.pointsBefore + (isCommit ? head.points : 0),
      bytes: head.bytesBefore + (isCommit ? recordBytes(head) : 0),
    };
    return { to, lost: 0, record: { head, segment, reader } };
  }

  #enter(from: Place, segment: Segment, reason: string): Step {
    const to = startOf(segment);
    return { to, lost: this.#lose(from, to, reason), record: undefined };
  }

  #lose(from: Place, to: Place, reason: string): number {
    const points = Math.max(0, to.points - from.points);
    if (points > 0) this.#options.log.error('spooled points are lost', { output: this.#options.name, reason, points });
    return points;
  }

  async #whole(from: Place, { to, record }: Step): Promise<{ lines: Buffer; to: Place } | undefined> {
    if (!record) return undefined;
    const { start, section } = this.#sectionOf(from, record.head);
    const lines = await record.reader.section(start, section, record.segment.end);
    return lines && { lines, to };
  }

  /** Whole lines from a batch that is too large to be held or sent at once. */
  async #part(
    from: Place,
    { to, record }: Step,
    maxPoints: number,
    maxBytes: number,
  ): Promise<{ lines: Buffer; to: Place } | undefined> {
    if (!record) return undefined;
    const { head, segment, reader } = record;
    const { start, section } = this.#sectionOf(from, head);
    const key = `${segment.number}:${from.offset}`;
    if (this.#intact !== key && !(await reader.isIntact(start, section))) return undefined;
    this.#intact = key;
    const rest = section.length - from.part;
    for (let length = Math.min(maxBytes, rest); ; length = Math.min(length * 2, rest)) {
      const bytes = await reader.bytes(start + from.part, length, segment.end);
      if (!bytes) return undefined;
      const { end, lines } = wholeLines(bytes, maxPoints);
      // A line longer than the limit is read as a whole all the same.
      if (end === 0 && length < rest) continue;
      if (end === 0 || end === rest) return { lines: bytes, to };
      const points = Math.min(from.points + lines, to.points);
      const place = { ...from, part: from.part + end, points, bytes: from.bytes + end };
      return { lines: bytes.subarray(0, end), to: place };
    }
  }

  #sectionOf(from: Place, head: RecordHead): { start: number; section: RecordHead['deltas'] } {
    const absolute = from.offset + recordHeadBytes + head.state.length;
    return this.#options.values === 'delta'
      ? { start: absolute + head.absolute.length, section: head.deltas }
      : { start: absolute, section: head.absolute };
  }

  async #reader(number: number): Promise<SegmentReader> {
    if (this.#open?.number === number) return this.#open.reader;
    await this.close();
    const { files, directory } = this.#options;
    const reader = await openSegment(files, directory, number);
    this.#open = { number, reader };
    return reader;
  }
}

/** Where the last whole line among the first `maxLines` ends, and how many lines that are. */
function wholeLines(bytes: Buffer, maxLines: number): { end: number; lines: number } {
  let end = 0;
  let lines = 0;
  while (lines < maxLines) {
    const next = bytes.indexOf(0x0a, end);
    if (next < 0) break;
    end = next + 1;
    lines++;
  }
  return { end, lines };
}
