// What a source did since its last report, as a point of switchboard_pipeline. The sums of these points are the
// totals of /metrics, except for what was done between the last report of a process and its violent end.
import type { Point } from '../model/line-protocol.ts';
import type { OutputStatus, SourceCounters, SourceStatus } from '../model/health.ts';
import { switchboardPipeline } from '../model/pipeline.ts';
import type { SourceConfiguration } from './configuration.ts';

/** Figures of the whole process. */
export type ProcessFigures = () => {
  readonly rssBytes: number;
  readonly eventLoopP99Ms: number;
  readonly version: string;
};

const healthNumbers = { ok: 0, degraded: 1, failing: 2 } as const;

type FieldName = (typeof switchboardPipeline)['fieldNames'][number];

interface Totals {
  readonly counters: Readonly<SourceCounters>;
  readonly accepted: number;
  readonly refused: number;
  readonly retries: number;
  readonly dropped: number;
}

/** Makes the points of one source. */
export class PipelineReport {
  readonly #source: SourceConfiguration;
  #last: Totals | undefined;

  constructor(source: SourceConfiguration) {
    this.#source = source;
  }

  /** Remembers where the counting begins: what an earlier process did was reported by that one. */
  begin(status: SourceStatus): void {
    // The start itself belongs to this process.
    const starts = Math.max(0, status.counters.starts - 1);
    this.#last = { ...totalsOf(status), counters: { ...status.counters, starts } };
  }

  /** The next point, or undefined before `begin`. */
  next(
    status: SourceStatus,
    { rssBytes, eventLoopP99Ms, version }: ReturnType<ProcessFigures>,
    nowMs: number,
  ): Point | undefined {
    const last = this.#last;
    if (!last) return undefined;
    const now = totalsOf(status);
    this.#last = now;
    const counted = (name: keyof SourceCounters): number => Math.max(0, now.counters[name] - last.counters[name]);
    const [matched, late, long, dead] = [
      counted('matched'),
      counted('lateDropped'),
      counted('skippedLong'),
      counted('deadLettered'),
    ];
    const greatest = (of: (output: OutputStatus) => number): number => Math.max(0, ...status.outputs.map(of));
    const values: Readonly<Record<FieldName, number | string>> = {
      up: 1,
      health: healthNumbers[status.health],
      lines_read: counted('linesRead'),
      matched,
      ignored: counted('ignored'),
      dead_lettered: dead,
      late_dropped: late,
      skipped_long: long,
      records: matched + dead + late + long,
      rejected: dead + late + long,
      points: Math.max(0, now.accepted - last.accepted),
      write_errors: Math.max(0, now.refused - last.refused),
      retries: Math.max(0, now.retries - last.retries),
      dropped: Math.max(0, now.dropped - last.dropped),
      spool_bytes: greatest(({ spoolBytes }) => spoolBytes),
      spool_limit_bytes: greatest(({ spoolLimitBytes }) => spoolLimitBytes),
      lag_s: status.lagSeconds,
      write_p95_ms: greatest(({ writeP95Ms }) => writeP95Ms),
      rss_bytes: rssBytes,
      eventloop_p99_ms: eventLoopP99Ms,
      starts: counted('starts'),
      version,
    };
    const { family, name, host, instance } = this.#source;
    return {
      measurement: switchboardPipeline,
      // In the order of the declaration, then host and instance.
      tags: [family.name, name, host, instance],
      fields: switchboardPipeline.fieldNames.map((field) => values[field]),
      timeMs: nowMs,
    };
  }
}

function totalsOf({ counters, outputs }: SourceStatus): Totals {
  const sum = (of: (output: OutputStatus) => number): number =>
    outputs.reduce((total, output) => total + of(output), 0);
  return {
    counters: { ...counters },
    accepted: sum(({ accepted }) => accepted),
    refused: sum(({ refused }) => refused),
    retries: sum(({ retries }) => retries),
    dropped: sum(({ committed, accepted, refused, spooled }) => Math.max(0, committed - accepted - refused - spooled)),
  };
}
