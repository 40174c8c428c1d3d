// The live page's server over real HTTP: what it answers, whom it refuses, and how it says so.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { UsageError } from '../../src/model/errors.ts';
import { silentLog } from '../../src/model/log.ts';
import type { PanelQuery, QueryEngine, QueryRange, ResultRow, VariableValues } from '../../src/model/query.ts';
import { startWeb } from '../../src/web/server.ts';
import { sampleDashboard, sampleStatus } from '../support/page-data.ts';
import { GivenAnswers, hostileTexts, kindsDashboard, testAnnotations } from '../support/page-kinds.ts';
import { temporaryFolder } from '../support/temporary.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A store that remembers what it was asked and answers one row per group. */
class FakeStore implements QueryEngine {
  readonly asked: { query: PanelQuery; range: QueryRange; variables: VariableValues }[] = [];
  fault: string | undefined;
  run(query: PanelQuery, range: QueryRange, variables: VariableValues): Promise<readonly ResultRow[]> {
    if (this.fault !== undefined) return Promise.reject(new Error(this.fault));
    this.asked.push({ query, range, variables });
    const group = query.groupBy.map((name) => `a ${name}`);
    return Promise.resolve([{ group, timeMs: range.fromMs, values: query.select.map(() => 7) }]);
  }
  tagValues(_measurement: unknown, tag: string): Promise<readonly string[]> {
    return Promise.resolve([`a ${tag}`]);
  }
  span(): Promise<{ fromMs: number; toMs: number }> {
    return Promise.resolve({ fromMs: 1, toMs: 2 });
  }
}

const token = 'a-long-enough-token';
const store = new FakeStore();
const given = new GivenAnswers();
given.stored = { fromMs: 0, toMs: 4_600_000 };
const open = new Map<string, Awaited<ReturnType<typeof startWeb>>>();
let publicDirectory = '';

async function start(name: string, changes: Partial<Parameters<typeof startWeb>[0]> = {}): Promise<void> {
  open.set(
    name,
    await startWeb({
      host: '127.0.0.1',
      port: 0,
      queries: store,
      dashboards: [sampleDashboard],
      status: () => sampleStatus(0),
      clock: systemClock,
      log: silentLog,
      publicDirectory,
      ...changes,
    }),
  );
}

beforeAll(async () => {
  publicDirectory = join(temporaryFolder(), 'public');
  mkdirSync(publicDirectory);
  writeFileSync(join(publicDirectory, 'main.js'), '// the page');
  writeFileSync(join(publicDirectory, 'index.html'), '<!doctype html><title>the page</title>');
  writeFileSync(join(publicDirectory, '..', 'secret.txt'), 'secret');
  await start('open');
  await start('guarded', { token });
  await start('given', { queries: given, dashboards: [kindsDashboard], annotations: testAnnotations });
  await start('storeless', { queries: undefined });
});
afterAll(async () => {
  for (const web of open.values()) await web.close();
});

