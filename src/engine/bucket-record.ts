// Bucket state as bytes: the record of a flush (what changed) and the snapshot (everything), in one layout, so that
// a record is applied to a state exactly as a snapshot is to an empty one.
import type { Measurement } from '../model/catalogue.ts';
import { ByteReader, ByteWriter, DamagedStateError, framed, unframed } from './bucket-codec.ts';
import type { BucketState, DeclaredField, Metric } from './bucket-state.ts';
import { fieldSort, hourMs, setFields } from './bucket-state.ts';
import { CellListWriter, decodedCell, loadCell, readCells } from './cell-codec.ts';
import type { Block, BlockPlace } from './sealed.ts';
import type { OpenSeries } from './series.ts';

/** Kinds of frames. */
const snapshotKind = 1;
const recordKind = 2;

/** What changed of one metric; every metric is in every record. */
export interface MetricChanges {
  readonly metric: Metric;
  readonly admitted: readonly OpenSeries[];
  /** Known series that were used for the first time in another hour. */
  readonly used: readonly OpenSeries[];
  /** The list of changed cells that stay open, with its end. */
  readonly cells: Buffer;
  readonly released: readonly number[];
}

/** What changed in a flush. */
export interface StateChanges {
  readonly metrics: readonly MetricChanges[];
  readonly blocks: readonly Block<BlockPlace>[];
}

/** Points that wait for the next flush as they are. */
export interface WaitingPoints {
  readonly count: number;
  readonly lines: Buffer;
}

/** The record of a flush. */
export function encodeRecord(state: BucketState, changes: StateChanges): Buffer {
  const writer = new ByteWriter(changes.metrics.reduce((sum, { cells }) => sum + cells.length, 1024));
  writeState(writer, state, changes);
  return framed(recordKind, writer.written());
}

/** Everything open, also what was in no flush yet. */
export function encodeSnapshot(state: BucketState, waiting: WaitingPoints): Buffer {
  const { host, instance } = state.options;
  const writer = new ByteWriter(64 * 1024);
  writer.text(host);
  writer.text(instance);
  writer.unsigned(waiting.count);
  writer.raw(waiting.lines);
  const metrics = state.metrics.map((metric) => {
    const cells = new CellListWriter(new ByteWriter(4096), 0);
    for (let slot = 0; slot < metric.cells.count; slot++) {
      cells.write(metric.cells, slot, metric.cells.states[slot] ?? 0, metric.codes);
    }
    cells.end();
    return { metric, admitted: [...metric.series.all()], used: [], cells: cells.writer.written(), released: [] };
  });
  const blocks = [...state.sealed.hours].flatMap(([hour, places]) => places.map((content) => ({ hour, content })));
  writeState(writer, state, { metrics, blocks }, true);
  return framed(snapshotKind, writer.written());
}

function writeState(writer: ByteWriter, state: BucketState, changes: StateChanges, isWhole = false): void {
  writer.double(state.newestMs);
  writer.double(state.sealedBeforeMs);
  writer.double(state.forgottenBeforeMs);
  writer.unsigned(state.refused);
  writer.unsigned(state.nextSeriesId);
  writer.unsigned(state.nextMetricNumber);
  writer.unsigned(state.sealed.nextSegment);
  writer.unsigned(state.eras.length);
  for (const { fromMs, widthMs } of state.eras) {
    writer.double(fromMs);
    writer.double(widthMs);
  }
  writer.unsigned(state.sealed.lostHours.size);
  for (const hour of state.sealed.lostHours) writer.signed(hour);
  writer.unsigned(changes.blocks.length);
  for (const { hour, content } of changes.blocks) {
    writer.signed(hour);
    writer.unsigned(content.segment);
    writer.unsigned(content.offset);
    writer.unsigned(content.length);
  }
  writer.unsigned(changes.metrics.length);
  for (const metric of changes.metrics) writeMetric(writer, metric, isWhole);
}

