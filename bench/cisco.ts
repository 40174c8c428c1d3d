// `npx tsx bench/cisco.ts`: the whole chain of the cisco family (grammar, preprocessing, inference), as a command and as an
// import with its metrics, against grep of the same file and against syslog-ng, which only takes the lines apart and writes
// them to a file. The results are checked against what the generator wrote. After npm run build.
// Options: --lines N (1000000), --runs N (3), --sites N (150). Figures are of processor time: the machine may be busy.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contest, median, shell } from './contest.ts';
import type { Contender } from './contest.ts';
import { writeCiscoLog, writeCiscoTopology } from './generate-cisco.ts';
import type { CiscoLog, LogKind } from './generate-cisco.ts';

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
    sites: { type: 'string', default: '150' },
  },
});
const [lines, runs, sites] = [values.lines, values.runs, values.sites].map(Number) as [number, number, number];
/** Lines a second of the log: a day is 1.7 million. */
const perSecond = 20;
const wantedRate = 300_000;
const main = join(fileURLToPath(new URL('..', import.meta.url)), 'dist', 'main.js');
const directory = mkdtempSync(join(tmpdir(), 'switchboard-bench-cisco-'));
const topology = join(directory, 'topology.yaml');

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What was received and lost, as both of our ways and the generator say it. */
function counts(received: number, lost: number): string {
  return `${received} received, ${lost} lost`;
}

function ofCommand(stdout: string): string {
  const { transport } = JSON.parse(stdout) as { transport: { received: number; lost: number } };
  return counts(transport.received, transport.lost);
}

/** Of line protocol: a point may be written again with a newer value, and `received` has the copies in it. */
function ofImport(stdout: string): string {
  const points = new Map<string, { received: number; lost: number }>();
  for (const text of stdout.split('\n')) {
    const [key = '', fields = '', time = ''] = text.startsWith('cisco_transport,') ? text.split(' ') : [];
    if (fields === '') continue;
    const value = (name: string): number => Number(new RegExp(`\\b${name}=(\\d+)`).exec(fields)?.[1] ?? 0);
    points.set(`${key} ${time}`, { received: value('received') - value('duplicate'), lost: value('lost') });
  }
  const sum = (name: 'received' | 'lost'): number =>
    [...points.values()].reduce((total, point) => total + point[name], 0);
  return counts(sum('received'), sum('lost'));
}

function syslogNg(): string | undefined {
  // In the place of administrators' programs, which is not on everybody's path.
  const paths = ['/usr/sbin/syslog-ng', '/usr/local/sbin/syslog-ng'];
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) say('SKIPPED: syslog-ng is not installed (apt-get install syslog-ng-core)');
  return found;
}

/** syslog-ng with a configuration of its own: the log comes by a pipe, and it ends when the pipe does. */
function syslogNgCommand(program: string, log: string): string {
  const configuration = join(directory, 'syslog-ng.conf');
  const version = /(\d+\.\d+)/.exec(execFileSync(program, ['--version']).toString())?.[1] ?? '3.38';
  const output = join(directory, 'parsed.log');
  writeFileSync(
    configuration,
    `@version: ${version}
options { keep-hostname(yes); use-dns(no); dns-cache(no); log-fifo-size(100000); stats-freq(0); };
source s_log { stdin(); };
destination d_file { file("${output}" template("$ISODATE $HOST $MSGHDR$MSG\\n")); };
log { source(s_log); destination(d_file); flags(flow-control); };
`,
  );
  const own = ['persist', 'control', 'pid'].map((name) => `'${join(directory, `syslog-ng.${name}`)}'`);
  const options = `-f '${configuration}' -R ${own[0]} -c ${own[1]} -p ${own[2]}`;
  return `rm -f '${output}'; cat '${log}' | '${program}' -F --no-caps ${options} && wc -l < '${output}'`;
}

