// `npm run stack:verify`: checks a Grafana that runs, of the compose stack or of a permanent installation, against this
// repository: everything provisioned is there, and every query of every panel and alert is answered.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readVariables } from './native/environment.mjs';
import { verifyGrafana } from './native/verify.mjs';
import { ask, reasonOf } from './native/wait.mjs';
import { requireNode, root } from './setup.mjs';

const help = `Usage: npm run stack:verify -- [options]

Asks a running Grafana whether data source, dashboards, alert rules and contact point are there, and sends every query of
every panel and alert rule to it. The password is GRAFANA_ADMIN_PASSWORD of the environment or of the file.

  --url URL       address of Grafana (default: http://127.0.0.1:3000, or GRAFANA_PORT of the file)
  --user NAME     an administrator (default: admin)
  --file FILE     a file of NAME=value lines with the password (default: .env)
  --help          this text

Exit status: 0 all is well, 1 something is not, 2 wrong usage.
`;

requireNode();
process.exitCode = await main(process.argv.slice(2));

async function main(words) {
  let options;
  try {
    options = readWords(words);
  } catch (error) {
    console.error(`switchboard: ${error.message}; see npm run stack:verify -- --help`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const { url, user, password } = options;
  try {
    await ask(`${url}/api/health`);
  } catch (error) {
    console.error(`switchboard: Grafana at ${url} does not answer: ${reasonOf(error)}`);
    return 1;
  }
  return (await verifyGrafana({ url, username: user, password, say: (text) => console.log(text) })) ? 0 : 1;
}

function readWords(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      url: { type: 'string' },
      user: { type: 'string', default: 'admin' },
      file: { type: 'string', default: join(root, '.env') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (words.includes('--file') && !existsSync(values.file)) throw new Error(`${values.file} does not exist`);
  const variables = { ...readVariables(values.file), ...process.env };
  const url = (values.url ?? `http://127.0.0.1:${variables.GRAFANA_PORT || 3000}`).replace(/\/+$/, '');
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new Error(`--url ${url} is no address`);
  const password = variables.GRAFANA_ADMIN_PASSWORD;
  if (!values.help && !password)
    throw new Error('GRAFANA_ADMIN_PASSWORD is neither in the environment nor in the file');
  return { ...values, url, password };
}
