// `npm run native-stack` with a real InfluxDB 1.x: what comes up, who may do what, how it ends, what is there again. Where
// Grafana is needed a stand-in takes its place, which is named so: it shows what Grafana is given, not what it does.
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { alertJson, bodyJson } from '../alerts/grafana-body.ts';
import { requireServer } from '../support/require-server.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { isAlive, standInGrafanaHome, startLimitMs, startStack } from './running-stack.ts';
import type { RunningStack } from './running-stack.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const influxd = requireServer('influxd');
const timeout = 3 * startLimitMs;

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Asks InfluxDB with an account; the status, and the numbers of the first row. */
async function ask(stack: RunningStack, query: string, authorization?: string): Promise<[number, number[]]> {
  const response = await fetch(`${stack.address('InfluxDB')}/query`, {
    method: 'POST',
    headers: authorization === undefined ? {} : { authorization },
    body: new URLSearchParams({ db: 'switchboard', q: query, epoch: 'ms' }),
  });
  const { results } = (await response.json()) as { results?: { error?: string; series?: { values: number[][] }[] }[] };
  const status = results?.[0]?.error === undefined ? response.status : 403;
  return [status, results?.[0]?.series?.[0]?.values[0] ?? []];
}

/** Runs `npm run stack:verify`. */
function verify(parameters: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, [join(root, 'scripts/stack-verify.mjs'), ...parameters], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
}

const reader = (stack: RunningStack): string => basic('switchboard-read', stack.secret('INFLUX_READ_PASSWORD'));

describe.skipIf(influxd === undefined)('the native stack with InfluxDB 1.x', () => {
  test('comes up, keeps its data over a second start, and shows it to Grafana', { timeout }, async () => {
    const first = startStack({ parameters: ['--no-grafana'] });
    const { data } = first;
    await first.untilUp();
    expect(first.stdout).toMatch(/^InfluxDB 1\.\d+\.\d+\S* \(.*influxd\) is at http:\/\/127\.0\.0\.1:/m);
    const counted = 'SELECT count("records"), sum("points") FROM "switchboard_pipeline"';
    const [status, [, reports = 0, points = 0]] = await ask(first, counted, reader(first));
    expect([status, reports > 0, points > 0]).toEqual([200, true, true]);

    const hasDenials = async (): Promise<boolean> =>
      ((await ask(first, 'SELECT sum("count") FROM "ecs_denial"', reader(first)))[1][1] ?? 0) > 0;
    await until(hasDenials, 'events of the demo in InfluxDB', startLimitMs);

    // Each account may do its own work only.
    expect((await ask(first, counted))[0]).toBe(401);
    expect((await ask(first, 'DROP MEASUREMENT "switchboard_pipeline"', reader(first)))[0]).toBe(403);
    const written = await fetch(`${first.address('InfluxDB')}/write?db=switchboard`, {
      method: 'POST',
      headers: { authorization: reader(first) },
      body: 'made_up value=1',
    });
    expect(written.status).toBe(403);
    expect(statSync(join(data, 'secrets.env')).mode & 0o777).toBe(0o600);
    expect(statSync(data).mode & 0o077).toBe(0);

    // An alert, as Grafana sends it, ends up in the database.
    const alert = await fetch(`${first.address('The alert receiver')}/v1/grafana`, {
      method: 'POST',
      headers: { authorization: `Bearer ${first.secret('SB_WEBHOOK_TOKEN')}`, 'content-type': 'application/json' },
      body: JSON.stringify(bodyJson([alertJson({ startsAt: new Date().toISOString() })])),
    });
    expect(alert.status).toBe(204);
    const alerts = 'SELECT count("raised") FROM "alert_event"';
    const stored = async (): Promise<boolean> => (await ask(first, alerts, reader(first)))[1][1] === 1;
    await until(stored, 'the alert in InfluxDB', 60_000);

    // Another one on the same data would destroy it.
    const other = await startStack({ data, parameters: ['--no-grafana'] }).ended;
    expect([other.status, other.stderr]).toEqual([1, expect.stringMatching(/runs on this folder already.*--data/)]);

    const children = first.children();
    expect(children).toHaveLength(4);
    expect((await first.end('SIGINT')).status).toBe(130);
    expect(children.filter(isAlive)).toEqual([]);
    const secrets = readFileSync(join(data, 'secrets.env'), 'utf8');

    // The second time with Grafana, which a stand-in plays: it passes the queries of all panels on to the database.
    const second = startStack({
      data,
      parameters: ['--verify'],
      environment: { GRAFANA_HOME: standInGrafanaHome(), GF_PATHS_DATA: '/nowhere', GF_LOG_LEVEL: 'warn' },
    });
    const ending = await second.ended;
    expect(ending.stderr).toBe('');
    const folder = join(root, 'dashboards');
    expect(ending.stdout).toContain('ok      data source: datasource is working.');
    expect(ending.stdout).toMatch(/^ok {6}dashboards: \d+ in their folders$/m);
    expect(ending.stdout).toMatch(/^ok {6}panel queries: \d+ answered/m);
    expect(ending.stdout).toMatch(/^ok {6}alert queries: \d+ answered/m);
    expect(ending.stdout).toContain('ok      alert receiver: takes the token');
    expect(ending.status).toBe(0);
    expect(readFileSync(join(data, 'secrets.env'), 'utf8')).toBe(secrets);

    const { parameters, environment, dataAtStart } = JSON.parse(
      readFileSync(join(data, 'grafana', 'stand-in.json'), 'utf8'),
    ) as { parameters: string[]; environment: Record<string, string>; dataAtStart: string[] };
    expect(parameters[0]).toBe('server');
    expect(parameters).toContain('--homepath');
    expect(dataAtStart).toEqual(expect.arrayContaining(['alert_event', 'ecs_denial', 'switchboard_pipeline']));
    expect(environment).toMatchObject({
      GF_SERVER_HTTP_ADDR: '127.0.0.1',
      GF_PATHS_PROVISIONING: join(root, 'provisioning'),
      GF_PATHS_DATA: join(data, 'grafana'),
      GF_LOG_LEVEL: 'warn',
      DASHBOARDS_DIR: folder,
      INFLUX_AUTH_SCHEME: 'Basic',
    });
    expect(environment['GF_SECURITY_ADMIN_PASSWORD']).toBe(second.secret('GRAFANA_ADMIN_PASSWORD'));
    expect(Object.keys(environment)).not.toContain('INFLUX_ADMIN_PASSWORD');
    expect(statSync(join(data, 'grafana.env')).mode & 0o777).toBe(0o600);

    // Without its secrets the data cannot be used, and nothing is overwritten.
    rmSync(join(data, 'secrets.env'));
    const third = await startStack({ data, parameters: ['--no-grafana'] }).ended;
    expect([third.status, third.stderr]).toEqual([1, expect.stringContaining('was made with other secrets')]);
  });

  test('has a Grafana that can be verified, and ends everything when one program ends', { timeout }, async () => {
    const stack = startStack({ environment: { GRAFANA_HOME: standInGrafanaHome() } });
    await stack.untilUp();
    expect(stack.stdout).toContain(`password: GRAFANA_ADMIN_PASSWORD in ${join(stack.data, 'secrets.env')}`);
    const url = stack.address('Grafana');
    const good = verify(['--url', url, '--file', join(stack.data, 'secrets.env')]);
    expect([good.status, good.stderr]).toEqual([0, '']);
    expect(good.stdout).toMatch(/^ok {6}panel queries: \d+ answered/m);
    const wrong = verify(['--url', url], { GRAFANA_ADMIN_PASSWORD: 'sb_wrong' });
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toMatch(/^FAILED {2}data source: Grafana refuses user admin.*\n$/);

    const children = stack.children();
    expect(children).toHaveLength(5);
    const influxdPid = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('influxdb.conf'));
    process.kill(influxdPid ?? 0, 'SIGKILL');
    const { status, stderr } = await stack.ended;
    expect(status).toBe(1);
    expect(stderr).toContain(`influxdb ended (SIGKILL); its log is ${join(stack.data, 'logs', 'influxdb.log')}`);
    expect(children.filter(isAlive)).toEqual([]);
    const away = verify(['--url', url], { GRAFANA_ADMIN_PASSWORD: 'sb_any' });
    expect([away.status, away.stderr]).toEqual([1, expect.stringContaining(`${url} does not answer`)]);
  });

  test('says that a port is taken before it starts anything', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const stack = startStack({ parameters: ['--no-grafana', '--influx-port', String(port)] });
    const { status, stderr } = await stack.ended;
    server.close();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^switchboard: port \d+ for InfluxDB is taken by another program: .*--influx-port$/m);
  });
});

