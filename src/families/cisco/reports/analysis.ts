// A whole log after the fact: every line counted, every record judged, and the story of the network at the end. What all
// commands of the family stand on.
import type { JsonValue, LineChunk } from '../../../model/family.ts';
import { takeApart } from '../grammar/code.ts';
import { DeviceNames } from '../preprocessing/devices.ts';
import { eventOf, kindOf } from '../grammar/events.ts';
import type { NetworkEvent } from '../grammar/events.ts';
import { Network } from '../inference/network.ts';
import type { HolePolicy } from '../inference/network.ts';
import { Preprocessor } from '../preprocessing/preprocess.ts';
import type { PreprocessOptions } from '../preprocessing/preprocess-options.ts';
import { LineReader, noCounts } from '../preprocessing/reader.ts';
import type { ReadCounts } from '../preprocessing/reader.ts';
import type { CookedRecord } from '../preprocessing/record.ts';
import type { Device } from '../preprocessing/devices.ts';
import type { Reboot } from '../preprocessing/steps.ts';
import type { Topology } from '../topology/topology.ts';
import { Zones } from '../grammar/zone-offsets.ts';

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
  /** Arrival of the first line of this run, infinite before it. */
  firstArrivalMs = Number.POSITIVE_INFINITY;
  readonly #options: AnalysisOptions;
  readonly #listener: Listener;
  readonly #readers: LineReader[] = [];
  /** Of readers that a run before had, by their number. */
  #readerStates: readonly JsonValue[] = [];
  #repeatedBefore = 0;

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
          // One that goes on replaces what was known of it; after a restart that is a copy.
          const known = this.reboots.findLastIndex((one) => one.device === device);
          if (!isNew && known >= 0) this.reboots[known] = { device, reboot };
          else this.reboots.push({ device, reboot });
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
    const reader = new LineReader(
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
    const state = this.#readerStates[collector];
    if (state !== undefined) reader.restore(state);
    this.#readers[collector] = reader;
    return reader;
  }

  /** Everything that a later run needs to go on; to be taken before `finish`. */
  snapshot(): JsonValue {
    return {
      network: this.network.snapshot(),
      preprocessor: this.preprocessor.snapshot(),
      counts: { ...this.counts },
      repeated: this.repeated,
      holes: this.holes.map(({ fromMs, toMs }) => [fromMs, toMs]),
      reboots: this.reboots.map(({ device, reboot }) => [device.name, { ...reboot }]),
      readers: [...this.#readers.map((reader) => reader.snapshot()), ...this.#readerStates.slice(this.#readers.length)],
      unknown: [...this.names.unknown.keys()],
    };
  }

  /** Goes on from a snapshot; before any reader is made. */
  restore(state: JsonValue): void {
    const kept = state as unknown as {
      network: JsonValue;
      preprocessor: JsonValue;
      counts: ReadCounts;
      repeated: number;
      holes: [number, number][];
      reboots: [string, Reboot][];
      readers: JsonValue[];
      unknown: string[];
    };
    for (const name of kept.unknown) this.names.name('', '', name);
    this.network.restore(kept.network);
    Object.assign(this.counts, kept.counts);
    this.#repeatedBefore = kept.repeated;
    for (const [fromMs, toMs] of kept.holes) this.holes.push({ fromMs, toMs });
    for (const [name, reboot] of kept.reboots) {
      const device = this.names.find(name);
      if (device) this.reboots.push({ device, reboot });
    }
    this.#readerStates = kept.readers;
    // Last, because records that waited may leave at once.
    this.preprocessor.restore(kept.preprocessor, takeApart);
  }

  /** Repetitions that daemons counted instead of writing them. */
  get repeated(): number {
    return this.#readers.reduce((sum, { repeated }) => sum + repeated, this.#repeatedBefore);
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
    if (this.firstArrivalMs === Number.POSITIVE_INFINITY && lineClass === 'message') this.firstArrivalMs = arrivalMs;
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
