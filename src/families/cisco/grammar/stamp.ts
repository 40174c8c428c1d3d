// The time stamps of cisco lines as bytes (cisco 4.1): dates with and without year, ISO 8601, 12-hour clocks, clock marks,
// zones, and the time since boot. Reading them only; what moment they mean is decided in event-times.ts. Above
// 300 lines: the forms share their parts, and differ in a few bytes.
import { digitsAt, hasText, isBlank, isDigit, isLetter, skipBlanks, WordPool } from './bytes.ts';
import { isDay } from './days.ts';

/** What is known of the clock that wrote a stamp (cisco 4.2). */
export type StampQuality = 'ntp' | 'stale' | 'unset' | 'uptime' | 'arrival';

/** A stamp as read. */
export interface Stamp {
  kind: 'none' | 'date' | 'uptime';
  quality: StampQuality;
  /** 0 when the stamp has none. */
  year: number;
  /** From 1. */
  month: number;
  day: number;
  timeOfDayMs: number;
  /** True when the stamp has fractions of a second. */
  hasFraction: boolean;
  /** Zone as written, empty when there is none. */
  zone: string;
  /** Minutes east of UTC when the stamp says so in figures, else NaN. */
  offsetMinutes: number;
  /** Time since boot, for `uptime`. */
  uptimeMs: number;
  /** A coarse uptime (`20w2d`) serves only to recognise a boot. */
  isCoarse: boolean;
  /** Position after the stamp. */
  end: number;
}

/** An empty stamp, to be filled by `readStamp`. */
export function newStamp(): Stamp {
  return {
    kind: 'none',
    quality: 'arrival',
    year: 0,
    month: 0,
    day: 0,
    timeOfDayMs: 0,
    hasFraction: false,
    zone: '',
    offsetMinutes: Number.NaN,
    uptimeMs: 0,
    isCoarse: false,
    end: 0,
  };
}

/** Makes the stamp empty. */
export function clearStamp(stamp: Stamp): void {
  stamp.kind = 'none';
  stamp.quality = 'arrival';
  stamp.zone = '';
  stamp.offsetMinutes = Number.NaN;
}

/** Copies one stamp over another. */
export function copyStamp(from: Stamp, to: Stamp): void {
  to.kind = from.kind;
  to.quality = from.quality;
  to.year = from.year;
  to.month = from.month;
  to.day = from.day;
  to.timeOfDayMs = from.timeOfDayMs;
  to.hasFraction = from.hasFraction;
  to.zone = from.zone;
  to.offsetMinutes = from.offsetMinutes;
  to.uptimeMs = from.uptimeMs;
  to.isCoarse = from.isCoarse;
  to.end = from.end;
}

const hourMs = 3_600_000;
/** Zones as written; there are few, and nearly all stamps have one. */
const zoneWords = new WordPool(1000);

const monthOfKey = new Map(
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].map(
    (name, index) => [key(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2)), index + 1] as const,
  ),
);

function key(first: number, second: number, third: number): number {
  return ((first | 0x20) << 16) | ((second | 0x20) << 8) | (third | 0x20);
}

/** Month (from 1) named by the three letters at `from`, or 0. */
function monthAt(bytes: Uint8Array, from: number, end: number): number {
  if (from + 3 >= end || !isLetter(bytes[from])) return 0;
  return monthOfKey.get(key(bytes[from] ?? 0, bytes[from + 1] ?? 0, bytes[from + 2] ?? 0)) ?? 0;
}

/** Position after `hh:mm:ss[.f]` at `from` with the time put into `stamp`, or -1. */
function readTime(bytes: Uint8Array, from: number, end: number, stamp: Stamp): number {
  let position = from;
  let hour = digitsAt(bytes, position, 2, end);
  if (hour >= 0 && bytes[position + 2] === 0x3a) position += 3;
  else {
    hour = digitsAt(bytes, position, 1, end);
    if (hour < 0 || bytes[position + 1] !== 0x3a) return -1;
    position += 2;
  }
  const minute = digitsAt(bytes, position, 2, end);
  const second = digitsAt(bytes, position + 3, 2, end);
  if (minute < 0 || second < 0 || bytes[position + 2] !== 0x3a) return -1;
  if (hour > 23 || minute > 59 || second > 60) return -1;
  position += 5;
  let fraction = 0;
  stamp.hasFraction = false;
  if ((bytes[position] === 0x2e || bytes[position] === 0x2c) && isDigit(bytes[position + 1])) {
    let scale = 100;
    stamp.hasFraction = true;
    for (position++; position < end && isDigit(bytes[position]); position++) {
      fraction += ((bytes[position] ?? 0x30) - 0x30) * scale;
      scale /= 10;
    }
  }
  stamp.timeOfDayMs = hour * hourMs + minute * 60_000 + second * 1000 + Math.floor(fraction + 1e-6);
  return position;
}

