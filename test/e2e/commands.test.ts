// The commands as people use them: on the built program, through a shell where a pipe matters, with a real InfluxDB
// where points are stored.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DashboardDefinition, DashboardList, QueryAnswer } from '../../src/web/public/wire.ts';
import { ecsStamp } from '../support/ecs-writer.ts';
import { differences, storedDenials, writeConfig } from '../support/exporter.ts';
import { hasInfluxd, startInfluxd } from '../support/influxd.ts';
import type { Influxd } from '../support/influxd.ts';
import { programPath, runProgram, startProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const corpora = fileURLToPath(new URL('../../../shared/corpora/ecs/', import.meta.url));
const beginMs = Date.UTC(2025, 2, 3, 4);
const denial = (event: number, timeMs = beginMs): string =>
  `${ecsStamp(timeMs)}:1:capro(1):MED:[DENYEVT event=${event} d1=1 d2=2]\n`;

/** Runs a line of a shell, in which `$SB` is the program; gives what it wrote. */
async function shell(line: string, cwd: string): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn('bash', ['-c', line], {
    cwd,
    env: { PATH: process.env['PATH'], TZ: 'UTC', SB: `${process.execPath} ${programPath()}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

/** A folder with an archive and a plain log of three hours, and what is in them by event and minute. */
function archive(): { folder: string; expected: Map<string, number>; lines: number } {
  const folder = temporaryFolder();
  const expected = new Map<string, number>();
  mkdirSync(join(folder, 'logs'));
  let lines = 0;
  for (const [hour, name] of ['2025-0303-040000.gz', '2025-0303-050000', '2025-0303-060000.log'].entries()) {
    let text = '';
    for (let number = 0; number < 2000; number++) {
      const timeMs = beginMs + hour * 3_600_000 + number * 1500;
      const event = [1012, 1192, 2287][number % 3] ?? 0;
      text += number % 2 === 0 ? denial(event, timeMs) : `${ecsStamp(timeMs)}:1:capro(1):MED:[MST  20 54]\n`;
      lines++;
      const key = `${event} ${Math.floor(timeMs / 60_000) * 60_000}`;
      if (number % 2 === 0) expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    writeFileSync(join(folder, 'logs', name), name.endsWith('.gz') ? gzipSync(text) : text);
  }
  return { folder, expected, lines };
}

describe.skipIf(!hasInfluxd)('import into InfluxDB', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await startInfluxd();
  });
  afterAll(async () => {
    await influxd?.stop();
  });

  test('stores a folder of archives exactly, however often it is done', async () => {
    const { folder, expected, lines } = archive();
    const output = `influx:${influxd.url}?database=adhoc`;
    for (let times = 0; times < 2; times++) {
      const command = ['import', '--family', 'ecs', '--host', 'old', '--timezone', 'UTC', '-o', output, 'logs'];
      const { status, stdout, stderr } = await runProgram(command, { cwd: folder });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
      const grouped = lines.toLocaleString('en');
      expect(stderr).toContain(`ecs-old: ${grouped} lines read = ${(lines / 2).toLocaleString('en')} matched`);
      expect(stderr).toMatch(/^ {2}influx: \d[\d,]* points accepted, 0 refused, 0 waiting$/m);
      expect(differences(await storedDenials(influxd, 'adhoc', 'old'), expected)).toEqual([]);
    }
  });

  test('with a configuration goes on with what came since, and fails while a path is missing', async () => {
    const { folder, expected, lines } = archive();
    const config = writeConfig(folder, {
      outputs: { influx: { url: influxd.url, database: 'configured' } },
      sources: [
        { family: 'ecs', host: 'old', paths: ['logs'], timezone: 'UTC', bucketSeconds: 60 },
        { family: 'ecs', host: 'none', paths: ['nothing/20*'], timezone: 'UTC' },
      ],
    });
    const first = await runProgram(['import', '--config', config]);
    expect(first.status).toBe(1);
    expect(first.stderr).toMatch(/^switchboard: ecs-none: .*nothing\/20\* matches nothing$/m);
    expect(differences(await storedDenials(influxd, 'configured', 'old'), expected)).toEqual([]);
    const timeMs = beginMs + 3 * 3_600_000;
    appendFileSync(join(folder, 'logs', '2025-0303-060000.log'), denial(77, timeMs));
    const second = await runProgram(['import', '--config', config, '--source', 'ecs-old']);
    expect(second.status).toBe(0);
    expect(second.stderr).toContain(`ecs-old: ${(lines + 1).toLocaleString('en')} lines read`);
    expected.set(`77 ${timeMs}`, 1);
    expect(differences(await storedDenials(influxd, 'configured', 'old'), expected)).toEqual([]);
  });

  test('is ended by Ctrl-C while the database is away, and says that it was not the end', async () => {
    const { folder } = archive();
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const output = `influx:http://127.0.0.1:${port}?database=away`;
    const program = startProgram(['import', '--family', 'ecs', '--host', 'old', '-o', output, 'logs'], { cwd: folder });
    await once(server, 'connection');
    program.child.kill('SIGINT');
    const { status, stderr } = await program.ended;
    expect(status).toBe(130);
    expect(stderr).toMatch(/^switchboard: ecs-old: \d+ points wait for influx$/m);
    expect(stderr).toMatch(/^switchboard: interrupted before the end$/m);
    server.close();
  });
});

