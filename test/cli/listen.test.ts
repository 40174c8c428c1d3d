// The alert receiver as a process: signals, kill -9, a real InfluxDB, encryption. The program is the built one.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { alertJson, bodyJson, resolvedJson } from '../alerts/grafana-body.ts';
import type { Json } from '../alerts/grafana-body.ts';
import { certificatePath, startSmtpServer } from '../alerts/smtp-server.ts';
import { hasInfluxd, startInfluxd } from '../support/influxd.ts';
import { runProgram, startProgram } from '../support/program.ts';
import type { RunningProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { startWriteProxy } from '../support/write-proxy.ts';

const token = 'sb_webhook_token_1';

interface Started {
  readonly program: RunningProgram;
  /** Sends alerts; gives the status, or undefined when the receiver went away meanwhile. */
  tell(...alerts: readonly Json[]): Promise<number | undefined>;
}

/** Writes a configuration; the port is free. */
function configure(folder: string, changes: Json = {}, listen: Json = {}): string {
  const config = join(folder, 'sb.yaml');
  const values = { instance: 't', ...changes, listen: { port: 0, token: '${SB_WEBHOOK_TOKEN}', ...listen } };
  writeFileSync(config, JSON.stringify(values));
  return config;
}

async function start(config: string, environment: Readonly<Record<string, string>> = {}): Promise<Started> {
  const program = startProgram(['listen', '--config', config], {
    environment: { SB_WEBHOOK_TOKEN: token, ...environment },
  });
  const url = await until(
    () => {
      if (program.child.exitCode !== null) throw new Error(program.stderr);
      return /"url":"(http:[^"]+)"/.exec(program.stderr)?.[1];
    },
    'the receiver',
    50_000,
  );
  return {
    program,
    tell: async (...alerts) => {
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(bodyJson(alerts)),
        });
        await response.arrayBuffer();
        return response.status;
      } catch {
        return undefined;
      }
    },
  };
}

function eventsOf(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('alert_event,'));
}

/** A command that appends what it is told to a file. */
function appendTo(path: string): readonly string[] {
  const script =
    "let text = ''; process.stdin.on('data', (part) => (text += part))" +
    ".on('end', () => require('fs').appendFileSync(process.argv[1], text));";
  return [process.execPath, '-e', script, path];
}

