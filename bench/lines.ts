// From a number back to its lines: how fast in a large log, against grep in the same file; how large the notes are, and
// what taking them costs while reading. Run: npx tsx bench/lines.ts [GIGABYTES=1] [RUNS=5], after npm run build.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lineSearch } from '../src/app/line-search.ts';
import { loadRegistered } from '../src/app/chosen.ts';
import { sourceDirectory } from '../src/app/source-options.ts';
import { ecsDenial } from '../src/families/ecs/metrics.ts';
import { contest, median, shell } from './contest.ts';
import { generateEcsLog } from './generate-ecs.ts';

const main = join(fileURLToPath(new URL('..', import.meta.url)), 'dist', 'main.js');
const [gigabytes = 1, runs = 5] = process.argv.slice(2).map(Number);
const directory = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
const log = join(directory, '2026-0112-080000');
const zone = { TZ: 'UTC' };
const event = '1192';

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A configuration whose state is in a folder of its own. */
function configured(name: string, source: object = {}): string {
  const path = join(directory, `${name}.yaml`);
  const sources = [{ family: 'ecs', host: 'cm1', name: 'cm1', paths: [log], timezone: 'UTC', ...source }];
  writeFileSync(path, JSON.stringify({ stateDir: `./${name}`, outputs: { stdout: {} }, sources }));
  return path;
}

/** Import with and without notes, in turn. */
async function cost(): Promise<void> {
  const command = (name: string): string =>
    `rm -rf '${join(directory, name)}'; node '${main}' import --config '${join(directory, name)}.yaml' --no-progress 2>/dev/null | wc -l`;
  const answer = (stdout: string): string => stdout.trim();
  configured('noting');
  configured('plain', { lineIndexMegabytes: 0 });
  const result = await contest(
    'import',
    [
      { name: 'with notes', run: () => shell(command('noting'), zone), answer },
      { name: 'without', run: () => shell(command('plain'), zone), answer },
    ],
    runs,
  );
  const [ours, bare] = result.medians.map(({ seconds }) => seconds);
  if (ours === undefined || bare === undefined) return;
  if (result.difference !== null) throw new Error(`the answers differ: ${result.difference}`);
  const share = (ours / bare - 1) * 100;
  say(
    `import with notes: ${ours.toFixed(3)} s, without ${bare.toFixed(3)} s: ${share.toFixed(1)} % (wanted at most 2) ${share <= 2 ? 'ok' : 'MISSED'}`,
  );
}

/** Minutes all over the log, each looked up and searched with grep; the counts must agree. */
async function lookups(startMs: number, minutes: number): Promise<void> {
  const configuration = await loadRegistered(configured('noting'), {});
  const search = lineSearch(() => configuration);
  const folder = join(sourceDirectory(configuration.stateDirectory, 'cm1'), 'lines');
  const noted = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  say(`notes: ${(noted / 1e3).toFixed(0)} kB, ${((noted / statSync(log).size) * 100).toFixed(3)} % of the log`);
  const [ours, peers, commands]: [number[], number[], number[]] = [[], [], []];
  for (let run = 0; run < runs * 4; run++) {
    const fromMs = startMs + Math.floor(((run + 0.5) / (runs * 4)) * minutes) * 60_000;
    const began = performance.now();
    const found = await search.find(
      {
        measurement: ecsDenial,
        fields: ['count'],
        where: [{ tag: 'event', values: [event], isExcluded: false }],
        fromMs,
        toMs: fromMs + 60_000,
        ofBuckets: true,
        skip: 0,
        limit: 200,
      },
      new AbortController().signal,
    );
    ours.push(performance.now() - began);
    const digits = new Date(fromMs).toISOString().replace(/\D/g, '');
    const pattern = `^${digits.slice(0, 8)}:${digits.slice(8, 12)}.*DENYEVT.*event=${event} .*]`;
    const grep = await shell(`LC_ALL=C grep -c '${pattern}' '${log}' | cat`);
    peers.push(grep.seconds * 1000);
    if (Number(grep.stdout) !== found.total) throw new Error(`${found.total} lines, grep found ${grep.stdout}`);
    if (run >= runs) continue;
    const iso = new Date(fromMs).toISOString();
    const end = new Date(fromMs + 60_000).toISOString();
    const command = await shell(
      `node '${main}' lines --config '${join(directory, 'noting.yaml')}' --from ${iso} --to ${end} --where event=${event} -n 1000000 2>/dev/null | wc -l`,
      zone,
    );
    commands.push(command.seconds * 1000);
    if (Number(command.stdout) !== found.total) throw new Error(`the command found ${command.stdout}`);
  }
  const [time, peer] = [median(ours), median(peers)];
  say(
    `lines of one minute: ${time.toFixed(1)} ms median, ${Math.max(...ours).toFixed(1)} ms at most (wanted below 200) ` +
      `${time < 200 ? 'ok' : 'MISSED'}; grep ${peer.toFixed(0)} ms, ${(peer / time).toFixed(0)} times as long; ` +
      `the command ${median(commands).toFixed(0)} ms with its start`,
  );
}

try {
  mkdirSync(directory, { recursive: true });
  const { bytes, lines } = generateEcsLog(log, gigabytes * 1e9);
  const last = execFileSync('tail', ['-n', '1', log]).toString('latin1');
  const [, hour = '0', minute = '0'] = /^\d{8}:(\d\d)(\d\d)/.exec(last) ?? [];
  say(`${(bytes / 1e9).toFixed(2)} GB, ${lines} lines`);
  await cost();
  await lookups(Date.UTC(2026, 0, 12, 8), (Number(hour) - 8) * 60 + Number(minute));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
