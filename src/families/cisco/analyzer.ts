// The working half of the family: lines in, samples out, live and after the fact by the same code. Its whole memory is in
// its snapshot; corrections of the past are points written again. Above
// 300 lines: it only joins the parts, and their order is the subject.
import type {
  Analyzer,
  AnalyzerContext,
  JsonValue,
  LineChunk,
  LineMark,
  SampleSink,
  SourceReport,
} from '../../model/family.ts';
import { takeApart } from './grammar/code.ts';
import { Collectors } from './preprocessing/collectors.ts';
import { DeviceNames } from './preprocessing/devices.ts';
import { eventOf, kindOf } from './grammar/events.ts';
import { gauges } from './points/gauges.ts';
import { IngestFigures } from './points/ingest.ts';
import { LinkEnds } from './inference/link-ends.ts';
import { loadTopology } from './topology/load-topology.ts';
import { Network } from './inference/network.ts';
import { ciscoOptions } from './options.ts';
import type { CiscoOptions } from './options.ts';
import { defaultPreprocessOptions } from './preprocessing/preprocess-options.ts';
import { Preprocessor } from './preprocessing/preprocess.ts';
import { Publisher } from './points/publish.ts';
import { ReportClock } from './reports/report-words.ts';
import { RoutineCodes } from './grammar/routine.ts';
import { LineReader } from './preprocessing/reader.ts';
import { noCounts } from './preprocessing/reader.ts';
import type { ReadCounts } from './preprocessing/reader.ts';
import type { CookedRecord } from './preprocessing/record.ts';
import { Samples } from './points/samples.ts';
import type { Topology } from './topology/topology.ts';
import { Zones } from './grammar/zone-offsets.ts';

/** Reasons of rejects. */
export type RejectReason = 'unparsed';

const dayMs = 86_400_000;
/** The services are worked out anew at most so often, in the time of the log. */
const publishMs = 60_000;
/** A chunk of so many bytes is one of many that wait to be read: nobody looks at the services until that is done. */
const backlogBytes = 65_536;
/** While there is a backlog, they are worked out anew when what is kept has grown by this part of it. */
const backlogShare = 1 / 3;
/** Evidence is forgotten in steps of so long. */
const forgetStepMs = dayMs / 4;
/** Files whose place in time is remembered. */
const mostFiles = 64;

/** Makes the analyzer of one source; reads the topology if the options name one. Throws UsageError when it is wrong. */
export async function createCiscoAnalyzer(context: AnalyzerContext): Promise<Analyzer> {
  const options = ciscoOptions.parse(context.options ?? {});
  const topology = await loadTopology(options.topology, { minBootSeconds: options.minBootSeconds });
  return new CiscoAnalyzer(() => new CiscoWork(topology, options, context.timezone), longestHeldMs(options));
}

/** Records wait for earlier ones, and stamps may differ from arrivals. */
function longestHeldMs({ lookaheadSeconds, maxSkewSeconds }: CiscoOptions): number {
  return (lookaheadSeconds + maxSkewSeconds) * 1000;
}

/** An analyzer whose state can be replaced as a whole. */
class CiscoAnalyzer implements Analyzer {
  readonly heldMs: number;
  readonly #begin: () => CiscoWork;
  #work: CiscoWork;

  constructor(begin: () => CiscoWork, heldMs: number) {
    this.#begin = begin;
    this.#work = begin();
    this.heldMs = heldMs;
  }

  lines(chunk: LineChunk, sink: SampleSink): void {
    this.#work.lines(chunk, sink);
  }

  finish(sink: SampleSink): void {
    this.#work.finish(sink);
  }

  idle(nowMs: number, sink: SampleSink): boolean {
    return this.#work.idle(nowMs, sink);
  }

  snapshot(): JsonValue {
    return this.#work.snapshot();
  }

  restore(state: JsonValue): void {
    const work = this.#begin();
    work.restore(state);
    this.#work = work;
  }

  report(report: SourceReport, sink: SampleSink): void {
    this.#work.report(report, sink);
  }
}

class CiscoWork {
  readonly #topology: Topology;
  readonly #options: CiscoOptions;
  readonly #timezone: string;
  readonly #names: DeviceNames;
  readonly #zones: Zones;
  readonly #network: Network;
  readonly #preprocessor: Preprocessor;
  readonly #samples: Samples;
  readonly #clock: ReportClock;
  readonly #silenceMs: number;
  readonly #ends: LinkEnds;
  readonly #publisher: Publisher;
  readonly #ingest = new IngestFigures();
  readonly #counts: ReadCounts = noCounts();
  readonly #readers = new Map<string, LineReader>();
  readonly #collectors = new Collectors();
  #sink: SampleSink | undefined;
  /** Which line is read now, where somebody looks for lines. */
  #mark: LineMark | undefined;
  #publishedMs = Number.NEGATIVE_INFINITY;
  #forgottenMs = Number.NEGATIVE_INFINITY;

