// The working half of the family: finds the lines with events in a chunk of bytes and turns them into samples. Lines
// without a keyword are never touched one by one; of the others only captured text is decoded (engine 7).
import type {
  Analyzer,
  AnalyzerContext,
  JsonValue,
  LineChunk,
  LogFile,
  SampleSink,
  SourceReport,
} from '../../model/family.ts';
import { lineEnd, lineStart, LineScanner, needleOf } from '../../model/line-scanner.ts';
import { WeekClock } from '../../model/week-clock.ts';
import { LocalClock } from '../../model/zone.ts';
import { CtiLines, isTraceName } from './cti-lines.ts';
import { DenialMemory } from './denial-memory.ts';
import { loadDenials } from './denials.ts';
import { mstNeedles, MstLines } from './mst-lines.ts';
import { ecsOptions } from './options.ts';
import { EventParser, eventNeedles } from './parser.ts';
import type { RejectReason } from './parser.ts';
import { LinePattern } from './pattern-match.ts';
import type { PatternMatch } from './pattern-match.ts';
import { Samples } from './samples.ts';
import type { BusinessHours } from './sip-silence.ts';
import { SourceFigures } from './source-figures.ts';
import { EventTimes } from './stamp.ts';

/** Makes the analyzer of one source; reads the denial table if the options name one. Throws UsageError when it is bad. */
export async function createEcsAnalyzer(context: AnalyzerContext): Promise<Analyzer> {
  const options = ecsOptions.parse(context.options ?? {});
  const denials = await loadDenials(options.denials);
  const memory = new DenialMemory(options.newNumbers);
  const week = new WeekClock(context.timezone);
  const { days, fromHour, toHour } = options.businessHours;
  const isBusinessHour = (utcMs: number): boolean => {
    const hourOfWeek = week.hourOfWeek(utcMs);
    const hour = hourOfWeek % 24;
    return days.includes(Math.floor(hourOfWeek / 24) + 1) && hour >= fromHour && hour < toHour;
  };
  return new EcsAnalyzer(
    new EventTimes(new LocalClock(context.timezone)),
    options.patterns.map((pattern) => new LinePattern(pattern)),
    memory,
    new Samples(denials, memory, week, options.ipEvents, options.ipReasons),
    isBusinessHour,
    context.timezone,
  );
}

class EcsAnalyzer implements Analyzer {
  readonly #times: EventTimes;
  readonly #patterns: readonly LinePattern[];
  readonly #memory: DenialMemory;
  readonly #samples: Samples;
  readonly #figures = new SourceFigures();
  readonly #mst: MstLines;
  readonly #cti: CtiLines;
  readonly #parser = new EventParser();
  readonly #scanner: LineScanner;

  constructor(
    times: EventTimes,
    patterns: readonly LinePattern[],
    memory: DenialMemory,
    samples: Samples,
    isBusinessHour: BusinessHours,
    timezone: string,
  ) {
    this.#cti = new CtiLines(new LocalClock(timezone), (reason) => this.#figures.count(reason));
    this.#mst = new MstLines((reason) => this.#figures.count(reason), isBusinessHour);
    this.#times = times;
    this.#patterns = patterns;
    this.#memory = memory;
    this.#samples = samples;
    this.#scanner = new LineScanner([
      ...eventNeedles,
      ...mstNeedles,
      ...patterns.map(({ keyword }) => needleOf(keyword)),
    ]);
  }

  lines(chunk: LineChunk, sink: SampleSink): void {
    if (isTraceName(chunk.file.name)) {
      this.#cti.lines(chunk, sink);
      return;
    }
    const { buffer, end } = chunk;
    this.#scanner.begin(buffer, end);
    let from = chunk.start;
    for (let found = this.#scanner.next(from); found >= 0; found = from < end ? this.#scanner.next(from) : -1) {
      const start = lineStart(buffer, from, found);
      const stop = lineEnd(buffer, found, end);
      this.#line(buffer, start, stop, found, chunk.file, sink);
      from = stop + 1;
    }
  }

  snapshot(): JsonValue {
    return {
      times: this.#times.snapshot(),
      figures: this.#figures.snapshot(),
      denials: this.#memory.snapshot(),
      mst: this.#mst.snapshot(),
      cti: this.#cti.snapshot(),
    };
  }

  restore(state: JsonValue): void {
    const { times, figures, denials, mst, cti } = (state ?? {}) as Record<string, JsonValue>;
    this.#times.restore(times ?? null);
    this.#figures.restore(figures ?? null);
    this.#memory.restore(denials);
    this.#mst.restore(mst);
    this.#cti.restore(cti);
  }

  report(report: SourceReport, sink: SampleSink): void {
    this.#figures.report(report, sink);
    this.#mst.report(report.nowMs, sink);
    this.#cti.report(report.nowMs, sink);
  }

  /** A line with a needle in it ends as a record, as a reject, or, when nothing is said of it, as ignored. */
  #line(bytes: Buffer, start: number, end: number, found: number, file: LogFile, sink: SampleSink): void {
    if (this.#isMst(bytes, start, end, found, file, sink)) return;
    const outcome = this.#parser.parse(bytes, start, end, found, this.#scanner);
    const isEvent = outcome === true;
    const matches = this.#patterns.length === 0 ? [] : this.#matches(bytes.subarray(start, end));
    if (!isEvent && matches.length === 0) {
      if (outcome !== false) sink.reject(start, end, outcome);
      return;
    }
    const timeMs = this.#times.utcMs(bytes, start, end, file);
    if (Number.isNaN(timeMs)) {
      sink.reject(start, end, 'bad_date' satisfies RejectReason);
      return;
    }
    if (!sink.accept(start, end, timeMs)) return;
    if (isEvent) this.#samples.event(this.#parser, bytes, timeMs, sink);
    for (const { name, match } of matches) this.#samples.pattern(name, match, timeMs, sink);
  }

  /** MST lines outnumber all others where there are any; patterns of the configuration see the rest. */
  #isMst(bytes: Buffer, start: number, end: number, found: number, file: LogFile, sink: SampleSink): boolean {
    const first = bytes[found];
    if (first !== 0x53 && first !== 0x2b) return false;
    return this.#mst.line(bytes, start, end, this.#times.utcMs(bytes, start, end, file), sink);
  }

  #matches(line: Buffer): readonly { name: string; match: PatternMatch }[] {
    const matches: { name: string; match: PatternMatch }[] = [];
    for (const pattern of this.#patterns) {
      const match = pattern.match(line);
      if (match) matches.push({ name: pattern.name, match });
    }
    return matches;
  }
}
