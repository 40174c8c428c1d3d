// The compose stack as files: accepted by docker-compose for every profile, open to this machine only, with the least
// rights, and every setting documented in .env.example.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfiguration } from '../../src/app/config.ts';
import { families, outputs } from '../../src/app/registry.ts';
import { requireServer } from '../support/require-server.ts';
import { temporaryFolder } from '../support/temporary.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const composeText = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const example = readFileSync(join(root, '.env.example'), 'utf8');
const dockerCompose = requireServer('docker-compose');

interface Service {
  image?: string;
  build?: string;
  profiles?: string[];
  command?: string[];
  user?: string;
  ports?: string[];
  volumes?: string[];
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
  cap_drop?: string[];
  security_opt?: string[];
  read_only?: boolean;
  logging?: { options: Record<string, string> };
}

const { services, volumes } = parse(composeText, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, object>;
};
const all = Object.entries(services).map(([name, service]) => ({ name, service }));
const profiles = [...new Set(all.flatMap(({ service }) => service.profiles ?? []))];

/** Runs `npm run env:init` for a folder of its own; gives what it prints and the .env there. */
function initEnvironment(folder: string): { printed: string; text: string } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(root, 'scripts/env-init.mjs'), folder], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return { printed: stdout, text: readFileSync(join(folder, '.env'), 'utf8') };
}

describe.skipIf(dockerCompose === undefined)('docker-compose', () => {
  test.each([[], ...profiles.map((profile) => ['--profile', profile])])('accepts the file with %s %s', (...profile) => {
    const folder = temporaryFolder();
    initEnvironment(folder);
    const env = join(folder, '.env');
    const parameters = ['-f', join(root, 'docker-compose.yml'), '--env-file', env, ...profile, 'config'];
    // Without the caller's variables, so that the file alone must do.
    const { PATH = '/usr/bin:/bin' } = process.env;
    const result = spawnSync(dockerCompose ?? '', parameters, { encoding: 'utf8', env: { PATH, HOME: folder } });
    expect(result.stderr).not.toMatch(/variable is not set|error|invalid/i);
    expect(result.status, result.stderr).toBe(0);
    expect(Object.keys((parse(result.stdout) as { services: object }).services)).toContain('grafana');
  });

  test('stops with the remedy when the secrets are missing', () => {
    const folder = temporaryFolder();
    const env = join(folder, 'env');
    writeFileSync(env, '');
    const { PATH = '/usr/bin:/bin' } = process.env;
    const parameters = ['-f', join(root, 'docker-compose.yml'), '--env-file', env, 'config'];
    const result = spawnSync(dockerCompose ?? '', parameters, { encoding: 'utf8', env: { PATH, HOME: folder } });
    expect(result.status).not.toBe(0);
    expect(result.stderr).toContain('npm run env:init');
  });
});

