// Alerts over real HTTP: what the page is given, silences, and who may not begin or end one.
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { silentLog } from '../../src/model/log.ts';
import type { PanelQuery, QueryEngine } from '../../src/model/query.ts';
import { startWeb } from '../../src/web/server.ts';
import { boardAlert, TestBoard } from '../support/alert-board.ts';
import { sampleDashboard, sampleStatus } from '../support/page-data.ts';

const token = 'a-long-enough-token';
const asked: PanelQuery[] = [];
const store: QueryEngine = {
  run: (query) => {
    asked.push(query);
    const row = { group: ['resolved', 'Drop', 'critical', 'cm1'], timeMs: 5, values: ['25 dropped', 180] };
    return Promise.resolve([
      row,
      { ...row, group: ['firing', 'Drop', 'critical', 'cm1'], values: ['25 dropped', null] },
    ]);
  },
  tagValues: () => Promise.resolve([]),
  span: () => Promise.resolve(undefined),
};

let board: TestBoard;
let isEvaluated = true;
const open = new Map<string, Awaited<ReturnType<typeof startWeb>>>();

beforeAll(async () => {
  for (const [name, changes] of [
    ['open', {}],
    ['guarded', { token }],
  ] as const) {
    open.set(
      name,
      await startWeb({
        host: '127.0.0.1',
        port: 0,
        queries: store,
        dashboards: [sampleDashboard],
        alerts: () => (isEvaluated ? board : undefined),
        status: () => sampleStatus(0),
        clock: systemClock,
        log: silentLog,
        ...changes,
      }),
    );
  }
});
beforeEach(() => {
  board = new TestBoard(() => systemClock.now());
  isEvaluated = true;
});
afterAll(async () => {
  for (const web of open.values()) await web.close();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** Not fetch: a test chooses every header. */
function send(
  method: string,
  path: string,
  {
    body,
    headers = {},
    to = 'open',
  }: { body?: unknown; headers?: Record<string, string | undefined>; to?: string } = {},
): Promise<Answer> {
  const url = new URL(open.get(to)!.url);
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const all = { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const target = {
      host: url.hostname,
      port: url.port,
      path,
      method,
      headers: given as Record<string, string>,
      agent: false,
    };
    const sent = request(target, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const answer = Buffer.concat(parts).toString();
        const json = answer.startsWith('{') ? (JSON.parse(answer) as Record<string, unknown>) : {};
        resolve({ status: response.statusCode ?? 0, text: answer, body: json });
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

const wish = { ruleUid: 'sb-ecs-drop', minutes: 30, comment: 'works on the core switch' };

describe('alerts', () => {
  test('come with rules, silences and counts', async () => {
    board.alerts = [boardAlert(), boardAlert({ state: 'pending', fingerprint: 'b' })];
    const { status, body } = await send('GET', '/api/alerts');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      counts: { isEvaluated: true, firing: 1, critical: 1, silenced: 0, pending: 1 },
      alerts: [{ ruleUid: 'sb-ecs-drop', state: 'firing', silencedUntilMs: null }, { state: 'pending' }],
      left: 0,
      rules: [{ ruleUid: 'sb-ecs-drop' }, { state: 'error', lastError: 'the store cannot answer' }],
      silences: [],
    });
    expect((await send('GET', '/api/alerts/counts')).body).toEqual(body['counts']);
  });

  test('that are very many are cut, and counted', async () => {
    board.alerts = Array.from({ length: 700 }, (_, index) => boardAlert({ fingerprint: String(index) }));
    const { body } = await send('GET', '/api/alerts');
    expect([(body['alerts'] as unknown[]).length, body['left']]).toEqual([500, 200]);
    expect(body['counts']).toMatchObject({ firing: 700 });
  });

  test('are none, and said to be, where no rules are evaluated', async () => {
    isEvaluated = false;
    const { status, body } = await send('GET', '/api/alerts/counts');
    expect(status).toBe(200);
    expect(body).toMatchObject({ isEvaluated: false, firing: 0 });
    expect((await send('GET', '/api/alerts')).status).toBe(404);
    expect((await send('POST', '/api/silences', { body: wish })).status).toBe(503);
    expect((await send('GET', '/healthz')).body).not.toHaveProperty('alerts');
  });

  test('of the past come from the store, newest first as it gives them', async () => {
    const { body } = await send('GET', '/api/alerts/history');
    expect(asked.at(-1)).toMatchObject({ over: 'rows', limit: 20, measurement: { name: 'alert_event' } });
    expect(body['events']).toEqual([
      {
        timeMs: 5,
        status: 'resolved',
        title: 'Drop',
        severity: 'critical',
        host: 'cm1',
        summary: '25 dropped',
        durationSeconds: 180,
      },
      {
        timeMs: 5,
        status: 'firing',
        title: 'Drop',
        severity: 'critical',
        host: 'cm1',
        summary: '25 dropped',
        durationSeconds: null,
      },
    ]);
  });

  test('have a runbook, and no path leads out of the folder', async () => {
    const { body } = await send('GET', '/api/runbooks/sb-ecs-drop');
    expect(body['text']).toMatch(/^\*\*Mass drop of telephones\.\*\*/);
    expect(body['text']).not.toContain('## ');
    expect((await send('GET', '/api/runbooks/sb-ecs-alarm')).body['text']).toBeNull();
    expect((await send('GET', '/api/runbooks/none')).status).toBe(404);
  });

  test('are part of health and metrics', async () => {
    expect((await send('GET', '/healthz')).body['alerts']).toEqual({
      status: 'ok',
      reasons: [],
      firing: 1,
      pending: 0,
      lastEvaluation: '1970-01-01T00:16:40.000Z',
    });
    board.reasons = ['2 alert rules cannot be evaluated: the store cannot answer'];
    expect((await send('GET', '/healthz')).body['alerts']).toMatchObject({
      status: 'degraded',
      reasons: board.reasons,
    });
    const { text } = await send('GET', '/metrics');
    expect(text).toContain('\nswitchboard_alerts_firing 1\n');
    expect(text).toContain('\nswitchboard_alert_evaluation_failures_total 2\n');
    expect(text).toContain('\nswitchboard_alert_messages_total{target="history"} 3\n');
  });
});

describe('silences', () => {
  test('begin, are listed, and are ended', async () => {
    const before = systemClock.now();
    const begun = await send('POST', '/api/silences', { body: { ...wish, labels: { host: 'cm1' } } });
    expect(begun.status).toBe(201);
    expect(board.wishes[0]).toMatchObject({ ruleUid: 'sb-ecs-drop', labels: { host: 'cm1' }, comment: wish.comment });
    expect(board.wishes[0]!.endsMs).toBeGreaterThanOrEqual(before + 30 * 60_000);
    expect((await send('GET', '/api/alerts')).body).toMatchObject({
      counts: { firing: 0, silenced: 1 },
      silences: [{ comment: wish.comment }],
    });
    const id = String(begun.body['id']);
    expect((await send('DELETE', `/api/silences/${id}`)).status).toBe(204);
    expect((await send('DELETE', `/api/silences/${id}`)).status).toBe(404);
  });

  test('last until a time where one is given', async () => {
    const untilMs = systemClock.now() + 86_400_000;
    await send('POST', '/api/silences', { body: { ruleUid: 'sb-ecs-drop', untilMs } });
    expect(board.wishes[0]).toMatchObject({ endsMs: untilMs, comment: '', labels: {} });
  });

  test.each<[string, unknown, RegExp]>([
    ['no rule', { minutes: 5 }, /ruleUid/],
    ['a rule that is not there', { ruleUid: 'sb-none', minutes: 5 }, /no such rule/],
    ['no length', { ruleUid: 'sb-ecs-drop' }, /minutes/],
    ['two lengths', { ...wish, untilMs: 1 }, /either/],
    ['no time at all', { ...wish, minutes: 0 }, /minutes/],
    ['more than 30 days', { ...wish, minutes: 43_201 }, /minutes/],
    ['part of a minute', { ...wish, minutes: 1.5 }, /minutes/],
    ['labels that are no texts', { ...wish, labels: { host: 1 } }, /labels/],
    ['a key that is unknown', { ...wish, forever: true }, /forever|Unrecognized/],
    ['a comment without end', { ...wish, comment: 'x'.repeat(501) }, /comment/],
    ['a list', [], /./],
    ['no JSON', '{"ruleUid":', /./],
    [
      'very many labels',
      { ...wish, labels: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`l${i}`, ''])) },
      /50/,
    ],
  ])('are refused with %s', async (_, body, text) => {
    const answer = await send('POST', '/api/silences', { body });
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(text);
    expect(board.silences).toEqual([]);
  });

  test('are refused when the body is too large', async () => {
    const answer = await send('POST', '/api/silences', { body: { ...wish, comment: 'x'.repeat(100_000) } });
    expect(answer.status).toBe(413);
    expect(board.wishes).toEqual([]);
  });
});

