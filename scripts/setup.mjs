// What every command of a fresh clone needs first: a fit Node, the npm packages of the lock file, a build that is not
// older than its sources. Plain JavaScript of old Nodes without dependencies: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const installAttempts = 3;

/** Says what is wrong and ends the process with status 1. */
export function fail(message) {
  console.error(`switchboard: ${message}`);
  process.exit(1);
}

/** Ends the process when this Node is older than package.json asks for. */
export function requireNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.replace('>=', '');
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  fail(`Node ${wanted} or newer is needed, this is ${process.versions.node}. See https://nodejs.org/en/download`);
}

/** Runs a program with this one's output and without standard input; true when it ended with status 0. */
export function run(command, parameters, environment = process.env) {
  const { status, error } = spawnSync(command, parameters, {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error) console.error(`switchboard: ${command}: ${error.message}`);
  return status === 0;
}

/** Runs the command of an installed package, as `runTool('typescript/bin/tsc', ['--version'])`. */
export function runTool(script, parameters) {
  return run(process.execPath, [join(root, 'node_modules', script), ...parameters]);
}

/** Installs the packages of the lock file when they are missing or older than it. */
export function ensurePackages() {
  const lock = join(root, 'package-lock.json');
  // npm writes this file last, so an interrupted installation has none.
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.error('switchboard: installing packages (npm ci) ...');
  // Development packages even under NODE_ENV=production: the compiler is one of them.
  const parameters = ['ci', '--ignore-scripts', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund'];
  for (let attempt = 1; attempt <= installAttempts; attempt++) {
    if (runNpm(parameters)) return;
    console.error(`switchboard: npm ci failed (attempt ${attempt} of ${installAttempts})`);
  }
  fail('the packages could not be installed; is the npm registry reachable?');
}

/** npm itself, found as the npm that runs us, so that no shell is needed. */
function runNpm(parameters) {
  const script = process.env.npm_execpath;
  return script?.endsWith('npm-cli.js') ? run(process.execPath, [script, ...parameters]) : run('npm', parameters);
}

/** Builds `dist/` when it is missing or older than anything it is made from. */
export async function ensureBuild() {
  const stamp = join(root, 'dist', '.built');
  const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/build.mjs'];
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= newestChange(sources.map((name) => join(root, name)))) return;
  console.error('switchboard: building ...');
  const { build } = await import('./build.mjs');
  if (!build()) fail('the build failed; its messages are above');
}

/** Folders count too: their time changes when a file in them is removed or renamed. */
function newestChange(paths) {
  let newest = 0;
  for (const path of paths) {
    const status = statSync(path);
    newest = Math.max(newest, status.mtimeMs);
    if (!status.isDirectory()) continue;
    newest = Math.max(newest, newestChange(readdirSync(path).map((name) => join(path, name))));
  }
  return newest;
}
