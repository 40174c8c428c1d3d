// Grafana's own rules for provisioning files (grafana 2, 3 and 5), applied to ours: a broken file stops Grafana. Once with
// the environment that compose gives it, once with that of a natively installed one.
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { expanded } from './expansion.ts';
import type { Environment } from './expansion.ts';

const folder = fileURLToPath(new URL('../../provisioning', import.meta.url));
const root = join(folder, '..');

interface DataSource {
  name: string;
  uid: string;
  type: string;
  access: string;
  url: string;
  isDefault?: boolean;
  editable?: boolean;
  orgId?: number;
  database?: string;
  user?: string;
  basicAuth?: boolean;
  jsonData: Record<string, unknown>;
  secureJsonData: Record<string, unknown>;
}

interface Provider {
  name: string;
  type: string;
  folder?: string;
  folderUid?: string;
  allowUiUpdates?: boolean;
  disableDeletion?: boolean;
  options: { path: string; foldersFromFilesStructure?: boolean };
}

const environment = {
  INFLUX_URL: 'http://influxdb:8086',
  INFLUX_DATABASE: 'switchboard',
  INFLUX_AUTH_SCHEME: 'Token',
  INFLUX_READ_TOKEN: 'sb_0123abc',
  DASHBOARDS_DIR: '/var/lib/grafana-dashboards',
};

function load(path: string, variables: Environment = environment): unknown {
  return expanded(parse(readFileSync(join(folder, path), 'utf8')), variables, { texts: ['secureJsonData'] });
}

/** What compose gives Grafana, with a secret in place of each value that must come from .env. */
function composeEnvironment(): Environment {
  const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
    services: { grafana: { environment: Record<string, string> } };
  };
  return Object.fromEntries(
    Object.entries(compose.services.grafana.environment).map(([name, value]) => [
      name,
      value.replace(/\$\{\w+:\?[^}]*\}/g, 'sb_secret').replace(/\$\{\w+:-([^}]*)\}/g, '$1'),
    ]),
  );
}

/** What the example for a natively installed Grafana gives it, with the secrets filled in. */
function nativeEnvironment(): Environment {
  const text = readFileSync(join(root, 'stack/systemd/grafana.env.example'), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value === '' ? 'sb_secret' : value]),
  );
}

const environments = [
  { name: 'compose', variables: composeEnvironment(), influx: 'http://influxdb:8086' },
  { name: 'systemd', variables: nativeEnvironment(), influx: 'http://127.0.0.1:8086' },
];

const dataSourceFiles = readdirSync(join(folder, 'datasources'));
const providerFiles = readdirSync(join(folder, 'dashboards'));

test('every file has an ending that Grafana reads in its folder', () => {
  expect([...dataSourceFiles, ...providerFiles].filter((name) => !['.yaml', '.yml'].includes(extname(name)))).toEqual(
    [],
  );
  expect(readdirSync(folder).toSorted()).toEqual(['alerting', 'dashboards', 'datasources']);
});