describe('a foreign page', () => {
  const host = (): string => new URL(open.get('open')!.url).host;

  test.each<[string, Record<string, string | undefined>, number]>([
    ['another origin', { origin: 'https://evil.example' }, 403],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['no origin that can be told', { origin: 'null' }, 403],
    ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }, 403],
    ['another host of the site', { 'sec-fetch-site': 'same-site' }, 403],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a form with JSON in it', { 'content-type': 'text/plain' }, 415],
    ['no kind of content', { 'content-type': undefined }, 415],
    ['a name that was made to point here', { host: 'evil.example' }, 421],
  ])('cannot silence alerts: %s', async (_, headers, status) => {
    expect((await send('POST', '/api/silences', { body: wish, headers })).status).toBe(status);
    expect(board.wishes).toEqual([]);
  });

  test('cannot end a silence', async () => {
    await send('POST', '/api/silences', { body: wish });
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await send('DELETE', '/api/silences/id-1', { headers })).status).toBe(403);
    }
    expect(board.silences.length).toBe(1);
  });

  test('is told apart from our own', async () => {
    const headers = { origin: `http://${host()}`, 'sec-fetch-site': 'same-origin' };
    expect((await send('POST', '/api/silences', { body: wish, headers })).status).toBe(201);
  });

  test('gets no leave from the server to ask', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    expect((await send('OPTIONS', '/api/silences', { headers })).status).toBe(405);
  });
});

