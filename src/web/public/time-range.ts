// Time ranges as the address bar holds them: relative (`now-6h` to `now`), by the calendar (`now/d`: today), or absolute
// (epoch milliseconds, or a moment in UTC). Pure.

/** A range: both ends as in the address. */
export interface TimeRange {
  readonly from: string;
  readonly to: string;
}

/** A range in numbers, epoch milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Ranges offered for choosing, shortest first. */
export const quickRanges: readonly { readonly from: string; readonly label: string }[] = [
  { from: 'now-5m', label: 'Last 5 minutes' },
  { from: 'now-15m', label: 'Last 15 minutes' },
  { from: 'now-30m', label: 'Last 30 minutes' },
  { from: 'now-1h', label: 'Last hour' },
  { from: 'now-3h', label: 'Last 3 hours' },
  { from: 'now-6h', label: 'Last 6 hours' },
  { from: 'now-12h', label: 'Last 12 hours' },
  { from: 'now-24h', label: 'Last 24 hours' },
  { from: 'now-2d', label: 'Last 2 days' },
  { from: 'now-7d', label: 'Last 7 days' },
  { from: 'now-30d', label: 'Last 30 days' },
  { from: 'now-365d', label: 'Last year' },
];

/** Ranges by the calendar, in local time. */
export const calendarRanges: readonly (TimeRange & { readonly label: string })[] = [
  { from: 'now/d', to: 'now', label: 'Today so far' },
  { from: 'now-1d/d', to: 'now-1d/d', label: 'Yesterday' },
  { from: 'now/w', to: 'now', label: 'This week so far' },
  { from: 'now-1w/w', to: 'now-1w/w', label: 'Last week' },
];

/**
 * One end of a range in epoch milliseconds, or undefined when it cannot be understood. `/d` and `/w` go to the beginning
 * of the local day or week (from Monday on), or with `isEnd` to its end.
 */
export function timeOf(text: string, nowMs: number, isEnd = false): number | undefined {
  const relative = /^now(?:-(\d{1,6})([smhdw]))?(?:\/([dw]))?$/.exec(text);
  if (relative) {
    const [, count = '0', unit = 's', rounding] = relative;
    const timeMs = nowMs - Number(count) * (unitMs[unit] ?? 0);
    return rounding === undefined ? timeMs : calendarEdge(timeMs, rounding, isEnd);
  }
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z$/.test(text)) {
    const timeMs = Date.parse(text);
    return Number.isNaN(timeMs) ? undefined : timeMs;
  }
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function calendarEdge(timeMs: number, rounding: string, isEnd: boolean): number {
  const date = new Date(timeMs);
  date.setHours(0, 0, 0, 0);
  if (rounding === 'w') date.setDate(date.getDate() - ((date.getDay() + 6) % 7));
  // By the calendar, not by hours: a day can have 23 or 25 of them.
  if (isEnd) date.setDate(date.getDate() + (rounding === 'w' ? 7 : 1));
  return date.getTime();
}

/** True while the range ends now and so moves on by itself. */
export function isLive(range: TimeRange): boolean {
  return range.to === 'now';
}

/** The range in numbers, or undefined when an end is unclear or the end is not after the beginning. */
export function spanOf(range: TimeRange, nowMs: number): Span | undefined {
  const fromMs = timeOf(range.from, nowMs);
  const toMs = timeOf(range.to, nowMs, true);
  if (fromMs === undefined || toMs === undefined || toMs <= fromMs || fromMs < 0) return undefined;
  return { fromMs, toMs };
}

/** The last so many seconds as a relative range in the largest whole unit. */
export function lastSeconds(seconds: number): TimeRange {
  const units = Object.entries(unitMs).toReversed();
  const [unit, length] = units.find(([name, ms]) => name !== 'w' && (seconds * 1000) % ms === 0) ?? ['s', 1000];
  return { from: `now-${Math.max(1, Math.round((seconds * 1000) / length))}${unit}`, to: 'now' };
}

/**
 * Where a dashboard opens: its own range; while the store holds less, the shortest quick range with all of it; and
 * where everything stored is older (imported archives), the range of what is stored.
 */
export function openingRange(seconds: number, stored: Span | undefined, nowMs: number): TimeRange {
  const own = lastSeconds(seconds);
  if (!stored) return own;
  const lengthMs = seconds * 1000;
  if (stored.toMs < nowMs - lengthMs)
    return absolute(Math.max(stored.fromMs, stored.toMs - 366 * 86_400_000), stored.toMs + 60_000);
  if (stored.fromMs <= nowMs - lengthMs) return own;
  const enough = quickRanges.find(({ from }) => (timeOf(from, nowMs) ?? nowMs) <= stored.fromMs - 5000);
  const start = enough && timeOf(enough.from, nowMs);
  return enough && start !== undefined && start > nowMs - lengthMs ? { from: enough.from, to: 'now' } : own;
}

/** An absolute range of two times, at least a second long. */
export function absolute(fromMs: number, toMs: number): TimeRange {
  const from = Math.max(0, Math.floor(fromMs));
  return { from: String(from), to: String(Math.max(from + 1000, Math.ceil(toMs))) };
}

/** The range twice as long around the same middle, but not beyond now. */
export function zoomedOut(span: Span, nowMs: number): TimeRange {
  const length = span.toMs - span.fromMs;
  const to = Math.max(span.toMs, Math.min(span.toMs + length / 2, nowMs));
  return absolute(to - length * 2, to);
}

/** The range moved by half its length, `direction` -1 or 1. */
export function shifted(span: Span, direction: -1 | 1): TimeRange {
  const by = ((span.toMs - span.fromMs) / 2) * direction;
  return absolute(span.fromMs + by, span.toMs + by);
}

/** What the range is called: `Last 6 hours`, or its two ends in local time. */
export function labelOf(range: TimeRange): string {
  const named = [...quickRanges.map((quick) => ({ ...quick, to: 'now' })), ...calendarRanges];
  const found = named.find(({ from, to }) => from === range.from && to === range.to);
  if (found) return found.label;
  const relative = /^now-(\d+)([smhdw])$/.exec(range.from);
  if (relative && range.to === 'now') {
    const names: Readonly<Record<string, string>> = { s: 'seconds', m: 'minutes', h: 'hours', d: 'days', w: 'weeks' };
    return `Last ${relative[1]} ${names[relative[2] ?? ''] ?? ''}`;
  }
  return `${endLabel(range.from)} to ${endLabel(range.to)}`;
}

function endLabel(text: string): string {
  return /^\d+$/.test(text) ? localText(Number(text)).replace('T', ' ') : text;
}

/** Local time as `2026-03-01T10:20:30`, as date fields take it. */
export function localText(timeMs: number): string {
  const date = new Date(timeMs);
  if (Number.isNaN(date.getTime())) return '';
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
