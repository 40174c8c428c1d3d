// Mail: what is said to a server, what becomes of its answers, and what no alert can make of a message.
import { afterEach, describe, expect, test } from 'vitest';
import { entryOf } from '../../src/alerts/entry.ts';
import { smtpForward } from '../../src/alerts/forward-smtp.ts';
import { mailMessage } from '../../src/alerts/mail-message.ts';
import { readNotification } from '../../src/alerts/notification.ts';
import { listenSchema } from '../../src/alerts/options.ts';
import type { ForwardOf } from '../../src/alerts/options.ts';
import { silentLog } from '../../src/model/log.ts';
import { alertJson, bodyJson } from './grafana-body.ts';
import type { Json } from './grafana-body.ts';
import { startSmtpServer } from './smtp-server.ts';
import type { SmtpBehaviour, SmtpServer } from './smtp-server.ts';

const servers: SmtpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(behaviour: SmtpBehaviour = {}): Promise<SmtpServer> {
  const server = await startSmtpServer(behaviour);
  servers.push(server);
  return server;
}

function options(changes: Json): ForwardOf<'smtp'> {
  const base = { type: 'smtp', host: '127.0.0.1', security: 'none', from: 'sb@noc.example', to: ['a@noc.example'] };
  const parsed = listenSchema.parse({ token: 'sb_token_1', forward: [{ ...base, ...changes }] });
  return parsed.forward[0] as ForwardOf<'smtp'>;
}

function entry(changes: Json = {}) {
  const read = readNotification(Buffer.from(JSON.stringify(bodyJson([alertJson(changes)]))));
  if ('fault' in read) throw new Error(read.fault);
  return entryOf(read.alerts[0]!, Date.UTC(2026, 2, 2, 10, 16), { tags: [], timeMs: 0 });
}

function forward(server: SmtpServer, changes: Json = {}, alert = entry()) {
  return smtpForward(options({ port: server.port, ...changes }), silentLog)(alert, new AbortController().signal);
}

/** The headers of a message, unfolded, and its decoded body. */
function parsed(message: string): { headers: Map<string, string>; body: string } {
  const end = message.indexOf('\r\n\r\n');
  const lines = message.slice(0, end).replace(/\r\n /g, ' ').split('\r\n');
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  return { headers, body: Buffer.from(message.slice(end + 4), 'base64').toString('utf8') };
}

function decodedWords(text: string): string {
  return text
    .split(' ')
    .map((word) => Buffer.from(/^=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=$/.exec(word)?.[1] ?? '!', 'base64').toString('utf8'))
    .join('');
}

describe('a mail', () => {
  test('is given to the server with all its receivers', async () => {
    const server = await start();
    expect(await forward(server, { to: ['a@noc.example', 'b+pager@noc.example'] })).toEqual({ kind: 'done' });
    expect(server.commands.slice(1, 5)).toEqual([
      'MAIL FROM:<sb@noc.example>',
      'RCPT TO:<a@noc.example>',
      'RCPT TO:<b+pager@noc.example>',
      'DATA',
    ]);
    const { headers, body } = parsed(server.messages[0] ?? '');
    expect([...headers.keys()]).toEqual([
      'From',
      'To',
      'Subject',
      'Date',
      'Message-ID',
      'MIME-Version',
      'Content-Type',
      'Content-Transfer-Encoding',
      'Auto-Submitted',
    ]);
    expect(headers.get('To')).toBe('a@noc.example, b+pager@noc.example');
    expect(headers.get('Date')).toBe('Mon, 02 Mar 2026 10:16:00 +0000');
    expect(decodedWords(headers.get('Subject') ?? '')).toBe(
      '[FIRING] SIP server error ratio high on sbc1: 7.5 % of INVITEs fail with 5xx on sbc1',
    );
    expect(body).toContain('severity: critical\r\n');
    expect(body).toContain('since: 2026-03-02T10:15:00.000Z\r\n');
  });

  test.each([
    ['a header', 'x\r\nBcc: evil@example.org'],
    ['an end of the message', 'x\r\n.\r\nMAIL FROM:<evil@example.org>'],
    ['a bare line feed', 'x\n.\nRCPT TO:<evil@example.org>'],
    ['encoded words', '=?UTF-8?Q?=0D=0ABcc:_evil?= é'],
    ['much text of several bytes each', '😀'.repeat(3000)],
  ])('cannot be given %s by an alert', (_, text) => {
    const labels = { alertname: text, host: text, severity: text, [text]: text };
    const message = mailMessage(
      entry({ labels, annotations: { summary: text, description: text }, fingerprint: text }),
      {
        from: 'sb@noc.example',
        to: ['a@noc.example'],
      },
    );
    expect(message.replace(/\r\n/g, '')).not.toMatch(/[\r\n\0]|[^\x20-\x7e]/);
    expect(message.split('\r\n').every((line) => line.length <= 78 && !line.startsWith('.'))).toBe(true);
    const { headers, body } = parsed(message);
    expect(headers.size).toBe(9);
    expect(decodedWords(headers.get('Subject') ?? '')).toMatch(/^\[FIRING\] /);
    expect(body).toContain(text.slice(0, 20).replace(/\r?\n/g, '\r\n'));
  });

  test('of one change has the same id each time', () => {
    const id = (message: string) => parsed(message).headers.get('Message-ID');
    const envelope = { from: 'sb@noc.example', to: ['a@noc.example'] };
    expect(id(mailMessage(entry(), envelope))).toBe(id(mailMessage(entry(), envelope)));
    expect(id(mailMessage(entry(), envelope))).not.toBe(id(mailMessage(entry({ fingerprint: 'b' }), envelope)));
  });
});

