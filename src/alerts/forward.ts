// Forwarding as an output: entries come in committed order, each is tried until it is taken, refused for good, or too
// old. The deliverer of the engine does the waiting; dead letters keep what was given up.
import type { Clock } from '../model/clock.ts';
import type { Batch, Output, RefusedPoint, WriteResult } from '../model/output.ts';
import { decodeEntry } from './entry.ts';
import type { AlertEntry } from './entry.ts';
import type { ForwardOptions } from './options.ts';

/** What became of an alert. `refused`: it will never be taken; `retry`: it may be taken later. */
export type Forwarded =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'retry'; readonly reason: string; readonly needsHuman: boolean; readonly afterMs?: number };

/** Tells one alert; a fault is a result, never an exception. */
export type Forward = (entry: AlertEntry, signal: AbortSignal) => Promise<Forwarded>;

/** An output that forwards. */
export function forwardOutput(forward: Forward, options: ForwardOptions, clock: Clock): Output {
  const giveUpMs = options.giveUpAfterMinutes * 60_000;
  let current: { readonly text: string; readonly settled: (RefusedPoint | undefined)[] } | undefined;

  const one = async (line: string, signal: AbortSignal): Promise<RefusedPoint | undefined | WriteResult> => {
    const entry = decodeEntry(line);
    if (!entry) return { line, reason: 'no entry of this program' };
    if (entry.kind === 'state' || !isWanted(entry, options)) return undefined;
    const result = await forward(entry, signal);
    if (result.kind === 'done') return undefined;
    if (result.kind === 'refused') return { line, reason: result.reason };
    const isOld = !signal.aborted && clock.now() - Date.parse(entry.receivedAt) >= giveUpMs;
    return isOld ? { line, reason: `given up after ${options.giveUpAfterMinutes} min: ${result.reason}` } : result;
  };

  return {
    /** The same batch comes again after `retry`: what was settled of it then is not told twice. */
    async write({ lines }: Batch, signal: AbortSignal): Promise<WriteResult> {
      const text = lines.toString('utf8');
      if (current?.text !== text) current = { text, settled: [] };
      const { settled } = current;
      for (const line of text.split('\n').slice(settled.length, -1)) {
        const result = await one(line, signal);
        if (result !== undefined && 'kind' in result) return result;
        settled.push(result);
      }
      current = undefined;
      return { kind: 'done', refused: settled.filter((refused) => refused !== undefined) };
    },
    close: () => Promise.resolve(),
  };
}

function isWanted({ status, severity }: AlertEntry, { severities, resolved }: ForwardOptions): boolean {
  if (status === 'resolved' && !resolved) return false;
  return severities === undefined || severities.includes(severity);
}

/** What commands and webhooks get: everything but what only our own store needs. */
export function publicAlert({ kind: _kind, point: _point, ...alert }: AlertEntry): Readonly<Record<string, unknown>> {
  return alert;
}

/** One line for people: `[FIRING] SIP errors on sbc1: 7.5 % of INVITEs fail`. */
export function headline({ status, alertname, host, summary }: AlertEntry): string {
  const where = host === '' ? '' : ` on ${host}`;
  const what = summary === '' ? '' : `: ${summary}`;
  return `[${status.toUpperCase()}] ${alertname || 'alert'}${where}${what}`;
}

/** Several lines for people. */
export function longText(entry: AlertEntry): string {
  const { description, severity, service, startsAt, endsAt, url, labels } = entry;
  const known = ['alertname', 'severity', 'service', 'host', 'grafana_folder'];
  const others = Object.entries(labels).filter(([name]) => !known.includes(name));
  return [
    headline(entry),
    description,
    severity === '' ? '' : `severity: ${severity}`,
    service === '' ? '' : `service: ${service}`,
    ...others.map(([name, value]) => `${name}: ${value}`),
    `since: ${startsAt}`,
    endsAt === null ? '' : `until: ${endsAt}`,
    url,
  ]
    .filter((line) => line !== '')
    .join('\n');
}
