// One flush of the buckets: bases of reopened cells are read, due cells are written to the sealed store, and then, in
// one go without a wait, everything that changed becomes lines and a commit record. Until that last step nothing has
// changed but cells that got their base; so a flush that fails can simply be made again.
import { ByteReader, ByteWriter } from './bucket-codec.ts';
import { LineWriter } from './bucket-lines.ts';
import { encodeRecord } from './bucket-record.ts';
import type { MetricChanges } from './bucket-record.ts';
import { hourMs, hourOf } from './bucket-state.ts';
import type { BucketState, Metric } from './bucket-state.ts';
import { addBaseCell, CellListWriter, decodedCell, readCells } from './cell-codec.ts';
import type { DecodedCell } from './cell-codec.ts';
import { cellState } from './cells.ts';
import type { Block, BlockPlace } from './sealed.ts';
import { OpenSeries } from './series.ts';

/** A flush; see Buckets.flush. */
export interface Flush {
  /** What changed, for the commit record. */
  readonly record: Buffer;
  /** Number of lines in `absolute`, and in `deltas` when there are deltas. */
  readonly points: number;
  /** Line protocol of every changed bucket with its whole value. */
  readonly absolute: Buffer;
  /** The same points with what was added to counters since the last flush; empty without deltas. */
  readonly deltas: Buffer;
}

/** A block of sealed cells is closed when it has so many bytes, so that reading one needs little memory. */
const blockBytes = 256 * 1024;

type Marks = ReturnType<BucketState['marks']>;

/** The work of one flush. */
export class BucketFlush {
  readonly #state: BucketState;
  readonly #withDeltas: boolean;

  constructor(state: BucketState, withDeltas: boolean) {
    this.#state = state;
    this.#withDeltas = withDeltas;
  }

  /** `takeWaiting` gives the points that go out as they are, and is called at the moment when all else is taken. */
  async run(takeWaiting: () => { count: number; lines: Buffer }): Promise<Flush> {
    const { sealed } = this.#state;
    await sealed.tidy();
    await this.#addBases();
    const marks = this.#state.marks();
    const ownMarks = new Map(this.#state.metrics.map((metric) => [metric, this.#ownMark(metric, marks)]));
    const places = await sealed.append(this.#sealDue(marks, ownMarks), this.#state.currentHour);
    this.#move(marks, ownMarks, places);
    return this.#take(takeWaiting(), places);
  }

  /** Gives reopened cells what was sealed of them. */
  async #addBases(): Promise<void> {
    const { sealed, metrics } = this.#state;
    const byNumber = new Map(metrics.map((metric) => [metric.number, metric]));
    // Only the cells that are there now: of one that is opened while its hour is read, the base may be missed.
    const counts = metrics.map(({ cells }) => cells.count);
    const hours = new Set<number>();
    for (const { cells } of metrics) {
      for (let slot = 0; slot < cells.count; slot++) {
        if (((cells.states[slot] ?? 0) & cellState.needsBase) !== 0) hours.add(hourOf(cells.starts[slot] ?? 0));
      }
    }
    if (hours.size === 0) return;
    const bases = new Map<Metric, Map<number, DecodedCell>>();
    const known = new Set<number>();
    for (const hour of hours) {
      const isKnown = await sealed.read(hour, (content) => {
        readBlock(content, hour, (number, cell) => {
          const metric = byNumber.get(number);
          const series = metric?.series.byId(cell.seriesId);
          if (!metric || !series) return;
          const slot = metric.cells.find(series, cell.start);
          if (slot < 0 || ((metric.cells.states[slot] ?? 0) & cellState.needsBase) === 0) return;
          const found = bases.get(metric) ?? new Map<number, DecodedCell>();
          bases.set(metric, found.set(slot, copyOf(cell)));
        });
      });
      if (isKnown) known.add(hour);
    }
    for (const [place, count] of counts.entries()) {
      const metric = metrics[place];
      if (metric) this.#join(metric, count, known, bases.get(metric));
    }
  }

  #join(
    metric: Metric,
    count: number,
    known: ReadonlySet<number>,
    bases: ReadonlyMap<number, DecodedCell> | undefined,
  ): void {
    const { cells } = metric;
    for (let slot = count - 1; slot >= 0; slot--) {
      const state = cells.states[slot] ?? 0;
      if ((state & cellState.needsBase) === 0) continue;
      if (!known.has(hourOf(cells.starts[slot] ?? 0))) {
        // What came late must not stand alone: it would replace the stored value with a lower one.
        cells.remove(slot);
        this.#state.refused++;
        continue;
      }
      const base = bases?.get(slot);
      if (base) addBaseCell(cells, slot, base, metric.codes);
      cells.setState(slot, (state & ~cellState.needsBase) | cellState.reopened);
    }
  }

