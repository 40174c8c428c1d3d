// What a log family offers and what it is given. A family is pure: it never opens a file, asks the time or logs.
import type { ZodType } from 'zod';
import type { AlertRule } from './alert.ts';
import type { Measurement } from './catalogue.ts';
import type { CommandSpec } from './command.ts';
import type { Dashboard, StatPanel } from './panel.ts';
import type { PanelQuery } from './query.ts';
import type { ReceiverCounters } from './receiver.ts';

/** Plain data that survives `JSON.stringify`. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** The file a chunk comes from. */
export interface LogFile {
  /** Path as opened; `-` for standard input. */
  readonly path: string;
  /** Base name without `.gz`. */
  readonly name: string;
  /** Modification time when last looked at, epoch milliseconds; the reference for dates without a year. */
  readonly modifiedMs: number;
  /** A number that stays the same for this file as long as the process runs. */
  readonly id: number;
}

/**
 * Some complete lines of one file, as bytes. Valid only during the call: the buffer is used again.
 * `buffer[start..end)` ends with a line feed, except for the last line of a finished file.
 */
export interface LineChunk {
  readonly file: LogFile;
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** Position of `start` in the (decompressed) file, in bytes. */
  readonly offset: number;
  /** Number of lines in the chunk. */
  readonly lines: number;
}

/** One series of a measurement: get it once from the sink, keep it, use it for every sample. */
export interface Series {
  readonly measurement: Measurement;
  /** Values in the order of `measurement.tagNames`, limits already applied. */
  readonly tags: readonly string[];
}

/** A line whose samples come later; see `SampleSink.mark`. */
export type LineMark = object;

/**
 * Where an analyzer puts what it found. Every line of a chunk must end as exactly one of: matched, rejected (dead
 * letter), late or future (both decided by `accept`), or, if nothing is said of it, ignored.
 */
export interface SampleSink {
  /**
   * Says that the line at `start` (position in the chunk's buffer, up to `end` without its line feed) is a record
   * with this event time. True: it is counted as matched, and its samples may be added. False: it is too late or
   * too far in the future and was accounted as that; add nothing of it. `shown` is what a person should see in place
   * of the line, where the line is a code (bytes of text, valid during the calls that add its samples).
   */
  accept(start: number, end: number, timeMs: number, shown?: Uint8Array): boolean;
  /**
   * For an analyzer that adds the samples of a line later than it accepts it (`Analyzer.heldMs`): what to give to `about`
   * then, for the line accepted last. Only a sink that looks for lines has both.
   */
  mark?(): LineMark | undefined;
  /** The samples that follow are of the line with this mark; of none that is looked for, when it is undefined. */
  about?(mark: LineMark | undefined): void;
  /** Dead-letters the line: it should have matched and could not be used. `reason` is a short fixed word. */
  reject(start: number, end: number, reason: string): void;
  /** The series of these tag values (order of `measurement.tagNames`). Values above a limit become `__other__`. */
  series(measurement: Measurement, tags: readonly string[]): Series;
  /** Adds to a counter (or a gauge with merge `sum`) in the bucket of `timeMs`. `field` is an index of fieldNames. */
  add(series: Series, timeMs: number, field: number, amount: number): void;
  /** Sets a gauge or text in the bucket of `timeMs`; a gauge is merged as declared. */
  set(series: Series, timeMs: number, field: number, value: number | string): void;
  /** Adds a value to a distinct count: the bytes `start..end` of `bytes` (see hash.ts). */
  distinct(series: Series, timeMs: number, field: number, bytes: Uint8Array, start: number, end: number): void;
  /** Adds a value to a quantile. */
  observe(series: Series, timeMs: number, field: number, value: number): void;
}

