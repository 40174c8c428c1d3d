// The receiver's own figures as Prometheus text (format 0.0.4). All label values are names of ours.
import type { Health, OutputStatus } from '../model/health.ts';

/** What is known of a receiver. */
export interface ReceiverStatus {
  readonly version: string;
  readonly open: number;
  readonly remembered: number;
  readonly taken: number;
  readonly repeats: number;
  /** Alerts that Grafana left out of its notifications. */
  readonly truncated: number;
  /** Requests by the status they were answered with. */
  readonly requests: ReadonlyMap<number, number>;
  /** Outputs and ways of forwarding. */
  readonly targets: readonly OutputStatus[];
}

const healthValue: Readonly<Record<Health, number>> = { ok: 0, degraded: 1, failing: 2 };

/** The text of /metrics. */
export function receiverMetrics(status: ReceiverStatus): string {
  const block = (kind: string, name: string, help: string, samples: readonly (readonly [string, number])[]): string => {
    const full = `switchboard_listen_${name}`;
    const lines = samples.map(([labels, value]) => `${full}${labels === '' ? '' : `{${labels}}`} ${value}\n`);
    return `# HELP ${full} ${help}\n# TYPE ${full} ${kind}\n${lines.join('')}`;
  };
  const { targets } = status;
  const each = (pick: (target: OutputStatus) => number): (readonly [string, number])[] =>
    targets.map((target) => [`target="${target.name}"`, pick(target)] as const);
  const requests = [...status.requests].map(([code, count]) => [`code="${code}"`, count] as const);
  const fates = targets.flatMap(({ name, accepted, refused }) => [
    [`target="${name}",fate="accepted"`, accepted] as const,
    [`target="${name}",fate="refused"`, refused] as const,
  ]);
  return [
    block('gauge', 'info', 'Version of Switchboard, always 1.', [[`version="${status.version}"`, 1]]),
    block('counter', 'requests_total', 'Requests by status.', requests),
    block('counter', 'alerts_total', 'Changes of alerts taken.', [['', status.taken]]),
    block('counter', 'repeats_total', 'Alerts that were known already.', [['', status.repeats]]),
    block('counter', 'truncated_total', 'Alerts that Grafana left out (maxAlerts).', [['', status.truncated]]),
    block('gauge', 'open_alerts', 'Alerts that fire now.', [['', status.open]]),
    block('gauge', 'remembered', 'Changes that would be recognised as repeats.', [['', status.remembered]]),
    block(
      'gauge',
      'target_health',
      '0 ok, 1 degraded, 2 failing.',
      each(({ health }) => healthValue[health]),
    ),
    block('counter', 'target_entries_total', 'Entries by what became of them.', fates),
    block(
      'gauge',
      'target_waiting',
      'Entries kept and not delivered yet.',
      each(({ spooled }) => spooled),
    ),
    block(
      'counter',
      'target_retries_total',
      'Attempts that had to be repeated.',
      each(({ retries }) => retries),
    ),
  ].join('');
}
