// What an output offers. An output knows points in line protocol and one way of delivering them, and no family.
import type { ZodType } from 'zod';
import type { Measurement } from './catalogue.ts';
import type { QueryEngine } from './query.ts';

/** Committed points on their way out: exactly these bytes are sent, and sent again after a crash. */
export interface Batch {
  /** Line protocol, one point a line, each ending with LF, stamps in epoch milliseconds. See line-protocol.ts. */
  readonly lines: Buffer;
  readonly points: number;
}

/** A point the other side will never take, with its own words for why. */
export interface RefusedPoint {
  readonly line: string;
  readonly reason: string;
}

/**
 * What became of a batch (engine 5.2). `done`: every point is stored or in `refused`. `retry`: nothing is known to
 * be stored, the same batch comes again; `needsHuman` marks faults that do not pass by themselves (wrong token,
 * missing database) and turns health red.
 */
export type WriteResult =
  | { readonly kind: 'done'; readonly refused: readonly RefusedPoint[] }
  | { readonly kind: 'retry'; readonly reason: string; readonly needsHuman: boolean; readonly afterMs?: number };

/** An opened output. Several sources may write at the same time; a peer's fault is a result, never an exception. */
export interface Output {
  write(batch: Batch, signal: AbortSignal): Promise<WriteResult>;
  close(): Promise<void>;
  /** Answers panel queries; only outputs that store. */
  readonly queries?: QueryEngine;
  /** What it keeps takes so many bytes on this machine's disk; only outputs that store. */
  storedBytes?(): number;
}

/** What an output is made from. */
export interface OutputContext {
  /** The output's options as its schema returned them. */
  readonly options: unknown;
  /** Every declared measurement, for stores that need a table each. */
  readonly measurements: readonly Measurement[];
  /** A folder of the output's own under the state directory, for its files (`duckdb`). */
  readonly directory: string;
  /** For `stdout`. */
  readonly stdout: NodeJS.WritableStream;
}

/** A kind of output. `index.ts` must stay light: the client library is imported in `open`. */
export interface OutputKind {
  readonly name: string;
  readonly title: string;
  /** `absolute`: bucket values that overwrite; `delta`: what was added since the last batch (StatsD). */
  readonly values: 'absolute' | 'delta';
  /** `at-most-once`: a batch is recorded as sent before it is sent (StatsD by default). */
  delivery(options: unknown): 'at-least-once' | 'at-most-once';
  /** True when old event times cannot be stored, so that back-fill is refused unless forced. */
  readonly losesEventTime: boolean;
  /** Schema of the options; unknown keys must be refused. */
  options(): Promise<ZodType>;
  /** Names of options that hold secrets, for masking in logs and messages. */
  readonly secretOptions: readonly string[];
  /** Names of options that are paths; relative ones count from the folder of the configuration. */
  readonly pathOptions?: readonly string[];
  /** Makes the output; must not fail because the peer is away. */
  open(context: OutputContext): Promise<Output>;
}
