// Calls from numbers that nobody expects (cisco 15.4): at a site at once, at a hub as soon as it is sure whose they are.
import { isSameNumber } from './attribution.ts';
import type { CallView } from './calls.ts';
import type { CookedRecord } from '../preprocessing/record.ts';
import type { NetworkEvent } from '../grammar/events.ts';
import type { Topology } from '../topology/topology.ts';

/** A late authentication names a caller within so long of the protocol (cisco 15.4). */
const authenticationMs = 60_000;

/** A call from a number that is not expected at a site. */
export interface SecurityWarning {
  /** `unattributed` for a call at a hub. */
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

/**
 * The warnings about calls at hubs, as far as the log goes: from a number or a name of no site at once, from an unknown one
 * that nothing has named by the end of the call or a minute after its protocol. `unattributed` are the views that no site was
 * found for.
 */
export function callerWarnings(
  topology: Topology,
  views: readonly CallView[],
  unattributed: ReadonlySet<CallView>,
  toMs: number,
): readonly SecurityWarning[] {
  const sites = new Set(
    topology.links.flatMap(({ type, ends }) => (type === 'isdn-dial' ? (ends[1]?.devices ?? []) : [])),
  );
  const warnings: SecurityWarning[] = [];
  for (const view of views) {
    if (sites.has(view.device) || !unattributed.has(view)) continue;
    const { connectMs, protoMs, endMs, startMs, number, peer } = view;
    const beganMs = Number.isNaN(connectMs) ? startMs : connectMs;
    const waitedMs = Math.min(
      Number.isNaN(endMs) ? Number.POSITIVE_INFINITY : endMs,
      Number.isNaN(protoMs) ? Number.POSITIVE_INFINITY : protoMs + authenticationMs,
    );
    const timeMs = number === '' && peer === '' ? waitedMs : beganMs;
    if (timeMs <= toMs) warnings.push({ site: 'unattributed', timeMs, kind: 'unknown_caller', number });
  }
  return warnings.sort((one, next) => one.timeMs - next.timeMs);
}
