// `npm run native-stack` with stand-ins for InfluxDB 2.x and Grafana: set-up, tokens with the least rights, what is kept,
// and the messages of a failed verification. The stand-in for InfluxDB holds to the documented protocol.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { standInGrafanaHome, standInInfluxd2, startLimitMs, startStack } from './running-stack.ts';

const timeout = 3 * startLimitMs;

interface Stored {
  readonly bucket: { readonly name: string };
  readonly mappings: readonly { readonly database: string; readonly default: boolean }[];
  readonly authorizations: readonly { readonly token: string; readonly action: string }[];
  readonly lines: readonly string[];
}

test('sets InfluxDB 2 up once, and tells what is wrong with a Grafana', { timeout }, async () => {
  const INFLUXD = standInInfluxd2();
  const first = startStack({ parameters: ['--no-grafana'], environment: { INFLUXD, INFLUXD_ENGINE_PATH: '/nowhere' } });
  const { data } = first;
  await first.untilUp();
  expect(first.stdout).toContain('InfluxDB 2.7.11');
  const read = (): Stored => JSON.parse(readFileSync(join(data, 'influxdb2', 'influxd.bolt'), 'utf8')) as Stored;
  const hasDenials = (): boolean => read().lines.some((line) => line.startsWith('ecs_denial,'));
  await until(hasDenials, 'events of the demo in the stand-in', startLimitMs);
  expect((await first.end('SIGTERM')).status).toBe(0);
  const stored = read();
  expect(stored.bucket.name).toBe('switchboard');
  expect(stored.mappings).toMatchObject([{ database: 'switchboard', retention_policy: 'autogen', default: true }]);
  expect(stored.authorizations).toEqual([
    { action: 'all', token: first.secret('INFLUX_ADMIN_TOKEN') },
    { action: 'read', token: first.secret('INFLUX_READ_TOKEN') },
    { action: 'write', token: first.secret('INFLUX_WRITE_TOKEN') },
  ]);

  const faults = {
    withoutDashboard: 'sb-pipeline',
    withoutRule: 'sb-ecs-surge',
    refuses: 'ecs_mtc_alarm',
    hides: 'ecs_denial',
  };
  const second = startStack({
    data,
    parameters: ['--verify'],
    environment: { INFLUXD, GRAFANA_HOME: standInGrafanaHome(), GF_STAND_IN_FAULTS: JSON.stringify(faults) },
  });
  const { status, stdout } = await second.ended;
  expect(stdout).toContain('FAILED  dashboards: not there, or in another folder: sb-pipeline');
  expect(stdout).toContain('FAILED  alert rules: not there: sb-ecs-surge');
  expect(stdout).toMatch(/^FAILED {2}panel queries: \d+ of \d+ have no good answer$/m);
  expect(stdout).toMatch(/^ +sb-avaya, panel \d+ ".*", A: refused by the stand-in$/m);
  expect(stdout).toMatch(/^ +sb-avaya, panel \d+ ".*", A: no frame, although the database has data for it$/m);
  expect(stdout).toContain('ok      contact point');
  expect(status).toBe(1);
  // Nothing was set up or made again.
  expect(read().authorizations).toEqual(stored.authorizations);
  expect(read().mappings).toEqual(stored.mappings);
  const { environment } = JSON.parse(readFileSync(join(data, 'grafana', 'stand-in.json'), 'utf8')) as {
    environment: Record<string, string>;
  };
  expect(environment).toMatchObject({
    INFLUX_AUTH_SCHEME: 'Token',
    INFLUX_READ_TOKEN: second.secret('INFLUX_READ_TOKEN'),
  });
});

test('names the log of a Grafana that ends at its start, with its last words', { timeout }, async () => {
  const words = 'Failed to start grafana. error: datasource.yaml config is invalid';
  const stack = startStack({
    environment: {
      INFLUXD: standInInfluxd2(),
      GRAFANA_HOME: standInGrafanaHome(),
      GF_STAND_IN_FAULTS: JSON.stringify({ endsWith: words }),
    },
  });
  const { status, stderr } = await stack.ended;
  expect(status).toBe(1);
  expect(stderr).toContain(`grafana ended (status 1); its log is ${join(stack.data, 'logs', 'grafana.log')}`);
  expect(stderr).toContain(words);
});