describe('with a token', () => {
  test.each(['/api/alerts', '/api/alerts/counts', '/api/alerts/history', '/api/runbooks/sb-ecs-drop'])(
    '%s asks for it',
    async (path) => {
      expect((await send('GET', path, { to: 'guarded' })).status).toBe(401);
      const headers = { authorization: `Bearer ${token}` };
      expect((await send('GET', path, { to: 'guarded', headers })).status).toBe(200);
    },
  );

  test('nothing is silenced without it', async () => {
    expect((await send('POST', '/api/silences', { to: 'guarded', body: wish })).status).toBe(401);
    expect((await send('DELETE', '/api/silences/id-1', { to: 'guarded' })).status).toBe(401);
    expect(board.wishes).toEqual([]);
    const headers = { authorization: `Bearer ${token}` };
    expect((await send('POST', '/api/silences', { to: 'guarded', body: wish, headers })).status).toBe(201);
  });
});

test.each([
  ['POST', '/api/alerts'],
  ['PUT', '/api/silences'],
  ['DELETE', '/api/silences'],
  ['DELETE', '/api/silences/a/b'],
  ['POST', '/api/status'],
  ['PATCH', '/api/silences/id-1'],
])('%s %s changes nothing', async (method, path) => {
  expect((await send(method, path, { body: {} })).status).toBe(405);
});
