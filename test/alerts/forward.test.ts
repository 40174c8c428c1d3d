// Forwarding: who is told what, how it is tried again, and what is never let in.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { alertJson, resolvedJson } from './grafana-body.ts';
import type { Json } from './grafana-body.ts';
import { startListening, token } from './listening.ts';
import type { Listening, ListenSetup } from './listening.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function listening(forward: readonly Json[], setup: ListenSetup = {}): Promise<Listening> {
  const started = await startListening({ listen: { token, forward }, ...setup });
  closing.push(() => started.stop(0));
  return started;
}

/** A command of this Node that runs a script with the arguments after it. */
function script(text: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, '-e', text, ...args];
}

/** Appends standard input to the file that is its first argument, as one line. */
const append = `
  let text = '';
  process.stdin.on('data', (part) => (text += part)).on('end', () => require('fs').appendFileSync(process.argv[1], text));
`;

function linesOf(path: string): Json[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Json);
}

function letters({ folder }: Listening): Json[] {
  return linesOf(join(folder, 'state', 'listen', 'dead-letters', 'dead-letters.jsonl'));
}

describe('a command', () => {
  test('gets each change as JSON on standard input, in order', async () => {
    const out = join(temporaryFolder(), 'out');
    const { tell } = await listening([{ type: 'command', command: script(append, out) }]);
    await tell(alertJson());
    await tell(alertJson(), resolvedJson());
    await until(() => linesOf(out).length === 2, 'both');
    expect(linesOf(out)[0]).toMatchObject({
      key: 'c6eadffa33fcdf37|2026-03-02T10:15:00.000Z|firing',
      status: 'firing',
      alertname: 'SIP server error ratio high',
      severity: 'critical',
      host: 'sbc1',
      summary: '7.5 % of INVITEs fail with 5xx on sbc1',
      startsAt: '2026-03-02T10:15:00.000Z',
      endsAt: null,
      values: { B: 7.5, C: 1 },
    });
    expect(linesOf(out)[1]).toMatchObject({ status: 'resolved', durationSeconds: 300 });
  });

  test('never sees text of an alert as an argument, a command or a variable of its own, nor our secrets', async () => {
    const out = join(temporaryFolder(), 'out');
    const show = `
      require('fs').writeFileSync(process.argv[1] + '.part', JSON.stringify({ args: process.argv.slice(1), env: process.env }));
      require('fs').renameSync(process.argv[1] + '.part', process.argv[1]);
    `;
    const environment = { ...process.env, INFLUX_TOKEN: 'sb_secret' };
    const forward = [{ type: 'command', command: script(show, out, '$(touch x)', '; exit 1', '"\'') }];
    const { tell } = await listening(forward, { environment });
    const evil = '$(reboot) `id` "; rm -rf / #\n\u0000\u001b[31m';
    await tell(alertJson({ labels: { alertname: evil, host: evil, severity: evil, LD_PRELOAD: 'x' } }));
    await until(() => existsSync(out), 'the command');
    const { args, env } = JSON.parse(readFileSync(out, 'utf8')) as { args: string[]; env: Record<string, string> };
    expect(args).toEqual([out, '$(touch x)', '; exit 1', '"\'']);
    expect(env['SWITCHBOARD_ALERT_NAME']).toBe('$(reboot) `id` "; rm -rf / #\\x0a\\x00\\x1b[31m');
    expect(Object.keys(env)).not.toContain('LD_PRELOAD');
    expect(JSON.stringify(env)).not.toContain('sb_secret');
  });

  test('that fails is run again until it succeeds, and what it said is logged once', async () => {
    const folder = temporaryFolder();
    const [out, gate] = [join(folder, 'out'), join(folder, 'gate')];
    const text = `if (!require('fs').existsSync(process.argv[2])) { console.error('not yet\\u001b[2J'); process.exit(1); } ${append}`;
    const { tell, log, get } = await listening([{ type: 'command', command: script(text, out, gate) }]);
    await tell(alertJson());
    const retries = /target_retries_total\{target="forward command"\} [1-9]/;
    await until(
      async () => retries.test((await get('/metrics', { authorization: `Bearer ${token}` })).text),
      'a retry',
    );
    writeFileSync(gate, '');
    await until(() => linesOf(out).length === 1, 'the alert');
    const away = log.filter(({ message }) => message.startsWith('an output is away'));
    expect(away.map(({ facts }) => facts['reason'])).toEqual(['exit status 1: not yet\\x1b[2J']);
  });

  test('that says never (65) gets the next one, and the alert becomes a dead letter', async () => {
    const out = join(temporaryFolder(), 'out');
    const text = `
      let text = '';
      process.stdin.on('data', (part) => (text += part)).on('end', () => {
        if (JSON.parse(text).host === 'bad') process.exit(65);
        require('fs').appendFileSync(process.argv[1], text);
      });
    `;
    const started = await listening([{ type: 'command', name: 'page', command: script(text, out) }]);
    await started.tell(alertJson({ fingerprint: 'a', labels: { host: 'bad' } }), alertJson({ fingerprint: 'b' }));
    await until(() => linesOf(out).length === 1, 'the second one');
    expect(linesOf(out)[0]).toMatchObject({ fingerprint: 'b' });
    await until(() => letters(started).length === 1, 'the dead letter');
    expect(letters(started)[0]).toMatchObject({ source: 'alerts', output: 'forward page', reason: 'refused' });
    expect(JSON.parse(String(letters(started)[0]?.['line']))).toMatchObject({ fingerprint: 'a' });
  });

  test('that never succeeds is given up when the alert is too old', async () => {
    const forward = [{ type: 'command', giveUpAfterMinutes: 0, command: script('process.exit(3)') }];
    const started = await listening(forward);
    await started.tell(alertJson());
    await until(() => letters(started).length === 1, 'the dead letter');
    expect(letters(started)[0]?.['detail']).toBe('given up after 0 min: exit status 3');
  });

  test('that hangs is ended with everything it started, and one that does not exist is told', async () => {
    const pids = join(temporaryFolder(), 'pids');
    const hang = `
      const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      require('fs').writeFileSync(process.argv[1], String(child.pid));
      setInterval(() => {}, 1000);
    `;
    const started = await listening([
      { type: 'command', name: 'hangs', timeoutSeconds: 2, giveUpAfterMinutes: 0, command: script(hang, pids) },
      { type: 'command', name: 'absent', giveUpAfterMinutes: 0, command: ['/nonexistent/program'] },
    ]);
    await started.tell(alertJson());
    await until(() => letters(started).length === 2, 'both dead letters');
    const details = letters(started).map(({ detail }) => String(detail));
    expect(details.some((text) => text.includes('not done after 2 s'))).toBe(true);
    expect(details.some((text) => text.includes('cannot be run'))).toBe(true);
    if (existsSync(pids)) await until(() => !isAlive(Number(readFileSync(pids, 'utf8'))), 'the end of the grandchild');
  });

  test('is told only of the severities and states that were asked for', async () => {
    const out = join(temporaryFolder(), 'out');
    const forward = [{ type: 'command', severities: ['critical'], resolved: false, command: script(append, out) }];
    const { tell } = await listening(forward);
    await tell(alertJson({ fingerprint: 'a', labels: { severity: 'warning' } }), resolvedJson(), alertJson());
    await tell(alertJson({ fingerprint: 'last' }));
    await until(() => linesOf(out).length === 2, 'two');
    expect(linesOf(out).map(({ fingerprint }) => fingerprint)).toEqual(['c6eadffa33fcdf37', 'last']);
  });

  test('that was not told before a stop is told after the next start', async () => {
    const folder = temporaryFolder();
    const [out, gate] = [join(folder, 'out'), join(folder, 'gate')];
    const text = `if (!require('fs').existsSync(process.argv[2])) process.exit(1); ${append}`;
    const forward = [{ type: 'command', command: script(text, out, gate) }];
    const first = await startListening({ listen: { token, forward }, hasOutput: false });
    expect(await first.tell(alertJson(), resolvedJson())).toBe(204);
    await first.stop(0);
    expect(linesOf(out)).toEqual([]);
    writeFileSync(gate, '');
    await listening(forward, { folder: first.folder, hasOutput: false });
    await until(() => linesOf(out).length === 2, 'both');
    expect(linesOf(out).map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });
});

interface Request {
  readonly headers: IncomingHttpHeaders;
  readonly body: Json;
}

/** A server that answers what the test says. */
async function webhookServer(answer: (count: number, response: ServerResponse) => void) {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      requests.push({ headers: request.headers, body: JSON.parse(text) as Json });
      answer(requests.length, response);
      response.end('x'.repeat(1000));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

describe('a webhook', () => {
  test('gets the JSON with its token, again after 503, and once', async () => {
    const { requests, url } = await webhookServer((count, response) => {
      if (count === 1) response.writeHead(503);
    });
    const started = await listening([{ type: 'webhook', url, token: 'hook-token-1' }]);
    await started.tell(alertJson());
    await started.tell(resolvedJson());
    await until(() => requests.length === 3, 'three requests');
    expect(requests.map(({ body }) => body['status'])).toEqual(['firing', 'firing', 'resolved']);
    const [first, second] = requests;
    expect(first?.headers.authorization).toBe('Bearer hook-token-1');
    expect(first?.headers['idempotency-key']).toBe(second?.headers['idempotency-key']);
    expect(JSON.stringify(started.log)).not.toContain('hook-token-1');
  });

  test('that refuses one alert gets the next', async () => {
    const { requests, url } = await webhookServer((count, response) => {
      if (count === 1) response.writeHead(422);
    });
    const started = await listening([{ type: 'webhook', url }]);
    await started.tell(alertJson({ fingerprint: 'a' }), alertJson({ fingerprint: 'b' }));
    await until(() => requests.length === 2, 'two requests');
    await until(() => letters(started).length === 1, 'the dead letter');
    expect(letters(started)[0]?.['detail']).toBe('answered 422');
  });

  test('that redirects is not followed, and a human is asked for', async () => {
    const elsewhere = await webhookServer(() => undefined);
    const { url } = await webhookServer((_, response) => response.writeHead(307, { location: elsewhere.url }));
    const { tell, get } = await listening([{ type: 'webhook', url }]);
    await tell(alertJson());
    const failing = 'target_health{target="forward webhook"} 2';
    await until(
      async () => (await get('/metrics', { authorization: `Bearer ${token}` })).text.includes(failing),
      'the fault',
    );
    expect(elsewhere.requests).toEqual([]);
  });

  test('for Slack gets a text in which nothing is a command', async () => {
    const { requests, url } = await webhookServer(() => undefined);
    const { tell } = await listening([{ type: 'webhook', url, format: 'slack' }]);
    await tell(alertJson({ annotations: { summary: '<!channel> & <http://evil|click>' } }));
    await until(() => requests.length === 1, 'the request');
    expect(Object.keys(requests[0]?.body ?? {})).toEqual(['text']);
    expect(requests[0]?.body['text']).toMatch(
      /^\[FIRING\] SIP server error ratio high on sbc1: &lt;!channel&gt; &amp; &lt;http:\/\/evil\|click&gt;\n/,
    );
  });

  test('that is away holds up neither the store nor the others', async () => {
    const out = join(temporaryFolder(), 'out');
    const { tell, events } = await listening([
      { type: 'webhook', url: 'http://127.0.0.1:1/' },
      { type: 'command', command: script(append, out) },
    ]);
    expect(await tell(alertJson())).toBe(204);
    await until(() => linesOf(out).length === 1 && events().length === 1, 'the others');
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A killed process whose parent has gone may wait for somebody to look.
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