describe('import', () => {
  test('into StatsD is refused, because it would look as if everything happened now', async () => {
    const server = createSocket('udp4').bind(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const { folder } = archive();
    const command = ['import', '--family', 'ecs', '--host', 'old', '-o', `statsd:127.0.0.1:${port}`, 'logs'];
    const refused = await runProgram(command, { cwd: folder });
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/^switchboard: the output statsd cannot store the time of an event.*--force/m);
    const forced = await runProgram([...command, '--force'], { cwd: folder });
    expect(forced.status).toBe(0);
    expect(forced.stderr).toMatch(/^ {2}statsd: \d[\d,]* points accepted/m);
    server.close();
  });

  test('tells its progress in plain lines where there is no terminal', async () => {
    const args = ['import', '--family', 'ecs', '--host', 'old', '--timezone', 'UTC', '-'];
    const program = startProgram(args, { hasOpenInput: true });
    program.child.stdin?.write(denial(1192).repeat(5));
    await until(() => /^\d+ % .*5 lines .*lines\/s .*MB\/s.*\n/m.test(program.stderr), 'a line of progress', 45_000);
    expect(program.stderr).not.toMatch(/[\r\x1b]/);
    program.child.stdin?.end();
    const { status, stdout } = await program.ended;
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ecs_denial,\S*event=1192\S* count=5i/m);
  });

  test('reads what can be read of damaged and binary files, and its status tells', async () => {
    const folder = temporaryFolder();
    const whole = gzipSync(denial(1192).repeat(2000));
    writeFileSync(join(folder, '2025-0303-040000.gz'), whole.subarray(0, whole.length - 20));
    const noise = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 31) % 256));
    writeFileSync(join(folder, '2025-0303-050000'), Buffer.concat([noise, Buffer.from(`\n${denial(2287)}`)]));
    const args = ['import', '--family', 'ecs', '--host', 'old', '--timezone', 'UTC', folder];
    const { status, stdout, stderr } = await runProgram(args);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^switchboard: ecs-old: .*2025-0303-040000\.gz is damaged: /m);
    expect(stdout).toMatch(/^ecs_denial,\S*event=2287\S* count=1i/m);
  });
});

describe('a reader that has seen enough', () => {
  test.each([
    ['import', '$SB import --family ecs --host old --timezone UTC logs'],
    ['ecs count', '$SB ecs count -v -v -i SEC -n 5000 logs'],
    ['check', '$SB check --config sb.json --all -n 100000'],
    ['--help', '$SB import --help'],
  ])('ends %s quietly', async (_name, command) => {
    const { folder } = archive();
    writeConfig(folder, { sources: [{ family: 'ecs', host: 'old', paths: ['logs'], timezone: 'UTC' }] }, 'sb.json');
    const { stdout, stderr } = await shell(`${command} | head -n 1; echo "status \${PIPESTATUS[0]}"`, folder);
    expect(stdout.split('\n')[1]).toBe('status 0');
    expect(stderr).not.toMatch(/EPIPE|switchboard:|at .*\.js/);
  });
});

