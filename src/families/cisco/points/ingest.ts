// What was read, and what came by network, since the report before (cisco 21): totals go in, what was added comes out.
import type { JsonValue, SampleSink, SourceReport } from '../../../model/family.ts';
import { ciscoIngest } from '../metrics.ts';
import { putPoint } from './points.ts';
import type { ReadCounts } from '../preprocessing/reader.ts';

/** Totals and states at the moment of a report. */
export interface IngestState {
  readonly counts: ReadCounts;
  readonly unknownDevices: number;
  readonly unknownZones: number;
  readonly buffered: number;
  readonly holes: number;
}

const noNetwork = { rejected: 0, truncated: 0 };

/** The totals of the report before. */
export class IngestFigures {
  #before: Readonly<Record<string, number>> = {};
  /** Totals of the receiver begin with the process, so they are not kept. */
  #network = noNetwork;

  /** Puts one point, stamped with the time of the report. */
  report({ nowMs, received }: SourceReport, state: IngestState, sink: SampleSink): void {
    const { counts } = state;
    const totals: Readonly<Record<string, number>> = {
      ...counts,
      read: Object.values(counts).reduce((sum, count) => sum + count, 0),
      zones: state.unknownZones,
      holes: state.holes,
    };
    // Totals that went back belong to a state that was begun anew.
    const added = (name: string): number => Math.max(0, (totals[name] ?? 0) - (this.#before[name] ?? 0));
    const network = received ?? noNetwork;
    putPoint(sink, ciscoIngest, [], nowMs, {
      read: added('read'),
      parsed: added('message') + added('numbered'),
      unparsed: added('unparsed'),
      repeat: added('repeat'),
      banner: added('banner'),
      traceback: added('traceback'),
      continuation: added('continuation'),
      rejected: Math.max(0, network.rejected - this.#network.rejected),
      truncated: Math.max(0, network.truncated - this.#network.truncated),
      unknown_device: state.unknownDevices,
      unknown_zone: added('zones'),
      buffered: state.buffered,
      holes: added('holes'),
    });
    this.#before = totals;
    this.#network = { rejected: network.rejected, truncated: network.truncated };
  }

  /** The totals last reported. */
  snapshot(): JsonValue {
    return { ...this.#before };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    this.#before = { ...(state as Record<string, number>) };
  }
}
