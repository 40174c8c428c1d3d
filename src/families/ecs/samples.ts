// Events to samples. Handles of series are kept by numbers made from the bytes of the captured values, so a line that
// was seen before in kind costs no text at all.
import type { Measurement } from '../../model/catalogue.ts';
import type { SampleSink, Series } from '../../model/family.ts';
import { hourTags } from '../../model/week-clock.ts';
import type { WeekClock } from '../../model/week-clock.ts';
import { addBackup } from './backup-event.ts';
import type { DenialMemory, SeenNumber } from './denial-memory.ts';
import { unknownCategory } from './denial-table.ts';
import type { DenialTable } from './denial-table.ts';
import { isDigit } from './forms.ts';
import type { EventParser } from './parser.ts';
import type { IpEvent } from './ipevt.ts';
import {
  ecsDenial,
  ecsDenialHourly,
  ecsDenialNew,
  ecsIpevt,
  ecsMtcAlarm,
  ecsMtcError,
  ecsPattern,
  ecsProcErr,
} from './metrics.ts';
import type { PatternMatch } from './pattern-match.ts';
import { WordList } from './word-list.ts';

/** Sub-events that are told apart; the last two are the counterparts of the public ones. */
const ipEvents = ['IPT_REG', 'IPT_TCP_UP', 'IPT_UNREG', 'IPT_TCP_DOWN'];
/** Reasons that are told apart (ecs 3.2). */
const ipReasons = [
  'normal',
  'recovery',
  'endpoint_request',
  'switch_request',
  'linkUp',
  'timeout',
  '0',
  '2010',
  '2012',
];
const otherWord = 'other';
const noReason = 'none';
/** Stand for an index or a number where there is none; -1 is a word that is not known. */
const reasonMissing = -2;
const regionMissing = -1;
const regionOther = -2;
/** Values come from the log: beyond so many the handle is asked for anew each time. */
const keptHandles = 4096;
/** Values of up to so many bytes have a key that is an exact number. */
const shortValue = 6;

/** Handles by the bytes of one value. */
class Handles<T> {
  readonly #make: (value: string) => T;
  readonly #short = new Map<number, T>();
  readonly #long = new Map<string, T>();

  constructor(make: (value: string) => T) {
    this.#make = make;
  }

