// The text that the Message Trace Analyzer prints: a block for each message, with a header line, a body, and a blank
// line behind it (ecs 6.3). The blocks have a time and no date; that stands in a title line, if anywhere.
import type { LineChunk } from '../../model/family.ts';

/** One decoded message. Text is latin-1, lines without their line feed. */
export interface MtaBlock {
  /** Path of its file. */
  readonly path: string;
  /** `HH:MM:SS.mmm`, local. */
  readonly time: string;
  /** `yyyy-mm-dd` where the file says it, midnights counted. */
  readonly date: string | undefined;
  /** `<--`, `-->` or `==`. */
  readonly arrow: string;
  /** The word behind the arrow, as `DOMAIN`. */
  readonly name: string;
  /** The header line first; no blank lines at the end. */
  readonly lines: readonly string[];
}

const header =
  /^\s{0,99}\d{1,12}\s{1,99}(\d\d:\d\d:\d\d\.\d{3})\s{1,99}[0-9A-Fa-f]{2}\s{1,99}([<>=-]{2,4})\s{1,99}(\S{1,99})(?:\s|$)/;
const titleDate = /(?:^|\s)(\d\d)\/(\d\d)\/(\d\d)\s{0,99}$/;
/** The title with the date is near the top. */
const titleLines = 50;
/** No message has as many lines; what is beyond is left out and told. */
const mostLines = 20_000;
const longestHeader = 1000;
const dayMs = 86_400_000;
const halfDayMs = dayMs / 2;

/** Takes lines and gives blocks, in their order. */
export class MtaBlocks {
  /** Lines left out because their block was too long. */
  cutLines = 0;
  readonly #tell: (block: MtaBlock) => void;
  readonly #givenDate: string | undefined;
  #file: number | undefined;
  #path = '';
  #seen = 0;
  #dateMs: number | undefined;
  #timeMs = 0;
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
    this.#seen = 0;
    this.#timeMs = 0;
    this.#dateMs = this.#givenDate === undefined ? undefined : Date.parse(this.#givenDate);
  }

  #line(text: string): void {
    if (text.trim() === '') {
      if (this.#head) this.#blanks++;
      return;
    }
    const found = header.exec(text.slice(0, longestHeader));
    if (found) {
      this.finish();
      const [, time = '', arrow = '', name = ''] = found;
      this.#head = { path: this.#path, time, date: this.#dateOf(time), arrow, name };
    } else if (!this.#head) {
      if (this.#seen++ < titleLines) this.#title(text);
      return;
    }
    if (this.#lines.length + this.#blanks >= mostLines) {
      this.cutLines++;
      return;
    }
    for (; this.#blanks > 0; this.#blanks--) this.#lines.push('');
    this.#lines.push(text);
  }

  #title(text: string): void {
    if (this.#dateMs !== undefined || text.length > longestHeader) return;
    const [, month, day, year] = titleDate.exec(text) ?? [];
    if (month === undefined) return;
    const dateMs = Date.UTC(2000 + Number(year), Number(month) - 1, Number(day));
    const isDay = new Date(dateMs).getUTCDate() === Number(day) && Number(month) >= 1 && Number(month) <= 12;
    if (isDay) this.#dateMs = dateMs;
  }

  /** The day of a message: a time that goes back by more than half a day has passed midnight. */
  #dateOf(time: string): string | undefined {
    const [hour = 0, minute = 0, second = 0] = time.split(':').map(Number);
    const timeMs = (hour * 3600 + minute * 60) * 1000 + Math.round(second * 1000);
    if (this.#dateMs === undefined) return undefined;
    if (timeMs < this.#timeMs - halfDayMs) this.#dateMs += dayMs;
    this.#timeMs = timeMs;
    return new Date(this.#dateMs).toISOString().slice(0, 10);
  }
}
