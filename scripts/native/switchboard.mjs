// Our own programs in the native stack: the alert receiver, the demo's writer, and the exporter that reads it. Their
// configurations are those of the compose stack with the paths, the address and the account of this one.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { root } from '../setup.mjs';
import { ask, waitFor } from './wait.mjs';

const program = join(root, 'dist', 'main.js');

/** Starts the alert receiver; resolves with the address for Grafana when it is ready. */
export async function startReceiver({ port, data, influx, secrets, children, signal }) {
  const config = writeConfiguration('receiver', 'stack/receiver/receiver.yaml', data, (values) => ({
    ...values,
    outputs: { influx: influx.output },
    listen: { ...values.listen, host: '127.0.0.1', port },
  }));
  const environment = { ...influx.variables, SB_WEBHOOK_TOKEN: secrets.SB_WEBHOOK_TOKEN };
  children.start('receiver', process.execPath, [program, 'listen', '--config', config], { environment });
  const url = `http://127.0.0.1:${port}`;
  const isReady = async () => ((await ask(`${url}/readyz`)).status === 200 ? true : undefined);
  const remedy = `see ${children.log('receiver')}`;
  await waitFor(isReady, { what: `the alert receiver at ${url}`, signal, remedy });
  return `${url}/v1/grafana`;
}

/** Starts the demo's writer and its exporter; gives the folder of the logs and the names of what is read. */
export function startDemo({ data, influx, children }) {
  const logs = join(data, 'demo-logs');
  mkdirSync(logs, { recursive: true });
  children.start('demo-writer', process.execPath, [program, 'demo', '--logs', logs]);
  let families = [];
  const config = writeConfiguration('demo', 'stack/exporter/demo.yaml', data, (values) => {
    families = values.sources.map(({ family }) => family);
    const sources = withPaths(values.sources, { '/logs': logs }).map(withTopology);
    return { ...values, outputs: { influx: influx.output }, sources };
  });
  const parameters = [program, 'export', '--config', config, '--port', '0'];
  children.start('demo-exporter', process.execPath, parameters, { environment: influx.variables });
  return { logs, families: [...new Set(families)] };
}

/** Waits until the database gives what this exporter has written, to the account that Grafana will use. */
export function waitForData({ influx, startedAt, children, signal }) {
  const text = `SELECT sum("points") FROM "switchboard_pipeline" WHERE time >= ${startedAt}ms`;
  return waitFor(
    async () => {
      const [series] = await influx.query(text);
      return (series?.values[0]?.[1] ?? 0) > 0 ? true : undefined;
    },
    {
      what: 'the first data of the demo',
      signal,
      remedy: `see ${children.log('demo-exporter')} and ${children.log('influxdb')}`,
    },
  );
}

/** Writes the configuration NAME.yaml beside the state; secrets in it are names of variables. */
function writeConfiguration(name, template, data, change) {
  const values = change(parse(readFileSync(join(root, template), 'utf8')));
  const path = join(data, `${name}.yaml`);
  const text = stringify({ ...values, stateDir: join(data, `${name}-state`) });
  writeFileSync(path, `# Written by npm run native-stack at each start, from ${template}.\n${text}`);
  return path;
}

/** The topology lies beside the template, not beside what is written from it. */
function withTopology(source) {
  const { topology } = source.options ?? {};
  if (topology === undefined) return source;
  return { ...source, options: { ...source.options, topology: join(root, 'stack', 'exporter', topology) } };
}

/** Paths inside of a container as those of this machine. */
function withPaths(value, folders) {
  if (Array.isArray(value)) return value.map((item) => withPaths(item, folders));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPaths(item, folders)]));
  }
  const found = Object.keys(folders).find((folder) => value === folder || String(value).startsWith(`${folder}/`));
  return found === undefined ? value : folders[found] + value.slice(found.length);
}
