// Lengths of time in words, and times told from now, with Grafana's words. Pure.

const parts: readonly (readonly [name: string, ms: number])[] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['week', 604_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
  ['millisecond', 1],
];

/**
 * A number of seconds by its largest part, and `decimals` smaller ones after it: `1 day`, with one `1 day, 2 hours`.
 * A negative one is a time that is over: `5 minutes ago`.
 */
export function durationParts(seconds: number, decimals = 0): string {
  if (seconds === 0) return '0 seconds';
  if (seconds < 0) return `${durationParts(-seconds, decimals)} ago`;
  const found: string[] = [];
  let rest = seconds * 1000;
  for (const [name, ms] of parts) {
    if (found.length > decimals) break;
    if (found.length === 0 && rest < ms) continue;
    const count = Math.floor(rest / ms);
    found.push(`${count} ${name}${count === 1 ? '' : 's'}`);
    rest %= ms;
  }
  return found.join(', ');
}

const daysPerMonth = 146_097 / 4800;

/** A time as people say it: `a few seconds ago`, `5 minutes ago`, `in an hour`. Both in epoch milliseconds. */
export function fromNow(timeMs: number, nowMs: number): string {
  const words = spoken(Math.abs(timeMs - nowMs) / 1000);
  return timeMs > nowMs ? `in ${words}` : `${words} ago`;
}

function spoken(length: number): string {
  const seconds = Math.round(length);
  const minutes = Math.round(length / 60);
  const hours = Math.round(length / 3600);
  const days = Math.round(length / 86_400);
  const months = Math.round(length / 86_400 / daysPerMonth);
  const years = Math.round(length / 86_400 / daysPerMonth / 12);
  if (seconds < 45) return 'a few seconds';
  if (minutes <= 1) return 'a minute';
  if (minutes < 45) return `${minutes} minutes`;
  if (hours <= 1) return 'an hour';
  if (hours < 22) return `${hours} hours`;
  if (days <= 1) return 'a day';
  if (days < 26) return `${days} days`;
  if (months <= 1) return 'a month';
  if (months < 11) return `${months} months`;
  return years <= 1 ? 'a year' : `${years} years`;
}
