// The programs that the tests run against, and the Debian packages that hold them. Installed when we may (root with
// apt-get), named otherwise. No service is started: the tests start their own, on private ports.
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './setup.mjs';

/** Program and Debian package. */
const needed = [
  { program: 'influxd', debian: 'influxdb' },
  { program: 'chromium', debian: 'chromium' },
  { program: 'docker-compose', debian: 'docker-compose' },
];
const attempts = 3;
const serviceGuard = '/usr/sbin/policy-rc.d';

function isInstalled(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin'];
  return folders.some((folder) => folder !== '' && isExecutable(join(folder, program)));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Installs what is missing where that is possible; prints what stays missing and the suites it costs. */
export function ensureSystemPackages() {
  if (missing().length === 0) return;
  if (process.getuid?.() === 0 && isInstalled('apt-get')) installWithApt();
  for (const { program, debian } of missing()) {
    const consequence = process.env.CI ? 'tests that need it will fail' : 'tests that need it are skipped';
    console.error(`switchboard: ${program} is missing (Debian package ${debian}): ${consequence}`);
  }
}

function missing() {
  return needed.filter(({ program }) => !isInstalled(program));
}

function installWithApt() {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const patience = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  const guardIsOurs = !existsSync(serviceGuard);
  // Debian's way to say "install, but start nothing"; images usually have one already.
  if (guardIsOurs) writeFileSync(serviceGuard, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    for (let attempt = 1; attempt <= attempts && missing().length > 0; attempt++) {
      const packages = missing().map(({ debian }) => debian);
      console.error(`switchboard: installing ${packages.join(', ')} (apt-get, attempt ${attempt} of ${attempts}) ...`);
      // An update may fail for one mirror and still be good enough for the installation.
      run('apt-get', [...patience, '-qq', 'update'], environment);
      run('apt-get', [...patience, '-qq', '-y', '--no-install-recommends', 'install', ...packages], environment);
    }
  } finally {
    if (guardIsOurs) rmSync(serviceGuard, { force: true });
  }
}
