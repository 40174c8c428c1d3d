// InfluxDB 2.x: set up through its HTTP interface, then one token each to read and to write the bucket alone.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ask, askJson, waitFor } from './wait.mjs';

/** As long as the compose stack keeps data. */
const retentionSeconds = 90 * 86_400;

/** Starts the server. Settings go through its environment: a version that does not know one leaves it aside. */
export function startInflux2({ program, port, folder, children }) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const environment = {
    INFLUXD_BOLT_PATH: join(folder, 'influxd.bolt'),
    INFLUXD_SQLITE_PATH: join(folder, 'influxd.sqlite'),
    INFLUXD_ENGINE_PATH: join(folder, 'engine'),
    INFLUXD_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
    INFLUXD_REPORTING_DISABLED: 'true',
  };
  // It reads config.yaml of the folder it is started in; there is none in this one.
  children.start('influxdb', program.path, [], { environment, folder });
}

/**
 * Sets up a new server with the administrator's token that we chose, and makes the two tokens. InfluxDB shows a token
 * only when it is made, so each is written to the secrets at once; one that is missing there is made again.
 */
export async function prepareInflux2({ url, database, secrets, signal, remedy }) {
  const setup = await waitFor(
    async () => {
      const { status, json } = await ask(`${url}/api/v2/setup`);
      return status === 200 && typeof json?.allowed === 'boolean' ? json : undefined;
    },
    { what: `the set-up of InfluxDB at ${url}`, signal, remedy },
  );
  if (setup.allowed) {
    secrets.forget('INFLUX_READ_TOKEN', 'INFLUX_WRITE_TOKEN');
    const answer = await askJson(`${url}/api/v2/setup`, {
      body: {
        username: 'admin',
        password: secrets.INFLUX_ADMIN_PASSWORD,
        org: database,
        bucket: database,
        retentionPeriodSeconds: retentionSeconds,
        token: secrets.INFLUX_ADMIN_TOKEN,
      },
    });
    if (answer.status !== 201) throw refusal('to be set up', answer, secrets);
  }
  const headers = { authorization: `Token ${secrets.INFLUX_ADMIN_TOKEN}` };
  const found = await ask(`${url}/api/v2/buckets?name=${database}`, { headers });
  const bucket = found.json?.buckets?.[0];
  if (found.status !== 200 || bucket === undefined) throw refusal(`to show the bucket ${database}`, found, secrets);

  await mapDatabase({ url, headers, database, bucket, secrets });
  for (const [name, action] of [
    ['INFLUX_READ_TOKEN', 'read'],
    ['INFLUX_WRITE_TOKEN', 'write'],
  ]) {
    if (!secrets[name]) secrets.keep(name, await makeToken({ url, headers, bucket, action, secrets }));
  }
  return {
    output: { url, org: database, bucket: database, token: '${INFLUX_WRITE_TOKEN}' },
    variables: { INFLUX_WRITE_TOKEN: secrets.INFLUX_WRITE_TOKEN },
    reader: { scheme: 'Token', credential: secrets.INFLUX_READ_TOKEN },
  };
}

/** InfluxQL names a database. Newer servers find a bucket of that name by themselves, older ones need it in writing. */
async function mapDatabase({ url, headers, database, bucket, secrets }) {
  const { orgID, id } = bucket;
  const listed = await ask(`${url}/api/v2/dbrps?orgID=${orgID}&db=${database}`, { headers });
  const isMapped = listed.json?.content?.some(({ bucketID, virtual }) => bucketID === id && virtual !== true);
  if (isMapped) return;
  const body = { orgID, bucketID: id, database, retention_policy: 'autogen', default: true };
  const answer = await askJson(`${url}/api/v2/dbrps`, { headers, body });
  if (answer.status !== 201) throw refusal(`to map the database ${database} to its bucket`, answer, secrets);
}

async function makeToken({ url, headers, bucket, action, secrets }) {
  const { orgID, id } = bucket;
  const answer = await askJson(`${url}/api/v2/authorizations`, {
    headers,
    body: {
      orgID,
      description: `Switchboard, to ${action}`,
      permissions: [{ action, resource: { type: 'buckets', id, orgID } }],
    },
  });
  const token = answer.json?.token;
  if (answer.status !== 201 || !token) throw refusal(`a token to ${action}`, answer, secrets);
  return token;
}

function refusal(what, { status, json }, secrets) {
  const words = status === 401 ? secrets.mismatch : String(json?.message ?? 'no reason given').slice(0, 300);
  return new Error(`InfluxDB refuses ${what} (answer ${status}): ${words}`);
}
