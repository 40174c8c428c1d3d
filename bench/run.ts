// `npm run bench`: Switchboard against grep, Python, mtail and zcat on the same log with the same answer, the speed into
// a real InfluxDB, start-up and memory. Options: --size GIGABYTES (1), --runs N (5), --only NAME (part of a name).
import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';
import { hasInfluxd, startInfluxd } from '../test/support/influxd.ts';
import { ofCountCsv, ofLineProtocol, ofLines, ofMtail, total } from './answers.ts';
import { contest, median, shell } from './contest.ts';
import type { Contender, Result } from './contest.ts';
import { writeDenseLog } from './dense-log.ts';
import { generateEcsLog } from './generate-ecs.ts';
import { benchPage } from './page.ts';
import { benchSip } from './sip.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: { size: { type: 'string', default: '1' }, runs: { type: 'string', default: '5' }, only: { type: 'string' } },
});
const gigabytes = Number(values.size);
const runs = Number(values.runs);
if (!(gigabytes > 0) || !Number.isInteger(runs) || runs < 1) {
  process.stderr.write('usage: npm run bench -- [--size GIGABYTES] [--runs N] [--only NAME]\n');
  process.exit(2);
}

const main = join(root, 'dist', 'main.js');
if (!existsSync(main)) {
  process.stderr.write('dist/ is missing: npm run build\n');
  process.exit(2);
}
const directory = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
const log = join(directory, '2026-0112-080000');
const archive = `${log}.gz`;
const figures: Record<string, number | string>[] = [];
let isWrong = false;

/** Zones would add nothing to the comparison. */
const zone = { TZ: 'UTC' };
const count = (path: string, more = ''): string =>
  `node '${main}' ecs count --ecs denial -i MIN -n 100000 --csv ${more} '${path}'`;
const importing = (path: string, output: string, more = ''): string =>
  `node '${main}' import --family ecs --host cm1 --timezone UTC --no-progress ${more} --output '${output}' '${path}'`;

function contender(name: string, command: string, answer: Contender['answer']): Contender {
  return { name, run: () => shell(command, zone), answer };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints one line: how many times as fast as the peer we are, and whether that is enough. */
function report({ name, medians, peakMegabytes, difference }: Result, target: number, bytes: number): void {
  const [ours, peer] = medians;
  if (!ours || !peer) return;
  const ratio = peer.seconds / ours.seconds;
  const speed = bytes / 1e6 / ours.seconds;
  const memory = peakMegabytes === undefined ? '' : `, peak ${peakMegabytes.toFixed(0)} MB`;
  const verdict = ratio >= target ? 'ok' : 'MISSED';
  say(
    `${name}: ${ratio.toFixed(2)} x ${peer.name} (wanted ${target}) ${verdict}; ` +
      `${ours.seconds.toFixed(3)} s, ${speed.toFixed(0)} MB/s${memory}; ${peer.name} ${peer.seconds.toFixed(3)} s`,
  );
  if (difference !== null) {
    isWrong = true;
    say(`  THE ANSWERS DIFFER: ${difference}`);
  }
  figures.push({
    name,
    ratio,
    target,
    seconds: ours.seconds,
    peerSeconds: peer.seconds,
    peakMegabytes: peakMegabytes ?? '',
  });
}

function hasProgram(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    say(`SKIPPED: ${name} is not installed`);
    return false;
  }
}

async function againstPeers(bytes: number): Promise<void> {
  const sum = (stdout: string): string => total(ofCountCsv(stdout));
  const ours = contender('ecs count', count(log), ofCountCsv);
  if (wanted('grep')) {
    const peer = contender('grep -c', `grep -c DENYEVT '${log}' | cat`, (stdout) => stdout.trim());
    report(await contest('ecs count against grep', [{ ...ours, answer: sum }, peer], runs), 0.4, bytes);
  }
  if (wanted('python') && hasProgram('python3')) {
    const peer = contender('python', `python3 '${join(root, 'bench/peers/count.py')}' '${log}'`, ofLines);
    report(await contest('ecs count against python', [ours, peer], runs), 1.5, bytes);
  }
  if (wanted('mtail') && hasProgram('mtail')) {
    const programs = join(root, 'bench/peers/denials.mtail');
    const peer = contender(
      'mtail',
      `mtail --one_shot --progs '${programs}' --logs '${log}' --log_dir '${directory}'`,
      ofMtail,
    );
    report(await contest('ecs count against mtail', [ours, peer], runs), 25, bytes);
  }
  if (wanted('import')) {
    const importer = contender('import', `${importing(log, 'stdout')} | cat`, ofLineProtocol);
    const peer = contender('grep -c', `grep -c DENYEVT '${log}' | cat`, (stdout) => stdout.trim());
    report(await contest('import to stdout against grep', [importer, peer], runs), 0.3, bytes);
  }
  if (wanted('gz') && hasProgram('zcat')) {
    await pipeline(createReadStream(log), createGzip({ level: 6 }), createWriteStream(archive));
    const zipped = contender('ecs count', count(archive), sum);
    const peer = contender('zcat | grep -c', `zcat '${archive}' | grep -c DENYEVT`, (stdout) => stdout.trim());
    report(await contest('ecs count of .gz against zcat and grep', [zipped, peer], runs), 1.5, bytes);
  }
}