  of(bytes: Buffer, start: number, end: number): T {
    if (end - start > shortValue) {
      const value = bytes.toString('latin1', start, end);
      const handle = this.#long.get(value) ?? this.#make(value);
      if (this.#long.size < keptHandles && value.length < 300) this.#long.set(value, handle);
      return handle;
    }
    let key = 1;
    for (let position = start; position < end; position++) key = key * 256 + (bytes[position] ?? 0);
    let handle = this.#short.get(key);
    if (!handle) {
      handle = this.#make(bytes.toString('latin1', start, end));
      if (this.#short.size < keptHandles) this.#short.set(key, handle);
    }
    return handle;
  }
}

/** What a denial number is counted with. */
interface DenialHandle {
  readonly series: Series;
  readonly category: string;
  readonly seen: SeenNumber;
  /** Series of its category by hour of the week, those that were used; shared by all numbers of the category. */
  readonly hours: (Series | undefined)[];
}

/** Indexes of the fields, so that the hot path names them without a search. */
function indexOf<F extends string>(measurement: Measurement<string, F>, name: F): number {
  return measurement.fieldNames.indexOf(name);
}

const denialFields = {
  count: indexOf(ecsDenial, 'count'),
  d1: indexOf(ecsDenial, 'distinct_d1'),
  d2: indexOf(ecsDenial, 'distinct_d2'),
};
const hourlyField = indexOf(ecsDenialHourly, 'count');
const newField = indexOf(ecsDenialNew, 'count');
const alarmFields = { count: indexOf(ecsMtcAlarm, 'count'), name: indexOf(ecsMtcAlarm, 'distinct_lname') };
const errorFields = { count: indexOf(ecsMtcError, 'count'), name: indexOf(ecsMtcError, 'distinct_lname') };
const processField = indexOf(ecsProcErr, 'count');
const ipFields = {
  count: indexOf(ecsIpevt, 'count'),
  extension: indexOf(ecsIpevt, 'distinct_ext'),
  address: indexOf(ecsIpevt, 'distinct_ip'),
};
const patternFields = { count: indexOf(ecsPattern, 'count'), values: indexOf(ecsPattern, 'distinct_values') };

/** The handles of one sink. */
interface SinkHandles {
  readonly sink: SampleSink;
  readonly denials: Handles<DenialHandle>;
  readonly alarms: Handles<Series>;
  readonly errors: Handles<Series>;
  readonly processes: Handles<Series>;
  readonly ipEvents: Map<number, Series>;
  readonly patterns: Map<string, Series>;
}

/** Puts what was found into a sink. */
export class Samples {
  readonly #denials: DenialTable;
  readonly #memory: DenialMemory;
  readonly #week: WeekClock;
  readonly #events: WordList;
  readonly #reasons: WordList;
  #handles: SinkHandles | undefined;

  /**
   * `week` is the clock of the source's zone; `moreEvents` and `moreReasons` of the configuration are told apart
   * besides the known ones.
   */
  constructor(
    denials: DenialTable,
    memory: DenialMemory,
    week: WeekClock,
    moreEvents: readonly string[],
    moreReasons: readonly string[],
  ) {
    this.#denials = denials;
    this.#memory = memory;
    this.#week = week;
    this.#events = new WordList([...ipEvents, ...moreEvents]);
    this.#reasons = new WordList([...ipReasons, ...moreReasons]);
  }

  /** Adds the event that the parser holds. */
  event(parser: EventParser, bytes: Buffer, timeMs: number, sink: SampleSink): void {
    const handles = this.#of(sink);
    const { kind, spans } = parser;
    switch (kind) {
      case 'denial': {
        const denial = handles.denials.of(bytes, spans[0] ?? 0, spans[1] ?? 0);
        const { series } = denial;
        sink.add(series, timeMs, denialFields.count, 1);
        addDistinct(sink, series, timeMs, denialFields.d1, bytes, spans[2] ?? 0, spans[3] ?? 0);
        addDistinct(sink, series, timeMs, denialFields.d2, bytes, spans[4] ?? 0, spans[5] ?? 0);
        sink.add(this.#hourOf(denial, timeMs, sink), timeMs, hourlyField, 1);
        if (this.#memory.note(denial.seen, timeMs)) {
          const { seen, category } = denial;
          sink.add(sink.series(ecsDenialNew, [seen.number, category]), timeMs, newField, 1);
        }
        return;
      }
      case 'alarm':
      case 'error': {
        const fields = kind === 'alarm' ? alarmFields : errorFields;
        const series = (kind === 'alarm' ? handles.alarms : handles.errors).of(bytes, spans[0] ?? 0, spans[1] ?? 0);
        sink.add(series, timeMs, fields.count, 1);
        addDistinct(sink, series, timeMs, fields.name, bytes, spans[2] ?? 0, spans[3] ?? 0);
        return;
      }
      case 'proc_err':
        sink.add(handles.processes.of(bytes, spans[0] ?? 0, spans[1] ?? 0), timeMs, processField, 1);
        return;
      case 'backup':
        addBackup(bytes, spans, timeMs, sink);
        return;
      case 'ipevt':
        this.#ipEvent(parser.ipEvent, bytes, timeMs, handles);
    }
  }

  /** Adds what a pattern of the configuration found. */
  pattern(name: string, { value, distinct }: PatternMatch, timeMs: number, sink: SampleSink): void {
    const { patterns } = this.#of(sink);
    const key = `${name} ${value}`;
    let series = patterns.get(key);
    if (!series) {
      series = sink.series(ecsPattern, [name, value]);
      if (patterns.size < keptHandles) patterns.set(key, series);
    }
    sink.add(series, timeMs, patternFields.count, 1);
    if (distinct === '') return;
    const bytes = Buffer.from(distinct, 'latin1');
    sink.distinct(series, timeMs, patternFields.values, bytes, 0, bytes.length);
  }

  #hourOf({ hours, category }: DenialHandle, timeMs: number, sink: SampleSink): Series {
    const hourOfWeek = this.#week.hourOfWeek(timeMs);
    const known = hours[hourOfWeek];
    if (known) return known;
    const { hour, weekday } = hourTags(hourOfWeek);
    const series = sink.series(ecsDenialHourly, [hour, weekday, category]);
    hours[hourOfWeek] = series;
    return series;
  }

  #ipEvent(
    { event, reason, region, extension, address }: IpEvent,
    bytes: Buffer,
    timeMs: number,
    handles: SinkHandles,
  ): void {
    const eventIndex = this.#events.find(bytes, event.start, event.end);
    const reasonIndex =
      reason.end === reason.start ? reasonMissing : this.#reasons.find(bytes, reason.start, reason.end);
    const number = regionNumber(bytes, region.start, region.end);
    // Each part has room for its special values, which are negative.
    const key = ((eventIndex + 1) * 256 + reasonIndex + 2) * 16_384 + number + 2;
    const { sink, ipEvents: known } = handles;
    let series = known.get(key);
    if (!series) {
      series = sink.series(ecsIpevt, [
        this.#events.words[eventIndex] ?? otherWord,
        reasonIndex === reasonMissing ? noReason : (this.#reasons.words[reasonIndex] ?? otherWord),
        number >= 0 ? String(number) : number === regionMissing ? '' : otherWord,
      ]);
      if (known.size < keptHandles) known.set(key, series);
    }
    sink.add(series, timeMs, ipFields.count, 1);
    addDistinct(sink, series, timeMs, ipFields.extension, bytes, extension.start, extension.end);
    addDistinct(sink, series, timeMs, ipFields.address, bytes, address.start, address.end);
  }

  /** Handles belong to the sink that gave them. */
  #of(sink: SampleSink): SinkHandles {
    if (this.#handles?.sink === sink) return this.#handles;
    const single = (measurement: Measurement): Handles<Series> =>
      new Handles((value) => sink.series(measurement, [value]));
    // As many as the denial table has categories.
    const hours = new Map<string, (Series | undefined)[]>();
    const denial = (number: string): DenialHandle => {
      const category = this.#categoryOf(number);
      const series = sink.series(ecsDenial, [number, category]);
      const ofCategory = hours.get(category) ?? [];
      hours.set(category, ofCategory);
      return { series, category, seen: this.#memory.of(number), hours: ofCategory };
    };
    this.#handles = {
      sink,
      denials: new Handles(denial),
      alarms: single(ecsMtcAlarm),
      errors: single(ecsMtcError),
      processes: single(ecsProcErr),
      ipEvents: new Map(),
      patterns: new Map(),
    };
    return this.#handles;
  }

  #categoryOf(event: string): string {
    return this.#denials.find(Number(event))?.category ?? unknownCategory;
  }
}

/** The number of a region of up to four digits, or one of the two special values. */
function regionNumber(bytes: Uint8Array, start: number, end: number): number {
  if (end === start) return regionMissing;
  if (end - start > 4) return regionOther;
  let number = 0;
  for (let position = start; position < end; position++) {
    const byte = bytes[position];
    if (byte === undefined || !isDigit(byte)) return regionOther;
    number = number * 10 + byte - 0x30;
  }
  return number;
}

/** Counts a value as different, unless the line leaves it empty. */
function addDistinct(
  sink: SampleSink,
  series: Series,
  timeMs: number,
  field: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  if (end > start) sink.distinct(series, timeMs, field, bytes, start, end);
}
