// A quantile of the values of a bucket, within 1 % of a value that was seen: counts in classes whose bounds grow by
// 2 %. Sketches of parts of a bucket join to that of the whole, so late lines and restarts lose nothing.
import type { ByteReader, ByteWriter } from './bucket-codec.ts';
import { DamagedStateError } from './bucket-codec.ts';

/** Classes end at powers of this: the middle of one is within 1 % of all its values. */
const growth = 1.02;
const logGrowth = Math.log(growth);
/** Values beyond belong to the last class: from 1e-9 to 1e15 in all. */
const lowestClass = Math.ceil(Math.log(1e-9) / logGrowth);
const highestClass = Math.ceil(Math.log(1e15) / logGrowth);
/** Zero and everything below stand in a class of their own. */
const zeroClass = lowestClass - 1;
/** The place of a quantile among the values, in thousandths. */
const scale = 1000;

/** Counts values by their size; a few bytes for each different class. */
export class QuantileSketch {
  /** Classes in order, and the number of values in each. */
  #classes = new Int32Array(4);
  #counts = new Float64Array(4);
  #length = 0;
  #total = 0;
  #least = Number.POSITIVE_INFINITY;
  #greatest = Number.NEGATIVE_INFINITY;
  readonly #thousandths: number;

  /** `quantile` from 0 to 1, to three digits: 0.95 is the value that 95 % of all do not exceed. */
  constructor(quantile: number) {
    this.#thousandths = Math.round(quantile * scale);
  }

  /** Adds a value. */
  add(value: number): void {
    this.#count(classOf(value), 1);
    this.#total++;
    this.#least = Math.min(this.#least, value);
    this.#greatest = Math.max(this.#greatest, value);
  }

  /** Adds everything the other sketch has seen. */
  merge(other: QuantileSketch): void {
    for (let index = 0; index < other.#length; index++) {
      this.#count(other.#classes[index] ?? 0, other.#counts[index] ?? 0);
    }
    this.#total += other.#total;
    this.#least = Math.min(this.#least, other.#least);
    this.#greatest = Math.max(this.#greatest, other.#greatest);
  }

  /** The quantile of the values seen; NaN before the first. */
  estimate(): number {
    if (this.#total === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil((this.#thousandths / scale) * this.#total));
    let below = 0;
    let index = 0;
    for (; index < this.#length - 1; index++) {
      below += this.#counts[index] ?? 0;
      if (below >= rank) break;
    }
    const found = this.#classes[index] ?? 0;
    const middle = found === zeroClass ? 0 : (2 * growth ** found) / (growth + 1);
    // Six digits are more than is known.
    return Number(Math.min(this.#greatest, Math.max(this.#least, middle)).toPrecision(6));
  }

  write(writer: ByteWriter): void {
    writer.unsigned(this.#thousandths);
    writer.unsigned(this.#length);
    let previous = zeroClass;
    for (let index = 0; index < this.#length; index++) {
      const own = this.#classes[index] ?? 0;
      writer.unsigned(own - previous);
      writer.unsigned(this.#counts[index] ?? 0);
      previous = own;
    }
    if (this.#length === 0) return;
    writer.number(this.#least);
    writer.number(this.#greatest);
  }

  /** Reads what `write` wrote; throws DamagedStateError for anything else. */
  static read(reader: ByteReader): QuantileSketch {
    const thousandths = reader.unsigned();
    const length = reader.unsigned();
    if (thousandths > scale || length > highestClass - zeroClass + 1) throw new DamagedStateError('no quantile');
    const sketch = new QuantileSketch(thousandths / scale);
    let own = zeroClass;
    for (let index = 0; index < length; index++) {
      const step = reader.unsigned();
      const count = reader.unsigned();
      own += step;
      if ((step === 0 && index > 0) || own > highestClass || count === 0) throw new DamagedStateError('no quantile');
      sketch.#count(own, count);
      sketch.#total += count;
    }
    if (length === 0) return sketch;
    sketch.#least = reader.number();
    sketch.#greatest = reader.number();
    return sketch;
  }

  #count(wanted: number, count: number): void {
    let from = 0;
    let to = this.#length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#classes[middle] ?? 0) < wanted) from = middle + 1;
      else to = middle;
    }
    if (from < this.#length && this.#classes[from] === wanted) {
      this.#counts[from] = (this.#counts[from] ?? 0) + count;
      return;
    }
    if (this.#length === this.#classes.length) this.#grow();
    this.#classes.copyWithin(from + 1, from, this.#length);
    this.#counts.copyWithin(from + 1, from, this.#length);
    this.#classes[from] = wanted;
    this.#counts[from] = count;
    this.#length++;
  }

  #grow(): void {
    const classes = new Int32Array(2 * this.#classes.length);
    const counts = new Float64Array(classes.length);
    classes.set(this.#classes);
    counts.set(this.#counts);
    this.#classes = classes;
    this.#counts = counts;
  }
}

function classOf(value: number): number {
  if (!(value > 0)) return zeroClass;
  return Math.min(highestClass, Math.max(lowestClass, Math.ceil(Math.log(value) / logGrowth)));
}
