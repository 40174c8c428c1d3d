// The units and environment files of stack/systemd: they name files and options that exist, they give Grafana all that
// the provisioning needs, and docs/native.md tells about each.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'stack/systemd');
const names = readdirSync(folder);

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

/** A file of this folder for this machine: installed here, with every empty secret filled in. */
function filledIn(name: string): string {
  return read(name)
    .replaceAll('/opt/switchboard', root.replace(/\/$/, ''))
    .replace(/^(\w+)=$/gm, '$1=sb_secret');
}

test('every file is told of in docs/native.md', () => {
  const text = readFileSync(join(root, 'docs/native.md'), 'utf8');
  expect(names.length).toBeGreaterThan(4);
  expect(names.filter((name) => !text.includes(name))).toEqual([]);
});

test.each(names.filter((name) => name.endsWith('.service')))('%s runs a command that there is', async (name) => {
  const [, command = '', option = ''] =
    /^ExecStart=\/usr\/bin\/node \/opt\/switchboard\/dist\/main\.js (\w+) (--\w+)/m.exec(read(name)) ?? [];
  const { status, stdout } = await runProgram([command, '--help']);
  expect(status).toBe(0);
  expect(stdout).toContain(option);
});

test("the addition to Grafana's unit checks the values with a script that there is", () => {
  const script = /^ExecStartPre=\/usr\/bin\/node \/opt\/switchboard\/(\S+) --environment$/m.exec(
    read('grafana-server.conf'),
  )?.[1];
  expect(existsSync(join(root, script ?? 'missing'))).toBe(true);
});

test("the example of Grafana's environment is complete but for its secrets", () => {
  const path = join(temporaryFolder(), 'grafana.env');
  const check = (text: string): { status: number | null; stderr: string } => {
    writeFileSync(path, text);
    const script = join(root, 'scripts/stack-check.mjs');
    return spawnSync(process.execPath, [script, '--file', path], { encoding: 'utf8' });
  };
  const filled = check(filledIn('grafana.env.example'));
  expect([filled.status, filled.stderr]).toEqual([0, '']);
  const empty = check(filledIn('grafana.env.example').replaceAll('=sb_secret', '='));
  expect(empty.status).toBe(1);
  expect(empty.stderr.trim().split('\n')).toHaveLength(2);
});