describe('the stack', () => {
  test('offers one exporter by profile, a demo, and only storage, dashboards and alerts without a profile', () => {
    expect(profiles.toSorted()).toEqual(['all', 'avaya', 'cisco', 'demo', 'statsd']);
    const always = all.filter(({ service }) => service.profiles === undefined).map(({ name }) => name);
    expect(always).toEqual(['influxdb', 'grafana', 'receiver']);
  });

  test.each(all)('$name is capped in its log and pinned in its version', ({ service }) => {
    expect(service.logging?.options).toEqual({ 'max-size': '10m', 'max-file': '3' });
    expect(service.image).toMatch(/:(?:local|\$\{\w+:-\d[\w.]*\})$/);
    expect(service.security_opt).toContain('no-new-privileges:true');
  });

  test('publishes ports on the loopback address only', () => {
    const ports = all.flatMap(({ service }) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    // Devices send to an address that only their owner knows.
    const open = ports.filter((port) => !/^(?:127\.0\.0\.1|\$\{SYSLOG_BIND:-127\.0\.0\.1\}):/.test(port));
    expect(open).toEqual([]);
  });

  test.each(all.filter(({ service }) => service.build !== undefined))('$name has the least rights', ({ service }) => {
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.read_only).toBe(true);
    const logs = (service.volumes ?? []).filter(
      (volume) => volume.includes(':/logs') && service.command?.[0] === 'export',
    );
    for (const volume of logs) expect(volume).toMatch(/:ro$/);
    if (service.user !== undefined) expect(service.user).toMatch(/^10001:/);
  });

  test('mounts only files and volumes that exist', () => {
    const mounts = all.flatMap(({ service }) => service.volumes ?? []).map((volume) => volume.split(':')[0] ?? '');
    const missing = mounts.filter((source) =>
      source.startsWith('./') ? !existsSync(join(root, source)) : !source.startsWith('$') && !(source in volumes),
    );
    expect(missing).toEqual([]);
    const home = services['grafana']?.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
    const file = join(root, home.replace('/var/lib/grafana-dashboards', 'dashboards'));
    expect(existsSync(file)).toBe(true);
    expect((JSON.parse(readFileSync(file, 'utf8')) as { uid: string }).uid).toBe('sb-overview');
  });

  test('documents every variable in .env.example', () => {
    const used = new Set([...composeText.matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? ''));
    const documented = [...example.matchAll(/^#?(\w+)=/gm)].map(([, name]) => name ?? '');
    expect([...used].filter((name) => !documented.includes(name))).toEqual([]);
    expect(documented.filter((name) => !used.has(name) && name !== 'COMPOSE_PROJECT_NAME')).toEqual([]);
    const required = [...composeText.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name ?? '');
    expect(required.filter((name) => !new RegExp(`^${name}=$`, 'm').test(example))).toEqual([]);
  });

  test.each(all.filter(({ service }) => ['export', 'listen'].includes(service.command?.[0] ?? '')))(
    'the configuration of $name is valid and gets every variable it names',
    async ({ service }) => {
      const mounted = `:${service.command?.at(-1)}:ro`;
      const mount = service.volumes?.find((volume) => volume.endsWith(mounted)) ?? '';
      const path = join(root, mount.slice(0, -mounted.length));
      const environment = Object.fromEntries(
        Object.entries(service.environment ?? {}).map(([name, value]) => [
          name,
          value.replace(/^\$\{\w+(?::[-?])([^}]*)\}$/, (_, rest: string) => (rest.includes(' ') ? 'sb_secret' : rest)),
        ]),
      );
      const configuration = await loadConfiguration(path, { catalogue: { families, outputs }, environment });
      const { sources, outputs: stores, listen } = configuration;
      expect(stores.map((output) => output.kind.name)).toEqual(['influx']);
      const isReceiver = service.command?.[0] === 'listen';
      expect(listen !== undefined).toBe(isReceiver);
      expect(sources.length > 0).toBe(!isReceiver);
      expect(sources.flatMap(({ paths }) => paths).every((name) => /^\/(?:logs|state)\b/.test(name))).toBe(true);
    },
  );

  test('the start script of InfluxDB is executable', () => {
    expect(statSync(join(root, 'stack/influxdb/init.sh')).mode & 0o111).toBe(0o111);
  });
});

describe('npm run env:init', () => {
  test('fills every secret with its own value that no tool can take for a number or a variable', () => {
    const { text } = initEnvironment(temporaryFolder());
    const values = new Map([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
    const secrets = [...values].filter(([name]) => name !== 'COMPOSE_PROJECT_NAME');
    expect(secrets.length).toBeGreaterThan(5);
    for (const [name, value] of secrets) expect(value, name).toMatch(/^sb_[0-9a-z]{40,}$/);
    const tokens = ['INFLUX_ADMIN_TOKEN', 'INFLUX_READ_TOKEN', 'INFLUX_WRITE_TOKEN'];
    expect(new Set(tokens.map((name) => values.get(name))).size).toBe(1);
    expect(new Set(secrets.map(([, value]) => value)).size).toBe(secrets.length - 2);
    expect(initEnvironment(temporaryFolder()).text).not.toBe(text);
  });

  test('writes for the owner only, and never over an existing file', () => {
    const folder = temporaryFolder();
    const first = initEnvironment(folder);
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    const second = initEnvironment(folder);
    expect(second.printed).toContain('left as it is');
    expect(second.text).toBe(first.text);
  });
});
