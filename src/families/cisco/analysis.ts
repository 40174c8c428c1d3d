// A whole log after the fact: several inputs merged by arrival, every line counted, every record judged, and the story of
// the network at the end. What all commands of the family stand on.
import type { CommandCall, Inputs } from '../../model/command.ts';
import type { LineChunk } from '../../model/family.ts';
import { Collectors } from './collectors.ts';
import { DeviceNames } from './devices.ts';
import { eventOf, kindOf } from './events.ts';
import type { NetworkEvent } from './events.ts';
import { isCiscoLogName } from './log-name.ts';
import { Network } from './network.ts';
import type { HolePolicy } from './network.ts';
import { Preprocessor } from './preprocess.ts';
import type { PreprocessOptions } from './preprocess-options.ts';
import { LineReader, noCounts } from './reader.ts';
import type { ReadCounts } from './reader.ts';
import type { CookedRecord } from './record.ts';
import type { Device } from './devices.ts';
import type { Reboot } from './steps.ts';
import type { Topology } from './topology.ts';
import { Zones } from './zone-offsets.ts';

/** What a command wants to see while the log is read. */
export interface Listener {
  /** The text of every message is wanted, not only of those that are understood. */
  readonly needsTexts?: boolean;
  record?(record: CookedRecord, event: NetworkEvent): void;
  /** A line that could not be parsed, as bytes that are valid during the call. */
  unparsed?(buffer: Buffer, start: number, end: number, arrivalMs: number): void;
}

/** How a log is read. */
export interface AnalysisOptions {
  readonly preprocess: PreprocessOptions;
  /** IANA zone of receipt stamps. */
  readonly timezone: string;
  readonly year?: number | undefined;
  readonly catos?: boolean;
  readonly holePolicy?: HolePolicy;
}

/** Totals of the transport over all devices (cisco 18.5). */
export interface TransportTotals {
  readonly received: number;
  readonly lost: number;
  readonly lostAfterBoot: number;
  readonly duplicates: number;
  readonly duplicateEntries: number;
  readonly late: number;
  readonly tooLate: number;
  readonly reordered: number;
  readonly discontinuity: number;
  readonly reboots: number;
  readonly maxDelayMs: number;
}

/** One pass over a log. */
export class Analysis {
  readonly topology: Topology;
  readonly network: Network;
  readonly preprocessor: Preprocessor;
  readonly names: DeviceNames;
  readonly zones: Zones;
  readonly counts: ReadCounts = noCounts();
  readonly holes: { readonly fromMs: number; readonly toMs: number }[] = [];
  readonly reboots: { readonly device: Device; readonly reboot: Reboot }[] = [];
  repeated = 0;
  readonly #options: AnalysisOptions;
  readonly #listener: Listener;

  constructor(topology: Topology, options: AnalysisOptions, listener: Listener = {}) {
    this.topology = topology;
    this.#options = options;
    this.#listener = listener;
    this.names = new DeviceNames(topology, options.preprocess.minBootMs);
    this.zones = new Zones(topology.zoneMap, options.timezone);
    this.network = new Network(topology, this.names, options.holePolicy);
    this.preprocessor = new Preprocessor(
      options.preprocess,
      this.names,
      this.zones,
      {
        record: (record) => this.#record(record),
        gap: (device, gap) => this.network.gap(device, gap),
        reboot: (device, reboot, isNew) => {
          this.network.reboot(device, reboot, isNew);
          if (isNew) this.reboots.push({ device, reboot });
        },
        hole: (fromMs, toMs) => {
          this.holes.push({ fromMs, toMs });
          this.network.hole(fromMs, toMs);
        },
      },
      listener.needsTexts === true ? undefined : (code) => kindOf(code) !== 'other',
    );
  }

  /** A reader of one input; `collector` tells inputs apart. */
  reader(collector: number): LineReader {
    return new LineReader(
      this.preprocessor,
      this.zones,
      {
        timezone: this.#options.timezone,
        year: this.#options.year,
        catos: this.#options.catos ?? false,
        collector,
        isDeviceName: (name) => this.names.isName(name),
      },
      this.counts,
    );
  }

  /** Reads a chunk of one input. */
  lines({ buffer, start, end, file }: LineChunk, reader: LineReader): void {
    for (let from = start; from < end;) {
      const feed = buffer.indexOf(10, from);
      const stop = feed < 0 || feed > end ? end : feed;
      const { lineClass, arrivalMs } = reader.arrivalOf(buffer, from, stop, file.modifiedMs);
      this.take(reader, buffer, from, stop, lineClass, arrivalMs);
      from = stop + 1;
    }
  }

  /** Takes the line that the reader parsed last. */
  take(
    reader: LineReader,
    buffer: Buffer,
    start: number,
    end: number,
    lineClass: ReturnType<LineReader['arrivalOf']>['lineClass'],
    arrivalMs: number,
  ): void {
    reader.take(buffer, lineClass, arrivalMs);
    if (lineClass === 'unparsed') this.#listener.unparsed?.(buffer, start, end, arrivalMs);
  }

