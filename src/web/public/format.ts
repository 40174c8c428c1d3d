// Numbers and times as people read them, by unit. Pure.
import type { Unit } from './wire.ts';
import { localText } from './time-range.ts';

/** A number with its unit. */
export interface Formatted {
  readonly text: string;
  readonly unit: string;
}

const noBreak = '\u00a0';

function rounded(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) return value.toFixed(decimals);
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return value.toFixed(0);
  const text = size >= 10 ? value.toFixed(1) : size >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
  return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text;
}

function scaled(value: number, base: number, names: readonly string[], decimals: number | undefined): Formatted {
  let size = value;
  let step = 0;
  // The next unit from the value that rounding would turn into a full one: 999.6 is 1 K.
  while (step < names.length - 1 && Math.abs(size) >= base - (step === 0 ? 0 : 0.5)) {
    size /= base;
    step++;
  }
  const keepsDecimals = step === 0 && Number.isInteger(value) ? (decimals ?? 0) : decimals;
  return { text: rounded(size, keepsDecimals), unit: names[step] ?? '' };
}

function duration(seconds: number, decimals: number | undefined): Formatted {
  const size = Math.abs(seconds);
  if (size === 0) return { text: '0', unit: 's' };
  if (size < 1) return { text: rounded(seconds * 1000, decimals), unit: 'ms' };
  if (size < 120) return { text: rounded(seconds, decimals), unit: 's' };
  if (size < 7200) return { text: rounded(seconds / 60, decimals ?? 1).replace(/\.0$/, ''), unit: 'min' };
  if (size < 172_800) return { text: rounded(seconds / 3600, decimals ?? 1).replace(/\.0$/, ''), unit: 'h' };
  return { text: rounded(seconds / 86_400, decimals ?? 1).replace(/\.0$/, ''), unit: 'd' };
}

/** `2 d 3 h 4 min`: the two largest parts. */
function inParts(seconds: number): string {
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

/** A number and its unit apart, so that the unit can be drawn smaller. */
export function formatParts(value: number, unit: Unit, decimals?: number): Formatted {
  switch (unit) {
    case 'short':
      return scaled(value, 1000, ['', 'K', 'M', 'G', 'T', 'P'], decimals);
    case 'cps': {
      const parts = scaled(value, 1000, ['', 'K', 'M', 'G'], decimals);
      return { text: parts.text, unit: `${parts.unit}/s` };
    }
    case 'percent':
      return { text: rounded(value, decimals), unit: '%' };
    case 'percentunit':
      return { text: rounded(value * 100, decimals), unit: '%' };
    case 's':
      return duration(value, decimals);
    case 'ms':
      return duration(value / 1000, decimals);
    case 'bytes':
      return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'], decimals);
    case 'dtdurations':
      return { text: inParts(value), unit: '' };
    case 'dateTimeAsIso':
      return { text: localText(value).replace('T', ' '), unit: '' };
    case 'dateTimeFromNow':
      return { text: localText(value).replace('T', ' '), unit: '' };
    case 'none':
      return { text: rounded(value, decimals), unit: '' };
  }
}

/** A number with its unit in one text; a letter for thousands stands close, other units after a thin gap. */
export function format(value: number | string | null | undefined, unit: Unit, decimals?: number): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  const parts = formatParts(value, unit, decimals);
  if (parts.unit === '') return parts.text;
  return `${parts.text}${parts.unit === '%' ? '' : noBreak}${parts.unit}`;
}

/** A count with a thin gap between thousands, for tables where every digit matters. */
export function exact(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A length of time in words for a window: `10 s`, `5 min`. */
export function windowText(windowMs: number): string {
  return inParts(windowMs / 1000);
}

/** Local date and time of a moment, seconds only where windows are shorter than a minute. */
export function momentText(timeMs: number, windowMs: number): string {
  const text = localText(timeMs).replace('T', ' ');
  return windowMs >= 60_000 ? text.slice(0, 16) : text;
}
