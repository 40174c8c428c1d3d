// UTC to the wall clock of a zone, for writing logs (reading them back is model/zone.ts).

/** Offsets change at most on quarter hours. */
const quarterMs = 900_000;

/** The wall clock of one IANA zone. */
export class WallClock {
  readonly #format: Intl.DateTimeFormat;
  #quarter = Number.NaN;
  #offsetMs = 0;

  constructor(timezone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Local date and time of a moment, as `yyyymmddHHMMSS`. */
  digits(timeMs: number): string {
    const quarter = Math.floor(timeMs / quarterMs);
    if (quarter !== this.#quarter) {
      this.#quarter = quarter;
      this.#offsetMs = this.#offset(quarter * quarterMs);
    }
    return new Date(timeMs + this.#offsetMs).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  }

  #offset(timeMs: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(timeMs)) part[type] = Number(value);
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - timeMs;
  }
}
