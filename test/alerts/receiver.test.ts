// What Grafana's notifications become: the answers, the points, and what is not done twice.
import { createHmac } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import { MemoryOutput } from '../support/memory-output.ts';
import { until } from '../support/until.ts';
import { alertJson, bodyJson, resolvedJson } from './grafana-body.ts';
import { startListening, token } from './listening.ts';
import type { Listening, ListenSetup } from './listening.ts';

const running: Listening[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((listening) => listening.stop(0)));
});

async function listening(setup: ListenSetup = {}): Promise<Listening> {
  const started = await startListening(setup);
  running.push(started);
  return started;
}

const firingPoint =
  'alert_event,alertname=SIP\\ server\\ error\\ ratio\\ high,host=sbc1,instance=noc-1,service=sip,severity=critical,' +
  'status=firing raised=1i,deliveries=1i,fingerprint="c6eadffa33fcdf37",' +
  'summary="7.5 % of INVITEs fail with 5xx on sbc1",' +
  'url="http://localhost:3000/d/sb-sip?from=1772442900000&orgId=1&to=1772446560000&viewPanel=12" 1772446500000';
const resolvedPoint = firingPoint
  .replace('status=firing raised=1i,deliveries=1i', 'status=resolved raised=0i,deliveries=1i,duration_s=300')
  .replace('1772446500000', '1772446800000');