function writeMetric(writer: ByteWriter, changes: MetricChanges, isWhole: boolean): void {
  const { metric } = changes;
  const { number, measurement, fields, overflowed, sealedBeforeMs } = metric;
  writer.unsigned(number);
  const isDeclaring = isWhole || !metric.isDeclared;
  writer.unsigned(isDeclaring ? 1 : 0);
  if (isDeclaring) {
    writer.text(measurement.name);
    writer.unsigned(measurement.tagNames.length);
    for (const name of measurement.tagNames) writer.text(name);
    writer.unsigned(fields.length);
    for (const { code, name, sort } of fields) {
      writer.unsigned(code);
      writer.text(name);
      writer.text(sort);
    }
  }
  writer.unsigned(overflowed);
  writer.double(sealedBeforeMs);
  writer.unsigned(changes.admitted.length);
  for (const { id, usedHour, tags } of changes.admitted) {
    writer.unsigned(id);
    writer.signed(usedHour);
    writer.unsigned(tags.length);
    for (const tag of tags) writer.text(tag);
  }
  writer.unsigned(changes.used.length);
  for (const { id, usedHour } of changes.used) {
    writer.unsigned(id);
    writer.signed(usedHour);
  }
  writer.raw(changes.cells);
  writer.unsigned(changes.released.length);
  for (const id of changes.released) writer.unsigned(id);
}

/** A metric of saved state: where it goes now, and which saved tag is in which place. */
interface KnownMetric {
  readonly metric: Metric | undefined;
  readonly tagNames: readonly string[];
}

/** Puts a snapshot and the records after it into an empty state. */
export class StateReader {
  /** What could not be taken over, for people. */
  readonly warnings: string[] = [];
  readonly #state: BucketState;
  readonly #measurements: ReadonlyMap<string, Measurement>;
  readonly #known = new Map<number, KnownMetric>();
  readonly #warned = new Set<string>();

  constructor(state: BucketState, measurements: readonly Measurement[]) {
    this.#state = state;
    this.#measurements = new Map(measurements.map((measurement) => [measurement.name, measurement]));
  }

  /** Gives the points that waited, or undefined when the state is of other labels and nothing of it can be used. */
  snapshot(bytes: Buffer): WaitingPoints | undefined {
    const reader = unframed(snapshotKind, bytes);
    const host = reader.text();
    const instance = reader.text();
    const count = reader.unsigned();
    const lines = Buffer.from(reader.raw());
    const { options } = this.#state;
    if (host !== options.host || instance !== options.instance) {
      this.#warn(`the open buckets are of host ${host}, instance ${instance}, and are left as they are stored`);
      return undefined;
    }
    this.#read(reader);
    return { count, lines };
  }

  record(bytes: Buffer): void {
    this.#read(unframed(recordKind, bytes));
  }

