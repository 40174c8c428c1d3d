// SIP messages to samples: counts by trunk and kind, calls by what became of them, open dialogs, time to ring (ecs 7).
import type { Measurement } from '../../model/catalogue.ts';
import type { JsonValue, SampleSink, Series } from '../../model/family.ts';
import { ecsSip, ecsSipDialogs, ecsSipInvite, ecsSipSetup, ecsSipTrunk } from './metrics.ts';
import { SipCalls } from './sip-calls.ts';
import type { CallEvent } from './sip-calls.ts';
import { knownMethods } from './sip-message.ts';
import type { Direction, SipReader } from './sip-message.ts';
import { TrunkSilence } from './sip-silence.ts';
import type { BusinessHours } from './sip-silence.ts';
import { SipTrunks } from './sip-trunks.ts';

const otherMethod = 'other';
const known = new Set<string>(knownMethods);

/** Handles of the series of one trunk, each asked for once. */
interface TrunkSeries {
  readonly messages: Map<string, Series>;
  readonly calls: Partial<Record<Direction, Series>>;
  readonly setup: Partial<Record<Direction, Series>>;
  dialogs: Series | undefined;
}

const fieldOf = <F extends string>({ fieldNames }: Measurement<string, F>, name: F): number => fieldNames.indexOf(name);
const count = fieldOf(ecsSip, 'count');
const outcomes = {
  attempted: fieldOf(ecsSipInvite, 'attempts'),
  progressed: fieldOf(ecsSipInvite, 'progressed'),
  answered: fieldOf(ecsSipInvite, 'answered'),
  failed: fieldOf(ecsSipInvite, 'failed'),
  serverFailed: fieldOf(ecsSipInvite, 'server_failed'),
  cancelled: fieldOf(ecsSipInvite, 'cancelled'),
  reinvited: fieldOf(ecsSipInvite, 'reinvites'),
} as const;
const outcomeFields = Object.values(outcomes);
const silence = { seconds: fieldOf(ecsSipTrunk, 'silent_s'), isSilent: fieldOf(ecsSipTrunk, 'silent') } as const;
const active = fieldOf(ecsSipDialogs, 'active');
const peak = fieldOf(ecsSipDialogs, 'peak');
const quantiles = [fieldOf(ecsSipSetup, 'p50'), fieldOf(ecsSipSetup, 'p95')] as const;
const slowest = fieldOf(ecsSipSetup, 'max');

/** Makes the samples of one source. */
export class SipSamples {
  readonly #trunks = new SipTrunks();
  readonly #calls: SipCalls;
  readonly #silence: TrunkSilence;
  readonly #series: TrunkSeries[] = [];
  // Where the samples of the message go that is being looked at.
  #sink: SampleSink | undefined;
  #timeMs = 0;

  constructor(isBusinessHour: BusinessHours) {
    this.#silence = new TrunkSilence(isBusinessHour);
    this.#calls = new SipCalls({
      event: (trunk, event) => this.#event(trunk, event),
      dialogs: (trunk, open, most) => this.#dialogs(trunk, open, most),
    });
  }

  /** Takes a message that the reader has just read from `bytes`. */
  message(reader: SipReader, bytes: Uint8Array, timeMs: number, sink: SampleSink): void {
    const trunk = this.#trunks.numberOf(reader);
    this.#sink = sink;
    this.#timeMs = timeMs;
    sink.add(this.#messages(trunk, reader, sink), timeMs, count, 1);
    this.#calls.message(reader, bytes, trunk, timeMs);
    this.#silence.note(trunk, timeMs);
  }

  /** Says again how many dialogs are open, so that a quiet trunk has a value in every range, and who is silent. */
  report(nowMs: number, sink: SampleSink): void {
    this.#sink = sink;
    this.#timeMs = nowMs;
    for (const [trunk, open] of this.#calls.open) this.#dialogs(trunk, open, open);
    for (const { trunk, seconds, isSilent } of this.#silence.trunks((trunk) => this.#tags(trunk).join(' '))) {
      const series = sink.series(ecsSipTrunk, this.#tags(trunk));
      sink.set(series, nowMs, silence.seconds, seconds);
      sink.set(series, nowMs, silence.isSilent, isSilent ? 1 : 0);
    }
  }

  snapshot(): JsonValue {
    return { trunks: this.#trunks.snapshot(), calls: this.#calls.snapshot(), silence: this.#silence.snapshot() };
  }

  /** Takes back a snapshot; without one it begins anew. Throws when it is none. */
  restore(state: JsonValue | undefined): void {
    if (state === undefined) return;
    const { trunks, calls, silence: quiet } = (state ?? {}) as Record<string, JsonValue>;
    this.#trunks.restore(trunks ?? null);
    this.#calls.restore(calls ?? null);
    this.#silence.restore(quiet);
    this.#series.length = 0;
  }

  #messages(trunk: number, { direction, type, method, status }: SipReader, sink: SampleSink): Series {
    const { messages } = this.#of(trunk);
    const shownType = status > 0 || known.has(type) ? type : otherMethod;
    const shownMethod = known.has(method) ? method : otherMethod;
    const key = `${direction} ${shownType} ${shownMethod}`;
    let series = messages.get(key);
    if (!series) {
      const { transport } = this.#trunks.trunk(trunk);
      series = sink.series(ecsSip, [...this.#tags(trunk), transport, direction, shownType, shownMethod]);
      messages.set(key, series);
    }
    return series;
  }

  #event(trunk: number, event: CallEvent): void {
    const sink = this.#sink;
    if (!sink) return;
    const { direction } = event;
    const { calls, setup } = this.#of(trunk);
    if (event.kind !== 'rang') {
      const series = (calls[direction] ??= sink.series(ecsSipInvite, [...this.#tags(trunk), direction]));
      // All of them, so that a share of what did not happen is 0 and not unknown.
      const happened = outcomes[event.kind];
      for (const field of outcomeFields) sink.add(series, this.#timeMs, field, field === happened ? 1 : 0);
      return;
    }
    const series = (setup[direction] ??= sink.series(ecsSipSetup, [...this.#tags(trunk), direction]));
    for (const field of quantiles) sink.observe(series, this.#timeMs, field, event.afterMs);
    sink.set(series, this.#timeMs, slowest, event.afterMs);
  }

  #dialogs(trunk: number, open: number, most: number): void {
    const sink = this.#sink;
    if (!sink) return;
    const kept = this.#of(trunk);
    const series = (kept.dialogs ??= sink.series(ecsSipDialogs, this.#tags(trunk)));
    sink.set(series, this.#timeMs, active, open);
    sink.set(series, this.#timeMs, peak, most);
  }

  #tags(trunk: number): readonly string[] {
    const { localIp, remoteIp, servicePort } = this.#trunks.trunk(trunk);
    return [localIp, remoteIp, servicePort];
  }

  #of(trunk: number): TrunkSeries {
    return (this.#series[trunk] ??= { messages: new Map(), calls: {}, setup: {}, dialogs: undefined });
  }
}
