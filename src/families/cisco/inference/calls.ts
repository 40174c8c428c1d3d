// Dial calls (cisco 15.1, 12.5): what both ends say about one call, put together and given to a site.
import type { NetworkEvent } from '../grammar/events.ts';
import type { CookedRecord } from '../preprocessing/record.ts';

/** One end's view of a call. Times in epoch milliseconds; NaN where nothing said so. */
export interface CallView {
  readonly device: string;
  readonly isLocal: boolean;
  readonly channel: string;
  /** When its line came up, or the call was connected. */
  startMs: number;
  connectMs: number;
  protoMs: number;
  endMs: number;
  /** Length by the device's own reckoning. */
  lastedMs: number;
  /** How far that is from the length by the times of its messages (cisco 15.1). */
  offMs: number;
  number: string;
  peer: string;
  /** It began before anything was known of it. */
  isStartUnknown: boolean;
}

/** What belongs to one call lies within so long of its start. */
const setUpMs = 60_000;
/** What belongs to the end of a call lies within so long of it. */
const tearDownMs = 10_000;

/** The calls of one channel, as one device reports them. */
export class Channel {
  readonly #device: string;
  readonly #isLocal: boolean;
  readonly #channel: string;
  readonly #add: (call: CallView) => void;
  #last: CallView | undefined;

  /** `add` is told of each call when it is first heard of; the view is completed in place. */
  constructor(device: string, isLocal: boolean, channel: string, add: (call: CallView) => void) {
    this.#device = device;
    this.#isLocal = isLocal;
    this.#channel = channel;
    this.#add = add;
  }

  /** The newest call of the channel. */
  get last(): CallView | undefined {
    return this.#last;
  }

  /** Takes up a view that was restored. */
  resume(call: CallView): void {
    this.#last = call;
  }

  /** Takes what the device says about the channel. */
  take({ timeMs }: CookedRecord, event: NetworkEvent): void {
    if (event.kind === 'phys') {
      if (event.state === 'up') this.#begin(timeMs, 'start');
      else if (event.state !== 'ignored') this.#end(timeMs);
    } else if (event.kind === 'proto') {
      if (event.state === 'up') {
        const call = this.#begin(timeMs, 'proto');
        if (Number.isNaN(call.protoMs)) call.protoMs = timeMs;
      } else this.#end(timeMs);
    } else if (event.kind === 'call_connect') {
      const call = this.#begin(timeMs, 'connect');
      call.connectMs = timeMs;
      this.#name(call, event.number, event.peer);
    } else if (event.kind === 'call_end') this.#disconnect(timeMs, event);
  }

  /** The call that this moment belongs to: the open one, while its step is still due, or a new one. */
  #begin(timeMs: number, step: 'start' | 'connect' | 'proto'): CallView {
    const last = this.#last;
    if (last && Number.isNaN(last.endMs)) {
      const isDue = step === 'start' ? false : Number.isNaN(step === 'connect' ? last.connectMs : last.protoMs);
      const beganMs = last.startMs;
      if (isDue && timeMs - beganMs <= setUpMs) return last;
      if (!isDue && timeMs - beganMs <= setUpMs) return last;
    }
    return this.#open(timeMs, false);
  }

  #open(startMs: number, isStartUnknown: boolean): CallView {
    const call: CallView = {
      device: this.#device,
      isLocal: this.#isLocal,
      channel: this.#channel,
      startMs,
      connectMs: Number.NaN,
      protoMs: Number.NaN,
      endMs: Number.NaN,
      lastedMs: Number.NaN,
      offMs: Number.NaN,
      number: '',
      peer: '',
      isStartUnknown,
    };
    this.#last = call;
    this.#add(call);
    return call;
  }

  #end(timeMs: number): void {
    const last = this.#last;
    if (!last) return;
    if (Number.isNaN(last.endMs)) last.endMs = timeMs;
  }

  #disconnect(timeMs: number, event: NetworkEvent & { readonly kind: 'call_end' }): void {
    const lastedMs = event.seconds * 1000;
    const beganMs = timeMs - lastedMs;
    let call = this.#last;
    const isOver = call && !Number.isNaN(call.endMs) && timeMs - call.endMs > tearDownMs;
    // An open call that began much earlier than this one lasted is another one, whose end was lost.
    const isOther = call && Number.isNaN(call.endMs) && beganMs - call.startMs > setUpMs;
    if (!call || isOver === true || isOther === true) call = this.#open(beganMs, true);
    if (!call.isStartUnknown) {
      // Devices count from the connection or from the moment the line came up.
      const starts = [call.startMs, call.connectMs].filter((ms) => !Number.isNaN(ms));
      call.offMs = Math.min(...starts.map((ms) => Math.abs(timeMs - ms - lastedMs)));
    }
    call.endMs = timeMs;
    call.lastedMs = lastedMs;
    if (beganMs < call.startMs) call.startMs = beganMs;
    this.#name(call, event.number, event.peer);
  }

  #name(call: CallView, number: string, peer: string): void {
    if (number !== '') call.number = number;
    if (peer !== '') call.peer = peer;
  }
}

