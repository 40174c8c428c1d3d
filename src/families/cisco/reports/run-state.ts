// What one run leaves to the next one (cisco 14): a job over daily logs then says the same as one run over all of them.
import { readFile } from 'node:fs/promises';
import type { CreateFile } from '../../../model/command.ts';
import { codeOf, messageOf, printable, UsageError } from '../../../model/errors.ts';
import type { JsonValue } from '../../../model/family.ts';
import type { Analysis } from './analysis.ts';
import type { Findings } from './findings.ts';

const format = 'switchboard-cisco-state';
const version = 1;

/**
 * Takes up what an earlier run left in the file. False when there is no such file yet. Throws UsageError when it is not
 * ours, or damaged.
 */
export async function takeUp(path: string, analysis: Analysis, findings: Findings): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw new UsageError(`--state ${printable(path)} cannot be read (${printable(messageOf(error))})`);
  }
  try {
    const kept = JSON.parse(text) as Record<string, JsonValue>;
    if (kept['format'] !== format || kept['version'] !== version) throw new Error('no state of this version');
    analysis.restore(kept['analysis'] ?? null);
    findings.restore(kept['findings'] ?? null);
    return true;
  } catch {
    throw new UsageError(
      `--state ${printable(path)} is damaged or no state of this version; remove it, and read the logs again from the first`,
    );
  }
}

/** What is to be left to the next run, taken before the analysis ends its log. */
export function leaveBehind(analysis: Analysis, findings: Findings): string {
  return JSON.stringify({ format, version, analysis: analysis.snapshot(), findings: findings.snapshot() });
}

/** Writes it; the file is replaced only when the new one is complete. */
export async function save(path: string, text: string, createFile: CreateFile): Promise<void> {
  const file = await createFile(path, { mayReplace: true });
  try {
    await file.write(Buffer.from(`${text}\n`));
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}
