// The wire: one request through the official client, as an answer or as a fault, with a deadline and an abort.
//
// The client's own transport is used and not its WriteApi: WriteApi sends in the background, counts every character,
// cannot be stopped, and hides the status and text of an answer 201, in which InfluxDB 3 names what it left out.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpError, InfluxDB } from '@influxdata/influxdb-client';
import { codeOf, messageOf } from '../../model/errors.ts';
import type { Answer } from './answer.ts';
import type { InfluxOptions } from './options.ts';

/** No answer was had: what is known of the fault. Nothing is known of the points. */
export interface Fault {
  readonly fault: string;
  /** A fault that does not pass by itself, for example a certificate. */
  readonly needsHuman: boolean;
}

/** Requests to one server over kept connections. */
export interface Connection {
  /** Sends line protocol in milliseconds; never rejects. */
  write(lines: string, signal: AbortSignal): Promise<Answer | Fault>;
  /** Asks an InfluxDB 1 to create the configured database; never rejects. */
  createDatabase(signal: AbortSignal): Promise<Answer | Fault>;
  close(): void;
}

/** As much of an answer as is kept. */
const bodyLimit = 16_384;
/** Idle connections are closed before usual servers and proxies close them under a request. */
const idleMs = 30_000;

/** Prepares requests by the options; contacts nobody yet. */
export function connect(options: InfluxOptions): Connection {
  const timeoutMs = Math.ceil(options.timeoutSeconds * 1000);
  const Agent = options.url.toLowerCase().startsWith('https:') ? HttpsAgent : HttpAgent;
  const agent = new Agent({ keepAlive: true, maxSockets: 16, timeout: idleMs });
  const authorization = basicAuthorization(options);
  const { transport } = new InfluxDB({
    url: options.url,
    timeout: timeoutMs,
    transportOptions: { agent },
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  });

  const send = (path: string, body: string, contentType: string, signal: AbortSignal): Promise<Answer | Fault> => {
    const controller = new AbortController();
    const stop = (): void => controller.abort();
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      controller.abort();
    }, timeoutMs);
    if (signal.aborted) controller.abort();
    signal.addEventListener('abort', stop, { once: true });
    return new Promise<Answer | Fault>((resolve) => {
      let status = 0;
      let headers: Answer['headers'] = {};
      let received = '';
      const decoder = new TextDecoder();
      const fail = (error: unknown): void => {
        if (error instanceof HttpError) {
          resolve({
            status: error.statusCode,
            headers: error.headers ?? {},
            body: (error.body ?? '').slice(0, bodyLimit),
          });
          return;
        }
        resolve(
          isLate
            ? { fault: `no answer within ${options.timeoutSeconds} s`, needsHuman: false }
            : faultOf(error, options),
        );
      };
      try {
        transport.send(
          path,
          body,
          {
            method: 'POST',
            headers: { 'content-type': contentType },
            signal: controller.signal,
            ...(options.gzip ? { gzipThreshold: 1000 } : {}),
          },
          {
            responseStarted(startedHeaders, startedStatus) {
              headers = startedHeaders;
              status = startedStatus ?? 0;
            },
            next(data: Uint8Array) {
              if (received.length < bodyLimit) received += decoder.decode(data, { stream: true });
            },
            complete: () => resolve({ status, headers, body: received.slice(0, bodyLimit) }),
            error: fail,
          },
        );
      } catch (error) {
        fail(error);
      }
    }).then((outcome) => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', stop);
      // The client reports a time-out without closing the request; aborting does, and is nothing after an answer.
      if ('fault' in outcome) controller.abort();
      return outcome;
    });
  };

  const path = writePath(options);
  return {
    write: (lines, signal) => send(path, lines, 'text/plain; charset=utf-8', signal),
    createDatabase: (signal) => {
      const quoted = (options.database ?? '').replace(/["\\]/g, '\\$&');
      const query = `CREATE DATABASE "${quoted}"`;
      return send('/query', `q=${encodeURIComponent(query)}`, 'application/x-www-form-urlencoded', signal);
    },
    close: () => agent.destroy(),
  };
}

/** Path and parameters of a write: `/write` for InfluxDB 1 (its `/api/v2/write` is missing before 1.8), else v2. */
export function writePath(options: InfluxOptions): string {
  if (options.database !== undefined) {
    const policy = options.retentionPolicy === undefined ? '' : `&rp=${encodeURIComponent(options.retentionPolicy)}`;
    return `/write?db=${encodeURIComponent(options.database)}${policy}&precision=ms`;
  }
  const org = encodeURIComponent(options.org ?? '');
  return `/api/v2/write?org=${org}&bucket=${encodeURIComponent(options.bucket ?? '')}&precision=ms`;
}

function basicAuthorization(options: InfluxOptions): string | undefined {
  if (options.username === undefined || options.password === undefined) return undefined;
  return `Basic ${Buffer.from(`${options.username}:${options.password}`, 'utf8').toString('base64')}`;
}

/** A connection's fault in words, without anything secret. */
function faultOf(error: unknown, options: InfluxOptions): Fault {
  const code = codeOf(error) ?? '';
  const { host } = new URL(options.url);
  const isTls = /CERT|TLS|SSL|ERR_OSSL|EPROTO|SIGNATURE|ISSUER/.test(code);
  const isNoHttp = code.startsWith('HPE_');
  const words = isTls
    ? `${messageOf(error)}; check the certificate, or http:// against https://`
    : isNoHttp
      ? 'what answers is no HTTP server; check the port, and http:// against https://'
      : error instanceof Error && error.name === 'AbortError'
        ? 'the connection ended before the answer'
        : messageOf(error);
  return { fault: `${host}: ${words}`, needsHuman: isTls || isNoHttp };
}
