// Decoded traces beside the logs: a file for each hour of the wall clock, with the day in its title; old ones go.
import { appendFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WallClock } from './local-time.ts';

/** So many hours are kept. */
const keptFiles = 3;
const traceName = /^asai-\d{4}-\d{4}-\d{2}\.m$/;

/** Writes the traces of one folder. */
export class TraceFolder {
  readonly #directory: string;
  readonly #wall: WallClock;

  constructor(directory: string, timezone: string) {
    this.#directory = directory;
    this.#wall = new WallClock(timezone);
  }

  /** Appends the blocks of some seconds of one hour, the first of which begins at `timeMs`. */
  async write(timeMs: number, text: string): Promise<void> {
    if (text === '') return;
    const digits = this.#wall.digits(timeMs);
    const path = join(this.#directory, `asai-${digits.slice(0, 4)}-${digits.slice(4, 8)}-${digits.slice(8, 10)}.m`);
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    const date = `${digits.slice(4, 6)}/${digits.slice(6, 8)}/${digits.slice(2, 4)}`;
    await appendFile(path, isThere ? text : `Message trace of a demo, decoded ${date}\n\n${text}`, 'latin1');
    if (!isThere) await this.#prune();
  }

  async #prune(): Promise<void> {
    const names = (await readdir(this.#directory)).filter((name) => traceName.test(name)).toSorted();
    for (const name of names.slice(0, -keptFiles)) await rm(join(this.#directory, name), { force: true });
  }
}
