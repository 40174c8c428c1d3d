// Offsets from UTC by quarter of an hour, remembered, and local stamps read with the help of a moment that is known.
import { isZone, LocalClock } from '../../../model/zone.ts';

const quarterMs = 900_000;

/** One IANA zone. */
class ZoneOffsets {
  readonly #clock: LocalClock;
  readonly #offsets = new Map<number, number>();
  #lastQuarter = Number.NaN;
  #lastOffset = 0;

  constructor(zone: string) {
    this.#clock = new LocalClock(zone);
  }

  at(utcMs: number): number {
    const quarter = Math.floor(utcMs / quarterMs);
    if (quarter === this.#lastQuarter) return this.#lastOffset;
    let offset = this.#offsets.get(quarter);
    if (offset === undefined) {
      if (this.#offsets.size > 20_000) this.#offsets.clear();
      offset = this.#clock.toLocal(quarter * quarterMs) - quarter * quarterMs;
      this.#offsets.set(quarter, offset);
    }
    this.#lastQuarter = quarter;
    this.#lastOffset = offset;
    return offset;
  }
}

/** All zones that the stamps of a log name. */
export class Zones {
  /** Stamps whose zone is in no map. */
  unknown = 0;
  readonly #zones = new Map<string, ZoneOffsets>();
  readonly #map: ReadonlyMap<string, string>;
  readonly #default: string;
  /** The last question of `resolve`: most stamps of a log name the same zone. */
  #lastAbbreviation = '';
  #lastMapped: string | undefined;

  /** `map` gives IANA names for the abbreviations of stamps (upper case); `byDefault` is an IANA name. */
  constructor(map: ReadonlyMap<string, string>, byDefault: string) {
    this.#map = map;
    this.#default = byDefault;
  }

  /** IANA name for the zone of a stamp; counts abbreviations that are in no map. */
  resolve(abbreviation: string, ofDevice: string | undefined): string {
    const own = ofDevice ?? this.#default;
    if (abbreviation === '') return own;
    if (abbreviation !== this.#lastAbbreviation) {
      this.#lastAbbreviation = abbreviation;
      this.#lastMapped = this.#mapped(abbreviation.toUpperCase());
    }
    if (this.#lastMapped !== undefined) return this.#lastMapped;
    this.unknown++;
    return own;
  }

  #mapped(upper: string): string | undefined {
    const isUtc = upper === 'UTC' || upper === 'GMT' || upper === 'Z';
    return this.#map.get(upper) ?? (isUtc ? 'UTC' : undefined);
  }

  /** Offset from UTC in milliseconds at a moment. */
  offsetAt(zone: string, utcMs: number): number {
    if (zone === 'UTC') return 0;
    let offsets = this.#zones.get(zone);
    if (!offsets) {
      offsets = new ZoneOffsets(isZone(zone) ? zone : 'UTC');
      this.#zones.set(zone, offsets);
    }
    return offsets.at(utcMs);
  }

  /** UTC of a local time. In the hour that comes twice the pass of `nearMs` is meant. */
  toUtc(zone: string, localMs: number, nearMs: number): number {
    if (zone === 'UTC' || Number.isNaN(localMs)) return localMs;
    const guess = localMs - this.offsetAt(zone, nearMs);
    if (Math.abs(guess - nearMs) < quarterMs) return guess;
    return localMs - this.offsetAt(zone, guess);
  }
}
