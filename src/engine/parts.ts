// What the parts of a follower share, and the types of its public face.
import type { Clock } from '../model/clock.ts';
import type { LineChunk, LogFile } from '../model/family.ts';
import type { Faults } from './faults.ts';
import type { Handles } from './handles.ts';
import type { LogBook } from './log-book.ts';
import type { LogFiles } from './log-files.ts';

/** How logs are followed. */
export interface FollowOptions {
  /** Files, folders, patterns, or `-` for standard input. */
  readonly paths: readonly string[];
  /** `once`: read what is there, unterminated last lines too, then finish. */
  readonly mode: 'follow' | 'once';
  /** Which base names (without `.gz`) to take from a folder. */
  isLogName(name: string): boolean;
  /** Names sort in time order: read by name; otherwise by modification time. */
  readonly isNameOrdered: boolean;
  /** Size of the buffers; default 256 KiB, and 1 MiB with `once`. */
  readonly chunkBytes?: number;
  /** Longer lines (without line feed) are skipped and reported; default 1 MiB. */
  readonly maxLineBytes?: number;
  /** Most files open at once; default 512. */
  readonly maxOpenFiles?: number;
  /** How long after its last growth a rotated file is finished; default 30 000. */
  readonly graceMs?: number;
  /** How often to look while something grows; default 250. */
  readonly pollActiveMs?: number;
  /** How often to look while nothing grows; default 1000. */
  readonly pollIdleMs?: number;
  /** A glob for rotated generations, relative to the log's folder; `{name}` stands for the log's base name. */
  readonly rotatedPattern?: string;
  /** Read for `-`; the process's standard input unless given. */
  readonly stdin?: NodeJS.ReadableStream;
  /** Where files begin that exist at the start when there are no positions at all; default `begin`. */
  readonly onLoss?: 'begin' | 'end';
}

/** Something that happened to a file. `amount` is in bytes. */
export interface FollowEvent {
  readonly type: 'opened' | 'rotated' | 'truncated' | 'gap' | 'damaged' | 'fault' | 'recovered' | 'finished' | 'nulls';
  readonly path: string;
  readonly detail: string;
  readonly amount?: number;
}

/** What is handed out: lines, a line that was too long, or an event. */
export type FollowItem =
  | { readonly kind: 'lines'; readonly chunk: LineChunk }
  | {
      readonly kind: 'long';
      readonly file: LogFile;
      /** Position of the line's first byte, and its length with its line feed. */
      readonly offset: number;
      readonly length: number;
      /** Its first 256 bytes. */
      readonly head: Buffer;
    }
  | { readonly kind: 'event'; readonly event: FollowEvent };

/** Options with their defaults. */
export type Settings = Required<Omit<FollowOptions, 'rotatedPattern' | 'stdin'>> &
  Pick<FollowOptions, 'rotatedPattern' | 'stdin'>;

/** Takes an event to be handed out in its turn. */
export type Emit = (type: FollowEvent['type'], path: string, detail: string, amount?: number) => void;

/** What the parts of one follower share. */
export interface Parts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly files: LogFiles;
  readonly book: LogBook;
  readonly handles: Handles;
  readonly faults: Faults;
  readonly emit: Emit;
}
