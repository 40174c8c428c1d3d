// The whole memory of the buckets of one source: its measurements with their series and open cells, the marks in event
// time, and the rule which time belongs to which bucket. How it becomes bytes is in bucket-record.ts.
import type { Measurement } from '../model/catalogue.ts';
import { lineShape } from './bucket-lines.ts';
import type { LineShape } from './bucket-lines.ts';
import type { FieldCodes } from './cell-codec.ts';
import { CellTable } from './cells.ts';
import type { SealedStore } from './sealed.ts';
import { SeriesSet } from './series.ts';

export const hourMs = 3_600_000;

/** The hour of an event time, counted from the epoch. */
export function hourOf(timeMs: number): number {
  return Math.floor(timeMs / hourMs);
}

/** A span of event time with one bucket width; it lasts until the next era begins. */
export interface Era {
  readonly fromMs: number;
  readonly widthMs: number;
}

/** A field as it is declared in saved state: a code that the measurement never uses for another field. */
export interface DeclaredField {
  readonly code: number;
  readonly name: string;
  /** How it is joined and stored; a field with another sort is another field. */
  readonly sort: string;
}

/** One measurement and everything open of it. */
export interface Metric {
  readonly measurement: Measurement;
  /** Its number in saved state, never used for another one. */
  readonly number: number;
  readonly cells: CellTable;
  readonly series: SeriesSet;
  readonly shape: LineShape;
  /** All fields it ever had in this state. */
  fields: readonly DeclaredField[];
  codes: FieldCodes;
  /** False until a commit record has said what its number and codes mean. */
  isDeclared: boolean;
  /**
   * Buckets that end until then are sealed even when the log's newest event is older: so that what is stamped with
   * the present (a report) does not stay open as long as the log is silent. Epoch milliseconds.
   */
  sealedBeforeMs: number;
  /** Samples that went to `__other__`. */
  overflowed: number;
  /** Length of its lines in the last flush, the estimate for the next one. */
  lineBytes: number;
}

/** What the state is made for. */
export interface BucketStateOptions {
  readonly host: string;
  readonly instance: string;
  readonly widthMs: number;
  readonly latenessMs: number;
  readonly lateHorizonMs: number;
  /** Lowers the limits of all measurements. */
  readonly maxSeries: number;
}

/** The sort of a field as `DeclaredField` has it. */
export function fieldSort({ fields }: Measurement, name: string): string {
  const field = fields[name];
  return field ? `${field.kind} ${field.type} ${field.merge}` : '';
}

/** Memory of the buckets of one source. */
export class BucketState {
  readonly options: BucketStateOptions;
  readonly sealed: SealedStore;
  /** Newest event time; -Infinity before the first. */
  newestMs = Number.NEGATIVE_INFINITY;
  /** Buckets that end until then may have been sealed. It never goes back. */
  sealedBeforeMs = Number.NEGATIVE_INFINITY;
  /** Sealed values of buckets that start before are forgotten; nothing can be added to these. It never goes back. */
  forgottenBeforeMs = Number.NEGATIVE_INFINITY;
  /** In order of time; the first begins at -Infinity. */
  eras: Era[];
  metrics: Metric[] = [];
  nextSeriesId = 1;
  nextMetricNumber = 1;
  /** Samples that could not be counted: too old, without a number, or of a bucket whose earlier value is lost. */
  refused = 0;
  readonly #byMeasurement = new Map<Measurement, Metric>();

  constructor(options: BucketStateOptions, sealed: SealedStore) {
    this.options = options;
    this.sealed = sealed;
    this.eras = [{ fromMs: Number.NEGATIVE_INFINITY, widthMs: options.widthMs }];
  }

  /** The metric of a measurement; made when it is new. Throws when another measurement has the same name. */
  metricOf(measurement: Measurement): Metric {
    const known = this.#byMeasurement.get(measurement);
    if (known) return known;
    if (this.metrics.some((metric) => metric.measurement.name === measurement.name)) {
      throw new Error(`two different measurements are named ${measurement.name}`);
    }
    return this.addMetric(measurement, this.nextMetricNumber++, []);
  }

  /** Makes a metric, with the fields that saved state knows of it. */
  addMetric(measurement: Measurement, number: number, fields: readonly DeclaredField[]): Metric {
    const cells = new CellTable(measurement);
    const series = new SeriesSet({
      measurement,
      cells,
      commonValues: [this.options.host, this.options.instance],
      maxSeries: Math.min(measurement.maxSeries, this.options.maxSeries),
      nextId: () => this.nextSeriesId++,
      currentHour: () => this.currentHour,
    });
    const metric: Metric = {
      measurement,
      number,
      cells,
      series,
      shape: lineShape(cells),
      ...codeFields(measurement, fields),
      sealedBeforeMs: Number.NEGATIVE_INFINITY,
      overflowed: 0,
      lineBytes: 128,
    };
    this.metrics.push(metric);
    this.#byMeasurement.set(measurement, metric);
    return metric;
  }

