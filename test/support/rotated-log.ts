// A log that is written and rotated in every usual way, with a ledger of what was written to it.
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** The most generations that are kept. */
const generations = 9;

/** The log `app.log` in a folder. */
export class RotatedLog {
  readonly path: string;
  readonly ledger: string[] = [];
  #open = '';
  #count = 0;

  constructor(folder: string) {
    this.path = join(folder, 'app.log');
    writeFileSync(this.path, '');
  }

  /** Appends lines with a number and `width` letters each. */
  lines(count: number, width: number): void {
    for (let index = 0; index < count; index++) this.#write(`${this.#open}${this.#nextLine(width)}`);
  }

  /** Half of a line, its other half comes later. */
  piece(): void {
    const piece = this.#nextLine(7);
    this.#open += piece;
    appendFileSync(this.path, piece);
  }

  /** The other half of a started line. */
  finish(): void {
    if (this.#open !== '') this.#write(this.#open);
  }

  #shift(): void {
    for (let number = generations - 1; number >= 1; number--) {
      for (const end of ['', '.gz']) {
        const from = `${this.path}.${number}${end}`;
        if (existsSync(from)) renameSync(from, `${this.path}.${number + 1}${end}`);
      }
    }
  }

  #nextLine(width: number): string {
    return `${++this.#count} ${'x'.repeat(width)}.`;
  }

  #write(line: string): void {
    appendFileSync(this.path, `${line.slice(this.#open.length)}\n`);
    this.ledger.push(line);
    this.#open = '';
  }

  /** Rename and create; a started line is completed before. */
  rename(): void {
    this.finish();
    this.#shift();
    renameSync(this.path, `${this.path}.1`);
    writeFileSync(this.path, '');
  }

  /** Compresses the newest generation that is not. */
  compress(): void {
    for (let number = 1; number <= generations; number++) {
      const path = `${this.path}.${number}`;
      if (!existsSync(path)) continue;
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
      rmSync(path);
      return;
    }
  }

  /** Copy and truncate; a started line is completed before. */
  truncate(): void {
    this.finish();
    this.#shift();
    copyFileSync(this.path, `${this.path}.1`);
    truncateSync(this.path);
  }
}