  /** The input ends. */
  finish(): void {
    this.preprocessor.flush();
  }

  /** Lines that were read, of all classes. */
  get linesRead(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  /** Totals over all devices. */
  transport(): TransportTotals {
    const tracks = [...this.preprocessor.tracks.values()];
    const sum = (of: (track: (typeof tracks)[number]) => number): number =>
      tracks.reduce((total, track) => total + of(track), 0);
    return {
      received: sum(({ steps }) => steps.counts.received),
      lost: sum(({ steps }) => steps.counts.lost),
      lostAfterBoot: sum(({ steps }) => steps.counts.lostAfterBoot),
      duplicates: sum(({ duplicates }) => duplicates.duplicates),
      duplicateEntries: sum(({ duplicates }) => duplicates.entries),
      late: sum(({ steps }) => steps.counts.late),
      tooLate: sum(({ steps }) => steps.counts.tooLate),
      reordered: sum(({ steps }) => steps.counts.reordered),
      discontinuity: sum(({ steps }) => steps.counts.discontinuity),
      reboots: sum(({ steps }) => steps.counts.reboots),
      maxDelayMs: tracks.reduce((most, { clock }) => Math.max(most, clock.maxDelayMs), 0),
    };
  }

  #record(record: CookedRecord): void {
    const event: NetworkEvent = record.code ? eventOf(record.code, record.text) : { kind: 'other' };
    this.network.record(record, event);
    this.#listener.record?.(record, event);
  }
}

/** Reads every file argument as one input, all of them merged by arrival. Stops early when the call is interrupted. */
export async function readAll(analysis: Analysis, call: CommandCall): Promise<readonly Inputs[]> {
  const opened = (call.files.length === 0 ? ['-'] : call.files).map((file) =>
    call.openInputs([file], { isLogName: isCiscoLogName, isNameOrdered: false, signal: call.signal }),
  );
  const collectors = new Collectors();
  const cursors = opened.map(
    (inputs, index) => new Cursor(inputs, analysis.reader(collectors.of(call.files[index] ?? '-'))),
  );
  try {
    await Promise.all(cursors.map((cursor) => cursor.next()));
    for (;;) {
      let first: Cursor | undefined;
      let secondMs = Number.POSITIVE_INFINITY;
      for (const cursor of cursors) {
        if (cursor.isDone) continue;
        if (!first || cursor.arrivalMs < first.arrivalMs) {
          secondMs = first?.arrivalMs ?? secondMs;
          first = cursor;
        } else secondMs = Math.min(secondMs, cursor.arrivalMs);
      }
      if (!first || call.signal.aborted) break;
      // As long as it stays ahead of the others it need not be compared with them again.
      do {
        first.take(analysis);
        if (!first.step()) await first.next();
      } while (!first.isDone && first.arrivalMs <= secondMs);
    }
  } catch (error) {
    if (!call.signal.aborted) throw error;
  }
  analysis.finish();
  return opened;
}

/** The next line of one input. */
class Cursor {
  isDone = false;
  arrivalMs = Number.NEGATIVE_INFINITY;
  readonly #chunks: AsyncIterator<LineChunk>;
  readonly #reader: LineReader;
  #chunk: LineChunk | undefined;
  #start = 0;
  #stop = -1;
  #lineClass: ReturnType<LineReader['arrivalOf']>['lineClass'] = 'comment';

  constructor(inputs: Inputs, reader: LineReader) {
    this.#chunks = inputs.chunks()[Symbol.asyncIterator]();
    this.#reader = reader;
  }

  /** Goes to the next line of a new chunk. */
  async next(): Promise<void> {
    for (;;) {
      const { value, done } = await this.#chunks.next();
      if (done === true) {
        this.isDone = true;
        return;
      }
      const chunk = value;
      this.#chunk = chunk;
      this.#reader.findYear(chunk);
      this.#stop = chunk.start - 1;
      if (this.step()) return;
    }
  }

  /** Goes to the next line of the chunk; false at its end. */
  step(): boolean {
    const chunk = this.#chunk;
    if (!chunk) return false;
    const start = this.#stop + 1;
    if (start >= chunk.end) return false;
    const feed = chunk.buffer.indexOf(10, start);
    this.#start = start;
    this.#stop = feed < 0 || feed > chunk.end ? chunk.end : feed;
    const { lineClass, arrivalMs } = this.#reader.arrivalOf(chunk.buffer, start, this.#stop, chunk.file.modifiedMs);
    this.#lineClass = lineClass;
    this.arrivalMs = arrivalMs;
    return true;
  }

  take(analysis: Analysis): void {
    const chunk = this.#chunk;
    if (chunk) analysis.take(this.#reader, chunk.buffer, this.#start, this.#stop, this.#lineClass, this.arrivalMs);
  }
}
