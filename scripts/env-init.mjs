// `npm run env:init [-- FOLDER]`: makes .env (in the repository, or in FOLDER) from .env.example with random secrets,
// readable by its owner only. An existing .env is left as it is.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireNode, root } from './setup.mjs';

/** Variables that take the value of another one until an administrator gives them their own. */
const copies = { INFLUX_READ_TOKEN: 'INFLUX_ADMIN_TOKEN', INFLUX_WRITE_TOKEN: 'INFLUX_ADMIN_TOKEN' };

/** Every `NAME=` of the template without a value gets a secret. */
function withSecrets(template) {
  const values = new Map();
  const valueOf = (name) => {
    if (!values.has(name)) values.set(name, name in copies ? valueOf(copies[name]) : secret());
    return values.get(name);
  };
  return template.replace(/^(\w+)=[ \t]*$/gm, (_, name) => `${name}=${valueOf(name)}`);
}

/** Letters and digits only, so that no shell, YAML or `$` rule touches it; the prefix keeps it from being a number. */
export function secret() {
  return `sb_${randomBytes(24).toString('hex')}`;
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  requireNode();
  const folder = process.argv[2] ?? root;
  const text = withSecrets(readFileSync(join(root, '.env.example'), 'utf8'));
  try {
    writeFileSync(join(folder, '.env'), text, { flag: 'wx', mode: 0o600 });
    console.log('Wrote .env with new secrets.');
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    console.log('.env exists and was left as it is.');
  }
}
