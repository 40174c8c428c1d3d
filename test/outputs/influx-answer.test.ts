import { describe, expect, test } from 'vitest';
import { judge, retryAfterMs } from '../../src/outputs/influx/answer.ts';
import { writePath } from '../../src/outputs/influx/connection.ts';
import { influxOptions } from '../../src/outputs/influx/options.ts';
import { settle } from '../../src/outputs/influx/refusals.ts';
import type { Verdict } from '../../src/outputs/influx/answer.ts';

const json = { 'content-type': 'application/json' };
const error = (text: string): string => JSON.stringify({ error: text });

describe('what an answer means', () => {
  test.each([
    ['204 nothing', 204, {}, '', { kind: 'stored' }],
    ['200 with an empty body', 200, {}, '', { kind: 'stored' }],
    ['200 with an empty object', 200, json, '{}', { kind: 'stored' }],
    ['200 with a login page', 200, { 'content-type': 'text/html' }, '<html>', { kind: 'later', needsHuman: true }],
    ['200 with a page that calls itself text', 200, {}, ' <!DOCTYPE html>', { kind: 'later', needsHuman: true }],
    ['200 with some text', 200, { 'content-type': 'text/plain' }, 'OK', { kind: 'later', needsHuman: true }],
    [
      '201 of InfluxDB 3 with faults',
      201,
      json,
      '{"error":"partial write","data":[]}',
      { kind: 'refused', isCertain: true },
    ],
    ['a redirection', 302, { location: 'https://user:pw@other.example/x' }, '', { kind: 'later', needsHuman: true }],
    [
      'a type conflict',
      400,
      json,
      error('partial write: field type conflict: … dropped=2'),
      { kind: 'refused', isCertain: true, dropped: 2 },
    ],
    [
      'a malformed line',
      400,
      json,
      error("unable to parse 'x': missing fields"),
      { kind: 'refused', isCertain: true, dropped: 0 },
    ],
    [
      'InfluxDB 2 partial write',
      422,
      json,
      JSON.stringify({
        code: 'unprocessable entity',
        message: 'failure writing points to database: partial write: points beyond retention policy dropped=1',
      }),
      { kind: 'refused', isCertain: true, dropped: 1 },
    ],
    ['a request that is wrong', 400, json, error('database is required'), { kind: 'refused', isCertain: false }],
    [
      'a page of a proxy for http on a port of https',
      400,
      { 'content-type': 'text/html' },
      '<html>unable to parse',
      { kind: 'later', needsHuman: true },
    ],
    ['a wrong token', 401, json, error('authorization failed'), { kind: 'later', needsHuman: true }],
    ['no right', 403, json, error('not authorized'), { kind: 'later', needsHuman: true }],
    [
      'a missing bucket',
      404,
      json,
      JSON.stringify({ code: 'not found', message: 'bucket "b" not found' }),
      { kind: 'later', needsHuman: true },
    ],
    ['a missing database', 404, json, error('database not found: "x"'), { kind: 'noDatabase' }],
    ['a wrong path', 404, { 'content-type': 'text/plain' }, '404 page not found', { kind: 'later', needsHuman: true }],
    ['a method that is not allowed', 405, {}, '', { kind: 'later', needsHuman: true }],
    ['a request that is too large', 413, json, error('Request Entity Too Large'), { kind: 'tooLarge' }],
    ['too large, by a proxy', 413, { 'content-type': 'text/html' }, '<html>413</html>', { kind: 'tooLarge' }],
    ['too many requests', 429, { 'retry-after': '7' }, '', { kind: 'later', needsHuman: false, afterMs: 7000 }],
    [
      'a busy proxy',
      503,
      { 'retry-after': '2', 'content-type': 'text/html' },
      '<html>',
      { kind: 'later', needsHuman: false, afterMs: 2000 },
    ],
    ['a time-out inside', 500, json, error('timeout'), { kind: 'later', needsHuman: false }],
    ['a full cache', 500, json, error('engine: cache-max-memory-size exceeded'), { kind: 'later', needsHuman: false }],
    [
      'retention in a 500',
      500,
      json,
      error('points beyond retention policy dropped=1'),
      { kind: 'refused', isCertain: true },
    ],
    [
      'a missing retention policy',
      500,
      json,
      error('retention policy not found: none'),
      { kind: 'later', needsHuman: true },
    ],
    ['the queue of a cluster', 500, json, error('write failed: hinted handoff queue not empty'), { kind: 'stored' }],
    [
      'words in the header of InfluxDB',
      400,
      { 'x-influxdb-error': 'partial write: x' },
      '',
      { kind: 'refused', isCertain: true },
    ],
  ])('%s', (_name, status, headers, body, expected) => {
    expect(judge({ status, headers, body }, 0)).toMatchObject(expected);
  });

  test('a redirection names the host and nothing secret', () => {
    const verdict = judge(
      { status: 301, headers: { location: 'https://user:pw@other.example/x?token=t' }, body: '' },
      0,
    );
    expect(verdict).toMatchObject({ reason: expect.stringContaining('other.example') });
    expect(JSON.stringify(verdict)).not.toMatch(/pw|token=t/);
  });

  test.each([
    ['120', undefined, 120_000],
    ['0', undefined, 0],
    ['Sat, 21 Nov 2026 15:00:30 GMT', 'Sat, 21 Nov 2026 15:00:00 GMT', 30_000],
    ['Sat, 21 Nov 2026 15:00:30 GMT', undefined, 20_000],
    ['Sat, 21 Nov 2026 14:00:00 GMT', undefined, 0],
    ['999999999', undefined, 3_600_000],
    ['', undefined, undefined],
    ['soon', undefined, undefined],
    ['-5', undefined, undefined],
    ['1.5', undefined, undefined],
  ])('Retry-After "%s" with Date %s', (value, date, expected) => {
    const nowMs = Date.parse('2026-11-21T15:00:10Z');
    const headers = { 'retry-after': value, ...(date === undefined ? {} : { date }) };
    expect(retryAfterMs(headers, nowMs)).toBe(expected);
  });
});

