// What the sink saw of one chunk: the times of its samples, and the lines that were not counted as they stand.
import type { Series } from '../model/family.ts';
import type { Fold } from './stretch.ts';

/** What the sink saw in one chunk. */
export class ChunkTrace {
  leastMs = Number.POSITIVE_INFINITY;
  greatestMs = Number.NEGATIVE_INFINITY;
  matched = 0;
  /** Pairs of a line's place in the buffer and a code, see `Stretch.exceptions`. */
  readonly exceptions: number[] = [];
  #folds: Pick<Folds, 'codeOf'> = new Folds();

  /** Begins a chunk; folds are those of the stretch that it belongs to. */
  begin(folds: Pick<Folds, 'codeOf'>): void {
    this.leastMs = Number.POSITIVE_INFINITY;
    this.greatestMs = Number.NEGATIVE_INFINITY;
    this.matched = 0;
    this.exceptions.length = 0;
    this.#folds = folds;
  }

  /** A sample with this time was added. */
  time(timeMs: number): void {
    if (timeMs < this.leastMs) this.leastMs = timeMs;
    if (timeMs > this.greatestMs) this.greatestMs = timeMs;
  }

  /** The line at this place of the buffer was not counted. */
  refused(start: number): void {
    this.exceptions.push(start, 0);
  }

  /** A sample of the line at this place went to a series whose tags a limit replaced. */
  folded(start: number, series: Series): void {
    const code = this.#folds.codeOf(series);
    const last = this.exceptions.length;
    // A line adds several samples to one series.
    if (this.exceptions[last - 2] !== start || this.exceptions[last - 1] !== code) this.exceptions.push(start, code);
  }
}

/** The replaced series of one stretch, numbered from 1. */
export class Folds {
  readonly list: Fold[] = [];
  readonly #codes = new Map<Series, number>();

  codeOf(series: Series): number {
    let code = this.#codes.get(series);
    if (code === undefined) {
      code = this.list.push({ measurement: series.measurement.name, tags: series.tags });
      this.#codes.set(series, code);
    }
    return code;
  }
}

/** Numbers for nobody. */
export const noFolds = { codeOf: () => 1 };
