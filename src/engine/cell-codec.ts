// One cell as bytes, for commit records, snapshots and sealed values alike. Fields are written under codes that a
// measurement never uses twice, and every value says of which sort it is, so state outlives changes of the catalogue.
import type { ByteReader, ByteWriter } from './bucket-codec.ts';
import { DamagedStateError } from './bucket-codec.ts';
import { cellState } from './cells.ts';
import type { CellTable, CellValue } from './cells.ts';
import { DistinctSketch } from './distinct.ts';
import { QuantileSketch } from './quantile.ts';

/** The sorts of values, the lowest two bits of a field's key. */
const sort = { number: 0, text: 1, distinct: 2, quantile: 3 } as const;
/** Bits of the state that are kept; `sealing` is true only during a flush. */
const keptState = cellState.changed | cellState.needsBase | cellState.reopened;

/** Where the codes of a table's fields are: index of fieldNames to code, and back (-1: not declared any more). */
export interface FieldCodes {
  readonly codes: readonly number[];
  readonly indexes: readonly number[];
}

/** A cell that was read; the same object is filled again and again. */
export interface DecodedCell {
  state: number;
  seriesId: number;
  start: number;
  /** Parallel lists; codes of fields that were present. */
  readonly codes: number[];
  readonly values: CellValue[];
  /** What was flushed of each value, for counters of cells that have changed since. */
  readonly flushed: (number | undefined)[];
}

/** An empty one to read into. */
export function decodedCell(): DecodedCell {
  return { state: 0, seriesId: 0, start: 0, codes: [], values: [], flushed: [] };
}

/**
 * Writes cells one behind the other; the list ends with `end`. Starts are written as differences to the cell before.
 * A cell with the bit `changed` is written with what was flushed of it.
 */
export class CellListWriter {
  readonly writer: ByteWriter;
  #previousStart: number;

  constructor(writer: ByteWriter, originMs: number) {
    this.writer = writer;
    this.#previousStart = originMs;
  }

  /** `state` are the bits to write; they need not be those of the table. */
  write(table: CellTable, slot: number, state: number, { codes }: FieldCodes): void {
    const writer = this.writer;
    let present = 0;
    for (let field = 0; field < codes.length; field++) if (table.value(slot, field) !== undefined) present++;
    const start = table.starts[slot] ?? 0;
    writer.unsigned(present * 8 + (state & keptState) + 8);
    writer.unsigned(table.owners[slot]?.id ?? 0);
    writer.signed(start - this.#previousStart);
    this.#previousStart = start;
    for (let field = 0; field < codes.length; field++) {
      const value = table.value(slot, field);
      if (value === undefined) continue;
      const key = (codes[field] ?? 0) * 4;
      if (typeof value === 'number') {
        writer.unsigned(key + sort.number);
        writer.number(value);
        if ((state & cellState.changed) !== 0) writeFlushed(writer, table.flushedValue(slot, field));
      } else if (typeof value === 'string') {
        writer.unsigned(key + sort.text);
        writer.text(value);
      } else {
        writer.unsigned(key + (value instanceof DistinctSketch ? sort.distinct : sort.quantile));
        value.write(writer);
      }
    }
  }

  end(): void {
    this.writer.unsigned(0);
  }
}

function writeFlushed(writer: ByteWriter, value: number | undefined): void {
  writer.unsigned(value === undefined ? 0 : 1);
  if (value !== undefined) writer.number(value);
}

/** Reads a list that a CellListWriter wrote, from the same origin; calls `visit` for each cell. */
export function readCells(
  reader: ByteReader,
  originMs: number,
  cell: DecodedCell,
  visit: (cell: DecodedCell) => void,
): void {
  let previousStart = originMs;
  for (;;) {
    const head = reader.unsigned();
    if (head === 0) return;
    const present = Math.floor(head / 8) - 1;
    if (present < 0) throw new DamagedStateError('no cell');
    cell.state = head & keptState;
    cell.seriesId = reader.unsigned();
    cell.start = previousStart + reader.signed();
    previousStart = cell.start;
    cell.codes.length = cell.values.length = cell.flushed.length = 0;
    for (let count = 0; count < present; count++) readField(reader, cell);
    visit(cell);
  }
}

function readField(reader: ByteReader, cell: DecodedCell): void {
  const key = reader.unsigned();
  cell.codes.push(Math.floor(key / 4));
  let flushed: number | undefined;
  switch (key % 4) {
    case sort.number:
      cell.values.push(reader.number());
      if ((cell.state & cellState.changed) !== 0 && reader.unsigned() === 1) flushed = reader.number();
      break;
    case sort.text:
      cell.values.push(reader.text());
      break;
    case sort.distinct:
      cell.values.push(DistinctSketch.read(reader));
      break;
    case sort.quantile:
      cell.values.push(QuantileSketch.read(reader));
      break;
    default:
      throw new DamagedStateError('a value of an unknown sort');
  }
  cell.flushed.push(flushed);
}

/** Puts a decoded cell into a slot, replacing what is there: values, what was flushed of them, and the state. */
export function loadCell(table: CellTable, slot: number, cell: DecodedCell, { codes, indexes }: FieldCodes): void {
  for (let field = 0; field < codes.length; field++) table.assign(slot, field, undefined);
  const isChanged = (cell.state & cellState.changed) !== 0;
  for (const [place, code] of cell.codes.entries()) {
    const field = indexes[code] ?? -1;
    const value = cell.values[place];
    if (field < 0 || value === undefined) continue;
    table.assign(slot, field, value);
    const flushed = isChanged ? cell.flushed[place] : value;
    table.setFlushed(slot, field, typeof flushed === 'number' ? flushed : Number.NaN);
  }
  table.setState(slot, cell.state);
}

/** Adds a decoded sealed value beneath what came late. */
export function addBaseCell(table: CellTable, slot: number, cell: DecodedCell, { indexes }: FieldCodes): void {
  for (const [place, code] of cell.codes.entries()) {
    const field = indexes[code] ?? -1;
    const value = cell.values[place];
    if (field >= 0 && value !== undefined) table.addBase(slot, field, value);
  }
}
