// The version of the program, from its package.json.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version, for example `0.1.0`; `unknown` when the program runs without its package.json. */
export function programVersion(): string {
  // The compiled program stands in dist/ or deeper, the sources in src/: the nearest package.json above is ours.
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown };
      return typeof version === 'string' ? version : 'unknown';
    }
    const above = dirname(folder);
    if (above === folder) return 'unknown';
    folder = above;
  }
}
