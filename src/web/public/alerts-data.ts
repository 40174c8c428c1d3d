// Asking the server about alerts, and what it may be told: silences. A fault becomes an ApiError with a message.
import { ApiError } from './api.ts';
import type { AlertCounts, AlertHistory, AlertsAnswer, RunbookAnswer, SilenceRequest } from './alerts-wire.ts';

const limitMs = 15_000;

async function ask<T>(path: string, init: RequestInit = {}): Promise<T | undefined> {
  let response: Response;
  try {
    response = await fetch(path, {
      headers: { Accept: 'application/json' },
      signal: AbortSignal.timeout(limitMs),
      ...init,
    });
  } catch {
    throw new ApiError('Switchboard does not answer.', true);
  }
  if (response.status === 204) return undefined;
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as T;
  const message = (body as { error?: unknown } | undefined)?.error;
  throw new ApiError(typeof message === 'string' ? message : `The server answered ${response.status}.`, false);
}

async function get<T>(path: string): Promise<T> {
  const answer = await ask<T>(path);
  if (answer === undefined) throw new ApiError('The server gave no answer.', false);
  return answer;
}

/** Everything about alerts. */
export const fetchAlerts = (): Promise<AlertsAnswer> => get('/api/alerts');

/** How many there are. */
export const fetchCounts = (): Promise<AlertCounts> => get('/api/alerts/counts');

/** The newest changes. */
export const fetchHistory = (): Promise<AlertHistory> => get('/api/alerts/history');

/** What to do when a rule fires. */
export const fetchRunbook = (ruleUid: string): Promise<RunbookAnswer> =>
  get(`/api/runbooks/${encodeURIComponent(ruleUid)}`);

/** Begins a silence. */
export async function beginSilence(request: SilenceRequest): Promise<void> {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
  await ask('/api/silences', { method: 'POST', headers, body: JSON.stringify(request) });
}

/** Ends a silence. */
export async function endSilence(id: string): Promise<void> {
  await ask(`/api/silences/${encodeURIComponent(id)}`, { method: 'DELETE' });
}