describe('check', () => {
  test('names every fault of a configuration with its place and a suggestion', async () => {
    const folder = temporaryFolder();
    const config = join(folder, 'sb.yaml');
    writeFileSync(
      config,
      'outputs: { stdout: }\nsources:\n  - family: esc\n    host: cm\n    path: [x]\n    timezone: Europe/Berln\n',
    );
    const { status, stdout, stderr } = await runProgram(['check', '--config', config]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/sb\.yaml:3:13: sources\[0\]\.family: .*"esc".*ecs/);
    expect(stderr).toMatch(/sb\.yaml:5:5: sources\[0\]\.path: unknown key "path"; did you mean paths\?/);
    expect(stderr).toMatch(/sb\.yaml:6:15: sources\[0\]\.timezone: .*Europe\/Berln/);
    expect(stderr).not.toMatch(/internal error|at .*\.js/);
  });

  test.each([
    ['a missing file', undefined],
    ['an empty file', ''],
    ['YAML that is none', 'sources: [\n  - {'],
    ['binary noise', '\u0000\u0001\ufffd\u001b[31m'],
    ['a list', '- a\n- b\n'],
  ])('refuses %s with a message for people', async (_name, content) => {
    const config = join(temporaryFolder(), 'sb.yaml');
    if (content !== undefined) writeFileSync(config, content);
    const { status, stderr } = await runProgram(['check', '--config', config]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^switchboard: .*sb\.yaml/);
    expect(stderr).not.toMatch(/internal error|at .*\.js|\x1b/);
  });
});

describe('replay', () => {
  test('stores lines that a corrected table of denials makes usable, and a dry run changes nothing', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'logs'));
    const ahead = denial(2287, Math.floor(Date.now() / 60_000) * 60_000 + 7_200_000);
    writeFileSync(join(folder, 'logs', '2026-0101-000000'), denial(1192, Date.now() - 60_000) + ahead);
    const configure = (futureToleranceSeconds: number): string =>
      writeConfig(folder, {
        outputs: { stdout: {} },
        sources: [{ family: 'ecs', host: 'cm', paths: ['logs'], timezone: 'UTC', futureToleranceSeconds }],
      });
    const config = configure(600);
    const letters = join(folder, 'state/sources/ecs-cm/dead-letters/dead-letters.jsonl');
    expect((await runProgram(['import', '--config', config])).status).toBe(0);
    const before = readFileSync(letters, 'utf8');
    const useless = await runProgram(['replay', '--config', config, '--dry-run']);
    expect(useless.stdout).toBe('');
    configure(86_400);
    const dry = await runProgram(['replay', '--config', config, '--dry-run']);
    expect(dry.stdout).toMatch(/^ecs_denial,\S*event=2287\S* count=1i/m);
    expect(readFileSync(letters, 'utf8')).toBe(before);
    const real = await runProgram(['replay', '--config', config]);
    expect({ status: real.status, stdout: real.stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^ecs_denial,\S*event=2287\S* count=1i/m) as string,
    });
    expect(existsSync(letters) ? readFileSync(letters, 'utf8') : '').toBe('');
  });
});