test('every variable that the files name is set in the environment of Grafana', () => {
  const named = [
    ...dataSourceFiles.map((name) => `datasources/${name}`),
    ...providerFiles.map((name) => `dashboards/${name}`),
    'alerting/contact-points.yaml',
    'alerting/policies.yaml',
  ]
    .map((path) => readFileSync(join(folder, path), 'utf8').replace(/^\s*#.*$/gm, ''))
    .flatMap((text) => [...text.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name));
  expect(named.length).toBeGreaterThan(0);
  for (const { variables } of environments) {
    const set = Object.keys(variables);
    expect(named.filter((name) => !set.includes(name ?? ''))).toEqual([]);
    expect(Object.keys(environment).filter((name) => !set.includes(name))).toEqual([]);
  }
});

test('what the optional files name is set by compose, and told of in every example', () => {
  const optional = join(root, 'provisioning-optional');
  const named = readdirSync(optional, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(optional, name), 'utf8').replace(/^\s*#.*$/gm, ''))
    .flatMap((text) => [...text.matchAll(/\$(\w+)/g)].map(([, name = '']) => name));
  expect(named.length).toBeGreaterThan(1);
  const examples = ['.env.example', 'stack/systemd/grafana.env.example'];
  for (const name of named) {
    expect(Object.keys(composeEnvironment())).toContain(name);
    for (const file of examples) expect(readFileSync(join(root, file), 'utf8')).toContain(`#${name}=`);
  }
});

test('no address, path or secret stands in a file: all come from the environment', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8').replace(/#.*$/gm, ''));
  expect(files.length).toBeGreaterThan(4);
  for (const text of files) expect(text).not.toMatch(/https?:\/\/|localhost|127\.0\.0\.1|:\s*\/\w/);
  const values = files.flatMap((text) => [
    ...text.matchAll(/^\s*-?\s*(?:url|path|user|password|dbName|httpHeaderValue1|authorization_credentials): *(.*)$/gm),
  ]);
  expect(values.length).toBeGreaterThan(4);
  for (const [, value] of values) expect(value).toContain('$');
});

describe.each(environments)('with the environment of $name', ({ variables, influx }) => {
  test('the data source has its address, database and credential', () => {
    const { datasources } = load('datasources/switchboard.yaml', variables) as { datasources: DataSource[] };
    expect(datasources[0]).toMatchObject({ url: influx, jsonData: { dbName: 'switchboard' } });
    expect(datasources[0]?.secureJsonData).toEqual({ httpHeaderValue1: 'Token sb_secret' });
  });

  test('the provider has a folder, and alerts have an address and a token that are texts', () => {
    const { providers } = load('dashboards/switchboard.yaml', variables) as { providers: Provider[] };
    expect(providers[0]?.options.path).toMatch(/^\/.*dashboards$/);
    const { contactPoints } = load('alerting/contact-points.yaml', variables) as {
      contactPoints: { receivers: { settings: Record<string, unknown> }[] }[];
    };
    expect(contactPoints[0]?.receivers[0]?.settings).toMatchObject({
      url: expect.stringMatching(/^http:\/\/[\w.]+:9095\/v1\/grafana$/),
      authorization_scheme: 'Bearer',
      authorization_credentials: 'sb_secret',
    });
    expect(load('alerting/policies.yaml', variables)).toEqual(
      parse(readFileSync(join(folder, 'alerting/policies.yaml'), 'utf8')),
    );
  });
});

describe('data sources', () => {
  const files = dataSourceFiles.map(
    (name) => load(`datasources/${name}`) as { apiVersion: number; datasources: DataSource[] },
  );
  const sources = files.flatMap((file) => file.datasources);

  test('are one default among unique names and uids', () => {
    expect(files.every((file) => file.apiVersion === 1)).toBe(true);
    expect(sources.filter((source) => source.isDefault === true)).toHaveLength(1);
    expect(new Set(sources.map((source) => source.uid)).size).toBe(sources.length);
    expect(new Set(sources.map((source) => source.name)).size).toBe(sources.length);
  });

  test.each(sources)('$name is InfluxDB through InfluxQL with its secret where secrets belong', (source) => {
    expect(source.uid).toMatch(/^[a-z][a-z0-9-]{0,39}$/);
    expect(source).toMatchObject({ type: 'influxdb', access: 'proxy', editable: false, url: 'http://influxdb:8086' });
    expect(source.database).toBeUndefined();
    expect([source.user, source.basicAuth]).toEqual([undefined, undefined]);
    expect(source.jsonData).toMatchObject({
      version: 'InfluxQL',
      dbName: 'switchboard',
      httpMode: 'POST',
      timeInterval: '10s',
      httpHeaderName1: 'Authorization',
    });
    expect(source.secureJsonData).toEqual({ httpHeaderValue1: 'Token sb_0123abc' });
    expect(JSON.stringify({ ...source, secureJsonData: {} })).not.toContain('sb_0123abc');
  });

  test.each([
    ['Token', 'b3BlbiBzZXNhbWU=', 'InfluxDB 2'],
    ['Bearer', 'apiv3_0123', 'InfluxDB 3'],
    ['Basic', Buffer.from('switchboard-read:sb_0123').toString('base64'), 'InfluxDB 1'],
  ])('send %s %s to %s', (scheme, credential) => {
    const variables = { ...environment, INFLUX_AUTH_SCHEME: scheme, INFLUX_READ_TOKEN: credential };
    const file = load('datasources/switchboard.yaml', variables) as { datasources: DataSource[] };
    expect(file.datasources[0]?.secureJsonData).toEqual({ httpHeaderValue1: `${scheme} ${credential}` });
  });

  test.each(['', '12345678', '1e6', 'true', 'a$b'])('stay of the right types with the token "%s"', (token) => {
    const variables = { ...environment, INFLUX_READ_TOKEN: token };
    const file = load('datasources/switchboard.yaml', variables) as { datasources: DataSource[] };
    expect(file.datasources[0]?.secureJsonData).toEqual({ httpHeaderValue1: `Token ${token}` });
  });
});

describe('dashboard providers', () => {
  const providers = providerFiles.flatMap(
    (name) => (load(`dashboards/${name}`) as { apiVersion: number; providers: Provider[] }).providers,
  );

  test('have unique names, read the mounted folder, and leave no room for edits in the browser', () => {
    expect(new Set(providers.map((provider) => provider.name)).size).toBe(providers.length);
    expect(providers).toHaveLength(1);
    expect(providers[0]).toMatchObject({
      type: 'file',
      allowUiUpdates: false,
      disableDeletion: false,
      options: { path: '/var/lib/grafana-dashboards', foldersFromFilesStructure: true },
    });
  });

  test('do not set a folder beside folders from the file structure, which would stop Grafana', () => {
    for (const provider of providers) expect([provider.folder ?? '', provider.folderUid ?? '']).toEqual(['', '']);
  });
});
