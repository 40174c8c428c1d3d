// What was written of the five-minute buckets of one service, in runs: most buckets of a week are alike, and a network
// of a thousand sites has two million of them.
import type { JsonValue } from '../../../model/family.ts';

/** Buckets in a row that were written alike. */
interface Run {
  readonly start: number;
  count: number;
  readonly content: string;
  readonly rev: number;
}

/** The buckets of one service, by their number (start over width). */
export class BucketBook {
  #runs: Run[] = [];

  /**
   * Goes through the buckets from `first` to `last`, in order, reads each one's content, as text to be compared and as it
   * is, and calls `put` for those whose text is not what was written, with how often it has been written then. What is
   * older than `first` is forgotten, what is newer than `last` stays.
   */
  write<B>(
    first: number,
    last: number,
    read: (at: number) => readonly [content: string, bucket: B],
    put: (at: number, what: { readonly rev: number; readonly bucket: B }) => void,
  ): void {
    const old = this.#runs;
    const runs: Run[] = [];
    const keep = (start: number, count: number, content: string, rev: number): void => {
      const run = runs.at(-1);
      if (run?.content === content && run.rev === rev && run.start + run.count === start) run.count += count;
      else runs.push({ start, count, content, rev });
    };
    let index = 0;
    for (let at = first; at <= last; at++) {
      while (index < old.length && endOf(old[index]) <= at) index++;
      const run = old[index];
      const known = run && run.start <= at ? run : undefined;
      const [content, bucket] = read(at);
      if (known?.content === content) {
        keep(at, 1, content, known.rev);
        continue;
      }
      const rev = (known?.rev ?? 0) + 1;
      keep(at, 1, content, rev);
      put(at, { rev, bucket });
    }
    for (const { start, count, content, rev } of old) {
      const from = Math.max(start, last + 1);
      if (start + count > from) keep(from, start + count - from, content, rev);
    }
    this.#runs = runs;
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return this.#runs.map(({ start, count, content, rev }) => [start, count, content, rev]);
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    this.#runs = (state as unknown as [number, number, string, number][]).map(([start, count, content, rev]) => ({
      start,
      count,
      content,
      rev,
    }));
  }
}

function endOf(run: Run | undefined): number {
  return run === undefined ? Number.POSITIVE_INFINITY : run.start + run.count;
}
