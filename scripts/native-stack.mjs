// `npm run native-stack`: the stack of docker-compose.yml with natively installed servers, for one user, until Ctrl-C.
// This file is the order of things; each part is a module in native/. docs/native.md is about it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { Children } from './native/children.mjs';
import { help, readOptions, UsageError } from './native/options.mjs';
import { freePort } from './native/ports.mjs';
import { findGrafana, findInfluxd } from './native/programs.mjs';
import { openSecrets } from './native/secrets.mjs';
import { endOf } from './native/wait.mjs';
import { ensureBuild, ensurePackages, requireNode } from './setup.mjs';

/** The reason when a signal ends the stack. */
class Ended extends Error {
  constructor(signal) {
    super(signal);
    this.signal = signal;
    this.status = 128 + constants.signals[signal];
  }
}

const impatienceMs = 1000;
const say = (text) => console.log(text);

requireNode();
process.exitCode = await main(process.argv.slice(2));

async function main(words) {
  let options;
  try {
    options = readOptions(words);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`switchboard: ${error.message}; see npm run native-stack -- --help`);
    return 2;
  }
  if (options.isHelp) {
    process.stdout.write(help);
    return 0;
  }
  const ending = new AbortController();
  const urgent = new AbortController();
  let firstAt;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      firstAt ??= performance.now();
      ending.abort(new Ended(signal));
      // Who presses Ctrl-C again does not want to wait. At once it is npm, which passes on what we have already.
      if (performance.now() - firstAt > impatienceMs) urgent.abort();
    });
  }
  const cleanUp = [];
  try {
    return await run(options, { ending, urgent, cleanUp });
  } catch (error) {
    if (error instanceof Ended) return error.status;
    console.error(`switchboard: ${error.message}`);
    return 1;
  } finally {
    for (const step of cleanUp.toReversed()) await step();
  }
}

/** Starts everything and resolves with the exit status; rejects with what ended the stack before its time. */
async function run({ data, ports, hasGrafana, isVerifying }, { ending, urgent, cleanUp }) {
  const { signal } = ending;
  // Everything that can be missing is found out before anything is started or written.
  const [influxd, grafana] = [findInfluxd(), hasGrafana ? findGrafana() : undefined];
  ensurePackages();
  await ensureBuild();
  const [{ startInflux }, { startDemo, startReceiver, waitForData }, { administrator, startGrafana }] =
    await Promise.all([
      import('./native/influx.mjs'),
      import('./native/switchboard.mjs'),
      import('./native/grafana.mjs'),
    ]);

  mkdirSync(data, { recursive: true, mode: 0o700 });
  cleanUp.push(lock(join(data, 'native-stack.pid')));
  const port = {
    influx: await freePort(ports.influx, 'InfluxDB', '--influx-port'),
    receiver: await freePort(ports.receiver, 'the alert receiver', '--receiver-port'),
    grafana: grafana && (await freePort(ports.grafana, 'Grafana', '--grafana-port')),
  };
  const secrets = openSecrets(data);
  const children = new Children(join(data, 'logs'), (fault) => ending.abort(fault));
  cleanUp.push(async () => {
    say('Ending everything ...');
    await children.stop(urgent.signal);
  });
  const shared = { data, secrets, children, signal };

  const startedAt = Date.now();
  const influx = await startInflux({ ...shared, program: influxd, port: port.influx });
  say(`InfluxDB ${influxd.version} (${influxd.path}) is at ${influx.url}`);
  const receiverUrl = await startReceiver({ ...shared, port: port.receiver, influx });
  say(`The alert receiver is at ${receiverUrl}`);
  const demo = startDemo({ ...shared, influx });
  say(`The demo writes logs of ${demo.families.join(', ')} into ${demo.logs}`);
  await waitForData({ ...shared, influx, startedAt });
  say('The first data has arrived in InfluxDB');

  if (grafana) {
    const url = await startGrafana({ ...shared, program: grafana, port: port.grafana, influx, receiverUrl });
    say(`Grafana ${grafana.version} (${grafana.command}) is at ${url}/`);
    say(`  user ${administrator}, password: GRAFANA_ADMIN_PASSWORD in ${secrets.path}`);
    if (isVerifying) {
      const { verifyGrafana } = await import('./native/verify.mjs');
      const isGood = await Promise.race([
        verifyGrafana({
          url,
          username: administrator,
          password: secrets.GRAFANA_ADMIN_PASSWORD,
          hasData: async (text) => (await influx.query(text)).length > 0,
          receiver: { url: receiverUrl, token: secrets.SB_WEBHOOK_TOKEN },
          // What fails because everything is being ended is no result.
          say: (text) => signal.aborted || say(text),
        }),
        endOf(signal),
      ]);
      return isGood ? 0 : 1;
    }
  }
  say(`Everything is up; data, logs and secrets are in ${data}. Ctrl-C ends it.`);
  return endOf(signal).catch((reason) => {
    // SIGTERM is the ordinary way to end what runs as a service.
    if (reason.signal === 'SIGTERM') return 0;
    throw reason;
  });
}

/** One stack for each folder: two servers on the same data would destroy it. Gives the way to release it. */
function lock(path) {
  for (;;) {
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const pid = Number(readFileSync(path, 'utf8'));
    if (isAlive(pid)) {
      throw new Error(
        `a native stack runs on this folder already (process ${pid}): end it, choose another with --data, or remove ` +
          `${path} if that process is something else`,
      );
    }
    rmSync(path, { force: true });
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
