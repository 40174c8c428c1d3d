// Reads the lines of one input: takes them apart, finds out when they arrived, and hands messages to the preprocessing.
// Keeps the counts of everything that was read (cisco 3.5, 5 A).
import type { JsonValue, LineChunk, LineMark } from '../../../model/family.ts';
import { Arrivals } from './arrivals.ts';
import type { Device } from './devices.ts';
import { LineParser, lineClasses } from '../parser.ts';
import type { LineClass } from '../parser.ts';
import type { Preprocessor } from './preprocess.ts';
import type { Zones } from '../grammar/zone-offsets.ts';

/** Lines read by class. */
export type ReadCounts = Record<LineClass, number>;

/** What a line is and when it arrived, epoch milliseconds; NaN when nothing tells it. Used again for the next line. */
export interface LineArrival {
  lineClass: LineClass;
  arrivalMs: number;
}

/** All counts at zero. */
export function noCounts(): ReadCounts {
  return Object.fromEntries(lineClasses.map((name) => [name, 0])) as ReadCounts;
}

/** How an input is read. */
export interface ReaderOptions {
  /** IANA zone of receipt stamps. */
  readonly timezone: string;
  /** For files without any year. */
  readonly year?: number | undefined;
  readonly catos?: boolean;
  /** Number of the input; several may hold the same messages. */
  readonly collector?: number;
  readonly isDeviceName?: (name: string) => boolean;
}

/** Reads one input. */
export class LineReader {
  readonly counts: ReadCounts;
  /** Repetitions that daemons counted instead of writing them. */
  repeated = 0;
  readonly parser: LineParser;
  readonly #arrivals: Arrivals;
  readonly #preprocessor: Preprocessor;
  readonly #collector: number;
  readonly #arrival: LineArrival = { lineClass: 'comment', arrivalMs: Number.NaN };
  #hasYear = false;

  /** `counts` may be shared by several readers. */
  constructor(preprocessor: Preprocessor, zones: Zones, options: ReaderOptions, counts: ReadCounts = noCounts()) {
    this.counts = counts;
    this.#preprocessor = preprocessor;
    this.#arrivals = new Arrivals(options.timezone, zones, options.year);
    this.#collector = options.collector ?? 0;
    this.parser = new LineParser({
      catos: options.catos ?? false,
      ...(options.isDeviceName === undefined ? {} : { isDeviceName: options.isDeviceName }),
    });
  }

  /** Looks through the first lines for a date with its year: daemons leave it out of the receipt. */
  findYear({ buffer, start, end }: LineChunk): void {
    if (this.#hasYear) return;
    this.#hasYear = true;
    let from = start;
    for (let looked = 0; looked < 200 && from < end; looked++) {
      const feed = buffer.indexOf(10, from);
      const stop = feed < 0 || feed > end ? end : feed;
      const isMessage = this.parser.parse(buffer, from, stop) === 'message';
      const { receipt, stamp } = this.parser.header;
      const dated = [receipt, stamp].find(
        ({ kind, year, quality }) => kind === 'date' && year > 0 && quality !== 'unset',
      );
      if (isMessage && dated) {
        this.#arrivals.hint(dated.year);
        break;
      }
      from = stop + 1;
    }
    this.parser.begin();
  }

  /** Arrival of a line, without taking it; for putting several inputs in order. */
  arrivalOf(buffer: Buffer, start: number, end: number, modifiedMs: number): Readonly<LineArrival> {
    const arrival = this.#arrival;
    arrival.lineClass = this.parser.parse(buffer, start, end);
    arrival.arrivalMs = this.#arrivals.of(this.parser.header, modifiedMs);
    return arrival;
  }

  /** Takes the line that was parsed last. */
  take(buffer: Buffer, lineClass: LineClass, arrivalMs: number, mark?: LineMark): Device | undefined {
    this.counts[lineClass]++;
    if (lineClass === 'repeat') this.repeated += this.parser.repeated;
    if (lineClass !== 'message' && lineClass !== 'numbered') {
      if (lineClass === 'mark') this.#preprocessor.advance(arrivalMs);
      return undefined;
    }
    return this.#preprocessor.take(this.parser, buffer, arrivalMs, this.#collector, this.#arrivals.isHeld, mark);
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return { arrivals: this.#arrivals.snapshot(), hasYear: this.#hasYear };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const { arrivals, hasYear } = state as { arrivals: JsonValue; hasYear: boolean };
    this.#arrivals.restore(arrivals);
    this.#hasYear = hasYear;
  }
}
