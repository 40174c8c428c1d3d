// The open buckets of one measurement, in columns: typed arrays instead of an object per bucket, because there may be
// a hundred thousand of them and each line of a log may open one. Cells are dense: removing one moves the last there.
// Knows nothing of time, files or series limits. Above 300 lines: columns, index and joining share every invariant.
import type { Measurement } from '../model/catalogue.ts';
import { maxTextLength } from '../model/line-protocol.ts';
import { DistinctSketch } from './distinct.ts';
import { QuantileSketch } from './quantile.ts';

/** How values of a field are joined within a bucket. */
export type Joining = 'counter' | 'last' | 'min' | 'max' | 'sum' | 'text' | 'distinct' | 'quantile';

/** What stands for many values of a bucket. */
export type Sketch = DistinctSketch | QuantileSketch;

/** A value of a field as it is stored and joined. */
export type CellValue = number | string | Sketch;

/** What a cell needs to know of its series. */
export interface CellOwner {
  /** Unlike that of any other series that ever was in this state. */
  readonly id: number;
  /** Number of its open cells; kept by the table. */
  openCells: number;
  /** The hour (epoch hours of event time) in which it was last used. */
  usedHour: number;
  /** The start of its lines, with the blank behind it. */
  readonly head: Uint8Array;
}

/** Bits of a cell's state. */
export const cellState = {
  /** Holds something that was in no flush. */
  changed: 1,
  /** Was opened for late lines; its sealed value is still to be added. */
  needsBase: 2,
  /** Had been sealed before; stays open as long as it changes. */
  reopened: 4,
  /** Its final value is being written; goes away after that, unless it changes before. */
  sealing: 8,
} as const;

const smallest = 16;

/** The open cells of one measurement. A slot is valid until the next `remove`. */
export class CellTable {
  readonly measurement: Measurement;
  readonly joinings: readonly Joining[];
  /** Number of open cells; slots are `0..count-1`. */
  count = 0;
  /** Number of cells with the bit `changed`. */
  changed = 0;
  /** Greatest start of a cell that was ever opened, epoch milliseconds. */
  newestStart = Number.NEGATIVE_INFINITY;
  /** Start of each bucket, epoch milliseconds. */
  starts = new Float64Array(smallest);
  states = new Uint8Array(smallest);
  owners: CellOwner[] = [];
  /** One column per field; NaN is absent. Empty for texts and sketches. */
  readonly numbers: Float64Array[];
  /** Counters only: the value of the last flush; NaN before the first. */
  readonly flushed: Float64Array[];
  readonly texts: (string | undefined)[][];
  readonly sketches: (Sketch | undefined)[][];
  /** Hash index with open addressing: slot + 1, or 0 for free. */
  #index = new Int32Array(2 * smallest);

  constructor(measurement: Measurement) {
    this.measurement = measurement;
    this.joinings = measurement.fieldNames.map((name) => joiningOf(measurement, name));
    const isNumber = (joining: Joining): boolean => joining !== 'text' && !isSketched(joining);
    this.numbers = this.joinings.map((joining) => new Float64Array(isNumber(joining) ? smallest : 0));
    this.flushed = this.joinings.map((joining) => new Float64Array(joining === 'counter' ? smallest : 0));
    this.texts = this.joinings.map(() => []);
    this.sketches = this.joinings.map(() => []);
  }

  /** The slot of a bucket, or -1. */
  find(owner: CellOwner, start: number): number {
    const index = this.#index;
    const mask = index.length - 1;
    for (let place = placeOf(owner.id, start) & mask; ; place = (place + 1) & mask) {
      const slot = (index[place] ?? 0) - 1;
      if (slot < 0 || (this.starts[slot] === start && this.owners[slot] === owner)) return slot;
    }
  }

  /** Opens a bucket that is not open, without any value. */
  open(owner: CellOwner, start: number, state = 0): number {
    if (this.count === this.starts.length) this.#resize(2 * this.count);
    const slot = this.count++;
    this.starts[slot] = start;
    this.states[slot] = state;
    if ((state & cellState.changed) !== 0) this.changed++;
    this.owners[slot] = owner;
    owner.openCells++;
    if (start > this.newestStart) this.newestStart = start;
    for (let field = 0; field < this.joinings.length; field++) this.#clear(field, slot);
    this.#enter(slot);
    return slot;
  }

  /** Adds to a counter or to a gauge that sums. */
  add(slot: number, field: number, amount: number): void {
    const column = this.numbers[field];
    const joining = this.joinings[field];
    if (!column || (joining !== 'counter' && joining !== 'sum')) throw this.#misuse(field, 'added to');
    const value = column[slot] ?? Number.NaN;
    column[slot] = Number.isNaN(value) ? amount : value + amount;
    this.#touch(slot);
  }

