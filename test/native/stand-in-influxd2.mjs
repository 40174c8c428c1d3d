// A stand-in for influxd 2.x, for tests of how it is set up and used: it is not InfluxDB and proves nothing about it. It
// holds to the documented protocol of set-up, buckets, database mappings, authorizations, /api/v2/write and /query, as
// far as the native stack uses it, and keeps everything in the file that INFLUXD_BOLT_PATH names.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const { env, argv } = process;
if (argv[2] === 'version') {
  console.log('InfluxDB v2.7.11 (git: stand-in) build_date: 2024-12-02T17:48:13Z');
  process.exit(0);
}

const file = env.INFLUXD_BOLT_PATH;
const state = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : { bucket: undefined, mappings: [], authorizations: [], lines: [] };
// Whole or not at all, because the test reads it at any moment.
const save = () => {
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
};
const refusal = (status, code, message) => [status, { code, message }];

/** The action that the sender's token allows; `all` for the administrator's. */
function permissionOf({ headers }) {
  const token = /^Token (\S+)$/.exec(headers.authorization ?? '')?.[1];
  return state.authorizations.find((authorization) => authorization.token === token)?.action;
}

function allowed(request, ...actions) {
  return actions.includes(permissionOf(request));
}

const unauthorized = refusal(401, 'unauthorized', 'unauthorized access');

/** Sum of a field of a measurement since a time, which is all the InfluxQL that is spoken here. */
function series(query) {
  const found = /^SELECT sum\("(\w+)"\) FROM "(\w+)" WHERE time >= (\d+)ms$/.exec(query);
  const rows = state.lines
    .map((line) => /^([^, ]+)\S* (\S+) (\d+)$/.exec(line))
    .filter((row) => row !== null && (!found || (row[1] === found[2] && Number(row[3]) >= Number(found[3]))));
  if (rows.length === 0) return [];
  if (!found) return [{ name: 'measurements', columns: ['name'], values: [[rows[0][1]]] }];
  const sum = rows.reduce(
    (total, row) => total + Number(new RegExp(`\\b${found[1]}=(\\d+)`).exec(row[2])?.[1] ?? 0),
    0,
  );
  return [{ name: found[2], columns: ['time', 'sum'], values: [[Number(found[3]), sum]] }];
}

const routes = {
  'GET /ping': () => [204],
  'GET /api/v2/setup': () => [200, { allowed: state.bucket === undefined }],
  'POST /api/v2/setup': (request, body) => {
    const { username, password, org, bucket, token } = JSON.parse(body);
    if (state.bucket) return refusal(422, 'conflict', 'onboarding has already been completed');
    if (!username || !org || !bucket) return refusal(422, 'empty value', 'username, org and bucket are required');
    if (password.length < 8 || password.length > 72) return refusal(400, 'invalid', 'passwords must be 8 to 72 bytes');
    state.bucket = { id: 'b000000000000001', orgID: '0000000000000001', name: bucket };
    state.authorizations.push({ token, action: 'all' });
    save();
    return [201, { user: { name: username }, org: { name: org }, bucket: state.bucket, auth: { token } }];
  },
  'GET /api/v2/buckets': (request) => (allowed(request, 'all') ? [200, { buckets: [state.bucket] }] : unauthorized),
  'GET /api/v2/dbrps': (request) => (allowed(request, 'all') ? [200, { content: state.mappings }] : unauthorized),
  'POST /api/v2/dbrps': (request, body) => {
    if (!allowed(request, 'all')) return unauthorized;
    const mapping = { id: `m${state.mappings.length}`, virtual: false, ...JSON.parse(body) };
    state.mappings.push(mapping);
    save();
    return [201, mapping];
  },
  'POST /api/v2/authorizations': (request, body) => {
    if (!allowed(request, 'all')) return unauthorized;
    const { orgID, permissions } = JSON.parse(body);
    const [{ action, resource }] = permissions;
    if (permissions.length !== 1 || resource.id !== state.bucket.id || orgID !== state.bucket.orgID) {
      return refusal(400, 'invalid', 'the stand-in makes tokens for its one bucket only');
    }
    const token = randomBytes(32).toString('base64');
    state.authorizations.push({ token, action });
    save();
    return [201, { id: `a${state.authorizations.length}`, token, status: 'active' }];
  },
  'POST /api/v2/write': (request, body, { searchParams }) => {
    if (!allowed(request, 'write', 'all')) return unauthorized;
    const { name } = state.bucket;
    if (searchParams.get('bucket') !== name || searchParams.get('org') !== name) {
      return refusal(404, 'not found', 'bucket or organization not found');
    }
    state.lines.push(...body.split('\n').filter((line) => line !== ''));
    save();
    return [204];
  },
  'POST /query': (request, body) => {
    if (!allowed(request, 'read', 'all')) return unauthorized;
    const parameters = new URLSearchParams(body);
    if (!state.mappings.some(({ database }) => database === parameters.get('db'))) {
      return refusal(404, 'not found', 'no dbrp mapping found');
    }
    return [200, { results: [{ statement_id: 0, series: series(parameters.get('q') ?? '') }] }];
  },
};

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const route = routes[`${request.method} ${url.pathname}`];
  const body = Buffer.concat(chunks).toString('utf8');
  const [status, answer] = route?.(request, body, url) ?? refusal(404, 'not found', 'path not found');
  response.writeHead(status, { 'content-type': 'application/json' }).end(answer && JSON.stringify(answer));
});
const [host, port] = env.INFLUXD_HTTP_BIND_ADDRESS.split(':');
server.listen(Number(port), host);
process.on('SIGTERM', () => process.exit(0));
