import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary.ts';
import { runLine } from '../support/terminal.ts';

const folder = temporaryFolder();

function configFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const statsd = configFile(
  'statsd.yaml',
  'outputs: { statsd: {} }\nsources: [{ family: ecs, host: cm1, paths: [/nowhere/20*] }]\n',
);
const noOutput = configFile('none.yaml', 'sources: [{ family: ecs, host: cm1, paths: [/nowhere/20*] }]\n');
const wrong = configFile('wrong.yaml', 'sources:\n  - { family: ecs, hosst: cm1, paths: [x] }\n');

describe('help', () => {
  test('is shown on standard output with status 0 when asked for, by any of its names', async () => {
    for (const word of ['--help', '-h', '-?']) {
      const { status, stdout, stderr } = await runLine([word]);
      expect(status).toBe(0);
      expect(stderr).toBe('');
      for (const name of ['up', 'export', 'import', 'check', 'replay', 'demo', 'ecs']) {
        expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
      }
    }
  });

  test('is shown on standard error with status 2 when no command is given', async () => {
    const { status, stdout, stderr } = await runLine([]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Usage: switchboard/);
  });

  test('names the commands of a group when none is given', async () => {
    const { status, stderr } = await runLine(['ecs']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^ {2}count\b/m);
  });

  test.each([['up'], ['export'], ['import'], ['check'], ['replay'], ['demo'], ['ecs', 'count']])(
    'explains %s %s',
    async (...words) => {
      const { status, stdout } = await runLine([...words, '--help']);
      expect(status).toBe(0);
      expect(stdout).toContain(`Usage: switchboard ${words.join(' ')}`);
    },
  );

  test('has no colours in a pipe', async () => {
    const { stdout } = await runLine(['--help']);
    expect(stdout).not.toContain('\x1b');
  });
});

test('the version is that of the package', async () => {
  const { status, stdout } = await runLine(['--version']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe('wrong use', () => {
  const table: readonly (readonly [args: readonly string[], status: number, message: RegExp])[] = [
    [['exprot'], 2, /^switchboard: unknown command 'exprot'\n\(Did you mean export\?\)/],
    [['ecs', 'cuont'], 2, /^switchboard: unknown command 'cuont'\n\(Did you mean count\?\)/],
    [['export', '--confg', 'x'], 2, /^switchboard: unknown option '--confg'\n\(Did you mean --config\?\)/],
    [['export', '--config'], 2, /^switchboard: option '-c, --config <file>' argument missing/],
    [
      ['up', '--port', '99999'],
      2,
      /^switchboard: option '--port <number>' .* It must be a whole number from 0 to 65535\./,
    ],
    [['up', 'extra'], 2, /^switchboard: too many arguments for 'up'/],
    [['ecs', 'count', '--jsn'], 1, /^switchboard: unknown option '--jsn'\n\(Did you mean --json\?\)/],
    [['export'], 2, /^switchboard: which configuration\? name it with --config FILE\n$/],
    [['check'], 2, /^switchboard: which configuration\? name it with --config FILE\n$/],
    [['replay'], 2, /^switchboard: which configuration\? name it with --config FILE\n$/],
    [['up', '--no-demo'], 2, /^switchboard: which configuration\? name it with --config FILE\n$/],
    [['demo'], 2, /^switchboard: required option '--logs <folder>' not specified/],
    [
      ['export', '--config', '/nowhere/x.yaml'],
      2,
      /^switchboard: the configuration \/nowhere\/x\.yaml does not exist; name another with --config FILE\n$/,
    ],
    [
      ['export', '--config', wrong],
      2,
      /wrong\.yaml:2:20: sources\[0\]\.hosst: unknown key "hosst"; did you mean host\?/,
    ],
    [['check', '--config', wrong], 2, /^switchboard: the configuration .*wrong\.yaml has 2 faults:\n/],
    [['export', '--config', noOutput], 2, /^switchboard: .*none\.yaml names no outputs; add some, or run "up"/],
    [['import'], 2, /^switchboard: nothing to import: give --config FILE, or --family, --host and files\n$/],
    [['import', 'x.log'], 2, /^switchboard: which family are the files of\? give --family/],
    [['import', '--family', 'ecs', 'x.log'], 2, /^switchboard: which system are the logs of\? give --host NAME\n$/],
    [['import', '--config', statsd, '--family', 'ecs'], 2, /^switchboard: --family does not go with --config/],
    [['import', '--config', statsd, 'x.log'], 2, /^switchboard: files do not go with --config/],
    [
      ['import', '--config', statsd, '--source', 'ecs-cm2'],
      2,
      /^switchboard: there is no source "ecs-cm2"; did you mean ecs-cm1\? \(there are ecs-cm1\)\n$/,
    ],
    [['import', '--config', statsd], 2, /^switchboard: the output statsd cannot store the time of an event.*--force/],
    [
      ['import', '--family', 'ecs', '--host', 'a', '-o', 'statsd:h', 'x'],
      2,
      /^switchboard: the output statsd cannot store the time of an event.*--force/,
    ],
    [
      ['import', '--family', 'ecs', '--host', 'a', '-o', 'influxx:h', 'x'],
      2,
      /^switchboard: --output influxx:h: there is no output "influxx"; did you mean influx\?/,
    ],
    [['import', '--config', noOutput], 2, /^switchboard: .*none\.yaml names no outputs to import into\n$/],
  ];

  test.each(table)('%j ends with status %i and the remedy', async (args, status, message) => {
    const outcome = await runLine(args);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stdout).toBe('');
    expect(outcome.status).toBe(status);
  });
});

describe('check', () => {
  test('says that a configuration is valid and how it was understood', async () => {
    const { status, stdout, stderr } = await runLine(['check', '--config', statsd, '--no-sample']);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/statsd\.yaml is valid\.\n/);
    expect(stdout).toMatch(
      /ecs-cm1: Avaya CM events, host cm1, instance \S+, zone \S+ \(zone of this machine.*buckets of 10 s, to statsd\n {2}reads \/nowhere\/20\*\n/,
    );
  });

  test('takes the configuration from the environment too', async () => {
    const { status } = await runLine(['check', '--no-sample'], { environment: { SWITCHBOARD_CONFIG: statsd } });
    expect(status).toBe(0);
  });
});
