// Forwards an alert as mail over SMTP (RFC 5321), with STARTTLS or TLS and AUTH PLAIN or LOGIN.
import { hostname } from 'node:os';
import { messageOf, printable } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import type { Forward, Forwarded } from './forward.ts';
import type { AlertEntry } from './entry.ts';
import { mailMessage } from './mail-message.ts';
import type { ForwardOf } from './options.ts';
import { SmtpConnection } from './smtp-connection.ts';
import type { Reply } from './smtp-connection.ts';

const defaultPorts = { starttls: 587, tls: 465, none: 25 } as const;

type Failure = Exclude<Forwarded, { kind: 'done' }>;

/** Sends one mail per alert, on a connection of its own: alerts are rare. */
export function smtpForward(options: ForwardOf<'smtp'>, log: Log): Forward {
  return async (entry, signal) => {
    const { host, port, security, timeoutSeconds } = options;
    const ending = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
    const connection = new SmtpConnection(host, port ?? defaultPorts[security], security === 'tls', ending);
    try {
      return await converse(connection, options, entry, log);
    } catch (error) {
      return { kind: 'retry', reason: printable(messageOf(error), 300), needsHuman: false };
    } finally {
      connection.close();
    }
  };
}

async function converse(
  connection: SmtpConnection,
  options: ForwardOf<'smtp'>,
  entry: AlertEntry,
  log: Log,
): Promise<Forwarded> {
  const greeting = await connection.answer();
  if (greeting.code !== 220) return failed('greeting', greeting, false);
  let extensions = await hello(connection);
  if ('kind' in extensions) return extensions;
  if (options.security === 'starttls') {
    if (!has(extensions.lines, 'STARTTLS')) {
      return { kind: 'retry', reason: 'the server offers no STARTTLS', needsHuman: true };
    }
    const ready = await connection.ask('STARTTLS');
    if (ready.code !== 220) return failed('STARTTLS', ready, false);
    await connection.encrypt();
    // What was said without encryption does not count.
    extensions = await hello(connection);
    if ('kind' in extensions) return extensions;
  }
  const refusal = await logIn(connection, options, extensions.lines);
  return refusal ?? deliver(connection, options, entry, log);
}

async function hello(connection: SmtpConnection): Promise<Reply | Failure> {
  const name = hostname().replace(/[^A-Za-z0-9.-]/g, '') || 'localhost';
  const reply = await connection.ask(`EHLO ${name}`);
  return reply.code === 250 ? reply : failed('EHLO', reply, false);
}

async function logIn(
  connection: SmtpConnection,
  { username, password }: ForwardOf<'smtp'>,
  extensions: readonly string[],
): Promise<Failure | undefined> {
  if (username === undefined || password === undefined) return undefined;
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  let reply: Reply;
  if (has(extensions, 'AUTH', 'PLAIN')) {
    reply = await connection.ask(`AUTH PLAIN ${base64(`\0${username}\0${password}`)}`);
  } else if (has(extensions, 'AUTH', 'LOGIN')) {
    reply = await connection.ask('AUTH LOGIN');
    if (reply.code === 334) reply = await connection.ask(base64(username));
    if (reply.code === 334) reply = await connection.ask(base64(password));
  } else {
    return { kind: 'retry', reason: 'the server offers neither AUTH PLAIN nor LOGIN', needsHuman: true };
  }
  return reply.code === 235 ? undefined : failed('AUTH', reply, false);
}

async function deliver(
  connection: SmtpConnection,
  { from, to }: ForwardOf<'smtp'>,
  entry: AlertEntry,
  log: Log,
): Promise<Forwarded> {
  const sender = await connection.ask(`MAIL FROM:<${from}>`);
  if (sender.code !== 250) return failed('MAIL', sender, true);
  const refused: Failure[] = [];
  for (const address of to) {
    const receiver = await connection.ask(`RCPT TO:<${address}>`);
    if (receiver.code === 250 || receiver.code === 251) continue;
    const failure = failed(`RCPT ${address}`, receiver, true);
    // For one that may be taken later all wait, so that nobody gets the mail twice.
    if (failure.kind === 'retry') return failure;
    refused.push(failure);
  }
  const [first] = refused;
  if (first && refused.length === to.length) return first;
  const ready = await connection.ask('DATA');
  if (ready.code !== 354) return failed('DATA', ready, true);
  const taken = await connection.send(mailMessage(entry, { from, to }));
  if (taken.code !== 250) return failed('message', taken, true);
  for (const { reason } of refused) log.warn('a mail was not taken for one of its receivers', { reason });
  return { kind: 'done' };
}

/** 5xx to a mail is for good; before that it is about us and the server, and a human must see to it. */
function failed(step: string, { code, lines }: Reply, isAboutMail: boolean): Failure {
  const reason = `${step}: ${code} ${lines.join(' ').slice(0, 300)}`;
  if (code >= 500 && isAboutMail) return { kind: 'refused', reason };
  return { kind: 'retry', reason, needsHuman: code >= 500 };
}

function has(extensions: readonly string[], name: string, mechanism?: string): boolean {
  return extensions.some((line) => {
    const [first = '', ...rest] = line.toUpperCase().split(/[\s=]+/);
    return first === name && (mechanism === undefined || rest.includes(mechanism));
  });
}