/** Position after AM or PM when one stands behind a blank at `from`; else `from`. */
function readHalfDay(bytes: Uint8Array, from: number, end: number, stamp: Stamp): number {
  const at = skipBlanks(bytes, from, end);
  const letter = (bytes[at] ?? 0) | 0x20;
  const isHalf = at > from && (letter === 0x61 || letter === 0x70) && ((bytes[at + 1] ?? 0) | 0x20) === 0x6d;
  if (!isHalf || isLetter(bytes[at + 2]) || isDigit(bytes[at + 2])) return from;
  const hour = Math.floor(stamp.timeOfDayMs / hourMs);
  if (hour > 12) return from;
  const shift = (letter === 0x70 ? 12 : 0) + (hour % 12) - hour;
  stamp.timeOfDayMs += shift * hourMs;
  return at + 2;
}

/**
 * Position after a zone that stands behind a blank at `from` and is followed by a colon; else `from`. A zone is a word of
 * letters (`UTC`, `VIENNA`), a figure (`+02:00`) or both (`UTC+07:30`).
 */
export function readZone(bytes: Buffer, from: number, end: number, stamp: Stamp): number {
  const begin = skipBlanks(bytes, from, end);
  if (begin === from && !isSign(bytes[begin]) && bytes[begin] !== 0x5a) return from;
  let position = begin;
  while (position < end && position - begin < 32 && isLetter(bytes[position])) position++;
  let offset = Number.NaN;
  if (isSign(bytes[position])) {
    const sign = bytes[position] === 0x2d ? -1 : 1;
    let hours = digitsAt(bytes, position + 1, 2, end);
    let length = 2;
    if (hours < 0) {
      hours = digitsAt(bytes, position + 1, 1, end);
      length = 1;
    }
    if (hours >= 0 && hours <= 14) {
      position += 1 + length;
      let minutes = 0;
      const colon = bytes[position] === 0x3a ? 1 : 0;
      const read = digitsAt(bytes, position + colon, 2, end);
      if (read >= 0 && read <= 59) {
        minutes = read;
        position += colon + 2;
      }
      offset = sign * (hours * 60 + minutes);
    }
  }
  if (position === begin) return from;
  const after = skipBlanks(bytes, position, end);
  if (bytes[after] !== 0x3a) return from;
  const isUtc = position - begin === 3 && hasText(bytes, 'UTC', begin, position);
  stamp.zone = isUtc ? 'UTC' : zoneWords.word(bytes, begin, position);
  stamp.offsetMinutes = offset;
  return position;
}

function isSign(byte: number | undefined): boolean {
  return byte === 0x2b || byte === 0x2d;
}

/** Position after `T`-form dates (`2024-11-14T08:30:56.2+01:00`), or -1. */
export function readIso(bytes: Buffer, from: number, end: number, stamp: Stamp): number {
  const year = digitsAt(bytes, from, 4, end);
  if (year < 1970 || bytes[from + 4] !== 0x2d || bytes[from + 7] !== 0x2d) return -1;
  const month = digitsAt(bytes, from + 5, 2, end);
  const day = digitsAt(bytes, from + 8, 2, end);
  const between = bytes[from + 10];
  if (!(between === 0x54 || between === 0x74 || between === 0x20) || !isDay(year, month, day)) return -1;
  let position = readTime(bytes, from + 11, end, stamp);
  if (position < 0) return -1;
  stamp.kind = 'date';
  stamp.quality = 'ntp';
  stamp.year = year;
  stamp.month = month;
  stamp.day = day;
  stamp.zone = '';
  stamp.offsetMinutes = Number.NaN;
  const byte = bytes[position];
  if (byte === 0x5a || byte === 0x7a) {
    stamp.offsetMinutes = 0;
    position++;
  } else if (isSign(byte)) {
    const hours = digitsAt(bytes, position + 1, 2, end);
    const colon = bytes[position + 3] === 0x3a ? 1 : 0;
    const minutes = digitsAt(bytes, position + 3 + colon, 2, end);
    if (hours < 0 || minutes < 0) return -1;
    stamp.offsetMinutes = (byte === 0x2d ? -1 : 1) * (hours * 60 + minutes);
    position += 5 + colon;
  }
  stamp.end = position;
  return position;
}