describe('a notification', () => {
  test('of the documentation is answered with 204 and becomes one point at the start of the alert', async () => {
    const { post, events } = await listening();
    expect(await post(bodyJson())).toBe(204);
    await until(() => events().length > 0, 'the point');
    expect(events()).toEqual([firingPoint]);
  });

  test('with mixed states gives a point for each alert, the resolved one at its end with its duration', async () => {
    const { tell, events } = await listening();
    expect(await tell(alertJson({ fingerprint: 'aa' }), resolvedJson({ fingerprint: 'bb' }))).toBe(204);
    await until(() => events().length === 2, 'two points');
    expect(events()).toEqual([
      firingPoint.replace('c6eadffa33fcdf37', 'aa'),
      resolvedPoint.replace('c6eadffa33fcdf37', 'bb'),
    ]);
  });

  test('that is repeated is answered with 204 and counted, and nothing more', async () => {
    const { tell, events, get } = await listening();
    for (let time = 0; time < 4; time++) expect(await tell(alertJson())).toBe(204);
    expect(await tell(alertJson(), alertJson(), resolvedJson(), resolvedJson())).toBe(204);
    await until(() => events().length === 2, 'two points');
    const { text } = await get('/metrics', { authorization: `Bearer ${token}` });
    expect(text).toContain('switchboard_listen_alerts_total 2\n');
    expect(text).toContain('switchboard_listen_repeats_total 6\n');
    expect(text).toContain('switchboard_listen_open_alerts 0\n');
    expect(events()).toEqual([firingPoint, resolvedPoint]);
  });

  test('of an end without a known beginning is stored with its duration', async () => {
    const { tell, events } = await listening();
    expect(await tell(resolvedJson())).toBe(204);
    await until(() => events().length === 1, 'the point');
    expect(events()).toEqual([resolvedPoint]);
  });

  test('of an end that overtook its beginning leaves no alert open', async () => {
    const { tell, events, get } = await listening();
    await tell(resolvedJson());
    await tell(alertJson());
    await until(() => events().length === 2, 'two points');
    const { text } = await get('/metrics', { authorization: `Bearer ${token}` });
    expect(text).toContain('switchboard_listen_open_alerts 0\n');
  });

  test('that Grafana cut short is taken, counted, and told once', async () => {
    const { post, log, get } = await listening();
    expect(await post(bodyJson([alertJson()], { truncatedAlerts: 7 }))).toBe(204);
    expect(await post(bodyJson([alertJson()], { truncatedAlerts: 7 }))).toBe(204);
    const { text } = await get('/metrics', { authorization: `Bearer ${token}` });
    expect(text).toContain('switchboard_listen_truncated_total 14\n');
    expect(log.filter(({ message }) => message.includes('maxAlerts'))).toHaveLength(1);
  });

  test('may have keys that nobody knows', async () => {
    const { post, events } = await listening();
    const alert = alertJson({ enrichments: { a: [1] }, imageURL: 'x', __proto__: 1, constructor: {} });
    expect(await post(bodyJson([alert], { future: { deep: [{}] }, version: '2' }))).toBe(204);
    await until(() => events().length === 1, 'the point');
  });

  test('may lack everything but status, labels and start', async () => {
    const { post, events } = await listening();
    const alert = { status: 'firing', labels: {}, startsAt: '2026-03-02T11:15:00.123456789+01:00' };
    expect(await post({ status: 'firing', alerts: [alert] })).toBe(204);
    expect(await post({ status: 'firing', alerts: [{ ...alert, values: null, annotations: null }] })).toBe(204);
    await until(() => events().length === 1, 'the point');
    expect(events()[0]).toMatch(
      /^alert_event,instance=noc-1,status=firing raised=1i,deliveries=1i,fingerprint="[0-9a-f]{16}",summary="",url="" 1772446500123$/,
    );
  });

  test('with alerts that differ in other labels only keeps each of them', async () => {
    const { tell, events } = await listening();
    const links = Array.from({ length: 20 }, (_, index) => `link-${index}`);
    const told = links.map((link) =>
      alertJson({ fingerprint: link, labels: { alertname: 'Link down', severity: 'warning', link } }),
    );
    expect(await tell(...told.slice(0, 10))).toBe(204);
    expect(await tell(...told)).toBe(204);
    await until(() => events().length === 20, 'all points');
    expect(new Set(events().map((line) => line.slice(line.lastIndexOf(' '))))).toHaveProperty('size', 20);
  });

  test('from strangers cannot break out of a point', async () => {
    const { tell, events } = await listening();
    const labels = { alertname: 'a,b=c d\nalert_event x=1 1', host: 'h\\', severity: '\u0000\u202e', service: 'é😀' };
    const annotations = { summary: `"\\\n${'😀'.repeat(400)}` };
    expect(await tell(alertJson({ labels, annotations, panelURL: 'javascript:alert(1)' }))).toBe(204);
    await until(() => events().length === 1, 'the point');
    const [line = ''] = events();
    expect(line).toContain('alertname=a\\,b\\=c\\ d\ufffdalert_event\\ x\\=1\\ 1,host=h\\\ufffd');
    expect(line).not.toContain('javascript');
    expect(line).toContain('http://localhost:3000/d/sb-sip');
  });

  test('raises one point by hour of the day in the zone of the receiver, and none when it is resolved', async () => {
    const { tell, events, hours } = await listening({ listen: { token, timezone: 'Asia/Kolkata' } });
    for (let time = 0; time < 3; time++) expect(await tell(alertJson())).toBe(204);
    expect(await tell(resolvedJson(), alertJson({ startsAt: '2026-03-02T20:15:00Z' }))).toBe(204);
    await until(() => events().length === 3, 'three points');
    const head = 'alert_event_hourly,alertname=SIP\\ server\\ error\\ ratio\\ high,host=sbc1';
    expect(hours()).toEqual([
      `${head},hour=15,instance=noc-1,service=sip,severity=critical,weekday=1 raised=1i 1772446500000`,
      `${head},hour=01,instance=noc-1,service=sip,severity=critical,weekday=2 raised=1i 1772482500000`,
    ]);
  });

  test('with alerts of one moment keeps each of them apart by hour, too', async () => {
    const { tell, hours } = await listening();
    const told = Array.from({ length: 20 }, (_, index) => alertJson({ fingerprint: `f${index}` }));
    expect(await tell(...told)).toBe(204);
    expect(await tell(...told)).toBe(204);
    await until(() => hours().length === 20, 'all points');
    expect(new Set(hours()).size).toBe(20);
  });

  test('gives tags a limit, and keeps the real values for those who are told', async () => {
    const { tell, events } = await listening();
    const alerts = Array.from({ length: 25 }, (_, index) =>
      alertJson({ fingerprint: `f${index}`, labels: { alertname: 'a', severity: `s${index}` } }),
    );
    expect(await tell(...alerts)).toBe(204);
    await until(() => events().length === 25, 'all points');
    expect(events().filter((line) => line.includes('severity=__other__'))).toHaveLength(5);
  });
});

test('a label nested 100,000 times is taken as an empty one', async () => {
  const { post, events } = await listening();
  const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const alert = `{"status": "firing", "labels": {"a": ${nested}}, "startsAt": "2026-03-02T10:15:00Z", "x": ${nested}}`;
  expect(await post(`{"status": "firing", "alerts": [${alert}]}`)).toBe(204);
  await until(() => events().length === 1, 'the point');
});

