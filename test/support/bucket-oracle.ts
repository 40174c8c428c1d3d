// A plain recount to hold the buckets against: every sample in a list, joined the slow way. And a store that takes
// their lines as InfluxDB does, and notices a counter that goes down.
import { parsePoints } from '../../src/model/line-protocol.ts';
import type { Measurement } from '../../src/model/catalogue.ts';
import { counter, distinct, gauge, measurement, tag, text } from '../../src/model/catalogue.ts';
import type { Buckets, Flush } from '../../src/engine/buckets.ts';

/** Every kind of field. */
export const everything = measurement({
  name: 'test_everything',
  help: 'One field of each kind.',
  tags: { code: tag('the code', 20), trunk: tag('the trunk') },
  fields: {
    events: counter('events', 'how many'),
    seconds: counter('s', 'how long'),
    last: gauge('', 'the last level'),
    low: gauge('', 'the lowest', 'min', 'integer'),
    high: gauge('', 'the highest', 'max'),
    sum: gauge('', 'all together', 'sum'),
    callers: distinct('callers', 'how many different ones'),
    note: text('the last note'),
  },
});

/** One line of an imagined log. */
export interface Sample {
  readonly timeMs: number;
  readonly code: string;
  readonly amount: number;
}

/** Puts a sample into every field. */
export function put(buckets: Buckets, { timeMs, code, amount }: Sample): void {
  const series = buckets.series(everything, [code, '']);
  buckets.add(series, timeMs, 0, 1);
  if (amount % 2 === 0) buckets.add(series, timeMs, 1, amount);
  buckets.set(series, timeMs, 2, amount / 4);
  buckets.set(series, timeMs, 3, amount);
  buckets.set(series, timeMs, 4, amount);
  buckets.add(series, timeMs, 5, -amount);
  const caller = Buffer.from(`caller ${amount % 50}`);
  buckets.distinct(series, timeMs, 6, caller, 0, caller.length);
  buckets.set(series, timeMs, 7, `note "${amount}"`);
}

type Fields = (number | string | undefined)[];

/** What the store must hold in the end, by `code bucketStart`. */
export function recount(samples: readonly Sample[], widthMs: number): Map<string, Fields> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = `${sample.code} ${sample.timeMs - (((sample.timeMs % widthMs) + widthMs) % widthMs)}`;
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  const result = new Map<string, Fields>();
  for (const [key, group] of groups) {
    const amounts = group.map(({ amount }) => amount);
    const even = amounts.filter((amount) => amount % 2 === 0);
    const add = (sum: number, amount: number): number => sum + amount;
    result.set(key, [
      amounts.length,
      even.length > 0 ? even.reduce(add, 0) : undefined,
      (amounts.at(-1) ?? 0) / 4,
      Math.min(...amounts),
      Math.max(...amounts),
      // Adding zero turns the sum -0 into 0, as it is written.
      -amounts.reduce(add, 0) + 0,
      new Set(amounts.map((amount) => amount % 50)).size,
      `note "${amounts.at(-1)}"`,
    ]);
  }
  return result;
}

/** Takes flushes as a database does: the last value of each field of a point stays. */
export class PointStore {
  readonly absolute = new Map<string, Fields>();
  /** Sums of what came as increments, for counters. */
  readonly deltas = new Map<string, number[]>();
  /** Counters that were written with a lower value than before. */
  readonly fallen: string[] = [];
  readonly #measurement: Measurement;

  constructor(of: Measurement = everything) {
    this.#measurement = of;
  }

  take(flush: Flush): void {
    const points = pointsOf(flush.absolute, this.#measurement);
    if (points.length !== flush.points) throw new Error(`${points.length} lines, but ${flush.points} points`);
    for (const { key, fields } of points) {
      const before = this.absolute.get(key) ?? [];
      for (const [index, value] of fields.entries()) {
        const isCounter = this.#kind(index) === 'counter';
        if (isCounter && Number(value ?? 0) < Number(before[index] ?? 0)) this.fallen.push(`${key} ${index}`);
      }
      this.absolute.set(
        key,
        fields.map((value, index) => value ?? before[index]),
      );
    }
    for (const { key, fields } of pointsOf(flush.deltas, this.#measurement)) {
      const sums = this.deltas.get(key) ?? [];
      for (const [index, value] of fields.entries()) {
        if (this.#kind(index) === 'counter' && value !== undefined) sums[index] = (sums[index] ?? 0) + Number(value);
      }
      this.deltas.set(key, sums);
    }
  }

  /** Keys whose increments do not add up to the whole value. */
  get unequal(): string[] {
    return [...this.absolute].flatMap(([key, fields]) =>
      fields.some((value, index) => this.#kind(index) === 'counter' && value !== this.deltas.get(key)?.[index])
        ? [key]
        : [],
    );
  }

  #kind(index: number): string {
    return this.#measurement.fields[this.#measurement.fieldNames[index]!]!.kind;
  }
}

/** Lines as points; the key is the first tag and the time. Throws for a line that cannot be read. */
export function pointsOf(lines: Buffer, of: Measurement = everything): { key: string; fields: Fields }[] {
  const points = parsePoints(lines, new Map([[of.name, of]]), (line, reason) => {
    throw new Error(`${reason}: ${line}`);
  });
  return points.map(({ tags, timeMs, fields }) => ({ key: `${tags[0]} ${timeMs}`, fields: [...fields] }));
}
