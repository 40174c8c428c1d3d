// What only a process can show. The program is the built one.
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runProgram, startProgram } from '../support/program.ts';
import type { RunningProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

interface Place {
  readonly folder: string;
  readonly log: string;
  readonly config: string;
  /** Writes the configuration with these lines in its source. */
  configure(...lines: readonly string[]): void;
  /** Appends denials of an event at 09:00:00 UTC of that day. */
  write(event: number, count: number): void;
}

function place(): Place {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'logs'));
  const log = join(folder, 'logs', '2017-0427-090000');
  const config = join(folder, 'sb.yaml');
  const configure = (...lines: readonly string[]): void => {
    const source = ['family: ecs', 'host: cm1', 'paths: [logs]', 'timezone: UTC', ...lines].join('\n    ');
    writeFileSync(config, `instance: t\noutputs: { stdout: }\nsources:\n  - ${source}\n`);
  };
  configure();
  const write = (event: number, count: number): void => {
    const line = `20170427:090000000:1:capro(1):MED:[DENYEVT event=${event} d1=1 d2=2]\n`;
    appendFileSync(log, line.repeat(count));
  };
  return { folder, log, config, configure, write };
}

/** Counts of the last value of each event on standard output. */
function denials({ stdout }: { readonly stdout: string }): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, event = '', count] of stdout.matchAll(/^ecs_denial,\S*event=(\d+)\S* count=(\d+)i/gm)) {
    counts[event] = Number(count);
  }
  return counts;
}

function stopped(program: RunningProgram, signal: NodeJS.Signals): Promise<{ status: number | null; stderr: string }> {
  program.child.kill(signal);
  return program.ended;
}

describe('export', () => {
  test('follows the log, ends with 0 at SIGTERM, and goes on from there', async () => {
    const { config, write } = place();
    write(1192, 3);
    const first = startProgram(['export', '--config', config]);
    await until(() => denials(first)['1192'] === 3, 'the first three');
    write(1192, 2);
    await until(() => denials(first)['1192'] === 5, 'all five');
    expect(await stopped(first, 'SIGTERM')).toMatchObject({ status: 0 });
    write(1192, 4);
    const second = startProgram(['export', '--config', config]);
    await until(() => denials(second)['1192'] === 9, 'all nine');
    const ending = await stopped(second, 'SIGINT');
    expect(ending.status).toBe(130);
    expect(ending.stderr).toContain('"message":"stopped"');
  });

  test('shows the zone it uses and tells nothing but JSON lines to a log collector', async () => {
    const { config, write } = place();
    write(1, 1);
    const program = startProgram(['export', '--config', config]);
    await until(() => denials(program)['1'] === 1, 'the denial');
    const { stderr } = await stopped(program, 'SIGTERM');
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(expect.objectContaining({ message: 'reading', source: 'ecs-cm1', timezone: 'UTC' }));
  });

  test('refuses a second process with the same state', async () => {
    const { config, write } = place();
    write(1, 1);
    const first = startProgram(['export', '--config', config]);
    await until(() => denials(first)['1'] === 1, 'the denial');
    const second = await runProgram(['export', '--config', config]);
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(
      /switchboard: no source can be started:\n {2}ecs-cm1: process \d+ uses this state already/,
    );
    expect(await stopped(first, 'SIGTERM')).toMatchObject({ status: 0 });
  });

  test('reads its configuration again at SIGHUP, and an invalid one changes nothing', async () => {
    const { config, configure, folder, write } = place();
    write(1, 1);
    const program = startProgram(['export', '--config', config]);
    await until(() => denials(program)['1'] === 1, 'the denial');
    configure('bucketSecond: 5');
    program.child.kill('SIGHUP');
    await until(() => program.stderr.includes('nothing was changed'), 'the refusal');
    expect(program.stderr).toMatch(/sb\.yaml:8:5: sources\[0\]\.bucketSecond: unknown key/);
    write(1, 1);
    await until(() => denials(program)['1'] === 2, 'the source to go on');
    mkdirSync(join(folder, 'more'));
    writeFileSync(
      config,
      'instance: t\noutputs: { stdout: }\nsources:\n' +
        '  - { family: ecs, host: cm1, paths: [logs], timezone: UTC }\n' +
        '  - { family: ecs, host: cm2, paths: [more], timezone: UTC }\n',
    );
    writeFileSync(
      join(folder, 'more', '2017-0427-090000'),
      '20170427:090000000:1:capro(1):MED:[DENYEVT event=77 d1=1 d2=2]\n',
    );
    program.child.kill('SIGHUP');
    await until(() => denials(program)['77'] === 1, 'the new source');
    write(1, 1);
    await until(() => denials(program)['1'] === 3, 'the old source, untouched');
    const { status, stderr } = await stopped(program, 'SIGTERM');
    expect(status).toBe(0);
    // Restored would mean that it was opened again.
    expect(stderr).not.toMatch(/"source":"ecs-cm1"[^\n]*state restored/);
  });

  test('ends quietly when nobody reads its output any more', async () => {
    const { config, write } = place();
    write(1, 1);
    const program = startProgram(['export', '--config', config]);
    await until(() => denials(program)['1'] === 1, 'the denial');
    program.child.stdout.destroy();
    write(1, 1);
    const { status, stderr } = await program.ended;
    expect(status).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|internal error|^switchboard:/m);
  });
});

