// Grafana in the native stack: its environment, which fills the provisioning files, its start, and its health.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup.mjs';
import { writeVariables } from './environment.mjs';
import { database } from './influx.mjs';
import { checkProvisioning } from './provisioning.mjs';
import { ask, waitFor } from './wait.mjs';

/** The user that `GRAFANA_ADMIN_PASSWORD` of the secrets belongs to. */
export const administrator = 'admin';

/** Values of the contact points in provisioning-optional/, for those who use them. */
const optional = new Set(['SB_ALERT_EMAILS', 'SB_SLACK_WEBHOOK_URL']);

/**
 * The environment of Grafana: the values of the provisioning files, and its own settings. What the caller sets of GF_...
 * stays unless it is an address, a folder or the password, which are those of this stack.
 */
function environmentOf({ port, data, influx, receiverUrl, secrets }) {
  const wishes = Object.entries(process.env).filter(([name]) => name.startsWith('GF_') || optional.has(name));
  const dashboards = join(root, 'dashboards');
  const values = {
    INFLUX_URL: influx.url,
    INFLUX_DATABASE: database,
    INFLUX_AUTH_SCHEME: influx.reader.scheme,
    INFLUX_READ_TOKEN: influx.reader.credential,
    DASHBOARDS_DIR: dashboards,
    SB_RECEIVER_URL: receiverUrl,
    SB_WEBHOOK_TOKEN: secrets.SB_WEBHOOK_TOKEN,
  };
  return {
    GF_USERS_ALLOW_SIGN_UP: 'false',
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    // A locked database during provisioning is fatal on slow machines otherwise.
    GF_DATABASE_WAL: 'true',
    GF_DATABASE_TRANSACTION_RETRIES: '30',
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: join(dashboards, 'Switchboard', 'overview.json'),
    ...Object.fromEntries(wishes),
    GF_SERVER_PROTOCOL: 'http',
    GF_SERVER_HTTP_ADDR: '127.0.0.1',
    GF_SERVER_HTTP_PORT: String(port),
    GF_SERVER_ROOT_URL: `http://127.0.0.1:${port}/`,
    GF_SECURITY_ADMIN_USER: administrator,
    GF_SECURITY_ADMIN_PASSWORD: secrets.GRAFANA_ADMIN_PASSWORD,
    GF_PATHS_PROVISIONING: join(root, 'provisioning'),
    GF_PATHS_DATA: join(data, 'grafana'),
    GF_PATHS_LOGS: join(data, 'grafana', 'log'),
    GF_PATHS_PLUGINS: join(data, 'grafana', 'plugins'),
    GF_LOG_MODE: 'console',
    ...values,
  };
}

/** Checks the values, starts the server, and resolves with its address when it and its database are well. */
export async function startGrafana({ program, port, data, influx, receiverUrl, secrets, children, signal }) {
  const environment = environmentOf({ port, data, influx, receiverUrl, secrets });
  const file = join(data, 'grafana.env');
  writeVariables(file, 'The environment of Grafana, written by npm run native-stack at each start.', environment);
  const faults = checkProvisioning({ environment, hasFolders: true });
  if (faults.length > 0) throw new Error(`Grafana was not started, its values are in ${file}:\n${faults.join('\n')}`);

  mkdirSync(environment.GF_PATHS_DATA, { recursive: true, mode: 0o700 });
  // A file of its own, so that settings of another Grafana on this machine do not get in.
  const settings = join(data, 'grafana.ini');
  writeFileSync(settings, '# Empty: the settings are in grafana.env.\n');
  const parameters = [...program.parameters, '--homepath', program.home, '--config', settings];
  children.start('grafana', program.command, parameters, { environment, folder: program.home });
  const url = `http://127.0.0.1:${port}`;
  await waitFor(
    async () => {
      const { status, json } = await ask(`${url}/api/health`);
      return status === 200 && json?.database === 'ok' ? true : undefined;
    },
    { what: `Grafana at ${url}`, signal, remedy: `see ${children.log('grafana')}` },
  );
  return url;
}
