// Points by the names of their fields, and the book of points that corrections write again (cisco 20): each is a pure
// function of the evidence, so writing it twice changes nothing, and one that the evidence no longer gives is taken back.
import type { Measurement } from '../../../model/catalogue.ts';
import type { JsonValue, SampleSink } from '../../../model/family.ts';

type Fields<M> = M extends Measurement<string, infer F> ? F : never;

/** Values by field. */
export type Values<M extends Measurement> = { readonly [K in Fields<M>]?: number | string };

/** Sets the fields of one point; `timeMs` is epoch milliseconds. */
export function putPoint<M extends Measurement>(
  sink: SampleSink,
  measurement: M,
  tags: readonly string[],
  timeMs: number,
  values: Values<M>,
): void {
  const series = sink.series(measurement, tags);
  measurement.fieldNames.forEach((name, field) => {
    const value = values[name as Fields<M>];
    if (value !== undefined) sink.set(series, timeMs, field, value);
  });
}

/** One point as the evidence gives it now. */
export interface CorrectedPoint<M extends Measurement> {
  readonly tags: readonly string[];
  readonly timeMs: number;
  readonly values: Values<M>;
}

interface Written {
  values: Readonly<Record<string, number | string>>;
  rev: number;
  isVoid: boolean;
}

/** The points of one measurement that may be written again. Its fields `rev`, `void` are kept here where it has them. */
export class PointBook<M extends Measurement> {
  readonly #measurement: M;
  readonly #taken: Values<M>;
  /** By tags, then by time. */
  readonly #written = new Map<string, Map<number, Written>>();

  /** `taken` are the values that a point gets which the evidence no longer gives, besides `void`. */
  constructor(measurement: M, taken: Values<M> = {}) {
    this.#measurement = measurement;
    this.#taken = taken;
  }

  /**
   * Writes what has changed. `points` are all of them from `fromMs` on; what was written of before is left as it is. Two
   * points of one series in one millisecond: the later one moves to the next, the smallest step of the store.
   */
  write(points: readonly CorrectedPoint<M>[], fromMs: number, sink: SampleSink): void {
    const now = new Map<string, Map<number, CorrectedPoint<M>>>();
    for (const point of points) {
      const key = JSON.stringify(point.tags);
      let series = now.get(key);
      if (!series) {
        series = new Map();
        now.set(key, series);
      }
      let at = point.timeMs;
      while (series.has(at)) at++;
      series.set(at, point);
    }
    for (const [key, written] of this.#written) {
      const series = now.get(key);
      for (const [at, before] of written) {
        if (before.isVoid || at < fromMs || series?.has(at) === true) continue;
        this.#put(key, at, { ...before.values, ...this.#taken }, true, sink);
      }
    }
    for (const [key, series] of now) {
      for (const [at, { values }] of series) this.#put(key, at, values as Written['values'], false, sink);
    }
  }

  /** Forgets what was written of before; it is not written again. */
  forget(beforeMs: number): void {
    for (const [key, written] of this.#written) {
      for (const at of written.keys()) if (at < beforeMs) written.delete(at);
      if (written.size === 0) this.#written.delete(key);
    }
  }

  /** The values of the newest point of a series before a moment that is not taken back. */
  before(tags: readonly string[], timeMs: number): Readonly<Record<string, number | string>> | undefined {
    let newest = Number.NEGATIVE_INFINITY;
    let found: Written | undefined;
    for (const [at, written] of this.#written.get(JSON.stringify(tags)) ?? []) {
      if (written.isVoid || at >= timeMs || at <= newest) continue;
      newest = at;
      found = written;
    }
    return found?.values;
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return [...this.#written].map(([key, written]) => [
      key,
      [...written].map(([at, { values, rev, isVoid }]) => [at, rev, isVoid, values]),
    ]);
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    for (const [key, written] of (state ?? []) as [string, [number, number, boolean, Written['values']][]][]) {
      this.#written.set(
        key,
        new Map(written.map(([at, rev, isVoid, values]) => [at, { values, rev, isVoid }] as const)),
      );
    }
  }

  #put(key: string, at: number, values: Written['values'], isVoid: boolean, sink: SampleSink): void {
    let written = this.#written.get(key);
    if (!written) {
      written = new Map();
      this.#written.set(key, written);
    }
    const known = written.get(at);
    if (known?.isVoid === isVoid && isSame(known.values, values)) return;
    const rev = (known?.rev ?? 0) + 1;
    written.set(at, { values, rev, isVoid });
    const names: readonly string[] = this.#measurement.fieldNames;
    const own = {
      ...values,
      ...(names.includes('rev') ? { rev } : {}),
      ...(names.includes('void') ? { void: Number(isVoid) } : {}),
    };
    putPoint(sink, this.#measurement, JSON.parse(key) as string[], at, own as Values<M>);
  }
}

function isSame(one: Written['values'], other: Written['values']): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
