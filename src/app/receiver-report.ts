// What a receiver did since its last report, as a point of switchboard_receiver.
import type { Point } from '../model/line-protocol.ts';
import { switchboardReceiver } from '../model/pipeline.ts';
import type { ReceiverCounters, ReceiverStatus } from '../model/receiver.ts';
import { noReceiverCounters } from '../model/receiver.ts';
import type { SourceConfiguration } from './configuration.ts';

type FieldName = (typeof switchboardReceiver)['fieldNames'][number];

/** Makes the points of one receiver. */
export class ReceiverReport {
  readonly #source: SourceConfiguration;
  #last: Readonly<ReceiverCounters> = noReceiverCounters();

  constructor(source: SourceConfiguration) {
    this.#source = source;
  }

  /** The next point. */
  next({ counters, listening, sockets }: ReceiverStatus, nowMs: number): Point {
    const last = this.#last;
    this.#last = counters;
    const counted = (name: keyof ReceiverCounters): number => counters[name] - last[name];
    const [dropped, kernelDropped] = [counted('dropped'), counted('kernelDropped')];
    const values: Readonly<Record<FieldName, number>> = {
      listening: Number(listening.length >= sockets),
      messages: counted('messages'),
      bytes: counted('bytes'),
      rejected: counted('rejected'),
      truncated: counted('truncated'),
      dropped,
      kernel_dropped: kernelDropped,
      lost: dropped + kernelDropped,
      connections: counted('connections'),
    };
    const { family, name, host, instance } = this.#source;
    return {
      measurement: switchboardReceiver,
      tags: [family.name, name, host, instance],
      fields: switchboardReceiver.fieldNames.map((field) => values[field]),
      timeMs: nowMs,
    };
  }
}
