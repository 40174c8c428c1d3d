// InfluxDB 1.x: a configuration file with authentication, an administrator, and one account each to read and to write.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, basic, waitFor } from './wait.mjs';

/** As long as the compose stack keeps data. */
const retention = '90d';

/** Starts the server. Its port for backups gets any free number, so that it is never in the way. */
export function startInflux1({ program, port, folder, children }) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = (name) => JSON.stringify(join(folder, name));
  const file = join(folder, 'influxdb.conf');
  writeFileSync(
    file,
    `# Written by npm run native-stack at each start.
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = ${path('meta')}
[data]
  dir = ${path('data')}
  wal-dir = ${path('wal')}
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  auth-enabled = true
  log-enabled = false
[continuous_queries]
  enabled = false
`,
  );
  children.start('influxdb', program.path, ['-config', file], { folder });
}

/** Makes what is missing: the administrator, the database, the accounts. Doing it again changes nothing. */
export async function prepareInflux1({ url, database, secrets, signal, remedy }) {
  const administrator = basic('admin', secrets.INFLUX_ADMIN_PASSWORD);
  const run = async (text, headers = { authorization: administrator }) => {
    const { status, json } = await ask(`${url}/query`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ q: text }).toString(),
    });
    return { status, fault: json?.error ?? json?.results?.[0]?.error };
  };
  const mustRun = async (text) => {
    const { status, fault } = await run(text);
    if (status === 401) throw new Error(`InfluxDB refuses the administrator's password: ${secrets.mismatch}`);
    if (fault !== undefined) throw new Error(`InfluxDB refuses "${text.replace(/'[^']*'/g, "'...'")}": ${fault}`);
  };

  // Until there is an administrator, anybody may make one, and nobody may do anything else.
  const first = await waitFor(
    async () => {
      const answer = await run('SHOW DATABASES');
      return answer.status < 500 ? answer : undefined;
    },
    { what: `InfluxDB at ${url}`, signal, remedy },
  );
  if (/create admin user/i.test(first.fault ?? '')) {
    await run(`CREATE USER "admin" WITH PASSWORD '${secrets.INFLUX_ADMIN_PASSWORD}' WITH ALL PRIVILEGES`, {});
  }
  await mustRun(`CREATE DATABASE "${database}" WITH DURATION ${retention} REPLICATION 1 NAME "autogen"`);
  const [readPassword, writePassword] = [secrets.INFLUX_READ_PASSWORD, secrets.INFLUX_WRITE_PASSWORD];
  await mustRun(`CREATE USER "switchboard-read" WITH PASSWORD '${readPassword}'`);
  await mustRun(`CREATE USER "switchboard-write" WITH PASSWORD '${writePassword}'`);
  await mustRun(`GRANT READ ON "${database}" TO "switchboard-read"`);
  await mustRun(`GRANT WRITE ON "${database}" TO "switchboard-write"`);
  return {
    output: { url, database, username: 'switchboard-write', password: '${INFLUX_WRITE_PASSWORD}' },
    variables: { INFLUX_WRITE_PASSWORD: writePassword },
    reader: { scheme: 'Basic', credential: basic('switchboard-read', readPassword).slice('Basic '.length) },
  };
}
