// The two time stamps of lines with events: `yyyymmdd:HHMMSSmmm` of ecs files (ecs 2) and `Mon dd HH:MM:SS` of syslog
// files, which lacks the year (ecs 3.2). "Local" is the wall clock reading written as if it were UTC milliseconds.
import type { JsonValue, LogFile } from '../../model/family.ts';
import { isDay, nearestYear } from '../../model/zone.ts';
import type { LocalClock } from '../../model/zone.ts';
import { isDigit } from './forms.ts';

/** Length of an ecs stamp in bytes. */
export const stampLength = 18;
/** Length of a syslog stamp in bytes. */
const syslogLength = 15;
/** Files whose last year-less date is remembered; beyond it the one not used for longest is forgotten. */
const rememberedFiles = 64;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Where the text of a line begins: after a byte-order mark or a run of NULs left by a truncation. */
export function textStart(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  if (bytes[position] === 0xef && bytes[position + 1] === 0xbb && bytes[position + 2] === 0xbf) position += 3;
  while (position < end && bytes[position] === 0) position++;
  return Math.min(position, end);
}

function digitsAt(bytes: Uint8Array, from: number, count: number): number {
  let value = 0;
  for (let position = from; position < from + count; position++) {
    const byte = bytes[position];
    if (byte === undefined || !isDigit(byte)) return Number.NaN;
    value = value * 10 + byte - 0x30;
  }
  return value;
}

/** A local time as `yyyymmdd:HHMMSSmmm`. */
export function stampText(localMs: number): string {
  const digits = new Date(localMs).toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}:${digits.slice(8)}`;
}

/** The local times of ecs stamps; the day is converted once as long as it stays the same. */
export class EcsStamps {
  #date = Number.NaN;
  #dayMs = Number.NaN;

  /** Local time of the stamp at `start`, or NaN when there is none or no such moment exists. */
  localMs(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < stampLength || bytes[start + 8] !== 0x3a) return Number.NaN;
    const date = digitsAt(bytes, start, 8);
    const time = digitsAt(bytes, start + 9, 9);
    if (date !== this.#date) {
      const year = Math.floor(date / 10_000);
      const month = Math.floor(date / 100) % 100;
      this.#date = date;
      this.#dayMs = year >= 1970 && isDay(year, month, date % 100) ? Date.UTC(year, month - 1, date % 100) : Number.NaN;
    }
    const hour = Math.floor(time / 10_000_000);
    const minute = Math.floor(time / 100_000) % 100;
    const second = Math.floor(time / 1000) % 100;
    if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
    return this.#dayMs + ((hour * 60 + minute) * 60 + second) * 1000 + (time % 1000);
  }
}

/** The local times of syslog stamps, with the year that puts them nearest to the line before (engine 2.3). */
export class SyslogStamps {
  readonly #toLocal: (utcMs: number) => number;
  #previous = new Map<string, number>();

  /** `toLocal` converts the modification time of a file, the reference for its first line. */
  constructor(toLocal: (utcMs: number) => number) {
    this.#toLocal = toLocal;
  }

  /** Local time of the stamp at `start`, or NaN when there is none. */
  localMs(bytes: Uint8Array, start: number, end: number, file: LogFile): number {
    if (!isSyslogStamp(bytes, start, end)) return Number.NaN;
    const month = months.indexOf(String.fromCharCode(bytes[start] ?? 0, bytes[start + 1] ?? 0, bytes[start + 2] ?? 0));
    const isPadded = bytes[start + 4] === 0x20;
    const day = digitsAt(bytes, start + (isPadded ? 5 : 4), isPadded ? 1 : 2);
    const hour = digitsAt(bytes, start + 7, 2);
    const minute = digitsAt(bytes, start + 10, 2);
    const second = digitsAt(bytes, start + 13, 2);
    if (!(month >= 0 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
    const known = this.#previous.get(file.path);
    const reference = known ?? this.#toLocal(file.modifiedMs);
    const localMs = nearestYear(month + 1, day, ((hour * 60 + minute) * 60 + second) * 1000, reference);
    if (localMs === undefined) return Number.NaN;
    if (known === undefined && this.#previous.size >= rememberedFiles) {
      for (const path of this.#previous.keys()) {
        this.#previous.delete(path);
        break;
      }
    }
    this.#previous.set(file.path, localMs);
    return localMs;
  }

  /** The last date of each file. */
  snapshot(): JsonValue {
    return [...this.#previous];
  }

  /** Takes back a snapshot; throws when it is none. */
  restore(state: JsonValue): void {
    if (!Array.isArray(state)) throw new Error('no dates of files');
    this.#previous = new Map(
      state.map((entry: unknown) => {
        const [path, localMs] = Array.isArray(entry) ? (entry as unknown[]) : [];
        if (typeof path !== 'string' || typeof localMs !== 'number') throw new Error('no date of a file');
        return [path, localMs];
      }),
    );
  }
}

/** True when the line has the shape of a syslog stamp: a letter, and blanks and colons where they belong. */
export function isSyslogStamp(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] ?? 0;
  return (
    end - start >= syslogLength &&
    first >= 0x41 &&
    first <= 0x5a &&
    bytes[start + 3] === 0x20 &&
    bytes[start + 6] === 0x20 &&
    bytes[start + 9] === 0x3a &&
    bytes[start + 12] === 0x3a
  );
}

/** The event time of lines with either stamp, in UTC, for one source. */
export class EventTimes {
  readonly #clock: LocalClock;
  readonly #ecs = new EcsStamps();
  readonly #syslog: SyslogStamps;
  #localSecond = Number.NaN;
  #utcSecond = Number.NaN;

  constructor(clock: LocalClock) {
    this.#clock = clock;
    this.#syslog = new SyslogStamps((utcMs) => clock.toLocal(utcMs));
  }

  /** Epoch milliseconds of the line's stamp, or NaN when it has none that exists. */
  utcMs(bytes: Uint8Array, start: number, end: number, file: LogFile): number {
    const from = textStart(bytes, start, end);
    const localMs = isSyslogStamp(bytes, from, end)
      ? this.#syslog.localMs(bytes, from, end, file)
      : this.#ecs.localMs(bytes, from, end);
    if (Number.isNaN(localMs)) return localMs;
    const milliseconds = localMs % 1000;
    const second = localMs - milliseconds;
    if (second !== this.#localSecond) {
      this.#utcSecond = this.#clock.toUtc(second);
      this.#localSecond = second;
    }
    return this.#utcSecond + milliseconds;
  }

  /** What must be kept over a restart. */
  snapshot(): JsonValue {
    return { clock: this.#clock.snapshot(), files: this.#syslog.snapshot() };
  }

  /** Takes back a snapshot; throws when it is none. */
  restore(state: JsonValue): void {
    const { clock, files } = (state ?? {}) as Record<string, JsonValue>;
    this.#clock.restore(clock ?? null);
    this.#syslog.restore(files ?? null);
    this.#localSecond = Number.NaN;
  }
}
