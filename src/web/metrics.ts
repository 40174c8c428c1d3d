// The whole accounting as Prometheus text (format 0.0.4): per source, per output, per file, and of the process.
import type { AlertFigures } from '../model/alert-board.ts';
import type { ReceiverStatus } from '../model/receiver.ts';
import type { FileStatus, Health, OutputStatus, PipelineStatus, SourceStatus } from '../model/health.ts';

type Labels = readonly (readonly [name: string, value: string])[];
type Kind = 'counter' | 'gauge';

/** Samples grouped by metric, in the order of first use: the format wants each metric in one block. */
class Exposition {
  readonly #metrics = new Map<string, string[]>();

  add(kind: Kind, name: string, help: string, labels: Labels, value: number | undefined): void {
    if (value === undefined || Number.isNaN(value)) return;
    const full = `switchboard_${name}`;
    let lines = this.#metrics.get(full);
    if (!lines) {
      lines = [`# HELP ${full} ${help}`, `# TYPE ${full} ${kind}`];
      this.#metrics.set(full, lines);
    }
    const text = labels.map(([label, content]) => `${label}="${escapeLabel(content)}"`).join(',');
    lines.push(`${full}${text === '' ? '' : `{${text}}`} ${numberText(value)}`);
  }

  text(): string {
    return [...this.#metrics.values()].map((lines) => `${lines.join('\n')}\n`).join('');
  }
}

/** Label values may hold anything: backslash, quote and line feed are escaped, other controls replaced. */
function escapeLabel(value: string): string {
  return value
    .replace(/\\/g, '\\\\')
    .replace(/"/g, '\\"')
    .replace(/\n/g, '\\n')
    .replace(/[\u0000-\u001f\u007f]/g, '\ufffd')
    .toWellFormed();
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

const healthValue: Readonly<Record<Health, number>> = { ok: 0, degraded: 1, failing: 2 };

/** The text of /metrics. */
export function metricsText(status: PipelineStatus, alerts?: AlertFigures): string {
  const out = new Exposition();
  out.add('gauge', 'info', 'Version of Switchboard, always 1.', [['version', status.version]], 1);
  out.add('gauge', 'health', '0 ok, 1 degraded, 2 failing.', [], healthValue[status.health]);
  out.add('gauge', 'start_time_seconds', 'Start of the process, epoch seconds.', [], status.startedMs / 1000);
  out.add('gauge', 'resident_memory_bytes', 'Memory of the process.', [], status.rssBytes);
  out.add(
    'gauge',
    'event_loop_delay_p99_seconds',
    '99th percentile of the event loop delay.',
    [],
    status.eventLoopP99Ms / 1000,
  );
  for (const source of status.sources) addSource(out, source);
  if (alerts) addAlerts(out, alerts);
  return out.text();
}

function addAlerts(out: Exposition, alerts: AlertFigures): void {
  const { lastEvaluationMs } = alerts;
  out.add('gauge', 'alerts_firing', 'Alerts that fire.', [], alerts.firing);
  out.add('gauge', 'alerts_pending', 'Alerts whose condition has not held for long enough.', [], alerts.pending);
  out.add('gauge', 'alert_silences', 'Silences in force.', [], alerts.silences);
  out.add('counter', 'alert_evaluations_total', 'Evaluations of alert rules.', [], alerts.evaluations);
  out.add('counter', 'alert_evaluation_failures_total', 'Evaluations that failed.', [], alerts.failures);
  out.add('counter', 'alert_evaluations_missed_total', 'Evaluations passed over for a slow one.', [], alerts.missed);
  out.add('gauge', 'alert_rules_failing', 'Rules whose last evaluation failed.', [], alerts.failing);
  out.add(
    'gauge',
    'alert_last_evaluation_time_seconds',
    'Time of the newest evaluation, epoch seconds.',
    [],
    lastEvaluationMs === undefined ? undefined : lastEvaluationMs / 1000,
  );
  for (const { name, told, failures } of alerts.targets) {
    const labels: Labels = [['target', name]];
    out.add('counter', 'alert_messages_total', 'Messages about alerts that were taken.', labels, told);
    out.add('counter', 'alert_message_failures_total', 'Messages about alerts that failed.', labels, failures);
  }
}

function addReceiver(out: Exposition, { counters, listening, sockets }: ReceiverStatus, labels: Labels): void {
  const fates = { taken: counters.messages, rejected: counters.rejected, dropped: counters.dropped };
  for (const [fate, count] of Object.entries(fates)) {
    const help = 'Messages that came by network, by what became of them.';
    out.add('counter', 'received_total', help, [...labels, ['fate', fate]], count);
  }
  out.add('counter', 'received_bytes_total', 'Bytes of the messages taken.', labels, counters.bytes);
  out.add('counter', 'received_truncated_total', 'Messages that were cut.', labels, counters.truncated);
  const help = 'Datagrams that the kernel gave up because its buffer was full.';
  out.add('counter', 'received_kernel_drops_total', help, labels, counters.kernelDropped);
  out.add('counter', 'receiver_connections_total', 'Connections accepted.', labels, counters.connections);
  out.add('gauge', 'receiver_listening', '1 while all sockets are open.', labels, Number(listening.length >= sockets));
}

function addSource(out: Exposition, source: SourceStatus): void {
  const labels: Labels = [
    ['source', source.name],
    ['family', source.family],
    ['host', source.host],
  ];
  const { counters } = source;
  const line = (fate: string, value: number): void =>
    out.add(
      'counter',
      'lines_total',
      'Lines by what became of them; all of them are the lines read.',
      [...labels, ['fate', fate]],
      value,
    );
  out.add('counter', 'lines_read_total', 'Lines read.', labels, counters.linesRead);
  line('matched', counters.matched);
  line('ignored', counters.ignored);
  line('dead_lettered', counters.deadLettered);
  line('late_dropped', counters.lateDropped);
  line('skipped_long', counters.skippedLong);
  const plain: readonly (readonly [Kind, string, string, number | undefined])[] = [
    ['gauge', 'source_health', '0 ok, 1 degraded, 2 failing.', healthValue[source.health]],
    [
      'gauge',
      'source_paused',
      '1 while reading stands still because a spool or the disk is full.',
      Number(source.isPaused),
    ],
    ['counter', 'bytes_read_total', 'Bytes read.', counters.bytesRead],
    ['counter', 'dead_letters_given_up_total', 'Dead letters that could not be kept.', counters.deadLettersGivenUp],
    ['counter', 'rotations_total', 'Rotations of followed files.', counters.rotations],
    ['counter', 'truncations_total', 'Followed files that were truncated or replaced.', counters.truncations],
    ['counter', 'gaps_total', 'Followed files that were gone before they were read to their end.', counters.gaps],
    ['counter', 'nul_bytes_total', 'NUL bytes skipped.', counters.nulBytes],
    ['counter', 'files_opened_total', 'Files opened.', counters.filesOpened],
    ['counter', 'commits_total', 'Commits.', counters.commits],
    ['counter', 'starts_total', 'Starts of the source.', counters.starts],
    ['gauge', 'commit_seconds', 'Time of the last commit.', source.commitMs / 1000],
    ['gauge', 'lag_bytes', 'Bytes not yet read.', source.lagBytes],
    ['gauge', 'lag_seconds', 'How far reading is behind the log.', source.lagSeconds],
    [
      'gauge',
      'newest_event_time_seconds',
      'Time of the newest event, epoch seconds.',
      source.newestEventMs === undefined ? undefined : source.newestEventMs / 1000,
    ],
    ['gauge', 'open_buckets', 'Buckets still open.', source.openBuckets],
    ['gauge', 'series', 'Series known.', source.series],
    ['gauge', 'awaited_paths', 'Paths that match nothing yet.', source.awaited.length],
  ];
  for (const [kind, name, help, value] of plain) out.add(kind, name, help, labels, value);
  if (source.receiver) addReceiver(out, source.receiver, labels);
  for (const [reason, count] of Object.entries(source.rejects)) {
    out.add(
      'counter',
      'rejects_total',
      'Rejected lines and parser events by reason.',
      [...labels, ['reason', reason]],
      count,
    );
  }
  for (const [measurement, count] of Object.entries(source.overflowed)) {
    const help = 'Samples that went to __other__ because a limit was reached.';
    out.add('counter', 'overflowed_total', help, [...labels, ['measurement', measurement]], count);
  }
  for (const file of source.files) addFile(out, labels, file);
  for (const output of source.outputs) addOutput(out, labels, output);
}

function addFile(out: Exposition, source: Labels, file: FileStatus): void {
  const labels: Labels = [...source, ['path', file.path]];
  out.add('gauge', 'file_offset_bytes', 'Start of the first line not yet taken.', labels, file.offset);
  out.add('gauge', 'file_size_bytes', 'Size of the file.', labels, file.size);
  out.add('gauge', 'file_lag_bytes', 'Bytes of the file not yet read.', labels, file.lagBytes);
  out.add('gauge', 'file_fault', '1 while the file cannot be read.', labels, Number(file.hasFault));
}

function addOutput(out: Exposition, source: Labels, output: OutputStatus): void {
  const labels: Labels = [...source, ['output', output.name]];
  const point = (fate: string, value: number): void =>
    out.add('counter', 'output_points_total', 'Points by what became of them.', [...labels, ['fate', fate]], value);
  out.add(
    'counter',
    'points_committed_total',
    'Points committed: accepted, spooled and refused.',
    labels,
    output.committed,
  );
  point('accepted', output.accepted);
  point('refused', output.refused);
  out.add('gauge', 'spooled_points', 'Points committed and not yet accepted.', labels, output.spooled);
  out.add('gauge', 'output_health', '0 ok, 1 degraded, 2 failing.', labels, healthValue[output.health]);
  out.add('gauge', 'spool_bytes', 'Bytes in the spool.', labels, output.spoolBytes);
  out.add('gauge', 'spool_limit_bytes', 'Limit of the spool.', labels, output.spoolLimitBytes);
  out.add('gauge', 'spool_age_seconds', 'Age of the oldest batch in the spool.', labels, output.spoolAgeSeconds);
  out.add('gauge', 'stored_bytes', 'Bytes on disk of what the output keeps.', labels, output.storedBytes);
  out.add('counter', 'write_retries_total', 'Writes that had to be repeated.', labels, output.retries);
  out.add('gauge', 'write_p95_seconds', '95th percentile of the time of a write.', labels, output.writeP95Ms / 1000);
  const lastAccepted = output.lastAcceptedMs === undefined ? undefined : output.lastAcceptedMs / 1000;
  out.add(
    'gauge',
    'last_accepted_time_seconds',
    'Time of the last accepted write, epoch seconds.',
    labels,
    lastAccepted,
  );
}
