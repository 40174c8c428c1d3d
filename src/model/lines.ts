// From a number back to its evidence: the question which lines of the log a stored count was made of, and its answer.
// Asked by the live page and by `switchboard lines`, answered by the engine over what a source noted while it read.
import type { Measurement } from './catalogue.ts';

/** Keeps (or, with `isExcluded`, leaves out) series whose tag has one of the values. */
export interface LineCondition {
  readonly tag: string;
  readonly values: readonly string[];
  readonly isExcluded: boolean;
}

/** Which lines are asked for: those that added to these counters of these series in this time. */
export interface LineQuestion {
  readonly measurement: Measurement;
  /** Counters; a line that adds to several of them is one line. */
  readonly fields: readonly string[];
  /** All must hold. Own and common tags of the measurement; an absent tag is an empty text. */
  readonly where: readonly LineCondition[];
  /** Epoch milliseconds, `toMs` exclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  /**
   * True: the time means stored buckets, as in a query: those that begin in it, each with all of its lines. False: the
   * time means the times of the lines.
   */
  readonly ofBuckets: boolean;
  /** Lines to pass over, and the most to give; all are counted. */
  readonly skip: number;
  readonly limit: number;
}

/** One line of a log that a number was made of. */
export interface EvidenceLine {
  readonly host: string;
  /** Where its file is now. */
  readonly path: string;
  /** From 1, in its (decompressed) file. */
  readonly number: number;
  /** Position of its first byte in the (decompressed) file. */
  readonly offset: number;
  /** Event time, epoch milliseconds in UTC. */
  readonly timeMs: number;
  /** Safe to show: decoded as UTF-8, what cannot be shown is written as `\xHH`, `\u{H}` or a replacement character. */
  readonly text: string;
  /** The line is longer than what is shown of it. */
  readonly isCut: boolean;
}

/** A stretch of a log that cannot be read any more, in the time that was asked for. */
export interface GoneLog {
  /** Where it was seen last. */
  readonly path: string;
  /** `gone`: no file holds it any more; `changed`: its file has other content there; else the system's words. */
  readonly reason: string;
  /** Lines of the stretches that touch the time, and how many of those were events of any kind: upper bounds. */
  readonly lines: number;
  readonly matched: number;
}

/** The evidence. `total` and `amount` are exact for everything that can still be read. */
export interface LineAnswer {
  /** Lines found; `lines` are those from `skip` on. */
  readonly total: number;
  /** What they add up to. */
  readonly amount: number;
  readonly lines: readonly EvidenceLine[];
  /** What to `skip` for the next lines; undefined at the end. */
  readonly next: number | undefined;
  readonly gone: readonly GoneLog[];
  /** What else may be missing, for people. */
  readonly notes: readonly string[];
}

/** Finds lines. Rejects with a message for people. */
export interface LineSearch {
  find(question: LineQuestion, signal: AbortSignal): Promise<LineAnswer>;
}

/** What to tell of a log that cannot be read any more: a sentence without its path. */
export function goneText({ reason, lines, matched }: GoneLog): string {
  const count = (number: number): string => number.toString().replace(/\B(?=(\d{3})+$)/g, ' ');
  const held =
    lines === 0 ? '' : `; it held about ${count(lines)} lines of this time, ${count(matched)} of them events`;
  switch (reason) {
    case 'gone':
      return `is gone (deleted, or rotated away)${held}`;
    case 'changed':
      return `holds other lines now (these were rotated away and deleted, or overwritten)${held}`;
    default:
      return `cannot be read (${reason})${held}`;
  }
}