describe('import', () => {
  const withoutConfig = (log: string): string[] => [
    'import',
    '--family',
    'ecs',
    '--host',
    'cm1',
    '--timezone',
    'UTC',
    log,
  ];

  test('reads files once, writes line protocol, and accounts for every line', async () => {
    const { log, write } = place();
    write(1192, 3);
    appendFileSync(log, 'nothing of interest\n20170499:090000000:1:capro(1):MED:[DENYEVT event=1 d1=1 d2=2]\n');
    const { status, stdout, stderr } = await runProgram(withoutConfig(log));
    expect(stdout).toMatch(
      /^ecs_denial,category=\w+,event=1192,host=cm1,instance=\S+-import count=3i\S* 1493283600000$/m,
    );
    expect(stderr).toMatch(
      /^ecs-cm1: 5 lines read = 3 matched \+ 1 ignored \+ 1 dead letters \+ 0 too late \+ 0 too long\n/m,
    );
    expect(stderr).toMatch(/^ {2}stdout: \d+ points accepted, 0 refused, 0 waiting\n/m);
    expect(status).toBe(0);
  });

  test('has no progress bar in a pipe', async () => {
    const { log, write } = place();
    write(1, 1);
    const { stderr } = await runProgram(withoutConfig(log));
    expect(stderr).not.toMatch(/[\r\x1b]/);
  });

  test('says which path matches nothing, and that this is a failure', async () => {
    const { folder } = place();
    const { status, stderr } = await runProgram(withoutConfig(join(folder, 'none', '20*')));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^switchboard: ecs-cm1: \S+\/none\/20\* matches nothing$/m);
  });

  test('with a configuration goes on where it was, and export goes on after it', async () => {
    const { config, write } = place();
    write(1, 2);
    expect(denials(await runProgram(['import', '--config', config]))).toEqual({ 1: 2 });
    write(1, 3);
    const again = await runProgram(['import', '--config', config]);
    expect(again.status).toBe(0);
    expect(denials(again)).toEqual({ 1: 5 });
    write(1, 1);
    const follower = startProgram(['export', '--config', config]);
    await until(() => denials(follower)['1'] === 6, 'all six');
    expect(await stopped(follower, 'SIGTERM')).toMatchObject({ status: 0 });
  });

  test('reads standard input', async () => {
    const input = '20170427:090000000:1:capro(1):MED:[DENYEVT event=5 d1=1 d2=2]\n';
    const outcome = await runProgram(withoutConfig('-'), { input });
    expect(outcome.status).toBe(0);
    expect(denials(outcome)).toEqual({ 5: 1 });
  });

  test('ends quietly when the reader of the pipe has gone', async () => {
    const { log, write } = place();
    write(1, 20_000);
    const program = startProgram(withoutConfig(log));
    program.child.stdout.destroy();
    const { status, stderr } = await program.ended;
    expect(status).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|internal error/);
  });
});

describe('a command of a family', () => {
  test('loads nothing that only the engine needs', async () => {
    const { folder, log, write } = place();
    write(1192, 2);
    const coverage = join(folder, 'coverage');
    const outcome = await runProgram(['ecs', 'count', log], { environment: { NODE_V8_COVERAGE: coverage } });
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/^event=1192 +2$/m);
    const loaded = readdirSync(coverage).flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(coverage, name), 'utf8')) as { result: { url: string }[] };
      return result.map(({ url }) => url);
    });
    expect(loaded.some((url) => url.endsWith('/main.js'))).toBe(true);
    const heavy = /node_modules\/(?!commander\/)|\/engine\/(run|journal|buckets|follow)\.js|\/web\/|\/grafana\//;
    expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
  });

  test('ends quietly when the reader of the pipe has gone', async () => {
    const { log, write } = place();
    for (let event = 1; event < 3000; event++) write(event, 1);
    const program = startProgram(['ecs', 'count', '-v', '-v', log]);
    program.child.stdout.destroy();
    const { status, stderr } = await program.ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('is interrupted by Ctrl-C with status 130', async () => {
    const program = startProgram(['ecs', 'count', '-'], { hasOpenInput: true });
    // More than a pipe holds: when it is written, the command is reading, and waits for more.
    await new Promise((resolve) => program.child.stdin?.write('noise\n'.repeat(200_000), resolve));
    const { status } = await stopped(program, 'SIGINT');
    expect(status).toBe(130);
  });
});

