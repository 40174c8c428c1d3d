// From parsed lines to cooked records (cisco 5): names the device, drops copies, restores the order, judges loss and
// reboots, settles the times. Deterministic: the same input and options give the same records.
import type { JsonValue, LineMark } from '../../../model/family.ts';
import { hashBytes } from '../grammar/bytes.ts';
import type { MessageCode } from '../grammar/code.ts';
import { DeviceTrack } from './device-track.ts';
import type { Device, DeviceNames } from './devices.ts';
import type { MessageMark } from './duplicates.ts';
import { stampUtc } from './event-times.ts';
import type { Header } from '../grammar/header.ts';
import type { LineParser } from '../parser.ts';
import type { PreprocessOptions } from './preprocess-options.ts';
import { recordFlag } from './record.ts';
import type { CookedRecord } from './record.ts';
import { Horizons } from './reorder.ts';
import type { Gap, Reboot } from './steps.ts';
import type { Zones } from '../grammar/zone-offsets.ts';

/** Sources whose device is remembered. */
const mostSources = 50_000;

/** Where cooked records and what was noticed about them go, in order. */
export interface PreprocessEvents {
  record(record: CookedRecord): void;
  gap(device: Device, gap: Gap): void;
  reboot(device: Device, reboot: Reboot, isNew: boolean): void;
  hole(fromMs: number, toMs: number): void;
  /** A copy of a message that came already; it goes no further. */
  duplicate?(device: Device, arrivalMs: number): void;
}

