// Who may send: a bearer token or an account in the Authorization header, a signature over the body, or both. Nothing
// of a request is parsed before this has said yes (grafana 14.1), and no answer tells what was wrong.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../model/clock.ts';
import type { ListenOptions } from './options.ts';

/** What decides. */
export type Credentials = Pick<ListenOptions, 'token' | 'username' | 'password' | 'hmac'>;

/** How far the time in a signed request may be from the clock, in both directions (grafana 14.1). */
const windowSeconds = 300;

/** A new key for each process: comparing digests tells neither content nor length of what is compared. */
const compareKey = randomBytes(32);

function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHmac('sha256', compareKey).update(text, 'utf8').digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** False when the Authorization header is wrong; can be told before the body has come. */
export function hasAuthorization({ token, username, password }: Credentials, headers: IncomingHttpHeaders): boolean {
  const [, scheme = '', credentials = ''] = /^([A-Za-z]{1,20}) +(\S+)$/.exec(headers.authorization ?? '') ?? [];
  if (token !== undefined) return isSame(credentials, token) && scheme.toLowerCase() === 'bearer';
  if (username === undefined || password === undefined) return true;
  const given = Buffer.from(credentials, 'base64').toString('utf8');
  return isSame(given, `${username}:${password}`) && scheme.toLowerCase() === 'basic';
}

/** False when a signature is asked for and the one in the header is wrong, missing or too old. */
export function hasSignature({ hmac }: Credentials, headers: IncomingHttpHeaders, body: Buffer, clock: Clock): boolean {
  if (!hmac) return true;
  const signature = headers[hmac.header.toLowerCase()];
  if (typeof signature !== 'string') return false;
  const signing = createHmac('sha256', hmac.secret);
  if (hmac.timestampHeader !== undefined) {
    const seconds = headers[hmac.timestampHeader.toLowerCase()];
    if (typeof seconds !== 'string' || !/^\d{1,12}$/.test(seconds)) return false;
    if (Math.abs(clock.now() / 1000 - Number(seconds)) > windowSeconds) return false;
    signing.update(`${seconds}:`);
  }
  return isSame(signature.toLowerCase(), signing.update(body).digest('hex'));
}
