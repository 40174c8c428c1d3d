// Tells a webhook of a group of alerts with Grafana's body: one POST, no attempt of its own after a failure. Like
// Grafana, whoever calls it comes again at the group's next interval.
import { messageOf, printable } from '../model/errors.ts';
import type { GroupWebhook } from './options.ts';

/** Sends a body. Rejects when the answer is not 2xx, or none came in time; redirects would carry the token elsewhere. */
export async function postGroup(options: GroupWebhook, body: object, signal: AbortSignal): Promise<void> {
  const { url, token, timeoutSeconds } = options;
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Switchboard',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
    });
    await response.body?.cancel();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new Error(printable(`${messageOf(error)}${cause}`, 300), { cause: error });
  }
  if (!response.ok) throw new Error(`answered ${response.status}`);
}