  /** A metric without a log line for a while (reports) is sealed by its own newest bucket. */
  #ownMark({ cells, sealedBeforeMs }: Metric, marks: Marks): number {
    const own = cells.newestStart - this.#state.options.latenessMs;
    return own > marks.sealedBeforeMs ? Math.max(own, sealedBeforeMs) : sealedBeforeMs;
  }

  /** Marks due cells and gives their final values as blocks. */
  #sealDue(marks: Marks, ownMarks: ReadonlyMap<Metric, number>): Block<Buffer>[] {
    const blocks: Block<Buffer>[] = [];
    for (const metric of this.#state.metrics) {
      const { cells } = metric;
      const { isInstant, bucketSeconds } = metric.measurement;
      if (isInstant) continue;
      const due = Math.max(marks.sealedBeforeMs, ownMarks.get(metric) ?? Number.NEGATIVE_INFINITY);
      const open = new Map<number, CellListWriter>();
      for (let slot = 0; slot < cells.count; slot++) {
        const start = cells.starts[slot] ?? 0;
        if (start >= due || this.#state.endOf(start, bucketSeconds) > due) continue;
        const state = cells.states[slot] ?? 0;
        if ((state & cellState.needsBase) !== 0) continue;
        // Late lines come in crowds: what is being corrected waits until it rests.
        if ((state & cellState.reopened) !== 0 && (state & cellState.changed) !== 0) continue;
        cells.setState(slot, state | cellState.sealing);
        if (start < marks.forgottenBeforeMs) continue;
        const hour = hourOf(start);
        let list = open.get(hour);
        if (!list) {
          list = blockWriter(metric, hour);
          open.set(hour, list);
        }
        list.write(cells, slot, 0, metric.codes);
        if (list.writer.length < blockBytes) continue;
        open.delete(hour);
        blocks.push(closedBlock(list, hour));
      }
      for (const [hour, list] of open) blocks.push(closedBlock(list, hour));
    }
    return blocks;
  }

  #move(marks: Marks, ownMarks: ReadonlyMap<Metric, number>, places: readonly Block<BlockPlace>[]): void {
    const state = this.#state;
    Object.assign(state, marks);
    for (const [metric, mark] of ownMarks) metric.sealedBeforeMs = mark;
    state.sealed.add(places);
    state.sealed.forgetBefore(state.forgottenBeforeMs / hourMs);
    state.forgetEras();
  }

  #take(waiting: { count: number; lines: Buffer }, blocks: readonly Block<BlockPlace>[]): Flush {
    const { metrics } = this.#state;
    const bytes = metrics.reduce(
      (sum, { cells, lineBytes }) => sum + cells.changed * lineBytes,
      waiting.lines.length + 1024,
    );
    const absolute = new LineWriter(bytes);
    const deltas = new LineWriter(this.#withDeltas ? bytes : 0);
    let points = waiting.count;
    const changes: MetricChanges[] = [];
    for (const metric of metrics) {
      const taken = this.#takeMetric(metric, absolute, deltas);
      points += taken.points;
      changes.push(taken.changes);
    }
    absolute.append(waiting.lines);
    if (this.#withDeltas) deltas.append(waiting.lines);
    const record = encodeRecord(this.#state, { metrics: changes, blocks });
    for (const metric of metrics) metric.isDeclared = true;
    return { record, points, absolute: absolute.out.written(), deltas: deltas.out.written() };
  }

  #takeMetric(metric: Metric, absolute: LineWriter, deltas: LineWriter): { points: number; changes: MetricChanges } {
    const { cells, series, shape, codes } = metric;
    const isInstant = metric.measurement.isInstant;
    const list = new CellListWriter(new ByteWriter(16 + cells.changed * 16), 0);
    const used: OpenSeries[] = [];
    let points = 0;
    const before = absolute.out.length;
    for (let slot = 0; slot < cells.count; slot++) {
      const state = cells.states[slot] ?? 0;
      if ((state & cellState.changed) === 0) continue;
      const isWhole = (state & cellState.needsBase) === 0;
      if (isWhole) {
        if (absolute.cell(cells, slot, shape, false)) points++;
        if (this.#withDeltas) deltas.cell(cells, slot, shape, true);
        cells.markFlushed(slot);
      }
      const owner = cells.owners[slot];
      const usedHour = hourOf(cells.starts[slot] ?? 0);
      if (owner instanceof OpenSeries && owner.usedHour < usedHour) {
        owner.usedHour = usedHour;
        used.push(owner);
      }
      if (!isInstant && (state & cellState.sealing) === 0) list.write(cells, slot, cells.states[slot] ?? 0, codes);
    }
    list.end();
    // A little more than the average, so that the next flush seldom has to grow its buffer.
    if (points > 0) metric.lineBytes = Math.ceil((1.02 * (absolute.out.length - before)) / points);
    for (let slot = cells.count - 1; slot >= 0; slot--) {
      if (isInstant || ((cells.states[slot] ?? 0) & cellState.sealing) !== 0) cells.remove(slot);
    }
    cells.shrink();
    const { admitted } = series;
    series.admitted = [];
    const released = this.#release(metric);
    return { points, changes: { metric, admitted, used, cells: list.writer.written(), released } };
  }

  /** Forgets series that no late line can concern any more. Gives their ids. */
  #release({ series }: Metric): number[] {
    const state = this.#state;
    const released: number[] = [];
    if (series.checkedHour === state.currentHour) return released;
    series.checkedHour = state.currentHour;
    for (const each of series.all()) {
      if (each.openCells > 0) continue;
      // An hour more than the sealed values last, which name series by number.
      if ((each.usedHour + 2) * hourMs < state.forgottenBeforeMs) {
        series.forget(each);
        released.push(each.id);
      } else if (each.usedHour < state.currentHour) each.forgetHead();
    }
    return released;
  }
}

function blockWriter({ number }: Metric, hour: number): CellListWriter {
  const writer = new ByteWriter(4096);
  writer.unsigned(number);
  return new CellListWriter(writer, hour * hourMs);
}

function closedBlock(list: CellListWriter, hour: number): Block<Buffer> {
  list.end();
  return { hour, content: list.writer.written() };
}

function readBlock(content: Buffer, hour: number, visit: (number: number, cell: DecodedCell) => void): void {
  const reader = new ByteReader(content);
  const number = reader.unsigned();
  readCells(reader, hour * hourMs, decodedCell(), (cell) => visit(number, cell));
}

function copyOf(cell: DecodedCell): DecodedCell {
  return { ...cell, codes: [...cell.codes], values: [...cell.values], flushed: [...cell.flushed] };
}
