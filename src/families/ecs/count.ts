// `ecs count`: counts events in intervals of the stamp, as text, without zone and without buckets (ecs 6.1). Keeps the
// greatest intervals and a bounded number of rows, so memory does not grow with the input.
import type { LineChunk, LogFile } from '../../model/family.ts';
import { lineEnd, lineStart, LineScanner, needleOf } from '../../model/line-scanner.ts';
import type { CountPattern, CountPlan } from './count-options.ts';
import { isKeywordAt, matchForm, newSpans } from './forms.ts';
import { longestExpressionText } from './pattern-match.ts';
import { EcsStamps, isSyslogStamp, stampLength, stampText, SyslogStamps, textStart } from './stamp.ts';
import { isInRanges } from './stamp-ranges.ts';

/** The counts of one interval. */
export interface CountColumn {
  /** How it sorts: by time, also where the text has no year. */
  readonly key: string;
  /** How it is shown. */
  readonly title: string;
  /** Counts by row label. */
  readonly rows: Map<string, number>;
  /** What rows beyond the limit would have held. */
  other: number;
}

/** The counts of one pattern. */
export interface CountTable {
  readonly pattern: CountPattern;
  /** Ordered by key. */
  readonly columns: readonly CountColumn[];
}

/** One pattern at work. */
class Counter {
  readonly pattern: CountPattern;
  readonly columns: CountColumn[] = [];
  readonly #plan: CountPlan;
  readonly #byKey = new Map<string, CountColumn>();

  constructor(pattern: CountPattern, plan: CountPlan) {
    this.pattern = pattern;
    this.#plan = plan;
  }

  /** Counts a row; false when the interval is older than all that are kept. */
  count(key: string, title: string, label: string): boolean {
    const column = this.#byKey.get(key) ?? this.#open(key, title);
    if (!column) return false;
    const before = column.rows.get(label);
    if (before !== undefined) column.rows.set(label, before + 1);
    else if (column.rows.size < this.#plan.maxRows) column.rows.set(label, 1);
    else column.other++;
    return true;
  }

  #open(key: string, title: string): CountColumn | undefined {
    const { columns } = this;
    const isFull = columns.length >= this.#plan.kept;
    if (isFull && key < (columns[0]?.key ?? '')) return undefined;
    const column: CountColumn = { key, title, rows: new Map(), other: 0 };
    // Logs are nearly in order, so the place is nearly always the last one.
    let place = columns.length;
    while (place > 0 && (columns[place - 1]?.key ?? '') > key) place--;
    columns.splice(place, 0, column);
    this.#byKey.set(key, column);
    if (isFull) {
      const oldest = columns.shift();
      if (oldest) this.#byKey.delete(oldest.key);
    }
    return column;
  }
}

/** The patterns of one keyword: all of them are tried where the keyword stands. */
interface KeywordCounters {
  readonly keyword: Buffer;
  readonly counters: readonly Counter[];
}

/** The counting of one run. */
export class Counting {
  /** Events older than all intervals kept. */
  late = 0;
  /** Lines that should have been events and are torn or malformed. */
  unusable = 0;
  /** Events without a usable time stamp. */
  undated = 0;
  readonly #plan: CountPlan;
  readonly #keywords: readonly KeywordCounters[];
  /** In the order of their first event. */
  readonly #started = new Set<Counter>();
  readonly #scanner: LineScanner;
  readonly #spans = newSpans();
  readonly #ecsStamps = new EcsStamps();
  readonly #syslogStamps: SyslogStamps;

