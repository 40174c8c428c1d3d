// The built program in an installation without development packages (style S-9): it must start and know its families.
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { spawnSync } from 'node:child_process';
import { programPath } from './support/program.ts';
import { temporaryFolder } from './support/temporary.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A folder with the built program, package.json, and links to the production packages of the lock file alone. */
function productionInstallation(): string {
  const folder = temporaryFolder();
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>;
  };
  const names = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) && !dev && !devOptional)
    .map(([path]) => path);
  for (const name of [...names, 'package.json']) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    symlinkSync(join(root, name), join(folder, name));
  }
  symlinkSync(dirname(programPath()), join(folder, 'dist'));
  return folder;
}

/** Runs the program; links are not followed, so that nothing outside of the folder is found. */
function run(folder: string, ...parameters: string[]): { status: number | null; stdout: string; stderr: string } {
  const flags = ['--preserve-symlinks', '--preserve-symlinks-main'];
  return spawnSync(process.execPath, [...flags, join(folder, 'dist', 'main.js'), ...parameters], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: folder },
    input: '',
  });
}

test('the built program runs without development packages', () => {
  const folder = productionInstallation();
  const help = run(folder, '--help');
  expect(help.status, help.stderr).toBe(0);
  expect(help.stdout).toContain('export');

  const count = run(folder, 'ecs', 'count', '--json', '-');
  expect(count.status, count.stderr).toBe(0);
});
