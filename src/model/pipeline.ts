// The engine's own measurement: one point per source every 15 s (DESIGN 3, grafana 11.9).
import { counter, gauge, measurement, tag, text } from './catalogue.ts';

/** How often the pipeline reports about itself. */
export const pipelineIntervalMs = 15_000;

/** The whole accounting identity of a source as increments since the point before, and its state. */
export const switchboardPipeline = measurement({
  name: 'switchboard_pipeline',
  help: 'What each source of Switchboard did since its last report, and how it is.',
  isInstant: true,
  tags: {
    family: tag('family of the source', 20),
    source: tag('name of the source'),
  },
  fields: {
    up: gauge('', '1 while the source is read', 'last', 'integer'),
    health: gauge('', '0 ok, 1 degraded, 2 failing', 'last', 'integer'),
    lines_read: counter('lines', 'lines read'),
    matched: counter('lines', 'lines that gave samples'),
    ignored: counter('lines', 'lines that are not of interest'),
    dead_lettered: counter('lines', 'lines that should have matched and could not be used'),
    late_dropped: counter('lines', 'lines older than the late horizon'),
    skipped_long: counter('lines', 'lines longer than the limit'),
    records: counter('records', 'lines that gave samples or should have'),
    rejected: counter('records', 'records that could not be used: dead letters, late and too long ones'),
    points: counter('points', 'points accepted by the outputs'),
    write_errors: counter('errors', 'points refused by the outputs'),
    retries: counter('attempts', 'writes that had to be repeated'),
    dropped: counter('points', 'points given up because a spool was full'),
    spool_bytes: gauge('bytes', 'committed and not yet accepted', 'last', 'integer'),
    spool_limit_bytes: gauge('bytes', 'the limit of the spool', 'last', 'integer'),
    lag_s: gauge('s', 'how far reading is behind the log'),
    write_p95_ms: gauge('ms', '95th percentile of the time of a write'),
    rss_bytes: gauge('bytes', 'memory of the process', 'last', 'integer'),
    eventloop_p99_ms: gauge('ms', '99th percentile of the event loop delay'),
    starts: counter('starts', 'starts of the process'),
    version: text('version of Switchboard'),
  },
});

/** What came by network, as increments since the point before; only for sources that listen. */
export const switchboardReceiver = measurement({
  name: 'switchboard_receiver',
  help: 'What each receiver of Switchboard took from the network since its last report, and what it could not take.',
  isInstant: true,
  tags: {
    family: tag('family of the source', 20),
    source: tag('name of the source'),
  },
  fields: {
    listening: gauge('', '1 while all of its sockets are open', 'last', 'integer'),
    messages: counter('messages', 'messages written to the journal'),
    bytes: counter('bytes', 'bytes of these'),
    rejected: counter('messages', 'datagrams and connections of addresses that are not allowed'),
    truncated: counter('messages', 'messages that were cut at the limit'),
    dropped: counter('messages', 'messages given up because the journal was full or the disk was'),
    kernel_dropped: counter('messages', 'datagrams that the kernel gave up because its buffer was full'),
    lost: counter('messages', 'the two sums before together'),
    connections: counter('connections', 'connections accepted'),
  },
});