describe('wrong use', () => {
  test.each([
    [['ecs', 'cuont'], /did you mean count\?/i],
    [['chek'], /did you mean check\?/i],
    [['check', '--confg', 'x'], /did you mean --config\?/i],
    [['up', '--port', '99999'], /whole number from 0 to 65535/],
    [['import', 'x'], /--family/],
    [['export'], /--config/],
    [[], /Usage: switchboard/],
  ])('%j says what to do, with status 2', async (args, message) => {
    const { status, stdout, stderr } = await runProgram(args, { cwd: temporaryFolder() });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe.skipIf(!existsSync(corpora))('ecs count', () => {
  test.each(['friendly', 'hard'])('of the folder %s is what its truth says', async (name) => {
    const { status, stdout } = await runProgram([
      'ecs',
      'count',
      '-i',
      'MIN',
      '--json',
      '-n',
      '100',
      join(corpora, name),
    ]);
    const { tables } = JSON.parse(stdout) as {
      tables: { name: string; intervals: string[]; rows: { label: string; counts: number[] }[] }[];
    };
    const { minutes } = JSON.parse(readFileSync(join(corpora, name, 'truth.json'), 'utf8')) as {
      minutes: Record<string, { denial: Record<string, number> }>;
    };
    const found: Record<string, Record<string, number>> = {};
    const table = tables.find((candidate) => candidate.name === 'denial');
    for (const { label, counts } of table?.rows ?? []) {
      for (const [index, count] of counts.entries()) {
        if (count > 0) (found[table?.intervals[index] ?? ''] ??= {})[label.replace('event=', '')] = count;
      }
    }
    const truth = Object.fromEntries(Object.entries(minutes).map(([minute, counts]) => [minute, counts.denial]));
    expect(found).toEqual(truth);
    expect(status).toBe(0);
  });
});

describe('up without a configuration', () => {
  test('draws a demo within seconds, and ends in order at SIGTERM', async () => {
    const folder = temporaryFolder();
    const program = startProgram(['up', '--port', '0', '--state', folder]);
    const [, url = ''] = await until(() => / at (http:\S+)$/m.exec(program.stdout), 'the address', 60_000);
    const get = async (path: string): Promise<Response> => fetch(new URL(path, url));
    expect(await (await get('/')).text()).toMatch(/<title>.*Switchboard/);
    const { dashboards } = (await (await get('/api/dashboards')).json()) as DashboardList;
    // The page opens with the first one. Its curves are of Switchboard itself and begin now; those of the logs are older.
    expect(dashboards[0]?.uid).toBe('sb-overview');
    const uid = 'sb-avaya';
    const { sections } = (await (await get(`/api/dashboards/${uid}`)).json()) as DashboardDefinition;
    const panel = sections.flatMap(({ panels }) => panels).find(({ type }) => type === 'timeseries');
    await until(
      async () => {
        const to = Date.now();
        const question = `dashboard=${uid}&panel=${panel?.id}&query=0&from=${to - 3_600_000}&to=${to}`;
        const { series } = (await (await get(`/api/query?${question}`)).json()) as QueryAnswer;
        return series.some(({ values }) =>
          values.some((column) => column.filter((value) => Number(value) > 0).length > 5),
        );
      },
      'a chart with more than five points',
      60_000,
    );
    program.child.kill('SIGTERM');
    const { status, stderr } = await program.ended;
    expect(status).toBe(0);
    expect(stderr).not.toMatch(/"level":"(?:warn|error)"/);
    // Nothing is left that somebody would have to repair or to remove.
    const left = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => /\.tmp$|\.wal$|lock$/.test(name))).toEqual([]);
    for (const name of left.filter((path) => /logs\/ecs\/20/.test(path))) {
      expect(readFileSync(join(folder, name), 'latin1').endsWith('\n'), name).toBe(true);
    }
    const again = startProgram(['up', '--port', '0', '--state', folder]);
    await until(() => / at (http:\S+)$/m.exec(again.stdout), 'the address of the second start', 60_000);
    again.child.kill('SIGTERM');
    expect((await again.ended).status).toBe(0);
  });

  test('names the port that is taken, and leaves no simulator behind', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { status, stderr } = await runProgram(['up', '--port', String(port), '--state', temporaryFolder()]);
    server.close();
    expect(status).toBe(2);
    expect(stderr).toMatch(new RegExp(`^switchboard: port ${port} on 127\\.0\\.0\\.1 is in use.*--port`, 'm'));
  });
});
