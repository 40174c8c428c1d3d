// Waiting for a server to be ready: asks again and again until it is, or something ends the waiting.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

const betweenMs = 200;
/** A slow machine, a first start with a migration of Grafana's database: minutes are no fault yet. */
const limitMs = 240_000;

/**
 * Resolves with the first answer of `condition` that is not undefined; what it throws counts as "not yet". Rejects with
 * the signal's reason, or after four minutes with what was awaited, the last fault, and the remedy.
 */
export async function waitFor(condition, { what, signal, remedy }) {
  const end = performance.now() + limitMs;
  const stopped = endOf(signal).catch(() => undefined);
  let fault;
  for (;;) {
    signal.throwIfAborted();
    try {
      // A server that hangs does not hold up Ctrl-C.
      const value = await Promise.race([condition(), stopped]);
      if (value !== undefined) return value;
    } catch (error) {
      fault = error;
    }
    if (performance.now() > end) {
      const reason = fault === undefined ? '' : ` (${reasonOf(fault)})`;
      throw new Error(`waited ${limitMs / 1000} s in vain for ${what}${reason}; ${remedy}`);
    }
    await pause(betweenMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Rejects with the signal's reason, as soon as there is one. */
export async function endOf(signal) {
  if (!signal.aborted) await once(signal, 'abort');
  signal.throwIfAborted();
}

/** A fault in words; fetch hides the reason in its cause. */
export function reasonOf(error) {
  return error.cause?.message || error.cause?.code || error.message;
}

/** One HTTP request with a limit of 30 s: status and body, and the body as JSON when it is. */
export async function ask(url, request = {}) {
  const response = await fetch(url, { ...request, redirect: 'manual', signal: AbortSignal.timeout(30_000) });
  const text = await response.text();
  return { status: response.status, text, json: parsed(text) };
}

/** A POST of JSON. */
export function askJson(url, { headers = {}, body }) {
  return ask(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Basic authentication. */
export function basic(username, password) {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