  #read(reader: ByteReader): void {
    const state = this.#state;
    state.newestMs = reader.double();
    state.sealedBeforeMs = reader.double();
    state.forgottenBeforeMs = reader.double();
    state.refused = reader.unsigned();
    state.nextSeriesId = reader.unsigned();
    state.nextMetricNumber = reader.unsigned();
    state.sealed.nextSegment = reader.unsigned();
    const eras = list(reader, () => ({ fromMs: reader.double(), widthMs: reader.double() }));
    if (eras.length === 0 || eras.some(({ widthMs }) => !(widthMs >= 1)))
      throw new DamagedStateError('no bucket width');
    state.eras = eras;
    const lost = list(reader, () => reader.signed());
    state.sealed.add(list(reader, () => readBlock(reader)));
    state.sealed.forgetBefore(state.forgottenBeforeMs / hourMs);
    for (const hour of lost) state.sealed.loseHour(hour);
    const metrics = reader.unsigned();
    for (let count = 0; count < metrics; count++) this.#readMetric(reader);
    if (!reader.isAtEnd) throw new DamagedStateError('the state goes on after its end');
  }

  #readMetric(reader: ByteReader): void {
    const number = reader.unsigned();
    if (reader.unsigned() === 1) this.#declare(reader, number);
    const known = this.#known.get(number);
    if (!known) throw new DamagedStateError('a measurement without a name');
    const { metric } = known;
    const overflowed = reader.unsigned();
    const sealedBeforeMs = reader.double();
    if (metric) Object.assign(metric, { overflowed, sealedBeforeMs });
    const admitted = reader.unsigned();
    for (let count = 0; count < admitted; count++) {
      const id = reader.unsigned();
      const usedHour = reader.signed();
      const tags = list(reader, () => reader.text());
      const current = metric && this.#currentTags(metric.measurement, known.tagNames, tags);
      if (current) metric.series.restore(id, current, usedHour);
    }
    for (const { id, usedHour } of list(reader, () => ({ id: reader.unsigned(), usedHour: reader.signed() }))) {
      const series = metric?.series.byId(id);
      if (series) series.usedHour = usedHour;
    }
    this.#readCells(new ByteReader(reader.raw()), metric);
    for (const id of list(reader, () => reader.unsigned())) {
      const series = metric?.series.byId(id);
      if (series) metric?.series.forget(series);
    }
    if (metric) metric.series.admitted = [];
  }

  #readCells(reader: ByteReader, metric: Metric | undefined): void {
    const recorded = new Set<number>();
    readCells(reader, 0, decodedCell(), (cell) => {
      const series = metric?.series.byId(cell.seriesId);
      if (!metric || !series) return;
      const found = metric.cells.find(series, cell.start);
      const slot = found >= 0 ? found : metric.cells.open(series, cell.start);
      loadCell(metric.cells, slot, cell, metric.codes);
      recorded.add(slot);
    });
    if (metric) this.#closeDue(metric, recorded);
  }

  /** What was due in a flush and is not in its record was sealed by it. */
  #closeDue(metric: Metric, recorded: ReadonlySet<number>): void {
    for (let slot = metric.cells.count - 1; slot >= 0; slot--) {
      if (recorded.has(slot)) continue;
      const isDue = metric.measurement.isInstant || this.#state.isSealed(metric, metric.cells.starts[slot] ?? 0);
      if (isDue) metric.cells.remove(slot);
    }
  }

  #declare(reader: ByteReader, number: number): void {
    const name = reader.text();
    const tagNames = list(reader, () => reader.text());
    const fields = list(reader, () => ({ code: reader.unsigned(), name: reader.text(), sort: reader.text() }));
    const measurement = this.#measurements.get(name);
    const metric = measurement && this.#open(measurement, number, fields);
    if (metric && tagNames.join() !== metric.measurement.tagNames.join()) metric.isDeclared = false;
    if (!metric) this.#warn(`${name}: there is no such measurement any more`);
    this.#known.set(number, { metric, tagNames });
  }

  #open(measurement: Measurement, number: number, fields: readonly DeclaredField[]): Metric {
    for (const { name, sort } of fields) {
      if (fieldSort(measurement, name) !== sort)
        this.#warn(`${measurement.name}: the field ${name} (${sort}) is dropped`);
    }
    const earlier = this.#known.get(number)?.metric;
    if (!earlier) return this.#state.addMetric(measurement, number, fields);
    // Declared again after the catalogue had changed: the newer declaration holds all codes of the older one.
    setFields(earlier, fields);
    return earlier;
  }

  /** Saved tag values in the order of the tags that are declared now; undefined when a value has no place any more. */
  #currentTags(measurement: Measurement, saved: readonly string[], values: readonly string[]): string[] | undefined {
    for (const [place, name] of saved.entries()) {
      if (measurement.tagNames.includes(name) || (values[place] ?? '') === '') continue;
      this.#warn(`${measurement.name}: series with the tag ${name} are dropped`);
      return undefined;
    }
    return measurement.tagNames.map((name) => values[saved.indexOf(name)] ?? '');
  }

  #warn(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    this.warnings.push(`bucket state: ${text}`);
  }
}

function list<T>(reader: ByteReader, read: () => T): T[] {
  const length = reader.unsigned();
  const result: T[] = [];
  for (let index = 0; index < length; index++) result.push(read());
  return result;
}

function readBlock(reader: ByteReader): Block<BlockPlace> {
  const hour = reader.signed();
  return { hour, content: { segment: reader.unsigned(), offset: reader.unsigned(), length: reader.unsigned() } };
}
