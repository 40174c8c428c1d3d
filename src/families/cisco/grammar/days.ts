// The calendar in figures: every line has a date or two, and a Date for each of them would cost more than reading it.

const dayMs = 86_400_000;
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days of four centuries; the calendar repeats after them. */
const eraDays = 146_097;
/** Days from 1 March of the year 0 to 1 January 1970. */
const epochDays = 719_468;

/** True for a day of the calendar; `month` counts from 1. */
export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 && isLeap ? 29 : (monthDays[month - 1] ?? 0));
}

/** Epoch milliseconds at which a day begins in UTC; `month` counts from 1. Years begin in March here, so that leap days are last. */
export function dayStartMs(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return (era * eraDays + dayOfEra - epochDays) * dayMs;
}

/** The year of a moment in UTC. */
export function yearOf(ms: number): number {
  const day = Math.floor(ms / dayMs) + epochDays;
  const era = Math.floor(day / eraDays);
  const dayOfEra = day - era * eraDays;
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - (yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  // From 306 days after 1 March on it is January or February of the next year.
  return yearOfEra + era * 400 + (dayOfYear >= 306 ? 1 : 0);
}
