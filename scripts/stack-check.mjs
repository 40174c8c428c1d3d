// `npm run stack:check`: are all values there that Grafana puts into the provisioning files, and can it use them? Run it
// before Grafana is started: Grafana itself takes a missing value for an empty text.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePackages, requireNode, root } from './setup.mjs';

const help = `Usage: npm run stack:check -- [options]

Checks every address, path and secret that provisioning/ takes from the environment of Grafana. Without options: what
docker-compose.yml gives Grafana, with .env and the variables of this shell.

  --file FILE           a file of NAME=value lines, as the environment file of Grafana's systemd unit
  --environment         the environment of this command
  --provisioning DIR    the files (default: GF_PATHS_PROVISIONING of that environment, else provisioning/)
  --help                this text

Exit status: 0 all is there, 1 something is missing or wrong, 2 wrong usage.
`;

requireNode();
process.exitCode = await main(process.argv.slice(2));

async function main(words) {
  let options;
  try {
    options = readWords(words);
  } catch (error) {
    console.error(`switchboard: ${error.message}; see npm run stack:check -- --help`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  // Grafana's unit runs this as a user who may install nothing, so only when it must be.
  if (!existsSync(join(root, 'node_modules', 'yaml'))) ensurePackages();
  const { checkProvisioning } = await import('./native/provisioning.mjs');
  const source = await environmentOf(options);
  const folder = options.provisioning ?? source.environment.GF_PATHS_PROVISIONING;
  const { environment, hasFolders } = source;
  const faults = checkProvisioning({ environment, hasFolders, ...(folder && hasFolders ? { folder } : {}) });
  for (const fault of [...source.faults, ...faults]) console.error(fault);
  if (source.faults.length + faults.length > 0) return 1;
  console.log(`All values of the provisioning files are there (${source.name}).`);
  return 0;
}

function readWords(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      file: { type: 'string' },
      environment: { type: 'boolean', default: false },
      provisioning: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.environment && values.file !== undefined) {
    throw new Error('give --file or --environment, not both');
  }
  if (values.file !== undefined && !existsSync(values.file)) {
    throw new Error(`${values.file} does not exist`);
  }
  return values;
}

async function environmentOf({ file, environment }) {
  const { readVariables } = await import('./native/environment.mjs');
  if (environment) {
    return { name: 'environment of this command', environment: process.env, hasFolders: true, faults: [] };
  }
  if (file !== undefined) return { name: file, environment: readVariables(file), hasFolders: true, faults: [] };
  return composeEnvironment({ ...readVariables(join(root, '.env')), ...process.env });
}

/** What compose gives the service `grafana`; paths in it are those inside of the container. */
async function composeEnvironment(variables) {
  const { parse } = await import('yaml');
  const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
  const faults = [];
  const environment = {};
  for (const [name, text] of Object.entries(services.grafana.environment)) {
    environment[name] = text.replace(/\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g, (found, variable, operator, rest) => {
      if (found === '$$') return '$';
      const value = variables[variable] ?? '';
      if (value !== '' || operator === '-') return value || rest;
      faults.push(`docker-compose.yml: ${variable} is not set in .env${operator === '?' ? `: ${rest}` : ''}`);
      return 'missing';
    });
  }
  return { name: 'docker-compose.yml with .env', environment, hasFolders: false, faults };
}
