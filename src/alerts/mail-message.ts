// An alert as a mail message (RFC 5322). Every header is made of fixed words, checked addresses and encoded text, and
// the body is base64, so that no text of an alert can become a header, a command or an end of the message.
import { createHash } from 'node:crypto';
import { headline, longText } from './forward.ts';
import type { AlertEntry } from './entry.ts';

/** Bytes of text in one encoded word: a line with `Subject: =?UTF-8?B?` and `?=` may have 76 characters. */
const wordBytes = 39;
const maxSubjectLength = 200;

/** Who sends to whom; the addresses were checked when the configuration was read. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** The whole message with CRLF; lines are at most 78 characters, but for the list of receivers, one on a line. */
export function mailMessage(entry: AlertEntry, { from, to }: Envelope): string {
  const id = createHash('sha256').update(entry.key).digest('hex').slice(0, 32);
  const domain = from.slice(from.indexOf('@') + 1);
  const body = Buffer.from(`${longText(entry)}\n`.replace(/\r?\n|\r/g, '\r\n'), 'utf8').toString('base64');
  return [
    `From: ${from}`,
    `To: ${to.join(',\r\n ')}`,
    `Subject: ${encodedText(headline(entry).slice(0, maxSubjectLength))}`,
    `Date: ${mailDate(entry.receivedAt)}`,
    // The same for the same change: a mail that is sent again after a crash can be recognised.
    `Message-ID: <${id}@${domain}>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    'Auto-Submitted: auto-generated',
    '',
    ...(body.match(/.{1,76}/g) ?? []),
    '',
  ].join('\r\n');
}

/** Text as encoded words (RFC 2047), always: what looks harmless today may be read otherwise tomorrow. */
function encodedText(text: string): string {
  const words: string[] = [];
  let word = '';
  for (const character of text.replace(/[\u0000-\u001f\u007f]+/g, ' ').toWellFormed()) {
    if (Buffer.byteLength(word + character) > wordBytes) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  words.push(word);
  return words.map((part) => `=?UTF-8?B?${Buffer.from(part, 'utf8').toString('base64')}?=`).join('\r\n ');
}

/** `Mon, 02 Mar 2026 10:15:00 +0000`. */
function mailDate(iso: string): string {
  return new Date(iso).toUTCString().replace('GMT', '+0000');
}
