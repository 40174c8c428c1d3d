// The way of the messages to here as samples (cisco 5, 21): received, lost, doubled, late. What the numbering says comes as
// totals; samples hold what was added.
import type { SampleSink, Series } from '../../../model/family.ts';
import type { Device } from '../preprocessing/devices.ts';
import { ciscoTransport } from '../metrics.ts';
import type { DeviceTrack } from '../preprocessing/device-track.ts';
import { recordFlag } from '../preprocessing/record.ts';
import type { CookedRecord } from '../preprocessing/record.ts';
import type { Gap } from '../preprocessing/steps.ts';

/** Fields of the transport by name. */
const field = Object.fromEntries(ciscoTransport.fieldNames.map((name, index) => [name, index])) as Readonly<
  Record<(typeof ciscoTransport.fieldNames)[number], number>
>;

/** Totals of a device that became part of samples. */
interface Seen {
  lostAfterBoot: number;
  discontinuity: number;
}

/** Puts them into a sink. */
export class TransportSamples {
  readonly #seen = new Map<Device, Seen>();
  #sink: SampleSink | undefined;
  #series = new Map<string, Series>();

  /** A record; `dev` is the tag of its device. */
  record(record: CookedRecord, dev: string, track: DeviceTrack, sink: SampleSink): void {
    const { timeMs, arrivalMs, stampMs, flags, quality } = record;
    const series = this.#of(dev, sink);
    sink.add(series, timeMs, field.received, 1);
    sink.add(series, timeMs, field.expected, 1);
    if (track.isStrong) sink.add(series, timeMs, field.strong_expected, 1);
    sink.set(series, timeMs, field.loss_quality, track.lossQuality);
    if (quality === 'ntp' && arrivalMs > stampMs)
      sink.set(series, timeMs, field.max_delay_s, (arrivalMs - stampMs) / 1000);
    if ((flags & recordFlag.reordered) !== 0) sink.add(series, timeMs, field.reordered, 1);
    if ((flags & recordFlag.late) !== 0) sink.add(series, timeMs, field.late, 1);
    if ((flags & recordFlag.tooLate) !== 0) sink.add(series, timeMs, field.too_late, 1);
    if ((flags & (recordFlag.late | recordFlag.tooLate)) !== 0) sink.add(series, timeMs, field.overdue, 1);
    const { counts } = track.steps;
    const seen = this.#seen.get(record.device) ?? { lostAfterBoot: 0, discontinuity: 0 };
    const lost = counts.lostAfterBoot - seen.lostAfterBoot;
    const jumps = counts.discontinuity - seen.discontinuity;
    if (lost > 0) sink.add(series, timeMs, field.lost_after_boot, lost);
    if (jumps > 0) sink.add(series, timeMs, field.discontinuity, jumps);
    if (lost !== 0 || jumps !== 0) this.#seen.set(record.device, seenOf(counts));
  }

  /** Missing messages. */
  gap(dev: string, { missing, toMs }: Gap, track: DeviceTrack, sink: SampleSink): void {
    const series = this.#of(dev, sink);
    sink.add(series, toMs, field.lost, missing);
    sink.add(series, toMs, field.expected, missing);
    if (!track.isStrong) return;
    sink.add(series, toMs, field.strong_lost, missing);
    sink.add(series, toMs, field.strong_expected, missing);
  }

  /** A copy of a message. */
  duplicate(dev: string, arrivalMs: number, sink: SampleSink): void {
    const series = this.#of(dev, sink);
    sink.add(series, arrivalMs, field.received, 1);
    sink.add(series, arrivalMs, field.duplicate, 1);
  }

  /** Samples follow the totals record by record, so what restored totals say has been counted. */
  restore(tracks: Iterable<readonly [Device, DeviceTrack]>): void {
    for (const [device, { steps }] of tracks) this.#seen.set(device, seenOf(steps.counts));
  }

  #of(dev: string, sink: SampleSink): Series {
    if (sink !== this.#sink) {
      this.#sink = sink;
      this.#series = new Map();
    }
    let series = this.#series.get(dev);
    if (!series) {
      series = sink.series(ciscoTransport, [dev]);
      this.#series.set(dev, series);
    }
    return series;
  }
}

function seenOf({ lostAfterBoot, discontinuity }: Seen): Seen {
  return { lostAfterBoot, discontinuity };
}
