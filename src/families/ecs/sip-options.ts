// The options of `ecs sip`, checked whole before anything is read (ecs 5 and 6.2). Nothing wrong is dropped silently.
import { printable, UsageError } from '../../model/errors.ts';
import { readNumber, texts } from './count-options.ts';
import { knownMethods } from './sip-message.ts';
import { readRange } from './stamp-ranges.ts';
import type { StampRange } from './stamp-ranges.ts';

/** Which messages count: both the method they belong to and what they are (ecs 5). */
export interface SipFilter {
  /** Methods of requests, `ReINVITE` among them. */
  readonly requests: ReadonlySet<string>;
  /** Beginnings of status codes. */
  readonly responses: readonly string[];
}

/** How the result is written. */
export type SipFormat = 'text' | 'json' | 'csv';

/** Everything `ecs sip` was told. */
export interface SipPlan {
  readonly filter: SipFilter;
  /** Width of a window in milliseconds, and how much of the stamp names it. */
  readonly windowMs: number;
  readonly titleLength: number;
  readonly ranges: readonly StampRange[];
  /** Only so many of the files, the last ones; undefined for all. */
  readonly lastFiles: number | undefined;
  /** How long a window stays open for late messages, in milliseconds of log time. */
  readonly holdMs: number;
  /** Go on with what is written from now on. */
  readonly isFollowing: boolean;
  readonly format: SipFormat;
}

const windows: Readonly<Record<string, { readonly windowMs: number; readonly titleLength: number }>> = {
  SEC: { windowMs: 1000, titleLength: 15 },
  TENSEC: { windowMs: 10_000, titleLength: 14 },
  MIN: { windowMs: 60_000, titleLength: 13 },
  TENMIN: { windowMs: 600_000, titleLength: 12 },
  HOUR: { windowMs: 3_600_000, titleLength: 11 },
};
const shortNames: Readonly<Record<string, string>> = {
  S: 'SEC',
  TS: 'TENSEC',
  TSEC: 'TENSEC',
  M: 'MIN',
  T: 'TENMIN',
  TMIN: 'TENMIN',
  H: 'HOUR',
};

/** Reads the options by their long names; throws UsageError for the first one that makes no sense. */
export function readSipOptions(options: Readonly<Record<string, unknown>>): SipPlan {
  if (options['json'] === true && options['csv'] === true) throw new UsageError('--json and --csv exclude each other');
  const last = options['last'];
  return {
    filter: {
      requests: readRequests(String(options['requests'] ?? 'INVITE|ReINVITE|BYE|CANCEL')),
      responses: readResponses(String(options['responses'] ?? '4|5|6')),
    },
    ...readWindow(String(options['interval'] ?? 'MIN')),
    ranges: texts(options['time']).map(readRange),
    lastFiles: last === undefined ? undefined : readNumber('-n', last, 1_000_000),
    holdMs: readHold(String(options['hold'] ?? '2')),
    isFollowing: options['follow'] === true,
    format: options['json'] === true ? 'json' : options['csv'] === true ? 'csv' : 'text',
  };
}

/** True for a message that shall be counted. `type` is a method, `ReINVITE`, or a status code. */
export function isCounted(
  { requests, responses }: SipFilter,
  type: string,
  method: string,
  isResponse: boolean,
): boolean {
  if (isResponse) return requests.has(method) && responses.some((beginning) => type.startsWith(beginning));
  return requests.has(type) && (requests.has(method) || type === 'ReINVITE');
}

function readRequests(text: string): ReadonlySet<string> {
  const names = parts(text);
  if (names.some((name) => name.toUpperCase() === 'ALL')) return new Set(knownMethods);
  const chosen = names.map((name) => {
    const known = knownMethods.find((method) => method.toUpperCase() === name.toUpperCase());
    if (known === undefined) {
      throw new UsageError(
        `--requests ${shown(text)}: "${printable(name, 60)}" is unknown; use ALL or ${knownMethods.join('|')}`,
      );
    }
    return known;
  });
  if (chosen.length === 0) throw new UsageError(`--requests ${shown(text)} names no method`);
  return new Set(chosen);
}

function readResponses(text: string): readonly string[] {
  const beginnings = parts(text);
  const wrong = beginnings.find((beginning) => !/^[1-6]\d{0,2}$/.test(beginning));
  if (wrong !== undefined || (beginnings.length === 0 && text.trim() !== '')) {
    throw new UsageError(`--responses ${shown(text)}: write beginnings of status codes, for example 4|5|503`);
  }
  return beginnings;
}

function readWindow(text: string): { readonly windowMs: number; readonly titleLength: number } {
  const name = text.trim().toUpperCase();
  const window = windows[shortNames[name] ?? name];
  if (window) return window;
  throw new UsageError(`-i ${shown(text)}: use ${Object.keys(windows).join(', ')}`);
}

function readHold(text: string): number {
  const seconds = /^\d{1,4}(?:\.\d{1,3})?$/.test(text) ? Number(text) : -1;
  if (seconds < 0 || seconds > 3600) throw new UsageError(`--hold ${shown(text)}: use seconds, 0 to 3600`);
  return seconds * 1000;
}

/** The words between bars, or commas. */
function parts(text: string): readonly string[] {
  return text
    .split(/[|,]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function shown(text: string): string {
  return `"${printable(text, 200)}"`;
}