describe('a request', () => {
  test.each([
    ['without Authorization', {}],
    ['with another token', { authorization: `Bearer ${token}x` }],
    ['with an empty token', { authorization: 'Bearer ' }],
    ['with another scheme', { authorization: `Basic ${token}` }],
  ])('%s is answered with 401, without a word and without being read', async (_, headers) => {
    const { url, events, log } = await listening();
    const response = await fetch(url, { method: 'POST', headers, body: '{"not": "json' });
    expect(response.status).toBe(401);
    expect(await response.text()).toBe('');
    expect(JSON.stringify(log)).not.toContain(token);
    expect(events()).toEqual([]);
  });

  test.each([
    ['no JSON', '{"status": "firing"', 400],
    ['no UTF-8', Uint8Array.from([0x7b, 0xff, 0x7d]), 400],
    ['nothing', '', 400],
    ['another shape', [], 400],
    ['no alerts', { status: 'firing' }, 400],
    [
      'an alert without labels',
      { status: 'firing', alerts: [{ status: 'firing', startsAt: '2026-01-01T00:00:00Z' }] },
      400,
    ],
    ['an unknown status', bodyJson([alertJson({ status: 'burning' })]), 400],
    ['no time', bodyJson([alertJson({ startsAt: 'yesterday' })]), 400],
    ['a time of year 1', bodyJson([alertJson({ startsAt: '0001-01-01T00:00:00Z' })]), 400],
    ['one wrong alert among right ones', bodyJson([alertJson(), alertJson({ startsAt: 7 })]), 400],
    ['deep nesting', '['.repeat(200_000), 400],
    ['no alerts in the list', bodyJson([]), 204],
    ['a list nested 100,000 times', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400],
  ])('with %s is answered, and nothing of a wrong one is kept', async (_, body, status) => {
    const { post, get } = await listening();
    expect(await post(body)).toBe(status);
    const { text } = await get('/metrics', { authorization: `Bearer ${token}` });
    expect(text).toContain('switchboard_listen_alerts_total 0\n');
  });

  test('of 3 MB is answered with 413, whether it says its size or not', async () => {
    const { url, post } = await listening();
    const large = JSON.stringify(bodyJson([alertJson({ annotations: { summary: 'x'.repeat(3_000_000) } })]));
    expect(await post(large)).toBe(413);
    const stream = new Blob([large]).stream();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: stream, duplex: 'half' } as RequestInit);
    expect(response.status).toBe(413);
    // The receiver goes on as before.
    expect(await post(bodyJson())).toBe(204);
  });

  test('of almost 2 MB is taken', async () => {
    const { post } = await listening();
    expect(await post(bodyJson([alertJson({ valueString: 'x'.repeat(2_000_000) })]))).toBe(204);
  });

  test.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('with content %s %o is answered with 415', async (type, more) => {
    const { post } = await listening();
    expect(await post('{}', { authorization: `Bearer ${token}`, 'content-type': type, ...more })).toBe(415);
  });

  test('elsewhere, or with another method, is refused, and only after authentication', async () => {
    const { url, get } = await listening();
    const headers = { authorization: `bearer ${token}` };
    expect((await get('/metrics')).status).toBe(401);
    expect((await get('/')).status).toBe(401);
    expect((await get('/', headers)).status).toBe(404);
    expect((await get('/v1/grafana', headers)).status).toBe(405);
    const put = { ...headers, 'content-type': 'application/json; charset=utf-8' };
    expect((await fetch(url, { method: 'PUT', headers: put, body: JSON.stringify(bodyJson()) })).status).toBe(204);
  });

  test('that breaks off leaves nothing behind', async () => {
    const { url, post, events } = await listening();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /v1/grafana HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\n\r\n{"`,
    );
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
    expect(await post(bodyJson())).toBe(204);
    await until(() => events().length === 1, 'the point');
  });

  test('is refused in the log once a minute, however often it comes', async () => {
    const { post, log } = await listening();
    for (let time = 0; time < 20; time++) await post('{', { authorization: 'Bearer no' });
    expect(log.filter(({ message }) => message === 'a request was refused')).toHaveLength(1);
  });
});

describe('an account (Basic)', () => {
  test('lets in who has it', async () => {
    const { post } = await listening({ listen: { username: 'grafana', password: 'päss:word 1' } });
    const basic = (text: string) => ({
      authorization: `Basic ${Buffer.from(text).toString('base64')}`,
      'content-type': 'application/json',
    });
    expect(await post(bodyJson(), basic('grafana:päss:word 1'))).toBe(204);
    expect(await post(bodyJson(), basic('grafana:päss:word 2'))).toBe(401);
    expect(await post(bodyJson(), basic('grafan:päss:word 1'))).toBe(401);
    expect(await post(bodyJson(), { authorization: 'Bearer grafana:päss:word'.replace('ä', 'a') })).toBe(401);
  });
});