describe('the answer of the server', () => {
  test.each<[string, string, string, object]>([
    ['4xx to the sender', 'MAIL', '451 later', { kind: 'retry', needsHuman: false }],
    ['5xx to the sender', 'MAIL', '550 no', { kind: 'refused', reason: 'MAIL: 550 no' }],
    ['4xx to a receiver', 'RCPT TO:<b', '450 greylisted', { kind: 'retry', needsHuman: false }],
    ['5xx to the message', 'message', '554-no\r\n554 spam', { kind: 'refused', reason: 'message: 554 no spam' }],
    ['4xx to the message', 'message', '452 full', { kind: 'retry' }],
    ['5xx to EHLO', 'EHLO', '500 what', { kind: 'retry', needsHuman: true }],
    ['no SMTP', 'EHLO', '250-'.padEnd(70_000, 'x'), { kind: 'retry', reason: 'the answer is too long' }],
  ])('%s decides', async (_, command, reply, result) => {
    const server = await start({ reply: (text) => (text.startsWith(command) ? reply : undefined) });
    expect(await forward(server, { to: ['a@noc.example', 'b@noc.example'] })).toMatchObject(result);
  });

  test('5xx to one of several receivers does not keep the mail from the others', async () => {
    const server = await start({ reply: (text) => (text.startsWith('RCPT TO:<b') ? '550 gone' : undefined) });
    expect(await forward(server, { to: ['a@noc.example', 'b@noc.example'] })).toEqual({ kind: 'done' });
    expect(await forward(server, { to: ['b@noc.example'] })).toEqual({
      kind: 'refused',
      reason: 'RCPT b@noc.example: 550 gone',
    });
    expect(server.messages).toHaveLength(1);
  });

  test('that does not come is not waited for beyond the limit', async () => {
    const server = await start({ reply: () => '250-and' });
    expect(await forward(server, { timeoutSeconds: 1 })).toMatchObject({ kind: 'retry', reason: 'not done in time' });
  });

  test('is not needed when there is no server', async () => {
    const server = await start();
    await server.close();
    expect(await forward(server)).toMatchObject({ kind: 'retry', needsHuman: false });
  });
});

describe('encryption', () => {
  test('that is not offered ends the conversation before anything of the alert is said', async () => {
    const server = await start({ extensions: ['AUTH PLAIN'] });
    const account = { security: 'starttls', username: 'sb', password: 'secret' };
    expect(await forward(server, account)).toMatchObject({ kind: 'retry', needsHuman: true });
    expect(server.commands.filter((line) => !/^(EHLO|QUIT)/.test(line))).toEqual([]);
  });

  test('with a certificate that nobody vouches for is not used', async () => {
    const server = await start({ extensions: ['STARTTLS'] });
    const result = await forward(server, { security: 'starttls' });
    expect(result).toMatchObject({ kind: 'retry' });
    expect('reason' in result && result.reason).toMatch(/self-signed|certificate/);
    expect(server.commands.some((line) => line.includes('MAIL'))).toBe(false);
  });

  test('does not take what was said before it for what comes after it', async () => {
    const server = await start({
      extensions: ['STARTTLS'],
      reply: (text) => (text === 'STARTTLS' ? '220 go on\r\n250 injected' : undefined),
    });
    expect(await forward(server, { security: 'starttls' })).toMatchObject({
      kind: 'retry',
      reason: 'the server sent more than its answer before the encryption',
    });
  });
});

describe('the configuration', () => {
  const base = { type: 'smtp', host: 'mail', from: 'sb@noc.example', to: ['a@noc.example'] };
  test.each([
    ['an address with a line feed', { to: ['a@noc.example\r\nRCPT TO:<x@y>'] }],
    ['an address with brackets', { from: 'Sb <sb@noc.example>' }],
    ['two addresses in one', { to: ['a@noc.example,b@noc.example'] }],
    ['a password without encryption', { security: 'none', username: 'a', password: 'b' }],
    ['a password without an account', { password: 'b' }],
  ])('refuses %s', (_, changes) => {
    const result = listenSchema.safeParse({ token: 'sb_token_1', forward: [{ ...base, ...changes }] });
    expect(result.success).toBe(false);
    expect(listenSchema.safeParse({ token: 'sb_token_1', forward: [base] }).success).toBe(true);
  });

  test.each([
    ['nobody who may send', {}],
    ['half an account', { username: 'grafana' }],
    ['a token and an account', { token: 'sb_token_1', username: 'a', password: 'sb_password' }],
    ['a token with a line feed', { token: 'sb_token_1\n' }],
    [
      'two ways of forwarding with one name',
      {
        token: 'sb_token_1',
        forward: [
          { type: 'command', command: ['a'] },
          { type: 'command', command: ['b'] },
        ],
      },
    ],
    ['an address with an account', { token: 'sb_token_1', forward: [{ type: 'webhook', url: 'http://a:b@c/' }] }],
    ['another scheme', { token: 'sb_token_1', forward: [{ type: 'webhook', url: 'file:///etc/passwd' }] }],
    ['an empty command', { token: 'sb_token_1', forward: [{ type: 'command', command: [''] }] }],
    ['an unknown key', { token: 'sb_token_1', tokn: 'x' }],
  ])('refuses %s', (_, section) => {
    expect(listenSchema.safeParse(section).success).toBe(false);
  });
});
