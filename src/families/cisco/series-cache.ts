// The series that every message counts for, found once for each device and code: looking them up by their tags for every
// message would cost more than reading it.
import type { Measurement } from '../../model/catalogue.ts';
import type { SampleSink, Series } from '../../model/family.ts';
import type { MessageCode } from './code.ts';
import type { Device } from './devices.ts';

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
  readonly transport: Series;
  readonly codes: Map<MessageCode, CodeSeries>;
  /** Series of what events count for, by measurement and up to two more tags. */
  readonly counted: Map<Measurement, Map<string, Map<string, Series>>>;
}

/** How series are found the first time. */
export interface SeriesSource {
  tagOf(device: Device): string;
  transport(dev: string, sink: SampleSink): Series;
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
    return this.#byDevice.get(device) ?? this.#find(device, sink);
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

  /** The series of that device with up to two more tags of few values, as `measurement` declares them. */
  counted(series: DeviceSeries, measurement: Measurement, tags: readonly string[], sink: SampleSink): Series {
    const [first = '', second = ''] = tags;
    const byFirst = mapOf(series.counted, measurement);
    const bySecond = mapOf(byFirst, first);
    let found = bySecond.get(second);
    if (!found) {
      found = sink.series(measurement, [series.dev, ...tags]);
      bySecond.set(second, found);
    }
    return found;
  }

  #find(device: Device, sink: SampleSink): DeviceSeries {
    const dev = this.#source.tagOf(device);
    let series = this.#byTag.get(dev);
    if (!series) {
      series = { dev, transport: this.#source.transport(dev, sink), codes: new Map(), counted: new Map() };
      this.#byTag.set(dev, series);
    }
    this.#byDevice.set(device, series);
    return series;
  }
}

function mapOf<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let map = maps.get(key);
  if (!map) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}
