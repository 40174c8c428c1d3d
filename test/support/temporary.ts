// Folders that live as long as the test file that asked for them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];

/** A new empty folder, removed with everything in it after the last test of the file. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'switchboard-'));
  made.push(path);
  return path;
}

afterAll(() => {
  // Retries: a server that was just stopped may still be writing its last file.
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});