/** The preprocessing of one network. */
export class Preprocessor {
  /** Latest arrival seen of anybody, epoch milliseconds. */
  watermarkMs = Number.NEGATIVE_INFINITY;
  holes = 0;
  readonly tracks = new Map<Device, DeviceTrack>();
  readonly #options: PreprocessOptions;
  readonly #names: DeviceNames;
  readonly #zones: Zones;
  readonly #events: PreprocessEvents;
  readonly #horizons = new Horizons();
  readonly #needsText: (code: MessageCode) => boolean;
  /** Which lines records are, where somebody looks for lines. */
  readonly #lines = new WeakMap<CookedRecord, LineMark>();
  /** Tracks by source, of the last origin that each was seen with: nearly all sources are one device. */
  readonly #bySource = new Map<string, { origin: string; original: string; track: DeviceTrack }>();
  /** What identifies the message that is being judged; used again for each. */
  readonly #identity: MessageMark = {
    number: Number.NaN,
    stampMs: Number.NaN,
    hasFraction: false,
    hash: 0,
    arrivalMs: 0,
    collector: 0,
  };
  #ordinal = 0;

  /** `needsText` says of which codes the text is wanted; others have an empty one. */
  constructor(
    options: PreprocessOptions,
    names: DeviceNames,
    zones: Zones,
    events: PreprocessEvents,
    needsText: (code: MessageCode) => boolean = () => true,
  ) {
    this.#options = options;
    this.#names = names;
    this.#zones = zones;
    this.#events = events;
    this.#needsText = needsText;
  }

  /** Number of records that wait for an earlier one. */
  get waiting(): number {
    return this.#horizons.size;
  }

  /** The line that a record was read from, where somebody looks for lines and it was read since the start. */
  markOf(record: CookedRecord): LineMark | undefined {
    return this.#lines.get(record);
  }

  /** What is kept of a device, made when it is first met. */
  track(device: Device): DeviceTrack {
    let track = this.tracks.get(device);
    if (!track) {
      track = new DeviceTrack(device, this.#options, (owner, record) => this.#leave(owner, record));
      this.tracks.set(device, track);
    }
    return track;
  }

  /** Takes a message (or a numbered banner line) as the parser left it. Gives the device it is from. */
  take(
    parser: LineParser,
    bytes: Buffer,
    arrivalMs: number,
    collector: number,
    isHeld = false,
    mark?: LineMark,
  ): Device {
    const { header } = parser;
    const { stamp } = header;
    this.advance(arrivalMs);
    const track = this.#trackOf(header);
    const { device } = track;
    const number = track.numberOf(header);
    const code = parser.code;
    let stampMs = Number.NaN;
    let quality: CookedRecord['quality'] = 'arrival';
    if (stamp.kind === 'date') {
      stampMs = stampUtc(stamp, this.#zones, device.timezone, arrivalMs);
      quality = stamp.quality;
    } else if (stamp.kind === 'uptime' && !stamp.isCoarse) {
      stampMs = stamp.uptimeMs;
      quality = 'uptime';
    }
    let flags = isHeld ? recordFlag.clockStep : 0;
    const identity = this.#identity;
    identity.number = number;
    identity.stampMs = stampMs;
    identity.hasFraction = stamp.hasFraction;
    identity.hash = hashBytes(
      bytes,
      parser.textStart,
      parser.textEnd,
      code ? code.severity + code.code.length * 31 : 7,
    );
    identity.arrivalMs = arrivalMs;
    identity.collector = collector;
    const verdict = track.duplicates.judge(identity);
    if (verdict === 'duplicate') {
      this.#events.duplicate?.(device, arrivalMs);
      return device;
    }
    if (verdict === 'same-number') flags |= recordFlag.sameNumber;
    const record: CookedRecord = {
      device,
      source: header.original === '' ? header.source : header.original,
      arrivalMs,
      timeMs: arrivalMs,
      stampMs,
      quality,
      number,
      seq: header.seq,
      msgcount: header.msgcount,
      sessionNumber: header.sessionNumber,
      code,
      text: code === undefined || this.#needsText(code) ? bytes.toString('utf8', parser.textStart, parser.textEnd) : '',
      isRestart: parser.isRestart,
      collector,
      ordinal: this.#ordinal++,
      flags,
    };
    // A clock that began anew is told of though its boot is not known yet.
    if (!track.steps.isBehind(number) || quality === 'unset' || quality === 'uptime') track.clock.arrive(record);
    track.lastArrivalMs = arrivalMs;
    track.lastQuality = quality;
    if (mark) this.#lines.set(record, mark);
    const waiting = track.lane.take(record);
    if (waiting) this.#horizons.watch(track.lane, waiting);
    return device;
  }

  /** Time has come to `nowMs`: records whose horizon is over leave, and a long silence becomes a hole. */
  advance(nowMs: number): void {
    if (nowMs <= this.watermarkMs) return;
    const silence = nowMs - this.watermarkMs;
    if (silence >= this.#options.silenceMs && this.watermarkMs > Number.NEGATIVE_INFINITY) {
      this.#horizons.advance(nowMs);
      this.holes++;
      this.#events.hole(this.watermarkMs, nowMs);
    }
    this.watermarkMs = nowMs;
    this.#horizons.advance(nowMs);
  }

  /** Lets the waiting ones leave as time passes without any line; the silence is not judged. */
  expire(nowMs: number): void {
    this.#horizons.advance(nowMs);
  }

  /** The input ends: everything leaves. */
  flush(): void {
    for (const track of this.tracks.values()) track.lane.flush();
    this.#horizons.clear();
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return {
      watermarkMs: Number.isFinite(this.watermarkMs) ? this.watermarkMs : null,
      holes: this.holes,
      ordinal: this.#ordinal,
      tracks: [...this.tracks.values()].map((track) => track.snapshot()),
      waiting: [...this.tracks.values()].flatMap((track) =>
        track.lane.records.map(({ device, code, stampMs, number, ...rest }) => ({
          ...rest,
          device: device.name,
          code: code?.code ?? null,
          stampMs: Number.isNaN(stampMs) ? null : stampMs,
          number: Number.isNaN(number) ? null : number,
          seq: rest.seq ?? null,
          msgcount: rest.msgcount ?? null,
          sessionNumber: rest.sessionNumber ?? null,
        })),
      ),
    };
  }

  /** Takes back a snapshot; `codeOf` takes codes apart. */
  restore(state: JsonValue, codeOf: (code: string) => MessageCode): void {
    const kept = state as unknown as {
      watermarkMs: number | null;
      holes: number;
      ordinal: number;
      tracks: (Record<string, JsonValue> & { name: string })[];
      waiting: (Record<string, JsonValue> & { device: string })[];
    };
    this.watermarkMs = kept.watermarkMs ?? Number.NEGATIVE_INFINITY;
    this.holes = kept.holes;
    this.#ordinal = kept.ordinal;
    for (const track of kept.tracks) this.track(this.#names.name('', '', track.name)).restore(track);
    for (const record of kept.waiting) {
      const track = this.track(this.#names.name('', '', record.device));
      const restored = {
        ...record,
        device: track.device,
        code: record['code'] === null ? undefined : codeOf(record['code'] as string),
        stampMs: record['stampMs'] ?? Number.NaN,
        number: record['number'] ?? Number.NaN,
        seq: record['seq'] ?? undefined,
        msgcount: record['msgcount'] ?? undefined,
        sessionNumber: record['sessionNumber'] ?? undefined,
      } as unknown as CookedRecord;
      const waiting = track.lane.take(restored);
      if (waiting) this.#horizons.watch(track.lane, waiting);
    }
  }

  #trackOf({ source, original, origin }: Header): DeviceTrack {
    const last = this.#bySource.get(source);
    if (last?.origin === origin && last.original === original) return last.track;
    const track = this.track(this.#names.name(source, original, origin));
    if (this.#bySource.size >= mostSources) this.#bySource.clear();
    this.#bySource.set(source, { origin, original, track });
    return track;
  }

  #leave(track: DeviceTrack, record: CookedRecord): void {
    const { steps, clock, device } = track;
    if (track.isOutOfOrder(record.ordinal)) {
      record.flags |= recordFlag.reordered;
      steps.counts.reordered++;
    }
    const isBoot = steps.isBoot(record);
    if (isBoot) {
      clock.boot();
      track.duplicates.boot(record.arrivalMs - track.lane.horizonMs);
    }
    const latestMs = Math.min(record.arrivalMs, track.lane.earliestMs);
    clock.settle(record, this.#options.maxSkewMs, !isBoot && steps.isBehind(record.number), latestMs);
    const { gap, reboot, again } = steps.judge(record, isBoot);
    if (gap) this.#events.gap(device, gap);
    if (reboot) this.#events.reboot(device, reboot, true);
    else if (again) this.#events.reboot(device, again, false);
    this.#events.record(record);
  }
}