  constructor(topology: Topology, options: CiscoOptions, timezone: string) {
    this.#topology = topology;
    this.#options = options;
    this.#timezone = timezone;
    this.#names = new DeviceNames(topology, options.minBootSeconds * 1000);
    this.#zones = new Zones(topology.zoneMap, timezone);
    this.#network = new Network(topology, this.#names, options.holePolicy);
    const routine = new RoutineCodes(options.routineCodes);
    this.#clock = new ReportClock(this.#zones, topology.timezone);
    this.#silenceMs = options.silenceMinutes * 60_000;
    this.#ends = new LinkEnds(this.#network);
    this.#publisher = new Publisher(topology, this.#zones, this.#ends);
    this.#samples = new Samples(topology, this.#network.index, options.facilities, routine);
    this.#preprocessor = new Preprocessor(
      {
        ...defaultPreprocessOptions,
        lookaheadMs: options.lookaheadSeconds * 1000,
        minBootMs: options.minBootSeconds * 1000,
        maxSkewMs: options.maxSkewSeconds * 1000,
        silenceMs: this.#silenceMs,
      },
      this.#names,
      this.#zones,
      {
        record: (record) => this.#record(record),
        gap: (device, gap) => {
          this.#network.gap(device, gap);
          this.#sink?.about?.(undefined);
          if (this.#sink) this.#samples.gap(device, gap, this.#preprocessor.track(device), this.#sink);
        },
        reboot: (device, reboot, isNew) => {
          this.#network.reboot(device, reboot, isNew);
          this.#sink?.about?.(undefined);
          if (this.#sink) this.#samples.reboot(device, reboot, isNew, this.#sink);
        },
        hole: (fromMs, toMs) => {
          this.#network.hole(fromMs, toMs);
          if (this.#sink) this.#samples.hole(fromMs, toMs, this.#sink);
        },
        duplicate: (device, arrivalMs) => {
          this.#sink?.about?.(this.#mark);
          if (this.#sink) this.#samples.duplicate(device, arrivalMs, this.#sink);
        },
      },
      (code) => kindOf(code) !== 'other' || (options.texts && !routine.has(code)),
    );
  }

  lines(chunk: LineChunk, sink: SampleSink): void {
    const { buffer, start, end, file } = chunk;
    const reader = this.#reader(file.path);
    this.#sink = sink;
    reader.findYear(chunk);
    for (let from = start; from < end;) {
      const feed = buffer.indexOf(10, from);
      const stop = feed < 0 || feed > end ? end : feed;
      const { lineClass, arrivalMs } = reader.arrivalOf(buffer, from, stop, file.modifiedMs);
      const isMessage = lineClass === 'message' || lineClass === 'numbered';
      if (lineClass === 'unparsed') sink.reject(from, stop, 'unparsed' satisfies RejectReason);
      if (!isMessage || sink.accept(from, stop, arrivalMs)) {
        this.#mark = sink.mark?.();
        reader.take(buffer, lineClass, arrivalMs, this.#mark);
      }
      from = stop + 1;
    }
    const { firstMs, lastMs } = this.#network;
    const isBacklog = end - start >= backlogBytes;
    if (!isBacklog || lastMs - this.#publishedMs >= (lastMs - firstMs) * backlogShare) this.#publish(sink, false);
    this.#sink = undefined;
  }

  finish(sink: SampleSink): void {
    this.#sink = sink;
    this.#preprocessor.flush();
    this.#publish(sink, true);
    this.#sink = undefined;
  }

  idle(nowMs: number, sink: SampleSink): boolean {
    const { waiting } = this.#preprocessor;
    const beforeMs = this.#publishedMs;
    this.#sink = sink;
    this.#preprocessor.expire(nowMs);
    // In a hole the states are frozen: what is not known is not written as if it were.
    if (nowMs - this.#preprocessor.watermarkMs < this.#silenceMs) this.#publish(sink, false, nowMs);
    this.#sink = undefined;
    return this.#preprocessor.waiting < waiting || this.#publishedMs > beforeMs;
  }

  snapshot(): JsonValue {
    return {
      samples: this.#samples.snapshot(),
      ends: this.#ends.snapshot(),
      ingest: this.#ingest.snapshot(),
      zones: this.#zones.unknown,
      preprocessor: this.#preprocessor.snapshot(),
      network: this.#network.snapshot(),
      publisher: this.#publisher.snapshot(),
      counts: { ...this.#counts },
      readers: [...this.#readers].map(([path, reader]) => [path, reader.snapshot()]),
      publishedMs: Number.isFinite(this.#publishedMs) ? this.#publishedMs : null,
      forgottenMs: Number.isFinite(this.#forgottenMs) ? this.#forgottenMs : null,
    };
  }

  restore(state: JsonValue): void {
    const kept = (state ?? {}) as Record<string, JsonValue>;
    const readers = kept['readers'];
    if (!Array.isArray(readers)) throw new Error('no state of a cisco source');
    this.#preprocessor.restore(kept['preprocessor'] ?? null, takeApart);
    this.#network.restore(kept['network'] ?? null);
    this.#publisher.restore(kept['publisher'] ?? null);
    this.#ends.restore(kept['ends'] ?? null);
    this.#ingest.restore(kept['ingest'] ?? null);
    this.#zones.unknown = (kept['zones'] as number | undefined) ?? 0;
    this.#samples.restore(kept['samples'] ?? null, this.#preprocessor.tracks);
    Object.assign(this.#counts, kept['counts']);
    for (const [path, reader] of readers as [string, JsonValue][]) this.#reader(path).restore(reader);
    this.#publishedMs = (kept['publishedMs'] as number | null) ?? Number.NEGATIVE_INFINITY;
    this.#forgottenMs = (kept['forgottenMs'] as number | null) ?? Number.NEGATIVE_INFINITY;
  }

  report(report: SourceReport, sink: SampleSink): void {
    gauges({
      nowMs: report.nowMs,
      silenceMs: this.#silenceMs,
      sink,
      topology: this.#topology,
      network: this.#network,
      ends: this.#ends,
      preprocessor: this.#preprocessor,
      samples: this.#samples,
      clock: this.#clock,
    });
    const ingest = {
      counts: this.#counts,
      unknownDevices: this.#names.unknown.size,
      unknownZones: this.#zones.unknown,
      buffered: this.#preprocessor.waiting,
      holes: this.#preprocessor.holes,
    };
    this.#ingest.report(report, ingest, sink);
  }

  #reader(path: string): LineReader {
    let reader = this.#readers.get(path);
    if (!reader) {
      if (this.#readers.size >= mostFiles) {
        for (const oldest of this.#readers.keys()) {
          this.#readers.delete(oldest);
          break;
        }
      }
      reader = new LineReader(
        this.#preprocessor,
        this.#zones,
        {
          timezone: this.#timezone,
          year: this.#options.year,
          catos: this.#options.catos,
          collector: this.#collectors.of(path),
          isDeviceName: (name) => this.#names.isName(name),
        },
        this.#counts,
      );
      this.#readers.set(path, reader);
    }
    return reader;
  }

  #record(record: CookedRecord): void {
    const event = record.code ? eventOf(record.code, record.text) : ({ kind: 'other' } as const);
    this.#network.record(record, event);
    if (!this.#sink) return;
    this.#sink.about?.(this.#preprocessor.markOf(record));
    this.#samples.record(record, event, this.#preprocessor.track(record.device), this.#sink);
  }

  /**
   * Works the services out up to a moment, or to the newest record, and writes what has changed; forgets what is too old to
   * be corrected.
   */
  #publish(sink: SampleSink, isEnd: boolean, untilMs = Number.NEGATIVE_INFINITY): void {
    const { lastMs, firstMs } = this.#network;
    // What is worked out is not made of single lines.
    if (sink.mark) return;
    if (this.#topology.services.length === 0 || Number.isNaN(lastMs)) {
      this.#forget(lastMs);
      return;
    }
    const toMs = Math.max(lastMs, untilMs);
    if (!isEnd && toMs - this.#publishedMs < publishMs) return;
    this.#publishedMs = toMs;
    const span = {
      finalMs: toMs - this.#options.correctionDays * dayMs,
      forgottenMs: this.#forgottenMs,
      settledMs: isEnd ? toMs : toMs - this.#options.lookaheadSeconds * 1000,
    };
    this.#publisher.publish(this.#network.story(firstMs, toMs), span, sink);
    this.#forget(toMs);
  }

  #forget(lastMs: number): void {
    const edge = Math.floor((lastMs - this.#options.correctionDays * dayMs) / forgetStepMs) * forgetStepMs;
    if (!(edge > this.#forgottenMs)) return;
    this.#forgottenMs = edge;
    this.#ends.forget(edge);
    this.#network.forget(edge);
  }
}