/** What the engine tells of a source for the family's periodic report. */
export interface SourceReport {
  readonly nowMs: number;
  /** Event time of the newest accepted line, epoch milliseconds, or undefined before the first. */
  readonly newestEventMs: number | undefined;
  /** Totals since the source's state was first created. */
  readonly linesRead: number;
  readonly bytesRead: number;
  readonly matched: number;
  readonly filesOpened: number;
  /** Names and sizes of the files that match the source's paths now. */
  readonly files: readonly { readonly name: string; readonly size: number; readonly modifiedMs: number }[];
  /** Totals of rejects by reason, and as `late` of lines that came after the late horizon. */
  readonly reasons: ReadonlyMap<string, number>;
  /** What came by network since the process started; undefined for a source that reads files only. */
  readonly received?: Readonly<ReceiverCounters> | undefined;
}

/** The working half of a family for one source. Its whole memory is in `snapshot`. */
export interface Analyzer {
  /**
   * Set by an analyzer that adds samples of a line up to so much later, in the time of the log: it tells with `mark` and
   * `about` which line they are of, and its `finish` adds all that it holds.
   */
  readonly heldMs?: number;
  /** Takes the next lines. Must not throw on any bytes and must take linear time. */
  lines(chunk: LineChunk, sink: SampleSink): void;
  /** The input has ended (import): adds what was held back for lines that might have come. Nothing can be accepted. */
  finish?(sink: SampleSink): void;
  /**
   * All that was written has been read, and time goes on (following only, about every second): adds what was held back
   * for lines that can be waited for no longer. Nothing can be accepted. `nowMs` is the clock's, in UTC. True when
   * anything has changed, so that it is committed.
   */
  idle?(nowMs: number, sink: SampleSink): boolean;
  /** Everything needed to go on after a restart; called at each commit. */
  snapshot(): JsonValue;
  /** Takes back a snapshot in place of everything it knows; throws when it cannot be understood. */
  restore(state: JsonValue): void;
  /** Puts periodic gauges about the source itself, stamped `report.nowMs`; every 15 s while following. */
  report?(report: SourceReport, sink: SampleSink): void;
}

/** What an analyzer is made from. */
export interface AnalyzerContext {
  /** The family's options as its schema returned them. */
  readonly options: unknown;
  /** IANA name of the zone of the log's local times. */
  readonly timezone: string;
  readonly host: string;
}

/** What a family adds to the dashboard Overview (grafana 11.1). */
export interface OverviewPart {
  /** Tiles by their number there; the dashboard places them. */
  readonly tiles: readonly Omit<StatPanel, 'width' | 'height'>[];
  /** Its worst records over time: one selection, `windows`, not grouped. */
  readonly errors?: { readonly query: PanelQuery; readonly legend: string };
}

/** What a family whose messages come by syslog says about them. */
export interface SyslogGrammar {
  /**
   * Whether a message begins at `start`, where `<`, digits and `>` stand in the middle of a line: some devices send one
   * message behind the other. Up to `end` is enough to tell. Must not throw and must take linear time.
   */
  isMessageStart(bytes: Buffer, start: number, end: number): boolean;
}

/** One log family. `index.ts` must stay light: everything heavy behind the functions that return promises. */
export interface Family {
  readonly name: string;
  /** For people, for example `Avaya CM events`. */
  readonly title: string;
  readonly measurements: readonly Measurement[];
  /** True for a base name (without `.gz`) that belongs to the family when a folder is given. */
  isLogName(name: string): boolean;
  /** True when names sort in time order, so that files are read by name (ecs); else by modification time. */
  readonly isNameOrdered: boolean;
  /** Schema of the family's options; unknown keys must be refused. */
  options(): Promise<ZodType>;
  /** Names of options that, as texts, are paths; relative ones count from the folder of the configuration. */
  readonly pathOptions?: readonly string[];
  createAnalyzer(context: AnalyzerContext): Promise<Analyzer>;
  /** Set by a family whose messages can be received as syslog (the key `listen` of a source). */
  syslog?(): Promise<SyslogGrammar>;
  commands(): Promise<readonly CommandSpec[]>;
  dashboards(): Promise<readonly Dashboard[]>;
  /** Its part of the overview; left out by a family without one. */
  overview?(): Promise<OverviewPart>;
  /** Rules for what needs a person; left out by a family without any. */
  alerts?(): Promise<readonly AlertRule[]>;
}
