// The live page's server: page, data, health and metrics on one port. It only reads, but for silences of alerts; it asks
// the store through the query contract and knows no family, output or engine.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express from 'express';
import type { ErrorRequestHandler, Express, RequestHandler } from 'express';
import { UsageError, codeOf, messageOf, printable } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import { access, isLoopback } from './access.ts';
import { alertRoutes, canChange } from './alerts-api.ts';
import { apiRoutes } from './api.ts';
import { healthOf } from './health.ts';
import { metricsText } from './metrics.ts';
import { messagePage } from './message-page.ts';
import type { WebOptions } from './options.ts';

/** Headers of every answer. Scripts, styles and data come from here and nowhere else. */
const safetyHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

/** Starts the page; rejects with a UsageError when the address or the port cannot be used. */
export async function startWeb(options: WebOptions): Promise<{ url: string; close(): Promise<void> }> {
  if (!isLoopback(options.host) && options.token === undefined) {
    throw new UsageError(
      `the page would listen on ${options.host}, where others can reach it: set web.token (at least 8 characters), ` +
        'or listen on 127.0.0.1',
    );
  }
  if (options.token !== undefined && options.token.length < 8) {
    throw new UsageError('web.token is too short: at least 8 characters');
  }
  const publicDirectory = options.publicDirectory ?? fileURLToPath(new URL('./public', import.meta.url));
  if (!existsSync(join(publicDirectory, 'main.js'))) {
    options.log.warn('the live page is not built (npm run build); health, metrics and data are served', {
      directory: publicDirectory,
    });
  }
  const server = createServer(createApp(options, publicDirectory));
  server.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listeningFault(options, error)));
    server.listen(options.port, options.host, resolve);
  });
  server.on('error', (error) => options.log.error('live page', { error: messageOf(error) }));
  const { port } = server.address() as AddressInfo;
  const shown = options.host === '0.0.0.0' || options.host === '::' ? 'localhost' : options.host;
  return {
    url: `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}/`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createApp(options: WebOptions, publicDirectory: string): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.use((_request, response, next) => {
    response.set(safetyHeaders);
    next();
  });
  app.use(onlyReading);
  app.get('/healthz', (request, response, next) => {
    if (!access.isAllowedHost(options, request)) return next();
    const { status, body } = healthOf(options.status(), options.alerts?.()?.figures());
    const isOpen = access.isAuthorised(options, request);
    response
      .status(status)
      .set('Cache-Control', 'no-store')
      .json(isOpen ? body : { status: body.status });
  });
  app.use(access.guard(options));
  app.get('/metrics', (_request, response) => {
    response.set('Cache-Control', 'no-store').type('text/plain; version=0.0.4; charset=utf-8');
    response.send(metricsText(options.status(), options.alerts?.()?.figures()));
  });
  app.use('/api', alertRoutes(options));
  app.use('/api', apiRoutes(options));
  app.use(
    '/assets',
    express.static(publicDirectory, { index: false, etag: true, cacheControl: false, setHeaders: alwaysAsk }),
  );
  const page: RequestHandler = (_request, response) => {
    if (!existsSync(join(publicDirectory, 'main.js'))) {
      return messagePage(response, 503, 'Not built', 'The page was not built with this program: run npm run build.');
    }
    response.set('Cache-Control', 'no-cache').sendFile('index.html', { root: publicDirectory });
  };
  app.get(['/', '/status', '/alerts', '/d/:uid'], page);
  app.use((request, response) => {
    const text = `There is nothing at ${printable(request.path, 200)}.`;
    messagePage(response, 404, 'Not found', text);
  });
  app.use(faultHandler(options.log));
  return app;
}

/** Assets are asked for again each time (and answered with 304): a new version shows without a forced reload. */
function alwaysAsk(response: { setHeader(name: string, value: string): unknown }): void {
  response.setHeader('Cache-Control', 'no-cache');
}

const onlyReading: RequestHandler = (request, response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD' || canChange(request)) return next();
  response.set('Allow', 'GET, HEAD');
  messagePage(response, 405, 'Not possible', 'This server only answers questions: GET and HEAD.');
};

/** Faults nobody foresaw: logged with their text, answered without it. Malformed requests are answered as such. */
function faultHandler(log: Log): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const status: unknown = (error as { status?: unknown } | undefined)?.status;
    if (typeof status === 'number' && status >= 400 && status < 500) {
      return messagePage(response, status, 'Not possible', 'The request could not be understood.');
    }
    log.error('live page: a request failed', { path: printable(request.path, 200), error: messageOf(error) });
    messagePage(response, 500, 'Something failed', 'The log of Switchboard says what.');
  };
}

function listeningFault({ host, port }: WebOptions, error: Error): Error {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new UsageError(
        `port ${port} on ${host} is in use by another program: stop that one, or choose another port (--port or web.port; 0 for any free one)`,
      );
    case 'EACCES':
      return new UsageError(`port ${port} may not be opened by this user: choose one above 1023 (web.port)`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UsageError(`${host} is no address of this machine: give another web.host, for example 127.0.0.1`);
    default:
      return error;
  }
}
