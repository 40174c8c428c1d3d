// A stand-in for Grafana's server, for tests of what starts and verifies it: it is not Grafana and proves nothing about
// it. It keeps its command line and environment in stand-in.json of its data folder, answers the paths that are asked
// for verification, and passes queries on to InfluxDB with the header of provisioning/datasources. The environment
// variable GF_STAND_IN_FAULTS, as JSON, makes it faulty.
import { createServer } from 'node:http';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { env, argv } = process;
if (argv.includes('-v')) {
  console.log('Version 12.1.0 (commit: stand-in, branch: HEAD)');
  process.exit(0);
}
const faults = JSON.parse(env.GF_STAND_IN_FAULTS ?? '{}');
if (faults.endsWith !== undefined) {
  console.error(faults.endsWith);
  process.exit(1);
}

const influx = async (query, atMs = Date.now()) => {
  const answer = await fetch(`${env.INFLUX_URL}/query`, {
    method: 'POST',
    headers: { authorization: `${env.INFLUX_AUTH_SCHEME} ${env.INFLUX_READ_TOKEN}` },
    body: new URLSearchParams({ db: env.INFLUX_DATABASE, q: query, epoch: 'ms', now: String(atMs) }),
  });
  const { results = [], error } = await answer.json();
  const fault = error ?? results.find((result) => result.error)?.error;
  if (fault) throw new Error(fault);
  return results.flatMap(({ series = [] }) => series);
};

const dataAtStart = (await influx('SHOW MEASUREMENTS')).flatMap(({ values }) => values.flat());
writeFileSync(
  join(env.GF_PATHS_DATA, 'stand-in.json'),
  JSON.stringify({ parameters: argv.slice(2), environment: env, dataAtStart }),
);

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const dashboards = readdirSync(env.DASHBOARDS_DIR, { recursive: true })
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ uid: readJson(join(env.DASHBOARDS_DIR, name)).uid, folderTitle: name.split('/').at(-2) }))
  .filter(({ uid }) => uid !== faults.withoutDashboard);
const alerting = join(env.GF_PATHS_PROVISIONING, 'alerting');
const rules = readJson(join(alerting, 'rules.generated.json'))
  .groups.flatMap((group) => group.rules)
  .filter(({ uid }) => uid !== faults.withoutRule);

async function dataQuery({ from, to, queries: [model] }) {
  if (faults.refuses !== undefined && model.query.includes(faults.refuses)) {
    return [400, { results: { [model.refId]: { status: 400, error: 'refused by the stand-in' } } }];
  }
  const text = model.query
    .replaceAll('$timeFilter', `time >= ${from}ms and time <= ${to}ms`)
    .replaceAll('$__interval_ms', String(model.intervalMs))
    .replaceAll('$__interval', `${model.intervalMs}ms`);
  try {
    const series = faults.hides !== undefined && text.includes(faults.hides) ? [] : await influx(text, Number(to));
    const frames = series.map(({ columns, values }) => ({
      schema: { fields: columns.map((name) => ({ name })) },
      data: { values: columns.map((_, index) => values.map((row) => row[index])) },
    }));
    return [200, { results: { [model.refId]: { status: 200, frames } } }];
  } catch (error) {
    return [400, { results: { [model.refId]: { status: 400, error: error.message } } }];
  }
}

const routes = {
  'GET /api/health': () => [200, { database: 'ok', version: '12.1.0' }],
  'GET /api/datasources/uid/sb-influx/health': async () => {
    const found = (await influx('SHOW MEASUREMENTS')).flatMap(({ values }) => values);
    return [200, { status: 'OK', message: `datasource is working. ${found.length} measurements found` }];
  },
  'GET /api/search': () => [200, dashboards],
  'GET /api/v1/provisioning/alert-rules': () => [200, rules],
  'GET /api/v1/provisioning/contact-points': () => [
    200,
    existsSync(join(alerting, 'contact-points.yaml')) ? [{ uid: 'sb-cp-webhook' }] : [],
  ],
  'POST /api/ds/query': dataQuery,
};
const account = `${env.GF_SECURITY_ADMIN_USER}:${env.GF_SECURITY_ADMIN_PASSWORD}`;
const authorization = `Basic ${Buffer.from(account).toString('base64')}`;

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const route = routes[`${request.method} ${pathname}`];
  const isAllowed = pathname === '/api/health' || request.headers.authorization === authorization;
  const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString('utf8')) : undefined;
  const [status, answer] = !isAllowed ? [401, {}] : route ? await route(body) : [404, { message: 'Not found' }];
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
});
server.listen(Number(env.GF_SERVER_HTTP_PORT), env.GF_SERVER_HTTP_ADDR);
process.on('SIGTERM', () => process.exit(0));
