// The metric catalogue: every measurement is declared once, here in shape and in its family's metrics.ts in fact.
// Line protocol, StatsD names, DuckDB tables, docs/metrics.md and the typed handles of panels all come from it.

/** What a field is, and so how values of one bucket are joined. Field types never change once released. */
export type FieldKind = 'counter' | 'gauge' | 'distinct' | 'quantile' | 'text';

/** How a gauge joins several values of one bucket. */
export type GaugeMerge = 'last' | 'min' | 'max' | 'sum';

/** How a field is stored: `integer` is written with the `i` suffix of line protocol. */
export type StoredType = 'integer' | 'float' | 'string';

/** One field of a measurement. */
export interface FieldSpec {
  readonly kind: FieldKind;
  readonly type: StoredType;
  /** For gauges: how values of one bucket are joined. */
  readonly merge: GaugeMerge;
  /** For quantiles: which one, from 0 to 1. */
  readonly quantile?: number;
  /** Unit in words or a symbol, for example `events`, `s`, `bytes`; empty for texts. */
  readonly unit: string;
  readonly help: string;
}

/** One tag of a measurement. */
export interface TagSpec {
  readonly help: string;
  /** The most values one source may use; further ones become `__other__` and are counted. */
  readonly maxValues: number;
  /** Its value follows from the other tags (a category from its number): left out where tags are parts of a name. */
  readonly isDerived?: boolean;
}

/** The tags that the engine adds to every point: where the log comes from, and which Switchboard read it. */
export const commonTags = ['host', 'instance'] as const;
/** A tag every measurement has. */
export type CommonTag = (typeof commonTags)[number];

/** The value that stands for everything above a limit. */
export const otherValue = '__other__';

/** A declared measurement: `T` are its own tags, `F` its fields. */
export interface Measurement<T extends string = string, F extends string = string> {
  readonly name: string;
  readonly help: string;
  readonly tags: { readonly [K in T]: TagSpec };
  readonly tagNames: readonly T[];
  readonly fields: { readonly [K in F]: FieldSpec };
  readonly fieldNames: readonly F[];
  /** The most series one source may use; further ones go to `__other__` and are counted (engine 3.6). */
  readonly maxSeries: number;
  /** True for values that are stamped one by one and not gathered into buckets (states, reports). */
  readonly isInstant: boolean;
  /**
   * Width of its buckets in seconds where it is not that of the source, as the hour of a roll-up: a divisor of 3600.
   * Like a field's type it never changes once released, because stored points stand at the starts of buckets.
   */
  readonly bucketSeconds?: number;
}

interface Declaration<T extends string, F extends string> {
  readonly name: string;
  readonly help: string;
  readonly tags: { readonly [K in T]: TagSpec };
  readonly fields: { readonly [K in F]: FieldSpec };
  readonly maxSeries?: number;
  readonly isInstant?: boolean;
  readonly bucketSeconds?: number;
}

/** Declares a measurement. Names are checked here, so a wrong one fails the first test that loads the family. */
export function measurement<T extends string, F extends string>(declaration: Declaration<T, F>): Measurement<T, F> {
  const tagNames = Object.keys(declaration.tags) as T[];
  const fieldNames = Object.keys(declaration.fields) as F[];
  for (const name of [declaration.name, ...tagNames, ...fieldNames]) {
    if (!/^[a-z][a-z0-9_]*$/.test(name) || name === 'time') throw new Error(`"${name}" is no valid metric name`);
  }
  for (const name of tagNames) {
    const isTaken = (commonTags as readonly string[]).includes(name) || fieldNames.includes(name as string as F);
    if (isTaken) throw new Error(`${declaration.name}: the name "${name}" is used twice`);
  }
  if (fieldNames.length === 0) throw new Error(`${declaration.name} has no field`);
  const { bucketSeconds } = declaration;
  // Sealed values are kept and forgotten by the hour, so a bucket must not reach over the end of one.
  const fitsHour =
    bucketSeconds === undefined || (Number.isInteger(bucketSeconds) && bucketSeconds > 0 && 3600 % bucketSeconds === 0);
  if (!fitsHour || (bucketSeconds !== undefined && declaration.isInstant === true)) {
    throw new Error(`${declaration.name}: buckets of ${bucketSeconds} s do not fit an hour, or it has none`);
  }
  return {
    name: declaration.name,
    help: declaration.help,
    tags: declaration.tags,
    tagNames,
    fields: declaration.fields,
    fieldNames,
    maxSeries: declaration.maxSeries ?? 10_000,
    isInstant: declaration.isInstant ?? false,
    ...(bucketSeconds === undefined ? {} : { bucketSeconds }),
  };
}

/** A tag with its bound (engine 3.6: 1 000 values unless a smaller bound is known). */
export function tag(help: string, maxValues = 1000, isDerived = false): TagSpec {
  return isDerived ? { help, maxValues, isDerived } : { help, maxValues };
}

/** A count of things in a bucket; stored as the absolute count, an integer. */
export function counter(unit: string, help: string): FieldSpec {
  return { kind: 'counter', type: 'integer', merge: 'sum', unit, help };
}

/** A value that goes up and down; `merge` says what stays of several values in one bucket. */
export function gauge(
  unit: string,
  help: string,
  merge: GaugeMerge = 'last',
  type: 'integer' | 'float' = 'float',
): FieldSpec {
  return { kind: 'gauge', type, merge, unit, help };
}

/** The estimated number of different values in a bucket (standard error 3.25 %, exact up to 64), an integer. */
export function distinct(unit: string, help: string): FieldSpec {
  return { kind: 'distinct', type: 'integer', merge: 'max', unit, help };
}

/**
 * A quantile of the values of a bucket, within 1 %: 0.95 is what 95 % of them do not exceed. Quantiles of several
 * buckets or series are joined by their greatest, never averaged.
 */
export function quantile(unit: string, at: number, help: string): FieldSpec {
  return { kind: 'quantile', type: 'float', merge: 'max', unit, help, quantile: at };
}

/** A short text, the last one of the bucket. */
export function text(help: string): FieldSpec {
  return { kind: 'text', type: 'string', merge: 'last', unit: '', help };
}

/** All tag names of a measurement as stored: its own and the common ones, in the order of the declaration. */
export function storedTagNames(of: Measurement): readonly string[] {
  return [...of.tagNames, ...commonTags];
}
