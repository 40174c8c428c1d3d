// What is remembered of logs while a topology is learnt from them: who sends from where, which ends of links change and
// when, and which calls both ends tell of. Everything is bounded.
import type { NetworkEvent } from '../grammar/events.ts';
import type { CookedRecord } from '../preprocessing/record.ts';

/** Devices, ends and numbers remembered at most. */
const most = 20_000;
/** Moments remembered of one end or address. */
const mostMoments = 5000;
const mostCalls = 200_000;

/** What kind of link an end belongs to. */
export type EndKind = 'circuit' | 'adjacency' | 'interface';

/** A change of one end. */
export interface EndMoment {
  readonly timeMs: number;
  readonly isUp: boolean;
}

/** One end of a link, as its device tells of it. */
export interface LearntEnd {
  readonly key: string;
  readonly kind: EndKind;
  /** As the records name it; an address until a name is found. */
  readonly device: string;
  readonly interface: string;
  readonly dlci: number | undefined;
  readonly protocol: string;
  readonly neighbour: string;
  readonly vrf: string;
  readonly moments: EndMoment[];
}

/** What one end says of a call. */
export interface LearntCall {
  readonly device: string;
  readonly channel: string;
  readonly timeMs: number;
  readonly number: string;
  readonly peer: string;
  /** Undefined when it begins. */
  readonly seconds: number | undefined;
}

/** Everything that was remembered. */
export class LearnEvidence {
  /** Moments at which each address was seen, by device. */
  readonly addresses = new Map<string, Map<string, number[]>>();
  readonly ends = new Map<string, LearntEnd>();
  readonly calls: LearntCall[] = [];
  /** Names of interfaces whose protocol was reported, by device. */
  readonly interfaces = new Map<string, Set<string>>();

  /** Takes a record. */
  record({ device: { name: device }, source, arrivalMs, timeMs }: CookedRecord, event: NetworkEvent): void {
    this.#seen(device, source, arrivalMs);
    switch (event.kind) {
      case 'adj':
        if (event.interface === '') break;
        this.#change(
          { kind: 'adjacency', device, interface: event.interface, ...pick(event), dlci: undefined },
          timeMs,
          event.state === 'up',
        );
        break;
      case 'dlci': {
        const { interface: name, dlci } = event;
        const none = { protocol: '', neighbour: '', vrf: '' };
        this.#change({ kind: 'circuit', device, interface: name, dlci, ...none }, timeMs, event.state === 'up');
        break;
      }
      case 'proto':
      case 'port': {
        this.#named(device, event.interface);
        // B channels come and go with calls.
        if (event.interface.includes(':')) break;
        const none = { protocol: '', neighbour: '', vrf: '', dlci: undefined };
        this.#change({ kind: 'interface', device, interface: event.interface, ...none }, timeMs, event.state === 'up');
        break;
      }
      case 'call_connect':
      case 'call_end':
        if (this.calls.length >= mostCalls) break;
        this.calls.push({
          device,
          channel: event.interface,
          timeMs,
          number: event.number,
          peer: event.peer,
          seconds: event.kind === 'call_end' ? event.seconds : undefined,
        });
        break;
      default:
    }
  }

  #seen(device: string, source: string, arrivalMs: number): void {
    let known = this.addresses.get(device);
    if (!known) {
      if (this.addresses.size >= most) return;
      known = new Map();
      this.addresses.set(device, known);
    }
    const moments = known.get(source);
    if (!moments) known.set(source, [arrivalMs]);
    else if (moments.length < mostMoments) moments.push(arrivalMs);
  }

  #named(device: string, name: string): void {
    const known = this.interfaces.get(device);
    if (!known) this.interfaces.set(device, new Set([name]));
    else if (known.size < 1000) known.add(name);
  }

  #change(of: Omit<LearntEnd, 'key' | 'moments'>, timeMs: number, isUp: boolean): void {
    const key = `${of.kind} ${of.device} ${of.interface} ${of.dlci ?? ''} ${of.protocol} ${of.neighbour} ${of.vrf}`;
    let end = this.ends.get(key);
    if (!end) {
      if (this.ends.size >= most) return;
      end = { ...of, key, moments: [] };
      this.ends.set(key, end);
    }
    if (end.moments.length < mostMoments) end.moments.push({ timeMs, isUp });
  }
}

function pick(event: NetworkEvent & { readonly kind: 'adj' }): Pick<LearntEnd, 'protocol' | 'neighbour' | 'vrf'> {
  return { protocol: event.protocol, neighbour: event.neighbour, vrf: event.vrf };
}