/** Start-up, on an empty log: the bare Node process is shown beside it, because nothing can be faster. */
async function startUp(): Promise<void> {
  const empty = join(directory, '2026-0112-000000');
  writeFileSync(empty, '');
  const nothing = (): string => '';
  const result = await contest(
    'start-up',
    [contender('ecs count', count(empty), nothing), contender('node -e 0', 'node -e 0', nothing)],
    Math.max(runs, 9),
  );
  const [ours, bare] = result.medians.map(({ seconds }) => seconds * 1000);
  if (ours === undefined || bare === undefined) return;
  say(
    `start-up of ecs count: ${ours.toFixed(0)} ms (wanted below 150) ${ours < 150 ? 'ok' : 'MISSED'}; node alone ${bare.toFixed(0)} ms`,
  );
  figures.push({ name: 'start-up', milliseconds: ours, node: bare, target: 150 });
}

/** Peak memory of an import of the whole log and of a quarter of it: it must not follow the size. */
async function memory(bytes: number): Promise<void> {
  const small = join(directory, 'quarter');
  mkdirSync(small);
  generateEcsLog(join(small, '2026-0112-080000'), bytes / 4);
  const peaks: number[] = [];
  for (const path of [small, log]) {
    const { peakMegabytes } = await shell(`${importing(path, 'stdout')} > /dev/null`, zone);
    if (peakMegabytes === undefined) {
      say('SKIPPED: memory needs /usr/bin/time');
      return;
    }
    peaks.push(peakMegabytes);
  }
  const [quarter = 0, whole = 0] = peaks;
  const verdict = whole <= 96 ? 'ok' : 'MISSED';
  say(
    `peak memory of import: ${whole.toFixed(0)} MB (wanted at most 96) ${verdict}; a quarter of the log ${quarter.toFixed(0)} MB`,
  );
  figures.push({ name: 'memory', megabytes: whole, quarter, target: 96 });
}

/** Points per second into an InfluxDB 1.x on this machine, which shares its processors with us. */
async function intoInflux(): Promise<void> {
  if (!hasInfluxd) {
    say('SKIPPED: influxd is not installed');
    return;
  }
  const dense = join(directory, 'dense');
  mkdirSync(dense);
  const lines = writeDenseLog(
    join(dense, '2026-0112-080000'),
    Math.min(2_000_000, Math.max(400_000, gigabytes * 2_000_000)),
  );
  const server = await startInfluxd();
  try {
    const rates: number[] = [];
    for (let run = 0; run <= runs; run++) {
      const database = `bench${run}`;
      await server.query(`CREATE DATABASE "${database}"`);
      const output = `influx:${server.url}?database=${database}`;
      const { seconds } = await shell(`${importing(dense, output, '--bucket-seconds 1')} > /dev/null`, zone);
      const stored = await server.number('SELECT count("count") FROM "ecs_denial"', database);
      if (stored !== lines) {
        isWrong = true;
        say(`  THE ANSWERS DIFFER: ${lines} points were made, ${stored} are stored`);
      }
      if (run > 0) rates.push(lines / seconds);
      await server.query(`DROP DATABASE "${database}"`);
    }
    const rate = median(rates);
    const verdict = rate >= 500_000 ? 'ok' : 'MISSED';
    say(`import into InfluxDB: ${Math.round(rate)} points/s (wanted 500000) ${verdict}; ${lines} points a run`);
    figures.push({ name: 'influx', pointsPerSecond: rate, target: 500_000 });
  } finally {
    await server.stop();
  }
}

function wanted(name: string): boolean {
  return values.only === undefined || name.includes(values.only);
}

/** The live page over ten million points for a size of 1. */
async function page(): Promise<void> {
  await benchPage({
    directory: join(directory, 'store'),
    size: gigabytes,
    runs,
    publicDirectory: join(root, 'dist', 'web', 'public'),
    say,
    note: (name, value, unit, { below, above } = {}) => {
      const isMet = (below === undefined || value < below) && (above === undefined || value > above);
      const limit = below ?? above;
      const verdict =
        limit === undefined
          ? ''
          : ` (wanted ${below === undefined ? 'above' : 'below'} ${limit}) ${isMet ? 'ok' : 'MISSED'}`;
      say(`${name}: ${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}${verdict}`);
      figures.push({ name: `page: ${name}`, value, unit, ...(limit === undefined ? {} : { target: limit }) });
    },
    wrong: (text) => {
      isWrong = true;
      say(`  WRONG: ${text}`);
    },
  });
}

/** SIP messages of a log of MST traces, half the size of the other one: Python takes its time. */
async function sip(): Promise<void> {
  if (!hasProgram('python3')) return;
  const { result, bytes } = await benchSip({ main, directory, bytes: gigabytes * 5e8, runs });
  report(result, 3, bytes);
}

/** The parts that read the log. */
async function withLog(): Promise<void> {
  const generated = generateEcsLog(log, gigabytes * 1e9);
  say(
    `${(generated.bytes / 1e9).toFixed(2)} GB, ${generated.lines} lines, ${generated.denials} denials; ` +
      `${runs} runs each, medians; ${cpus().length} processors, Node ${process.versions.node}`,
  );
  await againstPeers(generated.bytes);
  if (wanted('memory')) await memory(generated.bytes);
}

try {
  if (['grep', 'python', 'mtail', 'import', 'gz', 'memory'].some(wanted)) await withLog();
  if (wanted('start-up')) await startUp();
  if (wanted('influx')) await intoInflux();
  if (wanted('sip')) await sip();
  if (wanted('page')) await page();
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(join(root, 'build', 'bench.json'), `${JSON.stringify({ gigabytes, runs, figures }, null, 2)}\n`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exitCode = isWrong ? 1 : 0;
