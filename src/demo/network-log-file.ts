// A syslog daemon's file: one line for each message, in the forms in which daemons store them (cisco H1, H12, H13, H14),
// rotated by rename when it is full.
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { daemonStamp } from './network-header.ts';
import type { Arrival } from './network-transport.ts';

/**
 * How a line begins: `bsd` with the receipt and without the priority, `bsd-priority` with the priority first, `raw` with
 * the packet as it came behind the receipt, `iso` like `raw` with a precise receipt.
 */
export type DaemonForm = 'bsd' | 'bsd-priority' | 'raw' | 'iso';

/** The line of a message, without its line feed. Receipts are in UTC. */
export function daemonLine({ arrivalMs, source, payload }: Arrival, form: DaemonForm): string {
  const end = payload.indexOf('>') + 1;
  switch (form) {
    case 'bsd':
      return `${daemonStamp(arrivalMs)} ${source} ${payload.slice(end)}`;
    case 'bsd-priority':
      return `${payload.slice(0, end)}${daemonStamp(arrivalMs)} ${source} ${payload.slice(end)}`;
    case 'raw':
      return `${daemonStamp(arrivalMs)} ${source} ${payload}`;
    case 'iso':
      return `${new Date(arrivalMs).toISOString()} ${source} ${payload}`;
  }
}

/** The current file; older ones are `cisco.log.1`, `.2` and so on. */
export const networkLogName = 'cisco.log';

/** Limits of the folder. */
export interface DaemonFileLimits {
  /** The file is rotated before it gets larger than this; 10 000 000 unless given. */
  readonly rotateBytes?: number;
  /** Files kept, the current one included; 5 unless given. */
  readonly keepFiles?: number;
}

/** Writes the file. */
export class DaemonFile {
  readonly #directory: string;
  readonly #form: DaemonForm;
  readonly #rotateBytes: number;
  readonly #keepFiles: number;
  #handle: FileHandle | undefined;
  #bytes = 0;
  #lastMs: number | undefined;

  private constructor(
    directory: string,
    form: DaemonForm,
    { rotateBytes = 10_000_000, keepFiles = 5 }: DaemonFileLimits,
  ) {
    this.#directory = directory;
    this.#form = form;
    this.#rotateBytes = rotateBytes;
    this.#keepFiles = Math.max(1, keepFiles);
  }

  /** Makes the folder when it is missing, and goes on with the file that an earlier run left. */
  static async open(directory: string, form: DaemonForm = 'iso', limits: DaemonFileLimits = {}): Promise<DaemonFile> {
    await mkdir(directory, { recursive: true });
    const file = new DaemonFile(directory, form, limits);
    const found = await stat(file.#path()).catch(() => undefined);
    if (found && found.size > 0) file.#lastMs = found.mtimeMs;
    return file;
  }

  /** When the newest line arrived, epoch ms; undefined for an empty folder. */
  get endMs(): number | undefined {
    return this.#lastMs;
  }

  /** Appends messages, which must be in order of arrival. */
  async write(arrivals: readonly Arrival[]): Promise<void> {
    // So many at a time that a file does not grow far beyond its limit.
    for (let from = 0; from < arrivals.length; from += 1000) {
      const some = arrivals.slice(from, from + 1000);
      const bytes = Buffer.from(some.map((arrival) => `${daemonLine(arrival, this.#form)}\n`).join(''), 'latin1');
      await this.#ready(bytes.length);
      try {
        await this.#handle?.appendFile(bytes);
      } catch (error) {
        await this.close().catch(() => undefined);
        throw error;
      }
      this.#bytes += bytes.length;
      this.#lastMs = some.at(-1)?.arrivalMs ?? this.#lastMs;
    }
  }

  /** Closes the file. Its time of modification is that of its last line, also in a history. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (!handle) return;
    await handle.close();
    if (this.#lastMs !== undefined) await utimes(this.#path(), this.#lastMs / 1000, this.#lastMs / 1000);
  }

  #path(age = 0): string {
    return join(this.#directory, age === 0 ? networkLogName : `${networkLogName}.${age}`);
  }

  async #ready(more: number): Promise<void> {
    if (this.#handle && this.#bytes + more <= this.#rotateBytes) return;
    if (!this.#handle) {
      this.#handle = await open(this.#path(), 'a');
      this.#bytes = (await this.#handle.stat()).size;
    }
    if (this.#bytes === 0 || this.#bytes + more <= this.#rotateBytes) return;
    await this.close();
    await rm(this.#path(this.#keepFiles - 1), { force: true });
    for (let age = this.#keepFiles - 2; age >= 0; age--) {
      await rename(this.#path(age), this.#path(age + 1)).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      });
    }
    this.#handle = await open(this.#path(), 'a');
    this.#bytes = 0;
  }
}
