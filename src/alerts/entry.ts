// What the receiver keeps and delivers: one JSON line per change of an alert, and one per count of open alerts. Every
// output and every way of forwarding reads these lines.
import { z } from 'zod';
import { alertEvent, alertEventHourly, alertState, maxSummaryLength } from '../model/alert-event.ts';
import { encodePoint } from '../model/line-protocol.ts';
import type { HourTags } from '../model/week-clock.ts';
import type { Alert } from './notification.ts';

const texts = z.record(z.string(), z.string());

/** An alert that began to fire or was resolved. Times are ISO 8601 in UTC. This is what commands and webhooks get. */
const alertEntrySchema = z.object({
  kind: z.literal('alert'),
  /** The same for the same change of the same alert, however often it is told: for receivers that must not act twice. */
  key: z.string(),
  status: z.enum(['firing', 'resolved']),
  alertname: z.string(),
  severity: z.string(),
  service: z.string(),
  host: z.string(),
  summary: z.string(),
  description: z.string(),
  startsAt: z.string(),
  endsAt: z.string().nullable(),
  durationSeconds: z.number().nullable(),
  fingerprint: z.string(),
  ruleUid: z.string(),
  url: z.string(),
  labels: texts,
  annotations: texts,
  values: z.record(z.string(), z.number()),
  receivedAt: z.string(),
  /** Tags and time of the stored point: values above a limit are `__other__`, and times are made unique. */
  point: z.object({
    tags: z.array(z.string()),
    timeMs: z.int(),
    /** Hour of the day and day of the week on the receiver's clock; an alert that was resolved has none. */
    hour: z.object({ hour: z.string(), weekday: z.string() }).optional(),
  }),
});

const stateEntrySchema = z.object({
  kind: z.literal('state'),
  timeMs: z.int(),
  firing: z.int(),
  /** How long the oldest alert has been firing, in seconds; 0 when none is. */
  oldestSeconds: z.number().default(0),
  instance: z.string(),
});

const entrySchema = z.discriminatedUnion('kind', [alertEntrySchema, stateEntrySchema]);

/** An alert that began to fire or was resolved. */
export type AlertEntry = Readonly<z.output<typeof alertEntrySchema>>;
/** The number of open alerts at a moment. */
export type StateEntry = Readonly<z.output<typeof stateEntrySchema>>;
/** Anything that is delivered. */
export type Entry = AlertEntry | StateEntry;

/** What tells one change of an alert from another (grafana 14.3): resolved again is another change. */
export function keyOf({ fingerprint, startsMs, status, endsMs }: Alert): string {
  const key = `${fingerprint}|${new Date(startsMs).toISOString()}|${status}`;
  return status === 'firing' ? key : `${key}|${endsMs === undefined ? '' : new Date(endsMs).toISOString()}`;
}

/** The entry of an alert that came at `nowMs`; `point` says where it is stored. */
export function entryOf(alert: Alert, nowMs: number, point: AlertEntry['point']): AlertEntry {
  const { status, labels, annotations } = alert;
  const endMs = status === 'firing' ? undefined : (alert.endsMs ?? nowMs);
  return {
    kind: 'alert',
    key: keyOf(alert),
    status,
    alertname: labels['alertname'] ?? '',
    severity: labels['severity'] ?? '',
    service: labels['service'] ?? '',
    host: labels['host'] ?? '',
    summary: annotations['summary'] ?? '',
    description: annotations['description'] ?? '',
    startsAt: new Date(alert.startsMs).toISOString(),
    endsAt: endMs === undefined ? null : new Date(endMs).toISOString(),
    durationSeconds: endMs === undefined ? null : Math.max(0, (endMs - alert.startsMs) / 1000),
    fingerprint: alert.fingerprint,
    ruleUid: alert.ruleUid,
    url: alert.url,
    labels,
    annotations,
    values: alert.values,
    receivedAt: new Date(nowMs).toISOString(),
    point,
  };
}

/** One line with its line feed. */
export function encodeEntry(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** Reads a line back; undefined for what is none of ours. */
export function decodeEntry(line: string): Entry | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  return entrySchema.safeParse(json).data;
}

/** The points of an entry in line protocol, each with its line feed: the event, and the roll-up of an alert raised. */
export function pointLines(entry: Entry): string {
  if (entry.kind === 'state') {
    const { timeMs, firing, oldestSeconds, instance } = entry;
    return encodePoint({ measurement: alertState, tags: ['', instance], fields: [firing, oldestSeconds], timeMs });
  }
  const { point, status, durationSeconds, fingerprint, summary, url } = entry;
  const fields = [
    status === 'firing' ? 1 : 0,
    1,
    durationSeconds ?? undefined,
    fingerprint,
    summary.slice(0, maxSummaryLength),
    url,
  ];
  const { tags, timeMs, hour } = point;
  const event = encodePoint({ measurement: alertEvent, tags, fields, timeMs });
  return hour === undefined ? event : event + hourlyLine(tags, hour, timeMs);
}

/** No other alert raised has these tags and this time, because none has those of the event. */
function hourlyLine(tags: readonly string[], { hour, weekday }: HourTags, timeMs: number): string {
  const [alertname = '', severity = '', service = '', , host = '', instance = ''] = tags;
  return encodePoint({
    measurement: alertEventHourly,
    tags: [alertname, severity, service, hour, weekday, host, instance],
    fields: [1],
    timeMs,
  });
}