function get(
  path: string,
  {
    from = 'open',
    method = 'GET',
    headers = {},
    agent = false,
  }: { from?: string; method?: string; headers?: Record<string, string>; agent?: Agent | false } = {},
): Promise<Answer> {
  const url = new URL(open.get(from)!.url);
  return new Promise((resolve, reject) => {
    // Not fetch: it cleans paths and does not let a test choose the Host header.
    const target = { host: url.hostname, port: url.port, path, method, headers, agent };
    const sent = request(target, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(parts).toString() }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

const json = (answer: Answer): Record<string, unknown> => JSON.parse(answer.text) as Record<string, unknown>;
const question = (changes: Record<string, string> = {}): string =>
  `/api/query?${new URLSearchParams({ dashboard: 'test-sample', panel: '4', query: '0', from: '1000000', to: '4600000', ...changes })}`;

describe('answers', () => {
  test.each(['/', '/d/test-sample', '/d/anything', '/status'])('%s is the page', async (path) => {
    const answer = await get(path);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.text).toContain('the page');
  });

  test('every answer carries the headers that keep strangers out', async () => {
    for (const path of ['/', '/assets/main.js', '/api/status', '/healthz', '/metrics', '/nothing', '/api/nothing']) {
      const { headers } = await get(path);
      expect(headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'/);
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });

  test('dashboards come without what they are asked by', async () => {
    expect(json(await get('/api/dashboards'))).toMatchObject({ hasStore: true, dashboards: [{ uid: 'test-sample' }] });
    const { text } = await get('/api/dashboards/test-sample');
    expect(JSON.parse(text)).toMatchObject({ title: 'Sample', variables: [{ name: 'host' }, { name: 'event' }] });
    expect(text).not.toContain('ecs_denial');
    expect(text).not.toContain('"where"');
  });

  test('a question is answered from the panel of the dashboard', async () => {
    const answer = json(await get(question({ points: '60' })));
    expect(answer).toEqual({
      fromMs: 960_000,
      toMs: 4_600_000,
      windowMs: 60_000,
      times: [960_000],
      series: [{ group: ['a category'], values: [[7]] }],
    });
    expect(store.asked.at(-1)?.query).toBe(sampleDashboard.sections[1]?.panels[0]?.queries[0]);
  });

  test('a stat is asked for its number and for its curve', async () => {
    await get(question({ panel: '1' }));
    expect(store.asked.at(-1)?.query.over).toBe('range');
    await get(question({ panel: '1', shape: 'windows' }));
    expect(store.asked.at(-1)?.query).toMatchObject({ over: 'windows', fill: 'zero' });
  });

  test('numbers of a range and single points come with their times', async () => {
    const asked = (panel: number): string => question({ dashboard: 'test-kinds', panel: String(panel) });
    const points = json(await get(asked(14), { from: 'given' }));
    expect(points['times']).toEqual([4_540_000, 4_480_000, 4_420_000]);
    expect(points['series']).toMatchObject([
      { group: ['critical', 'trunk-9'], values: [['Trunk 9 is down'], [7260], [1]] },
      { group: ['warning', 'trunk-10'] },
      { group: ['critical', 'trunk-9'] },
    ]);
    const groups = json(await get(asked(15), { from: 'given' }));
    expect(groups['times']).toEqual([4_300_000, 4_596_000, -2_600_000]);
  });

  test('events come by kind, oldest first, at most 500, with the variables of the dashboard', async () => {
    const path = '/api/annotations?dashboard=test-kinds&from=1000000&to=4600000&var-peer=trunk-9&var-other=x';
    const { kinds } = json(await get(path, { from: 'given' })) as {
      kinds: { id: string; isCut: boolean; events: { timeMs: number; text: string; tags: object }[] }[];
    };
    expect(kinds.map(({ id, isCut }) => [id, isCut])).toEqual([
      ['alerts', false],
      ['restarts', true],
    ]);
    expect(kinds[0]?.events).toEqual([
      { timeMs: 2_440_000, text: hostileTexts.markup, tags: { severity: 'warning', peer: '' } },
      { timeMs: 3_700_000, text: 'Trunk 9 is down', tags: { severity: 'critical', peer: 'trunk-9' } },
    ]);
    expect(kinds.flatMap(({ events }) => events).length).toBeLessThanOrEqual(500);
    expect(kinds[1]?.events.at(-1)?.timeMs).toBe(4_600_000);
    expect(given.asked.at(-1)).toMatchObject({
      range: { fromMs: 1_000_000, toMs: 4_600_000 },
      variables: { peer: ['trunk-9'] },
    });
  });

  test('a kind of events that cannot be asked for says why', async () => {
    store.fault = 'the store has no measurement "things"';
    try {
      await start('faulty', { annotations: testAnnotations });
      const answer = await get('/api/annotations?dashboard=test-sample&from=0&to=10', { from: 'faulty' });
      expect(json(answer)).toMatchObject({ kinds: [{ id: 'alerts', events: [], fault: store.fault }, {}] });
    } finally {
      store.fault = undefined;
    }
  });

  test.each([
    ['from=10&to=5', 400],
    ['from=now&to=5', 400],
    ['from=0&to=999999999999999', 400],
    ['from=0', 400],
    ['from=0&to=10&dashboard=none', 404],
  ])('refuses events for %s', async (parameters, status) => {
    const dashboard = parameters.includes('dashboard') ? '' : '&dashboard=test-sample';
    expect((await get(`/api/annotations?${parameters}${dashboard}`)).status).toBe(status);
  });

  test('without any kind of events there are none', async () => {
    expect(json(await get('/api/annotations?dashboard=test-sample&from=0&to=10'))).toEqual({ kinds: [] });
    expect((await get('/api/annotations?dashboard=test-sample&from=0&to=10', { from: 'storeless' })).status).toBe(503);
  });

  test('only declared variables reach the store, as they were given', async () => {
    await get(`${question()}&var-host=cm1&var-host=%27%3B+DROP&var-other=x&var-__proto__=y&sql=DROP`);
    expect(store.asked.at(-1)?.variables).toEqual({ host: ['cm1', "'; DROP"] });
  });

  test.each([
    { from: '' },
    { from: 'now-6h' },
    { from: '-1' },
    { from: '1e5' },
    { from: '4600000' },
    { to: '99999999999999' },
    { points: '0' },
    { points: '2001' },
    { panel: '4; DROP TABLE x' },
    { query: '-1' },
    { shape: 'sideways' },
  ])('refuses the question %j', async (changes) => {
    const answer = await get(question(changes));
    expect(answer.status).toBe(400);
    expect(json(answer)['error']).toBeTruthy();
  });

  test.each([{ dashboard: 'none' }, { panel: '99' }, { query: '5' }, { dashboard: '__proto__' }])(
    'knows nothing of %j',
    async (changes) => {
      expect((await get(question(changes))).status).toBe(404);
    },
  );

  test('a fault of the store is a message without a trace', async () => {
    store.fault = 'the store did not answer within 30 s';
    try {
      const answer = await get(question());
      expect([answer.status, json(answer)]).toEqual([503, { error: store.fault }]);
    } finally {
      store.fault = undefined;
    }
  });

  test('variables, span and status', async () => {
    expect(json(await get('/api/variables?dashboard=test-sample'))).toEqual({
      values: { host: ['a host'], event: ['a event'] },
    });
    expect((await get('/api/variables?dashboard=none')).status).toBe(404);
    expect(json(await get('/api/span'))).toEqual({ span: { fromMs: 1, toMs: 2 } });
    expect(json(await get('/api/status'))).toMatchObject({ version: '0.1.0', nowMs: expect.any(Number) });
  });

  test('without a store the state is there and questions say why they are not answered', async () => {
    expect(json(await get('/api/dashboards', { from: 'storeless' }))).toMatchObject({ hasStore: false });
    expect((await get(question(), { from: 'storeless' })).status).toBe(503);
    expect((await get('/api/status', { from: 'storeless' })).status).toBe(200);
    expect(json(await get('/api/span', { from: 'storeless' }))).toEqual({ span: null });
  });

  test('/healthz says 503 while a human must act, /metrics is Prometheus text', async () => {
    const health = await get('/healthz');
    expect([health.status, json(health)['status']]).toEqual([503, 'failing']);
    const metrics = await get('/metrics');
    expect(metrics.headers['content-type']).toContain('text/plain; version=0.0.4');
    expect(metrics.text).toContain('switchboard_lines_read_total{source="ecs-cm1",family="ecs",host="cm1"} 18234551\n');
  });

  test('what is not there is said so, in the form that was asked for', async () => {
    const page = await get('/<script>alert(1)</script>', { headers: { Accept: 'text/html' } });
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(page.text).not.toContain('<script>');
    const data = await get('/api/none');
    expect([data.status, json(data)]).toEqual([404, { error: expect.any(String) }]);
  });

  test.each([
    '/assets/../secret.txt',
    '/assets/%2e%2e/secret.txt',
    '/assets/..%2fsecret.txt',
    '/assets/%00',
    '/%E0%A4%A',
    '/d/%E0%A4%A',
  ])('%s gives nothing away', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text).not.toContain('secret\n');
    expect(answer.text).not.toMatch(/at .*\.(ts|js)/);
  });

  test('it only reads', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get('/api/status', { method })).status).toBe(405);
  });
});

