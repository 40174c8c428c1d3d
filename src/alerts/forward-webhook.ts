// Forwards an alert to an HTTP address: our JSON, or a text for Slack.
import { messageOf, printable } from '../model/errors.ts';
import { longText, publicAlert } from './forward.ts';
import type { Forward, Forwarded } from './forward.ts';
import type { AlertEntry } from './entry.ts';
import type { ForwardOf } from './options.ts';

/** The other side may answer otherwise later, without anybody changing anything. */
const passing = [408, 425, 429];
/** Somebody has to correct the address or the token; the alert itself may be right. */
const human = [401, 403, 404, 405, 407, 410];

/** Sends one POST per alert. Redirects are not followed: they would carry the token elsewhere. */
export function webhookForward(options: ForwardOf<'webhook'>): Forward {
  return async (entry, signal) => {
    const { url, token, format, timeoutSeconds } = options;
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Switchboard',
          'idempotency-key': keyHeader(entry),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(format === 'slack' ? { text: slackText(entry) } : publicAlert(entry)),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
      });
      await response.body?.cancel();
      return answerOf(response);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
      return { kind: 'retry', reason: printable(`${messageOf(error)}${cause}`, 300), needsHuman: false };
    }
  };
}

function answerOf({ ok, status, headers }: Response): Forwarded {
  if (ok) return { kind: 'done' };
  const reason = `answered ${status}`;
  const seconds = headers.get('retry-after') ?? '';
  const afterMs = /^\d{1,5}$/.test(seconds) ? { afterMs: Number(seconds) * 1000 } : {};
  if (status >= 500 || passing.includes(status)) return { kind: 'retry', reason, needsHuman: false, ...afterMs };
  if (status < 400 || human.includes(status)) return { kind: 'retry', reason, needsHuman: true };
  return { kind: 'refused', reason };
}

/** The fingerprint is made of word characters; so everything of a key can stand in a header. */
function keyHeader({ key }: AlertEntry): string {
  return key.replace(/[^\w|:.-]/g, '');
}

/** Slack reads `<!channel>` and links in angle brackets; nothing of an alert may be one. */
function slackText(entry: AlertEntry): string {
  return longText(entry).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
