// The MST lines of a source: puts records together, reads the SIP messages in them, and accounts each line once (ecs 4).
import type { JsonValue, SampleSink } from '../../model/family.ts';
import { MstAssembler } from './mst.ts';
import type { MstRecord } from './mst.ts';
import { SipReader, sipTextStart } from './sip-message.ts';
import { SipSamples } from './sip-samples.ts';
import type { BusinessHours } from './sip-silence.ts';

/**
 * What MST lines are found by: the end of `MST` with the blanks behind it, since `S` is rare in other lines, and the
 * mark of continuations, which may stand without `MST`.
 */
export const mstNeedles: readonly Buffer[] = [Buffer.from('ST  '), Buffer.from('++++')];

/** Takes the MST lines of one source. */
export class MstLines {
  readonly #assembler: MstAssembler;
  readonly #reader = new SipReader();
  readonly #samples: SipSamples;
  readonly #fault: (reason: string) => void;
  // The line that is being looked at, for records that it completes.
  #sink: SampleSink | undefined;
  #start = 0;
  #end = 0;
  #isAccounted = false;

  /** `fault` is told of what is wrong with records and belongs to no line. */
  constructor(fault: (reason: string) => void, isBusinessHour: BusinessHours) {
    this.#fault = fault;
    this.#samples = new SipSamples(isBusinessHour);
    this.#assembler = new MstAssembler({ record: (record) => this.#record(record), fault });
  }

  /**
   * Takes a line with one of the needles in it; `timeMs` is NaN without a usable stamp. False: it is no MST line.
   * Lines of other types of records are left to count as ignored.
   */
  line(bytes: Buffer, start: number, end: number, timeMs: number, sink: SampleSink): boolean {
    this.#sink = sink;
    this.#start = start;
    this.#end = end;
    this.#isAccounted = false;
    if (Number.isNaN(timeMs)) {
      if (!this.#assembler.takes(bytes, start, end)) return false;
      sink.reject(start, end, 'bad_date');
      return true;
    }
    const outcome = this.#assembler.line(bytes, start, end, timeMs);
    switch (outcome) {
      case 'none':
        return false;
      case 'skipped':
        return true;
      case 'part':
      case 'end':
        if (!this.#isAccounted) sink.accept(start, end, timeMs);
        return true;
      default:
        sink.reject(start, end, outcome);
        return true;
    }
  }

  /** Says again what is open. */
  report(nowMs: number, sink: SampleSink): void {
    this.#samples.report(nowMs, sink);
  }

  snapshot(): JsonValue {
    return { pending: this.#assembler.snapshot(), sip: this.#samples.snapshot() };
  }

  /** Takes back a snapshot; without one it begins anew. Throws when it is none. */
  restore(state: JsonValue | undefined): void {
    if (state === undefined) return;
    const { pending, sip } = (state ?? {}) as Record<string, JsonValue>;
    this.#assembler.restore(pending ?? null);
    this.#samples.restore(sip);
  }

  /** A complete record belongs to the line that completed it; the lines of one that was cut are accounted already. */
  #record(record: MstRecord): void {
    const sink = this.#sink;
    if (!sink) return;
    const fault = this.#reader.read(record);
    if (record.isTruncated) {
      if (!fault) this.#samples.message(this.#reader, record.bytes, record.timeMs, sink);
      else if (fault !== 'unparsed') this.#fault(fault);
      return;
    }
    this.#isAccounted = true;
    if (fault) sink.reject(this.#start, this.#end, fault);
    else if (sink.accept(this.#start, this.#end, record.timeMs, record.bytes.subarray(sipTextStart, record.length))) {
      this.#samples.message(this.#reader, record.bytes, record.timeMs, sink);
    }
  }
}
