// Times that people type: ISO 8601, with a zone or in that of a source.
import { UsageError } from '../model/errors.ts';
import { isDay, LocalClock } from '../model/zone.ts';

/** `2017-04-27`, `2017-04-27T08:44`, `2017-04-27 08:44:10.5`, with `Z` or `+02:00` behind a time of day. */
const timePattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?\s?(?:(Z)|([+-])(\d\d):?(\d\d))?)?$/i;

/** Epoch milliseconds of a typed time; without a zone it is in `timezone`. Throws UsageError, naming `option`. */
export function timeOfText(text: string, timezone: string, option: string): number {
  const [whole, year, month, day, hour = '0', minute = '0', second = '0', part = '', utc, sign, ahead, past] =
    timePattern.exec(text.trim()) ?? [];
  const isTime = Number(hour) <= 24 && Number(minute) <= 59 && Number(second) <= 59;
  if (whole === undefined || !isDay(Number(year), Number(month), Number(day)) || !isTime) {
    throw new UsageError(
      `${option} "${text}" is no time: write 2026-03-01T14:05, 2026-03-01T14:05:30Z, 2026-03-01T14:05+01:00 or 2026-03-01`,
    );
  }
  const localMs =
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) +
    Number(part.padEnd(3, '0'));
  if (utc !== undefined) return localMs;
  if (sign === undefined) return new LocalClock(timezone).toUtc(localMs);
  const offsetMs = (Number(ahead) * 60 + Number(past)) * 60_000;
  return sign === '-' ? localMs + offsetMs : localMs - offsetMs;
}
