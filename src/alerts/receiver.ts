// The HTTP side of the alert receiver: authentication first, then reading, then parsing, then keeping, then 204. Every
// answer is short and tells a stranger nothing; the log says why.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../model/clock.ts';
import { codeOf, messageOf, printable, UsageError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import { hasAuthorization, hasSignature } from './authenticate.ts';
import type { Credentials } from './authenticate.ts';
import type { Intake } from './intake.ts';
import { readNotification } from './notification.ts';
import { discardBody, readBody } from './request-body.ts';

/** What a receiver is made from. */
export interface ReceiverOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly credentials: Credentials;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Log;
  /** True when the state folder can be written to. */
  isReady(): Promise<boolean>;
  /** The text of /metrics. */
  metrics(): string;
}

/** What came in since the start. */
export interface ReceiverCounts {
  readonly requests: ReadonlyMap<number, number>;
  readonly truncated: number;
}

/** An open receiver. */
export interface Receiver {
  readonly url: string;
  readonly counts: ReceiverCounts;
  /** Takes nothing new, finishes what is under way for up to `limitMs`, and cuts what is left. */
  close(limitMs: number): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where Grafana sends to. */
const notificationPath = '/v1/grafana';
const maxConnections = 64;
/** The same refusal is logged once in this time, with how often it happened. */
const refusalIntervalMs = 60_000;

/** Opens the receiver; throws UsageError when the address cannot be used. */
export async function openReceiver(options: ReceiverOptions): Promise<Receiver> {
  const counts = { requests: new Map<number, number>(), truncated: 0 };
  const refusals = new Refusals(options.clock, options.log);
  const server = createServer(
    // A request has to come within this time, however slowly it is sent.
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5000, connectionsCheckingInterval: 1000 },
    (request, response) => {
      void answer(request, options, refusals, counts).then(
        (result) => {
          counts.requests.set(result.status, (counts.requests.get(result.status) ?? 0) + 1);
          send(request, response, result);
        },
        (error: unknown) => {
          // Most often the sender has broken off, and there is nobody to answer.
          if (!request.destroyed) {
            options.log.error('a request could not be handled', { reason: printable(messageOf(error), 300) });
          }
          request.destroy();
        },
      );
    },
  );
  server.maxConnections = maxConnections;
  await listen(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}${notificationPath}`,
    counts,
    close: (limitMs) => close(server, limitMs),
  };
}

async function answer(
  request: IncomingMessage,
  options: ReceiverOptions,
  refusals: Refusals,
  counts: { truncated: number },
): Promise<Answer> {
  const { credentials, clock } = options;
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  if (isReading && path === '/healthz') return { status: 200, text: 'ok\n' };
  if (isReading && path === '/readyz') {
    return (await options.isReady()) ? { status: 200, text: 'ready\n' } : { status: 503, text: 'not ready\n' };
  }
  const refuse = (status: number, reason: string, headers: Answer['headers'] = {}): Answer => {
    refusals.tell(status, reason);
    return { status, headers };
  };
  if (!hasAuthorization(credentials, request.headers)) {
    discardBody(request);
    return refuse(401, 'wrong or no Authorization', { 'www-authenticate': schemeOf(credentials) });
  }
  const body = await readBody(request);
  if (!body) return refuse(413, 'the body is too large');
  if (!hasSignature(credentials, request.headers, body, clock)) {
    return refuse(401, 'wrong, missing or old signature', { 'www-authenticate': schemeOf(credentials) });
  }
  if (path === '/metrics') {
    if (!isReading) return refuse(405, 'wrong method', { allow: 'GET, HEAD' });
    return { status: 200, text: options.metrics(), headers: { 'content-type': 'text/plain; version=0.0.4' } };
  }
  if (path !== notificationPath) return refuse(404, 'unknown path');
  if (request.method !== 'POST' && request.method !== 'PUT') return refuse(405, 'wrong method', { allow: 'POST, PUT' });
  if (!isPlainJson(request)) return refuse(415, 'the body is not application/json');
  const notification = readNotification(body);
  if ('fault' in notification) return refuse(400, notification.fault);
  if (notification.truncated > 0) {
    // Groups are told again and again: the first time is logged, the rest is counted.
    if (counts.truncated === 0) {
      options.log.warn('Grafana leaves out alerts; raise maxAlerts of the contact point', {
        alerts: notification.truncated,
        receiver: printable(notification.receiver, 100),
      });
    }
    counts.truncated += notification.truncated;
  }
  try {
    await options.intake.take(notification.alerts);
  } catch {
    // The intake has told the log.
    return { status: 503, headers: { 'retry-after': '30' } };
  }
  return { status: 204 };
}

function schemeOf({ token, username }: Credentials): string {
  if (token !== undefined) return 'Bearer';
  return username === undefined ? 'Signature' : 'Basic realm="switchboard"';
}

/** JSON as it is: nothing here unpacks. */
function isPlainJson({ headers }: IncomingMessage): boolean {
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1);
  const encoding = headers['content-encoding'] ?? 'identity';
  return type.trim().toLowerCase() === 'application/json' && encoding.toLowerCase() === 'identity';
}

function send(request: IncomingMessage, response: ServerResponse, { status, text = '', headers = {} }: Answer): void {
  response.on('error', () => undefined);
  // What was not read of the body has to come in before the connection can be used again.
  const isUnread = !request.complete;
  response.writeHead(status, {
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...(status === 204
      ? {}
      : { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(text) }),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : text);
  if (isUnread) request.resume();
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const why = codeOf(error) === 'EADDRINUSE' ? 'another program listens there' : printable(messageOf(error), 300);
      reject(
        new UsageError(`alerts cannot be received at ${host} port ${port}: ${why}; see listen.host and listen.port`),
      );
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      // A connection that cannot be accepted is the other side's loss; it comes again.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

async function close(server: Server, limitMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), limitMs);
  await closed;
  clearTimeout(cut);
}

/** Logs refusals without letting anybody fill the log. */
class Refusals {
  readonly #clock: Clock;
  readonly #log: Log;
  /** By status: when the last one was logged, and how many were not since. */
  readonly #told = new Map<number, { atMs: number; untold: number }>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  tell(status: number, reason: string): void {
    const now = this.#clock.monotonic();
    const last = this.#told.get(status);
    if (last && now - last.atMs < refusalIntervalMs) {
      last.untold++;
      return;
    }
    const others = last && last.untold > 0 ? { othersBefore: last.untold } : {};
    this.#told.set(status, { atMs: now, untold: 0 });
    this.#log.warn('a request was refused', { status, reason: printable(reason, 300), ...others });
  }
}
