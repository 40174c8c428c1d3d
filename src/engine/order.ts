// In which order logs are read: what was written first comes first.
import { basename } from 'node:path';
import { compareGenerations, compareNames } from './rotation.ts';
import type { LogName } from './rotation.ts';

/** What the order depends on. */
export interface Ordered {
  readonly path: string;
  readonly name: LogName;
  readonly modifiedMs: number;
}

/** A repeated hour holds two hours of logs: more than this lies between the first and the last of one hour's names. */
const repeatedHourMs = { least: 3_600_000, most: 2.5 * 3_600_000 };

/**
 * The order in which names were given out. Names that sort in time order are sorted as text, but for the hour that
 * autumn repeats: its names come from two passes, which only the modification times tell apart (ecs 1).
 */
export function orderByName<T extends Ordered>(logs: readonly T[]): T[] {
  const sorted = logs.toSorted(
    (one, other) =>
      compareNames(one.name, other.name) ||
      compareText(basename(one.path), basename(other.path)) ||
      compareText(one.path, other.path),
  );
  for (let start = 0; start < sorted.length;) {
    const hour = hourOf(sorted[start]);
    let end = start + 1;
    if (hour !== undefined) while (end < sorted.length && hourOf(sorted[end]) === hour) end++;
    const group = sorted.slice(start, end);
    if (isRepeatedHour(group)) {
      sorted.splice(start, group.length, ...group.toSorted((one, other) => one.modifiedMs - other.modifiedMs));
    }
    start = end;
  }
  return sorted;
}

/** What stands before the minutes and seconds at the end of a name such as `2017-0427-084400.log`. */
function hourOf(log: Ordered | undefined): string | undefined {
  return log && /^(.*\d{2})\d{4}(?:\.[a-z]+)*$/i.exec(basename(log.path))?.[1];
}

function isRepeatedHour(group: readonly Ordered[]): boolean {
  const times = group.map(({ modifiedMs }) => modifiedMs);
  if (times.every((time, index) => index === 0 || (times[index - 1] ?? time) <= time)) return false;
  const span =
    times.reduce((most, time) => Math.max(most, time)) - times.reduce((least, time) => Math.min(least, time));
  return repeatedHourMs.least < span && span < repeatedHourMs.most;
}

/**
 * By modification time, and generations of one log by their names: where a log's generations stand in the order of
 * time, they are put oldest first, because copying and compressing change the times.
 */
export function orderByTime<T extends Ordered>(logs: readonly T[]): T[] {
  const sorted = logs.toSorted((one, other) => one.modifiedMs - other.modifiedMs || compareText(one.path, other.path));
  const places = new Map<string, number[]>();
  sorted.forEach((log, index) => {
    const group = places.get(log.name.stem);
    if (group) group.push(index);
    else places.set(log.name.stem, [index]);
  });
  for (const group of places.values()) {
    if (group.length === 1) continue;
    const generations = group.map((index) => sorted[index] as T).toSorted(compareOrdered);
    group.forEach((place, index) => {
      sorted[place] = generations[index] as T;
    });
  }
  return sorted;
}

function compareOrdered(one: Ordered, other: Ordered): number {
  // A plain file comes before its compressed copy, which can then be recognised.
  const isCompressed = Number(one.name.isCompressed) - Number(other.name.isCompressed);
  const byGeneration = compareGenerations(one.name, other.name);
  if (byGeneration === 0 && one.name.generation === other.name.generation) return isCompressed;
  return byGeneration || one.modifiedMs - other.modifiedMs;
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
