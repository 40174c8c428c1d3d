// What the family says about its source every 15 s: rotation, age of the files, throughput, rejects (ecs 7). The engine
// gives totals; points hold what was added since the report before.
import type { JsonValue, SampleSink, SourceReport } from '../../model/family.ts';
import { ecsFiles, ecsParser, ecsParserTotal } from './metrics.ts';

interface Totals {
  filesOpened: number;
  bytesRead: number;
  linesRead: number;
  records: number;
}

/** The totals of the report before. */
export class SourceFigures {
  #totals: Totals = { filesOpened: 0, bytesRead: 0, linesRead: 0, records: 0 };
  #reasons = new Map<string, number>();
  /** What is wrong with records and belongs to no line, since the state was begun. */
  #faults = new Map<string, number>();

  /** Counts a fault of a record. */
  count(reason: string): void {
    this.#faults.set(reason, (this.#faults.get(reason) ?? 0) + 1);
  }

  /** Puts one point of each measurement, stamped with the time of the report. */
  report(report: SourceReport, sink: SampleSink): void {
    const rejected = [...report.reasons.values()].reduce((sum, count) => sum + count, 0);
    const totals: Totals = {
      filesOpened: report.filesOpened,
      bytesRead: report.bytesRead,
      linesRead: report.linesRead,
      records: report.matched + rejected,
    };
    const before = this.#totals;
    // Totals that went back belong to a state that was begun anew.
    const added = (key: keyof Totals): number => Math.max(0, totals[key] - before[key]);
    this.#files(report, added('filesOpened'), added('bytesRead'), sink);
    const total = sink.series(ecsParserTotal, []);
    const put = (name: (typeof ecsParserTotal.fieldNames)[number], value: number): void =>
      sink.set(total, report.nowMs, ecsParserTotal.fieldNames.indexOf(name), value);
    put('lines', added('linesRead'));
    put('bytes', added('bytesRead'));
    put('records', added('records'));
    if (report.newestEventMs !== undefined) put('lag_s', (report.nowMs - report.newestEventMs) / 1000);
    const reasons = new Map(report.reasons);
    for (const [reason, count] of this.#faults) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
    for (const [reason, count] of reasons) {
      const more = count - (this.#reasons.get(reason) ?? 0);
      if (more > 0)
        sink.set(sink.series(ecsParser, [reason]), report.nowMs, ecsParser.fieldNames.indexOf('count'), more);
    }
    this.#totals = totals;
    this.#reasons = reasons;
  }

  /** The totals last reported. */
  snapshot(): JsonValue {
    return { totals: { ...this.#totals }, reasons: [...this.#reasons], faults: [...this.#faults] };
  }

  /** Takes back a snapshot; throws when it is none. */
  restore(state: JsonValue): void {
    const { totals, reasons, faults } = (state ?? {}) as Record<string, unknown>;
    const numbers = (totals ?? {}) as Record<string, unknown>;
    const read = (key: keyof Totals): number => {
      const value = numbers[key];
      if (typeof value !== 'number') throw new Error(`no total of ${key}`);
      return value;
    };
    this.#totals = {
      filesOpened: read('filesOpened'),
      bytesRead: read('bytesRead'),
      linesRead: read('linesRead'),
      records: read('records'),
    };
    this.#reasons = countsOf(reasons);
    this.#faults = countsOf(faults ?? []);
  }

  #files({ nowMs, files }: SourceReport, opened: number, bytes: number, sink: SampleSink): void {
    const series = sink.series(ecsFiles, []);
    const put = (name: (typeof ecsFiles.fieldNames)[number], value: number): void =>
      sink.set(series, nowMs, ecsFiles.fieldNames.indexOf(name), value);
    put('opened', opened);
    put('bytes', bytes);
    const opening = files.map(({ name }) => openedAt(name)).filter((localMs) => localMs !== undefined);
    // Both names are read on the same clock, so no zone is needed; over a time change it is off by that hour.
    if (opening.length > 0) put('retention_s', (newest(opening) - oldest(opening)) / 1000);
    if (files.length > 0)
      put('newest_age_s', Math.max(0, nowMs - newest(files.map(({ modifiedMs }) => modifiedMs))) / 1000);
  }
}

function countsOf(entries: unknown): Map<string, number> {
  if (!Array.isArray(entries)) throw new Error('no totals of reasons');
  return new Map(
    entries.map((entry: unknown) => {
      const [reason, count] = Array.isArray(entry) ? (entry as unknown[]) : [];
      if (typeof reason !== 'string' || typeof count !== 'number') throw new Error('no total of a reason');
      return [reason, count];
    }),
  );
}

/** Local time at which a file was opened by its name, `2017-0427-084400`. */
function openedAt(name: string): number | undefined {
  const parts = /^(\d{4})-(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)/.exec(name)?.slice(1).map(Number);
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** A loop, because a folder may hold more names than a call takes arguments. */
function newest(times: readonly number[]): number {
  return times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY);
}

function oldest(times: readonly number[]): number {
  return times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
}