  /** `toLocal` gives the local time of a file's modification, the reference for dates without a year. */
  constructor(plan: CountPlan, toLocal: (utcMs: number) => number) {
    this.#plan = plan;
    const keywords = [...new Set(plan.patterns.map(({ keyword }) => keyword))];
    this.#keywords = keywords.map((keyword) => ({
      keyword: Buffer.from(keyword, 'latin1'),
      counters: plan.patterns
        .filter((pattern) => pattern.keyword === keyword)
        .map((pattern) => new Counter(pattern, plan)),
    }));
    this.#scanner = new LineScanner(this.#keywords.map(({ keyword }) => needleOf(keyword)));
    this.#syslogStamps = new SyslogStamps(toLocal);
  }

  /** Takes the next lines. */
  lines({ buffer, start: chunkStart, end, file }: LineChunk): void {
    const scanner = this.#scanner;
    scanner.begin(buffer, end);
    let from = chunkStart;
    for (let found = scanner.next(from); found >= 0; found = from < end ? scanner.next(from) : -1) {
      const start = lineStart(buffer, from, found);
      const stop = lineEnd(buffer, found, end);
      // The last line of a file may still be in the writing: without its line feed it is no evidence of damage.
      this.#line(buffer.subarray(start, stop), file, stop < end);
      from = stop + 1;
    }
  }

  /** The tables in the order in which their first event came. */
  tables(): readonly CountTable[] {
    return [...this.#started].filter(({ columns }) => columns.length > 0);
  }

  #line(line: Buffer, file: LogFile, isComplete: boolean): void {
    let isUnusable = false;
    for (const { keyword, counters } of this.#keywords) {
      const at = line.indexOf(keyword);
      if (at < 0) continue;
      let isCounted = false;
      for (const counter of counters) {
        const label = this.#label(counter.pattern, line, keyword, at);
        if (label === undefined) continue;
        if (label === false) {
          isUnusable = true;
          continue;
        }
        isCounted = true;
        this.#count(counter, label, line, file);
      }
      // The first keyword with a match wins; when its patterns do not fit the others are tried.
      if (isCounted) return;
    }
    if (isUnusable && isComplete) this.unusable++;
  }

  /** The row of a line; undefined when it is no such event, false when it should be one and is damaged. */
  #label(pattern: CountPattern, line: Buffer, keyword: Buffer, at: number): string | undefined | false {
    const { groups } = this.#plan;
    if (pattern.kind === 'expression') {
      const text = line.toString('latin1', 0, Math.min(line.length, longestExpressionText));
      const found = pattern.expression.exec(text);
      return found && joined(found.groups.slice(0, groups).map((group) => group ?? ''));
    }
    let place = at;
    while (place >= 0 && !isKeywordAt(keyword, line, place, line.length)) place = line.indexOf(keyword, place + 1);
    if (place < 0) return undefined;
    const outcome = matchForm(pattern.form, line, place + keyword.length, line.length, this.#spans);
    if (outcome === 'absent') return undefined;
    if (outcome !== 'matched') return false;
    const shown = pattern.form.groups.slice(0, groups);
    return joined(
      shown.map(({ label }, index) => {
        return label + line.toString('latin1', this.#spans[2 * index], this.#spans[2 * index + 1]);
      }),
    );
  }

  #count(counter: Counter, label: string, line: Buffer, file: LogFile): void {
    const place = this.#place(line, file);
    if (!place) this.undated++;
    else if (isInRanges(place.stamp, this.#plan.ranges)) {
      this.#started.add(counter);
      if (!counter.count(place.key, place.title, label)) this.late++;
    }
  }

  /** The interval of a line, and its stamp as ecs files write it (empty when it has none and needs none). */
  #place(line: Buffer, file: LogFile): { key: string; title: string; stamp: string } | undefined {
    const { interval, ranges } = this.#plan;
    const from = textStart(line, 0, line.length);
    const isSyslog = isSyslogStamp(line, from, line.length);
    let stamp = '';
    let localMs = Number.NaN;
    if (isSyslog) {
      localMs = this.#syslogStamps.localMs(line, from, line.length, file);
      if (!Number.isNaN(localMs)) stamp = stampText(localMs);
    } else if (!Number.isNaN(this.#ecsStamps.localMs(line, from, line.length))) {
      stamp = line.toString('latin1', from, from + stampLength);
    }
    if (stamp === '' && (interval.isStamp || ranges.length > 0)) return undefined;
    if (interval.isStamp) {
      const title = stamp.slice(interval.first, interval.last);
      return { key: title, title, stamp };
    }
    const slice = line.toString('latin1', from + interval.first, Math.min(from + interval.last, line.length)).trimEnd();
    if (!isSyslog || stamp === '') return { key: slice, title: slice, stamp };
    // `Nov  8` comes before `Jan 30` of the next year: the year is added, and the month sorts as a number.
    const sorted = interval.first === 0 ? stamp.slice(4, 6) + slice.slice(3) : slice;
    return { key: stamp.slice(0, 4) + sorted, title: `${stamp.slice(0, 4)} ${slice}`, stamp };
  }
}

function joined(groups: readonly string[]): string {
  return groups.join(' ').trimEnd();
}
