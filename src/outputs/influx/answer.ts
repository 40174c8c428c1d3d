// What an answer of InfluxDB, or of whatever stands in front of it, means for a batch (engine 5.2, style S-43).
// Pure: texts in, verdict out.

/** An HTTP answer; header names are in lower case. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The beginning of the body. */
  readonly body: string;
}

/**
 * `stored`: every point is. `refused`: some points will never be taken, the others are stored or can be sent again;
 * `isCertain` is false when the words are not known to mean points rather than the request. `tooLarge`: send less at
 * once. `noDatabase`: create it. `later`: the same again after a while.
 */
export type Verdict =
  | { readonly kind: 'stored' }
  | { readonly kind: 'refused'; readonly reason: string; readonly isCertain: boolean; readonly dropped: number }
  | { readonly kind: 'tooLarge'; readonly reason: string }
  | { readonly kind: 'noDatabase'; readonly reason: string }
  | { readonly kind: 'later'; readonly reason: string; readonly needsHuman: boolean; readonly afterMs?: number };

/** Words of InfluxDB 1, 2, 3 and VictoriaMetrics for points, not requests, that they will never take. */
const pointRefusal =
  /partial write|unable to parse|(?:cannot|failed to) parse|parsing failed|field type conflict|beyond retention|outside retention|outside of? ?retention|max-values-per-tag|max-series-per-database|max key length exceeded|invalid (?:field|tag|timestamp|number|boolean|measurement)|missing (?:fields|tag)|time outside range/i;

/** The longest wait that a Retry-After is believed for. */
const longestWaitMs = 3_600_000;

/** Judges an answer to a write. `nowMs` is only used for a Retry-After date without a Date header beside it. */
export function judge(answer: Answer, nowMs: number): Verdict {
  const { status } = answer;
  const text = serverText(answer);
  const reason = text === '' ? `answer ${status}` : `answer ${status}: ${text}`;
  if (status >= 200 && status < 300) return judgeSuccess(answer, reason);
  if (status >= 300 && status < 400) {
    const to = hostOf(answer.headers['location']);
    return human(`answer ${status}: redirected${to === '' ? '' : ` to ${to}`}; set "url" to the final address`);
  }
  if (isPage(answer)) {
    const words = `answer ${status} with a page in HTML: something between here and InfluxDB answers; check "url"`;
    return status === 413 ? { kind: 'tooLarge', reason: words } : later(answer, words, nowMs, status < 429);
  }
  switch (status) {
    case 400:
    case 422:
      return { kind: 'refused', reason, isCertain: pointRefusal.test(text), dropped: droppedCount(text) };
    case 401:
    case 403:
      return human(`${reason}; check the token or account and its right to write`);
    case 404:
      if (/database not found/i.test(text)) return { kind: 'noDatabase', reason };
      return human(`${reason}; check "url", "org" and "bucket" or "database"`);
    case 413:
      return { kind: 'tooLarge', reason };
    case 408:
    case 425:
    case 429:
      return later(answer, reason, nowMs, false);
  }
  if (status >= 500) {
    // InfluxDB Enterprise says so when it has taken the points into the queue for a node that is away.
    if (/hinted handoff queue not empty/i.test(text)) return { kind: 'stored' };
    if (/retention policy not found/i.test(text)) return human(`${reason}; create it or correct "retentionPolicy"`);
    if (/database not found/i.test(text)) return { kind: 'noDatabase', reason };
    if (pointRefusal.test(text)) return { kind: 'refused', reason, isCertain: true, dropped: droppedCount(text) };
    return later(answer, reason, nowMs, false);
  }
  return human(reason);
}

/** InfluxDB answers 204 with nothing, InfluxDB 3 also 201 with a list of what it left out. A login page is no store. */
function judgeSuccess(answer: Answer, reason: string): Verdict {
  const body = answer.body.trim();
  if (answer.status === 204 || body === '') return { kind: 'stored' };
  const json = parseObject(body);
  if (!json || isPage(answer)) {
    return human(`answer ${answer.status} with a text that is not from InfluxDB; check "url" and any proxy`);
  }
  const hasFault = ['error', 'message', 'data', 'errors'].some((key) => json[key] !== undefined && json[key] !== null);
  return hasFault ? { kind: 'refused', reason, isCertain: true, dropped: 0 } : { kind: 'stored' };
}

function human(reason: string): Verdict {
  return { kind: 'later', reason, needsHuman: true };
}

function later(answer: Answer, reason: string, nowMs: number, needsHuman: boolean): Verdict {
  const afterMs = retryAfterMs(answer.headers, nowMs);
  return { kind: 'later', reason, needsHuman, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** Retry-After in milliseconds: seconds, or a date measured from the server's own Date where it is given. */
export function retryAfterMs(headers: Answer['headers'], nowMs: number): number | undefined {
  const value = first(headers['retry-after']).trim();
  if (/^\d{1,9}$/.test(value)) return Math.min(Number(value) * 1000, longestWaitMs);
  const until = Date.parse(value);
  if (!/[a-z]/i.test(value) || Number.isNaN(until)) return undefined;
  const serverNow = Date.parse(first(headers['date']));
  return Math.min(Math.max(0, until - (Number.isNaN(serverNow) ? nowMs : serverNow)), longestWaitMs);
}

/**
 * How many points the server says it left out. It may say too few (a malformed line counts 0), never too many, so
 * only "all of them" can be relied on.
 */
function droppedCount(text: string): number {
  const found = /\bdropped=(\d{1,9})\b/.exec(text);
  return found?.[1] === undefined ? 0 : Number(found[1]);
}

/** The server's own words: the `error` or `message` of JSON, else the header of InfluxDB 1, else the body. */
function serverText(answer: Answer): string {
  const json = parseObject(answer.body);
  for (const key of ['error', 'message']) {
    const value = json?.[key];
    if (typeof value === 'string' && value !== '') return withDetail(value, json?.['data']);
  }
  return first(answer.headers['x-influxdb-error']) || answer.body.trim();
}

/** InfluxDB 3 names each refused line in `data`; the first one's fault is enough for people. */
function withDetail(text: string, data: unknown): string {
  const entry: unknown = Array.isArray(data) ? data[0] : undefined;
  if (typeof entry !== 'object' || entry === null || !('error_message' in entry)) return text;
  return `${text}: ${String(entry.error_message)}`;
}

function parseObject(body: string): Record<string, unknown> | undefined {
  if (!body.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function isPage(answer: Answer): boolean {
  return /^text\/html\b/i.test(first(answer.headers['content-type'])) || /^\s*<(?:!doctype|html)\b/i.test(answer.body);
}

function hostOf(location: string | string[] | undefined): string {
  const text = first(location);
  return URL.canParse(text) ? new URL(text).host : '';
}

function first(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
