// Numbers and times as people read them, by unit, with the same text that Grafana shows for the unit.
import { durationParts, fromNow } from './format-time.ts';
import { serverNow } from './server-time.ts';
import { localText } from './time-range.ts';
import type { Unit } from './wire.ts';

/** A number and what follows it, a space before it included: `1.50` and ` K`. */
export interface Formatted {
  readonly text: string;
  readonly unit: string;
}

/** Stands for a space that must not break a line. */
const noBreak = '\u00a0';

/** What is shown where there is no value and the panel has no text of its own. */
export const missing = '–';

/** Three digits that count where nothing is agreed, and none behind the point of a whole number; as Grafana does. */
function decimalsOf(value: number): number {
  if (Number.isInteger(value)) return 0;
  return Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
}

/** A number with so many digits behind the point; with those that count where `decimals` is undefined. */
export function fixed(value: number, decimals?: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '-∞' : '';
  const digits = Math.min(20, Math.max(0, decimals ?? decimalsOf(value)));
  if (value === 0) return (0).toFixed(digits);
  // Rounded half up before it is written: 0.045 has two digits 0.05, which `toFixed` alone does not give.
  const factor = 10 ** digits;
  const rounded = Math.round(value * factor) / factor;
  const text = String(rounded);
  return text.includes('e') ? text : rounded.toFixed(digits);
}

function scaled(value: number, base: number, names: readonly string[], decimals: number | undefined): Formatted {
  const power = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) / Math.log10(base));
  const step = Math.min(names.length - 1, Math.max(0, power));
  return { text: fixed(value / base ** step, decimals), unit: names[step] ?? '' };
}

const secondsSteps: readonly (readonly [below: number, divisor: number, unit: string])[] = [
  [1e-6, 1e-9, 'ns'],
  [1e-3, 1e-6, 'µs'],
  [1, 1e-3, 'ms'],
  [60, 1, 's'],
  [3600, 60, 'mins'],
  [86_400, 3600, 'hours'],
  [604_800, 86_400, 'days'],
  [31_536_000, 604_800, 'weeks'],
  [Infinity, 31_556_900, 'years'],
];

const millisecondsSteps: typeof secondsSteps = [
  [1000, 1, 'ms'],
  [60_000, 1000, 's'],
  [3_600_000, 60_000, 'mins'],
  [86_400_000, 3_600_000, 'hours'],
  [31_536_000_000, 86_400_000, 'days'],
  [Infinity, 31_536_000_000, 'years'],
];

function duration(value: number, steps: typeof secondsSteps, decimals: number | undefined): Formatted {
  const [, divisor = 1, unit = ''] = steps.find(([below]) => Math.abs(value) < below) ?? [];
  // Small divisors are written as factors, which keeps 0.25 s at 250 ms and not at 249.99.
  const size = divisor < 1 ? value * Math.round(1 / divisor) : value / divisor;
  return { text: fixed(size, decimals), unit: `${noBreak}${unit}` };
}

const spaced = (names: readonly string[]): readonly string[] => names.map((name) => `${noBreak}${name}`);
const shortNames = ['', ...spaced(['K', 'Mil', 'Bil', 'Tri', 'Quadr', 'Quint', 'Sext', 'Sept'])];
const byteNames = spaced(['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB']);

/** A number and its unit apart, so that the unit can be drawn smaller. `nowMs` is for times told from now. */
export function formatParts(value: number, unit: Unit, decimals?: number, nowMs = serverNow()): Formatted {
  switch (unit) {
    case 'short':
      return scaled(value, 1000, shortNames, decimals);
    case 'cps': {
      const parts = scaled(value, 1000, ['', 'K', 'M', 'B', 'T'], decimals);
      return { text: parts.text, unit: `${parts.unit}${noBreak}c/s` };
    }
    case 'percent':
      return { text: fixed(value, decimals), unit: '%' };
    case 'percentunit':
      return { text: fixed(100 * value, decimals), unit: '%' };
    case 's':
      return value === 0 ? { text: '0', unit: `${noBreak}s` } : duration(value, secondsSteps, decimals);
    case 'ms':
      return duration(value, millisecondsSteps, decimals);
    case 'bytes':
      return scaled(value, 1024, byteNames, decimals);
    case 'dtdurations':
      return { text: durationParts(value, decimals), unit: '' };
    case 'dateTimeAsIso':
      return { text: localText(value).replace('T', ' '), unit: '' };
    case 'dateTimeFromNow':
      return { text: fromNow(value, nowMs), unit: '' };
    case 'none':
      return { text: fixed(value, decimals), unit: '' };
  }
}

/** A value with its unit in one text; texts stay as they are, and where there is none stands `noValue`. */
export function format(
  value: number | string | null | undefined,
  unit: Unit,
  decimals?: number,
  noValue: string = missing,
): string {
  if (value === null || value === undefined) return noValue;
  if (typeof value === 'string') return value;
  const parts = formatParts(value, unit, decimals);
  return `${parts.text}${parts.unit}`;
}

/** As `format`, without zeros that only fill up: labels of an axis. */
export function formatLabel(value: number, unit: Unit, decimals?: number): string {
  const parts = formatParts(value, unit, decimals);
  const isPlain = decimals === undefined && /^-?\d+\.\d+$/.test(parts.text);
  return `${isPlain ? String(Number(parts.text)) : parts.text}${parts.unit}`;
}

/** A count with a thin gap between thousands, for tables where every digit matters. */
export function exact(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A length of time by its two largest parts, short: `2 d 3 h`, `10 s`. */
export function lengthText(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.abs(Math.round(seconds));
  for (const [name, length] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0 && parts.length < 2) parts.push(`${count}${noBreak}${name}`);
    else if (parts.length > 0) break;
  }
  return `${seconds < 0 ? '-' : ''}${parts.length === 0 ? `0${noBreak}s` : parts.join(' ')}`;
}

/** A length of time in words for a window: `10 s`, `5 min`. */
export function windowText(windowMs: number): string {
  return lengthText(windowMs / 1000);
}

/** Local date and time of a moment, seconds only where windows are shorter than a minute. */
export function momentText(timeMs: number, windowMs: number): string {
  const text = localText(timeMs).replace('T', ' ');
  return windowMs >= 60_000 ? text.slice(0, 16) : text;
}
