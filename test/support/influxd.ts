// A real InfluxDB 1.x of the distribution, on private loopback ports, in a temporary folder.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = ['/usr/bin/influxd', '/usr/local/bin/influxd', '/usr/sbin/influxd'].find((path) => existsSync(path));

/** False on a machine without influxd: skip the suite there. In CI that is a failure, not a skip. */
export const hasInfluxd = program !== undefined || Boolean(process.env['CI']);

/** One series of an InfluxQL answer. */
export interface InfluxSeries {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (string | number | boolean | null)[])[];
}

/** A running server. */
export interface Influxd {
  readonly url: string;
  readonly port: number;
  /** Runs InfluxQL (several statements may be separated by `;`), times in epoch ms; throws the server's error. */
  query(text: string, database?: string): Promise<readonly InfluxSeries[]>;
  /** Numbers of the first column after time of the first row, or 0 when there is none: for counts and sums. */
  number(text: string, database: string): Promise<number>;
  /** Ends the process (SIGTERM, then SIGKILL) and removes its folder. */
  stop(): Promise<void>;
  /** Ends the process and starts it again on the same data and port. */
  restart(): Promise<void>;
}

/** With `account` the server wants authentication, and this administrator exists. */
export interface InfluxdOptions {
  readonly account?: { readonly username: string; readonly password: string };
}

/** Starts a server; resolves when it answers. */
export async function startInfluxd(options: InfluxdOptions = {}): Promise<Influxd> {
  if (program === undefined) throw new Error('influxd is not installed: apt-get install influxdb');
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-influxd-'));
  let running = await launch(directory, 0, options.account !== undefined);
  const { port } = running;
  const url = `http://127.0.0.1:${port}`;
  const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };

  const query = async (text: string, database?: string): Promise<readonly InfluxSeries[]> => {
    const body = new URLSearchParams({ q: text, epoch: 'ms', ...(database === undefined ? {} : { db: database }) });
    const response = await fetch(`${url}/query`, { method: 'POST', body, headers });
    const answer = (await response.json()) as {
      error?: string;
      results?: { error?: string; series?: InfluxSeries[] }[];
    };
    const error = answer.error ?? answer.results?.find((result) => result.error !== undefined)?.error;
    if (error !== undefined) throw new Error(`${text}: ${error}`);
    return (answer.results ?? []).flatMap((result) => result.series ?? []);
  };

  if (options.account) {
    const { username, password } = options.account;
    await query(`CREATE USER "${username}" WITH PASSWORD '${password}' WITH ALL PRIVILEGES`);
    headers['authorization'] = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
  return {
    url,
    port,
    query,
    number: async (text, database) => {
      const value = (await query(text, database))[0]?.values[0]?.[1];
      return typeof value === 'number' ? value : 0;
    },
    stop: async () => {
      await end(running.child);
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
    restart: async () => {
      await end(running.child);
      running = await relaunch(directory, port, options.account !== undefined);
    },
  };
}

/** For a moment the port may be the own port of somebody's connection. */
async function relaunch(directory: string, port: number, hasAccounts: boolean): ReturnType<typeof launch> {
  for (let tries = 0; ; tries++) {
    try {
      return await launch(directory, port, hasAccounts);
    } catch (error) {
      if (tries === 40 || !String(error).includes('address already in use')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** The server chooses its ports itself (port 0) and tells the one for HTTP in its log, so no two tests collide. */
async function launch(
  directory: string,
  port: number,
  hasAccounts: boolean,
): Promise<{ child: ChildProcess; port: number }> {
  const file = join(directory, 'influxdb.conf');
  writeFileSync(
    file,
    `reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "${join(directory, 'meta')}"
[data]
  dir = "${join(directory, 'data')}"
  wal-dir = "${join(directory, 'wal')}"
  query-log-enabled = false
[coordinator]
  write-timeout = "60s"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  auth-enabled = ${hasAccounts}
  log-enabled = false
[continuous_queries]
  enabled = false
[logging]
  format = "json"
`,
  );
  const child = spawn(program ?? '', ['-config', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  const listening = await new Promise<number>((resolve, reject) => {
    const limit = setTimeout(() => fail('did not start within 60 s'), 60_000);
    const fail = (what: string): void => {
      clearTimeout(limit);
      child.kill('SIGKILL');
      reject(new Error(`influxd ${what}: ${log.slice(-2000)}`));
    };
    child.once('error', (error) => fail(error.message));
    const ended = (status: number | null): void => fail(`ended with ${status}`);
    child.once('exit', ended);
    child.stderr?.on('data', (data: Buffer) => {
      log = (log + data.toString()).slice(-20_000);
      const found = /"Listening on HTTP"[^\n]*"addr":"[^"]*:(\d+)"/.exec(log);
      if (!found) return;
      clearTimeout(limit);
      child.removeListener('exit', ended);
      resolve(Number(found[1]));
    });
  });
  await answers(`http://127.0.0.1:${listening}/ping`);
  return { child, port: listening };
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      if ((await fetch(url)).status === 204) return;
    } catch (error) {
      if (tries > 1000) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
