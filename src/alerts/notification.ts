// The body of a Grafana webhook: bytes to alerts, or why not. Unknown keys are ignored, and all but a few may be
// missing, because Grafana adds and drops fields without raising the version (grafana 14).
import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';

/** One alert of a notification, cut to sizes that can be kept. Times are epoch milliseconds. */
export interface Alert {
  readonly status: 'firing' | 'resolved';
  readonly fingerprint: string;
  readonly startsMs: number;
  /** Undefined while it fires, and when Grafana did not say. */
  readonly endsMs: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, number>>;
  /** Panel, dashboard or rule, whichever is there; empty or http(s). */
  readonly url: string;
  readonly ruleUid: string;
}

/** What one request says. */
export interface Notification {
  readonly receiver: string;
  readonly alerts: readonly Alert[];
  /** How many alerts Grafana left out (`maxAlerts`). */
  readonly truncated: number;
}

/** More labels or annotations than this are left out; real alerts have a handful. */
const maxPairs = 100;
const maxNameLength = 256;
const maxValueLength = 4096;
const maxUrlLength = 2048;
/** Outside these years no store keeps a point. Year 1 stands for "not yet". */
const firstMs = Date.UTC(1970, 0, 1);
const lastMs = Date.UTC(2200, 0, 1);

const words = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'string' ? value : ''));
const moment = z.iso.datetime({ offset: true });
const status = z.enum(['firing', 'resolved']);

const alertSchema = z.object({
  status,
  labels: z.custom<Readonly<Record<string, unknown>>>(isGroup, 'must be a group of labels'),
  startsAt: moment.refine((value) => isStorable(Date.parse(value)), 'must be a time from 1970 to 2199'),
  annotations: z
    .unknown()
    .optional()
    .transform((value) => (isGroup(value) ? value : {})),
  endsAt: z.unknown().optional(),
  fingerprint: words,
  generatorURL: words,
  dashboardURL: words,
  panelURL: words,
  ruleUID: words,
  values: z
    .unknown()
    .optional()
    .transform((value) => (isGroup(value) ? value : {})),
});

const bodySchema = z.object({
  status,
  alerts: z.array(alertSchema),
  receiver: words,
  truncatedAlerts: z
    .unknown()
    .optional()
    .transform((value) => (Number.isSafeInteger(value) ? Math.max(0, Number(value)) : 0)),
});

/** Reads a body. The reason is for the log; it repeats nothing of the body but names of keys. */
export function readNotification(body: Buffer): Notification | { readonly fault: string } {
  if (!isUtf8(body)) return { fault: 'not UTF-8' };
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    return { fault: 'not JSON' };
  }
  const result = bodySchema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    return { fault: `${issue?.path.map(String).join('.').slice(0, 200) || 'body'}: ${issue?.message ?? 'not valid'}` };
  }
  const { receiver, alerts, truncatedAlerts } = result.data;
  return { receiver: receiver.slice(0, maxNameLength), alerts: alerts.map(alertOf), truncated: truncatedAlerts };
}

function alertOf(given: z.output<typeof alertSchema>): Alert {
  const labels = texts(given.labels);
  const ends = typeof given.endsAt === 'string' && moment.safeParse(given.endsAt).success ? given.endsAt : '';
  const endsMs = Date.parse(ends);
  return {
    status: given.status,
    fingerprint: /^[\w-]{1,128}$/.test(given.fingerprint) ? given.fingerprint : fingerprintOf(labels),
    startsMs: Date.parse(given.startsAt),
    endsMs: given.status === 'resolved' && isStorable(endsMs) ? endsMs : undefined,
    labels,
    annotations: texts(given.annotations),
    values: numbers(given.values),
    url: [given.panelURL, given.dashboardURL, given.generatorURL].find(isLink) ?? '',
    ruleUid: given.ruleUID.slice(0, maxNameLength),
  };
}

/** Made from the labels, where Grafana gives no usable fingerprint: they are what an alert is known by. */
function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).toSorted(([first], [second]) => (first < second ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(pairs)).digest('hex').slice(0, 16);
}

function texts(group: Readonly<Record<string, unknown>>): Record<string, string> {
  return bounded(group, (value) => {
    // Anything nested is no label, and could be nested deeper than can be written again.
    const text = typeof value === 'object' ? '' : String(value);
    return text.slice(0, maxValueLength).toWellFormed();
  });
}

function numbers(group: Readonly<Record<string, unknown>>): Record<string, number> {
  return bounded(group, (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined));
}

/** Without a prototype, so that a label may be called anything. */
function bounded<T>(
  group: Readonly<Record<string, unknown>>,
  convert: (value: unknown) => T | undefined,
): Record<string, T> {
  const result = Object.create(null) as Record<string, T>;
  for (const [name, value] of Object.entries(group).slice(0, maxPairs)) {
    const converted = convert(value);
    if (converted !== undefined) result[name.slice(0, maxNameLength).toWellFormed()] = converted;
  }
  return result;
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStorable(timeMs: number): boolean {
  return timeMs >= firstMs && timeMs < lastMs;
}

/** A link that may be shown: no other scheme, nothing that could end an attribute or a line. */
function isLink(text: string): boolean {
  return text.length <= maxUrlLength && /^https?:\/\/[^\s"'<>\\]+$/i.test(text) && URL.canParse(text);
}
