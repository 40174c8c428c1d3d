// Writes growing ecs logs in the ways real systems rotate them, and keeps the ledger of what it wrote.
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** How the log is rotated: a new dated name each time, renaming to `.1`, or copying to `.1` and truncating. */
export type Rotation = 'names' | 'rename' | 'copytruncate';

/** Enough for a reader that does not get on for a minute. */
const generations = 60;
const leastCopyBytes = 32 * 1024;
const events = ['1012', '1192', '1934', '2011', '2287'];

/** Random numbers that can be repeated. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The stamp of an ecs line, in UTC. */
export function ecsStamp(timeMs: number): string {
  const digits = new Date(timeMs).toISOString().replace(/[-:.TZ]/g, '');
  return `${digits.slice(0, 8)}:${digits.slice(8, 17)}`;
}

/** One log under a writer's hands. */
export class EcsWriter {
  /** Lines written of each denial event in each 10 s bucket; the key is `<event> <bucket start in ms>`. */
  readonly expected = new Map<string, number>();
  lines = 0;
  rotations = 0;
  readonly #directory: string;
  readonly #rotation: Rotation;
  readonly #random: () => number;
  readonly #now: () => number;
  #path: string;
  #handle: number;
  /** The rest of a line whose beginning is written, and where it belongs: the file it was begun in. */
  #torn: { handle: number; rest: string } | undefined;
  #sequence = 0;

  constructor(options: { directory: string; rotation: Rotation; seed: number; now?: () => number }) {
    this.#directory = options.directory;
    this.#rotation = options.rotation;
    this.#random = randomFrom(options.seed);
    this.#now = options.now ?? (() => Date.now());
    mkdirSync(options.directory, { recursive: true });
    this.#path = this.#newPath();
    this.#handle = openSync(this.#path, 'a');
  }

  /** What to put under `paths` of the source. */
  get pattern(): string {
    return this.#rotation === 'names' ? join(this.#directory, '20*') : this.#path;
  }

  /** Appends some lines; the last one may stay torn until the next call. */
  write(count: number): void {
    this.#mend();
    let text = '';
    for (let index = 0; index < count; index++) text += this.#line();
    if (this.#random() < 0.3) {
      const line = this.#line();
      const cut = 1 + Math.floor(this.#random() * (line.length - 1));
      text += line.slice(0, cut);
      this.#torn = { handle: this.#handle, rest: line.slice(cut) };
    }
    writeSync(this.#handle, text);
  }

  /** Rotates the log. After renaming, a torn line is still finished in the old file. */
  rotate(): void {
    // No system copies and truncates a log that was only just begun; nobody could keep up with that.
    if (this.#rotation === 'copytruncate' && statSync(this.#path).size < leastCopyBytes) return;
    this.rotations++;
    if (this.#rotation === 'copytruncate') {
      this.#mend();
      this.#shift();
      copyFileSync(this.#path, `${this.#path}.1`);
      truncateSync(this.#path);
      return;
    }
    const old = this.#handle;
    if (this.#rotation === 'rename') {
      this.#shift();
      renameSync(this.#path, `${this.#path}.1`);
    } else this.#path = this.#newPath();
    this.#handle = openSync(this.#path, 'a');
    if (this.#torn?.handle !== old) closeSync(old);
  }

  /** Finishes the last line. */
  close(): void {
    this.#mend();
    closeSync(this.#handle);
  }

  #mend(): void {
    if (!this.#torn) return;
    const { handle, rest } = this.#torn;
    this.#torn = undefined;
    writeSync(handle, rest);
    if (handle !== this.#handle) closeSync(handle);
  }

  #shift(): void {
    for (let number = generations; number >= 1; number--) {
      const from = `${this.#path}.${number}`;
      if (existsSync(from)) renameSync(from, `${this.#path}.${number + 1}`);
    }
  }

  #newPath(): string {
    if (this.#rotation !== 'names') return join(this.#directory, 'events.log');
    // A name a second, as on a busy switch.
    const stamp = ecsStamp(Date.UTC(2026, 0, 1) + this.rotations * 1000);
    return join(this.#directory, `${stamp.slice(0, 4)}-${stamp.slice(4, 8)}-${stamp.slice(9, 15)}`);
  }

  #line(): string {
    this.lines++;
    const isLate = this.#random() < 0.02;
    const timeMs = Math.floor(this.#now() - this.#random() * (isLate ? 60_000 : 1500));
    const head = `${ecsStamp(timeMs)}:${++this.#sequence}:capro(9870):MED:`;
    if (this.#random() < 0.5) return `${head}[MST  8  36 04 65 73 74 0d 0a 20]\n`;
    const event = events[Math.floor(this.#random() * events.length)] ?? '1012';
    const key = `${event} ${Math.floor(timeMs / 10_000) * 10_000}`;
    this.expected.set(key, (this.expected.get(key) ?? 0) + 1);
    return `${head}[DENYEVT event=${event} d1=${this.#sequence % 40} d2=10.0.0.${this.#sequence % 9}]\n`;
  }
}