  /** Sets a gauge or a text, joined with what is there as declared. */
  set(slot: number, field: number, value: number | string): void {
    const joining = this.joinings[field];
    if (joining === undefined || joining === 'counter' || isSketched(joining)) throw this.#misuse(field, 'set');
    if (joining === 'text') {
      const column = this.texts[field] ?? [];
      column[slot] = String(value).slice(0, maxTextLength);
    } else {
      const column = this.numbers[field] ?? new Float64Array(0);
      column[slot] = joined(joining, column[slot] ?? Number.NaN, Number(value));
    }
    this.#touch(slot);
  }

  /** Adds a value to a distinct count. */
  distinct(slot: number, field: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.joinings[field] !== 'distinct') throw this.#misuse(field, 'counted distinct values in');
    const column = this.sketches[field] ?? [];
    const sketch = (column[slot] ??= new DistinctSketch());
    if (sketch instanceof DistinctSketch) sketch.add(bytes, start, end);
    this.#touch(slot);
  }

  /** Adds a value to a quantile. */
  observe(slot: number, field: number, value: number): void {
    if (this.joinings[field] !== 'quantile') throw this.#misuse(field, 'observed');
    const column = this.sketches[field] ?? [];
    const sketch = (column[slot] ??= new QuantileSketch(quantileOf(this.measurement, field)));
    if (sketch instanceof QuantileSketch) sketch.add(value);
    this.#touch(slot);
  }

  /** The value of a field, or undefined. */
  value(slot: number, field: number): CellValue | undefined {
    const joining = this.joinings[field];
    if (joining === 'text') return this.texts[field]?.[slot];
    if (isSketched(joining)) return this.sketches[field]?.[slot];
    const value = this.numbers[field]?.[slot];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }

  /** Puts a value where it replaces what is there. A value of the wrong sort is left out. */
  assign(slot: number, field: number, value: CellValue | undefined): void {
    const joining = this.joinings[field];
    if (joining === 'text') {
      if (typeof value !== 'string' && value !== undefined) return;
      const column = this.texts[field];
      if (column) column[slot] = value;
    } else if (isSketched(joining)) {
      const isRight = joining === 'distinct' ? value instanceof DistinctSketch : value instanceof QuantileSketch;
      if (!isRight && value !== undefined) return;
      const column = this.sketches[field];
      if (column) column[slot] = value as Sketch | undefined;
    } else {
      if (typeof value !== 'number' && value !== undefined) return;
      const column = this.numbers[field];
      if (column) column[slot] = value ?? Number.NaN;
    }
  }

  /** Adds an earlier value of the same bucket, one that was flushed, beneath what came since. */
  addBase(slot: number, field: number, base: CellValue): void {
    const joining = this.joinings[field];
    const later = this.value(slot, field);
    if (later === undefined) this.assign(slot, field, base);
    else if (typeof base === 'number' && typeof later === 'number' && joining !== undefined) {
      this.assign(slot, field, joining === 'counter' ? base + later : joined(joining, base, later));
    } else if (base instanceof DistinctSketch && later instanceof DistinctSketch) later.merge(base);
    else if (base instanceof QuantileSketch && later instanceof QuantileSketch) later.merge(base);
    if (joining === 'counter' && typeof base === 'number') this.setFlushed(slot, field, base);
  }

  /** The value of a counter in the last flush; undefined before the first and for all other fields. */
  flushedValue(slot: number, field: number): number | undefined {
    const value = this.flushed[field]?.[slot];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }

  setFlushed(slot: number, field: number, value: number): void {
    const column = this.flushed[field];
    if (this.joinings[field] === 'counter' && column) column[slot] = value;
  }

  /** Says that everything in the cell has been in a flush. */
  markFlushed(slot: number): void {
    for (let field = 0; field < this.joinings.length; field++) {
      if (this.joinings[field] !== 'counter') continue;
      const column = this.flushed[field];
      if (column) column[slot] = this.numbers[field]?.[slot] ?? Number.NaN;
    }
    this.setState(slot, (this.states[slot] ?? 0) & ~cellState.changed);
  }

  setState(slot: number, state: number): void {
    const before = this.states[slot] ?? 0;
    this.changed += (state & cellState.changed) - (before & cellState.changed);
    this.states[slot] = state;
  }

  /** Closes a cell; the last one moves to its slot. */
  remove(slot: number): void {
    this.setState(slot, 0);
    this.#leave(slot);
    const owner = this.owners[slot];
    if (owner) owner.openCells--;
    const last = --this.count;
    if (slot !== last) {
      this.#index[this.#placeOfSlot(last)] = slot + 1;
      this.starts[slot] = this.starts[last] ?? 0;
      this.states[slot] = this.states[last] ?? 0;
      const moved = this.owners[last];
      if (moved) this.owners[slot] = moved;
      for (let field = 0; field < this.joinings.length; field++) {
        for (const columns of [this.numbers, this.flushed]) {
          const column = columns[field];
          if (column && column.length > 0) column[slot] = column[last] ?? Number.NaN;
        }
        if (this.joinings[field] === 'text') move(this.texts[field], last, slot);
        if (isSketched(this.joinings[field])) move(this.sketches[field], last, slot);
      }
    }
    // Lists are as long as there are cells; `pop` is much faster than setting a length.
    this.owners.pop();
    for (let field = 0; field < this.joinings.length; field++) {
      if (this.joinings[field] === 'text') this.texts[field]?.pop();
      if (isSketched(this.joinings[field])) this.sketches[field]?.pop();
    }
  }

  /** Gives memory back after many cells were closed. */
  shrink(): void {
    const capacity = Math.max(smallest, 2 ** Math.ceil(Math.log2(2 * this.count + 1)));
    if (this.starts.length >= 4 * capacity) this.#resize(capacity);
  }

  #touch(slot: number): void {
    const state = this.states[slot] ?? 0;
    if ((state & cellState.changed) === 0) this.changed++;
    this.states[slot] = (state | cellState.changed) & ~cellState.sealing;
  }

  #clear(field: number, slot: number): void {
    const joining = this.joinings[field];
    if (joining === 'text') this.assign(slot, field, undefined);
    else if (isSketched(joining)) this.assign(slot, field, undefined);
    else {
      const numbers = this.numbers[field];
      if (numbers) numbers[slot] = Number.NaN;
      const flushed = this.flushed[field];
      if (flushed && flushed.length > 0) flushed[slot] = Number.NaN;
    }
  }

  #enter(slot: number): void {
    const index = this.#index;
    const mask = index.length - 1;
    let place = placeOf(this.owners[slot]?.id ?? 0, this.starts[slot] ?? 0) & mask;
    while (index[place] !== 0) place = (place + 1) & mask;
    index[place] = slot + 1;
  }

  #placeOfSlot(slot: number): number {
    const index = this.#index;
    const mask = index.length - 1;
    let place = placeOf(this.owners[slot]?.id ?? 0, this.starts[slot] ?? 0) & mask;
    while (index[place] !== slot + 1) place = (place + 1) & mask;
    return place;
  }

  /** Takes a slot out of the index and moves back what stands behind it, so that no search meets a hole. */
  #leave(slot: number): void {
    const index = this.#index;
    const mask = index.length - 1;
    let hole = this.#placeOfSlot(slot);
    for (let place = (hole + 1) & mask; index[place] !== 0; place = (place + 1) & mask) {
      const other = (index[place] ?? 0) - 1;
      const home = placeOf(this.owners[other]?.id ?? 0, this.starts[other] ?? 0) & mask;
      // Only an entry whose search passes the hole may move there.
      if (((place - home) & mask) < ((place - hole) & mask)) continue;
      index[hole] = other + 1;
      hole = place;
    }
    index[hole] = 0;
  }

  #resize(capacity: number): void {
    this.starts = resized(this.starts, capacity);
    const states = new Uint8Array(capacity);
    states.set(this.states.subarray(0, Math.min(capacity, this.states.length)));
    this.states = states;
    for (const columns of [this.numbers, this.flushed]) {
      for (const [field, column] of columns.entries()) {
        if (column.length > 0) columns[field] = resized(column, capacity);
      }
    }
    this.#index = new Int32Array(2 * capacity);
    for (let slot = 0; slot < this.count; slot++) this.#enter(slot);
  }

  #misuse(field: number, what: string): Error {
    const { name, fieldNames } = this.measurement;
    return new Error(`${name}: the field ${fieldNames[field] ?? field} cannot be ${what}`);
  }
}

function isSketched(joining: Joining | undefined): joining is 'distinct' | 'quantile' {
  return joining === 'distinct' || joining === 'quantile';
}

function quantileOf({ fields, fieldNames }: Measurement, field: number): number {
  return fields[fieldNames[field] ?? '']?.quantile ?? 0.5;
}

function joiningOf(measurement: Measurement, name: string): Joining {
  const field = measurement.fields[name];
  if (!field) throw new Error(`${measurement.name} has no field ${name}`);
  return field.kind === 'gauge' ? field.merge : field.kind;
}

function joined(joining: Joining, before: number, value: number): number {
  if (Number.isNaN(before)) return value;
  if (joining === 'min') return Math.min(before, value);
  if (joining === 'max') return Math.max(before, value);
  return joining === 'sum' ? before + value : value;
}

function resized(column: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(capacity);
  result.set(column.subarray(0, Math.min(capacity, column.length)));
  return result;
}

function move(column: unknown[] | undefined, from: number, to: number): void {
  if (column) column[to] = column[from];
}

function placeOf(id: number, start: number): number {
  let mixed = Math.imul(id | 0, 0x9e3779b1) ^ Math.imul(start | 0, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
