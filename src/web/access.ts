// Who may ask: the Host header against DNS rebinding on loopback, and the token everywhere else.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { messagePage } from './message-page.ts';

/** What decides about access. */
export interface AccessOptions {
  readonly host: string;
  readonly token?: string;
}

const cookieName = 'switchboard_session';

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * On loopback a foreign name in the Host header means that a web page somewhere made its own name point here (DNS
 * rebinding). Elsewhere the token protects: a browser does not send it for a foreign name.
 */
function isAllowedHost(options: AccessOptions, request: Request): boolean {
  if (!isLoopback(options.host)) return true;
  const header = (request.headers.host ?? '').toLowerCase();
  const name = header.startsWith('[') ? header.slice(1, header.indexOf(']')) : header.replace(/:\d*$/, '');
  return name === options.host.toLowerCase() || isLoopback(name);
}

/** Compares without telling by the time taken how much of it was right, or how long the right one is. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** What the cookie holds: made from the token, which it does not reveal. */
function sessionOf(token: string): string {
  return createHmac('sha256', token).update('switchboard session').digest('base64url');
}

function cookieOf(request: Request): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const equals = part.indexOf('=');
    if (part.slice(0, equals).trim() === cookieName) return part.slice(equals + 1).trim();
  }
  return undefined;
}

function isAuthorised(options: AccessOptions, request: Request): boolean {
  const { token } = options;
  if (token === undefined) return true;
  const [scheme = '', credentials = ''] = (request.headers.authorization ?? '').split(' ', 2);
  if (scheme.toLowerCase() === 'bearer' && isSame(credentials, token)) return true;
  const cookie = cookieOf(request);
  return cookie !== undefined && isSame(cookie, sessionOf(token));
}

/** Lets through who may ask. `?token=` is taken once, answered with a cookie and a redirect that no longer shows it. */
function guard(options: AccessOptions): RequestHandler {
  return (request, response, next) => {
    if (!isAllowedHost(options, request)) {
      const remedy = `Open the page as http://${options.host.includes(':') ? `[${options.host}]` : options.host}.`;
      return messagePage(response, 421, 'Unknown host name', `This server does not answer to that name. ${remedy}`);
    }
    if (isAuthorised(options, request) && request.query['token'] === undefined) return next();
    const given = request.query['token'];
    if (options.token !== undefined && typeof given === 'string' && isSame(given, options.token)) {
      response.cookie(cookieName, sessionOf(options.token), { httpOnly: true, sameSite: 'strict', path: '/' });
      return response.redirect(303, withoutToken(request));
    }
    if (options.token === undefined) return next();
    response.set('WWW-Authenticate', 'Bearer');
    messagePage(
      response,
      401,
      'Token needed',
      'This page is protected. Enter the token of the configuration (web.token).',
      {
        asksToken: true,
      },
    );
  };
}

/** The same place without the token; always a path of this server, whatever was asked for. */
function withoutToken(request: Request): string {
  const url = new URL(request.originalUrl.replace(/^[/\\]+/, '/'), 'http://localhost');
  url.searchParams.delete('token');
  return `${url.pathname.replace(/^\/+/, '/')}${url.search}`;
}

/**
 * Lets through what changes something only from our own page, or from a program: a browser names the page that asks
 * (Origin, Sec-Fetch-Site), and a foreign page cannot send JSON without being asked about it first.
 */
const ownPage: RequestHandler = (request, response, next) => {
  const site = request.headers['sec-fetch-site'];
  const { origin } = request.headers;
  const isOwnSite = site === undefined || site === 'same-origin';
  const isOwnOrigin = origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.headers.host);
  if (!isOwnSite || !isOwnOrigin) {
    return messagePage(response, 403, 'Not allowed', 'Only the page of this Switchboard may change something here.');
  }
  if (request.method === 'POST' && !request.is('application/json')) {
    return messagePage(response, 415, 'Not possible', 'The body must be application/json.');
  }
  next();
};

/** The checks, in one place. */
export const access = { isAllowedHost, isAuthorised, guard, ownPage };