  /** The hour of the newest event; 0 before the first. */
  get currentHour(): number {
    return Number.isFinite(this.newestMs) ? hourOf(this.newestMs) : 0;
  }

  /** Start of the bucket of a time, as wide as the source's buckets or as the measurement wants its own. */
  startOf(timeMs: number, bucketSeconds?: number): number {
    const widthMs = bucketSeconds === undefined ? this.#eraOf(timeMs).widthMs : bucketSeconds * 1000;
    return Math.floor(timeMs / widthMs) * widthMs;
  }

  /** End of the bucket that starts there. */
  endOf(start: number, bucketSeconds?: number): number {
    return start + (bucketSeconds === undefined ? this.#eraOf(start).widthMs : bucketSeconds * 1000);
  }

  /** True when the bucket that starts there may have been sealed in an earlier flush. */
  isSealed(metric: Metric, start: number): boolean {
    return this.endOf(start, metric.measurement.bucketSeconds) <= Math.max(this.sealedBeforeMs, metric.sealedBeforeMs);
  }

  /** Moves the marks to where the newest event puts them; what is due and what is forgotten follows from them. */
  marks(): { readonly sealedBeforeMs: number; readonly forgottenBeforeMs: number } {
    const { latenessMs, lateHorizonMs } = this.options;
    // One width more: a time within the horizon may lie in a bucket that starts before it.
    const horizonMs = this.newestMs - lateHorizonMs - Math.max(...this.eras.map(({ widthMs }) => widthMs));
    return {
      sealedBeforeMs: Math.max(this.sealedBeforeMs, this.newestMs - latenessMs),
      forgottenBeforeMs: Math.max(this.forgottenBeforeMs, hourOf(horizonMs) * hourMs),
    };
  }

  /**
   * Begins a new era when the width is another one than in the state. Buckets up to the newest one keep their width,
   * and the new ones begin where no old one starts; so each time belongs to one bucket only, for ever.
   */
  setWidth(widthMs: number): void {
    const starts = this.metrics.map(({ cells }) => cells.newestStart);
    const lastUsedMs = Math.max(this.newestMs, ...starts);
    const lastEndMs = this.endOf(this.startOf(lastUsedMs));
    const eras = this.eras.filter(({ fromMs }) => fromMs <= lastUsedMs);
    if (eras.at(-1)?.widthMs !== widthMs) eras.push({ fromMs: Math.ceil(lastEndMs / widthMs) * widthMs, widthMs });
    this.eras = eras;
  }

  /** Leaves out eras that no bucket can belong to any more. */
  forgetEras(): void {
    while (this.eras.length > 1 && (this.eras[1]?.fromMs ?? 0) <= this.forgottenBeforeMs) this.eras.shift();
  }

  #eraOf(timeMs: number): Era {
    for (let index = this.eras.length - 1; index > 0; index--) {
      const era = this.eras[index];
      if (era && timeMs >= era.fromMs) return era;
    }
    return this.eras[0] ?? { fromMs: Number.NEGATIVE_INFINITY, widthMs: this.options.widthMs };
  }
}

/** Gives a metric the codes of saved state. */
export function setFields(metric: Metric, fields: readonly DeclaredField[]): void {
  Object.assign(metric, codeFields(metric.measurement, fields));
}

/** Joins the fields of saved state with those declared now; new ones get new codes. */
function codeFields(
  measurement: Measurement,
  known: readonly DeclaredField[],
): Pick<Metric, 'fields' | 'codes' | 'isDeclared'> {
  const fields = [...known];
  let nextCode = known.reduce((next, { code }) => Math.max(next, code + 1), 0);
  const codes = measurement.fieldNames.map((name) => {
    const sort = fieldSort(measurement, name);
    const same = fields.find((field) => field.name === name && field.sort === sort);
    if (same) return same.code;
    fields.push({ code: nextCode, name, sort });
    return nextCode++;
  });
  const indexes: number[] = Array.from({ length: nextCode }, () => -1);
  for (const [index, code] of codes.entries()) indexes[code] = index;
  return { fields, codes: { codes, indexes }, isDeclared: known.length > 0 && fields.length === known.length };
}