/** Position after `Mmm d [yyyy] hh:mm:ss` or `yyyy Mmm d hh:mm:ss` (no mark, no zone), or -1. */
export function readDate(bytes: Buffer, from: number, end: number, stamp: Stamp): number {
  let position = from;
  let year = 0;
  if (isDigit(bytes[position])) {
    year = digitsAt(bytes, position, 4, end);
    if (year < 1970 || !isBlank(bytes[position + 4])) return -1;
    position = skipBlanks(bytes, position + 4, end);
  }
  const month = monthAt(bytes, position, end);
  if (month === 0 || !isBlank(bytes[position + 3])) return -1;
  position = skipBlanks(bytes, position + 3, end);
  let day = digitsAt(bytes, position, 2, end);
  position += 2;
  if (day < 0) {
    day = digitsAt(bytes, position - 2, 1, end);
    position--;
  }
  if (day < 1 || day > 31 || !isBlank(bytes[position])) return -1;
  position = skipBlanks(bytes, position, end);
  if (year === 0 && isBlank(bytes[position + 4])) {
    const read = digitsAt(bytes, position, 4, end);
    if (read >= 1970) {
      year = read;
      position = skipBlanks(bytes, position + 4, end);
    }
  }
  // The 29th of February is left to the search for a leap year when no year is given.
  if (!isDay(year === 0 ? 2000 : year, month, day)) return -1;
  position = readTime(bytes, position, end, stamp);
  if (position < 0) return -1;
  stamp.kind = 'date';
  stamp.quality = 'ntp';
  stamp.year = year;
  stamp.month = month;
  stamp.day = day;
  stamp.zone = '';
  stamp.offsetMinutes = Number.NaN;
  position = readHalfDay(bytes, position, end, stamp);
  stamp.end = position;
  return position;
}

const unitMs: Readonly<Record<string, number>> = {
  y: 365 * 24 * hourMs,
  w: 7 * 24 * hourMs,
  d: 24 * hourMs,
  h: hourMs,
};

/** Position after a time since boot (`3:40:21`, `00:01:01`, `20w2d`, `2y10w`, `1d05h`), or -1. */
export function readUptime(bytes: Buffer, from: number, end: number, stamp: Stamp): number {
  let position = from;
  let value = 0;
  while (position < end && isDigit(bytes[position]) && position - from < 4) {
    value = value * 10 + (bytes[position] ?? 0x30) - 0x30;
    position++;
  }
  if (position === from) return -1;
  if (bytes[position] === 0x3a) {
    const minute = digitsAt(bytes, position + 1, 2, end);
    const second = digitsAt(bytes, position + 4, 2, end);
    if (minute < 0 || second < 0 || minute > 59 || second > 59 || bytes[position + 3] !== 0x3a) return -1;
    stamp.uptimeMs = value * hourMs + minute * 60_000 + second * 1000;
    stamp.isCoarse = false;
    position += 6;
  } else {
    const first = unitMs[String.fromCharCode(bytes[position] ?? 0)];
    if (first === undefined) return -1;
    let second = 0;
    let at = position + 1;
    while (at < end && isDigit(bytes[at]) && at - position < 4) {
      second = second * 10 + (bytes[at] ?? 0x30) - 0x30;
      at++;
    }
    const unit = unitMs[String.fromCharCode(bytes[at] ?? 0)];
    if (at === position + 1 || unit === undefined || unit >= first) return -1;
    stamp.uptimeMs = value * first + second * unit;
    stamp.isCoarse = true;
    position = at + 1;
  }
  stamp.kind = 'uptime';
  stamp.quality = 'uptime';
  stamp.zone = '';
  stamp.end = position;
  return position;
}

/** Position after any stamp with its mark and zone at `from`, or -1 when none stands there. */
export function readStamp(bytes: Buffer, from: number, end: number, stamp: Stamp): number {
  const byte = bytes[from];
  const isMarked = byte === 0x2a || byte === 0x2e;
  const begin = isMarked ? from + 1 : from;
  let position = readDate(bytes, begin, end, stamp);
  if (position < 0) position = readIso(bytes, begin, end, stamp);
  if (position >= 0) {
    if (byte === 0x2a) stamp.quality = 'unset';
    else if (byte === 0x2e) stamp.quality = 'stale';
    if (Number.isNaN(stamp.offsetMinutes)) position = readZone(bytes, position, end, stamp);
    stamp.end = position;
    return position;
  }
  return readUptime(bytes, begin, end, stamp);
}