describe('options', () => {
  test.each([
    [
      'InfluxDB 2',
      { url: 'http://h:8086', org: 'a b', bucket: 'b&c', token: 't' },
      '/api/v2/write?org=a%20b&bucket=b%26c&precision=ms',
    ],
    ['InfluxDB 3', { url: 'http://h:8181', bucket: 'b' }, '/api/v2/write?org=&bucket=b&precision=ms'],
    ['InfluxDB 1', { url: 'https://h/prefix', database: 'd b' }, '/write?db=d%20b&precision=ms'],
    [
      'InfluxDB 1 with all',
      { url: 'http://h', database: 'd', username: 'u', password: 'p', retentionPolicy: 'r&' },
      '/write?db=d&rp=r%26&precision=ms',
    ],
  ])('%s is accepted and gives its path', (_name, options, path) => {
    expect(writePath(influxOptions.parse(options))).toBe(path);
  });

  test.each([
    ['neither bucket nor database', { url: 'http://h' }, 'bucket'],
    ['both', { url: 'http://h', bucket: 'b', database: 'd' }, 'database'],
    ['a token for InfluxDB 1', { url: 'http://h', database: 'd', token: 't' }, 'token'],
    ['an account for InfluxDB 2', { url: 'http://h', bucket: 'd', username: 'u', password: 'p' }, 'username'],
    ['an account without a password', { url: 'http://h', database: 'd', username: 'u' }, 'password'],
    ['a token with a line feed', { url: 'http://h', bucket: 'd', token: 'abc\n' }, 'token'],
    ['no address', { url: 'localhost:8086', bucket: 'b' }, 'url'],
    ['another protocol', { url: 'ftp://h', bucket: 'b' }, 'url'],
    ['an account in the address', { url: 'http://u:p@h', bucket: 'b' }, 'url'],
    ['parameters in the address', { url: 'http://h/?db=x', bucket: 'b' }, 'url'],
    ['the path of a write in the address', { url: 'http://h/api/v2/', bucket: 'b' }, 'url'],
    ['a time-out of 0', { url: 'http://h', bucket: 'b', timeoutSeconds: 0 }, 'timeoutSeconds'],
  ])('%s is refused at its key', (_name, options, key) => {
    const result = influxOptions.safeParse(options);
    expect(result.success).toBe(false);
    expect(result.error?.issues.map((issue) => issue.path[0])).toContain(key);
  });

  test('an unknown key is refused', () => {
    expect(influxOptions.safeParse({ url: 'http://h', bucket: 'b', tokn: 't' }).success).toBe(false);
  });
});

