// Decoded traces (`.m`) of a source: messages to CTI servers as counts, and the silence of links (ecs 6.3, 6.4 and 7).
// The header line of such a message is the record; the lines below it only say what it was.
import type { JsonValue, LineChunk, LogFile, SampleSink } from '../../model/family.ts';
import type { LocalClock } from '../../model/zone.ts';
import { eventOf, linkOf } from './asai-fields.ts';
import { ecsAsai, ecsCtiLag } from './metrics.ts';
import { longestHeader, MtaDays, readMtaHeader, timeOfDay } from './mta-header.ts';
import type { RejectReason } from './parser.ts';

/** A message whose lines are still coming. */
interface OpenMessage {
  readonly timeMs: number;
  link: string | undefined;
  event: string | undefined;
}

interface TraceFile {
  readonly days: MtaDays;
  /** A header was seen, so no title follows. */
  hasBegun: boolean;
  message: OpenMessage | undefined;
}

/** Traces that are followed at once; the one not heard of for longest is forgotten. */
const mostFiles = 64;
/** Links that are watched; a system has no more. */
const mostLinks = 64;
const dayMs = 86_400_000;
const longestEvent = 60;
const noEvent = 'none';
const count = ecsAsai.fieldNames.indexOf('count');
const silence = ecsCtiLag.fieldNames.indexOf('seconds_since_last');

/** True for the base name of a decoded trace; `.M` is a raw one. */
export function isTraceName(name: string): boolean {
  return name.endsWith('.m');
}

/** Takes the decoded traces of one source. */
export class CtiLines {
  readonly #clock: LocalClock;
  readonly #fault: (reason: string) => void;
  /** By path, the one used last at the end. */
  #files = new Map<string, TraceFile>();
  /** Paths by the number of a file, so that one that was renamed goes on. */
  readonly #paths = new Map<number, string>();
  /** Time of the last message of each link. */
  #links = new Map<string, number>();

  /** `clock` is of the zone of the source, for this alone. `fault` is told of messages that cannot be counted. */
  constructor(clock: LocalClock, fault: (reason: string) => void) {
    this.#clock = clock;
    this.#fault = fault;
  }

  /** Takes the next lines of a trace. */
  lines({ buffer, start, end, offset, file }: LineChunk, sink: SampleSink): void {
    // Where a file begins, what was open in others, or under the same name, has ended.
    if (offset === 0) for (const other of this.#files.values()) this.#end(other, sink);
    const trace = this.#fileOf(file, offset);
    for (let from = start; from < end;) {
      const feed = buffer.indexOf(0x0a, from);
      const stop = feed < 0 || feed >= end ? end : feed;
      this.#line(trace, buffer, from, stop, file, sink);
      from = stop + 1;
    }
  }

  /** Says how long each link has been silent. */
  report(nowMs: number, sink: SampleSink): void {
    for (const [link, lastMs] of this.#links) {
      const silentMs = nowMs - lastMs;
      if (silentMs >= dayMs) this.#links.delete(link);
      else sink.set(sink.series(ecsCtiLag, [link]), nowMs, silence, Math.max(0, silentMs) / 1000);
    }
  }

  snapshot(): JsonValue {
    const files = [...this.#files].map(([path, { days, hasBegun, message }]) => ({
      path,
      days: days.snapshot(),
      hasBegun,
      message: message ? [message.timeMs, message.link ?? null, message.event ?? null] : null,
    }));
    return { clock: this.#clock.snapshot(), files, links: [...this.#links] };
  }

