// The names that logs get when they are rotated: which log a name belongs to, and which of two generations is older.
// Names are only where to look; whether a file is the same log is decided by its content.

/**
 * What rotation puts behind a name or before its extension: `.1`, `-20240131`, `.2024-01-31-2`, `-20240131-235959`,
 * `_2024-01-31T23:59:59`, `-1706745599` (seconds), `.old`, `.bak`, `.orig`, `.prev`, `~`. A small number needs its dot:
 * `server-2.log` is another server's log.
 */
const suffixPattern =
  /(?:[._-](?:\d{4}-?\d{2}-?\d{2}(?:[T_.-]?\d{2}[:.-]?\d{2}(?:[:.-]?\d{2})?)?(?:[.-]\d{1,3})?|\d{10,14})|\.\d{1,4}|\.(?:old|bak|orig|prev)|~)$/i;
const datePattern = /(\d{4})-?(\d{2})-?(\d{2})/;
const extensionPattern = /\.[a-z]{1,8}$/i;
const compressedPattern = /\.gz$/i;
/** `app.log-20240131.2.gz` has three, and nobody has more. */
const maxSuffixes = 3;

/** A name taken apart. */
export interface LogName {
  /** The name before any rotation; a name without letters (`2017-0427-084400`) is never shortened. */
  readonly stem: string;
  /** What rotation added, without `.gz`; empty for a log that is being written. */
  readonly generation: string;
  readonly isCompressed: boolean;
}

/** Takes a base name apart. */
export function parseLogName(name: string): LogName {
  const isCompressed = compressedPattern.test(name);
  const plain = isCompressed ? name.slice(0, -3) : name;
  const behind = stripSuffixes(plain);
  if (behind.length < plain.length) return { stem: behind, generation: plain.slice(behind.length), isCompressed };
  const extension = extensionPattern.exec(plain)?.[0] ?? '';
  const body = plain.slice(0, plain.length - extension.length);
  const before = stripSuffixes(body);
  return { stem: before + extension, generation: body.slice(before.length), isCompressed };
}

function stripSuffixes(name: string): string {
  let rest = name;
  for (let count = 0; count < maxSuffixes; count++) {
    const shorter = rest.replace(suffixPattern, '');
    if (shorter === rest || !/[a-z]/i.test(shorter)) break;
    rest = shorter;
  }
  return rest;
}

/** True for a name that rotation or compression made. */
export function isRotatedName(name: string): boolean {
  const { generation, isCompressed } = parseLogName(name);
  return generation !== '' || isCompressed;
}

/**
 * Which of two names of one stem is older: negative for the first, positive for the second, 0 when the names do not
 * say. Numbers count up with age, dates with time; a name without generation is the newest.
 */
export function compareGenerations(one: LogName, other: LogName): number {
  if (one.generation === other.generation) return 0;
  if (one.generation === '') return 1;
  if (other.generation === '') return -1;
  const [first, second] = [numbersOf(one.generation), numbersOf(other.generation)];
  const areDates = datePattern.test(one.generation);
  if (areDates !== datePattern.test(other.generation) || first.length === 0 || second.length === 0) return 0;
  for (let index = 0; index < Math.max(first.length, second.length); index++) {
    // Of one day, `-20240131` comes before `-20240131.1`.
    const difference = (first[index] ?? -1) - (second[index] ?? -1);
    if (difference !== 0) return areDates ? difference : -difference;
  }
  return 0;
}

/** The order of names that sort in time order: by stem as text, generations of one log by age; 0 when neither says. */
export function compareNames(one: LogName, other: LogName): number {
  if (one.stem !== other.stem) return one.stem < other.stem ? -1 : 1;
  return compareGenerations(one, other);
}

function numbersOf(generation: string): number[] {
  return (generation.replace(datePattern, '$1$2$3').match(/\d+/g) ?? []).map(Number);
}