/** A source with the topology; the state goes into a folder that every run makes anew. */
function importCommand(log: string): string {
  const configuration = join(directory, 'import.yaml');
  const state = join(directory, 'state');
  const source = { family: 'cisco', host: 'noc', name: 'noc', paths: [log], timezone: 'UTC', bucketSeconds: 60 };
  const sources = [{ ...source, options: { topology } }];
  writeFileSync(configuration, JSON.stringify({ stateDir: state, outputs: { stdout: {} }, sources }));
  return `rm -rf '${state}'; node '${main}' import --config '${configuration}' --no-progress`;
}

async function race(kind: LogKind): Promise<void> {
  const log = join(directory, `${kind}.log`);
  const written: CiscoLog = writeCiscoLog(log, { lines, sites, kind, perSecond });
  const truth = counts(written.lines - written.copies, written.lost);
  const seconds = new Map<string, number[]>();
  const zone = { TZ: 'UTC' };
  const contender = (name: string, command: string, answer: Contender['answer']): Contender => ({
    name,
    run: async () => {
      const run = await shell(command, zone);
      const list = seconds.get(name) ?? [];
      seconds.set(name, [...list, run.cpuSeconds ?? run.seconds]);
      return run;
    },
    answer,
  });
  const ofLines = (stdout: string): string => (Number(stdout) === written.lines ? truth : `${stdout.trim()} lines`);
  const [command, importing] = ['cisco network', 'import with the topology'];
  const network = `node '${main}' cisco network -t '${topology}' --json '${log}'`;
  const program = syslogNg();
  const peers = [contender('grep -c', `grep -c '%' '${log}'`, ofLines)];
  if (program !== undefined) peers.push(contender('syslog-ng', syslogNgCommand(program, log), ofLines));
  const { difference } = await contest(
    kind,
    [contender(command, network, ofCommand), contender(importing, importCommand(log), ofImport), ...peers],
    runs,
  );
  say(`${kind}: ${written.lines} lines, ${(written.bytes / 1e6).toFixed(0)} MB, ${written.changes} changes of state`);
  // The first round fills the caches and does not count.
  const timeOf = (name: string): number => median((seconds.get(name) ?? []).slice(1));
  for (const name of [command, importing]) {
    const mine = timeOf(name);
    const rate = written.lines / mine;
    const verdict = rate >= wantedRate ? 'ok' : 'MISSED';
    const ratios = peers.map((peer) => `${(timeOf(peer.name) / mine).toFixed(3)} x ${peer.name}`).join(', ');
    say(`  ${name}: ${Math.round(rate)} lines/s (wanted ${wantedRate}) ${verdict}; ${mine.toFixed(2)} s, ${ratios}`);
  }
  for (const { name } of peers) say(`  ${name}: ${Math.round(written.lines / timeOf(name))} lines/s`);
  if (difference !== null || ofLines(String(written.lines)) !== truth) {
    say(`  THE ANSWERS DIFFER: ${difference ?? ''}`);
    process.exitCode = 1;
  }
  rmSync(log);
}

/** Peak memory over a log and one ten times as long. */
async function memory(): Promise<void> {
  const commands = {
    'cisco network': (log: string) => `node '${main}' cisco network -t '${topology}' --json '${log}' > /dev/null`,
    'import with the topology': (log: string) => `${importCommand(log)} > /dev/null`,
  };
  const log = join(directory, 'memory.log');
  const peaks = new Map<string, string[]>();
  for (const length of [lines, 10 * lines]) {
    writeCiscoLog(log, { lines: length, sites, kind: 'access-lists', perSecond });
    for (const [name, command] of Object.entries(commands)) {
      const { peakMegabytes } = await shell(command(log), { TZ: 'UTC' });
      peaks.set(name, [...(peaks.get(name) ?? []), `${peakMegabytes?.toFixed(0) ?? '?'} MB`]);
    }
  }
  for (const [name, [one = '', ten = '']] of peaks)
    say(`peak memory of ${name}: ${one}, of ten times the lines ${ten}`);
}

try {
  writeCiscoTopology(topology, sites);
  await race('mixed');
  await race('access-lists');
  await memory();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