describe('halving', () => {
  const refusal = (dropped = 0, isCertain = true): Verdict & { kind: 'refused' } => ({
    kind: 'refused',
    reason: 'bad',
    isCertain,
    dropped,
  });
  const batch = (count: number): Buffer =>
    Buffer.from(Array.from({ length: count }, (_, index) => `m v=${index} 1\n`).join(''));
  const server = (bad: ReadonlySet<number>, verdict: Verdict = refusal()) => {
    const stored = new Set<number>();
    let requests = 0;
    return {
      stored,
      requests: () => requests,
      attempt: (lines: Buffer): Promise<Verdict> => {
        requests++;
        const values = [...lines.toString().matchAll(/v=(\d+)/g)].map((found) => Number(found[1]));
        for (const value of values) if (!bad.has(value)) stored.add(value);
        return Promise.resolve(values.some((value) => bad.has(value)) ? verdict : { kind: 'stored' });
      },
    };
  };
  const noWait = (): Promise<void> => Promise.resolve();

  test.each([
    [5000, [1234]],
    [5000, [0, 4999]],
    [7, [3]],
    [2, [0, 1]],
    [1, [0]],
  ])('finds exactly the refused of %i points: %j', async (count, bad) => {
    const { attempt, stored, requests } = server(new Set(bad));
    const outcome = await settle(batch(count), refusal(), attempt, noWait);
    expect(outcome).toEqual({
      kind: 'settled',
      refused: bad.map((value) => ({ line: `m v=${value} 1`, reason: 'bad' })),
    });
    // The first attempt of the whole batch stored its good points already, except where there was none.
    if (count > 2) expect(stored.size).toBe(count - bad.length);
    expect(requests()).toBeLessThan(60);
  });

  test('asks no further when the server says that it left out all', async () => {
    const { attempt, requests } = server(new Set());
    const outcome = await settle(batch(5000), refusal(5000), attempt, noWait);
    expect(outcome.kind === 'settled' && outcome.refused.length).toBe(5000);
    expect(requests()).toBe(0);
  });

  test('gives up looking after a bounded number of requests, and loses no point', async () => {
    const bad = new Set(Array.from({ length: 2500 }, (_, index) => index * 2));
    const { attempt, stored, requests } = server(bad);
    const outcome = await settle(batch(5000), refusal(), attempt, noWait);
    expect(requests()).toBeLessThan(1100);
    const refused = new Set(
      outcome.kind === 'settled' ? outcome.refused.map((point) => Number(/v=(\d+)/.exec(point.line)![1])) : [],
    );
    for (let value = 0; value < 5000; value++) expect(refused.has(value) || stored.has(value)).toBe(true);
    for (const value of bad) expect(refused.has(value)).toBe(true);
  });

  test('takes a refusal of everything in unknown words for a fault of the request', async () => {
    const { attempt } = server(new Set([0, 1, 2]), refusal(0, false));
    expect(await settle(batch(3), refusal(0, false), attempt, noWait)).toMatchObject({
      kind: 'later',
      needsHuman: true,
    });
  });

  test('believes unknown words when other points of the batch are taken', async () => {
    const { attempt } = server(new Set([1]), refusal(0, false));
    expect(await settle(batch(3), refusal(0, false), attempt, noWait)).toEqual({
      kind: 'settled',
      refused: [{ line: 'm v=1 1', reason: 'bad' }],
    });
  });

  test('sends a batch that is too large in parts', async () => {
    const stored: string[] = [];
    const attempt = (lines: Buffer): Promise<Verdict> => {
      if (lines.length > 100) return Promise.resolve({ kind: 'tooLarge', reason: '413' });
      stored.push(lines.toString());
      return Promise.resolve({ kind: 'stored' });
    };
    const lines = batch(100);
    expect(await settle(lines, { kind: 'tooLarge', reason: '413' }, attempt, noWait)).toEqual({
      kind: 'settled',
      refused: [],
    });
    expect(stored.join('').split('\n').sort()).toEqual(lines.toString().split('\n').sort());
  });

  test('rides out a busy server in the middle, and gives the batch back when it stays busy', async () => {
    const { attempt } = server(new Set([77]));
    let number = 0;
    const busyEverySecond = (lines: Buffer): Promise<Verdict> =>
      number++ % 2 === 0
        ? Promise.resolve({ kind: 'later', reason: '429', needsHuman: false, afterMs: 1 })
        : attempt(lines);
    expect(await settle(batch(500), refusal(), busyEverySecond, noWait)).toMatchObject({
      kind: 'settled',
      refused: [{ line: 'm v=77 1' }],
    });
    const busy = (): Promise<Verdict> => Promise.resolve({ kind: 'later', reason: '503', needsHuman: false });
    expect(await settle(batch(500), refusal(), busy, noWait)).toMatchObject({ kind: 'later', reason: '503' });
  });
});
