// The text that the Message Trace Analyzer prints: a block for each message, with a header line, a body, and a blank
// line behind it (ecs 6.3). The blocks have a time and no date; that stands in a title line, if anywhere.
import type { LineChunk } from '../../model/family.ts';
import { MtaDays, readMtaHeader, timeOfDay } from './mta-header.ts';
import type { MtaHeader } from './mta-header.ts';

/** One decoded message. Text is latin-1, lines without their line feed. */
export interface MtaBlock extends MtaHeader {
  /** Path of its file. */
  readonly path: string;
  /** `yyyy-mm-dd` where the file says it, midnights counted. */
  readonly date: string | undefined;
  /** The header line first; no blank lines at the end. */
  readonly lines: readonly string[];
}

/** No message has as many lines; what is beyond is left out and told. */
const mostLines = 20_000;

/** Takes lines and gives blocks, in their order. */
export class MtaBlocks {
  /** Lines left out because their block was too long. */
  cutLines = 0;
  readonly #tell: (block: MtaBlock) => void;
  readonly #givenDate: string | undefined;
  #file: number | undefined;
  #path = '';
  #days = new MtaDays();
  #head: Omit<MtaBlock, 'lines'> | undefined;
  #lines: string[] = [];
  /** Blank lines that belong to the block only if it goes on. */
  #blanks = 0;

  /** `date` (`yyyy-mm-dd`) is the day of the first message of each file that does not say it. */
  constructor(tell: (block: MtaBlock) => void, date?: string) {
    this.#tell = tell;
    this.#givenDate = date;
  }

  /** Takes the next lines; another file ends the block of the one before. */
  lines({ buffer, start, end, file }: LineChunk): void {
    if (file.id !== this.#file) this.#begin(file.id, file.path);
    for (let from = start; from < end;) {
      const feed = buffer.indexOf(0x0a, from);
      const stop = feed < 0 || feed >= end ? end : feed;
      const isReturned = stop > from && buffer[stop - 1] === 0x0d;
      this.#line(buffer.toString('latin1', from, isReturned ? stop - 1 : stop));
      from = stop + 1;
    }
  }

  /** Ends the last block: at the end of the input. */
  finish(): void {
    const { cutLines } = this;
    if (this.#head) this.#tell({ ...this.#head, lines: this.#lines });
    this.cutLines = cutLines;
    this.#head = undefined;
    this.#lines = [];
    this.#blanks = 0;
  }

  #begin(file: number, path: string): void {
    this.finish();
    this.#file = file;
    this.#path = path;
    this.#days = new MtaDays(this.#givenDate === undefined ? undefined : Date.parse(this.#givenDate));
  }

  #line(text: string): void {
    if (text.trim() === '') {
      if (this.#head) this.#blanks++;
      return;
    }
    const found = readMtaHeader(text);
    if (found) {
      this.finish();
      this.#head = { path: this.#path, ...found, date: this.#dateOf(found.time) };
    } else if (!this.#head) {
      this.#days.title(text);
      return;
    }
    if (this.#lines.length + this.#blanks >= mostLines) {
      this.cutLines++;
      return;
    }
    for (; this.#blanks > 0; this.#blanks--) this.#lines.push('');
    this.#lines.push(text);
  }

  #dateOf(time: string): string | undefined {
    const timeMs = timeOfDay(time);
    const dateMs = Number.isNaN(timeMs) ? undefined : this.#days.dayOf(timeMs);
    return dateMs === undefined ? undefined : new Date(dateMs).toISOString().slice(0, 10);
  }
}