describe('a signature (HMAC)', () => {
  const secret = 'sb_hmac_secret';
  const json = { 'content-type': 'application/json' };
  const sign = (text: string): string => createHmac('sha256', secret).update(text).digest('hex');

  test('over the body is asked for', async () => {
    const { post, log } = await listening({ listen: { hmac: { secret } } });
    const body = JSON.stringify(bodyJson());
    expect(await post(body, { ...json, 'x-grafana-alerting-signature': sign(body) })).toBe(204);
    expect(await post(`${body} `, { ...json, 'x-grafana-alerting-signature': sign(body) })).toBe(401);
    expect(await post(body, { ...json, 'x-grafana-alerting-signature': sign(body).slice(0, -1) })).toBe(401);
    expect(await post(body, json)).toBe(401);
    expect(JSON.stringify(log)).not.toContain(secret);
  });

  test('with a time is refused when it is older or newer than five minutes', async () => {
    const now = Date.UTC(2026, 2, 2, 10, 20);
    const clock = { now: () => now, monotonic: () => systemClock.monotonic() };
    const { post } = await listening({ clock, listen: { hmac: { secret, timestampHeader: 'X-Time' } } });
    const body = JSON.stringify(bodyJson());
    const at = (seconds: string) => ({
      ...json,
      'x-time': seconds,
      'x-grafana-alerting-signature': sign(`${seconds}:${body}`),
    });
    expect(await post(body, at(`${now / 1000}`))).toBe(204);
    expect(await post(body, at(`${now / 1000 - 300}`))).toBe(204);
    expect(await post(body, at(`${now / 1000 - 301}`))).toBe(401);
    expect(await post(body, at(`${now / 1000 + 301}`))).toBe(401);
    expect(await post(body, at('NaN'))).toBe(401);
    expect(await post(body, { ...at(`${now / 1000}`), 'x-time': `${now / 1000 - 1}` })).toBe(401);
    expect(await post(body, { ...json, 'x-grafana-alerting-signature': sign(body) })).toBe(401);
  });

  test('is asked for besides the token where both are configured', async () => {
    const { post } = await listening({ listen: { token, hmac: { secret } } });
    const body = JSON.stringify(bodyJson());
    const signed = { ...json, 'x-grafana-alerting-signature': sign(body) };
    expect(await post(body, signed)).toBe(401);
    expect(await post(body, { ...json, authorization: `Bearer ${token}` })).toBe(401);
    expect(await post(body, { ...signed, authorization: `Bearer ${token}` })).toBe(204);
  });
});

describe('while the output is away', () => {
  test('alerts are taken, and their points arrive later, once', async () => {
    const output = new MemoryOutput(() => 'retry');
    const { tell, events, log } = await listening({ output });
    expect(await tell(alertJson())).toBe(204);
    expect(await tell(resolvedJson())).toBe(204);
    await until(() => output.attempts > 2, 'some attempts');
    expect(events()).toEqual([]);
    output.answer = () => 'accept';
    await until(() => events().length === 2, 'the points');
    expect(events()).toEqual([firingPoint, resolvedPoint]);
    expect(log.filter(({ message }) => message.startsWith('an output is away'))).toHaveLength(1);
    expect(log.filter(({ message }) => message === 'an output is back')).toHaveLength(1);
  });
});

describe('health', () => {
  test('is open to everybody, and says nothing but whether it can work', async () => {
    const { get, folder, post, events, log } = await listening();
    expect(await get('/healthz')).toEqual({ status: 200, text: 'ok\n' });
    expect(await get('/readyz')).toEqual({ status: 200, text: 'ready\n' });
    const state = join(folder, 'state', 'listen');
    rmSync(state, { recursive: true });
    // A file in its place, since root may write into any folder.
    writeFileSync(state, '');
    await until(async () => (await get('/readyz')).status === 503, 'not ready');
    expect((await get('/healthz')).status).toBe(200);
    // What cannot be kept is not said to be kept.
    expect(await post(bodyJson())).toBe(503);
    expect(await post(bodyJson())).toBe(503);
    expect(log.filter(({ message }) => message.startsWith('alerts cannot be kept'))).toHaveLength(1);
    rmSync(state);
    expect(await post(bodyJson())).toBe(204);
    expect(log.filter(({ message }) => message === 'alerts can be kept again')).toHaveLength(1);
    await until(() => events().length === 1, 'the point');
  });

  test('counts the open alerts into a gauge, with the age of the oldest', async () => {
    const first = await startListening();
    await first.tell(alertJson({ fingerprint: 'a' }), alertJson({ fingerprint: 'b' }));
    await first.stop();
    const { output } = await listening({ folder: first.folder });
    const state = await until(() => output.lines.find((line) => line.startsWith('alert_state')), 'the gauge');
    const [, oldest, timeMs] = /^alert_state,instance=noc-1 firing=2i,oldest_s=(\S+) (\d{13})$/.exec(state ?? '') ?? [];
    expect(Number(timeMs) - 1000 * Number(oldest)).toBeCloseTo(Date.parse('2026-03-02T10:15:00Z'), 0);
  });
});
