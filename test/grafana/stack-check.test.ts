// `npm run stack:check` as a process: what a user is told when Grafana would get a value that is missing or wrong.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const complete = {
  INFLUX_URL: 'http://127.0.0.1:8086',
  INFLUX_DATABASE: 'switchboard',
  INFLUX_AUTH_SCHEME: 'Token',
  INFLUX_READ_TOKEN: 'Zm9v/+bar==',
  DASHBOARDS_DIR: join(root, 'dashboards'),
  SB_RECEIVER_URL: 'http://127.0.0.1:9095/v1/grafana',
  SB_WEBHOOK_TOKEN: 'sb_0123abc',
};

function check(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { status: number | null; stdout: string; lines: string[] } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts/stack-check.mjs'), ...parameters],
    { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', ...environment } },
  );
  return { status, stdout, lines: stderr.split('\n').filter((line) => line !== '') };
}

test('a complete environment is good, wherever it comes from', () => {
  expect(check(['--environment'], complete)).toMatchObject({ status: 0, lines: [] });
  const file = join(temporaryFolder(), 'grafana.env');
  const quoted = Object.entries(complete).map(([name, value]) => `${name}="${value}"\n`);
  writeFileSync(file, `# A comment.\n\n${quoted.join('')}`);
  const found = check(['--file', file]);
  expect(found).toMatchObject({ status: 0, lines: [] });
  expect(found.stdout).toContain(file);
});

describe('one line names the file, the variable and what it is for', () => {
  test.each(Object.keys(complete))('when %s is missing or empty', (name) => {
    const { [name as keyof typeof complete]: _, ...others } = complete;
    for (const environment of [others, { ...complete, [name]: '' }]) {
      const { status, lines } = check(['--environment'], environment);
      expect(status).toBe(1);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(
        new RegExp(`^provisioning/[\\w/.-]+\\.yaml: ${name} is not set in the environment of Grafana: \\S`),
      );
    }
  });

  test.each([
    ['SB_WEBHOOK_TOKEN', '12345678', 'looks like a number'],
    ['SB_WEBHOOK_TOKEN', '1e6', 'looks like a number'],
    ['SB_WEBHOOK_TOKEN', '0x1f', 'looks like a number'],
    ['SB_WEBHOOK_TOKEN', 'true', 'a boolean'],
    ['INFLUX_DATABASE', '2026', 'looks like a number'],
    ['INFLUX_URL', 'influxdb:8086', 'is no address'],
    ['SB_RECEIVER_URL', '127.0.0.1:9095', 'is no address'],
    ['INFLUX_AUTH_SCHEME', 'token', 'not Token, Bearer or Basic'],
    ['INFLUX_READ_TOKEN', 'two words', 'has blanks'],
    ['DASHBOARDS_DIR', '/nowhere/at/all', 'is no folder'],
  ])('when %s is "%s"', (name, value, message) => {
    const { status, lines } = check(['--environment'], { ...complete, [name]: value });
    expect([status, lines]).toEqual([1, [expect.stringContaining(message)]]);
    expect(lines[0]).toContain(`.yaml: ${name} `);
  });

  test('when the scheme Basic comes with a password in place of the base64 of an account', () => {
    const basic = { ...complete, INFLUX_AUTH_SCHEME: 'Basic' };
    const [fault] = check(['--environment'], { ...basic, INFLUX_READ_TOKEN: 'sb_password' }).lines;
    expect(fault).toContain('base64 of user:password');
    const good = Buffer.from('reader:sb_password').toString('base64');
    expect(check(['--environment'], { ...basic, INFLUX_READ_TOKEN: good }).status).toBe(0);
  });
});

test('a number is no fault where Grafana keeps texts', () => {
  expect(check(['--environment'], { ...complete, INFLUX_READ_TOKEN: '12345678' }).status).toBe(0);
});

test('the optional contact points need their own variables', () => {
  const folder = temporaryFolder();
  cpSync(join(root, 'provisioning'), folder, { recursive: true });
  cpSync(join(root, 'provisioning-optional'), folder, { recursive: true });
  const environment = { ...complete, GF_PATHS_PROVISIONING: folder };
  const { status, lines } = check(['--environment'], environment);
  expect([status, lines]).toEqual([
    1,
    [
      expect.stringContaining(`${join(folder, 'alerting/email.yaml')}: SB_ALERT_EMAILS is not set`),
      expect.stringContaining('slack.yaml: SB_SLACK_WEBHOOK_URL is not set'),
    ],
  ]);
  const further = { SB_ALERT_EMAILS: 'noc@example.org', SB_SLACK_WEBHOOK_URL: 'https://hooks.slack.example/T0/B0' };
  expect(check(['--environment'], { ...environment, ...further }).status).toBe(0);
});

test('a file that is no YAML, a secret file that is not there, and no files at all are faults', () => {
  const folder = temporaryFolder();
  expect(check(['--environment', '--provisioning', folder], complete).lines[0]).toContain('no provisioning files');
  cpSync(join(root, 'provisioning'), folder, { recursive: true });
  const contacts = join(folder, 'alerting/contact-points.yaml');
  const text = readFileSync(contacts, 'utf8');
  writeFileSync(contacts, text.replace('$SB_WEBHOOK_TOKEN', '$__file{/nowhere/token}'));
  writeFileSync(join(folder, 'alerting/policies.yaml'), 'policies: [');
  const { status, lines } = check(['--environment', '--provisioning', folder], complete);
  expect(status).toBe(1);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('contact-points.yaml: the file /nowhere/token does not exist');
  expect(lines[1]).toContain('policies.yaml: ');
});

test('what compose gives Grafana is checked without options', () => {
  const secrets = { GRAFANA_ADMIN_PASSWORD: 'sb_a', INFLUX_READ_TOKEN: 'sb_b', SB_WEBHOOK_TOKEN: 'sb_c' };
  expect(check([], secrets)).toMatchObject({ status: 0, lines: [] });
  const { status, lines } = check([], { ...secrets, SB_WEBHOOK_TOKEN: '4711' });
  expect([status, lines]).toEqual([1, [expect.stringContaining('SB_WEBHOOK_TOKEN looks like a number')]]);
});

test.each([[['--bogus']], [['--environment', '--file', '/dev/null']], [['--file', '/nowhere/at/all']]])(
  'refuses %j with status 2',
  (parameters) => {
    const { status, lines } = check(parameters);
    expect([status, lines]).toEqual([2, [expect.stringContaining('--help')]]);
  },
);