/** A call of a site, both views joined. */
export interface Call {
  readonly startMs: number;
  /** When it carried traffic; undefined when its protocol never came up. */
  readonly protoMs: number | undefined;
  /** Undefined while it goes on. */
  readonly endMs: number | undefined;
  readonly lastedMs: number | undefined;
  /** By how much the lengths by record and by times differ; undefined when only one of them is known. */
  readonly offMs: number | undefined;
  /** The hub that answered, empty when only the site told of it. */
  readonly hub: string;
  readonly channel: string;
  /** Number that the site was called by or called. */
  readonly siteNumber: string;
  readonly isSeenAtSite: boolean;
  /** What was said about it, by both ends. */
  readonly views: readonly CallView[];
}

/** Two views of one call begin within so long of each other. */
const sameCallMs = 10_000;

/**
 * Joins the views of both ends; every view must belong to the same site. In order of their starts. `stopsOf` gives the
 * moments at which a device stopped, to boot again.
 */
export function joinCalls(
  views: readonly CallView[],
  stopsOf: (device: string) => readonly number[] = () => [],
): readonly Call[] {
  const sorted = views.toSorted((one, other) => one.startMs - other.startMs);
  const groups: CallView[][] = [];
  for (const view of sorted) {
    const group = groups.findLast((known) => known.some((other) => isSameCall(other, view)));
    if (group) group.push(view);
    else groups.push([view]);
  }
  return groups.map((group, index) => {
    const nextMs = groups[index + 1]?.[0]?.startMs;
    return joined(group, nextMs, stopsOf);
  });
}

function isSameCall(one: CallView, other: CallView): boolean {
  if (one.device === other.device) return false;
  if (Math.abs(one.startMs - other.startMs) <= sameCallMs) return true;
  if (Math.abs(one.endMs - other.endMs) <= tearDownMs) {
    return one.isStartUnknown || other.isStartUnknown || Math.abs(one.startMs - other.startMs) <= setUpMs;
  }
  return false;
}

function joined(
  group: readonly CallView[],
  nextStartMs: number | undefined,
  stopsOf: (device: string) => readonly number[],
): Call {
  const hub = group.find(({ isLocal }) => isLocal);
  const site = group.find(({ isLocal }) => !isLocal);
  const best = hub ?? site;
  const ordered = [hub, site].filter((view) => view !== undefined);
  const first = (of: (view: CallView) => number): number | undefined =>
    ordered.map(of).find((value) => !Number.isNaN(value));
  let endMs = first(({ endMs: ms }) => ms);
  // A site has one line: the next call proves that this one was over.
  const isReported = endMs !== undefined && (nextStartMs === undefined || endMs <= nextStartMs);
  if (!isReported) endMs = nextStartMs;
  const startMs = Math.min(...ordered.map(({ startMs: ms }) => ms));
  if (!isReported) {
    // No call outlives the device at either end of it.
    const stops = [hub?.device, site?.device, site?.peer].flatMap((device) =>
      device === undefined ? [] : stopsOf(device),
    );
    const stopMs = Math.min(...stops.filter((ms) => ms > startMs));
    if (stopMs < (endMs ?? Number.POSITIVE_INFINITY)) endMs = stopMs;
  }
  const connectMs = first(({ connectMs: ms }) => ms);
  const lastedMs = first(({ lastedMs: ms }) => ms);
  const wasUsed = endMs === undefined || endMs - startMs >= 2000;
  // The protocol comes up half a second after the connection, two seconds after the line.
  const guess =
    connectMs !== undefined ? connectMs + 500 : wasUsed && lastedMs !== undefined ? startMs + 2000 : undefined;
  const protoMs = first(({ protoMs: ms }) => ms) ?? guess;
  return {
    startMs,
    protoMs: protoMs === undefined ? undefined : Math.min(protoMs, endMs ?? protoMs),
    endMs,
    lastedMs,
    offMs: first(({ offMs: ms }) => ms),
    hub: hub?.device ?? site?.peer ?? '',
    channel: best?.channel ?? '',
    siteNumber: site?.number ?? '',
    isSeenAtSite: site !== undefined,
    views: group,
  };
}