describe('listen', () => {
  test('takes alerts without any source, says where, and ends with 0 at SIGTERM', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'out');
    const forward = [{ type: 'command', command: appendTo(out) }];
    const { program, tell } = await start(configure(folder, {}, { forward }));
    expect(await tell(alertJson())).toBe(204);
    await until(() => existsSync(out) && readFileSync(out, 'utf8').endsWith('}\n'), 'the alert');
    program.child.kill('SIGTERM');
    const { status, stdout, stderr } = await program.ended;
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Alerts are received at http:\/\/127\.0\.0\.1:\d+\/v1\/grafana\n$/);
    expect(stderr).toContain('"message":"stopped"');
    expect(stderr).not.toContain(token);
  });

  test('ends with 130 at Ctrl-C and delivers on its way out', async () => {
    const { program, tell } = await start(configure(temporaryFolder(), { outputs: { stdout: {} } }));
    expect(await tell(alertJson(), resolvedJson())).toBe(204);
    program.child.kill('SIGINT');
    const { status, stdout } = await program.ended;
    expect(status).toBe(130);
    expect(eventsOf(stdout)).toHaveLength(2);
  });

  test('keeps every alert that was answered with 204 over kill -9 at any moment', { timeout: 240_000 }, async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'out');
    const config = configure(
      folder,
      { outputs: { stdout: {} } },
      { forward: [{ type: 'command', command: appendTo(out) }] },
    );
    const all: Json[] = [];
    const taken = new Set<string>();
    let printed = '';
    for (let round = 0; round < 3; round++) {
      const { program, tell } = await start(config);
      const alerts = Array.from({ length: 10 }, (_, index) => alertJson({ fingerprint: `r${round}i${index}` }));
      all.push(...alerts);
      let answers = 0;
      await Promise.all(
        alerts.map(async (alert) => {
          if ((await tell(alert)) !== 204) return;
          taken.add(String(alert['fingerprint']));
          // Some are answered, some are being written, some were not read.
          if (++answers === 3 * round + 1) program.child.kill('SIGKILL');
        }),
      );
      program.child.kill('SIGKILL');
      printed += (await program.ended).stdout;
    }
    // Grafana sends again what was not answered, and what fires still.
    const last = await start(config);
    for (const alert of all) expect(await last.tell(alert)).toBe(204);
    const told = () => new Set([...readFileSync(out, 'utf8').matchAll(/"fingerprint":"(\w+)"/g)].map(([, id]) => id));
    await until(() => existsSync(out) && told().size === all.length, 'all of them told', 120_000);
    const points = () => eventsOf(printed + last.program.stdout);
    const stored = () => new Set(points().map((line) => /fingerprint="(\w+)"/.exec(line)?.[1]));
    await until(() => stored().size === all.length, 'all of them stored');
    last.program.child.kill('SIGTERM');
    expect((await last.program.ended).status).toBe(0);
    expect([...taken].filter((fingerprint) => !stored().has(fingerprint))).toEqual([]);
    expect(taken.size).toBeGreaterThan(0);
    // Sent twice at most as the very same point: a store keeps one of each.
    expect(new Set(points()).size).toBe(all.length);
  });

  test.skipIf(!hasInfluxd)('answers 204 while InfluxDB is down, and the points arrive later', async () => {
    const influxd = await startInfluxd();
    const proxy = await startWriteProxy(influxd.url);
    try {
      proxy.behave('refuse');
      const { program, tell } = await start(
        configure(temporaryFolder(), { outputs: { influx: { url: proxy.url, database: 'alerts' } } }),
      );
      expect(await tell(alertJson())).toBe(204);
      await until(() => program.stderr.includes('an output is away'), 'an attempt');
      proxy.behave('pass');
      const raised = 'SELECT sum(raised) FROM alert_event';
      await until(async () => (await influxd.number(raised, 'alerts')) === 1, 'the point', 50_000);
      expect(await tell(alertJson(), resolvedJson())).toBe(204);
      const duration = 'SELECT last(duration_s) FROM alert_event WHERE "status" = \'resolved\'';
      await until(async () => (await influxd.number(duration, 'alerts')) === 300, 'the end', 50_000);
      expect(await influxd.number(raised, 'alerts')).toBe(1);
      program.child.kill('SIGTERM');
      expect((await program.ended).status).toBe(0);
    } finally {
      await proxy.close();
      await influxd.stop();
    }
  });

  test.each([['PLAIN'], ['LOGIN']])('sends mail over STARTTLS with AUTH %s', async (mechanism) => {
    const server = await startSmtpServer({ extensions: ['STARTTLS', `AUTH ${mechanism}`] });
    const mail = { type: 'smtp', host: 'localhost', port: server.port, from: 'sb@noc.example', to: ['a@noc.example'] };
    const forward = [{ ...mail, username: 'sb', password: '${MAIL_PASSWORD}' }];
    const config = configure(temporaryFolder(), {}, { forward });
    const environment = { NODE_EXTRA_CA_CERTS: certificatePath, MAIL_PASSWORD: 'mail-secret-1' };
    const { program, tell } = await start(config, environment);
    try {
      expect(await tell(alertJson())).toBe(204);
      await until(() => server.messages.length === 1, 'the mail', 50_000);
      const encrypted = server.commands.filter((line) => line.startsWith('TLS '));
      const secret = (text: string) => Buffer.from(text).toString('base64');
      const login =
        mechanism === 'PLAIN'
          ? [`TLS AUTH PLAIN ${secret('\0sb\0mail-secret-1')}`]
          : ['TLS AUTH LOGIN', `TLS ${secret('sb')}`, `TLS ${secret('mail-secret-1')}`];
      expect(encrypted.slice(1, 1 + login.length)).toEqual(login);
      expect(server.commands.filter((line) => !line.startsWith('TLS ')).map((line) => line.split(' ')[0])).toEqual([
        'EHLO',
        'STARTTLS',
      ]);
      program.child.kill('SIGTERM');
      const { status, stderr } = await program.ended;
      expect(status).toBe(0);
      expect(stderr).not.toContain('mail-secret-1');
    } finally {
      program.child.kill('SIGKILL');
      await server.close();
    }
  });
});

