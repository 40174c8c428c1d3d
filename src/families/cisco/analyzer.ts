// The working half of the family: lines in, samples out, live and after the fact by the same code. Its whole memory is in
// its snapshot; corrections of the past are points written again.
import type { Analyzer, AnalyzerContext, JsonValue, LineChunk, SampleSink, SourceReport } from '../../model/family.ts';
import { takeApart } from './code.ts';
import { Collectors } from './collectors.ts';
import { DeviceNames } from './devices.ts';
import { eventOf, kindOf } from './events.ts';
import { gauges } from './gauges.ts';
import { loadTopology } from './load-topology.ts';
import { Network } from './network.ts';
import { ciscoOptions } from './options.ts';
import type { CiscoOptions } from './options.ts';
import { defaultPreprocessOptions } from './preprocess-options.ts';
import { Preprocessor } from './preprocess.ts';
import { Publisher } from './publish.ts';
import { LineReader } from './reader.ts';
import { noCounts } from './reader.ts';
import type { ReadCounts } from './reader.ts';
import type { CookedRecord } from './record.ts';
import { Samples } from './samples.ts';
import type { Topology } from './topology.ts';
import { Zones } from './zone-offsets.ts';

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
  return new CiscoAnalyzer(topology, options, context.timezone);
}

class CiscoAnalyzer implements Analyzer {
  readonly #topology: Topology;
  readonly #options: CiscoOptions;
  readonly #timezone: string;
  readonly #names: DeviceNames;
  readonly #zones: Zones;
  readonly #network: Network;
  readonly #preprocessor: Preprocessor;
  readonly #samples: Samples;
  readonly #publisher = new Publisher();
  readonly #counts: ReadCounts = noCounts();
  readonly #readers = new Map<string, LineReader>();
  readonly #collectors = new Collectors();
  #sink: SampleSink | undefined;
  #publishedMs = Number.NEGATIVE_INFINITY;
  #forgottenMs = Number.NEGATIVE_INFINITY;

  constructor(topology: Topology, options: CiscoOptions, timezone: string) {
    this.#topology = topology;
    this.#options = options;
    this.#timezone = timezone;
    this.#names = new DeviceNames(topology, options.minBootSeconds * 1000);
    this.#zones = new Zones(topology.zoneMap, timezone);
    this.#network = new Network(topology, this.#names, options.holePolicy);
    this.#samples = new Samples(topology, options.facilities);
    this.#preprocessor = new Preprocessor(
      {
        ...defaultPreprocessOptions,
        lookaheadMs: options.lookaheadSeconds * 1000,
        minBootMs: options.minBootSeconds * 1000,
        maxSkewMs: options.maxSkewSeconds * 1000,
        silenceMs: options.silenceMinutes * 60_000,
      },
      this.#names,
      this.#zones,
      {
        record: (record) => this.#record(record),
        gap: (device, gap) => {
          this.#network.gap(device, gap);
          if (this.#sink) this.#samples.gap(device, gap, this.#sink);
        },
        reboot: (device, reboot, isNew) => {
          this.#network.reboot(device, reboot, isNew);
          if (this.#sink) this.#samples.reboot(device, reboot, this.#sink);
        },
        hole: (fromMs, toMs) => this.#network.hole(fromMs, toMs),
      },
      (code) => kindOf(code) !== 'other',
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
      if (!isMessage || sink.accept(from, stop, arrivalMs)) reader.take(buffer, lineClass, arrivalMs);
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
    if (this.#preprocessor.waiting === 0) return false;
    const { waiting } = this.#preprocessor;
    this.#sink = sink;
    this.#preprocessor.expire(nowMs);
    const hasLeft = this.#preprocessor.waiting < waiting;
    if (hasLeft) this.#publish(sink, false);
    this.#sink = undefined;
    return hasLeft;
  }

  snapshot(): JsonValue {
    return {
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
    Object.assign(this.#counts, kept['counts']);
    for (const [path, reader] of readers as [string, JsonValue][]) this.#reader(path).restore(reader);
    this.#publishedMs = (kept['publishedMs'] as number | null) ?? Number.NEGATIVE_INFINITY;
    this.#forgottenMs = (kept['forgottenMs'] as number | null) ?? Number.NEGATIVE_INFINITY;
  }

  report({ nowMs }: SourceReport, sink: SampleSink): void {
    gauges({
      nowMs,
      sink,
      topology: this.#topology,
      network: this.#network,
      preprocessor: this.#preprocessor,
      names: this.#names,
      zones: this.#zones,
      counts: this.#counts,
      tagOf: (device) => this.#samples.tagOf(device),
    });
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
    if (this.#sink) this.#samples.record(record, event, this.#sink);
  }

  /** Works the services out and writes what has changed; forgets what is too old to be corrected. */
  #publish(sink: SampleSink, isEnd: boolean): void {
    const { lastMs, firstMs } = this.#network;
    if (this.#topology.services.length === 0 || Number.isNaN(lastMs)) {
      this.#forget(lastMs);
      return;
    }
    if (!isEnd && lastMs - this.#publishedMs < publishMs) return;
    this.#publishedMs = lastMs;
    const finalMs = lastMs - this.#options.correctionDays * dayMs;
    this.#publisher.publish(this.#network.story(firstMs, lastMs), finalMs, sink);
    this.#forget(lastMs);
  }

  #forget(lastMs: number): void {
    const edge = Math.floor((lastMs - this.#options.correctionDays * dayMs) / forgetStepMs) * forgetStepMs;
    if (!(edge > this.#forgottenMs)) return;
    this.#forgottenMs = edge;
    this.#network.forget(edge);
  }
}
