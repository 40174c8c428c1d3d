// The series that every message counts for, found once for each device and code: looking them up by their tags for every
// message would cost more than reading it.
import type { SampleSink, Series } from '../../../model/family.ts';
import type { MessageCode } from '../grammar/code.ts';
import type { Device } from '../preprocessing/devices.ts';

/** Codes remembered for each device; strangers can invent any number. */
const mostCodes = 1000;

/** What a message with one code counts for. */
export interface CodeSeries {
  readonly messages: Series;
  /** Undefined for routine codes. */
  readonly interesting: Series | undefined;
}

/** The series of one device. */
export interface DeviceSeries {
  /** Tag of the device. */
  readonly dev: string;
  readonly codes: Map<MessageCode, CodeSeries>;
}

/** How series are found the first time. */
export interface SeriesSource {
  tagOf(device: Device): string;
  ofCode(dev: string, code: MessageCode, sink: SampleSink): CodeSeries;
}

/** Remembers the series of one sink; of another sink it begins anew. */
export class SeriesCache {
  readonly #source: SeriesSource;
  readonly #byDevice = new Map<Device, DeviceSeries>();
  /** Devices beyond the cap share a tag, and so what is remembered. */
  readonly #byTag = new Map<string, DeviceSeries>();
  #sink: SampleSink | undefined;

  constructor(source: SeriesSource) {
    this.#source = source;
  }

  /** The series of a device. */
  of(device: Device, sink: SampleSink): DeviceSeries {
    if (sink !== this.#sink) {
      this.#sink = sink;
      this.#byDevice.clear();
      this.#byTag.clear();
    }
    return this.#byDevice.get(device) ?? this.#find(device);
  }

  /** The series of a code of that device. */
  ofCode(series: DeviceSeries, code: MessageCode, sink: SampleSink): CodeSeries {
    let found = series.codes.get(code);
    if (!found) {
      if (series.codes.size >= mostCodes) series.codes.clear();
      found = this.#source.ofCode(series.dev, code, sink);
      series.codes.set(code, found);
    }
    return found;
  }

  #find(device: Device): DeviceSeries {
    const dev = this.#source.tagOf(device);
    let series = this.#byTag.get(dev);
    if (!series) {
      series = { dev, codes: new Map() };
      this.#byTag.set(dev, series);
    }
    this.#byDevice.set(device, series);
    return series;
  }
}
