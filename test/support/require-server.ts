// Finds the real servers and programs that tests run against. At a desk a missing one skips its suites and says so;
// in CI it is a failure, so that nothing is skipped unseen.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that tests may ask for, with the names they go by. */
const names = {
  influxd: ['influxd'],
  chromium: ['chromium', 'chromium-browser', 'google-chrome'],
  'docker-compose': ['docker-compose'],
} as const;

/**
 * Path of a program: `const influxd = requireServer('influxd'); describe.skipIf(!influxd)(...)`. Undefined at a desk
 * without it; throws in CI.
 */
export function requireServer(program: keyof typeof names): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin'];
  for (const folder of folders.filter((entry) => entry !== '')) {
    const found = names[program].map((name) => join(folder, name)).find(isExecutable);
    if (found !== undefined) return found;
  }
  if (process.env['CI']) throw new Error(`${program} is not installed; npm test as root installs it (apt-get)`);
  console.warn(`SKIPPED: ${program} is not installed, its tests do not run`);
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
