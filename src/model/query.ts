// A panel's question as data, rendered as InfluxQL for Grafana and as SQL for the embedded store (DESIGN 4).
// Both renderings must give the same numbers; a test compares them on real servers.
import type { CommonTag, Measurement } from './catalogue.ts';

/** How values of one window are joined into one number. */
export type Aggregate = 'sum' | 'mean' | 'median' | 'max' | 'min' | 'last' | 'count';

/** One number of a query's result. */
export interface Selection<F extends string = string> {
  readonly field: F;
  readonly aggregate: Aggregate;
  /** Column or legend name; the field's name unless given. */
  readonly as?: string;
  /** Divides by the sum of another field of the same rows: a ratio; null where that sum is 0. */
  readonly over?: F;
  /** Divides by the window's length: a rate per second. */
  readonly perSecond?: boolean;
  /** Divides by the window's length in days: how often in 24 hours. */
  readonly perDay?: boolean;
}

/**
 * Keeps rows whose tag is one of the values, or begins with one of the prefixes, or is chosen by a dashboard variable;
 * or (with `not`) is and does none of that.
 */
export interface TagFilter<T extends string = string> {
  readonly tag: T;
  readonly values?: readonly string[];
  /** ASCII letters and digits, as `5` for all status codes from 500 to 599. */
  readonly prefixes?: readonly string[];
  /** Name of a dashboard variable; its `All` keeps everything. */
  readonly variable?: string;
  readonly not?: boolean;
}

/** What an empty window shows: a gap, a zero, or the value before (nothing before the first one in the range). */
export type Fill = 'none' | 'null' | 'zero' | 'previous';

/** Keeps groups, or points with `over: 'rows'`, whose selection, by its name, is there and beyond the number. */
export interface GroupCondition {
  readonly select: string;
  readonly above?: number;
  readonly below?: number;
}

/** A question about one measurement. */
export interface PanelQuery {
  readonly measurement: Measurement;
  readonly select: readonly Selection[];
  readonly where: readonly TagFilter[];
  readonly groupBy: readonly string[];
  /**
   * `windows`: a row per window of the panel's width (time series); `range`: one row per group for the whole time
   * range (stat, table, bar gauge); `rows`: the newest single points as they are stored, up to `limit`, with the
   * group-by tags as columns (tables of events, annotations); every selection is then the `last`, the value itself.
   */
  readonly over: 'windows' | 'range' | 'rows';
  /** The most rows with `over: 'rows'`. */
  readonly limit?: number;
  /** Leaves out groups or points for which one of them does not hold; not with `over: 'windows'`. */
  readonly having?: readonly GroupCondition[];
  /** Before joining series, takes this of each series in each window: `last` of a gauge, then the sum of all. */
  readonly perSeries?: Aggregate;
  readonly fill: Fill;
  /** Keeps the groups with the greatest first selection; ties by name. */
  readonly top?: number;
  /** The narrowest window in seconds; the bucket width of the metric unless given. */
  readonly minWindowSeconds: number;
}

type Tags<M> = M extends Measurement<infer T, string> ? T | CommonTag : never;
type Fields<M> = M extends Measurement<string, infer F> ? F : never;

/** Builds a query; a tag or field that the measurement does not declare does not compile. */
export function query<M extends Measurement>(
  measurement: M,
  question: {
    readonly select: readonly Selection<Fields<M>>[];
    readonly where?: readonly TagFilter<Tags<M>>[];
    readonly groupBy?: readonly Tags<M>[];
    readonly over?: 'windows' | 'range' | 'rows';
    readonly limit?: number;
    readonly having?: readonly GroupCondition[];
    readonly perSeries?: Aggregate;
    readonly fill?: Fill;
    readonly top?: number;
    readonly minWindowSeconds?: number;
  },
): PanelQuery {
  const over = question.over ?? 'windows';
  return {
    measurement,
    select: question.select,
    where: question.where ?? [],
    groupBy: question.groupBy ?? [],
    over,
    fill: question.fill ?? (over === 'windows' ? 'null' : 'none'),
    minWindowSeconds: question.minWindowSeconds ?? measurement.bucketSeconds ?? 10,
    ...(question.perSeries === undefined ? {} : { perSeries: question.perSeries }),
    ...(question.top === undefined ? {} : { top: question.top }),
    ...(question.limit === undefined ? {} : { limit: question.limit }),
    ...(question.having === undefined ? {} : { having: question.having }),
  };
}

/** The time range and window of a rendering, epoch milliseconds, `toMs` exclusive. */
export interface QueryRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly windowMs: number;
}

/** Values chosen for dashboard variables; an absent name means All. */
export type VariableValues = Readonly<Record<string, readonly string[]>>;

/**
 * One row: group-by values, window start, and one value per selection. The time of `range` is that of the value when
 * its one selection is the `last`, else the beginning of the range; the time of `rows` is that of the point.
 */
export interface ResultRow {
  readonly group: readonly string[];
  readonly timeMs: number;
  readonly values: readonly (number | string | null)[];
}

/** Answers panel queries; the embedded store implements it. */
export interface QueryEngine {
  /** Rows ordered by group, then time; `rows` newest first. Throws with a message for people when the store cannot answer. */
  run(
    query: PanelQuery,
    range: QueryRange,
    variables: VariableValues,
    signal?: AbortSignal,
  ): Promise<readonly ResultRow[]>;
  /** Values a tag has in the store, sorted; at most `limit`. */
  tagValues(measurement: Measurement, tag: string, limit: number): Promise<readonly string[]>;
  /** Time span of the stored points, or undefined when there are none. */
  span(): Promise<{ readonly fromMs: number; readonly toMs: number } | undefined>;
}
