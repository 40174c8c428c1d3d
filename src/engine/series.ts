// The series of one measurement: found quickly by their tag values, limited in number (engine 3.6). A series stays
// known for the late horizon after its last use, so that a late line meets the same series as the lines before it;
// then it is forgotten, and its values make room for others. What is forgotten when is decided by the caller.
import type { Measurement } from '../model/catalogue.ts';
import { otherValue } from '../model/catalogue.ts';
import type { Series } from '../model/family.ts';
import { seriesHead, storedTag } from '../model/line-protocol.ts';
import type { CellOwner, CellTable } from './cells.ts';

interface TagValue {
  readonly text: string;
  readonly number: number;
  /** Series that have it. */
  uses: number;
}

/** A known series, the handle that analyzers keep. It goes on working after it was forgotten. */
export class OpenSeries implements Series, CellOwner {
  readonly measurement: Measurement;
  readonly tags: readonly string[];
  readonly set: SeriesSet;
  readonly values: readonly TagValue[];
  /** True when a limit is the reason for one of its values. */
  readonly isOther: boolean;
  readonly id: number;
  openCells = 0;
  usedHour: number;
  /** False when forgotten: its samples go to the series that is now known by its tags. */
  isKnown = true;
  /** The slot last used; a guess that must be verified. */
  slot = 0;
  /** Next series with the same hash. */
  next: OpenSeries | undefined;
  /** Where the samples of a forgotten series go. */
  successor: OpenSeries | undefined;
  #head: Uint8Array | undefined;

  constructor(set: SeriesSet, id: number, tags: readonly string[], values: readonly TagValue[], usedHour: number) {
    this.measurement = set.measurement;
    this.set = set;
    this.id = id;
    this.tags = tags;
    this.values = values;
    this.usedHour = usedHour;
    this.isOther = tags.includes(otherValue);
  }

  get head(): Uint8Array {
    this.#head ??= Buffer.from(`${seriesHead(this.measurement, [...this.tags, ...this.set.commonValues])} `, 'utf8');
    return this.#head;
  }

  /** Gives back the memory of the head; it is made again when needed. */
  forgetHead(): void {
    this.#head = undefined;
  }
}

/** What a set needs of its surroundings. */
export interface SeriesSetOptions {
  readonly measurement: Measurement;
  readonly cells: CellTable;
  /** Values of the common tags, host and instance. */
  readonly commonValues: readonly string[];
  readonly maxSeries: number;
  /** A number for a new series. */
  nextId(): number;
  /** The hour of event time to which a new series is dated. */
  currentHour(): number;
}

/** All known series of one measurement. */
export class SeriesSet {
  readonly measurement: Measurement;
  readonly cells: CellTable;
  readonly commonValues: readonly string[];
  /** Series that became known since this was last emptied, for the commit record. */
  admitted: OpenSeries[] = [];
  /** The hour in which idle series were last looked for. */
  checkedHour = 0;
  readonly #options: SeriesSetOptions;
  readonly #byHash = new Map<number, OpenSeries>();
  readonly #byId = new Map<number, OpenSeries>();
  readonly #values: Map<string, TagValue>[];
  readonly #limits: readonly number[];
  #nextValue = 1;
  /** Values of the last search. */
  readonly #found: TagValue[] = [];

  constructor(options: SeriesSetOptions) {
    this.#options = options;
    this.measurement = options.measurement;
    this.cells = options.cells;
    this.commonValues = options.commonValues;
    const { tagNames, tags } = options.measurement;
    this.#values = tagNames.map(() => new Map<string, TagValue>());
    this.#limits = tagNames.map((name) => tags[name]?.maxValues ?? 1000);
  }

  /** Number of known series. */
  get size(): number {
    return this.#byId.size;
  }

  all(): Iterable<OpenSeries> {
    return this.#byId.values();
  }

  byId(id: number): OpenSeries | undefined {
    return this.#byId.get(id);
  }