  /** Takes back a snapshot; without one it begins anew. Throws when it is none. */
  restore(state: JsonValue | undefined): void {
    this.#files.clear();
    this.#paths.clear();
    this.#links.clear();
    if (state === undefined) return;
    const { clock, files, links } = (state ?? {}) as Record<string, JsonValue>;
    this.#clock.restore(clock ?? null);
    if (!Array.isArray(files) || !Array.isArray(links)) throw new Error('no decoded traces');
    this.#files = new Map(files.map(fileFrom));
    this.#links = new Map(
      links.map((item: unknown) => {
        const [link, lastMs] = Array.isArray(item) ? (item as unknown[]) : [];
        if (typeof link !== 'string' || typeof lastMs !== 'number') throw new Error('no CTI link');
        return [link, lastMs];
      }),
    );
  }

  /** The state of a file: kept under its path, and under its number while the process runs. */
  #fileOf({ path, id }: LogFile, offset: number): TraceFile {
    const before = this.#paths.get(id) ?? path;
    const known = offset > 0 ? this.#files.get(before) : undefined;
    const trace = known ?? { days: new MtaDays(), hasBegun: false, message: undefined };
    if (before !== path) this.#files.delete(before);
    this.#files.delete(path);
    this.#files.set(path, trace);
    this.#paths.set(id, path);
    for (const [oldest] of this.#files) if (this.#files.size > mostFiles) this.#files.delete(oldest);
    for (const [oldest] of this.#paths) if (this.#paths.size > mostFiles) this.#paths.delete(oldest);
    return trace;
  }

  #line(trace: TraceFile, bytes: Buffer, start: number, end: number, file: LogFile, sink: SampleSink): void {
    // Labels and headers stand at the left; what is as long as this is no line of theirs.
    const text = bytes.toString('latin1', start, Math.min(end, start + longestHeader + 1)).trimEnd();
    if (text.trim() === '') {
      // The body of a message of this kind has no empty line in it.
      if (trace.message?.link !== undefined) this.#end(trace, sink);
      return;
    }
    const header = readMtaHeader(text);
    if (!header) {
      if (trace.message) this.#body(trace, trace.message, text, sink);
      else if (!trace.hasBegun) trace.days.title(text);
      return;
    }
    this.#end(trace, sink);
    trace.hasBegun = true;
    const sinceMidnightMs = timeOfDay(header.time);
    const isOurs = header.arrow === '<--' && header.name === 'DOMAIN';
    if (Number.isNaN(sinceMidnightMs)) {
      if (isOurs) sink.reject(start, end, 'bad_date' satisfies RejectReason);
      return;
    }
    if (trace.days.isUnknown) trace.days.assume(this.#lastDay(sinceMidnightMs, file));
    // Messages of other kinds pass midnight too.
    const localMs = (trace.days.dayOf(sinceMidnightMs) ?? 0) + sinceMidnightMs;
    if (!isOurs) return;
    const timeMs = this.#clock.toUtc(localMs);
    if (sink.accept(start, end, timeMs)) trace.message = { timeMs, link: undefined, event: undefined };
  }

  /** The day on which the time was last before the file was written to, for files that say no day. */
  #lastDay(sinceMidnightMs: number, { modifiedMs }: LogFile): number {
    // The time of the file may be a moment older than what was read from it.
    const localMs = this.#clock.toLocal(modifiedMs) + 60_000;
    return Math.floor((localMs - sinceMidnightMs) / dayMs) * dayMs;
  }

  /** As soon as link and event are known the message is counted: the next one may be long in coming. */
  #body(trace: TraceFile, message: OpenMessage, text: string, sink: SampleSink): void {
    message.link ??= linkOf(text);
    message.event ??= eventOf(text);
    if (message.link !== undefined && message.event !== undefined) this.#end(trace, sink);
  }

  #end(trace: TraceFile, sink: SampleSink): void {
    const { message } = trace;
    if (!message) return;
    trace.message = undefined;
    const { timeMs, link = '', event = '' } = message;
    if (link === '') {
      this.#fault('malformed' satisfies RejectReason);
      return;
    }
    sink.add(sink.series(ecsAsai, [link, eventTag(event)]), timeMs, count, 1);
    const before = this.#links.get(link);
    if (before === undefined && this.#links.size >= mostLinks) return;
    this.#links.set(link, Math.max(before ?? timeMs, timeMs));
  }
}

/** The event as the trace has it, printable and within bounds, because it comes from a file. */
function eventTag(event: string): string {
  const text = event
    .slice(0, longestEvent)
    .replaceAll(/[\x00-\x20\x7f-\xa0]+/g, ' ')
    .trim();
  return text === '' ? noEvent : text;
}

function fileFrom(state: JsonValue): [string, TraceFile] {
  const { path, days, hasBegun, message } = (state ?? {}) as Record<string, JsonValue>;
  const [timeMs, link, event] = Array.isArray(message) ? (message as readonly unknown[]) : [];
  const isMessage =
    message === null ||
    (typeof timeMs === 'number' &&
      (link === null || typeof link === 'string') &&
      (event === null || typeof event === 'string'));
  if (typeof path !== 'string' || typeof hasBegun !== 'boolean' || !isMessage) throw new Error('no decoded trace');
  const open: OpenMessage | undefined =
    typeof timeMs === 'number'
      ? {
          timeMs,
          link: typeof link === 'string' ? link : undefined,
          event: typeof event === 'string' ? event : undefined,
        }
      : undefined;
  return [path, { days: MtaDays.restore(days ?? null), hasBegun, message: open }];
}
