// What is known about a running pipeline: the accounting of engine 6, for /healthz, /metrics, the page and the log.

import type { ReceiverStatus } from './receiver.ts';

/** `ok`; `degraded`: works, with something to look at; `failing`: a human must act. */
export type Health = 'ok' | 'degraded' | 'failing';

/**
 * Totals of a source since its state was created. Always
 * `linesRead = matched + ignored + deadLettered + lateDropped + skippedLong`.
 */
export interface SourceCounters {
  linesRead: number;
  bytesRead: number;
  matched: number;
  ignored: number;
  deadLettered: number;
  lateDropped: number;
  skippedLong: number;
  /** Dead letters that could not be written because the disk was full or the limit was reached. */
  deadLettersGivenUp: number;
  rotations: number;
  truncations: number;
  gaps: number;
  nulBytes: number;
  filesOpened: number;
  commits: number;
  /** How often the source was started. */
  starts: number;
}

/** All counters at zero. */
export function noCounters(): SourceCounters {
  return {
    linesRead: 0,
    bytesRead: 0,
    matched: 0,
    ignored: 0,
    deadLettered: 0,
    lateDropped: 0,
    skippedLong: 0,
    deadLettersGivenUp: 0,
    rotations: 0,
    truncations: 0,
    gaps: 0,
    nulBytes: 0,
    filesOpened: 0,
    commits: 0,
    starts: 0,
  };
}

/** One followed file. */
export interface FileStatus {
  readonly path: string;
  /** Start of the first line not yet taken, in (decompressed) bytes. */
  readonly offset: number;
  readonly size: number;
  readonly lagBytes: number;
  /** `reading`, `waiting` (for more), `finished`, or what is wrong (`permission denied`). */
  readonly state: string;
  readonly hasFault: boolean;
}

/** One output as seen by one source. Always `committed = accepted + spooled + refused` (points). */
export interface OutputStatus {
  readonly name: string;
  readonly health: Health;
  /** Why it is not ok; empty otherwise. */
  readonly reason: string;
  readonly committed: number;
  readonly accepted: number;
  readonly refused: number;
  readonly spooled: number;
  readonly spoolBytes: number;
  readonly spoolLimitBytes: number;
  /** Age of the oldest spooled batch in seconds. */
  readonly spoolAgeSeconds: number;
  readonly retries: number;
  readonly lastAcceptedMs: number | undefined;
  readonly writeP95Ms: number;
  /** What the output keeps takes so many bytes on this machine's disk; undefined when it keeps nothing here. */
  readonly storedBytes?: number | undefined;
}

/** One source. */
export interface SourceStatus {
  readonly name: string;
  readonly family: string;
  readonly host: string;
  readonly health: Health;
  readonly reasons: readonly string[];
  readonly counters: Readonly<SourceCounters>;
  /** Rejected lines and parser events by reason. */
  readonly rejects: Readonly<Record<string, number>>;
  /** Paths or patterns that match nothing yet. */
  readonly awaited: readonly string[];
  readonly files: readonly FileStatus[];
  readonly lagBytes: number;
  /** How far the newest event is behind the clock while there is something left to read; 0 when all is read. */
  readonly lagSeconds: number;
  readonly newestEventMs: number | undefined;
  readonly openBuckets: number;
  readonly series: number;
  /** Samples that went to `__other__`, by measurement. */
  readonly overflowed: Readonly<Record<string, number>>;
  readonly commitMs: number;
  /** True while reading stands still because a spool is full or the disk is. */
  readonly isPaused: boolean;
  readonly outputs: readonly OutputStatus[];
  /** What comes by network; undefined for a source that reads files only. */
  readonly receiver?: ReceiverStatus | undefined;
}

/** The whole process. */
export interface PipelineStatus {
  readonly version: string;
  readonly startedMs: number;
  readonly health: Health;
  readonly sources: readonly SourceStatus[];
  readonly rssBytes: number;
  readonly eventLoopP99Ms: number;
}

/** The worst of several states. */
export function worst(states: Iterable<Health>): Health {
  let result: Health = 'ok';
  for (const state of states) {
    if (state === 'failing') return 'failing';
    if (state === 'degraded') result = 'degraded';
  }
  return result;
}
