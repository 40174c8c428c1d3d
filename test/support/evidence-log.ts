// An ecs log with everything in it that makes finding lines again hard: torn, late, repeated, long and damaged lines,
// every kind of event, CR LF, NUL bytes; rotated by renaming, by copying and truncating, or by new names; compressed.
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ecsStamp, randomFrom } from './ecs-writer.ts';
import type { Rotation } from './ecs-writer.ts';
import { mstLines, request, sipRecord } from './mst-lines.ts';

const generations = 40;

/** Such a log. Event time is its own and goes on with every line. */
export class EvidenceLog {
  readonly directory: string;
  rotations = 0;
  lines = 0;
  timeMs: number;
  readonly #rotation: Rotation;
  readonly #random: () => number;
  #path: string;
  #last = '';
  #torn = '';

  constructor(directory: string, rotation: Rotation, seed: number, startMs: number) {
    mkdirSync(directory, { recursive: true });
    this.directory = directory;
    this.timeMs = startMs;
    this.#rotation = rotation;
    this.#random = randomFrom(seed);
    this.#path = this.#newPath();
    writeFileSync(this.#path, '');
  }

  /** What to put under `paths` of the source. */
  get pattern(): string {
    return this.#rotation === 'names' ? join(this.directory, '20*') : this.#path;
  }

  /** Appends lines; the last one may stay torn until the next call. */
  write(count: number): void {
    let text = this.#torn;
    this.#torn = '';
    for (let index = 0; index < count; index++) text += this.#line();
    if (this.#random() < 0.3) {
      const line = this.#line();
      const cut = 1 + Math.floor(this.#random() * (line.length - 1));
      text += line.slice(0, cut);
      this.#torn = line.slice(cut);
    }
    appendFileSync(this.#path, text, 'latin1');
  }

  /** Rotates the log; its last line is finished before. */
  rotate(): void {
    this.finish();
    this.rotations++;
    if (this.#rotation === 'names') {
      this.#path = this.#newPath();
      writeFileSync(this.#path, '');
      return;
    }
    for (let number = generations; number >= 1; number--) {
      for (const end of ['', '.gz']) {
        const from = `${this.#path}.${number}${end}`;
        if (existsSync(from)) renameSync(from, `${this.#path}.${number + 1}${end}`);
      }
    }
    if (this.#rotation === 'rename') {
      renameSync(this.#path, `${this.#path}.1`);
      writeFileSync(this.#path, '');
    } else {
      copyFileSync(this.#path, `${this.#path}.1`);
      truncateSync(this.#path);
    }
  }

  /** Compresses every file that is not being written. */
  compress(): void {
    for (const path of this.#others()) {
      if (path.endsWith('.gz')) continue;
      writeFileSync(`${path}.gz.tmp`, gzipSync(readFileSync(path)));
      renameSync(`${path}.gz.tmp`, `${path}.gz`);
      rmSync(path);
    }
  }

  /** Deletes some of the files that are not being written; gives how many. */
  deleteSome(): number {
    const chosen = this.#others().filter((_, index) => index % 2 === 0);
    for (const path of chosen) rmSync(path);
    return chosen.length;
  }

  /** Finishes the last line. */
  finish(): void {
    appendFileSync(this.#path, this.#torn, 'latin1');
    this.#torn = '';
  }

  #others(): string[] {
    return readdirSync(this.directory)
      .map((name) => join(this.directory, name))
      .filter((path) => path !== this.#path);
  }

  #newPath(): string {
    if (this.#rotation !== 'names') return join(this.directory, 'events.log');
    const stamp = ecsStamp(Date.UTC(2026, 0, 1) + this.rotations * 1000);
    return join(this.directory, `${stamp.slice(0, 4)}-${stamp.slice(4, 8)}-${stamp.slice(9, 15)}`);
  }

  #line(): string {
    this.lines++;
    const chance = this.#random();
    if (chance < 0.02 && this.#last !== '') return this.#last;
    this.timeMs += Math.floor(this.#random() * 120);
    // A little out of order, late for its bucket, or too late and too early to be counted at all.
    const shift = chance < 0.1 ? 40_000 : chance < 0.12 ? 7_200_000 : chance < 0.13 ? -3_600_000_000 : 500;
    const timeMs = this.timeMs - Math.floor(shift > 0 ? shift * (shift > 1e6 ? 1 : this.#random()) : shift);
    const head = `${ecsStamp(timeMs)}:${this.lines}:capro(9870):MED:`;
    const lineEnd = this.#random() < 0.2 ? '\r\n' : '\n';
    if (this.#random() < 0.06) {
      // A record of two lines counts where the second one completes it.
      const [first = '', second = ''] = mstLines(sipRecord('IN', request('BYE', ['X: '.padEnd(250, 'x')])), {
        stamp: ecsStamp(timeMs),
      });
      this.lines++;
      this.#last = second;
      return first + second;
    }
    this.#last = `${this.#nulls()}${head}${this.#body()}${lineEnd}`;
    return this.#last;
  }

  #nulls(): string {
    return this.#random() < 0.005 ? '\0'.repeat(1 + Math.floor(this.#random() * 5)) : '';
  }

  #body(): string {
    const pick = (values: readonly string[]): string => values[Math.floor(this.#random() * values.length)] ?? '';
    const kind = Math.floor(this.#random() * 20);
    if (kind < 6) return `[MST  ++++  20 54 65 73 74 ${'0d 0a '.repeat(Math.floor(this.#random() * 60))}]`;
    if (kind < 12) return `[DENYEVT event=${pick(['1012', '1192', '1934', '2011'])} d1=${this.lines % 40} d2=10.0.0.9]`;
    if (kind < 14) return `[MTCEVT ALM type=${pick(['513', '769'])} lname=8a01 pname=51f00 cbusy=0 filt=0]`;
    if (kind < 16) return `[proc_err: pro=${pick(['7171', '7180'])},err=12,seq=22011,da1=0x71f2,da2=0x0]`;
    if (kind === 16) {
      return `IPEVT ${pick(['IPT_REG', 'IPT_TCP_UP', 'IPT_NEW'])} board=PROCR ip=11.22.33.44 net_reg= 241 ext= 7768 ip= 55.66.77.88; 1024 net_reg= 241 reason=${pick(['recovery', '2012'])}`;
    }
    if (kind === 17) return `[DENYEVT event=1192 d1=7 d2=\xff\xfe\x1b[31m\x00 x`;
    if (kind === 18 && this.#random() < 0.2) return `[DENYEVT event=1192 d1=1 d2=2 ${'long '.repeat(3000)}]`;
    return `[DENYEVT ERR event=2176 d1= d2=\xe9]`;
  }
}
