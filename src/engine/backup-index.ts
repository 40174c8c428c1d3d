// What a backup remembers in its folder: which logs its copies hold, and which copies it deleted for room. A copy that
// is not in the index, as after a crash, is compared with its log before it counts as done.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../model/errors.ts';
import { machineFiles, replaceFile } from './durable.ts';

/** A log as it was when it was copied. */
export interface CopiedLog {
  readonly size: number;
  readonly modifiedMs: number;
}

/** A copy in the destination, under the base name of its log without `.gz`. */
export interface Copy {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

const indexName = '.switchboard-backup.json';

/** The memory of one destination. */
export class BackupIndex {
  /** By base name of the log. */
  readonly copied: Map<string, CopiedLog>;
  /** Logs whose copies were deleted for room. */
  readonly evicted: Set<string>;
  /** When a run ended last; undefined before the first. */
  lastRunMs: number | undefined;
  readonly #directory: string;

  private constructor(directory: string, copied: Map<string, CopiedLog>, evicted: Set<string>, lastRunMs?: number) {
    this.#directory = directory;
    this.copied = copied;
    this.evicted = evicted;
    this.lastRunMs = lastRunMs;
  }

  /** Reads the index of a folder; an absent or damaged one is begun anew, since copies can be compared. */
  static async open(directory: string): Promise<BackupIndex> {
    const text = await readFile(join(directory, indexName), 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return '';
      throw error;
    });
    const copied = new Map<string, CopiedLog>();
    const evicted = new Set<string>();
    try {
      const { logs, evicted: names, lastRunMs } = JSON.parse(text) as Record<string, unknown>;
      for (const [name, log] of Object.entries((logs ?? {}) as Record<string, Record<string, unknown>>)) {
        const { size, modifiedMs } = log;
        if (typeof size === 'number' && typeof modifiedMs === 'number') copied.set(name, { size, modifiedMs });
      }
      for (const name of Array.isArray(names) ? names : []) if (typeof name === 'string') evicted.add(name);
      return new BackupIndex(directory, copied, evicted, typeof lastRunMs === 'number' ? lastRunMs : undefined);
    } catch {
      return new BackupIndex(directory, new Map(), new Set());
    }
  }

  /** Writes the index, whole or not at all. */
  async save(): Promise<void> {
    const content = {
      version: 1,
      lastRunMs: this.lastRunMs,
      logs: Object.fromEntries(this.copied),
      evicted: [...this.evicted],
    };
    await replaceFile(machineFiles, this.#directory, join(this.#directory, indexName), [
      Buffer.from(`${JSON.stringify(content)}\n`),
    ]);
  }
}

/** The base name of a log without `.gz`. */
export function logName(name: string): string {
  return name.replace(/\.gz$/i, '');
}

/** The files of a folder that are ours, by the name of their log; when one is there twice, the compressed one. */
export async function listCopies(directory: string, isOurs: (name: string) => boolean): Promise<Map<string, Copy>> {
  const copies = new Map<string, Copy>();
  for (const name of (await readdir(directory)).toSorted()) {
    if (!isOurs(name)) continue;
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) copies.set(logName(name), { path, bytes: found.size, modifiedMs: found.mtimeMs });
  }
  return copies;
}
