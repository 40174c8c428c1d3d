// Finds the natively installed programs and their versions, or says what to install.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { plainEnvironment } from './environment.mjs';

/** Where packages put programs that are not on every user's PATH. */
const furtherFolders = ['/usr/local/bin', '/usr/bin', '/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin'];

/** Path of the first of these programs, on PATH or where packages put them. */
function findProgram(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''), ...furtherFolders];
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name)).find(isProgram);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function printedBy(command, parameters) {
  const environment = plainEnvironment();
  const { stdout, stderr, error } = spawnSync(command, parameters, {
    encoding: 'utf8',
    env: environment,
    timeout: 60_000,
  });
  if (error) throw new Error(`${command} cannot be run: ${error.message}`);
  return `${stdout}${stderr}`;
}

/** The program influxd with its version, as `{ path, version: '1.6.7', major: 1 }`. Throws with the remedy. */
export function findInfluxd() {
  const given = process.env.INFLUXD;
  if (given && !isProgram(given)) throw new Error(`INFLUXD=${given} is no program; set it to the path of influxd`);
  const path = given || findProgram(['influxd']);
  if (path === undefined) {
    throw new Error(
      'influxd was not found. Install InfluxDB 1.x or 2.x (Debian and Ubuntu: apt-get install influxdb, packages of ' +
        'InfluxData: influxdb2, macOS: brew install influxdb@2), or set INFLUXD to the program; see docs/native.md',
    );
  }
  const printed = printedBy(path, ['version']);
  const version = /InfluxDB\D*(\d+)(\.\d+[\w.]*)/.exec(printed);
  const major = Number(version?.[1]);
  if (major !== 1 && major !== 2) {
    const said = printed.trim().split('\n')[0]?.slice(0, 200) ?? '';
    throw new Error(`${path} says "${said}": neither InfluxDB 1.x nor 2.x. For InfluxDB 3 see docs/native.md`);
  }
  return { path, version: `${version[1]}${version[2]}`, major };
}

/**
 * Grafana's server as `{ command, parameters, home, version }`. `grafana server` since version 10, `grafana-server`
 * before. Throws with what to install or set.
 */
export function findGrafana() {
  const given = process.env.GRAFANA_HOME;
  const names = ['grafana', 'grafana-server'];
  const path = given ? names.map((name) => join(given, 'bin', name)).find(isProgram) : findProgram(names);
  if (path === undefined) {
    const where = given ? `in GRAFANA_HOME (${join(given, 'bin')})` : 'on PATH';
    throw new Error(
      `no Grafana was found: there is no program "grafana" or "grafana-server" ${where}. Install the package grafana ` +
        '(docs/native.md has the lines for Debian, Ubuntu, RHEL and macOS), or unpack its archive and set GRAFANA_HOME ' +
        'to that folder. With --no-grafana everything else starts',
    );
  }
  const homes = given ? [given] : homesOf(path);
  const home = homes.find((folder) => existsSync(join(folder, 'conf', 'defaults.ini')));
  if (home === undefined) {
    throw new Error(
      `Grafana (${path}) needs its home folder, the one with conf/defaults.ini; it is not ${homes.join(' or ')}. ` +
        'Set GRAFANA_HOME to it',
    );
  }
  // What packages put on PATH is a script with settings of its own; the program is in the home folder.
  const command = names.map((name) => join(home, 'bin', name)).find(isProgram) ?? path;
  const isOneProgram = basename(command) === 'grafana';
  const version = /\d+\.\d+\.\d+[\w.+-]*/.exec(printedBy(command, isOneProgram ? ['server', '-v'] : ['-v']))?.[0];
  return { command, parameters: isOneProgram ? ['server'] : [], home, version: version ?? 'of unknown version' };
}

/** The archive has bin/ in its home, packages of Linux use /usr/share/grafana, Homebrew share/grafana. */
function homesOf(path) {
  const folder = dirname(realpathSync(path));
  return [dirname(folder), join(dirname(folder), 'share', 'grafana'), '/usr/share/grafana'];
}