describe('npm run native-stack', () => {
  test('says what is no InfluxDB, and what to install or set when there is no Grafana', async () => {
    const home = temporaryFolder();
    const { status, stderr } = await startStack({ environment: { GRAFANA_HOME: home, INFLUXD: process.execPath } })
      .ended;
    expect(status).toBe(1);
    // Node says its own version, which is no InfluxDB.
    expect(stderr).toContain('neither InfluxDB 1.x nor 2.x');
    const folder = temporaryFolder();
    const path = join(folder, 'influxd');
    writeFileSync(path, '#!/bin/sh\necho "InfluxDB v1.8.10 (git: 1.8 688e697c51fd)"\n', { mode: 0o755 });
    const without = await startStack({ environment: { GRAFANA_HOME: home, INFLUXD: path } }).ended;
    expect(without.status).toBe(1);
    for (const part of [`GRAFANA_HOME (${join(home, 'bin')})`, 'Install the package grafana', '--no-grafana']) {
      expect(without.stderr).toContain(part);
    }
    mkdirSync(join(home, 'bin'));
    writeFileSync(join(home, 'bin', 'grafana'), '#!/bin/sh\n', { mode: 0o755 });
    const homeless = await startStack({ environment: { GRAFANA_HOME: home, INFLUXD: path } }).ended;
    expect([homeless.status, homeless.stderr]).toEqual([1, expect.stringContaining('conf/defaults.ini')]);
  });

  test.each([
    [['--bogus'], "Unknown option '--bogus'"],
    [['--grafana-port', '70000'], '--grafana-port 70000 is no port'],
    [['--verify', '--no-grafana'], 'leave out --no-grafana'],
    [['--data', ''], '--data needs a folder'],
  ])('refuses %j', async (parameters, message) => {
    const { status, stderr } = await startStack({ parameters }).ended;
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).toContain('--help');
  });

  test('has a help text with every option', async () => {
    const { status, stdout } = await startStack({ parameters: ['--help'] }).ended;
    expect(status).toBe(0);
    for (const name of ['data', 'influx-port', 'grafana-port', 'receiver-port', 'no-grafana', 'verify']) {
      expect(stdout).toContain(`--${name} `);
    }
  });
});