describe('access', () => {
  test.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', 'localhost.evil.example:80'])(
    'on loopback a request for the host "%s" is refused',
    async (host) => {
      for (const path of ['/', '/api/status', '/metrics', '/healthz', '/assets/main.js']) {
        const answer = await get(path, { headers: { Host: host } });
        expect([400, 421]).toContain(answer.status);
      }
    },
  );

  test.each(['localhost', 'localhost:1', '127.0.0.1:9', '[::1]:80', 'LOCALHOST'])(
    'and for "%s" it is answered',
    async (host) => {
      expect((await get('/api/status', { headers: { Host: host } })).status).toBe(200);
    },
  );

  test('with a token nothing but the bare state is there without it', async () => {
    for (const path of ['/', '/api/status', '/metrics', '/assets/main.js', '/api/dashboards']) {
      expect((await get(path, { from: 'guarded' })).status).toBe(401);
      expect((await get(path, { from: 'guarded', headers: { Authorization: 'Bearer wrong' } })).status).toBe(401);
      expect((await get(`${path}?token=wrong`, { from: 'guarded' })).status).toBe(401);
      expect((await get(path, { from: 'guarded', headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);
    }
    expect(json(await get('/healthz', { from: 'guarded' }))).toEqual({ status: 'failing' });
    expect(
      json(await get('/healthz', { from: 'guarded', headers: { Authorization: `Bearer ${token}` } })),
    ).toHaveProperty('sources');
  });

  test('a token in the address becomes a cookie and leaves the address', async () => {
    const answer = await get(`/d/test-sample?from=now-1h&token=${token}`, { from: 'guarded' });
    expect([answer.status, answer.headers['location']]).toEqual([303, '/d/test-sample?from=now-1h']);
    const cookie = String(answer.headers['set-cookie']);
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    expect(cookie).not.toContain(token);
    const session = cookie.split(';')[0]!;
    expect((await get('/api/status', { from: 'guarded', headers: { Cookie: `x=1; ${session}` } })).status).toBe(200);
    expect((await get('/api/status', { from: 'guarded', headers: { Cookie: `${session}x` } })).status).toBe(401);
  });

  test('the redirect never leaves this server', async () => {
    for (const path of [
      `//evil.example/?token=${token}`,
      `/\\evil.example?token=${token}`,
      `//evil.example//x?token=${token}`,
    ]) {
      const { headers } = await get(path, { from: 'guarded' });
      expect(String(headers['location'])).toMatch(/^\/[^/\\]/);
    }
  });
});

describe('starting', () => {
  test('an address that others can reach needs a token', async () => {
    await expect(start('refused', { host: '0.0.0.0' })).rejects.toThrow(/web\.token/);
    await expect(start('refused', { host: '0.0.0.0', token: 'short' })).rejects.toThrow(/too short/);
    await start('public', { host: '0.0.0.0', token });
    expect((await get('/healthz', { from: 'public' })).status).toBe(503);
    expect((await get('/', { from: 'public', headers: { Host: 'noc.example:80' } })).status).toBe(401);
  });

  test('a busy port is named with the remedy', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    try {
      await expect(start('busy', { port })).rejects.toThrow(new RegExp(`port ${port} .* in use .* another port`));
      await expect(start('busy', { port })).rejects.toBeInstanceOf(UsageError);
    } finally {
      holder.close();
    }
  });

  test('without a built page health and data are served, and the page says what is missing', async () => {
    await start('unbuilt', { publicDirectory: temporaryFolder() });
    const page = await get('/', { from: 'unbuilt' });
    expect([page.status, page.text.includes('npm run build')]).toEqual([503, true]);
    expect((await get('/api/status', { from: 'unbuilt' })).status).toBe(200);
    expect((await get('/metrics', { from: 'unbuilt' })).status).toBe(200);
  });

  test('closing ends also connections that are kept open', async () => {
    await start('closing');
    const agent = new Agent({ keepAlive: true });
    try {
      await get('/healthz', { from: 'closing', agent });
      await open.get('closing')!.close();
      await expect(get('/healthz', { from: 'closing' })).rejects.toThrow('ECONNREFUSED');
    } finally {
      agent.destroy();
      open.delete('closing');
    }
  });
});