  /** The series of these tag values; beyond a limit that of `__other__`. Missing values are empty, as absent tags are. */
  of(tags: readonly string[]): OpenSeries {
    const known = this.#find(tags);
    if (known) return known;
    // Different values may be stored as the same one; two series must never share a line.
    const stored = this.#values.map((_, place) => storedTag(tags[place] ?? ''));
    const same = this.#find(stored);
    if (same) return same;
    const limited = this.#limit(stored);
    return this.#find(limited) ?? this.#admit(limited, this.#options.nextId(), this.#options.currentHour());
  }

  /** The known series that takes the samples of a handle. */
  attached(handle: OpenSeries): OpenSeries {
    if (handle.isKnown) return handle;
    const successor = handle.successor;
    if (successor?.isKnown === true) return successor;
    handle.successor = this.of(handle.tags);
    return handle.successor;
  }

  /** Takes a series from saved state; undefined when one with these tags is known already. */
  restore(id: number, tags: readonly string[], usedHour: number): OpenSeries | undefined {
    if (this.#find(tags)) return undefined;
    return this.#admit(tags, id, usedHour);
  }

  /** Forgets a series without open cells. */
  forget(series: OpenSeries): void {
    series.isKnown = false;
    series.forgetHead();
    this.#byId.delete(series.id);
    const hash = hashOf(series.values);
    let before: OpenSeries | undefined;
    for (let each = this.#byHash.get(hash); each && each !== series; each = each.next) before = each;
    if (before) before.next = series.next;
    else if (series.next) this.#byHash.set(hash, series.next);
    else this.#byHash.delete(hash);
    series.next = undefined;
    for (const [place, value] of series.values.entries()) {
      if (--value.uses === 0) this.#values[place]?.delete(value.text);
    }
  }

  #find(tags: readonly string[]): OpenSeries | undefined {
    const found = this.#found;
    for (let place = 0; place < this.#values.length; place++) {
      const value = this.#values[place]?.get(tags[place] ?? '');
      if (!value) return undefined;
      found[place] = value;
    }
    for (let series = this.#byHash.get(hashOf(found)); series; series = series.next) {
      if (isSame(series.values, found)) return series;
    }
    return undefined;
  }

  #limit(tags: readonly string[]): readonly string[] {
    if (this.size >= this.#options.maxSeries) return tags.map(() => otherValue);
    return tags.map((tag, place) => {
      const values = this.#values[place];
      if (!values || tag === '' || values.has(tag)) return tag;
      const used = values.size - Number(values.has('')) - Number(values.has(otherValue));
      return used < (this.#limits[place] ?? 0) ? tag : otherValue;
    });
  }

  #admit(tags: readonly string[], id: number, usedHour: number): OpenSeries {
    const values = tags.map((tag, place) => this.#valueOf(tag, place));
    const series = new OpenSeries(
      this,
      id,
      values.map(({ text }) => text),
      values,
      usedHour,
    );
    const hash = hashOf(values);
    series.next = this.#byHash.get(hash);
    this.#byHash.set(hash, series);
    this.#byId.set(id, series);
    this.admitted.push(series);
    return series;
  }

  #valueOf(text: string, place: number): TagValue {
    const values = this.#values[place];
    let value = values?.get(text);
    if (!value) {
      // A copy: the text may be a slice that keeps a whole chunk of the log in memory.
      const own = Buffer.from(text, 'utf8').toString('utf8');
      value = { text: own, number: this.#nextValue++, uses: 0 };
      values?.set(own, value);
    }
    value.uses++;
    return value;
  }
}

function hashOf(values: readonly TagValue[]): number {
  let hash = 0;
  for (let place = 0; place < values.length; place++) {
    hash = Math.imul((hash ^ (values[place]?.number ?? 0)) | 0, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

function isSame(first: readonly TagValue[], second: readonly TagValue[]): boolean {
  for (let place = 0; place < first.length; place++) if (first[place] !== second[place]) return false;
  return true;
}
