// Calls from numbers that nobody expects (cisco 15.4).
import { isSameNumber } from './attribution.ts';
import type { CookedRecord } from './record.ts';
import type { NetworkEvent } from './events.ts';
import type { Topology } from './topology.ts';

/** A call from a number that is not expected at a site. */
export interface SecurityWarning {
  readonly site: string;
  readonly timeMs: number;
  readonly kind: 'unexpected_caller' | 'unknown_caller';
  /** Number as reported; empty when it is unknown. */
  readonly number: string;
}

/** The warning that a connect record at a site gives rise to. Sites without a list of expected callers never warn. */
export function warningOf(topology: Topology, record: CookedRecord, event: NetworkEvent): SecurityWarning | undefined {
  if (event.kind !== 'call_connect') return undefined;
  const service = topology.services.find(
    ({ backup, expectedCallers }) =>
      expectedCallers.length > 0 && backup?.ends[1]?.devices.includes(record.device.name) === true,
  );
  if (!service || service.expectedCallers.some((number) => isSameNumber(number, event.number))) return undefined;
  return {
    site: service.site,
    timeMs: record.timeMs,
    kind: event.number === '' ? 'unknown_caller' : 'unexpected_caller',
    number: event.number,
  };
}
