// Ranges of ecs stamps as they are typed: `20170427:0840` or `20170427:0840-20170427:09`, both ends to their precision.
import { printable, UsageError } from '../../model/errors.ts';

/** A range of stamps; both ends are prefixes of `yyyymmdd:HHMMSSmmm` and included to their precision. */
export interface StampRange {
  readonly start: string;
  readonly end: string;
}

/** Reads `start` or `start-end`; written the wrong way round it is turned, as the original did. Throws UsageError. */
export function readRange(text: string): StampRange {
  const parts = text.split('-').map((part) => part.trim());
  const [start = '', end = start] = parts;
  const isStamp = (part: string): boolean => /^(?:\d{1,8}|\d{8}:\d{0,9})$/.test(part);
  if (parts.length > 2 || !isStamp(start) || !isStamp(end)) {
    throw new UsageError(
      `-t "${printable(text, 200)}": write a stamp or two with a hyphen between them, each yyyy[mm[dd[:HH[MM[SS[mmm]]]]]]`,
    );
  }
  const common = Math.min(start.length, end.length);
  return start.slice(0, common) > end.slice(0, common) ? { start: end, end: start } : { start, end };
}

/** True when a whole stamp lies in one of the ranges, or there are none. */
export function isInRanges(stamp: string, ranges: readonly StampRange[]): boolean {
  return (
    ranges.length === 0 ||
    ranges.some(({ start, end }) => stamp.slice(0, start.length) >= start && stamp.slice(0, end.length) <= end)
  );
}