describe('check', () => {
  test('shows what the lines of a sample yield', async () => {
    const { config } = place();
    const input =
      'noise\n20170427:090001000:1:capro(1):MED:[DENYEVT event=5 d1=1 d2=2]\n' +
      '20170499:090001000:1:capro(1):MED:[DENYEVT event=6 d1=\x1b[31m d2=2]\n';
    const { status, stdout, stderr } = await runProgram(['check', '--config', config, '--sample', '-'], { input });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^ {2}-:2: matched, 2017-04-27T09:00:01\.000Z$/m);
    expect(stdout).toMatch(/^ {6}-> ecs_denial,category=\S+,event=5,host=cm1,instance=t count=1i\S* 1493283600000$/m);
    expect(stdout).toMatch(/^ {2}-:3: rejected, bad_date$/m);
    expect(stdout).not.toMatch(/noise|\x1b/);
    expect(stdout).toMatch(/^ {2}3 lines = 1 matched \+ 1 ignored \+ 1 rejected \+ 0 in the future$/m);
    expect(status).toBe(0);
  });

  test('shows as many lines as asked for, ignored ones too', async () => {
    const { config } = place();
    const args = ['check', '--config', config, '--sample', '-', '--all', '--lines', '2'];
    const { stdout } = await runProgram(args, { input: 'one\ntwo\nthree\n' });
    expect(stdout.match(/^ {2}-:\d: ignored$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/^ {2}3 lines = /m);
  });

  test('fails when a sample that was asked for cannot be read', async () => {
    const { config, folder } = place();
    const { status, stdout } = await runProgram(['check', '--config', config, '--sample', join(folder, 'none')]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/none/);
  });

  test('is content when the logs of a valid configuration are not there yet', async () => {
    const { config } = place();
    const { status, stdout } = await runProgram(['check', '--config', config]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/nothing to read there now/);
  });
});

describe('replay', () => {
  test('uses dead letters that can be used after a correction, once', async () => {
    const { config, configure, log, write } = place();
    write(1, 2);
    // Ahead of the clock by less than the corrected tolerance.
    const ahead = new Date(Date.now() + 3_600_000).toISOString().replace(/\D/g, '');
    appendFileSync(log, `${ahead.slice(0, 8)}:${ahead.slice(8, 17)}:1:capro(1):MED:[DENYEVT event=9 d1=1 d2=2]\n`);
    const imported = await runProgram(['import', '--config', config]);
    expect(denials(imported)).toEqual({ 1: 2 });
    expect(imported.stderr).toMatch(/ 1 dead letters /);
    configure('futureToleranceSeconds: 86400');
    const dry = await runProgram(['replay', '--config', config, '--dry-run']);
    expect(denials(dry)).toEqual({ 9: 1 });
    expect(dry.stderr).toMatch(/^ecs-cm1: 1 dead letters, 1 can be used$/m);
    const real = await runProgram(['replay', '--config', config]);
    expect(real.status).toBe(0);
    expect(denials(real)).toEqual({ 9: 1 });
    expect(real.stderr).toMatch(/^ecs-cm1: 1 dead letters, 1 used and taken off$/m);
    const again = await runProgram(['replay', '--config', config]);
    expect(denials(again)).toEqual({});
    expect(again.stderr).toMatch(/^ecs-cm1: 0 dead letters/m);
  });
});

describe('up', () => {
  test('without a configuration shows a demo that fills, and ends with Ctrl-C', async () => {
    const folder = temporaryFolder();
    const program = startProgram(['up', '--port', '0', '--state', folder]);
    const found = await until(
      () => /^The demo of Switchboard is at (http:\S+)$/m.exec(program.stdout),
      'the address',
      60_000,
    );
    const url = found[1] ?? '';
    const health = await until(async () => {
      const answer = (await (await fetch(new URL('healthz', url))).json()) as { status: string };
      return answer.status === 'ok' && answer;
    }, 'health to be ok');
    expect(health.status).toBe('ok');
    await until(async () => {
      const text = await (await fetch(new URL('metrics', url))).text();
      return /fate="matched"\} [1-9]/.test(text);
    }, 'matched lines in /metrics');
    const { status, stderr } = await stopped(program, 'SIGINT');
    expect(status).toBe(130);
    expect(stderr).not.toMatch(/"level":"(warn|error)"/);
  });

  test('says which port is taken and what to do', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { status, stderr } = await runProgram(['up', '--port', String(port), '--state', temporaryFolder()]);
    server.close();
    expect(status).toBe(2);
    expect(stderr).toMatch(new RegExp(`^switchboard: .*${port}`, 'm'));
  });
});
