// Header and title lines of decoded traces (ecs 6.3), and the day of a message: headers have a time and no date, which
// stands in a title line near the top, if anywhere.
import type { JsonValue } from '../../model/family.ts';

/** What the first line of a message says. */
export interface MtaHeader {
  /** `HH:MM:SS.mmm`, local. */
  readonly time: string;
  /** `<--`, `-->` or `==`. */
  readonly arrow: string;
  /** The word behind the arrow, as `DOMAIN`. */
  readonly name: string;
}

/** `   101  09:06:04.785 50 <-- DOMAIN  crv 4_0251`: number, time, type in hex, arrow, name. */
const header =
  /^\s{0,99}\d{1,12}\s{1,99}(\d\d:\d\d:\d\d\.\d{3})\s{1,99}[0-9A-Fa-f]{2}\s{1,99}([<>=-]{2,4})\s{1,99}(\S{1,99})(?:\s|$)/;
/** A title ends with `mm/dd/yy`. */
const titleDate = /(?:^|\s)(\d\d)\/(\d\d)\/(\d\d)\s{0,99}$/;

/** Nothing that matters stands further right. */
export const longestHeader = 1000;
/** The title with the date is near the top. */
const titleLines = 50;
const dayMs = 86_400_000;

/** Reads a header line; undefined for any other. */
export function readMtaHeader(text: string): MtaHeader | undefined {
  const [found, time = '', arrow = '', name = ''] = header.exec(text.slice(0, longestHeader)) ?? [];
  return found === undefined ? undefined : { time, arrow, name };
}

/** Milliseconds since midnight, or NaN for a time that does not exist. */
export function timeOfDay(time: string): number {
  const [hour = 0, minute = 0, second = 0] = time.split(':').map(Number);
  if (hour > 23 || minute > 59 || second >= 60) return Number.NaN;
  return (hour * 3600 + minute * 60) * 1000 + Math.round(second * 1000);
}

/** The days of the messages of one file. */
export class MtaDays {
  #dateMs: number | undefined;
  #seen = 0;
  #timeMs = 0;

  /** `dateMs` is the day of the first message, midnight written as if it were UTC, where it is known. */
  constructor(dateMs?: number) {
    this.#dateMs = dateMs;
  }

  /** True as long as nothing has said the day. */
  get isUnknown(): boolean {
    return this.#dateMs === undefined;
  }

  /** Takes a line before the first message, which may be the title. */
  title(text: string): void {
    if (this.#dateMs !== undefined || this.#seen++ >= titleLines || text.length > longestHeader) return;
    const [, month, day, year] = titleDate.exec(text) ?? [];
    if (month === undefined) return;
    const dateMs = Date.UTC(2000 + Number(year), Number(month) - 1, Number(day));
    const isDay = new Date(dateMs).getUTCDate() === Number(day) && Number(month) >= 1 && Number(month) <= 12;
    if (isDay) this.#dateMs = dateMs;
  }

  /** Takes the day of the next message where the file does not say it. */
  assume(dateMs: number): void {
    this.#dateMs ??= dateMs;
  }

  /** The day of the next message, or undefined: a time that goes back by more than half a day has passed midnight. */
  dayOf(timeMs: number): number | undefined {
    if (this.#dateMs === undefined) return undefined;
    if (timeMs < this.#timeMs - dayMs / 2) this.#dateMs += dayMs;
    this.#timeMs = timeMs;
    return this.#dateMs;
  }

  snapshot(): JsonValue {
    return [this.#dateMs ?? null, this.#seen, this.#timeMs];
  }

  /** Takes back a snapshot; throws when it is none. */
  static restore(state: JsonValue): MtaDays {
    const [dateMs, seen, timeMs] = Array.isArray(state) ? (state as readonly unknown[]) : [];
    const isWhole = typeof seen === 'number' && typeof timeMs === 'number';
    if (!isWhole || (dateMs !== null && typeof dateMs !== 'number')) throw new Error('no days of a trace');
    const days = new MtaDays(dateMs ?? undefined);
    days.#seen = seen;
    days.#timeMs = timeMs;
    return days;
  }
}
