// The secrets of the native stack: random, made once, in a file that only its owner can read.
import { join } from 'node:path';
import { secret } from '../env-init.mjs';
import { readVariables, writeVariables } from './environment.mjs';

const chosen = [
  'GRAFANA_ADMIN_PASSWORD',
  'INFLUX_ADMIN_PASSWORD',
  'INFLUX_ADMIN_TOKEN',
  'INFLUX_READ_PASSWORD',
  'INFLUX_WRITE_PASSWORD',
  'SB_WEBHOOK_TOKEN',
];
const header = 'Secrets of npm run native-stack. They belong to the data beside this file: keep both, or delete both.';

/**
 * Reads the secrets of a folder and makes those that are missing. They are properties by name; `keep` adds one that a
 * server made, `forget` takes some away, `path` is the file and `mismatch` what to say when a server refuses one.
 */
export function openSecrets(folder) {
  const path = join(folder, 'secrets.env');
  const values = readVariables(path);
  for (const name of chosen) values[name] ||= secret();
  writeVariables(path, header, values);
  const change = (make) => {
    make();
    Object.assign(secrets, values);
    writeVariables(path, header, values);
  };
  const secrets = {
    ...values,
    path,
    mismatch: `the data in ${folder} was made with other secrets than those in ${path}; restore that file, or delete the folder to begin anew`,
    keep: (name, value) => change(() => (values[name] = value)),
    forget: (...names) =>
      change(() => {
        for (const name of names) {
          delete values[name];
          delete secrets[name];
        }
      }),
  };
  return secrets;
}