test('listen sends mail over TLS, and trusts no certificate of another name', async () => {
  const server = await startSmtpServer({ isTls: true });
  // The certificate does not have this address.
  const other = await startSmtpServer({ isTls: true, address: '127.0.0.2' });
  const mail = { type: 'smtp', security: 'tls', from: 'sb@noc.example', to: ['a@noc.example'] };
  const forward = [
    { ...mail, name: 'right', host: 'localhost', port: server.port },
    { ...mail, name: 'wrong', host: '127.0.0.2', port: other.port, giveUpAfterMinutes: 0 },
  ];
  const folder = temporaryFolder();
  const { program, tell } = await start(configure(folder, {}, { forward }), { NODE_EXTRA_CA_CERTS: certificatePath });
  try {
    expect(await tell(alertJson())).toBe(204);
    await until(() => server.messages.length === 1, 'the mail', 50_000);
    await until(() => program.stderr.includes('are dead letters now'), 'the end of the other one', 50_000);
    expect(program.stderr).toMatch(/forward wrong.{0,200}(?:does not match|not in the cert)/);
    program.child.kill('SIGTERM');
    expect((await program.ended).status).toBe(0);
    expect(other.messages).toEqual([]);
  } finally {
    program.child.kill('SIGKILL');
    await server.close();
    await other.close();
  }
});

describe('the configuration of a receiver', () => {
  const environment = { SB_WEBHOOK_TOKEN: token };
  const outputs = { stdout: {} };

  test('is checked like any other, and shows no secrets', async () => {
    const folder = temporaryFolder();
    const good = await runProgram(['check', '--config', configure(folder, { outputs }, { timezone: 'Asia/Tokyo' })], {
      environment,
    });
    expect(good).toMatchObject({ status: 0 });
    expect(good.stdout).toContain('\nalert receiver: listens at 127.0.0.1 port 0, zone Asia/Tokyo, to stdout\n');
    const bad = configure(folder, { outputs }, { prot: 1, outputs: ['nowhere'] });
    const { status, stderr } = await runProgram(['listen', '--config', bad], {
      environment: { SB_WEBHOOK_TOKEN: 'a secret with blanks' },
    });
    expect(status).toBe(2);
    expect(stderr).toContain('listen.prot: unknown key "prot"; did you mean port?');
    expect(stderr).toContain('listen.token: found a secret text (not shown)');
    expect(stderr).not.toContain('blanks: ');
    expect(stderr).not.toContain('a secret with');
  });

  test('names outputs that exist', async () => {
    const config = configure(temporaryFolder(), { outputs }, { outputs: ['stdot'] });
    const { status, stderr } = await runProgram(['listen', '--config', config], { environment });
    expect(status).toBe(2);
    expect(stderr).toContain('listen.outputs[0]: there is no output "stdot"; did you mean stdout?');
  });

  test.each([
    ['listen', { sources: [{ family: 'ecs', host: 'a', paths: ['x'] }] }, /has no section "listen"/],
    ['listen', { listen: { token } }, /names neither outputs nor listen\.forward/],
    ['export', { outputs, listen: { token } }, /names no sources: it is for the alert receiver/],
  ])('%s without what it needs is wrong use', async (command, values, message) => {
    const config = join(temporaryFolder(), 'sb.yaml');
    appendFileSync(config, JSON.stringify(values));
    const { status, stderr } = await runProgram([command, '--config', config], { environment });
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('with an address that is taken is told so', async () => {
    const folder = temporaryFolder();
    const { program } = await start(configure(folder, { outputs }));
    const port = Number(/:(\d+)\/v1/.exec(program.stderr)?.[1]);
    const second = configure(folder, { outputs, stateDir: './other' }, { port });
    const { status, stderr } = await runProgram(['listen', '--config', second], { environment });
    expect(status).toBe(2);
    expect(stderr).toContain(`alerts cannot be received at 127.0.0.1 port ${port}: another program listens there`);
    program.child.kill('SIGTERM');
    expect((await program.ended).status).toBe(0);
  });
});
